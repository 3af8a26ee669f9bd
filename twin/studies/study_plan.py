"""What a study comes to before anything is solved: variants, topologies, and whether it makes sense."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from twin.arrays import Array
from twin.errors import InputError, UsageError
from twin.metrics import FIGURES
from twin.model.component import kinds
from twin.model.facility import Facility
from twin.model.finding import Fault
from twin.studies.study_axes import Axis, Output, Study
from twin.studies.study_columns import Topology, at_value, topology
from twin.studies.study_design import design
from twin.studies.study_solve import certain

FACILITY = "facility"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """A study that can be solved.

    Attributes:
        study: The study.
        rows: Its variants, shape (variant, axis).
        first: The topology of the first variant, read at the ends of every axis.
    """

    study: Study
    rows: Array
    first: Topology

    @property
    def topologies(self) -> int:
        """Return how many different layouts have to be read."""
        apart = [
            at
            for at, axis in enumerate(self.study.axes)
            if not axis.is_number or axis.name in self.first.anew
        ]
        return len(np.unique(self.rows[:, apart], axis=0)) if apart else 1

    @property
    def blocks(self) -> int:
        """Return how many blocks the variants make."""
        return -(-len(self.rows) // self.study.block)

    def rows_of(self, block: int) -> slice:
        """Return which variants a block holds."""
        return slice(block * self.study.block, min((block + 1) * self.study.block, len(self.rows)))


def plan(study: Study) -> Plan:
    """Return a study with its variants and what its first layout looks like.

    Raises:
        InputError: An axis leads nowhere, an output does not exist, or no variant is left; every fault.
    """
    rows = design(study)
    try:
        first = certain(study, topology(study, rows[0]))
    except UsageError as reason:
        raise InputError(_astray(study, rows[0], reason)) from None
    faults = [fault for output in study.outputs for fault in _no_such(study, output, first.facility)]
    if faults:
        raise InputError(faults)
    return Plan(study=study, rows=rows, first=first)


def _astray(study: Study, row: Array, reason: UsageError) -> list[Fault]:
    """Return which axes lead nowhere; the layout itself where none does."""
    found = []
    for axis, value in zip(study.axes, row.tolist(), strict=True):
        if axis.kind != "load" and (why := _alone(study, axis, value)):
            found.append(_fault(study, axis.line, f"axes.{axis.name}", "ST242", axis.written(value), why))
    return found or [_fault(study, 1, "layout", "ST241", study.layout, str(reason))]


def _alone(study: Study, axis: Axis, value: float) -> str:
    """Return why one axis alone has no layout, "" where it has."""
    from dataclasses import replace

    try:
        at_value(replace(study, axes=(axis,)), np.array([value]))
    except UsageError as reason:
        return str(reason)
    except InputError:
        return ""
    return ""


def _fault(  # noqa: PLR0917
    study: Study, line: int, name: str, code: str, found: str, expected: str
) -> Fault:
    return Fault(
        code=code, prim="", attribute=name, where=f"{study.file}:{line}", found=found, expected=expected
    )


def _no_such(study: Study, output: Output, facility: Facility) -> Iterator[Fault]:
    """Yield a fault where the results hold no such number."""
    name = f"outputs.{output.name}"
    own = {k: t for k, t in facility.tables.items() if t.paths and kinds()[k].group == output.group}
    if output.group == FACILITY:
        if output.variable not in FIGURES or output.prim:
            wrong = f"{output.variable}{f' of {output.prim}' if output.prim else ''}"
            yield _fault(study, output.line, name, "ST246", wrong, f"one of {', '.join(FIGURES)}")
        return
    every = {kinds()[kind].group for kind, table in facility.tables.items() if table.paths}
    known = {out.name for kind in kinds().values() if kind.group == output.group for out in kind.outputs}
    if not known or (not own and len(study.axes) == len([a for a in study.axes if a.is_number])):
        yield _fault(
            study,
            output.line,
            name,
            "ST246",
            f"no group {output.group}",
            f"one of {', '.join(sorted(every))}",
        )
    elif output.variable not in known:
        yield _fault(
            study,
            output.line,
            name,
            "ST246",
            f"no variable {output.variable}",
            f"one of {', '.join(sorted(known))}",
        )
    elif output.prim and not any(output.prim in table.paths for table in facility.tables.values()):
        near = [path for table in own.values() for path in table.paths][:6]
        yield _fault(
            study, output.line, name, "ST246", f"no part {output.prim}", f"a prim like {', '.join(near)}"
        )
