"""The air-cooled hall: every variant is read without a fault, the default holds, denser racks break it."""

from pathlib import Path

import numpy as np
import pytest
from pxr import Sdf

from twin.balance import balance
from twin.components import declare_all
from twin.data import folder
from twin.model.network import lay_out
from twin.solve.couple import solve
from twin.stage.author import new
from twin.stage.author.legacy import FLEETS, RACK_COUNT, RACKS_PER_ROW, ROWS
from twin.stage.read import read

# Racks and IT power [kW] per variant.
BUILT = {
    "legacy_8kw": (160, 1280.0), "row_60": (108, 1280.0), "row_132": (98, 1280.0), "all_60": (160, 9600.0),
    "all_132": (160, 21120.0),
}  # fmt: skip
CELSIUS_K = 273.15


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    declare_all()
    out = tmp_path_factory.mktemp("legacy") / "site"
    new("legacy", racks=RACK_COUNT, out=out, assets=str(folder("assets")))
    return out


def facility(site: Path, variant: str):
    reading = read(site, variants=[f"/World:rack={variant}"])
    assert not reading.warnings
    return reading.facility


def solved(site: Path, variant: str):
    built = facility(site, variant)
    solution = solve(lay_out(built))
    inlets = {}
    for kind, block in solution.network.assembly.blocks:
        if kind == "air_rack" and block.role == "air":
            rows = solution.network.flow.rows[id(block)]
            inlets = dict(zip(built.tables[kind].paths, solution.heat.inlet_k[rows] - CELSIUS_K, strict=True))
    return solution, inlets


@pytest.mark.parametrize("variant", BUILT)
def test_every_variant_is_read_without_a_fault_and_holds_its_racks(site, variant):
    racks = facility(site, variant).tables["air_rack"]
    count, power_kw = BUILT[variant]
    assert len(racks.paths) == count
    assert racks.numbers["it_power_w"].sum() == pytest.approx(1e3 * power_kw)


@pytest.mark.parametrize("variant", BUILT)
def test_every_rack_has_one_whip_and_no_busway_stands_idle(site, variant):
    tables = facility(site, variant).tables
    assert len(tables["whip"].paths) == len(tables["air_rack"].paths)
    rows = {path.rpartition("/")[2].split("_")[1] for path in tables["whip"].paths}
    assert len(rows) == ROWS


def test_the_layers_of_the_site_hold_no_rack_so_that_variants_can_change_them(site):
    """Opinions of the site's own layers would win over every variant."""
    root = Sdf.Layer.FindOrOpen(str(site / "site.usda"))
    for path in root.subLayerPaths:
        found = Sdf.Layer.FindOrOpenRelativeToLayer(root, path)
        for scope in ("/World/IT", "/World/Electrical/Whips"):
            assert found.GetPrimAtPath(scope) is None


@pytest.mark.parametrize("name", FLEETS)
def test_positions_lie_within_the_rows(name):
    places = FLEETS[name].assets()
    assert all(1 <= row <= ROWS and 1 <= at <= RACKS_PER_ROW for row, at in places)


def test_the_hall_as_built_holds_in_every_case(site):
    solution, inlets = solved(site, "legacy_8kw")
    assert balance(solution).energy_ratio.max() <= 1e-9
    assert max(t.max() for t in inlets.values()) < 27.0
    assert not solution.power.dropped.any()
    # Three of four modules carry the racks.
    assert 0.8 < solution.power.converter_loading_ratio.max() < 0.9


@pytest.mark.parametrize(("variant", "least"), [("row_60", 35.0), ("row_132", 45.0)])
def test_a_row_of_dense_racks_breathes_its_own_exhaust_while_the_others_stay_cool(site, variant, least):
    solution, inlets = solved(site, variant)
    assert balance(solution).energy_ratio.max() <= 1e-9
    dense = [t.max() for path, t in inlets.items() if "/Rack_01_" in path]
    far = [t.max() for path, t in inlets.items() if int(path.split("_")[1]) > 2]
    assert max(dense) > least
    assert max(far) < 18.5
    # The hall's power is what it was: what fails is local.
    assert np.all(solution.power.converter_loading_ratio < 0.9)
