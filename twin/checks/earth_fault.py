"""Rules on faults to earth: what breaks them, and whether they are large enough to be cleared."""

from collections.abc import Iterator

import numpy as np

from twin.checks.protection import CLEARED_S, TRIPS_RATIO, UNITS, least_behind, melting_s, setting
from twin.checks.rule import Measure, Review, only, rule

LEAST = (
    "least initial current from one line to earth by IEC 60909 at the far end of the protected run: cable, "
    "and busway behind it"
)
OPEN = (
    "not established where the earthing of a star point in reach, the zero sequence of a network or a least "
    "current is not declared, behind inverters, and where nothing is earthed"
)


@rule(
    "EL110", severity="major", title="Breaker or fuse cannot break the current of a fault to earth",
    unit="kA",
    formula="greatest initial current from one line to earth by IEC 60909, UPS in static bypass, in every "
    "case, against its ultimate breaking capacity; not established where the earthing of a star point in "
    "reach or the zero sequence of a network is not declared",
    source="IEC 60364-4-43:2008, 434.5.1 (recalled); IEC 60909-0:2016, 7.5",
    remedy="Choose the next breaking capacity, or earth the star point through a resistor.",
)  # fmt: skip
def breaking(review: Review) -> Iterator[Measure]:
    """Measure breakers and fuses that stand alone, and breakers of tap-offs."""
    for kind in review.built("breaker", "fuse", "whip"):
        yield Measure(
            kind=kind, value=only(review.runs(kind), review.result(kind, "ikss_earth_max_a")),
            limit=review.number(kind, "breaking_capacity_a"), side="most", name="ikss_earth_max_a",
            inputs=("breaking_capacity_a",),
        )  # fmt: skip


@rule(
    "EL111", severity="major", title="The current of a fault to earth does not reach the pickup to clear it",
    unit="kA",
    formula=f"{LEAST}, against 120 % of the instantaneous pickup Ii, or of the short-time pickup Isd where "
    f"there is none; {OPEN}, and where no pickup is declared",
    source="IEC 60364-4-41:2005, 411.4.4: Zs·Ia ≤ U0 (recalled); IEC 60947-2:2016, 8.3.3.1.2: a "
    "short-circuit release trips at 120 % of its setting (recalled)",
    remedy="Set the pickup lower, choose a larger conductor back to the source, or a release for faults to "
    "earth.",
)  # fmt: skip
def disconnection(review: Review) -> Iterator[Measure]:
    """Measure breakers, ways of boards and tap-offs that declare their settings."""
    for kind in review.built(*UNITS):
        fast, slow = setting(review, kind, "instantaneous"), setting(review, kind, "short_time")
        yield Measure(
            kind=kind, value=only(review.runs(kind), least_behind(review, kind, "ikss_earth_min_a")),
            limit=TRIPS_RATIO * np.where(np.isfinite(fast), fast, slow), side="least",
            name="ikss_earth_min_a",
            inputs=(f"{UNITS[kind]}instantaneous_pickup_a", f"{UNITS[kind]}short_time_pickup_a"),
        )  # fmt: skip


@rule(
    "EL112", severity="major", title="The fuse melts too late on a fault to earth", unit="s",
    formula=f"pre-arcing time, from the points of the fuse, at the {LEAST}, against 5 s; {OPEN}, and without "
    "points",
    source="IEC 60364-4-41:2005, 411.3.2.3 and 411.4.4 (recalled); twin:fuse:meltingCurve",
    remedy="Choose a smaller rating, shorten the run or choose a larger conductor back to the source.",
)  # fmt: skip
def fuse_disconnection(review: Review) -> Iterator[Measure]:
    """Measure fuses that declare their points."""
    for kind in review.built("fuse"):
        current = least_behind(review, kind, "ikss_earth_min_a")
        time_s = melting_s(
            review.table(kind).curves["melting_curve_s"], review.number(kind, "melting_a2_s"), current
        )
        yield Measure(
            kind=kind, value=only(review.runs(kind), time_s), limit=np.array([[CLEARED_S]]), side="most",
            name="earth_melting_s", inputs=("melting_curve_s", "melting_a2_s"),
        )  # fmt: skip
