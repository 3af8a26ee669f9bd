"""Standard pipe sizes at the flows that they lead to themselves, what they weigh, what head they cost."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from twin.errors import ConvergenceError
from twin.laws.steel_pipe import inside_diameter, steel_mass
from twin.model.facility import Facility
from twin.solve.couple import Solution
from twin.states import steady
from twin.studies.outages import ONE_PUMP, RACK, authored_cases, in_cases, single_outages
from twin.studies.pipe_choice import (
    SizeLimits,
    chosen_sizes,
    flows_of,
    keeps,
    loads,
    size_limits,
    smallest_size,
    takes_size,
)  # fmt: skip
from twin.studies.rack_flow import rack_flow, turning
from twin.units import display_unit, from_si

# After so many passes sizes only grow, so that two pipes cannot trade flow for ever.
FREE_PASSES, PASSES = 6, 60
# A flow that falls by more than this share is worth a word, and by more than this.
FALL_RATIO, STILL_M3_S = 0.01, 1e-7
# Schedule whose sizes are suggested for hoses and manifolds, and what tells bores of one size apart.
SUGGESTED, SAME_RATIO = "10S", 0.06
Run = tuple[Facility, Solution]
Cases = Literal["all", "normal", "outages"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PipeRow:
    """One pipe, hose or manifold.

    Attributes:
        prim, kind, system: What it is, and the loop it says it belongs to.
        case: Case in which most flows.
        flow_m3_s: That flow.
        old, new: Nominal sizes; of what has a bore instead, that bore and the size that would do.
        velocity_m_s, gradient_pa_m: With the new size in that case; NaN for what is only suggested.
        old_velocity_m_s: As it stands.
        length_m: Length, NaN for a manifold.
        old_kg, new_kg: Mass of the steel, NaN for what is not made of steel pipe.
        missed: Whether even the largest size of its schedule is too small.
    """

    prim: str
    kind: str
    system: str
    case: str
    flow_m3_s: float
    old: str
    new: str
    velocity_m_s: float
    gradient_pa_m: float
    old_velocity_m_s: float
    length_m: float
    old_kg: float
    new_kg: float
    missed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopRow:
    """Racks and pumps before or after: least margin of a rack in the cases looked at, electric power."""

    name: str
    margin_m3_s: float
    worst_rack: str
    pumping_w: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sized:
    """What a sizing found.

    Attributes:
        limits: What was kept.
        pipes: Pipes with a nominal size that carry something.
        suggested: What has a bore instead of a size and would be of another size.
        states: Racks and pumps before and after.
        still_count: Pipes that nothing flows through in any case; they stay as they are.
        pass_count: Solutions until no size changed.
        facility: The facility with its new sizes.
        faults: What the new sizes break: cases without a steady state, racks that are short.
        notes: What else they do.
        inputs: Selections, overrides and layer hashes of the run.
    """

    limits: SizeLimits
    pipes: tuple[PipeRow, ...]
    suggested: tuple[PipeRow, ...]
    states: tuple[LoopRow, ...]
    still_count: int
    pass_count: int
    facility: Facility
    faults: tuple[str, ...]
    notes: tuple[str, ...]
    inputs: Mapping[str, object] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Return whether every pipe keeps its limits and nothing breaks."""
        return not any(row.missed for row in self.pipes) and not self.faults


