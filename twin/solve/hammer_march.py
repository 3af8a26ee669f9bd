"""The method of characteristics on a network; without elastic pipes, rigid columns.

Friction is quasi-steady: at every instant each reach loses what it would lose in a steady state at its flow,
averaged along the characteristic, so that the scheme is of second order where nothing jumps. Damping beyond
that (unsteady friction) is left out: later peaks come out rather too high.
"""

from dataclasses import dataclass

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.solve.branch import Laws
from twin.solve.hammer_grid import Grid
from twin.solve.hammer_junction import Instant, Junctions, junctions_of, settle
from twin.solve.hammer_ledger import Ledger
from twin.solve.hammer_loop import STILL_KG_S, Happening, Loop
from twin.solve.hammer_lumps import Lumps, lumps_of

# Second-order backward difference of flow: what stands before the newest value and the two before it.
BDF2 = (1.5, 2.0, -0.5)
# Steps after which friction is worked out anew; between them it follows its slope in flow.
RUBBED_EVERY = 4
# What a loop that stands still is measured by.
USUAL_M_S = 0.01


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Run:
    """What happened. Shapes: (node,) and (branch,) of the loop, (sample,).

    Attributes:
        grid: How pipes were divided.
        time_s: Instants that were kept.
        pressure_pag: At nodes then, shape (sample, node).
        flow_kg_s: Of branches then, where they begin, shape (sample, branch).
        speed_ratio: Of movers then, shape (sample, mover).
        highest_pag, lowest_pag: At nodes over all instants.
        pipe_highest_pag, pipe_lowest_pag: Along branches over all instants.
        shut_s: When each check valve shut first, NaN for never or from the start, shape (lump,).
        mass_ratio, energy_ratio: What is missing in the balances of mass and of energy.
    """

    grid: Grid
    time_s: Array
    pressure_pag: Array
    flow_kg_s: Array
    speed_ratio: Array
    highest_pag: Array
    lowest_pag: Array
    pipe_highest_pag: Array
    pipe_lowest_pag: Array
    shut_s: Array
    mass_ratio: float
    energy_ratio: float


@dataclass(kw_only=True, slots=True, eq=False)
class _State:
    """Where the march stands: at points with what a reach loses there, at nodes, in lumps.

    ``rubbed`` is the flow at which friction was worked out last, and what was lost then.
    """

    pressure: Array
    flow: Array
    loss: Array
    slope: Array
    rubbed: tuple[Array, Array]
    node: Array
    lump: Array
    before: Array
    speed: Array
    slowing: Array
    shut: Flags


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Setting:
    """What does not change while marching."""

    grid: Grid
    lumps: Lumps
    junctions: Junctions
    laws: Laws
    share: Array
    end_node: Index
    foot: Index
    outward: Flags
    inner: Index
    scale: float
    stop_speed: Array


