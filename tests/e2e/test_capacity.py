"""Stranded capacity of the pod: what is said to be left is what is there when racks take it."""

import numpy as np
import pytest

from twin.cli import parser
from twin.reports.capacity_page import capacity_text
from twin.studies.capacity import capacity
from twin.walk import walk


@pytest.fixture(scope="module")
def pod():
    return walk("pod")


@pytest.fixture(scope="module")
def rows(pod):
    return capacity(pod.facility, pod.solution)


def of(row, device):
    return next(r for r in row.resources if r.device == device)


def test_every_rack_stands_in_one_row_and_the_tightest_part_limits_it(pod, rows):
    racks = [path for row in rows for path in row.racks]
    assert len(racks) == len(set(racks)) == 10
    for row in rows:
        room = [r.more_count for r in row.resources if np.isfinite(r.more_count)]
        assert row.limit.more_count == min(room)
        assert row.limit.device == "busway tap-offs"
        assert all(r.idle_w >= 0.0 for r in row.resources if np.isfinite(r.idle_w))


def test_loadings_are_those_of_the_results_in_their_worst_case(pod, rows):
    heat = pod.tree["cdu"]["heat_w"].values
    running = heat > 1.0
    worst = (heat.sum(axis=1) / (running.sum(axis=1) * 1368e3)).max()
    assert of(rows[0], "cdu heat").loading_ratio == pytest.approx(worst)
    busway = pod.tree["busway"].to_dataset()
    mine = [str(p).endswith(("Busway_BA", "Busway_BB")) for p in busway["busway"].values]
    worst = busway["loading_ratio"].values[:, mine].max()
    row = next(r for r in rows if "Busway_BA" in r.name)
    assert of(row, "busway").loading_ratio == pytest.approx(worst)
    assert of(row, "utility").case == ""
    assert np.isnan(of(row, "utility").more_count)


@pytest.mark.slow
def test_racks_that_take_what_is_left_bring_a_part_to_its_limit(rows):
    row = rows[0]
    for device, off in (("busway", 0.01), ("ups", 0.01), ("cdu heat", 0.02)):
        told = of(row, device)
        more = 1.0 + told.more_count / told.served_count
        scaled = walk(
            "pod",
            overrides=[
                f"/_class_GB300_NVL72.twin:rack:itPower={132 * more:.6f}kW",
                f"/_class_NetworkRack.twin:airRack:itPower={19 * more:.6f}kW",
            ],
        )
        found = of(capacity(scaled.facility, scaled.solution)[0], device)
        assert found.loading_ratio == pytest.approx(told.limit_ratio, rel=off)


def test_the_page_tells_rows_limits_and_what_is_not_established(rows):
    page = capacity_text("pod", rows)
    for word in ("room for", "busway tap-offs", "plant idle", "not established", "dry_cooler", "no rating"):
        assert word in page
    assert max(map(len, page.splitlines())) <= 120


def test_the_command_is_there():
    arguments = parser().parse_args(["capacity", "pod", "--format", "json"])
    assert arguments.format == "json"
