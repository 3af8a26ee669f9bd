"""Flow, heat and power to one fixed point.

They feed each other through fluid properties, pump and fan power, losses that warm rooms, and valves and
fans that hold temperatures until they saturate.
"""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.errors import ConvergenceError
from twin.model.network import Network
from twin.model.region import shares
from twin.model.variants import families
from twin.solve import couple_state, follow, power_settle
from twin.solve import flow as flows
from twin.solve import heat as heats
from twin.solve.branch import Medium
from twin.solve.changed import changed_parts, heated_parts
from twin.solve.collapse import collapse_load_ratio, with_loading
from twin.solve.couple_state import (
    Job,
    State,
    Systems,
    adopt,
    archive,
    begin,
    change_ratio,
    columns,
    declared,
    inner,
    medium_of,
    narrowed,
    neighbour,
    of_variants,
    prepare,
    rows_of,
    started,
)
from twin.solve.demand import machine_power, mover_power, rejector_modes, valve_limits
from twin.solve.join import joined
from twin.solve.line_heat import with_warm_conductors
from twin.solve.power import Power, solve_power
from twin.solve.released import lost_cooling
from twin.solve.site_faults import SiteFaults
from twin.solve.stride import stride
from twin.solve.surges import Surges
from twin.solve.tower import make_up_of
from twin.solve.unbalanced import lost_beside, solve_phases
from twin.solve.unsettled import unsettled
from twin.solve.warm import warm

# A valve that overshoots its neighbour's answer follows its secant after this many passes.
PLAIN_PASSES = 10
PASSES = 60  # what is asked to be sharper than usual is let go as usual after TIGHT_PASSES
TIGHT_PASSES = 40
# The state has settled when no load and no enthalpy stream moves by more than this share of the IT power.
SETTLED = couple_state.SETTLED
# Flows and currents are settled to this share of the last coupled change, at least to COARSEST.
SHARPER, COARSEST = 0.01, 1e-2
# With fewer branches times variants a pass costs what its calls cost: the fewest passes are the fastest.
LARGE = 50_000
# Variants that differ in less than this share of all flow nodes are settled there only.
SMALL_SHARE = 0.7
# Rounds in which what unlike phases lose warms rooms, and what cools these draws more.
PHASE_ROUNDS = 8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Solution:
    """The settled state of every variant.

    Attributes:
        network: What was solved.
        flow, heat, power: States of the three domains.
        medium: Density and viscosity of each branch.
        consumer_w: Power each consumer asks for [W], shape (consumer, variant).
        mover_w: Electric power of each mover [W], shape (mover, variant).
        machine_w: Electric power of each rejector [W], shape (rejector, variant).
        machine_ratio: Fan speed or part load of each rejector [1], shape (rejector, variant).
        water_kg_s: Make-up water of each rejector [kg/s], shape (rejector, variant).
        exchanger_mode, rejector_mode: What they do, shape (exchanger | rejector, variant).
        limit_m3_s: Limit of each limiting branch [m3/s], shape (limited, variant).
        lost_cooling: Consumers dropped because their coolant stopped, shape (consumer, variant).
        iteration_count: Passes until settled.
        change_ratio: Last change over the IT power [1].
        surges: What the events of the facility came to, when they were followed.
        faults: Short-circuit currents, when they were asked for.
        chips: What chips on cold plates do.
        collapse_ratio: Greatest multiple of all loads without a collapse of voltage, shape (variant,).
    """

    network: Network
    flow: flows.Flow
    heat: heats.Heat
    power: Power
    medium: Medium
    consumer_w: Array
    mover_w: Array
    machine_w: Array
    machine_ratio: Array
    water_kg_s: Array
    exchanger_mode: Index
    rejector_mode: Index
    limit_m3_s: Array
    lost_cooling: Flags
    iteration_count: int
    change_ratio: float
    surges: Surges | None = None
    faults: SiteFaults | None = None
    chips: follow.Chips | None = None
    collapse_ratio: Array | None = None


