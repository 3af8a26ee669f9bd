"""Reads a weather file (EPW) into a year of weather; refuses it with every fault at once.

Row 1 is the hour that ends at 01:00; the years of a typical file differ by month, so only month, day, hour
and minute place a row. Humidity is that of the dew point at the station's pressure.

Limits:
    Only dry bulb, dew point, humidity and pressure are read. 29 February is left out, with a warning.
    Dew points below 0 °C are taken over ice. Times are local standard time, without daylight saving.

Source:
    EnergyPlus 24.1, Auxiliary Programs, Weather Converter Program: EPW data dictionary (fields, ranges,
    missing values).
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from twin.arrays import Array, Index
from twin.interop.epw_head import Head, read_head, to_k
from twin.interop.epw_notes import Notes, runs, worst
from twin.interop.epw_rows import Rows, read_rows
from twin.laws.air import pressure_at_elevation
from twin.laws.psychrometrics import dew_point, humidity_at, humidity_ratio, saturation_pressure, wet_bulb
from twin.model.weather import Weather

# Gaps up to six hours are interpolated: ASHRAE Handbook Fundamentals, chapter 14, calculation (recalled).
FILLED_H = 6
# Two figures rounded apart; what lies farther above saturation is no air.
FOG_DK = 0.5
# Pressure at a station stays within two per cent or so of the standard over a year.
PRESSURE_RATIO = 0.05
SHOWN = {"dry bulb": "°C", "dew point": "°C", "pressure": "Pa"}


def read_epw(path: str | Path) -> Weather:
    """Return the year of weather that a file holds.

    Args:
        path: EPW file, of 1, 2, 4 or more rows an hour.

    Returns:
        8,760 hours times rows per hour; ``warnings`` says what was filled in or left out.

    Raises:
        InputError: The file cannot be read or has faults; carries every fault with line and hour.
    """
    file = Path(path)
    notes = Notes(file.name)
    lines = _lines(file, notes)
    head = read_head(lines, notes)
    rows = read_rows(lines, head.per_hour_count, notes)
    columns = _whole(rows, notes)
    _judge(rows, columns, head, notes)
    notes.refuse()
    return _weather(head, rows, columns, notes)


def _lines(file: Path, notes: Notes) -> Sequence[str]:
    """Return the lines of a text file."""
    try:
        data = file.read_bytes()
    except OSError as reason:
        notes.add("ST200", 0, found=reason.strerror or str(reason), expected="a file that can be read")
        data = b""
    if b"\0" in data:
        notes.add("ST200", 0, found="a binary file", expected="an EPW file, which is text")
    notes.refuse()
    try:
        return data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        return data.decode("latin-1").splitlines()


def _whole(rows: Rows, notes: Notes) -> dict[str, Array]:
    """Return the columns without missing values: from humidity, then by interpolation over a few hours."""
    held = {name: rows.values[name].copy() for name in SHOWN}
    damp = rows.values["relative humidity"] / 100.0
    lost = (
        np.isnan(held["dew point"]) & (damp > 0.0) & ~np.isnan(held["dry bulb"]) & ~np.isnan(held["pressure"])
    )
    if lost.any():
        dry, pressure = held["dry bulb"][lost] + to_k(0.0), held["pressure"][lost]
        humid = humidity_at(dry, damp[lost], pressure)
        held["dew point"][lost] = dew_point(humid, pressure) - to_k(0.0)
        _tell(rows, np.flatnonzero(lost), "dew point", "missing; taken from the relative humidity", notes)
    for name, column in held.items():
        known = np.flatnonzero(~np.isnan(column))
        for first, last in runs(np.flatnonzero(np.isnan(column))):
            inside = first > 0 and last < len(column) - 1
            if last - first + 1 <= FILLED_H * rows.per_hour_count and inside:
                steps = np.arange(first, last + 1, dtype=np.intp)
                column[steps] = np.interp(steps, known, column[known])
                _tell(rows, steps, name, "missing; interpolated between its neighbours", notes)
                continue
            notes.add(
                "ST207", int(rows.line[first]), column=name,
                entry=rows.named(first, last),
                found="missing", expected=f"values; up to {FILLED_H} hours within the year are interpolated",
            )  # fmt: skip
    return held


def _tell(rows: Rows, steps: Index, name: str, what: str, notes: Notes) -> None:
    """Warn of each run of steps that was filled."""
    for first, last in runs(steps):
        missing, _, instead = what.partition("; ")
        notes.add(
            "ST208", int(rows.line[first]), entry=rows.named(first, last), column=name,
            found=missing, expected=instead, severity="warning",
        )  # fmt: skip


def _judge(rows: Rows, columns: dict[str, Array], head: Head, notes: Notes) -> None:
    """Note air that is more than saturated, and pressure that is not that of the place."""
    excess = columns["dew point"] - columns["dry bulb"]
    known = np.nan_to_num(excess, nan=0.0)
    for first, last in runs(np.flatnonzero(known > FOG_DK)):
        most = worst(known[first : last + 1], 0.0, FOG_DK)
        notes.add(
            "ST206", int(rows.line[first]), entry=rows.named(first, last),
            column="dew point", found=f"{most:.1f} K above the dry bulb",
            expected=f"no more than the dry bulb, or {FOG_DK:g} K above it for rounding",
        )  # fmt: skip
    foggy = np.flatnonzero((known > 0.0) & (known <= FOG_DK))
    _tell(rows, foggy, "dew point", f"up to {FOG_DK:g} K above the dry bulb; taken as saturated air", notes)
    columns["dew point"][foggy] = columns["dry bulb"][foggy]
    standard = float(pressure_at_elevation(np.array(head.elevation_m)))
    pressure = columns["pressure"]
    if np.isnan(pressure).all():
        return
    mean = float(np.nanmean(pressure))
    if abs(mean / standard - 1.0) > PRESSURE_RATIO:
        notes.add(
            "ST206", int(rows.line[0]), entry="all hours", column="pressure",
            found=f"{mean:.0f} Pa in the mean",
            expected=f"about {standard:.0f} Pa at {head.elevation_m:g} m: not reduced to sea level",
        )  # fmt: skip


def _weather(head: Head, rows: Rows, columns: dict[str, Array], notes: Notes) -> Weather:
    """Return the columns in SI, with the wet bulb."""
    dry, dew = columns["dry bulb"] + to_k(0.0), columns["dew point"] + to_k(0.0)
    pressure = columns["pressure"]
    humid = humidity_ratio(saturation_pressure(dew), pressure)
    return Weather(
        name=head.name, source=f"{notes.file}: {head.source or 'weather file'}", evidence="derived",
        latitude_deg=head.latitude_deg, longitude_deg=head.longitude_deg, elevation_m=head.elevation_m,
        step_s=3600.0 / rows.per_hour_count, month=rows.month, day=rows.day, hour=rows.hour - 1,
        dry_bulb_k=dry, wet_bulb_k=wet_bulb(dry, humid, pressure), dew_point_k=dew, pressure_pa=pressure,
        published=head.published, warnings=notes.told(),
    )  # fmt: skip
