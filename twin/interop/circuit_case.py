"""Reads a power flow case in MATPOWER's columns (``pf_*.json``): one phase stands for three.

Source:
    R. D. Zimmerman, C. E. Murillo-Sanchez, MATPOWER User's Manual 7.1, 2020, sec. 3.2 and eq. 3.2 (branch).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from twin.interop.circuit_draft import ROOT3
from twin.interop.circuit_json import Entry, Reading
from twin.interop.circuit_model import Circuit
from twin.interop.circuit_wires import refuse_dead
from twin.solve.wires_load import Draw, draws_of
from twin.solve.wires_net import EARTH, Complex, Generators, Held, Wires
from twin.solve.wires_parts import Part, blocks_of

FORM = "power flow case"
PHASES = 3
LOAD, GENERATOR, SLACK = 1, 2, 3
TOP = ("baseMVA", "bus", "gen", "branch")
TOP_MORE = ("case", "source", "licence", "oracle", "format", "expected", "tolerance", "note")
BUS = ("i", "type", "Pd_MW", "Qd_Mvar", "baseKV")
BUS_MORE = ("Gs", "Bs", "Va_deg", "Vm_pu", "name", "area", "zone", "Vmax", "Vmin", "Vmax_pu", "Vmin_pu")
GEN = ("bus", "Vset_pu")
GEN_MORE = (
    "Pg_MW",
    "Qg_Mvar",
    "in_service",
    "Va_deg",
    "Qmax_Mvar",
    "Qmin_Mvar",
    "Pmax_MW",
    "Pmin_MW",
    "mBase",
)
BRANCH, BRANCH_MORE = ("f", "t", "r", "x"), (
    "b", "g", "ratio", "shift_deg", "in_service", "rateA", "rateB", "rateC", "name"
)  # fmt: skip


@dataclass(slots=True)
class Case:
    """A case while it is read.

    Attributes:
        reading: Where faults go.
        base_va: Base of per unit.
        numbers: Node of each bus number.
        nominal_v: Nominal voltage of each bus, phase to phase.
        types: Type of each bus.
        angles_deg: Angle of each bus where it is a slack.
        parts, draws: Branches, shunts and loads.
        generators: Name, power and voltage set at each bus.
    """

    reading: Reading
    base_va: float
    numbers: dict[int, int] = field(default_factory=dict)
    nominal_v: list[float] = field(default_factory=list)
    types: list[int] = field(default_factory=list)
    angles_deg: list[float] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    draws: list[Draw] = field(default_factory=list)
    generators: dict[int, list[tuple[str, float, float]]] = field(default_factory=dict)


def case_circuit(file: str, given: Mapping[str, Any]) -> Circuit:
    """Return a power flow case.

    Args:
        file: Name of the input as it is shown.
        given: What it holds.

    Raises:
        InputError: It is refused; carries every fault found.
    """
    reading = Reading(file)
    reading.keys("", given, TOP, TOP_MORE)
    case = Case(reading, 1e6 * reading.number("", given, "baseMVA", above=0.0))
    for table in TOP[1:]:
        if table in given and not isinstance(given[table], list):
            reading.fault("ST163", table, found=str(given[table])[:60], expected="a list of rows")
    reading.refuse()
    for number, row in enumerate(given["bus"]):
        _add_bus(case, f"bus[{number}]", row)
    reading.refuse()
    for number, row in enumerate(given["branch"]):
        _add_branch(case, number, row)
    for number, row in enumerate(given["gen"]):
        _add_generator(case, f"gen[{number}]", row)
    held, made = _machines(case)
    reading.refuse()
    each = np.arange(len(case.numbers))
    wires = Wires(
        buses=tuple(map(str, case.numbers)), bus=each, conductor=np.ones(each.size, np.intp), alike=PHASES,
        branches=blocks_of(case.parts), draws=draws_of(case.draws), held=held, generators=made,
    )  # fmt: skip
    refuse_dead(reading, wires, "bus")
    return Circuit(
        file=file, form=FORM, wires=wires, nominal_v=np.array(case.nominal_v) / ROOT3,
        sections={"line": "line", "transformer": "line"},
    )  # fmt: skip


def _add_bus(case: Case, entry: str, row: Any) -> None:
    """Take a bus with its load and its shunt."""
    reading = case.reading
    if not reading.keys(entry, row, BUS, BUS_MORE):
        return
    number = reading.number(entry, row, "i", least=0.0)
    nominal = 1e3 * reading.number(entry, row, "baseKV", above=0.0)
    kind = reading.one_of(entry, row, "type", (LOAD, GENERATOR, SLACK), default=LOAD)
    load = complex(reading.number(entry, row, "Pd_MW"), reading.number(entry, row, "Qd_Mvar"))
    shunt = complex(*(reading.number(entry, row, key, default=0.0) for key in ("Gs", "Bs")))
    if not np.isfinite([number, nominal, load, shunt]).all():
        return
    if int(number) in case.numbers:
        reading.fault("ST169", entry, attribute="i", found=f"bus {number:g} twice", expected="its own number")
        return
    node = case.numbers[int(number)] = len(case.numbers)
    case.nominal_v.append(nominal)
    case.types.append(int(kind))
    case.angles_deg.append(reading.number(entry, row, "Va_deg", default=0.0))
    if load:
        case.draws.append(Draw(str(int(number)), node, EARTH, nominal / ROOT3, load * 1e6 / PHASES))
    if shunt:
        admittance = np.array([[shunt * 1e6 / nominal**2]])
        case.parts.append(Part("earth", f"shunt at {int(number)}", [node], [EARTH], admittance))


def _node(case: Case, entry: str, row: Entry, key: str) -> int | None:
    if isinstance(row[key], int) and row[key] in case.numbers:
        return case.numbers[row[key]]
    case.reading.fault(
        "ST164", entry, attribute=key, found=f"there is no bus {row[key]}", expected="the number of a bus"
    )
    return None


def _add_branch(case: Case, number: int, row: Any) -> None:
    """Take a branch: pi circuit behind an ideal transformer at its first bus."""
    entry, reading = f"branch[{number}]", case.reading
    if not reading.keys(entry, row, BRANCH, BRANCH_MORE):
        return
    a, b = (_node(case, entry, row, key) for key in ("f", "t"))
    series = complex(reading.number(entry, row, "r"), reading.number(entry, row, "x"))
    shunt = complex(*(reading.number(entry, row, key, default=0.0) for key in ("g", "b")))
    ratio = reading.number(entry, row, "ratio", default=1.0, least=0.0) or 1.0
    shift = reading.number(entry, row, "shift_deg", default=0.0)
    if series == 0.0 or series.real < 0.0:
        what = "an impedance of 0" if series == 0.0 else f"a negative resistance, {series.real:g}"
        reading.fault("ST163", entry, attribute="r, x", found=what, expected="r of 0 or more, and not both 0")
        return
    on = reading.flag(entry, row, "in_service", default=True)
    if a is None or b is None or not on or not np.isfinite([series, shunt, ratio, shift]).all():
        return
    case.parts.append(_branch(case, str(number), (a, b), (1.0 / series, shunt), ratio * _turned(shift)))


def _turned(angle_deg: float) -> complex:
    return complex(np.exp(1j * np.radians(angle_deg)))


def _branch(
    case: Case, name: str, ends: tuple[int, int], per_unit: tuple[complex, complex], turns: complex
) -> Part:
    """Return a branch: a line where both ends have one base and no transformer stands between them."""
    (a, b), (series, shunt) = ends, per_unit
    high, low = (case.nominal_v[node] for node in ends)
    if turns == 1.0 and high == low:
        scale = case.base_va / high**2
        whole = np.diag([series, shunt / 2.0, shunt / 2.0]) if shunt else np.array([[series]])
        nodes = ([a, a, b], [b, EARTH, EARTH]) if shunt else ([a], [b])
        return Part("line", name, *nodes, whole.astype(np.complex128) * scale)
    pair: Complex = np.array([[series + shunt / 2.0, -series], [-series, series + shunt / 2.0]])
    scale_a = 1.0 / (turns * high)
    across = np.array([scale_a, 1.0 / low])
    whole = case.base_va * across.conj()[:, None] * pair * across[None, :]
    return Part("transformer", name, [a, b], [EARTH, EARTH], whole)


def _add_generator(case: Case, entry: str, row: Any) -> None:
    reading = case.reading
    if not reading.keys(entry, row, GEN, GEN_MORE):
        return
    node = _node(case, entry, row, "bus")
    ratio = reading.number(entry, row, "Vset_pu", above=0.0)
    power = 1e6 * reading.number(entry, row, "Pg_MW", default=0.0)
    if node is None or np.isnan(ratio + power) or not reading.flag(entry, row, "in_service", default=True):
        return
    case.angles_deg[node] = reading.number(entry, row, "Va_deg", default=case.angles_deg[node])
    others = case.generators.setdefault(node, [])
    if any(other[2] != ratio for other in others):
        reading.fault(
            "ST167", entry, attribute="Vset_pu", found=f"{ratio:g}, where another one holds {others[0][2]:g}",
            expected="one voltage at a bus",
        )  # fmt: skip
    others.append((entry, power, ratio))


def _machines(case: Case) -> tuple[Held, Generators]:
    """Return slack buses as held nodes, and generators at the buses that say so."""
    names, number = list(case.numbers), {node: n for n, node in case.numbers.items()}
    volts = [nominal / ROOT3 for nominal in case.nominal_v]
    slack, pv = (
        [node for node, kind in enumerate(case.types) if kind == wanted] for wanted in (SLACK, GENERATOR)
    )
    if not slack:
        case.reading.fault(
            "ST168",
            "bus",
            attribute="type",
            found="no bus of type 3",
            expected="one that takes up the balance",
        )
    for node in [*slack, *pv]:
        if node not in case.generators:
            case.reading.fault(
                "ST168", f"bus[{node}]", attribute="type", found="no generator that says its voltage",
                expected=f"a row of gen with bus {number[node]}, or type 1",
            )  # fmt: skip
            case.generators[node] = [("", 0.0, np.nan)]
    for node in case.generators:
        if case.types[node] == LOAD:
            case.reading.fault(
                "ST167", f"bus[{node}]", attribute="type", found="type 1 with a generator that holds it",
                expected="type 2, or 3 for the slack",
            )  # fmt: skip
    ratio = {node: rows[0][2] for node, rows in case.generators.items()}
    held = Held(
        names=tuple(str(names[node]) for node in slack), node=np.array(slack, dtype=np.intp),
        voltage_v=np.array(
            [ratio[node] * volts[node] * _turned(case.angles_deg[node]) for node in slack], np.complex128
        ),
    )  # fmt: skip
    made = Generators(
        names=tuple(str(names[node]) for node in pv), node=np.array(pv, dtype=np.intp),
        power_w=np.array([sum(row[1] for row in case.generators[node]) / PHASES for node in pv], dtype=float),
        voltage_v=np.array([ratio[node] * volts[node] for node in pv], dtype=np.float64),
    )  # fmt: skip
    return held, made
