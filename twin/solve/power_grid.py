"""Admittances of lines and transformers, and the nodal matrix they make.

Per unit of each node's nominal voltage, with 1 VA as base: a current is then an apparent power at nominal
voltage. Unknowns are deviations from nominal voltage, so that a conductor's small drop keeps its digits.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from twin.arrays import Array, Index
from twin.model.power_net import PowerNet
from twin.model.variants import take
from twin.solve.power_supply import Supply
from twin.solve.sparse import Assembly, Factor, Plan, analyse, factorise

Complex = NDArray[np.complex128]
Rows = Index | slice
ALL = slice(None)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Near:
    """Branches that touch the output node of a converter.

    Attributes:
        lines, transformers: Their rows.
        leaving: Sums their end currents, shape (converter, 2 * (line + transformer)).
    """

    lines: Index
    transformers: Index
    leaving: csr_array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Taps:
    """What hangs on the nodes: load inputs first, then converter inputs.

    Attributes:
        node: Node of each draw, shape (draw,).
        lag_ratio: What a load input wants [VA] over its share of the power, shape (input, 1 or variant).
        into: Sums draws into nodes, shape (node, draw).
        touched: Nodes that a draw or the output of a converter lies on, ascending, shape (touched,).
        into_touched, beside: Rows of ``into`` for these nodes, and for the outputs of converters.
    """

    node: Index
    lag_ratio: Complex
    into: csr_array
    touched: Index
    into_touched: csr_array
    beside: csr_array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Absent:
    """Cores of transformers that are dead in some variants, and in the matrix for all. Shapes: (absence,).

    Attributes:
        node, variant: Where, and in which variant.
        core_va: Admittance of the core.
    """

    node: Index
    variant: Index
    core_va: Array

    def drawn(self, deviation: Complex) -> Complex:
        """Return the current that each draws beyond that at nominal voltage [VA], shape (absence,)."""
        current: Complex = self.core_va * deviation[self.node, self.variant]
        return current

    def of_variants(self, which: Index, variants: int) -> "Absent":
        """Return those of some of the variants."""
        number = np.full(variants, -1, dtype=np.intp)
        number[which] = np.arange(len(which))
        kept = number[self.variant] >= 0
        return Absent(node=self.node[kept], variant=number[self.variant[kept]], core_va=self.core_va[kept])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grid:
    """Admittances [VA] and incidence. Shapes: (line, 1 or variant), (transformer, 1 or variant).

    Attributes:
        net: What it was made from.
        supply: What is alive.
        plan: Order of elimination.
        assembly: Sums the triplets of ``_triplets``.
        line: Series admittance, 0 where open or dead.
        winding: Series admittance of transformers, on the secondary, 0 where open or dead.
        tap_ratio: Transformation ratio over the ratio of the nominal voltages.
        core_va: No-load loss at nominal primary voltage, 0 where open or dead.
        leaving: Sums branch-end currents into nodes, shape (node, 2 * (line + transformer)).
        near: Branches that touch a converter's output, and their sum there.
        taps: What hangs on the nodes.
        bias: What leaves each node at nominal voltage everywhere [VA], shape (node, 1 or variant).
        absent: What factors of the whole net hold that is out in some variants, None for nothing.
    """

    net: PowerNet
    supply: Supply
    plan: Plan
    assembly: Assembly
    line: Complex
    winding: Complex
    tap_ratio: Array
    core_va: Array
    leaving: csr_array
    near: Near
    taps: Taps
    bias: Complex
    absent: Absent | None = None

    @property
    def numbers(self) -> int:
        """Return how many variants the impedances are given for: 1 where they hold for all."""
        lines, transformers = self.net.lines, self.net.transformers
        given = (
            lines.resistance_ohm, lines.reactance_ohm, transformers.rated_va, transformers.load_loss_w,
            transformers.no_load_loss_w, transformers.impedance_ratio, self.net.nominal_v, self.tap_ratio,
        )  # fmt: skip
        return max(int(each.shape[1]) for each in given)


def build_grid(net: PowerNet, supply: Supply) -> Grid:
    """Return the admittances of a net in the state of its switches."""
    lines, transformers, size = net.lines, net.transformers, net.node.size
    a, b = np.concatenate([lines.a, transformers.a]), np.concatenate([lines.b, transformers.b])
    node = np.arange(size)
    plan = analyse(size, a, b)
    impedance = lines.resistance_ohm + 1j * lines.reactance_ohm
    resistance = transformers.load_loss_w / transformers.rated_va
    leakage = resistance + 1j * np.sqrt(transformers.impedance_ratio**2 - resistance**2)
    primary = transformers.primary_v / net.nominal_v[transformers.a]
    secondary = transformers.secondary_v / net.nominal_v[transformers.b]
    winding = _closed(transformers.rated_va / (leakage * secondary**2), supply.transformers)
    core_va = _closed(transformers.no_load_loss_w / primary**2, supply.transformers)
    leaving = _incidence(net, np.arange(lines.a.size), np.arange(transformers.a.size))
    tap = primary / secondary
    out = winding * (1.0 / tap - 1.0)
    no_line = np.zeros((2 * lines.a.size, out.shape[1]))
    return Grid(
        net=net, supply=supply, plan=plan,
        assembly=plan.assembly(np.concatenate([a, b, a, b, node]), np.concatenate([a, b, b, a, node])),
        line=_closed(net.nominal_v[lines.a] ** 2 / impedance, supply.lines),
        winding=winding, tap_ratio=tap, core_va=core_va, leaving=leaving, near=_near(net), taps=_taps(net),
        bias=leaving @ np.concatenate([no_line, out / tap + core_va, -out]),
    )  # fmt: skip


def of_variants(grid: Grid, which: Index) -> Grid:
    """Return the grid for some of its variants."""
    count = grid.net.variants
    absent = None if grid.absent is None else grid.absent.of_variants(which, count)
    return replace(
        take(grid, which, count), net=take(grid.net, which, count), supply=take(grid.supply, which, count),
        absent=absent, taps=take(grid.taps, which, count),
    )  # fmt: skip


def _taps(net: PowerNet) -> Taps:
    node = np.concatenate([net.consumers.node, net.converters.a])
    into = csr_array((np.ones(node.size), (node, np.arange(node.size))), shape=(net.node.size, node.size))
    touched = np.unique(np.concatenate([node, net.converters.b]))
    lag = 1.0 + 1j * np.tan(np.arccos(net.consumers.power_factor_ratio))
    lag = np.where(net.direct[net.consumers.node, None], 1.0, lag[net.consumers.consumer])
    return Taps(
        node=node, lag_ratio=lag, into=into, touched=touched,
        into_touched=into[touched], beside=into[net.converters.b],
    )  # fmt: skip


def _incidence(net: PowerNet, lines: Index, transformers: Index) -> csr_array:
    """Return what sums the currents that leave nodes into lines, at both ends, and transformers."""
    low, high = net.lines, net.transformers
    ends = np.concatenate([low.a[lines], low.b[lines], high.a[transformers], high.b[transformers]])
    return csr_array((np.ones(ends.size), (ends, np.arange(ends.size))), shape=(net.node.size, ends.size))


def _near(net: PowerNet) -> Near:
    beside = np.zeros(net.node.size, dtype=np.bool_)
    beside[net.converters.b] = True
    lines, transformers = (
        np.flatnonzero(beside[branch.a] | beside[branch.b]) for branch in (net.lines, net.transformers)
    )
    leaving = _incidence(net, lines, transformers)[net.converters.b]
    return Near(lines=lines, transformers=transformers, leaving=leaving)


def _closed(values: NDArray[Any], alive: NDArray[np.bool_]) -> NDArray[Any]:
    """Return the values where a branch is closed and alive, without a variant axis where none is needed."""
    if values.shape[1] == 1 and np.all(alive == alive[:, :1]):
        return values * alive[:, :1]
    return values * alive


def matrix(grid: Grid, shunt: Complex | None, name: Callable[[int], str]) -> Factor:
    """Return the factors of the nodal matrix; held and dead nodes have a row of their own only.

    Args:
        grid: Admittances.
        shunt: Further admittance to earth at each node [VA], shape (node, variant).
        name: Gives the readable name of a row, for the refusal.

    Raises:
        ConvergenceError: The matrix is singular.
    """
    net, supply = grid.net, grid.supply
    fixed = supply.held | ~supply.alive
    if supply.uniform:
        fixed = fixed[:, :1]
    free = ~fixed
    tap, lines, transformers = grid.tap_ratio, net.lines, net.transformers
    blocks = (
        (grid.line * free[lines.a], (grid.winding / tap**2 + grid.core_va) * free[transformers.a]),
        (grid.line * free[lines.b], grid.winding * free[transformers.b]),
        (-grid.line * free[lines.a], -grid.winding / tap * free[transformers.a]),
        (-grid.line * free[lines.b], -grid.winding / tap * free[transformers.b]),
        (fixed + (0.0 if shunt is None else shunt * free),),
    )
    flat = [part for block in blocks for part in block]
    wide = max(part.shape[1] for part in flat)
    triplets = np.concatenate([np.broadcast_to(part, (part.shape[0], wide)) for part in flat])
    diagonal, off = grid.assembly.values(triplets.astype(np.complex128, copy=False))
    return factorise(grid.plan, diagonal, off, name=name, what="nodal current balance")


def solve_rows(factor: Factor, right: Complex) -> Complex:
    """Return the solution; one factor serves every variant where their matrices are the same."""
    if factor.pivots.shape[1] == right.shape[1]:
        solution: Complex = factor.solve(right)
        return solution
    shared: Complex = factor.solve(right[:, None, :])[:, 0, :]
    return shared


def line_currents(grid: Grid, deviation: Complex, rows: Rows = ALL) -> Complex:
    """Return the current of each line from ``a`` to ``b`` [VA], shape (line, variant)."""
    lines = grid.net.lines
    current: Complex = grid.line[rows] * (deviation[lines.a[rows]] - deviation[lines.b[rows]])
    return current


def winding_currents(grid: Grid, deviation: Complex, rows: Rows = ALL) -> tuple[Complex, Complex]:
    """Return the currents into primaries and out of secondaries [VA], shape (transformer, variant)."""
    transformers, tap = grid.net.transformers, grid.tap_ratio[rows]
    above = deviation[transformers.a[rows]]
    out = grid.winding[rows] * (above / tap - deviation[transformers.b[rows]] + (1.0 / tap - 1.0))
    return out / tap + grid.core_va[rows] * (1.0 + above), out


def branch_ends(grid: Grid, deviation: Complex, lines: Rows = ALL, transformers: Rows = ALL) -> Complex:
    """Return the currents that leave nodes into branches [VA], in the order of ``leaving``."""
    along = line_currents(grid, deviation, lines)
    into, out = winding_currents(grid, deviation, transformers)
    return np.concatenate([along, -along, into, -out])
