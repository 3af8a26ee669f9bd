"""What is left of a short-circuit current when contacts part, and in the end."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.laws.short_circuit import decay_factor, motor_decay_factor
from twin.model.fault_net import Complex, FaultCase, FaultNet
from twin.solve.fault_circuit import Seen
from twin.solve.fault_equipment import Positive


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AtFault:
    """A three-phase fault at each node alone, per unit, shape (node, variant).

    Attributes:
        view: The positive sequence.
        emf: Voltage before the fault.
        impedance: Zk with the impedance of the fault.
        current: Complex initial current without that of converters.
    """

    view: Seen
    emf: Array
    impedance: Complex
    current: Complex

    def through(self, node: Index, impedance: Complex, on: Flags) -> Complex:
        """Return what machines feed into the fault, (node, variant, machine); 0 for those that are off."""
        barred = ~np.isfinite(self.impedance)
        share = np.where(barred, 0.0, self.emf / np.where(barred, 1.0, self.impedance))
        fed: Complex = share[:, :, None] * self.view.columns(node) / impedance.T[None]
        return np.where(on.T[None], fed, 0.0)


class _Machines(NamedTuple):
    """Partial currents, reactances and decay of like machines, shape (node, variant, machine)."""

    current: Complex
    reactance: Array
    decay: Array


def breaking(net: FaultNet, case: FaultCase, found: Positive, fault: AtFault) -> Array:
    """Return the symmetrical breaking current of a three-phase fault at every node, per unit of 1 VA.

    ib = ik″ − Σ(ΔU″/c)·(1 − μ)·ik″G − Σ(ΔU″/c)·(1 − μ·q)·ik″M, where ΔU″ = jX″·ik″G is the fall of voltage
    across the machine's reactance; where machines feed a fault over paths of their own (``radial``), ΔU″/c
    is 1. Network feeders and converters do not decay.

    Args:
        net: The network.
        case: What is asked for, with the time until contacts part.
        found: Impedances of the machines.
        fault: The fault.

    Source:
        IEC 60909-0:2016, 9.1 (multiple single-fed and multiple-fed faults, μ and q).
    """
    left = fault.current
    for machines in _machines(net, case, found, fault):
        share: Complex = np.ones(machines.current.shape, dtype=np.complex128)
        if case.topology != "radial":
            share = 1j * machines.reactance * machines.current / fault.emf[:, :, None]
        left = left - (share * (1.0 - machines.decay) * machines.current).sum(axis=2)
    return np.abs(left)


def _machines(net: FaultNet, case: FaultCase, found: Positive, fault: AtFault) -> list[_Machines]:
    """Return generators and motors that run."""
    delay = np.array(case.delay_s)
    made: list[_Machines] = []
    for machines, ohm in ((net.generators, found.generator_ohm), (net.motors, found.motor_ohm)):
        on = machines.in_service & (case.greatest or machines is net.generators)
        if not on.any():
            continue
        volts = net.nominal_v[machines.node, None]
        current = fault.through(machines.node, ohm / volts**2, on)
        rated = (machines.rated_va * volts / machines.rated_v).T[None]
        decay = decay_factor(np.abs(current) / rated, delay)
        if machines is net.motors:
            decay = decay * motor_decay_factor(net.motors.power_per_pole_pair_w.T[None], delay)
        made.append(_Machines(current, (ohm.imag / volts**2).T[None], decay))
    return made


def steady(net: FaultNet, found: Positive, fault: AtFault) -> Array:
    """Return the steady current of a fault at every node, per unit; NaN where none is declared.

    Motors give nothing in the end. With a network feeder or several generators the current stays what it was
    without motors; a single generator that nothing helps gives λ times its rated current.

    Args:
        net: The network.
        found: Impedances of the machines.
        fault: The fault, without motors.

    Source:
        IEC 60909-0:2016, clause 11 (steady-state short-circuit current).
    """
    size, view, machines = np.abs(fault.current), fault.view, net.generators
    if not machines.in_service.any():
        return size
    volts = net.nominal_v[machines.node, None]
    fed = np.abs(fault.through(machines.node, found.generator_ohm / volts**2, machines.in_service))
    helped = np.zeros(size.shape, dtype=np.bool_)
    for others in (net.feeders, net.sources):
        if others.in_service.any():
            reach = (np.abs(view.columns(others.node)) > 0.0) & others.in_service.T[None]
            helped |= reach.any(axis=2)
    alone = ~helped & ((fed > 0.0).sum(axis=2) == 1)
    rated = (machines.sustained_ratio * machines.rated_va * volts / machines.rated_v).T[None]
    # The share of the generator in Ik″ is the rated ratio of the transformers between them.
    carried = np.where(fed > 0.0, rated * size[:, :, None] / np.where(fed > 0.0, fed, 1.0), 0.0)
    return np.where(alone, carried.sum(axis=2), size)
