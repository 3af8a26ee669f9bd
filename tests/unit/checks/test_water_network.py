"""Rules on open water networks fire at their limit and not before."""

import pytest

from tests.unit.checks.reviews import BAR, built, found, table


@pytest.mark.parametrize(("pressure", "count"), [(0.001, 0), (0.0, 0), (-0.001, 1)])
def test_a_junction_below_the_pressure_outdoors_is_told(pressure, count):
    facility = built(table("junction"))
    assert len(found("HY040", facility, junction={"pressure_pag": pressure * BAR})) == count


@pytest.mark.parametrize(
    ("level", "full", "count"),
    [(0.51, "shuts", 0), (0.5, "shuts", 1), (4.99, "shuts", 0), (5.0, "shuts", 1), (5.0, "spills", 0)],
)
def test_a_tank_at_one_of_its_levels_is_told(level, full, count):
    levels = {"level_m": level, "minimum_level_m": 0.5, "maximum_level_m": 5.0}
    facility = built(table("tank", words={"when_full": full}, **levels))
    assert len(found("HY041", facility, tank={"given_m3_s": 0.0})) == count
