"""All single outages of hydraulic equipment: what the worst rack is left with, who is left without."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from twin.arrays import Index
from twin.chip_fields import hottest, site_tokens
from twin.model.facility import Facility, Unsolved
from twin.solve.couple import Solution
from twin.stage.read import paused
from twin.states import steady
from twin.studies.leaks import Leak, leaks
from twin.studies.outages import Outage, in_cases, single_outages
from twin.studies.rack_flow import rack_flow, turning

# Outages solved at once beside normal operation: more of them gain little and take memory.
BLOCK = 64
NORMAL = "all running"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one outage leaves.

    Attributes:
        group: Sort of outage, ``all running`` for normal operation.
        part: Prim of what is out, of the contingency where that is authored, "" for normal operation.
        text: What happened.
        starts: Standby prims that start.
        worst_rack: Rack with the least margin, "" where none runs.
        flow_m3_s, required_m3_s, margin_m3_s: Its flow, what its maker asks for at its supply temperature,
            and the difference; NaN where none runs.
        supply_k: Its supply temperature, NaN where no coolant reaches it.
        least_flow_m3_s: Least flow of any rack in service.
        short: Racks in service with less than what is asked for, those without flow included.
        dry: Racks in service without flow.
        cdu_speed_ratio, pump_speed_ratio: Highest speed of the CDUs' pumps and of the other pumps.
        pumping_w: Electric power of all of them.
        junction_k: Hottest junction of any rack, NaN where none is established.
        throttled_count: Racks whose chips lose clock, NaN where that is not established.
        tokens_lost_per_s: Tokens per second less than at full clock, NaN where not established.
        unsolved: Why the outage has no steady state, "" where it has one.
    """

    group: str
    part: str
    text: str
    starts: tuple[str, ...] = ()
    worst_rack: str = ""
    flow_m3_s: float = float("nan")
    required_m3_s: float = float("nan")
    margin_m3_s: float = float("nan")
    supply_k: float = float("nan")
    least_flow_m3_s: float = float("nan")
    short: tuple[str, ...] = ()
    dry: tuple[str, ...] = ()
    cdu_speed_ratio: float = float("nan")
    pump_speed_ratio: float = float("nan")
    pumping_w: float = float("nan")
    junction_k: float = float("nan")
    throttled_count: float = float("nan")
    tokens_lost_per_s: float = float("nan")
    unsolved: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failures:
    """Every single outage of a facility, normal operation first; leaks where all sorts were asked for."""

    rows: tuple[Row, ...]
    leaks: tuple[Leak, ...]
    duration_s: float
    inputs: dict[str, object] = field(default_factory=dict)

    @property
    def harmless(self) -> bool:
        """Return whether every outage has a steady state in which no rack in service lacks coolant."""
        return not any(row.short or row.unsolved for row in self.rows)


def failures(
    facility: Facility, *, pairs: Sequence[tuple[str, str]] = (), groups: Sequence[str] = ()
) -> Failures:
    """Solve every single outage of hydraulic equipment, authored contingencies and chosen pairs.

    Each outage is a column of the batch, solved coupled with heat and power from the state of normal
    operation; only the loops that it touches are settled anew.

    Args:
        facility: From the stage.
        pairs: Prims that are out together.
        groups: Sorts of outage to look at, all when empty.

    Raises:
        UsageError: A prim of a pair is none that can be out of service.
        ConvergenceError: Normal operation has no steady state.
    """
    started = time.perf_counter()
    outages = [o for o in single_outages(facility, pairs) if not groups or o.group in groups]
    rows: list[Row] = []
    for start in range(0, max(len(outages), 1), BLOCK):
        rows += _rows(facility, outages[start : start + BLOCK], first=start == 0)
    shut = () if groups else leaks(facility)
    return Failures(
        rows=tuple(rows), leaks=shut, duration_s=time.perf_counter() - started, inputs=dict(facility.inputs)
    )


def _rows(facility: Facility, outages: Sequence[Outage], *, first: bool) -> Iterator[Row]:
    """Yield what a block of outages leaves, normal operation before them in the first block."""
    with paused():
        cases, solution = steady(in_cases(facility, outages))
    lost = {unsolved.case.name: unsolved for unsolved in cases.unsolved}
    solved = iter(_solved(cases, solution))
    normal = next(solved)
    if first:
        yield _row(NORMAL, "", "", (), normal)
    for outage in outages:
        case = outage.case
        if case.name in lost:
            yield _without_state(outage, lost[case.name])
        else:
            yield _row(outage.group, outage.part, case.text, case.start, next(solved))


def _without_state(outage: Outage, lost: Unsolved) -> Row:
    return Row(
        group=outage.group, part=outage.part, text=outage.case.text, starts=outage.case.start,
        unsolved=lost.text,
    )  # fmt: skip


def _row(group: str, part: str, text: str, starts: tuple[str, ...], found: dict[str, object]) -> Row:
    return Row(group=group, part=part, text=text, starts=starts, **found)  # type: ignore[arg-type]


def _solved(facility: Facility, solution: Solution) -> Iterator[dict[str, object]]:
    """Yield what each case of a solution leaves, by the names of a row."""
    racks = rack_flow(facility, solution)
    turned = {kind: turning(facility, solution, kind) for kind in ("cdu", "pump")}
    margin, short = racks.margin_m3_s, racks.short
    chips, tokens = hottest(solution), site_tokens(facility, solution)

    def names(rows: Index) -> tuple[str, ...]:
        return tuple(racks.paths[row] for row in rows.tolist())

    for case in range(solution.network.variants):
        found: dict[str, object] = {
            f"{kind}_speed_ratio": float(pumps.speed_ratio[:, case].max()) if pumps.paths else float("nan")
            for kind, pumps in turned.items()
        }
        found["pumping_w"] = float(sum(pumps.power_w[:, case].sum() for pumps in turned.values()))
        found |= {
            "short": names(np.flatnonzero(short[:, case])), "dry": names(np.flatnonzero(racks.dry[:, case])),
        }  # fmt: skip
        if chips is not None:
            found |= {"junction_k": float(chips[0][case]), "throttled_count": float(chips[2][case])}
        if tokens is not None:
            found["tokens_lost_per_s"] = float(tokens[1][case] - tokens[0][case])
        if racks.runs[:, case].any():
            worst = racks.worst(case)
            dry = bool(racks.dry[worst, case])
            found |= {
                "worst_rack": racks.paths[worst],
                "flow_m3_s": 0.0 if dry else float(racks.flow_m3_s[worst, case]),
                "required_m3_s": float(racks.required_m3_s[worst, case]),
                "margin_m3_s": float(margin[worst, case]),
                "supply_k": float("nan") if dry else float(racks.supply_k[worst, case]),
                "least_flow_m3_s": float(racks.flow_m3_s[racks.runs[:, case], case].min()),
            }
        yield found
