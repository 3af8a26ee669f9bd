"""Rules on cooling towers and on chillers that follow Carnot: where their laws hold."""

from collections.abc import Iterator

import numpy as np

from twin.arrays import Array, Flags
from twin.checks.cooling import HELD_DK, OFF_W, STILL_RATIO, powered
from twin.checks.plant import CHILLERS, entering_k
from twin.checks.rule import Measure, Review, Side, only, rule
from twin.laws import towers
from twin.laws.air import pressure_at_elevation
from twin.laws.rejection import LEAST_LIFT_DK
from twin.model.groups import merkel_at_design

TOWER = "cooling_tower"
YORK_SOURCE = "EnergyPlus 25.2 Input Output Reference, CoolingTowerPerformance:YorkCalc"


def _runs(review: Review) -> Flags:
    """Return the towers that take heat out of flowing water, shape (variant, part)."""
    still = STILL_RATIO * review.number(TOWER, "reference_flow_m3_s")
    flows = review.result(TOWER, "flow_m3_s") > still
    found: Flags = powered(review, TOWER) & flows & (review.result(TOWER, "heat_w") > OFF_W)
    return found


def _by_york(review: Review) -> Flags:
    """Return the towers after YorkCalc, shape (1, part)."""
    return np.array([[law == "york_calc" for law in review.table(TOWER).words["law"]]])


def _ends(
    where: Flags, value: Array, ends: tuple[Array, Array], *, name: str, inputs: tuple[str, ...]
) -> Iterator[Measure]:
    """Yield a number of every tower against both ends of a range."""
    sides: tuple[tuple[Side, Array], ...] = (("least", ends[0]), ("most", ends[1]))
    for side, limit in sides:
        yield Measure(kind=TOWER, value=only(where, value), limit=limit, side=side, name=name, inputs=inputs)


@rule(
    "CL060", severity="note", title="The wet bulb is outside the range of the tower's correlation",
    unit="degC", formula="wet bulb of the air that enters, with recirculation, when the tower carries heat",
    source=f"{YORK_SOURCE}; beyond an end its approach counts as at that end",
    remedy="Ask the maker for the rating at this wet bulb, or declare the Merkel law.",
)  # fmt: skip
def tower_wet_bulb(review: Review) -> Iterator[Measure]:
    """Measure the wet bulb at every tower after YorkCalc."""
    if review.has(TOWER):
        yield from _ends(
            _runs(review) & _by_york(review), review.result(TOWER, "wet_bulb_k"),
            (np.array([[towers.LEAST_WET_BULB_K]]), np.array([[towers.GREATEST_WET_BULB_K]])),
            name="wet_bulb_k", inputs=("law",),
        )  # fmt: skip


@rule(
    "CL061", severity="note", title="Range or approach is outside the range of the tower's correlation",
    unit="K",
    formula="entering less leaving water, and leaving water less wet bulb, when the tower carries heat",
    source=f"{YORK_SOURCE}; beyond an end approach goes in proportion to range",
    remedy="Change the water flow so that the range fits, or declare the Merkel law.",
)  # fmt: skip
def tower_range(review: Review) -> Iterator[Measure]:
    """Measure range and approach of every tower after YorkCalc."""
    if review.has(TOWER):
        leaving, on = review.result(TOWER, "leaving_k"), _runs(review) & _by_york(review)
        for name, value, ends in (
            (
                "range_dk", review.result(TOWER, "inlet_k") - leaving,
                (towers.LEAST_RANGE_DK, towers.GREATEST_RANGE_DK),
            ),
            (
                "approach_dk", leaving - review.result(TOWER, "wet_bulb_k"),
                (towers.LEAST_APPROACH_DK, towers.GREATEST_APPROACH_DK),
            ),
        ):  # fmt: skip
            least, most = (np.array([[end]]) for end in ends)
            yield from _ends(on, value, (least, most), name=name, inputs=("law", "leaving_set_k"))


