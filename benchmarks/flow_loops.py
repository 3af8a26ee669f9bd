"""Coolant loops of a hall as plain columns, for every engine the same: what `flow.py` solves.

A loop for every CDU of eight racks (pump, heat exchanger, manifold of supply and return with a rung per rack)
and one facility network that links all CDUs: halls of 64 CDUs in four rows with ties between the row ends,
three pumps and a chiller each, joined hall to hall and closed to a ring. Sizes and losses are assumptions.
Imports numpy only, because the peers run in an environment of their own.
"""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

RACKS_PER_CDU, CDUS_PER_ROW, ROWS = 8, 16, 4
RACK_M3_S, CDU_M3_S = 3.0e-3, 25.0e-3
ROUGHNESS_M = 4.5e-5
# EPANET's own constants, so that all engines solve the same numbers: 32.2 ft/s2 and 1.1e-5 ft2/s.
FOOT_M = 0.3048
GRAVITY_M_S2, VISCOSITY_M2_S = 32.2 * FOOT_M, 1.1e-5 * FOOT_M**2
DENSITY_KG_M3 = 998.2
HEAD_M = 20.0  # at every node that holds a pressure


@dataclass
class Loops:
    """Pipes and pumps between numbered nodes.

    Attributes:
        nodes: Number of nodes.
        held: Nodes at a fixed head.
        pipes: Tail, head, length [m], diameter [m], loss coefficient [1].
        pumps: Tail, head, head [m] and flow [m3/s] of the design point: h = 4/3·h0 - 1/3·h0·(q/q0)².
        racks: Which pipes are racks, in their order.
    """

    nodes: int = 0
    held: list[int] = field(default_factory=list)
    pipes: list[tuple[int, int, float, float, float]] = field(default_factory=list)
    pumps: list[tuple[int, int, float, float]] = field(default_factory=list)
    racks: list[int] = field(default_factory=list)

    def node(self):
        self.nodes += 1
        return self.nodes - 1

    def pipe(self, tail, head, length, diameter, loss=0.0):
        self.pipes.append((tail, head, length, diameter, loss))

    def pump(self, tail, head, rise, flow):
        self.pumps.append((tail, head, rise, flow))


def loops(racks):
    """Return the loops of so many racks, a multiple of eight."""
    made, cdus = Loops(), -(-racks // RACKS_PER_CDU)
    losses = np.random.default_rng(0).uniform(75.0, 95.0, racks)
    for first in range(0, racks, RACKS_PER_CDU):
        _rack_loop(made, losses[first : first + RACKS_PER_CDU])
    _facility(made, cdus)
    return made


def variants(racks, count):
    """Return loss coefficients of all racks for so many variants, shape (variant, rack)."""
    return np.random.default_rng(1).uniform(75.0, 95.0, (count, racks))


def _rack_loop(made, losses):
    back, out, front = made.node(), made.node(), made.node()
    made.held.append(back)
    made.pump(back, out, 20.0, RACKS_PER_CDU * RACK_M3_S)
    made.pipe(out, front, 6.0, 0.125, 31.0)
    length = 8.0
    for loss in losses:
        supply, return_ = made.node(), made.node()
        made.pipe(front, supply, length, 0.125, 0.2)
        made.pipe(return_, back, length, 0.125, 0.2)
        made.racks.append(len(made.pipes))
        made.pipe(supply, return_, 4.0, 0.05, float(loss))
        front, back, length = supply, return_, 1.2


def _facility(made, cdus):
    per_hall, first, last = CDUS_PER_ROW * ROWS, None, None
    for begin in range(0, cdus, per_hall):
        ends = _plant(made, min(per_hall, cdus - begin), cdus)
        first = first or ends
        if last:
            for a, b in zip(last, ends, strict=True):
                made.pipe(a, b, 60.0, 0.6)
        last = ends
        _rows(made, ends, min(per_hall, cdus - begin))
    made.held.append(first[1])
    if cdus > 2 * per_hall:
        for a, b in zip(last, first, strict=True):
            made.pipe(a, b, 200.0, 0.6)


def _plant(made, cdus, all_cdus):
    """Add pumps and chiller of one hall and return the ends of its supply and return mains."""
    return_, pumped, supply = made.node(), made.node(), made.node()
    for _ in range(3):
        behind = made.node()
        made.pump(return_, behind, 30.0, cdus * CDU_M3_S / 3)
        made.pipe(behind, pumped, 5.0, 0.5 if cdus > 8 else 0.2, 2.5)
    made.pipe(pumped, supply, 40.0, _main(min(cdus, all_cdus)), 8.0)
    return supply, return_


def _main(cdus):
    return 1.0 if cdus > 16 else 0.45 if cdus > 4 else 0.2


def _rows(made, ends, cdus):
    supply, return_ = ends
    row_ends = []
    for row in range(0, cdus, CDUS_PER_ROW):
        a, b = made.node(), made.node()
        made.pipe(supply, a, 10.0, _main(cdus))
        made.pipe(b, return_, 10.0, _main(cdus))
        supply, return_ = a, b
        for _ in range(min(CDUS_PER_ROW, cdus - row)):
            s, r = made.node(), made.node()
            made.pipe(a, s, 4.0, 0.5 if cdus > 8 else 0.25)
            made.pipe(r, b, 4.0, 0.5 if cdus > 8 else 0.25)
            made.pipe(s, r, 10.0, 0.125, 45.0)
            a, b = s, r
        row_ends.append((a, b))
    for this, after in pairwise(row_ends):
        for a, b in zip(this, after, strict=True):
            made.pipe(a, b, 8.0, 0.2)
