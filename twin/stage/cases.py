"""The states a design must hold in: normal and each contingency, at both ends of the heat split."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from twin.arrays import Array, Flags
from twin.model.facility import Case
from twin.stage.connect import subtree
from twin.stage.declared import relation_name
from twin.stage.expand import Parts
from twin.stage.faults import Faults

CONTINGENCY = "contingency"
# Inhibited PG25 is sold 3 to 17 % more viscous than the law for the pure mixture (Dow, DOWFROST LC 25).
THICKER = Case(
    name="viscosity",
    viscosity_ratio=1.15,
    text="The coolant is 15 % more viscous than its law, as inhibited ones are",
)
_NAMED = tuple(relation_name(CONTINGENCY, name) for name in ("out", "start", "one_pump_out", "recharging"))
PUMPS_OUT, RECHARGING = "pumps_out_count", "recharging_ratio"
_CAPTURE = ("heat_capture_ratio", "heat_capture_low_ratio")


def cases(
    parts: Mapping[str, Parts],
    numbers: Mapping[str, Mapping[str, Array]],
    words: Mapping[str, Mapping[str, tuple[str, ...]]],
    faults: Faults,
) -> tuple[Case, ...]:
    """Return the variant axis: normal, contingencies in path order, then all with the heat in the air."""
    found = [Case(name="normal")]
    if declared := parts.get(CONTINGENCY):
        texts = words[CONTINGENCY].get("description", ("",) * len(declared.paths))
        for row, path in enumerate(declared.paths):
            place, base = declared.place_of(row), declared.base[row]
            out, start, pump, charge = (
                tuple(base + t.path if t.local else t.path for t in place.relationships[name].targets)
                for name in _NAMED
            )
            if not any(_reached(parts, path) for path in (*out, *start, *pump, *charge)):
                faults.add(
                    "ST050", prim=path, spot=place.spot, found="no part is named", expected="parts to stop"
                )
            found.append(
                Case(
                    name=path.rpartition("/")[2], prim=path, out=out, start=start, one_pump_out=pump,
                    recharging=charge, text=texts[row],
                )
            )  # fmt: skip
    if _splits(numbers):
        found += [replace(case, capture="air") for case in found]
    if "rack" in parts:
        found.append(THICKER)
    return tuple(found)


def in_service(parts: Parts, axis: tuple[Case, ...]) -> Flags:
    """Return whether each part runs in each case, shape (part, 1 or variant)."""
    normal = ~parts.told.standby[parts.place]
    flags = np.repeat(normal[:, None], len(axis), axis=1)
    for column, case in enumerate(axis):
        for prim in case.start:
            flags[_rows(parts.paths, prim), column] = True
        for prim in case.out:
            flags[_rows(parts.paths, prim), column] = False
    same = bool((flags == flags[:, :1]).all())
    return flags[:, :1].copy() if same else flags


def in_cases(parts: Parts, numbers: Mapping[str, Array], axis: tuple[Case, ...]) -> Mapping[str, Array]:
    """Return the numbers of a kind with what cases say of them: pumps that stand, batteries that charge."""
    if RECHARGING in numbers and any(case.recharging for case in axis):
        ratio = np.repeat(numbers[RECHARGING], len(axis), axis=1)
        for column, case in enumerate(axis):
            for prim in case.recharging:
                ratio[_rows(parts.paths, prim), column] = 1.0
        numbers = {**numbers, RECHARGING: ratio}
    if PUMPS_OUT not in numbers or not any(case.one_pump_out for case in axis):
        return numbers
    count = np.repeat(numbers[PUMPS_OUT], len(axis), axis=1)
    for column, case in enumerate(axis):
        for prim in case.one_pump_out:
            count[_rows(parts.paths, prim), column] += 1.0
    return {**numbers, PUMPS_OUT: count}


def _rows(paths: tuple[str, ...], prim: str) -> slice:
    rows = subtree(paths, prim)
    return slice(rows.start, rows.stop)


def _reached(parts: Mapping[str, Parts], prim: str) -> bool:
    return any(len(subtree(p.paths, prim)) for p in parts.values())


def _splits(numbers: Mapping[str, Mapping[str, Array]]) -> bool:
    """Return whether any part declares a range of heat capture."""
    return any(_differ(*(table[name] for name in _CAPTURE)) for table in numbers.values() if _has(table))


def _has(table: Mapping[str, Array]) -> bool:
    return all(name in table for name in _CAPTURE)


def _differ(high: Array, low: Array) -> bool:
    return bool((np.isfinite(high) & np.isfinite(low) & (high != low)).any())