@rule(
    "CL062", severity="note", title="The water flow is outside the range of the tower's correlation",
    unit="%",
    formula="water flow over design; for YorkCalc also that over airflow, calibrated, while the fan turns",
    source=f"{YORK_SOURCE}; Merkel: lbl-srg/modelica-buildings, Data/UAMerkel; beyond an end it counts as at "
    "that end",
    remedy="Stage the cells so that each gets near its design flow.",
)  # fmt: skip
def tower_flow(review: Review) -> Iterator[Measure]:
    """Measure the flow of every tower, and what it is per air after YorkCalc."""
    if review.has(TOWER):
        york, on = _by_york(review), _runs(review)
        flow = review.result(TOWER, "flow_m3_s") / review.number(TOWER, "reference_flow_m3_s")
        least = np.where(york, towers.LEAST_WATER_RATIO, towers.MERKEL_WATER_RATIO)
        yield from _ends(
            on, flow, (least, np.where(york, towers.GREATEST_WATER_RATIO, np.nan)),
            name="water_flow_ratio", inputs=("reference_flow_m3_s",),
        )  # fmt: skip
        speed = review.result(TOWER, "fan_speed_ratio")
        rating = (
            review.number(TOWER, f"design_{name}") for name in ("range_dk", "wet_bulb_k", "approach_dk")
        )
        scale, _ = towers.yorkcalc_flow_scale(*rating)
        turns = np.maximum(speed, review.number(TOWER, "fan_least_ratio"))
        yield Measure(
            kind=TOWER, value=only(on & york & (speed > 0.0), flow * scale / turns),
            limit=np.array([[towers.GREATEST_LIQUID_GAS_RATIO]]), side="most", name="liquid_gas_ratio",
            inputs=("fan_least_ratio",),
        )  # fmt: skip


@rule(
    "CL063", severity="minor", title="The cooling tower runs flat out and loses its set-point", unit="degC",
    formula="temperature of the leaving water, against the set-point plus 0.1 K",
    source="Set-point, twin:coolingTower:leavingSet; what it does to chillers is CL022",
    remedy="Add a cell, or accept a higher set-point in this weather.", graded=False,
)  # fmt: skip
def tower_set_point(review: Review) -> Iterator[Measure]:
    """Measure the leaving temperature of every tower that carries heat."""
    if review.has(TOWER):
        yield Measure(
            kind=TOWER, value=only(_runs(review), review.result(TOWER, "leaving_k")),
            limit=review.number(TOWER, "leaving_set_k") + HELD_DK, side="most", name="leaving_k",
            inputs=("leaving_set_k", "design_approach_dk"),
        )  # fmt: skip


@rule(
    "CL064", severity="note", title="The lift is below what a share of Carnot's efficiency holds for",
    unit="K",
    formula="entering condenser water or air, less leaving chilled water, when the chiller carries heat",
    source="Least lift of the compressors, twin.laws.rejection (assumption); below it power stays as there",
    remedy="Raise the set-point of the condenser water, or cool without the compressor.",
)  # fmt: skip
def carnot_lift(review: Review) -> Iterator[Measure]:
    """Measure the lift of every chiller that follows Carnot."""
    for kind in review.built(*CHILLERS):
        on = powered(review, kind) & (review.result(kind, "heat_w") > OFF_W)
        on = on & np.isfinite(review.number(kind, "carnot_ratio"))
        yield Measure(
            kind=kind, value=only(on, entering_k(review, kind) - review.result(kind, "leaving_k")),
            limit=np.array([[LEAST_LIFT_DK]]), side="least", name="lift_dk", inputs=("carnot_ratio",),
        )  # fmt: skip


@rule(
    "CL065", severity="major", title="The cooling tower cannot meet its own rating", unit="K",
    formula="approach that its law gives at the rating, against the declared one",
    source="First law, and the correlation at 0.75 to 5 times the water flow of the rating; Merkel: airflow",
    remedy="Look up airflow, range and approach of the rating: they do not belong together.", cases="normal",
    graded=False,
)  # fmt: skip
def tower_rating(review: Review) -> Iterator[Measure]:
    """Measure every tower at its rating."""
    if not review.has(TOWER):
        return
    numbers = review.table(TOWER).numbers
    wet, spread, near = (numbers[f"design_{name}"] for name in ("wet_bulb_k", "range_dk", "approach_dk"))
    pressure = pressure_at_elevation(np.array([[review.owner("elevation_m")]]))
    one = np.ones_like(near)
    york = towers.york_approach(spread, wet, towers.yorkcalc_flow_scale(spread, wet, near)[0], one)
    _, merkel = merkel_at_design(
        wet, spread, near, flow_m3_s=numbers["reference_flow_m3_s"], airflow_m3_s=numbers["airflow_m3_s"],
        pressure_pa=pressure,
    )  # fmt: skip
    given = np.where(_by_york(review).T, york, merkel)
    sides: tuple[tuple[Side, Array], ...] = (("most", near + HELD_DK), ("least", near - HELD_DK))
    for side, limit in sides:
        yield Measure(
            kind=TOWER, value=given.T, limit=limit.T, side=side, name="design_approach_dk",
            inputs=("design_approach_dk", "airflow_m3_s"),
        )  # fmt: skip
