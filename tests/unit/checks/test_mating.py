"""Rules on matings; NVIDIA's published sample CDU and rack must not mate, and the findings say why."""

import pytest

from tests.unit.checks.reviews import BAR, CELSIUS, built, checked, end, found, port, site, table

L_S = 1e-3
# Port values of the published samples, as in tests/data/simready.
SAMPLE_CDU = {
    "port_diameter_m": 0.101, "design_flow_rate_m3_s": 30 * L_S, "max_flow_rate_m3_s": 30 * L_S,
    "design_temperature_k": 44.85 + CELSIUS, "max_temperature_k": 70 + CELSIUS,
    "operating_pressure_pag": 4 * BAR, "max_pressure_pag": 10 * BAR,
}  # fmt: skip
SAMPLE_CDU_WORDS = {"fluidType": "glycol_water_25", "flangeRating": "ANSI_150", "flangeSize": "NPS4"}
SAMPLE_RACK = {
    "port_diameter_m": 0.053, "design_flow_rate_m3_s": 2.77512 * L_S, "max_flow_rate_m3_s": 3.88517 * L_S,
    "design_temperature_k": 32 + CELSIUS, "max_temperature_k": 60 + CELSIUS,
    "operating_pressure_pag": 4 * BAR, "max_pressure_pag": 10 * BAR,
}  # fmt: skip
SAMPLE_RACK_WORDS = {"fluidType": "water", "flangeRating": "ANSI_150", "flangeSize": "NPS2"}


def piped(first, second, *, kind="pipe", owner=None, **numbers):
    """One pipe from the first port to the second, a CDU's and a rack's unless they say otherwise."""
    made = table(kind, ends={"a": end([0]), "b": end([1])}, **({"inner_diameter_m": 0.1} | numbers))
    owners = {spec.kind for spec, _ in (first, second)}
    words = {"rack": {"air_class": "A2"}}
    parts = [table(k, words=words.get(k, {})) for k in sorted(owners)]
    return built(made, *parts, openings=[first, second], owner=owner)


def supply(kind, words=(), **values):
    name = "tcs_supply" if kind == "cdu" else "supply"
    return port(kind, name, system="TCS", direction="supply", words=dict(words), **values)


def samples():
    cdu = supply("cdu", SAMPLE_CDU_WORDS, **SAMPLE_CDU)
    rack = supply("rack", SAMPLE_RACK_WORDS, **SAMPLE_RACK)
    return piped(cdu, rack, inner_diameter_m=0.101)


def test_the_published_cdu_and_rack_do_not_mate():
    findings, _ = checked(
        samples(), pipe={"inlet_k": 44.85 + CELSIUS, "inlet_pag": 4 * BAR, "outlet_pag": 4 * BAR}
    )
    told = {f.rule: f for f in findings if f.rule.startswith("MA")}
    assert set(told) == {"MA003", "MA004", "MA007", "MA008", "MA009"}
    assert told["MA003"].cause.text == (
        "tcs_supply of Coolant distribution unit: glycol_water_25; supply of Liquid-cooled rack: water"
    )
    assert "44.85 °C" in told["MA004"].cause.text
    assert "32 °C" in told["MA004"].cause.text
    assert "NPS4" in told["MA008"].cause.text
    assert "NPS2" in told["MA008"].cause.text
    assert told["MA009"].value == pytest.approx(3.74, abs=0.01)
    assert told["MA003"].severity == told["MA004"].severity == told["MA009"].severity == "major"


def test_ports_that_say_nothing_fit_anything():
    findings, _ = checked(piped(supply("cdu"), supply("rack")))
    assert [f for f in findings if f.rule.startswith("MA")] == []


def test_two_outlets_do_not_mate():
    first, second = supply("cdu"), port("rack", "return_", direction="return", system="TCS")
    assert len(found("MA001", piped(first, second))) == 1
    assert found("MA001", piped(supply("cdu"), supply("rack"))) == []


