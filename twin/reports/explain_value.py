"""Where one number comes from: the opinion that gives it, those it overrides, or the solved element."""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from twin.errors import ConvergenceError, UsageError
from twin.model.component import Output, Param, camel, kinds
from twin.model.facility import Facility, Table
from twin.model.provenance import NOT_GIVEN, Opinion
from twin.reports.layer import told_apart
from twin.reports.lines import WIDTH, Ink, columns, fit, wrapped
from twin.reports.numbers import number, unit_text
from twin.reports.places import Place, Places
from twin.units import attribute_of, canonical, display_unit, from_si, unit_of

if TYPE_CHECKING:
    from twin.model.design_days import SiteClimate
    from twin.walk import Outcome

RESULT = "twin:result:"
_HEAD = 12
UNKNOWN = "not established"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One opinion on an attribute.

    Attributes:
        place: Where it stands.
        value: As written.
        unit: Unit written beside it, "" for the declared one.
    """

    place: Place
    value: str
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part, and which of its numbers was asked for."""

    table: Table
    row: int
    asked: Param | Output

    @property
    def path(self) -> str:
        """Return the prim path."""
        return self.table.paths[self.row]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Known:
    """What an explanation draws on.

    Attributes:
        facility: What is built.
        outcome: What was solved, None when there is no solution.
        places: Finds file and line.
        ink: Colours.
    """

    facility: Facility
    outcome: "Outcome | None" = None
    places: Places = field(default_factory=Places)
    ink: Ink = field(default_factory=Ink)


def explain_target(
    target: str,
    layout: str,
    *,
    variants: Sequence[str] = (),
    overrides: Sequence[str] = (),
    scenario: str | None = None,
    climate: "SiteClimate | None" = None,
    ink: Ink | None = None,
) -> str:
    """Return where the number ``/Prim.attribute`` of a layout comes from, as a page.

    Raises:
        UsageError: The layout has no such prim or attribute.
        InputError: The layout is refused.
        ConvergenceError: A result was asked for and there is none.
    """
    from twin.stage.read import read
    from twin.walk import walk

    outcome: Outcome | None = None
    failed: ConvergenceError | None = None
    try:
        outcome = walk(layout, variants=variants, overrides=overrides, scenario=scenario, climate=climate)
        facility = outcome.facility
    except ConvergenceError as reason:
        failed = reason
        facility = read(
            layout, variants=variants, overrides=overrides, scenario=scenario, climate=climate
        ).facility
    known = Known(
        facility=facility, outcome=outcome, places=Places(facility.opinions), ink=ink or Ink()
    )  # fmt: skip
    part = find(facility, target)
    if isinstance(part.asked, Param):
        name = f"twin:{camel(part.table.kind)}:{part.asked.attribute}"
        stack = written(
            layout,
            part.path,
            name,
            variants=variants,
            overrides=overrides,
            scenario=scenario,
            climate=climate,
        )
        return explain_input(known, part, part.asked, stack)
    if failed is not None:
        raise failed
    return explain_result(known, part, part.asked)


def find(facility: Facility, target: str) -> Part:
    """Return the part and the parameter or result that a target names.

    Raises:
        UsageError: There is none.
    """
    prim, dot, name = target.partition(".")
    if not dot:
        raise UsageError(f"'{target}' names no attribute; write it like /World/Rack_01.twin:rack:itPower")
    for table in facility.tables.values():
        if prim in table.paths:
            return _named(table, table.paths.index(prim), name)
    known = [path for table in facility.tables.values() for path in table.paths]
    raise UsageError(f"there is no part {prim}{_instead(prim, known)}")


def _named(table: Table, row: int, name: str) -> Part:
    kind = kinds()[table.kind]
    shown = told_apart([o.name for o in kind.outputs])
    outputs = {o.name: o for o in kind.outputs}
    outputs |= {RESULT + attribute_of(shown[o.name]): o for o in kind.outputs}
    attributes = {f"twin:{camel(kind.kind)}:{p.attribute}": p for p in kind.params}
    if name in attributes:
        return Part(table=table, row=row, asked=attributes[name])
    if name in outputs:
        return Part(table=table, row=row, asked=outputs[name])
    params = {p.name: p for p in kind.params} | {p.attribute: p for p in kind.params}
    if name in params:
        return Part(table=table, row=row, asked=params[name])
    known = [*attributes, *(o.name for o in kind.outputs)]
    raise UsageError(f"{table.paths[row]} has no {name}{_instead(name, known)}")


