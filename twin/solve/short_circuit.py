"""Short-circuit currents by IEC 60909: every bus at once, from one factorisation of each sequence."""

from dataclasses import dataclass, fields, replace

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.laws.short_circuit import LOW_VOLTAGE_V, direct_heating, peak_factor
from twin.model.fault_net import Complex, FaultCase, FaultNet
from twin.solve.fault_circuit import Circuit, Seen, groups_of, seen, several_paths
from twin.solve.fault_decay import AtFault, breaking, steady
from twin.solve.fault_earth import zero_sequence
from twin.solve.fault_equipment import Positive, factors, positive, small_motors

ROOT2, ROOT3 = np.sqrt(2.0), np.sqrt(3.0)
# IEC 60909-0:2016, 8.1: reactances of method C are taken at 20 Hz of 50, or 24 Hz of 60.
SLOW_RATIO = 0.4
# The same clause on method B: correction, where it may be left out, and the greatest κ.
MESHED_FACTOR, INDUCTIVE_RX, MOST_LOW, MOST_HIGH = 1.15, 0.3, 1.8, 2.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Faults:
    """Short-circuit currents of a fault at each bus alone. Shapes: (bus, variant); 0 at dead buses.

    Attributes:
        ikss_a: Initial symmetrical current Ik″.
        ip_a: Peak current ip.
        ib_a: Symmetrical breaking current Ib, NaN where it is not asked for.
        ik_a: Steady current Ik, NaN where it is not asked for, or where a lone generator declares none.
        ith_a: Thermal equivalent current Ith with n = 1: alternating current that does not decay.
        impedance_ohm: Complex impedance Zk of the positive sequence, infinite at dead buses.
        zero_impedance_ohm: Complex impedance of the zero sequence, infinite without a way to earth; NaN
            where it is not asked for.
        peak_factor_ratio: κ.
        live: Whether a source reaches the bus.
    """

    ikss_a: Array
    ip_a: Array
    ib_a: Array
    ik_a: Array
    ith_a: Array
    impedance_ohm: Complex
    zero_impedance_ohm: Complex
    peak_factor_ratio: Array
    live: Flags


def solve_faults(net: FaultNet, case: FaultCase) -> Faults:
    """Return the short-circuit currents at every bus.

    The network has one source: c·Un/√3 at the fault, all others are short-circuited behind their impedances.
    Ik″ = c·Un/(√3·Z1) for three phases, c·Un/(2·Z1) line to line, √3·c·Un/(2·Z1 + Z0) line to earth; the
    negative sequence has the impedances of the positive. Converters add Σ|Zkj|·IkPF over the same impedance.

    Args:
        net: The network.
        case: Which currents are asked for.

    Raises:
        ConvergenceError: An impedance is zero or not known; its bus is named.

    Source:
        IEC 60909-0:2016, 5.3 (method), 7 to 9, 11 and 13 (currents).
    """
    found = _state(net, case)
    for row in np.flatnonzero(net.generators.transformer >= 0):
        # At its own terminals the unit has other corrections, and UrG stands for the nominal voltage.
        bus = net.generators.node[row : row + 1]
        found = _with(found, _state(net, case, inside=int(row)), bus[:, None], np.arange(net.variants))
    if case.neglect_small_motors and case.greatest and net.motors.in_service.any():
        found = _without_small_motors(net, case, found)
    return found


def _with(found: Faults, other: Faults, bus: Index, variant: Index) -> Faults:
    """Return results with those of some buses and variants taken from other ones."""
    columns = {}
    for field in fields(Faults):
        column = getattr(found, field.name).copy()
        column[bus, variant] = getattr(other, field.name)[bus, variant]
        columns[field.name] = column
    return Faults(**columns)


def _without_small_motors(net: FaultNet, case: FaultCase, found: Faults) -> Faults:
    motors = net.motors
    bare = _state(without_motors(net), case)
    for variant in range(net.variants):
        group, small = small_motors(net, bare.ikss_a[:, variant], variant)
        for each in np.unique(group[small]):
            out = motors.in_service & (group[motors.node] != each)[:, None]
            left = _state(replace(net, motors=replace(motors, in_service=out)), case)
            found = _with(found, left, np.flatnonzero(small & (group == each)), np.array(variant))
    return found


def _state(net: FaultNet, case: FaultCase, inside: int = -1) -> Faults:
    """Return the currents with one set of corrections; ``inside`` a power-station unit or -1."""
    buses = net.nominal_v.size
    sequence = positive(net, case, inside)
    view, volts = seen(sequence.circuit), sequence.circuit.nominal_v[:, None]
    emf = np.ones(view.live.shape)
    emf[:buses] = factors(net, case)[0]
    if inside >= 0:
        bus = net.generators.node[inside]
        emf[bus] *= net.generators.rated_v[inside] / net.nominal_v[bus]
    extra = np.asarray(case.fault_ohm / volts**2, dtype=np.complex128)
    z1, zero = view.impedance_pu + extra, np.full(view.live.shape, np.nan + 0j)
    if case.kind == "1ph":
        zero = seen(zero_sequence(net, case, sequence.winding_factor_ratio)).impedance_pu + extra
    gain = _gain(case, z1, zero)
    injected = np.zeros(z1.shape)
    if case.greatest and net.sources.in_service.any():
        injected = np.abs(gain) * _from_converters(net, view)
    fault = AtFault(view=view, emf=emf, impedance=z1, current=emf * gain)
    driven, kappa = np.abs(fault.current), _kappa(net, case, sequence, extra)
    heat = direct_heating(kappa, np.array(case.duration_s), np.array(case.frequency_hz))
    broken, final = _later(net, case, sequence, fault, extra)
    base = (1.0 / (ROOT3 * volts))[:buses]

    def amperes(per_unit: Array) -> Array:
        return np.where(view.live[:buses], per_unit[:buses] * base, 0.0)

    def at_voltage(per_unit: Complex) -> Complex:
        ways = ~np.isinf(per_unit)
        return np.where(ways, np.where(ways, per_unit, 0.0) * volts**2, np.inf)[:buses]

    return Faults(
        ikss_a=amperes(driven + injected), ip_a=amperes(ROOT2 * (kappa * driven + injected)),
        ib_a=amperes(broken + injected), ik_a=amperes(final + injected),
        ith_a=amperes((driven + injected) * np.sqrt(heat + 1.0)),
        impedance_ohm=at_voltage(z1), zero_impedance_ohm=at_voltage(zero),
        peak_factor_ratio=kappa[:buses], live=view.live[:buses],
    )  # fmt: skip