def march(grid: Grid, happening: Happening, *, duration_s: float, samples: int = 400) -> Run:
    """Return what happens in a loop from its steady state on.

    Args:
        grid: How its pipes are divided.
        happening: What closes and what trips.
        duration_s: How long to follow it [s].
        samples: How many instants to keep, at most.

    Raises:
        ConvergenceError: A junction does not settle.

    Source:
        E. B. Wylie and V. L. Streeter, Fluid Transients in Systems, 1993; M. H. Chaudhry, Applied Hydraulic
        Transients, 3rd ed.: method of characteristics with specified time intervals.
    """
    setting = _setting(grid, happening)
    state, ledger = _begin(setting), Ledger(grid, setting.lumps)
    count = max(int(np.ceil(duration_s / grid.step_s)), 1)
    every = max(-(-count // samples), 1)
    kept = _Kept(setting, state)
    loss = setting.lumps.at(state.lump, state.speed, 1.0)[0]
    state.slowing = setting.lumps.slowing_per_s(state.speed, state.lump, loss)
    ledger.add((state.pressure, state.flow, state.loss), state.node, state.lump, loss)
    for number in range(1, count + 1):
        loss = _advance(setting, state, number)
        ledger.add((state.pressure, state.flow, state.loss), state.node, state.lump, loss)
        kept.see(state, number * grid.step_s, keep=number % every == 0 or number == count)
    return kept.run(ledger)


def _setting(grid: Grid, happening: Happening) -> _Setting:
    loop, first, last = grid.loop, grid.first, grid.last
    lumps = lumps_of(loop, grid.lump, happening)
    inner = np.setdiff1d(np.arange(len(grid.owner)), np.concatenate([first, last]))
    return _Setting(
        grid=grid, lumps=lumps, junctions=junctions_of(loop, grid.lump, lumps.check),
        laws=loop.laws(grid.pipe[grid.owner]), share=1.0 / grid.reach_count[grid.owner],
        end_node=np.concatenate([loop.tail[grid.pipe], loop.head[grid.pipe]]),
        foot=np.concatenate([first + 1, last - 1]), outward=np.arange(2 * len(first)) < len(first),
        inner=inner, scale=_usual_flow(loop),
        stop_speed=loop.steady.speed_ratio[np.isin(loop.steady.net.mover, loop.branch[grid.lump])],
    )  # fmt: skip


def _usual_flow(loop: Loop) -> float:
    """Return the largest flow of a loop, or a moderate one where it stands still [kg/s]."""
    moderate = USUAL_M_S * loop.steady.density_kg_m3[loop.branch] * loop.area_m2 * (loop.length_m > 0.0)
    return max(float(np.abs(loop.flow_kg_s).max(initial=0.0)), float(moderate.max(initial=STILL_KG_S)))


def _begin(setting: _Setting) -> _State:
    grid, loop = setting.grid, setting.grid.loop
    at = np.arange(len(grid.owner)) - grid.first[grid.owner]
    along = at / grid.reach_count[grid.owner]
    tail, head = loop.pressure_pag[loop.tail[grid.pipe]], loop.pressure_pag[loop.head[grid.pipe]]
    flow = loop.flow_kg_s[grid.lump]
    speed, through = setting.stop_speed.copy(), loop.flow_kg_s[grid.pipe][grid.owner]
    lost, steep = _rub(setting, through)
    return _State(
        pressure=tail[grid.owner] + along * (head - tail)[grid.owner], flow=through, loss=lost, slope=steep,
        rubbed=(through, lost),
        node=loop.pressure_pag.copy(), lump=flow.copy(),
        before=flow.copy(), speed=speed, slowing=np.zeros_like(speed),
        shut=setting.lumps.check & (flow < STILL_KG_S),
    )  # fmt: skip


def _advance(setting: _Setting, state: _State, number: int) -> Array:
    """Take one step, and return what lumps lose after it [Pa]."""
    grid, lumps, junctions = setting.grid, setting.lumps, setting.junctions
    time = number * grid.step_s
    forward, backward, impedance = _characteristics(setting, state)
    conductance, inflow = _arriving(setting, state, (forward, backward, impedance))
    _slow_down(setting, state, time)
    fixed, given = lumps.held(time)
    newest, one, two = (1.0, 1.0, 0.0) if number == 1 else BDF2
    inertia, opening = lumps.inertance_per_m / grid.step_s, lumps.opening(time)
    instant = Instant(
        law=lambda flow: lumps.at(flow, state.speed, opening), drag_pa_s_kg=newest * inertia,
        pull_pa=inertia * (one * state.lump + two * state.before), fixed=fixed, given_kg_s=given,
        conductance=conductance, inflow_kg_s=inflow,
    )  # fmt: skip
    guess = state.node, 2.0 * state.lump - state.before, state.shut
    node, lump, state.shut, loss = settle(junctions, instant, guess, setting.scale)
    if len(grid.pipe):
        _move_points(setting, state, node, (forward, backward, impedance))
        if number % RUBBED_EVERY == 0:
            state.loss, state.slope = _rub(setting, state.flow)
            state.rubbed = state.flow, state.loss
        else:
            state.loss = state.rubbed[1] + state.slope * (state.flow - state.rubbed[0])
    state.node, state.before, state.lump = node, state.lump, lump
    if len(lumps.trips):
        state.slowing = lumps.slowing_per_s(state.speed, lump, loss)
    return loss


def _characteristics(setting: _Setting, state: _State) -> tuple[Array, Array, Array]:
    """Return what each point sends on, along and against its pipe [Pa], and its impedance with friction."""
    impedance = setting.grid.impedance + 0.5 * state.slope
    carried = impedance * state.flow - state.loss
    return state.pressure + carried, state.pressure - carried, impedance


def _rub(setting: _Setting, flow: Array) -> tuple[Array, Array]:
    """Return what a reach at each point loses in a steady state of that flow [Pa], and its slope."""
    if not len(flow):
        return flow, flow
    loss, slope, _ = setting.laws.at(flow[:, None], np.zeros((0, 1)))
    return loss[:, 0] * setting.share, slope[:, 0] * setting.share


def _arriving(setting: _Setting, state: _State, sent: tuple[Array, Array, Array]) -> tuple[Array, Array]:
    """Return what the ends of pipes give to each node: conductance, and inflow at no pressure."""
    (forward, backward, impedance), foot, nodes = sent, setting.foot, len(state.node)
    if not len(foot):
        return np.zeros(nodes), np.zeros(nodes)
    wave, opening = np.where(setting.outward, backward[foot], forward[foot]), 1.0 / impedance[foot]
    found = (np.bincount(setting.end_node, each, minlength=nodes) for each in (opening, opening * wave))
    conductance, inflow = (np.asarray(each, dtype=np.float64) for each in found)
    return conductance, inflow


def _move_points(setting: _Setting, state: _State, node: Array, sent: tuple[Array, Array, Array]) -> None:
    (forward, backward, impedance), grid, inner = sent, setting.grid, setting.inner
    pressure, flow = np.empty_like(state.pressure), np.empty_like(state.flow)
    flow[inner] = (forward[inner - 1] - backward[inner + 1]) / (impedance[inner - 1] + impedance[inner + 1])
    pressure[inner] = forward[inner - 1] - impedance[inner - 1] * flow[inner]
    first, last = grid.first, grid.last
    pressure[first], pressure[last] = node[grid.loop.tail[grid.pipe]], node[grid.loop.head[grid.pipe]]
    flow[first] = (pressure[first] - backward[first + 1]) / impedance[first + 1]
    flow[last] = (forward[last - 1] - pressure[last]) / impedance[last - 1]
    state.pressure, state.flow = pressure, flow


def _slow_down(setting: _Setting, state: _State, time: float) -> None:
    """Let movers that trip lose speed: on their inertia where it is known, evenly otherwise."""
    lumps, step = setting.lumps, setting.grid.step_s
    at, happening = lumps.trips, lumps.happening
    begun = time - happening.start_s
    if not len(at) or begun <= 0.0:
        return
    on_inertia = np.isfinite(lumps.spin_energy_j[at])
    evenly = setting.stop_speed[at] * max(1.0 - begun / happening.stop_s, 0.0)
    spinning = np.maximum(state.speed[at] - min(step, begun) * state.slowing[at], 0.0)
    speed = state.speed.copy()
    speed[at] = np.where(on_inertia, spinning, evenly)
    state.speed = speed


class _Kept:
    """Keeps samples and extremes while the march goes on."""

    def __init__(self, setting: _Setting, state: _State) -> None:
        self._setting, self._samples = setting, [self._sample(setting, state, 0.0)]
        self._highest, self._lowest = state.node.copy(), state.node.copy()
        self._peak, self._trough = state.pressure.copy(), state.pressure.copy()
        self._shut = state.shut.copy()
        self._shut_s = np.full(len(state.lump), np.nan)

    @staticmethod
    def _sample(setting: _Setting, state: _State, time: float) -> tuple[float, Array, Array, Array]:
        grid = setting.grid
        flow = np.zeros(len(grid.loop.branch))
        flow[grid.lump], flow[grid.pipe] = state.lump, state.flow[grid.first]
        return time, state.node.copy(), flow, state.speed.copy()

    def see(self, state: _State, time: float, *, keep: bool) -> None:
        """Look at an instant."""
        np.maximum(self._highest, state.node, out=self._highest)
        np.minimum(self._lowest, state.node, out=self._lowest)
        np.maximum(self._peak, state.pressure, out=self._peak)
        np.minimum(self._trough, state.pressure, out=self._trough)
        fresh = state.shut & ~self._shut
        self._shut_s[fresh] = time
        self._shut |= fresh
        if keep:
            self._samples.append(self._sample(self._setting, state, time))

    def run(self, ledger: Ledger) -> Run:
        """Return what was seen."""
        grid, loop = self._setting.grid, self._setting.grid.loop
        time, node, flow, speed = (np.array(each) for each in zip(*self._samples, strict=True))
        ends = self._highest, self._lowest
        high = np.maximum(ends[0][loop.tail], ends[0][loop.head])
        low = np.minimum(ends[1][loop.tail], ends[1][loop.head])
        if len(grid.pipe):
            high[grid.pipe] = np.maximum.reduceat(self._peak, grid.first)
            low[grid.pipe] = np.minimum.reduceat(self._trough, grid.first)
        mass, energy = ledger.close()
        return Run(
            grid=grid, time_s=time, pressure_pag=node, flow_kg_s=flow, speed_ratio=speed,
            highest_pag=self._highest, lowest_pag=self._lowest, pipe_highest_pag=high, pipe_lowest_pag=low,
            shut_s=self._shut_s, mass_ratio=mass, energy_ratio=energy,
        )  # fmt: skip
