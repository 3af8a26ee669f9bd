"""`twin solve FILE.json`: a circuit in plain JSON, or the short circuits that it asks for."""

import argparse
import sys
from pathlib import Path

from twin.errors import UsageError
from twin.reports.files import refuse_target, write_file
from twin.reports.lines import telling

OK = 0


def solve_file(arguments: argparse.Namespace) -> int:
    """Solve a circuit or its faults and write the results; return the exit code.

    Args:
        arguments: As ``twin solve`` takes them.

    Raises:
        UsageError: An option or the name of the output does not go with such a file.
        InputError: The file is refused; carries every fault found.
        ConvergenceError: Voltage collapses, told with the loading at which; nothing sets a voltage, or an
            impedance is not known.
    """
    from twin.interop.circuit_json import load_json
    from twin.interop.fault_read import asks_for_faults

    given = (
        arguments.variants,
        arguments.overrides,
        arguments.scenario,
        arguments.climate,
        arguments.duration,
    )
    if any(given):
        raise UsageError("--variant, --set, --scenario, --climate and --duration do not go with circuits")
    target: Path = arguments.output
    if target.suffix != ".json":
        raise UsageError(f"{target} does not end in .json")
    if target.exists() and Path(arguments.layout).exists() and target.samefile(arguments.layout):
        raise UsageError(f"{target} is the input")
    refuse_target(target, None)
    with telling(f"solving {arguments.layout}"):
        wanted = _faults if asks_for_faults(load_json(arguments.layout)) else _circuit
        text, summary, warnings = wanted(arguments.layout)
    write_file(target, lambda scratch: _write(scratch, text))
    print(f"{target}: {summary}")
    for warning in warnings:
        print(f"twin: {warning}", file=sys.stderr)
    return OK


def _circuit(file: str) -> tuple[str, str, tuple[str, ...]]:
    from twin.interop.circuit import solve_circuit

    solved = solve_circuit(file)
    return solved.text, solved.summary, solved.warnings


def _faults(file: str) -> tuple[str, str, tuple[str, ...]]:
    from twin.interop.fault_read import read_faults
    from twin.interop.fault_results import answer, faults_json, summary

    asked = read_faults(file)
    found = answer(asked)
    left_out = tuple(f"IEC 60909 leaves out: {table}" for table in asked.left_out)
    return faults_json(asked, found), summary(asked, found), left_out


def _write(target: Path, text: str) -> None:
    target.write_text(text, encoding="utf-8")
