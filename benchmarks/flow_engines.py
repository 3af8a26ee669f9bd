"""Engines that solve the loops of `flow_loops.py`, one in each process; `flow.py` asks them in turn.

A process reads one JSON object a line, `{"do": ..., ...}`, and answers with one. Seconds are taken inside the
process, around the call that does the work and nothing else.
"""

import contextlib
import gc
import json
import os
import sys
import time
import warnings
from pathlib import Path
from typing import ClassVar

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from flow_loops import (
    DENSITY_KG_M3,
    GRAVITY_M_S2,
    HEAD_M,
    ROUGHNESS_M,
    VISCOSITY_M2_S,
    loops,
)

WEIGHT_PA_M = DENSITY_KG_M3 * GRAVITY_M_S2


class Ours:
    """The flow solver of this package."""

    settled = 1e-9
    together = 64

    def build(self, racks, folder):  # noqa: ARG002 - as every engine
        from twin.solve.flow import prepare

        self.loops = loops(racks)
        began = time.perf_counter()
        self.net, self.rows = our_net(self.loops)
        self.system = prepare(self.net)
        return time.perf_counter() - began

    def solve(self):
        from twin.solve.flow import solve_flow

        began = time.perf_counter()
        self.flow = solve_flow(self.system, medium(self.net), self.net.limit_m3_s, settled=self.settled)
        return time.perf_counter() - began

    def answer(self):
        return self.flow.flow_kg_s[self.rows, 0] / DENSITY_KG_M3

    def passes(self):
        return self.flow.iteration_count

    def variants(self, losses):
        """Solve every variant from the solution of the first state, some side by side."""
        from twin.solve.flow import solve_flow
        from twin.solve.flow_system import renumbered

        start, racks = self.flow, np.searchsorted(self.net.friction, self.rows)
        self.found = np.empty(losses.shape)
        began = time.perf_counter()
        for first in range(0, len(losses), self.together):
            some = losses[first : first + self.together]
            loss = self.net.loss_ratio.repeat(len(some), axis=1)
            loss[racks] = some.T
            net = wider(self.net, loss)
            flow = solve_flow(
                renumbered(self.system, net), medium(net), net.limit_m3_s, start=spread(start, len(some)),
                settled=self.settled,
            )  # fmt: skip
            self.found[first : first + len(some)] = flow.flow_kg_s[self.rows].T / DENSITY_KG_M3
        return {"all": time.perf_counter() - began}


def our_net(made):
    """Return the flow network of the loops, and which branches are racks."""
    from tests.support.bench import col, flow_net, ints, vessel
    from twin.model.element import Friction, Mover, Path

    tail, head, length, diameter, loss = (np.array(each) for each in zip(*made.pipes, strict=True))
    pipes = Path(
        role="pipe", part=np.arange(len(tail)), a=tail, b=head, friction=Friction.SWAMEE_JAIN,
        length_m=col(*length), diameter_m=col(*diameter), loss_ratio=col(*loss),
        roughness_m=col(ROUGHNESS_M).repeat(len(tail), 0),
    )  # fmt: skip
    tail, head, rise, flow = (np.array(each) for each in zip(*made.pumps, strict=True))
    pumps = Mover(
        role="pump", part=np.arange(len(tail)), a=tail, b=head,
        shutoff_pa=col(*(4.0 / 3.0 * WEIGHT_PA_M * rise)),
        quadratic_pa_s2_m6=col(*(-WEIGHT_PA_M * rise / 3.0 / flow**2)),
    )  # fmt: skip
    vessels = [vessel(node, WEIGHT_PA_M * HEAD_M) for node in made.held]
    net = flow_net(pipes, pumps, *vessels, nodes=made.nodes)
    return net, net.rows[id(pipes)].start + ints(*made.racks)


def medium(net):
    """Return water, the same in every branch and variant."""
    from twin.solve.branch import Medium

    one, shape = np.ones((len(net.tail), 1)), (len(net.tail), net.variants)
    return Medium(
        density_kg_m3=np.broadcast_to(DENSITY_KG_M3 * one, shape),
        viscosity_pa_s=np.broadcast_to(VISCOSITY_M2_S * DENSITY_KG_M3 * one, shape),
    )


