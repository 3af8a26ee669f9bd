"""The command `year`: what it takes, prints and writes.

Commands import what is heavy when they run.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twin.reports.lines import ink_for, telling

if TYPE_CHECKING:
    from twin.studies.year import Year
    from twin.studies.year_money import Bills

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
    year.add_argument(
        "--price",
        metavar="PRICE|FILE.toml",
        help="of energy per kWh, or a tariff with periods and demand charge",
    )
    year.add_argument(
        "--carbon",
        metavar="G_KWH|ZONE|FILE.csv",
        help="grams per kWh, a zone like DE, or 24 hours or every hour",
    )
    year.add_argument(
        "--limit", dest="limits", action="append", default=[], metavar="NAME",
        help="hold the annual PUE against a law: de-new, de-old-2027, de-old-2030, sg-roadmap, cn-new, "
        "cn-hub; may be given more than once",
    )  # fmt: skip
    year.add_argument(
        "--page", type=Path, metavar="FILE.html", help="figures of the year as one offline page"
    )
    year.add_argument("-o", "--output", type=Path, metavar="FILE", help="results of every hour, .nc or .json")
    year.add_argument("--format", choices=("text", "json"), default="text", help="of stdout")


def _year(arguments: argparse.Namespace) -> int:
    from twin.errors import UsageError
    from twin.interop.climate import read_climate
    from twin.reports.files import refuse_target
    from twin.studies.year import read_for_year, run_year
    from twin.studies.year_limits import known_limits
    from twin.studies.year_load import load_of
    from twin.studies.year_money import Bills, carbon_of, tariff_of

    if arguments.output is not None:
        _known_ending(arguments.output)
        refuse_target(arguments.output, arguments.layout)
    if arguments.page is not None:
        if arguments.page.suffix != ".html":
            raise UsageError(f"--page {arguments.page} does not end in .html")
        refuse_target(arguments.page, arguments.layout)
    limits = known_limits(arguments.limits)
    weather = read_climate(arguments.climate)
    load = load_of(arguments.load, weather)
    bills = Bills(
        tariff=tariff_of(arguments.price, weather) if arguments.price else None,
        carbon=carbon_of(arguments.carbon, weather) if arguments.carbon else None,
    )
    with telling(f"reading {arguments.layout}"):
        facility = read_for_year(
            arguments.layout, variants=arguments.variants, overrides=arguments.overrides,
            scenario=arguments.scenario, out=arguments.out, case=arguments.case,
        )  # fmt: skip
    with telling(f"solving a year of {arguments.layout}"):
        year = run_year(facility, weather, load)
    return _told(arguments, year, bills, limits)


def _told(arguments: argparse.Namespace, year: "Year", bills: "Bills", limits: Sequence[str]) -> int:
    """Write and print a year; return the exit code."""
    from twin.plots.year import year_html
    from twin.reports.files import write_file
    from twin.reports.year_page import year_json, year_text
    from twin.reports.year_view import year_data
    from twin.studies.year_figures import SERIOUS, beyond, claimed
    from twin.studies.year_limits import held_against

    held = held_against(year, claimed(year), limits)
    if arguments.output is not None:
        write_file(arguments.output, lambda target: _write(target, year))
    if arguments.page is not None:
        page = year_html(year_data(Path(arguments.layout).name, year, bills, held))
        write_file(arguments.page, lambda target: _put(target, page))
    if arguments.format == "json":
        print(year_json(arguments.layout, year, bills, held), end="")
    else:
        print(year_text(arguments.layout, year, bills, ink_for(sys.stdout), held), end="")
        for file in (arguments.page, arguments.output):
            if file is not None:
                print(f"written: {file}")
    if year.lacking.any():
        return NOT_CONVERGED
    broken = any(one.severity in SERIOUS for one in beyond(year))
    return FINDINGS if broken or not all(one.met for one in held) else OK


def _known_ending(file: Path) -> None:
    if file.suffix not in {".nc", ".json"}:
        from twin.errors import UsageError

        raise UsageError(f"{file} does not end in .nc or .json")


def _put(target: Path, text: str) -> None:
    target.write_text(text, encoding="utf-8")


def _write(target: Path, year: "Year") -> None:
    from twin.studies.year_tree import year_tree

    if target.suffix == ".json":
        from twin.reports.trees import results_json

        target.write_text(results_json(year_tree(year)), encoding="utf-8")
    else:
        from twin.reports.netcdf import write_netcdf

        write_netcdf(year_tree(year), target)
