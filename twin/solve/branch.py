"""The laws of a flow branch, added up: friction, curves, powers, rise, limit, height."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.laws.curves import along
from twin.laws.friction import (
    darcy_drop,
    darcy_drop_swamee_jain,
    polynomial_drop,
    polynomial_in,
    power_drop,
)
from twin.laws.movers import constant_power_rise, power_rise, pump_rise
from twin.model.element import Friction
from twin.model.flow_net import FlowNet

GRAVITY_M_S2 = 9.80665
# How stiff a limited or constant flow stands in the matrix; where the difference is known it is met exactly.
STIFF_PA = 1e11
# A constant flow is stiffer than a closed check valve, so that it is the valve which is found forced.
HELD_STIFF_PA = 1e14
# A pump that is slower than this does not push along a table of points.
SLOW_RATIO = 1e-6
# Least slope of a pump curve over the mean one from shut-off to runout.
FLAT_RATIO = 0.01
# A valve takes to its limit where the difference left for it and this pressure per limit exceeded push on.
PUSH_PA = 1e5
# Below this slope a branch would take any flow at no difference.
LEAST_SLOPE_PA_S_KG = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Medium:
    """What flows in each branch. Shapes: (branch, variant)."""

    density_kg_m3: Array
    viscosity_pa_s: Array


Rows = Index | slice


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Laws:
    """Laws of every branch for one medium, with all that no flow changes.

    Attributes:
        net: The network.
        density_kg_m3: Density in each branch.
        lift_pa: What height adds, shape (branch, variant).
        friction, measured, powered, mover: Branches that follow each law, as slices where side by side.
        frictions: For each friction factor, its law and where its branches lie among those with friction.
        pipe: Density and viscosity in branches with friction.
        parabolas, powers, steady: Movers with a parabola, with a power law, of constant power.
        lifts: Movers of those branches with a table that are movers.
        table_ratio: What turns the values of tables into those for this medium, shape (tabled, variant).
        linear_pa_s_m3, quadratic_pa_s2_m6: Measured curves in this medium, shape (measured, variant).
        held_kg_s: Constant flow of movers that give one, shape (constant, variant).
        limit_kg_s: Limit of each limiting branch, shape (limited, variant).
    """

    net: FlowNet
    density_kg_m3: Array
    lift_pa: Array
    friction: Rows
    frictions: tuple[tuple[Friction, Rows], ...]
    measured: Rows
    powered: Rows
    mover: Rows
    pipe: Medium
    parabolas: Rows
    powers: Index
    steady: Index
    lifts: Index
    table_ratio: Array
    linear_pa_s_m3: Array
    quadratic_pa_s2_m6: Array
    held_kg_s: Array
    limit_kg_s: Array

    def at(
        self, flow_kg_s: Array, speed_ratio: Array, across_pa: Array | None = None
    ) -> tuple[Array, Array, Array]:
        """Return what each branch loses from tail to head, its slope in flow, and what speed adds.

        Args:
            flow_kg_s: Flow of each branch [kg/s], shape (branch, variant).
            speed_ratio: Speed of each mover [1], shape (mover, variant).
            across_pa: Pressure at tail less that at head [Pa], shape (branch, variant). With it a valve
                stands at its limit where pressure is left over, and Newton finds the valves that do at once;
                constant and limited flows are then met exactly, whatever the pressure.

        Returns:
            Loss [Pa], slope [Pa·s/kg], shape (branch, variant); rise per speed [Pa], shape (mover, variant).
        """
        loss = self.lift_pa.copy()
        slope = np.full_like(flow_kg_s, LEAST_SLOPE_PA_S_KG)
        self._rub(flow_kg_s, loss, slope)
        self._measure(flow_kg_s, loss, slope)
        by_speed = self._rise(flow_kg_s, speed_ratio, loss, slope)
        if len(self.net.powered):
            self._follow(flow_kg_s, loss, slope)
        if len(self.net.tabled):
            self._look_up(flow_kg_s, speed_ratio, (loss, slope, by_speed))
        self._hold(flow_kg_s, across_pa, loss, slope)
        return loss, slope, by_speed

    def _hold(self, flow: Array, across: Array | None, loss: Array, slope: Array) -> None:
        """Hold constant flows, and those at their limit."""
        held, limited = self.net.held_flow, self.net.limited
        if len(held):
            stiff = HELD_STIFF_PA / np.maximum(np.abs(self.held_kg_s), 1e-3)
            excess = stiff * (flow[held] - self.held_kg_s)
            loss[held] = excess + (loss[held] if across is None else across[held])
            slope[held] += stiff
        if len(limited):
            through, limit = flow[limited], np.maximum(self.limit_kg_s, 1e-3)
            left, pushed = through - self.limit_kg_s, loss[limited]
            if across is not None:
                left = PUSH_PA * left / limit + (across[limited] - pushed)
                pushed = across[limited]
            at_limit = left > 0.0
            stiff = STIFF_PA / limit
            loss[limited] = np.where(at_limit, pushed + stiff * (through - self.limit_kg_s), loss[limited])
            slope[limited] += np.where(at_limit, stiff, 0.0)

    def _follow(self, flow: Array, loss: Array, slope: Array) -> None:
        net, rows = self.net, self.powered
        density = self.density_kg_m3[rows]
        drop, steep = power_drop(flow[rows] / density, net.power_pa, net.exponent_ratio)
        loss[rows] += drop
        slope[rows] += steep / density

    def _look_up(self, flow: Array, speed: Array, sums: tuple[Array, Array, Array]) -> None:
        """Add tables: passages lose theirs, odd in flow; movers rise by theirs at their speed."""
        (loss, slope, by_speed), net, count = sums, self.net, len(self.lifts)
        rows = net.tabled
        density = self.density_kg_m3[rows]
        volume, turning = flow[rows] / density, np.ones_like(density)
        own, driven = slice(0, len(rows) - count), slice(len(rows) - count, None)
        turning[driven] = np.maximum(speed[self.lifts], SLOW_RATIO)
        sign = np.where(volume < 0.0, -1.0, 1.0)
        sign[driven] = 1.0
        value, steep = along(net.table_m3_s[..., 0], net.table_pa, sign * volume / turning)
        value, steep = value * self.table_ratio, steep * self.table_ratio
        loss[rows[own]] += (sign * value)[own]
        slope[rows[own]] += (steep / density)[own]
        if not count:
            return
        n, q, t, dt = turning[driven], volume[driven], value[driven], steep[driven]
        loss[rows[driven]] -= n**2 * t
        # As for parabolas: where a curve is flat, or rises, the last digit of a pressure would be a flow.
        reach = np.nanmax(net.table_m3_s[driven, :, 0], axis=1, initial=1e-9)
        mean = np.abs(net.table_pa[driven, :, 0]).max(axis=1) / reach
        slope[rows[driven]] += n * np.maximum(-dt, FLAT_RATIO * mean[:, None]) / density[driven]
        by_speed[self.lifts] += 2.0 * n * t - q * dt

    def _rub(self, flow: Array, loss: Array, slope: Array) -> None:
        net, rows = self.net, self.friction
        if not len(net.friction):
            return
        through, pipe = flow[rows], self.pipe
        columns = net.length_m, net.diameter_m, net.roughness_m, net.loss_ratio
        for law, at in self.frictions:
            drop, steep = FRICTIONS[law](
                through[at], *(c[at] for c in columns), pipe.density_kg_m3[at], pipe.viscosity_pa_s[at],
                net.laminar_loss_ratio[at],
            )  # fmt: skip
            if len(self.frictions) == 1:
                loss[rows] += drop
                slope[rows] += steep
            else:
                loss[net.friction[at]] += drop
                slope[net.friction[at]] += steep

    def _measure(self, flow: Array, loss: Array, slope: Array) -> None:
        rows = self.measured
        if len(self.net.measured):
            one = np.ones((1, 1))
            drop, steep = polynomial_drop(
                flow[rows], self.linear_pa_s_m3, self.quadratic_pa_s2_m6, self.density_kg_m3[rows], one, one
            )
            loss[rows] += drop
            slope[rows] += steep

    def _rise(self, flow: Array, speed: Array, loss: Array, slope: Array) -> Array:
        net, rows = self.net, self.mover
        by_speed = np.zeros((len(net.mover), net.variants))
        if not len(net.mover):
            return by_speed
        density = self.density_kg_m3[rows]
        volume = flow[rows] / density
        rise, steep = np.zeros_like(volume), np.zeros_like(volume)
        at = self.parabolas
        curve = net.shutoff_pa[at], net.rise_linear[at], net.rise_quadratic[at]
        rise[at], by_flow, by_speed[at] = pump_rise(volume[at], speed[at], *curve)
        # Near shut-off a curve is flat; without a floor the last digit of a pressure would be a flow.
        mean = np.sqrt(np.maximum(-curve[2] * curve[0], 0.0))
        steep[at] = np.maximum(-by_flow, FLAT_RATIO * np.maximum(speed[at], 0.0) * mean)
        if len(at := self.powers):
            c0, b, c = net.shutoff_pa[at], net.rise_power_pa[at], net.rise_exponent_ratio[at]
            rise[at], by_flow, by_speed[at] = power_rise(volume[at], speed[at], c0, b, c)
            mean = np.maximum(c0, 0.0) / np.maximum(c0 / b, 1e-30) ** (1.0 / c)
            steep[at] = np.maximum(-by_flow, FLAT_RATIO * np.maximum(speed[at], 0.0) * mean)
        if len(at := self.steady):
            rise[at], by_flow = constant_power_rise(volume[at], net.hydraulic_power_w[at])
            steep[at] = -by_flow
        loss[rows] -= rise
        slope[rows] += steep / density
        return by_speed


FRICTIONS: Mapping[Friction, Callable[..., tuple[Array, Array]]] = {
    Friction.COLEBROOK: darcy_drop,
    Friction.SWAMEE_JAIN: darcy_drop_swamee_jain,
}


def laws_of(net: FlowNet, medium: Medium, limit_m3_s: Array) -> Laws:
    """Return the laws of every branch.

    Args:
        net: The network.
        medium: Density and viscosity of each branch.
        limit_m3_s: Limit of each limiting branch [m3/s], shape (limited, variant).
    """
    density, viscosity = medium.density_kg_m3, medium.viscosity_pa_s
    friction, measured = _together(net.friction), _together(net.measured)
    known = np.isfinite(net.reference_density_kg_m3) & np.isfinite(net.reference_viscosity_pa_s)
    thicker = _over(viscosity[measured], net.reference_viscosity_pa_s, known)
    heavier = _over(density[measured], net.reference_density_kg_m3, known)
    linear, quadratic = polynomial_in(net.linear_pa_s_m3, net.quadratic_pa_s2_m6, heavier, thicker)
    powers, steady = net.rise_power_pa.any(axis=1), net.hydraulic_power_w.any(axis=1)
    driven = np.isin(net.tabled, net.mover)
    return Laws(
        net=net, density_kg_m3=density,
        lift_pa=_lift(net, density), friction=friction, frictions=_frictions(net), measured=measured,
        powered=_together(net.powered), mover=_together(net.mover),
        parabolas=_together(np.flatnonzero(~powers & ~steady)), powers=np.flatnonzero(powers),
        steady=np.flatnonzero(steady), lifts=np.searchsorted(net.mover, net.tabled[driven]),
        table_ratio=_table_ratio(net, medium),
        pipe=Medium(density_kg_m3=density[friction], viscosity_pa_s=viscosity[friction]),
        linear_pa_s_m3=linear, quadratic_pa_s2_m6=quadratic,
        held_kg_s=net.held_m3_s * density[net.held_flow], limit_kg_s=limit_m3_s * density[net.limited],
    )  # fmt: skip


def _lift(net: FlowNet, density: Array) -> Array:
    """Return what height and constant differences take, whatever flows [Pa], shape (branch, variant)."""
    lift = GRAVITY_M_S2 * density * (net.height_m[net.head] - net.height_m[net.tail])[:, None]
    if len(net.fixed):
        lift[net.fixed] += net.fixed_pa
    return np.asarray(lift)


def _frictions(net: FlowNet) -> tuple[tuple[Friction, Rows], ...]:
    """Return each friction factor in use, and where its branches lie among those with friction."""
    found = [Friction(law) for law in np.unique(net.friction_law)]
    return tuple((law, _together(np.flatnonzero(net.friction_law == law))) for law in found)


def _table_ratio(net: FlowNet, medium: Medium) -> Array:
    """Return what a table loses in this medium over what it lost when measured, as if turbulent."""
    rows = net.tabled
    known = np.isfinite(net.table_density_kg_m3) & np.isfinite(net.table_viscosity_pa_s)
    heavier = _over(medium.density_kg_m3[rows], net.table_density_kg_m3, known)
    thicker = _over(medium.viscosity_pa_s[rows], net.table_viscosity_pa_s, known)
    return polynomial_in(np.zeros((1, 1)), np.ones((1, 1)), heavier, thicker)[1]


def _together(rows: Index) -> Rows:
    """Return rows as a slice where they lie side by side: a slice needs no copy."""
    if len(rows) and rows[-1] - rows[0] == len(rows) - 1 and np.all(np.diff(rows) == 1):
        return slice(int(rows[0]), int(rows[-1]) + 1)
    return rows


def _over(value: Array, reference: Array, known: Flags) -> Array:
    return np.where(known, value / np.where(known, reference, 1.0), 1.0)
