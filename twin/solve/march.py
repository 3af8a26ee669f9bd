"""The system in time: steady power flows at every instant, stored energies integrated between them.

Quasi-static: no electromagnetic or machine transient, no network dynamics. Between two switches the instants
are columns of one batch with one factorisation; equal instants are solved once. Powers are straight lines
between instants, so energies are exact; a battery's last moment is found, not sampled.
"""

from dataclasses import dataclass, replace

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.errors import ConvergenceError
from twin.solve.march_plan import Plan
from twin.solve.march_state import Mode, Moment, demand, moment
from twin.solve.march_stores import switched
from twin.solve.march_told import Instants, kept
from twin.solve.power import solve_power
from twin.solve.power_settle import Running, prepare
from twin.solve.shapes import emptied, first_above, integral

_Known = tuple[Array, Instants, Array]
WIDTH = 16
# Instants closer than this are one.
SAME_S = 1e-9
# A battery that empties between instants is met by so many refinements at most.
REFINED = 8
SWITCHES = 100_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class March:
    """What a march leaves behind. Shapes: (instant,), (store, instant); elements as in ``Instants``.

    Attributes:
        plan: What was marched.
        time_s: Instants, ascending; a switch or a jump stands twice, before and after.
        instants: Results of the power flows.
        stored_j: Energy of each battery.
        given_w, taken_w: Power a battery gives, and draws to recharge.
        mode: What each battery does, by ``Mode``.
        fed: Whether the input of each battery's unit is alive.
        service: Whether each element is in service, shape (switch, instant).
        lost_s: When each IT consumer dropped, inf for never, shape (consumer,).
        stretch: Number of the stretch between switches, shape (instant,).
        factorised, solved: How many matrices were factorised, and how many columns were solved.
    """

    plan: Plan
    time_s: Array
    instants: Instants
    stored_j: Array
    given_w: Array
    taken_w: Array
    mode: Index
    fed: Flags
    service: Flags
    lost_s: Array
    stretch: Index
    factorised: int
    solved: int


class _Batch:
    """Power flows of one state of the switches: one factorisation for all its instants."""

    def __init__(self, plan: Plan, service: Flags) -> None:
        self._plan, self._service = plan, service
        self._last: dict[int, Running] = {}
        self.factorised = self.solved = 0

    def solve(self, wanted_w: Array) -> Instants:
        """Return the results of some columns, shape (consumer, column)."""
        width = wanted_w.shape[1]
        begun = self._last.get(width)
        if begun is None:
            columns = np.repeat(self._service[:, None], width, axis=1)
            begun = prepare(switched(self._plan.net, columns))
            factors = [r.factor for r in self._last.values() if r.factor is not None]
            begun = replace(begun, factor=factors[0]) if factors else begun
        held = begun.factor is not None
        power = solve_power(begun.grid.net, wanted_w, running=begun)
        running = power.running
        assert running is not None
        assert running.draws is not None
        if running.draws.limited is None:
            self._last[width] = running
        self.factorised += not held
        self.solved += width
        return kept(self._plan.net, power)


