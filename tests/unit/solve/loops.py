"""Small loops of flow elements for solver tests: columns of pumps, pipes and valves, in a line each."""

from dataclasses import fields, replace

import numpy as np

from tests.support.bench import assembly, flow_net, vessel
from twin.model.element import Mover, Path, Valve
from twin.solve.branch import Medium
from twin.solve.flow import prepare, solve_flow

WATER_KG_M3, WATER_PA_S = 998.0, 1.0e-3


def numbers(values, count):
    """Return a column, shape (element, 1 or variant); a single number stands for every element."""
    array = np.asarray(values)
    return np.broadcast_to(array, (count, 1)).copy() if array.ndim == 0 else array.reshape(count, -1)


def made(kind, role, ends, **columns):
    """Return a block of flow elements between pairs of nodes."""
    a, b = np.array(ends, dtype=np.intp).reshape(-1, 2).T
    flag = columns.pop("check_valve", None)
    given = {name: numbers(value, len(a)) for name, value in columns.items()}
    if flag is not None:
        given["check_valve"] = flag
    return kind(role=role, part=np.arange(len(a)), a=a, b=b, **given)


def resistors(ends, quadratic, **columns):
    """Return passages that lose ``quadratic`` · Q² [Pa·s2/m6]."""
    return made(Path, "rack", ends, quadratic_pa_s2_m6=quadratic, **columns)


def pipes(ends, *, length=10.0, diameter=0.05, roughness=4.5e-5, loss=0.0, **columns):
    """Return pipes with friction."""
    return made(
        Path,
        "bore",
        ends,
        length_m=length,
        diameter_m=diameter,
        roughness_m=roughness,
        loss_ratio=loss,
        **columns,
    )


def pumps(ends, *, shutoff=200e3, quadratic=-2e9, check_valve=False, **columns):
    """Return pumps with the curve ``shutoff`` + ``quadratic`` · Q²."""
    return made(
        Mover,
        "pump",
        ends,
        shutoff_pa=shutoff,
        quadratic_pa_s2_m6=quadratic,
        check_valve=check_valve,
        **columns,
    )


def valves(ends, quadratic=1e9, *, check_valve=False, **columns):
    """Return valves, limiting where ``limit_m3_s`` is given."""
    return made(Valve, "valve", ends, quadratic_pa_s2_m6=quadratic, check_valve=check_valve, **columns)


def without(block, rows):
    """Return a block that lacks some of its elements."""
    kept = np.setdiff1d(np.arange(len(block.part)), rows)
    own = {f.name: getattr(block, f.name) for f in fields(block)}
    return replace(block, **{name: _rows(value, kept, len(block.part)) for name, value in own.items()})


def shuffled(block, order):
    """Return a block with its elements in another order."""
    own = {f.name: getattr(block, f.name) for f in fields(block)}
    return replace(block, **{name: _rows(value, order, len(block.part)) for name, value in own.items()})


def _rows(value, kept, count):
    if not isinstance(value, np.ndarray) or value.ndim == 0:
        return value
    return value[kept] if len(value) == count else value


def water(net, *, density=WATER_KG_M3, viscosity=WATER_PA_S):
    """Return water at rest temperature in every branch."""
    shape = (len(net.tail), net.variants)
    return Medium(density_kg_m3=np.full(shape, density), viscosity_pa_s=np.full(shape, viscosity))


def solved(*blocks, nodes, variants=1, heights=None, start=None, density=WATER_KG_M3):
    """Lay blocks out, solve them and return the network and its flow."""
    net = flow_net(*blocks, nodes=nodes, variants=variants, heights=heights)
    return net, flow_in(net, start=start, density=density)


def flow_in(net, *, start=None, density=WATER_KG_M3):
    """Return the flow of a network of water."""
    limit = np.broadcast_to(net.limit_m3_s, (len(net.limited), net.variants))
    return solve_flow(prepare(net), water(net, density=density), limit, start=start)


def volume(net, flow, block, density=WATER_KG_M3):
    """Return the flow of every element of a block [m3/s], shape (element, variant)."""
    return flow.flow_kg_s[net.rows[id(block)]] / density


def drop(net, flow, a, b):
    """Return the pressure difference between two facility nodes [Pa], shape (variant,)."""
    local = {int(n): i for i, n in enumerate(net.node)}
    return flow.pressure_pag[local[a]] - flow.pressure_pag[local[b]]


def mesh(seed, *, side=4, variants=1, service=0.0):
    """Return blocks of a random grid of pipes with a pump in its first edge, and its node count.

    ``service`` is the share of branches that are shut in each variant but the first.
    """
    rng = np.random.default_rng(seed)
    node = np.arange(side * side).reshape(side, side)
    ends = np.array(
        [
            *zip(node[:, :-1].ravel(), node[:, 1:].ravel(), strict=False),
            *zip(node[:-1].ravel(), node[1:].ravel(), strict=False),
        ]
    )
    ends = ends[rng.permutation(len(ends))]
    turned = rng.random(len(ends)) < 0.5
    ends[turned] = ends[turned, ::-1]
    count = len(ends)
    on = rng.random((count, variants)) >= service
    on[:, 0] = True
    grid = pipes(
        ends,
        length=rng.uniform(1.0, 30.0, count),
        diameter=rng.uniform(0.02, 0.1, count),
        roughness=rng.uniform(0.0, 1e-4, count),
        loss=rng.uniform(0.0, 5.0, count),
        in_service=on,
    )
    pump = pumps([(int(node[-1, -1]), int(node[0, 0]))], shutoff=rng.uniform(5e4, 3e5), quadratic=-1e9)
    return [grid, pump, vessel(int(node[-1, -1]))], side * side


__all__ = [
    "assembly", "drop", "flow_in", "flow_net", "made", "mesh", "numbers", "pipes", "pumps", "resistors",
    "shuffled", "solved", "valves", "vessel", "volume", "water", "without",
]  # fmt: skip
