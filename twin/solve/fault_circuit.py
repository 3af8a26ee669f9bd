"""One sequence of a network as impedances, and the impedances that a fault at any of its buses sees.

Per unit of each bus's nominal voltage with 1 VA as base. Every bus is answered from one factorisation: the
diagonal of the inverse gives all impedances at the fault, columns of it what reaches machines.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from twin.arrays import Array, Flags, Index
from twin.model.fault_net import Complex
from twin.solve.sparse import Factor, analyse, factorise


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Branches:
    """Impedances between nodes, with an ideal transformer at ``a``.

    Attributes:
        a, b: Nodes, shape (branch,).
        impedance_ohm: At the voltage of ``b``, shape (branch, 1 or variant).
        turns_ratio: Rated voltage at ``a`` over that at ``b``, shape (branch, 1 or variant).
        on: Whether it is there, shape (branch, 1 or variant).
    """

    a: Index
    b: Index
    impedance_ohm: Complex
    turns_ratio: Array
    on: Flags


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shunts:
    """Impedances to earth: ``node``, (shunt,), ``impedance_ohm`` and ``on``, (shunt, 1 or variant)."""

    node: Index
    impedance_ohm: Complex
    on: Flags


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Circuit:
    """One sequence of a network.

    Attributes:
        nominal_v: Nominal voltage of each node, star points behind the buses, shape (node,).
        names: Readable name of each node.
        branches, shunts: Its impedances.
        variants: Length of the variant axis.
    """

    nominal_v: Array
    names: tuple[str, ...]
    branches: Branches
    shunts: Shunts
    variants: int

    def at_frequency(self, share_ratio: float) -> "Circuit":
        """Return the circuit at a share of rated frequency: reactances shrink, resistances stay."""

        def slowed(impedance: Complex) -> Complex:
            return ohms(impedance.real, share_ratio * impedance.imag)

        return replace(
            self,
            branches=replace(self.branches, impedance_ohm=slowed(self.branches.impedance_ohm)),
            shunts=replace(self.shunts, impedance_ohm=slowed(self.shunts.impedance_ohm)),
        )


def ohms(resistance_ohm: Array, reactance_ohm: Array) -> Complex:
    """Return impedances, broadcast shape."""
    return np.asarray(resistance_ohm + 1j * reactance_ohm, dtype=np.complex128)


def joined(parts: Sequence[Branches], variants: int) -> Branches:
    """Return branches of several kinds of equipment one after another."""
    columns = [[getattr(part, name) for part in parts] for name in ("impedance_ohm", "turns_ratio", "on")]
    impedance, turns, on = (_stacked(each, variants) for each in columns)
    a, b = (np.concatenate([getattr(part, side) for part in parts]) for side in ("a", "b"))
    return Branches(a=a, b=b, impedance_ohm=impedance, turns_ratio=turns, on=on)


def earthed(parts: Sequence[Shunts], variants: int) -> Shunts:
    """Return shunts of several kinds of equipment one after another."""
    impedance, on = (
        _stacked([getattr(p, name) for p in parts], variants) for name in ("impedance_ohm", "on")
    )
    return Shunts(node=np.concatenate([part.node for part in parts]), impedance_ohm=impedance, on=on)


def _stacked(columns: Sequence[np.ndarray], variants: int) -> np.ndarray:
    return np.concatenate([np.broadcast_to(c, (len(c), variants)) for c in columns])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen:
    """What a circuit looks like from its nodes.

    Attributes:
        factor: Factors of its admittances, per unit.
        impedance_pu: Impedance between each node and earth, infinite for dead ones, shape (node, variant).
        live: Whether a node has a way to earth, which is to a source, shape (node, variant).
    """

    factor: Factor
    impedance_pu: Complex
    live: Flags

    def columns(self, nodes: Index) -> Complex:
        """Return transfer impedances [1] to some nodes, shape (node, variant, column)."""
        right = np.zeros((*self.live.shape, nodes.size), dtype=np.complex128)
        right[nodes, :, np.arange(nodes.size)] = 1.0
        found: Complex = self.factor.solve(right)
        return np.where(self.live[:, :, None] & self.live[nodes].T[None], found, 0.0)


def seen(circuit: Circuit) -> Seen:
    """Return the impedances between every node and earth.

    State equation: Y·Z = 1 with Y the nodal admittances of the sequence; loads, capacitances and no-load
    currents are left out, and sources are their internal impedances (IEC 60909-0:2016, 5.3).

    Args:
        circuit: Impedances of one sequence.

    Raises:
        ConvergenceError: An impedance is zero or not known; the node is named.
    """
    size, branches, shunts = circuit.nominal_v.size, circuit.branches, circuit.shunts
    live = _live(circuit)
    volts = circuit.nominal_v[:, None]
    with np.errstate(all="ignore"):  # an impedance of zero or NaN is refused by the name of its node
        series = np.where(
            branches.on & live[branches.a], volts[branches.b] ** 2 / branches.impedance_ohm, 0.0
        )
        across = np.where(shunts.on, volts[shunts.node] ** 2 / shunts.impedance_ohm, 0.0)
    turns = branches.turns_ratio * volts[branches.b] / volts[branches.a]
    plan = analyse(size, branches.a, branches.b, symmetric=True)
    rows = np.concatenate([branches.a, branches.b, branches.a, shunts.node, np.arange(size)])
    cols = np.concatenate([branches.a, branches.b, branches.b, shunts.node, np.arange(size)])
    # A dead node is tied to earth alone, so that the others have an answer and no stiff branch drowns it.
    triplets = np.concatenate([series / turns**2, series, -series / turns, across, (~live).astype(float)])
    factor = factorise(
        plan, *plan.assembly(rows, cols).values(triplets), name=lambda row: circuit.names[row],
        what="impedance at the fault",
    )  # fmt: skip
    impedance = np.where(live, factor.inverse_diagonal(), np.inf)
    return Seen(factor=factor, impedance_pu=impedance, live=live)


def groups_of(size: int, a: Index, b: Index, on: Flags) -> Index:
    """Return the number of the connected group that each node is in, for one variant, shape (node,)."""
    graph = coo_array((np.ones(int(on.sum())), (a[on], b[on])), shape=(size, size))
    group: Index = connected_components(graph, directed=False)[1]
    return group


def _live(circuit: Circuit) -> Flags:
    """Return whether each node has a way to earth, shape (node, variant)."""
    size, branches, shunts = circuit.nominal_v.size, circuit.branches, circuit.shunts
    live = np.zeros((size, circuit.variants), dtype=np.bool_)
    for variant in range(circuit.variants):
        group = groups_of(size, branches.a, branches.b, branches.on[:, variant])
        live[:, variant] = np.isin(group, group[shunts.node[shunts.on[:, variant]]])
    return live


def several_paths(circuit: Circuit, variant: int) -> Flags:
    """Return which nodes reach earth by more than one path, for one variant, shape (node,).

    A node has one path only if every edge of it is a bridge of the graph that has earth as a node.
    """
    size = circuit.nominal_v.size
    branches, shunts = circuit.branches, circuit.shunts
    here, there = branches.on[:, variant], shunts.on[:, variant]
    a = np.concatenate([branches.a[here], shunts.node[there]])
    b = np.concatenate([branches.b[here], np.full(int(there.sum()), size)])
    bridge = _bridges(size + 1, a, b)
    kept = groups_of(size + 1, a, b, bridge)
    return np.asarray(kept[:size] != kept[size])


def _bridges(size: int, a: Index, b: Index) -> Flags:
    """Return which edges lie on no cycle, shape (edge,); parallel edges make a cycle.

    Source:
        Tarjan, A note on finding the bridges of a graph, Information Processing Letters 2, 1974.
    """
    beside: list[list[tuple[int, int]]] = [[] for _ in range(size)]
    for edge, (tail, head) in enumerate(zip(a.tolist(), b.tolist(), strict=True)):
        beside[tail].append((head, edge))
        beside[head].append((tail, edge))
    order, low = [-1] * size, [0] * size
    bridge = np.zeros(a.size, dtype=np.bool_)
    count = 0
    for root in range(size):
        if order[root] >= 0:
            continue
        order[root] = low[root] = count
        count += 1
        stack = [(root, -1, iter(beside[root]))]
        while stack:
            node, entry, rest = stack[-1]
            for other, edge in rest:
                if edge == entry:
                    continue
                if order[other] < 0:
                    order[other] = low[other] = count
                    count += 1
                    stack.append((other, edge, iter(beside[other])))
                    break
                low[node] = min(low[node], order[other])
            else:
                stack.pop()
                if stack:
                    above = stack[-1][0]
                    low[above] = min(low[above], low[node])
                    bridge[entry] = low[node] > order[above]
    return bridge
