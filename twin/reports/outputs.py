"""What a run leaves behind: one page on stdout, and the folder that ``--out`` names."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from twin.reports.files import Writer, write_folder
from twin.reports.lines import Ink
from twin.reports.report import Report

if TYPE_CHECKING:
    from twin.interop.epanet_run import Record
    from twin.plots.pump_data import PumpData
    from twin.walk import Outcome

Format = Literal["text", "json", "sarif", "junit", "md"]
LAYER = "results.usda"
PUMPS = "pumps.html"
FORMATS: tuple[Format, ...] = ("text", "json", "sarif", "junit", "md")


def formatted(report: Report, form: Format, ink: Ink) -> str:
    """Return what a run has to say in one format."""
    match form:
        case "text":
            from twin.reports.text import check_text

            return check_text(report, ink)
        case "json":
            from twin.reports.machine import check_json

            return check_json(report)
        case "sarif":
            from twin.reports.doctor import version
            from twin.reports.sarif import check_sarif

            return check_sarif(report, version())
        case "junit":
            from twin.reports.junit import check_junit

            return check_junit(report)
        case "md":
            from twin.reports.markdown import check_markdown

            return check_markdown(report)


def write_run(target: Path, outcome: "Outcome", report: Report) -> None:
    """Write plan, pumps, findings, results and record of a run into a folder.

    Without pumps an older file of theirs is taken away: it is not of this run.

    Raises:
        UsageError: The folder cannot be written.
    """
    from twin.reports.layer import refuse_foreign
    from twin.reports.pump_view import pump_data

    refuse_foreign(target / LAYER)
    files = {name: _bound(write, outcome, report) for name, write in WRITERS.items()}
    pumps = pump_data(outcome, report)
    if pumps is not None:
        files = {PUMPS: lambda file: _write_pumps(file, pumps), **files}
    write_folder(target, files)
    if pumps is None:
        (target / PUMPS).unlink(missing_ok=True)


def write_plan(target: Path, outcome: "Outcome", report: Report) -> None:
    """Write the floor plan."""
    from twin.plots.plan import floor_plan_html
    from twin.reports.plan_view import plan_data

    target.write_text(floor_plan_html(plan_data(outcome, report)), encoding="utf-8")


def _write_pumps(target: Path, pumps: "PumpData") -> None:
    from twin.plots.pump_curves import pump_curves_html

    target.write_text(pump_curves_html(pumps), encoding="utf-8")


def write_results(target: Path, outcome: "Outcome") -> None:
    """Write the results as the name's ending says: ``.json`` or netCDF."""
    if target.suffix == ".json":
        from twin.reports.trees import results_json

        target.write_text(results_json(outcome.tree), encoding="utf-8")
    else:
        from twin.reports.netcdf import write_netcdf

        write_netcdf(outcome.tree, target)


def write_network(target: Path, record: "Record", *, over_time: bool) -> None:
    """Write the results of a water network as the name's ending says: ``.json`` or netCDF."""
    from twin.interop.epanet_results import network_dataset, network_json

    if target.suffix == ".json":
        target.write_text(network_json(record, over_time=over_time), encoding="utf-8")
    else:
        import xarray as xr

        from twin.reports.netcdf import write_netcdf

        write_netcdf(xr.DataTree(network_dataset(record)), target)


def _write_markdown(target: Path, _outcome: "Outcome", report: Report) -> None:
    target.write_text(formatted(report, "md", Ink()), encoding="utf-8")


def _write_json(target: Path, _outcome: "Outcome", report: Report) -> None:
    target.write_text(formatted(report, "json", Ink()), encoding="utf-8")


def _write_netcdf(target: Path, outcome: "Outcome", _report: Report) -> None:
    write_results(target, outcome)


def _write_layer(target: Path, outcome: "Outcome", report: Report) -> None:
    from twin.reports.doctor import version
    from twin.reports.layer import write_layer

    write_layer(target, outcome, report, version())


# The record comes last: where it is, the rest is.
WRITERS: Mapping[str, Callable[[Path, "Outcome", Report], None]] = {
    "results.nc": _write_netcdf,
    LAYER: _write_layer,
    "plan.html": write_plan,
    "findings.md": _write_markdown,
    "check.json": _write_json,
}


def _bound(write: Callable[[Path, "Outcome", Report], None], outcome: "Outcome", report: Report) -> Writer:
    return lambda target: write(target, outcome, report)
