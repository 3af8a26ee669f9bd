"""What the page of a study shows, from its answers."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from twin.checks.rule import rules
from twin.plots.study import Column, StudyView
from twin.studies.study_answers import constraints
from twin.studies.study_axes import command
from twin.units import display_unit, from_si, pretty

if TYPE_CHECKING:
    import xarray as xr

    from twin.studies.study_answers import Answers
    from twin.studies.study_plan import Plan

# As many constraints as a heat map has readable rows: those that fail or bind most.
DRAWN = 24
NOTES = (
    "A margin is the distance to a limit over the limit, in the worst part and case; below 0 it is broken.",
    "Filters: >1.2, <40, 10..20, a word, or nothing. They hold for every picture.",
    "Click a variant to see it; click another with Shift to compare the two.",
    "A ring marks a passing variant that no other passing one beats in every objective of the study.",
)


def study_view(
    planned: "Plan", data: "xr.Dataset", found: "Answers", reasons: Mapping[int, str]
) -> StudyView:
    """Return what the page shows.

    Args:
        planned: The study.
        data: Its store.
        found: What it says.
        reasons: Variant to why it failed.
    """
    study = planned.study
    columns = [
        Column(
            name=axis.name, unit=pretty(axis.unit) if axis.is_number else "", values=planned.rows[:, at],
            words=() if axis.is_number else axis.levels, role="axis",
        )
        for at, axis in enumerate(study.axes)
    ]  # fmt: skip
    for output in study.outputs:
        unit = display_unit(output.variable)
        shown = from_si(found.outputs[output.name], unit, output.variable)
        columns.append(Column(name=output.name, unit=pretty(unit), values=shown))
    if study.cost:
        columns.append(Column(name="cost", unit="", values=found.cost, role="cost"))
    columns.append(Column(name="worst margin", unit="%", values=100.0 * found.worst_margin, role="margin"))
    _, close, labels = constraints(study, data, found.outputs)
    weight = np.array([found.counts.get(name, 0) + found.bound.get(name, 0) for name in labels])
    least = np.min(np.where(np.isfinite(close), close, np.inf), axis=0, initial=np.inf)
    order = [at for at in np.lexsort([least, -weight]).tolist() if np.isfinite(least[at])][:DRAWN]
    number = {name: at for at, name in enumerate(labels)}
    return StudyView(
        title=f"{study.file}: {int(found.passes.sum())} of {len(found.status)} variants pass",
        site=study.layout, columns=columns, passes=found.passes, pareto=found.pareto, status=found.status,
        binding=np.array([number.get(name, -1) for name in found.binding], dtype=np.intp),
        constraints=labels, titles=[rules()[name][0].title if name in rules() else name for name in labels],
        margins=close[:, order].T, drawn=order, commands=[command(study, row) for row in planned.rows],
        failures=dict(reasons), notes=NOTES,
    )  # fmt: skip