def size(
    facility: Facility,
    *,
    velocity_m_s: float | None = None,
    gradient_pa_m: float | None = None,
    cases: Cases = "outages",
) -> Sized:
    """Return standard sizes for every pipe that has one, solved until no size changes.

    Args:
        facility: From the stage.
        velocity_m_s: Greatest velocity, for every bore; by default the owner's limit, in bores up to DN50
            that of practice.
        gradient_pa_m: Greatest friction, for every bore; by default that of practice above DN50.
        cases: Sizes are for ``normal`` operation, for the worst of ``all`` cases of the stage, or for the
            worst of these and every single outage of a pump, a CDU or a valve (``outages``).

    Raises:
        ConvergenceError: A state does not exist.
    """
    limits = size_limits(facility, velocity_m_s=velocity_m_s, gradient_pa_m=gradient_pa_m)
    first, start = steady(_in(facility, cases))
    now, solution, passes = first, start, 0
    for passes in range(1, PASSES + 1):
        following = chosen_sizes(now, solution, limits, grow=passes > FREE_PASSES)
        if following == _words(now):
            break
        now, solution = steady(_with_sizes(now, following))
    else:
        raise ConvergenceError(
            f"pipe sizes still change after {PASSES} passes",
            component="pipe",
            equation="velocity and friction",
        )
    pipes, still = _pipe_rows((first, start), (now, solution), limits)
    states = tuple(
        _loop(name, *run) for name, run in (("as it stands", (first, start)), ("sized", (now, solution)))
    )
    return Sized(
        limits=limits, pipes=pipes, suggested=tuple(_suggested(now, solution, limits)), states=states,
        still_count=still, pass_count=passes, facility=_with_sizes(facility, _words(now)),
        faults=tuple(_faults((first, start), (now, solution))), inputs=facility.inputs,
        notes=tuple(_notes((first, start), (now, solution))),
    )  # fmt: skip


def _in(facility: Facility, cases: Cases) -> Facility:
    match cases:
        case "all":
            return facility
        case "normal":
            return in_cases(facility, ())
        case "outages":
            # A unit that loses one of its pumps, and a rack less, move less than a unit that is out.
            whole = [
                o for o in single_outages(facility) if not o.authored and o.group not in {RACK, ONE_PUMP}
            ]
            return in_cases(facility, [*authored_cases(facility), *whole])


def _words(facility: Facility) -> tuple[str, ...]:
    return facility.tables["pipe"].words["size"] if "pipe" in facility.tables else ()


def _with_sizes(facility: Facility, sizes: tuple[str, ...]) -> Facility:
    """Return the facility with its pipes of other nominal sizes."""
    if "pipe" not in facility.tables:
        return facility
    table = facility.tables["pipe"]
    sized = replace(table, words={**table.words, "size": sizes})
    return replace(facility, tables={**facility.tables, "pipe": sized})


def _pipe_rows(before: Run, after: Run, limits: SizeLimits) -> tuple[tuple[PipeRow, ...], int]:
    """Return every pipe with a nominal size that carries something, and how many carry nothing."""
    (facility, start), (made, solution) = before, after
    if "pipe" not in facility.tables:
        return (), 0
    table, sized = facility.tables["pipe"], made.tables["pipe"].words["size"]
    was, flows = flows_of(facility, start, "pipe"), flows_of(made, solution, "pipe")
    every = np.flatnonzero(takes_size(table))
    rows = every[flows.carries[every]]
    schedule = [table.words["schedule"][row] for row in rows.tolist()]
    names = [tuple(words[row] for row in rows.tolist()) for words in (table.words["size"], sized)]
    old, new = (inside_diameter(sizes, schedule) for sizes in names)
    length = table.numbers["length_m"][rows, 0]
    masses = [steel_mass(sizes, schedule, length) for sizes in names]
    velocity, gradient = loads(flows, rows, new)
    old_velocity, _ = loads(was, rows, old)
    missed = ~keeps(limits, new, velocity, gradient)
    return tuple(
        PipeRow(
            prim=table.paths[row], kind="pipe", system=table.words["system"][row],
            case=made.cases[int(flows.worst[row])].name, flow_m3_s=float(flows.greatest_m3_s[row]),
            old=names[0][at], new=names[1][at], velocity_m_s=float(velocity[at]),
            gradient_pa_m=float(gradient[at]), old_velocity_m_s=float(old_velocity[at]),
            length_m=float(length[at]), old_kg=float(masses[0][at]), new_kg=float(masses[1][at]),
            missed=bool(missed[at]),
        )
        for at, row in enumerate(rows.tolist())
    ), len(every) - len(rows)  # fmt: skip


