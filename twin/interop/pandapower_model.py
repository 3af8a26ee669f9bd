"""A pandapower network as what our stage knows of it: plain rows."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Buses that closed switches make one."""

    name: str
    buses: tuple[int, ...]
    nominal_v: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A grid at a node; what is NaN is not given."""

    entry: str
    name: str
    node: int
    voltage_v: float
    short_circuit_va: float
    rx_ratio: float
    angle_deg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cable:
    """A line with all its parallels together; the rating is NaN where none is given."""

    entry: str
    name: str
    a: int
    b: int
    ohm: complex
    length_m: float
    rating_a: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Windings:
    """A two-winding transformer with all its parallels together and its tap in the voltages."""

    entry: str
    name: str
    a: int
    b: int
    rated_va: float
    primary_v: float
    secondary_v: float
    impedance_ratio: float
    load_loss_w: float
    no_load_loss_w: float
    shift_deg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """A load of constant power."""

    entry: str
    name: str
    node: int
    power_va: complex


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A network; ends are places among ``nodes``.

    Attributes:
        hertz: Frequency.
        nodes, sources, cables, transformers, consumers: What is fed.
        left_out: What the stage does not hold, one sentence each.
    """

    hertz: float
    nodes: tuple[Node, ...]
    sources: tuple[Source, ...]
    cables: tuple[Cable, ...]
    transformers: tuple[Windings, ...]
    consumers: tuple[Consumer, ...]
    left_out: tuple[str, ...]
