"""One axis of a study file."""

from collections.abc import Mapping
from typing import Any

from twin.errors import UnitError, UsageError
from twin.stage.declared import declared
from twin.stage.session import parse_choice, parse_override
from twin.studies.study_axes import Axis, AxisKind
from twin.studies.study_noted import Noted
from twin.units import affine, check_unit, display_unit, parse

KINDS: tuple[AxisKind, ...] = ("attribute", "variant", "scenario", "load")
KEYS = (*KINDS, "values", "range", "steps", "distribution", "mode", "mean", "deviation")
DISTRIBUTIONS = ("uniform", "normal", "triangular")
# What a load axis multiplies: a rack draws something, and no more than half as much again as its rating.
LOAD, LOAD_NAME, MOST_LOAD = "it", "load_ratio", 1.5


def axis_of(noted: Noted, name: str, table: Mapping[str, Any]) -> Axis | None:
    """Return one axis, None where its faults were noted."""
    where, before = f"axes.{name}", len(noted.faults)
    for key in table:
        if key not in KEYS:
            noted.add("ST241", where, key, f"'{key}'", f"one of {', '.join(KEYS)}")
    chosen = [kind for kind in KINDS if kind in table]
    if len(chosen) != 1:
        noted.add("ST241", where, "", ", ".join(chosen) or "no target", f"one of {', '.join(KINDS)}")
        return None
    kind = chosen[0]
    targets = _targets(noted, where, kind, table[kind])
    has = "values" in table, "range" in table
    if sum(has) != 1:
        noted.add("ST241", where, "", "both" if all(has) else "neither", "either values or a range")
    elif kind in {"variant", "scenario"} and has[1]:
        noted.add("ST252", where, "range", "a range of selections", "values = ['one', 'another']")
    if len(noted.faults) > before:
        return None
    made = _words(noted, where, kind, targets, table) if _is_words(kind, targets) else None
    made = made or _numbers(noted, where, kind, targets, table)
    if len(noted.faults) > before or made is None:
        return None
    return Axis(name=name, kind=kind, targets=targets, line=noted.lines.of(where), **made)


def _targets(noted: Noted, where: str, kind: AxisKind, said: Any) -> tuple[str, ...]:
    """Return what an axis sets or selects."""
    if kind == "scenario":
        if said is not True:
            noted.add("ST241", where, kind, f"{said!r}", "scenario = true")
        return ()
    if kind == "load":
        if said != LOAD:
            noted.add("ST241", where, kind, f"{said!r}", f"load = '{LOAD}'")
        return ()
    texts = said if isinstance(said, list) else [said]
    if not texts or not all(isinstance(text, str) for text in texts):
        noted.add("ST241", where, kind, f"{said!r}", "a text, or a list of texts")
        return ()
    for text in texts:
        try:
            _target(kind, text)
        except UsageError as reason:
            noted.add("ST242", where, kind, f"'{text}'", str(reason))
    return tuple(texts)


def _target(kind: AxisKind, text: str) -> None:
    """Refuse a target that is not written as one.

    Raises:
        UsageError: The text is not of the form, or no such attribute is declared.
    """
    if kind == "variant":
        parse_choice(f"{text}=any")
        return
    attribute = parse_override(f"{text}=0").attribute
    prop = declared().get(attribute)
    if prop is None or prop.type == "rel" or prop.param is None:
        raise UsageError(f"there is no attribute {attribute}; `twin schema` lists all")


def _is_words(kind: AxisKind, targets: tuple[str, ...]) -> bool:
    if kind in {"variant", "scenario"}:
        return True
    return kind == "attribute" and any(declared()[_attribute(text)].type != "double" for text in targets)


def _attribute(target: str) -> str:
    return target.partition(".")[2]


