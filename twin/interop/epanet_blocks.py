"""Links and nodes of a water network as blocks of elements."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from twin.arrays import Array, Index
from twin.interop.epanet_laws import (
    POWER_N_M3,
    Formulas,
    PumpCurve,
    emitter_head_m,
    friction_m,
    padded,
    pressure_pa,
    pump_curve,
)
from twin.interop.epanet_model import (
    GRAVITY_M_S2,
    HeadLoss,
    Pipe,
    Pump,
    Valve,
    ValveKind,
    WaterNetwork,
)
from twin.model.element import Fluid, Keeps, Mover, Path, Source
from twin.model.element import Valve as Regulator

FlowBlock = Path | Mover | Regulator
Link = Pipe | Pump | Valve
# Minor loss of a valve that has none: the branch still needs a law.
LEAST_LOSS_RATIO = 1e-6
# Valves that have a branch of their own for standing wide open.
TWO_BRANCHES = frozenset({ValveKind.PRV, ValveKind.PSV, ValveKind.FCV, ValveKind.PBV, ValveKind.TCV})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Blocks:
    """Blocks of elements.

    Attributes:
        own: Of links, or of what is drawn at nodes.
        wide_open: Of valves that stand open.
        sources: Reservoirs and tanks, then outlets.
        minor_m: Head that valves lose wide open at 1 m3/s, shape (link,).
        count: Nodes, outlets among them.
    """

    own: tuple[FlowBlock, ...]
    wide_open: tuple[Path, ...] = ()
    sources: tuple[Source, ...] = ()
    minor_m: Array
    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Maker:
    """What all blocks of links need."""

    network: WaterNetwork
    formulas: Formulas
    links: Sequence[Link]
    a: Index
    b: Index
    density_kg_m3: float

    def make(
        self, kind: type[Any], role: str, chosen: Callable[[Link], bool], **columns: Any
    ) -> tuple[Any, ...]:
        """Return a block of the links chosen, none if there are none; columns are functions of a link."""
        part = np.array([i for i, link in enumerate(self.links) if chosen(link)], dtype=np.intp)
        if not len(part):
            return ()
        mine = [self.links[i] for i in part]
        filled = {
            name: np.array([[given(link)] for link in mine]) if callable(given) else given
            for name, given in columns.items()
        }
        return (kind(role=role, part=part, a=self.a[part], b=self.b[part], **filled),)

    def loss(self, valve: Any) -> float:
        """Return the loss ratio of a valve wide open; one without loss still is a passage."""
        return max(float(valve.loss_ratio) * self.formulas.minor_ratio, LEAST_LOSS_RATIO)

    def minor_m(self, valve: Any) -> float:
        """Return the head that a valve loses wide open at 1 m3/s."""
        speed = 4.0 / (np.pi * valve.diameter_m**2)
        return float(valve.loss_ratio * self.formulas.minor_ratio * speed**2 / (2.0 * GRAVITY_M_S2))

    def pa(self, head_m: float) -> float:
        """Return the pressure of a head."""
        return float(head_m * self.density_kg_m3 * GRAVITY_M_S2)


def link_blocks(
    network: WaterNetwork, formulas: Formulas, ends: tuple[Index, Index], density_kg_m3: float
) -> Blocks:
    """Return pipes, pumps and valves as blocks, ``part`` the number of the link in this order."""
    links: tuple[Link, ...] = (*network.pipes, *network.pumps, *network.valves)
    make = _Maker(
        network=network, formulas=formulas, links=links, a=ends[0], b=ends[1], density_kg_m3=density_kg_m3
    )
    minor = [make.minor_m(link) if isinstance(link, Valve) else 0.0 for link in links]
    wide_open = make.make(
        Path, "valve", _is_valve(*TWO_BRANCHES), diameter_m=_diameter, loss_ratio=make.loss
    )  # fmt: skip
    return Blocks(
        own=(*_pipes(make), *_pumps(make), *_valves(make)), wide_open=wide_open, minor_m=np.array(minor)
    )


def _diameter(link: Any) -> float:
    return float(link.diameter_m)


def _is_valve(*kinds: ValveKind) -> Callable[[Link], bool]:
    return lambda link: isinstance(link, Valve) and link.kind in kinds


def _pipes(make: _Maker) -> tuple[FlowBlock, ...]:
    law = make.network.options.head_loss
    columns: dict[str, Any] = {
        "diameter_m": _diameter,
        "loss_ratio": lambda pipe: pipe.loss_ratio * make.formulas.minor_ratio,
        "friction": make.formulas.friction,
    }
    if law is HeadLoss.DARCY_WEISBACH:
        columns |= {"length_m": lambda pipe: pipe.length_m, "roughness_m": lambda pipe: pipe.roughness}
    else:
        columns |= {
            "power_pa": lambda pipe: make.pa(friction_m(pipe, law)[0]),
            "exponent_ratio": lambda pipe: friction_m(pipe, law)[1],
        }
    plain = make.make(Path, "pipe", lambda k: isinstance(k, Pipe) and not k.check_valve, **columns)
    checked = make.make(
        Path, "pipe", lambda k: isinstance(k, Pipe) and k.check_valve, check_valve=True, **columns
    )
    return (*plain, *checked)


def _pumps(make: _Maker) -> tuple[FlowBlock, ...]:
    curves = {name: pump_curve(curve) for name, curve in make.network.curves.items() if _drives(make, name)}

    def of(pump: Any) -> PumpCurve:
        return curves[pump.head_curve]

    def tabled(pump: Link) -> bool:
        return isinstance(pump, Pump) and bool(pump.head_curve and of(pump).points[0])

    power = make.make(
        Mover, "pump", lambda k: isinstance(k, Pump) and bool(k.head_curve) and not tabled(k),
        shutoff_pa=lambda k: make.pa(of(k).shutoff_m), power_pa=lambda k: make.pa(of(k).factor_m),
        exponent_ratio=lambda k: of(k).exponent_ratio, speed_ratio=_speed, check_valve=True,
    )  # fmt: skip
    mine = [of(link) for link in make.links if isinstance(link, Pump) and tabled(link)]
    points = make.make(
        Mover, "pump", tabled, curve_m3_s=padded([c.points[0] for c in mine]),
        curve_pa=pressure_pa(padded([c.points[1] for c in mine]), make.density_kg_m3), curve_straight=True,
        speed_ratio=_speed, check_valve=True,
    )  # fmt: skip
    steady = make.make(
        Mover, "pump", lambda k: isinstance(k, Pump) and not k.head_curve,
        hydraulic_power_w=lambda k: make.pa(k.power_w / POWER_N_M3), speed_ratio=_speed,
    )  # fmt: skip
    return (*power, *points, *steady)


def _drives(make: _Maker, curve: str) -> bool:
    return any(pump.head_curve == curve for pump in make.network.pumps)


def _speed(pump: Any) -> float:
    return float(pump.speed_ratio)


def _valves(make: _Maker) -> tuple[FlowBlock, ...]:
    def quadratic(valve: Any) -> float:
        return make.pa(make.minor_m(valve))

    def setting(valve: Any) -> float:
        return float(valve.setting)

    reducing = make.make(
        Regulator, "valve", _is_valve(ValveKind.PRV), keeps=Keeps.DOWNSTREAM, quadratic_pa_s2_m6=quadratic,
        keep_pag=setting,
    )  # fmt: skip
    sustaining = make.make(
        Regulator, "valve", _is_valve(ValveKind.PSV), keeps=Keeps.UPSTREAM, quadratic_pa_s2_m6=quadratic,
        keep_pag=setting,
    )  # fmt: skip
    limiting = make.make(
        Regulator, "valve", _is_valve(ValveKind.FCV), limit_m3_s=setting, quadratic_pa_s2_m6=quadratic
    )
    # A difference of zero would leave the branch without its column.
    breaking = make.make(
        Path, "valve", _is_valve(ValveKind.PBV), fixed_pa=lambda valve: make.pa(valve.setting) or 1.0
    )
    throttling = make.make(
        Path, "valve", _is_valve(ValveKind.TCV), diameter_m=_diameter,
        loss_ratio=lambda valve: max(valve.setting * make.formulas.minor_ratio, LEAST_LOSS_RATIO),
    )  # fmt: skip
    general = [make.network.curves[k.curve] for k in make.network.valves if k.kind is ValveKind.GPV]
    curved = make.make(
        Path, "valve", _is_valve(ValveKind.GPV), curve_m3_s=padded([c.x for c in general]),
        curve_pa=pressure_pa(padded([c.y for c in general]), make.density_kg_m3), curve_straight=True,
    )  # fmt: skip
    return (*reducing, *sustaining, *limiting, *breaking, *throttling, *curved)


def node_blocks(network: WaterNetwork, count: int, density_kg_m3: float) -> Blocks:
    """Return demands, emitters, reservoirs, tanks and outlets as blocks.

    Args:
        network: The water network.
        count: Its nodes; outlets follow them.
        density_kg_m3: Density of the fluid.
    """
    junctions, options = network.junctions, network.options
    drawn = np.array([i for i, j in enumerate(junctions) if j.demands], dtype=np.intp)
    leaking = np.array([i for i, j in enumerate(junctions) if j.emitter_m3_s > 0.0], dtype=np.intp)
    fixed = np.arange(len(junctions), count, dtype=np.intp)
    own: list[FlowBlock] = []
    outlets, heads = [fixed], [np.zeros(len(fixed))]
    if len(drawn):
        demand = Mover(
            role="demand", part=drawn, a=drawn, b=np.full(len(drawn), count),
            held_m3_s=np.ones((len(drawn), 1)),
        )  # fmt: skip
        own.append(demand)
        outlets, heads, count = [*outlets, np.array([count])], [*heads, np.zeros(1)], count + 1
    if len(leaking):
        ends = np.arange(count, count + len(leaking), dtype=np.intp)
        flow = np.array([junctions[i].emitter_m3_s for i in leaking])
        exponent = options.emitter_exponent_ratio
        emitter = Path(
            role="emitter", part=leaking, a=leaking, b=ends, check_valve=not options.emitter_backflow,
            power_pa=pressure_pa(emitter_head_m(flow, exponent), density_kg_m3)[:, None],
            exponent_ratio=np.full((len(leaking), 1), 1.0 / exponent),
        )  # fmt: skip
        own.append(emitter)
        outlets.append(ends)
        heads.append(np.array([junctions[i].elevation_m for i in leaking]))
        count += len(leaking)
    node, head = np.concatenate(outlets), np.concatenate(heads)
    held = Source(
        role="source", part=np.arange(len(node)), node=node, open_ended=True,
        pressure_pag=pressure_pa(head, density_kg_m3)[:, None], fluid=np.full(len(node), int(Fluid.WATER)),
        mass_fraction=np.zeros((len(node), 1)), supply_k=np.full((len(node), 1), 293.15),
    )  # fmt: skip
    return Blocks(own=tuple(own), sources=(held,), minor_m=np.zeros(0), count=count)
