"""Turns what distinct prims say into columns in SI, with provenance, limits and defaults."""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np

from twin.arrays import Array, Index
from twin.errors import UnitError
from twin.model.component import Component, Param
from twin.model.provenance import NOT_GIVEN, Opinion, Opinions
from twin.stage.content import Record
from twin.stage.declared import attribute_name, unit_of_param
from twin.stage.expand import Parts
from twin.stage.faults import Faults, Spot
from twin.stage.limits import check_limits
from twin.stage.shape import Shape
from twin.stage.values import Value, default_opinion
from twin.units import to_si

_DIGITS = 9
LENGTH = "length_m"


@dataclass(slots=True, eq=False)
class Columns:
    """Values of every parameter of one kind, and the opinion that each comes from."""

    numbers: dict[str, Array] = field(default_factory=dict)
    words: dict[str, tuple[str, ...]] = field(default_factory=dict)
    curves: dict[str, Array] = field(default_factory=dict)
    opinion: dict[str, Index] = field(default_factory=dict)


@dataclass(slots=True, frozen=True)
class _Said:
    """What the distinct prims of a kind say about one parameter, None for those that say nothing."""

    kind: type[Component]
    param: Param
    records: list[tuple[int, Record]]
    values: list[Value | None]

    @property
    def attribute(self) -> str:
        return attribute_name(self.kind.kind, self.param.attribute)

    def raw(self, row: int) -> Any:
        """Return a value as written."""
        value = self.values[row]
        return None if value is None else value.raw

    def by_unit(self) -> dict[str, list[int]]:
        """Return the rows with a usable value, by the unit they are written in."""
        rows = defaultdict(list)
        for i, value in enumerate(self.values):
            if value is not None and value.raw is not None:
                rows[value.unit].append(i)
        return rows


def _fill(columns: Columns, param: Param) -> None:
    """Take what a parameter stands for from it, value and opinion, where only it is given."""
    mine, theirs = columns.opinion[param.name], columns.opinion[param.instead_of]
    rows = np.flatnonzero((theirs == NOT_GIVEN) & (mine != NOT_GIVEN))
    columns.numbers[param.instead_of][rows] = param.worth * columns.numbers[param.name][rows]
    theirs[rows] = mine[rows]


def _first_column(param: Param) -> Param:
    """Return the first column of a curve as a parameter of its own."""
    return replace(param, name=param.x_name, unit=param.x_unit, hard=param.x_hard, soft=(None, None))


