"""Engines that solve the hall of `power_halls.py`, one in each process; `power.py` asks them in turn.

A process reads one JSON object a line, `{"do": ..., ...}`, and answers with one. Seconds are processor time
of the process on one thread, taken around the calls that set the loads and solve. Loads change before every
solve, and every engine starts from its last solution where it can.
"""

import contextlib
import itertools
import os
import sys
import warnings
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from power_halls import (
    FACTOR,
    HIGH_V,
    IMPEDANCE,
    LOAD_LOSS_W,
    LOW_V,
    TRANSFORMER_VA,
    columns,
    hall,
    powers,
)
from power_wires import watts
from workers import serve, spent

SETS = 8  # of loads that single solves go around
TANGENT = np.tan(np.arccos(FACTOR))


class Engine:
    """A hall that is solved again and again.

    Attributes:
        tells: What a solve may be asked for: all results, or voltages only.
    """

    tells = ("results", "voltages")

    def build(self, racks):
        self.hall = columns(hall(racks))
        self.parent, self.volts, self.ohm, self.transformer, self.fixed_w, self.rack = self.hall
        self.size = len(self.parent)
        self.line = np.flatnonzero(~self.transformer[1:]) + 1
        self.fixed, self.taps = np.flatnonzero(self.fixed_w), np.flatnonzero(self.rack >= 0)
        self.on = np.concatenate([self.fixed, self.taps])

    def wanted(self, rack_w):
        """Return the active power of each load [W], fixed ones first, of shape (..., load)."""
        fixed = np.broadcast_to(self.fixed_w[self.fixed], (*rack_w.shape[:-1], len(self.fixed)))
        return np.concatenate([fixed, rack_w[..., self.rack[self.taps]] / 2.0], axis=-1)

    @property
    def tangent(self):
        """Return reactive over active power of each load."""
        return np.concatenate([np.zeros(len(self.fixed)), np.full(len(self.taps), TANGENT)])


class Ours(Engine):
    """The power flow of this package; TWIN_FAST says by which path."""

    together = 256  # variants
    accuracy = 1e-10
    """Share of the largest current that none may still change by, where voltages are asked for."""

    def build(self, racks):
        super().build(racks)
        self.net = our_net(self)
        self.power = None

    def _wanted(self, rack_w):
        fixed = np.repeat(self.fixed_w[self.fixed, None], rack_w.shape[1], axis=1)
        return np.concatenate([fixed, rack_w])

    def solve(self, rack_w, tell="results"):
        from twin.solve.power import solve_power
        from twin.solve.power_settle import settle

        wanted = self._wanted(rack_w[:, None])
        if tell == "results" or self.power is None:
            self.power = solve_power(self.net, wanted, self.power)
            self.running = self.power.running
        else:
            self.running = settle(self.running, wanted, self.accuracy)

    def answer(self):
        return np.abs(1.0 + self.running.state.deviation[:, 0])

    def ready(self):
        """Make, outside the clock, the hall with columns for many loads, and solve it a few times."""
        from twin.solve.power import solve_power

        net, loads = our_net(self, self.together), self._wanted(powers(self.rack.max() + 1, self.together).T)
        power = None
        for _ in range(4):
            power = solve_power(net, loads, power)
        self.wide = power.running

    def variants(self, rack_w):
        """Solve every variant from the same solution, some side by side, and keep the voltages."""
        from twin.solve.power_settle import narrowed, settle

        self.found = np.empty((len(rack_w), self.size))
        for first in range(0, len(rack_w), self.together):
            some = rack_w[first : first + self.together]
            all_ = len(some) == self.together
            wide = self.wide if all_ else narrowed(self.wide, np.arange(len(some)))
            wide = settle(wide, self._wanted(some.T), self.accuracy)
            self.found[first : first + len(some)] = np.abs(1.0 + wide.state.deviation).T


def our_net(made, variants=1):
    """Return the hall as power elements: consumers are what is fixed, then racks."""
    from tests.unit.solve.power_halls import feed_block, line_block, load_block, transformer_block
    from twin.model.power_net import lay_out_power

    line, high = made.line, np.flatnonzero(made.transformer)
    racks = made.rack.max() + 1
    blocks = (
        line_block(made.parent[line], line, made.ohm[line].real, made.ohm[line].imag),
        transformer_block(
            made.parent[high], high, va=TRANSFORMER_VA, primary=HIGH_V, secondary=LOW_V, impedance=IMPEDANCE,
            load_w=LOAD_LOSS_W, core_w=0.0,
        ),
        feed_block(0, HIGH_V),
        load_block(made.fixed, np.arange(len(made.fixed)), made.fixed_w[made.fixed], factor=1.0),
        load_block(made.taps, made.rack[made.taps], np.ones(racks), factor=FACTOR),
    )  # fmt: skip
    return lay_out_power([(type(each).__name__, each) for each in blocks], made.size, variants)


