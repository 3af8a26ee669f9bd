"""Outages of power equipment: transfers, what drops, survivors, and the quick way against the coupled one."""

from dataclasses import replace

import numpy as np
import pytest

from tests.property.pods import copy_pod, one_mechanical_board
from twin.errors import UsageError
from twin.model.network import lay_out
from twin.solve import condense
from twin.solve.power_supply import find_supply
from twin.solve.power_tree import tree_of
from twin.stage.read import read
from twin.studies import power_failures as studied
from twin.studies.outages import in_cases
from twin.studies.power_failures import maintained, power_failures
from twin.studies.power_matrix import by_class, matrix
from twin.studies.power_outages import FAILED, PAIR, SHELF, power_outages
from twin.studies.power_quick import quick_rows
from twin.studies.power_switches import Switches

POWER, ELECTRICAL = "/World/Power", "/World/Electrical"


@pytest.fixture(scope="module")
def pod(tmp_path_factory):
    """Return a pod with one board for its plant, whose loss leaves every rack without cooling."""
    return read(one_mechanical_board(copy_pod(tmp_path_factory.mktemp("power")))).facility


@pytest.fixture(scope="module")
def outages(pod):
    return {o.part: o for o in power_outages(pod)}


@pytest.fixture(scope="module")
def found(pod):
    return power_failures(pod, pairs=[(f"{POWER}/Ups_A", f"{POWER}/Ups_B")])


@pytest.fixture(scope="module")
def rows(found):
    return {(row.group, row.part): row for row in found.rows}


def loading(row, device):
    return next(each for each in row.loadings if each.device == device)


def test_every_part_of_the_power_side_that_runs_is_out_once_or_is_a_contingency(pod, outages):
    for kind, group in FAILED.items():
        if kind not in pod.tables:
            continue
        table = pod.tables[kind]
        for path, runs in zip(table.paths, table.in_service[:, 0], strict=True):
            alone = path in outages and outages[path].group == group
            named = any(o.authored and path in o.case.out for o in outages.values())
            assert alone or named or not runs


def test_a_transfer_opens_the_breaker_that_lost_its_supply_and_closes_its_standby_fellow(outages):
    cable = outages[f"{ELECTRICAL}/Cables/Mv_A"].case
    assert cable.out == (f"{ELECTRICAL}/Cables/Mv_A", f"{ELECTRICAL}/MechanicalIncomer_A")
    assert cable.start == (f"{ELECTRICAL}/MechanicalIncomer_B",)
    assert outages[f"{ELECTRICAL}/MechanicalIncomer_A"].case.start == (f"{ELECTRICAL}/MechanicalIncomer_B",)
    assert outages[f"{ELECTRICAL}/Cables/Mv_B"].case.start == ()
    # Closing onto the board that is itself out would give nobody a supply.
    assert outages[f"{ELECTRICAL}/MechanicalBoard_A"].case.start == ()


def test_standby_equipment_starts_for_what_loses_its_feed(outages):
    feed = outages[f"{ELECTRICAL}/Cables/FwsPump_1_A"].case
    assert feed.start == ("/World/Mechanical/FwsPump_2",)


def test_a_contingency_with_its_switching_stands_for_the_part_that_fails(outages):
    assert f"{POWER}/MainBoard_A" not in outages
    assert f"{ELECTRICAL}/Utility" not in outages
    assert outages["/World/Controls/feed_a"].authored


def test_switches_are_those_of_the_facility_laid_out_in_the_same_cases(pod, outages):
    some = list(outages.values())[10:40]
    own = Switches(pod).in_cases([o.case for o in some])
    theirs = lay_out(in_cases(pod, some)).power
    for name in ("lines", "transformers", "converters", "feeds", "consumers"):
        ours, other = (getattr(net, name).in_service for net in (own, theirs))
        np.testing.assert_array_equal(ours, np.broadcast_to(other, (len(ours), len(some) + 1))[:, 1:])


