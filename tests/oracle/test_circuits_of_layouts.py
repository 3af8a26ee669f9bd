"""The circuits of our layouts, as they are written, solved by OpenDSS and by pandapower."""

import pytest

from twin.interop.power_moment import power_moment
from twin.walk import walk

pytest.importorskip("opendssdirect")
pytest.importorskip("pandapower")

from tests.oracle.exchange import with_opendss, with_pandapower

# The angle counts too: the bar is on the complex voltage.
VOLTAGE_RATIO, LOSS_RATIO = 1e-6, 1e-6
ENGINES = {"OpenDSS": with_opendss, "pandapower": with_pandapower}


def assert_near(moment, folder, engine):
    apart = ENGINES[engine](moment, folder)
    assert apart.buses == sum(bus.alive for bus in moment.buses)
    assert apart.voltage_ratio <= VOLTAGE_RATIO, moment.title
    assert apart.loss_ratio <= LOSS_RATIO, moment.title


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("layout", ["pod", "hall_legacy"])
def test_every_case_of_a_layout_has_these_voltages_and_losses_elsewhere(layout, engine, tmp_path):
    outcome = walk(f"layouts/{layout}")
    for variant in range(len(outcome.facility.cases)):
        assert_near(power_moment(outcome.facility, outcome.solution, variant), tmp_path, engine)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_the_hall_has_these_voltages_and_losses_elsewhere(engine, tmp_path):
    outcome = walk("layouts/hall_liquid")
    assert_near(power_moment(outcome.facility, outcome.solution), tmp_path, engine)
