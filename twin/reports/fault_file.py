"""`twin solve FILE.json`: the short-circuit currents that a network in JSON asks for."""

import argparse
import sys
from pathlib import Path

from twin.errors import UsageError
from twin.reports.files import refuse_target, write_file
from twin.reports.lines import telling

OK = 0


def solve_file(arguments: argparse.Namespace) -> int:
    """Solve the faults of a network and write the currents; return the exit code.

    Args:
        arguments: As ``twin solve`` takes them.

    Raises:
        UsageError: An option or the name of the output does not go with such a file.
        InputError: The file cannot be read, or has faults; carries all of them.
        ConvergenceError: An impedance is not known; its bus is named.
    """
    from twin.interop.fault_read import read_faults
    from twin.interop.fault_results import answer, faults_json, summary

    if arguments.variants or arguments.overrides or arguments.scenario or arguments.duration:
        raise UsageError("--variant, --set, --scenario and --duration do not go with a network in JSON")
    target: Path = arguments.output
    if target.suffix != ".json":
        raise UsageError(f"{target} does not end in .json")
    if target.exists() and target.samefile(arguments.layout):
        raise UsageError(f"{target} is the input")
    refuse_target(target, None)
    with telling(f"solving {arguments.layout}"):
        asked = read_faults(arguments.layout)
        found = answer(asked)
    write_file(target, lambda scratch: _write(scratch, faults_json(asked, found)))
    print(f"{target}: {summary(asked, found)}")
    for table in asked.left_out:
        print(f"twin: IEC 60909 leaves out: {table}", file=sys.stderr)
    return OK


def _write(target: Path, text: str) -> None:
    target.write_text(text, encoding="utf-8")
