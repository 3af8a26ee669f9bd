"""What hypothesis varies in the shipped pod: set-points, loads, weather, outages; and ways to rewrite it."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from twin.model.facility import Facility, Table

RACKS = tuple(f"/World/White/IT/Rack_{row}{i}" for row in "AB" for i in range(1, 5))
CDUS = ("/World/White/Mechanical/Cdu_1", "/World/White/Mechanical/Cdu_2")
SET_POINT = "twin:cdu:tcsSupplySet"


def written(prim: str, attribute: str, value: float) -> str:
    """Return an override as the command line takes it."""
    return f"{prim}.{attribute}={value:.6g}"


@st.composite
def overrides(draw: st.DrawFn) -> list[str]:
    """Draw a pod as an operator might set it, as overrides of the stage."""
    kw = draw(st.lists(st.floats(60.0, 140.0), min_size=len(RACKS), max_size=len(RACKS)))
    chosen = [written(rack, "twin:rack:itPower", power) for rack, power in zip(RACKS, kw, strict=True)]
    chosen += [written(cdu, SET_POINT, draw(st.floats(25.0, 45.0))) for cdu in CDUS]
    chosen.append(written("/World/Site", "twin:site:dryBulb", draw(st.floats(-10.0, 43.0))))
    chosen.append(
        written("/World/White/Mechanical/CduGroup", "twin:control:set", draw(st.floats(40.0, 200.0)))
    )
    return chosen


@st.composite
def columns(draw: st.DrawFn) -> dict[tuple[str, str], np.ndarray]:
    """Draw the same settings as columns in SI, for runs that need not read the stage again."""
    kw = draw(st.lists(st.floats(60.0, 140.0), min_size=len(RACKS), max_size=len(RACKS)))
    celsius = [draw(st.floats(25.0, 45.0)) for _ in CDUS]
    return {
        ("rack", "it_power_w"): 1e3 * np.array(kw)[:, None],
        ("cdu", "tcs_supply_set_k"): np.array(celsius)[:, None] + 273.15,
        ("site", "dry_bulb_k"): np.array([[draw(st.floats(-10.0, 43.0)) + 273.15]]),
    }


# One case of the axis is enough where a law is about a state, all of them where it is about the axis.
CASES = st.sampled_from(("normal", "cdu", "fws_pump", "dry_cooler", "fan_wall", "feed_a", "feed_b"))


def with_numbers(facility: Facility, changes: Mapping[tuple[str, str], np.ndarray]) -> Facility:
    """Return a facility with other columns: (kind, parameter) to values, shape (part, 1 or variant)."""
    tables = dict(facility.tables)
    for (kind, name), values in changes.items():
        tables[kind] = replace(tables[kind], numbers={**tables[kind].numbers, name: values})
    return replace(facility, tables=tables)


def with_cases(facility: Facility, which: list[int]) -> Facility:
    """Return a facility whose variant axis holds only some of its cases."""
    count = len(facility.cases)

    def taken(values: np.ndarray) -> np.ndarray:
        return values[:, which] if values.shape[1] == count > 1 else values

    tables = {
        kind: replace(
            table, in_service=taken(table.in_service), numbers={k: taken(v) for k, v in table.numbers.items()}
        )
        for kind, table in facility.tables.items()
    }
    return replace(facility, tables=tables, cases=tuple(facility.cases[i] for i in which))


def case_named(facility: Facility, name: str) -> Facility:
    """Return a facility in one of its cases."""
    return with_cases(facility, [next(i for i, case in enumerate(facility.cases) if case.name == name)])


def row_of(table: Table, path: str) -> int:
    """Return the row of a part."""
    return table.paths.index(path)


# ----------------------------------------------------------------------- the same stage, rewritten


def renamed(site: Path, names: Mapping[str, str]) -> None:
    """Rename prims in every layer of a site, targets included; ports have an order by name and keep it."""
    word = re.compile(rf"\b({'|'.join(map(re.escape, names))})\b")
    for file in site.rglob("*.usda"):
        text = file.read_text(encoding="utf-8")
        file.write_text(word.sub(lambda match: names[match[1]], text), encoding="utf-8")


def reordered(site: Path, seed: int) -> None:
    """Write siblings of every layer of a site in another order."""
    rng = np.random.default_rng(seed)
    for file in sorted(site.rglob("*.usda")):
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        for depth in range(1, 5):
            lines = _shuffled(lines, "    " * depth, rng)
        file.write_text("".join(lines), encoding="utf-8")


def _shuffled(lines: list[str], indent: str, rng: np.random.Generator) -> list[str]:
    """Deal the prims of one depth out again among the places they stand at, family by family."""
    families: list[list[tuple[int, int]]] = [[]]
    start = -1
    for number, line in enumerate(lines):
        if line.startswith(f"{indent}def ") and start < 0:
            start = number
        elif line == f"{indent}}}\n" and start >= 0:
            families[-1].append((start, number + 1))
            start = -1
        elif start < 0 and line.strip() and not line.startswith(indent):
            families.append([])
    out, at = [], 0
    for family in families:
        for (first, last), which in zip(family, rng.permutation(len(family)), strict=True):
            out += lines[at:first] + lines[slice(*family[which])]
            at = last
    return out + lines[at:]
