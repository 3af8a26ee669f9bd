"""The positive sequence of a network that is the same in every phase: one unknown per bus, no neutral.

Exact, not an approximation: a network that does not change when its phases are turned has a solution that
turns with them, and neutrals at the potential of earth.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csr_array

from twin.arrays import Array, Index
from twin.solve.wires_net import EARTH, NEUTRAL, TURN, Complex, Draws, Wires
from twin.solve.wires_system import Nodal

PHASES = 3
SAME_RATIO = 1e-11
"""Share of the larger of two admittances by which phases may differ and count as alike."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sequence:
    """How a balanced network is told by one unknown per bus.

    Attributes:
        spread: Node voltages by unknowns, shape (node, bus with phases).
        chosen: Loads to look at: one of three that are alike, shape (draw,).
        weight: How many each of these stands for, shape (draw,).
    """

    spread: csr_array
    chosen: Index
    weight: Array


def positive_sequence(net: Wires, whole: Nodal, power_va: Complex) -> Sequence | None:
    """Return how to solve a network by its positive sequence, None where phases are not alike.

    Args:
        net: The network, each node one conductor.
        whole: Its nodal equations.
        power_va: Rated power of loads, shape (draw, 1 or set).

    Source:
        Fortescue, Method of symmetrical co-ordinates, Trans. AIEE 37 (1918); Kersting, 3rd ed., 2012, ch. 4.
    """
    turned = _turned(net)
    if turned is None or net.held.node.size or net.generators.node.size or net.alike > 1:
        return None
    if not _alike(whole, turned) or not np.array_equal(net.conductor[turned], _next(net.conductor)):
        return None
    if (chosen := _one_of_three(net.draws, turned, power_va)) is None:
        return None
    phases = np.flatnonzero(net.conductor < NEUTRAL)
    _, unknown = np.unique(net.bus[phases], return_inverse=True)
    factor = TURN ** -(net.conductor[phases] - 1.0)
    spread = coo_array((factor, (phases, unknown)), shape=(net.size, int(unknown.max()) + 1)).tocsr()
    return Sequence(spread=spread, chosen=chosen, weight=np.full(chosen.size, float(PHASES)))


def _next(conductor: Index) -> Index:
    return np.where(conductor < NEUTRAL, conductor % PHASES + 1, conductor)


def _turned(net: Wires) -> Index | None:
    """Return the node of the next phase at the same bus for each node, None where one is missing."""
    key = net.bus * 1000 + net.conductor
    order = np.argsort(key)
    wanted = net.bus * 1000 + _next(net.conductor)
    at = np.searchsorted(key[order], wanted)
    if np.any(at >= key.size) or np.any(key[order][np.minimum(at, key.size - 1)] != wanted):
        return None
    if not np.any(net.conductor < NEUTRAL):
        return None
    return order[at]


def _alike(whole: Nodal, turned: Index) -> bool:
    """Return whether admittances and sources stay when phases are turned."""
    matrix = whole.matrix.tocoo()
    other = csr_array(whole.matrix[turned][:, turned])
    size = np.abs(whole.matrix.diagonal())
    gap = abs(csr_array(whole.matrix) - other).tocoo()
    if np.any(gap.data > SAME_RATIO * np.sqrt(size[gap.row] * size[gap.col])) or matrix.nnz == 0:
        return False
    lag = whole.injected[turned] - whole.injected / TURN
    return bool(np.all(np.abs(lag) <= SAME_RATIO * np.abs(whole.injected).max()))


def _one_of_three(draws: Draws, turned: Index, power_va: Complex) -> Index | None:
    """Return one of each three loads that turn into each other, None where one has no counterpart."""
    a, b = draws.a, draws.b
    columns = [getattr(draws, name) for name in Draws.__dataclass_fields__ if name not in {"names", "a", "b"}]
    columns += list(power_va.T)
    rest = np.stack([np.real(c) for c in columns] + [np.imag(c) for c in columns], axis=1)
    around = np.append(turned, EARTH)
    keys = [tuple(row) for row in np.column_stack([a, b, rest]).tolist()]
    after = [tuple(row) for row in np.column_stack([around[a], around[b], rest]).tolist()]
    if sorted(keys) != sorted(after):
        return None
    return np.array([i for i in range(a.size) if _first(a[i], b[i], around)], dtype=np.intp)


def _first(a: int, b: int, around: Index) -> bool:
    """Return whether a load comes first among those that it turns into."""
    pair, least = (int(a), int(b)), (int(a), int(b))
    for _ in range(PHASES - 1):
        pair = (int(around[pair[0]]), int(around[pair[1]]))
        least = min(least, pair)
    return least == (int(a), int(b))
