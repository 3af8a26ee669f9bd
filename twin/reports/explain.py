"""What a code means: rules of the checks and codes of the stage, from their one declaration."""

import difflib
import re

from twin.errors import UsageError
from twin.reports.lines import WIDTH, Ink, shorten, wrapped

CODE = re.compile(r"[A-Z]{2}\d{3}")


def explain_code(code: str, ink: Ink | None = None) -> str:
    """Return what a rule or a code of the stage says, as a page.

    Raises:
        UsageError: There is no such code.
    """
    from twin.checks import declare_rules
    from twin.checks.rule import rules
    from twin.stage.rules import RULES

    ink = ink or Ink()
    declare_rules()
    if code in rules():
        rule = rules()[code][0]
        cases = {"all": "every solved case", "normal": "normal operation only"}[rule.cases]
        split = {"liquid": "; most of the heat in the coolant", "air": "; most of the heat in the air"}
        facts = [
            ("Severity", rule.severity),
            ("Value", f"{rule.formula} [{rule.unit}]"),
            ("Limit from", rule.source),
            ("Looks at", cases + split.get(rule.capture, "")),
            ("Remedy", rule.remedy),
        ]
        return _page(code, rule.title, facts, ink)
    if code in RULES:
        said = RULES[code]
        refuses = "refuses the layout" if said.severity == "error" else "does not refuse the layout"
        facts = [("Severity", f"{said.severity}: {refuses}"), ("Means", said.means), ("Remedy", said.mend)]
        return _page(code, said.title, facts, ink)
    known = sorted([*rules(), *RULES])
    near = difflib.get_close_matches(code, known, n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else f"`twin explain` lists all {len(known)}"
    raise UsageError(f"there is no rule {code}; {hint}")


def code_list() -> str:
    """Return every code with its title, one a line."""
    from twin.checks import declare_rules
    from twin.checks.rule import rules
    from twin.stage.rules import RULES

    declare_rules()
    titles = {code: rule.title for code, (rule, _) in rules().items()} | {
        c: r.title for c, r in RULES.items()
    }
    return "".join(f"{code}  {shorten(title, WIDTH - 7)}\n" for code, title in sorted(titles.items()))


def _page(code: str, title: str, facts: list[tuple[str, str]], ink: Ink) -> str:
    first, *more = wrapped(title, indent="       ")
    lines = [ink("bold", f"{code}  {first.strip()}"), *(ink("bold", line) for line in more), ""]
    for name, text in facts:
        head, *rest = wrapped(text, indent=" " * 12)
        lines += [f"{ink('dim', f'{name:<12}')}{head[12:]}", *rest]
    return "\n".join(lines) + "\n"
