"""Rules on chips and their cold plates: junctions, lost clock, and curves used outside their points."""

from collections.abc import Iterator

import numpy as np

from twin.arrays import Array
from twin.checks.cooling import working_racks
from twin.checks.rule import Measure, Review, Side, only, rule

# A clock lost by less than this is rounding.
KEPT_RATIO = 1e-6


@rule(
    "CL090", severity="critical", title="A chip is hotter than it may be, throttling does not hold it",
    unit="degC",
    formula="hottest junction: coolant where it enters the plate of the tray that gets least, plus the "
    "chip's power times the plate's resistance at that flow and that of its package; clock and leakage as "
    "they follow, where they are declared",
    source="Highest junction temperature of the chip, twin:rack:junctionMax",
    remedy="Colder coolant, more flow, wider headers in the rack, or less power.", capture="liquid",
)  # fmt: skip
def junction(review: Review) -> Iterator[Measure]:
    """Measure the hottest junction of every working rack of which it is established."""
    if review.has("rack"):
        yield Measure(
            kind="rack", value=only(working_racks(review), review.result("rack", "junction_k")),
            limit=review.number("rack", "junction_max_k"), side="most", name="junction_k",
            inputs=("junction_max_k", "plate_curve_k_w", "package_resistance_k_w", "plate_flow_ratio",
                    "chip_power_w"),
        )  # fmt: skip


@rule(
    "CL091", severity="major", title="The rack throttles: hot chips lose clock, and the rack tokens",
    unit="%",
    formula="share of its full clock that the slowest chip has lost; a rack whose coolant is lost altogether "
    "is CL002",
    source="Slope and start of throttling of the chip, twin:rack:throttleSlope and slowdown",
    remedy="Colder coolant, more flow, or a lower power limit chosen by the operator.", capture="liquid",
    graded=False,
)  # fmt: skip
def throttled(review: Review) -> Iterator[Measure]:
    """Measure the lost clock of every working rack of which it is established."""
    if review.has("rack"):
        yield Measure(
            kind="rack", value=only(working_racks(review), review.result("rack", "throttle_ratio")),
            limit=np.array([[KEPT_RATIO]]), side="most", name="throttle_ratio",
            inputs=("slowdown_k", "throttle_slope_per_k", "plate_curve_k_w", "package_resistance_k_w"),
        )  # fmt: skip


def _end(review: Review, name: str, side: Side) -> Array:
    """Return the first or the last place of a curve of each rack, NaN without points, shape (1, rack)."""
    table = review.table("rack")
    places = table.curves.get(name, np.full((len(table.paths), 1, 2), np.nan))[..., 0]
    worst = np.fmax if side == "most" else np.fmin
    return np.asarray(worst.reduce(places, axis=1))[None, :]


@rule(
    "CL092", severity="minor", title="A cold plate gets less flow than it was measured with", unit="L/min",
    formula="least flow through a plate, against the first point of its curve; below it the resistance is "
    "that of a power law fitted to the points",
    source="Points of the cold plate, twin:rack:plateCurve",
    remedy="More flow, wider headers in the rack, or points at this flow.", capture="liquid",
)  # fmt: skip
def plate_starved(review: Review) -> Iterator[Measure]:
    """Measure the least plate flow of every working rack."""
    yield from _plate(review, "least")


@rule(
    "CL093", severity="note", title="A cold plate gets more flow than it was measured with", unit="L/min",
    formula="least flow through a plate, against the last point of its curve",
    source="Points of the cold plate, twin:rack:plateCurve",
    remedy="Points at this flow; erosion limits of the plate's maker.", capture="liquid", graded=False,
)  # fmt: skip
def plate_beyond(review: Review) -> Iterator[Measure]:
    """Measure the same at the upper end."""
    yield from _plate(review, "most")


def _plate(review: Review, side: Side) -> Iterator[Measure]:
    if review.has("rack"):
        yield Measure(
            kind="rack", value=only(working_racks(review), review.result("rack", "plate_flow_m3_s")),
            limit=_end(review, "plate_curve_k_w", side), side=side, name="plate_flow_m3_s",
            inputs=("plate_curve_k_w", "plate_flow_ratio"),
        )  # fmt: skip


@rule(
    "CL094", severity="minor", title="The cold plate was measured with another coolant", unit="1",
    formula="1 where fluid and glycol, within 5 % by mass, are those of the curve; else the junction is not "
    "established, and neither clock nor leakage follow it",
    source="Coolant of the curve, twin:rack:plateFluid; OCP calls 25 to 30 % by volume PG25 (5 % is twin's "
    "own band: assumption). No law carries a resistance over: with water OCP measured 16 % less than with "
    "PG25 at 2 L/min, and less by as much where flow no longer counts",
    remedy="Points measured with this coolant.", graded=False,
)  # fmt: skip
def plate_coolant(review: Review) -> Iterator[Measure]:
    """Measure racks of which all else is known."""
    if review.has("rack"):
        yield Measure(
            kind="rack", value=only(working_racks(review), review.result("rack", "plate_fluid_ratio")),
            limit=np.array([[1.0]]), side="least", name="plate_fluid_ratio",
            inputs=("plate_fluid", "plate_glycol_mass_ratio"),
        )  # fmt: skip


@rule(
    "CL095", severity="minor", title="The share of heat to liquid is read beyond the points of its curve",
    unit="degC",
    formula="coolant temperature the curve is read at, against its first and last point; beyond them the "
    "share stays level",
    source="Points of the curve, twin:rack:captureCurveRatio",
    remedy="Points at this temperature.", graded=False,
)  # fmt: skip
def capture_beyond(review: Review) -> Iterator[Measure]:
    """Measure the coolant temperature of racks whose share follows it, at both ends."""
    if review.has("rack"):
        at = only(working_racks(review), review.result("rack", "capture_coolant_k"))
        sides: tuple[Side, ...] = ("most", "least")
        for side in sides:
            yield Measure(
                kind="rack", value=at, limit=_end(review, "capture_curve_ratio", side), side=side,
                name=f"capture_at_{side}_k", inputs=("capture_curve_ratio",),
            )  # fmt: skip
