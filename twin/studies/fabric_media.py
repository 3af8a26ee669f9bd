"""Which cable carries a link: by routed length, rate and connector, the one that draws least."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from twin.arrays import Array
from twin.model.fabric import Medium

# Lengths that makers list (recalled: assumption). Above the last step, whole steps of it.
STEPS_M: Mapping[str, tuple[float, ...]] = {
    "DAC": (0.5, 1.0, 1.5, 2.0, 2.5, 3.0), "ACC": (2.0, 3.0, 4.0, 5.0),
    "AEC": tuple(0.5 * i for i in range(2, 15)),
    "copper": (0.5, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 15.0, 20.0, 25.0, 30.0, 40.0, 50.0, 75.0, 100.0),
}  # fmt: skip
FIBRE_STEPS_M = (
    0.5, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 15.0, 20.0, 25.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 100.0,
    120.0, 150.0, 175.0, 200.0, 225.0, 250.0, 300.0, 350.0, 400.0, 450.0, 500.0,
)  # fmt: skip
COPPER = ("DAC", "ACC", "AEC", "copper")
NO_ROUTE = "lay trays that meet and pass within 1.2 m of both ports, or name others for the bundle"
# Light in silica fibre, group index 1.468 at 1310 nm (ITU-T G.652 fibres); copper twinax 4.5 ns/m (S51).
NS_PER_M = {"copper": 4.5, "fibre": 4.9}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a link becomes.

    Attributes:
        medium: Cable product, None where none reaches.
        ordered_m: Length to order.
        excess_m: How much longer the link is than the longest medium that fits its ports reaches.
        remedy: What would mend it, "" where nothing has to.
    """

    medium: Medium | None
    ordered_m: float
    excess_m: float
    remedy: str


def orderable(length_m: float, medium: str) -> float:
    """Return the shortest length of a medium's list that is long enough [m].

    Args:
        length_m: Length needed.
        medium: Medium as the stage names it.
    """
    steps = STEPS_M.get(medium, FIBRE_STEPS_M)
    at = int(np.searchsorted(steps, length_m - 1e-9))
    return steps[at] if at < len(steps) else float(np.ceil(length_m / steps[-1]) * steps[-1])


def choices(length_m: Array, rate: Sequence[str], media: Sequence[Medium]) -> list[Choice]:
    """Return the medium of every link: of those that reach, the one of least power, then the thinnest.

    Args:
        length_m: Routed length with slack, shape (link,).
        rate: Rate of the ports of each link.
        media: Cable products.
    """
    out: list[Choice | None] = [None] * len(length_m)
    speeds = np.array(rate)
    for speed in dict.fromkeys(rate):
        fits = sorted(
            (m for m in media if m.data_rate == speed),
            key=lambda m: (m.power_per_end_w, m.diameter_m, m.name),
        )
        left = np.flatnonzero(speeds == speed)
        for medium in fits:
            steps = [s for s in STEPS_M.get(medium.medium, FIBRE_STEPS_M) if s <= medium.reach_m + 1e-9]
            at = np.searchsorted(steps, length_m[left] - 1e-9)
            reaches = at < len(steps)
            made = [Choice(medium=medium, ordered_m=s, excess_m=0.0, remedy="") for s in steps]
            for link, step in zip(left[reaches].tolist(), at[reaches].tolist(), strict=True):
                out[link] = made[step]
            left = left[~reaches]
        for link in left.tolist():
            out[link] = _none(float(length_m[link]), speed, fits)
    return [c for c in out if c is not None]


def _none(length_m: float, rate: str, fits: Sequence[Medium]) -> Choice:
    """Return what is told of a link that nothing carries."""
    if not np.isfinite(length_m):
        remedy, excess = NO_ROUTE, float("inf")
    elif not fits:
        remedy, excess = f"add a cable product of rate {rate}", float("inf")
    else:
        longest = max(m.reach_m for m in fits)
        excess = length_m - longest
        remedy = (
            f"bring the ends {excess:.1f} m closer, take a shorter tray, or add a medium that reaches "
            f"{length_m:.1f} m"
        )
    return Choice(medium=None, ordered_m=float("nan"), excess_m=excess, remedy=remedy)
