"""How far limits of valves are moved from pass to pass, so that those that hang together settle soon.

Each pass tells how far every limit is off. Near the answer that is linear in the limits, and a few passes
tell enough of it to find where nothing is off (Anderson acceleration).

Source:
    Walker, Ni, Anderson acceleration for fixed-point iterations, SIAM J. Numer. Anal. 49 (2011), eq. 2.2.
"""

from dataclasses import dataclass

import numpy as np

from twin.arrays import Array, Flags, Index

# Passes that are remembered, and how much of a direction nearly told by the others is believed.
MEMORY = 3
RIDGE = 1e-10
SLOW_RATIO = 0.1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pace:
    """What the last passes told, the latest first.

    Attributes:
        moved: Differences of the limits [m3/s], shape (limited, variant) each.
        nearer: Differences of how far they were off [m3/s], likewise.
        last: Limits, and how far they were off, in the last pass; None before the first.
    """

    moved: tuple[Array, ...] = ()
    nearer: tuple[Array, ...] = ()
    last: tuple[Array, Array] | None = None


START = Pace()


def paced(
    pace: Pace, limit: Array, off: Array, *, part: Index, switched: Flags, share: float
) -> tuple[Array, Pace]:
    """Return how far to move each limit [m3/s], shape (limited, variant), and what to remember.

    Args:
        pace: What the last passes told.
        limit: Limits as they are [m3/s], shape (limited, variant).
        off: What is wanted of them less what they are [m3/s], likewise.
        part: Part of the facility that each is in, which no heat leaves, shape (limited,).
        switched: Variants in which a control has switched, which makes what was told void, shape (variant,).
        share: Share of what they are off to move them by where nothing else is known.
    """
    if pace.last is None:
        return share * off, Pace(last=(limit, off))
    moved = (limit - pace.last[0], *pace.moved[: MEMORY - 1])
    nearer = (off - pace.last[1], *pace.nearer[: MEMORY - 1])
    # A pass in which a control has switched says nothing of the next ones.
    moved = tuple(np.where(switched, 0.0, m) for m in moved)
    nearer = tuple(np.where(switched, 0.0, n) for n in nearer)
    x, f = np.stack(moved), np.stack(nearer)
    count = int(part.max(initial=-1)) + 1

    def over_parts(values: Array) -> Array:
        """Return sums over each part, part and variant first, shape (part, variant, …)."""
        total = np.zeros((count, *values.shape[1:]))
        np.add.at(total, part, values)
        return total

    gram = over_parts(np.einsum("kiv,liv->ivkl", f, f))
    right = over_parts(np.einsum("kiv,iv->ivk", f, off))
    size = np.einsum("pvkk->pv", gram)
    # What falls as fast as this by itself is left alone.
    slow = over_parts(off**2) > SLOW_RATIO**2 * over_parts(pace.last[1] ** 2)
    gram = gram + (RIDGE * size + np.finfo(float).tiny)[..., None, None] * np.eye(len(f))
    weight = np.linalg.solve(gram, right[..., None])[..., 0]
    weight = np.where(((size > 0.0) & slow)[..., None], weight, 0.0)[part]
    step = share * off - np.einsum("ivk,kiv->iv", weight, x + share * f)
    return step, Pace(moved=moved, nearer=nearer, last=(limit, off))


def narrowed(pace: Pace, keep: Index) -> Pace:
    """Return what is remembered of some variants."""
    return Pace(
        moved=tuple(m[:, keep] for m in pace.moved), nearer=tuple(n[:, keep] for n in pace.nearer),
        last=None if pace.last is None else (pace.last[0][:, keep], pace.last[1][:, keep]),
    )  # fmt: skip
