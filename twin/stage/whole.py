"""What only shows once the parts are put together: volumes of air, loops, openings, sensed points."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np

from twin.arrays import Array
from twin.errors import InputError
from twin.model.against import against
from twin.model.apart import apart, doubled
from twin.model.assemble import elements
from twin.model.component import Param, kinds
from twin.model.facility import Facility, Table
from twin.model.lacks import Lack, lacks
from twin.model.overlap import overlaps
from twin.stage.expand import Parts
from twin.stage.faults import Faults
from twin.units import to_si

# Errors in values and names, which leave untouched what is joined to what and where it stands.
_VALUES = frozenset(
    f"ST{n:03d}"
    for n in (3, 4, 5, 6, 9, 10, 11, 13, 15, 16, 17, 18, 19, 22, 23, 50, 60, 88, 120, 121, 122, 123)
)
# Cosine of the tilt that is rounding rather than meant.
UPRIGHT = 1.0 - 1e-6


def note_volumes(parts: Mapping[str, Parts], tables: Mapping[str, Table], faults: Faults) -> None:
    """Note rooms and aisles without volume, and those that share a place."""
    for name, table in tables.items():
        if kinds()[name].zone:
            _note_flat(parts[name], table, faults)
            _note_tilted(parts[name], faults)
    into = defaultdict(list)
    for found in overlaps(tables):
        kind, row = found.other
        where = faults.where(parts[kind].place_of(row).spot)
        into[found.one].append(f"{found.depth_m:.3g} m into {parts[kind].paths[row]} ({where})")
    for (kind, row), others in into.items():
        faults.add(
            "ST087", prim=parts[kind].paths[row], attribute="extentsHint",
            spot=parts[kind].place_of(row).spot, found=f"reaches {' and '.join(others)}",
            expected="volumes that touch at most, or an aisle within the outline of one room",
        )  # fmt: skip


def _note_flat(parts: Parts, table: Table, faults: Faults) -> None:
    for row in np.flatnonzero(np.any(table.size_m <= 0.0, axis=1)):
        faults.add(
            "ST084", prim=parts.paths[row], attribute="extentsHint", spot=parts.place_of(int(row)).spot,
            found=" by ".join(f"{side:g}" for side in table.size_m[row]) + " m",
            expected="a box with a volume",
        )  # fmt: skip


def _note_tilted(parts: Parts, faults: Faults) -> None:
    """Note rooms and aisles that do not stand upright: their floor would be a wall."""
    up = parts.matrix[:, 2, :3] / np.linalg.norm(parts.matrix[:, 2, :3], axis=1)[:, None]
    for row in np.flatnonzero(up[:, 2] < UPRIGHT):
        faults.add(
            "ST085", prim=parts.paths[row], attribute="xformOpOrder", spot=parts.place_of(int(row)).spot,
            found=f"a box whose top faces ({', '.join(f'{x:.3g}' for x in up[row])})",
            expected="a turn about the vertical only",
        )  # fmt: skip


def note_lacks(
    facility: Facility, parts: Mapping[str, Parts], faults: Faults, errors: Collection[str]
) -> None:
    """Note loops that nothing holds, openings outdoors, still air and controls that sense nothing.

    A stage without its one site is part of a facility, to be put together elsewhere. Where values are wrong,
    others stand in for them; where joints or places are wrong, nothing can be told.

    Args:
        facility: What was read.
        parts: Where it was read.
        faults: Collection.
        errors: Codes of the errors found so far.
    """
    if "site" not in parts or len(parts["site"].paths) != 1 or not _VALUES.issuperset(errors):
        return
    try:
        found = _found(facility) if not errors else _found_with_stand_ins(facility)
    except InputError as refusal:
        spots = {p: mine.place_of(row).spot for mine in parts.values() for row, p in enumerate(mine.paths)}
        faults.add_located(
            replace(f, where=faults.where(spots[f.prim]) if f.prim in spots else "") for f in refusal.faults
        )
        return
    for lack in found:
        mine = parts[lack.kind]
        place, path = mine.place_of(lack.part), mine.paths[lack.part]
        # A word that was refused may be the size of a pipe: that is its fault.
        if lack.code == "ST024" and faults.about(path):
            continue
        authored = place.relationships.get(lack.attribute)
        beside = f" {parts[lack.beside[0]].paths[lack.beside[1]]}" if lack.beside else ""
        faults.add(
            lack.code, prim=path, attribute=lack.attribute, spot=authored.spot if authored else place.spot,
            found=lack.found + beside, expected=lack.expected,
        )  # fmt: skip


def _found(facility: Facility) -> list[Lack]:
    assembly = elements(facility)
    return [*lacks(facility, assembly), *apart(assembly), *doubled(assembly), *against(facility)]


def _found_with_stand_ins(facility: Facility) -> list[Lack]:
    """Return what is lacking whatever the refused values should have been."""
    tables = {name: _stood_in(table) for name, table in facility.tables.items()}
    try:
        with np.errstate(all="ignore"):
            return _found(replace(facility, tables=tables))
    except (InputError, ArithmeticError, ValueError):
        return []  # the errors that are known already stand in the way


def _stood_in(table: Table) -> Table:
    """Return a table whose numbers are all within their limits."""
    by_name = {p.name: p for p in kinds()[table.kind].params}
    return replace(table, numbers={n: _within(by_name[n], column) for n, column in table.numbers.items()})


def _within(param: Param, column: Array) -> Array:
    low, high = (None if x is None else float(to_si(x, param.unit, param.name)) for x in param.hard)
    inside = np.clip(column, low, high) if low is not None or high is not None else column
    if not param.required and param.default is None:
        return inside
    ends = [x for x in (low, high) if x is not None]
    stand_in = float(param.default) if param.default is not None else sum(ends) / max(len(ends), 1)
    return np.where(np.isnan(inside), stand_in, inside)
