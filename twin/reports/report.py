"""What one run has to say, whatever the format it is said in."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from twin.checks.review import Margin, located
from twin.checks.rule import Rule
from twin.errors import ConvergenceError, InputError, UnitError, UsageError
from twin.model.component import kinds
from twin.model.facility import Facility
from twin.model.finding import SEVERITIES, Fault, Finding, Severity
from twin.model.provenance import NOT_GIVEN
from twin.reports.places import Places
from twin.reports.surges import Surge, surges_of

if TYPE_CHECKING:
    import xarray as xr

    from twin.walk import Outcome

FailOn = Literal["critical", "major", "minor", "never"]
FAIL_ON: tuple[FailOn, ...] = ("critical", "major", "minor", "never")
DEFAULT_FAIL_ON: FailOn = "major"
BOUNDARY = "design-point power ratio, not the annual PUE of ISO/IEC 30134-2"
# The two ratios go by the names people know; both are pure numbers.
_RENAMED = {"pue_design_ratio": "pue_design", "tue_design_ratio": "tue_design"}

PASSES, FINDINGS, USAGE, INVALID, NOT_CONVERGED, INTERNAL = range(6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why there is no result.

    Attributes:
        reason: What sort of refusal it is.
        text: One sentence.
        code, prim, attribute, where, found, expected: As in ``Fault``, "" where unknown.
        equation: Equation that does not hold, for a solver.
    """

    reason: Literal["usage", "input", "unit", "convergence", "internal"]
    text: str
    code: str = ""
    prim: str = ""
    attribute: str = ""
    where: str = ""
    found: str = ""
    expected: str = ""
    equation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tight:
    """How close one rule comes to its limit where it holds: its closest part in that part's worst case.

    Attributes:
        rule: The rule.
        prim: Prim path of the part.
        where: ``layer#/path`` of what an engineer would edit.
        case: Worst case.
        value, limit, margin: In the rule's unit.
        closeness_ratio: Margin over the size of the limit [1].
    """

    rule: Rule
    prim: str
    where: str
    case: str
    value: float
    limit: float
    margin: float
    closeness_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Report:
    """What one run has to say.

    Attributes:
        layout: What was checked.
        inputs: Selections, overrides and layer hashes, for the record.
        exit_code: What the command line ends with.
        fail_on: Severity from which findings fail the run.
        findings: Findings, worst first.
        warnings: What taints the input.
        problems: Why there is no result; empty when there is one.
        metrics: Figures of the facility in normal operation, SI, by suffix name.
        residuals: Relative residuals.
        tightest: Rules that hold, closest to their limit first.
        measured: Every rule that found something to measure.
        cases: Names of the solved cases; one solved at both ends of the heat split counts once.
        unsolved: Names of the cases without a steady state.
        rack_count: Racks of any kind.
        evidence: Evidence class to the number of different inputs that rest on it.
        places: Finds file and line.
        timings_s: Seconds per stage of the walk.
        surges: Events that were followed in time.
    """

    layout: str
    inputs: Mapping[str, object] = field(default_factory=dict)
    exit_code: int = PASSES
    fail_on: FailOn = DEFAULT_FAIL_ON
    findings: Sequence[Finding] = ()
    warnings: Sequence[Fault] = ()
    problems: Sequence[Problem] = ()
    metrics: Mapping[str, float] = field(default_factory=dict)
    residuals: Mapping[str, float] = field(default_factory=dict)
    tightest: Sequence[Tight] = ()
    measured: Mapping[str, Rule] = field(default_factory=dict)
    cases: Sequence[str] = ()
    unsolved: Sequence[str] = ()
    rack_count: int = 0
    evidence: Mapping[str, int] = field(default_factory=dict)
    places: Places = field(default_factory=Places)
    timings_s: Mapping[str, float] = field(default_factory=dict)
    surges: Sequence[Surge] = ()

    @property
    def counts(self) -> dict[Severity, int]:
        """Return how many findings there are of each severity."""
        found = [f.severity for f in self.findings]
        return {severity: found.count(severity) for severity in SEVERITIES}

    @property
    def verdict(self) -> Literal["pass", "fail", "invalid"]:
        """Return the verdict; ``--fail-on never`` changes the exit code, not what is judged."""
        if self.problems:
            return "invalid"
        limit = DEFAULT_FAIL_ON if self.fail_on == "never" else self.fail_on
        return "fail" if any(reaches(f.severity, limit) for f in self.findings) else "pass"


def reaches(severity: Severity, fail_on: FailOn) -> bool:
    """Return whether a finding of that severity fails a run."""
    return fail_on != "never" and SEVERITIES.index(severity) <= SEVERITIES.index(fail_on)


