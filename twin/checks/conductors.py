"""Rule on the temperature that its load brings a conductor to."""

from collections.abc import Iterator

from twin.checks.rule import Measure, Review, only, rule


@rule(
    "EL113", severity="major", title="The conductor gets warmer than its insulation may", unit="degC",
    formula="temperature that its current brings the conductor to in the air around it, in every case, "
    "against twin:…:conductorMax; where twin:site:conductorTemperature is by_load, else EL103 and the rules "
    "on loading speak for it",
    source="IEC 60287-1-1:2006, 1.4.1: rise over the air in proportion to the loss, with the resistance at "
    "that temperature; IEC 60364-5-52:2009, 523.1 (recalled): no more than the insulation allows",
    remedy="Choose the next section or rating, run it through cooler air, or move load to another way.",
)  # fmt: skip
def hot_conductors(review: Review) -> Iterator[Measure]:
    """Measure busways, whips and power cables where they are as warm as their load makes them."""
    if review.words.get("conductor_temperature") != "by_load":
        return
    for kind in review.built("busway", "whip", "power_cable"):
        yield Measure(
            kind=kind, value=only(review.runs(kind), review.result(kind, "conductor_k")),
            limit=review.number(kind, "conductor_max_k"), side="most", name="conductor_k",
            inputs=("conductor_max_k", "rating_air_temperature_k"),
        )  # fmt: skip
