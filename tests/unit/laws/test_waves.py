"""Laws of pressure waves and rigid columns."""

import json

import numpy as np
import pytest

from twin.laws import waves
from twin.laws.water import density


def test_the_speed_of_sound_in_water_is_that_of_del_grosso_and_mader():
    # J. Acoust. Soc. Am. 52 (1972) 1442 at 0.1 MPa, as quoted in J. Chem. Eng. Data 42 (1997) 234.
    at = np.array([303.15, 308.15])
    speed = waves.wave_speed(density(at), waves.water_bulk_modulus(at), np.zeros(2))
    np.testing.assert_allclose(speed, [1509.127, 1519.808], rtol=3e-4)


def test_a_mixture_without_glycol_is_water_and_one_with_more_is_stiffer():
    warm = np.array(303.15)
    modulus = waves.glycol_bulk_modulus(warm, np.array([0.0, 0.25, 0.5]))
    assert modulus[0] == pytest.approx(waves.water_bulk_modulus(warm), rel=1e-12)
    assert (np.diff(modulus) > 0.0).all()


def test_pure_glycol_is_as_stiff_as_its_equation_of_state_says():
    # T. Eisenbach et al. (2021) in CoolProp 8.0.0 at 0.1 MPa: 1508.3 m/s and 1032.6 kg/m3 at 298.15 K.
    stiff = waves.glycol_bulk_modulus(np.array(298.15), np.array(1.0))
    assert stiff == pytest.approx(1032.573 * 1508.317**2, rel=2e-3)


@pytest.mark.parametrize(("restraint", "thin"), [(0, 1.0 - 0.3**2), (1, 1.0 - 0.15), (2, 1.0)])
def test_the_restraint_of_a_thin_wall_is_the_known_number(restraint, thin):
    factor = waves.restraint_factor(np.array(1.0), np.array(1e-6), np.array(0.3), np.array(restraint))
    assert factor == pytest.approx(thin, rel=1e-5)


def test_a_thick_wall_holds_less_than_the_thin_formula_says():
    bore, wall, poisson = np.array(0.04), np.array(0.006), np.array(0.3)
    thick = waves.restraint_factor(bore, wall, poisson, np.array(0))
    assert thick > 1.0 - poisson**2


def test_a_rigid_wall_lets_the_wave_run_at_the_speed_of_sound_and_any_other_slower():
    bulk, rho = np.array(2.2e9), np.array(1000.0)
    free = waves.wave_speed(rho, bulk, np.array(0.0))
    assert free == pytest.approx(np.sqrt(2.2e6))
    speeds = []
    for wall in waves.WALLS.values():
        stretch = waves.wall_stretch(
            np.array(0.05), np.array(3e-3), np.array(wall.modulus_n_m2), np.array(1.0)
        )
        speeds.append(float(waves.wave_speed(rho, bulk, stretch)))
    assert max(speeds) < free
    order = np.argsort([wall.modulus_n_m2 for wall in waves.WALLS.values()])
    assert (np.diff(np.array(speeds)[order]) >= 0.0).all()


def test_every_modulus_has_an_evidence_class_and_a_source():
    for name, wall in waves.WALLS.items():
        assert wall.evidence in {"standard", "assumption"}, name
        assert wall.source.startswith("assumption") == (wall.evidence == "assumption"), name
        assert 0.0 < wall.poisson_ratio <= 0.5


def test_a_schedule_wall_is_that_of_its_size_at_its_bore():
    bores = np.array([0.0108, 0.02786, 0.1082, 0.2, 0.39684, 2.0])
    walls = waves.schedule_wall(bores)
    np.testing.assert_allclose(walls[[1, 2, 4]], [2.77e-3, 3.05e-3, 4.78e-3], rtol=1e-6)
    assert walls[0] == walls[1]
    assert (np.diff(walls[1:-1]) > 0.0).all()


def test_joukowsky_is_the_head_of_the_published_pipe(published_cases):
    file = published_cases / "hydraulics" / "transient_pipe_instant.expected.json"
    case = json.loads(file.read_text(encoding="utf-8"))
    given = case["inputs"]
    speed = given["Q0_m3s"] / (0.25 * np.pi * given["D_m"] ** 2)
    rise = waves.joukowsky_rise(np.array(1000.0), np.array(given["wave_speed_m_s"]), np.array(speed))
    # The oracle kept its flow in cubic feet, which costs 5e-6.
    assert rise / (1000.0 * given["g"]) == pytest.approx(case["closed_form"]["joukowsky_dH_m"], rel=1e-5)


def test_a_slower_closing_follows_michaud_and_a_faster_one_joukowsky():
    rho, length, wave, stopped = (np.array(v) for v in (1000.0, 600.0, 1200.0, 2.0))
    at_once = waves.joukowsky_rise(rho, wave, stopped)
    critical = waves.critical_time(length, wave)
    assert critical == pytest.approx(1.0)

    def rise(closing):
        return waves.closing_rise(rho, length, wave, stopped_m_s=stopped, closing_s=np.array(closing))

    assert rise(0.0) == rise(0.5) == rise(1.0) == at_once
    assert rise(4.0) == pytest.approx(at_once / 4.0)
    assert rise(4.0) == pytest.approx(2.0 * waves.column_rise(rho, length, stopped, np.array(4.0)))


def test_establishment_of_flow_is_the_table_of_the_published_case(published_cases):
    file = published_cases / "hydraulics" / "flow_establishment.json"
    case = json.loads(file.read_text(encoding="utf-8"))
    given = case["inputs"]
    drive = given["g"] * given["head_m"]
    for row in case["table"]:
        if row["V_m_s"] < 0.999 * case["V0_m_s"]:
            time = waves.establishment_time(
                np.array(given["L_m"]), np.array(case["V0_m_s"]), np.array(row["V_m_s"]), np.array(drive)
            )
            assert time == pytest.approx(row["t_s"], rel=1e-9)


def test_a_pump_of_twice_the_inertia_stores_twice_the_energy():
    energy = waves.spin_energy(np.array([0.1, 0.2]), np.array(150.0))
    np.testing.assert_allclose(energy, [1125.0, 2250.0])


def test_the_usual_inertia_is_thorleys_in_both_of_its_published_forms():
    # In kW and rpm: 1.5e7 (P/N^3)^0.9556 and 118 (P/N)^1.48.
    power, rpm = 7.5, 1450.0
    other = 1.5e7 * (power / rpm**3) ** 0.9556 + 118.0 * (power / rpm) ** 1.48
    ours = waves.pump_inertia(np.array(1e3 * power), np.array(rpm * np.pi / 30.0))
    assert ours == pytest.approx(other, rel=0.02)
