"""The laws of a flow branch, added up: friction, curves, powers, rise, limit, height."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.laws.curves import along
from twin.laws.friction import (
    Pipe,
    TurbulentLaw,
    colebrook,
    polynomial_in,
    power_drop,
    quadratic_drop,
    swamee_jain,
)
from twin.laws.movers import Parabola, constant_power_rise, power_rise
from twin.model.element import Friction
from twin.model.flow_net import FlowNet

GRAVITY_M_S2 = 9.80665
# How stiff a limited or constant flow stands in the matrix; where the difference is known it is met exactly.
STIFF_PA = 1e11
# A constant flow is stiffer than a closed check valve, so that it is the valve which is found forced.
HELD_STIFF_PA = 1e14
# A pump that is slower than this does not push along a table of points.
SLOW_RATIO = 1e-6
# A flow held or limited at less than this is as stiff as one at it.
LEAST_LIMIT_KG_S = 1e-3
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


class Tube(NamedTuple):
    """Branches with friction by one turbulent law."""

    law: Friction
    rows: Rows
    pipe: Pipe


class Curves(NamedTuple):
    """Movers with a parabola, those with a power law, and those of constant power, among the movers.

    ``parabola_floor`` and ``power_floor`` are the least slopes at full speed [Pa s/m3].
    """

    parabolas: Rows
    parabola: Parabola
    parabola_floor: Array
    powers: Index
    power_floor: Array
    steady: Index


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Laws:
    """Laws of every branch for one medium, with all that no flow changes.

    Numbers that are the same in every variant are one column wide.

    Attributes:
        net: The network.
        density_kg_m3: Density in each branch.
        lift_pa: What height adds, shape (branch, variant).
        tubes: Branches with friction, by turbulent law.
        measured, powered, mover: Branches that follow each law, as slices where side by side.
        curves: The rise of movers.
        lifts: Movers of those branches with a table that are movers.
        lift_floor: Their least slopes at full speed [Pa s/m3], shape (lift, 1).
        table_ratio: What turns the values of tables into those for this medium, shape (tabled, variant).
        linear_pa_s_m3, quadratic_pa_s2_m6: Measured curves in this medium, shape (measured, variant).
        held_kg_s, held_stiff: Flow of movers of constant flow, and its slope, shape (constant, variant).
        limit_kg_s: Limit of each limiting branch, shape (limited, variant).
    """

    net: FlowNet
    density_kg_m3: Array
    lift_pa: Array
    tubes: tuple[Tube, ...]
    measured: Rows
    powered: Rows
    mover: Rows
    curves: Curves
    lifts: Index
    lift_floor: Array
    table_ratio: Array
    linear_pa_s_m3: Array
    quadratic_pa_s2_m6: Array
    held_kg_s: Array
    held_stiff: Array
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
        loss, slope = np.empty(flow_kg_s.shape), np.zeros(flow_kg_s.shape)
        loss[:] = self.lift_pa
        for law, rows, pipe in self.tubes:
            drop, steep = pipe.drop(TURBULENT[law], flow_kg_s[rows])
            loss[rows] += drop
            slope[rows] = steep
        if len(self.net.measured):
            self._measure(flow_kg_s, loss, slope)
        by_speed = self._rise(flow_kg_s, speed_ratio, loss, slope)
        if len(self.net.powered):
            self._follow(flow_kg_s, loss, slope)
        if len(self.net.tabled):
            self._look_up(flow_kg_s, speed_ratio, (loss, slope, by_speed))
        self._hold(flow_kg_s, across_pa, loss, slope)
        return loss, np.maximum(slope, LEAST_SLOPE_PA_S_KG, out=slope), by_speed

    def _hold(self, flow: Array, across: Array | None, loss: Array, slope: Array) -> None:
        """Hold constant flows, and those at their limit."""
        held, limited = self.net.held_flow, self.net.limited
        if len(held):
            excess = self.held_stiff * (flow[held] - self.held_kg_s)
            loss[held] = excess + (loss[held] if across is None else across[held])
            slope[held] += self.held_stiff
        if len(limited):
            through, limit = flow[limited], np.maximum(self.limit_kg_s, LEAST_LIMIT_KG_S)
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
        volume = flow[rows] / density
        turning = np.ones_like(volume)
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
        slope[rows[driven]] += n * np.maximum(-dt, self.lift_floor) / density[driven]
        by_speed[self.lifts] += 2.0 * n * t - q * dt

    def _measure(self, flow: Array, loss: Array, slope: Array) -> None:
        rows = self.measured
        density = self.density_kg_m3[rows]
        drop, steep = quadratic_drop(flow[rows] / density, self.linear_pa_s_m3, self.quadratic_pa_s2_m6)
        loss[rows] += drop
        slope[rows] += steep / density

    def _rise(self, flow: Array, speed: Array, loss: Array, slope: Array) -> Array:
        net, rows, curves = self.net, self.mover, self.curves
        if not len(net.mover):
            return np.zeros((0, net.variants))
        density = self.density_kg_m3[rows]
        volume = flow[rows] / density
        at = curves.parabolas
        rise, by_flow, by_speed = curves.parabola.rise(volume[at], speed[at])
        steep = np.maximum(-by_flow, curves.parabola_floor * speed[at])
        if len(curves.powers) or len(curves.steady):
            spread = [np.zeros(volume.shape) for _ in range(3)]
            for wide, some in zip(spread, (rise, steep, by_speed), strict=True):
                wide[at] = some
            rise, steep, by_speed = spread
        if len(at := curves.powers):
            c0, b, c = net.shutoff_pa[at], net.rise_power_pa[at], net.rise_exponent_ratio[at]
            rise[at], by_flow, by_speed[at] = power_rise(volume[at], speed[at], c0, b, c)
            steep[at] = np.maximum(-by_flow, curves.power_floor * speed[at])
        if len(at := curves.steady):
            rise[at], by_flow = constant_power_rise(volume[at], net.hydraulic_power_w[at])
            steep[at] = -by_flow
        loss[rows] -= rise
        slope[rows] += steep / density
        return by_speed


TURBULENT: Mapping[Friction, TurbulentLaw] = {
    Friction.COLEBROOK: colebrook,
    Friction.SWAMEE_JAIN: swamee_jain,
}


class Fixed(NamedTuple):
    """What the network alone decides of its laws, whatever flows.

    Attributes:
        measured, powered, mover: Branches that follow each law, as slices where side by side.
        tubes: For each turbulent law its branches with friction, and their columns.
        curves: The rise of movers.
        lifts, lift_floor: As of ``Laws``.
        measured_known, table_known: Whether the fluid is known that a curve was measured with.
    """

    measured: Rows
    powered: Rows
    mover: Rows
    tubes: tuple[tuple[Friction, Rows, tuple[Array, ...]], ...]
    curves: Curves
    lifts: Index
    lift_floor: Array
    measured_known: Flags
    table_known: Flags


def fixed_of(net: FlowNet) -> Fixed:
    """Return what the network alone decides of its laws."""
    lifts = np.searchsorted(net.mover, net.tabled[np.isin(net.tabled, net.mover)])
    return Fixed(
        measured=_together(net.measured), powered=_together(net.powered), mover=_together(net.mover),
        tubes=tuple(_tubes(net)), curves=_curves(net), lifts=lifts, lift_floor=_lift_floor(net, len(lifts)),
        measured_known=np.isfinite(net.reference_density_kg_m3),
        table_known=np.isfinite(net.table_density_kg_m3) & np.isfinite(net.table_viscosity_pa_s),
    )  # fmt: skip


def laws_of(net: FlowNet, medium: Medium, limit_m3_s: Array, fixed: Fixed | None = None) -> Laws:
    """Return the laws of every branch.

    Args:
        net: The network.
        medium: Density and viscosity of each branch.
        limit_m3_s: Limit of each limiting branch [m3/s], shape (limited, variant).
        fixed: From ``fixed_of``, where it is at hand.
    """
    fixed = fixed or fixed_of(net)
    density, viscosity = _narrow(medium.density_kg_m3), _narrow(medium.viscosity_pa_s)
    linear, quadratic, ratio = net.linear_pa_s_m3, net.quadratic_pa_s2_m6, np.ones((len(net.tabled), 1))
    if fixed.measured_known.any():
        heavier = _over(density[fixed.measured], net.reference_density_kg_m3, fixed.measured_known)
        viscous = fixed.measured_known & np.isfinite(net.reference_viscosity_pa_s)
        thicker = _over(viscosity[fixed.measured], net.reference_viscosity_pa_s, viscous)
        # Equal kinematic viscosity leaves density alone, as IEC 60534-2-1 wants it of a Kv.
        linear, quadratic = polynomial_in(linear, quadratic, heavier, np.where(viscous, thicker, heavier))
    if fixed.table_known.any():
        thicker = _over(viscosity[net.tabled], net.table_viscosity_pa_s, fixed.table_known)
        heavier = _over(density[net.tabled], net.table_density_kg_m3, fixed.table_known)
        # As if turbulent.
        ratio = polynomial_in(np.zeros((1, 1)), np.ones((1, 1)), heavier, thicker)[1]
    tubes = []
    for law, rows, (length, diameter, rough, loss, laminar) in fixed.tubes:
        pipe = Pipe.of(length, diameter, rough, loss, density[rows], viscosity[rows], laminar)
        tubes.append(Tube(law, rows, pipe))
    held = net.held_m3_s * density[net.held_flow]
    return Laws(
        net=net, density_kg_m3=density, lift_pa=_lift(net, density), tubes=tuple(tubes),
        measured=fixed.measured, powered=fixed.powered, mover=fixed.mover, curves=fixed.curves,
        lifts=fixed.lifts, lift_floor=fixed.lift_floor, table_ratio=ratio,
        linear_pa_s_m3=linear, quadratic_pa_s2_m6=quadratic,
        held_kg_s=held, held_stiff=HELD_STIFF_PA / np.maximum(np.abs(held), LEAST_LIMIT_KG_S),
        limit_kg_s=limit_m3_s * density[net.limited],
    )  # fmt: skip


def _tubes(net: FlowNet) -> Iterator[tuple[Friction, Rows, tuple[Array, ...]]]:
    """Yield the branches with friction by turbulent law, and their columns."""
    names = "length_m", "diameter_m", "roughness_m", "loss_ratio", "laminar_loss_ratio"
    for law in np.unique(net.friction_law):
        at = _together(np.flatnonzero(net.friction_law == law))
        yield Friction(law), _together(net.friction[at]), tuple(getattr(net, name)[at] for name in names)


def _curves(net: FlowNet) -> Curves:
    """Return the movers by kind; near shut-off a curve is flat, and the last digit of a pressure a flow."""
    powers, steady = net.rise_power_pa.any(axis=1), net.hydraulic_power_w.any(axis=1)
    at = _together(np.flatnonzero(~powers & ~steady))
    curve = net.shutoff_pa[at], net.rise_linear[at], net.rise_quadratic[at]
    mean = np.sqrt(np.maximum(-curve[2] * curve[0], 0.0))
    powered = np.flatnonzero(powers)
    c0, b, c = net.shutoff_pa[powered], net.rise_power_pa[powered], net.rise_exponent_ratio[powered]
    mean_power = np.maximum(c0, 0.0) / np.maximum(c0 / b, 1e-30) ** (1.0 / c)
    return Curves(
        at, Parabola.of(*curve), FLAT_RATIO * mean, powered, FLAT_RATIO * mean_power, np.flatnonzero(steady)
    )


def _lift_floor(net: FlowNet, count: int) -> Array:
    """Return the least slope at full speed of movers with a table, as for parabolas, shape (lift, 1)."""
    driven = slice(len(net.tabled) - count, None)
    reach = np.nanmax(net.table_m3_s[driven, :, 0], axis=1, initial=1e-9)
    return np.asarray(FLAT_RATIO * np.abs(net.table_pa[driven, :, 0]).max(axis=1, initial=0.0) / reach)[
        :, None
    ]


def _narrow(values: Array) -> Array:
    """Return one column of what is the same column for every variant, by its strides."""
    return values[:, :1] if values.shape[1] > 1 and values.strides[1] == 0 else values


def _lift(net: FlowNet, density: Array) -> Array:
    """Return what height and constant differences take, whatever flows [Pa], shape (branch, variant)."""
    lift = GRAVITY_M_S2 * density * (net.height_m[net.head] - net.height_m[net.tail])[:, None]
    if len(net.fixed):
        lift = np.broadcast_to(lift, np.broadcast_shapes(lift.shape, (1, net.fixed_pa.shape[1]))).copy()
        lift[net.fixed] += net.fixed_pa
    return np.asarray(lift)


def _together(rows: Index) -> Rows:
    """Return rows as a slice where they lie side by side: a slice needs no copy."""
    if len(rows) and rows[-1] - rows[0] == len(rows) - 1 and np.all(np.diff(rows) == 1):
        return slice(int(rows[0]), int(rows[-1]) + 1)
    return rows


def _over(value: Array, reference: Array, known: Flags) -> Array:
    return np.where(known, value / np.where(known, reference, 1.0), 1.0)
