"""Rules on short circuits: what breaks the current, and what has to withstand it until then."""

from collections.abc import Iterator

import numpy as np

from twin.arrays import Array, Index
from twin.checks.electrical import PEAKS, parts_at
from twin.checks.rule import Measure, Review, only, rule

# IEC 61439-1:2020, table 7: peak over short-time withstand current, by that current.
PEAK_STEPS_A = (5e3, 10e3, 20e3, 50e3)
PEAK_RATIOS = (1.5, 1.7, 2.0, 2.1, 2.2)
GREATEST = "greatest initial short-circuit current Ik″ by IEC 60909, UPS in static bypass, in every case"
ABSENT = "not established where none is declared"


def _measure(review: Review, kind: str, value: Array, limit: Array, *inputs: str) -> Measure:
    return Measure(
        kind=kind, value=only(review.runs(kind), value), limit=limit, side="most", name="ikss_max_a",
        inputs=inputs,
    )  # fmt: skip


@rule(
    "EL070", severity="major", title="Breaker or fuse cannot break the short-circuit current", unit="kA",
    formula=f"{GREATEST}, where it stands, against its ultimate breaking capacity; for tap-off breakers "
    f"{ABSENT}",
    source="IEC 60364-4-43:2008, 434.5.1 (recalled); twin:breaker:breakingCapacity, "
    "twin:fuse:breakingCapacity, twin:whip:breakingCapacity",
    remedy="Choose the next breaking capacity, or a transformer of higher impedance, or open a coupler.",
)  # fmt: skip
def breaking(review: Review) -> Iterator[Measure]:
    """Measure breakers and fuses that stand alone, and breakers of tap-offs."""
    for kind in review.built("breaker", "fuse", "whip"):
        limit = review.number(kind, "breaking_capacity_a")
        yield _measure(review, kind, review.result(kind, "ikss_max_a"), limit, "breaking_capacity_a")


@rule(
    "EL071", severity="major", title="The board does not withstand the short-circuit current", unit="kA",
    formula=f"{GREATEST}, at its bus, against its rated short-time withstand current Icw",
    source="IEC 61439-1:2020, 9.3.2 (recalled); twin:switchboard:withstand",
    remedy="Order the next Icw, a transformer of higher impedance, or keep sources apart.",
)  # fmt: skip
def boards(review: Review) -> Iterator[Measure]:
    """Measure every switchboard."""
    for kind in review.built("switchboard"):
        limit = review.number(kind, "withstand_a")
        yield _measure(review, kind, review.result(kind, "ikss_max_a"), limit, "withstand_a")


def _over(review: Review, kind: str, name: str, part: Index) -> Array:
    """Return a number of the parts that some nodes belong to, NaN for none, shape (1 or variant, node)."""
    known = review.number(kind, name)
    return np.where(part >= 0, known[:, part], np.nan)


def _let_through_before(review: Review) -> Array:
    """Return what the breaker before each busway lets through [A], NaN for not known, (variant or 1, run)."""
    found = np.full((1, len(review.table("busway").paths)), np.nan)
    for cable in review.built("power_cable"):
        ends = review.table(cable).ends
        run = parts_at(review, ends["b"].node, "busway")
        for kind, name in (
            ("switchboard", "outgoing_let_through_a"), ("breaker", "let_through_a"),
            ("fuse", "let_through_a"),
        ):  # fmt: skip
            if not review.has(kind):
                continue
            said = _over(review, kind, name, parts_at(review, ends["a"].node, kind))
            rows = np.flatnonzero((run >= 0) & np.isfinite(said).any(axis=0))
            found = np.broadcast_to(found, (max(len(found), len(said)), found.shape[1])).copy()
            # Of two supplies the one that lets more through counts.
            for row in rows:
                found[:, run[row]] = np.fmax(found[:, run[row]], said[:, row])
    return found


