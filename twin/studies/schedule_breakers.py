"""Breaker schedule: breakers, fuses, transfer switches, ways of boards, generators, tap-offs of whips."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from twin.arrays import Array, Index
from twin.checks.electrical import breaker_loading, continuous, whip_loading, whip_peak
from twin.checks.power_devices import transfer_loading
from twin.checks.protection import fuse_loading
from twin.checks.rule import Check
from twin.model.element import Line
from twin.studies.schedule_rows import BreakerRow
from twin.studies.wiring import Wiring, worst

LOADINGS: Mapping[str, Check] = {
    "whip": whip_loading, "fuse": fuse_loading, "transfer_switch": transfer_loading,
}  # fmt: skip
WAYS = {"whip": "tap-off", "fuse": "fuse", "transfer_switch": "switch"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Load:
    """What breakers carry. Shapes: (variant, breaker), or (breaker,) for words, count and capacity."""

    way: list[str]
    load: list[str]
    part: Index
    count: Array
    rating_a: Array
    limit_ratio: Array
    current_a: Array
    loading_ratio: Array
    peak_ratio: Array
    capacity_a: Array
    ikss_a: Array


def breaker_rows(wiring: Wiring) -> Iterator[BreakerRow]:
    """Yield a row for every breaker, and for the like breakers of every whip."""
    for kind in wiring.review.built("breaker", "fuse", "transfer_switch", "switchboard", "generator", "whip"):
        if kind == "switchboard":
            for role in ("incomer", "outgoing"):
                yield from _rows(wiring, kind, _ways(wiring, role))
        else:
            yield from _rows(wiring, kind, _alone(wiring, kind))


def _rows(wiring: Wiring, kind: str, of: _Load) -> Iterator[BreakerRow]:
    normal = wiring.normal
    case = worst(of.loading_ratio / of.limit_ratio)[1]
    peak, fault_a = worst(of.peak_ratio)[0], worst(of.ikss_a)[0]
    for at, part in enumerate(of.part.tolist()):
        here = int(case[at]), at
        rating, limit = float(of.rating_a[here]), float(of.limit_ratio[here])
        current = float(of.current_a[here])
        yield BreakerRow(
            prim=wiring.path(kind, part), kind=kind, way=of.way[at], load=of.load[at],
            count=float(of.count[at]), rating_a=rating, limit_ratio=limit, limit_a=limit * rating,
            current_a=float(of.current_a[normal, at]), worst_current_a=current,
            loading_ratio=float(of.loading_ratio[here]), worst_case=wiring.case(here[0]),
            margin_a=limit * rating - current, peak_loading_ratio=float(peak[at]),
            breaking_capacity_a=float(of.capacity_a[at]),
            breaking_margin_a=float(of.capacity_a[at] - fault_a[at]),
        )  # fmt: skip


def _ways(wiring: Wiring, role: str) -> _Load:
    """Return the ways of all boards in one role; a way that nothing is wired to is a spare one."""
    net, power, review = wiring.net, wiring.power, wiring.review
    blocks = [block for _, block in wiring.blocks(Line, "switchboard", role)]
    part = np.concatenate([block.part for block in blocks])
    node = np.concatenate([block.a if role == "incomer" else block.b for block in blocks])
    current = np.concatenate([np.abs(power.line_current_a[net.rows[id(block)]]) for block in blocks]).T
    rating = np.broadcast_to(review.number("switchboard", f"{role}_rating_a")[:, part], current.shape)
    found = [wiring.feeder(at) for at in node.tolist()]
    blank = np.full(current.shape, np.nan)
    return _Load(
        way=[f"{role} {wiring.port(at)}" for at in node.tolist()],
        load=[wiring.path(f.kind, f.part) if f.kind else "" for f in found], part=part,
        count=np.ones(len(part)), rating_a=rating,
        limit_ratio=np.broadcast_to(continuous(review), current.shape), current_a=current,
        loading_ratio=current / rating, peak_ratio=blank, capacity_a=np.full(len(part), np.nan), ikss_a=blank,
    )  # fmt: skip


def _alone(wiring: Wiring, kind: str) -> _Load:
    review = wiring.review
    current = review.result(kind, "current_a")
    measure = next(m for m in wiring.measures(LOADINGS.get(kind, breaker_loading)) if m.kind == kind)
    paths, blank = review.table(kind).paths, np.full(current.shape, np.nan)
    whip = kind == "whip"
    count = review.number(kind, "count")[0] if whip else np.ones(len(paths))
    rating = review.number(kind, "breaker_rating_a" if kind in {"whip", "generator"} else "rating_a")
    peak = next(wiring.measures(whip_peak)).value if whip else blank
    declared = kind in {"breaker", "fuse", "whip"}
    capacity = review.number(kind, "breaking_capacity_a")[0] if declared else np.full(len(paths), np.nan)
    return _Load(
        way=[WAYS.get(kind, "breaker")] * len(paths), load=_behind(wiring, kind),
        part=np.arange(len(paths)), count=count, rating_a=np.broadcast_to(rating * count, current.shape),
        limit_ratio=np.broadcast_to(measure.limit, current.shape), current_a=current,
        loading_ratio=np.broadcast_to(measure.value, current.shape),
        peak_ratio=np.broadcast_to(peak, current.shape), capacity_a=capacity,
        ikss_a=review.result(kind, "ikss_max_a") if declared else blank,
    )  # fmt: skip


def _behind(wiring: Wiring, kind: str) -> list[str]:
    """Return what each is wired to on its load side, "" for nothing."""
    table, ports = wiring.review.table(kind), wiring.facility.ports
    if kind == "whip":
        nodes = table.ends["b"].node.tolist()
        return [wiring.path(ports.kind[node], int(ports.part[node])) for node in nodes]
    ends = table.ends["load" if kind in {"breaker", "fuse"} else "output"]
    found = [""] * len(table.paths)
    for part, node in zip(ends.part.tolist(), ends.node.tolist(), strict=True):
        feeder = wiring.feeder(node)
        found[part] = wiring.path(feeder.kind, feeder.part) if feeder.kind else ""
    return found
