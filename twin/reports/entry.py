"""What scripts and notebooks call; the command line does the same."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from twin.components import declare_all
from twin.errors import UsageError
from twin.model.component import Component
from twin.model.component import kinds as declared_kinds
from twin.model.finding import Finding
from twin.reports.places import Places

if TYPE_CHECKING:
    from twin.model.facility import Facility
    from twin.reports.annual import Annual
    from twin.walk import Outcome


def read(
    layout: str | Path,
    *,
    variants: Sequence[str] = (),
    overrides: Sequence[str] = (),
    scenario: str | None = None,
) -> "Facility":
    """Return the facility that a layout describes: its columns in SI, with provenance.

    Args:
        layout: USD file, folder that holds ``site.usda``, or bundled name.
        variants: Selections like ``/World:cooling=air``.
        overrides: Values like ``/World/Rack_01.twin:rack:itPower=142kW``.
        scenario: Selection of the variant set ``scenario`` on the default prim.

    Raises:
        UsageError: The layout, a prim, attribute, variant set or selection does not exist.
        InputError: The stage is refused; carries every fault found.
    """
    from twin.stage.read import read as read_stage

    return read_stage(str(layout), variants=variants, overrides=overrides, scenario=scenario).facility


def vary(facility: "Facility", columns: Mapping[str, Sequence[float]], *, case: str = "normal") -> "Facility":
    """Return a facility in one of its cases, in one state per value; the stage is not read again.

    What a designer would change along with a number (sizes, flows set, breakers) stays as built unless it is
    a column too. Rules that reading holds between several numbers are not asked again.

    Args:
        facility: What ``read`` returned.
        columns: Values in SI, one per state, by ``kind.parameter`` or ``Asset.parameter``, like
            ``site.dry_bulb_k`` or ``GB300_NVL72.it_power_w``.
        case: ``normal``, or an outage that the layout declares.

    Raises:
        UsageError: There is no such case, kind, asset or number, a value is outside its limits, or lengths
            differ.
    """
    from twin.studies.varied import varied

    return varied(facility, columns, case=case)


def years(
    layout: str | Path,
    climates: Sequence[str],
    *,
    variants: Sequence[str] = (),
    overrides: Sequence[str] = (),
    scenario: str | None = None,
    price: str | None = None,
    carbon: str | None = None,
    tolerance_ratio: float = 1e-4,
) -> list["Annual"]:
    """Return the year of a layout as built in each of several climates.

    All are read from one table of steady states.

    All IT power that is declared is drawn in every hour. The site keeps its own height. A year that breaks a
    critical or major rule is ``infeasible`` and has no PUE among its ``figures``.

    Args:
        layout: As for ``read``.
        climates: Names that ``twin climate`` lists, or EPW files.
        variants: As for ``read``.
        overrides: As for ``read``.
        scenario: As for ``read``.
        price: Per kWh, or a TOML file, as for ``twin year``.
        carbon: Grams per kWh, a zone or a file, as for ``twin year``.
        tolerance_ratio: Distance of any power from the solved state, over IT power, on the average hour.

    Raises:
        UsageError: There is no such layout, climate, price or zone.
        InputError: The stage or a file is refused; carries every fault found.
        ConvergenceError: No hour has a steady state.
    """
    from twin.reports.annual import annual

    return annual(
        str(layout), climates, variants=variants, overrides=overrides, scenario=scenario, price=price,
        carbon=carbon, tolerance_ratio=tolerance_ratio,
    )  # fmt: skip


def simulate(
    layout: "str | Path | Facility",
    *,
    variants: Sequence[str] = (),
    overrides: Sequence[str] = (),
    scenario: str | None = None,
) -> "Outcome":
    """Return everything one run leaves behind: results as ``outcome.tree``, findings with file and line.

    Args:
        layout: As for ``read``, or a facility that was read and, it may be, varied; the rest is for layouts.
        variants: As for ``read``.
        overrides: As for ``read``.
        scenario: As for ``read``.

    Raises:
        UsageError: The layout, a prim, attribute, variant set or selection does not exist.
        InputError: The stage is refused; carries every fault found.
        ConvergenceError: A solver has no solution; names the component and the equation.
    """
    from twin.model.facility import Facility
    from twin.walk import walk, walk_on

    if isinstance(layout, Facility):
        if variants or overrides or scenario:
            raise UsageError("a facility that was read takes no variants, overrides or scenario")
        outcome = walk_on(layout)
    else:
        outcome = walk(str(layout), variants=variants, overrides=overrides, scenario=scenario)
    places = Places(outcome.facility.opinions)
    return dataclasses.replace(outcome, findings=_placed(outcome.findings, places))


def check(
    layout: str | Path,
    *,
    variants: Sequence[str] = (),
    overrides: Sequence[str] = (),
    scenario: str | None = None,
) -> list[Finding]:
    """Return what is wrong with a design, worst first; arguments and refusals as for ``simulate``."""
    return list(simulate(layout, variants=variants, overrides=overrides, scenario=scenario).findings)


def plan(outcome: "Outcome", file: str | Path | None = None) -> str:
    """Return the floor plan of a run as one HTML page, and write it where a file is named.

    Args:
        outcome: What ``simulate`` returned.
        file: Where the page is to stand; nowhere within the layout's own folder.

    Raises:
        UsageError: The file cannot be written, or lies within the layout or an installed package.
    """
    from twin.plots.plan import floor_plan_html
    from twin.reports.files import refuse_target, write_file
    from twin.reports.plan_view import plan_data
    from twin.reports.report import report_of

    page = floor_plan_html(plan_data(outcome, report_of(outcome)))
    if file is not None:
        refuse_target(Path(file), outcome.facility.layout)
        write_file(Path(file), lambda target: _write(target, page))
    return page


def kinds() -> Mapping[str, type[Component]]:
    """Return every kind of equipment that the twin knows, by name."""
    declare_all()
    return declared_kinds()


def _write(target: Path, text: str) -> None:
    target.write_text(text, encoding="utf-8")


def _placed(findings: Sequence[Finding], places: Places) -> list[Finding]:
    return [dataclasses.replace(f, where=str(places.of(f.where))) for f in findings]
