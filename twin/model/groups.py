"""Groups of elements that several kinds of equipment are made of: consumers, coils, losses at a point."""

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.laws import water
from twin.laws.air import GRAVITY_M_S2
from twin.laws.chiller_curves import coefficients
from twin.laws.fittings import KV_DENSITY_KG_M3, kv_of_cv, quadratic_of_kv
from twin.laws.fluids import STANDARD_PA, density
from twin.laws.rejection import eir_chiller
from twin.laws.towers import merkel_heat, merkel_ua, merkel_ua_ratio, saturated_air
from twin.laws.waves import WALLS, restraint_factor, schedule_wall, wall_stretch
from twin.model.binding import Ends
from twin.model.element import (
    Block,
    Exchanger,
    Fluid,
    Load,
    Mover,
    Path,
    Release,
    Source,
    Use,
    Valve,
)  # fmt: skip

# Of what ``quadratic_of`` returns, as a column.
KV_DENSITY = np.array([[KV_DENSITY_KG_M3]])
# The American coefficient: Kv = 0.865 Cv with Kv in m3/h and Cv in gpm (IEC 60534-1), to all digits.
KV_OVER_CV = float(kv_of_cv(np.array(1.0)))
# Less stiff than this is plastic; SDR 11 has a bore of nine walls.
METALS_AND_PLASTICS = ("stainless_steel", "carbon_steel", "copper", "pvc", "pp")
HOSES = ("epdm", "ptfe", "rubber", "steel_wire_hose")
# Points nearer to each other are one.
LEAST_RUN_M = 1e-9
PLASTIC_N_M2, PLASTIC_BORE_RATIO = 20e9, 9.0


def consumer(
    role: str,
    part: Index,
    inputs: Ends,
    *,
    power_w: Array,
    power_factor_ratio: Array,
    use: Use,
    in_service: Flags,
    transfer: bool = False,
) -> Load:
    """Return one consumer per part, fed by every input of that part.

    Args:
        role: Role of the load.
        part: Parts that consume, shape (part,).
        inputs: Their power inputs.
        power_w: Power drawn [W], zero where a mover or a rejector draws it, shape (part, 1 or variant).
        power_factor_ratio: Power factor [1], shape (part, 1 or variant).
        use: What the power is for.
        in_service: Whether a part runs, shape (part, 1 or variant).
        transfer: Inputs take over from each other in name order; False shares the power among them.
    """
    rank = np.arange(len(inputs.part)) - np.searchsorted(inputs.part, inputs.part)
    return Load(
        role=role, part=part, node=inputs.node, consumer=inputs.part,
        priority=rank if transfer else np.zeros_like(rank), weight_ratio=np.ones((len(inputs.node), 1)),
        power_w=power_w, power_factor_ratio=power_factor_ratio, use=use, in_service=in_service,
    )  # fmt: skip


class Charged(Protocol):
    """What a unit with a battery carries. Shapes: (part,) for nodes, (part, 1 or variant)."""

    @property
    def part(self) -> Index: ...  # noqa: D102
    @property
    def input(self) -> Index: ...  # noqa: D102
    @property
    def recharge_power_w(self) -> Array: ...  # noqa: D102
    @property
    def recharging_ratio(self) -> Array: ...  # noqa: D102
    @property
    def power_factor_ratio(self) -> Array: ...  # noqa: D102
    @property
    def in_service(self) -> Flags: ...  # noqa: D102


def recharge(unit: Charged) -> Iterator[Load]:
    """Yield what recharges batteries, at the inputs of the units that do so in some case.

    The battery takes all of it up: what is lost on the way in warms nothing (limit).
    """
    power = np.nan_to_num(unit.recharge_power_w) * unit.recharging_ratio
    drawn = np.flatnonzero((power > 0.0).any(axis=1))
    if len(drawn):
        yield Load(
            role="recharge", part=unit.part[drawn], node=unit.input[drawn],
            consumer=np.arange(len(drawn), dtype=np.intp), priority=np.zeros(len(drawn), dtype=np.intp),
            weight_ratio=np.ones((len(drawn), 1)), power_w=power[drawn],
            power_factor_ratio=unit.power_factor_ratio[drawn], use=Use.CHARGE,
            in_service=unit.in_service[drawn],
        )  # fmt: skip


