"""Lines, transformers, capacitors and sources as coupled branches; the physics of each element.

Source:
    W. H. Kersting, Distribution System Modeling and Analysis, 3rd ed., CRC Press 2012, ch. 6 (lines),
    ch. 8 (three-phase transformers).
    R. C. Dugan, A perspective on transformer modeling for distribution system analysis, IEEE PES 2003.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.arrays import Array
from twin.solve.wires_net import EARTH, TURN, Branches, Complex, Kind


class Part(NamedTuple):
    """One element: a branch from ``a`` to ``b`` for each row of its matrix of admittances.

    Attributes:
        kind: What it is.
        name: Its name.
        a, b: Nodes, EARTH for earth, (branch,).
        admittance_s: Current of a branch by the voltage across another, shape (branch, branch).
        emf_v: Voltage across a branch at which it carries nothing, shape (branch,); 0 if left out.
    """

    kind: Kind
    name: str
    a: Sequence[int]
    b: Sequence[int]
    admittance_s: NDArray[Any]
    emf_v: Complex | None = None


def blocks_of(parts: Sequence[Part]) -> tuple[Branches, ...]:
    """Return elements as blocks of one kind and number of branches, in order of appearance."""
    groups: dict[tuple[Kind, int], list[Part]] = {}
    for part in parts:
        groups.setdefault((part.kind, len(part.a)), []).append(part)
    return tuple(_block(kind, size, group) for (kind, size), group in groups.items())


def _block(kind: Kind, size: int, parts: Sequence[Part]) -> Branches:
    none = np.zeros(size, np.complex128)
    return Branches(
        kind=kind,
        names=tuple(part.name for part in parts),
        a=np.array([part.a for part in parts], dtype=np.intp),
        b=np.array([part.b for part in parts], dtype=np.intp),
        admittance_s=np.array([part.admittance_s for part in parts], dtype=np.complex128),
        emf_v=np.array([none if part.emf_v is None else part.emf_v for part in parts], dtype=np.complex128),
    )


def line(
    name: str,
    a: Sequence[int],
    b: Sequence[int],
    impedance_ohm: NDArray[Any],
    shunt_s: NDArray[Any] | None = None,
) -> Part:
    """Return a line: coupled series impedances, half of the shunt admittance at each end.

    Args:
        name: Its name.
        a: Nodes at its first end, conductor by conductor.
        b: Nodes at its second end.
        impedance_ohm: Series impedance of the whole length, shape (conductor, conductor).
        shunt_s: Admittance of the whole length to earth and between conductors, of the same shape.

    Source:
        Kersting, Distribution System Modeling and Analysis, 3rd ed., 2012, eq. 6.1 to 6.17 (pi circuit).
    """
    count, series = len(a), _inverse(impedance_ohm)
    if shunt_s is None or not np.any(shunt_s):
        return Part("line", name, a, b, series)
    whole = np.zeros((3 * count, 3 * count), np.complex128)
    whole[:count, :count] = series
    for end in (1, 2):
        rows = slice(end * count, (end + 1) * count)
        whole[rows, rows] = np.asarray(shunt_s) / 2.0
    earth = [EARTH] * (2 * count)
    return Part("line", name, [*a, *a, *b], [*b, *earth], whole)


@dataclass(frozen=True, slots=True, kw_only=True)
class Winding:
    """One winding of a transformer.

    Attributes:
        coils: Nodes at start and end of each phase's coil.
        coil_v: Rated voltage across a coil, tap included.
        resistance_ratio: Resistance over the transformer's base impedance.
        star: Node of the star point and impedance that it is earthed through [ohm], None where there is none.
    """

    coils: Sequence[tuple[int, int]]
    coil_v: float
    resistance_ratio: float
    star: tuple[int, complex] | None = None


def transformer(
    name: str,
    windings: Sequence[Winding],
    phase_va: float,
    leakage_ratio: Array,
    core_ratio: complex = 0.0,
) -> list[Part]:
    """Return a transformer, phase by phase, and what its star points are earthed through.

    With Zb(i,j) = (Z(1,i) + Z(1,j) - Z(i,j)) / 2 for windings 2 on and A their incidence to winding 1, coils
    of one turn have the admittance A Zb^-1 A^T; turns scale it. The core hangs on the second winding.

    Args:
        name: Its name.
        windings: Two or more.
        phase_va: Rated power of one phase, base of all ratios.
        leakage_ratio: Leakage reactance between windings over base impedance, shape (winding, winding).
        core_ratio: Admittance of the core over base admittance: no-load loss less j magnetising current.

    Source:
        Dugan, A perspective on transformer modeling for distribution system analysis, IEEE PES 2003, eq. 1-6.
    """
    resistance = np.array([winding.resistance_ratio for winding in windings])
    between = resistance[:, None] + resistance[None, :] + 1j * np.asarray(leakage_ratio)
    np.fill_diagonal(between, 0.0)
    short = (between[0, 1:, None] + between[0, None, 1:] - between[1:, 1:]) / 2.0
    count = len(windings)
    incidence = np.concatenate([-np.ones((1, count - 1)), np.eye(count - 1)])
    per_turn = incidence @ np.linalg.inv(short) @ incidence.T
    per_turn[1, 1] += core_ratio
    volts = np.array([winding.coil_v for winding in windings])
    coil = phase_va * per_turn / np.outer(volts, volts)
    phases = len(windings[0].coils)
    ends = [winding.coils[phase] for phase in range(phases) for winding in windings]
    whole = np.kron(np.eye(phases), coil)
    parts = [Part("transformer", name, [a for a, _ in ends], [b for _, b in ends], whole)]
    for winding in windings:
        if winding.star is not None:
            node, impedance = winding.star
            parts.append(Part("earth", name, [node], [EARTH], np.array([[1.0 / impedance]], np.complex128)))
    return parts


def capacitor(name: str, ends: Sequence[tuple[int, int]], rated_v: float, phase_var: float) -> Part:
    """Return a capacitor with one branch per phase: B = Q / V^2."""
    susceptance = 1j * phase_var / rated_v**2
    return Part(
        "capacitor",
        name,
        [a for a, _ in ends],
        [b for _, b in ends],
        (susceptance * np.eye(len(ends))).astype(np.complex128),
    )


def sequence_matrix(positive: complex, zero: complex) -> Complex:
    """Return the matrix of three phases with a positive (and negative) and a zero sequence value.

    Source:
        Kersting, Distribution System Modeling and Analysis, 3rd ed., 2012, eq. 4.66 to 4.72, inverted.
    """
    own, mutual = (2.0 * positive + zero) / 3.0, (zero - positive) / 3.0
    return np.asarray(np.full((3, 3), mutual) + (own - mutual) * np.eye(3), dtype=np.complex128)


def phase_voltages(magnitude_v: float, angle_deg: float) -> Complex:
    """Return the voltages of phases 1, 2 and 3 of a balanced source, each a third of a turn behind."""
    first = magnitude_v * np.exp(1j * np.radians(angle_deg))
    return np.asarray(first * TURN ** -np.arange(3), dtype=np.complex128)


def source(name: str, nodes: Sequence[int], emf_v: Complex, impedance_ohm: Complex) -> Part:
    """Return a source: voltages to earth behind coupled impedances."""
    return Part("source", name, nodes, [EARTH] * len(nodes), _inverse(impedance_ohm), emf_v)


def _inverse(impedance_ohm: NDArray[Any]) -> Complex:
    """Return the inverse of a symmetric matrix, symmetric to the last digit."""
    inverse = np.linalg.inv(np.asarray(impedance_ohm, dtype=np.complex128))
    return np.asarray((inverse + inverse.T) / 2.0, dtype=np.complex128)
