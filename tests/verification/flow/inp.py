"""Reads what a steady network needs of an EPANET input, and builds it from our elements."""

import math
from dataclasses import dataclass, field

import numpy as np

from tests.support.bench import col, flow_net, vessel
from twin.model.element import Mover, Path
from twin.solve.branch import Medium
from twin.solve.flow import prepare, solve_flow

# EPANET 2.2, constants of its source: gravity 32.2 ft/s², kinematic viscosity of water 1.1e-5 ft²/s.
FOOT_M = 0.3048
GRAVITY_M_S2 = 32.2 * FOOT_M
WATER_M2_S = 1.1e-5 * FOOT_M**2
# Unit of flow in m3/s; with US units lengths are feet, diameters inches, roughness in thousandths of a foot.
FLOW = {"GPM": 1.0 / 448.831 * FOOT_M**3, "LPS": 1e-3, "CMH": 1.0 / 3600.0}
US = {"GPM"}


@dataclass
class Inp:
    """A network in SI: heads in metres, flows in m3/s.

    Attributes:
        density_kg_m3: Any number serves: heads and volume flows do not depend on it.
        viscosity_m2_s: Kinematic viscosity.
        heads: Fixed head by node.
        demands: Demand by node.
        pipes: Name, ends, length, diameter, roughness, loss.
        pumps: Name, ends, coefficients of head A - B·Q², speed.
    """

    density_kg_m3: float = 1000.0
    viscosity_m2_s: float = WATER_M2_S
    heads: dict[str, float] = field(default_factory=dict)
    demands: dict[str, float] = field(default_factory=dict)
    pipes: list[tuple[str, str, str, float, float, float, float]] = field(default_factory=list)
    pumps: list[tuple[str, str, str, float, float, float]] = field(default_factory=list)


def sections(text: str) -> dict[str, list[list[str]]]:
    """Return the words of every line by section."""
    found: dict[str, list[list[str]]] = {}
    rows: list[list[str]] = []
    for line in text.splitlines():
        words = line.partition(";")[0].split()
        if words and words[0].startswith("["):
            rows = found.setdefault(words[0].strip("[]").upper(), [])
        elif words:
            rows.append(words)
    return found


def parse(text: str) -> Inp:
    """Return the network of an input with Darcy-Weisbach head loss."""
    said = sections(text)
    options = {words[0].upper(): words[-1] for words in said["OPTIONS"]}
    assert options["HEADLOSS"] == "D-W"
    flow, us = FLOW[options["UNITS"]], options["UNITS"] in US
    metre, bore, rough = (FOOT_M, FOOT_M / 12.0, 1e-3 * FOOT_M) if us else (1.0, 1e-3, 1e-3)
    inp = Inp(viscosity_m2_s=WATER_M2_S * float(options.get("VISCOSITY", 1.0)))
    pattern = {words[0]: float(words[1]) for words in reversed(said.get("PATTERNS", []))}
    for name, _, *rest in said["JUNCTIONS"]:
        factor = pattern.get(rest[1], 1.0) if len(rest) > 1 else pattern.get(options.get("PATTERN", ""), 1.0)
        inp.demands[name] = float(rest[0]) * flow * factor if rest else 0.0
    for name, head, *_ in said["RESERVOIRS"]:
        inp.heads[name] = float(head) * metre
    for name, elevation, level, *_ in said.get("TANKS", []):
        inp.heads[name] = (float(elevation) + float(level)) * metre
    for name, a, b, length, diameter, roughness, loss, *_ in said["PIPES"]:
        numbers = float(length) * metre, float(diameter) * bore, float(roughness) * rough, float(loss)
        inp.pipes.append((name, a, b, *numbers))
    points: dict[str, list[tuple[float, float]]] = {}
    for name, x, y in said.get("CURVES", []):
        points.setdefault(name, []).append((float(x) * flow, float(y) * metre))
    for name, a, b, *words in said.get("PUMPS", []):
        given = dict(zip(words[::2], words[1::2], strict=True))
        inp.pumps.append((name, a, b, *parabola(points[given["HEAD"]]), float(given.get("SPEED", 1.0))))
    return inp