def march(plan: Plan, duration_s: float, step_s: float) -> March:
    """Return the system over time.

    Args:
        plan: Net, load shapes, events and batteries.
        duration_s: Length of the march [s], above 0.
        step_s: Longest time between two instants [s].

    Raises:
        ConvergenceError: An instant has no steady power flow; the component and the time are named.
    """
    count = plan.stores.capacity_j.size
    stored, lost = plan.stores.capacity_j.copy(), np.zeros(plan.it.size, dtype=np.bool_)
    lost_s = np.full(plan.it.size, np.inf)
    edges = np.unique(np.concatenate([[duration_s], *(e.times() for e in plan.events)]))
    pieces: list[_Piece] = []
    time = 0.0
    for _ in range(SWITCHES):
        state = moment(plan, time, stored, lost)
        lost_s[state.lost & ~lost] = time
        until = float(edges[edges > time + SAME_S][0])
        piece = _stretch(plan, state, min(until, duration_s), step_s)
        pieces.append(piece)
        time, stored, lost = float(piece.time_s[-1]), piece.left_j, state.lost | piece.strained
        lost_s[piece.strained & ~state.lost] = time
        if time >= duration_s - SAME_S:
            break
    else:
        raise ConvergenceError(
            f"batteries still switch at {time:g} s after {SWITCHES} switches", equation="states of batteries"
        )
    widths = [p.time_s.size for p in pieces]

    def state_of(name: str) -> Array:
        return np.repeat(np.stack([getattr(p.state, name) for p in pieces], axis=1), widths, axis=1)

    def along(name: str) -> Array:
        return np.concatenate([getattr(p, name) for p in pieces], axis=-1).reshape(count, -1)

    return March(
        plan=plan, time_s=np.concatenate([p.time_s for p in pieces]),
        instants=Instants.joined([p.instants for p in pieces]),
        stored_j=along("stored_j"), given_w=along("given_w"), taken_w=along("taken_w"),
        mode=state_of("mode").astype(np.intp), fed=state_of("fed").astype(np.bool_), lost_s=lost_s,
        service=state_of("service").astype(np.bool_),
        stretch=np.repeat(np.arange(len(pieces)), widths),
        factorised=sum(p.factorised for p in pieces), solved=sum(p.solved for p in pieces),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Piece:
    """From one switch to the next; shapes as in ``March``.

    Attributes:
        left_j: What batteries hold at the end.
        strained: Consumers whose battery was asked for more than it gives then.
    """

    state: Moment
    time_s: Array
    instants: Instants
    stored_j: Array
    given_w: Array
    taken_w: Array
    left_j: Array
    strained: Flags
    factorised: int
    solved: int


def _stretch(plan: Plan, state: Moment, until_s: float, step_s: float) -> _Piece:
    """Follow one state of the switches until it ends, at the latest at a time."""
    time, after = _grid(plan, state.time_s, until_s, step_s)
    batch = _Batch(plan, state.service)
    curve, wanted = _asked(plan, state, time, after)
    _, first, place = np.unique(curve, axis=1, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first))
    place, first = rank[place.ravel()], np.sort(first)
    found: list[Instants] = []
    done = 0
    while done < first.size:
        chosen = first[done : done + WIDTH]
        filled = np.concatenate([chosen, np.repeat(chosen[-1:], min(WIDTH, first.size) - chosen.size)])
        found.append(_named(batch, wanted[:, filled], time[chosen[0]]).columns(np.arange(chosen.size)))
        done += chosen.size
        known = time.size if done >= first.size else int(np.argmax(place >= done))
        told = time[:known], Instants.joined(found).columns(place[:known]), wanted[:, :known]
        ends = _ends(plan, state, *told)
        if ends.soonest < until_s - SAME_S:
            return _cut(plan, state, batch, told, ends)
    return _piece(plan, state, batch, told, ends.at(until_s))


def _named(batch: _Batch, wanted: Array, time_s: float) -> Instants:
    """Solve some columns; a refusal says when."""
    try:
        return batch.solve(wanted)
    except ConvergenceError as reason:
        raise ConvergenceError(
            f"from {time_s:g} s of the march on: {reason}",
            component=reason.component,
            equation=reason.equation,
        ) from reason


def _grid(plan: Plan, begin_s: float, end_s: float, step_s: float) -> tuple[Array, Flags]:
    """Return the instants of a stretch, and on which side of a jump each is."""
    steps = int(np.ceil((end_s - begin_s) / step_s - SAME_S))
    inner = [np.linspace(begin_s, end_s, max(steps, 1) + 1)[1:-1]]
    jumps = [np.zeros(0)]
    for time, _ in plan.curves:
        inner.append(time)
        jumps.append(time[1:][np.diff(time) == 0.0])
    every = np.unique(np.concatenate(inner))
    every = every[(every > begin_s + SAME_S) & (every < end_s - SAME_S)]
    twice = np.isin(every, np.concatenate(jumps))
    time = np.repeat(every, np.where(twice, 2, 1))
    after = np.ones(time.size, dtype=np.bool_)
    after[np.flatnonzero(np.diff(time) == 0.0)] = False
    return (
        np.concatenate([[begin_s], time, [end_s]]),
        np.concatenate([[True], after, [False]]),
    )


def _asked(plan: Plan, state: Moment, time: Array, after: Flags) -> tuple[Array, Array]:
    """Return curves and what consumers want, recharging included [W]."""
    curve, wanted = demand(plan, time, after)
    takes = np.flatnonzero(state.mode == Mode.RECHARGES)
    np.add.at(wanted, plan.stores.charger[takes], plan.stores.recharge_w[takes, None])
    return curve, wanted


