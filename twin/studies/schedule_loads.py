"""Load schedule: every input of every consumer, and totals of boards, converters, sources."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from twin.arrays import Array, Index
from twin.checks.electrical import (
    PEAKS,
    continuous,
    converter_loading,
    generator_loading,
    transformer_loading,
    ups_loading,
)
from twin.model.element import Line, Load
from twin.studies.schedule_rows import LoadRow, TotalRow
from twin.studies.wiring import Wiring, worst

RATINGS = {
    "ups": "rated_power_w", "power_converter": "rated_power_w", "power_shelf": "rated_power_w",
    "generator": "rated_power_w", "transformer": "rated_power_va",
}  # fmt: skip
# What equipment passes on, as its results name it.
PASSED = {"generator": "power_w"}
# Less current than that is rounding.
STILL_A = 1e-6
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def load_rows(wiring: Wiring) -> Iterator[LoadRow]:
    """Yield a row for every input of every consumer."""
    for kind, load in wiring.blocks(Load):
        yield from _inputs(wiring, kind, load)


def _inputs(wiring: Wiring, kind: str, load: Load) -> Iterator[LoadRow]:
    net, power, normal = wiring.net, wiring.power, wiring.normal
    rows, inputs = net.rows[id(load)], net.inputs[id(load)]
    drawn, current = power.input_power_w[inputs], power.input_current_a[inputs]
    consumer = net.consumers.consumer[inputs] - rows.start
    whole = power.consumer_power_w[rows]
    factor = np.broadcast_to(net.consumers.power_factor_ratio[rows], whole.shape)[:, normal]
    top_a, case = worst(current.T)
    direct, volts = wiring.direct(load.node), wiring.nominal_v(load.node)
    peak_w = _peaks(wiring, kind)
    rank: dict[int, int] = {}
    for at, (owner, node) in enumerate(zip(consumer.tolist(), load.node.tolist(), strict=True)):
        part = int(load.part[owner])
        rank[owner] = rank.get(owner, -1) + 1
        near = wiring.feeder(node)
        far = wiring.above(near)
        yield LoadRow(
            consumer=wiring.path(kind, part), kind=kind, role=load.role, input=wiring.port(node),
            feed=LETTERS[rank[owner] % len(LETTERS)],
            run=wiring.path(near.run_kind, near.run) if near.run_kind else "",
            source=wiring.path(near.kind, near.part) if near.kind else "",
            board=wiring.path(far.kind, far.part) if far.kind else "",
            phases=wiring.phases(near.run_kind)[near.run] if near.run_kind and not direct[at] else "",
            direct=bool(direct[at]), nominal_v=float(volts[at]),
            power_factor_ratio=1.0 if direct[at] else float(factor[owner]),
            power_w=float(drawn[at, normal]), current_a=float(current[at, normal]),
            worst_power_w=float(drawn[at, case[at]]), worst_current_a=float(top_a[at]),
            worst_case=wiring.case(int(case[at])), consumer_w=float(whole[owner, normal]),
            consumer_worst_w=float(whole[owner].max()), peak_w=float(peak_w[part]),
        )  # fmt: skip


def _peaks(wiring: Wiring, kind: str) -> Array:
    """Return the electrical peak of the parts of a kind [W], NaN where none is declared."""
    table = wiring.facility.tables[kind]
    if kind not in PEAKS:
        return np.full(len(table.paths), np.nan)
    return np.asarray(table.numbers[PEAKS[kind]].max(axis=1))


def total_rows(wiring: Wiring) -> Iterator[TotalRow]:
    """Yield a row for every board, converter, transformer, generator and grid connection."""
    yield from _boards(wiring)
    review, normal = wiring.review, wiring.normal
    for kind, (loading, allowed) in _converters(wiring).items():
        rating = RATINGS[kind]
        passed = review.result(kind, PASSED.get(kind, "power_out_w"))
        rated = np.broadcast_to(review.number(kind, rating), passed.shape)[normal]
        if kind == "power_converter":
            rated = rated * review.number(kind, "module_count").max(axis=0)
        limit = np.broadcast_to(allowed, passed.shape)
        value = np.broadcast_to(loading, passed.shape)
        top, case = worst(value)
        for row, prim in enumerate(review.table(kind).paths):
            yield TotalRow(
                prim=prim, kind=kind, power_w=float(np.nan_to_num(passed[normal, row])),
                worst_power_w=float(np.nan_to_num(passed[case[row], row])), rating_a=np.nan,
                rating_w=float(rated[row]) if rating.endswith("_w") else np.nan,
                rating_va=float(rated[row]) if rating.endswith("_va") else np.nan,
                loading_ratio=float(value[normal, row]), worst_loading_ratio=float(top[row]),
                worst_case=wiring.case(int(case[row])), limit_ratio=float(limit[case[row], row]),
            )  # fmt: skip
    yield from _connections(wiring)


def _converters(wiring: Wiring) -> dict[str, tuple[Array, Array]]:
    """Return loading and what of it is allowed, by kind; of two rules on one kind the lower limit counts."""
    checks = (ups_loading, converter_loading, transformer_loading, generator_loading)
    found: dict[str, tuple[Array, Array]] = {}
    for measure in wiring.measures(*checks):
        before = found.get(measure.kind, (measure.value, measure.limit))[1]
        found[measure.kind] = measure.value, np.fmin(before, measure.limit)
    return found


def _connections(wiring: Wiring) -> Iterator[TotalRow]:
    review, normal = wiring.review, wiring.normal
    for kind in review.built("utility"):
        drawn = review.result(kind, "power_w")
        rated = np.broadcast_to(review.number(kind, "rated_power_w"), drawn.shape)
        top, case = worst(drawn)
        for row, prim in enumerate(review.table(kind).paths):
            yield TotalRow(
                prim=prim, kind=kind, power_w=float(drawn[normal, row]), worst_power_w=float(top[row]),
                rating_a=np.nan, rating_w=float(rated[normal, row]), rating_va=np.nan,
                loading_ratio=float(drawn[normal, row] / rated[normal, row]),
                worst_loading_ratio=float(top[row] / rated[case[row], row]),
                worst_case=wiring.case(int(case[row])), limit_ratio=1.0,
            )  # fmt: skip


def _boards(wiring: Wiring) -> Iterator[TotalRow]:
    review, normal = wiring.review, wiring.normal
    if not review.has("switchboard"):
        return
    table, limit = review.table("switchboard"), float(continuous(review)[0, 0])
    bus = bus_of(wiring)
    buses = np.array([bus[row] for row in range(len(table.paths))], dtype=np.intp)
    taken = taken_va(wiring)
    volts = wiring.net.ampere_v[buses]
    current = np.abs(taken) / np.where(volts > 0.0, volts, 1.0)
    unlike = wiring.unlike[buses][:, None]
    current = np.where(unlike, _incomer_a(wiring), current)
    power = np.where(unlike, np.nan, taken.real)
    rating = np.broadcast_to(table.numbers["rating_a"], current.shape)
    loading = current / rating
    top, case = worst(loading.T)
    for row, prim in enumerate(table.paths):
        yield TotalRow(
            prim=prim, kind="switchboard", power_w=float(power[row, normal]),
            worst_power_w=float(power[row, case[row]]), rating_a=float(rating[row, normal]),
            rating_w=np.nan, rating_va=np.nan, loading_ratio=float(loading[row, normal]),
            worst_loading_ratio=float(top[row]), worst_case=wiring.case(int(case[row])), limit_ratio=limit,
        )  # fmt: skip


def _incomer_a(wiring: Wiring) -> Array:
    """Return the current of the one incomer of each board that carries any, NaN where several do.

    Shape (board, variant). With unlike phases currents are those of the worst phase, which do not add up.
    """
    count = len(wiring.review.table("switchboard").paths)
    live, most = (np.zeros((count, wiring.net.variants)) for _ in range(2))
    for _, block in wiring.blocks(Line, "switchboard", "incomer"):
        current = np.abs(wiring.power.line_current_a[wiring.net.rows[id(block)]])
        np.add.at(live, block.part, current > STILL_A)
        np.maximum.at(most, block.part, current)
    return np.where(live > 1.0, np.nan, most)


def bus_of(wiring: Wiring) -> dict[int, int]:
    """Return the power node of the bus of every board, by its row."""
    found: dict[int, int] = {}
    for role, side in (("outgoing", "a"), ("incomer", "b")):
        for _, block in wiring.blocks(Line, "switchboard", role):
            at: Index = wiring.at(getattr(block, side))
            found |= dict(zip(block.part.tolist(), at.tolist(), strict=True))
    return found


def taken_va(wiring: Wiring) -> NDArray[np.complex128]:
    """Return the complex power that the bus of each board takes in [VA], shape (board, variant).

    A way feeds the bus where active power flows to it, whatever it is called.
    """
    net, power = wiring.net, wiring.power
    count = len(wiring.review.table("switchboard").paths)
    found = np.zeros((count, net.variants), dtype=np.complex128)
    for role in ("incomer", "outgoing"):
        for _, block in wiring.blocks(Line, "switchboard", role):
            rows = net.rows[id(block)]
            bus, sign = (net.lines.b[rows], 1.0) if role == "incomer" else (net.lines.a[rows], -1.0)
            volts = net.ampere_v[bus] * power.node_voltage_ratio[bus]
            into = sign * volts * power.line_current_a[rows].conj()
            np.add.at(found, block.part, np.where(into.real > 0.0, into, 0.0))
    return found
