"""A water network as EPANET inputs describe it, in SI: what the readers fill and the writers spell.

Heads, levels and elevations are metres of the fluid. Where one column holds different quantities, the
docstring says which unit goes with which choice. ``line`` is the line of the input that an element stands
on, 0 for none.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from types import MappingProxyType

# Constants of EPANET's source: gravity 32.2 ft/s², kinematic viscosity of water at 20 °C 1.1e-5 ft²/s,
# and the pressure of a foot of water, 0.4333 psi, from which its density follows.
FOOT_M = 0.3048
PSI_PA = 6894.757293168361
GRAVITY_M_S2 = 32.2 * FOOT_M
WATER_M2_S = 1.1e-5 * FOOT_M**2
WATER_PA_M = 0.4333 * PSI_PA / FOOT_M
WATER_KG_M3 = WATER_PA_M / GRAVITY_M_S2


class HeadLoss(Enum):
    """Law of friction of all pipes of a network."""

    HAZEN_WILLIAMS = "H-W"
    DARCY_WEISBACH = "D-W"
    CHEZY_MANNING = "C-M"


class Status(IntEnum):
    """What a link does; only valves that regulate are active."""

    CLOSED = 0
    OPEN = 1
    ACTIVE = 2


class ValveKind(Enum):
    """What a valve regulates."""

    PRV = "PRV"
    PSV = "PSV"
    PBV = "PBV"
    FCV = "FCV"
    TCV = "TCV"
    GPV = "GPV"


class When(Enum):
    """What a simple control waits for."""

    ABOVE = "ABOVE"
    BELOW = "BELOW"
    TIME = "TIME"
    CLOCK_TIME = "CLOCKTIME"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """One share of what is drawn at a junction.

    Attributes:
        base_m3_s: Flow before pattern and demand multiplier; negative feeds in.
        pattern: Name of its pattern, "" for the default one of the options.
        category: What it is for, "" when nobody says.
    """

    base_m3_s: float
    pattern: str = ""
    category: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Junction:
    """Node where pipes meet and fluid may be drawn.

    Attributes:
        name: Its id.
        elevation_m: Height.
        demands: What is drawn.
        emitter_m3_s: Flow of its emitter at a pressure head of 1 m, 0 for none.
        line: Line of the input.
    """

    name: str
    elevation_m: float = 0.0
    demands: tuple[Demand, ...] = ()
    emitter_m3_s: float = 0.0
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservoir:
    """Node of a given head.

    Attributes:
        name: Its id.
        head_m: Head before its pattern.
        pattern: Name of the pattern that multiplies the head, "" for none.
        line: Line of the input.
    """

    name: str
    head_m: float
    pattern: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tank:
    """Node whose head follows what flows in and out.

    Attributes:
        name: Its id.
        elevation_m: Height of its bottom.
        level_m: Level above the bottom at the start.
        minimum_m: Level at which it is empty.
        maximum_m: Level at which it is full.
        diameter_m: Of a cylinder; nominal where there is a volume curve.
        minimum_volume_m3: Volume at the lowest level; 0 is that of the cylinder.
        volume_curve: Curve of volume over level, "" for a cylinder.
        overflow: Whether a full tank spills; otherwise it takes no more.
        line: Line of the input.
    """

    name: str
    elevation_m: float
    level_m: float
    minimum_m: float
    maximum_m: float
    diameter_m: float
    minimum_volume_m3: float = 0.0
    volume_curve: str = ""
    overflow: bool = False
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipe:
    """Pipe from ``a`` to ``b``.

    Attributes:
        name: Its id.
        a: Node it starts at.
        b: Node it ends at.
        length_m: Length.
        diameter_m: Inside diameter.
        roughness: By the head loss of the options: Hazen-Williams C [1], Darcy-Weisbach height [m],
            Manning n [s/m^(1/3)].
        loss_ratio: Minor loss coefficient on its velocity head.
        status: Open or closed at the start.
        check_valve: Whether it lets flow pass from ``a`` to ``b`` only.
        line: Line of the input.
    """

    name: str
    a: str
    b: str
    length_m: float
    diameter_m: float
    roughness: float
    loss_ratio: float = 0.0
    status: Status = Status.OPEN
    check_valve: bool = False
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pump:
    """Pump from ``a`` to ``b``: along a head curve, or of constant hydraulic power.

    Attributes:
        name: Its id.
        a: Node it draws from.
        b: Node it delivers to.
        head_curve: Curve of head over flow, "" for constant power.
        power_w: Constant power given to the fluid, 0 with a curve.
        speed_ratio: Speed over that of the curve at the start.
        pattern: Name of the pattern of its speed, "" for none.
        efficiency_curve: Curve of efficiency over flow, "" for that of the options.
        status: Open or closed at the start.
        line: Line of the input.
    """

    name: str
    a: str
    b: str
    head_curve: str = ""
    power_w: float = 0.0
    speed_ratio: float = 1.0
    pattern: str = ""
    efficiency_curve: str = ""
    status: Status = Status.OPEN
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Valve:
    """Valve from ``a`` to ``b``.

    Attributes:
        name: Its id.
        a: Node before it.
        b: Node behind it.
        kind: What it regulates.
        diameter_m: Diameter that the minor loss refers to.
        setting: Pressure head [m] of PRV, PSV and PBV, flow [m3/s] of FCV, loss coefficient [1] of TCV,
            nothing for GPV.
        loss_ratio: Minor loss coefficient when fully open.
        curve: Curve of head loss over flow of a GPV, "" for others.
        status: ACTIVE while it regulates; OPEN or CLOSED fixes it at the start.
        line: Line of the input.
    """

    name: str
    a: str
    b: str
    kind: ValveKind
    diameter_m: float
    setting: float = 0.0
    loss_ratio: float = 0.0
    curve: str = ""
    status: Status = Status.ACTIVE
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Points of a curve, first column rising. Curves that neither pump, valve nor tank uses are left out.

    Attributes:
        x: Flow [m3/s] of pumps and GPVs, level [m] of tanks.
        y: Head of pumps and head loss of GPVs [m], volume of tanks [m3], efficiency of pumps [1].
        line: Line of the input.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One simple control: changes a link when a level, a pressure or a time is reached.

    Attributes:
        link: Link that it changes.
        when: What it waits for.
        status: Status that it gives, None where it gives a setting.
        setting: Setting that it gives, unit as of ``Valve.setting`` or a speed ratio, None where it gives a
            status.
        node: Node that ABOVE and BELOW look at, "" for times.
        head_m: Head that ABOVE and BELOW compare with.
        time_s: Time since the start, or time of the day.
        line: Line of the input.
    """

    link: str
    when: When
    status: Status | None = None
    setting: float | None = None
    node: str = ""
    head_m: float = 0.0
    time_s: float = 0.0
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Choices that hold for the whole network.

    Attributes:
        head_loss: Law of friction.
        viscosity_m2_s: Kinematic viscosity.
        specific_gravity_ratio: Density over that of water.
        demand_multiplier_ratio: Factor of all demands.
        pattern: Default pattern of demands; one that does not exist counts as none.
        emitter_exponent_ratio: Exponent of pressure head in the flow of emitters.
        emitter_backflow: Whether emitters let fluid in.
        flow_units: Word of the units that the input was written in.
        accuracy_ratio: Share of flow changes at which EPANET stops.
        trials_count: Trials that EPANET takes at most.
        pump_efficiency_ratio: Power to the fluid over electric power of pumps without a curve of their own.
    """

    head_loss: HeadLoss = HeadLoss.HAZEN_WILLIAMS
    viscosity_m2_s: float = WATER_M2_S
    specific_gravity_ratio: float = 1.0
    demand_multiplier_ratio: float = 1.0
    pattern: str = "1"
    emitter_exponent_ratio: float = 0.5
    emitter_backflow: bool = True
    flow_units: str = "GPM"
    accuracy_ratio: float = 1e-3
    trials_count: int = 200
    pump_efficiency_ratio: float = 0.75


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Times of a run over hours or days, in seconds.

    Attributes:
        duration_s: Length, 0 for a snapshot.
        hydraulic_step_s: Longest step.
        pattern_step_s: How long one multiplier of a pattern holds.
        pattern_start_s: Time of the patterns at the start.
        report_step_s: Time between results.
        report_start_s: First result.
        start_clock_s: Time of the day at the start.
    """

    duration_s: float = 0.0
    hydraulic_step_s: float = 3600.0
    pattern_step_s: float = 3600.0
    pattern_start_s: float = 0.0
    report_step_s: float = 3600.0
    report_start_s: float = 0.0
    start_clock_s: float = 0.0


def _none() -> Mapping[str, Curve]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class WaterNetwork:
    """A whole input.

    Attributes:
        junctions, reservoirs, tanks: Nodes, in input order.
        pipes, pumps, valves: Links, in input order.
        curves: Name to curve.
        patterns: Name to multipliers.
        controls: Simple controls, in input order.
        options: Choices of the whole network.
        times: Times.
        title: First lines of the input.
        file: Name of the input, "" for none.
        unsupported: What the input asks for and is left out; one phrase each.
    """

    junctions: tuple[Junction, ...] = ()
    reservoirs: tuple[Reservoir, ...] = ()
    tanks: tuple[Tank, ...] = ()
    pipes: tuple[Pipe, ...] = ()
    pumps: tuple[Pump, ...] = ()
    valves: tuple[Valve, ...] = ()
    curves: Mapping[str, Curve] = field(default_factory=_none)
    patterns: Mapping[str, tuple[float, ...]] = field(default_factory=lambda: MappingProxyType({}))
    controls: tuple[Control, ...] = ()
    options: Options = Options()
    times: Times = Times()
    title: str = ""
    file: str = ""
    unsupported: tuple[str, ...] = ()
