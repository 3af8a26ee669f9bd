"""Reads a network, and what is asked of it, from JSON; refuses it with every fault at once.

Limits:
    Loads and capacitances are left out, as in the standard; transformers stand at their main tap. Doubly fed
    and asynchronous wind turbines, wards and general impedances are refused.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from twin.arrays import Index
from twin.interop.fault_machines import (
    conductors_of,
    feeders_of,
    generators_of,
    motors_of,
    sources_of,
)
from twin.interop.fault_tables import Notes, Row, read_json, rows_of
from twin.interop.fault_transformers import triples_of, windings_of
from twin.model.fault_net import FaultCase, FaultNet, Kind
from twin.solve.fault_circuit import groups_of

READ = ("bus", "ext_grid", "line", "trafo", "trafo3w", "gen", "motor", "sgen", "switch")
# What IEC 60909-0:2016, 5.2 leaves out, and what describes pictures, prices and results.
LEFT_OUT = (
    "load",
    "shunt",
    "storage",
    "asymmetric_load",
    "controller",
    "measurement",
    "pwl_cost",
    "poly_cost",
)
KINDS: tuple[Kind, ...] = ("3ph", "2ph", "1ph")
OPTIONS = (
    "fault", "case", "lv_tol_percent", "topology", "ip", "ith", "ib", "ik", "tk_s", "tmin_s", "kappa_method",
    "r_fault_ohm", "x_fault_ohm", "bus", "f_hz", "neglect_small_motors",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Question:
    """A network and what is asked of it.

    Attributes:
        name: Name of the case, that of the file without one.
        net: The network, buses that closed switches join being one.
        case: Which currents.
        bus: Index of each bus to answer for, in the order of the answer, shape (bus,).
        names: Name of each of them, its index without one.
        node: Bus of ``net`` that each of them is, -1 for out of service, shape (bus,).
        wanted: Which of ``ith``, ``ib`` and ``ik`` are asked for besides Ik″ and ip.
        left_out: Tables that do not bear on short circuits.
    """

    name: str
    net: FaultNet
    case: FaultCase
    bus: Index
    names: tuple[str, ...]
    node: Index
    wanted: tuple[str, ...]
    left_out: tuple[str, ...]


def asks_for_faults(held: Mapping[str, Any]) -> bool:
    """Return whether an input asks for short-circuit currents: its ``call`` names a fault."""
    call = held.get("call")
    return isinstance(call, dict) and "fault" in call


def read_faults(path: str | Path) -> Question:
    """Return the network of a JSON file and what its ``call`` asks for.

    Args:
        path: File with ``network`` (tables by name, as pandapower names them) and ``call`` (options).

    Raises:
        InputError: The file cannot be read, or has faults; carries all of them with their entries.
    """
    return question(read_json(path), file=str(path))


def question(held: Mapping[str, Any], *, file: str) -> Question:
    """Return the network of an input and what its ``call`` asks for.

    Args:
        held: The object that the file holds.
        file: Name that faults are told with.

    Raises:
        InputError: It has faults; carries all of them with their entries.
    """
    notes = Notes(file)
    network = held.get("network")
    if not isinstance(network, dict) or not network.get("bus"):
        notes.fault("ST150", "network", "bus", found="no buses", expected="`network` with a table `bus`")
        notes.refuse()
        raise AssertionError
    if not asks_for_faults(held):
        notes.fault("ST150", "call", "fault", found="no fault", expected="`call` with a `fault` like 3ph")
        notes.refuse()
    call = Row("call", 0, held["call"], notes)
    case = _case(call, network)
    _note_tables(network, notes)
    rows = rows_of(network, "bus", notes)
    kilovolts = {row.index: row.number("vn_kv", above=0.0) for row in rows}
    place = _joined(rows, rows_of(network, "switch", notes), kilovolts)
    net = _network(network, notes, case, place, kilovolts)
    every = _buses(call, network)
    notes.refuse()
    _refuse_two_levels(net, notes)
    notes.refuse()
    names = {row.index: str(row.values.get("name") or row.index) for row in rows}
    return Question(
        name=str(held.get("case") or Path(file).stem), net=net, case=case, bus=np.array(every, dtype=np.intp),
        names=tuple(names.get(bus, str(bus)) for bus in every),
        node=np.array([place.get(bus, -1) for bus in every], dtype=np.intp),
        wanted=tuple(name for name in ("ith", "ib", "ik") if call.flag(name)), left_out=tuple(notes.left_out),
    )  # fmt: skip


def _case(call: Row, network: Mapping[str, Any]) -> FaultCase:
    """Return what is asked for; options that nobody knows are faults."""
    for key in call.values:
        if key not in OPTIONS:
            expected = f"one of {', '.join(OPTIONS)}"
            call.notes.fault("ST151", "call", key, found="an option that is not known", expected=expected)
    kind = call.word("fault", KINDS, default=KINDS[0])
    tolerance = call.number("lv_tol_percent", default=10.0)
    if tolerance not in {6.0, 10.0}:
        call.notes.fault("ST153", "call", "lv_tol_percent", found=f"{tolerance:g}", expected="6 or 10")
    delay = math.nan
    if call.flag("ib"):
        delay = call.number("tmin_s", least=0.02)
    frequency = network.get("f_hz", 50.0)
    method = call.word("kappa_method", ("B", "C", "b", "c"), default="C").upper()
    topology = call.word("topology", ("auto", "radial", "meshed"), default="auto")
    return FaultCase(
        kind=KINDS[KINDS.index(kind)],
        greatest=call.word("case", ("max", "min"), default="max") == "max",
        tolerance_ratio=tolerance / 100.0, peak_method=_either(method), topology=_which(topology),
        fault_ohm=complex(
            call.number("r_fault_ohm", default=0.0, least=0.0), call.number("x_fault_ohm", default=0.0)
        ),
        delay_s=delay, duration_s=call.number("tk_s", default=1.0, above=0.0),
        frequency_hz=call.number("f_hz", default=float(frequency), least=1.0, most=400.0),
        steady=call.flag("ik"),
        neglect_small_motors=call.flag("neglect_small_motors"),
    )  # fmt: skip


def _either(method: str) -> Literal["B", "C"]:
    return "B" if method == "B" else "C"


def _which(topology: str) -> Literal["auto", "radial", "meshed"]:
    return "radial" if topology == "radial" else "meshed" if topology == "meshed" else "auto"


def _note_tables(network: Mapping[str, Any], notes: Notes) -> None:
    """Note tables that are not read: faults where they would change currents."""
    for table, held in network.items():
        if table in READ or not isinstance(held, list) or not held:
            continue
        if table in LEFT_OUT:
            notes.left_out.append(f"{table}: {len(held)}")
        else:
            expected = f"tables {', '.join(READ)}"
            notes.fault("ST151", table, "", found="a table that is not read", expected=expected)


def _joined(rows: Sequence[Row], switches: Sequence[Row], kilovolts: Mapping[int, float]) -> dict[int, int]:
    """Return bus index to row in the network; closed switches between buses make them one."""
    place = {row.index: at for at, row in enumerate(rows)}
    closed = [s for s in switches if s.values.get("et") == "b" and s.flag("closed", default=True)]
    a, b = (np.array([s.bus(key, place) for s in closed], dtype=np.intp) for key in ("bus", "element"))
    good = (a >= 0) & (b >= 0)
    group = groups_of(len(rows), a, b, good)
    for switch, one, other in zip(closed, a, b, strict=True):
        volts = [kilovolts[rows[bus].index] for bus in (one, other) if bus >= 0]
        if len(set(volts)) > 1:
            found = f"{volts[0]:g} kV joined to {volts[1]:g} kV"
            switch.notes.fault("ST154", switch.entry, "element", found=found, expected="one voltage")
    return {index: int(group[at]) for index, at in place.items()}


def _network(
    network: Mapping[str, Any],
    notes: Notes,
    case: FaultCase,
    place: Mapping[int, int],
    kilovolts: Mapping[int, float],
) -> FaultNet:
    """Return the equipment as columns."""  # fmt: skip
    opened = {
        (str(s.values.get("et")), s.values.get("element"))
        for s in rows_of(network, "switch", notes)
        if s.values.get("et") != "b" and not s.flag("closed", default=True)
    }
    gone = {row["index"] for row in network["bus"] if not row.get("in_service", True)}

    def rows(table: str, *ends: str, letter: str = "") -> list[Row]:
        return [
            row for row in rows_of(network, table, notes)
            if (letter, row.index) not in opened and not any(row.values.get(end) in gone for end in ends)
        ]  # fmt: skip

    nominal = {node: kilovolts[index] for index, node in place.items()}
    transformers = rows("trafo", "hv_bus", "lv_bus", letter="t")
    names = {node: f"bus {index}" for index, node in reversed(list(place.items()))}
    return FaultNet(
        nominal_v=1e3 * np.array([nominal[node] for node in sorted(nominal)]),
        names=tuple(names[node] for node in sorted(names)),
        feeders=feeders_of(rows("ext_grid", "bus"), place, case),
        conductors=conductors_of(rows("line", "from_bus", "to_bus", letter="l"), place, case),
        windings=windings_of(transformers, place, case),
        triples=triples_of(rows("trafo3w", "hv_bus", "mv_bus", "lv_bus", letter="t3"), place, case),
        generators=generators_of(rows("gen", "bus"), place, transformers),
        motors=motors_of(rows("motor", "bus"), place, case),
        sources=sources_of(rows("sgen", "bus"), place, nominal),
    )  # fmt: skip


def _buses(call: Row, network: Mapping[str, Any]) -> list[int]:
    """Return the index of each bus to answer for, all in the order of the table without ``bus``."""
    every = [row.get("index", at) for at, row in enumerate(network["bus"])]
    asked = call.values.get("bus")
    if asked is None:
        return every
    chosen = asked if isinstance(asked, list) else [asked]
    for bus in chosen:
        if bus not in every:
            call.notes.fault("ST154", "call", "bus", found=f"{bus!r}", expected="the index of a bus")
    return [bus for bus in chosen if bus in every]


def _refuse_two_levels(net: FaultNet, notes: Notes) -> None:
    """Note conductors between buses of different nominal voltage."""
    lines, volts = net.conductors, net.nominal_v
    for a, b in zip(lines.a, lines.b, strict=True):
        if volts[a] != volts[b]:
            found = f"a line from {volts[a] / 1e3:g} kV to {volts[b] / 1e3:g} kV"
            expected = "one voltage on both ends of a line"
            notes.fault("ST154", f"{net.names[a]} to {net.names[b]}", "", found=found, expected=expected)
