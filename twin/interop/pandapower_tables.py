"""Reads what ``pandapower.to_json`` writes into rows, and looks their values through.

Source:
    L. Thurner et al., pandapower, IEEE Trans. Power Syst. 33 (2018); pandapower.io_utils, versions 2 and 3:
    an object that names its class, tables as text of JSON in split orient.
"""

import json
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from twin.errors import InputError
from twin.model.finding import Fault

Row = Mapping[str, Any]
# Tables that other calculations need, or none: nothing of a power flow.
BESIDE = (
    "measurement", "pwl_cost", "poly_cost", "controller", "group", "characteristic", "bus_geodata",
    "line_geodata", "trafo_characteristic_table", "q_capability_characteristic", "protection",
)  # fmt: skip
INSTEAD: Mapping[str, str] = {
    "sgen": "a smaller load", "gen": "an ext_grid", "motor": "a load", "storage": "a load",
    "impedance": "a line", "trafo3w": "two transformers",
}  # fmt: skip
NETWORK, FRAME = "pandapowerNet", "DataFrame"


@dataclass(slots=True)
class Tables:
    """A network as rows by table, and the faults that are found in it.

    Attributes:
        file: Name of the input as it is shown.
        hertz: Frequency.
        rows: Rows of each table by their index.
        faults: Faults found so far.
    """

    file: str
    hertz: float = 50.0
    rows: dict[str, dict[int, Row]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, code: str, entry: str, *, found: str, expected: str, column: str = "") -> None:
        """Note a fault of an entry like ``line[3]``."""
        self.faults.append(
            Fault(code=code, prim=entry, attribute=column, where=self.file, found=found, expected=expected)
        )

    def refuse(self) -> None:
        """Refuse the input if there are faults.

        Raises:
            InputError: There are some; carries all of them.
        """
        if self.faults:
            raise InputError(self.faults)

    def each(self, table: str, needed: Sequence[str] = ()) -> Iterator[tuple[str, int, Row]]:
        """Yield entry, index and row of a table in service; note columns that it lacks."""
        rows = self.rows.get(table, {})
        lacking = [name for name in needed if rows and name not in next(iter(rows.values()))]
        for name in lacking:
            self.fault("ST171", table, column=name, found="no such column", expected=", ".join(needed))
        if not lacking:
            for index, row in rows.items():
                if row.get("in_service", True) is not False:
                    yield f"{table}[{index}]", index, row

    def number(
        self, entry: str, row: Row, column: str, *, default: float = math.nan,
        above: float = -math.inf, least: float = -math.inf, most: float = math.inf,
    ) -> float:  # fmt: skip
        """Return a number, NaN where it is at fault; a missing one is its default, at fault where NaN."""
        value = row.get(column)
        if (value is None or value != value) and not math.isnan(default):  # noqa: PLR0124  NaN is no number
            return default
        found = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
        if math.isfinite(found) and above < found and least <= found <= most:
            return found
        bounds = [
            f"above {above:g}" if above > -math.inf else "",
            f"{least:g} or more" if least > -math.inf else "",
            f"at most {most:g}" if most < math.inf else "",
        ]  # fmt: skip
        said = " and ".join(each for each in bounds if each)
        self.fault("ST172", entry, column=column, found=str(value), expected=f"a number {said}".strip())
        return math.nan

    def index(self, entry: str, row: Row, column: str, table: str = "bus") -> int | None:
        """Return the index of a row of another table, None with a fault where there is none."""
        value = row.get(column)
        whole = isinstance(value, int | float) and not isinstance(value, bool) and float(value).is_integer()
        if whole and int(value) in self.rows.get(table, {}):  # type: ignore[arg-type]
            return int(value)  # type: ignore[arg-type]
        self.fault(
            "ST173", entry, column=column, found=f"{table} {value}", expected=f"an index of the table {table}"
        )
        return None


def read_tables(path: Path) -> Tables:
    """Return the rows of a network.

    Raises:
        InputError: The file is none, or a table is not whole; carries every fault found.
    """
    tables = Tables(path.name)
    given: Any = None
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
    except OSError as reason:
        tables.fault("ST170", "", found=reason.strerror or str(reason), expected="a file that can be read")
    except (ValueError, RecursionError) as reason:
        tables.fault("ST170", "", found=f"no JSON: {reason}", expected="what pandapower.to_json writes")
    tables.refuse()
    return tables_of(path.name, given)


def tables_of(file: str, given: Any) -> Tables:
    """Return the rows of a network that is loaded already.

    Args:
        file: Name of the input as it is shown.
        given: What it holds.

    Raises:
        InputError: It is none, or a table is not whole; carries every fault found.
    """
    tables = Tables(file)
    named = given.get("_class") if isinstance(given, Mapping) else None
    if named != NETWORK or not isinstance(given.get("_object"), Mapping):
        tables.fault(
            "ST170", "", found=f"an object of class {named}", expected=f"an object of class {NETWORK}"
        )
    tables.refuse()
    held: Mapping[str, Any] = given["_object"]
    for name, value in held.items():
        if isinstance(value, Mapping) and value.get("_class") == FRAME and not name.startswith(("res_", "_")):
            tables.rows[name] = _rows(tables, name, value)
    if not tables.rows.get("bus"):
        tables.fault("ST170", "bus", found="no bus", expected="a table of buses")
    tables.hertz = tables.number("network", held, "f_hz", default=50.0, above=0.0)
    tables.refuse()
    return tables


def strangers(tables: Tables, known: Collection[str]) -> list[str]:
    """Return what is told of tables that a power flow does not need, or that are idle; refuse the others."""
    said = []
    for table, rows in tables.rows.items():
        if table in known or not rows:
            continue
        if table in BESIDE or "characteristic" in table:
            said.append(f"table {table}, {len(rows)} rows: not needed in a power flow")
            continue
        idle = [i for i, row in rows.items() if row.get("in_service", True) is False]
        still = [i for i, row in rows.items() if i not in idle and _gives_nothing(table, row)]
        if idle or still:
            numbers = ", ".join(map(str, [*idle, *still]))
            said.append(f"{table} {numbers}: out of service, or gives nothing")
        for index in rows:
            if index not in {*idle, *still}:
                tables.fault(
                    "ST174", f"{table}[{index}]", found=f"a {table} in service",
                    expected=f"none in service; {INSTEAD.get(table, 'a known element')} may stand for it",
                )  # fmt: skip
    return said


def _gives_nothing(table: str, row: Row) -> bool:
    """Return whether an element that gives or draws constant power does neither."""
    power = [row.get(key) or 0.0 for key in ("p_mw", "q_mvar")]
    return table in {"sgen", "storage"} and (not any(power) or row.get("scaling") == 0.0)


def _rows(tables: Tables, name: str, frame: Mapping[str, Any]) -> dict[int, Row]:
    """Return the rows of one table by index; none, with a fault, where it is not whole."""
    try:
        held = frame["_object"]
        split = json.loads(held) if isinstance(held, str) else held
        columns, index, data = (split[key] for key in ("columns", "index", "data"))
        rows: dict[int, Row] = {
            int(i): dict(zip(columns, row, strict=True)) for i, row in zip(index, data, strict=True)
        }
    except (KeyError, TypeError, ValueError) as reason:
        found = f"{type(reason).__name__}: {reason}"
        tables.fault("ST171", name, found=found[:80], expected="columns, index and data in split orient")
        return {}
    if len(rows) < len(index):
        tables.fault(
            "ST173", name, found="an index that stands twice", expected="an index of its own for each"
        )
    return rows
