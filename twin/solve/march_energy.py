"""Energy of a march: what sources gave is what loads took, what was lost, and what is stored more."""

from dataclasses import dataclass

import numpy as np

from twin.arrays import Array
from twin.solve.march import March
from twin.solve.shapes import integral


@dataclass(frozen=True, slots=True, kw_only=True)
class Energy:
    """Energies over a whole march [J], and what is missing between them over the greatest [1]."""

    source_j: float
    load_j: float
    loss_j: float
    stored_j: float
    residual_ratio: float


def source_w(march: March) -> Array:
    """Return the power of utilities and generators together [W], shape (instant,)."""
    power = march.instants.feed_power_va.real
    stores = march.plan.stores
    battery = np.zeros(len(power), dtype=np.bool_)
    battery[stores.source[stores.source >= 0]] = True
    total: Array = power[~battery].sum(axis=0)
    return total


def it_w(march: March) -> Array:
    """Return what each consumer is served [W], recharging left out, batteries within it counted."""
    stores = march.plan.stores
    served = march.instants.consumer_power_w.copy()
    behind, inside = np.flatnonzero(stores.consumer < 0), np.flatnonzero(stores.consumer >= 0)
    served[stores.charger[behind]] = 0.0
    np.subtract.at(served, stores.consumer[inside], march.taken_w[inside])
    np.add.at(served, stores.consumer[inside], march.given_w[inside])
    return served


def loss_w(march: March) -> Array:
    """Return what conductors, transformers, converters and charging lose [W], shape (instant,)."""
    told = march.instants
    charging = march.taken_w * (1.0 - march.plan.stores.charge_ratio[:, None])
    parts = (told.line_loss_w, told.transformer_loss_w, told.converter_loss_w, charging)
    total: Array = np.sum([part.sum(axis=0) for part in parts], axis=0)
    return total


def energy(march: March) -> Energy:
    """Return the energies of a march.

    What is stored comes from the first and the last state of the batteries; the rest from voltages and
    currents at supplies and consumers, and from the laws of what loses.

    Source: first law; straight lines of power between instants.
    """
    total = [float(integral(march.time_s, p)[-1]) for p in (source_w(march), loss_w(march))]
    load = float(integral(march.time_s, it_w(march).sum(axis=0))[-1])
    stored = float((march.stored_j[:, -1] - march.plan.stores.capacity_j).sum())
    missing = total[0] - load - total[1] - stored
    greatest = max(abs(total[0]), abs(load), 1.0)
    return Energy(
        source_j=total[0], load_j=load, loss_j=total[1], stored_j=stored,
        residual_ratio=abs(missing) / greatest,
    )  # fmt: skip
