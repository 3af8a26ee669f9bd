"""What movers, rejectors and valves ask for at a given state: electric power, fan speed, flow limits."""

import numpy as np

from twin.arrays import Array, Index
from twin.laws.curves import from_nothing
from twin.laws.movers import SLOWEST_RATIO, TINY_M3_S, fan_power, pump_power
from twin.laws.rejection import dry_cooler_speed
from twin.model.element import Machine
from twin.model.flow_net import FlowNet
from twin.model.network import Network
from twin.solve import chiller, tower
from twin.solve.branch import GRAVITY_M_S2, Medium
from twin.solve.flow import Flow
from twin.solve.heat import STILL_KG_S, Heat, HeatSystem, Mode, air_rate, prepare, properties_at
from twin.solve.heat_terms import inlet_per_kelvin
from twin.solve.taps import REACHED, SHUT, flow_needed, tap_limits

# A stream this close to its set-point (1e-6 K of water) is at it.
LEVEL_J_KG = 4e-3


def mover_power(net: FlowNet, flow: Flow, medium: Medium) -> Array:
    """Return the electric power of each mover [W], shape (mover, variant); 0 for those without a rating."""
    rows = net.mover
    density = medium.density_kg_m3[rows]
    lifted = GRAVITY_M_S2 * density * (net.height_m[net.head[rows]] - net.height_m[net.tail[rows]])[:, None]
    rise = flow.pressure_pag[net.head[rows]] - flow.pressure_pag[net.tail[rows]] + lifted
    rated = np.isfinite(net.rated_power_w)
    volume = flow.flow_kg_s[rows] / density
    power = pump_power(
        volume, rise, np.where(rated, net.efficiency, 1.0),
        rated_power_w=np.where(rated, net.rated_power_w, 1.0), speed_ratio=flow.speed_ratio,
    )  # fmt: skip
    curved = np.flatnonzero(np.isfinite(net.efficiency_curve_ratio).any(axis=(1, 2)))
    if len(curved):
        # Affinity: efficiency depends on Q/n of each pump; that it falls with flow makes power at no flow
        # finite.
        through = np.maximum(volume[curved], TINY_M3_S)
        knots, points = net.efficiency_m3_s[curved, :, 0], net.efficiency_curve_ratio[curved, :, 0]
        speed = np.maximum(flow.speed_ratio[curved], SLOWEST_RATIO)
        at_full = through / (speed * net.running_ratio[curved])
        given = through * np.maximum(rise[curved], 0.0)
        turns = flow.speed_ratio[curved] > 0.0
        power = power.copy()
        power[curved] = np.where(turns, given / from_nothing(knots, points, at_full), 0.0)
    return np.where(rated & net.in_service[rows], power, 0.0)


def machine_power(system: HeatSystem, q: Array, heat: Heat, mode: Index) -> tuple[Array, Array]:
    """Return electric power [W] and speed or part load [1] of each rejector, (rejector, variant)."""
    net, flow = system.net, system.flow
    rows = net.rejector
    power, ratio = np.zeros((len(rows), flow.variants)), np.zeros((len(rows), flow.variants))
    if not len(rows):
        return power, ratio
    works = net.reject_in_service & (mode != Mode.OFF) & (heat.rejected_w > 0.0)
    dry = np.flatnonzero(net.machine == Machine.DRY_COOLER)
    if len(dry):
        speed = np.where(mode[dry] == Mode.FREE, 1.0, _cooler_speed(system, q, heat, dry))
        ratio[dry] = np.where(works[dry], speed, 0.0)
        power[dry] = np.where(works[dry], fan_power(speed, net.fan_power_w[dry]), 0.0)
    if len(wet := tower.towers(net)):
        power[wet], ratio[wet] = tower.power(system, q, heat, mode, wet)
    cold = chiller.chillers(net)
    if len(cold):
        entering = chiller.entering(net, heat.inlet_k, cold)
        leaving = heat.outlet_k[rows[cold]]
        load = np.where(works[cold], heat.rejected_w[cold], 0.0)
        duty = chiller.duty(net, load, leaving, entering, cold)
        power[cold] = np.where(works[cold], duty.power_w, 0.0)
        ratio[cold] = load / duty.available_w
    return power, ratio


def _cooler_speed(system: HeatSystem, q: Array, heat: Heat, dry: Index) -> Array:
    net, flow = system.net, system.flow
    rows = net.rejector[dry]
    known = properties_at(flow, flow.tail[rows], heat.inlet_k[rows])
    flowing = np.maximum(np.abs(q[rows]), STILL_KG_S)
    return dry_cooler_speed(
        heat.inlet_k[rows], net.entering_k[dry], heat.outlet_k[rows],
        fluid_w_k=flowing * known.heat_capacity_j_kgk, air_w_k=air_rate(system, dry),
        design_ua_w_k=net.reject_ua_w_k[dry],
        fluid_flow_ratio=flowing / known.density_kg_m3 / net.reference_m3_s[dry],
    )[0]  # fmt: skip


