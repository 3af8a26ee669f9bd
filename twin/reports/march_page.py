"""`twin solve LAYOUT --duration`: a layout marched in time; what is printed and written."""

import argparse
import html
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from twin.reports.lines import telling
from twin.reports.numbers import number, plural, seconds, sentence
from twin.reports.places import Places

if TYPE_CHECKING:
    from twin.studies.march import Timed

OK, FINDINGS = 0, 1
TOLD = 20
# What is judged only where somebody gives the limit.
OPEN = (
    ("utility", "ramp_limit_w_s", "ramp at the grid (EL090)"),
    ("utility", "swing_limit_w", "swing at the grid (EL091)"),
    ("ups", "overload_power_w", "short-time rating of UPS (EL093)"),
    ("rack", "shelf_peak_power_w", "short-time rating of racks' shelves (EL093)"),
)


def solve_in_time(arguments: argparse.Namespace) -> int:
    """March a layout, write results as the name's ending says, print the page; return the exit code."""
    from twin.reports.files import refuse_target, write_file
    from twin.studies.march import time_march

    refuse_target(arguments.output, arguments.layout)
    duration_s = length_of(arguments.duration)
    with telling(f"marching {arguments.layout}"):
        timed = time_march(
            arguments.layout, duration_s, variants=arguments.variants, overrides=arguments.overrides,
            scenario=arguments.scenario,
        )  # fmt: skip
    write_file(arguments.output, lambda target: write_march(target, timed))
    print("\n".join(march_lines(timed)))
    print(f"written: {arguments.output}")
    return FINDINGS if timed.findings else OK


def length_of(text: str) -> float:
    """Return a duration such as ``60s`` in seconds.

    Raises:
        UsageError: It has no unit, or no length.
    """
    from twin.errors import UsageError
    from twin.units import parse, to_si

    value, unit = parse(text)
    if unit is None:
        raise UsageError(f"--duration {text} has no unit; write it like 60s")
    length = float(to_si(value, unit, "duration_s"))
    if not length > 0.0:
        raise UsageError(f"--duration {text} is not above 0; a march takes time")
    return length


def write_march(target: Path, timed: "Timed") -> None:
    """Write the results of a march as the name's ending says: ``.html``, ``.json`` or netCDF."""
    if target.suffix == ".html":
        from twin.plots.march import march_html

        target.write_text(march_html(timed.tree, html.escape(title_of(timed))), encoding="utf-8")
    elif target.suffix == ".json":
        from twin.reports.trees import results_json

        target.write_text(results_json(timed.tree), encoding="utf-8")
    else:
        from twin.reports.netcdf import write_netcdf

        write_netcdf(timed.tree, target)


def title_of(timed: "Timed") -> str:
    """Return what was marched, as a heading."""
    tables = timed.facility.tables
    racks = sum(len(tables[k].paths) for k in ("rack", "air_rack") if k in tables)
    said = [text for kind in ("load_shape", "supply_event") if kind in tables
            for text in tables[kind].words["description"] if text]  # fmt: skip
    happens = "; ".join(said) or "nothing happens"
    return f"{Path(timed.facility.layout).stem}, {racks} rack{plural(racks)}: {happens}"


def march_lines(timed: "Timed") -> Iterator[str]:
    """Yield the page: what was marched, how it closes, what was lost, what rules found."""
    from twin.solve.march_energy import energy

    march, closed = timed.march, energy(timed.march)
    whole = timed.tree["facility"].to_dataset()
    top = np.asarray(whole["source_power_w"].values)
    marched = timed.tree["march"]
    ramps = (
        np.asarray(marched["utility"]["second_ramp_w_s"].values) if "utility" in marched.children else None
    )
    yield title_of(timed)
    yield f"quasi-static, no network dynamics: {march.time_s[-1]:g} s in {march.time_s.size} instants, "\
        f"{march.factorised} factorisations, {seconds(timed.timings_s['march'])}"  # fmt: skip
    steepest = "" if ramps is None else f"; steepest second on the grid {number(ramps.max() / 1e6)} MW"
    yield f"supplies give {number(top.min() / 1e6)} to {number(top.max() / 1e6)} MW{steepest}"
    parts = [f"{n} {number(v / 3.6e6)} kWh" for n, v in (
        ("from supplies", closed.source_j), ("to loads", closed.load_j), ("lost", closed.loss_j),
        ("stored", closed.stored_j))]  # fmt: skip
    yield f"energy: {', '.join(parts)}; closes to {closed.residual_ratio:.1e}"
    lost = np.sort(march.lost_s[np.isfinite(march.lost_s)])
    if lost.size:
        yield f"{lost.size} IT load{plural(lost.size)} lost, the first at {lost[0]:.6g} s"
    tables = timed.facility.tables
    unsaid = [
        what for kind, name, what in OPEN
        if kind in tables and not np.isfinite(tables[kind].numbers[name]).any()
    ]  # fmt: skip
    if unsaid:
        yield f"not established, as no limit is given: {', '.join(unsaid)}"
    yield f"{len(timed.findings) or 'no'} finding{plural(len(timed.findings))}"
    places = Places(timed.facility.opinions)
    for found in timed.findings[:TOLD]:
        yield f"  {found.severity:<8} {found.rule}  {found.title}"
        yield f"           {sentence(found.value, found.limit, found.margin, found.unit)}"
        yield f"           {found.prim}  {places.of(found.where)}".rstrip()
        yield f"           {found.source}"
    if len(timed.findings) > TOLD:
        yield f"  and {len(timed.findings) - TOLD} more"
