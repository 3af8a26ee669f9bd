"""Small hand-made networks for solver tests: blocks in, flow network out."""

import numpy as np

from twin.model.assemble import Assembly
from twin.model.binding import Nodes, Site
from twin.model.element import Fluid, Source
from twin.model.flow_net import lay_out_flow
from twin.model.place import Placement


def col(*values):
    """Return a column, shape (element, 1)."""
    return np.array(values, dtype=np.float64)[:, None]


def ints(*values):
    return np.array(values, dtype=np.intp)


def site(variants=1, **changed):
    numbers = {
        "dry_bulb_k": 301.15, "wet_bulb_k": 293.15, "dew_point_k": 288.15, "minimum_k": 263.15,
        "recirculation_dk": 2.0, "pressure_pa": 101325.0, "frequency_hz": 50.0,
    } | changed  # fmt: skip
    return Site(
        **{name: np.array([[value]]) for name, value in numbers.items()},
        high_capture=np.ones((1, variants), dtype=bool),
        viscosity_ratio=np.ones((1, variants)),
    )


def vessel(node, pressure_pag=0.0, fluid=Fluid.WATER, kelvin=293.15):
    return Source(
        role="vessel", part=ints(0), node=ints(node), pressure_pag=col(pressure_pag), fluid=ints(int(fluid)),
        mass_fraction=col(0.25 if fluid is Fluid.PROPYLENE_GLYCOL else 0.0), supply_k=col(kelvin),
    )  # fmt: skip


def assembly(*blocks, nodes, variants=1, heights=None):
    empty = ints()
    return Assembly(
        blocks=tuple(("bench", b) for b in blocks),
        nodes=Nodes(nodes, lambda n: f"/Bench/Node_{n}"),
        height_m=np.zeros(nodes) if heights is None else np.asarray(heights, float),
        placement=Placement(cells={}, room={}, opening=empty, first=nodes, count=0),
        site=site(variants),
        variants=variants,
    )


def flow_net(*blocks, nodes, variants=1, heights=None):
    made = assembly(*blocks, nodes=nodes, variants=variants, heights=heights)
    return lay_out_flow(made, {"bench": tuple(f"/Bench/Part_{i}" for i in range(100))})
