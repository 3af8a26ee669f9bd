"""Rules on what makers state of exchangers: does the declared conductance give it, clean and dirty."""

from collections.abc import Iterator

import numpy as np

from twin.checks.rule import Measure, Review, Side, only, rule
from twin.model.rating import CONDITIONS, complete, rated_approach

# Makers print whole kelvins: an approach counts as met within half of one (assumption).
PRINTED_DK = 0.5


@rule(
    "CL070", severity="minor", title="The CDU's conductance contradicts its maker's point", unit="K",
    formula="approach of the clean exchanger with the declared UA at rated heat, flows, fluids and FWS "
    "supply, against the rated approach and 0.5 K to either side",
    source="Maker's point, twin:cdu:ratingApproach; 0.5 K: makers print whole kelvins (assumption)",
    remedy="Leave twin:cdu:ua out, so that it follows from the point, or correct what does not belong to it.",
    graded=False,
)  # fmt: skip
def rating(review: Review) -> Iterator[Measure]:
    """Measure CDUs that declare both, with fluids and temperature."""
    if review.has("cdu"):
        numbers = review.table("cdu").numbers
        both = np.isfinite(numbers["ua_w_k"]) & complete(numbers)
        found = only(both, rated_approach(numbers, np.zeros((1, 1)))).T
        sides: tuple[tuple[Side, float], ...] = (("most", PRINTED_DK), ("least", -PRINTED_DK))
        for side, slack in sides:
            yield Measure(
                kind="cdu", value=found, limit=review.number("cdu", "rating_approach_dk") + slack, side=side,
                name=f"approach_rated_at_{side}_dk",
                inputs=("ua_w_k", "rating_approach_dk", "capacity_w", "reference_fws_flow_m3_s"),
            )  # fmt: skip


@rule(
    "CL071", severity="note", title="The CDU's conductance rests on a rating that leaves out its conditions",
    unit="1",
    formula="how many of FWS supply temperature and glycol shares of both sides the rating does not say, "
    "where the conductance follows from it",
    source="A heat at an approach gives a UA only with both flows, fluids and temperature; taken instead: "
    "PG25 against water of 30 °C (assumption)",
    remedy="Ask the maker for the conditions of the rating: twin:cdu:ratingFwsSupply, ratingTcsGlycolRatio, "
    "ratingFwsGlycolRatio.",
    graded=False,
)  # fmt: skip
def incomplete_rating(review: Review) -> Iterator[Measure]:
    """Measure CDUs whose conductance follows from their rating."""
    if review.has("cdu"):
        numbers = review.table("cdu").numbers
        follows = np.isnan(numbers["ua_w_k"]) & np.isfinite(numbers["rating_approach_dk"])
        missing = sum(np.isnan(numbers[name]).astype(np.float64) for name in CONDITIONS)
        yield Measure(
            kind="cdu", value=only(follows, np.asarray(missing)).T, limit=np.zeros((1, 1)), side="most",
            name="unsaid_count", inputs=("rating_approach_dk", "capacity_w"),
        )  # fmt: skip


@rule(
    "CL072", severity="minor", title="Dirt widens the CDU's approach beyond its rating", unit="K",
    formula="approach with the declared dirt at rated heat, flows and fluids, against the rated approach "
    "plus 0.5 K; without a rated approach against that of the clean exchanger",
    source="Resistances in series, twin:cdu:foulingRatio; 0.5 K as CL070 (assumption)",
    remedy="Clean it earlier, filter finer, or choose a larger exchanger; the set-points must hold with this "
    "approach.",
)  # fmt: skip
def fouled(review: Review) -> Iterator[Measure]:
    """Measure CDUs that declare dirt."""
    if review.has("cdu"):
        numbers = review.table("cdu").numbers
        dirt = numbers["fouling_ratio"]
        said = numbers["rating_approach_dk"]
        limit = np.where(np.isfinite(said), said, rated_approach(numbers, np.zeros((1, 1)))) + PRINTED_DK
        yield Measure(
            kind="cdu", value=only(dirt > 0.0, rated_approach(numbers, dirt)).T, limit=limit.T, side="most",
            name="approach_fouled_dk", inputs=("fouling_ratio", "ua_w_k", "rating_approach_dk"),
        )  # fmt: skip
