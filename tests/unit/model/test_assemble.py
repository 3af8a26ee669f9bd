"""Laws of assembling: a facility becomes blocks of elements between numbered, named nodes."""

from dataclasses import fields, replace

import numpy as np
import pytest

from tests.unit.model.facilities import aisles, bound, facility, named, rooms, site, table
from twin.errors import InputError
from twin.model.assemble import elements
from twin.model.binding import Nodes
from twin.model.element import Controller, Fluid, Path, Source, Zone
from twin.model.lacks import lacks

PIPE = {"inner_diameter_m": 0.1, "length_m": 5.0, "roughness_m": 4.5e-5}
VESSEL = {"fill_pressure_pag": 1e5, "glycol_mass_ratio": 0.25, "fill_temperature_k": 293.15}


def loop(heights=(1.0, 2.0, 3.0)):
    """Return two pipes and a vessel on three ports, in a room with an aisle."""
    ports = [(f"/World/P_{i}", "pipe", 0, (i, 0, z)) for i, z in enumerate(heights)]
    pipes = table(
        "pipe", ["/World/Pipe_0", "/World/Pipe_1"], ends={"a": bound(0, 1), "b": bound(1, 2)}, numbers=PIPE
    )
    vessel = table(
        "expansion_vessel", ["/World/Vessel"], ends={"loop": bound(2)}, numbers=VESSEL,
        words={"fluid": "propylene_glycol"},
    )  # fmt: skip
    hall = rooms(["/World/Hall"], [(0, 0, 0)], [(20, 10, 4)])
    aisle = aisles(["/World/Aisle"], [(0, 0, 0.5)], [(2.4, 1, 3)])
    return facility(site(), pipes, vessel, hall, aisle, ports=ports)


def only(assembly, kind, which):
    (block,) = [b for k, b in assembly.blocks if k == kind and isinstance(b, which)]
    return block


def test_ports_come_first_then_air_then_inner_nodes():
    made = elements(loop())
    names = [made.nodes.name(n) for n in range(made.nodes.count)]
    assert names[:3] == ["/World/P_0", "/World/P_1", "/World/P_2"]
    assert sorted(names[3:6]) == ["/World/Aisle", "/World/Aisle", "/World/Hall"]
    assert made.nodes.count == 6


def test_inner_nodes_are_named_by_part_and_role():
    cdu = table(
        "plate_exchanger",
        ["/World/Hx"],
        ends={
            name: bound(i) for i, name in enumerate(("hot_inlet", "hot_outlet", "cold_inlet", "cold_outlet"))
        },
    )
    made = elements(
        facility(site(), cdu, ports=[(f"/World/P_{i}", "plate_exchanger", 0, (0, 0, 1)) for i in range(4)])
    )
    assert made.nodes.count == 4
    first = made.nodes.take(("/World/Hx",), np.zeros(1, int), "inside", np.array([1.5]))
    assert made.nodes.name(int(first[0])) == "/World/Hx.inside"


def test_a_node_has_the_height_of_its_port_or_of_the_floor_of_its_air():
    made = elements(loop())
    np.testing.assert_allclose(made.height_m[:3], [1.0, 2.0, 3.0])
    by_name = {made.nodes.name(n): made.height_m[n] for n in range(3, 6)}
    assert by_name == {"/World/Aisle": 0.5, "/World/Hall": 0.0}


def test_blocks_come_in_the_order_of_kinds_whatever_the_order_of_tables():
    fac = loop()
    turned = replace(fac, tables=dict(reversed(fac.tables.items())))
    kinds_there, kinds_here = ([k for k, _ in elements(f).blocks] for f in (turned, fac))
    assert kinds_there == kinds_here == sorted(kinds_here)


def test_connections_join_the_nodes_of_their_ends():
    bore = only(elements(loop()), "pipe", Path)
    assert (bore.a.tolist(), bore.b.tolist()) == ([0, 1], [1, 2])
    vessel = only(elements(loop()), "expansion_vessel", Source)
    assert vessel.node.tolist() == [2]
    assert vessel.fluid.tolist() == [Fluid.PROPYLENE_GLYCOL]


def test_every_node_of_every_block_exists():
    made = elements(loop())
    for _, block in made.blocks:
        for field in fields(block):
            value = getattr(block, field.name)
            if field.name in {"a", "b", "node", "plus", "minus"} and isinstance(value, np.ndarray):
                assert ((value >= -1) & (value < made.nodes.count)).all()