def solve(network: Network, settled: float = SETTLED) -> Solution:
    """Return the settled state of every variant.

    Regions of a large facility that have nothing to do with each other are solved by themselves. Where
    conductors are as warm as their current makes them, ``network`` of the solution has their resistance.

    Args:
        network: What to solve.
        settled: Share of the IT power that no load and no enthalpy stream may still move by.

    Raises:
        ConvergenceError: A domain has no solution, or a control keeps switching; it is named.
    """
    try:
        solution = with_warm_conductors(network, partial(_by_regions, settled=settled))
    except ConvergenceError as reason:
        raise with_loading(network.power, reason) from reason
    state = solution.flow, solution.medium, solution.heat
    return replace(solution, chips=follow.chips_of(network, *state))


def _by_regions(network: Network, settled: float) -> Solution:
    divided = shares(network) if network.flow.in_service.size > LARGE else []
    if not divided:
        return _by_phases(network, settled)
    return joined(network, divided, [_by_phases(share.network, settled) for share in divided])


def _by_phases(network: Network, settled: float = SETTLED) -> Solution:
    """Return the settled state of one region; what unlike phases lose beside it is settled around it."""
    solution, more = _solve(network, None, settled)
    if more is None:
        return solution
    for _ in range(PHASE_ROUNDS):
        before = more
        solution, more = _solve(network, before, settled)
        assert more is not None
        moved = sum(
            np.abs(now - then).sum(axis=0)
            for (now, _), (then, _) in zip(network.losses_to(more), network.losses_to(before), strict=True)
        )
        if np.all(moved <= settled * solution.power.feed_power_va.real.sum(axis=0)):
            return solution
    raise ConvergenceError(
        f"losses of unlike phases still change after {PHASE_ROUNDS} rounds",
        equation="coupled energy balance",
    )


def _solve(
    network: Network, surplus: power_settle.Taken | None, settled: float
) -> tuple[Solution, power_settle.Taken | None]:
    """Return the settled state of every variant of one region.

    Losses beside those of the balanced power flow are given, and told anew where phases are unlike.

    The first variant is settled first and the others start from it. In a large facility those that have
    little in common with it come next; each of the rest starts from the one that it has most in common
    with, in the parts of the facility where they differ.

    Raises:
        ConvergenceError: A domain has no solution, or a control keeps switching; it is named.
    """
    systems = replace(prepare(network), surplus=surplus, settled=settled)
    large = network.flow.in_service.size > LARGE
    none = np.zeros(network.variants, dtype=np.intp)
    leaders, leader_of = families(network) if large else (none[:1], none)
    first = of_variants(systems, leaders[:1])
    done = settle_job(started(first, begin(first.network), first.power, COARSEST))
    power = power_settle.neighbour(systems.power, done.power, none)
    done = replace(done, state=columns(done.state, none), power=power)
    everyone, like = np.arange(network.variants), leaders[leader_of]
    alone = leaders[1:]
    if large:
        share = changed_parts(systems, everyone, like)[systems.part].mean(axis=0)
        alone = np.setdiff1d(np.union1d(leaders, np.flatnonzero(share >= SMALL_SHARE)), leaders[:1])
    rest = np.setdiff1d(everyone, np.union1d(leaders, alone))
    for which, start in ((alone, leaders[:1].repeat(len(alone))), (rest, like[rest])):
        if len(which):
            done = _follow(systems, done, which, start)
    return solution_of(systems, done)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Settled:
    """Settled variants: state, power flow, passes that the last of them took, greatest last change."""

    state: State
    power: power_settle.Running
    passes: int
    change: float


