"""Bill of a fabric, with mass, power and price, and the pull schedule of its cables."""

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from twin.errors import UsageError
from twin.model.fabric import Point
from twin.studies.fabric_media import COPPER, NS_PER_M
from twin.studies.fabric_routes import Routed, trays_of

PRICE_COLUMNS = ("item", "price", "currency", "source")


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """Price of one piece, from whoever gave it."""

    price: float
    currency: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of the bill.

    Attributes:
        item: Product, with the length to order for a cable.
        count: Pieces.
        length_m: Length of one piece, NaN for a switch.
        power_w: Power of all pieces: both ends of a cable; of a switch its planning value, optics included.
        mass_kg: Mass of all pieces, NaN where it is not known.
        cost: Price of all pieces, NaN where none is given.
        currency, source: Of the price, "" where none is given.
    """

    item: str
    count: int
    length_m: float
    power_w: float
    mass_kg: float
    cost: float
    currency: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """One cable of the pull schedule.

    Attributes:
        label: Label for both ends.
        network, rail: What it belongs to.
        medium: Product to pull.
        ordered_m, routed_m: Length to order, and length along its way with slack.
        from_prim, to_prim: Rack or switch at either end.
        from_cabinet, to_cabinet: Cabinet it stands in.
        from_port, to_port: Port array and the port within it, from 1.
        from_switch, to_switch: Which of the switches that the prim stands for, from 1.
        from_x_m, from_y_m, from_z_m, to_x_m, to_y_m, to_z_m: Where the ports are.
        trays: Trays in order.
        bundle: Prim of its bundle.
    """

    label: str
    network: str
    rail: int
    medium: str
    ordered_m: float
    routed_m: float
    from_prim: str
    from_cabinet: str
    from_switch: int
    from_port: str
    from_x_m: float
    from_y_m: float
    from_z_m: float
    to_prim: str
    to_cabinet: str
    to_switch: int
    to_port: str
    to_x_m: float
    to_y_m: float
    to_z_m: float
    trays: tuple[str, ...]
    bundle: str


def prices(file: Path) -> dict[str, Price]:
    """Return prices from a table with the columns item, price, currency and source.

    Raises:
        UsageError: The file cannot be read, a column is missing, or a price has no source or is no number.
    """
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except OSError as reason:
        raise UsageError(f"cannot read {file}: {reason.strerror or reason}") from reason
    if missing := [c for c in PRICE_COLUMNS if rows and c not in rows[0]]:
        raise UsageError(f"{file} has no column {', '.join(missing)}; it needs {', '.join(PRICE_COLUMNS)}")
    out = {}
    for line, row in enumerate(rows, 2):
        try:
            value = float(row["price"])
        except ValueError:
            raise UsageError(f"{file}:{line}: price {row['price']!r} is no number") from None
        if value < 0.0 or not row["source"]:
            raise UsageError(f"{file}:{line}: a price is at least 0 and has a source")
        out[row["item"]] = Price(price=value, currency=row["currency"], source=row["source"])
    return out


def bill(found: Routed, given: Mapping[str, Price]) -> list[Item]:
    """Return the bill of a fabric, cables first, by product and length.

    Args:
        found: The fabric on its trays.
        given: Prices by product (a switch's is that of its tier: ``leaf``, ``spine``), empty for none.
    """
    counts: dict[tuple[str, float], int] = defaultdict(int)
    for choice, count in zip(found.choices, found.fabric.links.count.tolist(), strict=True):
        if choice.medium is not None and np.isfinite(choice.ordered_m):
            counts[choice.medium.name, choice.ordered_m] += count
    out = []
    for (name, length), count in sorted(counts.items()):
        medium = found.fabric.media[name]
        out.append(_item(f"{name} {length:g} m", name, count, given, length_m=length,
                         power_w=2.0 * medium.power_per_end_w,
                         mass_kg=length * medium.mass_kg_m))  # fmt: skip
    switches: dict[tuple[str, float, float], int] = defaultdict(int)
    for node in found.fabric.nodes:
        if node.tier != "rack":
            switches[node.tier, node.power_w, node.mass_kg] += node.count
    for (tier, power, mass), count in switches.items():
        out.append(_item(tier, tier, count, given, length_m=float("nan"), power_w=power, mass_kg=mass))
    return out


def _item(
    item: str,
    key: str,
    count: int,
    given: Mapping[str, Price],
    *,
    length_m: float,
    power_w: float,
    mass_kg: float,
) -> Item:
    price = given.get(item) or given.get(key)
    return Item(
        item=item, count=count, length_m=length_m, power_w=count * power_w, mass_kg=count * mass_kg,
        cost=count * price.price if price else float("nan"), currency=price.currency if price else "",
        source=price.source if price else "",
    )  # fmt: skip


def delays_ns(found: Routed) -> np.ndarray:
    """Return how long a signal takes along one cable of each bundle [ns], without switches, (bundle,).

    Source: group index 1.468 of silica fibre (ITU-T G.652); 4.5 ns/m of copper (NVIDIA MCA7J70 data).
    """
    per_m = [
        NS_PER_M["copper" if c.medium is not None and c.medium.medium in COPPER else "fibre"]
        for c in found.choices
    ]
    return np.asarray(found.length_m * np.array(per_m))


def pulls(found: Routed) -> Iterator[Pull]:
    """Yield every single cable, bundle by bundle; ports of an array are taken in order."""
    links, nodes = found.fabric.links, found.fabric.nodes
    names, ways = [t.path for t in found.fabric.trays], trays_of(found)
    used: dict[str, int] = defaultdict(int)
    digits = len(str(int(links.count.sum())))
    number = 0
    for i, path in enumerate(links.paths):
        a, b, choice = nodes[links.a[i]], nodes[links.b[i]], found.choices[i]
        ends = _end(links.a_m[i]), _end(links.b_m[i])
        trays = tuple(names[t] for t in ways[i])
        for k in range(int(links.count[i])):
            number += 1
            used[links.a_port[i]] += 1
            used[links.b_port[i]] += 1
            yield Pull(
                label=f"{links.network[i][:1].upper()}{number:0{digits}d}", network=links.network[i],
                rail=int(links.rail[i]), medium=choice.medium.name if choice.medium else "",
                ordered_m=choice.ordered_m, routed_m=round(float(found.length_m[i]), 3),
                from_prim=a.path, from_cabinet=a.home or a.path, from_switch=k % a.count + 1,
                from_port=_port(links.a_port[i], used, a.count), from_x_m=ends[0][0], from_y_m=ends[0][1],
                from_z_m=ends[0][2], to_prim=b.path, to_cabinet=b.home or b.path, to_switch=k % b.count + 1,
                to_port=_port(links.b_port[i], used, b.count), to_x_m=ends[1][0], to_y_m=ends[1][1],
                to_z_m=ends[1][2], trays=trays, bundle=path,
            )  # fmt: skip


def _end(at: np.ndarray) -> Point:
    x, y, z = at.round(3).tolist()
    return (x, y, z)


def _port(path: str, used: Mapping[str, int], switches: int) -> str:
    """Return the array and the port of it: with several switches the same one of each before the next."""
    return f"{path.rpartition('/')[2]}:{(used[path] - 1) // switches + 1}"
