"""Stranded capacity: what limits each row of racks, and how much of everything else lies idle.

All that a row hangs on is taken to carry more in the proportion of the racks it serves. So a device that is
at half its limit in its worst case, and serves eight racks, has room for eight more of them: its losses, the
cooling they bring and the share of twin feeds are in the proportion. What does not grow with racks makes it a
little careful.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from twin.arrays import Array, Flags
from twin.model.facility import Facility
from twin.solve.couple import Solution
from twin.studies.capacity_groups import STILL, Group, Racks, cooling_groups, power_groups, racks_of

# Loadings closer than this are alike; of parts alike the first one is named.
ALIKE = 1e-9
NAN = float("nan")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One thing that a row of racks hangs on.

    Attributes:
        row: Name of the row.
        sort: ``power``, ``coolant``, ``plant``, ``air`` or ``space``.
        device: Class of the part.
        part: Prim, or the first of those that carry together.
        case: Case in which it is nearest to its limit.
        loading_ratio: What it carries there over its rating [1]; NaN where none is declared.
        limit_ratio: What it may carry [1].
        served_count: Racks like those of the row that it serves.
        more_count: Racks like those of the row that it has room for; NaN where not established.
        idle_w: IT power that it could carry beyond what limits the row [W].
    """

    row: str
    sort: str
    device: str
    part: str
    case: str
    loading_ratio: float
    limit_ratio: float
    served_count: float
    more_count: float
    idle_w: float = NAN


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCapacity:
    """One row of racks.

    Attributes:
        name: What it hangs on first.
        racks: Prims.
        rack_w: Greatest power of one of them [W].
        it_power_w: Power of all of them in normal operation [W].
        resources: What it hangs on, the tightest first.
    """

    name: str
    racks: tuple[str, ...]
    rack_w: float
    it_power_w: float
    resources: tuple[Resource, ...]

    @property
    def limit(self) -> Resource | None:
        """Return what limits it, None where nothing is established."""
        known = [r for r in self.resources if np.isfinite(r.more_count)]
        return known[0] if known else None


def capacity(facility: Facility, solution: Solution) -> tuple[RowCapacity, ...]:
    """Return every row of racks with what limits it.

    A row is what hangs on the same busways, or where there are none on the same boards.

    Args:
        facility: As it was solved.
        solution: In all of its cases; the worst of them counts for each part.
    """
    racks = racks_of(solution)
    if not racks.paths:
        return ()
    groups = [*power_groups(facility, solution, racks), *cooling_groups(facility, solution, racks)]
    rows, normal = _rows(groups, racks), [c.name for c in facility.cases].index("normal")
    found = []
    for name, inside in rows:
        power = racks.power_w[inside, normal]
        most = float(power.max(initial=0.0))
        if most <= 0.0:
            continue
        own = [g for g in groups if g.serves[inside].any() and (g.serves.sum() > 1 or inside.sum() == 1)]
        told = [_resource(facility, name, g, racks.power_w[:, normal], most) for g in own]
        told += [*_taps(facility, name, inside, own)]
        told = _tightest(told)
        told.sort(key=lambda r: (not np.isfinite(r.more_count), r.more_count))
        found.append(_with_idle(name, tuple(np.array(racks.paths)[inside].tolist()), most, power, told))
    return tuple(found)


def _tightest(told: Sequence[Resource]) -> list[Resource]:
    """Return of each part, which may be many elements, the one with the least room."""
    best: dict[tuple[str, str], Resource] = {}
    for each in told:
        known = best.setdefault((each.device, each.part), each)
        if not known.more_count <= each.more_count and np.isfinite(each.more_count):
            best[each.device, each.part] = each
    return list(best.values())


def _with_idle(
    name: str, paths: tuple[str, ...], rack_w: float, power_w: Array, told: Sequence[Resource]
) -> RowCapacity:
    """Return a row, each resource with what it could carry beyond the tightest one."""
    known = [r.more_count for r in told if np.isfinite(r.more_count)]
    least = max(known[0], 0.0) if known else NAN
    idle = [replace(r, idle_w=max(r.more_count - least, 0.0) * rack_w) for r in told]
    return RowCapacity(
        name=name, racks=paths, rack_w=rack_w, it_power_w=float(power_w.sum()), resources=tuple(idle)
    )


def _resource(facility: Facility, name: str, group: Group, power_w: Array, rack_w: float) -> Resource:
    loading = group.loading_ratio
    rated = bool(np.isfinite(loading).any())
    share = np.where(np.nan_to_num(loading) > STILL, loading / group.limit_ratio, -np.inf)
    served = float(power_w[group.serves].sum() / rack_w)
    worst = int(np.argmax(share >= share.max() - ALIKE))
    carries = bool(np.isfinite(share[worst]))
    return Resource(
        row=name, sort=group.sort, device=group.device, part=group.part,
        case=facility.cases[worst].name if carries else "",
        loading_ratio=float(loading[worst]) if carries else 0.0 if rated else NAN,
        limit_ratio=float(group.limit_ratio[worst]),
        served_count=served, more_count=served * (1.0 / float(share[worst]) - 1.0) if carries else NAN,
    )  # fmt: skip


def _rows(groups: Sequence[Group], racks: Racks) -> Iterator[tuple[str, Flags]]:
    """Yield the name of each row and which racks stand in it."""
    for device in ("busway", "switchboard"):
        on: dict[str, Flags] = {}
        for group in groups:
            if group.device == device:
                on[group.part] = on.get(group.part, group.serves) | group.serves
        if on:
            break
    else:
        yield "all racks", np.ones(len(racks.paths), dtype=np.bool_)
        return
    table = np.stack(list(on.values()), axis=1)
    names = [path.rpartition("/")[2] for path in on]
    sets, row = np.unique(table, axis=0, return_inverse=True)
    for number, which in enumerate(sets):
        yield " + ".join(np.array(names)[which].tolist()) or "on none", np.ravel(row) == number


def _taps(facility: Facility, name: str, inside: Flags, own: Sequence[Group]) -> Iterator[Resource]:
    """Yield the free tap-offs of the row's busways, of which a rack takes one each."""
    table = facility.tables.get("busway")
    mine = [g.part for g in own if g.device == "busway"]
    if table is None or not mine:
        return
    joined = np.concatenate(
        [ends.node for t in facility.tables.values() for key, ends in t.ends.items() if key in {"a", "b"}]
        + [np.zeros(0, dtype=np.intp)]
    )
    taps = table.ends["taps"]
    for path in dict.fromkeys(mine):
        nodes = taps.node[taps.part == table.paths.index(path)]
        free, count = int((~np.isin(nodes, joined)).sum()), len(nodes)
        yield Resource(
            row=name, sort="space", device="busway tap-offs", part=path, case="normal",
            loading_ratio=1.0 - free / max(count, 1), limit_ratio=1.0, served_count=float(inside.sum()),
            more_count=float(free),
        )  # fmt: skip
