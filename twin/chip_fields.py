"""Result fields of chips and of what follows temperature, and the tokens that racks make."""

from collections.abc import Callable
from typing import Any

import numpy as np

from twin.arrays import Array, Flags
from twin.laws.curves import interpolate
from twin.model.chip import Chip, Split
from twin.model.element import Load, Mover, Path
from twin.model.facility import Facility, Table
from twin.solve.couple import Solution
from twin.solve.follow import Chips, chips_of, release_share, split_coolant

Field = Callable[[Solution, Any], Array]
# A consumer below this draws nothing: it is off, or it was dropped.
OFF_W = 1.0
# A flow counts as what its maker asks for within the accuracy that flows are settled to.
MET_RATIO = 1.0 - 1e-6
# A clock lost by less than this is rounding.
KEPT_RATIO = 1e-6


def _chips(s: Solution) -> Chips:
    """Return what chips do in the settled state."""
    return chips_of(s.network, s.flow, s.medium, s.heat) if s.chips is None else s.chips


def _working(s: Solution, block: Chip) -> Flags:
    load = s.network.heat.chips.load[s.network.heat.chips.rows[id(block)]]
    return (s.consumer_w[load] > OFF_W) & ~s.lost_cooling[load]


def _chip(pick: Callable[[Chips], Array]) -> Field:
    """Return a number of the chips of consumers that work; NaN for the others."""

    def field(s: Solution, block: Chip) -> Array:
        return np.where(_working(s, block), pick(_chips(s))[s.network.heat.chips.rows[id(block)]], np.nan)

    return field


def _margin(s: Solution, block: Chip) -> Array:
    hottest: Array = CHIP_FIELDS[Chip, "junction_k"](s, block)
    return np.asarray(block.junction_max_k - hottest)


def _same(s: Solution, block: Chip) -> Array:
    rows = s.network.heat.chips.rows[id(block)]
    same = _chips(s).same_coolant[rows].astype(np.float64)
    return np.broadcast_to(same[:, None], (len(same), s.network.variants))


def _share(s: Solution, block: Split) -> Array:
    net = s.network.heat
    return release_share(net, s.heat)[net.splits.release[net.splits.rows[id(block)], 0]]


def _coolant(s: Solution, block: Split) -> Array:
    net = s.network.heat
    return split_coolant(net, s.heat)[net.splits.rows[id(block)]]


CHIP_FIELDS: dict[tuple[type, str], Field] = {
    (Chip, "junction_k"): _chip(lambda chips: chips.junction_k),
    (Chip, "junction_margin_dk"): _margin,
    (Chip, "throttle_ratio"): _chip(lambda chips: 1.0 - chips.clock_ratio),
    (Chip, "more_w"): _chip(lambda chips: chips.more_w),
    (Chip, "plate_m3_s"): _chip(lambda chips: chips.plate_m3_s),
    (Chip, "same_ratio"): _same,
    (Split, "share_ratio"): _share,
    (Split, "coolant_k"): _coolant,
}


def tokens(s: Solution, block: Load, table: Table) -> Array:
    """Return the tokens per second of each consumer of a kind of rack, shape (part, variant).

    They fall with the clock of its slowest chip where that is established. Else a rack makes what it declares
    while coolant and air meet what its maker asks for; beyond that nothing is established: NaN. A rack that
    is off or was dropped makes none.
    """
    full = np.broadcast_to(table.numbers["tokens_per_s"], (len(table.paths), s.network.variants))
    rows = s.network.heat.load_rows[id(block)]
    works = (s.consumer_w[rows] > OFF_W) & ~s.lost_cooling[rows]
    clock = np.where(_within(s, table), 1.0, np.nan)
    for kind, chip in s.network.assembly.blocks:
        if kind == table.kind and isinstance(chip, Chip):
            kept = _chips(s).clock_ratio[s.network.heat.chips.rows[id(chip)]]
            clock[chip.part] = np.where(np.isfinite(kept), kept, clock[chip.part])
    return np.where(works, full * clock, np.where(np.isfinite(full), 0.0, np.nan))


def _within(s: Solution, table: Table) -> Flags:
    """Return which racks have coolant and air as their makers ask for, shape (part, variant)."""
    numbers = table.numbers
    met = np.ones((len(table.paths), s.network.variants), dtype=np.bool_)
    for kind, block in s.network.assembly.blocks:
        if kind != table.kind or not isinstance(block, Path | Mover):
            continue
        rows = s.network.flow.rows[id(block)]
        entering = s.heat.inlet_k[rows]
        if block.role == "coolant":
            points = table.curves["required_flow_m3_s"]
            asked = interpolate(points[..., 0], points[..., 1], entering)
            flow = np.abs(s.flow.flow_kg_s[rows]) / s.medium.density_kg_m3[rows]
            met &= (flow >= MET_RATIO * asked) & ~(entering > numbers["coolant_supply_max_k"])
        elif block.role == "air":
            met &= ~(entering > numbers["air_inlet_max_k"])
    return met


def site_tokens(facility: Facility, s: Solution) -> tuple[Array, Array] | None:
    """Return the tokens per second of all racks that declare some, and those at full clock.

    Shape (variant,). NaN in a case in which those of any rack are not established; None where no rack
    declares any.
    """
    made, full, told = np.zeros(s.network.variants), np.zeros(s.network.variants), False
    for kind, block in s.network.assembly.blocks:
        table = facility.tables[kind]
        if not isinstance(block, Load) or block.role != "it" or "tokens_per_s" not in table.numbers:
            continue
        declared = np.broadcast_to(table.numbers["tokens_per_s"], (len(table.paths), s.network.variants))
        rows = np.flatnonzero(np.isfinite(declared).all(axis=1))
        told |= bool(rows.size)
        made = made + tokens(s, block, table)[rows].sum(axis=0)
        full = full + declared[rows].sum(axis=0)
    return (made, full) if told else None


def hottest(s: Solution) -> tuple[Array, Array, Array] | None:
    """Return hottest junction [K], its least margin [K] and how many consumers throttle, shape (variant,).

    Over the consumers that work and of which it is established; None where none is.
    """
    blocks = [b for _, b in s.network.assembly.blocks if isinstance(b, Chip)]
    if not blocks:
        return None
    junction, margin, lost = (
        np.concatenate([CHIP_FIELDS[Chip, name](s, b) for b in blocks])
        for name in ("junction_k", "junction_margin_dk", "throttle_ratio")
    )
    known = np.isfinite(lost).any(axis=0)
    return (
        np.fmax.reduce(junction, axis=0), np.fmin.reduce(margin, axis=0),
        np.where(known, (lost > KEPT_RATIO).sum(axis=0), np.nan),
    )  # fmt: skip
