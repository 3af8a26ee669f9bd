"""A pipe that is drawn over a roof: the pressure at its highest point, and what is told of it."""

import numpy as np
import pytest

from tests.property.pods import copy_pod, swap
from twin.laws.fluids import density
from twin.model.groups import extremes_of
from twin.walk import walk

TCS, LINE = "white/mechanical.usda", "ExpansionLine"
PATH = f"/World/White/Mechanical/Tcs/{LINE}"
FLAT = "[(0.9, -0.3, 2.95), (0.9, -0.3, 3), (2.4, -0.3, 3), (2.4, 0, 3), (2.4, 0, 1.5)]"
ROOF = "[(0.9, -0.3, 2.95), (0.9, -0.3, 20), (2.4, -0.3, 20), (2.4, 0, 20), (2.4, 0, 1.5)]"
TURNED = "[(2.4, 0, 1.5), (2.4, 0, 20), (2.4, -0.3, 20), (0.9, -0.3, 20), (0.9, -0.3, 2.95)]"
FILL_PAG, VESSEL_M, ROOF_M = 1.2e5, 1.5, 20.0
G = 9.80665


def pod(folder, points):
    """Return the pod, solved, with the line to the vessel of its coolant loop drawn otherwise."""
    site = copy_pod(folder)
    swap(TCS, f'"{LINE}"', FLAT, points).apply(site)
    swap(TCS, f'"{LINE}"', "extent = [(0.8875, -0.3125, 1.4875), (2.4125, 0.0125, 3.0125)]",
         "extent = [(0.8875, -0.3125, 1.4875), (2.4125, 0.0125, 20.0125)]").apply(site)  # fmt: skip
    return walk(str(site))


@pytest.fixture(scope="module")
def roof(tmp_path_factory):
    return pod(tmp_path_factory.mktemp("roof"), ROOF)


def line(outcome, name):
    return float(outcome.tree["pipe"].to_dataset().isel(variant=0)[name].sel(pipe=PATH))


def vessel(outcome, name):
    loop = outcome.tree["loop"].to_dataset().isel(variant=0)
    return float(loop[name].sel(loop="/World/White/Mechanical/Tcs/ExpansionVessel"))


def test_where_nothing_flows_the_highest_point_lacks_the_column_up_to_it(roof):
    kelvin = line(roof, "inlet_k")
    weight = G * float(density(np.array(1), np.array(0.25), np.array(kelvin), np.array(101_325.0)))
    column = weight * (ROOF_M - VESSEL_M)
    assert line(roof, "top_pag") == pytest.approx(FILL_PAG - column, abs=0.002 * column)
    assert line(roof, "top_m") == pytest.approx(ROOF_M, rel=1e-6)


def test_fill_boiling_and_lowest_pressure_of_the_loop_are_those_of_its_highest_point(roof):
    assert vessel(roof, "highest_m") == pytest.approx(ROOF_M, rel=1e-6)
    assert vessel(roof, "lowest_pag") == pytest.approx(line(roof, "top_pag"), rel=1e-12)
    assert vessel(roof, "boiling_margin_pa") == pytest.approx(line(roof, "top_margin_pa"), rel=1e-12)
    weight = G * vessel(roof, "fill_density_kg_m3")
    assert vessel(roof, "static_pa") == pytest.approx(weight * (ROOF_M - VESSEL_M), rel=1e-9)


def test_the_pipe_and_its_highest_point_are_named(roof):
    told = {f.rule: (f.cause.prim, f.cause.text) for f in roof.findings if f.rule in {"HY012", "HY015"}}
    place = PATH, "at its highest point, z = 20.00 m"
    assert told == {"HY012": place, "HY015": place}


def test_a_curve_may_be_drawn_from_either_end(roof, tmp_path):
    turned = pod(tmp_path, TURNED)
    assert line(turned, "top_pag") == pytest.approx(line(roof, "top_pag"), rel=1e-9)


def test_extremes_lie_at_their_share_of_the_length():
    over = np.array([[0.0, 0.0, 1.0], [0.0, 0.0, 5.0], [4.0, 0.0, 5.0], [4.0, 0.0, 0.0], [4.0, 7.0, 0.0]])
    height, share = extremes_of([over, np.zeros((0, 3)), over[::-1]], 3)
    assert height[[0, 2]] == pytest.approx(np.array([[5.0, 0.0], [5.0, 0.0]]))
    assert share[0] == pytest.approx([4.0 / 20.0, 13.0 / 20.0])
    assert share[2] == pytest.approx([12.0 / 20.0, 0.0])
    assert np.isnan(height[1]).all()


def test_a_hose_with_a_valve_ends_as_high_as_it_is_drawn(roof):
    pipes = roof.tree["pipe"].to_dataset().isel(variant=0)
    hose = "/World/White/Mechanical/Tcs/Rack_A1_Return"
    ends = [float(pipes[name].sel(pipe=hose)) for name in ("outlet_pag", "valve_outlet_pag")]
    assert ends[0] - ends[1] == pytest.approx(float(pipes["valve_drop_pa"].sel(pipe=hose)), rel=1e-6)
