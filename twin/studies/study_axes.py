"""What a study varies, and the table of its variants: plain data that workers get."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from twin.arrays import Array

AxisKind = Literal["attribute", "variant", "scenario", "load"]
Distribution = Literal["uniform", "normal", "triangular"]
Cases = Literal["normal", "all"]
# Cases of normal operation, at both ends of the heat split.
NORMAL = "normal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One thing that a study varies.

    Attributes:
        name: What filters and results call it.
        kind: ``attribute`` sets a value, ``variant`` and ``scenario`` select, ``load`` multiplies IT power.
        targets: ``/Prim.twin:kind:attribute`` or ``/Prim:set``; all of them take the same value.
        levels: Values as written, in order; () for a range.
        numbers: The values in ``unit``, () where they are words.
        low, high: Ends of the range in ``unit``.
        unit: Unit in which the numbers count, "" for pure numbers and words.
        steps: Points of the range in a factorial design, 0 for none.
        distribution: How the range is filled by a Monte Carlo design.
        middle, deviation: Mode of a triangular, mean and standard deviation of a normal distribution.
        line: Line of the study file.
    """

    name: str
    kind: AxisKind
    targets: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    numbers: tuple[float, ...] = ()
    low: float = float("nan")
    high: float = float("nan")
    unit: str = ""
    steps: int = 0
    distribution: Distribution = "uniform"
    middle: float = float("nan")
    deviation: float = float("nan")
    line: int = 0

    @property
    def is_range(self) -> bool:
        """Return whether it takes any value between two ends."""
        return not self.levels

    @property
    def is_number(self) -> bool:
        """Return whether its values are numbers."""
        return self.is_range or bool(self.numbers)

    @property
    def ends(self) -> tuple[float, float]:
        """Return the least and the greatest number."""
        return (self.low, self.high) if self.is_range else (min(self.numbers), max(self.numbers))

    def written(self, value: float) -> str:
        """Return a value as a layout takes it: a number with its unit, or the word of a code."""
        if not self.is_number:
            return self.levels[int(value)]
        return f"{float(value)!r} {self.unit}".strip()

    def shown(self, value: float) -> str:
        """Return a value as people read it."""
        if not self.is_number:
            return self.levels[int(value)]
        return f"{value:.6g} {'' if self.unit == '1' else self.unit}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A number of every variant.

    Attributes:
        name: What results call it.
        group: Group of the results, ``facility`` for figures of the whole.
        variable: Suffixed name of the variable.
        prim: Part it is of, "" for all parts of the group.
        reduce: How the parts become one number.
        line: Line of the study file.
    """

    name: str
    group: str
    variable: str
    prim: str = ""
    reduce: Literal["max", "min", "sum", "mean"] = "max"
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A limit on an output.

    Attributes:
        output: Name of the output.
        side: Whether the limit is the most or the least allowed.
        limit: In SI.
        text: As written.
    """

    output: str
    side: Literal["most", "least"]
    limit: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A study as its file describes it.

    Attributes:
        layout: What is varied, as the command line names it.
        axes: What varies.
        method: How the axes are combined.
        count: Variants of a sampled design, samples of a method that makes several of each.
        seed: Seed of every random number.
        block: Variants that are solved together, stored together and done again together.
        cases: ``normal`` operation only, or ``all`` with the contingencies of the layout.
        filters: Expressions that a variant must meet to be looked at.
        outputs: Named numbers.
        fail_on: Severity from which a broken rule fails a variant.
        rules: Rules that must hold, () for every one of that severity.
        bounds: Limits on outputs.
        cost: Expression of axes and outputs that is to be small, "" for none.
        objectives: Output, ``cost`` or ``worst_margin`` to ``min`` or ``max``, for the Pareto front.
        digest: Hash of all that decides what is solved.
        file: The study file.
    """

    layout: str
    axes: tuple[Axis, ...]
    method: str = "factorial"
    count: int = 0
    seed: int = 0
    block: int = 64
    cases: Cases = "normal"
    filters: tuple[str, ...] = ()
    outputs: tuple[Output, ...] = ()
    fail_on: str = "major"
    rules: tuple[str, ...] = ()
    bounds: tuple[Bound, ...] = ()
    cost: str = ""
    objectives: Mapping[str, Literal["min", "max"]] = field(default_factory=dict)
    digest: str = ""
    file: str = ""

    def axis(self, name: str) -> Axis:
        """Return an axis by name."""
        return next(axis for axis in self.axes if axis.name == name)


def selections(study: Study, row: Array) -> tuple[list[str], str | None]:
    """Return the variant selections of one variant and its scenario, as the walk takes them."""
    variants, scenario = [], None
    for axis, value in zip(study.axes, row.tolist(), strict=True):
        if axis.kind == "variant":
            variants += [f"{target}={axis.written(value)}" for target in axis.targets]
        elif axis.kind == "scenario":
            scenario = axis.written(value)
    return variants, scenario


def overrides(study: Study, row: Array, names: frozenset[str] | None = None) -> list[str]:
    """Return what one variant sets, as the walk takes it; of some axes only where ``names`` are given."""
    return [
        f"{target}={axis.written(value)}"
        for axis, value in zip(study.axes, row.tolist(), strict=True)
        if axis.kind == "attribute" and (names is None or axis.name in names)
        for target in axis.targets
    ]


def command(study: Study, row: Array) -> str:
    """Return the command that checks one variant by itself; a load axis has no option."""
    variants, scenario = selections(study, row)
    words = [f"--variant {text}" for text in variants]
    words += [f"--scenario {scenario}"] if scenario is not None else []
    words += [f"--set '{text}'" for text in overrides(study, row)]
    loads = [value for axis, value in zip(study.axes, row.tolist(), strict=True) if axis.kind == "load"]
    words += [f"  # at {value:.6g} of the IT power" for value in loads]
    return " ".join(["twin check", study.layout, *words])


def columns_of(study: Study, table: Array) -> dict[str, Array]:
    """Return the axes as columns for expressions: numbers, or words as text."""
    return {
        axis.name: table[:, at] if axis.is_number else np.array(axis.levels)[table[:, at].astype(np.intp)]
        for at, axis in enumerate(study.axes)
    }