def wider(net, loss):
    """Return the network with a column of loss coefficients for each variant."""
    from dataclasses import replace

    count = loss.shape[1]
    return replace(
        net, loss_ratio=loss, variants=count, in_service=net.in_service.repeat(count, axis=1),
        viscosity_ratio=net.viscosity_ratio.repeat(count, axis=1),
    )  # fmt: skip


def spread(flow, count):
    """Return a solved flow of one variant for so many."""
    from dataclasses import fields, replace

    names = [f.name for f in fields(flow) if f.name != "iteration_count"]
    wide = {name: np.broadcast_to(each := getattr(flow, name), (len(each), count)) for name in names}
    return replace(flow, **wide)


class Epanet:
    """EPANET 2.3 through owa-epanet, in process."""

    accuracy = 1e-8

    def build(self, racks, folder):
        from epanet import toolkit

        self.kit, made = toolkit, loops(racks)
        path = Path(folder) / f"loops_{racks}.inp"
        path.write_text(inp_of(made, self.accuracy), encoding="ascii")
        began = time.perf_counter()
        self.project = toolkit.createproject()
        toolkit.open(self.project, str(path), os.devnull, "")
        toolkit.openH(self.project)
        took = time.perf_counter() - began
        self.rows = [toolkit.getlinkindex(self.project, f"p{pipe}") for pipe in made.racks]
        self.links = toolkit.getcount(self.project, toolkit.LINKCOUNT)
        return took

    def solve(self):
        kit = self.kit
        began = time.perf_counter()
        kit.initH(self.project, kit.INITFLOW)
        kit.runH(self.project)
        return time.perf_counter() - began

    def answer(self):
        kit, values = self.kit, self.kit.doubleArray(self.links)
        kit.getlinkvalues(self.project, kit.FLOW, values)
        return np.array([values[row - 1] for row in self.rows]) * 1e-3

    def passes(self):
        return int(self.kit.getstatistic(self.project, self.kit.ITERATIONS))

    def variants(self, losses):
        """Set the losses, run from the flows before, read all flows; the run alone is timed too."""
        kit, project, rows = self.kit, self.project, self.rows
        values, clock, running = kit.doubleArray(self.links), time.perf_counter, 0.0
        given, found = losses.tolist(), []
        self.solve()
        began = clock()
        for each in given:
            for row, loss in zip(rows, each, strict=True):
                kit.setlinkvalue(project, row, kit.MINORLOSS, loss)
            start = clock()
            kit.initH(project, kit.NOSAVE)
            kit.runH(project)
            running += clock() - start
            kit.getlinkvalues(project, kit.FLOW, values)
            found.append([values[row - 1] for row in rows])
        took = clock() - began
        self.found = np.array(found) * 1e-3
        return {"all": took, "run": running}


