"""Rules on power, each at its limit."""

import numpy as np
import pytest

from tests.unit.checks.reviews import NORMAL, built, found, measured, out, port, site, table

IEC = site(loading_regime="iec", loading_limit_ratio=0.7)
NEC = site(loading_regime="nec", loading_limit_ratio=0.7)


def racks(count=1, **numbers):
    given = {"it_power_w": 132e3, "edpp_power_w": 155e3, "shelf_count": 8.0, "shelf_power_w": 33e3} | numbers
    return table("rack", count, words={"air_class": "A2"}, ends=given.pop("ends", {}), **given)


def row(whips=2, **numbers):
    """A busway whose taps feed one rack and one network rack by a whip each."""
    openings = [
        port("busway", "taps", 0, domain="electrical"), port("busway", "taps", 0, domain="electrical"),
        port("rack", "power", 0, domain="electrical"), port("air_rack", "power", 0, domain="electrical"),
    ]  # fmt: skip
    whip = table(
        "whip", whips, breaker_rating_a=63.0, count=4.0, ends={"a": [0, 1][:whips], "b": [2, 3][:whips]}
    )
    network = table("air_rack", it_power_w=19e3, words={"air_class": "A2"})
    return built(
        racks(**numbers), network, table("busway", rating_a=1250.0), whip, openings=openings, owner=NEC
    )


@pytest.mark.parametrize(("owner", "limit"), [(IEC, 70.0), (NEC, 80.0)])
def test_the_regime_says_how_much_of_a_rating_may_be_used(owner, limit):
    (margin,) = measured("EL001", built(table("busway"), owner=owner), busway={"loading_ratio": 0.5})
    assert margin.limit[0] == pytest.approx(limit)


@pytest.mark.parametrize(
    ("rule", "kind", "name"),
    [
        ("EL001", "busway", "loading_ratio"), ("EL002", "whip", "loading_ratio"),
        ("EL003", "power_cable", "loading_ratio"), ("EL004", "breaker", "loading_ratio"),
        ("EL004", "switchboard", "incomer_loading_ratio"), ("EL004", "switchboard", "outgoing_loading_ratio"),
        ("EL004", "generator", "breaker_loading_ratio"), ("EL010", "ups", "loading_ratio"),
        ("EL011", "transformer", "loading_ratio"),
    ],
)  # fmt: skip
def test_continuous_load_is_judged_in_every_case(rule, kind, name):
    facility = built(table(kind), cases=(*NORMAL, out("feed_a", "Feed A is lost")), owner=NEC)
    (finding,) = found(rule, facility, **{kind: {name: [[0.5], [1.1]]}})
    assert (finding.severity, finding.value, finding.cause.text) == (
        "major",
        pytest.approx(110.0),
        "Feed A is lost",
    )
    assert found(rule, facility, **{kind: {name: [[0.5], [0.8]]}}) == []


@pytest.mark.parametrize(
    ("kind", "modules"), [("power_converter", "module_count"), ("power_shelf", "supply_count")]
)
def test_a_converter_carries_its_load_without_its_spare_modules(kind, modules):
    facility = built(table(kind, **{modules: 6.0, "spare_count": 1.0}))
    assert found("EL014", facility, **{kind: {"loading_ratio": 0.833}}) == []
    (finding,) = found("EL014", facility, **{kind: {"loading_ratio": 0.834}})
    assert finding.limit == pytest.approx(500.0 / 6.0)


def test_a_breaker_rated_for_its_full_current_may_carry_it():
    assert (
        found(
            "EL004", built(table("breaker", continuous_ratio=1.0), owner=NEC), breaker={"loading_ratio": 0.95}
        )
        == []
    )


def test_a_generator_is_judged_by_power_and_by_apparent_power():
    facility = built(table("generator", rated_power_w=2e6, apparent_power_va=2.1e6))
    (margin,) = measured("EL012", facility, generator={"power_w": 1.8e6, "reactive_power_var": 1.35e6})
    assert margin.value[0] == pytest.approx(100.0 * 2.25 / 2.1)


def test_the_site_draws_no_more_than_agreed():
    assert len(found("EL013", built(table("utility", rated_power_w=2e6)), utility={"power_w": 2.1e6})) == 1
    assert found("EL013", built(table("utility")), utility={"power_w": 2.1e6}) == []


def test_the_peak_of_a_whip_is_that_of_its_rack_against_the_full_rating():
    (margin,) = measured("EL020", row(), whip={"loading_ratio": [[0.743, 0.2]], "current_a": [[187.0, 27.0]]})
    assert margin.value == pytest.approx([100 * 0.743 * 155 / 132, 20.0])
    assert margin.limit == pytest.approx([100.0, 100.0])


