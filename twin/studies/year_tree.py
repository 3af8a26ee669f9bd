"""A year as results: every step, every solved state, and what it comes to."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from twin.arrays import Array
from twin.studies.year import Year
from twin.studies.year_figures import beyond, claimed
from twin.studies.year_parts import COOLING, LOSS, OTHER
from twin.units import label, unit_of

SCHEMA_VERSION = "1.0"
METHOD = "every step is the multilinear mean of coupled steady states; no stored heat, no start-ups"


def year_tree(year: Year) -> xr.DataTree:
    """Return a year as groups: ``/facility``, ``/cooling``, ``/loss``, ``/other`` over time, and more.

    ``/weather`` holds the outdoor air and the load, ``/table`` the solved states, ``/annual`` the figures and
    ``/beyond`` the limits that are broken.
    """
    hourly = year.hourly
    whole = {n: v for n, v in hourly.items() if "/" not in n}
    groups = {
        "/facility": _over_time(year, whole),
        "/weather": _over_time(year, {
            "dry_bulb_k": year.weather.dry_bulb_k, "wet_bulb_k": year.weather.wet_bulb_k,
            "load_ratio": year.load.ratio, "interpolation_error_ratio": year.table.error_ratio,
        }),
        "/table": _table(year), "/annual": _annual(year), "/beyond": _beyond(year),
    }  # fmt: skip
    for sort in (COOLING, LOSS, OTHER):
        held = {n.partition("/")[2]: v for n, v in hourly.items() if n.startswith(f"{sort}/")}
        if held:
            groups[f"/{sort}"] = _by_label(year, sort, held)
    top = xr.Dataset(
        attrs={
            "schema": SCHEMA_VERSION, "layout": year.facility.layout, "method": METHOD,
            "climate": year.weather.name, "climate_source": year.weather.source,
            "climate_evidence": year.weather.evidence, "load": year.load.text, "case": year.case.name,
        }
    )  # fmt: skip
    return xr.DataTree.from_dict({"/": top, **groups})


def _attributes(name: str) -> dict[str, str]:
    return {"units": unit_of(name), "long_name": label(name), "source": "solved"}


def _time(year: Year) -> tuple[str, Array, dict[str, str]]:
    steps: Array = np.arange(year.weather.hour.size, dtype=np.float64) * year.weather.step_s
    return "time", steps, {"units": "s", "long_name": "beginning of the step from that of the year"}


def _over_time(year: Year, columns: Mapping[str, Array]) -> xr.Dataset:
    held = {n: ("time", v, _attributes(n)) for n, v in columns.items()}
    return xr.Dataset(held, coords={"time": _time(year)})


def _by_label(year: Year, sort: str, held: Mapping[str, Array]) -> xr.Dataset:
    values = np.stack(list(held.values()), axis=1)
    name = f"{sort}_power_w"
    return xr.Dataset(
        {name: (("time", sort), values, _attributes(name))}, coords={"time": _time(year), sort: list(held)}
    )


def _table(year: Year) -> xr.Dataset:
    points = year.table.points
    axes = dict(zip(("dry_bulb_k", "wet_bulb_k", "load_ratio"), points.state, strict=True))
    columns = {n: v for n, v in points.values.items() if "/" not in n}
    held = {n: ("point", v, _attributes(n)) for n, v in (axes | columns).items()}
    return xr.Dataset({**held, "reason": ("point", list(points.reasons))})


def _annual(year: Year) -> xr.Dataset:
    units = {"wue_m3_j": "m^3/J", "water_m3": "m^3"}
    return xr.Dataset({
        n: ((), v, {"units": units.get(n, "1" if n in PLAIN or n.startswith("pue") else unit_of(n))})
        for n, v in claimed(year).items()
    })  # fmt: skip


PLAIN = frozenset({"cooling_ppue", "erf", "ere", "mlc", "elc", "tue"})


def _beyond(year: Year) -> xr.Dataset:
    found = beyond(year)
    return xr.Dataset({
        "rule": ("limit", [one.rule for one in found]), "kind": ("limit", [one.kind for one in found]),
        "quantity": ("limit", [one.name for one in found]),
        "duration_s": ("limit", np.array([one.duration_s for one in found]), {"units": "s"}),
        "worst": ("limit", np.array([one.worst for one in found])),
        "bound": ("limit", np.array([one.limit for one in found])),
        "step": ("limit", np.array([one.step for one in found], dtype=np.intp)),
    })  # fmt: skip
