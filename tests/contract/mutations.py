"""Random damage to the layers of the pod, and what the walk makes of it.

    python -m tests.contract.mutations FIRST LAST      one JSON line per seed, from FIRST up to LAST

Runs as a process of its own, so that a crash or a hang of any library is seen as one.
"""

import hashlib
import json
import random
import re
import sys
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path

import numpy as np

from tests.property.pods import copy_pod, layers_of
from twin.balance import balance, require_closed
from twin.errors import ConvergenceError, InputError, UsageError
from twin.model.facility import Facility
from twin.model.network import lay_out
from twin.solve.couple import Solution, solve
from twin.stage.read import read

NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?")
PRIM = re.compile(r'(?:def|over)(?: \w+)? "(\w+)"')
VALUE = re.compile(r"^\s*double (twin:[\w:]+) = (-?[\d.]+)$", re.MULTILINE)
QUOTED = re.compile(r'"(\w+)"')
UNITS = (
    "W",
    "kW",
    "MW",
    "kVA",
    "degC",
    "K",
    "m",
    "mm",
    "ft",
    "kPa",
    "bar",
    "psi",
    "L/min",
    "m3/h",
    "gpm",
    "%",
    "1",
)
LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789 .,;:=()[]{}<>@"#/_-\n'

Mutation = Callable[[str, random.Random], str]


def _spot(text: str, rng: random.Random) -> int:
    return rng.randrange(len(text))


def _line(text: str, rng: random.Random) -> tuple[list[str], int]:
    lines = text.splitlines(keepends=True)
    return lines, rng.randrange(len(lines))


def _match(pattern: re.Pattern[str], text: str, rng: random.Random) -> re.Match[str] | None:
    found = list(pattern.finditer(text))
    return rng.choice(found) if found else None


def _put(text: str, match: re.Match[str], new: str, group: int = 0) -> str:
    return text[: match.start(group)] + new + text[match.end(group) :]


def drop_character(text: str, rng: random.Random) -> str:
    at = _spot(text, rng)
    return text[:at] + text[at + 1 :]


def add_character(text: str, rng: random.Random) -> str:
    at = _spot(text, rng)
    return text[:at] + rng.choice(LETTERS) + text[at:]


def drop_line(text: str, rng: random.Random) -> str:
    lines, at = _line(text, rng)
    return "".join(lines[:at] + lines[at + 1 :])


def double_line(text: str, rng: random.Random) -> str:
    lines, at = _line(text, rng)
    return "".join(lines[: at + 1] + lines[at:])


def swap_lines(text: str, rng: random.Random) -> str:
    lines, at = _line(text, rng)
    other = min(at + 1, len(lines) - 1)
    lines[at], lines[other] = lines[other], lines[at]
    return "".join(lines)


def drop_block(text: str, rng: random.Random) -> str:
    match = _match(PRIM, text, rng)
    if not match:
        return text
    first = text.rfind("\n", 0, match.start()) + 1
    indent = text[first : match.start()]
    end = re.compile(rf"^{indent}\}}\n", re.MULTILINE).search(text, match.end())
    return text[:first] + text[end.end() :] if end else text


def double_block(text: str, rng: random.Random) -> str:
    match = _match(PRIM, text, rng)
    if not match:
        return text
    first = text.rfind("\n", 0, match.start()) + 1
    end = re.compile(rf"^{text[first : match.start()]}\}}\n", re.MULTILINE).search(text, match.end())
    if not end:
        return text
    block = text[first : end.end()].replace(f'"{match[1]}"', f'"{match[1]}_Copy"', 1)
    return text[: end.end()] + block + text[end.end() :]


def swap_numbers(text: str, rng: random.Random) -> str:
    found = list(NUMBER.finditer(text))
    if len(found) < 2:
        return text
    a, b = sorted(rng.sample(found, 2), key=lambda m: m.start())
    return text[: a.start()] + b[0] + text[a.end() : b.start()] + a[0] + text[b.end() :]