class Pandapower(Engine):
    """pandapower with numba, matrices recycled and started from its results: the best that it documents."""

    tells = ("results",)

    def build(self, racks):
        import pandapower

        super().build(racks)
        self.pandapower = pandapower
        self.net = net = pandapower.create_empty_network(sn_mva=1.0)
        line, high = self.line, np.flatnonzero(self.transformer)
        pandapower.create_buses(net, self.size, vn_kv=self.volts / 1e3)
        pandapower.create_ext_grid(net, 0, vm_pu=1.0)
        pandapower.create_lines_from_parameters(
            net, self.parent[line], line, length_km=1.0, r_ohm_per_km=self.ohm[line].real,
            x_ohm_per_km=self.ohm[line].imag, c_nf_per_km=0.0, max_i_ka=4.0,
        )  # fmt: skip
        pandapower.create_transformers_from_parameters(
            net, self.parent[high], high, sn_mva=TRANSFORMER_VA / 1e6, vn_hv_kv=HIGH_V / 1e3,
            vn_lv_kv=LOW_V / 1e3, vkr_percent=100.0 * LOAD_LOSS_W / TRANSFORMER_VA,
            vk_percent=100.0 * IMPEDANCE, pfe_kw=0.0, i0_percent=0.0, shift_degree=0.0,
        )  # fmt: skip
        pandapower.create_loads(net, self.on, p_mw=0.0, q_mvar=0.0)
        self.started = False

    def solve(self, rack_w, tell="results"):  # noqa: ARG002 - as every engine
        mega = self.wanted(rack_w) / 1e6
        self.net.load["p_mw"] = mega
        self.net.load["q_mvar"] = mega * self.tangent
        how = {"init": "results"} if self.started else {"init": "flat"}
        self.pandapower.runpp(
            self.net,
            numba=True,
            tolerance_mva=1e-8,
            recycle={"bus_pq": True, "gen": False, "trafo": False},
            **how,
        )
        self.started = True

    def answer(self):
        return self.net.res_bus.vm_pu.to_numpy()

    def variants(self, rack_w):
        found = []
        for each in rack_w:
            self.solve(each)
            found.append(self.answer().copy())
        self.found = np.array(found)


class PowerGrid(Engine):
    """power-grid-model; it starts every solve anew."""

    def __init__(self, method):
        self.method = method

    def build(self, racks):
        import power_grid_model as pgm

        super().build(racks)
        self.pgm = pgm
        self.by = getattr(pgm.CalculationMethod, self.method)
        self.model = pgm.PowerGridModel(pgm_input(self, pgm))

    def solve(self, rack_w, tell="results"):
        self.model.update(update_data={"sym_load": self._update(rack_w)})
        self._calculate(tell)

    def _update(self, rack_w):
        watts = self.wanted(rack_w)
        update = self.pgm.initialize_array("update", "sym_load", watts.shape)
        update["id"], update["p_specified"] = self.ids, watts
        update["q_specified"] = watts * self.tangent
        return update

    def _calculate(self, tell, **more):
        only = {} if tell == "results" else {"output_component_types": ["node"]}
        self.result = self.model.calculate_power_flow(
            symmetric=True, error_tolerance=1e-10, calculation_method=self.by, threading=-1, **only, **more
        )

    def answer(self):
        return self.result["node"]["u_pu"]

    def variants(self, rack_w):
        self._calculate("voltages", update_data={"sym_load": self._update(rack_w)})
        self.found = self.answer()


