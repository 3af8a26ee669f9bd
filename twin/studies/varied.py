"""A facility that was read once, as built, with other numbers in each of several states."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from twin.arrays import Array
from twin.errors import ConvergenceError, UsageError
from twin.model.component import Param, kinds
from twin.model.facility import Facility, Table
from twin.states import without
from twin.units import from_si


def varied(facility: Facility, columns: Mapping[str, Sequence[float]], *, case: str = "normal") -> Facility:
    """Return a facility in one of its cases, in one state per value: numbers of its parts change.

    Heat splits as in the first case of that name. What a designer would change along with a number (sizes,
    flows set, breakers) stays as built. Rules that reading holds between several numbers are not asked again.

    Args:
        facility: What was read.
        columns: Values in SI, one per state, by ``kind.parameter`` or ``Asset.parameter``:
            ``site.dry_bulb_k`` changes every part of a kind, ``GB300_NVL72.it_power_w`` every instance of an
            asset.
        case: ``normal``, or an outage that the layout declares.

    Raises:
        UsageError: There is no such case, kind, asset or number, a value is outside its limits, or lengths
            differ.
    """
    lengths = {name: len(values) for name, values in columns.items()}
    if not lengths or len(set(lengths.values())) != 1 or not min(lengths.values()):
        raise UsageError(f"every column takes the same number of values, one at least; found {lengths}")
    known = [one.name for one in facility.cases]
    if case not in known:
        raise UsageError(f"there is no case '{case}'; there is {', '.join(dict.fromkeys(known))}")
    row, count = known.index(case), next(iter(lengths.values()))
    others = {i: ConvergenceError("not asked for") for i in range(len(facility.cases)) if i != row}
    found = without(facility, others)
    tables = dict(found.tables)
    for name, values in columns.items():
        tables |= dict(_changed(tables, name, np.asarray(values, dtype=np.float64)))
    return replace(found, tables=tables, cases=found.cases[:1] * count, unsolved=())


def _changed(tables: Mapping[str, Table], name: str, values: Array) -> Iterator[tuple[str, Table]]:
    """Yield the tables that a column changes."""
    who, _, what = name.partition(".")
    own = {kind: table for kind, table in tables.items() if kind == who or who in table.asset}
    if not own:
        raise UsageError(f"'{who}' in '{name}' is neither a kind nor an asset of this layout")
    for kind, table in own.items():
        param = next((p for p in kinds()[kind].params if p.name == what and p.form == "number"), None)
        if param is None or what not in table.numbers:
            known = ", ".join(sorted(table.numbers))
            raise UsageError(f"'{what}' in '{name}' is no number of {kind}: {known}")
        _within(param, name, values)
        assets = table.asset or ("",) * len(table.paths)
        mine = np.array([who in {kind, asset} for asset in assets], dtype=np.bool_)
        old = np.repeat(table.numbers[what][:, :1], values.size, axis=1)
        yield kind, replace(table, numbers={**table.numbers, what: np.where(mine[:, None], values, old)})


def _within(param: Param, name: str, values: Array) -> None:
    low, high = param.hard
    shown = np.asarray(from_si(values, param.unit, param.name))
    bad = ~np.isfinite(shown)
    bad |= shown < (-np.inf if low is None else low)
    bad |= shown > (np.inf if high is None else high)
    if bad.any():
        least, most = ("any" if end is None else f"{end:g}" for end in (low, high))
        raise UsageError(
            f"{name} = {float(values[bad][0]):g} (SI) is not within {least} to {most} {param.unit}".rstrip()
        )