def _words(
    noted: Noted, where: str, kind: AxisKind, targets: tuple[str, ...], table: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Return the levels of an axis of words, curves or truth values."""
    said = table.get("values", [])
    if not isinstance(said, list) or not said:
        noted.add("ST243", where, "values" if "values" in table else "range", f"{said!r}", "a list of values")
        return None
    levels = tuple(str(each).lower() if isinstance(each, bool) else str(each) for each in said)
    if len(set(levels)) < len(levels):
        noted.add("ST243", where, "values", f"{said!r}", "each value once")
    if kind == "attribute":
        for text in targets:
            prop = declared()[_attribute(text)]
            for level in levels:
                if prop.tokens and level not in prop.tokens:
                    noted.add("ST243", where, "values", f"'{level}'", f"one of {', '.join(prop.tokens)}")
    return {"levels": levels}


def _numbers(
    noted: Noted, where: str, kind: AxisKind, targets: tuple[str, ...], table: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Return the levels or the range of an axis of numbers, in one unit."""
    names = [LOAD_NAME] if kind == "load" else [_name(text) for text in targets]
    key = "values" if "values" in table else "range"
    said = table[key]
    if not isinstance(said, list) or not said or (key == "range" and len(said) != 2):
        noted.add("ST243", where, key, f"{said!r}", "[LOW, HIGH]" if key == "range" else "a list of values")
        return None
    found = [_number(noted, where, key, each, names) for each in said]
    more = {k: _number(noted, where, k, table[k], names) for k in ("mode", "mean") if k in table}
    if any(each is None for each in (*found, *more.values())):
        return None
    usual = display_unit(names[0]) if kind == "load" else declared()[_attribute(targets[0])].unit
    unit = next((each[1] for each in found if each and each[1]), usual)
    numbers = [_in(each, usual, unit, names[0]) for each in found if each]
    if kind == "load" and not all(0.0 < x <= MOST_LOAD for x in numbers):
        noted.add("ST243", where, key, f"{said!r}", f"ratios above 0, at most {MOST_LOAD}")
    if key == "values":
        if len(set(numbers)) < len(numbers):
            noted.add("ST243", where, key, f"{said!r}", "each value once")
        return {"levels": tuple(str(x) for x in said), "numbers": tuple(numbers), "unit": unit}
    if not numbers[0] < numbers[1]:
        noted.add("ST243", where, key, f"{said!r}", "a lower end below the upper one")
    middle = next((_in(each, usual, unit, names[0]) for each in more.values() if each), float("nan"))
    return {
        "low": numbers[0], "high": numbers[1], "unit": unit, "steps": _steps(noted, where, table),
        **_spread(noted, where, table, middle, unit, names[0]),
    }  # fmt: skip


def _name(target: str) -> str:
    param = declared()[_attribute(target)].param
    assert param is not None
    return param.name


def _number(noted: Noted, where: str, key: str, said: Any, names: list[str]) -> tuple[float, str] | None:
    """Return a number and its unit, "" for that of the parameter, None where it is none."""
    if isinstance(said, int | float) and not isinstance(said, bool) and abs(said) < float("inf"):
        return float(said), ""
    if not isinstance(said, str):
        noted.add("ST243", where, key, f"{said!r}", "a number, or a text like '142 kW'")
        return None
    try:
        value, unit = parse(said)
        for name in names:
            unit = check_unit(unit, name) if unit else unit
    except UnitError as reason:
        noted.add("ST243", where, key, f"{said!r}", str(reason))
        return None
    return value, unit or ""


def _in(number: tuple[float, str], usual: str, unit: str, name: str) -> float:
    """Return a number in another unit; one that is written in it already is not touched."""
    value, own = number[0], number[1] or usual
    if own == unit:
        return value
    (factor, offset), (other, start) = affine(own, name), affine(unit, name)
    return (value * factor + offset - start) / other


def _steps(noted: Noted, where: str, table: Mapping[str, Any]) -> int:
    steps = table.get("steps", 0)
    if not isinstance(steps, int) or isinstance(steps, bool) or not (steps == 0 or 2 <= steps <= 100_000):
        noted.add("ST241", where, "steps", f"{steps!r}", "a whole number from 2 to 100000")
        return 0
    return steps


def _spread(  # noqa: PLR0917
    noted: Noted, where: str, table: Mapping[str, Any], middle: float, unit: str, name: str
) -> dict[str, Any]:
    """Return how a range is filled."""
    kind = table.get("distribution", "uniform")
    needs = {"uniform": (), "normal": ("mean", "deviation"), "triangular": ("mode",)}
    if kind not in DISTRIBUTIONS:
        noted.add("ST241", where, "distribution", f"{kind!r}", f"one of {', '.join(DISTRIBUTIONS)}")
        return {}
    given = {key for key in ("mode", "mean", "deviation") if key in table}
    if given != set(needs[kind]):
        wanted = " and ".join(needs[kind]) or "no mode, mean or deviation"
        noted.add(
            "ST241", where, "distribution", f"{kind} with {', '.join(sorted(given)) or 'nothing'}", wanted
        )
        return {}
    deviation = table.get("deviation", float("nan"))
    is_number = isinstance(deviation, int | float) and not isinstance(deviation, bool)
    if kind == "normal" and not (is_number and deviation > 0.0):
        noted.add("ST243", where, "deviation", f"{deviation!r}", f"a number above 0, in {unit or name}")
        return {}
    return {"distribution": kind, "middle": middle, "deviation": float(deviation)}