def quadratic_at(drop_pa: Array, flow_m3_s: Array) -> Array:
    """Return the quadratic coefficient [Pa·s2/m6] that loses ``drop_pa`` at ``flow_m3_s``."""
    return drop_pa / flow_m3_s**2


def quadratic_of(kv_m3_s: Array) -> Array:
    """Return the quadratic coefficient [Pa·s2/m6] of a flow coefficient Kv [m3/s at 1 bar].

    It is that at ``KV_DENSITY_KG_M3``, which is the reference density of an element that carries it.
    """
    return quadratic_of_kv(kv_m3_s, np.array(KV_DENSITY_KG_M3))


def stretch_of(
    material: Sequence[str], diameter_m: Array, wall_m: Array, modulus_n_m2: Array | None = None
) -> Array:
    """Return the relative growth of bores per pressure [1/Pa], shape (part, 1 or variant).

    Pipes are anchored throughout. A wall that is not given is that of steel pipe Sch 10S of the same bore, of
    plastic pipe SDR 11 (assumption).

    Args:
        material: What each part is made of, a key of ``WALLS``, shape (part,).
        diameter_m: Bore [m].
        wall_m: Thickness of the wall [m], NaN where it is not given.
        modulus_n_m2: Young's modulus of the wall, NaN for that of the material.
    """
    made = [WALLS[name] for name in material]
    modulus = np.array([[wall.modulus_n_m2] for wall in made]).reshape(-1, 1)
    if modulus_n_m2 is not None:
        modulus = np.where(np.isfinite(modulus_n_m2), modulus_n_m2, modulus)
    poisson = np.array([[wall.poisson_ratio] for wall in made]).reshape(-1, 1)
    usual = np.where(modulus < PLASTIC_N_M2, diameter_m / PLASTIC_BORE_RATIO, schedule_wall(diameter_m))
    thick = np.where(np.isfinite(wall_m), wall_m, usual)
    factor = restraint_factor(diameter_m, thick, poisson, np.zeros((1, 1)))
    return wall_stretch(diameter_m, thick, modulus, factor)


def extremes_of(route_m: Sequence[Array], parts: int) -> tuple[Array, Array]:
    """Return height [m] of the highest and lowest point of each run, and the share of length before it.

    Args:
        route_m: Points of each run, shape (point, 3) each; () for none.
        parts: How many runs there are.

    Returns:
        Both of shape (part, 2), NaN for a run without points.
    """
    count = np.fromiter(map(len, route_m), dtype=np.intp, count=len(route_m))
    height, share = np.full((2, parts, 2), np.nan)
    for points in np.unique(count[count > 0]).tolist():
        rows = np.flatnonzero(count == points)
        run = np.array([route_m[row] for row in rows.tolist()])
        steps = np.linalg.norm(np.diff(run, axis=1), axis=2)
        before = np.concatenate([np.zeros((len(rows), 1)), np.cumsum(steps, axis=1)], axis=1)
        z = run[..., 2]
        at = np.stack([z.argmax(axis=1), z.argmin(axis=1)], axis=1)
        height[rows] = np.take_along_axis(z, at, axis=1)
        share[rows] = np.take_along_axis(before / np.maximum(before[:, -1:], LEAST_RUN_M), at, axis=1)
    return height, share


def diameter_of(area_m2: Array) -> Array:
    """Return the diameter of the circle of that area [m]."""
    return np.sqrt(4.0 * area_m2 / np.pi)


class Fan(Protocol):
    """What a fan with a rated point carries. Shapes: (part, 1 or variant)."""

    @property
    def part(self) -> Index: ...  # noqa: D102
    @property
    def in_service(self) -> Flags: ...  # noqa: D102
    @property
    def airflow_m3_s(self) -> Array: ...  # noqa: D102
    @property
    def internal_drop_pa(self) -> Array: ...  # noqa: D102
    @property
    def external_drop_pa(self) -> Array: ...  # noqa: D102
    @property
    def fan_power_w(self) -> Array: ...  # noqa: D102
    @property
    def shutoff_ratio(self) -> Array: ...  # noqa: D102
    @property
    def fan_speed_ratio(self) -> Array: ...  # noqa: D102


