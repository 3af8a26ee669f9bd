"""Power flow of unbalanced networks with explicit neutrals: voltages, currents and itemised losses.

Current injection: the matrix of all conductors is factored once, loads are currents that follow the voltage,
and many sets of loads are as many right-hand sides. Newton's method serves sets that do not contract, and
generators; the positive sequence serves what is balanced.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.sparse import csr_array, eye_array

from twin.arrays import Array, Flags
from twin.errors import ConvergenceError
from twin.solve.power_grid import solve_rows
from twin.solve.sparse import Factor
from twin.solve.wires_balanced import positive_sequence
from twin.solve.wires_island import Floating, floating, pins, reached
from twin.solve.wires_kept import Kept, kept_of, near
from twin.solve.wires_load import response
from twin.solve.wires_net import EARTH, Branches, Complex, Wires
from twin.solve.wires_newton import followed, kept_up
from twin.solve.wires_parts import blocks_of
from twin.solve.wires_system import (
    SETTLED_RATIO,
    WHAT,
    Nodal,
    System,
    factor_of,
    incidence,
    measured,
    mismatch,
    nodal,
    step_size,
    system,
)

Method = Literal["auto", "phases"]

PASSES = 60
"""Passes of current injection before Newton's method takes over."""
SHORT_PASSES = 20
"""Passes of loads alone before the general ones start from the voltages without load."""
RUN_AWAY_RATIO = 1e3
"""Step over the voltage of the network at which current injection gives up."""
UNSETTLED_RATIO = 1e-9
"""Share of the power turned over by which a solution may miss its balance."""
IDLE_RATIO, NOISE_RATIO = 1e-6, 1e-14
"""Shares of the power that voltages drive through all admittances: measure when idle, and roundings."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WireFlow:
    """A solved network. Complex numbers are r.m.s. phasors; the set of loads is the last axis.

    Attributes:
        net: What was solved.
        voltage_v: Voltage of each node to earth, shape (node, set).
        branch_current_a: Current of each branch from ``a`` to ``b``, by block, (element, branch, set).
        branch_power_va: Power that each element takes from its nodes, by block, shape (element, set).
        loss_w: What elements turn into heat, by block; of sources, behind their terminals, (element, set).
        draw_current_a: Current of each load's phase, shape (draw, set).
        draw_power_va: Its power, shape (draw, set).
        held_power_va: Power out of sources without impedance, shape (held, set).
        generator_power_va: Power out of generators, shape (generator, set).
        balance_ratio: Source power less loads and losses over the power turned over, shape (set,).
        floating: Parts that nothing ties to earth.
        reached: Which nodes a source reaches, shape (node,).
        method: How it was solved, for each set.
        passes: Passes of the method.
    """

    net: Wires
    voltage_v: Complex
    branch_current_a: tuple[Complex, ...]
    branch_power_va: tuple[Complex, ...]
    loss_w: tuple[Array, ...]
    draw_current_a: Complex
    draw_power_va: Complex
    held_power_va: Complex
    generator_power_va: Complex
    balance_ratio: Array
    floating: tuple[Floating, ...]
    reached: Flags
    method: tuple[str, ...]
    passes: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ready:
    """What solutions of one network with other loads have in common, every conductor an unknown.

    Attributes:
        net: The network.
        whole: Its nodal equations.
        made: The equations.
        factor: Their factors.
        islands: Parts that nothing ties to earth.
        reached: Which nodes a source reaches, shape (node,).
        empty: Unknowns without loads, shape (unknown, 1).
        kept: What makes passes short, None where nothing does.
    """

    net: Wires
    whole: Nodal
    made: System
    factor: Factor
    islands: tuple[Floating, ...]
    reached: Flags
    empty: Complex
    kept: Kept | None = None


def prepare_wires(net: Wires) -> Ready:
    """Return what repeated solutions of a network share.

    Raises:
        ConvergenceError: Nothing sets the voltage of a node, which is named.
    """
    ready = _ready(net, net.draws.power_va[:, None], "phases")[0]
    return replace(ready, kept=kept_of(ready.made, ready.factor, ready.empty))


def _ready(net: Wires, asked: Complex, method: Method) -> tuple[Ready, bool]:
    islands = floating(net)
    whole = nodal(net, blocks_of(pins(net, islands)))
    made, factor, alike = _equations(net, whole, asked, islands, method)
    empty = solve_rows(factor, made.injected[:, None])
    ready = Ready(
        net=net, whole=whole, made=measured(made, empty[:, 0]), factor=factor, islands=tuple(islands),
        reached=reached(net), empty=empty,
    )  # fmt: skip
    return ready, alike


def solve_wires(
    net: Wires, power_va: Complex | None = None, *, method: Method = "auto", ready: Ready | None = None
) -> WireFlow:
    """Return the state in which the currents of every conductor balance.

    Args:
        net: The network.
        power_va: Rated power of loads for each set, shape (draw, set); that of the network if left out.
        method: ``phases`` solves every conductor even where all phases are alike.
        ready: What the network was prepared to: every conductor is then solved.

    Raises:
        ConvergenceError: Voltage collapses, told with the loading at which; or nothing sets the voltage of a
            node, which is named.

    Source:
        Kersting, Distribution System Modeling and Analysis, 3rd ed., 2012, ch. 10; Cheng and
        Shirmohammadi, A three-phase power flow method for real-time distribution system analysis, IEEE Trans.
        Power Syst. 10 (1995).
    """
    asked = net.draws.power_va[:, None] if power_va is None else power_va
    ready, alike = _ready(net, asked, method) if ready is None else (ready, False)
    made = ready.made
    unknown, how, passes = _solved(ready, asked[made.chosen])
    voltage = made.spread @ unknown + made.given[:, None]
    told = tuple("positive sequence" if alike and way == INJECTION else way for way in how)
    return _flow(ready, (voltage, asked), (told, passes))


def _equations(
    net: Wires, whole: Nodal, asked: Complex, islands: list[Floating], method: Method
) -> tuple[System, Factor, bool]:
    """Return the equations, their factors, and whether they are those of the positive sequence."""
    sequence = positive_sequence(net, whole, asked) if method == "auto" else None
    if sequence is not None:
        way = sequence.spread, sequence.chosen, sequence.weight
        made = system(net, whole, way, _within(net, []), [])
        return made, factor_of(made, lambda row: _name(made, row)), True
    every = np.arange(net.draws.a.size)
    way = _free(net), every, np.ones(every.size)
    bare = system(net, whole, way, _within(net, islands), islands)
    try:
        return bare, factor_of(bare, lambda row: _name(bare, row)), False
    except ConvergenceError as reason:  # loads may set what conductors and coils leave open
        full = system(net, whole, way, np.ones(every.size, dtype=np.bool_), islands)
        factor = factor_of(full, lambda row: _name(full, row))
        lost = np.flatnonzero([net.name(node) == reason.component for node in range(net.size)])
        islands.append(Floating(nodes=lost, pinned=lost[:0], weak="loads"))
        return full, factor, False


INJECTION, NEWTON = "current injection", "Newton"


def _free(net: Wires) -> csr_array:
    """Return node voltages by those that are not held, shape (node, unknown)."""
    free = np.ones(net.size, dtype=np.bool_)
    free[net.held.node] = False
    return csr_array(eye_array(net.size, format="csr", dtype=np.complex128)[:, np.flatnonzero(free)])


def _within(net: Wires, islands: list[Floating]) -> Flags:
    """Return which loads the matrix holds: impedances, and those at nodes that loads alone tie to others."""
    draws = net.draws
    leaning = np.zeros(net.size + 1, dtype=np.bool_)
    for island in islands:
        if not island.pinned.size:
            leaning[island.nodes] = True
    leaning[EARTH] = False
    steady = (draws.active_exponent == 2.0) & (draws.reactive_exponent == 2.0)
    return np.asarray(steady | leaning[draws.a] | leaning[draws.b])


def _name(made: System, unknown: int) -> str:
    node = int(np.flatnonzero(made.spread[:, [unknown]].toarray().ravel())[0])
    return made.net.name(node)


def _solved(ready: Ready, power_va: Complex) -> tuple[Complex, list[str], int]:
    """Return unknowns for each set, how each was found, and passes."""
    sets, made, factor, empty = power_va.shape[1], ready.made, ready.factor, ready.empty
    unknown, passes = np.repeat(empty, sets, axis=1), 0
    waiting = np.arange(sets) if made.generator.size == 0 else np.zeros(0, np.intp)
    left = np.ones(sets, dtype=np.bool_)
    with np.errstate(all="ignore"):  # sets that run away go to Newton's method
        if ready.kept is not None and (found := near(ready.kept, made, power_va, SHORT_PASSES)):
            unknown, passes = found
        while waiting.size and passes < PASSES:
            passes += 1
            step = solve_rows(factor, mismatch(made, power_va[:, waiting], unknown[:, waiting]))
            unknown[:, waiting] += step
            size = step_size(made, step)
            left[waiting] = ~(size < SETTLED_RATIO)
            waiting = waiting[(size >= SETTLED_RATIO) & (size < RUN_AWAY_RATIO)]
    how = np.where(left, NEWTON, INJECTION).tolist()
    for one in np.flatnonzero(left):
        unknown[:, one], more = _by_newton(made, power_va[:, one], empty[:, 0])
        passes += more
    return unknown, how, passes


def _by_newton(made: System, power_va: Complex, empty_v: Complex) -> tuple[Complex, int]:
    """Return the unknowns for one set of loads and the passes."""
    start, at = empty_v, made.generator
    if at.size:
        size = np.abs(start[at])
        direction = np.divide(start[at], size, out=np.ones_like(start[at]), where=size > 0.0)
        start = kept_up(made, np.asarray(made.net.generators.voltage_v * direction))
    root = followed(made, power_va, start, lambda row: _name(made, row))
    return root.unknown_v, root.passes


def _flow(ready: Ready, state: tuple[Complex, Complex], how: tuple[tuple[str, ...], int]) -> WireFlow:
    """Return everything that follows from the voltages, and refuse a state that does not balance."""
    (voltage, asked), net, whole = state, ready.net, ready.whole
    earthed = np.concatenate([voltage, np.zeros((1, voltage.shape[1]))])  # row EARTH
    draws = net.draws
    across = earthed[draws.a] - earthed[draws.b]
    draw_a = response(draws, asked, np.abs(across)).admittance_s * across
    along = whole.ends @ voltage - whole.emf_v[:, None]
    leaving = np.asarray(whole.ends.T @ (whole.admittance_s @ along))
    leaving += incidence(draws.a, draws.b, net.size).T @ draw_a
    told = [_elements(block, earthed, net.alike) for block in net.branches]
    currents, powers = tuple(each[0] for each in told), tuple(each[1] for each in told)
    losses = tuple(each[2] for each in told)
    held, made = (
        net.alike * voltage[nodes] * leaving[nodes].conj() for nodes in (net.held.node, net.generators.node)
    )
    draw_va = net.alike * across * draw_a.conj()
    sources = [-each for each, k in zip(powers, net.branches, strict=True) if k.kind == "source"]
    lost = [each for each, k in zip(losses, net.branches, strict=True) if k.kind != "source"]
    given, taken = np.concatenate([*sources, held, made]), np.concatenate([draw_va, *lost])
    turned = np.maximum(np.abs(given).sum(axis=0), np.abs(taken).sum(axis=0))
    level = np.abs(whole.ends @ voltage) + np.abs(whole.emf_v)[:, None]
    short_va = net.alike * (level * (abs(whole.admittance_s) @ level)).sum(axis=0)
    turned = np.maximum(turned, IDLE_RATIO * short_va)
    gap = np.abs(given.real.sum(axis=0) - taken.real.sum(axis=0))
    flow = WireFlow(
        net=net, voltage_v=voltage, branch_current_a=currents, branch_power_va=powers, loss_w=losses,
        draw_current_a=draw_a, draw_power_va=draw_va, held_power_va=held, generator_power_va=made,
        balance_ratio=np.divide(gap, turned, out=np.zeros_like(gap), where=turned > 0.0),
        floating=ready.islands, reached=ready.reached, method=how[0], passes=how[1],
    )  # fmt: skip
    if np.any(missed := ~(flow.balance_ratio <= UNSETTLED_RATIO) & ~(gap <= NOISE_RATIO * short_va)):
        worst = int(np.argmax(np.where(missed, flow.balance_ratio, -1.0)))
        ratio = np.append(np.abs(across[:, worst]) / draws.rated_v, 1.0)
        odd = int(np.argmax(np.abs(np.log(np.maximum(ratio, np.finfo(np.float64).tiny)))))
        name = (*draws.names, "")[odd]
        where = f"; {name} stands at {ratio[odd]:.2g} of its rated voltage" if name else ""
        raise ConvergenceError(
            f"{WHAT} leaves {flow.balance_ratio[worst]:.2g} of the power unexplained{where}",
            component=name, equation=WHAT,
        )  # fmt: skip
    return flow


def _elements(block: Branches, earthed_v: Complex, alike: int) -> tuple[Complex, Complex, Array]:
    """Return branch currents [A], power from the nodes [VA] and loss [W] of each element of a block."""
    across = earthed_v[block.a] - earthed_v[block.b]
    behind = across - block.emf_v[:, :, None]
    current = np.einsum("epq,eqs->eps", block.admittance_s, behind)
    power = alike * np.einsum("eps,eps->es", across, current.conj())
    loss = alike * np.einsum("eps,eps->es", behind, current.conj()).real
    return current, power, loss
