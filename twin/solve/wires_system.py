"""The nodal equations of a network, in unknowns that may be nodes or the positive sequence of buses."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.sparse import block_diag, coo_array, csr_array, vstack

from twin.arrays import Array, Flags, Index
from twin.solve.sparse import Factor, analyse, factorise
from twin.solve.wires_island import Floating, metal_parts
from twin.solve.wires_load import response
from twin.solve.wires_net import EARTH, Branches, Complex, Draws, Wires

WHAT = "current balance of conductors"
SETTLED_RATIO = 1e-11
"""Step over the voltage of its part at which a solution is found."""

ROUNDINGS = 10.0
"""Roundings that a balance of currents may miss by."""
DEAD_RATIO = 1e-9
"""Share of the highest voltage below which a part counts as dead."""

Way = tuple[csr_array, Index, Array]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Nodal:
    """All branches over all nodes.

    Attributes:
        ends: Voltages across branches by node voltages, shape (branch, node).
        admittance_s: Currents of branches by these voltages, shape (branch, branch).
        emf_v: Voltages at which branches carry nothing, shape (branch,).
        matrix: Nodal admittances, shape (node, node).
        injected: Currents into nodes with all of them at earth [A], shape (node,).
    """

    ends: csr_array
    admittance_s: csr_array
    emf_v: Complex
    matrix: csr_array
    injected: Complex


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class System:
    """The balance of currents at unknowns u; node voltages are V = spread u + given.

    Attributes:
        net: What it was made from.
        spread: Node voltages by unknowns, shape (node, unknown).
        given: Voltage of held nodes, 0 elsewhere [V], shape (node,).
        matrix: Currents out of unknowns by their voltages, without loads but those ``within`` [S].
        injected: Currents into unknowns with all of them at earth [A], shape (unknown,).
        branches: Voltages across branches by unknowns, shape (branch, unknown).
        branches_given: The part of these that is given, sources' own taken off [V], shape (branch,).
        flowing: Currents out of unknowns by voltages across branches, shape (unknown, branch).
        draws: Loads that stand for all.
        weight: How many loads each of them stands for, shape (draw,).
        chosen: Their rows among the loads of the net, shape (draw,).
        across: Voltages across them by unknowns, shape (draw, unknown).
        across_given: The part of these that is given [V], shape (draw,).
        gather: Sums their currents into the equations, weight included, shape (unknown, draw).
        within: Constant admittance of draws that the matrix holds [S], shape (draw,).
        generator: Unknown of each generator, shape (generator,).
        scale_v: Highest voltage of the part that an unknown lies in, without loads, shape (unknown,).
        loose: Unknowns of each part whose common voltage to earth is set by something weak only.
    """

    net: Wires
    spread: csr_array
    given: Complex
    matrix: csr_array
    injected: Complex
    branches: csr_array
    branches_given: Complex
    flowing: csr_array
    draws: Draws
    weight: Array
    chosen: Index
    across: csr_array
    across_given: Complex
    gather: csr_array
    within: Complex
    generator: Index
    scale_v: Array
    loose: tuple[Index, ...]

    @property
    def size(self) -> int:
        """Return the number of unknowns."""
        return int(self.matrix.shape[0])


def nodal(net: Wires, more: tuple[Branches, ...]) -> Nodal:
    """Return all branches of a network, and more of them, over its nodes."""
    blocks = (*net.branches, *more)
    if not blocks:
        bare = csr_array((0, net.size), dtype=np.complex128)
        none = csr_array((0, 0), dtype=np.complex128)
        square = csr_array((net.size, net.size), dtype=np.complex128)
        return Nodal(
            ends=bare, admittance_s=none, emf_v=np.zeros(0, np.complex128), matrix=square,
            injected=np.zeros(net.size, np.complex128),
        )  # fmt: skip
    ends = vstack([incidence(k.a.ravel(), k.b.ravel(), net.size) for k in blocks], format="csr")
    admittance = block_diag([_coupled(k.admittance_s) for k in blocks], format="csr")
    emf = np.concatenate([k.emf_v.ravel() for k in blocks])
    matrix = csr_array(ends.T @ admittance @ ends)
    return Nodal(
        ends=ends, admittance_s=csr_array(admittance), emf_v=emf, matrix=matrix,
        injected=np.asarray(ends.T @ (admittance @ emf)),
    )  # fmt: skip


def _coupled(admittance_s: Complex) -> csr_array:
    """Return matrices of elements side by side, shape (branch, branch) over all of them."""
    element, first, second = np.nonzero(admittance_s)
    count = admittance_s.shape[1]
    at = element * count + first, element * count + second
    size = admittance_s.shape[0] * count
    return coo_array((admittance_s[element, first, second], at), shape=(size, size)).tocsr()


def incidence(a: Index, b: Index, size: int) -> csr_array:
    """Return what gives the voltages from ``a`` to ``b`` of node voltages, shape (branch, node)."""
    each = np.arange(a.size)
    rows, cols = np.concatenate([each, each]), np.concatenate([a, b])
    signs = np.concatenate([np.ones(a.size), -np.ones(b.size)])
    kept = cols != EARTH
    return coo_array((signs[kept], (rows[kept], cols[kept])), shape=(a.size, size)).tocsr()


def system(net: Wires, whole: Nodal, way: Way, inside: Flags, islands: Sequence[Floating]) -> System:
    """Return the equations in unknowns that node voltages follow from.

    Args:
        net: The network.
        whole: Its nodal equations.
        way: Node voltages by unknowns, shape (node, unknown); loads to look at, shape (draw,); and how many
            loads each of these stands for, shape (draw,).
        inside: Which of all loads the matrix holds as their rated admittance.
        islands: Parts that nothing ties to earth.
    """
    spread, chosen, weight = way
    given = np.zeros(net.size, np.complex128)
    given[net.held.node] = net.held.voltage_v
    draws = rows_of(net.draws, chosen)
    ends = incidence(draws.a, draws.b, net.size)
    across, branches = csr_array(ends @ spread), csr_array(whole.ends @ spread)
    within = np.where(inside[chosen], draws.power_va.conj() / draws.rated_v**2, 0.0)
    gather = csr_array(across.conj().T @ diagonal(weight))
    flowing = csr_array(branches.conj().T @ whole.admittance_s)
    held, apart = ends @ given, whole.ends @ given - whole.emf_v
    place = np.full(net.size, -1, np.intp)
    found = spread.tocoo()
    place[found.row] = found.col
    each_node = found.row.size == spread.shape[1]
    return System(
        net=net, spread=spread, given=given,
        matrix=csr_array(flowing @ branches + gather @ diagonal(within) @ across),
        injected=-(flowing @ apart) - gather @ (within * held),
        branches=branches, branches_given=apart, flowing=flowing, draws=draws, weight=weight, chosen=chosen,
        across=across, across_given=held, gather=gather, within=within,
        generator=place[net.generators.node], scale_v=np.ones(spread.shape[1]),
        loose=tuple(place[k.nodes] for k in islands if each_node and not k.pinned.size),
    )  # fmt: skip


def measured(system: System, empty_v: Complex) -> System:
    """Return the equations with steps measured by the voltages that stand without load, shape (unknown,)."""
    net = system.net
    size = np.abs(system.spread @ empty_v + system.given)
    count, label = metal_parts(net)
    level = np.zeros(count)
    np.maximum.at(level, label, size)
    highest = float(level.max(initial=0.0)) or 1.0
    level[level < DEAD_RATIO * highest] = highest
    found, scale = system.spread.tocoo(), np.zeros(system.size)
    np.maximum.at(scale, found.col, level[label[found.row]])
    return replace(system, scale_v=scale)


def roundings(system: System, unknown_v: Complex) -> Array:
    """Return what roundings leave of the current balance [A], real parts first, shape (2 * unknown,)."""
    along = abs(system.branches) @ np.abs(unknown_v) + np.abs(system.branches_given)
    noise = ROUNDINGS * np.finfo(np.float64).eps * (abs(system.flowing) @ along)
    return np.concatenate([noise, noise])


def step_size(system: System, step_v: Complex) -> Array:
    """Return the largest step over the voltage of its part, shape (set,), drifts of loose parts aside."""
    for rows in system.loose:
        step_v = step_v.copy()
        step_v[rows] -= step_v[rows].mean(axis=0)
    size: Array = np.abs(step_v / system.scale_v[:, None]).max(axis=0, initial=0.0)
    return size


def rows_of(draws: Draws, which: Index) -> Draws:
    """Return some of the draws."""
    columns = {name: getattr(draws, name)[which] for name in Draws.__dataclass_fields__ if name != "names"}
    return Draws(names=tuple(draws.names[i] for i in which), **columns)


def diagonal(values: Complex | Array) -> csr_array:
    """Return a diagonal matrix."""
    each = np.arange(values.size)
    return coo_array((values, (each, each)), shape=(values.size, values.size)).tocsr()


def factor_of(system: System, name: Callable[[int], str]) -> Factor:
    """Return the factors of the matrix.

    Raises:
        ConvergenceError: Nothing sets the voltage of a node; it is named.
    """
    entries: Any = system.matrix.tocoo()
    off = entries.row != entries.col
    plan = analyse(system.size, entries.row[off].astype(np.intp), entries.col[off].astype(np.intp))
    assembly = plan.assembly(entries.row.astype(np.intp), entries.col.astype(np.intp))
    diagonal, beside = assembly.values(entries.data[:, None])
    return factorise(plan, diagonal, beside, name=name, what=WHAT)


def drawn(system: System, power_va: Complex, unknown_v: Complex) -> tuple[Complex, Complex]:
    """Return voltages across draws [V] and their currents [A], shape (draw, set)."""
    across = system.across @ unknown_v + system.across_given[:, None]
    return across, response(system.draws, power_va, np.abs(across)).admittance_s * across


def mismatch(system: System, power_va: Complex, unknown_v: Complex) -> Complex:
    """Return the currents that do not balance [A], positive where too much flows in, (unknown, set).

    Branch by branch: what enters one end of a stiff branch leaves the other to the last digit.
    """
    _, current = drawn(system, power_va, unknown_v)
    along = system.branches @ unknown_v + system.branches_given[:, None]
    return np.asarray(-(system.flowing @ along) - system.gather @ current)
