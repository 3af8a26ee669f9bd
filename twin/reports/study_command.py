"""The command `study`: what it takes, and what it prints.

Commands import what is heavy when they run.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twin.reports.lines import ink_for, telling

if TYPE_CHECKING:
    from twin.studies.study_plan import Plan

OK, FINDINGS = 0, 1
NOT_CONVERGED, STOPPED = 4, 130
ENGINES = ("inprocess", "processes", "dask")
FORMATS = ("text", "json", "md", "junit", "csv")
EXPORTS = (".nc", ".csv", ".parquet", ".html")
Adder = Callable[[Any, str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]


def add_study(commands: Any, command: Adder) -> None:
    """Add the command; arguments as in ``hydraulics.add_commands``."""
    made = command(
        commands, "study", _study, "solve many variants of a layout, resumable, and say which pass"
    )
    made.add_argument("study", metavar="STUDY.toml", help="axes, design, outputs, constraints")
    made.add_argument("-o", "--output", type=Path, metavar="DIR", help="store; STUDY.store by default")
    made.add_argument(
        "--resume", action="store_true", help="go on with a store, or read it if it is complete"
    )
    made.add_argument("--dry-run", action="store_true", help="say how many variants there are, and how long")
    made.add_argument(
        "--search", type=int, metavar="N",
        help="look for the cheapest variant that passes, in N generations, instead of solving a design",
    )  # fmt: skip
    made.add_argument("--engine", choices=ENGINES, default="inprocess", help="where variants are solved")
    made.add_argument(
        "--workers", type=int, default=2, metavar="N", help="processes of the pool, 2 by default"
    )
    made.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster, like tcp://host:8786")
    made.add_argument(
        "--export", type=Path, action="append", default=[], metavar="FILE",
        help="write the variants to a .nc, .csv, .parquet or .html file, too; may be given more than once",
    )  # fmt: skip
    made.add_argument(
        "--require", choices=("any", "all"), default="any",
        help="variants that have to pass for exit code 0, any by default",
    )  # fmt: skip
    made.add_argument("--format", choices=FORMATS, default="text", help="of stdout")


def _study(arguments: argparse.Namespace) -> int:
    from twin.errors import UsageError
    from twin.studies.study_file import read_study
    from twin.studies.study_plan import plan

    if arguments.workers < 1:
        raise UsageError("--workers takes a number from 1")
    if arguments.scheduler and arguments.engine != "dask":
        raise UsageError("--scheduler goes with --engine dask")
    if wrong := [str(file) for file in arguments.export if file.suffix not in EXPORTS]:
        raise UsageError(f"{', '.join(wrong)} does not end in {' or '.join(EXPORTS)}")
    study = read_study(arguments.study)
    with telling(f"reading {study.layout}"):
        planned = plan(study)
    if arguments.dry_run:
        return _dry_run(arguments, planned)
    if arguments.search is not None:
        return _search(arguments, planned)
    return _run(arguments, planned)


def _search(arguments: argparse.Namespace, planned: "Plan") -> int:
    """Look for the cheapest variant that passes; what was looked at is not stored."""
    from dataclasses import replace

    from twin.errors import UsageError
    from twin.reports.study_text import formatted
    from twin.studies.study_search import search
    from twin.studies.study_solve import Solver

    if arguments.search < 1:
        raise UsageError("--search takes a number of generations from 1")
    solver = Solver(planned.study, planned.first.anew, [planned.first])
    with telling("searching"):
        found = search(planned.study, solver.solve, generations=arguments.search)
    looked_at = replace(planned, rows=found.rows)
    print(formatted(looked_at, found.found, {}, arguments.format, ink_for(sys.stdout)), end="")
    return OK if found.best >= 0 else FINDINGS


def _dry_run(arguments: argparse.Namespace, planned: "Plan") -> int:
    """Say how many variants there are, and how long they take, measured on the first block."""
    from twin.reports.study_text import dry_run_text
    from twin.studies.study_solve import Solver

    started = time.perf_counter()
    rows = planned.rows[planned.rows_of(0)]
    with telling("solving one block"):
        Solver(planned.study, planned.first.anew, [planned.first]).solve(rows)
    block_s = time.perf_counter() - started
    workers = 1 if arguments.engine == "inprocess" else arguments.workers
    print(dry_run_text(planned, block_s=block_s, workers=workers), end="")
    return OK


def _run(arguments: argparse.Namespace, planned: "Plan") -> int:
    from twin.reports.files import refuse_target
    from twin.studies.study_engine import run
    from twin.studies.study_store import Store

    folder = arguments.output or Path(f"{Path(arguments.study).stem}.store")
    refuse_target(folder, planned.study.layout)
    store = Store(folder, planned)
    try:
        with store.begun(resume=arguments.resume) as blocks:
            known = planned.blocks - len(blocks)
            if known:
                print(f"twin: {known} of {planned.blocks} blocks are in {folder} already", file=sys.stderr)
            run(
                planned, store, blocks, engine=arguments.engine, workers=arguments.workers,
                scheduler=arguments.scheduler, told=_Progress(),
            )  # fmt: skip
    except KeyboardInterrupt:
        print(f"twin: stopped; what is solved is in {folder}, go on with --resume", file=sys.stderr)
        return STOPPED
    return _answer(arguments, planned, folder)


def _answer(arguments: argparse.Namespace, planned: "Plan", folder: Path) -> int:
    from twin.reports.study_files import export
    from twin.reports.study_text import formatted
    from twin.studies.study_answers import answers, failed
    from twin.studies.study_store import failures_of, open_store

    data = open_store(folder)
    found, reasons = answers(planned.study, data), failures_of(folder)
    for file in arguments.export:
        export(file, planned, data, found, reasons)
    print(formatted(planned, found, reasons, arguments.format, ink_for(sys.stdout)), end="")
    if len(failed(found)) == len(found.status):
        return NOT_CONVERGED
    held = found.passes.all() if arguments.require == "all" else found.passes.any()
    return OK if held else FINDINGS


class _Progress:
    """Says on a terminal how far a study is."""

    def __init__(self) -> None:
        self._started = time.perf_counter()

    def __call__(self, done: int, blocks: int) -> None:
        if sys.stderr.isatty():
            spent = time.perf_counter() - self._started
            left = spent / done * (blocks - done)
            end = "\n" if done == blocks else ""
            print(
                f"\r\x1b[Kblock {done} of {blocks}, {left:.0f} s to go", end=end, file=sys.stderr, flush=True
            )
