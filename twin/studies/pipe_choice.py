"""The smallest standard pipe within limits of velocity and friction at given flows.

A pipe's size follows from its flow alone, so that of two pipes of one schedule the one that carries more of
the same fluid is never the smaller one: sizes fall monotonically along a run.
"""

from dataclasses import dataclass

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.checks.hydraulic import SMALL_BORE_M, SMALL_BORE_M_S
from twin.laws.friction import darcy_drop
from twin.laws.steel_pipe import SCHEDULES, SIZES, inside_diameter, sizes_of
from twin.model.element import Path
from twin.model.facility import Facility, Table
from twin.solve.couple import Solution

# 4 ft of water per 100 ft is 392 Pa/m.
GRADIENT_PA_M = 400.0
GRADIENT_SOURCE = (
    "ASHRAE practice, 400 Pa/m above DN50 (recalled: assumption); US VA HVAC design criteria: 4 ft per 100 ft"
)
VELOCITY_M_S = 2.4
VELOCITY_SOURCE = "practice, 2.4 to 3 m/s above DN50 (ASHRAE, recalled: assumption)"
OWNER_SOURCE = "owner's limit, twin:site:pipeVelocityMax"
SMALL_SOURCE = "ASHRAE practice, 1.2 m/s up to DN50 (recalled: assumption)"
ASKED_SOURCE = "as asked for"
# A pipe with less than this share of the greatest flow of all pipes carries nothing.
STILL_RATIO = 1e-6
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeLimits:
    """What a size has to keep, and why; ``small`` is for bores up to DN50, infinite is no limit."""

    velocity_m_s: float
    velocity_source: str
    small_velocity_m_s: float
    small_source: str
    gradient_pa_m: float
    small_gradient_pa_m: float
    gradient_source: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Flows:
    """Flow through the parts of one kind. Shapes: (part, variant), (part, 1), (part,).

    Attributes:
        flow_kg_s: Greatest flow of any piece of each part.
        density_kg_m3, viscosity_pa_s: Of the fluid in it.
        roughness_m: Of its wall.
        worst: Case in which most flows.
        carries: Whether anything flows through it.
    """

    flow_kg_s: Array
    density_kg_m3: Array
    viscosity_pa_s: Array
    roughness_m: Array
    worst: Index
    carries: Flags

    @property
    def greatest_m3_s(self) -> Array:
        """Return the greatest flow in any case, shape (part,)."""
        return np.asarray(np.max(self.flow_kg_s / self.density_kg_m3, axis=1))


def size_limits(
    facility: Facility, *, velocity_m_s: float | None = None, gradient_pa_m: float | None = None
) -> SizeLimits:
    """Return what sizes have to keep: what is asked for, else the owner's limit and practice."""
    owner = float(facility.tables["site"].numbers["pipe_velocity_max_m_s"][0, 0])
    velocity, why = (owner, OWNER_SOURCE) if np.isfinite(owner) else (VELOCITY_M_S, VELOCITY_SOURCE)
    small, small_why = min(SMALL_BORE_M_S, velocity), SMALL_SOURCE
    if velocity_m_s is not None:
        velocity, why = velocity_m_s, ASKED_SOURCE
        small, small_why = velocity_m_s, ASKED_SOURCE
    asked = gradient_pa_m is not None
    gradient = GRADIENT_PA_M if gradient_pa_m is None else gradient_pa_m
    return SizeLimits(
        velocity_m_s=velocity, velocity_source=why, small_velocity_m_s=small, small_source=small_why,
        gradient_pa_m=gradient, small_gradient_pa_m=gradient if asked else np.inf,
        gradient_source=ASKED_SOURCE if asked else GRADIENT_SOURCE,
    )  # fmt: skip


def takes_size(table: Table) -> Flags:
    """Return which pipes take their bore from a nominal size, shape (part,)."""
    named = np.array([bool(word) for word in table.words["size"]], dtype=np.bool_)
    return named & np.isnan(table.numbers["inner_diameter_m"]).all(axis=1)