def change_digit(text: str, rng: random.Random) -> str:
    match = _match(NUMBER, text, rng)
    if not match:
        return text
    digits = [i for i, c in enumerate(match[0]) if c.isdigit()]
    at = rng.choice(digits)
    return _put(text, match, match[0][:at] + str(rng.randrange(10)) + match[0][at + 1 :])


def scale_number(text: str, rng: random.Random) -> str:
    match = _match(VALUE, text, rng)
    factor = rng.choice([1e-6, 1e-3, 0.1, -1.0, 0.0, 10.0, 1e3, 1e6, 1e12])
    return _put(text, match, f"{float(match[2]) * factor:g}", 2) if match else text


def strange_number(text: str, rng: random.Random) -> str:
    match = _match(VALUE, text, rng)
    return (
        _put(text, match, rng.choice(["nan", "inf", "-inf", "1e308", "-0", "None", '"7"', "1e-300"]), 2)
        if match
        else text
    )


def add_unit(text: str, rng: random.Random) -> str:
    match = _match(VALUE, text, rng)
    return _put(text, match, f'{match[2]} (twinUnit = "{rng.choice(UNITS)}")', 2) if match else text


def misspell(text: str, rng: random.Random) -> str:
    match = _match(re.compile(r"twin:\w+:(\w+)"), text, rng)
    if not match:
        return text
    at = rng.randrange(len(match[1]))
    return _put(text, match, match[1][:at] + match[1][at + 1 :], 1)


def rename_prim(text: str, rng: random.Random) -> str:
    match = _match(PRIM, text, rng)
    return _put(text, match, match[1] + "_X", 1) if match else text


def rename_everywhere(text: str, rng: random.Random) -> str:
    match = _match(PRIM, text, rng)
    return re.sub(rf"\b{match[1]}\b", match[1] + "_X", text) if match else text


def change_target(text: str, rng: random.Random) -> str:
    found = list(re.finditer(r"<[^<>\n]+>", text))
    if len(found) < 2:
        return text
    a, b = rng.sample(found, 2)
    return text[: a.start()] + b[0] + text[a.end() :]


def change_word(text: str, rng: random.Random) -> str:
    found = list(QUOTED.finditer(text))
    if len(found) < 2:
        return text
    a, b = rng.sample(found, 2)
    return text[: a.start()] + b[0] + text[a.end() :]


def change_asset(text: str, rng: random.Random) -> str:
    found = list(re.finditer(r"@[^@\n]+@", text))
    if len(found) < 2:
        return text
    a, b = rng.sample(found, 2)
    return text[: a.start()] + b[0] + text[a.end() :]


def truncate(text: str, rng: random.Random) -> str:
    return text[: _spot(text, rng)]


MUTATIONS: tuple[Mutation, ...] = (
    drop_character, add_character, drop_line, double_line, swap_lines, drop_block, double_block, swap_numbers,
    change_digit, change_digit, scale_number, scale_number, strange_number, add_unit, misspell, rename_prim,
    rename_everywhere, change_target, change_target, change_word, change_asset, truncate,
)  # fmt: skip


@dataclass(frozen=True)
class Prints:
    """Fingerprints of what was read and of what was solved."""

    inputs: str
    results: str


def digest(thing: object) -> str:
    """Return a fingerprint of arrays and words, however nested; functions and opinions count for nothing."""
    state = hashlib.sha256()
    _feed(state, thing)
    return state.hexdigest()


def _feed(state: "hashlib._Hash", thing: object) -> None:
    if isinstance(thing, np.ndarray):
        state.update(str((thing.shape, thing.dtype)).encode() + np.ascontiguousarray(thing).tobytes())
    elif is_dataclass(thing):
        for field in fields(thing):
            _feed(state, getattr(thing, field.name))
    elif isinstance(thing, dict) or hasattr(thing, "items"):
        for key in sorted(thing):
            state.update(str(key).encode())
            _feed(state, thing[key])
    elif isinstance(thing, list | tuple):
        for item in thing:
            _feed(state, item)
    elif not callable(thing):
        state.update(repr(thing).encode())


