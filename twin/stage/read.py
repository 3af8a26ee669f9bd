"""Reads a layout into a facility: every part as a row, every number in SI, every fault at once."""

import gc
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from twin.errors import InputError
from twin.model.binding import Ends
from twin.model.component import kinds
from twin.model.design_days import SiteClimate
from twin.model.facility import Case, Facility, Table
from twin.model.finding import Fault
from twin.model.provenance import Opinions
from twin.stage.bind import bind
from twin.stage.cases import cases, in_cases, in_service
from twin.stage.columns import Columns, Reader
from twin.stage.connect import Connections
from twin.stage.content import Content
from twin.stage.contradictions import note_contradictions
from twin.stage.expand import Parts, expand
from twin.stage.faults import Faults, Spot
from twin.stage.layers import quiet
from twin.stage.lint import lint_instances, lint_layers, lint_stage
from twin.stage.open import Opened, open_stage
from twin.stage.runs import place_taps
from twin.stage.schemes import note_schemes
from twin.stage.whole import note_lacks, note_volumes

# Tilted is what leans by more than a thousandth of a millimetre in a metre.
_LEANING = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A facility, and what is doubtful about its stage.

    Attributes:
        facility: What is built.
        warnings: Faults that do not refuse the stage.
        visited: How many prims were looked at, which grows with distinct content.
        timings_s: Seconds per step.
    """

    facility: Facility
    warnings: tuple[Fault, ...]
    visited: int
    timings_s: dict[str, float] = field(default_factory=dict)


def read(
    layout: str | Path,
    *,
    variants: Sequence[str] = (),
    overrides: Sequence[str] = (),
    scenario: str | None = None,
    climate: SiteClimate | None = None,
    lint: bool = True,
) -> Reading:
    """Return the facility that a layout describes.

    Args:
        layout: USD file, folder that holds ``site.usda``, or bundled name.
        variants: Selections like ``/World:cooling=air``.
        overrides: Values like ``/World/Rack_01.twin:rack:itPower=142kW``.
        scenario: Selection of the variant set ``scenario`` on the default prim.
        climate: Outdoor conditions of the run, weaker than overrides.
        lint: Whether to look at opinions that do not reach any number, too.

    Raises:
        UsageError: The layout, a prim, attribute, variant set or selection does not exist.
        InputError: The stage is refused; carries every fault found.
    """
    with paused(), quiet():
        started = time.perf_counter()
        opened = open_stage(
            layout, variants=variants, overrides=overrides, scenario=scenario, climate=climate, shared=True
        )
        composed = time.perf_counter()
        faults, opinions = Faults(opened.folder), Opinions()
        content = Content(opened.stage, faults, opinions)
        _lint(opened, content, faults, layers=lint)
        visited = time.perf_counter()
        facility, warnings = _facility(opened, content, faults, opinions)
        built = time.perf_counter()
    return Reading(
        facility=facility,
        warnings=(*(climate.warnings if climate else ()), *opened.warnings, *warnings),
        visited=content.visited,
        timings_s={"open": composed - started, "visit": visited - composed, "columns": built - visited},
    )


def _lint(opened: Opened, content: Content, faults: Faults, *, layers: bool) -> None:
    """Note what composition hides."""
    lint_stage(opened.stage, faults)
    lint_instances(opened.stage, content.chunks, faults)
    if layers:
        lint_layers(opened.stage, faults, content.judged)


def _facility(
    opened: Opened, content: Content, faults: Faults, opinions: Opinions
) -> tuple[Facility, tuple[Fault, ...]]:
    """Return the facility and the warnings, or refuse the stage with every fault.

    Raises:
        InputError: A fault is an error.
    """
    parts = expand(content)
    found = {name: kinds()[name] for name in parts}
    reader = Reader(content.records, faults, opinions)
    columns = {name: reader.columns(found[name], mine) for name, mine in parts.items()}
    note_contradictions(parts, columns, content.records, faults)
    note_schemes(parts, columns, content.records, faults)
    bound = bind(parts, found, content.openings.sets, faults)
    place_taps(parts, bound, content.openings.sets, faults)
    connections = Connections(opened.stage, parts, bound, faults)
    for name, mine in parts.items():
        bound.ends[name] |= connections.ends(found[name], mine)
    connections.check_use()
    numbers, words = ({n: getattr(c, held) for n, c in columns.items()} for held in ("numbers", "words"))
    axis = cases(parts, numbers, words, faults)
    tables = {
        name: _table(mine, columns[name], bound.ends[name], connections, axis) for name, mine in parts.items()
    }
    _check_identities(parts, faults)
    note_volumes(parts, tables, faults)
    facility = Facility(
        layout=opened.layout,
        tables=tables,
        ports=bound.ports,
        cases=axis,
        opinions=opinions.table(),
        inputs=opened.inputs,
    )
    note_lacks(facility, parts, faults, faults.errors())
    count = (
        np.bincount(np.concatenate([p.record for p in parts.values()])) if parts else np.zeros(0, dtype=int)
    )
    said = faults.finish(lambda record: int(count[record]) if record < len(count) else 1)
    if any(f.severity == "error" for f in said):
        raise InputError(said)
    return facility, said


@contextmanager
def paused() -> Iterator[None]:
    """Pause the search for cycles: millions of small objects and no cycle among them."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _table(
    parts: Parts,
    columns: Columns,
    ends: Mapping[str, Ends],
    connections: Connections,
    axis: tuple[Case, ...],
) -> Table:
    kind = kinds()[parts.kind]
    told = parts.told
    scale = np.linalg.norm(parts.matrix[:, :3, :3], axis=2)
    return Table(
        kind=kind.kind,
        paths=parts.paths,
        numbers=in_cases(parts, columns.numbers, axis),
        words=columns.words,
        curves=columns.curves,
        ends=ends,
        targets={r.name: connections.targets(kind, parts, r) for r in kind.relations},
        in_service=in_service(parts, axis),
        position_m=np.ascontiguousarray(parts.matrix[:, 3, :3]),
        size_m=told.size[parts.place] * scale,
        drawn_m=_drawn(parts),
        angle_rad=np.arctan2(parts.matrix[:, 0, 1], parts.matrix[:, 0, 0]),
        route_m=_routes(parts) if kind.is_connection else (),
        asset=parts.each(told.asset),
        opinion=columns.opinion,
        located=told.located[parts.place],
        ids=parts.each(told.ids),
        redundancy_group=parts.each(told.group),
    )