def flows_of(facility: Facility, solution: Solution, kind: str) -> Flows:
    """Return what flows through the parts of a kind, the piece of a manifold through which most does."""
    net, parts = solution.network, len(facility.tables[kind].paths)
    blocks = [b for k, b in net.assembly.blocks if k == kind and isinstance(b, Path)]
    rows = np.concatenate([np.arange(s.start, s.stop) for s in (net.flow.rows[id(b)] for b in blocks)])
    part = np.concatenate([b.part for b in blocks])
    rough = np.concatenate([np.broadcast_to(b.roughness_m, (len(b.part), 1)) for b in blocks])
    density = solution.medium.density_kg_m3[rows]
    volume = np.abs(solution.flow.flow_kg_s[rows]) / density
    order = np.lexsort((volume.max(axis=1), part))
    most = order[np.flatnonzero(np.diff(part[order], append=-1))]
    at = np.zeros(parts, dtype=np.intp)
    at[part[most]] = most
    greatest = volume[at].max(axis=1)
    return Flows(
        flow_kg_s=np.abs(solution.flow.flow_kg_s[rows][at]), density_kg_m3=density[at],
        viscosity_pa_s=solution.medium.viscosity_pa_s[rows][at], roughness_m=rough[at],
        worst=np.argmax(volume[at], axis=1).astype(np.intp),
        carries=greatest > STILL_RATIO * greatest.max(initial=0.0),
    )  # fmt: skip


def loads(flows: Flows, part: Index, bore_m: Array) -> tuple[Array, Array]:
    """Return the greatest velocity [m/s] and friction [Pa/m] of parts with a bore [m], shape (len(part),)."""
    flow, density = flows.flow_kg_s[part], flows.density_kg_m3[part]
    bore = bore_m[:, None]
    drop, _ = darcy_drop(
        flow,
        np.ones((1, 1)),
        bore,
        flows.roughness_m[part],
        np.zeros((1, 1)),
        density,
        flows.viscosity_pa_s[part],
    )
    velocity = flow / density / (0.25 * np.pi * bore**2)
    return np.asarray(velocity.max(axis=1)), np.asarray(drop.max(axis=1))


def keeps(limits: SizeLimits, bore_m: Array, velocity_m_s: Array, gradient_pa_m: Array) -> Flags:
    """Return whether velocity and friction are within the limits for that bore."""
    small = bore_m <= SMALL_BORE_M
    slow = velocity_m_s <= np.where(small, limits.small_velocity_m_s, limits.velocity_m_s) * (1.0 + ROUNDING)
    smooth = gradient_pa_m <= np.where(small, limits.small_gradient_pa_m, limits.gradient_pa_m) * (
        1.0 + ROUNDING
    )
    kept: Flags = slow & smooth
    return kept


def smallest_size(flows: Flows, part: Index, schedule: str, limits: SizeLimits) -> list[str]:
    """Return the smallest size of a schedule that keeps the limits, the largest where none does."""
    names = sizes_of(schedule)
    bores = inside_diameter(names, [schedule] * len(names))
    found = np.full(len(part), len(names) - 1, dtype=np.intp)
    for at in reversed(range(len(names))):
        bore = np.full(len(part), bores[at])
        kept = keeps(limits, bore, *loads(flows, part, bore))
        found[kept] = at
    return [names[at] for at in found.tolist()]


def chosen_sizes(
    facility: Facility, solution: Solution, limits: SizeLimits, *, grow: bool
) -> tuple[str, ...]:
    """Return the size of every pipe at its present flow; with ``grow`` none smaller than it is now."""
    words = list(facility.tables["pipe"].words["size"] if "pipe" in facility.tables else ())
    if not words:
        return ()
    table, flows = facility.tables["pipe"], flows_of(facility, solution, "pipe")
    schedules = np.array(table.words["schedule"])
    for schedule in SCHEDULES:
        mine = np.flatnonzero((schedules == schedule) & takes_size(table) & flows.carries)
        for row, name in zip(mine.tolist(), smallest_size(flows, mine, schedule, limits), strict=True):
            if not grow or SIZES.index(name) > SIZES.index(words[row]):
                words[row] = name
    return tuple(words)
