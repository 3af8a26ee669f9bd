"""Short-circuit schedule: currents where equipment stands, against what it withstands or breaks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from twin.arrays import Array
from twin.checks.power_devices import transfer_withstand
from twin.checks.rule import Measure
from twin.checks.short_circuit import boards, breaking, busways, bypasses, peaks, racks
from twin.studies.schedule_rows import FaultRow
from twin.studies.wiring import Wiring, worst

KINDS = ("switchboard", "breaker", "fuse", "transfer_switch", "busway", "whip", "ups", "rack", "air_rack")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Fault:
    """Currents of the parts of one kind, shape (variant, part)."""

    most_a: Array
    peak_a: Array
    least_a: Array
    line_a: Array
    earth_most_a: Array
    earth_least_a: Array


def fault_rows(wiring: Wiring) -> Iterator[FaultRow]:
    """Yield a row for every board, breaker, busway, whip, UPS and rack."""
    rules = (boards, breaking, busways, bypasses, racks, transfer_withstand)
    met = {measure.kind: measure for measure in wiring.measures(*rules)}
    peak = {measure.kind: measure for measure in wiring.measures(peaks)}
    for kind in wiring.review.built(*KINDS):
        if kind in met:
            yield from _rows(wiring, kind, met[kind], peak)


def _rows(wiring: Wiring, kind: str, met: Measure, peaked: Mapping[str, Measure]) -> Iterator[FaultRow]:
    fault = _currents(wiring, kind)
    shape = fault.most_a.shape
    runs = np.broadcast_to(wiring.review.runs(kind), shape)
    most = np.where(runs, fault.most_a, np.nan)
    unknown = np.where(runs, ~np.isfinite(fault.most_a), False).sum(axis=0)
    greatest, case = worst(most)
    crest = worst(np.where(runs, fault.peak_a, np.nan))[0]
    least, line, earth = (
        _least(np.where(runs, each, 0.0)) for each in (fault.least_a, fault.line_a, fault.earth_least_a)
    )
    earth_most = worst(np.where(runs, fault.earth_most_a, np.nan))[0]
    held, limit = worst(np.broadcast_to(met.value, shape))[0], np.broadcast_to(met.limit, shape).max(axis=0)
    name = met.inputs[0]
    peak_limit = np.full(shape[1], np.nan)
    peak_margin = np.full(shape[1], np.nan)
    if kind in peaked:
        peak_limit = np.broadcast_to(peaked[kind].limit, shape).max(axis=0)
        peak_margin = peak_limit - worst(np.broadcast_to(peaked[kind].value, shape))[0]
    for row, prim in enumerate(wiring.review.table(kind).paths):
        yield FaultRow(
            prim=prim, kind=kind, established=bool(np.isfinite(greatest[row])),
            ikss_max_a=float(greatest[row]), ip_a=float(crest[row]),
            worst_case=wiring.case(int(case[row])), ikss_min_a=float(least[row]),
            ikss_line_min_a=float(line[row]), ikss_earth_max_a=float(earth_most[row]),
            ikss_earth_min_a=float(earth[row]), unknown_count=int(unknown[row]),
            met_a=float(held[row]), limit=name, limit_a=float(limit[row]),
            margin_a=float(limit[row] - held[row]), peak_limit_a=float(peak_limit[row]),
            peak_margin_a=float(peak_margin[row]),
        )  # fmt: skip


def _currents(wiring: Wiring, kind: str) -> _Fault:
    """Return the solved currents; a UPS has the greatest one only."""
    review = wiring.review
    most = review.result(kind, "ikss_max_a")
    blank = np.full(most.shape, np.nan)
    if kind == "ups":
        return _Fault(
            most_a=most, peak_a=blank, least_a=blank, line_a=blank, earth_most_a=blank, earth_least_a=blank
        )
    return _Fault(
        most_a=most, peak_a=review.result(kind, "ip_a"), least_a=review.result(kind, "ikss_min_a"),
        line_a=review.result(kind, "ikss_line_min_a"),
        earth_most_a=review.result(kind, "ikss_earth_max_a"),
        earth_least_a=review.result(kind, "ikss_earth_min_a"),
    )  # fmt: skip


def _least(values: Array) -> Array:
    """Return the least current of the cases that feed a part, NaN where one of them is not established."""
    fed = np.where(values > 0.0, values, np.inf).min(axis=0)
    unknown = np.isnan(values).any(axis=0)
    return np.where(unknown | ~np.isfinite(fed), np.nan, fed)
