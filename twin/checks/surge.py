"""Rules on surges: peaks against ratings, troughs against the vapour pressure, strokes of valves."""

from collections.abc import Iterator

import numpy as np

from twin.arrays import Array, Index
from twin.checks.hydraulic import RATINGS
from twin.checks.rule import Measure, Review, group_min, rule
from twin.model.facility import Table

# Ports of rated parts: kind, ports, parameter that rates them.
RATED_PORTS = (
    ("rack", ("supply", "return_"), "pressure_max_pag"),
    ("cdu", ("tcs_supply", "tcs_return"), "tcs_pressure_max_pag"),
    ("cdu", ("fws_supply", "fws_return"), "fws_pressure_max_pag"),
    ("pump", ("inlet", "outlet"), "pressure_max_pag"),
)
# What pushes in a loop: kind, discharge pressure, loop.
DISCHARGES = (("cdu", "tcs_supply_pag", "tcs_loop_index"), ("pump", "outlet_pag", "loop_index"))
# What closes in a stroke: kind, bound of the rise, stroke and what else bears on it.
CLOSING = (
    ("hose", "valve_closing_pa", ("valve_stroke_s", "flow_limit_m3_s")),
    ("picv", "closing_pa", ("stroke_s", "flow_limit_m3_s")),
    ("valve", "closing_pa", ("stroke_s", "kv_m3_s")),
)
METHOD = "Wylie & Streeter, Fluid Transients in Systems (1993)"


def _places(review: Review, name: str) -> tuple[Array, Index]:
    """Return extremes by event and place, and the facility node of each place; nothing without events."""
    data = review.tree["surge"].to_dataset() if review.has("surge") else None
    if data is None or name not in data:
        return np.zeros((0, 0)), np.zeros(0, dtype=np.intp)
    return np.asarray(data[name].values), np.asarray(data["node"].values, dtype=np.intp)


def _at_ports(table: Table, ports: tuple[str, ...], node: Index, values: Array) -> Array:
    """Return the highest value at some ports of every part, NaN for none, shape (event, part)."""
    found = np.full((len(values), len(table.paths)), np.nan)
    for port in ports:
        ends = table.ends.get(port)
        if ends is None or not len(ends.node):
            continue
        at = np.minimum(np.searchsorted(node, ends.node), len(node) - 1)
        known = node[at] == ends.node
        found[:, ends.part[known]] = np.fmax(found[:, ends.part[known]], values[:, at[known]])
    return found


@rule(
    "HY050", severity="critical", title="A surge exceeds the rating of a part", unit="bar g",
    formula="highest pressure at its ports while an event is followed in time, the worst of all events",
    source=f"Maker's rating of the part (racks: OCP MGX 1.1, 5 bar g); {METHOD}",
    remedy="Close more slowly, add a surge arrester or a relief valve near the part, lower the fill "
    "pressure, or widen the branch.",
    cases="normal",
)  # fmt: skip
def surge_at_parts(review: Review) -> Iterator[Measure]:
    """Measure racks, both sides of CDUs, and pumps in loops that an event reaches."""
    peaks, node = _places(review, "highest_pag")
    if not peaks.size:
        return
    for kind, ports, limit in RATED_PORTS:
        if review.has(kind):
            yield from _peaks(review, kind, limit, _at_ports(review.table(kind), ports, node, peaks))


def _peaks(review: Review, kind: str, limit: str, found: Array) -> Iterator[Measure]:
    known = np.isfinite(found)
    worst = np.argmax(np.where(known, found, -np.inf), axis=0)
    events = review.table("surge")

    def cause(part: int) -> tuple[str, str]:
        event = int(worst[part])
        return events.paths[event], events.words["description"][event]

    yield Measure(
        kind=kind, value=np.where(known.any(axis=0), found[worst, np.arange(found.shape[1])], np.nan)[None],
        limit=review.number(kind, limit)[:1], side="most", name=f"surge_{limit}", inputs=(limit,),
        cause=cause,
    )  # fmt: skip