def rejector_modes(system: HeatSystem, q: Array, heat: Heat, mode: Index) -> Index:
    """Return what each rejector does next: hold, run flat out, or stand; (rejector, variant)."""
    net, flow = system.net, system.flow
    rows = net.rejector
    if not len(rows):
        return mode
    flowing = np.abs(q[rows])
    t_in = heat.inlet_k[rows]
    known = properties_at(flow, flow.tail[rows], t_in)
    # By enthalpy, as the heat balance takes it: near capacity a mean heat capacity would say both.
    held = properties_at(flow, flow.tail[rows], np.broadcast_to(net.leaving_k, t_in.shape)).enthalpy_j_kg
    wanted = flowing * (known.enthalpy_j_kg - held)
    most = inlet_per_kelvin(system, q, known) * np.maximum(t_in - net.entering_k, 0.0)
    cold, wet = chiller.chillers(net), tower.towers(net)
    most = most.copy()
    if len(cold):
        leaving = np.broadcast_to(net.leaving_k[cold], t_in[cold].shape)
        entering = chiller.entering(net, heat.inlet_k, cold)
        most[cold] = chiller.duty(net, np.zeros_like(t_in[cold]), leaving, entering, cold).available_w
    cool = (wanted < -LEVEL_J_KG * flowing) & ~heat.parked[flow.tail[rows]]
    found = np.where(wanted <= most, Mode.HOLDS, Mode.FREE)
    if len(wet):
        found[wet], stands = tower.following(system, q, heat, mode, (wet, wanted[wet]))
        cool[wet] &= stands
    idle = cool | ~net.reject_in_service | (flowing < STILL_KG_S)
    return np.where(idle, Mode.OFF, found).astype(np.intp)


def flat_out_ratio(network: Network, q: Array, heat: Heat) -> Array:
    """Return the heat each rejector takes over what it would take flat out, shape (rejector, variant).

    Flat out are dry coolers and towers at full fan speed with fluid as warm as it enters, chillers at their
    capacity.
    """
    system = prepare(network.flow, network.heat)
    net = network.heat
    rows, out = net.rejector, np.zeros((len(net.rejector), network.variants))
    if not len(rows):
        return out
    known = properties_at(network.flow, network.flow.tail[rows], heat.inlet_k[rows])
    most = inlet_per_kelvin(system, q, known) * np.maximum(heat.inlet_k[rows] - net.entering_k, 0.0)
    if len(cold := chiller.chillers(net)):
        entering = chiller.entering(net, heat.inlet_k, cold)
        leaving = heat.outlet_k[rows[cold]]
        most[cold] = chiller.duty(net, np.zeros_like(leaving), leaving, entering, cold).available_w
    if len(wet := tower.towers(net)):
        most[wet] = tower.flat_out(system, q, heat.inlet_k[rows[wet]], wet)[0]
    works = net.reject_in_service & (heat.rejected_w > 0.0) & (most > 0.0)
    return np.where(works, heat.rejected_w / np.where(works, most, 1.0), 0.0)


def valve_limits(
    system: HeatSystem, q: Array, medium: Medium, heat: Heat, *, mode: Index, limit_m3_s: Array
) -> tuple[Array, Index]:
    """Return the limit of every limiting branch [m3/s] and what each exchanger does next.

    A held exchanger asks its valve for the cold flow that just carries its heat. A valve that cannot pass
    it stands open and the temperature floats; it holds again as soon as the flow would be enough.
    Shapes: (limited, variant), (exchanger, variant).
    """
    net, flow = system.net, system.flow
    limit, mode = tap_limits(system, q, medium, heat, limit_m3_s=limit_m3_s), mode.copy()
    rows = np.flatnonzero((net.valve >= 0) & np.isfinite(net.hold_k).any(axis=1))
    if not len(rows):
        return limit, mode
    valve = net.valve[rows]
    hot, branch = net.hot[rows], flow.limited[valve]
    wanted = _held_heat(system, q, heat, rows)
    needed_kg_s, enough = flow_needed(system, q, heat, rows, wanted)
    # The flow solver limits at the density it was given, so that is the one to compare with.
    density = medium.density_kg_m3[branch]
    needed, actual = needed_kg_s / density, np.abs(q[branch]) / density
    widest = np.broadcast_to(flow.limit_m3_s, limit.shape)[valve]
    open_ = mode[rows] == Mode.FREE
    idle = np.abs(q[hot]) < STILL_KG_S
    # An open valve that overcools has to hold first: what it would hold at tells whether it must shut.
    # So does one whose loop has no other way to lose its heat: it will warm up to the set-point.
    waits = open_ | heat.parked[flow.tail[hot]]
    cold = wanted < -LEVEL_J_KG * np.abs(q[hot])
    warmer = net.locks_out[rows] & (heat.inlet_k[net.cold[rows]] >= heat.inlet_k[hot])
    shut = idle | (cold & ~waits) | warmer
    overcooled = waits & cold & ~idle & ~warmer
    reach = enough & (needed <= widest)
    starved = (mode[rows] == Mode.HOLDS) & (actual < limit_m3_s[valve] * (1.0 - REACHED)) & (needed > actual)
    plenty = open_ & reach & (needed < actual)
    holds = ~shut & ((reach & ~open_ & ~starved) | plenty | overcooled)
    mode[rows] = np.where(shut, Mode.OFF, np.where(holds, Mode.HOLDS, Mode.FREE))
    limit[valve] = np.where(shut, SHUT * widest, np.where(holds & ~overcooled, needed, widest))
    return limit, mode


def _held_heat(system: HeatSystem, q: Array, heat: Heat, rows: Index) -> Array:
    """Return the heat that brings the hot outlet of each exchanger to its set-point [W]."""
    net, flow = system.net, system.flow
    hot = net.hot[rows]
    warm = properties_at(flow, flow.tail[hot], heat.inlet_k[hot])
    qh = np.maximum(np.abs(q[hot]), STILL_KG_S)
    hold = np.where(np.isfinite(net.hold_k[rows]), net.hold_k[rows], 0.0)
    held = properties_at(flow, flow.tail[hot], np.broadcast_to(hold, qh.shape)).enthalpy_j_kg
    return qh * (warm.enthalpy_j_kg - held)
