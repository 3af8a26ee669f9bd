"""Builds a published pipe network from flow elements and solves it; for the cases beside it.

Heads are pressures over weight with the gravity of the publication; heights are zero, so ours plays no part.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from twin.model.assemble import Assembly
from twin.model.binding import Nodes, Site
from twin.model.element import Mover, Path, Source
from twin.model.flow_net import lay_out_flow
from twin.model.place import Placement
from twin.solve.branch import Medium
from twin.solve.flow import prepare, solve_flow

# Columns of a pipe beside its ends; a head loss of K·|Q|^n [m, m3/s] is given as head_m and exponent_ratio.
COLUMNS = ("length_m", "diameter_m", "roughness_m", "loss_ratio", "laminar_loss_ratio", "exponent_ratio")
WITHOUT = {"diameter_m": 1.0, "exponent_ratio": 1.0}
SITE = {
    "dry_bulb_k": 301.15, "wet_bulb_k": 293.15, "dew_point_k": 288.15, "minimum_k": 263.15,
    "recirculation_dk": 2.0, "pressure_pa": 101325.0, "frequency_hz": 50.0,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Fluid:
    """What flows, and the gravity that turns its pressure into head."""

    density_kg_m3: float = 1000.0
    viscosity_pa_s: float = 1e-3
    gravity_m_s2: float = 9.80665

    @property
    def weight_pa_m(self) -> float:
        """Return the pressure of one metre of head."""
        return self.density_kg_m3 * self.gravity_m_s2


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Flows by pipe [m3/s], heads by node [m], passes of the solver."""

    flow_m3_s: dict[str, float]
    head_m: dict[str, float]
    pass_count: int


def solve(
    pipes: Sequence[tuple[str, str, str, Mapping[str, float]]],
    *,
    levels: Mapping[str, float],
    demands: Mapping[str, float] | None = None,
    fluid: Fluid | None = None,
) -> Answer:
    """Return flows and heads of pipes (name, from, to, numbers) between levels [m] and demands [m3/s].

    A demand below zero is a supply.
    """
    fluid, drawn = fluid or Fluid(), dict(demands or {})
    names = sorted({node for _, a, b, _ in pipes for node in (a, b)})
    number = {name: i for i, name in enumerate(names)}
    blocks: list[Any] = [_level(number[n], fluid.weight_pa_m * head) for n, head in levels.items()]
    blocks.append(bores := _bores(pipes, number, fluid.weight_pa_m))
    outside = len(names)
    if drawn:
        blocks += [_demands(drawn, number, outside), _level(outside, 0.0)]
    net = lay_out_flow(_assembly(blocks, outside + bool(drawn)), {"case": tuple(p[0] for p in pipes)})
    shape = (len(net.tail), 1)
    medium = Medium(
        density_kg_m3=np.full(shape, fluid.density_kg_m3),
        viscosity_pa_s=np.full(shape, fluid.viscosity_pa_s),
    )
    found = solve_flow(prepare(net), medium, net.limit_m3_s)
    volume = found.flow_kg_s[net.rows[id(bores)], 0] / fluid.density_kg_m3
    place = {int(node): i for i, node in enumerate(net.node)}
    return Answer(
        flow_m3_s={p[0]: float(q) for p, q in zip(pipes, volume, strict=True)},
        head_m={n: float(found.pressure_pag[place[i], 0]) / fluid.weight_pa_m for n, i in number.items()},
        pass_count=found.iteration_count,
    )


def _bores(
    pipes: Sequence[tuple[str, str, str, Mapping[str, float]]], number: Mapping[str, int], weight: float
) -> Path:
    numbers = [given for *_, given in pipes]
    columns = {n: np.array([[g.get(n, WITHOUT.get(n, 0.0))] for g in numbers]) for n in COLUMNS}
    return Path(
        role="pipe", part=np.arange(len(pipes)), a=np.array([number[p[1]] for p in pipes]),
        b=np.array([number[p[2]] for p in pipes]),
        power_pa=weight * np.array([[g.get("head_m", 0.0)] for g in numbers]), **columns,
    )  # fmt: skip


def _demands(drawn: Mapping[str, float], number: Mapping[str, int], outside: int) -> Mover:
    """Return constant flows out of the network, or into it where the demand is below zero."""
    ends = [(number[n], outside) if q >= 0.0 else (outside, number[n]) for n, q in drawn.items()]
    return Mover(
        role="demand", part=np.arange(len(drawn)), a=np.array([a for a, _ in ends]),
        b=np.array([b for _, b in ends]), held_m3_s=np.array([[abs(q)] for q in drawn.values()]),
    )  # fmt: skip


def _level(node: int, pressure_pag: float) -> Source:
    return Source(
        role="level", part=np.zeros(1, dtype=np.intp), node=np.array([node]),
        pressure_pag=np.array([[pressure_pag]]), fluid=np.zeros(1, dtype=np.intp),
        mass_fraction=np.zeros((1, 1)), supply_k=np.array([[293.15]]), open_ended=True,
    )  # fmt: skip


def _assembly(blocks: Sequence[Any], nodes: int) -> Assembly:
    return Assembly(
        blocks=tuple(("case", block) for block in blocks),
        nodes=Nodes(nodes, lambda node: f"/Case/Node_{node}"),
        height_m=np.zeros(nodes),
        placement=Placement(cells={}, room={}, opening=np.zeros(0, dtype=np.intp), first=nodes, count=0),
        site=Site(
            **{name: np.array([[value]]) for name, value in SITE.items()},
            high_capture=np.ones((1, 1), dtype=bool),
            viscosity_ratio=np.ones((1, 1)),
        ),
        variants=1,
    )
