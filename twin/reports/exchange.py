"""The commands that take in and hand out other people's formats: what they take, print and write.

Commands import what is heavy when they run.
"""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from twin.reports.lines import telling

if TYPE_CHECKING:
    from twin.model.facility import Case
    from twin.walk import Outcome

OK = 0
TAKEN, HANDED = ("epanet", "pandapower"), ("epanet", "opendss", "pandapower")
# More lines than that about what is left out say less than their number.
MOST_LINES = 12


class Made(Protocol):
    """A file of another program as a layer."""

    @property
    def text(self) -> str: ...  # noqa: D102
    @property
    def left_out(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def counts(self) -> Mapping[str, int]: ...  # noqa: D102


Adder = Callable[[Any, str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]


def add_commands(
    commands: Any, command: Adder, takes_layout: Callable[[argparse.ArgumentParser], None]
) -> None:
    """Add the two commands.

    Args:
        commands: Subparsers of the command line.
        command: What adds one command.
        takes_layout: What lets it take a layout and the choices of a run.
    """
    taken = command(commands, "import", _import, "turn an input of another program into a layer")
    taken.add_argument("format", choices=TAKEN)
    taken.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help="EPANET input, like net.inp, or network of pandapower, like net.json",
    )
    taken.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="new layer, like site.usda", required=True
    )
    taken.add_argument(
        "--without", action="append", default=[], choices=("charging", "magnetising"), metavar="WHAT",
        help="leave charging of lines or magnetising power of transformers of a pandapower network out, "
        "which is refused otherwise; may be repeated",
    )  # fmt: skip
    handed = command(commands, "export", _export, "write a layout's loops or circuits for another program")
    handed.add_argument("format", choices=HANDED)
    takes_layout(handed)
    handed.add_argument(
        "-o", "--output", type=Path, metavar="FILE", required=True,
        help="EPANET input of the liquid loops, like net.inp (loops of several fluids go into files of their "
        "own beside it); OpenDSS script, like net.dss, or pandapower network, like net.json, of the circuits",
    )  # fmt: skip
    handed.add_argument(
        "--case", default="normal", metavar="NAME", help="case whose state is written; normal by default"
    )


def _import(arguments: argparse.Namespace) -> int:
    from twin.errors import UsageError
    from twin.reports.files import write_file

    target: Path = arguments.output
    _ends_in(target, ".usda")
    if target.exists():
        raise UsageError(f"{target} is there already; a layer is never written over another")
    if arguments.format == "epanet":
        from twin.interop.epanet_stage import import_epanet

        if arguments.without:
            raise UsageError("--without is for pandapower networks")
        made: Made = import_epanet(arguments.file)
    else:
        from twin.interop.pandapower_stage import import_pandapower

        made = import_pandapower(arguments.file, arguments.without)
    write_file(target, lambda scratch: _write(scratch, made.text))
    print(f"{target}: {', '.join(f'{count} {name.lower()}' for name, count in made.counts.items())}")
    print(f"try `twin check {target}`", file=sys.stderr)
    _tell("left out", made.left_out, f"all of them stand in customLayerData of {target}")
    return OK


def _export(arguments: argparse.Namespace) -> int:
    from twin.reports.exchange_power import ENDINGS
    from twin.reports.files import refuse_target

    target: Path = arguments.output
    _ends_in(target, ENDINGS.get(arguments.format, ".inp"))
    refuse_target(target, arguments.layout)
    with telling(f"solving {arguments.layout}"):
        from twin.walk import walk

        outcome = walk(
            arguments.layout, variants=arguments.variants, overrides=arguments.overrides,
            scenario=arguments.scenario,
        )  # fmt: skip
    variant = _variant(outcome.facility.cases, arguments.case)
    write = _write_circuits if arguments.format in ENDINGS else _write_loops
    write(arguments, outcome, variant)
    return OK


def _write_loops(arguments: argparse.Namespace, outcome: "Outcome", variant: int) -> None:
    from twin.errors import UsageError
    from twin.interop.epanet_export import export_epanet
    from twin.reports.files import write_file

    target: Path = arguments.output
    made = export_epanet(outcome.facility, outcome.solution, variant)
    if not made:
        raise UsageError(f"{arguments.layout} has no loop of liquid")
    for one in made:
        file = target if len(made) == 1 else target.with_stem(f"{target.stem}_{one.name}")
        write_file(file, lambda scratch, text=one.text: _write(scratch, text))  # type: ignore[misc]
        net = one.network
        links = len(net.pipes) + len(net.pumps) + len(net.valves)
        print(f"{file}: {len(net.junctions) + len(net.reservoirs)} nodes, {links} links")
    said = [line.removeprefix(" - ") for one in made for line in one.remarks.head if line.startswith(" - ")]
    _tell("EPANET cannot say", list(dict.fromkeys(said)), "all of it stands at the head of the files")


def _write_circuits(arguments: argparse.Namespace, outcome: "Outcome", variant: int) -> None:
    from twin.reports.exchange_power import NAMES, electrical_text
    from twin.reports.files import write_file

    target: Path = arguments.output
    text, counted, said = electrical_text(arguments.format, outcome.facility, outcome.solution, variant)
    write_file(target, lambda scratch: _write(scratch, text))
    print(f"{target}: {counted}")
    _tell(f"{NAMES[arguments.format]} cannot say", said, f"all of it stands in {target}")


def _variant(cases: "Sequence[Case]", name: str) -> int:
    """Return the first variant of a case."""
    from twin.errors import UsageError

    names = [case.name for case in cases]
    if name not in names:
        raise UsageError(f"there is no case {name}; there are {', '.join(dict.fromkeys(names))}")
    return names.index(name)


def _tell(what: str, said: Sequence[str], where: str) -> None:
    """Tell on stderr what the other side does not take."""
    for line in said[:MOST_LINES]:
        print(f"twin: {what}: {line}", file=sys.stderr)
    if len(said) > MOST_LINES:
        print(f"twin: {what}: {len(said) - MOST_LINES} more; {where}", file=sys.stderr)


def _ends_in(file: Path, ending: str) -> None:
    from twin.errors import UsageError

    if file.suffix != ending:
        raise UsageError(f"{file} does not end in {ending}")


def _write(target: Path, text: str) -> None:
    target.write_text(text, encoding="utf-8")
