"""Turns what distinct prims say into columns in SI, with provenance, limits and defaults."""

from collections import defaultdict
from dataclasses import dataclass, field

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
from twin.stage.values import Value, default_opinion
from twin.units import to_si

LENGTH = "length_m"


@dataclass(slots=True, eq=False)
class Columns:
    """Values of every parameter of one kind, and the opinion that each comes from."""

    numbers: dict[str, Array] = field(default_factory=dict)
    words: dict[str, tuple[str, ...]] = field(default_factory=dict)
    curves: dict[str, Array] = field(default_factory=dict)
    opinion: dict[str, Index] = field(default_factory=dict)


class Reader:
    """Makes columns of records."""

    def __init__(self, records: list[Record], faults: Faults, opinions: Opinions) -> None:
        """Read from these records."""
        self._records, self._faults, self._opinions = records, faults, opinions

    def columns(self, kind: type[Component], parts: Parts) -> Columns:
        """Return the columns of every part of a kind."""
        distinct, inverse = np.unique(parts.record, return_inverse=True)
        records = [(int(r), self._records[r]) for r in distinct]
        columns = Columns()
        for param in kind.params:
            said = [record.values.get(param.name) for _, record in records]
            opinion = np.array([v.opinion if v else NOT_GIVEN for v in said], dtype=np.intp)
            if param.form == "number":
                number = self._numbers(kind, param, records, said)
                if param.default is not None:
                    opinion[opinion == NOT_GIVEN] = self._opinions.add(default_opinion(kind.kind, param))
                columns.numbers[param.name] = number[inverse][:, None]
            elif param.form == "curve":
                columns.curves[param.name] = self._curves(kind, param, records, said)[inverse]
            else:
                absent = str(param.default or "")
                if absent:
                    opinion[opinion == NOT_GIVEN] = self._opinions.add(default_opinion(kind.kind, param))
                words = [str(v.raw) if v and v.raw is not None else absent for v in said]
                columns.words[param.name] = tuple(words[i] for i in inverse)
            columns.opinion[param.name] = opinion[inverse]
            # A length may still come from the drawn route.
            if param.required and not (param.name == LENGTH and param.form == "number"):
                self._refuse_missing(kind, param, records, said)
        if LENGTH in columns.numbers:
            self._measure(kind, parts, columns)
        return columns

    def _numbers(
        self, kind: type[Component], param: Param, records: list[tuple[int, Record]], said: list[Value | None]
    ) -> Array:
        """Return one number per record in SI, converted by unit, and check its limits."""
        column = np.full(len(records), np.nan)
        if param.default is not None:
            column[[i for i, v in enumerate(said) if v is None]] = float(param.default)
        for unit, rows in _by_unit(said).items():
            raw = [said[i].raw for i in rows]  # type: ignore[union-attr] # only rows with a value
            try:
                column[rows] = to_si(np.array(raw, dtype=np.float64), unit, param.name)
            except UnitError as reason:
                self._refuse_unit(kind, param, [records[i] for i in rows], said[rows[0]], str(reason))
        given = [i for i, v in enumerate(said) if v is not None]
        self._limit(kind, param, records, said, given, column[given])
        return column

    def _curves(
        self, kind: type[Component], param: Param, records: list[tuple[int, Record]], said: list[Value | None]
    ) -> Array:
        """Return points per record in SI, padded with NaN."""
        longest = max((len(v.raw) for v in said if v is not None and v.raw is not None), default=0)
        column = np.full((len(records), max(longest, 1), 2), np.nan)
        for unit, rows in _by_unit(said).items():
            units = unit.split(";")
            for i in rows:
                points = np.asarray(said[i].raw, dtype=np.float64).reshape(-1, 2)  # type: ignore[union-attr]
                try:
                    column[i, : len(points), 0] = to_si(points[:, 0], units[0], param.x_name)
                    column[i, : len(points), 1] = to_si(points[:, 1], units[-1], param.name)
                except UnitError as reason:
                    self._refuse_unit(kind, param, [records[i]], said[i], str(reason))
        if param.hard != (None, None):
            worst = ((i, j) for i in range(len(records)) for j in range(longest))
            pairs = [(i, j) for i, j in worst if np.isfinite(column[i, j, 1])]
            rows = [i for i, _ in pairs]
            self._limit(kind, param, records, said, rows, np.array([column[p][1] for p in pairs]))
        return column

    def _limit(
        self,
        kind: type[Component],
        param: Param,
        records: list[tuple[int, Record]],
        said: list[Value | None],
        rows: list[int],
        values: Array,
    ) -> None:
        """Note the values outside the limits of a parameter."""
        for at, code, found, expected in check_limits(param, values):
            number, record = records[rows[at]]
            value = said[rows[at]]
            self._faults.add(
                code, prim=record.path, attribute=attribute_name(kind.kind, param.attribute),
                spot=value.spot if value else record.spot, record=number, found=found, expected=expected,
            )  # fmt: skip

    def _refuse_unit(
        self,
        kind: type[Component],
        param: Param,
        records: list[tuple[int, Record]],
        said: Value | None,
        reason: str,
    ) -> None:
        for number, record in records:
            self._faults.add(
                "ST017", prim=record.path, attribute=attribute_name(kind.kind, param.attribute), record=number,
                spot=said.spot if said else record.spot, found=f"unit {said.unit if said else ''}", expected=reason,
            )  # fmt: skip

    def _refuse_missing(
        self, kind: type[Component], param: Param, records: list[tuple[int, Record]], said: list[Value | None]
    ) -> None:
        for (number, record), value in zip(records, said, strict=True):
            if value is None:
                self._missing(kind, param, record.path, record.spot, number)

    def _missing(self, kind: type[Component], param: Param, path: str, spot: Spot, record: int) -> None:
        unit = unit_of_param(param)
        self._faults.add(
            "ST016", prim=path, attribute=attribute_name(kind.kind, param.attribute), spot=spot, record=record,
            found="no value", expected=f"{param.doc.rstrip('.')}{f' [{unit}]' if unit not in ('', '1') else ''}",
        )  # fmt: skip

    def _measure(self, kind: type[Component], parts: Parts, columns: Columns) -> None:
        """Take the length of the drawn curve where no length is written."""
        length, opinion = columns.numbers[LENGTH], columns.opinion[LENGTH]
        known: dict[int, tuple[float, int]] = {}
        param = next(p for p in kind.params if p.name == LENGTH)
        for row in np.flatnonzero(np.isnan(length[:, 0]) & (opinion == NOT_GIVEN)):
            number = int(parts.place[row])
            if number not in known:
                known[number] = self._route_length(parts, int(row))
            length[row, 0], opinion[row] = known[number]
            if param.required and np.isnan(length[row, 0]):
                place = parts.place_of(int(row))
                self._missing(kind, param, parts.paths[row], place.spot, -1)

    def _route_length(self, parts: Parts, row: int) -> tuple[float, int]:
        shape = parts.place_of(row).shape
        if len(shape.route) < 2:
            return float("nan"), NOT_GIVEN
        steps = np.diff(shape.route @ parts.matrix[row, :3, :3], axis=0)
        opinion = Opinion(
            layer=self._faults.shown(shape.layer), spec=shape.spec, unit="m", evidence="derived",
            source="length of the drawn curve", identifier=shape.layer,
        )  # fmt: skip
        return float(np.linalg.norm(steps, axis=1).sum()), self._opinions.add(opinion)


def _by_unit(said: list[Value | None]) -> dict[str, list[int]]:
    """Return the rows with a usable value, by the unit they are written in."""
    rows = defaultdict(list)
    for i, value in enumerate(said):
        if value is not None and value.raw is not None:
            rows[value.unit].append(i)
    return rows
