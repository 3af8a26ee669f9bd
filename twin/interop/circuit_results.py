"""Results of a circuit as JSON: buses by node, lines from their first bus, and where every watt goes."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from twin.arrays import Array, Index
from twin.interop.circuit_model import Circuit
from twin.solve.wires import WireFlow
from twin.solve.wires_net import EARTH, Branches, Complex, Wires

SCHEMA_VERSION = "1.0"
DIGITS = 12


def circuit_json(circuit: Circuit, flow: WireFlow) -> str:
    """Return the results as JSON.

    ``bus``, name, node (1 to 4; 1 alone where one phase stands for three): r.m.s. voltage to earth and angle.
    ``line``, name: currents that enter at its first bus, conductor by conductor. ``losses_w``: all elements
    together, the impedance behind a source's terminals aside.
    """
    made: dict[str, Any] = {"schema": SCHEMA_VERSION, **figures(circuit, flow), "bus": _buses(circuit, flow)}
    for table in ("line", "transformer", "capacitor"):
        made[table] = {}
    for block, current, _, loss in _elements(flow):
        if (table := circuit.sections.get(block.kind, "")) == "":
            continue
        for row, name in enumerate(block.names):
            made[table][name] = {
                **_phasors("current_a", first_currents(block, row, current)),
                **_powers(terminal_powers(flow, block, row, current)),
                "loss_w": _plain(loss[row]), **_loading(circuit, block, row, current),
            }  # fmt: skip
    for table, idle in circuit.idle.items():
        for name, count in idle.items():
            made[table].setdefault(name, {**_phasors("current_a", np.zeros(count)), "loss_w": 0.0})
    made["load"], made["source"] = _loads(flow), dict(_sources(flow))
    return json.dumps(made, indent=1, allow_nan=False) + "\n"


def figures(circuit: Circuit, flow: WireFlow) -> dict[str, Any]:
    """Return what holds for the whole circuit: how it was solved, its balance, what floats or is dead."""
    net = flow.net
    leaning = [island.nodes for island in flow.floating if not island.pinned.size]
    fed = np.union1d(np.flatnonzero(flow.reached), np.concatenate([np.zeros(0, np.intp), *leaning]))
    dead = [net.name(int(node)) for node in np.setdiff1d(np.arange(net.size), fed)]
    return {
        "circuit": Path(circuit.file).name, "form": circuit.form, "method": flow.method[0],
        "iteration_count": flow.passes, "balance_ratio": float(f"{flow.balance_ratio[0]:.3g}"),
        "source_power_w": _plain(sum(row["power_w"] for _, row in _sources(flow))),
        "load_power_w": _plain(flow.draw_power_va.real.sum()), "losses_w": _plain(total_loss_w(flow)),
        "floating": floating_told(flow), "dead": dead,
    }  # fmt: skip


def summary(circuit: Circuit, flow: WireFlow) -> str:
    """Return one line: what was solved, where the power goes, how well it closes."""
    told, net = figures(circuit, flow), flow.net
    return (
        f"{len(net.buses)} buses, {net.size} nodes; {told['method']}, {told['iteration_count']} iterations; "
        f"{told['source_power_w'] / 1e3:.6g} kW = {told['load_power_w'] / 1e3:.6g} kW of loads + "
        f"{told['losses_w'] / 1e3:.6g} kW of losses, balance {told['balance_ratio']:.1e}"
    )


def floating_told(flow: WireFlow) -> list[str]:
    """Return a sentence for each part with a source or load that nothing ties to earth."""
    net, told = flow.net, []
    for island in flow.floating:
        if island.pinned.size and not flow.reached[island.nodes].any():
            continue
        names = _names(net, island.nodes)
        where = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        if island.weak:
            how = f"only {island.weak} set its voltage to earth"
        elif island.pinned.size == 1:
            how = f"voltages are those to {net.name(int(island.pinned[0]))}"
        else:
            how = f"voltages are those to the mean of {', '.join(net.name(int(n)) for n in island.pinned)}"
        told.append(f"{where}: not earthed; {how}")
    return told


def _names(net: Wires, nodes: Index) -> list[str]:
    """Return the names of buses that lie among some nodes with all of theirs, and of other nodes."""
    whole = np.bincount(net.bus, minlength=len(net.buses))
    inside = np.bincount(net.bus[nodes], minlength=len(net.buses))
    every = (whole == inside)[net.bus]
    named = (net.buses[net.bus[node]] if every[node] else net.name(int(node)) for node in nodes)
    return list(dict.fromkeys(named))


def total_loss_w(flow: WireFlow) -> float:
    """Return the loss of all elements but sources [W]."""
    return float(sum(loss.sum() for block, _, _, loss in _elements(flow) if block.kind != "source"))


def first_currents(block: Branches, row: int, current_a: Complex) -> Complex:
    """Return the currents that enter an element at its first bus, conductor by conductor.

    Of a line the shunts at that end are added; of a transformer, the coils of each phase in turn.
    """
    own: Complex = current_a[row]
    if block.kind != "line":
        return own
    count = int((block.b[row] != EARTH).sum())
    if own.size > count:
        own = own[:count] + own[count : 2 * count]
    return own


def terminal_powers(flow: WireFlow, block: Branches, row: int, current_a: Complex) -> list[complex]:
    """Return the power that enters an element at each of its buses, in order of its nodes [VA]."""
    net, powers = flow.net, dict[int, complex]()
    ends = [*zip(block.a[row], current_a[row], strict=True), *zip(block.b[row], -current_a[row], strict=True)]
    for node, current in ends:
        if node != EARTH:
            bus = int(net.bus[node])
            entering = net.alike * flow.voltage_v[node, 0] * current.conjugate()
            powers[bus] = powers.get(bus, 0j) + complex(entering)
    return list(powers.values())


def _elements(flow: WireFlow) -> Iterator[tuple[Branches, Complex, Complex, Array]]:
    """Yield every block with its currents, powers and losses in the first set of loads."""
    columns = zip(flow.net.branches, flow.branch_current_a, flow.branch_power_va, flow.loss_w, strict=True)
    for block, current, power, loss in columns:
        yield block, current[..., 0], power[..., 0], loss[..., 0]


def _buses(circuit: Circuit, flow: WireFlow) -> dict[str, dict[str, dict[str, float]]]:
    net = flow.net
    made: dict[str, dict[str, dict[str, float]]] = {name: {} for name in net.buses}
    for node in range(net.size):
        voltage, nominal = flow.voltage_v[node, 0], circuit.nominal_v[net.bus[node]]
        row = {"voltage_v": _plain(np.abs(voltage)), "angle_deg": _plain(np.degrees(np.angle(voltage)))}
        if np.isfinite(nominal):
            row["voltage_ratio"] = _plain(np.abs(voltage) / nominal)
        made[net.buses[net.bus[node]]][str(net.conductor[node])] = row
    return {name: rows for name, rows in made.items() if rows}


def _loading(circuit: Circuit, block: Branches, row: int, current_a: Complex) -> dict[str, float]:
    """Return the loading of a transformer: the largest current of a coil over its rated one."""
    rated = circuit.rated_a.get(block.names[row]) if block.kind == "transformer" else None
    return {} if rated is None else {"loading_ratio": _plain(np.max(np.abs(current_a[row]) / rated))}


def _loads(flow: WireFlow) -> dict[str, dict[str, float]]:
    made: dict[str, dict[str, float]] = {}
    for name, power in zip(flow.net.draws.names, flow.draw_power_va[:, 0], strict=True):
        row = made.setdefault(name, {"power_w": 0.0, "reactive_power_var": 0.0})
        row["power_w"], row["reactive_power_var"] = (
            _plain(row["power_w"] + power.real), _plain(row["reactive_power_var"] + power.imag)
        )  # fmt: skip
    return made


def _sources(flow: WireFlow) -> Iterator[tuple[str, dict[str, float]]]:
    """Yield what each source and generator gives at its terminals, and loses behind them."""
    made: dict[str, list[float]] = {}
    for block, _, power, loss in _elements(flow):
        if block.kind == "source":
            for name, taken, lost in zip(block.names, power, loss, strict=True):
                _add(made, name, -taken, float(lost))
    for names, powers in (
        (flow.net.held.names, flow.held_power_va), (flow.net.generators.names, flow.generator_power_va)
    ):  # fmt: skip
        for name, power in zip(names, powers[:, 0], strict=True):
            _add(made, name, power, 0.0)
    for name, sums in made.items():
        yield name, dict(zip(("power_w", "reactive_power_var", "loss_w"), map(_plain, sums), strict=True))


def _add(made: dict[str, list[float]], name: str, power: complex, loss: float) -> None:
    row = made.setdefault(name, [0.0, 0.0, 0.0])
    row[:] = [row[0] + power.real, row[1] + power.imag, row[2] + loss]


def _powers(values: Sequence[complex]) -> Mapping[str, Sequence[float]]:
    return {
        "power_w": [_plain(value.real) for value in values],
        "reactive_power_var": [_plain(value.imag) for value in values],
    }


def _phasors(name: str, values: Complex | Array) -> Mapping[str, Sequence[float]]:
    return {
        name: [_plain(value) for value in np.abs(values)],
        "angle_deg": [_plain(value) for value in np.degrees(np.angle(values))],
    }


def _plain(value: Any) -> float:
    """Return a number with the digits that mean something."""
    return float(f"{float(value):.{DIGITS}g}")
