"""Pages of the documentation that are written from the declarations: ``python -m twin.reports.docs``."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from twin.checks import declare_rules
from twin.checks.rule import rules
from twin.components import declare_all
from twin.model.component import Component, Param, camel, kinds
from twin.model.finding import SEVERITIES
from twin.model.provenance import STRENGTH
from twin.reports.numbers import number, unit_text
from twin.reports.wave_page import waves_page
from twin.reports.weather_page import weather_page
from twin.units import SUFFIXES, canonical, display_unit, from_si, kind_of, pretty

_HEAD = "<!-- Written by `python -m twin.reports.docs`; do not edit. -->\n"
_GROUPS = {
    "facility": "figures of the whole facility, and what belongs to no other group",
    "rack": "racks of any kind",
    "cdu": "coolant distribution units",
    "loop": "closed loops of fluid, each by its expansion vessel",
    "pipe": "pipes, hoses, manifolds and flanges",
    "valve": "valves and strainers",
    "node": "points of a water network: junctions, reservoirs and tanks",
    "busway": "busways",
    "converter": "uninterruptible supplies, transformers and power shelves",
    "air_handler": "fan walls, computer-room air handlers, rear doors and tiles",
    "cable": "power cables, whips and fabric cables",
    "surge": "events followed in time: extremes, bounds, and how they were computed",
    "zone": "rooms and aisles",
    "network": "switches, optics and trays",
    "plant": "heat rejection, chillers, pumps, switchboards, supplies and controls",
}
_EVIDENCE = {
    "assumption": "ours or the author's, to be confirmed",
    "derived": "computed from values with a source",
    "given": "written by an engineer without naming a source",
    "datasheet": "the maker's own document",
    "standard": "a standard, code or guideline",
}


def pages() -> Mapping[str, str]:
    """Return the text of each page by its name in ``docs/``."""
    declare_all()
    declare_rules()
    return {
        "nomenclature.md": nomenclature(),
        "rules.md": rules_page(),
        "waves.md": _HEAD + "\n" + waves_page(),
        "weather.md": _HEAD + "\n" + weather_page(),
    }


def nomenclature() -> str:
    """Return the page of names: suffixes, groups, kinds with their attributes and results."""
    parts = [
        _HEAD,
        "# Nomenclature\n",
        "A number's name ends in its SI unit; attributes on the stage carry the trade's unit instead. "
        "Both come from one declaration.\n",
        "## Suffixes\n",
        *_table(("suffix", "measures", "SI", "shown in"), _suffixes()),
        "## Evidence\n",
        "From weakest to strongest; a finding carries the class of its weakest input.\n",
        *_table(("class", "means"), [(name, _EVIDENCE[name]) for name in STRENGTH if name]),
        "## Groups of the results\n",
        "The list is closed. Dimensions are `variant` and the part; the prim path is the coordinate.\n",
        *_table(("group", "holds", "kinds"), _groups()),
        "## Kinds\n",
        *(line for name in sorted(kinds()) for line in _kind(kinds()[name])),
    ]
    return "\n".join(parts).rstrip() + "\n"


def _suffixes() -> Iterator[tuple[str, ...]]:
    for suffix in sorted(SUFFIXES, key=lambda s: (kind_of(f"x_{s}"), s)):
        name = f"x_{suffix}"
        yield f"`_{suffix}`", kind_of(name), SUFFIXES[suffix] or "1", pretty(display_unit(name)) or "1"


def _groups() -> Iterator[tuple[str, ...]]:
    of_group: dict[str, list[str]] = {name: [] for name in _GROUPS}
    for name, kind in sorted(kinds().items()):
        of_group[kind.group].append(f"`{name}`")
    for group, held in _GROUPS.items():
        yield f"`/{group}`", held, ", ".join(of_group[group])


def _kind(kind: type[Component]) -> Iterator[str]:
    summary = " ".join((kind.__doc__ or "").strip().split("\n\n")[0].split())
    yield f"### {kind.label} (`{kind.kind}`)\n"
    yield f"{summary}\n"
    yield f"Group `/{kind.group}`. Rests on: {kind.source}.\n"
    if kind.params:
        yield from _table(("attribute", "name", "unit", "doc"), [_param(kind, p) for p in kind.params])
    if kind.ports:
        ports = [
            (f"`{p.name}`", p.domain, " ".join(t for t in (p.system, p.direction, p.end) if t), p.doc)
            for p in kind.ports
        ]
        yield from _table(("port", "domain", "is", "doc"), ports)
    if kind.outputs:
        shown = [(f"`{o.name}`", pretty(display_unit(o.name)) or "1", o.doc) for o in kind.outputs]
        yield from _table(("result", "shown in", "doc"), shown)


def _param(kind: type[Component], param: Param) -> tuple[str, ...]:
    unit = ", ".join(param.tokens)
    if param.form == "number":
        unit = pretty(canonical(param.unit)) or "1"
    elif param.form == "curve":
        unit = f"{pretty(canonical(param.unit)) or '1'} over {pretty(canonical(param.x_unit)) or '1'}"
    attribute = f"`twin:{camel(kind.kind)}:{param.attribute}`"
    return attribute, f"`{param.name}`", unit or param.form, param.doc + _need(param)


def _need(param: Param) -> str:
    """Return what holds where the attribute is not authored, "" where it has to be."""
    if param.required:
        return ""
    if param.default is None:
        return " Optional."
    if isinstance(param.default, str):
        return f" Default {param.default}."
    shown = number(float(from_si(param.default, param.unit, param.name)))
    source = f" ({param.source})" if param.source not in {"", "none"} else ""
    return f" Default {shown}{unit_text(param.unit)}{source}."


def rules_page() -> str:
    """Return the page of rules: those of the checks, then the codes of the stage."""
    from twin.stage.rules import RULES

    order = {severity: at for at, severity in enumerate(SEVERITIES)}
    parts = [_HEAD, "# Rules\n", "`twin explain CODE` shows one of them.\n", "## Checks\n"]
    for code, (rule, _) in sorted(rules().items()):
        parts += [
            f"### {code} {rule.title}\n",
            f"*{rule.severity}*; {'every case' if rule.cases == 'all' else 'normal operation only'}"
            f"{f'; heat to {rule.capture}' if rule.capture else ''}\n",
            f"- Value: {rule.formula} [{pretty(canonical(rule.unit)) or '1'}]",
            f"- Limit: {rule.source}",
            f"- Remedy: {rule.remedy}\n",
        ]
    counts = [rule.severity for rule, _ in rules().values()]
    listed = ", ".join(f"{counts.count(s)} {s}" for s in sorted(set(counts), key=order.__getitem__))
    parts += [f"{len(counts)} rules{f': {listed}' if listed else ''}.\n", "## Stage\n"]
    parts += _table(
        ("code", "severity", "what", "means", "remedy"),
        [(code, r.severity, r.title, r.means, r.mend) for code, r in sorted(RULES.items())],
    )
    return "\n".join(parts).rstrip() + "\n"


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return [*(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines), ""]


def write(target: Path) -> list[Path]:
    """Write the pages into a folder and return the files."""
    target.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (target / name).write_text(text, encoding="utf-8")
    return [target / name for name in pages()]


if __name__ == "__main__":
    print(*write(Path("docs")), sep="\n")
