"""The zero sequence of a network: by vector group and by what its star points are earthed through."""

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.laws.short_circuit import feeder_impedance
from twin.model.fault_net import Complex, FaultCase, FaultNet, Winding, Windings
from twin.solve.fault_circuit import Branches, Circuit, Shunts, earthed, joined, ohms
from twin.solve.fault_equipment import (
    factors,
    hot_resistance,
    nodes_of,
    pair_factors,
    reactance_of,
    star_of,
)


def zero_sequence(net: FaultNet, case: FaultCase, winding_factor_ratio: Array) -> Circuit:
    """Return the zero sequence.

    Current of the zero sequence passes an earthed star on both sides, circulates behind an earthed star in a
    delta, and passes nothing else. Capacitances are left out, so a bus without an earthed star point in reach
    has no line-to-earth current.

    Args:
        net: The network.
        case: What is asked for.
        winding_factor_ratio: Correction of two-winding transformers, shape (transformer, 1 or variant).

    Source:
        IEC 60909-0:2016, 5.3.2 and clause 6 (zero-sequence impedances; impedances of earthing three times and
        without correction).
    """
    volts, names, stars = nodes_of(net)
    actual, most = factors(net, case)
    through, shunts = _windings(net.windings, winding_factor_ratio)
    arms, ends = _triples(net, case, most, stars)
    return Circuit(
        nominal_v=volts, names=names, branches=joined([_conductors(net, case), through, arms], net.variants),
        shunts=earthed([_feeders(net, actual), _generators(net), shunts, ends], net.variants),
        variants=net.variants,
    )  # fmt: skip


def _known(impedance: Complex, on: Flags) -> tuple[Complex, Flags]:
    """Return impedances, 1 ohm and out of service where there is no way for the current."""
    there = np.isfinite(impedance)
    return np.where(there, impedance, 1.0), on & there


def _feeders(net: FaultNet, factor: Array) -> Shunts:
    feeders = net.feeders
    _, reactance = feeder_impedance(
        net.nominal_v[feeders.node, None], feeders.short_circuit_va, factor[feeders.node], feeders.rx_ratio
    )
    zero = feeders.zero_reactance_ratio * reactance * ohms(feeders.zero_rx_ratio, np.ones((1, 1)))
    impedance, on = _known(zero, feeders.in_service)
    return Shunts(node=feeders.node, impedance_ohm=impedance, on=on)


def _generators(net: FaultNet) -> Shunts:
    impedance, on = _known(net.generators.zero_ohm, net.generators.in_service)
    return Shunts(node=net.generators.node, impedance_ohm=impedance, on=on)


def _conductors(net: FaultNet, case: FaultCase) -> Branches:
    lines = net.conductors
    zero = ohms(hot_resistance(net, case, lines.zero_resistance_ohm), lines.zero_reactance_ohm)
    impedance, on = _known(zero, lines.in_service)
    return Branches(
        a=lines.a, b=lines.b, impedance_ohm=impedance, turns_ratio=np.ones((lines.a.size, 1)), on=on
    )


def _windings(windings: Windings, factor: Array) -> tuple[Branches, Shunts]:
    """Return two-winding transformers as a branch and a shunt on each side, at the low side's voltage."""
    turns = windings.high_v / windings.low_v
    base = windings.low_v**2 / windings.rated_va
    reactance = reactance_of(windings.zero_impedance_ratio, windings.zero_resistance_ratio)
    leakage = factor * base * ohms(windings.zero_resistance_ratio, reactance)
    core = np.where(np.isfinite(windings.magnetising_ohm), windings.magnetising_ohm, np.inf)
    open_core = ~np.isfinite(core)
    high = windings.high_share_ratio * leakage + 3.0 * windings.high_earthing_ohm / turns**2
    low = (1.0 - windings.high_share_ratio) * leakage + 3.0 * windings.low_earthing_ohm
    # Star to delta, in admittances, so that a side without leakage and a core without current are no trouble.
    finite = np.where(open_core, 1.0, core)
    whole = high * low + (high + low) * finite
    series = np.where(open_core, 1.0 / (high + low), finite / whole)
    to_earth = [np.where(open_core, 0.0, opposite / whole) for opposite in (low, high)]
    both = _is(windings.high, Winding.EARTHED_STAR) & _is(windings.low, Winding.EARTHED_STAR)
    ends = []
    for side, other, mine, across in (
        (windings.high, windings.low, high, to_earth[0]), (windings.low, windings.high, low, to_earth[1]),
    ):  # fmt: skip
        earthing = 3.0 * (
            windings.high_earthing_ohm / turns**2 if side is windings.high else windings.low_earthing_ohm
        )
        closed = _is(side, Winding.EARTHED_STAR) & _is(other, Winding.DELTA)
        alone = _is(side, Winding.EARTHED_STAR) & ~closed & ~both
        admittance = np.where(both, across, 0.0)
        admittance = np.where(
            closed | _is(side, Winding.EARTHED_ZIGZAG), 1.0 / (leakage + earthing), admittance
        )
        ends.append(np.where(alone, np.where(open_core, 0.0, 1.0 / (mine + finite)), admittance))
    branch = Branches(
        a=windings.a, b=windings.b, impedance_ohm=np.asarray(1.0 / series), turns_ratio=turns,
        on=windings.in_service & both,
    )  # fmt: skip
    return branch, _ends(windings, ends, turns)


def _ends(windings: Windings, ends: list[Complex], turns: Array) -> Shunts:
    there = [end != 0.0 for end in ends]
    high, low = (1.0 / np.where(on, end, 1.0) for on, end in zip(there, ends, strict=True))
    on = [windings.in_service & each for each in there]
    variants = windings.in_service.shape[1]
    impedance = [np.broadcast_to(z, (len(z), variants)) for z in (high * turns**2, low)]
    return Shunts(
        node=np.concatenate([windings.a, windings.b]), impedance_ohm=np.concatenate(impedance),
        on=np.concatenate(on),
    )  # fmt: skip


def _is(side: Index, winding: Winding) -> Flags:
    return np.asarray(side == winding)[:, None]


def _triples(net: FaultNet, case: FaultCase, most: Array, stars: Index) -> tuple[Branches, Shunts]:
    """Return three-winding transformers: earthed stars reach the star point, deltas tie it to earth."""
    triples = net.triples
    factor = pair_factors(net, case, most)
    arms = star_of(triples, triples.zero_impedance_ratio, triples.zero_resistance_ratio, factor)
    turns = triples.rated_v / triples.rated_v[:, :1]
    arms = arms + 3.0 * triples.earthing_ohm / turns**2
    flat, star, kind = arms.reshape(-1, 1), np.repeat(stars, 3), triples.winding.ravel()[:, None]
    impedance, on = _known(flat, np.repeat(triples.in_service, 3, axis=0))
    branch = Branches(
        a=triples.node.ravel(), b=star, impedance_ohm=impedance, turns_ratio=turns.reshape(-1, 1),
        on=on & (kind == Winding.EARTHED_STAR),
    )  # fmt: skip
    return branch, Shunts(node=star, impedance_ohm=impedance, on=on & (kind == Winding.DELTA))