@pytest.mark.parametrize(
    ("direction", "system", "count"),
    [("supply", "TCS", 0), ("return", "TCS", 1), ("supply", "FWS", 1), ("return", "FWS", 2)],
)
def test_supply_meets_supply_within_one_loop(direction, system, count):
    rack = port("rack", "supply", direction=direction, system=system)
    findings = found("MA002", piped(supply("cdu"), rack))
    assert [f.value for f in findings] == [count] * bool(count)


def test_chilled_water_is_facility_water():
    first = port("air_cooled_chiller", "outlet", direction="supply", system="FWS")
    second = port("fan_wall", "water_supply", direction="supply", system="CHW")
    assert found("MA002", piped(first, second)) == []


@pytest.mark.parametrize(
    ("one", "other", "percent"),
    [("water", "glycol_water_25", 25.0), ("glycol_water_25", "glycol_water_30", 5.0),
     ("water", "dielectric", 100.0),
     ("glycol_water_25", "glycol_water_25", None), ("water", "", None)],
)  # fmt: skip
def test_fluids_are_told_apart_by_kind_and_share(one, other, percent):
    facility = piped(supply("cdu", {"fluidType": one}), supply("rack", {"fluidType": other}))
    assert [f.value for f in found("MA003", facility)] == (
        [] if percent is None else [pytest.approx(percent)]
    )


@pytest.mark.parametrize(("fill", "count"), [(0.25, 0), (0.30, 1)])
def test_a_port_is_held_against_what_its_loop_is_filled_with(fill, count):
    rack = supply("rack", {"fluidType": "glycol_water_25"})
    vessel = table("expansion_vessel", words={"fluid": "propylene_glycol"}, glycol_mass_ratio=fill)
    facility = built(
        table("hose", ends={"a": end([-1]), "b": end([0])}, inner_diameter_m=0.04), vessel,
        table("rack", words={"air_class": "A2"}), openings=[rack],
    )  # fmt: skip
    assert len(found("MA003", facility)) == count


@pytest.mark.parametrize(("drawn", "count"), [("along", 1), ("backwards", 1)])
def test_the_design_temperature_is_compared_along_the_flow_however_drawn(drawn, count):
    hot, cold = (
        supply("cdu", design_temperature_k=44.85 + CELSIUS),
        supply("rack", design_temperature_k=32 + CELSIUS),
    )
    facility = piped(hot, cold) if drawn == "along" else piped(cold, hot)
    assert len(found("MA004", facility)) == count


def test_a_colder_supply_than_designed_is_no_harm():
    cold, hot = (
        supply("cdu", design_temperature_k=30 + CELSIUS),
        supply("rack", design_temperature_k=40 + CELSIUS),
    )
    assert found("MA004", piped(cold, hot)) == []


def test_solved_temperature_and_pressure_stay_within_what_the_port_bears():
    facility = piped(supply("cdu"), supply("rack", max_temperature_k=60 + CELSIUS, max_pressure_pag=5 * BAR))
    hot = {"inlet_k": 61 + CELSIUS, "inlet_pag": 4.5 * BAR, "outlet_pag": 5.2 * BAR}
    findings, _ = checked(facility, pipe=hot)
    assert {f.rule for f in findings if f.rule.startswith("MA")} == {"MA005", "MA006"}


def test_a_port_says_a_pressure_that_the_other_does_not_bear():
    facility = piped(supply("cdu", operating_pressure_pag=6 * BAR), supply("rack", max_pressure_pag=5 * BAR))
    assert len(found("MA006", facility)) == 1


@pytest.mark.parametrize(("bore_m", "count"), [(0.1082, 0), (0.0828, 1), (0.1345, 1)])
def test_a_pipe_of_another_nominal_size_needs_a_reducer(bore_m, count):
    facility = piped(supply("cdu", port_diameter_m=0.1082), supply("rack"), inner_diameter_m=bore_m)
    assert [f.severity for f in found("MA007", facility)] == ["minor"] * count


