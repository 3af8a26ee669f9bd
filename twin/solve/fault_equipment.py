"""Equipment as impedances of the positive sequence, with the corrections of IEC 60909."""

from dataclasses import dataclass

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.laws.conductors import resistance_at
from twin.laws.short_circuit import (
    HEATED_PER_K,
    LOW_VOLTAGE_V,
    feeder_impedance,
    fixed_unit_factor,
    generator_factor,
    machine_impedance,
    transformer_factor,
    unit_factor,
    voltage_factors,
)
from twin.model.fault_net import Complex, FaultCase, FaultNet, Triples, Windings
from twin.solve.fault_circuit import Branches, Circuit, Shunts, earthed, groups_of, joined, ohms

# IEC 60909-0:2016, 6.6.1: fictitious R over X″ for the peak, by voltage and rating.
LOW_VOLTAGE_RX, SMALL_RX, LARGE_RX = 0.15, 0.07, 0.05
LARGE_VA = 100e6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Positive:
    """The positive sequence, whose impedances the negative one shares (IEC 60909-0:2016, 5.3.2).

    Attributes:
        circuit: Impedances with the stator resistance of generators.
        peak: The same with their fictitious resistance, for the peak.
        generator_ohm, motor_ohm: Corrected impedance of each machine, shape (machine, 1 or variant).
        winding_factor_ratio: Correction of each two-winding transformer, shape (transformer, 1 or variant).
        inside: Generator at whose terminals the fault is, -1 for none.
    """

    circuit: Circuit
    peak: Circuit
    generator_ohm: Complex
    motor_ohm: Complex
    winding_factor_ratio: Array
    inside: int


def factors(net: FaultNet, case: FaultCase) -> tuple[Array, Array]:
    """Return the voltage factor of the case and the greatest one, each of shape (bus, 1)."""
    most, least = voltage_factors(net.nominal_v[:, None], np.array(case.tolerance_ratio))
    return (most if case.greatest else least), most


def nodes_of(net: FaultNet) -> tuple[Array, tuple[str, ...], Index]:
    """Return voltage and name of every node, star points of three windings behind the buses, and those."""
    stars = len(net.nominal_v) + np.arange(len(net.triples.node))
    names = (
        *net.names,
        *(f"star point of the transformer at {net.names[n]}" for n in net.triples.node[:, 0]),
    )
    return np.concatenate([net.nominal_v, net.triples.rated_v[:, 0]]), names, stars


def positive(net: FaultNet, case: FaultCase, inside: int) -> Positive:
    """Return the positive sequence.

    Args:
        net: The network.
        case: What is asked for; minimum currents take hot conductors, no KT and no motors.
        inside: Generator of the power-station unit at whose terminals the fault is, -1 for none.

    Source:
        IEC 60909-0:2016, clause 6 (impedances) and 5.2 (what is left out).
    """
    actual, most = factors(net, case)
    volts, names, stars = nodes_of(net)
    unit, winding = unit_corrections(net, most, inside)
    kt = _network_factor(net.windings, most) if case.greatest else np.ones((1, 1))
    winding = np.where(net.windings.unit[:, None], winding, kt)
    branches = joined(
        [_conductors(net, case), _windings(net.windings, winding), _triples(net, case, most, stars)],
        net.variants,
    )
    machines = _generators(net, unit)
    fictitious = ohms(_fictitious(net)[:, None] * machines.imag, machines.imag)
    motors = _motors(net)
    running = net.motors.in_service & case.greatest
    feeders, generators = _feeders(net, actual), net.generators

    def circuit(turning: Complex) -> Circuit:
        shunts = [
            feeders,
            Shunts(node=generators.node, impedance_ohm=turning, on=generators.in_service),
            Shunts(node=net.motors.node, impedance_ohm=motors, on=running),
        ]
        return Circuit(
            nominal_v=volts, names=names, branches=branches, shunts=earthed(shunts, net.variants),
            variants=net.variants,
        )  # fmt: skip

    return Positive(
        circuit=circuit(machines), peak=circuit(fictitious), generator_ohm=machines, motor_ohm=motors,
        winding_factor_ratio=winding, inside=inside,
    )  # fmt: skip


