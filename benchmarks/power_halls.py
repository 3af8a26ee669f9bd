"""A balanced 2N hall as plain columns, for every engine the same: what `power.py` solves.

Per side: a 34.5 kV feeder for every eight transformers, a UPS behind each transformer, two busways of eight
racks behind each UPS, a tap for each rack. A UPS is a series impedance with a fixed loss, because peers have
no converter; a rack takes half its power from each side. Sizes, losses and loads are assumptions. Imports
numpy only, because the peers run in an environment of their own.
"""

from dataclasses import dataclass, field

import numpy as np

HIGH_V, LOW_V = 34.5e3, 415.0
RACK_W, FACTOR = 132e3, 0.98
TRANSFORMER_VA, IMPEDANCE, LOAD_LOSS_W, CORE_W = 3.0e6, 0.06, 27e3, 3.2e3
UPS_VA, UPS_OHM_RATIO, UPS_LOSS_W = 2.5e6, (0.015, 0.010), 12.25e3
BUSWAYS, TAPS, TRANSFORMERS_PER_FEEDER = 2, 8, 8
LEAST_LOAD = 0.7
"""Of a rack's rated power; the most is all of it."""


@dataclass
class Hall:
    """Nodes in depth-first order: the parent of each comes before it.

    Attributes:
        parent: Node above each, -1 for the first, which the utility holds.
        volts: Nominal voltage of each, line to line.
        ohm: Series impedance from the parent, complex; of a transformer what its rating makes of it.
        transformer: Whether a transformer lies between.
        fixed_w: What is drawn whatever racks do, at unity power factor.
        rack: Rack that each hangs on, -1 for none.
    """

    parent: list[int] = field(default_factory=list)
    volts: list[float] = field(default_factory=list)
    ohm: list[complex] = field(default_factory=list)
    transformer: list[bool] = field(default_factory=list)
    fixed_w: list[float] = field(default_factory=list)
    rack: list[int] = field(default_factory=list)

    def node(self, parent, volts, ohm=0j, *, transformer=False, fixed_w=0.0, rack=-1):
        row = parent, volts, ohm, transformer, fixed_w, rack
        columns = self.parent, self.volts, self.ohm, self.transformer, self.fixed_w, self.rack
        for column, value in zip(columns, row, strict=True):
            column.append(value)
        return len(self.parent) - 1


def hall(racks):
    """Return the hall of so many racks."""
    made, per = Hall(), BUSWAYS * TAPS
    grid = made.node(-1, HIGH_V)
    for _ in "AB":
        above = grid
        for number, first in enumerate(range(0, racks, per)):
            begins = number % TRANSFORMERS_PER_FEEDER == 0
            km = 0.2 if begins else 0.05
            above = made.node(grid if begins else above, HIGH_V, (0.16 + 0.12j) * km, fixed_w=CORE_W)
            _branch(made, above, range(first, min(first + per, racks)))
    return made


def _branch(made, above, racks):
    """Add a transformer, its UPS and its busways."""
    base, resistance = LOW_V**2 / TRANSFORMER_VA, LOAD_LOSS_W / TRANSFORMER_VA
    leakage = base * complex(resistance, np.sqrt(IMPEDANCE**2 - resistance**2))
    low = made.node(above, LOW_V, leakage, transformer=True, fixed_w=UPS_LOSS_W)
    ups = made.node(low, LOW_V, LOW_V**2 / UPS_VA * complex(*UPS_OHM_RATIO))
    for begin in range(0, len(racks), TAPS):
        at, metres = ups, 20.0
        for rack in racks[begin : begin + TAPS]:
            at, metres = made.node(at, LOW_V, (2e-5 + 1e-5j) * metres), 1.5
            made.node(at, LOW_V, (2e-4 + 8e-5j) * 4.0, rack=rack)


def powers(racks, count, seed=0):
    """Return the power of every rack [W] for so many sets of loads, shape (set, rack)."""
    return RACK_W * np.random.default_rng(seed).uniform(LEAST_LOAD, 1.0, (count, racks))


def columns(made):
    """Return parents, voltages, impedances, transformers, fixed loads and racks as arrays."""
    names = "parent", "volts", "ohm", "transformer", "fixed_w", "rack"
    return tuple(np.array(getattr(made, name)) for name in names)