def test_nominal_sizes_of_two_countries_are_the_same_flange():
    inch, metric = (
        {"flangeSize": "NPS4", "flangeRating": "none"},
        {"flangeSize": "DN100", "flangeRating": "PN10"},
    )
    assert found("MA008", piped(supply("cdu", inch), supply("rack", metric))) == []


def test_the_owner_s_limit_holds_for_ports_too():
    fast = {"port_diameter_m": 0.1, "design_flow_rate_m3_s": 20 * L_S}
    facility = piped(supply("cdu", **fast), supply("rack"), owner=site(pipe_velocity_max_m_s=2.0))
    (finding,) = found("MA009", facility)
    assert finding.limit == 2.0


def wired(kind="whip", *, offers=(), asks=(), first=(), second=(), **numbers):
    a = port(
        "busway",
        "taps",
        domain="electrical",
        system="power",
        direction="output",
        words=dict(first),
        **dict(offers),
    )
    b = port(
        "rack",
        "power",
        domain="electrical",
        system="power",
        direction="input",
        words=dict(second),
        **dict(asks),
    )
    made = table(kind, ends={"a": end([0]), "b": end([1])}, **numbers)
    owner = site(loading_regime="nec", frequency_hz=50.0)
    return built(
        made, table("busway"), table("rack", words={"air_class": "A2"}), openings=[a, b], owner=owner
    )


@pytest.mark.parametrize(("volts", "count"), [(415.0, 0), (480.0, 1), (240.0, 1)])
def test_a_port_takes_the_voltage_it_is_made_for(volts, count):
    facility = wired(offers={"nominal_voltage_v": 400.0}, asks={"nominal_voltage_v": volts})
    assert len(found("MA020", facility)) == count


@pytest.mark.parametrize(("given", "taken", "count"), [(3, 3, 0), (3, 1, 0), (1, 3, 1)])
def test_a_port_takes_no_more_phases_than_it_is_given(given, taken, count):
    facility = wired(offers={"phase_count": given}, asks={"phase_count": taken})
    assert len(found("MA021", facility)) == count


@pytest.mark.parametrize(("hertz", "count"), [(50.0, 0), (60.0, 1)])
def test_a_port_is_rated_for_the_frequency_of_the_site(hertz, count):
    assert len(found("MA022", wired(asks={"frequency_hz": hertz}))) == count


@pytest.mark.parametrize(("amperes", "count"), [(50.0, 0), (50.4, 0), (51.0, 1)])
def test_a_breaker_carries_what_the_port_may_draw_without_limit_of_time(amperes, count):
    # The published rack: 50 A behind 63 A, 50.4 A allowed.
    assert (
        len(found("MA023", wired(asks={"max_current_a": amperes}, breaker_rating_a=63.0, count=1.0))) == count
    )


def test_cords_in_a_bundle_share_the_current():
    assert found("MA023", wired(asks={"max_current_a": 187.4}, breaker_rating_a=63.0, count=4.0)) == []


def test_a_board_does_not_draw_its_rating():
    a = port("transformer", "secondary", domain="electrical")
    b = port("switchboard", "incomers", domain="electrical", max_current_a=4000.0)
    cable = table("power_cable", ends={"a": end([0]), "b": end([1])}, rating_a=580.0, count=6.0)
    facility = built(
        cable, table("transformer"), table("switchboard"), openings=[a, b], owner=site(loading_regime="nec")
    )
    assert found("MA023", facility) == []


@pytest.mark.parametrize(("rating", "count"), [(63.0, 0), (80.0, 1)])
def test_the_breaker_is_no_larger_than_the_maker_asks_for(rating, count):
    facility = wired(asks={"breaker_rating_a": 63.0}, breaker_rating_a=rating, count=1.0)
    assert len(found("MA024", facility)) == count


@pytest.mark.parametrize(("plug", "count"), [("IEC_60309", 0), ("NEMA_L21_30", 1), ("", 0)])
def test_plugs_match(plug, count):
    facility = wired(first={"connectorType": "IEC_60309"}, second={"connectorType": plug})
    assert len(found("MA025", facility)) == count
