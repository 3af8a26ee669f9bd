"""How pipes are divided for the method of characteristics: one step, whole reaches."""

from dataclasses import dataclass

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.solve.hammer_loop import Loop

# A pipe that a wave runs through in less than this share of the step is a rigid column.
SHORT_RATIO = 0.5
# A step is looked for down to this share of the longest one allowed.
FINER_RATIO, TRIALS = 0.7, 120


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grid:
    """Points along elastic pipes, and the branches that are not divided.

    Attributes:
        loop: What is divided.
        step_s: Time step.
        pipe: Elastic branches of the loop, shape (pipe,).
        reach_count: Reaches of each, shape (pipe,).
        first: First point of each pipe; its points follow, shape (pipe,).
        owner: Pipe of each point, shape (point,).
        impedance: Pressure per mass flow of a wave at each point [Pa s/kg], adjusted, shape (point,).
        lump: The other branches, shape (lump,).
        adjusted_ratio: Adjusted over true wave speed less one, shape (pipe,).
        rigid_ratio: Share of the length of all pipes that is in rigid columns.
    """

    loop: Loop
    step_s: float
    pipe: Index
    reach_count: Index
    first: Index
    owner: Index
    impedance: Array
    lump: Index
    adjusted_ratio: Array
    rigid_ratio: float

    @property
    def last(self) -> Index:
        """Return the last point of each pipe, shape (pipe,)."""
        return self.first + self.reach_count


def divide(loop: Loop, step_s: float, rigid: Flags) -> Grid:
    """Return the grid of a time step.

    The wave speed of each pipe is adjusted so that a wave takes a whole number of steps.

    Args:
        loop: What to divide.
        step_s: Time step [s].
        rigid: Branches that stay rigid columns, shape (branch,); pipes with a check valve do anyhow.

    Source:
        E. B. Wylie and V. L. Streeter, Fluid Transients in Systems, 1993: wave-speed adjustment.
    """
    travel = np.where(rigid | loop.one_way, 0.0, loop.travel_s)
    pipe = np.flatnonzero(travel >= SHORT_RATIO * step_s) if step_s > 0.0 else np.zeros(0, dtype=np.intp)
    count = np.maximum(np.rint(travel[pipe] / step_s), 1.0).astype(np.intp)
    first = np.concatenate([[0], np.cumsum(count + 1)[:-1]]).astype(np.intp) if len(pipe) else pipe
    owner = np.repeat(np.arange(len(pipe)), count + 1)
    wave = loop.length_m[pipe] / (count * step_s)
    total = float(loop.length_m.sum())
    return Grid(
        loop=loop, step_s=step_s, pipe=pipe, reach_count=count, first=first, owner=owner,
        impedance=(wave / loop.area_m2[pipe])[owner], lump=np.setdiff1d(np.arange(len(loop.tail)), pipe),
        adjusted_ratio=wave / loop.wave_m_s[pipe] - 1.0,
        rigid_ratio=1.0 - float(loop.length_m[pipe].sum()) / total if total else 0.0,
    )  # fmt: skip


def best_step(loop: Loop, longest_s: float, rigid: Flags) -> float:
    """Return the time step up to the longest one that adjusts wave speeds least, weighted by travel time."""
    travel = np.where(rigid | loop.one_way, 0.0, loop.travel_s)
    travel = travel[travel > 0.0]
    if not len(travel):
        return longest_s
    steps = longest_s * np.linspace(FINER_RATIO, 1.0, TRIALS)[:, None]
    count = np.maximum(np.rint(travel / steps), 1.0)
    wrong = np.where(travel < SHORT_RATIO * steps, 1.0, np.abs(travel / (count * steps) - 1.0))
    return float(steps[np.argmin(wrong @ travel), 0])