def report_of(
    outcome: "Outcome", *, fail_on: FailOn = DEFAULT_FAIL_ON, places: Places | None = None
) -> Report:
    """Return what a run that came to an end has to say."""
    facility = outcome.facility
    failing = any(reaches(f.severity, fail_on) for f in outcome.findings)
    return Report(
        layout=facility.layout, inputs=facility.inputs, fail_on=fail_on,
        exit_code=FINDINGS if failing else PASSES, findings=outcome.findings, warnings=outcome.warnings,
        metrics=normal_metrics(outcome.tree),
        residuals={
            "energy": float(np.max(outcome.balance.energy_ratio, initial=0.0)),
            "mass": float(outcome.balance.mass_ratio),
            "current": float(outcome.balance.current_ratio),
        },
        tightest=tightest(facility, outcome.margins),
        measured={m.rule.id: m.rule for m in outcome.margins},
        cases=list(dict.fromkeys(case.name for case in facility.cases)),
        unsolved=list(dict.fromkeys(u.case.name for u in facility.unsolved)),
        rack_count=sum(len(t.paths) for kind, t in facility.tables.items() if kinds()[kind].group == "rack"),
        evidence=evidence_counts(facility), places=places or Places(facility.opinions),
        timings_s=outcome.timings_s, surges=surges_of(outcome),
    )  # fmt: skip


def refusal(
    layout: str, reason: Exception, *, inputs: Mapping[str, object], fail_on: FailOn = DEFAULT_FAIL_ON
) -> Report:
    """Return what a run that was refused, or that broke, has to say."""
    code, problems = _problems(reason)
    doubts = [f for f in reason.faults if f.severity == "warning"] if isinstance(reason, InputError) else []
    return Report(
        layout=layout, inputs=inputs, exit_code=code, fail_on=fail_on, warnings=doubts, problems=problems
    )


def _problems(reason: Exception) -> tuple[int, list[Problem]]:
    match reason:
        case UsageError():
            return USAGE, [Problem(reason="usage", text=str(reason))]
        case InputError():
            return INVALID, [_problem_of(f) for f in reason.faults if f.severity == "error"]
        case UnitError():
            return INVALID, [Problem(reason="unit", text=str(reason))]
        case ConvergenceError():
            said = Problem(
                reason="convergence", text=str(reason), prim=reason.component, equation=reason.equation
            )
            return NOT_CONVERGED, [said]
        case _:
            return INTERNAL, [Problem(reason="internal", text=internal_error(reason))]


def _problem_of(fault: Fault) -> Problem:
    said = {key: text for key, text in asdict(fault).items() if key != "severity"}
    return Problem(reason="input", text=str(fault), **said)


def internal_error(reason: Exception) -> str:
    """Return one line that says where the program broke."""
    trace = reason.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = ""
    if trace is not None:
        name = trace.tb_frame.f_code.co_filename.replace("\\", "/")
        shown = "/".join(name.split("/")[-3:])
        place = f" in {shown}:{trace.tb_lineno} ({trace.tb_frame.f_code.co_name})"
    sentence = " ".join(f"{type(reason).__name__}: {reason}".split())
    return f"internal error{place}: {sentence}; please report it (TWIN_DEBUG=1 shows the trace)"


def normal_metrics(tree: "xr.DataTree") -> dict[str, float]:
    """Return the figures of the facility in normal operation, SI, by the names of the contract."""
    if "facility" not in tree.children:
        return {}
    data = tree["facility"].to_dataset()
    names = [str(name) for name in data["variant"].values]
    at = names.index("normal") if "normal" in names else 0
    return {
        _RENAMED.get(str(name), str(name)): float(variable.values[at])
        for name, variable in data.data_vars.items()
    }


def tightest(facility: Facility, margins: Sequence[Margin]) -> list[Tight]:
    """Return for each rule the part that holds with the least margin, closest to its limit first."""
    best: dict[str, Tight] = {}
    for margin in (m for m in margins if m.rule.graded):
        found = _closest(facility, margin)
        if found is not None and found.closeness_ratio < getattr(
            best.get(margin.rule.id), "closeness_ratio", math.inf
        ):
            best[margin.rule.id] = found
    return sorted(best.values(), key=lambda t: (t.closeness_ratio, t.rule.id))


def _closest(facility: Facility, margin: Margin) -> Tight | None:
    """Return the closest part that holds; a thing that must be zero and is zero has no margin to tell."""
    size = np.maximum(np.abs(margin.limit), np.where(margin.limit == 0.0, np.abs(margin.value), 0.0))
    told = ~margin.broken & (size > 0.0)
    if not told.any():
        return None
    ratio = np.where(told, margin.margin / np.where(size > 0.0, size, 1.0), np.inf)
    row = int(np.argmin(ratio))
    part = int(margin.parts[row])
    return Tight(
        rule=margin.rule, prim=facility.tables[margin.kind].paths[part],
        where=located(facility, margin.kind, part, margin.measure.inputs),
        case=facility.cases[int(margin.case[row])].name, value=float(margin.value[row]),
        limit=float(margin.limit[row]), margin=float(margin.margin[row]), closeness_ratio=float(ratio[row]),
    )  # fmt: skip


def evidence_counts(facility: Facility) -> dict[str, int]:
    """Return how many different inputs rest on each class; a number that many racks share counts once."""
    used = {
        int(i) for t in facility.tables.values() for column in t.opinion.values() for i in np.unique(column)
    }
    classes = [facility.opinions[i].evidence or "given" for i in used - {NOT_GIVEN}]
    return {name: classes.count(name) for name in sorted(set(classes))}
