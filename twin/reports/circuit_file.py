"""`twin solve FILE.json`: voltages, currents and losses of a circuit in plain JSON."""

import argparse
import sys
from pathlib import Path

from twin.errors import UsageError
from twin.reports.files import refuse_target, write_file
from twin.reports.lines import telling

OK = 0


def solve_file(arguments: argparse.Namespace) -> int:
    """Solve a circuit and write its results; return the exit code.

    Args:
        arguments: As ``twin solve`` takes them.

    Raises:
        UsageError: An option or the name of the output does not go with such a file.
        InputError: The file is refused; carries every fault found.
        ConvergenceError: Voltage collapses, told with the loading at which; or nothing sets a voltage.
    """
    from twin.interop.circuit import solve_circuit

    if arguments.variants or arguments.overrides or arguments.scenario or arguments.duration:
        raise UsageError("--variant, --set, --scenario and --duration do not go with circuits")
    target: Path = arguments.output
    if target.suffix != ".json":
        raise UsageError(f"{target} does not end in .json")
    if target.exists() and Path(arguments.layout).exists() and target.samefile(arguments.layout):
        raise UsageError(f"{target} is the input")
    refuse_target(target, None)
    with telling(f"solving {arguments.layout}"):
        solved = solve_circuit(arguments.layout)
    write_file(target, solved.write)
    print(f"{target}: {solved.summary}")
    for warning in solved.warnings:
        print(f"twin: {warning}", file=sys.stderr)
    return OK