def _follow(systems: Systems, done: Settled, which: Index, like: Index) -> Settled:
    """Settle variants that start from settled ones.

    Parts of the facility that are given the same as there are left as they are.

    Args:
        systems: Every variant.
        done: Every variant, not all settled yet.
        which: The variants to settle, shape (variant,).
        like: The settled variant that each of them starts from, shape (variant,).
    """
    changed = changed_parts(systems, which, like)
    inside = (changed.any(axis=1) | heated_parts(systems))[systems.part]
    found: Settled | None = None
    if inside.mean() < SMALL_SHARE and not done.state.heat.stored_w[:, like].any():
        driven = done.state.asked_w - np.where(done.state.lost, 0.0, declared(systems.network))
        cut = inner(systems, inside, (which, like), done.state.lost, driven)
        state = neighbour(cut.systems, changed, rows_of(done.state, cut.rows), like)
        state = replace(state, lost=cut.lost)
        found = settle_job(started(cut.systems, state, _power_like(cut.systems, done, like), COARSEST))
        outside = np.abs(found.state.drawn_w - done.state.drawn_w[:, like])[cut.outside_loads]
        if outside.max(initial=0.0) > systems.settled * float(state.asked_w.sum(axis=0).min()):
            found = None
        else:
            # Every variant holds the state of the first one until it has its own.
            adopt(done.state, which[like > 0], like[like > 0])
            archive(done.state, which, found.state, cut.rows)
    if found is None:
        own = of_variants(systems, which)
        state = neighbour(own, changed, done.state, like)
        found = settle_job(started(own, state, _power_like(own, done, like), COARSEST))
        archive(done.state, which, found.state, {})
    return Settled(
        state=done.state, power=power_settle.archived(done.power, which, found.power),
        passes=found.passes, change=max(done.change, found.change),
    )  # fmt: skip


def _power_like(systems: Systems, done: Settled, like: Index) -> power_settle.Running:
    return power_settle.neighbour(systems.power, done.power, like)


def settle_job(job: Job, settled: float | None = None) -> Settled:
    """Return the settled state of every variant of a job.

    Args:
        job: Variants on their way.
        settled: Share of all power that no load and no enthalpy stream may still move by; that of the job's
            systems where none is given.

    Raises:
        ConvergenceError: A domain has no solution, or a control keeps switching; it is named.
    """
    found, left = settle_some(job, settled)
    if left is not None:
        raise unsettled(left[1], found.passes)
    return found


def settle_some(
    job: Job, settled: float | None = None, limit: int = PASSES
) -> tuple[Settled, tuple[Index, Job] | None]:
    """Return the settled states, and which variants are not after so many passes, with where they stand.

    Raises:
        ConvergenceError: A domain has no solution; it is named.
    """
    settled = job.systems.settled if settled is None else settled
    sharpest = flows.SETTLED * max(settled / SETTLED, 1.0)  # a Newton step of that size leaves rounding only
    total, power = columns(job.state, np.arange(len(job.change))), job.power
    active, worst, passes = np.arange(len(job.change)), 0.0, 0
    while passes < limit:
        passes += 1
        job = _pass(job, share=1.0 if passes <= PLAIN_PASSES else 0.5)
        enough = settled if passes <= TIGHT_PASSES else max(settled, SETTLED)
        done = (job.change < enough) & (job.sharp <= sharpest)
        if done.all() or 3 * done.sum() >= len(active):
            archive(total, active[done], columns(job.state, np.flatnonzero(done)), {})
            power = power_settle.archived(power, active, job.power)
            worst = max(worst, float(job.change[done].max(initial=0.0)))
            if done.all():
                return Settled(state=total, power=power, passes=passes, change=worst), None
            keep = np.flatnonzero(~done)
            active, job = active[keep], narrowed(job, keep)
    return Settled(state=total, power=power, passes=passes, change=worst), (active, job)


def _asked(systems: Systems, lost: Flags, mover_w: Array, machine_w: Array, more_w: Array) -> Array:
    """Return what consumers ask for [W], movers, machines and hot chips included, (consumer, variant)."""
    network = systems.network
    asked = np.where(lost, 0.0, declared(network)) + systems.outside_w
    driven = network.heat.mover_load >= 0
    np.add.at(asked, network.heat.mover_load[driven], mover_w[driven])
    np.add.at(asked, network.heat.reject_load, machine_w)
    load = network.heat.chips.load
    np.add.at(asked, load, np.where(asked[load] > 0.0, more_w, 0.0))
    return asked


