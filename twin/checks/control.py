"""Rules on what plant holds beside its coolers: mixtures, and users of heat."""

from collections.abc import Iterator

import numpy as np

from twin.checks.cooling import HELD_DK, STILL_RATIO
from twin.checks.rule import Measure, Review, only, rule

# A user counts as served within this share of its demand (assumption: the accuracy of a heat meter).
SERVED_RATIO = 0.98


@rule(
    "CL083", severity="minor", title="The bypass stands open and the supply is still too cold", unit="degC",
    formula="temperature of what leaves the mixing valve, against its set-point less 0.1 K",
    source="Set-point, twin:mixingValve:set or its reset; 0.1 K is the resolution of a sensor (assumption)",
    remedy="Widen the bypass or the drop that drives it, or raise the set-point of the coolers; a load this "
    "small may need one of them shut.",
    graded=False,
)  # fmt: skip
def mixture(review: Review) -> Iterator[Measure]:
    """Measure mixing valves that fluid flows through."""
    if review.has("mixing_valve"):
        kind = "mixing_valve"
        flow = review.result(kind, "cool_flow_m3_s") + review.result(kind, "bypass_flow_m3_s")
        on = review.runs(kind) & (flow > STILL_RATIO * review.number(kind, "flow_m3_s"))
        yield Measure(
            kind=kind, value=only(on, review.result(kind, "mixed_k")),
            limit=review.result(kind, "set_point_k") - HELD_DK, side="least", name="mixed_k",
            inputs=("set_k", "bypass_flow_max_m3_s"),
        )  # fmt: skip


@rule(
    "CL084", severity="note", title="The heat user gets less than it asks for", unit="kW",
    formula="heat that the user takes, against 98 % of its demand",
    source="Demand, twin:heatUser:demand; 2 %: accuracy of a heat meter (assumption)",
    remedy="Warmer return water (less flow through racks, a higher supply), a larger exchanger, or a heat "
    "pump on the user's side.",
    graded=False,
)  # fmt: skip
def reuse(review: Review) -> Iterator[Measure]:
    """Measure heat users in service."""
    if review.has("heat_user"):
        yield Measure(
            kind="heat_user", value=only(review.runs("heat_user"), review.result("heat_user", "heat_w")),
            limit=SERVED_RATIO * np.asarray(review.number("heat_user", "demand_w")), side="least",
            name="heat_w", inputs=("demand_w", "ua_w_k", "user_return_k"),
        )  # fmt: skip
