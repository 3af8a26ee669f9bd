"""Busway schedule: busways, cables, whips; rating, load, margin, mass of their conductors."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.checks.electrical import busway_loading, busway_peak, cable_loading, whip_loading, whip_peak
from twin.checks.rule import Check
from twin.components.busway import cold_resistance_per_m
from twin.laws.conductors import ALUMINIUM_OHM_M, COPPER_OHM_M
from twin.studies.schedule_rows import MetalRow, RunRow
from twin.studies.stages import above_low, cable_stages, stage_of
from twin.studies.wiring import Wiring, worst

# CRC Handbook of Chemistry and Physics, 95th ed., 12-211: pure metal near 20 °C (recalled). Standard annealed
# copper of IEC 60028 has 8890: 0.8 % less.
DENSITY_KG_M3: Mapping[str, float] = {"copper": 8960.0, "aluminium": 2700.0}
RESISTIVITY_OHM_M: Mapping[str, float] = {"copper": COPPER_OHM_M, "aluminium": ALUMINIUM_OHM_M}
# Conductors by phases: one phase goes with its neutral, two go without.
CONDUCTORS = MappingProxyType({1: 2, 2: 2, 3: 3})
POLES = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bars:
    """What the runs of one kind are made of. Shapes: (part,).

    Attributes:
        stage, conductor: Stage of each, and its metal.
        node: Port at one end.
        count: Runs in parallel.
        length_m, section_m2: Of one conductor of one run.
        rating_a: Of all runs.
        phases: Phases that each is wired to.
    """

    stage: Sequence[str]
    conductor: Sequence[str]
    node: Index
    count: Array
    length_m: Array
    section_m2: Array
    rating_a: Array
    phases: Sequence[str]


def run_rows(wiring: Wiring) -> Iterator[RunRow]:
    """Yield a row for every busway, cable and whip."""
    peaks: dict[str, tuple[Check, ...]] = {
        "busway": (busway_loading, busway_peak), "power_cable": (cable_loading,),
        "whip": (whip_loading, whip_peak),
    }  # fmt: skip
    for kind in wiring.review.built(*peaks):
        bars = {"busway": _busways, "power_cable": _cables, "whip": _whips}[kind](wiring)
        yield from _rows(wiring, kind, bars, *peaks[kind])


def _rows(
    wiring: Wiring, kind: str, bars: Bars, loading: Check, peak: Check | None = None
) -> Iterator[RunRow]:
    review, normal = wiring.review, wiring.normal
    current = review.result(kind, "current_a")
    measure = next(wiring.measures(loading))
    limit = np.broadcast_to(measure.limit, current.shape)
    value = np.broadcast_to(measure.value, current.shape)
    case = worst(value / limit)[1]
    found = list(wiring.measures(peak)) if peak is not None else []
    peak_ratio = (
        worst(np.broadcast_to(found[0].value, current.shape))[0] if found else np.full(len(case), np.nan)
    )
    direct = wiring.direct(bars.node)
    count, mass_kg, neutral_kg = masses(bars, direct, above_low(wiring, bars.node))
    sources, loads = _ends(wiring, kind)
    for row, prim in enumerate(review.table(kind).paths):
        at = int(case[row]), row
        allowed_a = float(limit[at] * bars.rating_a[row])
        yield RunRow(
            prim=prim, kind=kind, stage=bars.stage[row], source=sources[row], load=loads[row],
            direct=bool(direct[row]), conductor=bars.conductor[row],
            conductor_count=int(count[row]), count=float(bars.count[row]),
            length_m=float(bars.length_m[row]), section_m2=float(bars.section_m2[row]),
            rating_a=float(bars.rating_a[row]), limit_ratio=float(limit[at]), limit_a=allowed_a,
            current_a=float(current[normal, row]), worst_current_a=float(current[at]),
            loading_ratio=float(value[at]), worst_case=wiring.case(at[0]),
            margin_a=allowed_a - float(current[at]), peak_loading_ratio=float(peak_ratio[row]),
            metal_kg=float(mass_kg[row]), neutral_kg=float(neutral_kg[row]),
        )  # fmt: skip


def masses(bars: Bars, direct: Flags, high: Flags) -> tuple[Index, Array, Array]:
    """Return number and mass of current-carrying conductors, and the mass of a full neutral [kg].

    Args:
        bars: What the runs are made of.
        direct: Which carry direct current: two poles, no neutral.
        high: Which carry alternating current above 1 kV: no neutral.

    Returns:
        All of shape (part,). A single phase has its neutral among its conductors.
    """
    density = np.array([DENSITY_KG_M3[metal] for metal in bars.conductor])
    one = density * bars.section_m2 * bars.length_m * bars.count
    phases = np.array([len(word) for word in bars.phases], dtype=np.intp)
    wires = np.array([CONDUCTORS[n] for n in phases.tolist()], dtype=np.intp)
    count = np.where(direct, POLES, wires)
    return count, count * one, np.where(direct | high | (phases < len("abc")), 0.0, one)


def _ends(wiring: Wiring, kind: str) -> tuple[list[str], list[str]]:
    """Return the equipment at both ends of every run; a busway has its loads in their own rows."""
    table = wiring.review.table(kind)
    if kind == "busway":
        feeds = [wiring.feeder(node) for node in _feeds(wiring).tolist()]
        return [wiring.path(f.kind, f.part) if f.kind else "" for f in feeds], [""] * len(feeds)
    ports = wiring.facility.ports
    found = (
        [wiring.path(ports.kind[node], int(ports.part[node])) for node in table.ends[end].node.tolist()]
        for end in ("a", "b")
    )
    return next(found), next(found)


def _feeds(wiring: Wiring) -> Index:
    """Return the port that feeds each busway."""
    table = wiring.review.table("busway")
    found = np.full(len(table.paths), -1, dtype=np.intp)
    found[table.ends["feed"].part] = table.ends["feed"].node
    return found


def _busways(wiring: Wiring) -> Bars:
    table = wiring.review.table("busway")
    metal, taps = table.words["conductor"], table.ends["taps"]
    last = np.zeros(len(table.paths))
    np.maximum.at(last, taps.part, taps.offset_m)
    cold = cold_resistance_per_m(table.numbers["rating_a"], metal, table.numbers["resistance_ohm_per_m"])
    resistivity = np.array([RESISTIVITY_OHM_M[name] for name in metal])
    return Bars(
        stage=(stage_of("busway"),) * len(table.paths), conductor=metal, node=_feeds(wiring),
        count=np.ones(len(table.paths)), length_m=np.fmax(last, table.size_m[:, 0]),
        section_m2=resistivity / cold[:, 0], rating_a=table.numbers["rating_a"][:, 0],
        phases=wiring.phases("busway"),
    )  # fmt: skip


def _cables(wiring: Wiring) -> Bars:
    table = wiring.review.table("power_cable")
    number = {name: table.numbers[name][:, 0] for name in ("count", "length_m", "section_m2", "rating_a")}
    node = table.ends["a"].node
    return Bars(
        stage=cable_stages(wiring, node), conductor=table.words["conductor"], node=node,
        count=number["count"], length_m=number["length_m"], section_m2=number["section_m2"],
        rating_a=number["rating_a"] * number["count"], phases=wiring.phases("power_cable"),
    )  # fmt: skip


def _whips(wiring: Wiring) -> Bars:
    table = wiring.review.table("whip")
    names = ("count", "length_m", "section_m2", "breaker_rating_a")
    number = {name: table.numbers[name][:, 0] for name in names}
    return Bars(
        stage=(stage_of("whip"),) * len(table.paths), conductor=("copper",) * len(table.paths),
        node=table.ends["a"].node, count=number["count"], length_m=number["length_m"],
        section_m2=number["section_m2"], rating_a=number["breaker_rating_a"] * number["count"],
        phases=wiring.phases("whip"),
    )  # fmt: skip


def metal_rows(runs: Sequence[RunRow], stages: Sequence[str]) -> Iterator[MetalRow]:
    """Yield the metal of the conductors of each stage.

    Args:
        runs: Every run.
        stages: Names of the stages, in order.
    """
    for stage in stages:
        for metal in DENSITY_KG_M3:
            mine = [run for run in runs if run.stage == stage and run.conductor == metal]
            if not mine:
                continue
            mass = sum(run.metal_kg for run in mine)
            yield MetalRow(
                stage=stage, conductor=metal, count=len(mine),
                length_m=sum(run.length_m * run.count for run in mine), mass_kg=mass,
                with_neutral_kg=mass + sum(run.neutral_kg for run in mine),
            )  # fmt: skip
