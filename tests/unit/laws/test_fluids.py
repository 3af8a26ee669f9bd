"""Laws of water, glycol and air."""

import numpy as np
import pytest

from twin.laws import fluids, glycol, water

WARM = np.linspace(200.0, 450.0, 501)


# Engineering data §B3: Melinder 2010 at mass fraction 0.250 (oracle K6 is the row at 40 °C).
@pytest.mark.parametrize(
    ("celsius", "density", "heat", "conductivity", "viscosity"),
    [
        (10, 1022.9, 3896, 0.4587, 3.558e-3),
        (40, 1009.9, 3969, 0.4858, 1.353e-3),
        (60, 998.4, 4016, 0.5032, 0.878e-3),
    ],
)
def test_pg25_has_the_tabulated_properties(celsius, density, heat, conductivity, viscosity):
    at = (np.array(celsius + 273.15), np.array(0.25))
    assert glycol.density(*at) == pytest.approx(density, abs=0.06)
    assert glycol.heat_capacity(*at) == pytest.approx(heat, abs=0.6)
    assert glycol.conductivity(*at) == pytest.approx(conductivity, abs=6e-5)
    assert glycol.viscosity(*at) == pytest.approx(viscosity, abs=6e-7)


def test_glycol_freezes_where_the_tables_say():
    celsius = glycol.freezing(np.array([0.25, 0.257])) - 273.15
    np.testing.assert_allclose(celsius, [-9.8, -10.2], atol=0.05)


# IAPWS R7-97 at 3 bar, from the package iapws 1.5.5.
@pytest.mark.parametrize(
    ("celsius", "density", "heat", "conductivity", "viscosity"),
    [
        (10, 999.79644, 4194.6937, 0.57890594, 1.305722e-3),
        (30, 995.74038, 4179.4815, 0.61450467, 7.9721769e-4),
        (50, 988.13387, 4179.0942, 0.64073951, 5.4656185e-4),
        (100, 958.44735, 4216.1871, 0.67732958, 2.8163867e-4),
    ],
)
def test_water_is_that_of_iapws(celsius, density, heat, conductivity, viscosity):
    at = np.array(celsius + 273.15)
    assert water.density(at) == pytest.approx(density, rel=1e-4)
    assert water.heat_capacity(at) == pytest.approx(heat, rel=1e-3)
    assert water.conductivity(at) == pytest.approx(conductivity, rel=1e-3)
    assert water.viscosity(at) == pytest.approx(viscosity, rel=5e-3)


@pytest.mark.parametrize("fraction", [0.0, 0.25, 0.6])
def test_the_slope_of_glycol_enthalpy_is_its_heat_capacity(fraction):
    x = np.array(fraction)
    slope = (glycol.enthalpy(WARM + 1e-3, x) - glycol.enthalpy(WARM - 1e-3, x)) / 2e-3
    np.testing.assert_allclose(slope, glycol.heat_capacity(WARM, x), rtol=1e-6)
    assert glycol.enthalpy(np.array(273.15), x) == 0.0


def test_the_slope_of_water_enthalpy_is_its_heat_capacity():
    slope = (water.enthalpy(WARM + 1e-3) - water.enthalpy(WARM - 1e-3)) / 2e-3
    np.testing.assert_allclose(slope, water.heat_capacity(WARM), rtol=1e-6)
    assert water.enthalpy(np.array(273.15)) == 0.0


@pytest.mark.parametrize("fluid", [0, 1, 2])
@pytest.mark.parametrize("fraction", [0.0, 0.01, 0.3])
def test_temperature_is_the_inverse_of_enthalpy(fluid, fraction):
    index, x = np.array([fluid]), np.array([[fraction]])
    warm = WARM[None, :]
    back = fluids.temperature(index, x, fluids.enthalpy(index, x, warm))
    np.testing.assert_allclose(back, warm, rtol=1e-12)


def test_mixed_rows_are_those_of_each_fluid_alone():
    kinds = np.array([0, 1, 2, 1, 0])
    x = np.array([0.0, 0.25, 0.01, 0.4, 0.0])[:, None]
    warm = np.linspace(290.0, 320.0, 15).reshape(5, 3)
    mixed = fluids.properties(kinds, x, warm)
    for row, kind in enumerate(kinds):
        alone = fluids.properties(np.array([kind]), x[row : row + 1], warm[row : row + 1])
        for name in fluids.Properties.__slots__:
            np.testing.assert_array_equal(getattr(mixed, name)[row], getattr(alone, name)[0])
    assert mixed.density_kg_m3.shape == (5, 3)


def test_properties_stay_positive_and_finite_far_outside_their_range():
    for kind in (0, 1, 2):
        known = fluids.properties(
            np.array([kind]), np.array([[0.3]]), np.array([[1.0, 150.0, 500.0, 2000.0]])
        )
        for name in ("density_kg_m3", "heat_capacity_j_kgk", "conductivity_w_mk", "viscosity_pa_s"):
            assert np.all(getattr(known, name) > 0.0), name
        assert np.all(np.diff(known.enthalpy_j_kg) > 0.0)


def test_the_range_of_each_fluid_is_told():
    kinds = np.array([0, 1, 1, 2])
    x = np.array([0.0, 0.25, 0.7, 0.0])[:, None]
    warm = np.array([[263.15, 300.0], [262.0, 300.0], [262.0, 300.0], [263.15, 300.0]])
    expected = [[False, True], [False, True], [False, False], [True, True]]
    np.testing.assert_array_equal(fluids.in_range(kinds, x, warm), expected)


def test_dry_air_weighs_1_204_kg_at_20_celsius_and_damp_air_less():
    at = (np.array(293.15), np.array([0.0, 0.01]), np.array(101325.0))
    dry, damp = fluids.air_density(*at)
    assert dry == pytest.approx(1.2041, rel=1e-3)
    assert damp < dry
    assert fluids.air_viscosity(np.array(300.0)) == pytest.approx(1.85e-5, rel=0.01)
    assert fluids.air_conductivity(np.array(300.0)) == pytest.approx(0.0263, rel=0.01)


# Engineering data §A1, oracle K1: GB300 rack with 121.5 kW into water.
@pytest.mark.parametrize(("flow_lpm", "supply_c", "return_c"), [(59.0, 25.0, 54.9), (177.0, 45.0, 55.0)])
def test_the_gb300_rack_returns_water_at_55_celsius(flow_lpm, supply_c, return_c):
    supply = np.array([[supply_c + 273.15]])
    index, x = np.array([0]), np.array([[0.0]])
    flow = flow_lpm / 6e4 * water.density(supply)
    out = fluids.temperature(index, x, fluids.enthalpy(index, x, supply) + 121.5e3 / flow)
    assert out[0, 0] - 273.15 == pytest.approx(return_c, abs=0.3)
