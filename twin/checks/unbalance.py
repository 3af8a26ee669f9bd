"""Rules on unlike phases: the neutral."""

from collections.abc import Iterator

import numpy as np

from twin.checks.electrical import REGIME, continuous
from twin.checks.rule import Measure, Review, only, rule

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
