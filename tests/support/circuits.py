"""A small hall as a circuit of conductors: 11 kV, a Dyn transformer, a four-wire busway, loads by phase."""

import copy

import numpy as np

from twin.interop.circuit_wires import wires_circuit
from twin.solve.wires import solve_wires


def bus(nodes=(1, 2, 3, 4), volts=0.2396):
    return {"nodes": list(nodes), "kV_base_LN": volts}


def line(first, second, conductors=4, ohm=2e-3, **more):
    own, mutual = np.full((2, conductors, conductors), 0.0)
    np.fill_diagonal(own, ohm)
    mutual[:] = 0.24 * ohm
    np.fill_diagonal(mutual, 0.6 * ohm)
    ends = "." + ".".join(map(str, range(1, conductors + 1)))
    return {
        "bus1": first + ends, "bus2": second + ends, "phases": conductors, "R_ohm": own.tolist(),
        "X_ohm": mutual.tolist(), **more,
    }  # fmt: skip


def load(at, kw, *, kv=0.2396, phases=1, delta=False, model=1, kvar=None, **more):
    return {
        "bus": at, "phases": phases, "delta": delta, "kV": kv, "kW": kw,
        "kvar": kw / 4 if kvar is None else kvar, "model": model, "vminpu": 0.0, "vmaxpu": 1.5, **more,
    }  # fmt: skip


def winding(at, kv, *, delta=False, kva=1000.0, **more):
    return {"bus": at, "kV": kv, "kVA": kva, "delta": delta, "pctR": 0.5, "tap": 1.0, **more}


def transformer(*windings, phases=3, **more):
    return {"phases": phases, "windings": list(windings), "XHL_pct": 6.0, **more}


def hall(loads=None, *, rneut=0.0):
    """Return a hall with racks of 30, 20 and 10 kW on the phases of the far tap, or with other loads."""
    mine = {"a": load("tap2.1.4", 30.0), "b": load("tap2.2.4", 20.0), "c": load("tap2.3.4", 10.0)}
    return copy.deepcopy({
        "source": {
            "bus": "grid", "basekV_LL": 11.0, "pu": 1.0, "angle_deg": 0.0, "R1": 0.1, "X1": 0.5,
            "R0": 0.2, "X0": 0.8,
        },
        "base_frequency_Hz": 50.0,
        "buses": {"grid": bus((1, 2, 3), 6.351), "main": bus(), "tap1": bus(), "tap2": bus()},
        "lines": {"feeder": line("main", "tap1"), "busway": line("tap1", "tap2", ohm=4e-3)},
        "transformers": {
            "tx": transformer(winding("grid", 11.0, delta=True), winding("main.1.2.3.4", 0.415, rneut=rneut))
        },
        "loads": mine if loads is None else loads,
    })  # fmt: skip


def three(at, kw, **more):
    """Return three equal loads on the phases of a bus, against its neutral."""
    return {f"{at}_{phase}": load(f"{at}.{phase}.4", kw, **more) for phase in (1, 2, 3)}


def solved(circuit, **how):
    """Return the wires of a circuit and their solution."""
    wires = wires_circuit("hall.circuit.json", circuit).wires
    return wires, solve_wires(wires, **how)


def node(wires, name):
    """Return the number of a node by its name, like ``tap2.4``."""
    return [wires.name(number) for number in range(wires.size)].index(name)


def volts(wires, flow, name, against=None):
    """Return the voltage of a node in the first set, to earth or against another node."""
    other = 0.0 if against is None else flow.voltage_v[node(wires, against), 0]
    return flow.voltage_v[node(wires, name), 0] - other


def of_kind(flow, kind, what):
    """Return a result of all elements of one kind by name, first set."""
    return {
        name: values[row, ..., 0]
        for block, values in zip(flow.net.branches, getattr(flow, what), strict=True)
        if block.kind == kind
        for row, name in enumerate(block.names)
    }
