"""The command `schedule`: what it takes, prints and writes.

Commands import what is heavy when they run.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twin.reports.lines import telling

if TYPE_CHECKING:
    from twin.studies.schedule_rows import Schedules

OK, NOT_CONVERGED = 0, 4
FORMATS = ("text", "json", "csv", "md")
# The tables of each schedule, by their name in the formats for machines.
TABLES = {
    "load": ("loads", "totals"), "busway": ("runs",), "breaker": ("breakers",), "drop": ("drops",),
    "short_circuit": ("faults",), "losses": ("losses", "metals"),
}  # fmt: skip
Adder = Callable[[Any, str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]


def add_commands(
    commands: Any, command: Adder, takes_layout: Callable[[argparse.ArgumentParser], None]
) -> None:
    """Add the command.

    Args:
        commands: Subparsers of the command line.
        command: What adds one command.
        takes_layout: What lets it take a layout and the choices of a run.
    """
    made = command(
        commands, "schedule", _schedule,
        "list loads, busways, breakers, voltage drops, short circuits and losses of a layout",
    )  # fmt: skip
    takes_layout(made)
    made.add_argument(
        "--only", action="append", default=[], choices=tuple(TABLES),
        help="one schedule; may be given more than once, all by default",
    )  # fmt: skip
    made.add_argument(
        "--format", choices=FORMATS, default="text",
        help="text and md show equal rows as one and the worst of each kind; json and csv hold every row",
    )  # fmt: skip
    made.add_argument("-o", "--output", type=Path, metavar="FILE", help="file to write, stdout by default")


def _schedule(arguments: argparse.Namespace) -> int:
    from twin.reports.files import refuse_target, write_file
    from twin.studies.schedules import schedules

    if arguments.output is not None:
        refuse_target(arguments.output, arguments.layout)
    with telling(f"solving {arguments.layout}"):
        from twin.walk import walk

        outcome = walk(
            arguments.layout, variants=arguments.variants, overrides=arguments.overrides,
            scenario=arguments.scenario,
        )  # fmt: skip
        found = schedules(outcome)
    text = _formatted(arguments, found)
    if arguments.output is None:
        print(text, end="")
    else:
        write_file(arguments.output, lambda target: _write(target, text))
    for lost in outcome.facility.unsolved:
        print(f"twin: no steady state in {lost.case.name}: {lost.text}", file=sys.stderr)
    return NOT_CONVERGED if outcome.facility.unsolved else OK


def _formatted(arguments: argparse.Namespace, found: "Schedules") -> str:
    from twin.reports.lines import ink_for
    from twin.reports.records import records_json, tables_csv
    from twin.reports.schedule_page import schedules_markdown, schedules_text

    chosen = [name for name in TABLES if not arguments.only or name in arguments.only]
    tables = {table: getattr(found, table) for name in chosen for table in TABLES[name]}
    match arguments.format:
        case "csv":
            return tables_csv(tables)
        case "json":
            facts = {"layout": arguments.layout, "inputs": found.inputs}
            if "losses" in chosen:
                tables["closure"] = [found.closure]
            return records_json("twin-schedule/1", tables, facts)
        case "md":
            return schedules_markdown(arguments.layout, found, arguments.only)
        case _:
            ink = ink_for(sys.stdout) if arguments.output is None else None
            return schedules_text(arguments.layout, found, arguments.only, ink)


def _write(target: Path, text: str) -> None:
    target.write_text(text, encoding="utf-8")
