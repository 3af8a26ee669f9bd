"""Results are a layer of our own: in display units, written at once, never over anything else."""

import pytest
from pxr import Sdf, Usd

from tests.data.sites import small_site
from twin.errors import UsageError
from twin.stage.overlay import ResultRow, write_results
from twin.stage.read import read

RACK = "/World/Hall/Pod_01/Rack_00"
ROWS = [
    ResultRow(
        prim=RACK, values={"coolant_return_k": 327.15, "liquid_heat_w": 118800.0}, words={"verdict": "pass"},
        colour=(0.9, 0.1, 0.2),
    )
]  # fmt: skip
META = {"version": "0.1.0", "case": "normal", "inputs": {"layers": {"site.usda": "ab" * 32}}}


@pytest.fixture
def site(tmp_path):
    return small_site().write(tmp_path / "site")


@pytest.mark.parametrize("suffix", [".usda", ".usdc"])
def test_results_are_doubles_in_display_units_that_name_their_unit(tmp_path, site, suffix):
    layer = Sdf.Layer.FindOrOpen(str(write_results(tmp_path / f"results{suffix}", site, ROWS, meta=META)))
    attribute = layer.GetAttributeAtPath(f"{RACK}.twin:result:coolantReturn")
    assert attribute.default == pytest.approx(54.0)
    assert attribute.typeName == Sdf.ValueTypeNames.Double
    assert attribute.customData["unit"] == "degC"
    assert layer.GetAttributeAtPath(f"{RACK}.twin:result:liquidHeat").default == pytest.approx(118.8)
    assert layer.GetAttributeAtPath(f"{RACK}.twin:result:verdict").default == "pass"
    assert layer.GetPrimAtPath(RACK).specifier == Sdf.SpecifierOver


def test_the_text_is_laid_out_as_usd_itself_would(tmp_path, site):
    rows = [
        ResultRow(prim="/World/Hall/Pod_01/Rack_01", colour=(0.35, 1.0, 0.0)),
        *ROWS,
        ResultRow(prim="/World/Hall", words={"verdict": "pass"}, values={"it_power_w": 2.5e6}),
        ResultRow(prim="/World/Site", values={"dry_bulb_k": 300.0}),
    ]
    target = write_results(tmp_path / "results.usda", site, rows, meta=META)
    assert Sdf.Layer.FindOrOpen(str(target)).ExportToString() == target.read_text()


@pytest.mark.parametrize("suffix", [".usda", ".usdc"])
def test_words_come_back_whatever_they_hold(tmp_path, site, suffix):
    word = "a \"b\" 'c' \\d\n\te\x01 é </World> @x@ # {"
    rows = [ResultRow(prim=RACK, words={"finding": word})]
    layer = Sdf.Layer.FindOrOpen(str(write_results(tmp_path / f"results{suffix}", site, rows, meta=META)))
    assert layer.GetAttributeAtPath(f"{RACK}.twin:result:finding").default == word


def test_the_layer_tells_what_it_was_made_from(tmp_path, site):
    layer = Sdf.Layer.FindOrOpen(str(write_results(tmp_path / "results.usda", site, ROWS, meta=META)))
    assert layer.customLayerData["twin"]["case"] == "normal"
    assert layer.customLayerData["twin"]["inputs"]["layers"]["site.usda"] == "ab" * 32
    assert (layer.timeCodesPerSecond, layer.defaultPrim) == (1, "World")


def test_a_view_of_results_over_the_site_shows_both_and_reads_as_the_site(tmp_path, site):
    write_results(site / "results.usda", site, ROWS, meta=META)
    view = site / "view.usda"
    view.write_text(
        (site / "site.usda")
        .read_text()
        .replace("    subLayers = [", "    subLayers = [\n        @./results.usda@,")
    )
    stage = Usd.Stage.Open(str(view))
    assert stage.GetPrimAtPath(RACK).GetAttribute("twin:result:liquidHeat").Get() == pytest.approx(118.8)
    assert stage.GetPrimAtPath(RACK).GetAttribute("primvars:displayColor").Get()[0] == pytest.approx(
        (0.9, 0.1, 0.2)
    )
    reading = read(view)
    assert reading.warnings == ()
    assert reading.visited == read(site).visited


def test_a_layer_of_the_site_is_never_written(tmp_path, site):
    before = (site / "layers/it.usda").read_bytes()
    with pytest.raises(UsageError, match="layer of the site"):
        write_results(site / "layers/it.usda", site, ROWS, meta=META)
    assert (site / "layers/it.usda").read_bytes() == before


def test_a_layer_of_the_site_is_known_behind_a_link(tmp_path, site):
    link = tmp_path / "link.usda"
    link.symlink_to(site / "site.usda")
    with pytest.raises(UsageError, match="layer of the site"):
        write_results(link, site, ROWS, meta=META)


@pytest.mark.parametrize("content", ["#usda 1.0\n", "no layer at all"])
def test_a_file_that_is_no_results_layer_is_never_replaced(tmp_path, site, content):
    other = tmp_path / "other.usda"
    other.write_text(content)
    with pytest.raises(UsageError, match="no results layer"):
        write_results(other, site, ROWS, meta=META)
    assert other.read_text() == content


def test_older_results_are_replaced_at_once(tmp_path, site):
    target = write_results(tmp_path / "results.usda", site, ROWS, meta=META)
    inode = target.stat().st_ino
    write_results(target, site, [], meta={**META, "case": "other"})
    assert target.stat().st_ino != inode
    assert "Rack_00" not in target.read_text()
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["results.usda"]


def test_another_file_type_is_refused(tmp_path, site):
    with pytest.raises(UsageError, match="usdc"):
        write_results(tmp_path / "results.txt", site, ROWS, meta=META)
