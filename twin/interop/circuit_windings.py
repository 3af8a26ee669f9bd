"""Transformers of a circuit of conductors: windings, vector group, taps and star points."""

import math
from typing import Any

import numpy as np

from twin.arrays import Array
from twin.interop.circuit_draft import ROOT3, Draft, Terminal, phase_pairs
from twin.interop.circuit_json import Entry
from twin.solve.wires_net import EARTH
from twin.solve.wires_parts import Winding, transformer

WINDING = ("bus", "kV", "kVA", "delta")
WINDING_MORE = ("pctR", "tap", "rneut", "xneut")
TRANSFORMER = ("phases", "windings", "XHL_pct")
TRANSFORMER_MORE = (
    "XHT_pct", "XLT_pct", "leadlag", "noload_loss_pct", "imag_pct", "ppm_antifloat", "enabled"
)  # fmt: skip
BETWEEN = {(0, 1): "XHL_pct", (0, 2): "XHT_pct", (1, 2): "XLT_pct"}
LEAD = ("lead", "euro")
LEADLAG = ("Lag", "Lead", "lag", "lead", "ANSI", "Euro", "ansi", "euro")


def add_transformer(draft: Draft, name: str, given: Any) -> None:
    """Take a transformer of two or three windings."""
    entry, reading = f"transformers.{name}", draft.reading
    if not reading.keys(entry, given, TRANSFORMER, TRANSFORMER_MORE):
        return
    phases = int(reading.one_of(entry, given, "phases", (1, 2, 3), default=1))
    rows = given["windings"]
    if not isinstance(rows, list) or len(rows) not in {2, 3}:
        reading.fault("ST163", entry, attribute="windings", found=str(rows)[:60], expected="2 or 3 windings")
        return
    named = [f"{entry}.windings[{number}]" for number in range(len(rows))]
    whole = [reading.keys(w, row, WINDING, WINDING_MORE) for w, row in zip(named, rows, strict=True)]
    if not all(whole):
        return
    leakage = _leakage(draft, entry, given, len(rows))
    core = complex(
        reading.number(entry, given, "noload_loss_pct", default=0.0, least=0.0),
        -reading.number(entry, given, "imag_pct", default=0.0, least=0.0),
    )
    power = 1e3 * reading.number(named[0], rows[0], "kVA", above=0.0)
    turn = _turn(draft, entry, given, rows)
    windings = [_winding(draft, w, row, phases, turn) for w, row in zip(named, rows, strict=True)]
    if None in windings or not np.isfinite([power, *leakage.flat, core.real, core.imag]).all():
        return
    if not reading.flag(entry, given, "enabled", default=True):
        draft.rest("transformer", name, phases * len(rows))
        return
    found = [winding for winding in windings if winding is not None]
    coil_v = np.array(
        [each.coil_v / float(row.get("tap", 1.0)) for each, row in zip(found, rows, strict=True)]
    )
    draft.rated_a[name] = np.tile(power / phases / coil_v, phases)
    draft.parts += transformer(name, found, power / phases, leakage, core / 100.0)


def _leakage(draft: Draft, entry: str, given: Entry, count: int) -> Array:
    """Return leakage reactances over base impedance, shape (winding, winding), NaN where at fault."""
    found = np.zeros((count, count))
    for (one, other), key in BETWEEN.items():
        if other < count:
            value = draft.reading.number(entry, given, key, above=0.0) / 100.0
            found[one, other] = found[other, one] = value
            if given.get(key) is None:
                draft.reading.fault("ST162", entry, found=f"no key {key!r}", expected="one with 3 windings")
    return found


def _turn(draft: Draft, entry: str, given: Entry, rows: list[Entry]) -> int:
    """Return whether the coils of a delta go to the next conductor (1) or to the one before (-1).

    Source:
        IEEE Std C57.12.00-2015, 5.7.2: the low voltage lags by 30 degrees. OpenDSS, LeadLag.
    """
    said = draft.reading.one_of(entry, given, "leadlag", LEADLAG, default="Lag")
    first, second = (row["delta"] is True for row in rows[:2])
    if first == second:
        return 1
    high = first if rows[0]["kV"] >= rows[1]["kV"] else second
    return -1 if high == (str(said).lower() not in LEAD) else 1


def _winding(draft: Draft, entry: str, given: Entry, phases: int, turn: int) -> Winding | None:
    """Return a winding, None with a fault where it cannot be."""
    reading = draft.reading
    delta = reading.flag(entry, given, "delta", default=False)
    end = draft.terminal(entry, given, "bus", phases)
    rated = 1e3 * reading.number(entry, given, "kV", above=0.0)
    tap = reading.number(entry, given, "tap", default=1.0, above=0.0)
    resistance = reading.number(entry, given, "pctR", default=0.0, least=0.0) / 100.0
    through = complex(
        reading.number(entry, given, "rneut", default=-1.0),
        reading.number(entry, given, "xneut", default=0.0),
    )
    if end is None or math.isnan(rated + tap + resistance + through.real + through.imag):
        return None
    coils = phase_pairs(end.nodes, phases, delta=delta, turn=turn)
    coil_v = rated if delta or phases == 1 else rated / ROOT3
    draft.fits(entry, "kV", end.bus, coils[0], coil_v)
    return Winding(
        coils=coils, coil_v=coil_v * tap, resistance_ratio=resistance,
        star=_earthed(end, phases, through) if not delta else None,
    )  # fmt: skip


def _earthed(end: Terminal, phases: int, through: complex) -> tuple[int, complex] | None:
    """Return the star point and what earths it, None where that is nothing or the star is earth itself."""
    if len(end.nodes) <= phases or end.nodes[phases] == EARTH or through.real < 0.0:
        return None
    return end.nodes[phases], through or complex(SOLID_OHM)


SOLID_OHM = 1e-6
"""What stands for a star point that is joined to earth with no impedance (OpenDSS)."""
