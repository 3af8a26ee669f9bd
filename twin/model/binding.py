"""What the fields of a component hold: bound ports, targets, air cells, the site, nodes."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from twin.arrays import Array, Flags, Index


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ends:
    """Port prims bound to a ``many`` port. Shapes: (end,), sorted by part, then by port name.

    Attributes:
        part: Part each end belongs to.
        node: Node of the port.
        offset_m: Distance along the part's own x axis from its first end [m].
    """

    part: Index
    node: Index
    offset_m: Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Targets:
    """Parts or nodes a relationship names, in authored order. Shapes: (target,).

    Attributes:
        part: Part that owns the relationship.
        node: Node of each target, -1 for a part target.
        kind: Kind of each target part, "" for a node target.
        row: Row of each target part, -1 for a node target.
    """

    part: Index
    node: Index
    kind: tuple[str, ...]
    row: Index


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cells:
    """Air nodes a zone part is divided into along its longer side. Shapes: (cell,).

    Attributes:
        part: Zone part each cell belongs to.
        node: Node of the cell.
        length_m: Length of the cell [m].
        around: Node of the zone that encloses it, -1 for none.
        above: Node of the zone just above its top, -1 for none.
        below: Node of the zone just below its floor, -1 for none.
    """

    part: Index
    node: Index
    length_m: Array
    around: Index
    above: Index
    below: Index


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Site:
    """What the whole facility shares. Shapes: (1, 1) or (1, variant).

    Attributes:
        dry_bulb_k: Design outdoor dry bulb [K].
        wet_bulb_k: Design outdoor wet bulb [K].
        dew_point_k: Design dew point of the air in the rooms [K].
        minimum_k: Extreme minimum outdoor temperature [K].
        recirculation_dk: Rise of the air that condensers draw above the dry bulb [K].
        pressure_pa: Air pressure at the site's elevation [Pa].
        frequency_hz: Supply frequency [Hz].
        high_capture: Whether a variant takes the highest declared heat capture, shape (1, variant).
        viscosity_ratio: Viscosity of liquids over that of their laws [1], shape (1, variant).
        warm_conductors: Whether resistance follows the temperature that the current brings conductors to.
    """

    dry_bulb_k: Array
    wet_bulb_k: Array
    dew_point_k: Array
    minimum_k: Array
    recirculation_dk: Array
    pressure_pa: Array
    frequency_hz: Array
    high_capture: Flags
    viscosity_ratio: Array
    warm_conductors: bool = False


class Nodes:
    """Hands out node numbers, and tells their names when an error needs one."""

    def __init__(self, first: int, name_of_port: Callable[[int], str]) -> None:
        """Start after the port nodes, which are numbered ``0 … first - 1``."""
        self._next, self._first, self._name_of_port = first, first, name_of_port
        self._blocks: list[tuple[int, tuple[str, ...], Index, str]] = []
        self._heights: list[Array] = []

    @property
    def count(self) -> int:
        """Return how many nodes there are so far."""
        return self._next

    def take(self, paths: tuple[str, ...], part: Index, role: str, height_m: Array) -> Index:
        """Return one new node per entry of ``part``, each at its height [m]."""
        start = self._next
        self._next += len(part)
        self._blocks.append((start, paths, part, role))
        self._heights.append(height_m)
        return np.arange(start, self._next, dtype=np.intp)

    def heights_m(self) -> Array:
        """Return the height of every node handed out [m], shape (inner node,)."""
        return np.concatenate(self._heights) if self._heights else np.zeros(0)

    def name(self, node: int) -> str:
        """Return the port prim, or ``prim.role`` for an inner node."""
        if node < self._first:
            return self._name_of_port(node)
        start, paths, part, role = next(b for b in self._blocks if b[0] <= node < b[0] + len(b[2]))
        return f"{paths[int(part[node - start])]}.{role}"