def pgm_input(made, pgm):
    """Return the hall as power-grid-model takes it, and set the numbers of its loads."""
    line, high = made.line, np.flatnonzero(made.transformer)
    ids = itertools.accumulate([0, made.size, len(line), len(high), len(made.on)])
    first = list(ids)
    node = pgm.initialize_array("input", "node", made.size)
    node["id"], node["u_rated"] = np.arange(made.size), made.volts
    lines = pgm.initialize_array("input", "line", len(line))
    told = {"id": first[1] + np.arange(len(line)), "from_node": made.parent[line], "to_node": line}
    told |= {"from_status": 1, "to_status": 1, "r1": made.ohm[line].real, "x1": made.ohm[line].imag}
    fill(lines, told | {"c1": 0.0, "tan1": 0.0, "i_n": 4000.0})
    transformers = pgm.initialize_array("input", "transformer", len(high))
    told = {"id": first[2] + np.arange(len(high)), "from_node": made.parent[high], "to_node": high}
    told |= {"from_status": 1, "to_status": 1, "u1": HIGH_V, "u2": LOW_V, "sn": TRANSFORMER_VA}
    told |= {"uk": IMPEDANCE, "pk": LOAD_LOSS_W, "i0": 0.0, "p0": 0.0, "winding_from": 1, "winding_to": 1}
    told |= dict.fromkeys(("clock", "tap_side", "tap_pos", "tap_min", "tap_max", "tap_nom", "tap_size"), 0)
    fill(transformers, told)
    loads = pgm.initialize_array("input", "sym_load", len(made.on))
    made.ids = first[3] + np.arange(len(made.on))
    told = {"id": made.ids, "node": made.on, "status": 1, "type": 0, "p_specified": 0.0, "q_specified": 0.0}
    fill(loads, told)
    source = pgm.initialize_array("input", "source", 1)
    # It has no source without impedance: this is the largest power that leaves its answers alone.
    fill(source, {"id": first[4], "node": 0, "status": 1, "u_ref": 1.0, "sk": 1e14, "rx_ratio": 0.1})
    return {"node": node, "line": lines, "transformer": transformers, "sym_load": loads, "source": source}


def fill(table, columns_):
    for name, values in columns_.items():
        table[name] = values


class OpenDss(Engine):
    """OpenDSS on one phase that stands for three: the smallest model it can be asked to solve."""

    tells = ("voltages",)

    def build(self, racks):
        from altdss import altdss

        super().build(racks)
        self.dss = altdss
        for line in dss_script(self):
            altdss(line)
        altdss.Solution.Solve()
        names = [name.lower() for name in altdss.BusNames()]
        self.place = np.array([names.index(f"b{node}") for node in range(self.size)])
        self.loads = altdss.Load.batch()

    def solve(self, rack_w, tell="voltages"):  # noqa: ARG002 - as every engine
        self.loads.kW = self.wanted(rack_w) / 3e3
        self.dss.Solution.Solve()
        if not self.dss.Solution.Converged:
            raise SystemExit("OpenDSS does not settle")

    def answer(self):
        return np.asarray(self.dss.BusVMagPU())[self.place]

    def variants(self, rack_w):
        found = []
        for each in rack_w:
            self.solve(each)
            found.append(self.answer())
        self.found = np.array(found)


def dss_script(made):
    """Yield the commands that make the hall."""
    root3 = np.sqrt(3.0)
    yield from ("Clear", "Set DefaultBaseFrequency=60")
    yield (
        f"New Circuit.c bus1=b0 phases=1 basekv={HIGH_V / root3 / 1e3} pu=1.0 R1=1e-9 X1=1e-9 R0=1e-9 X0=1e-9"
    )
    for node in range(1, made.size):
        ends = f"b{made.parent[node]}.1", f"b{node}.1"
        if made.transformer[node]:
            percent = 100.0 * LOAD_LOSS_W / TRANSFORMER_VA
            yield (
                f"New Transformer.t{node} phases=1 windings=2 buses=({ends[0]},{ends[1]}) "
                f"kvs=({HIGH_V / root3 / 1e3},{LOW_V / root3 / 1e3}) "
                f"kvas=({TRANSFORMER_VA / 3e3},{TRANSFORMER_VA / 3e3}) %Rs=({percent / 2},{percent / 2}) "
                f"xhl={np.sqrt((100.0 * IMPEDANCE) ** 2 - percent**2)} %noloadloss=0 %imag=0 ppm_antifloat=0"
            )
        else:
            r, x = made.ohm[node].real, made.ohm[node].imag
            yield (
                f"New Line.l{node} phases=1 bus1={ends[0]} bus2={ends[1]} length=1 r1={r} x1={x} c1=0 "
                f"r0={r} x0={x} c0=0"
            )
    for node in made.on:
        factor = FACTOR if made.rack[node] >= 0 else 1.0
        yield (
            f"New Load.d{node} phases=1 bus1=b{node}.1 kv={made.volts[node] / root3 / 1e3} kw=1 pf={factor} "
            "model=1 vminpu=0.5 vmaxpu=1.5"
        )
    yield f"Set VoltageBases=[{HIGH_V / 1e3},{LOW_V / 1e3}]"
    yield from ("CalcVoltageBases", "Set maxiterations=100", "Set tolerance=1e-8", "Set mode=snapshot")
    yield "Set controlmode=off"


