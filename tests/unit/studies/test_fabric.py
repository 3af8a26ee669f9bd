"""A designed fabric of a pod: counts, what its layer says, and that the stage gives the same routes."""

import numpy as np
import pytest

from twin.data import folder
from twin.reports.entry import read
from twin.stage.fabric_layer import products, switch_facts, switch_ports, write_fabric
from twin.studies.fabric_design import Options, design
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
