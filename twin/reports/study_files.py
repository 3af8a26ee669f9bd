"""The variants of a study in files of other programs: netCDF, CSV, Parquet, and one page of HTML."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from twin.errors import UsageError
from twin.reports.files import write_file
from twin.reports.study_text import records, study_csv

if TYPE_CHECKING:
    import xarray as xr

    from twin.studies.study_answers import Answers
    from twin.studies.study_plan import Plan


def export(
    file: Path, planned: "Plan", data: "xr.Dataset", found: "Answers", reasons: Mapping[int, str]
) -> None:
    """Write the variants as the name's ending says.

    Raises:
        UsageError: The file cannot be written, or a package for it is not installed.
    """
    match file.suffix:
        case ".csv":
            write_file(file, lambda target: _text(target, study_csv(planned, found)))
        case ".parquet":
            write_file(file, lambda target: _parquet(target, planned, found))
        case ".nc":
            write_file(file, lambda target: _netcdf(target, data, found))
        case ".html":
            from twin.plots.study import study_html
            from twin.reports.study_view import study_view

            page = study_html(study_view(planned, data, found, reasons))
            write_file(file, lambda target: _text(target, page))


def _text(target: Path, text: str) -> None:
    target.write_text(text, encoding="utf-8")


def _netcdf(target: Path, data: "xr.Dataset", found: "Answers") -> None:
    made = data.load().assign(
        passes=("variant", found.passes.astype(np.int8)),
        worst_margin=("variant", found.worst_margin, {"units": "", "long_name": "least margin over limit"}),
        pareto=("variant", found.pareto.astype(np.int8)),
    )
    made.to_netcdf(target, engine="h5netcdf")


def _parquet(target: Path, planned: "Plan", found: "Answers") -> None:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise UsageError("Parquet needs the package pyarrow; .csv and .nc need nothing more") from None
    names, rows = records(planned, found)
    columns = list(zip(*rows, strict=True))
    pq.write_table(
        pa.table({name: list(values) for name, values in zip(names, columns, strict=True)}), target
    )
