"""Rules on the whole facility: its power over that of its IT, and whether the solution balances."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from twin.arrays import Array
from twin.checks.rule import Measure, Review, rule
from twin.model.facility import Unsolved

BALANCED_RATIO = 1e-9


def _figure(review: Review, name: str) -> Array:
    """Return a figure of the whole facility, shape (variant, 1)."""
    return np.asarray(review.tree["/facility"][name].values, dtype=np.float64)[:, None]


def _site(value: Array, limit: float, name: str, *inputs: str) -> Measure:
    row = np.zeros(1, dtype=np.intp)
    return Measure(
        kind="site", value=value, limit=np.array([[limit]]), side="most", name=name, inputs=inputs, parts=row
    )


@rule(
    "EN001", severity="major", title="The facility draws more per IT watt than its owner wants", unit="1",
    formula="facility power over IT power in normal operation at the design point; not PUE, which is a ratio "
    "of annual energies",
    source="Owner's target, twin:site:facilityTargetRatio; what counts as IT: ISO/IEC 30134-2:2016",
    remedy="Look where the power goes (plan, report): chillers first, then fans, pumps, UPS and transformer "
    "losses.",
    cases="normal",
)  # fmt: skip
def design_ratio(review: Review) -> Iterator[Measure]:
    """Measure the facility, if it has IT."""
    if "pue_design_ratio" in review.tree["/facility"]:
        yield _site(
            _figure(review, "pue_design_ratio"), review.owner("facility_target_ratio"), "pue_design_ratio",
            "facility_target_ratio",
        )  # fmt: skip


@rule(
    "EN002", severity="critical", title="The solution does not balance", unit="1",
    formula="relative residual of energy, mass or current, from final states at the boundary",
    source="First law and conservation of mass and charge; twin holds itself to 1e-9",
    remedy="Do not use these numbers: report the layout as a fault of twin.",
    graded=False,
)  # fmt: skip
def balances(review: Review) -> Iterator[Measure]:
    """Measure every residual that the results carry."""
    names = sorted(str(name) for name in review.tree["/facility"].data_vars)
    for name in (n for n in names if n.endswith("residual_ratio")):
        yield _site(_figure(review, name), BALANCED_RATIO, name)


@rule(
    "EN003", severity="critical", title="No steady state was found in an outage", unit="1",
    formula="outages for which the solvers find no state, or one that does not close",
    source="Laws of flow, heat and power; an outage is survived only if a state of it is shown",
    remedy="Look at the named component. Either what is left cannot carry what the outage puts on it, or no "
    "state was found for another reason that is told; nothing else is checked in this case.",
    graded=False,
)  # fmt: skip
def survivable(review: Review) -> Iterator[Measure]:
    """Measure every outage without a state; one that fails both ways of splitting the heat counts once."""
    lost: dict[str, list[Unsolved]] = {}
    for unsolved in review.facility.unsolved:
        lost.setdefault(unsolved.case.name, []).append(unsolved)
    for name, found in lost.items():
        why = _why(found[0], f" with the heat to {found[0].case.capture}" if _half(review, found) else "")
        yield replace(_site(np.ones((1, 1)), 0.0, "unsolved_count"), cause=why, case=name)


def _half(review: Review, found: list[Unsolved]) -> bool:
    """Return whether only one way of splitting the heat has no state."""
    return any(c.name == found[0].case.name for c in review.facility.cases)


def _why(unsolved: Unsolved, split: str) -> Callable[[int], tuple[str, str]]:
    owner = unsolved.component.partition("/ConnectionPoints/")[0].rpartition("/")[2]
    what = unsolved.text.replace(unsolved.component, owner) if owner else unsolved.text
    case = unsolved.case
    return lambda _: (case.prim, f"{case.text or case.name + ' is out'}{split}: {what}")
