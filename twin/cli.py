"""The command line: arguments in, pages and exit codes out.

Commands import what is heavy when they run.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twin.reports import capacity_command, climate, exchange, fabric_command, schedule, year_command
from twin.reports.climate import chosen_climate, takes_climate
from twin.reports.hydraulics import add_commands
from twin.reports.lines import telling
from twin.reports.study_command import add_study

if TYPE_CHECKING:
    from twin.reports.outputs import Format
    from twin.reports.report import Report
    from twin.walk import Outcome

Command = Callable[[argparse.Namespace], int]

OK, FINDINGS, USAGE, INVALID, NOT_CONVERGED, INTERNAL = range(6)
SHIPPED_RACKS = {"pod": 8, "hall": 512, "legacy": 160}
# So many warnings of a water network are told; all are in its results.
WARNINGS_TOLD = 10
EXIT_CODES = """\
exit codes: 0 passes, 1 findings at or above --fail-on, 2 usage, 3 invalid input, 4 not converged, 5 internal
LAYOUT is a USD file, a folder that holds site.usda, or the name of a bundled layout."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except BrokenPipeError:  # the reader of our pages has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except KeyboardInterrupt:
        return 130
    except Exception as reason:
        return _refused(arguments, reason)


def _refused(arguments: argparse.Namespace, reason: Exception) -> int:
    """Say why there is no result, in the format asked for, and return the exit code."""
    from twin.reports.lines import ink_for
    from twin.reports.outputs import FORMATS, formatted
    from twin.reports.report import refusal

    if os.environ.get("TWIN_DEBUG") == "1":
        import traceback

        traceback.print_exception(reason)
    inputs = {
        "variants": _pairs(getattr(arguments, "variants", ())),
        "overrides": _pairs(getattr(arguments, "overrides", ())),
        "scenario": getattr(arguments, "scenario", None) or "",
        "climate": getattr(arguments, "climate", None) or "",
        "layers": {},
    }
    layout = str(getattr(arguments, "layout", "") or "")
    report = refusal(layout, reason, inputs=inputs, fail_on=getattr(arguments, "fail_on", "major"))
    form: Format = getattr(arguments, "format", "text")
    if form != "text" and form in FORMATS:
        print(formatted(report, form, ink_for(sys.stdout)), end="")
    elif report.exit_code in {INVALID, NOT_CONVERGED} and arguments.run is _check:
        print(formatted(report, "text", ink_for(sys.stdout)), end="")
        return report.exit_code
    for problem in report.problems:
        print(f"twin: {problem.text}", file=sys.stderr)
    return report.exit_code


def _pairs(texts: Sequence[str]) -> dict[str, str]:
    return {name: value for name, _, value in (text.partition("=") for text in texts)}


