"""What is wrong with an input (Fault) and what is wrong with a design (Finding)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["critical", "major", "minor", "note"]
SEVERITIES: tuple[Severity, ...] = ("critical", "major", "minor", "note")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing in the input that stops or taints the run.

    Attributes:
        code: Stable code, ``ST031``; ``twin explain`` tells more.
        prim: Prim path, "" for a whole file.
        attribute: Attribute, relationship or metadata name, "" for the prim itself.
        where: ``layers/it.usda:27``, the file alone for binary layers.
        found: What stands there.
        expected: What would be right.
        severity: ``error`` refuses the input, ``warning`` does not.
    """

    code: str
    prim: str
    attribute: str
    where: str
    found: str
    expected: str
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        """Return the one-line sentence an engineer reads."""
        target = f" {self.prim}.{self.attribute}" if self.attribute else f" {self.prim}" if self.prim else ""
        place = f"{self.where}  " if self.where else ""
        return f"{place}{self.code} {self.severity}{target}: {self.found}; {self.expected}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why a finding arises; findings with the same cause group under it.

    Attributes:
        prim: Prim that a change would have to start at.
        rule: Rule that names the cause, or the contingency ``case:<name>``.
        text: One sentence.
    """

    prim: str
    rule: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One rule that a design breaks, in one place, in its worst case.

    Attributes:
        rule: Stable id ``CL012``.
        severity: ``critical`` to ``note``.
        title: What is wrong, as a sentence without numbers.
        prim: Prim path of the component.
        where: File and line of the opinion an engineer would edit.
        value: Measured or computed value, in ``unit``.
        limit: Limit, in ``unit``.
        margin: Distance to the limit, in ``unit``; negative means broken.
        unit: Display unit of value, limit and margin.
        source: Clause or document the limit comes from.
        case: Contingency in which the value is worst, ``normal`` for none.
        cause: Why, for grouping.
        evidence: Evidence class of the weakest input: datasheet, standard, derived, assumption.
        inputs: Parameter name to evidence class, for the inputs the value rests on.
    """

    rule: str
    severity: Severity
    title: str
    prim: str
    where: str
    value: float
    limit: float
    margin: float
    unit: str
    source: str
    case: str = "normal"
    cause: Cause = field(default_factory=lambda: Cause(prim="", rule="", text=""))
    evidence: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)
