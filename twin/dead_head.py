"""What pumps reach against shut valves: each by itself, and what those before it in series add."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from twin.arrays import Array, Flags, Index
from twin.laws.curves import along, cubics
from twin.laws.movers import fit_curve, peak_rise
from twin.model.element import Mover, Path, Valve
from twin.model.facility import Table
from twin.model.network import Network
from twin.segments import LOADS

CURVES = MappingProxyType({"pump": "curve_pa", "cdu": "pump_curve_pa", "bare_pump": "curve_pa"})


def dead_heads(network: Network, tables: Mapping[str, Table]) -> Array:
    """Return what each mover raises its loop by while its racks, units and coils are shut [Pa].

    At the highest speed that its control permits, as built. Pumps whose suction hangs on the discharge of
    others, with no pressure reference between, add to what those reach; pumps in a ring do not add to each
    other.

    Args:
        network: All loops.
        tables: What is built, by kind.

    Returns:
        Rise above the loop's reference, shape (mover,); NaN for fans and pumps without a curve.
    """
    net = network.flow
    own = _alone(network, tables)
    raised = np.flatnonzero(np.isfinite(own))
    piece, one_way = _pieces(network)
    held = np.zeros(len(piece) + 1, dtype=np.bool_)
    held[piece[net.held]] = True
    branch = np.concatenate([net.mover[raised], one_way])
    start, stop = piece[net.tail[branch]], piece[net.head[branch]]
    rise = np.concatenate([own[raised], np.zeros(len(one_way))])
    free = ~held[stop]
    before = _longest(start[free], stop[free], rise[free], int(piece.max(initial=-1)) + 1)
    own[raised] += before[piece[net.tail[net.mover[raised]]]]
    return own


def _alone(network: Network, tables: Mapping[str, Table]) -> Array:
    """Return the highest rise of each mover by itself at its highest speed [Pa], shape (mover,)."""
    net = network.flow
    out = np.full(len(net.mover), np.nan)
    for kind, block in network.assembly.blocks:
        if isinstance(block, Mover) and kind in CURVES and len(block.part):
            table, rows = tables[kind], net.rows[id(block)]
            points = table.curves[CURVES[kind]]
            law = np.array(table.words.get("curve_law", ("parabola",) * len(table.paths)))
            rise = highest_rise(points, law != "parabola")
            out[np.searchsorted(net.mover, np.arange(rows.start, rows.stop))] = rise[block.part]
    speed = net.speed_ratio.max(axis=1)
    turned = net.control_of >= 0
    speed[turned] = net.maximum_ratio.max(axis=1)[net.control_of[turned]]
    return np.asarray(out * speed**2)


def highest_rise(points: Array, meets: Flags) -> Array:
    """Return the most that pumps can give at full speed, by their points and by the curve solved [Pa].

    A parabola close to the points may pass below the one at no flow, and may have its peak between them.

    Args:
        points: Flow [m3/s] and rise [Pa], shape (part, point, 2); NaN pads.
        meets: Whether a curve meets its points; else it is the parabola closest to them, shape (part,).
    """
    flow, rise = points[..., 0], points[..., 1]
    at_none, _ = along(flow, cubics(flow, rise, straight=True), np.zeros((len(flow), 1)))
    solved = np.where(meets, at_none[:, 0], peak_rise(*fit_curve(flow, rise)))
    return np.asarray(np.fmax(np.fmax.reduce(rise, axis=-1), solved))


def _pieces(network: Network) -> tuple[Index, Index]:
    """Return the piece of pipework of each node while loads are shut, and the one-way branches between."""
    net = network.flow
    passes = net.in_service[:, 0].copy()
    for rows in (net.mover, net.limited, net.keeper):
        passes[rows] = False
    for kind, block in network.assembly.blocks:
        if isinstance(block, Path | Mover | Valve) and (kind, block.role) in LOADS:
            passes[net.rows[id(block)]] = False
    one_way = net.check[passes[net.check]]
    passes[one_way] = False
    return _joined(net.tail, net.head, passes, len(net.node)), one_way


def _joined(tail: Index, head: Index, chosen: Flags, count: int) -> Index:
    ends = tail[chosen], head[chosen]
    graph = coo_array((np.ones(len(ends[0])), ends), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.intp)


def _longest(start: Index, stop: Index, rise: Array, count: int) -> Array:
    """Return the most that rises before each piece add up to, those of one ring left out, shape (piece,)."""
    graph = coo_array((np.ones(len(start)), (start, stop)), shape=(count, count))
    ring = connected_components(graph, directed=True, connection="strong")[1]
    leads = ring[start] != ring[stop]
    start, stop, rise = ring[start][leads], ring[stop][leads], rise[leads]
    reach = np.zeros(count)
    while True:
        further = reach.copy()
        np.maximum.at(further, stop, reach[start] + rise)
        if np.array_equal(further, reach):
            return np.asarray(reach[ring])
        reach = further