def test_the_peak_of_a_busway_is_shared_as_its_currents_are():
    results = {
        "whip": {"loading_ratio": 0.5, "current_a": [[187.0, 27.0]]},
        "busway": {"loading_ratio": 0.62},
    }
    (margin,) = measured("EL021", row(), **results)
    assert margin.value[0] == pytest.approx(62.0 * (187.0 * 155 / 132 + 27.0) / (187.0 + 27.0))


def test_the_peak_of_all_racks_is_carried_by_all_ups_together():
    facility = built(racks(8), table("ups", 2, rated_power_w=1.5e6), table("transformer", rated_power_va=2e6))
    results = {
        "rack": {"it_power_w": 132e3},
        "ups": {"loading_ratio": [[0.74, 0.0]], "power_out_w": [[1.11e6, 0.0]]},
        "transformer": {"loading_ratio": 0.63},
    }  # fmt: skip
    ups, transformer = measured(
        "EL022", facility, {"facility_power_w": 1.25e6, "pue_design_ratio": 1.1}, **results
    )
    assert ups.value == pytest.approx([74.0 * (1 + 184e3 / 1.11e6), 0.0])
    assert transformer.value == pytest.approx([63.0 * (1 + 184e3 / 1.25e6)])


@pytest.mark.parametrize(
    ("power_w", "inputs", "count"), [(132e3, 2, 0), (133e3, 2, 1), (142e3, 1, 0), (265e3, 1, 1)]
)
def test_half_the_shelves_carry_a_rack_that_has_two_feeds(power_w, inputs, count):
    from tests.unit.checks.reviews import end

    ends = {"power": end(list(range(inputs)), [0] * inputs)}
    facility = built(racks(it_power_w=power_w, ends=ends))
    assert len(found("EL030", facility)) == count


@pytest.mark.parametrize(("ratio", "count"), [(0.9, 0), (0.89, 1), (np.nan, 0)])
def test_the_voltage_at_a_rack_stays_within_a_tenth(ratio, count):
    facility = built(racks())
    assert len(found("EL040", facility, rack={"it_power_w": 132e3, "input_voltage_ratio": ratio})) == count


def test_the_drop_from_the_board_counts_busway_and_whip():
    results = {"whip": {"drop_ratio": 0.03, "current_a": [[187.0, 0.0]]}, "busway": {"drop_ratio": 0.025}}
    (finding,) = found("EL041", row(), **results)
    assert (finding.value, finding.severity) == (pytest.approx(5.5), "minor")


@pytest.mark.parametrize(
    ("kind", "rule"), [("rack", "EL050"), ("pump", "EL051"), ("auxiliary_load", "EL052")]
)
def test_what_loses_every_supply_is_told(kind, rule):
    part = racks() if kind == "rack" else table(kind)
    facility = built(part, cases=(*NORMAL, out("feed_a", "Feed A is lost")))
    (finding,) = found(rule, facility, **{kind: {"supply_lost_ratio": [[0.0], [1.0]]}})
    assert finding.cause.text == "Feed A is lost"
    assert finding.severity == ("minor" if kind == "auxiliary_load" else "critical")


def phased(*counts):
    """A busway with one whip per port; each port takes so many phases."""
    taps = [port("busway", "taps", 0, domain="electrical") for _ in counts]
    inputs = [
        port("air_rack", "power", i, domain="electrical", phase_count=float(c)) for i, c in enumerate(counts)
    ]
    n = len(counts)
    whip = table(
        "whip", n, breaker_rating_a=32.0, count=1.0, ends={"a": list(range(n)), "b": list(range(n, 2 * n))}
    )
    cabinets = table("air_rack", n, words={"air_class": "A2"}, it_power_w=5e3)
    return built(cabinets, table("busway"), whip, openings=(*taps, *inputs), owner=NEC)


def test_single_phase_loads_in_threes_are_balanced():
    (margin,) = measured("EL060", phased(1, 1, 1, 3), whip={"current_a": [[20.0, 20.0, 20.0, 10.0]]})
    assert margin.value[0] == pytest.approx(0.0, abs=1e-9)


def test_a_lone_single_phase_load_is_not_balanced():
    (finding,) = found("EL060", phased(1, 3), whip={"current_a": [[20.0, 10.0]]})
    mean = (30.0 + 10.0 + 10.0) / 3.0
    assert finding.value == pytest.approx(100.0 * (30.0 - mean) / mean)


def test_three_phase_loads_alone_need_no_balancing():
    assert measured("EL060", phased(3, 3), whip={"current_a": 20.0}) == []


def test_a_ups_in_modules_carries_no_more_than_without_its_spare_ones():
    facility = built(table("ups", module_count=6.0, spare_count=1.0))
    assert found("EL014", facility, ups={"loading_ratio": 0.83}) == []
    (finding,) = found("EL014", facility, ups={"loading_ratio": 0.84})
    assert finding.limit == pytest.approx(500.0 / 6.0)
    assert measured("EL014", built(table("ups")), ups={"loading_ratio": 0.99}) == []
