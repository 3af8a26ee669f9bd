"""Rules on room air: what racks breathe, how fast aisles blow, what air handlers hold."""

from collections.abc import Iterator, Mapping

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.checks.cooling import COILS, HELD_DK, OFF_W, STILL_RATIO, powered
from twin.checks.rule import Measure, Review, group_sum, only, rule

RACKS = ("rack", "air_rack")
# ASHRAE TC 9.9, 5th ed. (2021): allowable dry bulb [K] lowest and highest, and metres per kelvin of derating
# above 900 m. H1 derates as A1.
CLASSES: Mapping[str, tuple[float, float, float]] = {
    "A1": (288.15, 305.15, 300.0),
    "A2": (283.15, 308.15, 300.0),
    "A3": (278.15, 313.15, 175.0),
    "A4": (278.15, 318.15, 125.0),
    "H1": (288.15, 298.15, 300.0),
}
DERATED_ABOVE_M = 900.0
RECOMMENDED_K = 300.15
# The top of A4: no class of servers is made to run above it.
SHUT_DOWN_K = 318.15
ASHRAE = "ASHRAE TC 9.9, Thermal Guidelines for Data Processing Environments, 5th ed. (2021)"


def _class(review: Review, kind: str) -> Array:
    """Return lowest, highest, and metres per kelvin of each rack's class, shape (3, part); NaN for none."""
    none = (np.nan, np.nan, np.nan)
    words = review.table(kind).words["air_class"]
    return np.array([CLASSES.get(word, none) for word in words]).reshape(-1, 3).T


def _breathing(review: Review, kind: str) -> Flags:
    """Return the racks whose fans and servers run, shape (variant, rack)."""
    return review.runs(kind) & (review.result(kind, "it_power_w") > OFF_W)


def _inlet(review: Review, kind: str) -> Array:
    return only(_breathing(review, kind), review.result(kind, "air_inlet_k"))


@rule(
    "AI001", severity="major", title="The rack breathes air warmer than it may", unit="degC",
    formula="air temperature at the rack's intake, against the maker's limit, or its class's less the "
    "altitude derating",
    source=f"Maker's limit, airInletMax; else {ASHRAE}: A1 32, A2 35, A3 40, A4 45, H1 25 °C; 1 K per 300, "
    "175 or 125 m above 900 m (recalled)",
    remedy="Bring more cold air to this intake (tiles, fan speed), seal the containment, or lower the "
    "supply.",
    capture="air",
)  # fmt: skip
def air_inlet_high(review: Review) -> Iterator[Measure]:
    """Measure the intake of every running rack."""
    above = max(review.owner("elevation_m") - DERATED_ABOVE_M, 0.0)
    for kind in review.built(*RACKS):
        _, highest, metres = _class(review, kind)
        given = review.number(kind, "air_inlet_max_k")
        limit = np.where(np.isfinite(given), given, highest - above / metres)
        yield Measure(
            kind=kind, value=_inlet(review, kind), limit=limit, side="most",
            name="air_inlet_k",
            inputs=("air_inlet_max_k", "air_class", "airflow_m3_s"),
        )  # fmt: skip


@rule(
    "AI002", severity="critical", title="The rack breathes air in which no server keeps running", unit="degC",
    formula="air temperature at the rack's intake", source=f"{ASHRAE}: no class allows more than A4, 45 °C",
    remedy="Restore the airflow to this intake: its own exhaust returns to it.", capture="air",
)  # fmt: skip
def air_inlet_runaway(review: Review) -> Iterator[Measure]:
    """Measure the intake of every running rack."""
    for kind in review.built(*RACKS):
        yield Measure(
            kind=kind, value=_inlet(review, kind), limit=np.array([[SHUT_DOWN_K]]), side="most",
            name="air_inlet_runaway_k", inputs=("airflow_m3_s",),
        )  # fmt: skip


@rule(
    "AI003", severity="minor", title="The rack breathes air colder than it may", unit="degC",
    formula="air temperature at the rack's intake",
    source=f"Maker's limit, airInletMin; else {ASHRAE}: A1 15, A2 10, A3 and A4 5, H1 15 °C (recalled)",
    remedy="Raise the supply temperature of the air handlers.",
)  # fmt: skip
def air_inlet_low(review: Review) -> Iterator[Measure]:
    """Measure the intake of every running rack."""
    for kind in review.built(*RACKS):
        lowest, _, _ = _class(review, kind)
        numbers = review.table(kind).numbers
        known = "air_inlet_min_k" in numbers
        given = review.number(kind, "air_inlet_min_k") if known else np.array([[np.nan]])
        yield Measure(
            kind=kind, value=_inlet(review, kind), limit=np.where(np.isfinite(given), given, lowest),
            side="least",
            name="air_inlet_lowest_k", inputs=("air_inlet_min_k", "air_class"),
        )  # fmt: skip