def fan(unit: Fan, load: Load, a: Index, b: Index) -> Mover:
    """Return the fan of an air handler from its rated point.

    The curve is a parabola through the rated total pressure and ``shutoff_ratio`` times it at no flow; the
    efficiency is that of the rated point. A back-draught damper closes when the fan stands.
    """
    rise = unit.internal_drop_pa + unit.external_drop_pa
    return Mover(
        role="fan", part=unit.part, a=a, b=b, load=load,
        shutoff_pa=unit.shutoff_ratio * rise,
        quadratic_pa_s2_m6=-quadratic_at((unit.shutoff_ratio - 1.0) * rise, unit.airflow_m3_s),
        speed_ratio=unit.fan_speed_ratio, efficiency=rise * unit.airflow_m3_s / unit.fan_power_w,
        rated_power_w=unit.fan_power_w, check_valve=True, in_service=unit.in_service,
    )  # fmt: skip


class Coil(Protocol):
    """What a cooling coil with a control valve carries. Shapes: (part,) for nodes, (part, 1 or variant)."""

    @property
    def part(self) -> Index: ...  # noqa: D102
    @property
    def in_service(self) -> Flags: ...  # noqa: D102
    @property
    def water_supply(self) -> Index: ...  # noqa: D102
    @property
    def water_return(self) -> Index: ...  # noqa: D102
    @property
    def ua_w_k(self) -> Array: ...  # noqa: D102
    @property
    def fouling_ratio(self) -> Array: ...  # noqa: D102
    @property
    def airflow_m3_s(self) -> Array: ...  # noqa: D102
    @property
    def internal_drop_pa(self) -> Array: ...  # noqa: D102
    @property
    def water_flow_m3_s(self) -> Array: ...  # noqa: D102
    @property
    def water_drop_pa(self) -> Array: ...  # noqa: D102
    @property
    def valve_drop_pa(self) -> Array: ...  # noqa: D102
    @property
    def supply_set_k(self) -> Array: ...  # noqa: D102

    def inner(self, role: str, part: Index | None = None) -> Index: ...  # noqa: D102


def coil(unit: Coil, a: Index, b: Index) -> Iterator[Block]:
    """Yield the air side from ``a`` to ``b``, the water side behind its valve, and the exchange.

    The air that leaves is held at ``supply_set_k`` by the water flow until the valve is open; then it
    floats. Sensible heat only: the coil neither condenses nor humidifies.
    """
    behind = unit.inner("water_inlet")
    air = Path(
        role="coil_air", part=unit.part, a=a, b=b,
        quadratic_pa_s2_m6=quadratic_at(unit.internal_drop_pa, unit.airflow_m3_s),
    )  # fmt: skip
    valve = Valve(
        role="water_valve", part=unit.part, a=unit.water_supply, b=behind,
        quadratic_pa_s2_m6=quadratic_at(unit.valve_drop_pa, unit.water_flow_m3_s),
        limit_m3_s=unit.water_flow_m3_s, in_service=unit.in_service,
    )  # fmt: skip
    water = Path(
        role="coil_water", part=unit.part, a=behind, b=unit.water_return,
        quadratic_pa_s2_m6=quadratic_at(unit.water_drop_pa, unit.water_flow_m3_s),
    )  # fmt: skip
    yield air
    yield valve
    yield water
    yield Exchanger(
        role="coil", part=unit.part, hot=air, cold=water, ua_w_k=unit.ua_w_k,
        fouling_k_w=unit.fouling_ratio / unit.ua_w_k,
        hot_reference_m3_s=unit.airflow_m3_s, cold_reference_m3_s=unit.water_flow_m3_s,
        hold_k=unit.supply_set_k, valve=valve, in_service=unit.in_service,
    )  # fmt: skip


def fan_release(mover: Mover, load: Load) -> Release:
    """Return the release of all of a fan's power into the air it moves."""
    return Release(
        role="fan_heat", part=mover.part, load=load, share_ratio=np.ones((len(mover.part), 1)), path=mover
    )


