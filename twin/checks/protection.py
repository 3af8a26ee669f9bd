"""Rules on trip units and fuses: what they must carry, and what they must clear."""

from collections.abc import Iterator
from functools import reduce

import numpy as np

from twin.arrays import Array, Index
from twin.checks.electrical import PEAKS, REGIME, continuous, parts_at, peak_of_whips, peak_ratio
from twin.checks.rule import Measure, Review, only, rule

# IEC 60947-2:2016, 8.3.3.1.2: short-circuit releases hold at 80 % of their setting and trip at 120 %.
HOLDS_RATIO, TRIPS_RATIO = 0.8, 1.2
# Of the two sorts of fault that need no earth the one between two lines is the lesser (Z2 = Z1).
TWO_LINES_RATIO = 0.5 * np.sqrt(3.0)
# IEC 60364-4-41:2005, 411.3.2.3: disconnection within 5 s in distribution circuits.
CLEARED_S = 5.0
# A current below all points melts a fuse in its conventional time, an hour or more, or never: IEC 60269-1.
CONVENTIONAL_S = 3600.0
# Trip units by kind: what the names of their settings begin with.
UNITS = {"breaker": "", "switchboard": "outgoing_", "whip": ""}
OUTLETS = ("load", "outgoing")
LEAST = (
    "√3/2 (a fault of two lines) of the least initial short-circuit current Ik″ by IEC 60909 at the far end "
    "of the protected run: cable, and busway behind it"
)


def _current(review: Review, kind: str) -> Array:
    """Return the current of one breaker, the highest of the outgoing ways of a board [A]."""
    if kind == "switchboard":
        ratio = review.result(kind, "outgoing_loading_ratio")
        return np.asarray(ratio * review.number(kind, "outgoing_rating_a"))
    current = review.result(kind, "current_a")
    return current / review.number(kind, "count") if kind == "whip" else current


def _pickup(review: Review, kind: str, region: str) -> Array:
    return review.number(kind, f"{UNITS[kind]}{region}_pickup_a")


@rule(
    "EL104", severity="major", title="The trip unit is set below the load that it carries for long", unit="A",
    formula="current of one breaker, in every case, against its long-time pickup Ir; not established where "
    "none is declared",
    source="IEC 60364-4-43:2008, 433.1: IB ≤ In, the setting of a release (recalled); longTimePickup",
    remedy="Set the long-time pickup higher, or move load to another way.",
)  # fmt: skip
def long_time(review: Review) -> Iterator[Measure]:
    """Measure breakers, ways of boards and tap-offs that declare their settings."""
    for kind in review.built(*UNITS):
        yield Measure(
            kind=kind, value=only(review.runs(kind), _current(review, kind)),
            limit=_pickup(review, kind, "long_time"), side="most", name="current_a",
            inputs=(f"{UNITS[kind]}long_time_pickup_a",),
        )  # fmt: skip


def _peak(review: Review, kind: str) -> Array:
    """Return peak over continuous current: of the rack behind a whip, else the highest of all racks."""
    if kind == "whip":
        return peak_of_whips(review)
    highest = [peak_ratio(review, rack).max(axis=1, keepdims=True) for rack in review.built(*PEAKS)]
    return reduce(np.maximum, highest, np.ones((1, 1)))


def _outlasted(review: Review, kind: str) -> Array:
    """Return the current that the long-time region bears for as long as a peak lasts [A], NaN if unknown.

    Source:
        IEC 60947-2 and makers' curves: I²·t of the long-time region is constant, tr at 6·Ir.
    """
    pickup, delay_s = (
        _pickup(review, kind, "long_time"),
        review.number(kind, f"{UNITS[kind]}long_time_delay_s"),
    )
    lasts_s = np.full((1, 1), np.nan)
    if review.has("rack"):
        own = review.number("rack", "edpp_s")
        lasts_s = np.fmax.reduce(own, axis=1, keepdims=True)
        if kind == "whip":
            rack = parts_at(review, review.table("whip").ends["b"].node, "rack")
            lasts_s = np.where(rack >= 0, own[:, rack], np.nan)
    borne = 6.0 * pickup * np.sqrt(delay_s / np.where(lasts_s > 0.0, lasts_s, np.nan))
    return np.where(np.isfinite(borne), np.maximum(pickup, borne), np.nan)


