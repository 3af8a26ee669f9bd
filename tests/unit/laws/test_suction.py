"""Vapour pressure, NPSH and expansion against numbers of others."""

import numpy as np
import pytest

from twin.laws.suction import expansion, npsh_available, vapour_pressure, vessel_volume


@pytest.mark.parametrize(("celsius", "kilopascal"), [(20.0, 2.3392), (60.0, 19.946), (100.0, 101.42)])
def test_water_boils_at_the_pressures_of_the_steam_table(celsius, kilopascal):
    # IAPWS-IF97 saturation line, as in NIST WebBook steam tables.
    found = vapour_pressure(np.array(0), np.array(0.0), np.array(celsius + 273.15))
    assert found == pytest.approx(1e3 * kilopascal, rel=2e-3)


def test_glycol_lowers_the_vapour_pressure_by_the_share_of_its_molecules():
    pure, mixed = (vapour_pressure(np.array(1), np.array(x), np.array(313.15)) for x in (0.0, 0.25))
    moles = (0.75 / 18.015) / (0.75 / 18.015 + 0.25 / 76.095)
    assert mixed / pure == pytest.approx(moles, rel=1e-12)
    assert 0.9 < moles < 0.95


def test_npsh_is_the_column_of_liquid_that_stands_above_boiling():
    assert npsh_available(np.array(111_325.0), np.array(2_339.0), np.array(998.2)) == pytest.approx(
        11.133, rel=1e-3
    )


def test_water_from_10_to_80_degrees_expands_by_2_9_percent():
    # Densities 999.70 and 971.79 kg/m3 (IAPWS): the 2.87 % of the tables in EN 12828.
    assert expansion(np.array(1.0), np.array(999.70), np.array(971.79)) == pytest.approx(0.0287, abs=1e-4)


def test_a_vessel_takes_expansion_and_reserve_between_its_two_pressures():
    found = vessel_volume(np.array(1.0), np.array(0.0287), np.array(1e5), np.array(2.5e5))
    assert found == pytest.approx((0.0287 + 0.005) * 3.5 / 1.5)
    small = vessel_volume(np.array(0.1), np.array(0.0), np.array(1e5), np.array(2.5e5))
    assert small == pytest.approx(0.003 * 3.5 / 1.5)


def test_no_vessel_helps_where_the_precharge_is_above_the_highest_pressure():
    assert np.isinf(vessel_volume(np.array(1.0), np.array(0.01), np.array(3e5), np.array(2.5e5)))
