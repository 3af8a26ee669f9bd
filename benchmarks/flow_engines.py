"""Engines that solve the loops of `flow_loops.py`, one in each process; `flow.py` asks them in turn.

A process reads one JSON object a line, `{"do": ..., ...}`, and answers with one. Seconds are processor time
of the process, taken around the calls that do the work and nothing else: every engine runs on one thread, and
what else the machine does counts less than in the time of a clock on the wall.
"""

import contextlib
import math
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
    variants,
)
from workers import serve, spent

WEIGHT_PA_M = DENSITY_KG_M3 * GRAVITY_M_S2
# EPANET rounds what turns a loss coefficient into head: it is given coefficients that lose the same.
LOSS_RATIO = 8.0 / (math.pi**2 * 32.2) / 0.02517


class Ours:
    """The flow solver of this package; TWIN_FAST says by which path."""

    settled = 1e-9
    together = 64  # variants

    def build(self, racks, folder):  # noqa: ARG002 - as every engine
        from twin.solve.flow import prepare

        self.loops = loops(racks)
        self.net, self.rows = our_net(self.loops)
        self.system, self.medium = prepare(self.net), medium(self.net)

    def solve(self):
        self.flow = self.solved(self.settled)

    def solved(self, settled):
        from twin.solve.flow import solve_flow

        return solve_flow(self.system, self.medium, self.net.limit_m3_s, settled=settled)

    def answer(self):
        return self.flow.flow_kg_s[self.rows, 0] / DENSITY_KG_M3

    def truth(self):
        """Return the answer of the numpy path, settled to the last digits."""
        return self.solved(1e-13).flow_kg_s[self.rows, 0] / DENSITY_KG_M3

    def passes(self):
        return self.flow.iteration_count

    def variants(self, losses):
        """Solve every variant from the solution of the first state, some side by side, and read the flows."""
        from twin.solve.flow import solve_flow
        from twin.solve.flow_system import renumbered

        start, racks = self.flow, np.searchsorted(self.net.friction, self.rows)
        self.found = np.empty(losses.shape)
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

    arrays = {f.name: value for f in fields(flow) if isinstance(value := getattr(flow, f.name), np.ndarray)}
    return replace(flow, **{name: np.broadcast_to(each, (len(each), count)) for name, each in arrays.items()})


class Epanet:
    """EPANET 2.3 through owa-epanet, in process."""

    accuracy = 1e-8

    def build(self, racks, folder):
        from epanet import toolkit

        self.kit, self.running = toolkit, 0.0
        self.project = toolkit.createproject()
        toolkit.open(self.project, str(Path(folder) / f"loops_{racks}.inp"), os.devnull, "")
        toolkit.openH(self.project)

    def ready(self, racks):
        """Look up, outside the clock, what answers are read from."""
        self.rows = [self.kit.getlinkindex(self.project, f"p{pipe}") for pipe in loops(racks).racks]
        self.values = self.kit.doubleArray(self.kit.getcount(self.project, self.kit.LINKCOUNT))

    def solve(self):
        self.kit.initH(self.project, self.kit.INITFLOW)
        self.kit.runH(self.project)

    def answer(self):
        self.kit.getlinkvalues(self.project, self.kit.FLOW, self.values)
        return np.array([self.values[row - 1] for row in self.rows]) * 1e-3

    def passes(self):
        return int(self.kit.getstatistic(self.project, self.kit.ITERATIONS))

    def variants(self, losses):
        """Set the losses, run from the flows before, read all flows; the runs alone are timed too."""
        kit, project, values, found, clock = self.kit, self.project, self.values, [], time.process_time
        self.solve()
        self.running = 0.0
        for each in (losses * LOSS_RATIO).tolist():
            for row, loss in zip(self.rows, each, strict=True):
                kit.setlinkvalue(project, row, kit.MINORLOSS, loss)
            start = clock()
            kit.initH(project, kit.NOSAVE)
            kit.runH(project)
            self.running += clock() - start
            kit.getlinkvalues(project, kit.FLOW, values)
            found.append([values[row - 1] for row in self.rows])
        self.found = np.array(found) * 1e-3


def inp_of(made, accuracy):
    """Return the loops as an EPANET input."""
    held, curves = set(made.held), {}
    lines = ["[JUNCTIONS]", *(f"n{i} 0 0" for i in range(made.nodes) if i not in held)]
    lines += ["[RESERVOIRS]", *(f"n{i} {HEAD_M}" for i in made.held), "[PIPES]"]
    for i, (a, b, length, diameter, loss) in enumerate(made.pipes):
        lines.append(
            f"p{i} n{a} n{b} {length!r} {diameter * 1e3!r} {ROUGHNESS_M * 1e3!r} {loss * LOSS_RATIO!r} Open"
        )
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
    """pandapipes with numba and its factor of Swamee and Jain; it has no start but its own."""

    options: ClassVar = {
        "friction_model": "swamee-jain", "use_numba": True, "mode": "hydraulics", "max_iter_hyd": 100,
        "check_connectivity": False,
    }  # fmt: skip

    def build(self, racks, folder):  # noqa: ARG002 - as every engine
        import pandapipes

        self.pipes, made = pandapipes, loops(racks)
        self.net, self.rows = pandapipes_net(pandapipes, made), np.array(made.racks)

    def solve(self):
        self.pipes.pipeflow(self.net, **self.options)

    def answer(self):
        return self.net.res_pipe.mdot_from_kg_per_s.to_numpy()[self.rows] / DENSITY_KG_M3

    def passes(self):
        return None

    def variants(self, losses):
        """Set the losses, solve, read the flows."""
        found = []
        for each in losses:
            self.net.pipe.loc[self.rows, "loss_coefficient"] = each
            self.solve()
            found.append(self.answer())
        self.found = np.array(found)


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


def reply(engine, *, do, racks=0, folder="", times=1):
    """Do what was asked for and say how long it took, or what came out."""
    folder = Path(folder)
    match do:
        case "write":
            (folder / f"loops_{racks}.inp").write_text(
                inp_of(loops(racks), Epanet.accuracy), encoding="ascii"
            )
        case "build":
            took = spent(lambda: engine.build(racks, folder))
            if hasattr(engine, "ready"):
                engine.ready(racks)
            return {"s": took}
        case "solve":
            engine.solve()
            return {"s": [spent(engine.solve) for _ in range(times)]}
        case "truth":
            np.save(folder / "truth.npy", engine.truth())
        case "answer":
            truth = np.load(folder / "truth.npy")
            return {"error": float(np.abs(engine.answer() / truth - 1.0).max()), "passes": engine.passes()}
        case "variants":
            took = spent(lambda: engine.variants(variants(racks, times)))
            np.save(folder / f"found_{os.getpid()}.npy", engine.found)
            return {"s": took, "run": getattr(engine, "running", None), "pid": os.getpid()}
    return {}


if __name__ == "__main__":
    with warnings.catch_warnings(), contextlib.suppress(KeyboardInterrupt):
        warnings.simplefilter("ignore")
        serve(ENGINES[sys.argv[1]](), reply)
