"""The laws of a flow branch, added up: friction, measured curve, rise, limit, check valve, height."""

from dataclasses import dataclass

import numpy as np

from twin.arrays import Array
from twin.laws.friction import darcy_drop, polynomial_drop
from twin.laws.movers import pump_rise
from twin.model.flow_net import FlowNet

GRAVITY_M_S2 = 9.80665
# A limited or constant flow exceeds its value by (pressure / 1e11 Pa) of itself: 5e-7 at half a bar.
STIFF_PA = 1e11
# A closed check valve leaks about 1e-7 kg/s per bar, so that the part behind it keeps a pressure.
CHECK_PA_S_KG = 1e12
# Least slope of a pump curve over the mean one from shut-off to runout.
FLAT_RATIO = 0.01
# Below this slope a branch would take any flow at no difference.
LEAST_SLOPE_PA_S_KG = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Medium:
    """What flows in each branch. Shapes: (branch, variant)."""

    density_kg_m3: Array
    viscosity_pa_s: Array


def losses(
    net: FlowNet, flow_kg_s: Array, speed_ratio: Array, medium: Medium, limit_m3_s: Array
) -> tuple[Array, Array, Array]:
    """Return what each branch loses from tail to head, its slope in flow, and what speed adds.

    Args:
        net: The network.
        flow_kg_s: Flow of each branch [kg/s], shape (branch, variant).
        speed_ratio: Speed of each mover [1], shape (mover, variant).
        medium: Density and viscosity of each branch.
        limit_m3_s: Limit of each limiting branch [m3/s], shape (limited, variant).

    Returns:
        Loss [Pa] and slope [Pa·s/kg], shape (branch, variant); rise per speed [Pa], shape (mover, variant).
    """
    density = medium.density_kg_m3
    loss = GRAVITY_M_S2 * density * (net.height_m[net.head] - net.height_m[net.tail])[:, None]
    slope = np.full_like(flow_kg_s, LEAST_SLOPE_PA_S_KG)
    _rub(net, flow_kg_s, medium, loss, slope)
    _measured(net, flow_kg_s, medium, loss, slope)
    by_speed = _rise(net, flow_kg_s, speed_ratio, density, loss, slope)
    held = net.held_flow
    if len(held):
        wanted = net.held_m3_s * density[held]
        stiff = STIFF_PA / np.maximum(wanted, 1e-3)
        loss[held] += stiff * (flow_kg_s[held] - wanted)
        slope[held] += stiff
    limited = net.limited
    if len(limited):
        limit = limit_m3_s * density[limited]
        stiff = np.where(flow_kg_s[limited] > limit, STIFF_PA / np.maximum(limit, 1e-3), 0.0)
        loss[limited] += stiff * (flow_kg_s[limited] - np.where(stiff > 0.0, limit, 0.0))
        slope[limited] += stiff
    check = net.check
    if len(check):
        shut = np.where(flow_kg_s[check] < 0.0, CHECK_PA_S_KG, 0.0)
        loss[check] += shut * flow_kg_s[check]
        slope[check] += shut
    return loss, slope, by_speed


def _rub(net: FlowNet, flow: Array, medium: Medium, loss: Array, slope: Array) -> None:
    rows = net.friction
    if len(rows):
        drop, steep = darcy_drop(
            flow[rows], net.length_m, net.diameter_m, net.roughness_m, net.loss_ratio,
            medium.density_kg_m3[rows], medium.viscosity_pa_s[rows],
        )  # fmt: skip
        loss[rows] += drop
        slope[rows] += steep


def _measured(net: FlowNet, flow: Array, medium: Medium, loss: Array, slope: Array) -> None:
    rows = net.measured
    if len(rows):
        density, viscosity = medium.density_kg_m3[rows], medium.viscosity_pa_s[rows]
        known = np.isfinite(net.reference_density_kg_m3) & np.isfinite(net.reference_viscosity_pa_s)
        thicker = np.where(known, viscosity / np.where(known, net.reference_viscosity_pa_s, 1.0), 1.0)
        heavier = np.where(known, density / np.where(known, net.reference_density_kg_m3, 1.0), 1.0)
        drop, steep = polynomial_drop(
            flow[rows], net.linear_pa_s_m3, net.quadratic_pa_s2_m6, density, heavier, thicker
        )
        loss[rows] += drop
        slope[rows] += steep


def _rise(net: FlowNet, flow: Array, speed: Array, density: Array, loss: Array, slope: Array) -> Array:
    rows = net.mover
    if not len(rows):
        return np.zeros((0, net.variants))
    rise, by_flow, by_speed = pump_rise(
        flow[rows] / density[rows], speed, net.shutoff_pa, net.rise_linear, net.rise_quadratic
    )
    loss[rows] -= rise
    # Near shut-off a curve is flat; without a floor the last digit of a pressure would be a flow.
    mean = np.sqrt(np.maximum(-net.rise_quadratic * net.shutoff_pa, 0.0))
    steep = FLAT_RATIO * np.maximum(speed, 0.0) * mean / density[rows]
    slope[rows] += np.maximum(-by_flow / density[rows], steep)
    return by_speed
