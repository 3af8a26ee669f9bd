"""A fabric as columns: cabinets and switches that bundles join, their trays and their media."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from twin.arrays import Array, Index

Point = tuple[float, float, float]
# Tiers from the server up.
TIERS = ("rack", "leaf", "spine", "core")


@dataclass(frozen=True, slots=True, kw_only=True)
class Medium:
    """One cable product.

    Attributes:
        name: Its asset.
        medium: DAC, ACC, AEC, AOC, multimode, singlemode or copper.
        data_rate: Rate of one cable, as the stage names it.
        connector: Connector at its ends.
        transceiver: Transceiver at its ends, "" where the cable has its own heads.
        reach_m: Longest length.
        diameter_m: Outer diameter.
        bend_radius_m: Smallest radius installed, NaN where it is not known.
        power_per_end_w: Power of the optic or active head at each end.
        mass_kg_m: Mass per length, NaN where it is not known.
    """

    name: str
    medium: str
    data_rate: str
    connector: str
    transceiver: str
    reach_m: float
    diameter_m: float
    bend_radius_m: float
    power_per_end_w: float
    mass_kg_m: float


MEDIUM_NUMBERS = ("reach_m", "diameter_m", "bend_radius_m", "power_per_end_w", "mass_kg_m")


def medium_of(name: str, words: Sequence[str], numbers: Sequence[float]) -> Medium:
    """Return a product from medium, rate, connector, transceiver, and the numbers of ``MEDIUM_NUMBERS``."""
    medium, rate, connector, transceiver = words
    reach, diameter, bend, power, mass = numbers
    return Medium(
        name=name,
        medium=medium,
        data_rate=rate,
        connector=connector,
        transceiver=transceiver,
        reach_m=reach,
        diameter_m=diameter,
        bend_radius_m=bend,
        power_per_end_w=power,
        mass_kg_m=mass,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A compute rack, or switches of one kind that stand together.

    Attributes:
        path: Prim path.
        tier: ``rack``, ``leaf``, ``spine``, ``core`` or ``management``.
        network: Network it belongs to, "" for a rack.
        home: Cabinet it stands in, "" for a rack and for one in no cabinet.
        rail: Rail or plane from 1, 0 for all of them.
        count: Switches that the prim stands for.
        port_count: Ports of one switch.
        power_w: Planning power of one switch.
        mass_kg: Mass of one switch, NaN where it is not known.
    """

    path: str
    tier: str
    network: str = ""
    home: str = ""
    rail: int = 0
    count: int = 1
    port_count: int = 0
    power_w: float = 0.0
    mass_kg: float = float("nan")

    @property
    def name(self) -> str:
        """Return the last two names of its path, which tell it in a hall."""
        return "/".join(self.path.split("/")[-2:])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Links:
    """Bundles as columns; all of shape (bundle,) but positions of (bundle, 3).

    Attributes:
        paths: Prim path of each.
        a, b: Nodes joined, a below b.
        a_port, b_port: Port prims.
        a_m, b_m: Where the ports are.
        count: Cables.
        network: Network of each.
        rail: Rail from 1, 0 for none.
        group: Redundancy group, "" for none.
        medium: Cable product that the stage has now, "" for none yet.
        rate: Data rate that the ports speak.
        given: Trays that the stage gives each, as rows of the fabric's trays; () for none.
    """

    paths: tuple[str, ...]
    a: Index
    b: Index
    a_port: tuple[str, ...]
    b_port: tuple[str, ...]
    a_m: Array
    b_m: Array
    count: Index
    network: tuple[str, ...]
    rail: Index
    group: tuple[str, ...]
    medium: tuple[str, ...]
    rate: tuple[str, ...]
    given: tuple[tuple[int, ...], ...] = ()

    @property
    def straight_m(self) -> Array:
        """Return the straight distance of both ends [m]."""
        found: Array = np.linalg.norm(self.b_m - self.a_m, axis=1)
        return found

    @property
    def manhattan_m(self) -> Array:
        """Return the distance along the three axes [m]."""
        found: Array = np.abs(self.b_m - self.a_m).sum(axis=1)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Tray:
    """One straight tray.

    Attributes:
        path: Prim path.
        start, stop: Ends of its centre line, on its floor [m].
        width_m, depth_m: Usable cross section.
        design_ratio, limit_ratio: Fill to design for and not to exceed.
        allowed_kg_m: Load it carries, NaN where it is not known.
        bend_radius_m: Inner radius of its bends and drop-outs, NaN where it is not known.
    """

    path: str
    start: Point
    stop: Point
    width_m: float
    depth_m: float
    design_ratio: float = 0.4
    limit_ratio: float = 0.5
    allowed_kg_m: float = float("nan")
    bend_radius_m: float = float("nan")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fabric:
    """Everything of one or more networks.

    Attributes:
        nodes: Racks and switches.
        links: Bundles between them.
        trays: Trays.
        media: Cable products by name.
    """

    nodes: tuple[Node, ...]
    links: Links
    trays: tuple[Tray, ...]
    media: Mapping[str, Medium]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Switches that a design adds.

    Attributes:
        node: What they are.
        asset: Asset they are instances of.
        at: Where they stand [m].
        turn_deg: Turn about the vertical.
    """

    node: Node
    asset: str
    at: Point
    turn_deg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """What a cabinet has to be rated for with the switches that a design puts into it.

    Attributes:
        path: Prim path of the cabinet.
        kind: Kind of the cabinet.
        it_power_w: Power.
        airflow_m3_s: Air that carries it with the rise it has now.
        why: How the power comes about.
    """

    path: str
    kind: str
    it_power_w: float
    airflow_m3_s: float
    why: str
