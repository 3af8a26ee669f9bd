"""Transients that other people computed; see README.md."""

import json
from dataclasses import replace

import numpy as np
import pytest

from tests.support.bench import col, ints, vessel
from tests.support.surge_bench import column, run, steady_of, through
from twin.model.element import Mover, Path


@pytest.fixture
def case(published_cases):
    def load(name):
        return json.loads((published_cases / "hydraulics" / name).read_text(encoding="utf-8"))

    return load


@pytest.fixture
def closed_at_once(case):
    """Return the case, its series, and ours at the same instants [m]."""
    said = case("transient_pipe_instant.expected.json")
    given, law = said["inputs"], said["inputs"]["closure"]
    weight = 998.2 * given["g"]
    pipe = Path(
        role="pipe", part=ints(0), a=ints(0), b=ints(1), length_m=col(given["L_m"]),
        diameter_m=col(given["D_m"]), roughness_m=col(given["roughness_m"]),
    )  # fmt: skip
    drawn = Mover(role="end", part=ints(1), a=ints(1), b=ints(2), held_m3_s=col(given["Q0_m3s"]))
    steady = steady_of(
        vessel(0, weight * given["reservoir_head_m"]), vessel(2), pipe, drawn, nodes=3,
        wave_m_s=given["wave_speed_m_s"],
    )  # fmt: skip
    found = run(
        steady, given["dt_s"], 2.0, closes=ints(1), close_s=law["t_close_s"], start_s=law["t_start_s"],
        evenly=True, exponent_ratio=float(law["m"]),
    )  # fmt: skip
    time, head = (np.array(said["series"][name]) for name in ("t_s", "H_valve_m"))
    return said, time, head, np.interp(time, found.time_s, column(found, 1) / weight)


def crossings(time, head, level):
    """Return when a series rises through a level."""
    up = np.flatnonzero((head[:-1] < level) & (head[1:] >= level))
    share = (level - head[up]) / (head[up + 1] - head[up])
    return time[up] + share * (time[up + 1] - time[up])


def test_peaks_and_the_first_plateau_are_those_of_tsnet(closed_at_once):
    said, time, head, ours = closed_at_once
    assert ours.max() == pytest.approx(said["expected"]["H_max_m"], rel=0.02)
    assert ours.min() == pytest.approx(said["expected"]["H_min_m"], rel=0.02)
    plateau = ours[(time > 0.075) & (time < 0.2)].min()
    closed = said["closed_form"]
    assert plateau == pytest.approx(closed["H_valve_0_m"] + closed["joukowsky_dH_m"], rel=0.01)
    assert np.abs(ours - head)[head > 390.0].max() < 1e-3 * closed["joukowsky_dH_m"]


def test_the_period_is_four_lengths_over_the_wave_speed_and_its_phase_does_not_drift(closed_at_once):
    said, time, head, ours = closed_at_once
    mine, theirs = (crossings(time, series, 250.0)[1:] for series in (ours, head))
    assert np.diff(mine) == pytest.approx(said["closed_form"]["period_4L_over_a_s"], rel=0.01)
    assert np.abs(mine / theirs - 1.0).max() < 0.02


@pytest.mark.parametrize(("rigid", "step_s", "tolerance"), [(True, 0.1, 5e-4), (False, 1.0 / 60.0, 5e-4)])
def test_flow_is_established_as_streeter_and_wylie_say(case, rigid, step_s, tolerance):
    said = case("flow_establishment.json")
    given = said["inputs"]
    area = 0.25 * np.pi * given["D_m"] ** 2
    heads = (
        given["f"] * given["L_m"] / given["D_m"] + given["K_minor_excl_exit"] + given["exit_velocity_head"]
    )
    pipe = Path(
        role="pipe", part=ints(0), a=ints(0), b=ints(1), diameter_m=col(given["D_m"]),
        quadratic_pa_s2_m6=col(heads * 998.2 / 2.0 / area**2),
    )  # fmt: skip
    drive = 998.2 * given["g"] * given["head_m"]
    steady = steady_of(vessel(0, drive), vessel(1), pipe, nodes=2, flow=[0.0], pressure=[drive, 0.0])
    surge = replace(steady.surge, length_m=np.array([given["L_m"]]))
    steady = replace(steady, surge=surge, wave_m_s=np.array([1200.0]))
    found = run(steady, step_s, 20.0, rigid=rigid)
    speed = through(found, 0) / 998.2 / area
    for row in said["table"]:
        assert np.interp(row["t_s"], found.time_s, speed) == pytest.approx(row["V_m_s"], rel=tolerance)
