"""Rules on a march in time: ramps and swings, ride-through, short-time ratings, loads lost."""

from collections.abc import Iterator

import numpy as np

from twin.arrays import Array
from twin.checks.rule import Measure, Review, rule

CASE = "march"
CODES = ("EL090", "EL091", "EL092", "EL093", "EL094")


def _told(review: Review, kind: str, name: str) -> Array | None:
    """Return a number of each part, shape (1, part); None where nothing was marched."""
    marched = review.tree.children.get("march")
    if not review.has(kind) or marched is None or kind not in marched.children:
        return None
    data = marched[kind].to_dataset()
    return np.asarray(data[name].values) if name in data else None


@rule(
    "EL090", severity="major", title="Power at the grid connection changes faster than allowed",
    unit="MW/min",
    formula="greatest change of the power of all feeders within the ramp window, over its length; "
    "quasi-static",
    source="Ramp limit of the grid operator's connection terms, as declared",
    remedy="Limit the ramps of the racks, spread their steps, or agree on another limit.",
)  # fmt: skip
def grid_ramp(review: Review) -> Iterator[Measure]:
    """Measure connections that declare a limit and its window."""
    found = _told(review, "utility", "ramp_w_s")
    if found is not None:
        limit = review.number("utility", "ramp_limit_w_s")[:1]
        yield Measure(
            kind="utility", value=found, limit=limit, side="most", name="ramp_w_s",
            inputs=("ramp_limit_w_s", "ramp_window_s"), case=CASE,
        )  # fmt: skip


@rule(
    "EL091", severity="major", title="Power at the grid connection swings wider than allowed", unit="MW",
    formula="highest less lowest power of all feeders within the swing window; quasi-static",
    source="Limit of load fluctuation of the grid operator's connection terms, as declared",
    remedy="Raise the idle power, smooth the peaks, store energy, or agree on another limit.",
)  # fmt: skip
def grid_swing(review: Review) -> Iterator[Measure]:
    """Measure connections that declare a limit and its window."""
    found = _told(review, "utility", "swing_w")
    if found is not None:
        limit = review.number("utility", "swing_limit_w")[:1]
        yield Measure(
            kind="utility", value=found, limit=limit, side="most", name="swing_w",
            inputs=("swing_limit_w", "swing_window_s"), case=CASE,
        )  # fmt: skip


@rule(
    "EL092", severity="major", title="A battery is empty before its supply is back", unit="s",
    formula="time a battery holds at the power drawn, against the time until its unit's input is alive again "
    "(start of a generator, transfer, return), as far as the march goes; the outage it holds least",
    source="Energy balance of the battery; start times of generators as declared",
    remedy="Give the unit more energy, start generators faster, or shed load.",
)  # fmt: skip
def ride_through(review: Review) -> Iterator[Measure]:
    """Measure batteries that had to give in the march."""
    for kind, energy in (
        ("ups", "battery_energy_j"), ("power_converter", "battery_energy_j"), ("rack", "bbu_energy_j"),
    ):  # fmt: skip
        held, gap = _told(review, kind, "held_s"), _told(review, kind, "gap_s")
        if held is not None and gap is not None:
            yield Measure(
                kind=kind, value=held, limit=gap, side="least", name="held_s", inputs=(energy,), case=CASE
            )


@rule(
    "EL093", severity="major", title="Power is above a rating for longer than allowed", unit="s",
    formula="longest time without a break above the rating, against the short time allowed; above the "
    "short-time power no time is allowed",
    source="Maker's short-time rating, as declared; not judged where none is",
    remedy="Smooth the design peak, spread the steps of the racks, or take larger equipment.",
)  # fmt: skip
def short_time_rating(review: Review) -> Iterator[Measure]:
    """Measure UPS and the power shelves of racks that declare a short-time rating."""
    for kind, peak, time, rated in (
        ("ups", "overload_power_w", "overload_s", "rated_power_w"),
        ("rack", "shelf_peak_power_w", "shelf_peak_s", "shelf_power_w"),
    ):
        over, beyond = _told(review, kind, "over_rating_s"), _told(review, kind, "over_peak_s")
        if over is None or beyond is None:
            continue
        yield Measure(
            kind=kind, value=over, limit=review.number(kind, time)[:1], side="most", name="over_rating_s",
            inputs=(time, rated), case=CASE,
        )  # fmt: skip
        yield Measure(
            kind=kind, value=beyond, limit=np.zeros_like(beyond), side="most", name="over_peak_s",
            inputs=(peak, rated), case=CASE,
        )  # fmt: skip


@rule(
    "EL094", severity="critical", title="A rack loses its supply in the march", unit="s",
    formula="time from the loss of its last supply and battery to the end of the march; it stays off",
    source="Continuity of supply: transfers and starts within what batteries hold",
    remedy="Give the racks a battery that lasts until the transfer, or a second supply that stands.",
    graded=False,
)  # fmt: skip
def rack_lost(review: Review) -> Iterator[Measure]:
    """Measure every rack."""
    for kind in ("rack", "air_rack"):
        found = _told(review, kind, "lost_duration_s")
        if found is not None:
            yield Measure(
                kind=kind, value=found, limit=np.zeros_like(found), side="most", name="lost_duration_s",
                inputs=("it_power_w",), case=CASE,
            )  # fmt: skip
