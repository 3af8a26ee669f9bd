"""Single outages of power equipment as cases: what is out, which breakers open and close for it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from twin.arrays import Flags, Index
from twin.errors import UsageError
from twin.model.component import kinds
from twin.model.element import Load
from twin.model.facility import Case, Facility
from twin.solve.power_supply import find_supply
from twin.studies.outages import CONTINGENCY, Outage, normal_case, standby
from twin.studies.power_switches import Switches

# Kinds that fail one by one, in the order of the way from the grid, and what people call it.
FAILED: Mapping[str, str] = {
    "utility": "utility out", "transformer": "transformer out", "generator": "generator out",
    "ups": "UPS out", "power_converter": "converter out", "transfer_switch": "transfer switch out",
    "fuse": "fuse blown", "switchboard": "board out", "breaker": "breaker open", "busway": "busway out",
    "power_cable": "cable out", "whip": "whip out",
}  # fmt: skip
SHELF, PAIR = "power shelf out", "pair out"
POWER_GROUPS = (CONTINGENCY, PAIR, *FAILED.values(), SHELF)
# What an authored contingency switches beside the part that fails.
SWITCHED = ("breaker", "power_cable")
# Transfers that follow one another in one outage, at most.
STEPS = 4


def power_outages(
    facility: Facility, pairs: Sequence[tuple[str, str]] = (), switches: Switches | None = None
) -> tuple[Outage, ...]:
    """Return authored contingencies, chosen pairs, and every single outage of power equipment that runs.

    An outage of one part that an authored contingency takes out with nothing but breakers and cables is that
    contingency, with what it starts; so is that of a utility, whatever is opened with it. In every other one
    standby breakers close (``with_transfers``) and standby equipment starts (``with_standby``). Shelves of
    racks are not among them: they change no current.

    Args:
        facility: From the stage.
        pairs: Prims that are out together.
        switches: Those of the facility, where they are known already.

    Raises:
        UsageError: A prim of a pair is none that can be out of service.
    """
    normal = normal_case(facility)
    kind_of = {path: kind for kind, table in facility.tables.items() for path in table.paths}
    authored = [(row, case) for row, case in enumerate(facility.cases) if _is_plain(case)]
    stood = {_failed(case, kind_of) for _, case in authored}
    found = [
        Outage(group=CONTINGENCY, part=case.prim, case=case, like=row, authored=True)
        for row, case in authored
    ]
    made = [*_pairs(facility, pairs, normal)]
    for kind, group in FAILED.items():
        table = facility.tables.get(kind)
        if table is None:
            continue
        for row in np.flatnonzero(table.in_service[:, min(normal, table.in_service.shape[1] - 1)]).tolist():
            path = table.paths[row]
            if path not in stood:
                case = Case(name=f"{group}: {path}", out=(path,), text=f"{group}: {path}")
                made.append(Outage(group=group, part=path, case=case, like=normal))
    switches = switches or Switches(facility)
    return (*found, *with_standby(switches, with_transfers(switches, made)))


def _is_plain(case: Case) -> bool:
    return bool(case.prim) and case.capture == "liquid" and case.viscosity_ratio == 1.0


def _failed(case: Case, kind_of: Mapping[str, str]) -> str:
    """Return the part whose outage a contingency is, "" for none: all else that it takes out is switching."""
    grid = [path for path in case.out if kind_of[path] == "utility"]
    parts = grid or [path for path in case.out if kind_of[path] not in SWITCHED] or list(case.out)
    return parts[0] if len(parts) == 1 and not case.one_pump_out else ""


def _pairs(facility: Facility, pairs: Sequence[tuple[str, str]], normal: int) -> Iterator[Outage]:
    for pair in pairs:
        for path in pair:
            refuse_unknown(facility, path)
        name = " and ".join(pair)
        case = Case(name=f"{PAIR}: {name}", out=pair, text=f"{PAIR}: {name}")
        yield Outage(group=PAIR, part=name, case=case, like=normal)


def refuse_unknown(facility: Facility, path: str) -> str:
    """Return the kind of a part that can be out of service; refuse any other prim.

    Raises:
        UsageError: It is no part, or one that nothing happens to when it is out.
    """
    kind = next((k for k, table in facility.tables.items() if path in table.paths), None)
    if kind is None or not kinds()[kind].can_stop:
        raise UsageError(f"there is no part {path} that can be out of service")
    return kind


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Breakers:
    """Breakers as lines of a net. Shapes: (breaker,).

    Attributes:
        paths: Prims.
        line, load: Nodes of the supply and of the load side.
        runs: Whether each is closed in normal operation.
        fellow: Number of the group it belongs to: a redundancy group, else like breakers under one prim.
    """

    paths: tuple[str, ...]
    line: Index
    load: Index
    runs: Flags
    fellow: Index


def _breakers(switches: Switches) -> _Breakers | None:
    mine = [block for kind, block in switches.blocks if kind == "breaker"]
    if not mine:
        return None
    table, lines, rows = (
        switches.facility.tables["breaker"],
        switches.net.lines,
        switches.net.rows[id(mine[0])],
    )
    blank = ("",) * len(table.paths)
    groups, assets = table.redundancy_group or blank, table.asset or blank
    names = [
        group or f"{path.rpartition('/')[0]} {asset}"
        for path, asset, group in zip(table.paths, assets, groups, strict=True)
    ]
    fellow = np.unique(names, return_inverse=True)[1]
    return _Breakers(
        paths=table.paths, line=lines.a[rows], load=lines.b[rows], runs=lines.in_service[rows, 0],
        fellow=np.asarray(fellow, dtype=np.intp),
    )  # fmt: skip


def with_transfers(switches: Switches, outages: Sequence[Outage]) -> list[Outage]:
    """Return outages with the transfers that follow them: a breaker opens, its standby fellow closes.

    A standby breaker closes when its line side is alive, its load side has lost the supply that it has in
    normal operation, and consumers get theirs back by it; of several the one by which most do. Breakers of
    its group that run and have lost their supply open. Groups are redundancy groups, else like breakers under
    one prim (assumption: that is what a standby breaker is for). One authored as a contingency stands as it
    is.
    """
    found, breakers = list(outages), _breakers(switches)
    if breakers is None:
        return found
    alive = switches.supply.alive[:, 0]
    ready = np.flatnonzero(~breakers.runs & alive[breakers.line] & alive[breakers.load])
    near = set[str]().union(*(switches.before(node) for node in breakers.load[ready].tolist()))
    chosen = [at for at, o in enumerate(found) if o.group == PAIR or near.intersection(o.case.out)]
    for _ in range(STEPS):
        if not chosen:
            break
        changed = _transferred(switches, [found[at] for at in chosen], breakers)
        for at, outage in zip(chosen, changed, strict=True):
            found[at] = outage or found[at]
        chosen = [at for at, outage in zip(chosen, changed, strict=True) if outage]
    return found


def _transferred(switches: Switches, outages: Sequence[Outage], breakers: _Breakers) -> list[Outage | None]:
    """Return each outage after one more transfer, None where none follows."""
    before, supply = switches.supply.alive[:, 0], _alive(switches, outages)
    tried: list[tuple[int, Outage]] = []
    for row, (outage, alive) in enumerate(zip(outages, supply.T, strict=True)):
        spare = ~breakers.runs & ~np.isin(breakers.paths, [*outage.case.out, *outage.case.start])
        lost = ~alive[breakers.load] & before[breakers.load]
        ready = np.flatnonzero(spare & alive[breakers.line] & lost).tolist()
        tried += [(row, _switched(outage, breakers, at, alive)) for at in ready]
    found: list[Outage | None] = [None] * len(outages)
    if tried:
        inputs = switches.net.consumers.node
        most = supply[inputs].sum(axis=0)
        for (row, outage), alive in zip(tried, _alive(switches, [o for _, o in tried]).T, strict=True):
            if alive[inputs].sum() > most[row]:
                most[row], found[row] = alive[inputs].sum(), outage
    return found


def _switched(outage: Outage, breakers: _Breakers, close: int, alive: Flags) -> Outage:
    """Return an outage with one breaker closed, and its fellows open that have lost their supply."""
    lost = breakers.runs & (breakers.fellow == breakers.fellow[close]) & ~alive[breakers.line]
    opens = [breakers.paths[at] for at in np.flatnonzero(lost) if breakers.paths[at] not in outage.case.out]
    starts = *outage.case.start, breakers.paths[close]
    return replace(outage, case=replace(outage.case, out=(*outage.case.out, *opens), start=starts))


def _alive(switches: Switches, outages: Sequence[Outage]) -> Flags:
    """Return which nodes are alive in each outage, shape (node, outage)."""
    return find_supply(switches.in_cases([outage.case for outage in outages])).alive


def with_standby(switches: Switches, outages: Sequence[Outage]) -> list[Outage]:
    """Return outages with what starts for the equipment that they leave without any supply.

    As when it stops by itself, the first standby part of its kind starts, if that has a supply.
    """
    consumers, found, spare = switches.net.consumers, list(outages), _spare(switches)
    single, alive = set[str](), switches.supply.alive[:, 0]
    for row in spare:
        inputs = consumers.node[(consumers.consumer == row) & alive[consumers.node]].tolist()
        if inputs:  # an input that nobody connected carries nothing in any case
            single |= set.intersection(*(switches.before(node) for node in inputs))
    chosen = [at for at, o in enumerate(found) if o.group == PAIR or single.intersection(o.case.out)]
    if not chosen:
        return found
    supply = find_supply(switches.in_cases([found[at].case for at in chosen]))
    for variant, at in enumerate(chosen):
        out, start = found[at].case.out, list(found[at].case.start)
        for row in np.flatnonzero(supply.dropped[:, variant]).tolist():
            path, other = spare.get(row, ("", -1))
            fed = supply.alive[consumers.node[consumers.consumer == other], variant].any()
            if path and fed and path not in (*out, *start):
                start.append(path)
        found[at] = replace(found[at], case=replace(found[at].case, start=tuple(start)))
    return found


def _spare(switches: Switches) -> dict[int, tuple[str, int]]:
    """Return the standby part, and its consumer, of each consumer that runs and has one."""
    found: dict[int, tuple[str, int]] = {}
    for kind, block in switches.blocks:
        if not isinstance(block, Load) or switches.facility.tables[kind].in_service.all():
            continue
        table, rows = switches.facility.tables[kind], switches.net.rows[id(block)]
        number = {table.paths[part]: rows.start + row for row, part in enumerate(block.part.tolist())}
        runs = switches.net.consumers.in_service[rows, 0]
        for row in np.flatnonzero(runs).tolist():
            for path in standby(table, int(block.part[row]), switches.normal):
                found[rows.start + row] = path, number[path]
    return found
