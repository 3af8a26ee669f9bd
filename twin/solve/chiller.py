"""What chillers take and draw, within their capacity and beyond it."""

import numpy as np

from twin.arrays import Array, Index
from twin.laws.chiller_curves import coefficients, least_entering, least_load
from twin.laws.rejection import Duty, carnot_chiller, eir_chiller
from twin.model.choices import Machine
from twin.model.heat_net import HeatNet

# Curves are held at this much above the set-point; a real chiller has tripped by then.
CEILING_DK = 15.0
# Beyond, capacity goes on along a straight line that rises at least by this share per kelvin.
LEAST_RISE_PER_K = 0.01


def chillers(net: HeatNet) -> Index:
    """Return the rows of chillers among rejectors."""
    return np.flatnonzero(
        (net.machine == Machine.AIR_COOLED_CHILLER) | (net.machine == Machine.WATER_COOLED_CHILLER)
    )


def entering(net: HeatNet, inlet_k: Array, cold: Index) -> Array:
    """Return what enters the condensers [K]: outside air, or the water of their condenser branches."""
    wet = net.condenser[cold]
    return np.where((wet >= 0)[:, None], inlet_k[np.maximum(wet, 0)], net.entering_k[cold])


def duty(net: HeatNet, heat_w: Array, leaving_k: Array, entering_k: Array, cold: Index) -> Duty:
    """Return power and available capacity of chillers by their laws, shape (chiller, variant).

    One that follows Carnot has the capacity of its rating at any temperature, and its efficiency at any load.
    One that follows a curve set keeps its condensers from colder air or water than the set was made for.
    """
    capacity, power, part = coefficients(net.curve[cold, None])
    leaving_k = np.minimum(leaving_k, net.leaving_k[cold] + CEILING_DK)
    by_curve = eir_chiller(
        heat_w, leaving_k, np.maximum(entering_k, least_entering(net.curve[cold, None])),
        capacity_w=net.capacity_w[cold],
        cop_ratio=net.cop_ratio[cold], capacity_curve_ratio=capacity, power_curve_ratio=power,
        part_curve_ratio=part, least_load_ratio=least_load(net.curve[cold, None]),
    )  # fmt: skip
    share = net.carnot_ratio[cold]
    follows = np.isfinite(share)
    if not follows.any():
        return by_curve
    full = np.broadcast_to(net.capacity_w[cold], by_curve.available_w.shape)
    taken = np.minimum(heat_w, full)
    drawn = carnot_chiller(taken, leaving_k, entering_k, carnot_fraction=np.where(follows, share, 1.0))
    return Duty(
        power_w=np.where(follows, drawn, by_curve.power_w),
        available_w=np.where(follows, full, by_curve.available_w),
        loading_ratio=np.where(follows, taken / full, by_curve.loading_ratio),
        saturated=np.where(follows, heat_w > full, by_curve.saturated),
    )


def flat_out(net: HeatNet, leaving_k: Array, entering_k: Array, cold: Index) -> tuple[Array, Array]:
    """Return what chillers at full capacity take [W] and how that rises with leaving water [W/K].

    An overloaded loop warms until what is taken is what is given. Above the ceiling no chiller runs: there
    the straight line only keeps the balance, and loading above 1 says that the design has no steady state.

    Source:
        Curve sets of twin.laws.chiller_curves; the line beyond them is an assumption.
    """

    def available(at_k: Array) -> Array:
        none = np.zeros(np.broadcast_shapes(at_k.shape, entering_k.shape))
        return duty(net, none, at_k + none, entering_k, cold).available_w

    low, top = net.leaving_k[cold], net.leaving_k[cold] + CEILING_DK
    at_low, at_top = available(low), available(top)
    mean = (at_top - at_low) / CEILING_DK
    line = np.maximum(mean, LEAST_RISE_PER_K * at_top)
    above = leaving_k > top
    step = 0.01
    inside = (available(np.minimum(leaving_k, top) - step), available(np.minimum(leaving_k, top)))
    taken = inside[1] + line * np.maximum(leaving_k - top, 0.0)
    slope = np.where(above, line, np.maximum((inside[1] - inside[0]) / step, LEAST_RISE_PER_K * inside[1]))
    return taken, slope