def inputs_of(facility: Facility) -> str:
    """Return a fingerprint of every column that a solver could see."""
    shown = ("kind", "paths", "numbers", "words", "curves", "ends", "targets", "in_service",
             "position_m", "floor_m", "size_m", "angle_rad", "route_m")  # fmt: skip
    tables = {k: [getattr(t, name) for name in shown] for k, t in facility.tables.items()}
    ports = facility.ports
    return digest([tables, ports.paths, ports.kind, ports.part, ports.position_m, facility.cases])


def results_of(solution: Solution) -> str:
    """Return a fingerprint of flows, temperatures, voltages and powers."""
    return digest(
        [
            solution.flow.flow_kg_s,
            solution.flow.pressure_pag,
            solution.heat.temperature_k,
            solution.heat.outlet_k,
            solution.consumer_w,
            solution.power.node_voltage_ratio,
            solution.power.feed_power_va,
            solution.exchanger_mode,
            solution.rejector_mode,
            solution.lost_cooling,
        ]
    )


def prints_of(site: Path) -> tuple[Prints, Solution, int]:
    """Read and solve a site."""
    reading = read(site)
    solution = solve(lay_out(reading.facility))
    require_closed(solution, balance(solution))
    return Prints(inputs_of(reading.facility), results_of(solution)), solution, len(reading.warnings)


def mutated(site: Path, seed: int) -> tuple[str, str, int]:
    """Damage one layer; return what was done, the layer and the first line that differs."""
    rng = random.Random(seed)
    while True:
        file, mutation = rng.choice(layers_of(site)), rng.choice(MUTATIONS)
        before = file.read_text(encoding="utf-8")
        after = mutation(before, rng)
        if after != before:
            break
    file.write_text(after, encoding="utf-8")
    same = next(
        (i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b),
        min(len(before), len(after)),
    )
    return mutation.__name__, str(file.relative_to(site)), before.count("\n", 0, same) + 1


def outcome(site: Path, base: Prints) -> dict[str, object]:
    """Walk a damaged site and tell how it ended."""
    try:
        prints, solution, warnings = prints_of(site)
    except (InputError, UsageError) as refusal:
        return {"ends": type(refusal).__name__, "text": str(refusal)[:300]}
    except ConvergenceError as refusal:
        return {"ends": "ConvergenceError", "component": refusal.component, "text": str(refusal)[:300]}
    except Exception as reason:
        return {
            "ends": "crash",
            "text": f"{type(reason).__name__}: {reason}",
            "trace": traceback.format_exc()[-3000:],
        }
    return {
        "ends": "solution",
        "warnings": warnings,
        "same_inputs": prints.inputs == base.inputs,
        "same_results": prints.results == base.results,
        "energy": float(balance(solution).energy_ratio.max()),
        "finite": bool(
            np.isfinite(solution.flow.flow_kg_s).all() and np.isfinite(solution.heat.temperature_k).all()
        ),
        "hottest_c": float(solution.heat.temperature_k.max() - 273.15),
    }


def main(first: int, last: int) -> None:
    """Print one line of JSON per seed."""
    with tempfile.TemporaryDirectory() as folder:
        base, _, _ = prints_of(copy_pod(Path(folder)))
    print(json.dumps({"seed": -1, "ends": "ready"}), flush=True)
    for seed in range(first, last):
        with tempfile.TemporaryDirectory() as folder:
            site = copy_pod(Path(folder))
            kind, file, line = mutated(site, seed)
            record = {"seed": seed, "kind": kind, "file": file, "line": line, **outcome(site, base)}
            print(json.dumps(record).replace(folder, "…"), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
