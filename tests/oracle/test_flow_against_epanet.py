"""The same looped networks in EPANET (through wntr) and here."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from tests.property.pods import copy_pod
from twin.interop.epanet_model import (
    GRAVITY_M_S2,
    WATER_M2_S,
    Curve,
    Demand,
    HeadLoss,
    Junction,
    Options,
    Pipe,
    Pump,
    Reservoir,
    WaterNetwork,
)
from twin.interop.epanet_run import snapshot
from twin.model.network import lay_out
from twin.solve.couple import solve as settle
from twin.stage.read import read

wntr = pytest.importorskip("wntr")

# wntr says so whenever a model is made for Darcy-Weisbach; roughness is given as a height from the start.
pytestmark = pytest.mark.filterwarnings("ignore:Changing the headloss formula:UserWarning")

SIDE = 5


@dataclass
class Draft:
    """A network in SI: heads and demands by node, pipes and pumps with their numbers."""

    viscosity_m2_s: float = WATER_M2_S
    heads: dict[str, float] = field(default_factory=dict)
    demands: dict[str, float] = field(default_factory=dict)
    pipes: list[tuple[str, str, str, float, float, float, float]] = field(default_factory=list)
    pumps: list[tuple[str, str, str, float, float, float]] = field(default_factory=list)

    def points(self, shutoff, bend):
        """Return three points of a pump whose head is shutoff - bend·Q²."""
        most = 0.9 * np.sqrt(shutoff / bend)
        return [(q, shutoff - bend * q**2) for q in (0.0, 0.5 * most, most)]

    def network(self):
        """Return the network as an EPANET input would give it."""
        names = ("length_m", "diameter_m", "roughness", "loss_ratio")
        return WaterNetwork(
            junctions=tuple(
                Junction(name=name, demands=(Demand(base_m3_s=drawn),) if drawn else ())
                for name, drawn in self.demands.items()
            ),
            reservoirs=tuple(Reservoir(name=name, head_m=head) for name, head in self.heads.items()),
            pipes=tuple(
                Pipe(name=name, a=a, b=b, **dict(zip(names, numbers, strict=True)))
                for name, a, b, *numbers in self.pipes
            ),
            pumps=tuple(
                Pump(name=name, a=a, b=b, head_curve=name, speed_ratio=speed)
                for name, a, b, _, _, speed in self.pumps
            ),
            curves={
                name: Curve(**dict(zip("xy", zip(*self.points(shutoff, bend), strict=True), strict=True)))
                for name, _, _, shutoff, bend, _ in self.pumps
            },
            options=Options(head_loss=HeadLoss.DARCY_WEISBACH, viscosity_m2_s=self.viscosity_m2_s),
        )


def random_network(seed):
    """Return a grid of pipes with a reservoir, a pump into it, and demands."""
    rng = np.random.default_rng(seed)
    node = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    ends = np.array(
        [
            *zip(node[:, :-1].ravel(), node[:, 1:].ravel(), strict=False),
            *zip(node[:-1].ravel(), node[1:].ravel(), strict=False),
        ]
    )
    turned = rng.random(len(ends)) < 0.5
    ends[turned] = ends[turned, ::-1]
    inp = Draft(heads={"source": float(rng.uniform(0.0, 50.0))})
    inp.demands = {f"n{i}": 0.0 for i in node.ravel()}
    for i in rng.choice(node.size, 8, replace=False):
        inp.demands[f"n{i}"] = float(rng.uniform(1e-4, 3e-3))
    for i, (a, b) in enumerate(ends):
        numbers = (
            rng.uniform(5.0, 80.0),
            rng.uniform(0.03, 0.15),
            rng.uniform(1e-6, 2e-4),
            rng.uniform(0.0, 10.0),
        )
        inp.pipes.append((f"p{i}", f"n{a}", f"n{b}", *map(float, numbers)))
    inp.pipes.append(("back", "n24", "source", 20.0, 0.08, 4.5e-5, 5.0))
    shutoff = float(rng.uniform(20.0, 60.0))
    inp.pumps = [("pump", "source", "n0", shutoff, shutoff / 0.03**2, float(rng.uniform(0.7, 1.0)))]
    return inp


def with_epanet(inp, folder):
    """Return heads and flows of EPANET 2.2."""
    net = wntr.network.WaterNetworkModel()
    options = net.options.hydraulic
    options.headloss, options.accuracy, options.trials, options.inpfile_units = "D-W", 1e-8, 500, "LPS"
    options.viscosity = inp.viscosity_m2_s / (1.1e-5 * 0.3048**2)
    net.options.time.duration = 0
    for name, demand in inp.demands.items():
        net.add_junction(name, base_demand=demand, elevation=0.0)
    for name, head in inp.heads.items():
        net.add_reservoir(name, base_head=head)
    for name, a, b, length, diameter, roughness, loss in inp.pipes:
        net.add_pipe(name, a, b, length=length, diameter=diameter, roughness=roughness, minor_loss=loss)
    for name, a, b, shutoff, bend, speed in inp.pumps:
        net.add_curve(f"curve_{name}", "HEAD", inp.points(shutoff, bend))
        net.add_pump(name, a, b, pump_type="HEAD", pump_parameter=f"curve_{name}", speed=speed)
    found = wntr.sim.EpanetSimulator(net).run_sim(file_prefix=str(folder / "net"), version=2.2)
    return found.node["head"].iloc[0], found.link["flowrate"].iloc[0]


def compare(inp, folder, *, flow, head):
    """Assert that flows agree to a share of the largest, heads to metres; return our passes."""
    record, (heads, flows) = snapshot(inp.network()), with_epanet(inp, folder)
    largest = np.abs(record.flow_m3_s).max()
    ours = zip([link.name for link in record.plan.links], record.flow_m3_s[0], strict=True)
    assert max(abs(q - flows[name]) for name, q in ours) < flow * largest
    ours = zip(record.plan.nodes, record.head_m[0], strict=True)
    assert max(abs(h - heads[name]) for name, h in ours) < head
    return int(record.iteration_count.sum())


@pytest.mark.parametrize("seed", range(20))
def test_random_looped_networks_have_the_flows_and_heads_of_epanet(seed, tmp_path):
    assert compare(random_network(seed), tmp_path, flow=2e-4, head=0.01) <= 25


def coolant_loop(site):
    """Return the TCS loop of the pod: its pipes, headers and hoses, racks and couplings as dynamic heads.

    EPANET knows neither measured polynomials nor regulating valves, so racks lose Q² and valves stand open.
    """
    solution = settle(lay_out(read(site).facility))
    net, flow = solution.network.flow, solution.flow
    island = net.island[
        net.tail[next(i for i in range(len(net.tail)) if "Rack_A1.coolant" in net.branch_name(i))]
    ]
    mine = [i for i in range(len(net.tail)) if net.island[net.tail[i]] == island]
    density = float(solution.medium.density_kg_m3[mine[0], 0])
    names = {i: f"n{i}" for i in range(len(net.node))}
    held = int(net.held[net.island[net.held] == island][0])
    names[held] = "vessel"
    inp = Draft(viscosity_m2_s=float(solution.medium.viscosity_pa_s[mine[0], 0]) / density)
    inp.heads = {"vessel": float(flow.pressure_pag[held, 0]) / density / GRAVITY_M_S2}
    inp.demands = {names[i]: 0.0 for i in range(len(net.node)) if net.island[i] == island and i != held}
    bore = 0.04276
    by_flow = {int(b): k for k, b in enumerate(net.friction)}
    measured = {int(b): k for k, b in enumerate(net.measured)}
    movers = {int(b): k for k, b in enumerate(net.mover)}
    for branch in mine:
        name, a, b = f"b{branch}", names[int(net.tail[branch])], names[int(net.head[branch])]
        if branch in movers:
            k = movers[branch]
            # A parabola through the point where the CDU's pumps run.
            through, speed = float(flow.flow_kg_s[branch, 0]) / density, float(flow.speed_ratio[k, 0])
            rise = float(flow.pressure_pag[net.head[branch], 0] - flow.pressure_pag[net.tail[branch], 0])
            lift = rise / density / GRAVITY_M_S2
            inp.pumps.append((name, a, b, 1.4 * lift / speed**2, 0.4 * lift / through**2, speed))
            continue
        length, diameter, roughness, loss = 0.01, bore, 1e-6, 0.0
        if branch in by_flow:
            k = by_flow[branch]
            length, diameter, roughness, loss = (
                float(column[k, 0])
                for column in (net.length_m, net.diameter_m, net.roughness_m, net.loss_ratio)
            )
        if branch in measured:
            k = measured[branch]
            area = 0.25 * np.pi * diameter**2
            through = max(abs(float(flow.flow_kg_s[branch, 0])) / density, 1e-6)
            quadratic = float(net.quadratic_pa_s2_m6[k, 0]) + float(net.linear_pa_s_m3[k, 0]) / through
            loss += 2.0 * area**2 / density * quadratic
        inp.pipes.append((name, a, b, max(length, 0.01), diameter, roughness, loss))
    return inp


def test_the_coolant_loop_of_the_pod_has_the_flows_and_heads_of_epanet(tmp_path):
    inp = coolant_loop(copy_pod(tmp_path))
    assert len(inp.pipes) > 50
    assert len(inp.pumps) == 2
    compare(inp, tmp_path, flow=1e-3, head=0.02)
