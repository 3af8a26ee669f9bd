"""Single outages of hydraulic equipment as cases, and a facility in the cases of a study."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from twin.arrays import Flags, Index
from twin.errors import UsageError
from twin.model.facility import Case, Facility, Table

PUMPS_OUT = "pumps_out_count"
# Kinds that stop or shut one by one, and what people call it.
STOPPED: Mapping[str, str] = {
    "cdu": "CDU out", "pump": "pump out", "plate_exchanger": "exchanger out", "strainer": "strainer shut",
    "valve": "valve shut", "picv": "valve shut",
}  # fmt: skip
CONTINGENCY, ONE_PUMP, RACK, PAIR = "contingency", "one pump out", "rack isolated", "pair out"
GROUPS = (CONTINGENCY, PAIR, *dict.fromkeys(STOPPED.values()), ONE_PUMP, RACK)
# Connections through which a rack takes its coolant.
JOINTS = ("hose", "pipe")
RACK_PORTS = ("supply", "return_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """One thing that is out.

    Attributes:
        group: What sort of outage it is, one of ``GROUPS``.
        part: Prim of what is out.
        case: What is out and what starts, prim by prim.
        like: Case of the facility that it starts from.
        authored: Whether that case is the outage itself.
    """

    group: str
    part: str
    case: Case
    like: int
    authored: bool = False


def single_outages(facility: Facility, pairs: Sequence[tuple[str, str]] = ()) -> tuple[Outage, ...]:
    """Return the authored contingencies, chosen pairs, then every single outage of hydraulic equipment.

    A pump is one outage, and so are a CDU, one of the duty pumps of a CDU that has several, a valve, a
    strainer, an exchanger, and a rack that its hoses cut off. What an authored contingency takes out alone
    is that contingency, with what it starts. Otherwise, where a standby part of the same kind and asset
    stands under the same prim, or in the same redundancy group, the first of them starts (assumption: that
    is what standby is for).
    """
    normal = normal_case(facility)
    own = {_what(case): (row, case) for row, case in enumerate(facility.cases) if _is_plain(case)}
    found = [_pair(facility, pair, normal) for pair in pairs]
    for group, case in _cases(facility, normal):
        row, known = own.pop(_what(case), (normal, None))
        part = case.out[0] if case.out else case.one_pump_out[0]
        found.append(Outage(group=group, part=part, case=known or case, like=row, authored=known is not None))
    found += [
        Outage(group=CONTINGENCY, part=case.prim, case=case, like=row, authored=True)
        for row, case in own.values()
    ]
    return tuple(sorted(found, key=lambda o: (GROUPS.index(o.group), o.part)))


def _pair(facility: Facility, pair: tuple[str, str], normal: int) -> Outage:
    """Return the outage of two parts together, with the standby parts that start.

    Raises:
        UsageError: A prim is none that can be out of service.
    """
    start: list[str] = []
    for path in pair:
        table = next((t for t in facility.tables.values() if path in t.paths), None)
        if table is None:
            raise UsageError(f"'{path}' is no part that can be out of service")
        start += standby(table, table.paths.index(path), normal)
    name = " and ".join(pair)
    case = Case(name=f"{PAIR}: {name}", out=pair, start=tuple(start), text=f"{PAIR}: {name}")
    return Outage(group=PAIR, part=name, case=case, like=normal)


def _is_plain(case: Case) -> bool:
    """Return whether a case is a contingency with the heat in the liquid and the coolant of its law."""
    return bool(case.prim) and case.capture == "liquid" and case.viscosity_ratio == 1.0


def _what(case: Case) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return case.out, case.one_pump_out


def authored_cases(facility: Facility) -> tuple[Outage, ...]:
    """Return every case of the stage but normal operation, both splits of heat and viscosity included."""
    normal = normal_case(facility)
    return tuple(
        Outage(group=CONTINGENCY, part=case.prim, case=case, like=row, authored=True)
        for row, case in enumerate(facility.cases)
        if row != normal
    )


def normal_case(facility: Facility) -> int:
    """Return the row of normal operation among the cases."""
    return next(row for row, case in enumerate(facility.cases) if case.name == "normal")


def _cases(facility: Facility, normal: int) -> Iterator[tuple[str, Case]]:
    """Yield every single outage of equipment that runs in normal operation: its group, its case."""
    for kind, group in STOPPED.items():
        if kind in facility.tables:
            table = facility.tables[kind]
            for row in np.flatnonzero(_column(table.in_service, normal)).tolist():
                path, start = table.paths[row], standby(table, row, normal)
                yield group, Case(name=path, out=(path,), start=start, text=f"{group}: {path}")
    if "cdu" in facility.tables:
        table = facility.tables["cdu"]
        several = table.numbers["pump_count"][:, 0] - table.numbers[PUMPS_OUT][:, 0] > 1.0
        for row in np.flatnonzero(_column(table.in_service, normal) & several).tolist():
            path = table.paths[row]
            yield ONE_PUMP, Case(name=f"{path} {ONE_PUMP}", one_pump_out=(path,), text=f"{ONE_PUMP}: {path}")
    for path, joints in _joints(facility, normal):
        yield RACK, Case(name=path, out=(path, *joints), text=f"{RACK}: {path}")


def standby(table: Table, row: int, normal: int) -> tuple[str, ...]:
    """Return the standby part that starts when one of its kind stops, () for none."""
    group = table.redundancy_group[row] if table.redundancy_group else ""
    parent = table.paths[row].rpartition("/")[0]
    for other in np.flatnonzero(~_column(table.in_service, normal)).tolist():
        same = (
            table.redundancy_group[other] == group
            if group
            else table.paths[other].rpartition("/")[0] == parent and table.asset[other] == table.asset[row]
        )
        if same:
            return (table.paths[other],)
    return ()


def _joints(facility: Facility, normal: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield every rack that runs, and the hoses and pipes at its coolant ports."""
    if "rack" not in facility.tables:
        return
    racks = facility.tables["rack"]
    at: dict[int, int] = {}
    for port in RACK_PORTS:
        ends = racks.ends[port]
        at |= dict(zip(ends.node.tolist(), ends.part.tolist(), strict=True))
    joined: dict[int, list[str]] = {}
    for kind in JOINTS:
        table = facility.tables.get(kind)
        for end in (table.ends["a"], table.ends["b"]) if table else ():
            for node, part in zip(end.node.tolist(), end.part.tolist(), strict=True):
                if table and node in at:
                    joined.setdefault(at[node], []).append(table.paths[part])
    for row in np.flatnonzero(_column(racks.in_service, normal)).tolist():
        if row in joined:
            yield racks.paths[row], tuple(sorted(set(joined[row])))


