"""Rules on how a fabric is wired and laid, each at its limit."""

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.checks.reviews import built, found, port, relation, table

AT = {"medium": "singlemode", "data_rate": "XDR", "connector": "MPO_12_APC", "transceiver": "2xDR4"}


def cables(count, a, b, *, trays=(), words=None, **numbers):
    given = {"length_m": 9.0, "reach_m": 500.0, "diameter_m": 0.003, "bend_radius_m": 0.03} | numbers
    return table("fabric_cable", len(a), words=AT | (words or {}), ends={"a": a, "b": b}, count=count,
                 targets={"trays": relation(*trays)}, **given)  # fmt: skip


def wired(down=72.0, up=72.0, rails=(0, 0), **more):
    """Return two racks of two rails each, joined to leaf 0, which is joined to a spine; leaf 1 has rail 1."""
    openings = [port("rack", "network", r, domain="network", at=(float(r), 0, 2)) for r in (0, 0, 1, 1)]
    openings += [port("switch", "data", s, domain="network", at=(4.0, 0, 1)) for s in (0, 1, 2)]
    rack = table("rack", 2, ends={"network": _ends((0, 1, 2, 3), (0, 0, 1, 1))})
    switch = table("switch", 3, words={"tier": ("leaf", "leaf", "spine")}, port_count=144.0,
                   ends={"data": _ends((4, 5, 6), (0, 1, 2))})  # fmt: skip
    ends = [0 + rails[0], 2 + rails[1], 1, 3, 4], [4, 4, 5, 5, 6]
    cable = cables([down / 2, down / 2, 1.0, 1.0, up], *ends, **more)
    return built(rack, switch, cable, openings=openings)


def _ends(nodes, parts):
    from tests.unit.checks.reviews import end

    return end(nodes, parts)


@pytest.mark.parametrize(("rule", "made", "count"), [
    ("FA010", {"up": 72.0}, 0), ("FA010", {"up": 71.0}, 1),
    ("FA011", {}, 0), ("FA011", {"rails": (0, 1)}, 0),
    ("FA012", {}, 0), ("FA012", {"up": 73.0}, 1),
    ("FA013", {}, 0), ("FA013", {"rails": (0, 1)}, 1),
    ("FA020", {}, 0), ("FA020", {"length_m": 3.0}, 4),
])  # fmt: skip
def test_wiring_is_measured_at_its_limit(rule, made, count):
    assert len(found(rule, wired(**made))) == count


def test_a_leaf_with_two_rails_among_pure_ones_is_told():
    facility = wired(rails=(0, 1))
    cable = facility.tables["fabric_cable"]
    more = cables([1.0] * 5, [0, 3, 1, 2, 4], [4, 4, 5, 6, 6])
    assert found("FA011", replace(facility, tables={**facility.tables, "fabric_cable": cable})) == []
    told = found("FA011", replace(facility, tables={**facility.tables, "fabric_cable": more}))
    assert [f.prim for f in told] == ["/World/switch_0000"]


def test_two_bundles_between_the_same_ports_are_one_too_many():
    facility = wired()
    twice = cables([1.0, 1.0], [0, 4], [4, 0])
    assert len(found("FA014", replace(facility, tables={**facility.tables, "fabric_cable": twice}))) == 2
    assert found("FA014", facility) == []


def laid(*, gap=0.0, beside=0.5, medium="singlemode", group=("", ""), ways=((0, 1), (0, 1)), busway_z=2.0):
    """Return two bundles over three trays along x, the second and third beginning where the first ends."""
    tray = table(
        "tray", 3, width_m=0.3, depth_m=0.1, bend_radius_m=0.05,
        position_m=[[5.0, 0, 3], [15.0 + gap, 0, 3], [15.0, 1.0, 3]], size_m=[[10.0, 0.3, 0.1]] * 3,
    )  # fmt: skip
    busway = table("busway", 1, position_m=[[5.0, 0.0, busway_z]], size_m=[[10.0, 0.1, 0.1]])
    openings = [port("rack", "network", 0, domain="network", at=(0.0, beside, 2)),
                port("switch", "data", 0, domain="network", at=(20.0, beside, 1))]  # fmt: skip
    rack, switch = table("rack", ends={"network": [0]}), table("switch", port_count=144.0, ends={"data": [1]})
    through = [(i, "tray", t) for i, way in enumerate(ways) for t in way]
    cable = cables([1.0, 1.0], [0, 0], [1, 1], trays=through, words={"medium": medium}, length_m=30.0)
    return built(rack, switch, tray, busway, replace(cable, redundancy_group=group), openings=openings)


@pytest.mark.parametrize(("rule", "made", "count"), [
    ("FA015", {}, 0), ("FA015", {"gap": 0.31}, 0), ("FA015", {"gap": 0.33}, 2),
    ("FA016", {}, 0), ("FA016", {"beside": 1.3}, 2),
    ("FA017", {}, 0),
    ("FA018", {"medium": "DAC", "busway_z": 2.6}, 0), ("FA018", {"medium": "DAC", "busway_z": 2.7}, 2),
    ("FA018", {"busway_z": 2.9}, 0),
    ("FA019", {"group": ("g", "g"), "ways": ((0, 1, 2), (0, 1, 2))}, 1),
    ("FA019", {"group": ("g", "g"), "ways": ((0, 1), (0, 2))}, 0),
    ("FA019", {"ways": ((0, 1, 2), (0, 1, 2))}, 0),
])  # fmt: skip
def test_ways_are_measured_at_their_limit(rule, made, count):
    assert len(found(rule, laid(**made))) == count


def test_a_tray_whose_bends_are_too_sharp_for_its_cables_is_told():
    facility = laid()
    cable = facility.tables["fabric_cable"]
    thick = replace(cable, numbers={**cable.numbers, "bend_radius_m": np.full((2, 1), 0.095)})
    assert len(found("FA017", replace(facility, tables={**facility.tables, "fabric_cable": thick}))) == 2


def test_a_tray_is_as_full_as_its_fullest_place():
    # One bundle leaves the first tray for the second, the other stays: each has half of a long tray alone.
    tray = table("tray", 1, width_m=0.1, depth_m=0.05, position_m=[[5.0, 0, 3]], size_m=[[10.0, 0.1, 0.05]])
    openings = [port("rack", "network", 0, domain="network", at=(x, 0.5, 2)) for x in (0.0, 4.0, 6.0, 10.0)]
    rack = table("rack", ends={"network": _ends((0, 1, 2, 3), (0, 0, 0, 0))})
    cable = cables([250.0, 250.0], [0, 2], [1, 3], trays=[(0, "tray", 0), (1, "tray", 0)], length_m=9.0)
    assert found("FA002", built(rack, tray, cable, openings=openings)) == []
    beside = cables([250.0, 250.0], [0, 1], [2, 3], trays=[(0, "tray", 0), (1, "tray", 0)], length_m=9.0)
    assert len(found("FA003", built(rack, tray, beside, openings=openings))) == 1
