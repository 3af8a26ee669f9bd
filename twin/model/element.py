"""Elements: the closed set of physics the solvers know, as blocks of columns.

A component (open set, one file each) expands into blocks; a solver (one file per domain) knows only blocks.
Nothing else passes between the two. Adding an element is an ADR.

Shapes: ``(element,)`` for topology, ``(element, variant)`` for numbers, where the variant axis has length 1
when the number is the same in every variant. ``part`` says which part of the owning table an element belongs
to. NaN in an optional number means "not given". Nodes are integers handed out by ``Nodes``; -1 as the room of
a release means outdoors. What short circuits need stands in ``power_net``.
"""

from dataclasses import dataclass, field

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.model.chip import Chip, Split
from twin.model.choices import Arrangement, Fluid, Friction, Keeps, Machine, Use
from twin.model.columns import nan, no_points, on, one, zero
from twin.model.event import Event
from twin.model.phases import ALL_PHASES
from twin.model.rejector import Rejector

__all__ = [
    "OUTDOORS", "UNSAID", "Arrangement", "Block", "Chip", "Conductance", "Controller", "Converter", "Event",
    "Exchanger", "Feed", "FlowBlock", "Fluid", "Friction", "Keeps", "Line", "Load", "Machine", "Mover",
    "Path", "Rejector", "Release", "Source", "Split", "Store", "Transformer", "Use", "Valve", "Zone",
]  # fmt: skip

