"""The element that happens to others in time: valves that close, movers that run down."""

from dataclasses import dataclass
from enum import IntEnum

from twin.arrays import Array, Index


class Closing(IntEnum):
    """How a valve closes: its Kv falls evenly with the stroke, or the flow through it does."""

    KV = 0
    FLOW = 1


class Column(IntEnum):
    """Whether fluid and walls give: chosen by how fast the event is, always, or never."""

    AUTO = 0
    ELASTIC = 1
    RIGID = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Event:
    """Something that happens to valves and movers while the facility runs in its normal state.

    What closes and what trips are parts, by kind and row, with ``owner`` the event each belongs to. A part
    closes its valve, or where it has none its first path of liquid. A mover that trips runs down on its own
    inertia, or evenly within ``stop_s`` where that is not known.
    """

    role: str
    part: Index
    closes_owner: Index
    closes_kind: tuple[str, ...]
    closes_part: Index
    trips_owner: Index
    trips_kind: tuple[str, ...]
    trips_part: Index
    close_s: Array
    stop_s: Array
    closing: Index
    column: Index
