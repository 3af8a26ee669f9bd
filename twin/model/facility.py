"""What is built: one table of columns per kind, connections, placement, provenance. No solver, no USD."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.model.binding import Ends, Targets
from twin.model.provenance import Opinion


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """Every part of one kind.

    Attributes:
        kind: Name of the kind.
        paths: Prim paths, shape (part,), in path order.
        numbers: Parameter name to SI values, shape (part, 1 or variant); NaN where not given.
        words: Parameter name to tokens or text, shape (part,); "" where not given.
        curves: Parameter name to points in SI, shape (part, point, 2); NaN pads the end.
        ends: Port name to the port prims bound to it; one end per part unless the port is ``many``.
        targets: Relationship name to what it names; zone targets keep ``kind`` and ``row``, node -1.
        in_service: Whether a part runs, shape (part, 1 or variant).
        position_m: Origin, shape (part, 3), in world metres.
        size_m: Extent of the box along the part's own axes, shape (part, 3).
        drawn_m: Middle of the box's floor from the origin, along the part's own axes, shape (part, 3).
        angle_rad: Turn about the vertical, shape (part,).
        route_m: Points of a connection's drawn curve, per part.
        asset: Name of the asset each part is an instance of, "" for none.
        opinion: Parameter name to opinion number, shape (part,); -1 where not given.
        located: Opinion number of the prim itself, shape (part,).
        ids: ``twin:id`` of each part, "" for none.
        redundancy_group: ``twin:redundancyGroup`` of each part, "" for none.
    """

    kind: str
    paths: tuple[str, ...]
    numbers: Mapping[str, Array]
    words: Mapping[str, tuple[str, ...]]
    curves: Mapping[str, Array]
    ends: Mapping[str, Ends]
    targets: Mapping[str, Targets]
    in_service: Flags
    position_m: Array
    size_m: Array
    angle_rad: Array
    route_m: tuple[Array, ...] = ()
    asset: tuple[str, ...] = ()
    opinion: Mapping[str, Index] = field(default_factory=dict)
    located: Index | None = None
    drawn_m: Array | None = None
    ids: tuple[str, ...] = ()
    redundancy_group: tuple[str, ...] = ()

    @property
    def floor_m(self) -> Array:
        """Return the middle of the floor of each box in the world, shape (part, 3)."""
        if self.drawn_m is None:
            return self.position_m
        x, y, z = self.drawn_m.T
        cos, sin = np.cos(self.angle_rad), np.sin(self.angle_rad)
        found: Array = self.position_m + np.stack([cos * x - sin * y, sin * x + cos * y, z], axis=1)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class PortPoint:
    """One port prim: the node it is, and what its asset says about it.

    Attributes:
        path: Prim path of the port.
        kind: Kind of the part it belongs to.
        part: Row of that part.
        port: Declared port it is bound to.
        domain: SimReady domain.
        system: SimReady system token.
        direction: SimReady direction token.
        values: SimReady numbers in SI, by our suffix name.
        words: SimReady tokens, by property name.
    """

    path: str
    kind: str
    part: int
    port: str
    domain: str
    system: str
    direction: str
    values: Mapping[str, float]
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ports:
    """Every port of the facility as columns; the row is the node number.

    Attributes:
        paths: Prim path of each port, shape (port,).
        kind: Kind it belongs to, shape (port,).
        part: Row of its part in that kind's table, shape (port,).
        position_m: World position, shape (port, 3).
        spec: Number of its port specification, shape (port,): ports of one asset share one.
        specs: The distinct specifications.
    """

    paths: tuple[str, ...]
    kind: tuple[str, ...]
    part: Index
    position_m: Array
    spec: Index
    specs: tuple[PortPoint, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One state the design must hold in: what is out, what standby starts, which way the heat splits.

    Attributes:
        name: ``normal``, or the name of the contingency prim.
        prim: Prim that declares it, "" for normal.
        out: Prims out of service.
        start: Standby prims that run.
        one_pump_out: Units, or prims that hold some, that lose one of their duty pumps.
        recharging: Units, or prims that hold some, whose batteries recharge.
        capture: ``liquid`` for the highest declared heat capture, ``air`` for the lowest.
        text: What happened, as a sentence for the reader.
        viscosity_ratio: Viscosity of every liquid over that of its fluid law [1].
    """

    name: str
    prim: str = ""
    out: tuple[str, ...] = ()
    start: tuple[str, ...] = ()
    one_pump_out: tuple[str, ...] = ()
    recharging: tuple[str, ...] = ()
    capture: str = "liquid"
    text: str = ""
    viscosity_ratio: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsolved:
    """A case without a steady state.

    Attributes:
        case: The case.
        component: What stopped the solver.
        text: Why, as a sentence for the reader.
    """

    case: Case
    component: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, weakref_slot=True)
class Facility:
    """Everything that is built, and the states it is to be solved in.

    Attributes:
        layout: What was read.
        tables: Kind name to table.
        ports: Every port.
        cases: The variant axis, in order.
        unsolved: Cases that were asked for and have no steady state; they are not on the variant axis.
        opinions: Provenance table.
        inputs: Variant selections, overrides, layer hashes, for the record.
    """

    layout: str
    tables: Mapping[str, Table]
    ports: Ports
    cases: tuple[Case, ...]
    opinions: tuple[Opinion, ...]
    inputs: Mapping[str, object] = field(default_factory=dict)
    unsolved: tuple[Unsolved, ...] = ()