def _feeders(net: FaultNet, factor: Array) -> Shunts:
    feeders = net.feeders
    resistance, reactance = feeder_impedance(
        net.nominal_v[feeders.node, None], feeders.short_circuit_va, factor[feeders.node], feeders.rx_ratio
    )
    return Shunts(node=feeders.node, impedance_ohm=ohms(resistance, reactance), on=feeders.in_service)


def hot_resistance(net: FaultNet, case: FaultCase, cold_ohm: Array) -> Array:
    """Return resistances of conductors as the case takes them: at 20 °C for maximum currents [ohm].

    Source:
        IEC 60909-0:2016, 6.4 and 7.1 (minimum: temperature at the end of the fault).
    """
    if case.greatest:
        return cold_ohm
    return resistance_at(cold_ohm, net.conductors.end_k, np.array(HEATED_PER_K))


def _conductors(net: FaultNet, case: FaultCase) -> Branches:
    lines = net.conductors
    impedance = ohms(hot_resistance(net, case, lines.resistance_ohm), lines.reactance_ohm)
    return Branches(
        a=lines.a, b=lines.b, impedance_ohm=impedance, turns_ratio=np.ones((lines.a.size, 1)),
        on=lines.in_service,
    )  # fmt: skip


def reactance_of(impedance_ratio: Array, resistance_ratio: Array) -> Array:
    """Return the reactive part of a short-circuit voltage [1]."""
    return np.sqrt(np.maximum(impedance_ratio**2 - resistance_ratio**2, 0.0))


def _network_factor(windings: Windings, most: Array) -> Array:
    reactance = reactance_of(windings.impedance_ratio, windings.resistance_ratio)
    return transformer_factor(most[windings.b], reactance)


def _windings(windings: Windings, factor: Array) -> Branches:
    reactance = reactance_of(windings.impedance_ratio, windings.resistance_ratio)
    base = windings.low_v**2 / windings.rated_va
    impedance = factor * base * ohms(windings.resistance_ratio, reactance)
    return Branches(
        a=windings.a, b=windings.b, impedance_ohm=impedance, turns_ratio=windings.high_v / windings.low_v,
        on=windings.in_service,
    )  # fmt: skip


def star_of(triples: Triples, impedance: Array, resistance: Array, factor: Array) -> Complex:
    """Return the three arms of each three-winding transformer at its highest voltage [ohm].

    Args:
        triples: The transformers.
        impedance: uk of the pairs high-middle, middle-low, high-low [1], shape (transformer, 3).
        resistance: uR of the same pairs [1].
        factor: Correction of each pair [1].

    Source:
        IEC 60909-0:2016, 6.3.2 (pairs to star) and 6.3.3 (KTAB, KTBC, KTAC).
    """
    va = triples.rated_va
    lower = np.stack([np.minimum(va[:, i], va[:, j]) for i, j in ((0, 1), (1, 2), (0, 2))], axis=1)
    base = factor * triples.rated_v[:, :1] ** 2 / lower
    pairs = base * ohms(resistance, reactance_of(impedance, resistance))
    high_middle, middle_low, high_low = pairs.T
    total = 0.5 * (high_middle + middle_low + high_low)
    return np.stack([total - middle_low, total - high_low, total - high_middle], axis=1)


def pair_factors(net: FaultNet, case: FaultCase, most: Array) -> Array:
    """Return the correction of every pair of windings [1], shape (transformer, 3)."""
    triples = net.triples
    if not case.greatest:
        return np.ones(triples.impedance_ratio.shape)
    lower = triples.node[:, [1, 2, 2]]
    reactance = reactance_of(triples.impedance_ratio, triples.resistance_ratio)
    return transformer_factor(most[lower, 0], reactance)


def _triples(net: FaultNet, case: FaultCase, most: Array, stars: Index) -> Branches:
    triples = net.triples
    factor = pair_factors(net, case, most)
    arms = star_of(triples, triples.impedance_ratio, triples.resistance_ratio, factor)
    return Branches(
        a=triples.node.ravel(), b=np.repeat(stars, 3), impedance_ohm=arms.reshape(-1, 1),
        turns_ratio=(triples.rated_v / triples.rated_v[:, :1]).reshape(-1, 1),
        on=np.repeat(triples.in_service, 3, axis=0),
    )  # fmt: skip


