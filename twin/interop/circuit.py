"""Circuits in plain JSON: which format a file is, and what is solved and written for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from twin.interop.circuit_case import case_circuit
from twin.interop.circuit_json import Reading, load_json
from twin.interop.circuit_model import Circuit
from twin.interop.circuit_pandapower import pandapower_circuit
from twin.interop.circuit_results import circuit_json, floating_told, summary
from twin.interop.circuit_tables import tables_circuit
from twin.interop.circuit_wires import wires_circuit
from twin.solve.wires import solve_wires

Reader = Callable[[str, Mapping[str, Any]], Circuit]

# The key that tells a format.
FORMS: Mapping[str, Reader] = {
    "buses": wires_circuit,
    "baseMVA": case_circuit,
    "network": tables_circuit,
    "_class": pandapower_circuit,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """What the command line writes: results as JSON, one line about them, and what deserves a warning."""

    text: str
    summary: str
    warnings: tuple[str, ...]


def read_circuit(file: str) -> Circuit:
    """Return the circuit that a file holds.

    Args:
        file: A circuit of conductors, a MATPOWER-style case, or tables or a file of pandapower.

    Raises:
        InputError: The file is none of these, or is refused; carries every fault found.
    """
    given = load_json(file)
    for key, reader in FORMS.items():
        if key in given:
            return reader(file, given)
    reading = Reading(file)
    reading.fault(
        "ST160", "", found=f"keys {', '.join(list(given)[:8])}", expected=f"one of {', '.join(FORMS)}"
    )
    reading.refuse()
    raise AssertionError


def solve_circuit(file: str) -> Solved:
    """Return the solution of a circuit.

    Args:
        file: As for ``read_circuit``.

    Raises:
        InputError: The file is refused; carries every fault found.
        ConvergenceError: Voltage collapses, told with the loading at which; or nothing sets a voltage.
    """
    circuit = read_circuit(file)
    flow = solve_wires(circuit.wires)
    return Solved(
        text=circuit_json(circuit, flow),
        summary=summary(circuit, flow),
        warnings=(*circuit.warnings, *floating_told(flow)),
    )
