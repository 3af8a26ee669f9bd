"""Rules on frost outdoors, on ASHRAE classes and on a load that drops, each at its limit."""

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.checks.reviews import BAR, CELSIUS, L_MIN, NORMAL, built, found, out, site, table
from tests.unit.checks.test_cooling import cdu, cooler, pumping
from tests.unit.checks.test_review import racks, running
from twin.laws.glycol import freezing, freezing_fraction


def loop(share, **owner):
    fluid = "propylene_glycol" if share else "water"
    vessel = table(
        "expansion_vessel", words={"fluid": fluid}, glycol_mass_ratio=share, fill_pressure_pag=1.5 * BAR
    )
    return built(vessel, cooler(), owner=site(**owner), cases=(*NORMAL, out("dry_cooler")))


def test_the_share_of_glycol_is_the_inverse_of_its_freezing_point():
    share = np.array([0.05, 0.25, 0.5])
    assert freezing_fraction(freezing(share)) == pytest.approx(share, abs=1e-12)
    assert freezing_fraction(np.array([200.0, 280.0])) == pytest.approx([0.6, 0.0])


def test_a_fill_without_three_kelvin_to_spare_is_told_with_the_share_that_it_takes():
    (finding,) = found("CL074", loop(0.30, minimum_k=CELSIUS - 10.0))
    assert finding.value == pytest.approx(2.79, abs=0.01)
    assert finding.cause.text == "-10 °C outdoors with 3 K to spare asks for 31 % of propylene glycol by mass"
    assert found("CL074", loop(0.31, minimum_k=CELSIUS - 10.0)) == []


def test_a_coil_that_stands_still_bursts_where_its_loop_freezes():
    flow = {"flow_m3_s": [[500 * L_MIN], [0.0]]}
    (finding,) = found("CL075", loop(0.0, minimum_k=CELSIUS - 10.0), dry_cooler=flow)
    assert (finding.value, finding.case) == (pytest.approx(0.0), "dry_cooler")
    assert found("CL075", loop(0.30, minimum_k=CELSIUS - 10.0), dry_cooler=flow) == []
    assert found("CL075", loop(0.0, minimum_k=CELSIUS - 10.0), dry_cooler={"flow_m3_s": 1.0}) == []


@pytest.mark.parametrize(("fws_c", "count"), [(40.0, 0), (40.1, 1), (2.0, 0), (1.9, 1)])
def test_facility_water_keeps_its_class(fws_c, count):
    owner = site()
    facility = built(cdu(), owner=replace(owner, words=owner.words | {"facility_water_class": ("W40",)}))
    assert len(found("CL080", facility, cdu=pumping(fws_supply_k=fws_c + CELSIUS))) == count
    assert found("CL080", built(cdu()), cdu=pumping(fws_supply_k=fws_c + CELSIUS)) == []


@pytest.mark.parametrize(("supply_c", "count"), [(40.0, 0), (40.1, 1)])
def test_coolant_keeps_its_class(supply_c, count):
    owner = site()
    facility = built(racks(), owner=replace(owner, words=owner.words | {"coolant_class": ("S40",)}))
    assert len(found("CL081", facility, rack=running(129.0, supply_c))) == count


@pytest.mark.parametrize(("fws_c", "count"), [(17.1, 0), (16.9, 1)])
def test_facility_water_near_the_dew_point_drips_once_the_load_is_gone(fws_c, count):
    facility = built(cdu(), owner=site(dew_point_k=15 + CELSIUS))
    assert len(found("CL082", facility, cdu=pumping(40.0, fws_supply_k=fws_c + CELSIUS))) == count
