"""Rules on unlike phases and on voltage that collapses."""

from collections.abc import Iterator

import numpy as np

from twin.checks.electrical import PEAKS, REGIME, continuous
from twin.checks.rule import Measure, Review, only, rule

# Below this no supply holds its power: what the power flow takes for an impedance.
LOWEST_RATIO = 0.5
# What carries it, and the rating of all its conductors together, [A].
NEUTRALS = {
    "busway": ("rating_a",),
    "power_cable": ("rating_a", "count"),
    "whip": ("breaker_rating_a", "count"),
}


@rule(
    "EL023", severity="major", title="The neutral carries more than its continuous load", unit="%",
    formula="current of the neutral, fundamental only, over the rating of a phase, in every case",
    source="IEC 60364-5-52:2009, 524.2: a neutral of the section of the phases (assumption); " + REGIME,
    remedy="Spread single-phase loads over the phases. Harmonics of the third order come on top.",
)  # fmt: skip
def neutral_loading(review: Review) -> Iterator[Measure]:
    """Measure everything that a neutral runs along with and some current flows in."""
    for kind, ratings in NEUTRALS.items():
        if not review.has(kind):
            continue
        rated = np.prod([review.number(kind, name) for name in ratings], axis=0)
        current = review.result(kind, "neutral_current_a")
        yield Measure(
            kind=kind, value=only(review.runs(kind) & (current > 0.0), current / rated),
            limit=continuous(review), side="most", name="neutral_loading_ratio", inputs=ratings,
        )  # fmt: skip


@rule(
    "EL042", severity="critical", title="The supply of the rack collapses", unit="%",
    formula="greatest multiple of all loads that leaves every input at half of nominal voltage or more; told "
    "where inputs of the rack are below that, so that it gets less power than it asks for",
    source="Kundur, Power System Stability and Control, 1994, 14.1: no state beyond the greatest power of a "
    "line; half of nominal voltage, below which no power supply holds its power (assumption)",
    remedy="Thicker or shorter feeders, a stiffer source, or less load behind them.",
)  # fmt: skip
def collapse(review: Review) -> Iterator[Measure]:
    """Measure every rack that draws less than it asks for."""
    if "collapse_load_ratio" not in review.tree["/facility"]:
        return
    carried = np.asarray(review.tree["/facility"]["collapse_load_ratio"].values)[:, None]
    for kind in review.built(*PEAKS):
        ratio = review.result(kind, "input_voltage_ratio")
        fallen = review.runs(kind) & (ratio > 0.0) & (ratio < LOWEST_RATIO)
        yield Measure(
            kind=kind, value=only(fallen, np.broadcast_to(carried, ratio.shape)), limit=np.ones((1, 1)),
            side="least", name="collapse_load_ratio",
        )  # fmt: skip
