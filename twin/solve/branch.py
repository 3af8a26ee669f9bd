"""The laws of a flow branch, added up: friction, measured curve, rise, limit, check valve, height."""

from dataclasses import dataclass

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.laws.friction import darcy_drop, polynomial_drop, polynomial_in
from twin.laws.movers import pump_rise
from twin.model.flow_net import FlowNet

GRAVITY_M_S2 = 9.80665
# A limited or constant flow exceeds its value by (pressure / 1e11 Pa) of itself: 5e-7 at half a bar.
STIFF_PA = 1e11
# A closed check valve leaks about 1e-7 kg/s per bar, so that the part behind it keeps a pressure.
CHECK_PA_S_KG = 1e12
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
        friction, measured, mover: Branches that follow each law, as slices where they lie side by side.
        pipe: Density and viscosity in branches with friction.
        linear_pa_s_m3, quadratic_pa_s2_m6: Measured curves in this medium, shape (measured, variant).
        held_kg_s: Constant flow of movers that give one, shape (constant, variant).
        limit_kg_s: Limit of each limiting branch, shape (limited, variant).
    """

    net: FlowNet
    density_kg_m3: Array
    lift_pa: Array
    friction: Rows
    measured: Rows
    mover: Rows
    pipe: Medium
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
                stands at its limit where pressure is left over: Newton finds the valves that do at once.

        Returns:
            Loss [Pa], slope [Pa·s/kg], shape (branch, variant); rise per speed [Pa], shape (mover, variant).
        """
        loss = self.lift_pa.copy()
        slope = np.full_like(flow_kg_s, LEAST_SLOPE_PA_S_KG)
        self._rub(flow_kg_s, loss, slope)
        self._measure(flow_kg_s, loss, slope)
        by_speed = self._rise(flow_kg_s, speed_ratio, loss, slope)
        held, limited, check = self.net.held_flow, self.net.limited, self.net.check
        if len(held):
            stiff = STIFF_PA / np.maximum(self.held_kg_s, 1e-3)
            loss[held] += stiff * (flow_kg_s[held] - self.held_kg_s)
            slope[held] += stiff
        if len(limited):
            through, limit = flow_kg_s[limited], np.maximum(self.limit_kg_s, 1e-3)
            left = through - self.limit_kg_s
            if across_pa is not None:
                left = PUSH_PA * left / limit + (across_pa[limited] - loss[limited])
            stiff = np.where(left > 0.0, STIFF_PA / limit, 0.0)
            loss[limited] += stiff * np.where(left > 0.0, through - self.limit_kg_s, 0.0)
            slope[limited] += stiff
        if len(check):
            shut = np.where(flow_kg_s[check] < 0.0, CHECK_PA_S_KG, 0.0)
            loss[check] += shut * flow_kg_s[check]
            slope[check] += shut
        return loss, slope, by_speed

    def _rub(self, flow: Array, loss: Array, slope: Array) -> None:
        net, rows = self.net, self.friction
        if len(net.friction):
            drop, steep = darcy_drop(
                flow[rows], net.length_m, net.diameter_m, net.roughness_m, net.loss_ratio,
                self.pipe.density_kg_m3, self.pipe.viscosity_pa_s,
            )  # fmt: skip
            loss[rows] += drop
            slope[rows] += steep

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
        if not len(net.mover):
            return np.zeros((0, net.variants))
        density = self.density_kg_m3[rows]
        rise, by_flow, by_speed = pump_rise(
            flow[rows] / density, speed, net.shutoff_pa, net.rise_linear, net.rise_quadratic
        )
        loss[rows] -= rise
        # Near shut-off a curve is flat; without a floor the last digit of a pressure would be a flow.
        mean = np.sqrt(np.maximum(-net.rise_quadratic * net.shutoff_pa, 0.0))
        steep = FLAT_RATIO * np.maximum(speed, 0.0) * mean / density
        slope[rows] += np.maximum(-by_flow / density, steep)
        return by_speed


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
    return Laws(
        net=net, density_kg_m3=density,
        lift_pa=GRAVITY_M_S2 * density * (net.height_m[net.head] - net.height_m[net.tail])[:, None],
        friction=friction, measured=measured, mover=_together(net.mover),
        pipe=Medium(density_kg_m3=density[friction], viscosity_pa_s=viscosity[friction]),
        linear_pa_s_m3=linear, quadratic_pa_s2_m6=quadratic,
        held_kg_s=net.held_m3_s * density[net.held_flow], limit_kg_s=limit_m3_s * density[net.limited],
    )  # fmt: skip


def _together(rows: Index) -> Rows:
    """Return rows as a slice where they lie side by side: a slice needs no copy."""
    if len(rows) and rows[-1] - rows[0] == len(rows) - 1 and np.all(np.diff(rows) == 1):
        return slice(int(rows[0]), int(rows[-1]) + 1)
    return rows


def _over(value: Array, reference: Array, known: Flags) -> Array:
    return np.where(known, value / np.where(known, reference, 1.0), 1.0)


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
    return laws_of(net, medium, limit_m3_s).at(flow_kg_s, speed_ratio)