OUTDOORS = -1
UNSAID = -1  # fluid of an outlet: that of its island


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Path:
    """Passage from ``a`` to ``b``; what it loses is the sum of its laws, any of them zero.

    Darcy friction by ``friction``; fittings ``loss_ratio`` + ``laminar_loss_ratio``/Re; measured polynomial;
    ``power_pa`` · |Q|^``exponent_ratio`` with Q in m3/s; measured points, straight between them or a monotone
    cubic, odd in flow; ``fixed_pa`` whatever flows. One with a check valve refuses reversed flow. Its bore
    grows by ``stretch_per_pa`` of itself per pressure. Two columns tell height of its highest and its lowest
    point and the length before them. Stored quantity: ``volume_m3`` of fluid. Unknown: mass flow a to b.
    """

    role: str
    part: Index
    a: Index
    b: Index
    length_m: Array = field(default_factory=zero)
    diameter_m: Array = field(default_factory=one)
    roughness_m: Array = field(default_factory=zero)
    loss_ratio: Array = field(default_factory=zero)
    laminar_loss_ratio: Array = field(default_factory=zero)
    friction: Friction = Friction.COLEBROOK
    linear_pa_s_m3: Array = field(default_factory=zero)
    quadratic_pa_s2_m6: Array = field(default_factory=zero)
    reference_density_kg_m3: Array = field(default_factory=nan)
    reference_viscosity_pa_s: Array = field(default_factory=nan)
    power_pa: Array = field(default_factory=zero)
    exponent_ratio: Array = field(default_factory=one)
    curve_m3_s: Array = field(default_factory=no_points)
    curve_pa: Array = field(default_factory=no_points)
    curve_straight: bool = False
    fixed_pa: Array = field(default_factory=zero)
    check_valve: bool = False
    volume_m3: Array = field(default_factory=zero)
    stretch_per_pa: Array = field(default_factory=zero)
    extreme_m: Array = field(default_factory=nan)
    extreme_ratio: Array = field(default_factory=nan)
    in_service: Flags = field(default_factory=on)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mover:
    """Pump or fan from ``a`` to ``b``: rise = n²·c0 + n·c1·Q + c2·Q², n the speed ratio.

    ``power_pa`` given makes it n²·c0 - n^(2 - C)·``power_pa``·Q^C with C the ``exponent_ratio``; points make
    it n²·T(Q/n), ``hydraulic_power_w`` makes it power over Q, ``held_m3_s`` a constant flow without a curve
    (server fans). Electric power is rise · flow / ``efficiency``, which may be points over Q/n, at least
    ``minimum_power_w``, drawn by ``load`` (rows aligned). ``npsh_m`` is what its suction needs. Points of
    efficiency and suction hold with all pumps of a group running; ``running_ratio`` of them run.
    """

    role: str
    part: Index
    a: Index
    b: Index
    load: "Load | None" = None
    shutoff_pa: Array = field(default_factory=zero)
    linear_pa_s_m3: Array = field(default_factory=zero)
    quadratic_pa_s2_m6: Array = field(default_factory=zero)
    speed_ratio: Array = field(default_factory=one)
    running_ratio: Array = field(default_factory=one)
    power_pa: Array = field(default_factory=zero)
    exponent_ratio: Array = field(default_factory=one)
    curve_m3_s: Array = field(default_factory=no_points)
    curve_pa: Array = field(default_factory=no_points)
    curve_straight: bool = False
    efficiency_m3_s: Array = field(default_factory=no_points)
    efficiency_curve_ratio: Array = field(default_factory=no_points)
    npsh_m3_s: Array = field(default_factory=no_points)
    npsh_m: Array = field(default_factory=no_points)
    hydraulic_power_w: Array = field(default_factory=zero)
    held_m3_s: Array = field(default_factory=nan)
    efficiency: Array = field(default_factory=one)
    minimum_power_w: Array = field(default_factory=zero)
    rated_power_w: Array = field(default_factory=nan)
    spin_energy_j: Array = field(default_factory=nan)
    check_valve: bool = False
    in_service: Flags = field(default_factory=on)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Valve:
    """Valve from ``a`` to ``b``: fully open loss, and optionally a flow it will not let pass (PICV, FCV).

    Below ``limit_m3_s`` it is open and loses ``quadratic_pa_s2_m6`` · Q², times density over a reference one
    if given; at the limit it takes whatever is left. A check valve also refuses reversed flow. One that keeps
    a pressure holds the node behind it at or below ``keep_pag`` (reducing), or the node before it at or above
    (sustaining), and refuses reversed flow; where it cannot, it stands open or shut. One with ``mix_k`` lets
    pass what brings the mixture behind it to that, up to its limit. ``stroke_s``: how fast it can close.
    """

    role: str
    part: Index
    a: Index
    b: Index
    quadratic_pa_s2_m6: Array = field(default_factory=zero)
    reference_density_kg_m3: Array = field(default_factory=nan)
    limit_m3_s: Array = field(default_factory=nan)
    check_valve: bool = False
    keeps: Keeps = Keeps.NOTHING
    keep_pag: Array = field(default_factory=nan)
    mix_k: Array = field(default_factory=nan)
    stroke_s: Array = field(default_factory=nan)
    in_service: Flags = field(default_factory=on)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Source:
    """Holds a node at a gauge pressure and says what flows in its island (expansion vessel, room air).

    ``open_ended``: it gives and takes fluid (reservoir, tank, outlet); otherwise its loop is closed and
    nothing passes. What it gives is of ``supply_k``. One of ``UNSAID`` fluid is an outlet: it holds no
    pressure for others, and what comes in there is the fluid of its island, as it was filled where
    ``supply_k`` is NaN.
    """

    role: str
    part: Index
    node: Index
    pressure_pag: Array
    fluid: Index
    mass_fraction: Array
    supply_k: Array
    open_ended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Exchanger:
    """Moves heat from path ``hot`` to path ``cold`` (rows aligned) by ε-NTU.

    ``ua_w_k`` holds clean at the two reference flows and follows both with exponent 0.8, equal film
    resistances; ``fouling_k_w`` is in series with them. ``hold_k`` given: the leaving hot stream is held
    there by ``valve`` (a limit on the cold flow) until it is open; then the temperature floats. With
    ``demand_w`` the valve passes what carries that heat, which a user outside takes. One that ``locks_out``
    shuts its valve where the cold stream is the warmer one.
    """

    role: str
    part: Index
    hot: "Path | Mover | Valve"
    cold: "Path | Mover | Valve"
    ua_w_k: Array
    hot_reference_m3_s: Array
    cold_reference_m3_s: Array
    arrangement: Arrangement = Arrangement.COUNTERFLOW
    fouling_k_w: Array = field(default_factory=zero)
    hold_k: Array = field(default_factory=nan)
    demand_w: Array = field(default_factory=nan)
    valve: "Valve | None" = None
    locks_out: bool = False
    in_service: Flags = field(default_factory=on)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Conductance:
    """W/K between two air nodes, or between an air node and outdoors (``b`` = -1)."""

    role: str
    part: Index
    a: Index
    b: Index
    conductance_w_k: Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Zone:
    """Mixed air volume: a node that heat and moisture are released into. Stored quantity: ``volume_m3``."""

    role: str
    part: Index
    node: Index
    volume_m3: Array
    dew_point_k: Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Line:
    """Series impedance per phase (bits of ``PHASES``), from ``a`` to ``b``; losses go to node ``room``.

    Its ``ampacity_a``, ``rating_a`` where none is given, holds in air of ``reference_k``, with the conductor
    at ``limit_k``; ``coefficient_per_k`` is that of ``cold_ohm``. Two lines to one ``b`` with a ``priority``
    are the contacts of a transfer switch: 0 closes where its ``a`` is alive, else 1.
    """

    role: str
    part: Index
    a: Index
    b: Index
    resistance_ohm: Array
    reactance_ohm: Array
    rating_a: Array
    room: Index
    cold_ohm: Array = field(default_factory=nan)
    end_k: Array = field(default_factory=nan)
    phases: Index = field(default_factory=lambda: np.full(1, ALL_PHASES, dtype=np.intp))
    reference_k: Array = field(default_factory=nan)
    limit_k: Array = field(default_factory=nan)
    ampacity_a: Array = field(default_factory=nan)
    coefficient_per_k: Array = field(default_factory=nan)
    priority: Array = field(default_factory=nan)
    transfer_s: Array = field(default_factory=nan)
    zero_resistance_ratio: Array = field(default_factory=one)
    zero_reactance_ratio: Array = field(default_factory=one)
    in_service: Flags = field(default_factory=on)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Transformer:
    """Two windings; ``group`` of ``VECTOR_GROUPS``; ``neutral_ohm``: inf isolated, NaN unknown."""

    role: str
    part: Index
    a: Index
    b: Index
    rated_va: Array
    primary_v: Array
    secondary_v: Array
    impedance_ratio: Array
    load_loss_w: Array
    no_load_loss_w: Array
    room: Index
    group: Index = field(default_factory=lambda: np.zeros(1, dtype=np.intp))
    zero_reactance_ratio: Array = field(default_factory=one)
    neutral_ohm: Array = field(default_factory=nan)
    in_service: Flags = field(default_factory=on)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Converter:
    """Turns power at ``a`` into power at ``b``, loss = rated · (c0 + c1·L + c2·L²); holds ``output_v``.

    ``direct_ratio`` is 1 where it gives direct current, between the two poles of ``output_v``;
    ``follow_ratio`` is 1 where its output has the voltage of its input, and its input the reactive power of
    its output (eco mode, bypass); ``rides_ratio`` is 1 where a battery carries its load when its input is
    lost, after ``transfer_s``. What a short circuit at ``b`` gets: ``fault_a``, and on direct current what
    a capacitor and a battery there hold.
    """

    role: str
    part: Index
    a: Index
    b: Index
    rated_w: Array
    output_v: Array
    fixed_loss_ratio: Array
    linear_loss_ratio: Array
    quadratic_loss_ratio: Array
    power_factor_ratio: Array
    room: Index
    fault_a: Array = field(default_factory=nan)
    capacitance_farad: Array = field(default_factory=nan)
    capacitor_ohm: Array = field(default_factory=nan)
    capacitor_henry: Array = field(default_factory=nan)
    battery_v: Array = field(default_factory=nan)
    battery_ohm: Array = field(default_factory=nan)
    bypass_ratio: Array = field(default_factory=zero)
    direct_ratio: Array = field(default_factory=zero)
    follow_ratio: Array = field(default_factory=zero)
    rides_ratio: Array = field(default_factory=zero)
    transfer_s: Array = field(default_factory=nan)
    in_service: Flags = field(default_factory=on)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Load:
    """Draws ``power_w`` per consumer through one or more inputs.

    Inputs that are alive and of the lowest ``priority`` alive share the consumer's power by ``weight``:
    equal priorities are dual cords, rising priorities a transfer switch. Shapes: ``part``, ``power_w``,
    ``in_service`` by consumer; ``node``, ``consumer``, ``weight_ratio``, ``priority`` by input.
    """

    role: str
    part: Index
    node: Index
    consumer: Index
    priority: Index
    weight_ratio: Array
    power_w: Array
    power_factor_ratio: Array
    use: Use
    in_service: Flags = field(default_factory=on)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Release:
    """Where a load's power becomes heat: a share of it goes into ``path`` (rows aligned) or ``room``."""

    role: str
    part: Index
    load: Load
    share_ratio: Array
    path: "Path | Mover | Valve | None" = None
    room: Index | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Feed:
    """Utility or generator that holds ``voltage_v``; ``zero_reactance_ratio`` is over X, or Xd″."""

    role: str
    part: Index
    node: Index
    voltage_v: Array
    short_circuit_va: Array
    rated_w: Array
    least_short_circuit_va: Array = field(default_factory=nan)
    rx_ratio: Array = field(default_factory=zero)
    rated_va: Array = field(default_factory=nan)
    sine_ratio: Array = field(default_factory=nan)
    zero_reactance_ratio: Array = field(default_factory=nan)
    zero_rx_ratio: Array = field(default_factory=nan)
    neutral_ohm: Array = field(default_factory=zero)
    in_service: Flags = field(default_factory=on)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Store:
    """Battery behind a converter's output, or in a ``load`` (rows aligned, ``node`` -1).

    Full and idle in a steady state; it takes over when the input, or every input, is dead. ``charge_ratio``:
    taken up over drawn. ``efficiency_ratio``: given over what the load draws at its inputs.
    """

    role: str
    part: Index
    node: Index
    energy_j: Array
    rated_w: Array
    recharge_w: Array = field(default_factory=nan)
    charge_ratio: Array = field(default_factory=nan)
    efficiency_ratio: Array = field(default_factory=one)
    load: "Load | None" = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Controller:
    """Holds the difference ``plus`` - ``minus``, or a flow, by one common speed of its movers.

    ``set_m3_s`` given, it holds the flow of its movers together instead. ``mover_kind``/``mover_part`` list
    the parts it actuates, ``owner`` the controller of each. The speed saturates at its limits; then what it
    holds floats. ``in_turn``: only as many movers turn as it takes, in the order listed; the others stand.
    """

    role: str
    part: Index
    plus: Index
    minus: Index
    set_pa: Array
    minimum_ratio: Array
    maximum_ratio: Array
    owner: Index
    mover_kind: tuple[str, ...]
    mover_part: Index
    set_m3_s: Array = field(default_factory=nan)
    in_turn: Flags = field(default_factory=lambda: np.zeros(1, dtype=np.bool_))


FlowBlock = Path | Mover | Valve
Block = (
    Path | Mover | Valve | Source | Exchanger | Conductance | Zone | Rejector | Line | Transformer
    | Converter | Load | Release | Feed | Store | Controller | Event | Chip
    | Split
)  # fmt: skip
