"""What the events of the pod come to, and that without them nothing in it moves."""

import numpy as np
import pytest
from pxr import Usd

from twin.cli import main
from twin.model.element import Fluid
from twin.model.network import lay_out
from twin.model.surge_net import lay_out_surge
from twin.solve.hammer import NORMAL, steady_of
from twin.solve.hammer_grid import divide
from twin.solve.hammer_loop import Happening, loop_of
from twin.solve.hammer_march import march
from twin.stage.read import read
from twin.states import settle
from twin.walk import walk

NOTHING = np.zeros(0, dtype=np.intp)
# Pressures in bar g: peak and trough. They move when a length, a wall or a pump of the pod does.
EVENTS = ["/World:surges=events"]
EXPECTED = {"fws_trip": (3.01, 1.08), "rack_shut": (3.37, 0.79)}


@pytest.fixture(scope="module")
def outcome():
    return walk("pod", variants=EVENTS)


def events(outcome):
    data = outcome.tree["surge"].to_dataset()
    return {str(path).rpartition("/")[2]: data.sel(surge=path) for path in data["surge"].values}


@pytest.mark.parametrize("rigid", [False, True])
def test_without_an_event_no_loop_of_the_pod_moves(rigid):
    network = lay_out(read("pod", variants=EVENTS).facility)
    solution, _ = settle(network)
    steady = steady_of(solution, lay_out_surge(network.assembly, network.flow))
    net, seen = steady.net, 0
    for island in np.flatnonzero(net.fluid != Fluid.AIR):
        branches = np.flatnonzero(net.island[net.tail] == island)
        loop = loop_of(steady, branches[:1])
        step = 2e-3 if rigid else 4e-4
        still = np.full(len(loop.tail), rigid)
        found = march(divide(loop, step, still), Happening(closes=NOTHING, trips=NOTHING), duration_s=0.2)
        scale = np.abs(loop.pressure_pag).max()
        assert (found.highest_pag - found.lowest_pag).max() < 1e-6 * scale
        seen += 1
    assert seen == 3


@pytest.mark.parametrize("name", EXPECTED)
def test_the_events_of_the_pod_come_to_what_is_written_here(outcome, name):
    event = events(outcome)[name].isel(variant=NORMAL)
    peak, lowest = EXPECTED[name]
    assert float(event["peak_pag"]) / 1e5 == pytest.approx(peak, abs=0.02)
    assert float(event["lowest_pag"]) / 1e5 == pytest.approx(lowest, abs=0.02)
    assert float(event["mass_ratio"]) < 1e-6
    assert float(event["energy_ratio"]) < 1e-4


def test_waves_are_followed_where_the_event_is_not_much_slower_than_they_are(outcome):
    for event in events(outcome).values():
        at = event.isel(variant=NORMAL)
        assert bool(at["elastic_ratio"]) == (float(at["time_s"]) < 10.0 * float(at["critical_s"]))


def test_other_cases_than_the_normal_one_say_nothing_of_events(outcome):
    data = outcome.tree["surge"].to_dataset()["peak_pag"].values
    assert np.isfinite(data[NORMAL]).all()
    assert np.isnan(data[1:]).all()


def test_a_valve_that_shuts_faster_raises_the_peak_until_the_rating_of_the_rack_is_exceeded():
    prim = "/World/Controls/rack_shut.twin:surge"
    slow = walk("pod", variants=EVENTS, overrides=[f"{prim}:closing=0.5s"])
    fast = walk("pod", variants=EVENTS, overrides=[f"{prim}:closing=0.005s"])
    peaks = [float(events(o)["rack_shut"]["peak_pag"][NORMAL]) for o in (slow, fast)]
    assert peaks[0] < 0.7 * peaks[1]
    rules = [{f.rule for f in o.findings} & {"HY050", "HY051", "HY052"} for o in (slow, fast)]
    assert rules[0] == set()
    assert "HY050" in rules[1]


def test_events_are_told_in_every_file_of_a_check(tmp_path):
    assert main(["check", "pod", "--variant", *EVENTS, "--out", str(tmp_path)]) == 0
    stage = Usd.Stage.Open(str(tmp_path / "results.usda"))
    event = stage.GetPrimAtPath("/World/Controls/fws_trip")
    peak = event.GetAttribute("twin:result:peak")
    told = float(peak.Get()) / 100.0, peak.GetCustomDataByKey("unit")
    assert told == (pytest.approx(EXPECTED["fws_trip"][0], abs=0.02), "kPa g")
    assert "fws_trip" in (tmp_path / "findings.md").read_text() + (tmp_path / "check.json").read_text()
