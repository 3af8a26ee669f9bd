"""The same unbalanced circuits in OpenDSS and here: vector groups, taps, load models, odd connections."""

from dataclasses import dataclass

import numpy as np
import pytest

from twin.interop.circuit_results import total_loss_w
from twin.interop.circuit_wires import wires_circuit
from twin.solve.wires import solve_wires

dss = pytest.importorskip("opendssdirect")

OHM = np.array([[0.2, 0.05, 0.06], [0.05, 0.21, 0.055], [0.06, 0.055, 0.19]])
REACTANCE = np.array([[0.4, 0.2, 0.15], [0.2, 0.42, 0.17], [0.15, 0.17, 0.39]])
FARADS_NF = np.array([[10.0, -2.0, -1.0], [-2.0, 11.0, -2.0], [-1.0, -2.0, 9.0]])


@dataclass(frozen=True)
class Grid:
    """A source, a line, a transformer, a line; what stands at the far end is each test's own."""

    high: str = "delta"
    low: str = "wye"
    high_bus: str = "n2"
    low_bus: str = "n3"
    leadlag: str = "Lag"
    taps: tuple[float, float] = (1.0, 1.0)
    kva: tuple[float, float] = (2000.0, 2000.0)
    core: tuple[float, float] = (0.0, 0.0)
    neutral_ohm: float = -1.0


def wye(kind, **more):
    """Return three unequal loads against earth and one of three phases."""
    numbers = {"a": ("n4.1", 300.0), "b": ("n4.2", 500.0), "c": ("n4.3", 250.0)}
    single = {name: row(at, 1, False, 2.4, kw, kind, **more) for name, (at, kw) in numbers.items()}
    return single | {"y": row("n4", 3, False, 4.16, 300.0, kind, **more)}


def delta(kind, **more):
    """Return three unequal loads between phases and one of three phases."""
    numbers = {"a": ("n4.1.2", 300.0), "b": ("n4.2.3", 500.0), "c": ("n4.3.1", 250.0)}
    single = {name: row(at, 1, True, 4.16, kw, kind, **more) for name, (at, kw) in numbers.items()}
    return single | {"y": row("n4", 3, True, 4.16, 300.0, kind, **more)}


def row(at, phases, between, kv, kw, model, vminpu=0.95, vmaxpu=1.05):  # noqa: PLR0917  in the order of the table
    return {
        "bus": at, "phases": phases, "delta": between, "kV": kv, "kW": kw, "kvar": 0.4 * kw, "model": model,
        "vminpu": vminpu, "vmaxpu": vmaxpu,
    }  # fmt: skip


def circuit_of(grid, loads, capacitors):
    """Return the circuit as our reader takes it."""
    windings = [
        {
            "bus": at, "kV": kv, "kVA": kva, "delta": kind == "delta", "pctR": 0.5, "tap": tap,
            "rneut": grid.neutral_ohm if side else -1.0,
        }
        for side, (at, kv, kva, kind, tap) in enumerate(
            zip(
                (grid.high_bus, grid.low_bus), (12.47, 4.16), grid.kva, (grid.high, grid.low), grid.taps,
                strict=True,
            )
        )
    ]  # fmt: skip
    nodes = {"sourcebus": (1, 2, 3), "n4": (1, 2, 3)}
    for at in (grid.high_bus, grid.low_bus):
        nodes[at.partition(".")[0]] = (1, 2, 3, 4) if at.count(".") == 4 else (1, 2, 3)
    return {
        "source": {
            "bus": "sourcebus", "basekV_LL": 12.47, "pu": 1.02, "angle_deg": 0.0, "R1": 0.19, "X1": 0.75,
            "R0": 0.25, "X0": 0.74,
        },
        "base_frequency_Hz": 60.0,
        "buses": {
            name: {"nodes": list(each), "kV_base_LN": (7.2 if name in {"sourcebus", "n2"} else 2.4)}
            for name, each in nodes.items()
        },
        "lines": {
            name: {
                "bus1": ends[0], "bus2": ends[1], "phases": 3, "R_ohm": OHM.tolist(),
                "X_ohm": REACTANCE.tolist(), "C_nF": FARADS_NF.tolist(),
            }
            for name, ends in {"l1": ("sourcebus", "n2.1.2.3"), "l2": ("n3.1.2.3", "n4")}.items()
        },
        "transformers": {
            "t": {
                "phases": 3, "windings": windings, "XHL_pct": 6.0, "leadlag": grid.leadlag,
                "noload_loss_pct": grid.core[0], "imag_pct": grid.core[1],
            }
        },
        "loads": loads,
        "capacitors": capacitors,
    }  # fmt: skip


def told(matrix):
    return "(" + "|".join(" ".join(map(repr, each)) for each in np.asarray(matrix).tolist()) + ")"