def written(
    layout: str,
    prim: str,
    name: str,
    *,
    variants: Sequence[str] = (),
    overrides: Sequence[str] = (),
    scenario: str | None = None,
    climate: "SiteClimate | None" = None,
) -> list[Written]:
    """Return every opinion on an attribute of a prim, strongest first."""
    from twin.stage.faults import spot_of
    from twin.stage.locate import locate
    from twin.stage.open import open_stage
    from twin.stage.opinion import has_value, own_unit

    opened = open_stage(layout, variants=variants, overrides=overrides, scenario=scenario, climate=climate)
    found = []
    attribute = opened.stage.GetPrimAtPath(prim).GetAttribute(name)
    for spec in attribute.GetPropertyStack() if attribute else ():
        if has_value(spec):
            spot = spot_of(spec)
            file, _, line = locate(spot.layer, spot.spec, base=opened.folder).rpartition(":")
            layer = spot.layer.rpartition(":")[2]  # of one in memory, its tag
            place = Place(file, int(line), spot.spec) if line.isdecimal() else Place(layer, 0, spot.spec)
            value = spec.default
            shown = number(value, 9) if isinstance(value, float) else str(value)
            found.append(Written(place=place, value=shown, unit=own_unit(spec)))
    return found


def explain_input(known: Known, part: Part, param: Param, stack: Sequence[Written]) -> str:
    """Return where a parameter of a part comes from, as a page."""
    table, ink = part.table, known.ink
    lines = _title(part, f"twin:{camel(table.kind)}:{param.attribute}", param.doc, ink)
    lines += _fact("Value", _shown_value(part, param), ink)
    opinion = _opinion_of(known.facility, table, param.name, part.row)
    if opinion is None:
        lines += _fact("Written", "nowhere, and it has no default", ink)
    else:
        said = f"{stack[0].value}{_as_written(stack[0], param)}" if stack else ""
        default = opinion.layer == "default"
        place = "default of the kind" if default else str(known.places.opinion(opinion))
        lines += _fact("Written", f"{place}  {said}".rstrip(), ink)
        lines += _fact("Evidence", " · ".join(t for t in (opinion.evidence, opinion.source) if t), ink)
    for weaker in stack[1:]:
        lines += _fact("Overrides", f"{weaker.place}  {weaker.value}{_as_written(weaker, param)}", ink)
    lines += _limits(param, ink)
    lines += _rules(known, table.kind, param.name)
    return "\n".join(lines) + "\n"


def _as_written(said: Written, param: Param) -> str:
    return unit_text(said.unit or param.unit) if param.form == "number" else ""


def _shown_value(part: Part, param: Param) -> str:
    table, row = part.table, part.row
    if param.name in table.numbers:
        values = np.unique(table.numbers[param.name][row])
        return ", ".join(_both(float(v), param.name, canonical(param.unit)) for v in values)
    if param.name in table.curves:
        points = table.curves[param.name][row]
        points = points[np.isfinite(points).all(axis=1)]
        x = from_si(points[:, 0], param.x_unit, param.x_name)
        y = from_si(points[:, 1], param.unit, param.name)
        pairs = ", ".join(f"({number(float(a))}, {number(float(b))})" for a, b in zip(x, y, strict=True))
        return f"{pairs or 'no points'} [{param.x_unit}; {param.unit}]"
    words = table.words.get(param.name)
    return (words[row] if words else "") or "not given"


def _both(value: float, name: str, unit: str) -> str:
    """Return a number in the unit people write and in SI."""
    if not np.isfinite(value):
        return "not given"
    shown = f"{number(float(from_si(value, unit, name)), 6)}{unit_text(unit)}"
    si = unit_of(name)
    return f"{shown} ({name} = {value:.9g}{f' {si}' if si else ''})"


def _limits(param: Param, ink: Ink) -> list[str]:
    unit = unit_text(param.unit) if param.form in {"number", "curve"} else ""
    spans = [
        f"{word} {_end(low)} to {_end(high)}{unit}"
        for word, (low, high) in (("possible", param.hard), ("usual", param.soft))
        if low is not None or high is not None
    ]
    if param.tokens:
        spans = [f"one of {', '.join(param.tokens)}"]
    return _fact("Range", "; ".join(spans), ink) if spans else []


def _end(bound: float | None) -> str:
    return "…" if bound is None else number(bound)


