"""Repeated solutions of one network of conductors: loads alone, as two sparse products a pass.

What they find is where the general passes start from, which say whether it holds.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from twin.solve.power_kept import GROWTH, inverse_of, triangle_of
from twin.solve.sparse import Factor
from twin.solve.steps import product
from twin.solve.wires_load import response
from twin.solve.wires_net import Complex
from twin.solve.wires_system import SETTLED_RATIO, System

WIDTH = 4
"""Conductors of a bus: rows that one row of the inverse triangle may have for each of a net of one phase."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kept:
    """What currents of loads do to voltages. Rows are unknowns in order of elimination.

    Attributes:
        inward: Currents of loads to D^-1 L^-1 of what they take from unknowns, shape (row, draw).
        outward: These to voltages across loads, shape (draw, row).
        whole: These to unknowns, shape (unknown, row).
        empty: Unknowns without loads, shape (unknown, 1).
        across: Voltages across loads then, shape (draw, 1).
    """

    inward: csr_array
    outward: csr_array
    whole: csr_array
    empty: Complex
    across: Complex


def kept_of(made: System, factor: Factor, empty: Complex) -> Kept | None:
    """Return what repeated solutions share, None where it would fill up, or generators hold voltages.

    Args:
        made: The equations.
        factor: Their factors.
        empty: Unknowns without loads, shape (unknown, 1).
    """
    if made.generator.size:
        return None
    triangle = triangle_of(factor, np.ones(made.size, dtype=np.bool_))
    inverse = None if triangle is None else inverse_of(triangle, GROWTH * WIDTH * (made.size + 1))
    if triangle is None or inverse is None:
        return None
    inward = csr_array(inverse @ csr_array(made.gather[triangle.node], dtype=np.complex128))
    inward.data *= np.repeat(triangle.inverse, np.diff(inward.indptr))
    back, across = csr_array(inverse.T), csr_array(made.across, dtype=np.complex128)
    place = np.empty_like(triangle.node)
    place[triangle.node] = np.arange(triangle.node.size)
    return Kept(
        inward=inward, outward=csr_array(across[:, triangle.node] @ back),
        whole=csr_array(back[place]), empty=empty,
        across=np.asarray(across @ empty) + made.across_given[:, None],
    )  # fmt: skip


def near(kept: Kept, made: System, power_va: Complex, passes: int) -> tuple[Complex, int] | None:
    """Return unknowns at which currents and voltages of loads agree, and the passes; None if they do not.

    Args:
        kept: What is shared.
        made: The equations.
        power_va: Rated power of loads, shape (draw, set).
        passes: Most passes.
    """
    across = np.repeat(kept.across, power_va.shape[1], axis=1)
    within, scale = made.within[:, None], np.abs(kept.across)
    for count in range(1, passes + 1):
        current = (response(made.draws, power_va, np.abs(across)).admittance_s - within) * across
        inner = product(kept.inward, np.ascontiguousarray(current))
        before, across = across, kept.across - product(kept.outward, inner)
        if (np.abs(across - before) <= SETTLED_RATIO * scale).all():
            return kept.empty - product(kept.whole, inner), count
    return None
