"""The hall: every variant is read without a fault, defaults hold, and each variant breaks what it should."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from pxr import Sdf

from twin.balance import balance
from twin.checks import declare_rules
from twin.checks.review import review
from twin.components import declare_all
from twin.data import folder
from twin.errors import InputError, UsageError
from twin.metrics import metrics
from twin.model.network import lay_out
from twin.results import add_facility, to_tree
from twin.solve.couple import solve
from twin.stage.author import layers, new
from twin.stage.author.hall_block import SIZES
from twin.stage.author.white import BUSWAYS
from twin.stage.author.white_sets import AIR_FLEETS
from twin.stage.read import read

RACKS = 128  # one block
PODS = RACKS // 8
AIR, DOORS = "/World:cooling=air", "/World:cooling=rear_door"
# What each selection puts into one block: parts of a kind.
BUILT = {
    "": {"rack": RACKS, "air_rack": 40, "cdu": 2 * PODS, "dry_cooler": 18, "air_cooled_chiller": 6},
    "/World:cdu=N": {"rack": RACKS, "air_rack": 40, "cdu": PODS, "dry_cooler": 18},
    "/World:heat_rejection=adiabatic": {"cdu": 2 * PODS, "dry_cooler": 0, "adiabatic_cooler": 18},
    AIR: {"rack": 0, "air_rack": RACKS + 40, "cdu": 0, "dry_cooler": 0, "air_cooled_chiller": 7},
    DOORS: {"rear_door": RACKS, "air_rack": RACKS + 40, "cdu": 0, "air_cooled_chiller": 11},
    **{f"/World:busway={name}": {"busway": 4 * PODS} for name in BUSWAYS},
}  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    declare_all()
    declare_rules()
    out = tmp_path_factory.mktemp("hall") / "site"
    new("hall", racks=RACKS, out=out, assets=str(folder("assets")))
    return out


@cache
def facility(site: Path, *variants: str, scenario: str | None = None):
    reading = read(site, variants=[v for v in variants if v], scenario=scenario)
    assert not reading.warnings
    return reading.facility


@cache
def checked(site: Path, *variants: str, scenario: str | None = None):
    """Return results and the major or critical findings by rule, energy and cooling balance aside."""
    built = facility(site, *variants, scenario=scenario)
    solution = solve(lay_out(built))
    closed = balance(solution)
    assert closed.energy_ratio.max() <= 1e-9
    tree = add_facility(to_tree(built, solution), built, metrics(built, solution, closed))
    findings, _ = review(built, tree)
    return tree, {f.rule for f in findings if f.severity in {"critical", "major"}} - {"EN002"}


def worst(tree, group: str, name: str, within: str = "") -> float:
    data = tree[f"/{group}"]
    mine = [within in path for path in data[group].values]
    return float(np.nanmax(data[name].values[:, mine]))


# ---------------------------------------------------------------------------------------- reading


@pytest.mark.parametrize("variant", BUILT)
def test_every_variant_is_read_without_a_fault_and_holds_what_it_says(site, variant):
    tables = facility(site, variant).tables
    counts = {kind: len(tables[kind].paths) if kind in tables else 0 for kind in BUILT[variant]}
    assert counts == BUILT[variant]


@pytest.mark.parametrize("name", BUSWAYS)
def test_the_busway_set_gives_all_busways_their_rating(site, name):
    rating = facility(site, f"/World:busway={name}").tables["busway"].numbers["rating_a"]
    assert np.all(rating == float(name))


def test_one_white_space_may_have_another_busway_than_the_others(site):
    rating = facility(site, "/World/Block_1/Pod_03/White:busway=800").tables["busway"].numbers["rating_a"]
    assert dict(zip(*np.unique(rating, return_counts=True), strict=True)) == {800.0: 4, 1250.0: 4 * PODS - 4}


@pytest.mark.parametrize("variant", ["", "/World:cdu=N", AIR, DOORS])
def test_every_variant_brings_its_own_contingencies(site, variant):
    names = {case.name for case in facility(site, variant).cases}
    assert {"feed_a", "feed_b", "grid_transformer", "chiller", "chw_pump"} <= names
    liquid = AIR not in variant and DOORS not in variant
    assert ({"cdu", "dry_cooler", "fws_pump"} <= names) is liquid
    assert ("fan_wall" in names) is (variant != DOORS)
    assert ("rear_door" in names) is (variant == DOORS)


def test_racks_whose_liquid_heat_has_no_sink_are_refused_by_name_and_line(site):
    with pytest.raises(InputError) as refusal:
        read(site, variants=[AIR, "/World:rack=GB300_NVL72"])
    faults = refusal.value.faults
    assert {f.code for f in faults} == {"ST035"}
    assert {f.attribute for f in faults} == {"supply", "return_"}
    first = min(faults, key=lambda f: f.prim)
    assert first.prim == "/World/Block_1/Pod_01/White/IT/Rack_A1"
    file, line = first.where.rsplit(":", 1)
    assert file == "white/air_racks_GB300_NVL72.usda"
    assert 'def "Rack_A1"' in (site / file).read_text(encoding="utf-8").splitlines()[int(line) - 1]


def test_the_number_of_cdus_can_only_be_chosen_where_there_are_cdus(site):
    with pytest.raises(UsageError, match="has no variant set 'cdu'"):
        read(site, variants=[AIR, "/World:cdu=N"])


@pytest.mark.parametrize("pods", [1, 3, 5])
@pytest.mark.parametrize("variant", ["", AIR, DOORS])
def test_a_block_may_be_part_filled(tmp_path, pods, variant):
    declare_all()
    new("hall", racks=8 * pods, out=tmp_path / "site", assets=str(folder("assets")))
    tables = facility(tmp_path / "site", variant).tables
    assert sum(len(tables[k].paths) for k in ("rack", "air_rack") if k in tables) == 10 * pods + 8


# ------------------------------------------------------------------------------------ composition


def test_the_layers_of_the_site_hold_nothing_that_a_variant_changes(site):
    """Opinions of the site's own layers would win over every variant."""
    root = Sdf.Layer.FindOrOpen(str(site / "site.usda"))
    own = [Sdf.Layer.FindOrOpenRelativeToLayer(root, path) for path in root.subLayerPaths]
    for scope in ("Mechanical", "Electrical", "Architectural", "Pod_01/White/IT", "Pod_01/White/Mechanical"):
        assert not any(layer.GetPrimAtPath(f"/World/Block_1/{scope}") for layer in own)