class OpenEnd(Protocol):
    """What a reservoir or a tank carries. Shapes: (part,) for words, (part, 1 or variant)."""

    @property
    def part(self) -> Index: ...  # noqa: D102
    @property
    def fluid(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def glycol_mass_ratio(self) -> Array: ...  # noqa: D102
    @property
    def level_m(self) -> Array: ...  # noqa: D102
    @property
    def surface_pressure_pag(self) -> Array: ...  # noqa: D102
    @property
    def supply_temperature_k(self) -> Array: ...  # noqa: D102
    @property
    def joint(self) -> Ends: ...  # noqa: D102

    def inner(self, role: str, part: Index | None = None) -> Index: ...  # noqa: D102


def open_end(unit: OpenEnd, *, gives: Flags, takes: Flags) -> Iterator[Block]:
    """Yield a body of fluid that gives and takes any flow, and passages without loss to its ports.

    It holds its pressure at the height of its origin: the one on its surface, and the column above.

    Args:
        unit: The reservoir or tank.
        gives: Whether each part gives fluid, shape (part,).
        takes: Whether each part takes fluid, shape (part,).
    """
    water = np.array(unit.fluid) == "water"
    fluid = np.where(water, int(Fluid.WATER), int(Fluid.PROPYLENE_GLYCOL)).astype(np.intp)
    share, supply = np.where(water[:, None], 0.0, unit.glycol_mass_ratio), unit.supply_temperature_k
    column = GRAVITY_M_S2 * density(fluid[:, None], share, supply, STANDARD_PA) * unit.level_m
    body = unit.inner("water")
    yield Source(
        role="water", part=unit.part, node=body, pressure_pag=unit.surface_pressure_pag + column, fluid=fluid,
        mass_fraction=share, supply_k=supply, open_ended=True,
    )  # fmt: skip
    owner, node = unit.joint.part, unit.joint.node
    both = np.flatnonzero((gives & takes)[owner])
    yield Path(role="joint", part=owner[both], a=body[owner[both]], b=node[both])
    one_way = np.flatnonzero(~(gives & takes)[owner])
    part, out = owner[one_way], gives[owner[one_way]]
    yield Valve(
        role="joint", part=part, a=np.where(out, body[part], node[one_way]),
        b=np.where(out, node[one_way], body[part]), check_valve=True,
        in_service=(gives | takes)[part][:, None],
    )  # fmt: skip


def at_reference(
    capacity_w: Array, cop_ratio: Array, leaving_k: Array, entering_k: Array, curve_index: Index
) -> tuple[Array, Array]:
    """Return a chiller's capacity [W] and COP [1] at its curves' reference point, from a rating.

    Args:
        capacity_w: Capacity at the rating point [W], shape (part, 1 or variant).
        cop_ratio: COP there at full load [1].
        leaving_k: Leaving water of the rating [K].
        entering_k: Entering condenser water or outdoor air of the rating [K].
        curve_index: Place of the curve set in the chiller law's table, shape (part,).
    """
    lift, effort, part = coefficients(curve_index[:, None])
    unit = np.ones_like(capacity_w)
    duty = eir_chiller(
        2.0 * unit * capacity_w, leaving_k, entering_k, capacity_w=unit, cop_ratio=unit,
        capacity_curve_ratio=lift, power_curve_ratio=effort, part_curve_ratio=part,
    )  # fmt: skip
    return capacity_w / duty.available_w, cop_ratio * duty.power_w / duty.available_w


def merkel_at_design(
    wet_bulb_k: Array,
    range_dk: Array,
    approach_dk: Array,
    *,
    flow_m3_s: Array,
    airflow_m3_s: Array,
    pressure_pa: Array,
) -> tuple[Array, Array]:
    """Return the conductance [W/K] with which a Merkel tower meets its rating, and its approach there [K].

    Args:
        wet_bulb_k: Wet bulb of the rating [K], shape (part, 1 or variant).
        range_dk: Entering less leaving water [K].
        approach_dk: Leaving water less wet bulb [K]; where the air cannot take the heat, it comes out larger.
        flow_m3_s: Water flow of the rating [m3/s].
        airflow_m3_s: Airflow at full speed [m3/s].
        pressure_pa: Air pressure at the site [Pa].
    """
    entering = wet_bulb_k + approach_dk + range_dk
    rate = flow_m3_s * water.density(entering) * water.heat_capacity(entering)
    air_kg_s = saturated_air(airflow_m3_s, wet_bulb_k, pressure_pa)
    at = entering, wet_bulb_k, rate
    ua, _ = merkel_ua(rate * range_dk, *at, air_kg_s=air_kg_s, pressure_pa=pressure_pa)
    heat = merkel_heat(*at, air_kg_s=air_kg_s, ua_w_k=ua, pressure_pa=pressure_pa)
    one = np.ones_like(ua)
    return ua / merkel_ua_ratio(0.0 * one, one, one), approach_dk + range_dk - heat / rate
