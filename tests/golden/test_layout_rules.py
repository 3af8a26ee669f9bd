"""Every shipped variant breaks exactly the rules it is meant to break, and closes its balances."""

import pytest

from twin.walk import walk

WORSE = {"critical", "major"}
CLOSED = 1e-9

POD = {
    (): set(),
    ("/World:scenario=entering_36",): {"CL001", "EN001"},
    ("/World:scenario=entering_45",): {"CL001", "CL003", "CL022", "EN001", "MA005"},
    ("/World:busway=1000",): set(),
    ("/World:busway=800",): {"EL001", "EL021", "EL072", "EL073"},
    ("/World:surges=events",): set(),
    ("/World:distribution=ac_480", "/World:busway=1000"): set(),
    ("/World:distribution=dc_800", "/World:busway=1000"): set(),
}
LEGACY_DENSE = {"AI001", "EL001", "EL002", "EL003", "EL020", "EL021", "EL103", "MA023"}
LEGACY = {
    (): set(),
    ("/World:rack=row_60",): LEGACY_DENSE,
    ("/World:rack=row_132",): LEGACY_DENSE | {"AI002", "SP001"},
    ("/World:rack=all_60",): LEGACY_DENSE
    | {"AI002", "CL022", "CL030", "EL004", "EL010", "EL011", "EL012", "EL022", "HY014", "HY016", "MA005"},
    ("/World:rack=all_132",): LEGACY_DENSE
    | {"AI002", "AI010", "CL022", "CL030", "EL004", "EL010", "EL011", "EL012", "EL022", "EL040", "EN003"}
    | {"HY014", "HY016", "MA005", "SP001"},
}  # fmt: skip
HALL = {
    (): set(),
    ("/World:busway=1000",): set(),
    ("/World:busway=800",): {"EL001", "EL021", "EL072", "EL073"},
    ("/World:cdu=N",): {"CL002"},
    ("/World:heat_rejection=adiabatic",): set(),
    ("/World:distribution=ac_480", "/World:busway=1000"): set(),
    ("/World:distribution=dc_800", "/World:busway=1000"): set(),
    ("/World:cooling=air",): {"EN001"},
    ("/World:cooling=rear_door",): {"EN001"},
    ("/World:cooling=air", "/World:rack=HGX_B200_Rack4"): {
        "AI001", "AI002", "AI010", "CL022", "CL030", "EL103", "EN001", "HY016", "MA005",
    },
    ("/World:scenario=entering_36",): {
        "CL001", "CL003", "EL022", "EN001", "HY001", "MA005",
    },
    ("/World:scenario=entering_45",): {
        "CL001", "CL003", "CL022", "EL003", "EL011", "EL022", "EL103", "EN001", "HY001", "MA005",
    },
}  # fmt: skip
COLLAPSES = ("/World:rack=all_132",)
QUICK = [("pod", v) for v in POD] + [("hall_legacy", v) for v in LEGACY if v != COLLAPSES]
QUICK += [("hall_liquid", ())]
SLOW = [("hall_liquid", v) for v in HALL if v]
EXPECTED = {"pod": POD, "hall_legacy": LEGACY, "hall_liquid": HALL}


def named(case):
    return " ".join([case[0], *(v.removeprefix("/World:") for v in case[1])])


def fails_as_meant(layout, variants):
    outcome = walk(layout, variants=variants)
    assert {f.rule for f in outcome.findings if f.severity in WORSE} == EXPECTED[layout][variants]
    assert outcome.balance.energy_ratio.max() <= CLOSED
    assert outcome.balance.mass_ratio <= CLOSED
    assert outcome.balance.current_ratio <= CLOSED
    return outcome


@pytest.mark.parametrize("case", QUICK, ids=named)
def test_a_shipped_layout_breaks_the_rules_it_is_meant_to_break_and_no_others(case):
    fails_as_meant(*case)


@pytest.mark.slow
@pytest.mark.parametrize("case", SLOW, ids=named)
def test_a_variant_of_the_hall_breaks_the_rules_it_is_meant_to_break_and_no_others(case):
    fails_as_meant(*case)


def test_an_outage_that_collapses_the_supply_is_told_and_the_others_are_judged():
    facility = fails_as_meant("hall_legacy", COLLAPSES).facility
    assert {u.case.name for u in facility.unsolved} == {"transformer_a", "transformer_b", "ups"}
    assert all("Ups_" in u.component and "collapses" in u.text for u in facility.unsolved)
    assert facility.cases[0].name == "normal"
    assert len({c.name for c in facility.cases}) == 6
