"""Mass and energy of a loop in time: what is stored, what enters, what is lost, and what is missing."""

from typing import final

import numpy as np

from twin.arrays import Array, Index
from twin.solve.hammer_grid import Grid
from twin.solve.hammer_lumps import Lumps


@final
class Ledger:
    """Adds up mass and energy while a surge is followed; densities cancel out, so energy is Pa·kg.

    Stored are the compressed liquid and stretched walls of elastic pipes, and what moves in all pipes. The
    trapezoidal rule is used in space and time, as exact as the march itself.
    """

    def __init__(self, grid: Grid, lumps: Lumps) -> None:
        """Open the books of a loop in its steady state."""
        self._grid, self._lumps = grid, lumps
        loop = grid.loop
        weight = np.ones(len(grid.owner))
        weight[grid.first], weight[grid.last] = 0.5, 0.5
        self._weight = weight
        # A reach takes one step, so its storage is step/impedance and its inertia step·impedance.
        self._storage = weight * grid.step_s / grid.impedance
        self._inertia = weight * grid.step_s * grid.impedance
        self._held = np.flatnonzero(loop.held)
        self._by_lump = _ends(loop.tail[grid.lump], self._held) - _ends(loop.head[grid.lump], self._held)
        self._by_point = np.zeros((len(self._held), len(grid.owner)))
        self._by_point[:, grid.first] += _ends(loop.tail[grid.pipe], self._held)
        self._by_point[:, grid.last] -= _ends(loop.head[grid.pipe], self._held)
        self._reference = float(loop.pressure_pag[self._held].mean()) if len(self._held) else 0.0
        self._mass = self._energy = self._entered = self._given = self._turned = 0.0
        self._rates: tuple[float, float, float] | None = None
        self._first: tuple[float, float] | None = None
        self._largest, self._time = 0.0, 0.0

    def add(self, points: tuple[Array, Array, Array], node: Array, lump: Array, loss: Array) -> None:
        """Enter one instant: pressure, flow and loss per reach of points, nodes, flow and loss of lumps."""
        pressure, flow, rubbed = points
        rates = self._flows(flow, rubbed, (node, lump, loss))
        if self._rates is not None:
            half = 0.5 * self._grid.step_s
            self._entered += half * (rates[0] + self._rates[0])
            self._given += half * (rates[1] + self._rates[1])
            self._turned += half * (rates[2] + self._rates[2])
            self._time += self._grid.step_s
        self._rates = rates
        over = pressure - self._reference
        inertance = self._lumps.inertance_per_m
        self._mass = float(self._storage @ over)
        self._energy = 0.5 * float(self._storage @ over**2 + self._inertia @ flow**2 + inertance @ lump**2)
        if self._first is None:
            self._first = self._mass, self._energy
        largest = max(np.abs(flow).max(initial=0.0), np.abs(lump).max(initial=0.0))
        self._largest = max(self._largest, float(largest))

    def _flows(
        self, flow: Array, rubbed: Array, others: tuple[Array, Array, Array]
    ) -> tuple[float, float, float]:
        """Return mass that enters where pressure is held, energy that enters, and energy turned over."""
        node, lump, loss = others
        grid, lumps, loop = self._grid, self._lumps, self._grid.loop
        entering = self._by_lump @ lump + self._by_point @ flow
        across = node[loop.tail[grid.lump]] - node[loop.head[grid.lump]]
        fixed = lumps.fixed | (lump == 0.0)
        lost = float((self._weight * rubbed) @ flow) + float(np.where(fixed, across, loss) @ lump)
        brought = float(entering @ (node[self._held] - self._reference))
        turned = float(np.abs(np.where(fixed, across, loss) * lump).sum())
        return float(entering.sum()), brought - lost, turned

    def close(self) -> tuple[float, float]:
        """Return what is missing in the balance of mass and in that of energy, as shares.

        Mass is measured by the largest flow over the time followed; energy by what was stored at first and
        what lumps turned over.
        """
        if self._first is None or not self._time:
            return 0.0, 0.0
        mass = abs(self._mass - self._first[0] - self._entered) / max(self._largest * self._time, 1e-12)
        scale = max(self._first[1], self._energy) + self._turned
        energy = abs(self._energy - self._first[1] - self._given) / max(scale, 1e-12)
        return mass, energy


def _ends(nodes: Index, held: Index) -> Array:
    """Return 1 where a branch ends at a held node, shape (held, branch)."""
    return np.asarray(nodes[None, :] == held[:, None], dtype=np.float64)
