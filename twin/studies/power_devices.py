"""Loading of power equipment by class, against the limits that the electrical checks hold it to."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from twin.arrays import Array, Index
from twin.checks.electrical import NEC_CONTINUOUS_RATIO
from twin.model.element import Converter, Feed, Line, Transformer
from twin.model.facility import Facility, Table
from twin.model.network import Network
from twin.solve.condense import Carried
from twin.solve.power import Power

Solved = Power | Carried

CLASSES = (
    "utility", "transformer", "generator", "ups", "power_converter", "transfer_switch", "switchboard",
    "breaker", "fuse", "busway", "power_cable", "whip", "power_shelf",
)  # fmt: skip
# Loadings closer than this are alike; of parts alike the first one is named.
ALIKE_RATIO = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading:
    """The part of one class with the least margin to its limit.

    Attributes:
        device: Class, one of ``CLASSES``.
        part: Prim, "" where none of the class carries anything.
        loading_ratio: Current or power over rating [1].
        limit_ratio: Share of the rating that may be used without limit of time [1].
        margin_ratio: Limit less loading [1].
    """

    device: str
    part: str
    loading_ratio: float
    limit_ratio: float
    margin_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gauge:
    """One group of like elements of a class.

    Attributes:
        device: Class.
        paths: Prims of the kind.
        part: Row of its prim for each element, shape (element,).
        limit_ratio: Limit of each element, shape (element, 1 or variant).
        loading: Returns the loading of each element from a power solution, shape (element, variant).
        block: Elements that carry it, None where they are no elements of the network.
    """

    device: str
    paths: tuple[str, ...]
    part: Index
    limit_ratio: Array
    loading: Callable[[Solved], Array]
    block: Line | Transformer | Converter | Feed | None = None


def gauges(facility: Facility, network: Network) -> tuple[Gauge, ...]:
    """Return what reads the loading of every class that is built.

    Limits are those of rules EL001 to EL004, EL010 to EL013 and EL030: the continuous share of a conductor's
    or breaker's rating by the regime of the site, the rating of sources and converters, the power agreed with
    the grid, the direct-current rating of the shelves that still have a supply.
    """
    return tuple(_gauges(facility, network))


def continuous_ratio(facility: Facility) -> float:
    """Return the share of a rating that the site allows without limit of time [1]."""
    site = facility.tables["site"]
    nec = site.words["loading_regime"][0] == "nec"
    return NEC_CONTINUOUS_RATIO if nec else float(site.numbers["loading_limit_ratio"][0, 0])


def _gauges(facility: Facility, network: Network) -> Iterator[Gauge]:
    share = continuous_ratio(facility)
    nec = facility.tables["site"].words["loading_regime"][0] == "nec"
    for kind, block in network.assembly.blocks:
        if id(block) not in network.power.rows or kind not in facility.tables:
            continue
        table, rows = facility.tables[kind], network.power.rows[id(block)]
        device, limit = kind, np.full((len(block.part), 1), 1.0)
        if isinstance(block, Line):
            device = "breaker" if kind == "generator" else kind
            limit *= share
            if kind == "breaker" and nec:
                limit = table.numbers["continuous_ratio"][block.part]
            loading = _field("line_loading_ratio", rows)
        elif isinstance(block, Transformer):
            loading = _field("transformer_loading_ratio", rows)
        elif isinstance(block, Converter):
            limit *= _without_spare(table)[block.part]
            loading = _field("converter_loading_ratio", rows)
        elif isinstance(block, Feed):
            loading = _source(kind, table, block, rows)
        else:
            continue
        part = np.arange(len(table.paths)) if kind == "utility" else block.part
        yield Gauge(
            device=device,
            paths=table.paths,
            part=part,
            limit_ratio=limit[: len(part)],
            loading=loading,
            block=block,
        )
    yield from _shelves(facility, network)


def _without_spare(table: Table) -> Array:
    """Return the share of a converter's rating left without its spare modules, 1 where none is told."""
    for modules in ("module_count", "supply_count"):
        if modules in table.numbers:
            count = table.numbers[modules]
            left = (count - table.numbers["spare_count"]) / count
            return np.where(np.isfinite(left), left, 1.0)
    return np.ones((len(table.paths), 1))


