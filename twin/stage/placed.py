"""Faults that come to light behind the stage, with the file and line of the prim that they name."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from twin.errors import InputError
from twin.model.facility import Facility
from twin.model.finding import Fault
from twin.model.provenance import NOT_GIVEN
from twin.stage.locate import locate


@contextmanager
def placing(facility: Facility) -> Iterator[None]:
    """Give the faults of what is refused inside the place of the prim that they name."""
    try:
        yield
    except InputError as refusal:
        raise InputError(placed(facility, refusal.faults)) from refusal


def placed(facility: Facility, faults: Sequence[Fault]) -> tuple[Fault, ...]:
    """Return faults with ``layer:line`` where they have none: that of the part whose prim, or port, it is."""
    known = {path: (table, row) for table in facility.tables.values() for row, path in enumerate(table.paths)}
    out = []
    for fault in faults:
        path = fault.prim
        while path and path not in known:
            path = path.rpartition("/")[0]
        table, row = known.get(path, (None, 0))
        if fault.where or table is None or table.located is None or table.located[row] == NOT_GIVEN:
            out.append(fault)
            continue
        opinion = facility.opinions[int(table.located[row])]
        line = locate(opinion.identifier, opinion.spec).rpartition(":")[2] if opinion.identifier else ""
        shown = f"{opinion.layer}:{line}" if line.isdecimal() else opinion.layer
        out.append(replace(fault, where=shown))
    return tuple(out)