def _chosen(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return what the run selects and overrides, as the walk takes it."""
    return {
        "variants": arguments.variants,
        "overrides": arguments.overrides,
        "scenario": arguments.scenario,
        **chosen_climate(arguments),
    }


def _solved(arguments: argparse.Namespace) -> "tuple[Outcome, Report]":
    from twin.reports.report import report_of

    with telling(f"solving {arguments.layout}"):
        from twin.walk import walk

        outcome = walk(arguments.layout, **_chosen(arguments))
    return outcome, report_of(outcome, fail_on=getattr(arguments, "fail_on", "major"))


def _check(arguments: argparse.Namespace) -> int:
    from twin.reports.files import refuse_target
    from twin.reports.lines import ink_for
    from twin.reports.outputs import formatted, write_run

    if arguments.out is not None:
        refuse_target(arguments.out, arguments.layout)
    outcome, report = _solved(arguments)
    if arguments.out is not None:
        with telling(f"writing {arguments.out}"):
            write_run(arguments.out, outcome, report)
    print(formatted(report, arguments.format, ink_for(sys.stdout)), end="")
    return report.exit_code


def _solve(arguments: argparse.Namespace) -> int:
    from twin.reports.files import refuse_target, write_file
    from twin.reports.outputs import write_results

    ending = Path(arguments.layout).suffix.lower()
    if arguments.duration is not None and ending not in {".inp", ".json"}:
        from twin.reports.march_page import solve_in_time

        if arguments.climate is not None:
            from twin.errors import UsageError

            raise UsageError("--climate does not go with --duration")
        _known_ending(arguments.output, ".nc", ".json", ".html")
        return solve_in_time(arguments)
    _known_ending(arguments.output, ".nc", ".json")
    if ending == ".inp":
        return _solve_network(arguments)
    if ending == ".json":
        from twin.reports.json_file import solve_file

        return solve_file(arguments)
    refuse_target(arguments.output, arguments.layout)
    outcome, report = _solved(arguments)
    write_file(arguments.output, lambda target: write_results(target, outcome))
    print(f"{arguments.output}: groups {', '.join(outcome.tree.children)}; cases {', '.join(report.cases)}")
    for lost in outcome.facility.unsolved:
        print(f"twin: no steady state in {lost.case.name}: {lost.text}", file=sys.stderr)
    return NOT_CONVERGED if outcome.facility.unsolved else OK


def _solve_network(arguments: argparse.Namespace) -> int:
    """Solve an EPANET input at its start or, with a duration, at its report times."""
    from twin.errors import UsageError
    from twin.interop.epanet_results import summary
    from twin.interop.epanet_run import run
    from twin.interop.epanet_text import read_inp
    from twin.interop.epanet_warn import warnings_of
    from twin.reports.files import refuse_target, write_file
    from twin.reports.outputs import write_network

    if arguments.variants or arguments.overrides or arguments.scenario or arguments.climate:
        raise UsageError("--variant, --set, --scenario and --climate go with layouts, not with EPANET inputs")
    duration_s = 0.0 if arguments.duration is None else _seconds(arguments.duration)
    refuse_target(arguments.output, None)
    with telling(f"solving {arguments.layout}"):
        record = run(read_inp(arguments.layout), duration_s=duration_s)
    over_time = arguments.duration is not None
    write_file(arguments.output, lambda target: write_network(target, record, over_time=over_time))
    print(f"{arguments.output}: {summary(record)}")
    for left_out in record.plan.network.unsupported:
        print(f"twin: not supported: {left_out}", file=sys.stderr)
    warned = warnings_of(record)
    for one in warned[:WARNINGS_TOLD]:
        when = f" (from {one.time_s:g} s)" if over_time else ""
        print(f"twin: warning: {one.text}{when}", file=sys.stderr)
    if len(warned) > WARNINGS_TOLD:
        print(f"twin: {len(warned) - WARNINGS_TOLD} more warnings in {arguments.output}", file=sys.stderr)
    return OK


def _seconds(text: str) -> float:
    """Return a duration such as ``24h`` in whole seconds."""
    from twin.errors import UsageError
    from twin.units import parse, to_si

    number, unit = parse(text)
    if unit is None:
        raise UsageError(f"--duration {text} has no unit; write it like 24h")
    length = float(to_si(number, unit, "duration_s"))
    if length < 0.0:
        raise UsageError(f"--duration {text} is below 0")
    return float(round(length))


def _plan(arguments: argparse.Namespace) -> int:
    from twin.reports.files import refuse_target, write_file
    from twin.reports.outputs import write_plan

    _known_ending(arguments.output, ".html")
    refuse_target(arguments.output, arguments.layout)
    outcome, report = _solved(arguments)
    write_file(arguments.output, lambda target: write_plan(target, outcome, report))
    print(f"{arguments.output}: {report.verdict}, {len(report.findings)} findings")
    return OK


def _known_ending(file: Path, *endings: str) -> None:
    if file.suffix not in endings:
        from twin.errors import UsageError

        raise UsageError(f"{file} does not end in {' or '.join(endings)}")


def _new(arguments: argparse.Namespace) -> int:
    from twin.stage.author import new

    racks = SHIPPED_RACKS[arguments.kind] if arguments.racks is None else arguments.racks
    written = new(arguments.kind, racks=racks, out=arguments.output)
    print(*written, sep="\n")
    print(f"try `twin check {arguments.output}`", file=sys.stderr)
    return OK


def _schema(arguments: argparse.Namespace) -> int:
    from twin.stage import plugin, schema
    from twin.stage.declared import apis
    from twin.units import pretty

    if arguments.plugin_path:
        print(plugin.plugin_path())
    elif arguments.check:
        if drifted := schema.drift(arguments.output):
            print(
                f"differs from the declarations: {', '.join(drifted)}; write it anew with -o", file=sys.stderr
            )
            return FINDINGS
        print("the schema is as declared")
    elif arguments.output is not None:
        print(*schema.write(arguments.output), sep="\n")
    else:
        for api in apis():
            print(f"{api.name}  {api.doc}")
            for held in api.properties:
                unit = f" [{' over '.join(pretty(u) or '1' for u in reversed(held.unit.split(';')))}]"
                print(f"  {held.name}{unit if held.unit else ''}  {held.doc}")
    return OK


def _explain(arguments: argparse.Namespace) -> int:
    from twin.errors import UsageError
    from twin.reports import explain
    from twin.reports.lines import ink_for

    ink, what = ink_for(sys.stdout), arguments.what
    if what is None:
        print(explain.code_list(), end="")
    elif not what.startswith("/"):
        print(explain.explain_code(what.upper(), ink), end="")
    elif arguments.layout is None:
        raise UsageError(f"which layout? twin explain {what} --layout LAYOUT")
    else:
        from twin.reports.explain_value import explain_target

        with telling(f"solving {arguments.layout}"):
            page = explain_target(what, arguments.layout, ink=ink, **_chosen(arguments))
        print(page, end="")
    return OK


def _verify(arguments: argparse.Namespace) -> int:
    from twin.reports import verify
    from twin.reports.lines import ink_for

    results = verify.run(arguments.cases)
    print(verify.verify_text(results, ink_for(sys.stdout)), end="")
    return OK if verify.passes(results) else FINDINGS


def _doctor(_: argparse.Namespace) -> int:
    from twin.reports import doctor
    from twin.reports.lines import ink_for

    symptoms = doctor.examine()
    print(doctor.doctor_text(symptoms, ink_for(sys.stdout)), end="")
    return OK if all(s.state != "missing" for s in symptoms) else FINDINGS


class _Version(argparse.Action):
    """Prints the versions that results depend on."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object, **__: object) -> None:
        from twin.reports.doctor import version_line

        print(version_line())
        parser.exit()


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    top = argparse.ArgumentParser(
        prog="twin", allow_abbrev=False, epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="A digital twin of an AI data centre: reads its USD stage, solves flow, heat and power, "
        "checks the design.",
    )  # fmt: skip
    top.add_argument("--version", action=_Version, nargs=0, help="versions that results depend on")
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    check = _command(
        commands, "check", _check, "solve a layout and say what fails, and how close the rest comes"
    )
    _takes_layout(check, climate=True)
    files = "write check.json, findings.md, plan.html, pumps.html, results"
    check.add_argument("--out", type=Path, metavar="DIR", help=files)
    check.add_argument(
        "--format", choices=("text", "json", "sarif", "junit", "md"), default="text", help="of stdout"
    )
    check.add_argument(
        "--fail-on", choices=("critical", "major", "minor", "never"), default="major", help="default major"
    )
    what = "solve a layout, an EPANET input (.inp) or a circuit (.json), write results"
    solve = _command(commands, "solve", _solve, what)
    _takes_layout(solve, climate=True)
    solve.add_argument(
        "--duration",
        metavar="TIME",
        help="of an EPANET input, like 24h, or of a march of a layout, like 60s: results over time",
    )
    _takes_output(solve, "FILE", "results.nc or results.json; .html of a march", required=True)
    plan = _command(commands, "plan", _plan, "draw the floor plan, coloured by results")
    _takes_layout(plan, climate=True)
    _takes_output(plan, "FILE", "plan.html", required=True)
    add_commands(commands, _command, _takes_layout)
    schedule.add_commands(commands, _command, _takes_layout)
    fabric_command.add_commands(commands, _command, _takes_layout)
    climate.add_commands(commands, _command)
    year_command.add_commands(commands, _command, _takes_layout)
    capacity_command.add_commands(commands, _command, _takes_layout)
    exchange.add_commands(commands, _command, _takes_layout)
    add_study(commands, _command)
    new = _command(commands, "new", _new, "write a new layout to start from")
    new.add_argument("kind", choices=tuple(SHIPPED_RACKS))
    new.add_argument(
        "--racks", type=int, metavar="N", help="number of racks; that of the shipped site by default"
    )
    _takes_output(new, "DIR", "folder of the new layout", required=True)
    schema = _command(commands, "schema", _schema, "list, write or compare the USD schema")
    _takes_output(schema, "DIR", "folder to write or compare", required=False)
    schema.add_argument("--check", action="store_true", help="say whether the files are as declared")
    schema.add_argument("--plugin-path", action="store_true", help="folder to name in PXR_PLUGINPATH_NAME")
    explain = _command(commands, "explain", _explain, "say what a rule means, or where a number comes from")
    explain.add_argument("what", nargs="?", metavar="RULE|/PRIM.ATTR", help="all rules when left out")
    explain.add_argument("--layout", metavar="LAYOUT", help="where the prim is")
    _takes_choices(explain, climate=True)
    verify = _command(commands, "verify", _verify, "compare with published numbers")
    verify.add_argument("cases", nargs="*", metavar="CASE", help="all when left out")
    _command(commands, "doctor", _doctor, "say whether this installation can do its work")
    return top


def _command(commands: Any, name: str, run: Command, text: str) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = commands.add_parser(
        name, help=text, description=f"{text[0].upper()}{text[1:]}.", allow_abbrev=False, epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    made.set_defaults(run=run)
    return made


def _takes_layout(command: argparse.ArgumentParser, *, climate: bool = False) -> None:
    command.add_argument("layout", metavar="LAYOUT")
    _takes_choices(command, climate=climate)


def _takes_choices(command: argparse.ArgumentParser, *, climate: bool = False) -> None:
    command.add_argument(
        "--variant", dest="variants", action="append", default=[], metavar="PRIM:SET=SEL",
        help="select a variant, like /World:cooling=air; may be given more than once",
    )  # fmt: skip
    command.add_argument(
        "--set", dest="overrides", action="append", default=[], metavar="PRIM.ATTR=VALUE",
        help="override a value, like /World/Rack_01.twin:rack:itPower=142kW; may be given more than once",
    )  # fmt: skip
    command.add_argument("--scenario", metavar="NAME", help="select a scenario of the layout")
    if climate:
        takes_climate(command)


def _takes_output(command: argparse.ArgumentParser, metavar: str, text: str, *, required: bool) -> None:
    command.add_argument("-o", "--output", type=Path, metavar=metavar, help=text, required=required)
