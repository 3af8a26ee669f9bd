"""A radial grid as a forest: what its nodal matrix becomes when each node hangs on one branch.

Elimination from the ends to the roots fills nothing. Pivots are sums without a difference: what a branch
passes on of the admittance s below it is a s / (a + s), not a - a^2 / (a + s).
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order

from twin.arrays import Array, Flags, Index
from twin.solve.power_grid import Complex, Grid


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Forest:
    """Free nodes, each on one branch; those above come first. Shapes: (row,).

    Unknowns are voltages over ``scale``, which turns the factors of branches into one: currents below a node
    just add up, and voltages above it just add on.

    Attributes:
        node: Node of each row.
        above: Row above it, the number of rows for a held node.
        impedance: One over the pivot, in scaled unknowns [1/VA].
        scale: Of the voltage of each row.
        leaf: Whether nothing hangs on it, and its scale is that of the row above.
    """

    node: Index
    above: Index
    impedance: Complex
    scale: Complex
    leaf: Flags


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Branches:
    """Closed branches with a free end: ends, and what they add to the matrix at them and between them."""

    a: Index
    b: Index
    at_a: Complex
    at_b: Complex
    between: Complex
    core: Array


def forest_of(grid: Grid) -> Forest | None:
    """Return the forest of a grid whose variants are alike, None where it is meshed."""
    free = (grid.supply.alive & ~grid.supply.held)[:, 0]
    branches = _branches(grid, free)
    size, count = free.size, int(free.sum())
    if branches.a.size != count:
        return None
    # All held nodes are one root.
    a, b = (np.where(free[end], end, size) for end in (branches.a, branches.b))
    graph = coo_array((np.ones(count), (a, b)), shape=(size + 1, size + 1)).tocsr()
    order, above = breadth_first_order(graph, size, directed=False)
    if order.size != count + 1:
        return None
    node = order[1:].astype(np.intp)
    row = np.full(size + 1, -1, dtype=np.intp)
    row[node] = np.arange(count)
    down = row[b] > row[a]
    own = np.empty(count, dtype=np.intp)
    own[np.where(down, row[b], row[a])] = np.arange(count)
    below, top = np.where(down, branches.at_b, branches.at_a), np.where(down, branches.at_a, branches.at_b)
    core = np.zeros(size + 1)
    np.add.at(core, branches.a, branches.core)
    up = row[above[node]]
    ends = below[own], top[own], branches.between[own]
    return _eliminated(node, np.where(up < 0, count, up), ends, core[node].astype(np.complex128))


def _branches(grid: Grid, free: Flags) -> _Branches:
    lines, transformers = grid.net.lines, grid.net.transformers
    tap, winding, line = grid.tap_ratio[:, 0], grid.winding[:, 0], grid.line[:, 0]
    a, b = np.concatenate([lines.a, transformers.a]), np.concatenate([lines.b, transformers.b])
    at_b = np.concatenate([line, winding])
    core = np.concatenate([np.zeros(line.size), grid.core_va[:, 0]])
    on = (at_b != 0.0) & (free[a] | free[b])
    return _Branches(
        a=a[on], b=b[on], at_a=np.concatenate([line, winding / tap**2])[on], at_b=at_b[on],
        between=np.concatenate([line, winding / tap])[on], core=core[on],
    )  # fmt: skip


def _eliminated(node: Index, above: Index, ends: tuple[Complex, Complex, Complex], shunt: Complex) -> Forest:
    """Return the forest, level by level.

    Args:
        node: As of the forest.
        above: Likewise.
        ends: What the branch of each row adds to the matrix at the row, above it, and between them.
        shunt: Admittance to earth at each row.
    """
    below, top, between = ends
    count, levels = node.size, _levels(above)
    shunt = np.append(shunt, 0.0)
    inverse, factor = np.empty(count, dtype=np.complex128), np.empty(count, dtype=np.complex128)
    for rows in reversed(levels):
        inverse[rows] = 1.0 / (below[rows] + shunt[rows])
        # Exactly one where nothing is lost to earth: a line then only adds.
        lossless = (shunt[rows] == 0.0) & (between[rows] == below[rows])
        factor[rows] = np.where(lossless, 1.0, between[rows] * inverse[rows])
        np.add.at(shunt, above[rows], top[rows] * shunt[rows] * inverse[rows])
    scale = np.ones(count + 1, dtype=np.complex128)
    for rows in levels:
        scale[rows] = factor[rows] * scale[above[rows]]
    hung = np.zeros(count + 1, dtype=np.bool_)
    hung[above] = True
    return Forest(
        node=node, above=above, impedance=inverse / scale[:count] ** 2, scale=scale[:count],
        leaf=~hung[:count] & (factor == 1.0),
    )  # fmt: skip


def _levels(above: Index) -> list[slice]:
    """Return the rows of each distance from the root, the nearest first; rows come in this order."""
    hung = np.where(above == above.size, -1, above)
    found, start = [], 0
    while start < above.size:
        stop = int(np.searchsorted(hung, start))
        found.append(slice(start, stop))
        start = stop
    return found
