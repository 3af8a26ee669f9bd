"""Reads a study file: every fault at once, each with its line."""

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from twin.checks import declare_rules
from twin.checks.rule import rules
from twin.errors import InputError, UnitError
from twin.model.finding import Fault
from twin.studies.study_axes import Axis, Bound, Output, Study
from twin.studies.study_axis_file import axis_of
from twin.studies.study_design import METHODS, SAMPLED
from twin.studies.study_noted import Lines, Noted
from twin.studies.study_terms import Term
from twin.units import check_unit, display_unit, parse, suffix_of, to_si

SCHEMA = "twin-study/1"
_TOP = (
    "schema", "layout", "seed", "block", "cases", "design", "filters", "axes", "outputs", "constraints",
    "cost", "objectives",
)  # fmt: skip
_DESIGN, _CONSTRAINTS = ("method", "count"), ("fail_on", "rules", "limits")
_OUTPUT = re.compile(
    r"(?:(?P<reduce>max|min|sum|mean)\s+)?(?P<group>[a-z_]+)(?P<prim>/[\w/]+)?\.(?P<variable>\w+)"
)
_BOUND = re.compile(r"(?P<side><=|>=)\s*(?P<value>.+)")
LARGEST_BLOCK, LARGEST_COUNT = 4096, 10_000_000
FAIL_ON = ("critical", "major", "minor")
ALWAYS = ("cost", "worst_margin")
# What the store and expressions use names for.
TAKEN = frozenset({
    *ALWAYS, "variant", "rule", "status", "margin", "closeness_ratio", "broken_count", "unsolved_count",
    "passes", "binding", "pareto", "abs", "min", "max", "and", "or", "not",
})  # fmt: skip


def read_study(file: str | Path) -> Study:
    """Return the study that a TOML file describes.

    Raises:
        InputError: The file is refused; carries every fault with its line.
    """
    path = Path(file)
    try:
        text = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as reason:
        why = getattr(reason, "strerror", None) or "is no UTF-8 text"
        raise _unread(str(file), 1, why) from None
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as reason:
        line = re.search(r"line (\d+)", str(reason))
        raise _unread(path.name, int(line[1]) if line else text.count("\n") + 1, str(reason)) from None
    return study_of(said, name=path.name, text=text, folder=path.parent)


def study_of(
    said: Mapping[str, Any], *, name: str = "study", text: str = "", folder: Path | None = None
) -> Study:
    """Return the study that a mapping of the form of a study file describes.

    Args:
        said: What the file says.
        name: Name of the file, for faults.
        text: Its text, for lines and its hash.
        folder: Where it lies: a layout of that name beside it is meant.

    Raises:
        InputError: It is refused; carries every fault.
    """
    noted = Noted(name, Lines(text))
    _known(noted, said, "", _TOP)
    if said.get("schema", SCHEMA) != SCHEMA:
        noted.add("ST241", "", "schema", f"'{said['schema']}'", f"schema = '{SCHEMA}'")
    axes = tuple(_axes(noted, said))
    outputs = tuple(_outputs(noted, said))
    design, limits = _table(noted, said, "design"), _table(noted, said, "constraints")
    _known(noted, design, "design", _DESIGN)
    _known(noted, limits, "constraints", _CONSTRAINTS)
    method = _choice(noted, design, "design", "method", METHODS, "factorial")
    study = Study(
        layout=_layout(noted, said, folder), axes=axes, method=method,
        count=_count(noted, design, "design", "count", 0, LARGEST_COUNT),
        seed=_count(noted, said, "", "seed", 0, 2**63 - 1),
        block=_count(noted, said, "", "block", 64, LARGEST_BLOCK),
        cases=_choice(noted, said, "", "cases", ("normal", "all"), "normal"),  # type: ignore[arg-type]
        filters=_texts(noted, said, "", "filters"), outputs=outputs,
        fail_on=_choice(noted, limits, "constraints", "fail_on", FAIL_ON, "major"),
        rules=_texts(noted, limits, "constraints", "rules"), bounds=tuple(_bounds(noted, limits, outputs)),
        cost=str(said.get("cost", "")), objectives=_table(noted, said, "objectives"),
        file=name,
    )  # fmt: skip
    study = replace(study, digest=_digest(study, str(said.get("layout"))))
    _whole(noted, study)
    noted.refuse()
    return study


