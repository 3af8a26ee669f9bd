"""Regions of a network: what no pipe, conductor, heat or load joins is solved by itself.

Regions that are given the same numbers are solved once, and each only in the variants in which it is given
something else: a campus of equal blocks costs little more than one of them.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from twin.arrays import Index
from twin.model.network import Network
from twin.model.part import Part, numbers, part_of
from twin.model.power_net import PowerNet
from twin.model.variants import NESTED, take

# A region with fewer nodes costs less among others than the calls that it would take by itself.
LEAST_NODES = 2_000
# Numbers of the whole facility, which say where a region is and not what it is.
PLACES = frozenset({"room"})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Share:
    """What is solved at once, and what it stands for. Rows are by kind of element.

    Attributes:
        network: Regions, in the variants in which they differ.
        column: Its variant for each variant of the whole, shape (variant,).
        places: For each region of the whole that it stands for, its own rows and those in the whole.
    """

    network: Network
    column: Index
    places: Sequence[dict[str, tuple[Index, Index]]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Region:
    """One region: its rows in the whole, what it is given, and the first variant that is given the same."""

    rows: dict[str, Index]
    given: tuple[bytes, ...]
    like: tuple[int, ...]


def shares(network: Network) -> list[Share]:
    """Return the shares of a network; none if it is best solved as a whole."""
    label = _labels(network)
    size = np.bincount(label)
    large = np.flatnonzero(size >= LEAST_NODES)
    if len(large) < 2:
        return []
    number = np.full(len(size), len(large), dtype=np.intp)
    number[large] = np.arange(len(large))
    label = number[label]
    found: dict[tuple[bytes, ...], list[_Region]] = {}
    for each in range(len(large)):
        region = _region(network, _cut(network, label == each))
        found.setdefault(region.given, []).append(region)
    groups: dict[tuple[int, ...], list[list[_Region]]] = {}
    for alike in found.values():
        groups.setdefault(alike[0].like, []).append(alike)
    if (label == len(large)).any():
        # What is too small to be solved by itself goes where most variants are solved.
        rest = _region(network, _cut(network, label == len(large)))
        most = max(groups, key=lambda like: len(set(like)))
        both = list(zip(most, rest.like, strict=True))
        groups[tuple(both.index(pair) for pair in both)] = [*groups.pop(most), [rest]]
    return [_share(network, like, alike) for like, alike in groups.items()]


def _share(network: Network, like: tuple[int, ...], groups: Sequence[Sequence[_Region]]) -> Share:
    """Return what stands for groups of equal regions."""
    inside = np.zeros(_size(network), dtype=np.bool_)
    for alike in groups:
        inside[alike[0].rows["any"]] = True
    part = _cut(network, inside)
    kept, column = np.unique(like, return_inverse=True)
    places = []
    for alike in groups:
        own = {axis: np.searchsorted(rows, alike[0].rows[axis]) for axis, rows in part.rows.items()}
        places += [{axis: (own[axis], rows) for axis, rows in each.rows.items()} for each in alike]
    return Share(network=take(part.network, kept, network.variants), column=column, places=places)


# ------------------------------------------------------------------------------ which nodes belong together


def _size(network: Network) -> int:
    return len(network.flow.node) + len(network.power.node) + len(network.heat.load_names)


def _labels(network: Network) -> Index:
    """Return the region of each flow node, power node and consumer, shape (any,)."""
    ends = np.concatenate([np.stack(pair) for pair in _links(network)], axis=1)
    a, b = ends[:, (ends >= 0).all(axis=0)]
    count = _size(network)
    graph = coo_array((np.ones(len(a), dtype=np.bool_), (a, b)), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.intp)


def _links(network: Network) -> Iterator[tuple[Index, Index]]:
    """Yield the two ends of whatever couples nodes or consumers, -1 for none."""
    flow, net, power = network.flow, network.heat, network.power
    consumers, nodes = power.consumers, len(flow.node)
    at, load = flow.tail, nodes + len(power.node)
    yield flow.tail, flow.head
    yield flow.plus, flow.minus
    driven = flow.control_of >= 0
    yield flow.plus[flow.control_of[driven]], at[flow.mover[driven]]
    yield at[net.hot], at[net.cold]
    valve = net.valve >= 0
    yield at[net.hot[valve]], at[flow.limited[net.valve[valve]]]
    wet = net.condenser >= 0
    yield at[net.rejector[wet]], at[net.condenser[wet]]
    yield net.conduct_a, net.conduct_b
    yield at[net.rejector], load + net.reject_load
    run = net.mover_load >= 0
    yield at[flow.mover[run]], load + net.mover_load[run]
    yield np.where(net.release_branch >= 0, at[net.release_branch], net.release_node), load + net.release_load
    yield nodes + consumers.node, load + consumers.consumer
    for branch, room in (
        (power.lines, network.line_room), (power.transformers, network.transformer_room),
        (power.converters, network.converter_room),
    ):  # fmt: skip
        yield nodes + branch.a, nodes + branch.b
        yield nodes + branch.a, room


# ------------------------------------------------------------------------------ cutting one out


def _cut(network: Network, inside: Any) -> Part:
    """Return some regions as a network; ``inside`` is by flow node, then power node, then consumer."""
    nodes, power = len(network.flow.node), network.power
    part = part_of(network, inside[:nodes])
    rows, net = part.rows, part.network.heat
    at = nodes + len(power.node)
    rows |= {"any": np.flatnonzero(inside), "consumer": np.flatnonzero(inside[at:])}
    load = numbers(rows["consumer"], len(inside) - at)
    heat = replace(
        net, release_load=load[net.release_load], reject_load=load[net.reject_load],
        mover_load=load[net.mover_load], chips=replace(net.chips, load=load[net.chips.load]),
        load_names=tuple(net.load_names[row] for row in rows["consumer"]),
    )  # fmt: skip
    cut = _power(power, inside[nodes:at], rows)
    rooms: dict[str, Any] = {
        f"{kind}_room": getattr(part.network, f"{kind}_room")[rows[kind]]
        for kind in ("line", "transformer", "converter")
    }
    return Part(network=replace(part.network, heat=heat, power=cut, **rooms), rows=rows)


def _power(net: PowerNet, inside: Any, rows: dict[str, Index]) -> PowerNet:
    """Return the power elements at some nodes, and add their rows to those of the others."""
    node = rows["power_node"] = np.flatnonzero(inside)
    local, feeds, consumers = numbers(node, len(inside)), net.feeds, net.consumers
    ended = {}
    for kind in ("line", "transformer", "converter"):
        branch: Any = getattr(net, f"{kind}s")
        kept = rows[kind] = np.flatnonzero(inside[branch.a])
        own = _rows(branch, kept)
        ended[f"{kind}s"] = replace(own, a=local[own.a], b=local[own.b])
    feed = rows["feed"] = np.flatnonzero(inside[feeds.node])
    wire = rows["input"] = np.flatnonzero(inside[consumers.node])
    load = rows["consumer"]
    inputs = {name: getattr(consumers, name)[wire] for name in ("priority", "weight_ratio")}
    return replace(
        net, **ended, node=net.node[node], nominal_v=net.nominal_v[node], direct=net.direct[node],
        feeds=replace(_rows(feeds, feed), node=local[feeds.node[feed]]),
        consumers=replace(
            consumers, node=local[consumers.node[wire]],
            consumer=numbers(load, len(consumers.use))[consumers.consumer[wire]], **inputs,
            power_w=consumers.power_w[load], power_factor_ratio=consumers.power_factor_ratio[load],
            use=consumers.use[load], in_service=consumers.in_service[load],
        ),
        rows={}, inputs={}, blocks=(),
    )  # fmt: skip


def _rows(columns: Any, rows: Index) -> Any:
    """Return a group of columns for some of its elements."""
    return replace(columns, **{field.name: getattr(columns, field.name)[rows] for field in fields(columns)})


# ------------------------------------------------------------------------------ what one is given


def _region(network: Network, part: Part) -> _Region:
    common, by_variant = hashlib.blake2b(), [hashlib.blake2b() for _ in range(network.variants)]
    for array in _columns(part.network):
        if array.ndim == 2 and array.shape[1] == network.variants:
            for variant, digest in enumerate(by_variant):
                digest.update(array[:, variant].tobytes())
        else:
            common.update(f"{array.shape}".encode() + array.tobytes())
    each = [digest.digest() for digest in by_variant]
    return _Region(
        rows=part.rows, given=(common.digest(), *each), like=tuple(each.index(own) for own in each)
    )


def _columns(thing: Any) -> Iterator[Any]:
    """Yield every array of numbers that a solver is given."""
    for field in fields(thing):
        value = getattr(thing, field.name)
        place = field.name in PLACES or (field.name == "node" and hasattr(thing, "rows"))
        if isinstance(value, np.ndarray) and not place:
            yield value
        elif is_dataclass(value) and field.name in NESTED:
            yield from _columns(value)