class Reader:
    """Makes columns of records."""

    def __init__(self, records: list[Record], faults: Faults, opinions: Opinions) -> None:
        """Read from these records."""
        self._records, self._faults, self._opinions = records, faults, opinions
        self._shown = lru_cache(maxsize=None)(faults.shown)

    def columns(self, kind: type[Component], parts: Parts) -> Columns:
        """Return the columns of every part of a kind."""
        distinct, inverse = np.unique(parts.record, return_inverse=True)
        records = [(int(r), self._records[r]) for r in distinct]
        columns = Columns()
        for param in kind.params:
            said = _Said(kind, param, records, [r.values.get(param.name) for _, r in records])
            opinion = np.array([v.opinion if v else NOT_GIVEN for v in said.values], dtype=np.intp)
            if param.default is not None:
                opinion[opinion == NOT_GIVEN] = self._opinions.add(default_opinion(kind.kind, param))
            columns.opinion[param.name] = opinion[inverse]
            if param.form == "number":
                columns.numbers[param.name] = self._numbers(said)[inverse][:, None]
            elif param.form == "curve":
                columns.curves[param.name] = self._curves(said)[inverse]
            else:
                absent = str(param.default or "")
                words = [str(v.raw) if v and v.raw is not None else absent for v in said.values]
                columns.words[param.name] = tuple(words[i] for i in inverse)
            # A length may still come from the drawn route.
            if param.required and not (param.name == LENGTH and param.form == "number"):
                self._refuse_missing(said, [p.name for p in kind.params if p.instead_of == param.name])
        for param in kind.params:
            if param.instead_of:
                _fill(columns, param)
        if LENGTH in columns.numbers:
            self._measure(kind, parts, columns)
        return columns

    def _numbers(self, said: _Said) -> Array:
        """Return one number per record in SI, converted by unit, and check its limits."""
        column = np.full(len(said.records), np.nan)
        if said.param.default is not None:
            column[[i for i, v in enumerate(said.values) if v is None]] = float(said.param.default)
        for unit, rows in said.by_unit().items():
            raw = np.array([said.raw(i) for i in rows], dtype=np.float64)
            try:
                column[rows] = to_si(raw, unit, said.param.name)
            except UnitError as reason:
                self._refuse_unit(said, rows, str(reason))
        given = [i for i, v in enumerate(said.values) if v is not None]
        self._limit(said, given, column[given], said.param)
        return column

    def _curves(self, said: _Said) -> Array:
        """Return points per record in SI, padded with NaN."""
        longest = max((len(v.raw) for v in said.values if v is not None and v.raw is not None), default=0)
        column = np.full((len(said.records), max(longest, 1), 2), np.nan)
        for unit, rows in said.by_unit().items():
            units = unit.split(";")
            for i in rows:
                points = np.asarray(said.raw(i), dtype=np.float64).reshape(-1, 2)
                try:
                    column[i, : len(points), 0] = to_si(points[:, 0], units[0], said.param.x_name)
                    column[i, : len(points), 1] = to_si(points[:, 1], units[-1], said.param.name)
                except UnitError as reason:
                    self._refuse_unit(said, [i], str(reason))
        given, point = np.nonzero(~np.isnan(column[:, :, 1]))
        for param, side in ((_first_column(said.param), 0), (said.param, 1)):
            self._limit(said, given.tolist(), column[given, point, side], param)
        return column

    def _limit(self, said: _Said, rows: list[int], values: Array, param: Param) -> None:
        """Note the values outside the limits of a parameter."""
        for at, code, found, expected in check_limits(param, values):
            number, record = said.records[rows[at]]
            value = said.values[rows[at]]
            spot = value.spot if value else record.spot
            self._faults.add(
                code,
                prim=record.path,
                attribute=said.attribute,
                spot=spot,
                record=number,
                found=found,
                expected=expected,
            )

    def _refuse_unit(self, said: _Said, rows: list[int], reason: str) -> None:
        for row in rows:
            number, record = said.records[row]
            value = said.values[row]
            self._faults.add(
                "ST017",
                prim=record.path,
                attribute=said.attribute,
                record=number,
                spot=value.spot if value else record.spot,
                found=f"unit {value.unit if value else ''}",
                expected=reason,
            )

    def _refuse_missing(self, said: _Said, instead: list[str]) -> None:
        for (number, record), value in zip(said.records, said.values, strict=True):
            if value is None and not any(name in record.values for name in instead):
                why = record.lacks.get(said.param.name, "")
                self._missing(said.kind, said.param, record.path, record.spot, number, why=why)

    def _missing(
        self, kind: type[Component], param: Param, path: str, spot: Spot, record: int, *, why: str = ""
    ) -> None:
        unit = unit_of_param(param)
        self._faults.add(
            "ST016",
            prim=path,
            attribute=attribute_name(kind.kind, param.attribute),
            spot=spot,
            record=record,
            found=f"no value: {why}" if why else "no value",
            expected=f"{param.doc.rstrip('.')}{f' [{unit}]' if unit not in ('', '1') else ''}",
        )

    def _measure(self, kind: type[Component], parts: Parts, columns: Columns) -> None:
        """Take the length of the drawn curve where no length is written."""
        length, opinion = columns.numbers[LENGTH], columns.opinion[LENGTH]
        param = next(p for p in kind.params if p.name == LENGTH)
        rows = np.flatnonzero(np.isnan(length[:, 0]) & (opinion == NOT_GIVEN))
        if not len(rows):
            return
        # Turning changes no length, scaling does.
        scale = np.linalg.norm(parts.matrix[rows, :3, :3], axis=2).round(_DIGITS)
        _, same, alike = np.unique(
            np.column_stack([parts.place[rows], scale]), axis=0, return_index=True, return_inverse=True
        )
        length[rows, 0] = _route_lengths(parts, rows[same])[alike.ravel()]
        _, first, place = np.unique(parts.place[rows], return_index=True, return_inverse=True)
        drawn: dict[str, int] = {}
        number = np.full(len(first), NOT_GIVEN, dtype=np.intp)
        for at in np.argsort(first):
            number[at] = self._drawn(parts.place_of(int(rows[first[at]])).shape, drawn)
        opinion[rows] = number[place]
        # What flows through a pipe or a conductor depends on its length; data does not.
        if param.required or any(p.domain != "network" for p in kind.ports if p.end):
            for row in rows[np.isnan(length[rows, 0])]:
                self._missing(kind, param, parts.paths[row], parts.place_of(int(row)).spot, -1)

    def _drawn(self, shape: Shape, known: dict[str, int]) -> int:
        """Return the opinion that a drawn curve stands for."""
        if len(shape.route) < 2:
            return NOT_GIVEN
        key = f"{shape.layer}:{shape.spec}"
        if key not in known:
            opinion = Opinion(
                layer=self._shown(shape.layer),
                spec=shape.spec,
                unit="m",
                evidence="derived",
                source="length of the drawn curve",
                identifier=shape.layer,
            )
            known[key] = self._opinions.add(opinion)
        return known[key]


def _route_lengths(parts: Parts, rows: Index) -> Array:
    """Return the length of the drawn curve of some parts, NaN where none is drawn, shape (row,)."""
    routes = [parts.place_of(row).shape.route for row in rows.tolist()]
    count = np.array([len(route) for route in routes], dtype=np.intp)
    found = np.full(len(rows), np.nan)
    for points in np.unique(count[count >= 2]):
        at = np.flatnonzero(count == points)
        local = np.array([routes[i] for i in at.tolist()])
        steps = np.diff(local @ parts.matrix[rows[at], :3, :3], axis=1)
        found[at] = np.linalg.norm(steps, axis=2).sum(axis=1)
    return found
