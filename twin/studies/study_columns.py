"""Which numbers of a facility an axis moves, found by reading the layout at both ends of it."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from twin.arrays import Array, Index
from twin.errors import ConvergenceError, InputError, TwinError, UsageError
from twin.model.component import kinds
from twin.model.facility import Case, Facility, Table
from twin.model.finding import Fault
from twin.stage.declared import declared
from twin.stage.read import read
from twin.states import columns as kept_columns
from twin.studies.study_axes import NORMAL, Axis, Study, overrides, selections
from twin.studies.year_points import LOADED
from twin.units import to_si

# Numbers that decide how many elements there are, or where: they are read anew for every value.
LAID_OUT = frozenset({("aisle", "cell_length_m"), ("room", "cell_length_m")})
LOADS = ("rack", "air_rack")
# An axis whose value reaches another number than its own reaches it along a straight line, to this.
STRAIGHT = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Place:
    """One column that an axis moves.

    Attributes:
        kind, name: Table and column.
        rows: Rows in it, shape (row,).
        low, high: Numbers at both ends of the axis, SI, shape (row,).
        own: Whether it is the parameter that the axis writes.
    """

    kind: str
    name: str
    rows: Index
    low: Array
    high: Array
    own: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Topology:
    """A layout with everything read that the variants of one topology share.

    Attributes:
        facility: In the cases of the study; axes of numbers stand at the first value of ``row``.
        row: The variant that was read, shape (axis,).
        places: Axis name to the columns that it moves.
        anew: Axes whose every value has to be read.
        layers: Hash of every layer of the layout.
        apart: Whether the variants of a block have to be read one after the other.
    """

    facility: Facility
    row: Array
    places: Mapping[str, tuple[Place, ...]]
    anew: frozenset[str]
    layers: Mapping[str, str]
    apart: bool = False


def topology(study: Study, row: Array) -> Topology:
    """Return the topology of one variant: numbers that are only columns may be changed in it.

    Args:
        study: The study.
        row: A variant of that topology, shape (axis,).

    Raises:
        InputError: The stage is refused at an end of an axis, or two axes set the same number.
        UsageError: A prim, attribute, variant set or selection does not exist.
    """
    base = np.array([
        axis.ends[0] if axis.kind == "attribute" and axis.is_number else value
        for axis, value in zip(study.axes, row.tolist(), strict=True)
    ])  # fmt: skip
    facility = at_value(study, base)
    places: dict[str, tuple[Place, ...]] = {}
    anew: set[str] = set()
    for at, axis in enumerate(study.axes):
        if axis.kind == "load":
            places[axis.name] = ()
        if axis.kind != "attribute":
            continue
        found = _places(study, axis, facility, base, at) if axis.is_number else None
        if found is None:
            anew.add(axis.name)
        else:
            places[axis.name] = found
    _refuse_shared(study, places)
    return Topology(
        facility=in_study(facility, study), row=base, places=places, anew=frozenset(anew),
        layers=dict(facility.inputs["layers"]),  # type: ignore[call-overload]
    )  # fmt: skip


def at_value(study: Study, row: Array) -> Facility:
    """Return the layout as one variant has it, but for the loads.

    Raises:
        InputError: The stage is refused.
        UsageError: A prim, attribute, variant set or selection does not exist.
    """
    variants, scenario = selections(study, row)
    return read(study.layout, variants=variants, overrides=overrides(study, row), scenario=scenario).facility


def in_study(facility: Facility, study: Study) -> Facility:
    """Return the facility in the cases that a study looks at."""
    if study.cases != NORMAL:
        return facility
    kept = np.array([case.name == NORMAL for case in facility.cases], dtype=np.bool_)
    return chosen_cases(facility, np.flatnonzero(kept), 1)


def chosen_cases(facility: Facility, kept: Index, times: int) -> Facility:
    """Return the facility in some of its cases, ``times`` over."""
    count = len(facility.cases)

    def own(values: Any) -> Any:
        found = kept_columns(values, kept, count)
        return np.tile(found, (1, times)) if found.shape[1] > 1 else found

    def of(table: Table) -> Table:
        numbers = {name: own(values) for name, values in table.numbers.items()}
        return replace(table, numbers=numbers, in_service=own(table.in_service))

    cases: tuple[Case, ...] = tuple(facility.cases[i] for i in kept.tolist()) * times
    return replace(facility, tables={k: of(t) for k, t in facility.tables.items()}, cases=cases)


def widen(study: Study, top: Topology, rows: Array) -> tuple[Facility, frozenset[tuple[str, str]]]:
    """Return one facility that holds several variants, and the columns in which they differ.

    Its variant axis holds the cases of the first variant, then those of the next.

    Args:
        study: The study.
        top: Topology of all of them.
        rows: The variants, shape (variant, axis).
    """
    count, cases = len(rows), len(top.facility.cases)
    wide = chosen_cases(top.facility, np.arange(cases), count)
    new: dict[tuple[str, str], Array] = {}

    def column(kind: str, name: str) -> Array:
        if (kind, name) not in new:
            held = wide.tables[kind].numbers[name]
            new[kind, name] = np.broadcast_to(held, (len(held), count * cases)).copy()
        return new[kind, name]

    for at, axis in enumerate(study.axes):
        for place in top.places.get(axis.name, ()):
            column(place.kind, place.name)[place.rows] = np.repeat(
                _values(axis, place, rows[:, at]), cases, axis=1
            )
    for at, axis in enumerate(study.axes):
        if axis.kind == "load":
            for kind in (k for k in LOADS if k in wide.tables and len(wide.tables[k].paths)):
                for name in (n for n in LOADED if n in wide.tables[kind].numbers):
                    column(kind, name)[:] *= np.repeat(rows[:, at], cases)
    tables = dict(wide.tables)
    for kind in {kind for kind, _ in new}:
        own = {name: values for (of, name), values in new.items() if of == kind}
        tables[kind] = replace(tables[kind], numbers={**tables[kind].numbers, **own})
    return replace(wide, tables=tables), frozenset(new)


def _values(axis: Axis, place: Place, written: Array) -> Array:
    """Return what a column holds for some values of an axis [SI], shape (row, variant)."""
    if place.own:
        return np.broadcast_to(to_si(written, axis.unit, place.name), (len(place.rows), len(written)))
    low, high = axis.ends
    share = (written - low) / (high - low)
    return place.low[:, None] + share * (place.high - place.low)[:, None]


def _places(study: Study, axis: Axis, base: Facility, row: Array, at: int) -> tuple[Place, ...] | None:
    """Return what an axis moves, None where it moves more than numbers.

    Raises:
        InputError: The stage is refused at an end of the axis.
    """
    low, high = axis.ends
    if low == high:
        return ()
    ends = [_read_at(study, axis, row, at, x) for x in (high, 0.5 * (low + high))]
    names = {declared()[target.partition(".")[2]].param for target in axis.targets}
    own = {param.name for param in names if param is not None}
    found = _moved(base, ends[0])
    if found is None:
        return None
    out = []
    for kind, name, rows in found:
        if (kind, name) in LAID_OUT:
            return None
        numbers = [f.tables[kind].numbers[name] for f in (base, *ends)]
        if numbers[0].shape[1] > 1:
            return None
        first, last, between = (x[rows, 0] for x in numbers)
        place = Place(kind=kind, name=name, rows=rows, low=first, high=last, own=name in own)
        for x, read_ in ((low, first), (high, last), (0.5 * (low + high), between)):
            gap = np.abs(_values(axis, place, np.array([x]))[:, 0] - read_)
            if not np.all(gap <= STRAIGHT * np.maximum(np.abs(first), np.abs(last))):
                return None
        out.append(place)
    return tuple(out)


def _read_at(study: Study, axis: Axis, row: Array, at: int, value: float) -> Facility:
    """Return the layout with one axis at a value.

    Raises:
        InputError: The stage is refused; the line of the axis is named beside what the stage says.
    """
    moved = row.copy()
    moved[at] = value
    try:
        return at_value(study, moved)
    except InputError as reason:
        said = Fault(
            code="ST243", prim="", attribute=f"axes.{axis.name}", where=f"{study.file}:{axis.line}",
            found=f"the layout is refused at {axis.written(value)}", expected="values that a layout can hold",
        )  # fmt: skip
        raise InputError([said, *reason.faults]) from None


def _moved(base: Facility, other: Facility) -> list[tuple[str, str, Index]] | None:
    """Return table, column and rows of the numbers that differ, None where anything else does."""
    if (
        base.cases != other.cases
        or base.ports.paths != other.ports.paths
        or set(base.tables) != set(other.tables)
    ):
        return None
    found = []
    for kind, mine in base.tables.items():
        theirs = other.tables[kind]
        if not _alike(mine, theirs):
            return None
        for name, a in mine.numbers.items():
            b = theirs.numbers[name]
            if a.shape != b.shape:
                return None
            differ = (a != b) & ~(np.isnan(a) & np.isnan(b))
            if np.isnan(a[differ]).any() or np.isnan(b[differ]).any():
                return None
            if differ.any():
                found.append((kind, name, np.flatnonzero(differ.any(axis=1))))
    return found


def _alike(mine: Table, theirs: Table) -> bool:
    """Return whether two tables hold the same in everything that is no number of a parameter."""
    if (
        mine.paths != theirs.paths
        or dict(mine.words) != dict(theirs.words)
        or set(mine.numbers) != set(theirs.numbers)
    ):
        return False
    pairs = [
        (getattr(mine, n), getattr(theirs, n)) for n in ("in_service", "position_m", "size_m", "angle_rad")
    ]
    pairs += [(mine.curves[name], theirs.curves[name]) for name in mine.curves]
    for end in mine.ends:
        pairs += [(getattr(mine.ends[end], f.name), getattr(theirs.ends[end], f.name))
                  for f in dataclasses.fields(mine.ends[end])]  # fmt: skip
    return all(np.array_equal(a, b, equal_nan=np.asarray(a).dtype.kind == "f") for a, b in pairs)


def _refuse_shared(study: Study, places: Mapping[str, Sequence[Place]]) -> None:
    """Refuse two axes that move the same number.

    Raises:
        InputError: There are such axes.
    """
    taken: dict[tuple[str, str, int], Axis] = {}
    faults: dict[tuple[str, str], Fault] = {}
    for name, own in places.items():
        axis = study.axis(name)
        for place in own:
            for row in place.rows.tolist():
                first = taken.setdefault((place.kind, place.name, row), axis)
                if first is not axis and (first.name, name) not in faults:
                    faults[first.name, name] = Fault(
                        code="ST248", prim="", attribute=f"axes.{name}", where=f"{study.file}:{axis.line}",
                        found=f"{kinds()[place.kind].label} {place.name}, set by axis {first.name} too",
                        expected="an axis of its own for every number",
                    )  # fmt: skip
    if faults:
        raise InputError(list(faults.values()))


def why(reason: TwinError) -> str:
    """Return in one line why a variant has no result."""
    if isinstance(reason, InputError):
        first, more = reason.faults[0], len(reason.faults) - 1
        return f"{first}{f' (and {more} more)' if more else ''}"
    if isinstance(reason, ConvergenceError) and reason.component:
        return f"{reason.component}: {reason}"
    return (
        str(reason)
        if isinstance(reason, UsageError | ConvergenceError)
        else f"{type(reason).__name__}: {reason}"
    )
