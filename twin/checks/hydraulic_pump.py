"""Rules on the duty of pumps: place on their curve, least flow, and what their control asks of them."""

from collections.abc import Iterator

import numpy as np

from twin.arrays import Array
from twin.checks.hydraulic import HELD_RATIO, PUMPS
from twin.checks.rule import Measure, Review, only, rule

LEAST_FLOW = {"pump": "minimum_flow_m3_s", "cdu": "pump_minimum_flow_m3_s"}


@rule(
    "HY025", severity="minor", title="The control loop does not hold its flow", unit="%",
    formula="how far the flow of all its pumps is from the set-point; their speed is at a limit",
    source="Set-point, twin:control:setFlow; 1 % is the resolution of a meter (assumption)",
    remedy="Allow other speeds within HY011, start or stop a pump, or change the set-point.",
    graded=False,
)  # fmt: skip
def controlled_flow(review: Review) -> Iterator[Measure]:
    """Measure every control loop that holds a flow."""
    if review.has("control"):
        wanted = review.number("control", "set_flow_m3_s")
        held = only(review.runs("control"), review.result("control", "flow_m3_s"))
        yield Measure(
            kind="control", value=np.abs(held - wanted) / wanted, limit=np.array([[HELD_RATIO]]), side="most",
            name="flow_error_ratio", inputs=("set_flow_m3_s", "maximum_ratio", "minimum_ratio"),
        )  # fmt: skip


@rule(
    "HY026", severity="minor", title="The pump works beyond the end of its curve", unit="%",
    formula="flow over speed, against the last point of the curve; rise and power there are extrapolated",
    source="Last point of the maker's curve; affinity laws (Karassik et al., Pump Handbook, 4th ed., 2.3)",
    remedy="Start another pump, throttle, lower the speed, or take a larger pump; motor and suction are not "
    "established there.",
)  # fmt: skip
def beyond_curve(review: Review) -> Iterator[Measure]:
    """Measure pumps and CDUs that turn."""
    for kind in review.built(*PUMPS):
        yield Measure(
            kind=kind, value=only(review.runs(kind), review.result(kind, "runout_ratio")),
            limit=np.array([[1.0]]), side="most", name="runout_ratio", inputs=(PUMPS[kind][0],),
        )  # fmt: skip


@rule(
    "HY027", severity="minor", title="The pump moves less than its least continuous flow", unit="L/min",
    formula="flow over speed, against the least flow at full speed",
    source="Maker's least continuous flow (ANSI/HI 9.6.3), twin:pump:minimumFlow, twin:cdu:pumpMinimumFlow; "
    "not judged where it is not given",
    remedy="Open a bypass, stop a pump that runs beside it, or lower the speed.",
)  # fmt: skip
def least_flow(review: Review) -> Iterator[Measure]:
    """Measure pumps and CDUs that turn and declare a least flow."""
    for kind in review.built(*PUMPS):
        yield Measure(
            kind=kind, value=only(review.runs(kind), review.result(kind, "curve_flow_m3_s")),
            limit=review.number(kind, LEAST_FLOW[kind]), side="least", name="curve_flow_m3_s",
            inputs=(LEAST_FLOW[kind],),
        )  # fmt: skip


def _reached(review: Review) -> Array:
    """Return the highest rise against shut valves of the pumps that each control turns [Pa].

    Shape (control,), NaN where it turns none: fans are not judged.
    """
    table = review.table("control")
    turned, found = table.targets["actuates"], np.full(len(table.paths), -np.inf)
    for kind in review.built(*PUMPS):
        rise = review.result(kind, "dead_head_pa")[0]
        mine = np.array([k == kind for k in turned.kind], dtype=np.bool_)
        mine[mine] = np.isfinite(rise[turned.row[mine]])
        np.maximum.at(found, turned.part[mine], rise[turned.row[mine]])
    return np.where(np.isfinite(found), found, np.nan)


@rule(
    "HY028", severity="major", title="The set-point is above what the pumps reach even against a shut valve",
    unit="kPa", formula="set-point, against the highest rise at the highest permitted speed, as in HY011",
    source="Affinity laws (Karassik et al., Pump Handbook, 4th ed., 2.3)",
    remedy="Lower the set-point, allow a higher speed (twin:control:maximumRatio) within HY011, or take "
    "other pumps.",
    graded=False,
)  # fmt: skip
def unreachable(review: Review) -> Iterator[Measure]:
    """Measure every control loop that holds a difference with pumps."""
    if review.has("control"):
        yield Measure(
            kind="control", value=review.number("control", "set_pa"), limit=_reached(review)[None],
            side="most", name="set_pa", inputs=("set_pa", "maximum_ratio"),
        )  # fmt: skip


@rule(
    "HY029", severity="note", title="The control loop holds more than its set-point", unit="kPa",
    formula="solved difference, against the set-point plus 1 %; its pumps or fans run at their lowest speed",
    source="Set-point, twin:control:set; 1 % is the resolution of a sensor (assumption)",
    remedy="Allow a lower speed, stop a pump that runs beside the others, or open a bypass.",
    graded=False,
)  # fmt: skip
def overshot(review: Review) -> Iterator[Measure]:
    """Measure the difference of every control loop."""
    if review.has("control"):
        wanted = review.number("control", "set_pa")
        held = only(review.runs("control"), review.result("control", "difference_pa"))
        yield Measure(
            kind="control", value=held, limit=wanted + HELD_RATIO * np.abs(wanted), side="most",
            name="difference_pa", inputs=("set_pa", "minimum_ratio"),
        )  # fmt: skip