def explain_result(known: Known, part: Part, output: Output) -> str:
    """Return what a result of a part is in every case, and what it is made from, as a page."""
    outcome, table, ink = known.outcome, part.table, known.ink
    if outcome is None:
        raise ConvergenceError("the layout has no solution")
    kind = kinds()[table.kind]
    lines = _title(part, output.name, output.doc, ink)
    data = outcome.tree[kind.group].to_dataset()
    values = data[output.name].sel({kind.group: part.path}).values
    unit = canonical(display_unit(output.name))
    rows = [
        (
            fit(_case_name(outcome, i), 50),
            f"{number(float(v), 6)}{unit_text(unit)}" if np.isfinite(v) else UNKNOWN,
        )
        for i, v in enumerate(from_si(values, unit, output.name))
    ]
    for i, line in enumerate(columns(rows, right=(1,))):
        lines.append(f"{ink('dim', 'Value'.ljust(_HEAD)) if i == 0 else ' ' * _HEAD}{line}")
    many = "" if output.reduce == "first" else f", {output.reduce} over its elements"
    lines += _fact("Formula", f"{output.field} of the element '{output.role}'{many}", ink)
    if doc := _element_doc(outcome, table.kind, output.role):
        lines += _fact("Element", doc, ink)
    lines += _fact("Model", kind.source, ink)
    lines += _fact("Stored as", f"/{kind.group}/{output.name} in the results", ink)
    lines += list(_inputs(known, part))
    lines += _rules(known, table.kind, output.name)
    return "\n".join(lines) + "\n"


def _case_name(outcome: "Outcome", at: int) -> str:
    case = outcome.facility.cases[at]
    both = len({c.capture for c in outcome.facility.cases}) > 1
    return f"{case.name}, heat to {case.capture}" if both else case.name


def _element_doc(outcome: "Outcome", kind: str, role: str) -> str:
    """Return in a sentence what the element behind a result is."""
    for owner, block in outcome.solution.network.assembly.blocks:
        if owner == kind and block.role == role:
            doc = (type(block).__doc__ or "").partition("\n")[0].replace("``", "")
            return f"{type(block).__name__}: {doc}"
    return ""


def _inputs(known: Known, part: Part) -> Iterator[str]:
    rows, ink = [], known.ink
    for param in kinds()[part.table.kind].params:
        opinion = _opinion_of(known.facility, part.table, param.name, part.row)
        if param.form != "number" or opinion is None:
            continue
        value = float(part.table.numbers[param.name][part.row, 0])
        unit = canonical(param.unit)
        shown = f"{number(float(from_si(value, unit, param.name)), 6)}{unit_text(unit)}"
        place = "default" if opinion.layer == "default" else str(known.places.opinion(opinion))
        rows.append((param.name, shown, opinion.evidence, fit(place, 50)))
    for i, line in enumerate(columns(rows, right=(1,))):
        yield fit(f"{ink('dim', 'Inputs'.ljust(_HEAD)) if i == 0 else ' ' * _HEAD}{line}", WIDTH + 8 * ink.on)


def _opinion_of(facility: Facility, table: Table, name: str, row: int) -> Opinion | None:
    column = table.opinion.get(name)
    if column is None or column[row] == NOT_GIVEN:
        return None
    return facility.opinions[int(column[row])]


def _rules(known: Known, kind: str, name: str) -> list[str]:
    outcome, ink = known.outcome, known.ink
    if outcome is None:
        return _fact("Used by", "not known: the layout has no solution", ink)
    used = {
        m.rule.id: m.rule.title
        for m in outcome.margins
        if m.kind == kind and (name in m.measure.inputs or name == m.measure.name)
    }
    lines: list[str] = []
    for code, title in sorted(used.items()):
        lines += _fact("Used by" if not lines else "", f"{code} {title}", ink)
    return lines or _fact("Used by", "no rule looks at it directly", ink)


def _title(part: Part, name: str, doc: str, ink: Ink) -> list[str]:
    return [ink("bold", fit(f"{part.path}.{name}", WIDTH)), *wrapped(doc, indent="  "), ""]


def _fact(name: str, text: str, ink: Ink) -> list[str]:
    first, *rest = wrapped(text or "–", indent=" " * _HEAD)
    return [f"{ink('dim', f'{name:<{_HEAD}}')}{first[_HEAD:]}", *rest]


def _instead(word: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(word, known, n=3, cutoff=0.5)
    return f"; did you mean {' or '.join(near)}?" if near else ""
