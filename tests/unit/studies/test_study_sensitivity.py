"""Drivers of an output: a function with known indices, effects of a straight line, ranks."""

import numpy as np
import pytest

from twin.studies.study_answers import front
from twin.studies.study_axes import Axis, Study
from twin.studies.study_design import design
from twin.studies.study_sensitivity import distribution, drivers


def study(method, count, low=-np.pi, high=np.pi, axes=3):
    made = tuple(Axis(name=f"x{i}", kind="load", low=low, high=high, unit="1") for i in range(axes))
    return Study(layout="", axes=made, method=method, count=count, seed=11)


def ishigami(x, a=7.0, b=0.1):
    return np.sin(x[:, 0]) + a * np.sin(x[:, 1]) ** 2 + b * x[:, 2] ** 4 * np.sin(x[:, 0])


def test_indices_of_ishigami_lie_within_their_confidence():
    # Ishigami and Homma, 1990; shares worked out in Saltelli et al., Global Sensitivity Analysis, 2008, 4.6.
    a, b = 7.0, 0.1
    first = {"x0": 0.5 * (1.0 + b * np.pi**4 / 5.0) ** 2, "x1": a**2 / 8.0, "x2": 0.0}
    both = 8.0 * b**2 * np.pi**8 / 225.0
    variance = sum(first.values()) + both
    total = {"x0": first["x0"] + both, "x1": first["x1"], "x2": both}
    made = study("saltelli", 2048)
    rows = design(made)
    found = {(d.measure, d.axis): d for d in drivers(made, rows, "y", ishigami(rows))}
    for measure, known in (("first_order", first), ("total", total)):
        for axis, value in known.items():
            driver = found[measure, axis]
            share, slack = value / variance, 0.01
            assert driver.low - slack <= share <= driver.high + slack, driver
            assert driver.value == pytest.approx(share, abs=0.03)


def test_effects_of_a_straight_line_are_its_slopes():
    made = study("morris", 6, low=0.0, high=10.0)
    rows = design(made)
    found = {(d.measure, d.axis): d for d in drivers(made, rows, "y", 3.0 * rows[:, 0] - 0.5 * rows[:, 1])}
    assert found["mean_effect", "x0"].value == pytest.approx(30.0)
    assert found["mean_effect", "x1"].value == pytest.approx(5.0)
    assert found["mean_effect", "x2"].value == pytest.approx(0.0, abs=1e-9)
    assert found["deviation", "x0"].value == pytest.approx(0.0, abs=1e-9)


def test_a_failed_variant_leaves_its_own_sample_out_only():
    made = study("saltelli", 256)
    rows = design(made)
    values = ishigami(rows)
    values[3] = np.nan
    assert all(np.isfinite(d.value) for d in drivers(made, rows, "y", values))


def test_ranks_find_the_driver_of_a_sample():
    made = study("random", 200)
    rows = design(made)
    told = drivers(made, rows, "y", np.exp(rows[:, 1]) + 0.01 * rows[:, 0])
    assert told[0].axis == "x1"
    assert told[0].value > 0.99
    assert abs(told[-1].value) < 0.3


def test_a_front_holds_what_nothing_beats():
    values = np.array([[1.0, 5.0], [2.0, 3.0], [2.0, 4.0], [3.0, 3.0], [4.0, 1.0], [np.nan, 0.0], [1.0, 5.0]])
    assert front(values).tolist() == [True, True, False, False, True, False, True]


def test_a_distribution_counts_what_is_known():
    told = distribution(np.array([1.0, np.nan, 3.0, 2.0]))
    assert (told["count"], told["min"], told["p50"], told["max"]) == (3.0, 1.0, 2.0, 3.0)
    assert distribution(np.array([np.nan])) == {}
