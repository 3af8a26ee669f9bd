"""A network of conductors as arrays: nodes, coupled branches, loads and sources.

A node is one conductor of one bus; the neutral is a node like any other. Every element is a set of branches
between two nodes, or a node and earth, with a matrix of admittances between them.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from twin.arrays import Array, Index

Complex = NDArray[np.complex128]
Kind = Literal["line", "transformer", "capacitor", "source", "earth"]

EARTH = -1
NEUTRAL = 4
TURN = np.exp(2j * np.pi / 3.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Branches:
    """Elements of one kind with equally many branches.

    Attributes:
        kind: What they are; coils of a transformer carry a source across, conductors of a line do not.
        names: Their names, shape (element,).
        a, b: Nodes that a branch leaves and enters, EARTH for earth, shape (element, branch).
        admittance_s: Current of a branch by the voltage across another, shape (element, branch, branch).
        emf_v: Voltage across a branch at which it carries nothing, shape (element, branch).
    """

    kind: Kind
    names: tuple[str, ...]
    a: Index
    b: Index
    admittance_s: Complex
    emf_v: Complex


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Draws:
    """What loads draw, each phase by itself. Shapes: (draw,).

    Attributes:
        names: Load that a draw is a part of.
        a, b: Nodes it stands between, EARTH for earth.
        rated_v: Voltage at which it draws ``power_va``.
        power_va: Active and reactive power at rated voltage.
        active_exponent, reactive_exponent: How power follows voltage: 0 constant, 1 current, 2 impedance.
        least_ratio, most_ratio: Voltages over rated between which that holds.
        least_current_ratio: Current at ``least_ratio`` over that at rated voltage.
        most_admittance_ratio: Admittance above ``most_ratio`` over that at rated voltage.
    """

    names: tuple[str, ...]
    a: Index
    b: Index
    rated_v: Array
    power_va: Complex
    active_exponent: Array
    reactive_exponent: Array
    least_ratio: Array
    most_ratio: Array
    least_current_ratio: Array
    most_admittance_ratio: Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Held:
    """Nodes whose voltage is given: sources without impedance. Shapes: (held,)."""

    names: tuple[str, ...]
    node: Index
    voltage_v: Complex


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Generators:
    """Nodes with a given active power and magnitude of voltage to earth. Shapes: (generator,)."""

    names: tuple[str, ...]
    node: Index
    power_w: Array
    voltage_v: Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Wires:
    """A network.

    Attributes:
        buses: Names of buses.
        bus: Bus of each node, shape (node,).
        conductor: Its number there: phases 1 to 3, neutral 4, shape (node,).
        alike: Phases that each node stands for: 1, or 3 in a network that is told by one phase.
        branches: Elements by kind and number of branches.
        draws: Loads.
        held: Sources without impedance.
        generators: Nodes with given power and voltage.
    """

    buses: tuple[str, ...]
    bus: Index
    conductor: Index
    alike: int
    branches: tuple[Branches, ...]
    draws: Draws
    held: Held
    generators: Generators

    @property
    def size(self) -> int:
        """Return the number of nodes."""
        return self.bus.size

    def name(self, node: int) -> str:
        """Return the name of a node, like ``b3.4``."""
        bus = self.buses[self.bus[node]]
        return bus if self.alike > 1 else f"{bus}.{self.conductor[node]}"


def no_held() -> Held:
    """Return no source without impedance."""
    return Held(names=(), node=np.zeros(0, np.intp), voltage_v=np.zeros(0, np.complex128))


def no_generators() -> Generators:
    """Return no generator."""
    return Generators(names=(), node=np.zeros(0, np.intp), power_w=np.zeros(0), voltage_v=np.zeros(0))
