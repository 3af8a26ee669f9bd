"""The USD stage: schema, reading, lint, cases, results layer. The only package that imports pxr."""

from twin.stage.plugin import register

register()  # before anything opens a stage: USD leaves late schemas out

from twin.stage.open import Opened, open_stage  # noqa: E402
from twin.stage.overlay import ResultRow, write_results  # noqa: E402
from twin.stage.read import Reading, read  # noqa: E402
from twin.stage.rules import RULES, Rule  # noqa: E402

__all__ = [
    "RULES",
    "Opened",
    "Reading",
    "ResultRow",
    "Rule",
    "open_stage",
    "read",
    "register",
    "write_results",
]