def test_a_tree_tells_what_an_outage_leaves_dead(pod, outages):
    switches = Switches(pod)
    tree = tree_of(switches.net, switches.supply)
    plain = [o for o in outages.values() if not o.authored and not o.case.start]
    dead = tree.dead([[e for p in o.case.out for e in switches.elements[p]] for o in plain])
    alive = find_supply(switches.in_cases([o.case for o in plain])).alive
    np.testing.assert_array_equal(switches.supply.alive & ~dead, alive)


def test_a_meshed_net_is_no_tree(pod):
    switches = Switches(pod)
    lines = switches.net.lines
    both = lines.in_service.copy()
    for name, row in switches.elements[f"{ELECTRICAL}/MechanicalIncomer_B"]:
        assert name == "lines"
        both[row] = True
    net = replace(switches.net, lines=replace(lines, in_service=both))
    assert tree_of(net, find_supply(net)) is None


def test_a_rack_that_loses_a_whip_draws_all_through_the_other(rows, pod):
    row = rows["whip out", "/World/White/Electrical/Whips/Rack_A1_A"]
    power = pod.tables["rack"].numbers["it_power_w"][0, 0]
    assert row.transferred_w == pytest.approx(power / 2.0, rel=1e-9)
    assert row.racks_dark == ()
    usual = loading(rows["all running", ""], "whip").loading_ratio
    assert loading(row, "whip").loading_ratio == pytest.approx(2.0 * usual, rel=0.01)


def test_losses_of_a_lost_side_are_not_drawn(rows):
    normal, lost = rows["all running", ""], rows["UPS out", f"{POWER}/Ups_A"]
    assert loading(lost, "ups").part == f"{POWER}/Ups_B"
    assert loading(lost, "ups").loading_ratio == pytest.approx(
        2.0 * loading(normal, "ups").loading_ratio, rel=0.02
    )
    assert lost.facility_w != pytest.approx(normal.facility_w, rel=1e-6)


def test_both_ups_out_leave_every_rack_dark(rows, pod):
    row = rows[PAIR, f"{POWER}/Ups_A and {POWER}/Ups_B"]
    assert set(row.racks_dark) == {*pod.tables["rack"].paths, *pod.tables["air_rack"].paths}
    assert not row.harmless


def test_racks_without_cooling_are_told_where_the_board_of_the_plant_is_out(rows, pod):
    row = rows["board out", f"{ELECTRICAL}/MechanicalBoard_A"]
    assert row.racks_hot == pod.tables["rack"].paths
    assert "/World/Mechanical/DryCooler_1" in row.loads_dark
    assert not row.harmless


def test_shelves_left_carry_what_one_carried(rows, pod):
    row, normal = rows[SHELF, "/World/White/IT/Rack_B2"], rows["all running", ""]
    count = pod.tables["rack"].numbers["shelf_count"][0, 0]
    usual = loading(normal, "power_shelf").loading_ratio
    assert loading(row, "power_shelf").loading_ratio == pytest.approx(usual * count / (count - 1.0))
    assert row.facility_w == normal.facility_w


def test_a_class_is_worst_in_the_outage_that_leaves_it_the_least_margin(found):
    held = matrix(found.rows)
    single = held.isel(outage=[row.group not in {PAIR, "all running"} for row in found.rows])
    for row in by_class(found.rows):
        if row.worst_part:
            least = float(single["margin_ratio"].sel(device=row.device).min())
            assert row.worst_margin_ratio == pytest.approx(least, abs=1e-8)
            assert row.worst_margin_ratio <= row.normal_margin_ratio + 1e-8 or not row.normal_part
    assert held["loading_ratio"].attrs["units"] == "1"


def test_a_part_under_maintenance_is_out_in_every_case(pod):
    kept = power_failures(maintained(pod, [f"{POWER}/Ups_A"]), groups=["UPS out"])
    assert [row.part for row in kept.rows] == ["", f"{POWER}/Ups_B"]
    assert len(kept.rows[1].racks_dark) == len(pod.tables["rack"].paths) + 2
    transfer = maintained(pod, [f"{ELECTRICAL}/MechanicalIncomer_A"]).tables["breaker"]
    assert transfer.in_service[:, 0].tolist() == [False, True]