class OurWires(Engine):
    """The hall conductor by conductor, all results of every solve."""

    tells = ("wires",)

    def build(self, racks):
        from power_wires import circuit

        from twin.interop.circuit_wires import wires_circuit
        from twin.solve.wires import prepare_wires

        super().build(racks)
        self.net = wires_circuit("hall", circuit(self)).wires
        self.ready_ = prepare_wires(self.net)

    def solve(self, watts, tell="wires"):  # noqa: ARG002 - as every engine
        from twin.solve.wires import solve_wires

        phases = watts[self.rack[self.taps]].ravel() / 2.0 * (1.0 + 1j * TANGENT)
        fixed = self.net.draws.power_va[: -len(phases)]
        self.flow = solve_wires(self.net, np.concatenate([fixed, phases])[:, None], ready=self.ready_)

    def answer(self):
        """Return voltages over nominal between conductors and earth, by bus and conductor."""
        net = self.net
        bus = np.array([int(net.buses[number][1:]) for number in net.bus])
        order = np.lexsort([net.conductor, bus])
        return (self.flow.voltage_v[:, 0] / self.volts[bus] * np.sqrt(3.0))[order]


class OpenDssWires(Engine):
    """The same in OpenDSS, voltages only."""

    tells = ("wires",)

    def build(self, racks):
        from altdss import altdss
        from power_wires import circuit, commands

        super().build(racks)
        given = circuit(self)
        self.dss = altdss
        for line in commands(given):
            altdss(line)
        altdss.Solution.Solve()
        self.batch = altdss.Load.batch()
        self.fixed_kw = np.array([given["loads"][f"f{node}"]["kW"] for node in self.fixed])

    def solve(self, watts, tell="wires"):  # noqa: ARG002 - as every engine
        phases = watts[self.rack[self.taps]].ravel() / 2e3
        self.batch.kW = np.concatenate([self.fixed_kw, phases])
        self.dss.Solution.Solve()
        if not self.dss.Solution.Converged:
            raise SystemExit("OpenDSS does not settle")

    def answer(self):
        flat = np.asarray(self.dss.BusVolts())
        volts = flat if np.iscomplexobj(flat) else flat[::2] + 1j * flat[1::2]
        places = [name.lower().removeprefix("b").split(".") for name in self.dss.NodeNames()]
        bus, conductor = np.array(places, dtype=int).T
        return (volts / self.volts[bus] * np.sqrt(3.0))[np.lexsort([conductor, bus])]


ENGINES = {
    "wires": OurWires, "opendss wires": OpenDssWires,
    "twin": Ours, "pandapower": Pandapower, "iterative": lambda: PowerGrid("iterative_current"),
    "newton": lambda: PowerGrid("newton_raphson"), "opendss": OpenDss,
}  # fmt: skip


def reply(engine, *, do, racks=0, folder="", times=1, tell="results"):
    """Do what was asked for and say how long it took, or what came out."""
    found = Path(folder) / f"found_{os.getpid()}.npy"
    match do:
        case "build":
            engine.rows = watts if "wires" in engine.tells else powers
            engine.sets = itertools.cycle(engine.rows(racks, SETS))
            return {"s": spent(lambda: engine.build(racks)), "tells": engine.tells}
        case "solve":
            took = [spent(lambda: engine.solve(next(engine.sets), tell)) for _ in range(times)]
            return {"s": took}
        case "ready":
            if hasattr(engine, "ready"):
                engine.ready()
        case "answer":
            engine.solve(engine.rows(racks, SETS)[0])
            np.save(found, engine.answer())
            return {"pid": os.getpid()}
        case "variants":
            sets = powers(racks, times, seed=1)
            took = spent(lambda: engine.variants(sets))
            np.save(found, engine.found)
            return {"s": took, "pid": os.getpid()}
    return {}


if __name__ == "__main__":
    with warnings.catch_warnings(), contextlib.suppress(KeyboardInterrupt):
        warnings.simplefilter("ignore")
        serve(ENGINES[sys.argv[1]](), reply)
