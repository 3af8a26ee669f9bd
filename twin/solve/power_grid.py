"""Admittances of lines and transformers, and the nodal matrix they make.

Per unit of each node's nominal voltage, with 1 VA as base: a current is then an apparent power at nominal voltage.
Unknowns are deviations from nominal voltage, so that a conductor's small drop keeps its digits.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from twin.arrays import Array
from twin.model.power_net import PowerNet
from twin.solve.power_supply import Supply
from twin.solve.sparse import Assembly, Factor, Plan, analyse, factorise

Complex = NDArray[np.complex128]


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
    ends = np.concatenate([lines.a, lines.b, transformers.a, transformers.b])
    return Grid(
        net=net, supply=supply, plan=plan,
        assembly=plan.assembly(np.concatenate([a, b, a, b, node]), np.concatenate([a, b, b, a, node])),
        line=_closed(net.nominal_v[lines.a] ** 2 / impedance, supply.lines),
        winding=_closed(transformers.rated_va / (leakage * secondary**2), supply.transformers),
        tap_ratio=primary / secondary,
        core_va=_closed(transformers.no_load_loss_w / primary**2, supply.transformers),
        leaving=csr_array((np.ones(ends.size), (ends, np.arange(ends.size))), shape=(size, ends.size)),
    )  # fmt: skip


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


def nominal_bias(grid: Grid, variants: int) -> Complex:
    """Return what leaves each node at nominal voltage everywhere [VA], shape (node, variant)."""
    return leaving_nodes(grid, *branch_currents(grid, np.zeros((grid.net.node.size, variants), np.complex128)))


def branch_currents(grid: Grid, deviation: Complex) -> tuple[Complex, Complex, Complex]:
    """Return the currents that enter lines, primaries and leave secondaries [VA], shape (…, variant)."""
    lines, transformers, tap = grid.net.lines, grid.net.transformers, grid.tap_ratio
    along = grid.line * (deviation[lines.a] - deviation[lines.b])
    above = deviation[transformers.a]
    out = grid.winding * (above / tap - deviation[transformers.b] + (1.0 / tap - 1.0))
    return along, out / tap + grid.core_va * (1.0 + above), out


def leaving_nodes(grid: Grid, along: Complex, into: Complex, out: Complex) -> Complex:
    """Return the current that branches take out of each node [VA], shape (node, variant)."""
    summed: Complex = grid.leaving @ np.concatenate([along, -along, into, -out])
    return summed

