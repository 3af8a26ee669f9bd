"""The command `failures`: outages of hydraulic and of power equipment, what it takes and prints.

Commands import what is heavy when they run.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from twin.reports.lines import ink_for, telling

if TYPE_CHECKING:
    from twin.model.facility import Facility
    from twin.studies.failures import Failures
    from twin.studies.power_failures import PowerFailures

OK, FINDINGS = 0, 1
FORMATS = ("text", "json", "csv", "md")
WATER, POWER = "water", "power"
Adder = Callable[[Any, str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]


def add_failures(
    commands: Any, command: Adder, takes_layout: Callable[[argparse.ArgumentParser], None]
) -> None:
    """Add the command; arguments as in ``hydraulics.add_commands``."""
    made = command(
        commands, "failures", _failures, "solve every single outage of hydraulic and of power equipment"
    )
    takes_layout(made)
    made.add_argument(
        "--only", action="append", default=[], metavar="SIDE|GROUP",
        help="water, power, or a sort of outage like 'CDU out'; may be given more than once, all by default",
    )  # fmt: skip
    made.add_argument(
        "--pair", action="append", default=[], metavar="A,B",
        help="two prims that are out together; may be given more than once",
    )  # fmt: skip
    made.add_argument(
        "--maintenance", action="append", default=[], metavar="PRIM",
        help="prim that is out of service in every outage; may be given more than once",
    )  # fmt: skip
    made.add_argument("--format", choices=FORMATS, default="text", help="of stdout; csv holds one side")


def facility_of(arguments: argparse.Namespace) -> "Facility":
    """Return the facility that the arguments name."""
    from twin.stage import read

    return read(
        arguments.layout,
        variants=arguments.variants,
        overrides=arguments.overrides,
        scenario=arguments.scenario,
    ).facility


def _failures(arguments: argparse.Namespace) -> int:
    from twin.studies.failures import failures
    from twin.studies.power_failures import maintained, power_failures

    pairs = _pairs(arguments.pair)
    sides = _sides(arguments.only, pairs)
    if arguments.format == "csv" and len(sides) > 1:
        sides = {WATER: sides[WATER]}
        if not arguments.only:
            print("twin: csv holds one side: water; --only power gives the other", file=sys.stderr)
    with telling(f"solving the outages of {arguments.layout}"):
        facility = facility_of(arguments)
        if arguments.maintenance:
            facility = maintained(facility, arguments.maintenance)
        water = failures(facility, pairs=pairs, groups=sides[WATER]) if WATER in sides else None
        power = power_failures(facility, pairs=pairs, groups=sides[POWER]) if POWER in sides else None
    print(_page(arguments, water, power), end="")
    return OK if all(found.harmless for found in (water, power) if found) else FINDINGS


def _pairs(given: Sequence[str]) -> list[tuple[str, str]]:
    from twin.errors import UsageError

    found = []
    for text in given:
        first, comma, second = text.partition(",")
        if not comma or not first or not second or "," in second:
            raise UsageError(f"--pair takes two prims with a comma between them, not '{text}'")
        found.append((first, second))
    return found


def _sides(only: Sequence[str], pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """Return the sorts of outage asked for on each side, [] for all; sides not asked for are left out.

    Raises:
        UsageError: There is no such sort.
    """
    from twin.errors import UsageError
    from twin.studies.outages import GROUPS
    from twin.studies.power_outages import PAIR, POWER_GROUPS

    if not only:
        return {WATER: [], POWER: []}
    known: dict[str, Sequence[str]] = {WATER: GROUPS, POWER: POWER_GROUPS}
    for name in only:
        if name not in known and not any(name in groups for groups in known.values()):
            names = dict.fromkeys((WATER, POWER, *GROUPS, *POWER_GROUPS))
            raise UsageError(f"there is no sort of outage '{name}'; there is {', '.join(names)}")
    found: dict[str, list[str]] = {}
    for side, groups in known.items():
        own = [name for name in only if name in groups]
        if side in only:
            found[side] = []
        elif own:
            found[side] = own + ([PAIR] if pairs else [])
    return found


def _page(arguments: argparse.Namespace, water: "Failures | None", power: "PowerFailures | None") -> str:
    from twin.reports.failures_page import failures_text
    from twin.reports.power_page import power_csv, power_markdown, power_text
    from twin.reports.records import records_csv

    layout = arguments.layout
    if arguments.format == "csv":
        return records_csv(water.rows) if water else power_csv(power.rows) if power else ""
    if arguments.format == "json":
        return _json(arguments, water, power)
    if arguments.format == "md":
        pages = [f"```text\n{failures_text(layout, water)}```\n"] if water else []
        return "\n".join([*pages, *([power_markdown(layout, power)] if power else [])])
    ink = ink_for(sys.stdout)
    pages = [failures_text(layout, water, ink)] if water else []
    return "\n".join([*pages, *([power_text(layout, power, ink)] if power else [])])


def _json(arguments: argparse.Namespace, water: "Failures | None", power: "PowerFailures | None") -> str:
    from twin.reports.records import records_json
    from twin.studies.power_matrix import by_class

    found = water or power
    facts = {"layout": arguments.layout, "inputs": found.inputs if found else {}}
    facts |= {
        "duration_s": sum(each.duration_s for each in (water, power) if each), "pairs": list(arguments.pair),
        "maintenance": list(arguments.maintenance),
    }  # fmt: skip
    tables: dict[str, Sequence[Any]] = {}
    if water:
        tables |= {"outages": water.rows, "leaks": water.leaks}
    if power:
        tables |= {"power_outages": power.rows, "power_classes": by_class(power.rows)}
        tables["supplies"] = power.supplies
    return records_json("twin-failures/1", tables, facts)
