"""Short-circuit currents of a facility: greatest with UPS in static bypass, least on inverter."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.laws.conductors import BASE_K
from twin.model.fault_net import (
    Conductors,
    FaultCase,
    FaultNet,
    Feeders,
    Generators,
    Motors,
    Sources,
    Triples,
    Windings,
)
from twin.model.phases import ALL_PHASES
from twin.model.power_net import Converters, Feeds, Lines, PowerNet, Transformers
from twin.model.variants import take
from twin.solve.fault_circuit import groups_of
from twin.solve.fault_equipment import reactance_of
from twin.solve.short_circuit import solve_faults
from twin.solve.site_direct import direct_faults
from twin.solve.site_earth import earth_current, machine_ohm, sides
from twin.solve.transfer import transferred

# A static switch has no impedance that anybody declares; this is far below that of any contact.
BYPASS_OHM = 1e-7
# A bypass joins what it stands between only where both sides have one voltage, EN 50160: within 10 %.
SAME_VOLTAGE_RATIO = 1.1
GREATEST = FaultCase(greatest=True, tolerance_ratio=0.10, peak_method="C")
LEAST = FaultCase(greatest=False, tolerance_ratio=0.10, peak_method="C")
ROOT3 = np.sqrt(3.0)
TWO_LINES_RATIO = 0.5 * ROOT3  # IEC 60909-0:2016, 7.3, with Z2 = Z1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SiteFaults:
    """Short-circuit currents at every power node in every case. Shapes: (node, variant).

    Attributes:
        ikss_max_a: Greatest initial current, 0 without a source, NaN where no source declares it
            and on direct current.
        ip_a: Its peak.
        ikss_min_a: Least initial current, of inverters behind them; NaN where a source does not declare it.
        ikss_line_min_a: Least initial current between two lines; NaN also behind inverters, which declare a
            current for faults of three phases only.
        ikss_earth_max_a: Greatest initial current from one line to earth, 0 where nothing in reach is
            earthed, NaN where that, or the zero sequence of a network, is not declared.
        ikss_earth_min_a: Least such current, NaN also behind inverters.
        ikss_dc_a, ip_dc_a: Quasi-steady and peak current on direct current, as ``direct_faults``.
    """

    ikss_max_a: Array
    ip_a: Array
    ikss_min_a: Array
    ikss_line_min_a: Array
    ikss_earth_max_a: Array
    ikss_earth_min_a: Array
    ikss_dc_a: Array
    ip_dc_a: Array


def site_faults(net: PowerNet) -> SiteFaults:
    """Return the short-circuit currents of a facility as it is switched in each case.

    Greatest: conductors at 20 °C, declared short-circuit power, UPS in static bypass. Least: conductors hot,
    least short-circuit power, UPS on inverter, whose current every fault behind them gets whole. Loads and
    drives feed nothing back.

    Args:
        net: The electrical side of the facility.

    Raises:
        ConvergenceError: An impedance is not known; its node is named.

    Source:
        IEC 60909-0:2016, 5.2, 7.1 (greatest and least currents), 6.9 and 6.11 (converters).
    """
    if not net.node.size:
        return SiteFaults(**{f.name: np.zeros((0, net.variants)) for f in fields(SiteFaults)})
    net = transferred(net)
    which, again = _like_cases(net)
    if which.size < net.variants:
        found = site_faults(take(net, which, net.variants))
        return SiteFaults(**{f.name: getattr(found, f.name)[:, again] for f in fields(SiteFaults)})
    nominal = net.nominal_v.max(axis=1)
    volts = np.where(nominal > 0.0, nominal, 1.0)  # nothing ever feeds the rest
    bypassed = _same_voltage(volts, net.converters) & (net.converters.bypass_ratio > 0.0).all(axis=1)
    high, low = _fault_net(net, volts, GREATEST, bypassed), _fault_net(net, volts, LEAST, bypassed & False)
    most, least = solve_faults(high, GREATEST), solve_faults(low, LEAST)
    fed = net.converters.in_service & ~bypassed[:, None]
    behind = _from_inverters(net, volts, fed)
    lowest = np.where(_behind_unknown(net), np.nan, least.ikss_a)
    inverted = _from_inverters(net, volts, net.converters.in_service)
    direct = net.direct[:, None]  # IEC 60909 does not speak of it
    # No fault of three phases is at the end of a cord that lacks one, and what is there is less.
    single = np.zeros((net.node.size, 1), dtype=np.bool_)
    single[net.lines.b[net.lines.phases != ALL_PHASES]] = True
    earth_most, earth_least = earth_current(net, high, GREATEST, most), earth_current(net, low, LEAST, least)
    lasting, peak = direct_faults(net)
    unsaid = np.where(_reached(net, net.converters.in_service), np.nan, 0.0)
    return SiteFaults(
        ikss_max_a=np.where(direct, np.nan, np.where(most.live, most.ikss_a, behind)),
        ip_a=np.where(direct, np.nan, np.where(most.live, most.ip_a, np.sqrt(2.0) * behind)),
        ikss_min_a=np.where(direct | single, np.nan, np.where(least.live, lowest, inverted)),
        ikss_line_min_a=np.where(
            direct | single, np.nan, np.where(least.live, TWO_LINES_RATIO * lowest, unsaid)
        ),
        ikss_earth_max_a=np.where(
            direct, np.nan, np.where(most.live, earth_most, np.where(_reached(net, fed), np.nan, 0.0))
        ),
        ikss_earth_min_a=np.where(
            direct | single, np.nan,
            np.where(least.live, np.where(np.isnan(lowest), np.nan, earth_least), unsaid),
        ),
        ikss_dc_a=lasting, ip_dc_a=peak,
    )  # fmt: skip


def _like_cases(net: PowerNet) -> tuple[Index, Index]:
    """Return one case of each kind of switching, and which of them each case is like, shape (variant,)."""
    tables = (net.lines, net.transformers, net.converters, net.feeds)
    columns = [
        np.nan_to_num(value.astype(np.float64))
        for table in tables
        for field in fields(table)
        if (value := getattr(table, field.name)).ndim == 2 and value.shape[1] == net.variants
    ]
    _, which, again = np.unique(np.concatenate(columns), axis=1, return_index=True, return_inverse=True)
    return which, again


def _same_voltage(volts: Array, converters: Converters) -> Flags:
    """Return which converters a static bypass can close around, shape (converter,)."""
    ratio = volts[converters.a] / volts[converters.b]
    return np.asarray((ratio < SAME_VOLTAGE_RATIO) & (ratio > 1.0 / SAME_VOLTAGE_RATIO))


def _groups(net: PowerNet) -> Iterator[Index]:
    """Yield, variant by variant, the group that lines and transformers join each node to."""
    a = np.concatenate([net.lines.a, net.transformers.a])
    b = np.concatenate([net.lines.b, net.transformers.b])
    on = np.concatenate([net.lines.in_service, net.transformers.in_service])
    for variant in range(net.variants):
        yield groups_of(net.node.size, a, b, on[:, variant])


def _reached(net: PowerNet, on: Flags) -> Flags:
    """Return which nodes are in the network behind a converter that is on, shape (node, variant)."""
    found = np.zeros((net.node.size, net.variants), dtype=np.bool_)
    for variant, group in enumerate(_groups(net)):
        found[:, variant] = np.isin(group, group[net.converters.b[on[:, variant]]])
    return found


def _from_inverters(net: PowerNet, volts: Array, on: Flags) -> Array:
    """Return what inverters give to a fault in the network behind them [A], shape (node, variant)."""
    inverters = net.converters
    apparent = np.broadcast_to(inverters.fault_a, on.shape) * ROOT3 * volts[inverters.b, None]
    found = np.zeros((net.node.size, net.variants))
    if not on.any():
        return found
    for variant, group in enumerate(_groups(net)):
        given = np.where(on[:, variant], apparent[:, variant], 0.0)
        total = np.bincount(group[inverters.b], given, minlength=group.max() + 1)
        found[:, variant] = total[group] / (ROOT3 * volts)
    return found


def _behind_unknown(net: PowerNet) -> Flags:
    """Return where a feed reaches that does not declare its least short-circuit power, (node, variant)."""
    unknown = _networks(net.feeds)[:, None] & np.isnan(net.feeds.least_short_circuit_va)
    unknown = unknown & net.feeds.in_service
    found = np.zeros((net.node.size, net.variants), dtype=np.bool_)
    if not unknown.any():
        return found
    for variant, group in enumerate(_groups(net)):
        found[:, variant] = np.isin(group, group[net.feeds.node[unknown[:, variant]]])
    return found


def _networks(feeds: Feeds) -> Flags:
    """Return which feeds are networks, and not machines, shape (feed,)."""
    return np.asarray(np.isnan(feeds.sine_ratio).all(axis=1), dtype=np.bool_)


def _fault_net(net: PowerNet, volts: Array, case: FaultCase, bypassed: Flags) -> FaultNet:
    nothing = np.zeros(0, dtype=np.intp)
    none, off = np.zeros((0, 1)), np.zeros((0, net.variants), dtype=np.bool_)
    three = np.zeros((0, 3))
    return FaultNet(
        nominal_v=volts, names=tuple(net.name(row) for row in range(volts.size)),
        feeders=_feeders(net.feeds, case), conductors=_conductors(net.lines, net.converters, bypassed, case),
        windings=_windings(net.transformers), generators=_generators(net.feeds),
        triples=Triples(
            node=three.astype(np.intp), rated_va=three, rated_v=three, impedance_ratio=three,
            resistance_ratio=three, zero_impedance_ratio=three, zero_resistance_ratio=three,
            winding=three.astype(np.intp), earthing_ohm=three.astype(np.complex128), in_service=off,
        ),
        motors=Motors(
            node=nothing, rated_va=none, rated_v=none, starting_ratio=none, rx_ratio=none,
            power_per_pole_pair_w=none, in_service=off,
        ),
        sources=Sources(node=nothing, current_a=none, in_service=off), variants=net.variants,
    )  # fmt: skip


def _feeders(feeds: Feeds, case: FaultCase) -> Feeders:
    mine = _networks(feeds)
    power = feeds.short_circuit_va[mine]
    if not case.greatest:
        # Where the least power is not declared the result is taken back: any number will do here.
        least = feeds.least_short_circuit_va[mine]
        power = np.where(np.isnan(least), power, least)
    said = feeds.zero_rx_ratio[mine]
    return Feeders(
        node=feeds.node[mine], short_circuit_va=power, rx_ratio=feeds.rx_ratio[mine],
        zero_reactance_ratio=feeds.zero_reactance_ratio[mine],
        zero_rx_ratio=np.where(np.isnan(said), feeds.rx_ratio[mine], said), in_service=feeds.in_service[mine],
    )  # fmt: skip


def _generators(feeds: Feeds) -> Generators:
    """Return machines; their stator resistance is not declared and counts as none."""
    mine = ~_networks(feeds)
    count = int(mine.sum())
    there = feeds.rated_va[mine] > 0.0
    rated, most = (np.where(there, value[mine], 1.0) for value in (feeds.rated_va, feeds.short_circuit_va))
    machines = replace(
        feeds, neutral_ohm=feeds.neutral_ohm[mine], zero_reactance_ratio=feeds.zero_reactance_ratio[mine]
    )
    return Generators(
        node=feeds.node[mine], rated_va=rated, rated_v=feeds.voltage_v[mine],
        subtransient_ratio=rated / most, resistance_ohm=np.zeros((count, 1)),
        sine_ratio=feeds.sine_ratio[mine], raised_ratio=np.zeros((count, 1)),
        zero_ohm=machine_ohm(machines, feeds.voltage_v[mine] ** 2 / most),
        sustained_ratio=np.full((count, 1), np.nan),
        transformer=np.full(count, -1, dtype=np.intp), in_service=feeds.in_service[mine] & there,
    )  # fmt: skip


def _conductors(lines: Lines, converters: Converters, bypassed: Flags, case: FaultCase) -> Conductors:
    """Return lines and the static bypasses that are closed."""
    closed = np.flatnonzero(bypassed)
    cold = np.where(np.isnan(lines.cold_ohm), lines.resistance_ohm, lines.cold_ohm)
    end = np.where(np.isnan(lines.end_k) | np.isnan(lines.cold_ohm), BASE_K, lines.end_k)
    variants = lines.in_service.shape[1]
    count = lines.a.size + closed.size
    wide = max(cold.shape[1], lines.reactance_ohm.shape[1], end.shape[1])

    def beside(own: Array, other: float) -> Array:
        filler = np.full((closed.size, wide), other)
        return np.concatenate([np.broadcast_to(own, (lines.a.size, wide)), filler])

    resistance, reactance = beside(cold, BYPASS_OHM), beside(lines.reactance_ohm, 0.0)
    zero_r, zero_x = (beside(own, 1.0) for own in (lines.zero_resistance_ratio, lines.zero_reactance_ratio))
    on = np.broadcast_to(converters.in_service[closed], (closed.size, variants))
    return Conductors(
        a=np.concatenate([lines.a, converters.a[closed]]), b=np.concatenate([lines.b, converters.b[closed]]),
        resistance_ohm=resistance, reactance_ohm=reactance,
        end_k=beside(end, BASE_K) if not case.greatest else np.full((count, 1), BASE_K),
        zero_resistance_ohm=zero_r * resistance, zero_reactance_ohm=zero_x * reactance,
        in_service=np.concatenate([lines.in_service, on]),
    )  # fmt: skip


def _windings(windings: Transformers) -> Windings:
    """Return transformers with the higher voltage first."""
    up: Flags = np.less(windings.primary_v, windings.secondary_v).all(axis=1).reshape(-1)
    high, low = (
        np.where(up[:, None], one, other)
        for one, other in (
            (windings.secondary_v, windings.primary_v), (windings.primary_v, windings.secondary_v),
        )
    )  # fmt: skip
    count = windings.a.size
    resistance = windings.load_loss_w / windings.rated_va
    reactance = reactance_of(windings.impedance_ratio, resistance)
    upper, lower, earthing = sides(windings)
    return Windings(
        a=np.where(up, windings.b, windings.a), b=np.where(up, windings.a, windings.b),
        rated_va=windings.rated_va, high_v=high, low_v=low, impedance_ratio=windings.impedance_ratio,
        resistance_ratio=resistance,
        zero_impedance_ratio=np.hypot(resistance, windings.zero_reactance_ratio * reactance),
        zero_resistance_ratio=resistance, magnetising_ohm=np.full((count, 1), np.nan + 0j),
        high_share_ratio=np.full((count, 1), 0.5), high=upper, low=lower,
        high_earthing_ohm=np.zeros((count, 1), dtype=np.complex128), low_earthing_ohm=earthing,
        unit=np.zeros(count, dtype=np.bool_),
        on_load=np.zeros(count, dtype=np.bool_), tap_ratio=np.zeros((count, 1)),
        in_service=windings.in_service,
    )  # fmt: skip