def _field(name: str, rows: slice) -> Callable[[Solved], Array]:
    def loading(power: Solved) -> Array:
        found: Array = getattr(power, name)[rows]
        return found

    return loading


def _source(kind: str, table: Table, feed: Feed, rows: slice) -> Callable[[Solved], Array]:
    """Return the loading of generators, or of grid connections by the power of all their feeders."""

    def generator(power: Solved) -> Array:
        given = power.feed_power_va[rows]
        apparent = table.numbers["apparent_power_va"][feed.part]
        return np.asarray(np.fmax(given.real / feed.rated_w, np.abs(given) / apparent))

    def utility(power: Solved) -> Array:
        total = np.zeros((len(table.paths), power.feed_power_va.shape[1]))
        np.add.at(total, feed.part, power.feed_power_va[rows].real)
        return total / table.numbers["rated_power_w"]

    return generator if kind == "generator" else utility


def _shelves(facility: Facility, network: Network) -> Iterator[Gauge]:
    """Yield the shelves of racks that declare them; shelves are shared equally by a rack's inputs."""
    loads = [b for k, b in network.assembly.blocks if k == "rack" and b.role == "it"]
    if not loads or not np.isfinite(facility.tables["rack"].numbers["shelf_power_w"]).any():
        return
    table, wires = facility.tables["rack"], network.power.inputs[id(loads[0])]
    rows, numbers = network.power.rows[id(loads[0])], table.numbers
    owner = network.power.consumers.consumer[wires] - rows.start
    inputs = np.bincount(owner, minlength=len(table.paths))[:, None]
    efficiency = numbers["shelf_efficiency_ratio"]
    efficiency = np.where(np.isfinite(efficiency), efficiency, 1.0)

    def loading(power: Solved) -> Array:
        alive = np.zeros((len(table.paths), power.input_voltage_ratio.shape[1]))
        np.add.at(alive, owner, power.input_voltage_ratio[wires] > 0.0)
        left = np.floor(numbers["shelf_count"] * alive / inputs + 1e-9)
        direct_w = power.consumer_power_w[rows] * efficiency
        rated_w = np.where(left > 0.0, left * numbers["shelf_power_w"], np.nan)
        return np.asarray(direct_w / rated_w)

    yield Gauge(
        device="power_shelf", paths=table.paths, part=np.arange(len(table.paths)),
        limit_ratio=np.ones((1, 1)), loading=loading,
    )  # fmt: skip


def worst_loadings(every: tuple[Gauge, ...], power: Solved) -> list[tuple[Loading, ...]]:
    """Return the worst survivor of each class, in the order of ``CLASSES``, for each variant.

    What is out, dead or idle is no survivor.
    """
    variants = power.residual_ratio.shape[0]
    found: list[dict[str, Loading]] = [{} for _ in range(variants)]
    for gauge in every:
        loading = gauge.loading(power)
        margin = np.where(loading > ALIKE_RATIO, gauge.limit_ratio - loading, np.inf)
        least = margin.min(axis=0, initial=np.inf)
        at = np.argmax(margin <= least + ALIKE_RATIO, axis=0) if len(margin) else None
        limits = np.broadcast_to(gauge.limit_ratio, loading.shape)
        for variant in np.flatnonzero(np.isfinite(least)).tolist():
            assert at is not None
            row = int(at[variant])
            known = found[variant].get(gauge.device)
            if known is None or float(margin[row, variant]) < known.margin_ratio - ALIKE_RATIO:
                found[variant][gauge.device] = Loading(
                    device=gauge.device, part=gauge.paths[int(gauge.part[row])],
                    loading_ratio=float(loading[row, variant]), limit_ratio=float(limits[row, variant]),
                    margin_ratio=float(margin[row, variant]),
                )  # fmt: skip
    built = [name for name in CLASSES if any(gauge.device == name for gauge in every)]
    nan = float("nan")
    none = {
        name: Loading(device=name, part="", loading_ratio=nan, limit_ratio=nan, margin_ratio=nan)
        for name in built
    }
    return [tuple(row.get(name, none[name]) for name in built) for row in found]
