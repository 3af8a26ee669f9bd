"""What events came to, as columns: from the runs that followed them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from twin.arrays import Array, Index
from twin.solve.hammer_loop import Loop, Steady
from twin.solve.hammer_march import Run
from twin.solve.surges import Surges


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Followed:
    """One event that was followed.

    Attributes:
        run: Waves, or rigid columns where they do.
        columns: Rigid columns.
        loop: Islands that it reaches.
        moved: What closes or trips there.
        time_s, critical_s: Time of the event, and of a wave everywhere and back.
        joukowsky_pa, bound_pa: Bounds of the rise.
    """

    run: Run
    columns: Run
    loop: Loop
    moved: Index
    time_s: float
    critical_s: float
    joukowsky_pa: float
    bound_pa: float

    @property
    def is_elastic(self) -> bool:
        """Return whether waves were followed."""
        return self.run is not self.columns

    @property
    def highest_pag(self) -> Array:
        """Return the highest pressure at each node, then along each branch of the loop."""
        return np.concatenate([self.run.highest_pag, self.run.pipe_highest_pag])

    @property
    def lowest_pag(self) -> Array:
        """Return the lowest pressure at each node, then along each branch of the loop."""
        return np.concatenate([self.run.lowest_pag, self.run.pipe_lowest_pag])

    def place(self, row: int) -> str:
        """Return the name of a node, or of a branch after them."""
        net, nodes = self.loop.steady.net, len(self.loop.node)
        if row < nodes:
            return net.name_of(int(net.node[self.loop.node[row]]))
        return net.branch_name(int(self.loop.branch[row - nodes]))

    def vapour_margin_pa(self) -> float:
        """Return the least distance of a pressure above that at which the liquid boils there."""
        loop, boils = self.loop, np.full(len(self.loop.node), -np.inf)
        at = loop.steady.vapour_pag[loop.branch]
        for end in (loop.tail, loop.head):
            np.maximum.at(boils, end, at)
        margin = self.lowest_pag - np.concatenate([boils, at])
        return float(margin[np.isfinite(margin)].min(initial=np.inf))


def rise_pa(run: Run) -> float:
    """Return the largest rise of a node above its steady pressure."""
    return float((run.highest_pag - run.grid.loop.pressure_pag).max(initial=0.0))


def gathered(steady: Steady, found: Sequence[Followed]) -> Surges:
    """Return the columns of all events, in the order of the table of their kind."""
    node = np.unique(np.concatenate([each.loop.node for each in found]))
    shape = len(found), len(node)
    high, low = np.full(shape, np.nan), np.full(shape, np.nan)
    kept = np.full((4, len(found), max(len(each.run.time_s) for each in found)), np.nan)
    for row, each in enumerate(found):
        place = np.searchsorted(node, each.loop.node)
        high[row, place], low[row, place] = each.run.highest_pag, each.run.lowest_pag
        kept[:, row, : len(each.run.time_s)] = _series(each)

    def column(values: Sequence[float]) -> Array:
        return np.array(values, dtype=np.float64)

    grids = [each.run.grid for each in found]
    return Surges(
        part=steady.surge.part, node=node, highest_pag=high, lowest_node_pag=low,
        peak_pag=column([each.highest_pag.max() for each in found]),
        lowest_pag=column([each.lowest_pag.min() for each in found]),
        peak_place=tuple(each.place(int(np.argmax(each.highest_pag))) for each in found),
        lowest_place=tuple(each.place(int(np.argmin(each.lowest_pag))) for each in found),
        peak_rise_pa=column([rise_pa(each.run) for each in found]),
        column_rise_pa=column([rise_pa(each.columns) for each in found]),
        vapour_margin_pa=column([each.vapour_margin_pa() for each in found]),
        joukowsky_pa=column([each.joukowsky_pa for each in found]),
        bound_pa=column([each.bound_pa for each in found]),
        critical_s=column([each.critical_s for each in found]),
        time_s=column([each.time_s for each in found]),
        elastic_ratio=column([each.is_elastic for each in found]),
        step_s=column([grid.step_s for grid in grids]),
        adjusted_ratio=column([np.abs(grid.adjusted_ratio).max(initial=0.0) for grid in grids]),
        rigid_ratio=column([grid.rigid_ratio for grid in grids]),
        shut_count=column([np.isfinite(each.run.shut_s).sum() for each in found]),
        mass_ratio=column([each.run.mass_ratio for each in found]),
        energy_ratio=column([each.run.energy_ratio for each in found]),
        sample_s=kept[0], sample_peak_pag=kept[1], sample_lowest_pag=kept[2], sample_flow_kg_s=kept[3],
    )  # fmt: skip


def _series(each: Followed) -> Array:
    """Return instants, pressures where they are extreme, and the first flow that moved, shape (4, sample)."""
    run, first = each.run, int(each.moved[0]) if len(each.moved) else 0
    nodes = int(np.argmax(run.highest_pag)), int(np.argmin(run.lowest_pag))
    pressures = [run.pressure_pag[:, node] for node in nodes]
    return np.stack([run.time_s, *pressures, run.flow_kg_s[:, first]])