def _lowest_ratings(review: Review) -> Array:
    """Return the lowest rating of the parts of every loop [Pa g], NaN for none, shape (loop,)."""
    loops, ratings = [np.zeros(0, dtype=np.intp)], [np.zeros(0)]
    for kind, name, loop in RATINGS:
        if review.has(kind):
            loops.append(review.loop(kind, loop))
            ratings.append(review.table(kind).numbers[name].min(axis=1))
    at = np.concatenate(loops)
    return group_min(at, np.concatenate(ratings), int(at.max(initial=-1)) + 1)


@rule(
    "HY051", severity="minor", title="A surge exceeds the lowest rating of its loop somewhere", unit="bar g",
    formula="highest pressure anywhere in the loops that the event reaches, along pipes too",
    source=f"Lowest rating of racks, CDUs and pumps in those loops; {METHOD}",
    remedy="See whether what stands at that place bears it; else as HY050.", cases="normal",
)  # fmt: skip
def surge_in_loops(review: Review) -> Iterator[Measure]:
    """Measure every event."""
    peaks, _ = _places(review, "highest_pag")
    if not peaks.size:
        return
    loop = np.asarray(review.tree["surge"].to_dataset()["loop"].values, dtype=np.intp)
    lowest = np.append(_lowest_ratings(review), np.nan)
    rating = lowest[np.minimum(loop, len(lowest) - 1)]
    reached = np.where(np.isfinite(peaks), rating[None], np.inf)
    least = np.fmin.reduce(reached, axis=1, initial=np.inf)
    yield Measure(
        kind="surge", value=review.result("surge", "peak_pag"),
        limit=np.where(np.isfinite(least), least, np.nan)[None], side="most", name="peak_pag",
        inputs=("closing_s", "stop_s"),
    )  # fmt: skip


@rule(
    "HY052", severity="major", title="The liquid boils in a surge: the column separates", unit="kPa",
    formula="least pressure in the event less the vapour pressure of water at the local temperature",
    source=f"{METHOD}; IAPWS saturation pressure, that of a glycol mixture is lower. What follows (collapse "
    "of the cavity) is not computed",
    remedy="Close or stop more slowly (flywheel, soft stop), raise the fill pressure, or let air or a vessel "
    "in behind what closes.",
    cases="normal",
)  # fmt: skip
def separation(review: Review) -> Iterator[Measure]:
    """Measure every event."""
    if review.has("surge"):
        yield Measure(
            kind="surge", value=review.result("surge", "vapour_margin_pa"), limit=np.zeros((1, 1)),
            side="least", name="vapour_margin_pa", inputs=("closing_s", "stop_s"),
        )  # fmt: skip


@rule(
    "HY053", severity="minor", title="A valve may close fast enough to exceed the lowest rating of its loop",
    unit="bar g",
    formula="highest discharge pressure in the loop plus Joukowsky's rise, or a bound for a slower stroke",
    source=f"Lowest rating of racks, CDUs and pumps in the loop; {METHOD}: a bound, not a computed surge",
    remedy="Declare the event (twin:surge:closes) to have it followed in time, or choose a slower actuator.",
)  # fmt: skip
def strokes(review: Review) -> Iterator[Measure]:
    """Measure valves, and hoses with a valve, that say their stroke."""
    said = [row for row in CLOSING if review.has(row[0])]
    said = [row for row in said if np.isfinite(review.number(row[0], row[2][0])).any()]
    if not said:
        return
    lowest = _lowest_ratings(review)
    highest = np.full((len(review.facility.cases), len(lowest)), -np.inf)
    for kind, name, loop in DISCHARGES:
        if review.has(kind):
            pushed = np.nan_to_num(review.result(kind, name), nan=-np.inf)
            np.maximum.at(highest.T, review.loop(kind, loop), pushed.T)
    for kind, name, inputs in said:
        at = review.loop(kind)
        known = (at >= 0) & (at < len(lowest))
        at = np.where(known, at, 0)
        yield Measure(
            kind=kind, value=review.result(kind, name) + highest[:, at],
            limit=np.where(known, lowest[at], np.nan)[None], side="most", name="closing_pag", inputs=inputs,
        )  # fmt: skip