def _flows(plan: Plan, state: Moment, instants: Instants, wanted: Array) -> tuple[Array, Array]:
    """Return what batteries give and draw [W], shapes (store, instant)."""
    stores = plan.stores
    shape = stores.capacity_j.size, wanted.shape[1]
    given, taken = np.zeros(shape), np.zeros(shape)
    gives, takes = state.mode == Mode.GIVES, state.mode == Mode.RECHARGES
    behind, inside = stores.online >= 0, stores.consumer >= 0
    rows = np.flatnonzero(gives & behind)
    given[rows] = instants.feed_power_va[stores.source[rows]].real
    rows = np.flatnonzero(gives & inside)
    given[rows] = wanted[stores.consumer[rows]] * stores.efficiency_ratio[rows, None]
    rows = np.flatnonzero(takes & behind)
    taken[rows] = instants.consumer_power_w[stores.charger[rows]]
    rows = np.flatnonzero(takes & inside)
    taken[rows] = stores.recharge_w[rows, None]
    return given, taken


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Ends:
    """When each battery empties, fills, or is asked for more than it gives. Shapes: (store,)."""

    time_s: Array
    strained: Flags

    @property
    def soonest(self) -> float:
        return float(self.time_s.min(initial=np.inf))

    def at(self, time_s: float) -> "tuple[Flags, Flags]":
        """Return which end at a time, and which of them for being asked for too much."""
        over = np.abs(self.time_s - time_s) <= SAME_S
        return over & ~self.strained, over & self.strained


def _ends(plan: Plan, state: Moment, time: Array, instants: Instants, wanted: Array) -> _Ends:
    stores = plan.stores
    given, taken = _flows(plan, state, instants, wanted)
    found, strained = (
        np.full(stores.capacity_j.size, np.inf),
        np.zeros(stores.capacity_j.size, dtype=np.bool_),
    )
    gives, takes = (np.flatnonzero(state.mode == m) for m in (Mode.GIVES, Mode.RECHARGES))
    found[gives] = emptied(state.stored_j[gives], time, given[gives])
    room = stores.capacity_j[takes] - state.stored_j[takes]
    found[takes] = emptied(room, time, taken[takes] * stores.charge_ratio[takes, None])
    for row in gives[stores.consumer[gives] >= 0]:
        beyond = first_above(time, given[row], float(stores.rated_w[row]))
        strained[row] = beyond < found[row]
        found[row] = min(found[row], beyond)
    return _Ends(time_s=found, strained=strained)


def _cut(plan: Plan, state: Moment, batch: _Batch, known: _Known, ends: _Ends) -> _Piece:
    """Return a stretch that ends where a battery does: the power flow there is solved, too."""
    time, instants, wanted = known
    for _ in range(REFINED):
        end = ends.soonest
        keep = np.flatnonzero(time < end - SAME_S) if end > time[0] + SAME_S else np.zeros(1, dtype=np.intp)
        _, last = _asked(plan, state, np.array([end]), np.array([False]))
        there = _named(batch, last, end)
        time, instants = np.append(time[keep], end), Instants.joined([instants.columns(keep), there])
        wanted = np.concatenate([wanted[:, keep], last], axis=1)
        again = _ends(plan, state, time, instants, wanted)
        # Who is asked for too much is so behind a jump, which this stretch no longer sees.
        if ends.at(end)[1].any() or abs(again.soonest - end) <= SAME_S:
            break
        ends = replace(again, time_s=np.minimum(again.time_s, np.where(ends.at(end)[0], end, np.inf)))
        if abs(ends.soonest - end) <= SAME_S:
            break
    return _piece(plan, state, batch, (time, instants, wanted), ends.at(end))


def _piece(plan: Plan, state: Moment, batch: _Batch, known: _Known, over: tuple[Flags, Flags]) -> _Piece:
    """Return a stretch; batteries that are over at its end are empty or full to the last joule."""
    stores, (time, instants, wanted) = plan.stores, known
    given, taken = _flows(plan, state, instants, wanted)
    stored = state.stored_j[:, None] + integral(time, taken * stores.charge_ratio[:, None] - given)
    left = np.clip(stored[:, -1], 0.0, stores.capacity_j)
    left = np.where(over[0], np.where(state.mode == Mode.GIVES, 0.0, stores.capacity_j), left)
    strained = np.zeros(plan.it.size, dtype=np.bool_)
    strained[stores.consumer[over[1]]] = True
    return _Piece(
        state=state, time_s=time, instants=instants, stored_j=stored, given_w=given, taken_w=taken,
        left_j=left, strained=strained, factorised=batch.factorised, solved=batch.solved,
    )  # fmt: skip
