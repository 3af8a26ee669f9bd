"""Where trays go: two over every row of cabinets, two across the rows, two from group to group."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from twin.arrays import Array
from twin.errors import UsageError
from twin.model.fabric import Point, Tray
from twin.studies.fabric_stage import Cabinet

# Standard widths and depths of ladders and baskets, wide ones deep (makers' ranges; assumption).
SIZES_M = tuple((w, d) for d in (0.1, 0.15, 0.2) for w in (0.15, 0.3, 0.45, 0.6, 0.75, 0.9))
# Aisles that a row may leave open, and the least that a tray goes down in.
ROW_GAP_M, AISLE_M = 4.0, 1.2
GROUP_M, BESIDE_M, ACROSS_M, END_M = 12.0, 0.2, 0.5, 0.35
# Inner radius of bends and drop-outs that makers of ladders offer as their usual one, 12 in (assumption).
BEND_M = 0.3
SAME_M = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """Cabinets side by side: along u from ``low`` to ``high`` at ``v``, each of them a piece."""

    low: float
    high: float
    v: float
    pieces: tuple[tuple[float, float], ...]
    computes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """Rows that trays across join: at ``across``, from ``bottom`` to ``top``."""

    rows: tuple[_Row, ...]
    across: tuple[float, float]

    @property
    def bottom(self) -> float:
        return min(r.v for r in self.rows) - END_M

    @property
    def top(self) -> float:
        return max(r.v for r in self.rows) + END_M


def plan(racks: Sequence[Cabinet], *, level_m: float) -> list[Tray]:
    """Return trays without a size yet, named below a scope ``Trays``: sides A and B of every way.

    Args:
        racks: Cabinets, all rows along the same axis.
        level_m: Height of their floor.

    Raises:
        UsageError: There are no cabinets, or rows stand along both axes.
    """
    if not racks:
        raise UsageError("there are no cabinets to lay trays over")
    along_y = {round(abs(np.sin(np.deg2rad(r.turn_deg)))) for r in racks}
    if len(along_y) > 1:
        raise UsageError("rows of cabinets stand along both axes; lay trays by hand, as prims of kind tray")
    turned = along_y == {1}
    groups = _groups(_rows(racks, turned=turned))
    out: list[Tray] = []

    def lay(name: str, u: tuple[float, float], v: tuple[float, float]) -> None:
        flat = [(round(a, 4), round(b, 4)) for a, b in zip(u, v, strict=True)]
        ends: list[Point] = [(b, a, level_m) if turned else (a, b, level_m) for a, b in flat]
        out.append(
            Tray(path=name, start=ends[0], stop=ends[1], width_m=1.0, depth_m=1.0, bend_radius_m=BEND_M)
        )

    for g, group in enumerate(groups, 1):
        for r, row in enumerate(group.rows, 1):
            ends = min(row.low, *group.across), max(row.high, *group.across)
            for side, aside in (("A", -BESIDE_M), ("B", BESIDE_M)):
                lay(f"Row_{g}_{r:02d}_{side}", ends, (row.v + aside, row.v + aside))
        for side, u in zip("AB", group.across, strict=True):
            lay(f"Across_{g}_{side}", (u, u), (group.bottom, group.top + 2 * END_M))
    for one, two in _neighbours(groups):
        _join(lay, groups, one, two)
    return out


def _rows(racks: Sequence[Cabinet], *, turned: bool) -> list[_Row]:
    """Return rows, cut where an opening is wider than an aisle."""
    u, v = np.array([r.at[:2] for r in racks]).T[:: -1 if turned else 1]
    half = 0.5 * np.array([r.size[0] for r in racks])
    order = np.lexsort((u, v.round(1)))
    u, v, half = u[order], v[order], half[order]
    computes = np.array([bool(r.ports) for r in racks])[order]
    new = np.ones(len(u), dtype=np.bool_)
    new[1:] = (np.diff(v) > BESIDE_M) | ((u - half)[1:] - (u + half)[:-1] > ROW_GAP_M)
    first = np.flatnonzero(new)
    out = []
    for a, b in zip(first.tolist(), [*first[1:].tolist(), len(u)], strict=True):
        low, high = (u - half)[a:b], (u + half)[a:b]
        pieces = tuple(zip(low.tolist(), high.tolist(), strict=True))
        out.append(_Row(low=float(low[0]), high=float(high[-1]), v=float(v[a]), pieces=pieces,
                        computes=bool(computes[a:b].any())))  # fmt: skip
    return sorted(out, key=lambda r: (r.v, r.low))


def _groups(rows: Sequence[_Row]) -> list[_Group]:
    """Return rows beside each other as groups, from the lowest v and u."""
    held: list[list[_Row]] = []
    for row in rows:
        near = [g for g in held if row.v - g[-1].v <= GROUP_M
                and row.low <= max(r.high for r in g) and row.high >= min(r.low for r in g)]  # fmt: skip
        if near:
            near[0].append(row)
        else:
            held.append([row])
    return [_Group(rows=tuple(g), across=_across(g)) for g in held]


def _across(rows: Sequence[_Row]) -> tuple[float, float]:
    """Return where trays cross the rows: in an aisle through all of them, else beside both ends."""
    full = [r for r in rows if r.computes] or list(rows)
    low, high = min(r.low for r in full), max(r.high for r in full)
    middle, reached, open_ = 0.5 * (low + high), low, []
    for begin, end in sorted(piece for row in full for piece in row.pieces):
        if begin - reached >= AISLE_M:
            open_.append((reached, begin))
        reached = max(reached, end)
    if not open_:
        return low - END_M, high + END_M
    a, b = min(open_, key=lambda gap: abs(0.5 * (gap[0] + gap[1]) - middle))
    centre, aside = 0.5 * (a + b), min(ACROSS_M, 0.25 * (b - a))
    return centre - aside, centre + aside


def _neighbours(groups: Sequence[_Group]) -> list[tuple[int, int]]:
    """Return pairs of groups that trunks join: the next one along u and the next along v."""
    at = np.array([[sum(g.across) / 2, g.bottom] for g in groups])
    out = []
    for one in range(len(groups)):
        for axis in (0, 1):
            level = np.abs(at[:, 1 - axis] - at[one, 1 - axis]) <= SAME_M
            ahead = np.flatnonzero(level & (at[:, axis] > at[one, axis] + SAME_M))
            if len(ahead):
                out.append((one, int(ahead[np.argmin(at[ahead, axis])])))
    joined = _connected(len(groups), out)
    while len(joined) > 1:  # groups that stand in no line are joined to the nearest
        rest = [i for part in joined[1:] for i in part]
        gap = np.abs(at[joined[0], None] - at[None, rest]).sum(axis=2)
        a, b = np.unravel_index(int(np.argmin(gap)), gap.shape)
        out.append((joined[0][a], rest[b]))
        joined = _connected(len(groups), out)
    return out


def _connected(count: int, pairs: Sequence[tuple[int, int]]) -> list[list[int]]:
    part = list(range(count))
    for a, b in pairs:
        part = [part[a] if p == part[b] else p for p in part]
    return [[i for i, p in enumerate(part) if p == q] for q in dict.fromkeys(part)]


def _join(lay: object, groups: Sequence[_Group], one: int, two: int) -> None:
    """Lay a pair of trunks: along v where both groups cross at the same u, else along u above the first."""
    assert callable(lay)
    a, b = groups[one], groups[two]
    name = f"Trunk_{one + 1}_{two + 1}"
    straight = max(abs(x - y) for x, y in zip(a.across, b.across, strict=True)) < 0.01
    for side, (u, w) in enumerate(zip(a.across, b.across, strict=True)):
        if straight:
            lay(f"{name}_{'AB'[side]}", (u, u), (a.top + 2 * END_M, b.bottom))
            continue
        v = a.top + (side + 1) * 0.8 * END_M
        lay(f"{name}_{'AB'[side]}", (u, w), (v, v))
        if not b.bottom <= v <= b.top + 2 * END_M:
            lay(f"{name}_{'AB'[side]}_Rise", (w, w), (v, b.bottom if v < b.bottom else b.top + 2 * END_M))


def sized(trays: Sequence[Tray], area_m2: Array) -> list[Tray]:
    """Return trays of the smallest standard section that holds the cables at the fill to design for.

    Raises:
        UsageError: No standard tray is large enough.
    """
    out = []
    for tray, area in zip(trays, area_m2.tolist(), strict=True):
        fits = [s for s in SIZES_M if s[0] * s[1] * tray.design_ratio >= area]
        if not fits:
            need = area / tray.design_ratio
            raise UsageError(f"{tray.path} would need {need:.3f} m2; the largest tray has {0.9 * 0.2:g} m2")
        width, depth = min(fits, key=lambda s: (s[0] * s[1], s[1]))
        out.append(replace(tray, width_m=width, depth_m=depth))
    return out
