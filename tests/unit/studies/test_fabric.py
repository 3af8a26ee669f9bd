"""A designed fabric of a pod: counts, what its layer says, and that the stage gives the same routes."""

import numpy as np
import pytest
import xarray as xr

from twin.checks import declare_rules
from twin.checks.review import review
from twin.cli import main
from twin.data import folder
from twin.errors import UsageError
from twin.reports.entry import read
from twin.stage.fabric_layer import products, switch_facts, switch_ports, write_fabric
from twin.studies.fabric_bill import bill, prices, pulls
from twin.studies.fabric_design import Options, design
from twin.studies.fabric_flows import bisections, losses
from twin.studies.fabric_routes import bundles, routed
from twin.studies.fabric_stage import fabric_of

SITE = folder("layouts") / "pod" / "site.usda"


@pytest.fixture(scope="module")
def made():
    facts = switch_facts("SpineSwitch_Q3400")
    return design(read("pod"), Options(), media=products(), ports=switch_ports, facts=facts)


@pytest.fixture(scope="module")
def adopted(made, tmp_path_factory):
    """Return the pod with the layer of the design adopted."""
    home = tmp_path_factory.mktemp("fabric")
    told = bundles(made.routed)
    write_fabric(
        home / "fabric.usda", "pod", trays=made.routed.fabric.trays, placed=made.placed, ratings=made.ratings,
        kept=told[: made.kept_count], laid=told[made.kept_count :], doc="Fabric.",
    )  # fmt: skip
    head = [
        'defaultPrim = "World"',
        "metersPerUnit = 1",
        'upAxis = "Z"',
        f"subLayers = [@./fabric.usda@, @{SITE}@]",
    ]
    (home / "site.usda").write_text("\n".join(["#usda 1.0", "(", *head, ")", ""]))
    return read(home)


def test_a_unit_has_four_spines_and_twice_576_cables(made):
    links = made.routed.fabric.links
    assert made.size.spine_count == sum(p.node.count for p in made.placed) == 4
    assert links.count.sum() == 576 + 576
    used = np.zeros(len(made.routed.fabric.nodes))
    np.add.at(used, links.a, links.count)
    np.add.at(used, links.b, links.count)
    assert {int(u) for u, n in zip(used, made.routed.fabric.nodes, strict=True) if n.tier == "leaf"} == {144}


def test_a_routed_cable_is_no_shorter_than_the_way_along_the_axes(made):
    assert (made.routed.length_m >= made.routed.fabric.links.manhattan_m).all()


def test_no_tray_is_fuller_than_it_is_designed_for(made):
    assert made.routed.fill_ratio.max() <= 0.4


def test_every_cable_reaches_and_its_ordered_length_is_long_enough(made):
    assert all(
        length <= choice.ordered_m <= choice.medium.reach_m
        for length, choice in zip(made.routed.length_m, made.routed.choices, strict=True)
    )


def test_the_stage_that_adopts_the_layer_gives_the_same_lengths_and_media(made, adopted):
    found = routed(fabric_of(adopted, products()), keep_media=True)
    place = {path: i for i, path in enumerate(made.routed.fabric.links.paths)}
    order = [place[path] for path in found.fabric.links.paths]
    assert found.length_m == pytest.approx(made.routed.length_m[order], abs=1e-3)
    assert [c.medium for c in found.choices] == [made.routed.choices[i].medium for i in order]
    assert sorted(found.fill_ratio) == pytest.approx(sorted(made.routed.fill_ratio), abs=1e-6)
    written = adopted.tables["fabric_cable"].numbers["length_m"][:, 0]
    assert written == pytest.approx(found.length_m, abs=1e-3)


def test_cabinets_are_rated_for_the_switches_put_into_them(made, adopted):
    table = adopted.tables["air_rack"]
    power = dict(zip(table.paths, table.numbers["it_power_w"][:, 0], strict=True))
    assert {r.path: r.it_power_w for r in made.ratings} == {p: pytest.approx(27.4e3) for p in power}


def test_a_unit_carries_all_that_its_racks_offer_within_rails_and_across(made):
    found = bisections(made.routed.fabric)
    assert len(found) == 9
    assert {row.ratio for row in found} == {1.0}


def test_a_loss_takes_the_share_of_bandwidth_that_the_structure_says(made):
    rows = losses(made.routed)
    leaf, spine = (
        next(r for r in rows if r.what == "switch" and name in r.prim) for name in ("Leaf_A1", "Spine_01")
    )
    assert (leaf.attached_ratio, leaf.bisection_ratio) == (7 / 8, 3 / 4)
    assert (spine.attached_ratio, spine.bisection_ratio) == (1.0, 3 / 4)
    cabinet = next(r for r in rows if r.what == "cabinet")
    assert len(cabinet.cut_off) == 4, "both leaves of every rail of a row stand in one cabinet"
    trays = [r for r in rows if r.what == "tray"]
    assert min(r.bisection_ratio for r in trays) > 0.4, "no tray takes both of two uplinks"
    assert not any(r.cut_off for r in trays)


def test_the_pull_schedule_has_every_cable_once_and_no_port_twice(made):
    rows = list(pulls(made.routed))
    assert len({r.label for r in rows}) == len(rows) == 1152
    ends = [(r.from_prim, r.from_switch, r.from_port) for r in rows]
    ends += [(r.to_prim, r.to_switch, r.to_port) for r in rows]
    assert len(set(ends)) == len(ends)
    assert all(r.ordered_m - r.routed_m >= 0.0 for r in rows)


def test_the_bill_counts_every_cable_and_prices_come_from_a_file(made, tmp_path):
    table = tmp_path / "prices.csv"
    table.write_text("item,price,currency,source\nleaf,100,EUR,an offer\n")
    rows = bill(made.routed, prices(table))
    assert sum(r.count for r in rows if np.isfinite(r.length_m)) == 1152
    assert {r.item: r.cost for r in rows if np.isfinite(r.cost)} == {"leaf": 800.0}
    table.write_text("item,price,currency,source\nleaf,100,EUR,\n")
    with pytest.raises(UsageError, match=r"prices.csv:2"):
        prices(table)


def test_the_command_writes_layer_schedule_and_drawing(tmp_path, capsys):
    files = [tmp_path / name for name in ("f.usda", "p.csv", "t.html")]
    asked = ["fabric", "pod", "-o", str(files[0]), "--schedule", str(files[1]), "--topology", str(files[2])]
    assert main(asked) == 0
    assert "288 of     288 links" in capsys.readouterr().out
    assert len(files[1].read_text().splitlines()) == 1153
    assert "twin:fabricCable:trays" in files[0].read_text()
    assert files[2].stat().st_size > 100_000
    assert main([*asked[:2], "--schedule", "p.txt"]) == 2


def test_the_rules_see_the_same_fill_as_the_router(made, adopted):
    declare_rules()
    _, margins = review(adopted, xr.DataTree(), only=["FA003"])
    by_rule = {
        adopted.tables["tray"].paths[i]: v for i, v in zip(margins[0].parts, margins[0].value, strict=True)
    }
    routed_ = {
        t.path: 100.0 * f for t, f in zip(made.routed.fabric.trays, made.routed.fill_ratio, strict=True)
    }
    assert by_rule == pytest.approx(routed_)