def test_what_cannot_be_out_is_refused(pod):
    with pytest.raises(UsageError, match="there is no part /World/Nothing"):
        power_outages(pod, [("/World/Nothing", f"{POWER}/Ups_A")])
    with pytest.raises(UsageError, match="there is no part /World/Site"):
        maintained(pod, ["/World/Site"])


@pytest.mark.parametrize(("least_nodes", "share"), [(condense.LEAST_NODES, 0.05), (0, 0.6)])
def test_the_quick_way_finds_what_the_coupled_one_finds(monkeypatch, pod, least_nodes, share):
    """With no least number of nodes the net is condensed to the groups that each outage touches."""
    monkeypatch.setattr(condense, "LEAST_NODES", least_nodes)
    monkeypatch.setattr(condense, "BACKBONE_SHARE", share)
    switches = Switches(pod)
    chosen = [o for o in power_outages(pod, (), switches) if not o.authored and not o.case.start]
    coupled, coolant = studied._coupled(pod, chosen)
    quick = quick_rows(switches, chosen, coolant)
    assert {row.group for row in quick.values()} == {
        "transformer out", "UPS out", "board out", "busway out", "cable out", "whip out",
    }  # fmt: skip
    for at, row in quick.items():
        other = coupled[at + 1]
        for ours, theirs in zip(row.loadings, other.loadings, strict=True):
            assert ours.part == theirs.part
            assert ours.loading_ratio == pytest.approx(theirs.loading_ratio, abs=1e-6, nan_ok=True)
        assert row.lowest_voltage_ratio == pytest.approx(other.lowest_voltage_ratio, abs=1e-6)
        assert row.facility_w == pytest.approx(other.facility_w, rel=1e-6)
        assert row.transferred_w == pytest.approx(other.transferred_w, rel=1e-6, abs=1.0)
        for name in ("racks_dark", "racks_dry", "racks_short", "racks_hot", "loads_dark"):
            assert getattr(row, name) == getattr(other, name)


def test_what_hangs_behind_a_converter_is_not_condensed(monkeypatch, pod):
    monkeypatch.setattr(condense, "LEAST_NODES", 0)
    switches = Switches(pod)
    whips = [o for o in power_outages(pod, (), switches) if o.group == "whip out"]
    _, coolant = studied._coupled(pod, ())
    assert quick_rows(switches, whips, coolant) == {}


def test_redundancy_of_a_supply_is_data(found, pod):
    held = {each.part: each for each in found.supplies}
    rack = held[pod.tables["rack"].paths[0]]
    assert (rack.supply, rack.input_count) == ("shares", 2)
    assert rack.share_ratio == pytest.approx((0.5, 0.5))
    assert rack.dark_count == 1  # both UPS out
    cdu = held["/World/White/Mechanical/Cdu_1"]
    assert cdu.supply == "transfers"
    assert cdu.share_ratio == pytest.approx((1.0, 0.0))
    chiller = held["/World/Mechanical/Chiller_1"]
    assert (chiller.supply, chiller.input_count) == ("single", 1)
    assert chiller.dark_count >= 2


@pytest.mark.slow
def test_the_quick_way_finds_in_the_hall_what_the_coupled_one_finds():
    hall = read("hall_liquid").facility
    switches, rng = Switches(hall), np.random.default_rng(5)
    every = power_outages(hall, (), switches)
    chosen = []
    for group in ("transformer out", "UPS out", "board out", "busway out", "cable out", "whip out"):
        own = [o for o in every if o.group == group and not o.case.start]
        chosen += [own[at] for at in rng.choice(len(own), 8, replace=False)]
    coupled, coolant = studied._coupled(hall, chosen)
    quick = quick_rows(switches, chosen, coolant)
    assert len(quick) >= 40
    for at, row in quick.items():
        other = coupled[at + 1]
        for ours, theirs in zip(row.loadings, other.loadings, strict=True):
            assert ours.part == theirs.part
            assert ours.loading_ratio == pytest.approx(theirs.loading_ratio, abs=1e-6, nan_ok=True)
        assert row.lowest_voltage_ratio == pytest.approx(other.lowest_voltage_ratio, abs=1e-6)
        assert row.facility_w == pytest.approx(other.facility_w, rel=1e-6)
        assert row.racks_hot == other.racks_hot