def _column(flags: Flags, case: int) -> Flags:
    found: Flags = flags[:, min(case, flags.shape[1] - 1)]
    return found


def in_cases(facility: Facility, outages: Sequence[Outage]) -> Facility:
    """Return a facility whose variant axis is normal operation and then some outages.

    An outage that is authored stands as it is on the stage; the others change normal operation.
    """
    normal = normal_case(facility)
    like = np.array([normal, *(outage.like for outage in outages)], dtype=np.intp)
    changed = [(column, o.case) for column, o in enumerate(outages, start=1) if not o.authored]
    tables = {
        kind: _in_cases(table, like, changed, len(facility.cases)) for kind, table in facility.tables.items()
    }
    cases = (facility.cases[normal], *(outage.case for outage in outages))
    return replace(facility, tables=tables, cases=cases, unsolved=())


def _in_cases(table: Table, like: Index, changed: Sequence[tuple[int, Case]], variants: int) -> Table:
    """Return a table in the cases of a study: columns of the stage, then what each case changes."""
    numbers = {
        name: values[:, like] if values.shape[1] == variants > 1 else values
        for name, values in table.numbers.items()
    }
    flags = table.in_service[:, like] if table.in_service.shape[1] > 1 else table.in_service
    row = {path: at for at, path in enumerate(table.paths)} if changed else {}
    out = [(row[p], c, False) for c, case in changed for p in case.out if p in row]
    start = [(row[p], c, True) for c, case in changed for p in case.start if p in row]
    if out or start:
        flags = np.broadcast_to(flags, (len(table.paths), len(like))).copy()
        for at, column, runs in (*start, *out):
            flags[at, column] = runs
    fewer = [(row[p], c) for c, case in changed for p in case.one_pump_out if p in row]
    if fewer:
        count = np.broadcast_to(numbers[PUMPS_OUT], (len(table.paths), len(like))).copy()
        for at, column in fewer:
            count[at, column] += 1.0
        numbers[PUMPS_OUT] = count
    return replace(table, numbers=numbers, in_service=flags)
