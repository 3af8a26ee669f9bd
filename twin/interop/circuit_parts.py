"""Entries of a circuit of conductors as elements: source, lines, transformers, capacitors and loads."""

import math
from typing import Any

import numpy as np

from twin.arrays import Array
from twin.interop.circuit_draft import ROOT3, Draft, Terminal, phase_pairs
from twin.interop.circuit_json import Entry
from twin.solve import wires_parts
from twin.solve.wires_load import EXPONENTS, Draw

PHASES = 3
NEGATIVE_RATIO = 1e-6
"""Share of the largest resistance by which rounding may make a matrix give power."""

LINE = ("bus1", "bus2", "phases", "R_ohm", "X_ohm")
LINE_MORE = ("C_nF", "is_switch", "enabled", "open1", "open2")
LOAD = ("bus", "phases", "delta", "kV", "kW", "kvar", "model")
LOAD_MORE = ("vminpu", "vmaxpu", "kW_solved", "kvar_solved", "enabled", "CVRwatts", "CVRvars")
CAPACITOR = ("bus", "phases", "kV", "kvar")
CAPACITOR_MORE = ("delta", "states", "enabled")
SOURCE = ("bus", "basekV_LL", "pu", "angle_deg", "R1", "X1", "R0", "X0")


def add_source(draft: Draft, given: Any) -> None:
    """Take the source: three phases behind a positive and a zero sequence impedance, or without any."""
    entry, reading = "source", draft.reading
    if not reading.keys(entry, given, SOURCE, ("name", "phases")):
        return
    end = draft.terminal(entry, given, "bus", PHASES)
    line_v = 1e3 * reading.number(entry, given, "basekV_LL", above=0.0)
    scale, angle = reading.number(entry, given, "pu", above=0.0), reading.number(entry, given, "angle_deg")
    r1, x1, r0, x0 = (reading.number(entry, given, key) for key in ("R1", "X1", "R0", "X0"))
    for key, value in (("R1", r1), ("R0", r0)):
        if value < 0.0:
            reading.fault("ST163", entry, attribute=key, found=f"{value:g}", expected="0 or more")
    if end is None or not np.isfinite([line_v, scale, angle, r1, x1, r0, x0]).all():
        return
    draft.fits(entry, "basekV_LL", end.bus, (end.nodes[0], end.nodes[1]), line_v)
    emf = wires_parts.phase_voltages(line_v / ROOT3 * scale, angle)
    nodes = end.nodes[:PHASES]
    if r1 == x1 == r0 == x0 == 0.0:
        draft.held += [("source", node, complex(v)) for node, v in zip(nodes, emf, strict=True)]
    elif abs(complex(r1, x1)) == 0.0 or abs(complex(r0, x0)) == 0.0:
        reading.fault(
            "ST163", entry, attribute="R1, X1, R0, X0", found="one sequence without impedance",
            expected="both sequences with one, or none",
        )  # fmt: skip
    else:
        impedance = wires_parts.sequence_matrix(complex(r1, x1), complex(r0, x0))
        draft.parts.append(wires_parts.source("source", nodes, emf, impedance))


def add_line(draft: Draft, name: str, given: Any, turns_hz: float) -> None:
    """Take a line; one that is open at an end goes on to a node of its own there."""
    entry, reading = f"lines.{name}", draft.reading
    if not reading.keys(entry, given, LINE, LINE_MORE):
        return
    phases = reading.number(entry, given, "phases", least=1.0)
    if not phases.is_integer():
        if math.isfinite(phases):
            reading.fault("ST163", entry, attribute="phases", found=f"{phases:g}", expected="a whole number")
        return
    count = int(phases)
    ends = [draft.terminal(entry, given, key, count) for key in ("bus1", "bus2")]
    resistance, reactance = (reading.matrix(entry, given, key, count) for key in ("R_ohm", "X_ohm"))
    none = np.zeros((count, count))
    farads = 1e-9 * reading.matrix(entry, given, "C_nF", count) if given.get("C_nF") is not None else none
    on = reading.flag(entry, given, "enabled", default=True)
    opened = [reading.flag(entry, given, key, default=False) for key in ("open1", "open2")]
    if not _passive(draft, entry, resistance, reactance) or None in ends or not np.isfinite(farads).all():
        return
    first, second = (end for end in ends if end is not None)
    draft.joined.append((entry, first.bus, second.bus))
    if not on or any(opened):
        draft.rest("line", name, count)
    if not on or all(opened):
        return
    a, b = (
        _apart(draft, name, end, count, apart) for end, apart in zip((first, second), opened, strict=True)
    )
    draft.parts.append(
        wires_parts.line(name, a, b, resistance + 1j * reactance, 2j * math.pi * turns_hz * farads)
    )


