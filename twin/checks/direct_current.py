"""Rules on direct current: what breaks a short circuit between its poles."""

from collections.abc import Iterator

from twin.checks.rule import Measure, Review, only, rule


@rule(
    "EL114", severity="major", title="Breaker or fuse cannot break the short circuit of direct current",
    unit="kA",
    formula="peak of the short-circuit current between poles by IEC 61660-1 where it stands, capacitors, "
    "batteries and converters added up, in every case, against its breaking capacity, which on direct "
    "current is that at its voltage; not established where a converter does not declare what it gives",
    source="IEC 60364-4-43:2008, 434.5.1 (recalled); IEC 61660-1:1997; twin:breaker:breakingCapacity, "
    "twin:fuse:breakingCapacity, twin:whip:breakingCapacity, twin:powerConverter:shortCircuit, "
    "twin:powerConverter:outputCapacitance, twin:powerShelf:shortCircuit, twin:powerShelf:outputCapacitance",
    remedy="Choose a higher breaking capacity for direct current, or a way of more inductance to it.",
)  # fmt: skip
def direct_breaking(review: Review) -> Iterator[Measure]:
    """Measure breakers and fuses that stand alone, and breakers of tap-offs."""
    for kind in review.built("breaker", "fuse", "whip"):
        yield Measure(
            kind=kind, value=only(review.runs(kind), review.result(kind, "ip_dc_a")),
            limit=review.number(kind, "breaking_capacity_a"), side="most", name="ip_dc_a",
            inputs=("breaking_capacity_a",),
        )  # fmt: skip