@rule(
    "EL105", severity="major", title="The trip unit may open on the racks' electrical peak", unit="A",
    formula="current of one breaker times peak (EDPp) over continuous power of its rack, else the highest "
    "such ratio of all racks, against 80 % of the lower of short-time pickup Isd and instantaneous pickup "
    "Ii, and the current that the long-time region opens on within the declared time of the peak, "
    "6·Ir·√(tr/t) but at least Ir; not established where none of them is declared",
    source="IEC 60947-2:2016, 8.3.3.1.2: a short-circuit release holds at 80 % of its setting (recalled); "
    "twin:rack:edppPower, twin:airRack:peakPower",
    remedy="Set the pickup higher where the least short-circuit current allows, or cap the racks' peak.",
)  # fmt: skip
def short_time(review: Review) -> Iterator[Measure]:
    """Measure breakers, ways of boards and tap-offs that declare their settings."""
    for kind in review.built(*UNITS):
        lowest = np.fmin(_pickup(review, kind, "short_time"), _pickup(review, kind, "instantaneous"))
        limit = np.fmin(HOLDS_RATIO * lowest, _outlasted(review, kind))
        yield Measure(
            kind=kind, value=only(review.runs(kind), _current(review, kind) * _peak(review, kind)),
            limit=limit, side="most", name="peak_current_a",
            inputs=(f"{UNITS[kind]}short_time_pickup_a", f"{UNITS[kind]}instantaneous_pickup_a"),
        )  # fmt: skip


def _outlets(review: Review, node: Index, kind: str) -> Index:
    """Return the part of a kind that each node is a way out of, -1 for another port, shape (node,)."""
    ports = review.facility.ports
    out = np.array([spec.port in OUTLETS for spec in ports.specs], dtype=np.bool_)
    part = parts_at(review, node, kind)
    if not out.size:
        return part
    away = ~out[ports.spec[np.maximum(node, 0)]]
    found: Index = np.where(away, -1, part)
    return found


def _least_behind(review: Review, kind: str) -> Array:
    """Return the least current at the far end of the runs behind each part [A], (variant, part).

    A run is a cable from the part, and the busway that it feeds; without one the part stands for itself. NaN
    where any of them is not established; what is dead clears nothing and does not count.
    """

    def alive(current_a: Array) -> Array:
        return np.where(current_a == 0.0, np.inf, current_a)

    found = alive(review.result(kind, "ikss_min_a"))
    for cables in review.built("power_cable") if kind != "whip" else ():
        ends, least = review.table(cables).ends, review.result(cables, "ikss_min_a")
        # A cable may be drawn from either of its ends.
        for near, far in (("a", "b"), ("b", "a")):
            behind = least
            if review.has("busway"):
                run = parts_at(review, ends[far].node, "busway")
                along = np.minimum(least, review.result("busway", "ikss_min_a")[:, run])
                behind = np.where(run >= 0, along, least)
            owner = _outlets(review, ends[near].node, kind)
            for row in np.flatnonzero(owner >= 0):
                found[:, owner[row]] = np.minimum(found[:, owner[row]], alive(behind[:, row]))
    return np.asarray(TWO_LINES_RATIO * np.where(np.isinf(found), np.nan, found))