def _followed(network: Network, state: State, flow: flows.Flow, medium: Medium) -> tuple[Array, Array]:
    """Return what chips draw more in this pass, and what the last pass leads to [W], (chip, variant)."""
    if not follow.follows(network.heat.chips):
        return state.more_w, state.led_w
    wanted = follow.chips_of(network, flow, medium, state.heat).more_w
    return follow.step(state.more_w, state.before_w, state.led_w, wanted), wanted


def _pass(job: Job, *, share: float) -> Job:
    """Settle each domain once on what the others left, then let controls go a ``share`` of their way."""
    systems, state, network = job.systems, job.state, job.systems.network
    medium = medium_of(network.flow, state.heat)
    # While the other domains still move, flows and currents need not be sharper than they are.
    sharp = np.clip(SHARPER * job.change, flows.SETTLED, COARSEST)
    flow = flows.solve_flow(systems.flow, medium, state.limit_m3_s, start=state.flow, settled=sharp)
    q = flow.flow_kg_s
    machine_w, _ = machine_power(systems.heat, q, state.heat, state.rejector_mode)
    more, wanted = _followed(network, state, flow, medium)
    asked = _asked(systems, state.lost, mover_power(network.flow, flow, medium), machine_w, more)
    power = power_settle.settle(job.power, asked, sharp)
    taken = power_settle.with_more(power_settle.taken(power, asked), systems.surplus)
    split = follow.release_share(network.heat, state.heat)
    heat, rejecting = warm(systems, state, q, taken, split)
    modes = state.exchanger_mode, rejecting
    limit, exchanger_mode = valve_limits(
        systems.heat, q, medium, heat, mode=modes[0], limit_m3_s=state.limit_m3_s
    )
    rejector_mode = rejector_modes(systems.heat, q, heat, modes[1])
    lost = state.lost | lost_cooling(network, q, taken.consumer_power_w, heat.parked, split)
    switched = exchanger_mode != modes[0]
    changed = switched, rejector_mode != modes[1], lost != state.lost
    unsettled = np.any([c.any(axis=0) for c in changed], axis=0)
    change = np.where(unsettled, np.inf, change_ratio(network, state, q, heat, asked=asked, wanted=wanted))
    moved = stride(state, limit, share, network.flow.limit_m3_s)
    following = State(
        tried_m3_s=state.limit_m3_s, answered_m3_s=limit,
        flow=flow, heat=heat, asked_w=asked, drawn_w=taken.consumer_power_w, exchanger_mode=exchanger_mode,
        rejector_mode=rejector_mode, limit_m3_s=moved, lost=lost, switches=state.switches + switched,
        more_w=more, before_w=state.more_w, led_w=wanted,
    )  # fmt: skip
    return replace(job, state=following, power=power, change=change, sharp=sharp)


def solution_of(systems: Systems, settled: Settled) -> tuple[Solution, power_settle.Taken | None]:
    """Return the solution, and what its power flow loses beside a balanced one, None if that is it."""
    network, state = systems.network, settled.state
    medium = medium_of(network.flow, state.heat)
    machines = systems.heat, state.flow.flow_kg_s, state.heat, state.rejector_mode
    machine_w, ratio = machine_power(*machines)
    power, more = solve_power(network.power, state.asked_w, running=settled.power), None
    if network.power.unbalanced and power.running is not None:
        balanced, power = power, solve_phases(power.running.grid, power, state.asked_w)
        more = lost_beside(power, balanced)
    power, collapse = replace(power, running=None), np.ones(network.variants)
    fallen = np.flatnonzero(power.limited.any(axis=0))
    collapse[fallen] = collapse_load_ratio(network.power, state.asked_w, fallen)
    solution = Solution(
        network=network, flow=state.flow, heat=state.heat, power=power,
        medium=medium, consumer_w=power.consumer_power_w,
        mover_w=mover_power(network.flow, state.flow, medium), machine_w=machine_w, machine_ratio=ratio,
        water_kg_s=make_up_of(*machines, ratio),
        exchanger_mode=state.exchanger_mode, rejector_mode=state.rejector_mode, limit_m3_s=state.limit_m3_s,
        lost_cooling=state.lost, iteration_count=settled.passes, change_ratio=settled.change,
        collapse_ratio=collapse,
    )  # fmt: skip
    return solution, more
