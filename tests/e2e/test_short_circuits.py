"""Short circuits planted in the pod: each rule names the part, its value and its margin."""

import pytest

from twin.walk import walk

BREAKER = "/World/Electrical/MechanicalIncomer_A"
BOARD, BUSWAY = "/World/Power/MainBoard_A", "/World/White/Electrical/Busway_AA"
PLANTED = [
    ("EL070", BREAKER, [f"{BREAKER}.twin:breaker:breakingCapacity=40kA"]),
    ("EL071", BOARD, [f"{BOARD}.twin:switchboard:withstand=40kA"]),
    ("EL072", BUSWAY, [f"{BUSWAY}.twin:busway:withstand=40kA"]),
    ("EL073", BUSWAY, [f"{BUSWAY}.twin:busway:withstand=45kA"]),
    ("EL074", "/World/Power/Ups_A", ["/World/Power/Ups_A.twin:ups:withstand=40kA"]),
    ("EL075", "{rack}", ["{rack}.twin:rack:withstand=25kA"]),
]  # fmt: skip


@pytest.fixture(scope="module")
def rack():
    return walk("pod").facility.tables["rack"].paths[0]


def short_circuits(outcome):
    return {(f.rule, f.prim) for f in outcome.findings if f.rule.startswith("EL07")}


@pytest.mark.parametrize(("rule", "prim", "overrides"), PLANTED, ids=[p[0] for p in PLANTED])
def test_a_planted_weakness_is_found_where_it_is_and_nowhere_else(rule, prim, overrides, rack):
    outcome = walk("pod", overrides=[each.format(rack=rack) for each in overrides])
    (finding,) = [f for f in outcome.findings if f.rule == rule]
    assert finding.prim == prim.format(rack=rack)
    assert finding.value > finding.limit
    assert finding.margin == pytest.approx(finding.limit - finding.value)
    assert {r for r, _ in short_circuits(outcome)} <= {rule, "EL073"}


def test_a_declared_let_through_protects_the_rack(rack):
    facility = walk("pod").facility
    table, node = facility.tables["whip"], facility.tables["whip"].ends["b"].node
    mine = [table.paths[i] for i in range(len(node)) if facility.ports.paths[node[i]].startswith(rack)]
    assert mine
    overrides = [f"{rack}.twin:rack:withstand=25kA"]
    overrides += [f"{whip}.twin:whip:letThrough=18kA" for whip in mine]
    assert short_circuits(walk("pod", overrides=overrides)) == set()


def test_every_run_tells_the_currents_of_boards_busways_whips_and_racks():
    tree = walk("pod", overrides=["/World/Power/Ups_A.twin:ups:inverterFault=2500A"]).tree
    for group, kind in (("plant", "switchboard"), ("busway", "busway"), ("cable", "whip"), ("rack", "rack")):
        data = tree[group].to_dataset()
        mine = data["kind"].values == kind
        most, peak = data["ikss_max_a"].values[:, mine], data["ip_a"].values[:, mine]
        assert (most[0] > 30e3).all()
        assert ((peak > 1.02 * 2**0.5 * most) | (most == 0.0)).all()
        assert data["ikss_max_a"].attrs["units"] == "A"
    least = tree["busway"].to_dataset()["ikss_min_a"].values
    assert (least == 2500.0).any()


def test_going_down_a_path_the_current_falls():
    tree = walk("pod").tree
    board = tree["plant"].to_dataset()["ikss_max_a"].sel(plant=BOARD).values[0]
    busway = tree["busway"].to_dataset()["ikss_max_a"].sel(busway=BUSWAY).values[0]
    whips = tree["cable"].to_dataset()
    whip = whips["ikss_max_a"].values[0][whips["kind"].values == "whip"].max()
    rack = tree["rack"].to_dataset()["ikss_max_a"].values[0].max()
    assert board > busway > whip > rack