def _suggested(facility: Facility, solution: Solution, limits: SizeLimits) -> Iterator[PipeRow]:
    """Yield what has a bore instead of a nominal size, where another size would be the one to choose."""
    for kind in ("pipe", "hose", "manifold"):
        if kind not in facility.tables:
            continue
        table, flows = facility.tables[kind], flows_of(facility, solution, kind)
        bore = table.numbers["inner_diameter_m"].max(axis=1)
        rows = np.flatnonzero(flows.carries & np.isfinite(bore))
        names = smallest_size(flows, rows, SUGGESTED, limits)
        velocity, gradient = loads(flows, rows, bore[rows])
        would_be = inside_diameter(names, [SUGGESTED] * len(names))
        for at, row in enumerate(rows.tolist()):
            # A bore that another standard gives the same size differs by a few per cent.
            if abs(would_be[at] / bore[row] - 1.0) > SAME_RATIO:
                yield PipeRow(
                    prim=table.paths[row], kind=kind, system="",
                    case=facility.cases[int(flows.worst[row])].name,
                    flow_m3_s=float(flows.greatest_m3_s[row]), old=f"{bore[row] * 1e3:.4g} mm", new=names[at],
                    velocity_m_s=float("nan"), gradient_pa_m=float(gradient[at]),
                    old_velocity_m_s=float(velocity[at]), length_m=float("nan"), old_kg=float("nan"),
                    new_kg=float("nan"),
                )  # fmt: skip


def _loop(name: str, facility: Facility, solution: Solution) -> LoopRow:
    racks = rack_flow(facility, solution)
    margin = racks.margin_m3_s
    worst = int(np.nanargmin(margin)) // margin.shape[1] if np.isfinite(margin).any() else -1
    normal = next(at for at, case in enumerate(facility.cases) if case.name == "normal")
    return LoopRow(
        name=name, margin_m3_s=float(np.nanmin(margin)) if worst >= 0 else float("nan"),
        worst_rack=racks.paths[worst] if worst >= 0 else "",
        pumping_w=sum(
            float(turning(facility, solution, kind).power_w[:, normal].sum()) for kind in ("cdu", "pump")
        ),
    )  # fmt: skip


def _faults(before: Run, after: Run) -> Iterator[str]:
    """Yield what the new sizes break."""
    lost = {case.name for case in before[0].cases} - {case.name for case in after[0].cases}
    if lost:
        yield f"no steady state any more: {', '.join(sorted(lost))}"
    was, now = rack_flow(*before), rack_flow(*after)
    short = np.flatnonzero(now.short.any(axis=1) & ~was.short.any(axis=1)).tolist()
    if short:
        names = ", ".join(now.paths[row] for row in short[:4])
        yield f"{len(short)} racks get less than they need: {names}{' …' * (len(short) > 4)}"


def _notes(before: Run, after: Run) -> Iterator[str]:
    """Yield which flows fall, since sizes are chosen for the flows that are left."""
    if "pipe" not in before[0].tables:
        return
    was, now = (flows_of(*run, "pipe").greatest_m3_s for run in (before, after))
    fallen = np.flatnonzero(now < was * (1.0 - FALL_RATIO) - STILL_M3_S)
    if len(fallen):
        worst, unit = fallen[np.argmin(now[fallen] / was[fallen])], display_unit("flow_m3_s")
        shown = [f"{float(from_si(flow[worst], unit, 'flow_m3_s')):.4g}" for flow in (was, now)]
        yield (
            f"{len(fallen)} pipes carry less than before, worst {before[0].tables['pipe'].paths[worst]}: "
            f"{shown[1]} instead of {shown[0]} {unit}"
        )