def _passive(draft: Draft, entry: str, resistance: Array, reactance: Array) -> bool:
    """Return whether a series impedance can be: it loses power and is nowhere 0."""
    if not np.isfinite(resistance).all() or not np.isfinite(reactance).all():
        return False
    own = np.abs(np.diag(resistance) + 1j * np.diag(reactance))
    lowest = float(np.linalg.eigvalsh((resistance + resistance.T) / 2.0).min())
    if (
        own.min() == 0.0
        or np.linalg.matrix_rank(resistance + 1j * reactance, tol=1e-9 * own.max()) < own.size
    ):
        found, expected = "an impedance of 0", "an impedance; join the buses, or write 1e-7 for a switch"
    elif lowest < -NEGATIVE_RATIO * float(np.abs(resistance).max()):
        found, expected = "a negative resistance", "a matrix of resistances that loses power"
    else:
        return True
    draft.reading.fault("ST163", entry, attribute="R_ohm, X_ohm", found=found, expected=expected)
    return False


def _apart(draft: Draft, name: str, end: Terminal, count: int, opened: bool) -> list[int]:
    """Return the nodes of an end, new ones of a hidden bus where it is open."""
    if not opened:
        return list(end.nodes[:count])
    bus = draft.add_bus(f"{name} (open end)", math.nan)
    return [draft.add_node(bus, draft.conductor[node]) for node in end.nodes[:count]]


def add_capacitor(draft: Draft, name: str, given: Any) -> None:
    """Take a capacitor; steps that are off take their share of its power."""
    entry, reading = f"capacitors.{name}", draft.reading
    if not reading.keys(entry, given, CAPACITOR, CAPACITOR_MORE):
        return
    phases, rated, power, delta = _plate(draft, entry, given, "kvar")
    end = draft.terminal(entry, given, "bus", phases)
    steps = given.get("states", [1])
    if not isinstance(steps, list) or not steps or set(steps) - {0, 1}:
        reading.fault("ST163", entry, attribute="states", found=str(steps), expected="a list of 0 and 1")
        return
    share = sum(steps) / len(steps)
    if end is None or math.isnan(rated + power):
        return
    if not reading.flag(entry, given, "enabled", default=True) or not share:
        return
    pairs = phase_pairs(end.nodes, phases, delta=delta)
    draft.fits(entry, "kV", end.bus, pairs[0], rated)
    draft.parts.append(wires_parts.capacitor(name, pairs, rated, share * power / phases))


def add_load(draft: Draft, name: str, given: Any) -> None:
    """Take a load, phase by phase."""
    entry, reading = f"loads.{name}", draft.reading
    if not reading.keys(entry, given, LOAD, LOAD_MORE):
        return
    phases, rated, power, delta = _plate(draft, entry, given, "kW")
    reactive = 1e3 * reading.number(entry, given, "kvar")
    model = reading.one_of(entry, given, "model", tuple(EXPONENTS), default=1)
    least = reading.number(entry, given, "vminpu", default=0.95, least=0.0)
    most = reading.number(entry, given, "vmaxpu", default=1.05, above=0.0)
    if least > most:
        reading.fault(
            "ST163", entry, attribute="vminpu", found=f"{least:g}", expected=f"no more than vmaxpu, {most:g}"
        )
    end = draft.terminal(entry, given, "bus", phases)
    if end is None or math.isnan(rated + power + reactive + least + most):
        return
    if not reading.flag(entry, given, "enabled", default=True):
        return
    exponents = None
    if model == 4:  # CVR: exponents of its own
        active, squared = EXPONENTS[model]
        exponents = (
            reading.number(entry, given, "CVRwatts", default=active),
            reading.number(entry, given, "CVRvars", default=squared),
        )
    pairs = phase_pairs(end.nodes, phases, delta=delta)
    if not delta or phases > 1 or len(end.nodes) > 1:  # one node in delta: line voltage, to earth
        draft.fits(entry, "kV", end.bus, pairs[0], rated)
    share = complex(power, reactive) / phases
    draft.draws += [Draw(name, a, b, rated, share, model, least, most, exponents) for a, b in pairs]


def _plate(draft: Draft, entry: str, given: Entry, power: str) -> tuple[int, float, float, bool]:
    """Return phases, voltage across one of them, power [W or var], and whether they stand in delta."""
    reading = draft.reading
    phases = int(reading.one_of(entry, given, "phases", (1, 2, 3), default=1))
    delta = reading.flag(entry, given, "delta", default=False)
    rated = 1e3 * reading.number(entry, given, "kV", above=0.0)
    across = rated if delta or phases == 1 else rated / ROOT3
    return phases, across, 1e3 * reading.number(entry, given, power), delta
