"""Losses by stage from the point of connection to the racks' own supplies, and how they close."""

from collections.abc import Iterator

import numpy as np

from twin.arrays import Array, Flags
from twin.model.element import Converter, Line, Transformer
from twin.model.power_volts import joined
from twin.studies.schedule_rows import Closure, LossRow
from twin.studies.stages import OWN, STAGES, Element, stages_of
from twin.studies.wiring import Wiring

SORTS: tuple[tuple[type[Element], str], ...] = (
    (Line, "line_loss_w"), (Transformer, "transformer_loss_w"), (Converter, "converter_loss_w"),
)  # fmt: skip


def loss_rows(wiring: Wiring) -> Iterator[LossRow]:
    """Yield the losses of every stage that there is, in order; the racks' own supplies last."""
    lost: dict[str, float] = {}
    parts: dict[str, set[tuple[str, int]]] = {}
    for sort, name in SORTS:
        values: Array = getattr(wiring.power, name)[:, wiring.normal]
        for kind, block in wiring.blocks(sort):
            mine = values[wiring.net.rows[id(block)]]
            stages = stages_of(wiring, kind, block)
            for stage, part, loss in zip(stages, block.part.tolist(), mine.tolist(), strict=True):
                lost[stage] = lost.get(stage, 0.0) + loss
                parts.setdefault(stage, set()).add((kind, part))
    connection = connection_w(wiring)
    order = [*STAGES, *sorted(set(lost) - set(STAGES))]
    for stage in (name for name in order if name in lost):
        share = _over(lost[stage], connection)
        yield LossRow(stage=stage, count=len(parts[stage]), loss_w=lost[stage], share_ratio=share)
    count, own_w, _ = own_supplies(wiring)
    if count:
        yield LossRow(stage=OWN, count=count, loss_w=own_w, share_ratio=_over(own_w, connection))


def _over(value: float, whole: float) -> float:
    """Return a share, NaN of nothing."""
    return value / whole if whole else float("nan")


def connection_w(wiring: Wiring) -> float:
    """Return the power that the grid and running generators give in normal operation [W]."""
    return float(wiring.power.feed_power_va[:, wiring.normal].real.sum())


def own_supplies(wiring: Wiring) -> tuple[int, float, float]:
    """Return how many racks have supplies of known efficiency, their loss, and busbar power [W].

    A rack whose input hangs on the busbar of power shelves has no supplies of its own: those are solved, and
    all that it draws is power of that busbar.
    """
    review = wiring.review
    if not review.has("rack"):
        return 0, 0.0, 0.0
    drawn = review.result("rack", "it_power_w")[wiring.normal]
    ratio = review.number("rack", "shelf_efficiency_ratio").max(axis=0)
    shelved = _behind_shelves(wiring)
    own = np.isfinite(ratio) & ~shelved
    lost = float((drawn[own] * (1.0 - ratio[own])).sum())
    return int(own.sum()), lost, float((drawn[own] * ratio[own]).sum() + drawn[shelved].sum())


def _behind_shelves(wiring: Wiring) -> Flags:
    """Return which racks draw from the busbar of power shelves, shape (rack,)."""
    ends = wiring.review.table("rack").ends["power"]
    found = np.zeros(len(wiring.review.table("rack").paths), dtype=np.bool_)
    lines = wiring.net.lines
    group = joined(len(wiring.net.node), lines.a, lines.b)
    for _, block in wiring.blocks(Converter, "power_shelf"):
        fed = np.isin(group[wiring.at(ends.node)], group[wiring.at(block.b)])
        found[ends.part[fed]] = True
    return found


def closure_of(wiring: Wiring, rows: list[LossRow]) -> Closure:
    """Return how the stages close with the metrics and with the boundary of the electrical side."""
    connection = connection_w(wiring)
    consumed = float(wiring.power.consumer_power_w[:, wiring.normal].sum())
    told = float(wiring.review.tree["facility"].to_dataset()["distribution_loss_w"].values[wiring.normal])
    staged = sum(row.loss_w for row in rows if row.stage != OWN)
    _, own, behind = own_supplies(wiring)
    spent = behind + own + staged if behind else 0.0
    return Closure(
        connection_w=connection, consumed_w=consumed, distribution_loss_w=told, staged_w=staged, own_w=own,
        busbar_w=behind, residual_ratio=_over(staged - told, connection),
        boundary_ratio=_over(connection - consumed - staged, connection), reach_ratio=_over(behind, spent),
    )  # fmt: skip
