"""Rules on outdoor coils in the coldest weather: how much glycol it takes, which coil bursts."""

from collections.abc import Callable, Iterator

import numpy as np

from twin.arrays import Array, Index
from twin.checks.cooling import STILL_RATIO
from twin.checks.plant import freezing_points
from twin.checks.rule import Measure, Review, only, rule
from twin.laws.glycol import RICHEST_FRACTION, freezing_fraction

# Makers of glycol ask for 3 K (5 °F) below the lowest temperature expected (recalled: assumption).
FREEZE_MARGIN_DK = 3.0
OUTDOOR_COILS = ("dry_cooler", "adiabatic_cooler")


def _told(review: Review) -> Callable[[int], tuple[str, str]]:
    """Return what fill a loop needs, as a sentence."""
    coldest = review.owner("minimum_k")
    needed = float(freezing_fraction(np.array(coldest - FREEZE_MARGIN_DK)))
    asked = (
        f"more than {100.0 * RICHEST_FRACTION:g} % of propylene glycol"
        if needed >= RICHEST_FRACTION
        else f"{np.ceil(100.0 * needed):g} % of propylene glycol by mass"
    )
    sentence = f"{coldest - 273.15:g} °C outdoors with {FREEZE_MARGIN_DK:g} K to spare asks for {asked}"
    return lambda _: ("", sentence)


@rule(
    "CL074", severity="minor", title="A loop outdoors has little glycol to spare in the coldest weather",
    unit="K",
    formula="site's extreme minimum less freezing point of what the loop with outdoor coils is filled with; "
    "the finding says how much glycol the margin takes",
    source="Å. Melinder, Properties of Secondary Working Fluids, IIR 2010; 3 K below the lowest temperature "
    "expected: makers of glycol (recalled: assumption)",
    remedy="Fill the loop with more glycol, or put an exchanger between it and the coils.",
)  # fmt: skip
def freeze_margin(review: Review) -> Iterator[Measure]:
    """Measure the fill of loops that coils outdoors are part of."""
    kinds = review.built(*OUTDOOR_COILS)
    if kinds and review.has("expansion_vessel"):
        loops = np.concatenate([review.loop(kind)[review.rooms(kind) < 0] for kind in kinds])
        exposed = np.isin(review.loop("expansion_vessel"), loops)
        margin = review.owner("minimum_k") - freezing_points(review)
        yield Measure(
            kind="expansion_vessel", value=only(exposed, margin)[None], limit=np.array([[FREEZE_MARGIN_DK]]),
            side="least", name="freeze_margin_dk", inputs=("glycol_mass_ratio", "fluid"), cause=_told(review),
        )  # fmt: skip


@rule(
    "CL075", severity="major", title="An idle coil outdoors freezes and bursts", unit="degC",
    formula="freezing point of the loop of a coil that nothing flows through in some state, against the "
    "site's extreme minimum",
    source="As CL040; running water may bear frost by the heat it carries, a standing coil does not "
    "(practice, assumption)",
    remedy="Fill the loop with more glycol, keep a flow through every coil, or drain idle ones; dry coils "
    "corrode, so blow them out and seal them.",
    graded=False,
)  # fmt: skip
def idle_coil(review: Review) -> Iterator[Measure]:
    """Measure coils outdoors where they stand still."""
    if not review.has("expansion_vessel"):
        return
    point, vessel_loop = freezing_points(review), review.loop("expansion_vessel")
    for kind in review.built(*OUTDOOR_COILS):
        own = _of_loop(review.loop(kind), vessel_loop, point)
        still = STILL_RATIO * review.number(kind, "reference_flow_m3_s")
        flow = review.result(kind, "flow_m3_s")
        stands = ~review.runs(kind) | (flow <= still)
        yield Measure(
            kind=kind, value=only(stands & (review.rooms(kind) < 0), np.broadcast_to(own, flow.shape)),
            limit=np.array([[review.owner("minimum_k")]]), side="most", name="idle_freezing_k",
        )  # fmt: skip


def _of_loop(loop: Index, vessel_loop: Index, point: Array) -> Array:
    """Return the freezing point of each part's loop, NaN where it has no vessel, shape (part,)."""
    known = dict(zip(vessel_loop.tolist(), point.tolist(), strict=True))
    return np.array([known.get(number, np.nan) for number in loop.tolist()])