def test_equal_white_spaces_are_read_once(site):
    """What a pod adds are its connections to the block, not the thousand prims in it."""
    small = folder("layouts") / "pod"
    white = read(small).visited
    assert read(site).visited < 2.5 * white + 60 * PODS


@pytest.mark.parametrize(("kind", "racks", "name"), [("hall", 512, "hall_liquid"), ("pod", 8, "pod")])
def test_the_shipped_layout_is_what_is_written(kind, racks, name):
    shipped = folder("layouts") / name
    written = layers(kind, racks=racks, assets="../../../assets")
    files = {path.relative_to(shipped).as_posix(): path for path in shipped.rglob("*.usda")}
    assert set(files) == set(written)
    differ = [file for file, path in files.items() if path.read_text(encoding="utf-8") != written[file]]
    assert not differ


# ---------------------------------------------------------------------------------------- physics


def test_the_hall_as_built_holds_in_every_case(site):
    tree, failed = checked(site)
    assert not failed
    assert worst(tree, "rack", "coolant_supply_k") < 273.15 + 41.0
    # Hand calculation: 2.34 m/s in mains of DN400, aisles 2.4 m/s, one feed 62 %, UPS 74 %.
    assert 1.8 < worst(tree, "pipe", "velocity_m_s", "/Fws/") < 2.4
    assert 1.9 < worst(tree, "zone", "velocity_m_s", "/ColdAisle") < 2.6
    assert worst(tree, "busway", "loading_ratio") == pytest.approx(0.62, abs=0.01)
    assert worst(tree, "converter", "loading_ratio", "/Ups_") == pytest.approx(0.74, abs=0.01)


@pytest.mark.parametrize(("name", "loading"), [("1000", 0.78), ("800", 0.97)])
def test_the_busway_of_800_a_exceeds_the_policy_and_that_of_1000_a_does_not(site, name, loading):
    tree, failed = checked(site, f"/World:busway={name}")
    assert worst(tree, "busway", "loading_ratio") == pytest.approx(loading, abs=0.015)
    assert ("EL001" in failed) is (name == "800")
    assert failed <= {"EL001", "EL021", "EL072", "EL073"}


def test_a_pod_with_one_cdu_loses_its_racks_with_it(site):
    tree, failed = checked(site, "/World:cdu=N")
    assert failed == {"CL002"}
    lost = tree["/rack"]["coolant_lost_ratio"].values
    cases = tree["/rack"]["variant"].values
    assert np.all(np.nansum(lost[cases == "cdu"], axis=1) == 8)
    assert np.nansum(lost[cases != "cdu"]) == 0


def test_air_carries_racks_of_29_kw(site):
    tree, failed = checked(site, AIR)
    assert failed <= {"EN001"}
    assert worst(tree, "zone", "velocity_m_s", "/ColdAisle") == pytest.approx(3.3, abs=0.2)
    assert worst(tree, "rack", "air_inlet_k", "/IT/") < 273.15 + 25.0


def test_air_does_not_carry_racks_of_57_kw(site):
    tree, failed = checked(site, AIR, "/World:rack=HGX_B200_Rack4")
    assert {"AI001", "AI010"} <= failed
    assert worst(tree, "zone", "velocity_m_s", "/ColdAisle") == pytest.approx(6.2, abs=0.4)


def test_rear_doors_carry_racks_of_57_kw(site):
    tree, failed = checked(site, DOORS)
    assert failed <= {"EN001"}
    assert worst(tree, "rack", "air_inlet_k", "/IT/") < 273.15 + 27.0
    assert 57.2e3 < worst(tree, "air_handler", "heat_w", "/Door_") < 0.87 * 75e3


@pytest.mark.parametrize("scenario", ["entering_36", "entering_45"])
def test_hot_weather_takes_the_coolant_beyond_what_the_racks_allow(site, scenario):
    _, failed = checked(site, scenario=scenario)
    assert "CL001" in failed


def test_every_way_of_cooling_has_a_plant_and_every_fleet_a_layer(site):
    assert {f"{c}.usda" for c in SIZES} <= {path.name for path in (site / "block").iterdir()}
    assert {f"air_racks_{n}.usda" for n in AIR_FLEETS} <= {path.name for path in (site / "white").iterdir()}
