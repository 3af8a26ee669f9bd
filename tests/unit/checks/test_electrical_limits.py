"""Rules on unlike phases, each at its limit."""

import pytest

from tests.unit.checks.reviews import FIGURES, built, found, measured, table
from tests.unit.checks.test_electrical import racks

RATINGS = {
    "busway": {"rating_a": 400.0}, "power_cable": {"rating_a": 100.0, "count": 4.0},
    "whip": {"breaker_rating_a": 100.0, "count": 4.0},
}  # fmt: skip


@pytest.mark.parametrize("kind", RATINGS)
def test_the_neutral_carries_its_continuous_share_and_no_more(kind):
    facility = built(table(kind, **RATINGS[kind]))
    (value,) = measured("EL023", facility, **{kind: {"neutral_current_a": 100.0}})
    share = value.limit / 100.0
    assert found("EL023", facility, **{kind: {"neutral_current_a": 0.999 * share * 400.0}}) == []
    (finding,) = found("EL023", facility, **{kind: {"neutral_current_a": 1.01 * share * 400.0}})
    assert finding.severity == "major"


@pytest.mark.parametrize("kind", RATINGS)
def test_an_empty_neutral_is_not_told(kind):
    facility = built(table(kind, **RATINGS[kind]))
    assert measured("EL023", facility, **{kind: {"neutral_current_a": 0.0}}) == []


def test_a_rack_below_half_voltage_is_told_with_the_load_that_its_supply_carries():
    facility = built(racks())
    figures = FIGURES | {"collapse_load_ratio": 0.62}
    assert found("EL042", facility, figures, rack={"input_voltage_ratio": 0.51}) == []
    findings = found("EL042", facility, figures, rack={"input_voltage_ratio": 0.4})
    assert {f.severity for f in findings} == {"critical"}
    assert findings[0].value == pytest.approx(62.0)
    assert found("EL042", facility, figures, rack={"input_voltage_ratio": 0.0}) == []
