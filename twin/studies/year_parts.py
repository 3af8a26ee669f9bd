"""What the power of a facility goes into, by sort: rows of the elements, and sums over them.

The stages are those of ``twin power losses``; what cools is told apart by kind of equipment.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from twin.arrays import Array, Flags, Index
from twin.balance import Balance
from twin.checks.review import review_of
from twin.model.component import kinds
from twin.model.element import Converter, Line, Load, Use
from twin.model.facility import Facility
from twin.model.power_net import PowerNet
from twin.solve.couple import Solution
from twin.studies.schedule_losses import SORTS
from twin.studies.stages import stages_of
from twin.studies.wiring import RUNS, Wiring

COOLING, LOSS, OTHER = "cooling", "loss", "other"
CHILLERS = ("air_cooled_chiller", "water_cooled_chiller")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parts:
    """Rows of what is summed.

    Attributes:
        consumers: Sort and label to the rows of consumers, shape (consumer,).
        losses: Stage to the rows of lines, transformers and converters.
        it: Consumers that are IT.
        chillers: Consumers that are chillers.
        behind_ups: Lines, transformers, converters and consumers behind a UPS.
        last_runs: Lines that end at the inputs of IT.
        all_behind: Whether all IT is fed through a UPS.
    """

    consumers: Mapping[tuple[str, str], Index]
    losses: Mapping[str, tuple[Index, Index, Index]]
    it: Index
    chillers: Index
    behind_ups: tuple[Flags, Flags, Flags, Flags]
    last_runs: Index
    all_behind: bool


def parts_of(facility: Facility, solution: Solution) -> Parts:
    """Return the rows of what is summed; the same for every state of a facility."""
    wiring = Wiring(review=review_of(facility, xr.DataTree()), solution=solution)
    net = solution.network.power
    held: dict[tuple[str, str], list[Index]] = {}
    chillers = [np.zeros(0, dtype=np.intp)]
    for kind, block in solution.network.assembly.blocks:
        if isinstance(block, Load):
            span = solution.network.heat.load_rows[id(block)]
            rows = np.arange(span.start, span.stop)
            held.setdefault((_sort(block.use), kinds()[kind].label), []).append(rows)
            if kind in CHILLERS:
                chillers.append(rows)
    behind = _behind_ups(net, wiring)
    it = np.concatenate(
        [np.zeros(0, dtype=np.intp), *(r for (s, _), g in held.items() if s == "it" for r in g)]
    )
    return Parts(
        consumers={key: np.concatenate(rows) for key, rows in held.items()},
        losses=_losses(wiring), it=it, chillers=np.concatenate(chillers), behind_ups=behind,
        last_runs=_last_runs(net, wiring, it), all_behind=bool(it.size and behind[3][it].all()),
    )  # fmt: skip


def _sort(use: Use) -> str:
    return {Use.IT: "it", Use.COOLING: COOLING}.get(use, OTHER)


def _losses(wiring: Wiring) -> dict[str, tuple[Index, Index, Index]]:
    found: dict[str, list[list[int]]] = {}
    for at, (sort, _) in enumerate(SORTS):
        for kind, block in wiring.blocks(sort):
            span = wiring.net.rows[id(block)]
            rows = range(span.start, span.stop)
            for row, stage in zip(rows, stages_of(wiring, kind, block), strict=True):
                found.setdefault(stage, [[], [], []])[at].append(row)
    return {
        stage: tuple(np.array(rows, dtype=np.intp) for rows in groups)  # type: ignore[misc]
        for stage, groups in found.items()
    }


def _behind_ups(net: PowerNet, wiring: Wiring) -> tuple[Flags, Flags, Flags, Flags]:
    """Return which lines, transformers, converters and consumers are fed through the output of a UPS."""
    reached = np.zeros(len(net.node), dtype=np.bool_)
    for _, block in wiring.blocks(Converter, "ups"):
        reached[net.converters.b[net.rows[id(block)]]] = True
    if not reached.any():
        none = (net.lines.a, net.transformers.a, net.converters.a, net.consumers.use)
        return tuple(np.zeros(len(rows), dtype=np.bool_) for rows in none)  # type: ignore[return-value]
    closed = net.lines.in_service.all(axis=1)
    while True:
        before = reached.sum()
        for a, b in ((net.lines.a, net.lines.b), (net.lines.b, net.lines.a)):
            reached[b[closed & reached[a]]] = True
        for thing in (net.transformers, net.converters):
            reached[thing.b[reached[thing.a]]] = True
        if reached.sum() == before:
            break
    inputs = net.consumers
    outside = np.zeros(len(inputs.use), dtype=np.bool_)
    outside[inputs.consumer[~reached[inputs.node]]] = True
    return (
        reached[net.lines.a] & reached[net.lines.b], reached[net.transformers.a], reached[net.converters.a],
        ~outside,
    )  # fmt: skip


def _last_runs(net: PowerNet, wiring: Wiring, it: Index) -> Index:
    ends = np.zeros(len(net.node), dtype=np.bool_)
    ends[net.consumers.node[np.isin(net.consumers.consumer, it)]] = True
    found = [np.zeros(0, dtype=np.intp)]
    for kind, block in wiring.blocks(Line):
        if kind in RUNS:
            span = net.rows[id(block)]
            rows = np.arange(span.start, span.stop)
            found.append(rows[ends[net.lines.a[rows]] | ends[net.lines.b[rows]]])
    return np.concatenate(found)


def quantities(
    parts: Parts, solution: Solution, closed: Balance, figures: Mapping[str, Array]
) -> dict[str, Array]:
    """Return powers, heats and water of every variant, by name, shape (variant,).

    Names of sums by sort are ``cooling/LABEL``, ``other/LABEL`` and ``loss/STAGE``. All are additive, so that
    what lies between two states on a straight line closes as they do.
    """
    power, drawn = solution.power, solution.consumer_w
    found = {
        "facility_power_w": closed.power_in_w, "heat_out_w": closed.heat_out_w,
        "charged_w": closed.charged_w, "it_power_w": drawn[parts.it].sum(axis=0),
    }  # fmt: skip
    for (sort, label), rows in parts.consumers.items():
        if sort != "it":
            found[f"{sort}/{label}"] = drawn[rows].sum(axis=0)
    losses = power.line_loss_w, power.transformer_loss_w, power.converter_loss_w
    for stage, groups in parts.losses.items():
        found[f"{LOSS}/{stage}"] = sum(
            (loss[rows].sum(axis=0) for loss, rows in zip(losses, groups, strict=True)),
            np.zeros(solution.network.variants),
        )
    found["it_at_pdu_w"] = found["it_power_w"] + power.line_loss_w[parts.last_runs].sum(axis=0)
    if parts.all_behind:
        lost = sum((loss[rows].sum(axis=0) for loss, rows in zip(losses, parts.behind_ups[:3], strict=True)),
                   np.zeros(solution.network.variants))  # fmt: skip
        found["it_at_ups_w"] = found["it_power_w"] + lost
    found["chiller_power_w"] = drawn[parts.chillers].sum(axis=0)
    for name in ("rack_fan_power_w", "reused_heat_w", "make_up_kg_s"):
        found[name] = figures.get(name, np.zeros(solution.network.variants))
    return found
