"""How valves that follow each other's answers come to agree."""

from types import SimpleNamespace

import numpy as np
import pytest

from twin.solve.stride import stride

WIDE = np.full((3, 1), 1.0)


def answer(limit):
    """Return answers that follow their limits by 0.9, not at all, and against them."""
    return 0.02 + np.array([[0.9], [0.0], [-0.8]]) * limit


def after(share, passes=6):
    limit = np.full((3, 1), 0.05)
    tried, answered = np.full((3, 1), np.nan), np.full((3, 1), np.nan)
    for _ in range(passes):
        found = answer(limit)
        state = SimpleNamespace(limit_m3_s=limit, tried_m3_s=tried, answered_m3_s=answered)
        tried, answered, limit = limit, found, stride(state, found, share, WIDE)
    return limit[:, 0]


def test_along_their_secant_they_meet_where_creeping_and_swinging_ones_have_not():
    meet = np.array([0.2, 0.02, 0.02 / 1.8])
    assert after(0.5) == pytest.approx(meet, rel=1e-12)
    assert np.abs(after(1.0) - meet).max() > 0.01


def test_a_valve_neither_opens_wider_than_it_can_nor_slams_in_one_pass():
    state = SimpleNamespace(
        limit_m3_s=np.array([[0.5]]), tried_m3_s=np.array([[0.4]]), answered_m3_s=np.array([[0.41]])
    )
    assert stride(state, np.array([[0.505]]), 0.5, np.array([[0.52]]))[0, 0] == 0.52
    state.answered_m3_s = np.array([[0.1]])
    assert stride(state, np.array([[0.02]]), 0.5, np.array([[0.52]]))[0, 0] >= 0.002
