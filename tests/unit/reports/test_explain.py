"""What a code means and where a number comes from."""

import pytest

from tests.unit.reports.outcomes import CDU, HOT, RACKS, measures, outcome, places
from twin.errors import UsageError
from twin.reports.explain import code_list, explain_code
from twin.reports.explain_value import Known, Written, explain_input, explain_result, find
from twin.reports.lines import WIDTH
from twin.reports.places import Place
from twin.stage.rules import RULES


@pytest.fixture
def known():
    run = outcome()
    return Known(facility=run.facility, outcome=run, places=places())


def test_a_rule_tells_value_limit_and_remedy(monkeypatch):
    monkeypatch.setattr("twin.checks.rule._rules", measures())
    page = explain_code(HOT.id)
    for word in (
        HOT.title,
        HOT.formula,
        HOT.source,
        HOT.remedy,
        "critical",
        "°C" if "°C" in page else "degC",
    ):
        assert word in page
    assert HOT.id in code_list()


@pytest.mark.parametrize("code", sorted(RULES))
def test_every_code_of_the_stage_is_explained(code):
    page = explain_code(code)
    assert RULES[code].title in " ".join(page.split())
    assert max(map(len, page.splitlines())) <= WIDTH


def test_an_unknown_code_names_its_neighbours():
    with pytest.raises(UsageError, match=r"there is no rule ST0999; did you mean ST"):
        explain_code("ST0999")


def test_a_parameter_tells_layer_line_unit_and_what_it_overrides(known):
    part = find(known.facility, f"{RACKS[0]}.twin:rack:itPower")
    weak = Written(place=Place("assets/Rack.usda", 9), value="135", unit="")
    strong = Written(place=Place("layers/it.usda", 8), value="132000", unit="W")
    page = explain_input(known, part, part.asked, [strong, weak])
    for word in (
        "132 kW (it_power_w = 132000 W)", "layers/it.usda:8  132000 W", "datasheet · LP2357",
        "assets/Rack.usda:9  135 kW", "possible 0 to 2000 kW", HOT.id,
    ):  # fmt: skip
        assert word in page, (word, page)


def test_a_default_and_what_is_not_given_say_so(known):
    part = find(known.facility, f"{RACKS[0]}.power_factor_ratio")
    assert "default of the kind" in explain_input(known, part, part.asked, [])
    part = find(known.facility, f"{RACKS[0]}.twin:rack:edppPower")
    assert "nowhere, and it has no default" in explain_input(known, part, part.asked, [])


def test_a_result_tells_every_case_the_element_and_its_inputs(known):
    for target in (f"{RACKS[0]}.coolant_return_k", f"{RACKS[0]}.twin:result:coolantReturn"):
        part = find(known.facility, target)
        page = explain_result(known, part, part.asked)
        for word in ("54 °C", "64 °C", "CDU_A_out", "outlet_k of the element 'coolant'", "132 kW", HOT.id):
            assert word in page, (word, page)
        assert max(map(len, page.splitlines())) <= WIDTH


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (RACKS[0], "names no attribute"), ("/World/IT/Rack_1.x", f"did you mean {RACKS[0]}"),
        (f"{RACKS[0]}.twin:rack:itPowr", "did you mean twin:rack:itPower"),
        (f"{CDU}.coolant_return_k", "has no"),
    ],
)  # fmt: skip
def test_what_does_not_exist_names_what_is_near(known, target, said):
    with pytest.raises(UsageError, match=said):
        find(known.facility, target)
