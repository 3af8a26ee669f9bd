"""The command `capacity`: what it takes and prints.

Commands import what is heavy when they run.
"""

import argparse
import sys
from collections.abc import Callable
from typing import Any

from twin.reports.lines import ink_for, telling

OK, NOT_CONVERGED = 0, 4
FORMATS = ("text", "json", "csv", "md")
Adder = Callable[[Any, str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]


def add_commands(
    commands: Any, command: Adder, takes_layout: Callable[[argparse.ArgumentParser], None]
) -> None:
    """Add the command; arguments as in ``hydraulics.add_commands``."""
    made = command(
        commands, "capacity", _capacity,
        "say what limits each row of racks and how much of the rest lies idle",
    )  # fmt: skip
    takes_layout(made)
    made.add_argument(
        "--format", choices=FORMATS, default="text", help="of stdout; json and csv hold all parts"
    )


def _capacity(arguments: argparse.Namespace) -> int:
    from twin.reports.capacity_page import capacity_text
    from twin.reports.records import records_csv, records_json
    from twin.studies.capacity import capacity

    with telling(f"solving {arguments.layout}"):
        from twin.walk import walk

        outcome = walk(
            arguments.layout, variants=arguments.variants, overrides=arguments.overrides,
            scenario=arguments.scenario,
        )  # fmt: skip
    rows = capacity(outcome.facility, outcome.solution)
    every = [resource for row in rows for resource in row.resources]
    match arguments.format:
        case "json":
            facts = {"layout": arguments.layout, "inputs": outcome.facility.inputs}
            print(records_json("twin-capacity/1", {"resources": every}, facts), end="")
        case "csv":
            print(records_csv(every), end="")
        case "md":
            print(f"```text\n{capacity_text(arguments.layout, rows)}```")
        case _:
            print(capacity_text(arguments.layout, rows, ink_for(sys.stdout)), end="")
    return NOT_CONVERGED if outcome.facility.unsolved else OK
