"""High points of loops that lie between the ends of a drawn run: where they are, and when they matter."""

from collections.abc import Callable

import numpy as np

from twin.arrays import Array, Index
from twin.checks.rule import Review

RUNS = ("pipe", "hose")
# Heights and pressures this near are the same: rounding of drawn points.
NEAR_M, NEAR_PA = 1e-6, 1e-3

Told = Callable[[int], tuple[str, str] | None]


def at_top(review: Review, kind: str, ends_pag: Array) -> Told:
    """Return what tells of each run that its pressure is lowest at its highest point, not at an end.

    Args:
        review: What is built and solved.
        kind: Kind of the runs.
        ends_pag: Lower pressure of both ends [Pa], shape (variant, run).
    """
    top = _least(review.result(kind, "top_pag"))
    lower = top < _least(ends_pag) - NEAR_PA

    def told(row: int) -> tuple[str, str] | None:
        return (review.table(kind).paths[row], _at(review, kind, row)) if lower[row] else None

    return told


def boils_first(review: Review) -> Told:
    """Return the run at whose highest point the fluid of each vessel's loop comes nearest to boiling."""
    loop = _least(review.result("expansion_vessel", "boiling_margin_pa"))
    return _run_of(review, lambda kind: _least(review.result(kind, "top_margin_pa")), loop, NEAR_PA)


def highest(review: Review) -> Told:
    """Return the run that holds the highest point of each vessel's loop."""
    loop = -_greatest(review.result("expansion_vessel", "highest_m"))
    return _run_of(review, lambda kind: -_greatest(review.result(kind, "top_m")), loop, NEAR_M)


def _run_of(review: Review, value: Callable[[str], Array], of_loop: Array, near: float) -> Told:
    """Return what names the run with the least value in each loop, where no port of it has less."""
    own = review.loop("expansion_vessel")

    def told(row: int) -> tuple[str, str] | None:
        for kind in review.built(*RUNS):
            mine: Index = np.flatnonzero(review.loop(kind) == own[row])
            reach = value(kind)[mine]
            if len(mine) and np.nanmin(reach, initial=np.inf) <= of_loop[row] + near:
                run = int(mine[np.nanargmin(reach)])
                return review.table(kind).paths[run], _at(review, kind, run)
        return None

    return told


def _at(review: Review, kind: str, row: int) -> str:
    height = float(review.result(kind, "top_m")[0, row])
    return f"at its highest point, z = {height:.2f} m"


def _least(values: Array) -> Array:
    return np.asarray(np.fmin.reduce(values, axis=0))


def _greatest(values: Array) -> Array:
    return np.asarray(np.fmax.reduce(values, axis=0))
