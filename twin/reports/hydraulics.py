"""The commands `failures`, `balance` and `size`: what they take, print and write.

Commands import what is heavy when they run.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twin.reports.failures_command import add_failures, facility_of
from twin.reports.lines import ink_for, telling

if TYPE_CHECKING:
    from twin.stage.proposal import Setting

OK, FINDINGS = 0, 1
FORMATS = ("text", "json", "csv")
Adder = Callable[[Any, str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]


def add_commands(
    commands: Any, command: Adder, takes_layout: Callable[[argparse.ArgumentParser], None]
) -> None:
    """Add the three commands.

    Args:
        commands: Subparsers of the command line.
        command: What adds one command.
        takes_layout: What lets it take a layout and the choices of a run.
    """
    add_failures(commands, command, takes_layout)
    balance = command(commands, "balance", _balance, "find valve settings that give every rack its flow")
    takes_layout(balance)
    _takes_layer(balance)
    balance.add_argument(
        "--target", choices=("design", "equal"), default="design",
        help="what makers ask for at the solved supply temperature (default), or an equal share of each loop",
    )  # fmt: skip
    balance.add_argument(
        "--reserve",
        type=_number(0.0, 200.0),
        default=0.0,
        metavar="PERCENT",
        help="flow on top of the target",
    )
    balance.add_argument(
        "--pumps", choices=("match", "keep"), default="match",
        help="lower the difference that pumps hold until one valve is open (default), or keep it",
    )  # fmt: skip
    size = command(commands, "size", _size, "find standard pipe sizes for limits of velocity and friction")
    takes_layout(size)
    _takes_layer(size)
    size.add_argument(
        "--velocity", type=_number(0.01, 100.0), metavar="M/S",
        help="greatest velocity in any pipe; by default the owner's limit, 1.2 up to DN50",
    )  # fmt: skip
    size.add_argument(
        "--gradient", type=_number(0.1, 1e5), metavar="PA/M",
        help="greatest friction in any pipe; by default 400 above DN50",
    )  # fmt: skip
    size.add_argument(
        "--cases", choices=("outages", "all", "normal"), default="outages",
        help="worst of all cases and single outages (default), of the layout's cases, or normal operation",
    )  # fmt: skip
    for made in (balance, size):
        made.add_argument("--format", choices=FORMATS, default="text", help="of stdout")


def _takes_layer(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "-o", "--output", type=Path, metavar="LAYER", help="layer.usda to write the changes to"
    )
    command.add_argument("--force", action="store_true", help="write over an older LAYER")


def _number(least: float, most: float) -> Callable[[str], float]:
    """Return what reads a number within limits."""

    def number(text: str) -> float:
        value = float(text)
        if not least <= value <= most:
            raise ValueError(text)
        return value

    return number


def _balance(arguments: argparse.Namespace) -> int:
    from twin.reports.balance_page import balance_settings, balance_text
    from twin.reports.records import records_csv, records_json
    from twin.studies.balancing import balance

    _refuse(arguments)
    with telling(f"balancing {arguments.layout}"):
        found = balance(
            facility_of(arguments), target=arguments.target, reserve_ratio=arguments.reserve / 100.0,
            match=arguments.pumps == "match",
        )  # fmt: skip
    options = {"target": arguments.target, "reserve": f"{arguments.reserve:g} %", "pumps": arguments.pumps}
    _write(arguments, balance_settings(found, arguments.target), found.inputs, options)
    if arguments.format == "csv":
        print(records_csv(found.valves), end="")
    elif arguments.format == "json":
        tables = {"states": found.states, "valves": found.valves, "controls": found.controls}
        facts = {
            "layout": arguments.layout, "inputs": found.inputs, "options": options, "notes": found.notes,
            "missed": [{"prim": prim, "reason": reason} for prim, reason in found.missed],
            "miss_ratio": found.miss_ratio,
        }  # fmt: skip
        print(records_json("twin-balance/1", tables, facts), end="")
    else:
        print(balance_text(arguments.layout, found, arguments.target, ink_for(sys.stdout)), end="")
    return FINDINGS if found.missed else OK


def _size(arguments: argparse.Namespace) -> int:
    from twin.reports.records import records_csv, records_json
    from twin.reports.sizing_page import sizing_settings, sizing_text
    from twin.studies.sizing import size

    _refuse(arguments)
    with telling(f"sizing the pipes of {arguments.layout}"):
        found = size(
            facility_of(arguments), velocity_m_s=arguments.velocity, gradient_pa_m=arguments.gradient,
            cases=arguments.cases,
        )  # fmt: skip
    options = {
        "cases": arguments.cases,
        "velocity": f"{found.limits.velocity_m_s:g} m/s, {found.limits.velocity_source}",
        "gradient": f"{found.limits.gradient_pa_m:g} Pa/m, {found.limits.gradient_source}",
    }  # fmt: skip
    _write(arguments, sizing_settings(found), found.inputs, options)
    if arguments.format == "csv":
        print(records_csv([*found.pipes, *found.suggested]), end="")
    elif arguments.format == "json":
        tables = {
            "pipes": found.pipes,
            "suggested": found.suggested,
            "states": found.states,
            "limits": [found.limits],
        }
        facts = {
            "layout": arguments.layout, "inputs": found.inputs, "options": options, "notes": found.notes,
            "faults": found.faults, "still_count": found.still_count, "pass_count": found.pass_count,
        }  # fmt: skip
        print(records_json("twin-size/1", tables, facts), end="")
    else:
        print(sizing_text(arguments.layout, found, ink_for(sys.stdout)), end="")
    return OK if found.holds else FINDINGS


def _refuse(arguments: argparse.Namespace) -> None:
    """Refuse a layer that must not be written, before anything is solved."""
    from twin.reports.files import refuse_target
    from twin.stage.proposal import refuse_existing

    if arguments.output is not None:
        refuse_target(arguments.output, arguments.layout)
        refuse_existing(arguments.output, arguments.layout, force=arguments.force)


def _write(
    arguments: argparse.Namespace,
    settings: "Iterable[Setting]",
    inputs: Mapping[str, object],
    options: Mapping[str, str],
) -> None:
    """Write the layer that is asked for, and say on stderr what becomes of it."""
    from twin.reports.doctor import version
    from twin.stage.proposal import layers_hash, write_proposal

    if arguments.output is None:
        return
    name = arguments.run.__name__.strip("_")
    choices = [*arguments.variants, *arguments.overrides]
    choices += [f"scenario={arguments.scenario}"] if arguments.scenario else []
    meta = {
        "command": f"twin {name}", "layout": arguments.layout, "layersSha256": layers_hash(inputs),
        "choices": " ".join(choices), "version": version(), **options,
    }  # fmt: skip
    held = list(settings)
    doc = f"Settings that `twin {name}` found for {arguments.layout}; first in its subLayers, they hold."
    write_proposal(arguments.output, arguments.layout, held, doc=doc, meta=meta, force=arguments.force)
    count = f"{len(held)} setting{'' if len(held) == 1 else 's'}"
    print(
        f"twin: {arguments.output}: {count}; put it first in the subLayers of the site to adopt",
        file=sys.stderr,
    )