@rule(
    "EL072", severity="major", title="The busway does not withstand the short-circuit current", unit="kA",
    formula=f"{GREATEST}, at its feed, or what the breaker before it lets through, the lower, against its "
    f"rated short-time withstand current Icw; {ABSENT}",
    source="IEC 61439-6:2012 and IEC 61439-1:2020, 9.3.2 (recalled); twin:busway:withstand, "
    "twin:switchboard:outgoingLetThrough, twin:breaker:letThrough, twin:fuse:letThrough",
    remedy="Choose a busway of higher Icw, or a current-limiting breaker before it and declare what it lets "
    "through.",
)  # fmt: skip
def busways(review: Review) -> Iterator[Measure]:
    """Measure every busway."""
    for kind in review.built("busway"):
        value = np.fmin(review.result(kind, "ikss_max_a"), _let_through_before(review))
        limit = review.number(kind, "withstand_a")
        yield _measure(
            review, kind, only(np.isfinite(review.result(kind, "ikss_max_a")), value), limit, "withstand_a"
        )


@rule(
    "EL073", severity="major", title="The peak of the short-circuit current exceeds what is withstood",
    unit="kA",
    formula="peak ip by IEC 60909, method C, against n·Icw with n from 1.5 to 2.2; not for busways whose "
    "breaker limits the current",
    source="IEC 61439-1:2020, 9.3.3 and table 7 (recalled): rated peak withstand current",
    remedy="Order the next Icw, or a current-limiting breaker before it.",
)  # fmt: skip
def peaks(review: Review) -> Iterator[Measure]:
    """Measure boards and busways."""
    for kind in review.built("switchboard", "busway"):
        icw = review.number(kind, "withstand_a")
        value = only(review.runs(kind), review.result(kind, "ip_a"))
        if kind == "busway":
            limited = _let_through_before(review) < review.result(kind, "ikss_max_a")
            value = only(~limited, value)
        ratio = np.take(PEAK_RATIOS, np.searchsorted(PEAK_STEPS_A, icw))
        yield Measure(
            kind=kind, value=value, limit=ratio * icw, side="most", name="ip_a", inputs=("withstand_a",)
        )


@rule(
    "EL074", severity="major", title="The UPS does not withstand the short-circuit current", unit="kA",
    formula=f"{GREATEST}, at its terminals, against its rated conditional short-circuit current; {ABSENT}",
    source="IEC 62040-1:2017: rated conditional short-circuit current (recalled); twin:ups:withstand",
    remedy="Order the next rating, or put the fuses before it that its maker asks for.",
)  # fmt: skip
def bypasses(review: Review) -> Iterator[Measure]:
    """Measure every UPS."""
    for kind in review.built("ups"):
        limit = review.number(kind, "withstand_a")
        yield _measure(review, kind, review.result(kind, "ikss_max_a"), limit, "withstand_a")


def _at_racks(review: Review, kind: str) -> Array:
    """Return the current at each rack, no more than the breakers of its whips let through [A]."""
    found = review.result(kind, "ikss_max_a")
    for whip in review.built("whip"):
        rack = parts_at(review, review.table(whip).ends["b"].node, kind)
        said = review.number(whip, "let_through_a")
        most = np.full((len(said), found.shape[1]), -np.inf)
        for row in np.flatnonzero(rack >= 0):
            passed = np.where(np.isfinite(said[:, row]), said[:, row], np.inf)
            most[:, rack[row]] = np.maximum(most[:, rack[row]], passed)
        # A rack without a whip takes what there is.
        found = np.minimum(found, np.where(np.isneginf(most), np.inf, most))
    return found


@rule(
    "EL075", severity="major", title="The rack does not withstand the short-circuit current", unit="kA",
    formula=f"{GREATEST}, at its inputs, or what the tap-off breakers let through, the lower, against the "
    f"rating of its inputs; {ABSENT}",
    source="NEC 110.10 (2023): short-circuit current ratings (recalled); twin:rack:withstand, "
    "twin:airRack:withstand, twin:whip:letThrough",
    remedy="Choose tap-offs with current-limiting breakers or fuses, and declare what they let through.",
)  # fmt: skip
def racks(review: Review) -> Iterator[Measure]:
    """Measure every rack."""
    for kind in review.built(*PEAKS):
        limit = review.number(kind, "withstand_a")
        yield _measure(review, kind, _at_racks(review, kind), limit, "withstand_a")
