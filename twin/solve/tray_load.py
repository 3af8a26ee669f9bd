"""What trays carry once bundles are routed, and which of them are two sides of one way."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from twin.arrays import Array, Index
from twin.model.closest import peak
from twin.solve.tray_graph import Trays

# Two trays so close and so parallel are the two sides of one way.
TWIN_M, PARALLEL, NEAR = 1.5, 0.99, 12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Routes:
    """Where every bundle runs. A bundle that has no way has no steps and an infinite length.

    Attributes:
        length_m: From port to port without slack, shape (bundle,).
        bundle: Bundle of each step, in order from its first end, shape (step,).
        tray: Tray of each step, shape (step,).
        from_m, to_m: Where the step begins and ends, from the tray's start, shape (step,).
        rounds_count: Rounds after the first in which bundles moved to emptier trays.
    """

    length_m: Array
    bundle: Index
    tray: Index
    from_m: Array
    to_m: Array
    rounds_count: int


def peak_area(routes: Routes, area_m2: Array, tray_count: int) -> Array:
    """Return the greatest sum of cross sections in any place of each tray [m^2], shape (tray,)."""
    return peak(routes.tray, routes.from_m, routes.to_m, area_m2[routes.bundle], tray_count)


def sides(trays: Trays) -> Index:
    """Return 0 and 1 for the two of each pair of parallel trays close to each other, -1 for the rest."""
    run = (trays.stop_m - trays.start_m) / np.maximum(trays.length_m, 1e-9)[:, None]
    middle = 0.5 * (trays.start_m + trays.stop_m)
    out = np.full(len(run), -1, dtype=np.intp)
    if len(run) < 2:
        return out
    twin = _twins(run, middle)
    for i, other in enumerate(twin.tolist()):
        if other > i and twin[other] == i:
            out[i], out[other] = (0, 1) if tuple(middle[i]) < tuple(middle[other]) else (1, 0)
    return out


def _twins(run: Array, middle: Array) -> Index:
    """Return the nearest tray beside each one that is parallel to it, -1 for none, shape (tray,)."""
    out = np.full(len(run), -1, dtype=np.intp)
    near = cKDTree(middle).query(middle, k=min(NEAR, len(run)))[1]
    for i, others in enumerate(near):
        for other in others[others != i].tolist():
            gap = middle[other] - middle[i]
            beside = float(np.linalg.norm(gap - (gap @ run[i]) * run[i]))
            if abs(run[i] @ run[other]) > PARALLEL and 0.0 < beside <= TWIN_M and abs(gap @ run[i]) <= TWIN_M:
                out[i] = other
                break
    return out
