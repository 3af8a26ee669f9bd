"""The command `fabric`: what it takes, prints and writes.

Commands import what is heavy when they run.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twin.reports.failures_command import facility_of
from twin.reports.lines import ink_for, telling

if TYPE_CHECKING:
    from twin.model.facility import Facility
    from twin.studies.fabric_bill import Price
    from twin.studies.fabric_design import Design
    from twin.studies.fabric_report import FabricReport
    from twin.studies.fabric_routes import Routed

OK, FINDINGS = 0, 1
FORMATS = ("text", "json", "csv")
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
        commands, "fabric", _fabric,
        "route the data cables of a layout, or design its spines, trays and bundles as a layer",
    )  # fmt: skip
    takes_layout(made)
    made.add_argument(
        "-o", "--output", type=Path, metavar="LAYER",
        help="layer.usda to write a design to; without it what the layout holds is told",
    )  # fmt: skip
    made.add_argument("--force", action="store_true", help="write over an older LAYER")
    made.add_argument(
        "--oversubscription", type=float, default=1.0, metavar="RATIO",
        help="of a design: downlinks over uplinks of a leaf, 1 by default",
    )  # fmt: skip
    made.add_argument(
        "--planes", choices=("auto", "one", "rails"), default="auto",
        help="of a design: one tree, or one for each rail; by default rails only where one is too small",
    )  # fmt: skip
    made.add_argument(
        "--spine", default="SpineSwitch_Q3400", metavar="ASSET", help="of a design: asset of the spines"
    )
    made.add_argument(
        "--tray-height",
        type=float,
        default=3.1,
        metavar="M",
        help="of a design: floor of the trays, 3.1 by default",
    )
    made.add_argument(
        "--slack",
        type=float,
        default=0.3,
        metavar="M",
        help="left over at each end of a cable, 0.3 by default",
    )
    _takes_outputs(made)


def _takes_outputs(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "--losses", action="store_true", help="what is left after each single switch, cabinet, cable or tray"
    )
    made.add_argument(
        "--prices",
        type=Path,
        metavar="FILE.csv",
        help="columns item, price, currency, source; none by default",
    )
    made.add_argument(
        "--schedule", type=Path, metavar="FILE", help="pull schedule of every cable to write, .csv or .xlsx"
    )
    made.add_argument(
        "--topology", type=Path, metavar="FILE.html", help="drawing of tiers and rails to write"
    )
    made.add_argument(
        "--cable", metavar="/PRIM", help="bundle whose way the drawing shows; the longest by default"
    )
    made.add_argument("--format", choices=FORMATS, default="text", help="of stdout")


def _fabric(arguments: argparse.Namespace) -> int:
    from twin.studies.fabric_report import report_of

    _refuse(arguments)
    with telling(f"reading {arguments.layout}"):
        facility = facility_of(arguments)
    with telling("routing"):
        made = _designed(arguments, facility) if arguments.output is not None else None
        routed = made.routed if made is not None else _held(arguments, facility)
        found = report_of(routed, _prices(arguments), with_losses=arguments.losses)
    if made is not None:
        _write(arguments, made)
    _write_more(arguments, routed, facility)
    print(_formatted(arguments, found, made), end="")
    return FINDINGS if any(c.excess_m > 0.0 for c in routed.choices) else OK


def _refuse(arguments: argparse.Namespace) -> None:
    """Refuse what cannot be, before anything is read."""
    from twin.errors import UsageError
    from twin.reports.files import refuse_target

    if arguments.oversubscription < 1.0 or arguments.slack < 0.0:
        raise UsageError("--oversubscription is at least 1, --slack at least 0")
    for file, endings in ((arguments.schedule, (".csv", ".xlsx")), (arguments.topology, (".html",))):
        if file is not None:
            if file.suffix not in endings:
                raise UsageError(f"{file} does not end in {' or '.join(endings)}")
            refuse_target(file, arguments.layout)
    if arguments.output is not None:
        from twin.stage.proposal import refuse_existing

        refuse_existing(arguments.output, arguments.layout, force=arguments.force)


def _prices(arguments: argparse.Namespace) -> "dict[str, Price]":
    from twin.studies.fabric_bill import prices

    return prices(arguments.prices) if arguments.prices is not None else {}


def _formatted(arguments: argparse.Namespace, found: "FabricReport", made: "Design | None") -> str:
    from twin.reports.fabric_page import fabric_text
    from twin.reports.records import records_json, tables_csv

    if arguments.format == "text":
        return fabric_text(arguments.layout, found, made, ink_for(sys.stdout))
    tables = {
        "bundles": found.bundles, "trays": found.trays, "bill": found.bill,
        "bisections": found.bisections, "losses": found.losses,
    }  # fmt: skip
    if arguments.format == "csv":
        return tables_csv(tables)
    return records_json("twin-fabric/1", tables, {"layout": arguments.layout, "figures": found.figures})


def _write_more(arguments: argparse.Namespace, routed: "Routed", facility: "Facility") -> None:
    from twin.reports.files import write_file

    if arguments.schedule is not None:
        from twin.reports.pull_schedule import write_pulls

        write_file(arguments.schedule, lambda target: write_pulls(target, routed))
    if arguments.topology is not None:
        from twin.plots.fabric_topology import topology_html
        from twin.reports.fabric_view import outlines, topology_of

        data = topology_of(
            routed, title=arguments.layout, bundle=arguments.cable or "", outline=outlines(facility)
        )
        write_file(arguments.topology, lambda target: _text(target, topology_html(data)))


def _text(target: Path, text: str) -> None:
    target.write_text(text, encoding="utf-8")


def _held(arguments: argparse.Namespace, facility: "Facility") -> "Routed":
    from twin.stage.fabric_layer import products
    from twin.studies.fabric_routes import routed
    from twin.studies.fabric_stage import fabric_of

    return routed(fabric_of(facility, products()), slack_m=arguments.slack, keep_media=True)


def _designed(arguments: argparse.Namespace, facility: "Facility") -> "Design":
    from twin.stage.fabric_layer import products, switch_facts, switch_ports
    from twin.studies.fabric_design import Options, design

    options = Options(
        spine=arguments.spine, oversubscription_ratio=arguments.oversubscription,
        planes={"auto": 0, "one": 1, "rails": 2}[arguments.planes], level_m=arguments.tray_height,
        slack_m=arguments.slack,
    )  # fmt: skip
    return design(
        facility, options, media=products(), ports=switch_ports, facts=switch_facts(arguments.spine)
    )


def _write(arguments: argparse.Namespace, found: "Design") -> None:
    from twin.stage.fabric_layer import write_fabric
    from twin.studies.fabric_routes import bundles

    told = bundles(found.routed)
    write_fabric(
        arguments.output, arguments.layout, trays=found.routed.fabric.trays[-found.tray_count :],
        placed=found.placed, ratings=found.ratings, kept=told[: found.kept_count],
        laid=told[found.kept_count :],
        doc="Fabric: trays, spine switches and bundles, routed; written by twin fabric.",
        force=arguments.force,
    )  # fmt: skip
