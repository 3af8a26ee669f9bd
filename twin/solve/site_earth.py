"""Faults to earth of a facility: how its star points are earthed, and the current they let flow."""

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.model.fault_net import Complex, FaultCase, FaultNet, Winding
from twin.model.phases import VECTOR_GROUPS
from twin.model.power_net import Feeds, PowerNet, Transformers
from twin.solve.fault_circuit import groups_of, seen
from twin.solve.fault_earth import zero_sequence
from twin.solve.fault_equipment import factors, positive
from twin.solve.short_circuit import Faults

ROOT3 = np.sqrt(3.0)
HIGH = np.array([word.startswith("YN") for word in VECTOR_GROUPS])
LOW = np.array(["yn" in word for word in VECTOR_GROUPS])


def sides(windings: Transformers) -> tuple[Index, Index, Complex]:
    """Return the winding of the high and the low side, and what its star point is earthed by [ohm].

    A star point on the high side has no declared earthing: no current passes it here, and ``unknown`` says
    where that matters.
    """
    high = np.where(HIGH[windings.group], Winding.STAR, Winding.DELTA).astype(np.intp)
    earthed = LOW[windings.group] & np.isfinite(windings.neutral_ohm).any(axis=1)
    low = np.where(LOW[windings.group], Winding.STAR, Winding.DELTA)
    low = np.where(earthed, Winding.EARTHED_STAR, low).astype(np.intp)
    return high, low, np.where(np.isfinite(windings.neutral_ohm), windings.neutral_ohm, 0.0) + 0j


def machine_ohm(feeds: Feeds, reactance_ohm: Array) -> Complex:
    """Return the zero-sequence impedance of machines [ohm], NaN for none: no star point, or none known."""
    zero = 3.0 * feeds.neutral_ohm + 1j * feeds.zero_reactance_ratio * reactance_ohm
    return np.where(np.isfinite(zero), zero, np.nan + 0j)


def earth_current(net: PowerNet, faults: FaultNet, case: FaultCase, found: Faults) -> Array:
    """Return the initial current of a fault from one line to earth [A], shape (node, variant).

    Ik1″ is √3·c·Un over the size of 2·Z1 + Z0; 0 where no star point in reach is earthed, NaN where that is
    not declared.

    Args:
        net: The electrical side of the facility, as it is switched.
        faults: The same as the standard sees it.
        case: Greatest or least currents.
        found: Three-phase currents of that case.

    Source:
        IEC 60909-0:2016, 7.5 and 5.3.2, with Z2 = Z1; capacitances are left out.
    """
    zero = seen(zero_sequence(faults, case, positive(faults, case, -1).winding_factor_ratio)).impedance_pu
    volts = faults.nominal_v[:, None]
    ways = np.isfinite(zero) & found.live
    around = np.where(ways, 2.0 * np.where(ways, found.impedance_ohm, 1.0), 1.0)
    around = around + np.where(ways, zero, 0.0) * volts**2
    current = np.where(ways, ROOT3 * factors(faults, case)[0] * volts / np.abs(around), 0.0)
    return np.where(_unknown(net, faults), np.nan, current)


def _unknown(net: PowerNet, faults: FaultNet) -> Flags:
    """Return where a star point in reach, or a network's zero sequence, is not declared, (node, variant)."""
    t, f = net.transformers, net.feeds
    from_low = np.less(t.primary_v, t.secondary_v).all(axis=1)
    high, low = np.where(from_low, t.b, t.a), np.where(from_low, t.a, t.b)
    unsaid = LOW[t.group][:, None] & (np.isnan(t.neutral_ohm) | HIGH[t.group][:, None])
    isolated = np.isinf(f.neutral_ohm)
    node = np.concatenate([low, high, f.node])
    blank = np.concatenate([
        unsaid & t.in_service, HIGH[t.group][:, None] & t.in_service,
        (np.isnan(f.zero_reactance_ratio) | np.isnan(f.neutral_ohm)) & ~isolated & f.in_service,
    ])  # fmt: skip
    lines = faults.conductors
    found = np.zeros((net.node.size, net.variants), dtype=np.bool_)
    for variant in range(net.variants):
        group = groups_of(net.node.size, lines.a, lines.b, lines.in_service[:, variant])
        found[:, variant] = np.isin(group, group[node[blank[:, variant]]])
    return found