@rule(
    "AI004", severity="note", title="The rack breathes air above the recommended range", unit="degC",
    formula="air temperature at the rack's intake", source=f"{ASHRAE}: recommended 18 to 27 °C",
    remedy="Nothing, where the class allows it and fan power is accepted; else lower the supply.",
    capture="air",
)  # fmt: skip
def air_inlet_recommended(review: Review) -> Iterator[Measure]:
    """Measure the intake of every running rack."""
    for kind in review.built(*RACKS):
        yield Measure(
            kind=kind, value=_inlet(review, kind), limit=np.array([[RECOMMENDED_K]]), side="most",
            name="air_inlet_recommended_k",
        )  # fmt: skip


@rule(
    "AI010", severity="major", title="Air blows along the aisle faster than the owner allows", unit="m/s",
    formula="airflow from cell to cell over the cross-section of the aisle, the fastest cell",
    source="Owner's limit, twin:site:aisleVelocityMax",
    remedy="Widen the aisle, feed it from both ends or from above, or place fewer or cooler racks along it.",
    capture="air",
)  # fmt: skip
def aisle_speed(review: Review) -> Iterator[Measure]:
    """Measure the air speed along every aisle."""
    if review.has("aisle"):
        yield Measure(
            kind="aisle", value=review.result("aisle", "velocity_m_s"),
            limit=np.array([[review.owner("aisle_velocity_max_m_s")]]), side="most", name="velocity_m_s",
        )  # fmt: skip


@rule(
    "AI020", severity="minor", title="The air handler no longer holds its supply temperature", unit="degC",
    formula="temperature of the air that leaves, against the set-point plus 0.1 K; its water valve stands "
    "open",
    source="Set-point, supplySet; 0.1 K is the resolution of a sensor (assumption). What it does to racks is "
    "AI001",
    remedy="Colder or more chilled water, another unit, or a higher set-point where the racks allow it.",
    capture="air",
    graded=False,
)  # fmt: skip
def air_set_point(review: Review) -> Iterator[Measure]:
    """Measure the supply air of every unit that blows."""
    for kind in review.built(*COILS):
        still = STILL_RATIO * review.number(kind, "airflow_m3_s")
        on = powered(review, kind) & (review.result(kind, "airflow_m3_s") > still)
        yield Measure(
            kind=kind, value=only(on, review.result(kind, "air_supply_k")),
            limit=review.number(kind, "supply_set_k") + HELD_DK, side="most", name="air_supply_k",
            inputs=("supply_set_k", "ua_w_k"),
        )  # fmt: skip


def aisle_of(review: Review, kind: str, port: str) -> Index:
    """Return the aisle that each part's port opens into, -1 for none, shape (part,)."""
    cells, ends = review.placement.cells["aisle"], review.table(kind).ends.get(port)
    node = np.full(len(review.table(kind).paths), -1, dtype=np.intp)
    if ends is None:
        return node
    node[ends.part] = review.placement.opening[ends.node]
    order = np.argsort(cells.node)
    at = np.minimum(np.searchsorted(cells.node[order], node), len(order) - 1)
    return np.where(cells.node[order][at] == node, cells.part[order][at], -1)


@rule(
    "AI030", severity="note", title="The tiles of the aisle bring less air than its racks draw", unit="%",
    formula="airflow of the tiles in the aisle over the airflow of the racks that draw from it",
    source="Continuity: what the tiles do not bring, the racks take from elsewhere in the room",
    remedy="Add or open tiles in this aisle, or raise the pressure under the floor.", capture="air",
)  # fmt: skip
def tile_supply(review: Review) -> Iterator[Measure]:
    """Measure every aisle that tiles open into and racks draw from."""
    if not review.has("aisle", "tile"):
        return
    count = len(review.table("aisle").paths)
    brought = group_sum(aisle_of(review, "tile", "air_above"), review.result("tile", "airflow_m3_s"), count)
    drawn = np.zeros_like(brought)
    for kind in review.built(*RACKS):
        wanted = np.where(_breathing(review, kind), review.number(kind, "airflow_m3_s"), 0.0)
        drawn += group_sum(aisle_of(review, kind, "air_intake"), wanted, count)
    share = only((brought > 0.0) & (drawn > 0.0), brought / np.where(drawn > 0.0, drawn, 1.0))
    yield Measure(kind="aisle", value=share, limit=np.array([[1.0]]), side="least", name="tile_supply_ratio")
