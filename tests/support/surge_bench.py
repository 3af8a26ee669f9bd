"""Small hand-made networks whose waves are followed: steady state in, run out."""

from dataclasses import replace

import numpy as np

from tests.support.bench import assembly, ints
from twin.model.flow_net import lay_out_flow
from twin.model.surge_net import lay_out_surge
from twin.solve.branch import Medium
from twin.solve.flow import prepare, solve_flow
from twin.solve.hammer_grid import divide
from twin.solve.hammer_loop import Happening, Steady, loop_of
from twin.solve.hammer_march import march

WATER_KG_M3, WATER_PA_S = 998.2, 1.0e-3


def steady_of(*blocks, nodes, wave_m_s=1200.0, heights=None, flow=None, pressure=None):
    """Return the steady state of a network, or the state that is given."""
    made = assembly(*blocks, nodes=nodes, heights=heights)
    net = lay_out_flow(made, {"bench": tuple(f"/Bench/Part_{i}" for i in range(100))})
    shape = (len(net.tail), 1)
    medium = Medium(density_kg_m3=np.full(shape, WATER_KG_M3), viscosity_pa_s=np.full(shape, WATER_PA_S))
    solved = solve_flow(prepare(net), medium, net.limit_m3_s)
    surge = lay_out_surge(made, net)
    return Steady(
        net=net, surge=surge, density_kg_m3=medium.density_kg_m3[:, 0],
        pressure_pag=solved.pressure_pag[:, 0] if pressure is None else np.asarray(pressure, float),
        flow_kg_s=solved.flow_kg_s[:, 0] if flow is None else np.asarray(flow, float),
        speed_ratio=solved.speed_ratio[:, 0], viscosity_pa_s=medium.viscosity_pa_s[:, 0],
        wave_m_s=np.where(surge.length_m > 0.0, wave_m_s, np.nan), vapour_pag=np.full(shape[0], -99e3),
    )  # fmt: skip


def run(steady, step_s, duration_s, *, rigid=False, samples=100_000, **event):
    """Return what happens in the loops that hold the first branch."""
    loop = loop_of(steady, ints(0))
    still = np.full(len(loop.tail), rigid)
    happening = Happening(**({"closes": ints(), "trips": ints()} | event))
    still[loop.local(happening.closes)] |= bool(len(happening.closes)) and not happening.evenly
    return march(divide(loop, step_s, still), happening, duration_s=duration_s, samples=samples)


def column(found, node):
    """Return the pressure at a node of the network over time."""
    loop = found.grid.loop
    return found.pressure_pag[:, int(np.flatnonzero(loop.node == node)[0])]


def through(found, branch):
    """Return the flow of a branch of the network over time."""
    return found.flow_kg_s[:, int(found.grid.loop.local(ints(branch))[0])]


__all__ = ["column", "replace", "run", "steady_of", "through"]
