"""How valves that hold a temperature go on their way to what their exchangers ask for."""

import numpy as np

from twin.arrays import Array

# Valves go where they are asked to for so many passes; then every so many one looks ahead, no further than
# a gap that closes by this ratio, and no limit is divided or multiplied by more than that.
PLAIN_PASSES, LOOKED_AHEAD, MOST_RATIO, MOST_TURN = 10, 3, 0.9, 4.0


def along(before_m3_s: Array, asked_m3_s: Array, last_gap_m3_s: Array, passes: int) -> Array:
    """Return the limits of valves for the next pass [m3/s].

    After some passes one that overshoots goes half way, and every third pass each goes as far as its last two
    gaps say that it will.

    Args:
        before_m3_s: Where they stand, shape (limited, variant).
        asked_m3_s: What is asked for.
        last_gap_m3_s: How far they were from it a pass ago.
        passes: Passes so far.

    Source:
        Aitken, Proc. R. Soc. Edinburgh 46 (1926): a sequence that closes its gap by one ratio.
    """
    if passes <= PLAIN_PASSES:
        return asked_m3_s
    gap = asked_m3_s - before_m3_s
    ratio = np.divide(gap, last_gap_m3_s, out=np.zeros_like(gap), where=last_gap_m3_s != 0.0)
    share = np.where(ratio < 0.0, 0.5, 1.0)
    if passes % LOOKED_AHEAD == 0:
        share = 1.0 / (1.0 - np.clip(ratio, -1.0, MOST_RATIO))
    return np.asarray(np.clip(before_m3_s + share * gap, before_m3_s / MOST_TURN, before_m3_s * MOST_TURN))
