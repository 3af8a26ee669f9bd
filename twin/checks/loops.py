"""Rules on closed loops and the suction of their pumps: NPSH, boiling, fill, expansion vessel.

Where a reservoir or a tank opens a loop, the open end fills it and takes its expansion: fill, vessel and
precharge are not judged there. Suction and boiling are.
"""

from collections.abc import Iterator

import numpy as np

from twin.checks.high_points import boils_first, highest
from twin.checks.rule import Measure, Review, only, rule
from twin.laws.suction import vessel_volume

# A pump is offered this much more than it needs: assumption, 0.5 m as makers ask for.
NPSH_MARGIN_M = 0.5
# A liquid stays this far above its vapour pressure everywhere: assumption.
LEAST_ABOVE_VAPOUR_PA = 1e4
# With pumps off the highest point keeps this much: practice (assumption), as HY012 in operation.
LEAST_AT_TOP_PA = 0.3e5
# A safety valve is kept shut by this much: 0.5 bar, or a tenth of its set pressure where that is more.
VALVE_DISTANCE_PA, VALVE_DISTANCE_RATIO = 0.5e5, 0.1


@rule(
    "HY013", severity="major", title="The pump's suction is too low for it: it cavitates", unit="m",
    formula="NPSH available (absolute suction pressure less vapour pressure, as head) against NPSH required "
    "at its flow and speed plus 0.5 m; not judged where npshRequired of twin:pump or twin:cdu is not given",
    source="ANSI/HI 9.6.1 (margin above NPSHR; 0.5 m: assumption)",
    remedy="Raise the fill pressure, join the vessel at the suction, widen the suction line, or cool the "
    "return.",
)  # fmt: skip
def suction(review: Review) -> Iterator[Measure]:
    """Measure pumps and CDUs that run and declare what they need."""
    for kind in review.built("pump", "cdu"):
        required = review.result(kind, "npsh_required_m")
        yield Measure(
            kind=kind, value=only(review.runs(kind), review.result(kind, "npsh_available_m")),
            limit=required + NPSH_MARGIN_M, side="least", name="npsh_available_m",
            inputs=("npsh_required_m",),
        )  # fmt: skip


@rule(
    "HY014", severity="major", title="The fluid comes close to boiling somewhere in its loop", unit="kPa",
    formula="least distance of absolute pressure from vapour pressure, over all ports of the loop and the "
    "highest points of its runs",
    source="0.1 bar above vapour pressure (assumption); vapour pressure by ASHRAE and Raoult",
    remedy="Raise the fill pressure, or lower the temperature at the highest point.", capture="liquid",
)  # fmt: skip
def boiling(review: Review) -> Iterator[Measure]:
    """Measure every loop that has a vessel."""
    if review.has("expansion_vessel"):
        yield Measure(
            kind="expansion_vessel", value=review.result("expansion_vessel", "boiling_margin_pa"),
            limit=np.array([[LEAST_ABOVE_VAPOUR_PA]]), side="least", name="boiling_margin_pa",
            inputs=("fill_pressure_pag",), cause=boils_first(review),
        )  # fmt: skip


@rule(
    "HY015", severity="minor", title="With pumps off, the loop's highest point draws in air", unit="bar g",
    formula="fill pressure at the vessel against the column up to the highest port or point of a run plus "
    "0.3 bar",
    source="Static pressure; 0.3 bar at the top (assumption, as in EN 12828 for the precharge)",
    remedy="Raise the fill pressure, or join the vessel higher up.",
)  # fmt: skip
def static_fill(review: Review) -> Iterator[Measure]:
    """Measure the fill of every loop."""
    if review.has("expansion_vessel"):
        closed = review.closed("expansion_vessel")
        yield Measure(
            kind="expansion_vessel",
            value=only(closed, review.number("expansion_vessel", "fill_pressure_pag")),
            limit=review.result("expansion_vessel", "static_pa") + LEAST_AT_TOP_PA, side="least",
            name="fill_pressure_pag", inputs=("fill_pressure_pag",), cause=highest(review),
        )  # fmt: skip


@rule(
    "HY016", severity="major", title="The expansion vessel is smaller than its loop needs", unit="L",
    formula="vessel against (expansion + reserve)·(p_e + 1 bar)/(p_e - p_0), p_e the safety valve less 0.5 "
    "bar or 10 %, p_0 the precharge; only declared volumes of the loop count, see HY018",
    source="EN 12828:2012, annex D (recalled: assumption)",
    remedy="Choose a larger vessel, lower its precharge, or raise the safety valve within the ratings.",
    capture="liquid",
)  # fmt: skip
def vessel(review: Review) -> Iterator[Measure]:
    """Measure vessels that declare volume, precharge and safety valve."""
    if review.has("expansion_vessel"):
        kind = "expansion_vessel"
        valve = review.number(kind, "safety_valve_pag")
        highest = valve - np.maximum(VALVE_DISTANCE_PA, VALVE_DISTANCE_RATIO * valve)
        needed = vessel_volume(
            review.result(kind, "volume_m3"), review.result(kind, "expansion_m3"),
            review.number(kind, "precharge_pag"), highest,
        )  # fmt: skip
        yield Measure(
            kind=kind, value=only(review.closed(kind), review.number(kind, "volume_m3")), limit=needed,
            side="least", name="vessel_volume_m3", inputs=("volume_m3", "precharge_pag", "safety_valve_pag"),
        )  # fmt: skip


@rule(
    "HY018", severity="note", title="Parts of the loop declare no volume: its vessel may be too small",
    unit="1",
    formula="parts of the loop that hold fluid and do not say how much, valves and strainers left out",
    source="Rule HY016 counts declared volumes only",
    remedy="Say what they hold (twin:rack:coolantVolume, twin:cdu:tcsVolume, twin:dryCooler:fluidVolume); "
    "for kinds that cannot say it (chillers, coils, plate exchangers) leave that much room in the vessel.",
    capture="liquid", graded=False,
)  # fmt: skip
def undeclared_volume(review: Review) -> Iterator[Measure]:
    """Measure vessels that declare their volume."""
    if review.has("expansion_vessel"):
        sized = np.isfinite(review.number("expansion_vessel", "volume_m3"))
        yield Measure(
            kind="expansion_vessel", value=only(sized, review.result("expansion_vessel", "unstated_count")),
            limit=np.zeros((1, 1)), side="most", name="unstated_count", inputs=("volume_m3",),
        )  # fmt: skip


@rule(
    "HY017", severity="minor", title="The vessel's precharge is not below the fill pressure", unit="bar g",
    formula="precharge against the fill pressure less 0.3 bar",
    source="EN 12828:2012, annex D: the fill holds a reserve above the precharge (recalled: assumption)",
    remedy="Lower the precharge, or fill to a higher pressure.",
)  # fmt: skip
def precharge(review: Review) -> Iterator[Measure]:
    """Measure vessels that declare their precharge."""
    if review.has("expansion_vessel"):
        closed = review.closed("expansion_vessel")
        yield Measure(
            kind="expansion_vessel", value=only(closed, review.number("expansion_vessel", "precharge_pag")),
            limit=review.number("expansion_vessel", "fill_pressure_pag") - LEAST_AT_TOP_PA, side="most",
            name="precharge_pag", inputs=("precharge_pag",),
        )  # fmt: skip
