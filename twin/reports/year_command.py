"""The command `year`: what it takes, prints and writes.

Commands import what is heavy when they run.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twin.reports.lines import ink_for, telling

OK, FINDINGS, NOT_CONVERGED = 0, 1, 4
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
    year = command(
        commands, "year", _year, "solve a layout over a year of weather: PUE, energy, hours beyond limits"
    )
    takes_layout(year)
    year.add_argument(
        "--climate", metavar="NAME|FILE.epw", required=True,
        help="a name that `twin climate` lists, or a weather file",
    )  # fmt: skip
    year.add_argument(
        "--load", metavar="SHARE|FILE.csv",
        help="IT power over that declared: one share, 24 hours (working days, weekends), or every hour",
    )  # fmt: skip
    year.add_argument(
        "--out",
        action="append",
        default=[],
        metavar="PRIM",
        help="stands still all year; may be given more than once",
    )
    year.add_argument(
        "--case", default="", metavar="NAME", help="contingency of the layout that stands all year"
    )
    year.add_argument("-o", "--output", type=Path, metavar="FILE", help="results of every hour, .nc or .json")
    year.add_argument("--format", choices=("text", "json"), default="text", help="of stdout")


def _year(arguments: argparse.Namespace) -> int:
    from twin.interop.climate import read_climate
    from twin.reports.year_page import year_text
    from twin.studies.year import read_for_year, run_year
    from twin.studies.year_load import load_of

    weather = read_climate(arguments.climate)
    load = load_of(arguments.load, weather)
    with telling(f"reading {arguments.layout}"):
        facility = read_for_year(
            arguments.layout, variants=arguments.variants, overrides=arguments.overrides,
            scenario=arguments.scenario, out=arguments.out, case=arguments.case,
        )  # fmt: skip
    with telling(f"solving a year of {arguments.layout}"):
        year = run_year(facility, weather, load)
    print(year_text(arguments.layout, year, ink_for(sys.stdout)), end="")
    return NOT_CONVERGED if year.lacking.any() else OK