def _digest(study: Study, layout: str) -> str:
    """Return the hash of all that decides what is solved; what is asked of the results may change."""
    solved = (
        layout, [replace(axis, line=0) for axis in study.axes], study.method, study.count, study.seed,
        study.block, study.cases, study.filters, [replace(output, line=0) for output in study.outputs],
    )  # fmt: skip
    return hashlib.sha256(repr(solved).encode()).hexdigest()


def _unread(file: str, line: int, why: str) -> InputError:
    fault = Fault(
        code="ST240", prim="", attribute="", where=f"{file}:{line}", found=why, expected="a study in TOML"
    )
    return InputError([fault])


def _known(noted: Noted, table: Mapping[str, Any], name: str, keys: tuple[str, ...]) -> None:
    for key in table:
        if key not in keys:
            noted.add("ST241", name, str(key), f"'{key}'", f"one of {', '.join(keys)}")


def _table(noted: Noted, said: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    table = said.get(key, {})
    if isinstance(table, dict):
        return table
    noted.add("ST241", "", key, f"{table!r}", f"a table [{key}]")
    return {}


def _choice(  # noqa: PLR0917
    noted: Noted, table: Mapping[str, Any], name: str, key: str, among: tuple[str, ...], usual: str
) -> str:
    found = table.get(key, usual)
    if found not in among:
        noted.add("ST241", name, key, f"{found!r}", f"one of {', '.join(among)}")
        return usual
    return str(found)


def _count(  # noqa: PLR0917
    noted: Noted, table: Mapping[str, Any], name: str, key: str, usual: int, most: int
) -> int:
    found = table.get(key, usual)
    least = 1 if key == "block" else 0
    if not isinstance(found, int) or isinstance(found, bool) or not least <= found <= most:
        noted.add("ST241", name, key, f"{found!r}", f"a whole number from {least} to {most}")
        return usual
    return found


def _texts(noted: Noted, table: Mapping[str, Any], name: str, key: str) -> tuple[str, ...]:
    found = table.get(key, [])
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        noted.add("ST241", name, key, f"{found!r}", "a list of texts")
        return ()
    return tuple(found)


def _layout(noted: Noted, said: Mapping[str, Any], folder: Path | None) -> str:
    found = said.get("layout")
    if not isinstance(found, str) or not found:
        noted.add(
            "ST241", "", "layout", f"{found!r}" if found else "no layout", "layout = 'FILE, FOLDER or NAME'"
        )
        return ""
    beside = folder / found if folder is not None else None
    return str(beside) if beside is not None and beside.exists() else found


def _axes(noted: Noted, said: Mapping[str, Any]) -> Iterator[Axis]:
    for name, table in _table(noted, said, "axes").items():
        if not str(name).isidentifier() or name in TAKEN:
            noted.add("ST241", f"axes.{name}", "", f"axis '{name}'", "a name of letters, digits and _")
        elif not isinstance(table, dict):
            noted.add("ST241", "axes", name, f"{table!r}", f"a table [axes.{name}]")
        elif (axis := axis_of(noted, name, table)) is not None:
            yield axis


def _outputs(noted: Noted, said: Mapping[str, Any]) -> Iterator[Output]:
    for name, text in _table(noted, said, "outputs").items():
        match = _OUTPUT.fullmatch(text.strip()) if isinstance(text, str) else None
        if match is None or not str(name).isidentifier() or name in TAKEN:
            noted.add(
                "ST246", "outputs", name, f"{text!r}",
                "a text like 'facility.pue_design_ratio', 'max rack.outlet_k' or 'rack/World/R1.outlet_k'",
            )  # fmt: skip
            continue
        try:
            suffix_of(match["variable"])
        except UnitError as reason:
            noted.add("ST246", "outputs", name, f"{text!r}", str(reason))
            continue
        yield Output(
            name=name, group=match["group"], variable=match["variable"], prim=match["prim"] or "",
            reduce=match["reduce"] or "max", line=noted.lines.of("outputs", name),  # type: ignore[arg-type]
        )  # fmt: skip


def _bounds(noted: Noted, limits: Mapping[str, Any], outputs: tuple[Output, ...]) -> Iterator[Bound]:
    known = {output.name: output for output in outputs}
    for name, said in _table(noted, limits, "limits").items():
        table = "constraints.limits"
        if name not in known:
            noted.add("ST247", table, name, f"'{name}'", f"one of the outputs {', '.join(known) or '(none)'}")
            continue
        for text in said if isinstance(said, list) else [said]:
            match = _BOUND.fullmatch(text.strip()) if isinstance(text, str) else None
            if match is None:
                noted.add("ST247", table, name, f"{text!r}", "a limit like '<= 1.25' or '>= 5 kPa'")
                continue
            variable = known[name].variable
            try:
                number, unit = parse(match["value"])
                unit = check_unit(unit or display_unit(variable), variable)
                limit = float(to_si(number, unit, variable))
            except UnitError as reason:
                noted.add("ST243", table, name, f"{text!r}", str(reason))
                continue
            yield Bound(
                output=name, side="most" if match["side"] == "<=" else "least", limit=limit, text=text
            )


def _whole(noted: Noted, study: Study) -> None:
    """Note what only the whole study shows."""
    columns = {axis.name for axis in study.axes}
    results = {output.name for output in study.outputs}
    for name in columns & results:
        noted.add("ST241", "outputs", name, f"'{name}' is an axis, too", "a name of its own")
    _terms(noted, study, columns, results)
    declare_rules()
    for name in study.rules:
        if name not in rules():
            noted.add("ST247", "constraints", "rules", f"'{name}'", "a rule of `twin explain`")
    for output in results:
        own = [bound for bound in study.bounds if bound.output == output]
        most = min((b.limit for b in own if b.side == "most"), default=float("inf"))
        if any(b.limit > most for b in own if b.side == "least"):
            noted.add(
                "ST247", "constraints.limits", output, " and ".join(b.text for b in own),
                "limits that a variant can keep both",
            )  # fmt: skip
    for name, aim in study.objectives.items():
        if name not in results | set(ALWAYS) or aim not in {"min", "max"}:
            noted.add(
                "ST241", "objectives", name, f"{name} = {aim!r}",
                f"'min' or 'max' of {', '.join(sorted(results | set(ALWAYS)))}",
            )  # fmt: skip
    if "cost" in study.objectives and not study.cost:
        noted.add("ST241", "objectives", "cost", "no cost", "cost = 'an expression of axes and outputs'")
    seen: dict[str, Axis] = {}
    for axis in study.axes:
        for target in axis.targets:
            if (first := seen.setdefault(target, axis)) is not axis or axis.targets.count(target) > 1:
                said = f"{target}, set by {first.name} too"
                noted.at("ST248", axis.line, f"axes.{axis.name}", said, "once")
    _possible(noted, study)


def _terms(noted: Noted, study: Study, columns: set[str], results: set[str]) -> None:
    for text in study.filters:
        try:
            Term(text, columns)
        except ValueError as reason:
            noted.add("ST245", "", "filters", f"'{text}'", str(reason))
    if study.cost:
        try:
            Term(study.cost, columns | results)
        except ValueError as reason:
            noted.add("ST245", "", "cost", f"'{study.cost}'", str(reason))


def _possible(noted: Noted, study: Study) -> None:
    """Note a design that its method cannot make."""
    if not study.axes and not noted.faults:
        noted.add("ST244", "", "axes", "no axis", "at least one table [axes.NAME]")
    if study.method in SAMPLED and not study.count and study.axes:
        noted.add("ST252", "design", "count", f"method {study.method} without count", "count = N")
    for axis in study.axes:
        if study.method in {"factorial", "lists", "one_at_a_time"} and axis.is_range and axis.steps < 2:
            noted.at("ST252", axis.line, f"axes.{axis.name}", "a range without steps", "steps = 2 or more")
        if study.method in {"morris", "saltelli"} and not axis.is_range:
            noted.at("ST252", axis.line, f"axes.{axis.name}", "values", f"a range, as {study.method} needs")
    if study.method == "lists" and len({len(a.levels) or a.steps for a in study.axes}) > 1:
        noted.add("ST252", "design", "method", "lists of different length", "as many values on every axis")
