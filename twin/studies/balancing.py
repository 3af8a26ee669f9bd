"""Settings of valves that give every rack its flow, with the valve of the index circuit open.

Proportional balancing (CIBSE Commissioning Code W), solved instead of measured: the valve nearest to every
rack is made to hold the flow wanted, the network is solved as it is, and what the valve takes then is what it
has to lose. Pumps that hold a difference are told the least one that leaves one valve of the loop open.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from twin.errors import UsageError
from twin.model.facility import Facility
from twin.model.network import Network, lay_out
from twin.solve.couple import Solution
from twin.states import steady
from twin.studies.circuits import Circuits, circuits, solved
from twin.studies.outages import in_cases
from twin.studies.rack_flow import RackFlow, rack_flow, turning
from twin.studies.setting import Found, Target, Wish, as_set, settle_valves
from twin.studies.valves import SETTING, Valves, settable, without_limits
from twin.units import display_unit, from_si

# A valve with less than this to spare is open.
SPARE_PA = 1.0
# A flow or a setting that misses by less than this share is met.
ROUNDING = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class ValveRow:
    """One valve as it is to be set.

    Attributes:
        prim, kind, name: Valve, its kind, the parameter that is its setting.
        racks: Racks that it carries.
        open_m3_s, before_m3_s, after_m3_s: Flow with all valves open, as they stand, and as set.
        wanted_m3_s: Flow wanted through it, NaN for one further out that only follows.
        old, new: Setting, SI.
        spare_pa: What it takes beyond what it would fully open, or beyond its least difference; where it
            regulates, in the case with the least.
        index: Whether it is the open valve of its loop.
    """

    prim: str
    kind: str
    name: str
    racks: tuple[str, ...]
    open_m3_s: float
    before_m3_s: float
    after_m3_s: float
    wanted_m3_s: float
    old: float
    new: float
    spare_pa: float
    index: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlRow:
    """The pumps of one loop: difference that their control holds before and after, or why that stays."""

    prim: str
    old_pa: float
    new_pa: float
    old_speed_ratio: float
    new_speed_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StateRow:
    """Racks and pumps in one state of the valves, in normal operation.

    Attributes:
        name: What the valves do.
        least_m3_s, greatest_m3_s, spread_ratio, deviation_m3_s: Least and greatest flow of a rack in
            service, the greatest of the ratios of the two in one loop, the standard deviation of all.
        margin_m3_s, worst_rack: Least margin to the maker's flow, and the rack that has it.
        every_case_m3_s: Least margin in all cases of the facility.
        speed_ratio: Highest speed of the pumps in the racks' loops.
        pumping_w: Electric power of these pumps.
    """

    name: str
    least_m3_s: float
    greatest_m3_s: float
    spread_ratio: float
    deviation_m3_s: float
    margin_m3_s: float
    worst_rack: str
    every_case_m3_s: float
    speed_ratio: float
    pumping_w: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Balanced:
    """What a balance found.

    Attributes:
        valves, controls, states: What to set, and what it does.
        missed: Prim and reason for every rack or valve that cannot get its flow.
        notes: What was left alone, and why.
        miss_ratio: Greatest deviation of a rack's flow from the one wanted, where it can be had exactly.
        facility: The facility as set, in all its cases.
        inputs: Selections, overrides and layer hashes of the run.
    """

    valves: tuple[ValveRow, ...]
    controls: tuple[ControlRow, ...]
    states: tuple[StateRow, ...]
    missed: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    miss_ratio: float
    facility: Facility
    inputs: Mapping[str, object] = field(default_factory=dict)


def balance(
    facility: Facility, *, target: Target = "design", reserve_ratio: float = 0.0, match: bool = True
) -> Balanced:
    """Return the settings of valves that give every rack the flow wanted.

    Args:
        facility: From the stage.
        target: ``design`` for what the maker asks for at the solved supply temperature, ``equal`` for an
            equal share of what each loop delivers as it stands.
        reserve_ratio: Share of the flow that is wanted on top [1].
        match: Whether pumps that hold a difference are matched to the open valve: in every case that they
            can give the flow in where valves regulate, else in normal operation.

    Raises:
        UsageError: No valve that can be set carries a rack.
        ConvergenceError: A state does not exist, or the settings do not settle.
    """
    base = in_cases(facility, ())
    every = settable(base)
    opened = solved(base, without_limits(base, every))
    at = circuits(base, opened, every, match=match)
    used = np.flatnonzero(at.carries.any(axis=1))
    if not len(used):
        raise UsageError("no balancing or flow-limiting valve carries a rack: there is nothing to set")
    if len(used) < len(every.kind):
        opened = solved(base, without_limits(base, every.taken(used)))
        at = circuits(base, opened, every.taken(used), match=match)
    now = solved(base)
    racks = rack_flow(base, now)
    wish = Wish(
        at=at, now=racks, now_kg_s=now.flow.flow_kg_s[racks.branch, 0], target=target,
        reserve_ratio=reserve_ratio,
    )  # fmt: skip
    # Only valves that regulate have something to say in other cases than normal operation.
    whole = facility if at.control and at.valves.regulates.any() else base
    found = settle_valves(steady(whole)[0], wish, now)
    made = as_set(facility, at.valves, found)
    after = in_cases(made, ())
    then = solved(after)
    return Balanced(
        valves=tuple(_valve_rows(at, found, (opened, now, then))),
        controls=tuple(_control_rows(facility, found, now, then)),
        states=(
            _state("valves wide open", (base, opened), at, _every_case(facility, at.valves)),
            _state("as it stands", (base, now), at, _every_case(facility)),
            _state("balanced", (after, then), at, _every_case(made)),
        ),
        missed=tuple(_missed(wish, found)), notes=tuple(_notes(at, facility, len(every.kind) - len(used))),
        miss_ratio=_miss(wish, found, then, rack_flow(after, then)), facility=made, inputs=facility.inputs,
    )  # fmt: skip


def _valve_rows(
    at: Circuits, found: Found, states: tuple[Solution, Solution, Solution]
) -> Iterator[ValveRow]:
    valves, racks = at.valves, found.held.racks.paths
    flows = []
    for solution in states:
        branch = valves.branches(solution.network.flow, solution.network.assembly)
        flows.append(solution.flow.flow_kg_s[branch, 0] / solution.medium.density_kg_m3[branch, 0])
    for row, prim in enumerate(valves.paths):
        yield ValveRow(
            prim=prim, kind=valves.kind[row], name=SETTING[valves.kind[row]],
            racks=tuple(racks[rack] for rack in np.flatnonzero(at.carries[row]).tolist()),
            open_m3_s=float(flows[0][row]), before_m3_s=float(flows[1][row]), after_m3_s=float(flows[2][row]),
            wanted_m3_s=float(found.limit_m3_s[row]) if at.ends[row] else float("nan"),
            old=float(valves.setting[row]), new=float(found.value[row]),
            spare_pa=float(found.least_spare_pa[row]),
            index=bool(at.ends[row] and found.least_spare_pa[row] < SPARE_PA),
        )  # fmt: skip


def _control_rows(facility: Facility, found: Found, now: Solution, then: Solution) -> Iterator[ControlRow]:
    for control, new_pa in sorted(found.set_pa.items()):
        table = facility.tables["control"]
        yield ControlRow(
            prim=table.paths[control], old_pa=float(table.numbers["set_pa"][control, 0]), new_pa=new_pa,
            old_speed_ratio=float(now.flow.control_ratio[control, 0]),
            new_speed_ratio=float(then.flow.control_ratio[control, 0]),
        )  # fmt: skip


def _state(name: str, found: tuple[Facility, Solution], at: Circuits, every_case_m3_s: float) -> StateRow:
    """Return racks and pumps of a solved state."""
    facility, solution = found
    racks = rack_flow(facility, solution)
    runs = racks.runs[:, 0]
    flow, margin = racks.flow_m3_s[runs, 0], racks.margin_m3_s[runs, 0]
    loop, net = at.loop[runs], solution.network.flow
    spread = [float(flow[loop == n].max() / flow[loop == n].min()) for n in np.unique(loop).tolist()]
    speed, power = 0.0, 0.0
    for kind in ("cdu", "pump"):
        pumps = turning(facility, solution, kind)
        inside = np.isin(net.island[net.tail[pumps.branch]], loop)
        speed = max(speed, float(pumps.speed_ratio[inside, 0].max(initial=0.0)))
        power += float(pumps.power_w[inside, 0].sum())
    return StateRow(
        name=name, least_m3_s=float(flow.min()), greatest_m3_s=float(flow.max()), spread_ratio=max(spread),
        deviation_m3_s=float(flow.std()), margin_m3_s=float(margin.min()),
        worst_rack=racks.paths[racks.worst(0)],
        every_case_m3_s=every_case_m3_s, speed_ratio=speed, pumping_w=power,
    )  # fmt: skip


def _every_case(facility: Facility, opened: Valves | None = None) -> float:
    """Return the least margin of a rack in all cases that have a steady state [m3/s].

    Args:
        facility: In all its cases.
        opened: Valves that are to stand as far open as they go.
    """

    def laid_out(facility: Facility) -> Network:
        return lay_out(facility, without_limits(facility, opened) if opened else None)

    facility, solution = steady(facility, laid_out)
    return float(np.nanmin(rack_flow(facility, solution).margin_m3_s))


def _missed(wish: Wish, found: Found) -> Iterator[tuple[str, str]]:
    """Yield every valve and rack that cannot get the flow wanted: prim, reason."""
    at, held = wish.at, found.held
    valves, ends = at.valves, at.ends
    racks = held.racks
    wanted = np.zeros(len(valves.kind))
    served = at.nearest >= 0
    np.add.at(wanted, at.nearest[served], wish.kg_s(held.solution, racks)[served])
    wanted /= held.density_kg_m3
    limit, flow = found.limit_m3_s, held.flow_m3_s
    for row in np.flatnonzero(ends).tolist():
        prim, asked = valves.paths[row], _said(wanted[row], "flow_m3_s")
        got, at_limit = _said(flow[row], "flow_m3_s"), _said(limit[row], "flow_m3_s")
        if held.short[row, 0]:
            yield prim, f"gets {got} of {asked} although it is open: the pumps' head is short"
        if valves.regulates[row] and limit[row] < wanted[row] * (1.0 - ROUNDING):
            yield prim, f"is to pass {asked} and cannot be set above {at_limit}"
        elif valves.regulates[row] and valves.least[row] > wanted[row] * (1.0 + ROUNDING):
            yield prim, f"is to pass {asked} and cannot be set below {at_limit}"
    for row in np.flatnonzero(np.isfinite(found.wanted)).tolist():
        kv, least = (_said(x[row], "kv_m3_s") for x in (found.wanted, valves.least))
        yield valves.paths[row], f"needs a Kv of {kv} and cannot be set below {least}"
    for row in np.flatnonzero(racks.runs[:, 0] & (at.nearest < 0)).tolist():
        yield racks.paths[row], "no valve that can be set carries it"


def _said(value: float, name: str) -> str:
    unit = "m3/h" if name.startswith("kv") else display_unit(name)
    return f"{float(from_si(value, unit, name)):.4g} {unit}"


def _notes(at: Circuits, facility: Facility, idle: int) -> Iterator[str]:
    """Yield what was left alone, and why."""
    reasons: dict[str, int] = {}
    for reason in at.kept.values():
        reasons[reason] = reasons.get(reason, 0) + 1
    for reason, count in reasons.items():
        yield f"pumps of {count} loop{'' if count == 1 else 's'} stay as they are: {reason}"
    if idle:
        yield f"{idle} valve{'' if idle == 1 else 's'} that carry no rack stay as they are"
    table = facility.tables.get("valve")
    hand = [p for k, p in zip(at.valves.kind, at.valves.part.tolist(), strict=True) if k == "valve"]
    if table is not None and hand and np.isnan(table.numbers["kv_open_m3_s"][hand]).any():
        yield "valves without twin:valve:kvOpen are taken to stand fully open"


def _miss(wish: Wish, found: Found, then: Solution, racks: RackFlow) -> float:
    """Return the greatest deviation from the flow wanted where a continuous valve can give it [1]."""
    at, valves = wish.at, wish.at.valves
    alone = np.bincount(at.nearest[at.nearest >= 0], minlength=len(valves.kind)) == 1
    exact = alone & ~found.held.short[:, 0] & np.isnan(found.wanted) & ~np.isfinite(valves.step)
    bounded = (found.limit_m3_s <= valves.least) | (found.limit_m3_s >= valves.most)
    exact &= ~(valves.regulates & bounded)
    served = np.flatnonzero(at.nearest >= 0)
    served = served[exact[at.nearest[served]]]
    wanted, flow = wish.kg_s(then, racks)[served], then.flow.flow_kg_s[racks.branch[served], 0]
    return float(np.max(np.abs(flow / wanted - 1.0), initial=0.0))