def test_zones_are_the_nodes_that_placing_found():
    made = elements(loop())
    for kind, cells in made.placement.cells.items():
        assert only(made, kind, Zone).node.tolist() == cells.node.tolist()


def test_a_relationship_to_a_zone_means_its_first_cell():
    fac = loop()
    control = table(
        "control",
        ["/World/Control"],
        numbers={"set_pa": 2.0, "minimum_ratio": 0.2, "maximum_ratio": 1.0},
        targets={
            "senses": named(0, kind=("room", "aisle"), row=(0, 0)),
            "actuates": named(0, kind=("pipe",), row=(1,)),
        },
    )
    made = elements(replace(fac, tables={**fac.tables, "control": control}))
    block = only(made, "control", Controller)
    cells = made.placement.cells
    assert block.plus.tolist() == cells["room"].node[:1].tolist()
    assert block.minus.tolist() == cells["aisle"].node[:1].tolist()
    assert (block.mover_kind, block.mover_part.tolist()) == (("pipe",), [1])


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_controller_senses_two_places(count):
    control = table(
        "control",
        ["/World/Control"],
        numbers={"set_pa": 2.0},
        targets={
            "senses": named(0, node=tuple(range(count)), row=(-1,) * count),
            "actuates": named(0, kind=("pipe",), row=(0,)),
        },
    )
    fac = loop()
    spoilt = replace(fac, tables={**fac.tables, "control": control})
    (lack,) = (each for each in lacks(spoilt, elements(spoilt)) if each.code == "ST038")
    assert (lack.kind, lack.part) == ("control", 0)
    assert f"{count} targets" in lack.found


@pytest.mark.parametrize("count", [0, 2])
def test_there_is_exactly_one_site(count):
    fac = loop()
    tables = {k: t for k, t in fac.tables.items() if k != "site"}
    if count:
        tables["site"] = table("site", [f"/World/Site_{i}" for i in range(count)])
    with pytest.raises(InputError, match="ST080") as refusal:
        elements(replace(fac, tables=tables))
    assert refusal.value.faults[0].prim == "/World"


def test_kinds_without_parts_yield_nothing():
    fac = loop()
    empty = table("rack", [])
    more = replace(fac, tables={**fac.tables, "rack": empty})
    assert [k for k, _ in elements(more).blocks] == [k for k, _ in elements(fac).blocks]


def test_the_variant_axis_is_that_of_the_cases():
    fac = loop()
    cases = tuple(
        replace(fac.cases[0], name=f"case_{i}", capture=c) for i, c in enumerate(("liquid", "air", "liquid"))
    )
    made = elements(replace(fac, cases=cases))
    assert made.variants == 3
    assert made.site.high_capture.tolist() == [[True, False, True]]


def test_the_air_is_thinner_on_a_mountain():
    high = table(
        "site", ["/World/Site"], numbers={**dict.fromkeys(("dry_bulb_k",), 290.0), "elevation_m": 2000.0}
    )
    fac = loop()
    up = elements(replace(fac, tables={**fac.tables, "site": high})).site.pressure_pa
    assert up[0, 0] == pytest.approx(79500.0, rel=2e-3)  # ISO 2533 at 2,000 m: 79,495 Pa
    assert elements(fac).site.pressure_pa[0, 0] == pytest.approx(101325.0)


def test_renaming_parts_changes_names_only():
    fac = loop()
    renamed = replace(
        fac, tables={k: replace(t, paths=tuple(f"{p}_X" for p in t.paths)) for k, t in fac.tables.items()}
    )
    for (_, block), (_, other) in zip(elements(fac).blocks, elements(renamed).blocks, strict=True):
        for field in fields(block):
            value = getattr(block, field.name)
            if isinstance(value, np.ndarray):
                np.testing.assert_array_equal(getattr(other, field.name), value)


def test_an_inner_node_behind_a_kind_without_any_is_named():
    nodes = Nodes(10, lambda node: f"port {node}")
    nodes.take(("/Hose",), np.zeros(0, dtype=np.intp), "valve_inlet", np.zeros(0))
    nodes.take(("/Cdu_1", "/Cdu_2"), np.arange(2), "pump_discharge", np.zeros(2))
    names = [nodes.name(node) for node in (9, 10, 11)]
    assert names == ["port 9", "/Cdu_1.pump_discharge", "/Cdu_2.pump_discharge"]
