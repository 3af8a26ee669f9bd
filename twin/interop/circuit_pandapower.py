"""Reads what ``pandapower.to_json`` writes as balanced network tables, to be solved as it is.

Switches are worked in: buses that closed ones join are one, and a line with an open end goes on to a bus of
its own. Static generators are loads that give; shunts are loads of constant impedance.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from twin.interop.circuit_model import Circuit
from twin.interop.circuit_tables import NEEDED, USED, tables_circuit
from twin.interop.pandapower_tables import Row, Tables, strangers, tables_of

ENDS = ("bus", "from_bus", "to_bus", "hv_bus", "lv_bus")
GIVES, SHUNT = "sgen", "shunt"
PLAIN = ("ext_grid", "line", "trafo", "load")
KNOWN = ("bus", "switch", *PLAIN, GIVES, SHUNT)
KIND = {"l": "line", "t": "trafo", "t3": "trafo3w", "b": "bus"}


def pandapower_circuit(file: str, given: Mapping[str, Any]) -> Circuit:
    """Return a network of pandapower.

    Args:
        file: Name of the input as it is shown.
        given: What it holds.

    Raises:
        InputError: It is refused; carries every fault found.
    """
    tables = tables_of(file, given)
    reader = _Plain(tables)
    said = strangers(tables, KNOWN)
    network = reader.network()
    tables.refuse()
    circuit = tables_circuit(file, {"network": network, "f_hz": tables.hertz})
    return replace(circuit, warnings=(*circuit.warnings, *reader.said, *said))


class _Plain:
    """Makes plain rows with the state of the switches in them."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._live = {index for _, index, _ in tables.each("bus", ("vn_kv",))}
        self._master = {bus: bus for bus in tables.rows["bus"]}
        self._open: dict[tuple[str, int], list[int]] = {}
        self._ends: list[dict[str, Any]] = []
        self.said: list[str] = []
        for entry, _, row in tables.each("switch", ("bus", "element", "et", "closed")):
            self._switch(entry, row)

    def network(self) -> dict[str, Any]:
        """Return rows by table."""
        bus = list(self._buses())
        made: dict[str, list[dict[str, Any]]] = {table: list(self._rows(table)) for table in PLAIN}
        made["load"] += [*self._given(), *self._shunts()]
        return {"bus": [*bus, *self._ends], **made}

    def _root(self, bus: int) -> int:
        while self._master[bus] != bus:
            bus = self._master[bus]
        return bus

    def _switch(self, entry: str, row: Row) -> None:
        tables = self._tables
        table = KIND.get(str(row["et"]))
        if table is None:
            tables.fault("ST172", entry, column="et", found=str(row["et"]), expected=", ".join(KIND))
            return
        one, other = tables.index(entry, row, "bus"), tables.index(entry, row, "element", table)
        if one is None or other is None:
            return
        if row["closed"] is False:
            self._open.setdefault((table, other), []).append(one)
        elif table == "bus" and {one, other} <= self._live:
            if tables.number(entry, row, "z_ohm", default=0.0, least=0.0) > 0.0:
                tables.fault(
                    "ST174", entry, column="z_ohm", found=f"an impedance of {row['z_ohm']} ohm",
                    expected="0, or a line of that impedance",
                )  # fmt: skip
            self._master[self._root(other)] = self._root(one)

    def _buses(self) -> Iterator[dict[str, Any]]:
        rows = self._tables.rows["bus"]
        names = self._names("bus")
        for index, row in rows.items():
            root = self._root(index)
            if root == index:
                on = row.get("in_service", True) is not False
                yield {"name": names[index], "index": index, "vn_kv": row.get("vn_kv"), "in_service": on}
            else:
                self.said.append(f"bus {names[index]} is joined to bus {names[root]} and stands there")

    def _names(self, table: str) -> dict[int, str]:
        """Return the names of rows: their own where nothing else has it, else table and index."""
        rows = self._tables.rows.get(table, {})
        own = {index: row.get("name") for index, row in rows.items()}
        count = Counter(map(str, own.values()))
        return {
            index: f"{table} {index}" if name in {None, ""} or count[str(name)] > 1 else str(name)
            for index, name in own.items()
        }

    def _rows(self, table: str) -> Iterator[dict[str, Any]]:
        names = self._names(table)
        needed = [key for key in NEEDED[table] if key != "name"]
        for entry, index, row in self._tables.each(table, needed):
            keys = (*needed, *USED[table])
            made = {key: row[key] for key in keys if row.get(key) is not None}
            if "tap_changer_type" in row and table == "trafo":
                made["tap_changer_type"] = row["tap_changer_type"]  # none named does nothing
            if row.get("tap2_pos"):
                self._tables.fault(
                    "ST174", entry, column="tap2_pos", found=str(row["tap2_pos"]), expected="0"
                )
            ends = [key for key in ENDS if key in needed]
            for key in ends:
                bus = self._tables.index(entry, row, key)
                made[key] = self._root(bus) if bus is not None else -1
            opened = self._open.get((table, index), [])
            if opened:
                self._part(table, index, row, made, opened)
            yield {"name": names[index], **made}

    def _part(self, table: str, index: int, row: Row, made: dict[str, Any], opened: list[int]) -> None:
        """Take an element off the buses where its switches are open."""
        at = [key for key in ENDS if row.get(key) in opened]
        if table == "trafo" or len(at) != 1:
            made["in_service"] = False
            return
        beyond = 1 + max([*self._tables.rows["bus"], *(end["index"] for end in self._ends)])
        bus = self._tables.rows["bus"][row[at[0]]]
        self._ends.append({"name": f"open end of line {index}", "index": beyond, "vn_kv": bus["vn_kv"]})
        made[at[0]] = beyond

    def _given(self) -> Iterator[dict[str, Any]]:
        """Yield static generators as loads that give."""
        for entry, index, row in self._tables.each(GIVES, ("bus", "p_mw", "q_mvar")):
            bus = self._tables.index(entry, row, "bus")
            power = {key: -self._tables.number(entry, row, key) for key in ("p_mw", "q_mvar")}
            scale = self._tables.number(entry, row, "scaling", default=1.0)
            if bus is not None:
                yield {"name": f"{GIVES} {index}", "bus": self._root(bus), **power, "scaling": scale}

    def _shunts(self) -> Iterator[dict[str, Any]]:
        """Yield shunts as loads of constant impedance."""
        shares = dict.fromkeys(("const_z_p_percent", "const_z_q_percent"), 100.0)
        for entry, index, row in self._tables.each(SHUNT, ("bus", "p_mw", "q_mvar")):
            bus = self._tables.index(entry, row, "bus")
            if bus is None:
                continue
            nominal = self._tables.rows["bus"][bus]["vn_kv"]
            steps = self._tables.number(entry, row, "step", default=1.0, least=0.0)
            rated = self._tables.number(entry, row, "vn_kv", default=nominal, above=0.0)
            scale = steps * (nominal / rated) ** 2
            power = {key: scale * self._tables.number(entry, row, key) for key in ("p_mw", "q_mvar")}
            yield {"name": f"{SHUNT} {index}", "bus": self._root(bus), **power, **shares}