def commands(circuit):
    """Yield what OpenDSS is told."""
    source = circuit["source"]
    yield "clear"
    yield "set defaultbasefrequency=60"  # what another circuit said before holds on
    yield (
        f"new circuit.c basekv={source['basekV_LL']} pu={source['pu']} phases=3 "
        f"Z1=[{source['R1']} {source['X1']}] Z0=[{source['R0']} {source['X0']}]"
    )
    for name, each in circuit["lines"].items():
        yield (
            f"new line.{name} bus1={each['bus1']} bus2={each['bus2']} phases=3 rmatrix={told(each['R_ohm'])} "
            f"xmatrix={told(each['X_ohm'])} cmatrix={told(each['C_nF'])}"
        )
    for name, each in circuit["transformers"].items():
        lists = {
            "buses": "bus", "kvs": "kV", "kvas": "kVA", "%rs": "pctR", "taps": "tap"
        }  # fmt: skip
        said = " ".join(f"{k}=({' '.join(str(w[v]) for w in each['windings'])})" for k, v in lists.items())
        conns = " ".join("delta" if w["delta"] else "wye" for w in each["windings"])
        yield (
            f"new transformer.{name} windings=2 conns=({conns}) {said} xhl={each['XHL_pct']} "
            f"leadlag={each['leadlag']} %noloadloss={each['noload_loss_pct']} %imag={each['imag_pct']} "
            f"wdg=2 rneut={each['windings'][1]['rneut']}"
        )
    for kind, table in (("load", circuit["loads"]), ("capacitor", circuit["capacitors"])):
        for name, each in table.items():
            numbers = {
                key: each[key] for key in ("kV", "kW", "kvar", "model", "vminpu", "vmaxpu") if key in each
            }
            yield (
                f"new {kind}.{name} bus1={each['bus']} phases={each['phases']} "
                f"conn={'delta' if each['delta'] else 'wye'} "
                + " ".join(f"{k}={v}" for k, v in numbers.items())
            )
    yield "set tolerance=1e-11"
    yield "set maxiterations=500"
    yield "solve"


def theirs(circuit):
    """Return OpenDSS's voltages by node, its loss, and the power of its loads."""
    for command in commands(circuit):
        dss.Text.Command(command)
        assert not dss.Error.Number(), (command, dss.Error.Description())
    assert dss.Solution.Converged()
    flat = np.array(dss.Circuit.AllBusVolts())
    volts = dict(zip(map(str.lower, dss.Circuit.AllNodeNames()), flat[::2] + 1j * flat[1::2], strict=True))
    return volts, dss.Circuit.Losses()[0]


CASES = {
    **{f"Dyn, model {kind}": (Grid(), wye(kind), {}) for kind in (1, 2, 3, 4, 5)},
    **{f"Ynd, model {kind}": (Grid("wye", "delta"), delta(kind), {}) for kind in (1, 2, 3, 4, 5)},
    "Dd": (Grid("delta", "delta"), delta(1), {}),
    "YNyn": (Grid("wye", "wye"), wye(1), {}),
    "Yd with a floating star": (Grid("wye", "delta", high_bus="n2.1.2.3.4"), delta(1), {}),
    "Dyn11": (Grid(leadlag="Lead"), wye(1), {}),
    "Ynd11": (Grid("wye", "delta", leadlag="Euro"), delta(1), {}),
    "taps, core and magnetising current": (Grid(taps=(0.975, 1.05), core=(0.3, 0.8)), wye(1), {}),
    "windings of two ratings": (Grid(kva=(2000.0, 1500.0)), wye(1), {}),
    "star earthed through 3 ohm": (Grid(low_bus="n3.1.2.3.4", neutral_ohm=3.0), wye(1), {}),
    "below the lower limit": (Grid(), wye(1, vminpu=1.01), {}),
    "below the lower limit, constant current": (Grid(), wye(5, vminpu=1.01), {}),
    "above the upper limit": (Grid(taps=(1.0, 1.1)), wye(1, vmaxpu=1.0), {}),
    "above the upper limit, by voltage": (Grid(taps=(1.0, 1.1)), wye(4, vmaxpu=1.0), {}),
    "capacitors": (Grid(), wye(1), {
        "d": {"bus": "n4", "phases": 3, "delta": True, "kV": 4.16, "kvar": 300.0},
        "s": {"bus": "n4.2", "phases": 1, "delta": False, "kV": 2.4, "kvar": 50.0},
    }),
    "two phases": (Grid(), wye(1) | {
        "p": row("n4.1.2", 2, False, 4.16, 50.0, 1), "q": row("n4.1.2.3", 2, True, 4.16, 50.0, 1),
        "one": row("n4.3", 1, True, 2.4, 50.0, 1),
    }, {}),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_voltages_and_losses_are_those_of_opendss(name):
    circuit = circuit_of(*CASES[name])
    volts, loss = theirs(circuit)
    wires = wires_circuit(name, circuit).wires
    flow = solve_wires(wires)
    mine = {wires.name(node): flow.voltage_v[node, 0] for node in range(wires.size)}
    loose = {wires.name(int(node)) for island in flow.floating for node in island.nodes}
    assert {node for node in volts if not node.endswith(".4")} <= set(mine)
    for first, own in mine.items():
        for second in (*mine, ""):
            bus = first.partition(".")[0]
            if second.partition(".")[0] not in {bus, ""} or (second == "" and first in loose):
                continue  # to earth only where something earths it
            base = 7200.0 if bus in {"sourcebus", "n2"} else 2400.0
            gap = (own - mine.get(second, 0.0)) - (volts[first] - volts.get(second, 0.0))
            assert abs(gap) < 1e-6 * base, (first, second)
    assert total_loss_w(flow) == pytest.approx(loss, rel=1e-5)
    assert flow.balance_ratio[0] < 1e-9
