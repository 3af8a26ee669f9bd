"""Findings by cause: thirty racks that run hot because one CDU is out are one thing to read."""

from collections.abc import Sequence
from dataclasses import dataclass

from twin.model.finding import SEVERITIES, Cause, Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """One rule broken in one or more places for one cause.

    Attributes:
        worst: The finding furthest beyond its limit.
        count: How many places.
    """

    worst: Finding
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Everything that one cause leads to; the worst breach first."""

    cause: Cause
    breaches: Sequence[Breach]

    @property
    def count(self) -> int:
        """Return how many findings have this cause."""
        return sum(b.count for b in self.breaches)

    @property
    def title(self) -> str:
        """Return the cause as a sentence."""
        return self.cause.text or self.cause.prim or self.cause.rule or "as designed"


def by_cause(findings: Sequence[Finding]) -> list[Group]:
    """Return the findings by cause, and within a cause by rule; the gravest first.

    Causes of one sentence about one prim are one, whichever rule says it.
    """
    causes: dict[tuple[str, str], dict[str, list[Finding]]] = {}
    for finding in findings:
        key = finding.cause.prim, finding.cause.text
        causes.setdefault(key, {}).setdefault(finding.rule, []).append(finding)
    groups = [
        Group(
            cause=next(iter(rules.values()))[0].cause,
            breaches=sorted(
                (Breach(worst=min(same, key=relative_margin), count=len(same)) for same in rules.values()),
                key=lambda b: (_rank(b.worst), b.worst.rule),
            ),
        )
        for rules in causes.values()
    ]
    return sorted(groups, key=lambda g: (_rank(g.breaches[0].worst), -g.count, g.title, g.cause.prim))


def relative_margin(finding: Finding) -> float:
    """Return the margin over the size of the limit, the more negative the worse."""
    return finding.margin / (abs(finding.limit) or abs(finding.value) or 1.0)


def _rank(finding: Finding) -> int:
    return SEVERITIES.index(finding.severity)