def parabola(points: list[tuple[float, float]]) -> tuple[float, float]:
    """Return A and B of the head A - B·Q^2 that EPANET fits to one or to three points."""
    if len(points) == 1:
        ((flow, head),) = points
        return 4.0 / 3.0 * head, head / 3.0 / flow**2
    (_, shutoff), (q1, h1), (q2, h2) = points
    exponent = math.log((shutoff - h2) / (shutoff - h1)) / math.log(q2 / q1)
    assert abs(exponent - 2.0) < 1e-6, f"our pumps are parabolas; this one has exponent {exponent}"
    return shutoff, (shutoff - h1) / q1**exponent


@dataclass
class Answer:
    """Heads by node [m] and flows by link [m3/s]."""

    heads: dict[str, float]
    flows: dict[str, float]
    passes: int


def solve(inp: Inp) -> Answer:
    """Return what our solver says about a network; heights are zero, so that heads are pressures."""
    names = sorted({*inp.heads, *inp.demands})
    number = {name: i for i, name in enumerate(names)}
    weight = inp.density_kg_m3 * GRAVITY_M_S2
    blocks = [vessel(number[name], weight * head) for name, head in inp.heads.items()]
    pipes = _pipes(inp, number)
    blocks.append(pipes)
    if inp.pumps:
        blocks.append(pumps := _pumps(inp, number, weight))
    drawn = {name: q for name, q in inp.demands.items() if q != 0.0}
    if drawn:
        blocks.append(_demands(drawn, number, len(names)))
        blocks.append(vessel(len(names)))
    net = flow_net(*blocks, nodes=len(names) + bool(drawn))
    shape = (len(net.tail), 1)
    medium = Medium(
        density_kg_m3=np.full(shape, inp.density_kg_m3),
        viscosity_pa_s=np.full(shape, inp.viscosity_m2_s * inp.density_kg_m3),
    )
    flow = solve_flow(prepare(net), medium, net.limit_m3_s)
    volume = flow.flow_kg_s[:, 0] / inp.density_kg_m3
    links = dict(zip([p[0] for p in inp.pipes], volume[net.rows[id(pipes)]], strict=True))
    if inp.pumps:
        links |= dict(zip([p[0] for p in inp.pumps], volume[net.rows[id(pumps)]], strict=True))
    local = {int(node): i for i, node in enumerate(net.node)}
    heads = {name: flow.pressure_pag[local[n], 0] / weight for name, n in number.items() if n in local}
    return Answer(heads, links, flow.iteration_count)


def _pipes(inp: Inp, number: dict[str, int]) -> Path:
    _, a, b, length, diameter, roughness, loss = zip(*inp.pipes, strict=True)
    return Path(
        role="pipe",
        part=np.arange(len(a)),
        a=np.array([number[n] for n in a]),
        b=np.array([number[n] for n in b]),
        length_m=col(*length),
        diameter_m=col(*diameter),
        roughness_m=col(*roughness),
        loss_ratio=col(*loss),
    )


def _pumps(inp: Inp, number: dict[str, int], weight: float) -> Mover:
    _, a, b, shutoff, bend, speed = zip(*inp.pumps, strict=True)
    return Mover(
        role="pump",
        part=np.arange(len(a)),
        a=np.array([number[n] for n in a]),
        b=np.array([number[n] for n in b]),
        shutoff_pa=weight * col(*shutoff),
        quadratic_pa_s2_m6=-weight * col(*bend),
        speed_ratio=col(*speed),
        check_valve=True,
    )


def _demands(drawn: dict[str, float], number: dict[str, int], sink: int) -> Mover:
    return Mover(
        role="demand", part=np.arange(len(drawn)), a=np.array([number[n] for n in drawn]),
        b=np.full(len(drawn), sink), held_m3_s=col(*drawn.values()),
    )  # fmt: skip
