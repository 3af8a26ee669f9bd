"""Batteries in a power net: each is a feed behind a converter that stands in for the one on line."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.model.assemble import Assembly
from twin.model.element import Block, Converter, Feed, Load, Store, Use
from twin.model.power_net import PowerNet, lay_out_power

GROUPS = ("lines", "transformers", "converters", "consumers", "feeds")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stores:
    """Batteries. Shapes: (store,).

    Attributes:
        kind, part: What holds each.
        capacity_j: Energy when full.
        rated_w: Highest power given.
        recharge_w: Power that recharging draws, 0 where none is given.
        charge_ratio: Taken up over drawn.
        efficiency_ratio: Given over what the load draws at its inputs, 1 behind a converter.
        online, backup, source: Rows of the converter, of the one that the battery feeds, and of the feed that
            stands for the battery; -1 within a consumer.
        input: Power node of the converter's input, -1 within a consumer.
        charger: Consumer that recharging draws as.
        consumer: Consumer it stands in, -1 behind a converter.
    """

    kind: tuple[str, ...]
    part: Index
    capacity_j: Array
    rated_w: Array
    recharge_w: Array
    charge_ratio: Array
    efficiency_ratio: Array
    online: Index
    backup: Index
    source: Index
    input: Index
    charger: Index
    consumer: Index


def joined(net: PowerNet) -> Flags:
    """Return whether each element is in service, shape (switch, variant)."""
    return np.concatenate([getattr(net, group).in_service for group in GROUPS])


def switched(net: PowerNet, service: Flags) -> PowerNet:
    """Return a net of one column with its elements in service as said, shape (switch, variant)."""
    counts = [getattr(net, group).in_service.shape[0] for group in GROUPS]
    parts = np.split(service, np.cumsum(counts)[:-1])
    changed: dict[str, Any] = {
        group: replace(getattr(net, group), in_service=np.ascontiguousarray(part))
        for group, part in zip(GROUPS, parts, strict=True)
    }
    return replace(net, **changed, variants=service.shape[1])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hold:
    """A block of batteries and what stands for it in the net."""

    kind: str
    store: Store
    online: Converter | None = None
    backup: Converter | None = None
    source: Feed | None = None
    charger: Load | None = None


def with_batteries(assembly: Assembly) -> tuple[PowerNet, list[Hold]]:
    """Return the net with a converter, a feed and a charger for each battery behind a converter.

    On its battery a unit loses what it loses on line: the loss of the rectifier stands for that of the
    battery and its own converter.
    """
    blocks, holds = list(assembly.blocks), []
    first = assembly.nodes.count
    for kind, store in assembly.blocks:
        if not isinstance(store, Store):
            continue
        if store.load is not None:
            holds.append(Hold(kind=kind, store=store))
            continue
        online = next(
            b for k, b in assembly.blocks
            if k == kind and isinstance(b, Converter) and np.array_equal(b.part, store.part)
        )  # fmt: skip
        count = len(store.part)
        node = np.arange(first, first + count)
        first += count
        backup = replace(online, role="backup", a=node)
        source = Feed(
            role="battery", part=store.part, node=node, voltage_v=online.output_v,
            short_circuit_va=np.full((count, 1), np.nan), rated_w=store.rated_w,
            in_service=online.in_service,
        )  # fmt: skip
        charger = Load(
            role="charger", part=store.part, node=online.a, consumer=np.arange(count),
            priority=np.zeros(count, dtype=np.intp), weight_ratio=np.ones((count, 1)),
            power_w=np.zeros((count, 1)), power_factor_ratio=online.power_factor_ratio, use=Use.OTHER,
            in_service=online.in_service,
        )  # fmt: skip
        blocks += [(kind, backup), (kind, source), (kind, charger)]
        holds.append(
            Hold(kind=kind, store=store, online=online, backup=backup, source=source, charger=charger)
        )
    net = lay_out_power(blocks, first, assembly.variants, name_of=_named(assembly, holds))
    return net, holds


def _named(assembly: Assembly, holds: list[Hold]) -> Any:
    """Return what names a node; a battery is named like the output it holds."""
    outputs = np.concatenate([[-1], *(h.online.b for h in holds if h.online is not None)]).astype(np.intp)
    count, name = assembly.nodes.count, assembly.nodes.name
    return lambda node: name(node) if node < count else f"{name(int(outputs[node - count + 1]))}.battery"


def stores_of(net: PowerNet, holds: list[Hold]) -> Stores:
    """Return all batteries of a net as columns."""
    columns: dict[str, list[Any]] = {name: [] for name in Stores.__dataclass_fields__}
    for hold in holds:
        store, count = hold.store, len(hold.store.part)
        none = np.full(count, -1, dtype=np.intp)
        one = {n: np.broadcast_to(getattr(store, n)[:, :1], (count, 1))[:, 0] for n in _NUMBERS}
        if store.load is None:
            rows = {n: rows_of(net, getattr(hold, n)) for n in ("online", "backup", "source", "charger")}
            inside = {**rows, "input": net.converters.a[rows["online"]], "consumer": none}
        else:
            consumer = rows_of(net, store.load)[store.part]
            inside = dict.fromkeys(("online", "backup", "source", "input"), none)
            inside |= {"consumer": consumer, "charger": consumer}
        told = {
            "kind": [hold.kind] * count, "part": store.part, "capacity_j": one["energy_j"],
            "rated_w": one["rated_w"], "recharge_w": np.nan_to_num(one["recharge_w"]),
            "charge_ratio": np.nan_to_num(one["charge_ratio"], nan=1.0),
            "efficiency_ratio": one["efficiency_ratio"], **inside,
        }  # fmt: skip
        for name, values in told.items():
            columns[name].append(values)
    ints = ("part", "online", "backup", "source", "input", "charger", "consumer")
    made: dict[str, Any] = {
        name: np.concatenate([np.zeros(0), *parts]).astype(np.intp if name in ints else np.float64)
        for name, parts in columns.items()
        if name != "kind"
    }
    return Stores(kind=tuple(k for part in columns["kind"] for k in part), **made)


_NUMBERS = ("energy_j", "rated_w", "recharge_w", "charge_ratio", "efficiency_ratio")


def rows_of(net: PowerNet, block: Block) -> Index:
    """Return the rows that a block has among its like."""
    rows = net.rows[id(block)]
    return np.arange(rows.start, rows.stop)