def _gain(case: FaultCase, z1: Complex, zero: Complex) -> Complex:
    """Return the current of the fault per voltage before it, per unit, shape (node, variant).

    Source:
        IEC 60909-0:2016, 7.2, 7.3 and 7.5, with Z2 = Z1.
    """
    earth = case.kind == "1ph"
    barred = ~np.isfinite(z1) | (earth & ~np.isfinite(zero))
    plain, back = (np.where(barred, 1.0, impedance) for impedance in (z1, zero))
    match case.kind:
        case "3ph":
            gain = 1.0 / plain
        case "2ph":
            gain = ROOT3 / (2.0 * plain)
        case "1ph":
            gain = 3.0 / (2.0 * plain + back)
    return np.where(barred, 0.0, gain)


def _from_converters(net: FaultNet, view: Seen) -> Array:
    """Return the voltage at each node that the currents of converters raise, per unit.

    Source:
        IEC 60909-0:2016, 6.9 and 7.2 (full converters as current sources, sums of absolute values).
    """
    sources = net.sources
    current = np.where(sources.in_service, sources.current_a, 0.0) * ROOT3 * net.nominal_v[sources.node, None]
    return np.asarray((np.abs(view.columns(sources.node)) * current.T[None]).sum(axis=2))


def _kappa(net: FaultNet, case: FaultCase, sequence: Positive, fault_pu: Complex) -> Array:
    """Return κ at every node; the same one serves unbalanced faults (IEC 60909-0:2016, 8.1 and 8.2)."""
    slow = SLOW_RATIO if case.peak_method == "C" and case.topology != "radial" else 1.0
    view = seen(sequence.peak.at_frequency(slow))
    impedance = view.impedance_pu + fault_pu.real + 1j * slow * fault_pu.imag
    at_fault = np.where(view.live, impedance, 1j)
    kappa = peak_factor(at_fault.real, at_fault.imag / slow)
    if case.peak_method == "C" or case.topology == "radial":
        return kappa
    raised = np.ones(kappa.shape, dtype=np.bool_)
    if case.topology == "auto":
        raised = np.stack([_uneven(sequence.peak, v) for v in range(net.variants)], axis=1)
    low = sequence.peak.nominal_v[:, None] <= LOW_VOLTAGE_V
    return np.minimum(np.where(raised, MESHED_FACTOR, 1.0) * kappa, np.where(low, MOST_LOW, MOST_HIGH))


def _uneven(circuit: Circuit, variant: int) -> Flags:
    """Return the meshed nodes whose network has a branch that is not inductive, for one variant."""
    branches, shunts = circuit.branches, circuit.shunts
    on, tied = branches.on[:, variant], shunts.on[:, variant]
    group = groups_of(circuit.nominal_v.size, branches.a, branches.b, on)
    resistive = [
        node[there & (impedance.real >= INDUCTIVE_RX * impedance.imag)]
        for node, there, impedance in (
            (branches.b, on, branches.impedance_ohm[:, variant]),
            (shunts.node, tied, shunts.impedance_ohm[:, variant]),
        )
    ]
    return several_paths(circuit, variant) & np.isin(group, group[np.concatenate(resistive)])


def _later(
    net: FaultNet, case: FaultCase, sequence: Positive, fault: AtFault, extra_pu: Complex
) -> tuple[Array, Array]:
    """Return breaking and steady current of every node without those of converters, per unit.

    Unbalanced faults are taken not to decay (IEC 60909-0:2016, 9.2 and 11.3).
    """
    size = np.abs(fault.current)
    asked = np.isfinite(case.delay_s)
    nothing = np.full(size.shape, np.nan)
    if case.kind != "3ph":
        return size if asked else nothing, size if case.steady else nothing
    broken = breaking(net, case, sequence, fault) if asked else nothing
    if not case.steady:
        return broken, nothing
    if case.greatest and net.motors.in_service.any():
        view = seen(positive(without_motors(net), case, sequence.inside).circuit)
        z1 = view.impedance_pu + extra_pu
        fault = AtFault(view=view, emf=fault.emf, impedance=z1, current=fault.emf * _gain(case, z1, z1))
    return broken, steady(net, sequence, fault)


def without_motors(net: FaultNet) -> FaultNet:
    """Return the network with all asynchronous machines out of service."""
    return replace(net, motors=replace(net.motors, in_service=net.motors.in_service & False))
