"""What the page of a year is given: plain data, already solved, in the units it is shown in."""

from collections.abc import Sequence
from dataclasses import dataclass

from twin.arrays import Array, Index


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One figure at the head: what it is, the figure, and what it means."""

    label: str
    figure: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stack:
    """One part of the monthly bars: energy beside IT, over IT energy, shape (month,)."""

    name: str
    sort: str
    ratio: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Fall:
    """One step of the waterfall [MWh]; ``total`` for a level, else what is taken off."""

    name: str
    energy: float
    total: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class YearData:
    """Everything the page shows. Shapes: (step,), NaN where there is no steady state.

    Attributes:
        title: Heading.
        site: Lines under it: weather, load, state.
        verdict: One line; ``good`` tells whether it is good news.
        good: See there.
        cards: Figures at the head.
        ratio: Facility power over IT power.
        step_h: Length of a step [h].
        dry_bulb: Outdoor dry bulb [°C].
        load: Load over that declared [%].
        month: 1 to 12.
        annual: Annual PUE; NaN where there is none.
        stacks: Parts of the monthly bars.
        falls: Steps of the waterfall.
        limits: First row the head, then a row per limit that is broken.
        notes: Sentences below.
    """

    title: str
    site: Sequence[str]
    verdict: str
    good: bool
    cards: Sequence[Card]
    ratio: Array
    step_h: float
    dry_bulb: Array
    load: Array
    month: Index
    annual: float
    stacks: Sequence[Stack]
    falls: Sequence[Fall]
    limits: Sequence[Sequence[str]]
    notes: Sequence[str]
