"""Rules on data cabling, each at its limit."""

import numpy as np
import pytest

from tests.unit.checks.reviews import built, found, measured, port, relation, table

DR4 = {"medium": "singlemode", "data_rate": "800GbE", "connector": "MPO_12_APC", "transceiver": "800G 2xDR4"}


def cables(parts=1, *, words=None, trays=(), **numbers):
    given = {"count": 72.0, "length_m": 20.0, "reach_m": 500.0, "diameter_m": 0.003} | numbers
    return table(
        "fabric_cable", parts, words=DR4 | (words or {}), targets={"trays": relation(*trays)}, **given
    )


@pytest.mark.parametrize(("length_m", "count"), [(2.0, 0), (2.5, 1)])
def test_a_cable_is_no_longer_than_its_medium_reaches(length_m, count):
    assert len(found("FA001", built(cables(length_m=length_m, reach_m=2.0)))) == count


def tray(**numbers):
    given = {"width_m": 0.1, "depth_m": 0.05, "design_fill_ratio": 0.4, "limit_fill_ratio": 0.5} | numbers
    return table("tray", **given)


@pytest.mark.parametrize(("count", "rules"), [(280, []), (300, ["FA002"]), (360, ["FA003", "FA002"])])
def test_a_tray_is_filled_by_every_bundle_that_runs_through_it(count, rules):
    two = cables(2, count=[count - 100.0, 100.0], trays=((0, "tray", 0), (1, "tray", 0)))
    facility = built(two, tray())
    broken = [rule for rule in ("FA003", "FA002") if found(rule, facility)]
    assert broken == rules
    (margin,) = measured("FA003", facility)
    assert margin.value[0] == pytest.approx(100 * count * 0.25 * np.pi * 0.003**2 / 0.005)


def test_a_tray_carries_so_much_weight_per_metre():
    heavy = cables(trays=((0, "tray", 0),), mass_kg_m=0.5)
    assert len(found("FA004", built(heavy, tray(allowed_load_kg_m=30.0)))) == 1
    assert found("FA004", built(heavy, tray())) == []


@pytest.mark.parametrize(
    ("medium", "radius_mm", "count"), [("singlemode", 29.0, 1), ("DAC", 29.0, 0), ("DAC", 14.0, 1)]
)
def test_fibre_bends_less_sharply_than_copper(medium, radius_mm, count):
    assert (
        len(found("FA005", built(cables(words={"medium": medium}, bend_radius_m=radius_mm / 1e3)))) == count
    )


@pytest.mark.parametrize(("ports", "count"), [(144.0, 0), (143.0, 1)])
def test_a_switch_takes_as_many_cables_as_it_has_ports(ports, count):
    openings = [port("switch", "data", 0, domain="network") for _ in range(2)]
    bundles = table("fabric_cable", 2, words=DR4, count=72.0, ends={"a": [0, 1], "b": [-1, -1]})
    assert len(found("FA006", built(table("switch", port_count=ports), bundles, openings=openings))) == count


def joined(said, **words):
    opening = port("switch", "data", 0, domain="network", words=said)
    bundle = table("fabric_cable", words=DR4 | words, count=1.0, ends={"a": [0], "b": [-1]})
    return built(table("switch", port_count=64.0), bundle, openings=[opening])


@pytest.mark.parametrize(
    ("said", "words", "count"),
    [
        ({"dataRate": "800GbE", "portType": "OSFP", "allowedTransceivers": "DR4 FR4"}, {}, 0),
        ({}, {}, 0),
        ({"dataRate": "400GbE"}, {}, 1),
        ({"dataRate": "400GbE", "supportedLineRates": "400GbE 800GbE"}, {}, 0),
        ({"dataRate": "800GbE"}, {"data_rate": "XDR"}, 0),
        ({"portType": "QSFP28"}, {}, 1),
        ({"portType": "RJ45", "allowedTransceivers": "SR4"}, {}, 2),
    ],
)
def test_a_cable_fits_the_words_of_its_ports(said, words, count):
    (margin,) = measured("FA007", joined(said, **words))
    assert margin.value[0] == count
    assert margin.broken[0] == (count > 0)


def test_switches_draw_their_power_through_their_rack():
    rack = table("air_rack", words={"air_class": "A2"}, it_power_w=16e3)
    switches = table(
        "switch", 4, paths=tuple(f"/World/air_rack_0000/Leaf_{i}" for i in range(4)), power_w=4.2e3
    )
    (finding,) = found("FA008", built(rack, switches))
    assert (finding.value, finding.limit) == (pytest.approx(16.8), pytest.approx(16.0))
