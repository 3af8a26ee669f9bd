"""Rules on matings of power ports: voltage, phases and their balance, frequency, current, plugs."""

from collections.abc import Iterator

import numpy as np

from twin.arrays import Array
from twin.checks.electrical import COOLING, DEAD_A, PEAKS, continuous, parts_at
from twin.checks.mating import NOTHING, SIMREADY, WIRES, differ, each, of_specs, told, why
from twin.checks.rule import Measure, Review, group_sum, only, rule

CONSUMERS = (*PEAKS, *COOLING, "auxiliary_load")
VOLTAGE_RATIO = 0.1
FREQUENCY_HZ = 1.0
UNBALANCE_RATIO = 0.10


@rule(
    "EL060", severity="minor", title="Single-phase loads load the busway's phases unevenly", unit="%",
    formula="highest phase current less the mean, over the mean; single-phase whips on L1, L2, L3 in turn "
    "along the run, three-phase ones balanced",
    source="NEMA MG 1 way of stating unbalance; 10 % is practice (assumption)",
    remedy="Move single-phase loads to the phase that carries least, or give them three-phase supplies.",
)  # fmt: skip
def phase_balance(review: Review) -> Iterator[Measure]:
    """Measure every busway that feeds single-phase ports."""
    if not review.has("busway", "whip"):
        return
    ends = review.table("whip").ends
    run = parts_at(review, ends["a"].node, "busway")
    single = told(review, ends["b"].node, "phase_count") == 1.0
    if not single.any():
        return
    order = np.flatnonzero(single & (run >= 0))
    order = order[np.lexsort((ends["a"].node[order], run[order]))]
    turn = np.full(len(run), -1, dtype=np.intp)
    turn[order] = (np.arange(len(order)) - np.searchsorted(run[order], run[order])) % 3
    count, current = len(review.table("busway").paths), review.result("whip", "current_a")
    phase = np.stack([group_sum(run, np.where((turn == p) | ~single, current, 0.0), count) for p in range(3)])
    mean = phase.mean(axis=0)
    value = only((mean > DEAD_A) & np.isin(np.arange(count), run[order]), phase.max(axis=0) - mean)
    yield Measure(
        kind="busway", value=value / np.where(mean > DEAD_A, mean, 1.0), limit=np.array([[UNBALANCE_RATIO]]),
        side="most", name="unbalance_ratio",
    )  # fmt: skip


@rule(
    "MA020", severity="major", title="The two ports have different voltages", unit="%",
    formula="difference of nominal voltages over that of the port that takes",
    source=f"{SIMREADY}: electrical:nominalVoltage; IEC 60038:2009, 10 % (recalled)",
    remedy="Feed it from another voltage, or order it for this one.",
)  # fmt: skip
def voltages(review: Review) -> Iterator[Measure]:
    """Measure every cable and whip."""
    for kind, a, b in each(review, *WIRES):
        given, taken = told(review, a, "nominal_voltage_v"), told(review, b, "nominal_voltage_v")
        yield Measure(
            kind=kind, value=(np.abs(given - taken) / taken)[None], limit=np.array([[VOLTAGE_RATIO]]),
            side="most",
            name="voltage_difference_ratio", cause=why(review, kind, "nominal_voltage_v"),
        )  # fmt: skip


@rule(
    "MA021", severity="major", title="The port takes more phases than it is given", unit="1",
    formula="phases of the port that takes, against those of the port that gives",
    source=f"{SIMREADY}: electrical:phases",
    remedy="Feed it from a three-phase tap-off, or order it for one phase.",
    graded=False,
)  # fmt: skip
def phase_counts(review: Review) -> Iterator[Measure]:
    """Measure every cable and whip."""
    for kind, a, b in each(review, *WIRES):
        yield Measure(
            kind=kind, value=told(review, b, "phase_count")[None], limit=told(review, a, "phase_count")[None],
            side="most", name="phase_count", cause=why(review, kind, "phase_count"),
        )  # fmt: skip


@rule(
    "MA022", severity="minor", title="The port is rated for another frequency than the site's", unit="Hz",
    formula="difference between the frequency of either port and that of the site; none where both are rated "
    "for direct current (0 Hz), or one is and the other says nothing",
    source=f"{SIMREADY}: electrical:frequency; twin:site:frequency",
    remedy="Check the name plate: supplies often take 50 and 60 Hz, motors do not.",
)  # fmt: skip
def frequencies(review: Review) -> Iterator[Measure]:
    """Measure every cable and whip."""
    for kind, a, b in each(review, *WIRES):
        rated = [told(review, node, "frequency_hz") for node in (a, b)]
        direct = (np.fmax(*rated) == 0.0) & (np.fmin(*rated) == 0.0)
        away = np.fmax(*(np.abs(hertz - review.owner("frequency_hz")) for hertz in rated))
        yield Measure(
            kind=kind, value=np.where(direct, 0.0, away)[None], limit=np.array([[FREQUENCY_HZ]]), side="most",
            name="frequency_difference_hz", cause=why(review, kind, "frequency_hz"),
        )  # fmt: skip


def _rating(review: Review, kind: str) -> Array:
    """Return the rated current of a whole cable or whip [A], shape (1, part)."""
    one = review.number(kind, "breaker_rating_a" if kind == "whip" else "rating_a")
    return one * review.number(kind, "count")


@rule(
    "MA023",
    severity="major",
    title="The cable or its breakers are too small for what the port may draw",
    unit="A",
    formula="highest current of the port, against the continuous share of the rating of the cords or runs "
    "together",
    source=f"{SIMREADY}: electrical:maxCurrent; continuous share as EL001",
    remedy="Add cords or runs, or choose the next rating.",
)  # fmt: skip
def port_current(review: Review) -> Iterator[Measure]:
    """Measure the cables and whips that feed consumers."""
    for kind, _, b in each(review, *WIRES):
        consumes = of_specs(review, b, "consumes", lambda spec: float(spec.kind in CONSUMERS)) > 0.0
        yield Measure(
            kind=kind, value=only(consumes, told(review, b, "max_current_a"))[None],
            limit=continuous(review) * _rating(review, kind), side="most", name="port_current_a",
            inputs=("count", "breaker_rating_a", "rating_a"),
        )  # fmt: skip


@rule(
    "MA024", severity="minor", title="The breaker is larger than the port asks for", unit="A",
    formula="rating of the whip's breakers together, against the upstream breaker that the port says",
    source=f"{SIMREADY}: electrical:breakerRating", remedy="Choose the breaker that the maker asks for.",
    graded=False,
)  # fmt: skip
def port_breaker(review: Review) -> Iterator[Measure]:
    """Measure every whip."""
    for kind, _, b in each(review, "whip"):
        yield Measure(
            kind=kind, value=_rating(review, kind), limit=told(review, b, "breaker_rating_a")[None],
            side="most",
            name="breaker_current_a", inputs=("breaker_rating_a", "count"),
        )  # fmt: skip


@rule(
    "MA025", severity="minor", title="The plugs of the two ports do not match", unit="1",
    formula="1 when the two ports say different connectors", source=f"{SIMREADY}: electrical:connectorType",
    remedy="Order a cord with both connectors, or another tap-off.",
    graded=False,
)  # fmt: skip
def plugs(review: Review) -> Iterator[Measure]:
    """Measure every whip."""
    for kind, _, _ in each(review, "whip"):
        yield Measure(
            kind=kind, value=differ(review, kind, "connectorType"), limit=NOTHING, side="most",
            name="mismatch_count", cause=why(review, kind, "connectorType"),
        )  # fmt: skip
