"""How far a valve goes towards what its neighbours' last answer asks of it."""

import numpy as np

from twin.arrays import Array
from twin.solve.couple_state import State

# An answer that follows its limit more closely than this tells nothing of where they meet; nor does a limit
# that has moved by less than this share of itself.
STEEPEST, LEAST_MOVE = 0.98, 1e-10
# In one pass a valve shuts by no more than to this share of where it was or is asked to be.
LEAST_RATIO = 0.1


def stride(state: State, limit_m3_s: Array, share: float, widest_m3_s: Array) -> Array:
    """Return the next limits [m3/s], shape (limited, variant): the answer, or along the last secant.

    Two valves in one loop that follow each other's answers creep towards where they agree, or swing about it.
    What the last change of a limit did to its answer tells where it will be: Wegstein's secant, by valve.

    Args:
        state: Limits that were tried, in this pass and in the one before, and the answer to the latter.
        limit_m3_s: The answer now [m3/s].
        share: 1 while the answer is taken as it is; else the share of the way where no secant is known.
        widest_m3_s: Limit of an open valve [m3/s].

    Source:
        J. H. Wegstein, Accelerating convergence of iterative processes, Comm. ACM 1 (1958) 9.
    """
    tried = state.limit_m3_s
    if share == 1.0:
        return tried + (limit_m3_s - tried)
    apart = tried - state.tried_m3_s
    some = np.abs(apart) > LEAST_MOVE * np.abs(tried)
    follows = (limit_m3_s - state.answered_m3_s) / np.where(some, apart, 1.0)
    known = some & np.isfinite(follows) & (follows < STEEPEST)
    far = np.where(known, 1.0 / (1.0 - np.where(known, follows, 0.0)), share)
    least, most = LEAST_RATIO * np.minimum(tried, limit_m3_s), np.fmax(tried, widest_m3_s)
    return np.clip(tried + far * (limit_m3_s - tried), least, most)