def _drawn(parts: Parts) -> np.ndarray:
    """Return the middle of each box's floor from its origin, along its heading, shape (part, 3).

    Of a part that is tilted (a riser) it is the floor of the upright box around it.
    """
    size, floor = parts.told.size[parts.place], parts.told.floor[parts.place]
    turn = parts.matrix[:, :3, :3]
    drawn: np.ndarray = floor * np.linalg.norm(turn, axis=2)
    tilted = np.flatnonzero(np.any(np.abs(turn[:, 2, :2]) > _LEANING, axis=1) | (turn[:, 2, 2] < 0.0))
    if len(tilted):
        own = turn[tilted]
        middle = np.einsum("pi,pij->pj", floor[tilted] + 0.5 * size[tilted] * (0.0, 0.0, 1.0), own)
        middle[:, 2] -= 0.5 * np.einsum("pi,pi->p", size[tilted], np.abs(own[:, :, 2]))
        angle = np.arctan2(own[:, 0, 1], own[:, 0, 0])
        cos, sin = np.cos(angle), np.sin(angle)
        x, y, z = middle.T
        drawn[tilted] = np.column_stack([cos * x + sin * y, cos * y - sin * x, z])
    return drawn


def _routes(parts: Parts) -> tuple[np.ndarray, ...]:
    """Return the drawn curve of each part in the world; those with as many points are turned together."""
    drawn = [parts.places[number].shape.route for number in parts.place.tolist()]
    count = np.array([len(route) for route in drawn], dtype=np.intp)
    routes: list[np.ndarray] = [np.zeros((0, 3))] * len(drawn)
    for points in np.unique(count):
        rows = np.flatnonzero(count == points)
        local = np.array([drawn[row] for row in rows.tolist()])
        matrix = parts.matrix[rows]
        world = local @ matrix[:, :3, :3] + matrix[:, 3:, :3]
        for row, turned in zip(rows.tolist(), world, strict=True):
            routes[row] = turned
    return tuple(routes)


def _check_identities(parts: Mapping[str, Parts], faults: Faults) -> None:
    """Note identities that two prims of different content share; copies of one asset do share theirs."""
    seen: dict[str, tuple[Spot, str]] = {}
    for mine in parts.values():
        named = np.array([bool(identity) for identity in mine.told.ids])[mine.place]
        for row in np.flatnonzero(named).tolist():
            place = mine.place_of(row)
            other, path = seen.setdefault(place.id, (place.spot, mine.paths[row]))
            if other != place.spot:
                faults.add(
                    "ST023", prim=mine.paths[row], attribute="twin:id", spot=place.spot,
                    found=f"'{place.id}' is also {path}", expected="an identity of its own",
                )  # fmt: skip
