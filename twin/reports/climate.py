"""The command `climate`, and the options `--climate` and `--design-day` of the others.

Commands import what is heavy when they run.
"""

import argparse
import sys
from collections.abc import Callable
from typing import Any

OK = 0
DAYS = ("0.4", "1", "2", "wet0.4", "wet1", "wet2", "n5", "n10", "n20", "n50")
Adder = Callable[[Any, str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]


def takes_climate(command: argparse.ArgumentParser) -> None:
    """Let a command take a climate and a design day of it."""
    command.add_argument(
        "--climate", metavar="NAME|FILE.epw",
        help="put a climate's design day on the site: a name that `twin climate` lists, or a weather file",
    )  # fmt: skip
    command.add_argument(
        "--design-day",
        choices=DAYS,
        metavar="DAY",
        help=f"of the climate: exceeded in 0.4, 1 or 2 %% of the hours, by wet bulb, or in n years; "
        f"one of {', '.join(DAYS)}; default 0.4",
    )


def chosen_climate(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the climate of a run as the walk takes it; nothing where none was asked for.

    Raises:
        UsageError: There is no such climate, or it has no such design day.
        InputError: The weather file is refused; carries every fault.
    """
    from twin.errors import UsageError

    name, day = getattr(arguments, "climate", None), getattr(arguments, "design_day", None)
    if name is None:
        if day is not None:
            raise UsageError("--design-day goes with --climate")
        return {}
    from twin.interop.climate import read_climate
    from twin.model.design_days import DEFAULT, design_days, site_climate

    weather, key = read_climate(name), day or DEFAULT
    if key not in design_days(weather):
        raise UsageError(
            f"{name} has no design day {key}: no mean and standard deviation of annual extremes is published"
        )
    return {"climate": site_climate(weather, name=name, key=key)}


def add_commands(commands: Any, command: Adder) -> None:
    """Add the command.

    Args:
        commands: Subparsers of the command line.
        command: What adds one command.
    """
    made = command(
        commands, "climate", _climate, "list the built-in climates, or print months and design days of one"
    )  # fmt: skip
    made.add_argument("climate", nargs="?", metavar="NAME|FILE.epw", help="all built-in ones when left out")
    made.add_argument("--format", choices=("text", "json"), default="text", help="of stdout")


def _climate(arguments: argparse.Namespace) -> int:
    from twin.interop.climate import read_climate
    from twin.reports.climate_page import climate_json, climate_text, climates_json, climates_text
    from twin.reports.lines import ink_for

    ink = ink_for(sys.stdout)
    if arguments.climate is None:
        print(climates_json() if arguments.format == "json" else climates_text(ink), end="")
        return OK
    weather = read_climate(arguments.climate)
    text = climate_json(weather) if arguments.format == "json" else climate_text(weather, ink)
    print(text, end="")
    for warning in weather.warnings:
        print(f"twin: {warning}", file=sys.stderr)
    return OK