def unit_corrections(net: FaultNet, most: Array, inside: int) -> tuple[Array, Array]:
    """Return the corrections of all generators and of all transformers of power-station units.

    A generator without a unit transformer takes KG; with one it takes KS or KSO, and the transformer too.
    For a fault between the two the generator takes KG,S or KG,SO, and the transformer none.

    Returns:
        Factor of each generator and of each transformer, 1 without a unit, each (machine, 1 or variant).

    Source:
        IEC 60909-0:2016, 6.6.1, 6.7 and 7.2.2 (inside a power-station unit).
    """
    machines, windings = net.generators, net.windings
    row = np.maximum(machines.transformer, 0)
    alone = machines.transformer < 0
    own = most[machines.node]
    kg = generator_factor(
        nominal_v=net.nominal_v[machines.node, None], rated_v=machines.rated_v, voltage_factor_ratio=own,
        subtransient_ratio=machines.subtransient_ratio, sine_ratio=machines.sine_ratio,
        raised_ratio=machines.raised_ratio,
    )  # fmt: skip
    transformer = np.ones(windings.rated_va.shape)
    if alone.all():
        return kg, transformer
    network = net.nominal_v[windings.a[row], None] / machines.rated_v
    network = network * windings.low_v[row] / windings.high_v[row]
    reactance = reactance_of(windings.impedance_ratio, windings.resistance_ratio)[row]
    x, sine, c = machines.subtransient_ratio, machines.sine_ratio, most[windings.a[row]]
    ks = unit_factor(
        network_ratio=network, voltage_factor_ratio=c, subtransient_ratio=x, reactance_ratio=reactance,
        sine_ratio=sine,
    )  # fmt: skip
    kso = fixed_unit_factor(
        network_ratio=network, voltage_factor_ratio=c, subtransient_ratio=x, sine_ratio=sine,
        raised_ratio=machines.raised_ratio, tap_ratio=windings.tap_ratio[row],
    )  # fmt: skip
    on_load = windings.on_load[row, None]
    whole = np.where(on_load, ks, kso)
    terminal = own / (1.0 + x * sine) / np.where(on_load, 1.0, 1.0 + machines.raised_ratio)
    here = (np.arange(row.size) == inside)[:, None]
    transformer[row[~alone]] = np.where(here, 1.0, whole)[~alone]
    return np.where(alone[:, None], kg, np.where(here, terminal, whole)), transformer


def _generators(net: FaultNet, factor: Array) -> Complex:
    machines = net.generators
    reactance = machines.subtransient_ratio * machines.rated_v**2 / machines.rated_va
    return np.asarray(factor * ohms(machines.resistance_ohm, reactance))


def _fictitious(net: FaultNet) -> Array:
    """Return R over X″ of each generator as the peak takes it, shape (generator,)."""
    volts, va = net.generators.rated_v[:, 0], net.generators.rated_va[:, 0]
    high = np.where(va >= LARGE_VA, LARGE_RX, SMALL_RX)
    return np.where(volts <= LOW_VOLTAGE_V, LOW_VOLTAGE_RX, high)


def _motors(net: FaultNet) -> Complex:
    motors = net.motors
    resistance, reactance = machine_impedance(
        motors.rated_v, motors.rated_va, motors.starting_ratio, motors.rx_ratio
    )
    return ohms(resistance, reactance)


def small_motors(net: FaultNet, without_a: Array, variant: int) -> tuple[Index, Flags]:
    """Return the conductor group of every bus, and where the motors of the group may be left out.

    Args:
        net: The network.
        without_a: Initial short-circuit current of every bus without motors [A], shape (bus,).
        variant: Which variant.

    Source:
        IEC 60909-0:2016, 6.10: the sum of rated currents of motors connected without a transformer is at
        most 1 % of Ik″ without motors.
    """
    lines, motors = net.conductors, net.motors
    group = groups_of(net.nominal_v.size, lines.a, lines.b, lines.in_service[:, variant])
    volts, va = (
        np.broadcast_to(n, motors.in_service.shape)[:, variant] for n in (motors.rated_v, motors.rated_va)
    )
    rated = np.where(motors.in_service[:, variant], va / (np.sqrt(3.0) * volts), 0.0)
    total = np.bincount(group[motors.node], rated, minlength=group.max(initial=0) + 1)[group]
    return group, (total > 0.0) & (total <= 0.01 * without_a)
