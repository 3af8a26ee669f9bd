"""Reads a circuit of conductors (``*.circuit.json``): buses with nodes 1 to 4, lines, windings, loads.

Conventions are those of OpenDSS: a bus is written ``name`` or ``name.1.2.3.4``, node 0 is earth; voltages of
two and three phases are between phases, those of one phase across it. Taps are taken as they stand.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from twin.interop.circuit_draft import Draft
from twin.interop.circuit_json import Reading
from twin.interop.circuit_model import Circuit
from twin.interop.circuit_parts import add_capacitor, add_line, add_load, add_source
from twin.interop.circuit_voltages import hold_voltages
from twin.interop.circuit_windings import add_transformer
from twin.solve.wires_island import reached
from twin.solve.wires_load import draws_of
from twin.solve.wires_net import EARTH, Held, Wires, no_generators
from twin.solve.wires_parts import blocks_of

FORM = "circuit of conductors"
NEEDED = ("source", "base_frequency_Hz", "buses", "lines", "transformers", "loads")
KNOWN = (
    "case", "note", "name", "licence", "oracle", "convergence", "tolerance",
    "opendss_commands_after_redirect", "load_models", "capacitors", "regcontrols",
)  # fmt: skip
TABLES = ("buses", "lines", "transformers", "loads", "capacitors")


def wires_circuit(file: str, given: Mapping[str, Any]) -> Circuit:
    """Return a circuit of conductors.

    Args:
        file: Name of the input as it is shown.
        given: What it holds.

    Raises:
        InputError: It is refused; carries every fault found.
    """
    reading = Reading(file)
    reading.keys("", given, NEEDED, KNOWN)
    tables = {key: given.get(key) or {} for key in TABLES}
    for key, table in tables.items():
        reading.keys(key, table, (), tuple(table) if isinstance(table, Mapping) else ())
    turns = reading.number("", given, "base_frequency_Hz", above=0.0)
    reading.refuse()
    draft = Draft(reading)
    draft.add_buses(tables["buses"])
    if not reading.faults:
        add_source(draft, given["source"])
        for name, entry in tables["lines"].items():
            add_line(draft, name, entry, turns)
        for name, entry in tables["transformers"].items():
            add_transformer(draft, name, entry)
        for name, entry in tables["capacitors"].items():
            add_capacitor(draft, name, entry)
        for name, entry in tables["loads"].items():
            add_load(draft, name, entry)
        hold_voltages(draft)
    reading.refuse()
    made = _circuit(file, draft)
    refuse_dead(reading, made.wires)
    return made


def _circuit(file: str, draft: Draft) -> Circuit:
    held = draft.held
    wires = Wires(
        buses=tuple(draft.buses),
        bus=np.array([bus for bus, _ in draft.nodes], dtype=np.intp),
        conductor=np.array([conductor for _, conductor in draft.nodes], dtype=np.intp),
        alike=1, branches=blocks_of(draft.parts), draws=draws_of(draft.draws),
        held=Held(
            names=tuple(name for name, _, _ in held), node=np.array([n for _, n, _ in held], dtype=np.intp),
            voltage_v=np.array([v for _, _, v in held], dtype=np.complex128),
        ),
        generators=no_generators(),
    )  # fmt: skip
    return Circuit(
        file=file, form=FORM, wires=wires, nominal_v=np.array(draft.base_v), idle=draft.idle,
        rated_a=draft.rated_a, warnings=tuple(draft.warnings),
    )  # fmt: skip


def refuse_dead(reading: Reading, wires: Wires, table: str = "loads") -> None:
    """Refuse a network with loads that no source reaches.

    Raises:
        InputError: There are some; each is named with its node.
    """
    alive = np.append(reached(wires), True)  # row EARTH
    draws, told = wires.draws, set[str]()
    for name, *ends in zip(draws.names, draws.a, draws.b, strict=True):
        dead = next((int(end) for end in ends if end != EARTH and not alive[end]), None)
        # a neutral that leads nowhere floats and is told by the solver
        if dead is None or (wires.conductor[dead] == 4 and wires.alike == 1) or name in told:
            continue
        told.add(name)
        reading.fault(
            "ST166", f"{table}.{name}", attribute="bus", found=f"no source reaches {wires.name(dead)}",
            expected="a line or winding in service on this conductor, all the way from a source",
        )  # fmt: skip
    reading.refuse()