def inp_of(made, accuracy):
    """Return the loops as an EPANET input."""
    held, curves = set(made.held), {}
    lines = ["[JUNCTIONS]", *(f"n{i} 0 0" for i in range(made.nodes) if i not in held)]
    lines += ["[RESERVOIRS]", *(f"n{i} {HEAD_M}" for i in made.held), "[PIPES]"]
    for i, (a, b, length, diameter, loss) in enumerate(made.pipes):
        lines.append(f"p{i} n{a} n{b} {length!r} {diameter * 1e3!r} {ROUGHNESS_M * 1e3!r} {loss!r} Open")
    lines.append("[PUMPS]")
    for i, (a, b, rise, flow) in enumerate(made.pumps):
        name = curves.setdefault((flow * 1e3, rise), f"c{len(curves)}")
        lines.append(f"u{i} n{a} n{b} HEAD {name}")
    lines += ["[CURVES]", *(f"{name} {flow!r} {rise!r}" for (flow, rise), name in curves.items())]
    lines += [
        "[OPTIONS]", "Units LPS", "Headloss D-W", "Viscosity 1.0", "Trials 200", f"Accuracy {accuracy}",
        "Unbalanced Stop", "[TIMES]", "Duration 0",
        "[REPORT]", "Status No", "Summary No", "Messages No", "[END]",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


class Pandapipes:
    """pandapipes with numba and its factor of Swamee and Jain."""

    options: ClassVar = {
        "friction_model": "swamee-jain", "use_numba": True, "mode": "hydraulics", "max_iter_hyd": 100,
    }  # fmt: skip

    def build(self, racks, folder):  # noqa: ARG002 - as every engine
        import pandapipes

        self.pipes, made = pandapipes, loops(racks)
        began = time.perf_counter()
        self.net = pandapipes_net(pandapipes, made)
        took = time.perf_counter() - began
        self.rows = np.array(made.racks)
        return took

    def solve(self):
        began = time.perf_counter()
        self.pipes.pipeflow(self.net, **self.options)
        return time.perf_counter() - began

    def answer(self):
        return self.net.res_pipe.mdot_from_kg_per_s.to_numpy()[self.rows] / DENSITY_KG_M3

    def passes(self):
        return len(self.net._internal_data) and -1 if "_internal_data" in self.net else -1

    def variants(self, losses):
        """Set the losses, solve, read the flows."""
        began, found = time.perf_counter(), []
        for each in losses:
            self.net.pipe.loc[self.rows, "loss_coefficient"] = each
            self.solve()
            found.append(self.answer())
        took = time.perf_counter() - began
        self.found = np.array(found)
        return {"all": took}


def pandapipes_net(pps, made):
    """Return the loops as a network of pandapipes."""
    net = pps.create_empty_network()
    net.fluid = pps.create_constant_fluid(
        "water", "liquid", density=DENSITY_KG_M3, viscosity=VISCOSITY_M2_S * DENSITY_KG_M3,
        heat_capacity=4182.0, compressibility=1.0, der_compressibility=0.0,
    )  # fmt: skip
    pps.create_junctions(net, made.nodes, pn_bar=2.0, tfluid_k=293.15)
    pps.create_ext_grids(net, made.held, p_bar=WEIGHT_PA_M * HEAD_M / 1e5, t_k=293.15)
    tail, head, length, diameter, loss = (np.array(each) for each in zip(*made.pipes, strict=True))
    pps.create_pipes_from_parameters(
        net, tail, head, length_km=length / 1e3, inner_diameter_mm=diameter * 1e3, k_mm=ROUGHNESS_M * 1e3,
        loss_coefficient=loss, sections=1,
    )  # fmt: skip
    bar, seen = WEIGHT_PA_M / 1e5, {}
    for a, b, rise, flow in made.pumps:
        if (rise, flow) not in seen:
            name = seen[rise, flow] = f"pump {len(seen)}"
            curve = [-bar * rise / 3.0 / (flow * 3600.0) ** 2, 0.0, bar * 4.0 / 3.0 * rise]
            pps.create_pump_from_parameters(net, a, b, name, poly_coefficents=curve)
        else:
            pps.create_pump(net, a, b, seen[rise, flow])
    return net


ENGINES = {"twin": Ours, "epanet": Epanet, "pandapipes": Pandapipes}


def serve(name):
    """Answer requests until there are no more."""
    began = time.perf_counter()
    engine, out = ENGINES[name](), os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what engines print is no answer
    gc.disable()
    for line in sys.stdin:
        asked = json.loads(line)
        match asked["do"]:
            case "build":
                said = {"s": engine.build(asked["racks"], asked["folder"])}
            case "solve":
                said = {"s": engine.solve(), "since_start": time.perf_counter() - began}
            case "answer":
                np.save(asked["to"], engine.answer())
                said = {"passes": engine.passes()}
            case "variants":
                said = engine.variants(np.load(asked["losses"]))
                np.save(asked["to"], engine.found)
        print(json.dumps(said), file=out, flush=True)


if __name__ == "__main__":
    with warnings.catch_warnings(), contextlib.suppress(KeyboardInterrupt):
        warnings.simplefilter("ignore")
        serve(sys.argv[1])
