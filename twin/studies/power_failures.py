"""All single outages of power equipment: what transfers, what drops, how close the survivors come."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from twin.model.facility import Case, Facility, Unsolved
from twin.stage.read import paused
from twin.states import steady
from twin.studies.outages import Outage, in_cases, normal_case, standby
from twin.studies.power_devices import Loading
from twin.studies.power_outages import (
    PAIR,
    SHELF,
    power_outages,
    refuse_unknown,
    with_standby,
    with_transfers,
)
from twin.studies.power_quick import fits, quick_rows
from twin.studies.power_rows import Coolant, PowerRow, Reader
from twin.studies.power_supplies import Supply, supplies
from twin.studies.power_switches import Switches
from twin.studies.rack_flow import rack_flow

BLOCK = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerFailures:
    """Every single outage of power equipment, normal operation first."""

    rows: tuple[PowerRow, ...]
    supplies: tuple[Supply, ...]
    duration_s: float
    inputs: dict[str, object] = field(default_factory=dict)

    @property
    def harmless(self) -> bool:
        """Return whether every outage, and normal operation, leaves racks supplied and nothing overloaded."""
        return all(row.harmless for row in self.rows)


def power_failures(
    facility: Facility, *, pairs: Sequence[tuple[str, str]] = (), groups: Sequence[str] = ()
) -> PowerFailures:
    """Solve every single outage of power equipment, authored contingencies and chosen pairs.

    Args:
        facility: From the stage, or as ``maintained`` returns it.
        pairs: Prims that are out together.
        groups: Sorts of outage to look at, all when empty.

    Raises:
        ConvergenceError: Normal operation has no steady state.
        UsageError: A prim of a pair is none that can be out of service.
    """
    started = time.perf_counter()
    switches = Switches(facility)
    outages = [o for o in power_outages(facility, pairs, switches) if not groups or o.group in groups]
    # Normal operation is settled with the first of those that no condensed net can do.
    block = [at for at, outage in enumerate(outages) if not fits(switches, outage)][:BLOCK]
    (normal, *solved), coolant = _coupled(facility, [outages[at] for at in block])
    found = dict(zip(block, solved, strict=True)) | quick_rows(switches, outages, coolant.of_first())
    rest = [at for at in range(len(outages)) if at not in found]
    for start in range(0, len(rest), BLOCK):
        block = rest[start : start + BLOCK]
        solved, _ = _coupled(facility, [outages[at] for at in block])
        found |= dict(zip(block, solved[1:], strict=True))
    rows = [normal, *(found[at] for at in range(len(outages)))]
    if not groups or SHELF in groups:
        rows += shelves_out(facility, rows[0])
    return PowerFailures(
        rows=tuple(rows),
        supplies=supplies(facility, rows),
        duration_s=time.perf_counter() - started,
        inputs=dict(facility.inputs),
    )


def maintained(facility: Facility, paths: Sequence[str]) -> Facility:
    """Return a facility some parts of which are out of service in every case, with what starts for them.

    Args:
        facility: From the stage.
        paths: Prims under maintenance.

    Raises:
        UsageError: A prim is none that can be out of service.
    """
    normal = normal_case(facility)
    starts: list[str] = []
    for path in paths:
        table = facility.tables[refuse_unknown(facility, path)]
        starts += standby(table, table.paths.index(path), normal)
    case = Case(name="maintenance", out=tuple(paths), start=tuple(s for s in starts if s not in paths))
    switches = Switches(facility)
    plain = Outage(group=PAIR, part="", case=case, like=normal)
    (made,) = with_standby(switches, with_transfers(switches, [plain]))
    tables = {}
    for kind, table in facility.tables.items():
        flags = table.in_service.copy()
        for names, runs in ((made.case.start, True), (made.case.out, False)):
            flags[np.isin(table.paths, names)] = runs
        tables[kind] = replace(table, in_service=flags)
    return replace(facility, tables=tables, inputs={**facility.inputs, "maintenance": list(paths)})


def shelves_out(facility: Facility, normal: PowerRow) -> list[PowerRow]:
    """Return what the loss of one power shelf of each rack leaves.

    A rack's power is counted at its inputs, which share it whatever its shelves do: no current changes but
    those within the rack, and no state is solved anew. The shelves left share the rack's direct current.
    """
    table = facility.tables.get("rack")
    at = next((i for i, loading in enumerate(normal.loadings) if loading.device == "power_shelf"), None)
    if table is None or at is None:
        return []
    numbers = {name: values[:, 0] for name, values in table.numbers.items()}
    efficiency = numbers["shelf_efficiency_ratio"]
    direct_w = numbers["it_power_w"] * np.where(np.isfinite(efficiency), efficiency, 1.0)
    left = np.where(numbers["shelf_count"] > 1.0, numbers["shelf_count"] - 1.0, np.nan)
    loading = direct_w / (left * numbers["shelf_power_w"])
    runs = table.in_service[:, min(normal_case(facility), table.in_service.shape[1] - 1)]
    found = []
    for row in np.flatnonzero(runs & np.isfinite(loading)).tolist():
        own = Loading(
            device="power_shelf", part=table.paths[row], loading_ratio=float(loading[row]), limit_ratio=1.0,
            margin_ratio=float(1.0 - loading[row]),
        )  # fmt: skip
        loadings = list(normal.loadings)
        if own.margin_ratio < loadings[at].margin_ratio:
            loadings[at] = own
        worst = min(loadings, key=lambda each: each.margin_ratio if each.part else np.inf)
        found.append(
            replace(
                normal, group=SHELF, part=table.paths[row], text=f"{SHELF}: {table.paths[row]}",
                loadings=tuple(loadings), worst_device=worst.device, worst_part=worst.part,
                margin_ratio=worst.margin_ratio,
            )
        )  # fmt: skip
    return found


def _coupled(facility: Facility, outages: Sequence[Outage]) -> tuple[list[PowerRow], Coolant]:
    """Return rows of normal operation and of outages, settled with flow and heat, and their coolant."""
    with paused():
        cases, solution = steady(in_cases(facility, outages))
    lost = {unsolved.case.name: unsolved for unsolved in cases.unsolved}
    racks = rack_flow(cases, solution)
    coolant = Coolant(paths=racks.paths, dry=racks.dry, short=racks.short, lost=solution.lost_cooling)
    normal = solution.power.input_power_w[:, 0], solution.power.consumer_power_w[:, 0]
    kept = [None, *(o for o in outages if o.case.name not in lost)]
    solved = Reader(cases, solution.network).rows(kept, solution.power, coolant, normal)
    found = [next(solved)]
    for outage in outages:
        case = outage.case.name
        found.append(_without_state(outage, lost[case]) if case in lost else next(solved))
    return found, coolant


def _without_state(outage: Outage, lost: Unsolved) -> PowerRow:
    case = outage.case
    return PowerRow(
        group=outage.group, part=outage.part, text=case.text, out=case.out, starts=case.start,
        unsolved=lost.text,
    )  # fmt: skip