@rule(
    "EL106", severity="major", title="The least short-circuit current does not reach the pickup to clear it",
    unit="kA",
    formula=f"{LEAST}, against 120 % of the instantaneous pickup Ii, or of the short-time pickup Isd where "
    "there is none; not established where neither, or no least current, is declared",
    source="IEC 60364-4-43:2008, 434.5 (recalled); IEC 60947-2:2016, 8.3.3.1.2: a short-circuit release "
    "trips at 120 % of its setting (recalled)",
    remedy="Set the pickup lower, shorten the run or choose a larger section, or a supply that gives more.",
)  # fmt: skip
def sensitivity(review: Review) -> Iterator[Measure]:
    """Measure breakers, ways of boards and tap-offs that declare their settings."""
    for kind in review.built(*UNITS):
        fast, slow = _pickup(review, kind, "instantaneous"), _pickup(review, kind, "short_time")
        yield Measure(
            kind=kind, value=only(review.runs(kind), _least_behind(review, kind)),
            limit=TRIPS_RATIO * np.where(np.isfinite(fast), fast, slow), side="least", name="ikss_min_a",
            inputs=(f"{UNITS[kind]}instantaneous_pickup_a", f"{UNITS[kind]}short_time_pickup_a"),
        )  # fmt: skip


@rule(
    "EL107", severity="major", title="The fuse carries more than its continuous load", unit="%",
    formula="current over its rating, in every case", source=REGIME + "; twin:fuse:continuousRatio",
    remedy="Choose the next rating, or move load to another way.",
)  # fmt: skip
def fuse_loading(review: Review) -> Iterator[Measure]:
    """Measure every fuse."""
    for kind in review.built("fuse"):
        nec = review.words.get("loading_regime") == "nec"
        limit = review.number(kind, "continuous_ratio") if nec else continuous(review)
        yield Measure(
            kind=kind, value=only(review.runs(kind), review.result(kind, "loading_ratio")), limit=limit,
            side="most", name="loading_ratio", inputs=("rating_a", "continuous_ratio"),
        )  # fmt: skip


def _melting_s(points: Array, beyond_a2_s: Array, current_a: Array) -> Array:
    """Return the pre-arcing time at a current [s], (variant, part); NaN without points or current.

    Between points the logarithm of time is straight over that of current; below the first an hour; beyond the
    last the declared I²t, else that of the last point.
    """
    time_s = np.full(current_a.shape, np.nan)
    for part, table in enumerate(points):
        known = table[np.isfinite(table).all(axis=1)]
        if not len(known):
            continue
        at, last = current_a[:, part], known[-1]
        let = beyond_a2_s[:, part]
        energy = np.where(np.isfinite(let), let, last[0] ** 2 * last[1])
        with np.errstate(divide="ignore", invalid="ignore"):
            between = np.exp(np.interp(np.log(at), np.log(known[:, 0]), np.log(known[:, 1])))
        slow, fast = at < known[0, 0], at > last[0]
        own = np.where(slow, CONVENTIONAL_S, np.where(fast, energy / np.where(fast, at, 1.0) ** 2, between))
        time_s[:, part] = np.where(np.isfinite(at), own, np.nan)
    return time_s


@rule(
    "EL108", severity="major", title="The fuse melts too late on the least short-circuit current", unit="s",
    formula=f"pre-arcing time at {LEAST}, from the points of the fuse (below the first an hour, beyond the "
    "last I²t over I²), against 5 s; not established without points or a least current",
    source="IEC 60364-4-41:2005, 411.3.2.3 (recalled); IEC 60269-1: conventional times; "
    "twin:fuse:meltingCurve",
    remedy="Choose a smaller rating, shorten the run or choose a larger section.",
)  # fmt: skip
def fuse_clearing(review: Review) -> Iterator[Measure]:
    """Measure fuses that declare their points."""
    for kind in review.built("fuse"):
        points = review.table(kind).curves["melting_curve_s"]
        time_s = _melting_s(points, review.number(kind, "melting_a2_s"), _least_behind(review, kind))
        yield Measure(
            kind=kind, value=only(review.runs(kind), time_s), limit=np.array([[CLEARED_S]]), side="most",
            name="melting_s", inputs=("melting_curve_s", "melting_a2_s"),
        )  # fmt: skip
