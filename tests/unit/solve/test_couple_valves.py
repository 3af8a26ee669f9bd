"""Valves on their way: what each pass asks for is followed, and a slow sequence is seen through."""

import numpy as np

from twin.solve.couple_valves import MOST_TURN, PLAIN_PASSES, along


def passes_to(answer, ratio, start=2.0, close=1e-12):
    """Return the passes until a valve stands whose gap to its answer closes by a ratio in each pass."""
    at, gap = np.array([[start]]), np.zeros((1, 1))
    for passes in range(1, 200):
        asked = answer + ratio * (at - answer)
        at, gap = along(at, asked, gap, passes), asked - at
        if abs(at[0, 0] - answer) <= close:
            return passes
    return 200


def test_first_passes_go_where_they_are_asked_to():
    asked = np.array([[3.0]])
    assert along(np.array([[1.0]]), asked, np.array([[5.0]]), PLAIN_PASSES) == asked


def test_a_sequence_that_closes_slowly_is_seen_through():
    assert passes_to(1.0, 0.67) <= PLAIN_PASSES + 3
    assert passes_to(1.0, 0.85) <= PLAIN_PASSES + 3


def test_one_that_swings_for_ever_is_halved():
    assert passes_to(1.0, -1.0) <= PLAIN_PASSES + 2


def test_no_limit_jumps_further_than_it_may():
    ahead = along(np.array([[1.0]]), np.array([[1.5]]), np.array([[0.5]]), PLAIN_PASSES + 2)
    assert ahead == MOST_TURN
