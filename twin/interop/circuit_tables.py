"""Reads the ``network`` tables of pandapower (``dc_*.json``): a balanced network, one phase for three.

Source:
    L. Thurner et al., pandapower, IEEE Trans. Power Syst. 33 (2018); pandapower 3.3
    documentation, Electric Elements: line, trafo (t model), load (ZIP), ext_grid.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from twin.interop.circuit_draft import ROOT3
from twin.interop.circuit_json import Entry, Reading
from twin.interop.circuit_model import Circuit
from twin.interop.circuit_wires import refuse_dead
from twin.solve.wires_load import Draw, draws_of
from twin.solve.wires_net import EARTH, Complex, Held, Wires, no_generators
from twin.solve.wires_parts import Part, blocks_of

FORM = "balanced network tables"
PHASES = 3
SAME_VOLTAGE_RATIO = 0.25
TAP_CHANGERS = ("Ratio", "Symmetrical")

NEEDED: Mapping[str, tuple[str, ...]] = {
    "bus": ("name", "vn_kv"),
    "ext_grid": ("name", "bus", "vm_pu"),
    "line": ("name", "from_bus", "to_bus", "length_km", "r_ohm_per_km", "x_ohm_per_km"),
    "trafo": ("name", "hv_bus", "lv_bus", "sn_mva", "vn_hv_kv", "vn_lv_kv", "vk_percent", "vkr_percent"),
    "load": ("name", "bus", "p_mw", "q_mvar"),
}
USED: Mapping[str, tuple[str, ...]] = {
    "bus": ("index", "in_service"),
    "ext_grid": ("va_degree", "in_service"),
    "line": ("c_nf_per_km", "g_us_per_km", "parallel", "in_service"),
    "trafo": (
        "pfe_kw", "i0_percent", "shift_degree", "parallel", "in_service", "tap_side", "tap_pos",
        "tap_neutral", "tap_step_percent", "tap_step_degree", "tap_changer_type", "tap_dependency_table",
        "tap_phase_shifter",
    ),
    "load": (
        "scaling", "in_service", "const_z_p_percent", "const_i_p_percent", "const_z_q_percent",
        "const_i_q_percent",
    ),
}  # fmt: skip
# Ratings, names and what other calculations need.
OTHERS: Mapping[str, tuple[str, ...]] = {
    "bus": ("type", "zone", "geo", "max_vm_pu", "min_vm_pu"),
    "ext_grid": (
        "index", "slack_weight", "controllable", "s_sc_max_mva", "s_sc_min_mva", "rx_min", "rx_max",
        "r0x0_max", "x0x_max",
    ),
    "line": (
        "index", "max_i_ka", "df", "endtemp_degree", "type", "std_type", "geo", "r0_ohm_per_km",
        "x0_ohm_per_km", "c0_nf_per_km", "max_loading_percent",
    ),
    "trafo": (
        "index", "df", "vector_group", "oltc", "std_type", "tap_min", "tap_max",
        "vk0_percent", "vkr0_percent", "mag0_percent", "mag0_rx",
        "si0_hv_partial", "max_loading_percent", "id_characteristic_table", "xn_ohm",
    ),
    "load": ("index", "sn_mva", "type", "controllable", "zone"),
}  # fmt: skip
TOP = ("case", "note", "source", "licence", "oracle", "expected", "tolerance", "f_hz", "sn_mva")


def tables_circuit(file: str, given: Mapping[str, Any]) -> Circuit:
    """Return a balanced network.

    Args:
        file: Name of the input as it is shown.
        given: What it holds.

    Raises:
        InputError: It is refused; carries every fault found.
    """
    reading = Reading(file)
    reading.keys("", given, ("network",), TOP)
    reading.refuse()
    network = given["network"]
    reading.keys("network", network, ("bus", "ext_grid"), ("line", "trafo", "load", "f_hz", "sn_mva", "name"))
    reading.refuse()
    tables = Tables(reading, network)
    reading.refuse()
    hertz = reading.number("network", {**given, **network}, "f_hz", default=50.0, above=0.0)
    for entry, row in tables.rows("ext_grid"):
        tables.add_grid(entry, row)
    for entry, row in tables.rows("line"):
        tables.add_line(entry, row, hertz)
    for entry, row in tables.rows("trafo"):
        tables.add_transformer(entry, row)
    for entry, row in tables.rows("load"):
        tables.add_load(entry, row)
    if not tables.held and not reading.faults:
        reading.fault("ST168", "ext_grid", found="no source in service", expected="one or more")
    reading.refuse()
    made = tables.circuit(file)
    refuse_dead(reading, made.wires, "load")
    return made


class Tables:
    """A network while its tables are read.

    Attributes:
        reading: Where faults go.
        network: The tables.
        numbers: Node of each bus by its index.
        names: Names of buses.
        nominal_v: Nominal voltages, phase to phase.
        live: Whether a bus is in service.
        held, parts, draws, idle, rated_a: What was found.
    """

    def __init__(self, reading: Reading, network: Mapping[str, Any]) -> None:
        """Take the table of buses."""
        self.reading, self.network = reading, network
        self.numbers: dict[int, int] = {}
        self.names: list[str] = []
        self.nominal_v: list[float] = []
        self.live: list[bool] = []
        self.held: dict[int, tuple[str, complex]] = {}
        self.parts: list[Part] = []
        self.draws: list[Draw] = []
        self.idle: dict[str, dict[str, int]] = {}
        self.rated_a: dict[str, Any] = {}
        for position, (entry, row) in enumerate(self.rows("bus")):
            index = int(reading.number(entry, row, "index", default=position, least=0.0))
            if str(row["name"]) in self.names or index in self.numbers:
                reading.fault("ST169", entry, found="stands twice", expected="a name and an index of its own")
            self.numbers[index] = len(self.names)
            self.names.append(str(row["name"]))
            self.nominal_v.append(1e3 * reading.number(entry, row, "vn_kv", above=0.0))
            self.live.append(reading.flag(entry, row, "in_service", default=True))

    def rows(self, table: str) -> Iterator[tuple[str, Entry]]:
        """Yield name and row of each entry of a table that is whole; note the others."""
        rows = self.network.get(table, [])
        if not isinstance(rows, Sequence) or isinstance(rows, str):
            self.reading.fault("ST163", table, found=str(rows)[:60], expected="a list of rows")
            return
        seen: set[str] = set()
        for number, row in enumerate(rows):
            name = row.get("name") if isinstance(row, Mapping) else None
            entry = f"{table}[{number}]" if name is None else f"{table}.{name}"
            if entry in seen:
                self.reading.fault("ST169", entry, found="stands twice", expected="a name of its own")
            seen.add(entry)
            if self.reading.keys(entry, row, NEEDED[table], (*USED[table], *OTHERS[table])):
                yield entry, row

    def _bus(self, entry: str, row: Entry, key: str) -> int | None:
        """Return the node that an entry names, None with a fault where there is none."""
        value = row[key]
        if isinstance(value, int) and value in self.numbers:
            return self.numbers[value]
        said = ", ".join(map(str, list(self.numbers)[:12]))
        self.reading.fault(
            "ST164", entry, attribute=key, found=f"there is no bus {value}", expected=f"one of {said}"
        )
        return None

    def _runs(self, entry: str, row: Entry, *buses: int | None) -> bool:
        on = self.reading.flag(entry, row, "in_service", default=True)
        return on and all(bus is not None and self.live[bus] for bus in buses)

    def add_grid(self, entry: str, row: Entry) -> None:
        """Take a source that holds its bus."""
        bus = self._bus(entry, row, "bus")
        ratio = self.reading.number(entry, row, "vm_pu", above=0.0)
        angle = self.reading.number(entry, row, "va_degree", default=0.0)
        if bus is None or not self._runs(entry, row, bus) or np.isnan(ratio + angle):
            return
        voltage = ratio * self.nominal_v[bus] / ROOT3 * np.exp(1j * np.radians(angle))
        name, other = self.held.setdefault(bus, (str(row["name"]), voltage))
        if name != str(row["name"]):
            self.reading.fault(
                "ST167", entry,
                found=f"{_volts(voltage)} at bus {self.names[bus]}, where {name} holds {_volts(other)}",
                expected="one source without impedance at a bus",
            )  # fmt: skip

    def add_line(self, entry: str, row: Entry, hertz: float) -> None:
        """Take a line: pi circuit of positive sequence values times length."""
        number = self.reading.number
        a, b = (self._bus(entry, row, key) for key in ("from_bus", "to_bus"))
        length = number(entry, row, "length_km", above=0.0)
        beside = number(entry, row, "parallel", default=1.0, least=1.0)
        ohm = complex(number(entry, row, "r_ohm_per_km", least=0.0), number(entry, row, "x_ohm_per_km"))
        shunt = complex(
            1e-6 * number(entry, row, "g_us_per_km", default=0.0, least=0.0),
            2e-9 * np.pi * hertz * number(entry, row, "c_nf_per_km", default=0.0, least=0.0),
        )
        if ohm == 0.0:
            self.reading.fault(
                "ST163", entry, attribute="r_ohm_per_km, x_ohm_per_km", found="an impedance of 0",
                expected="an impedance above 0; join the buses instead",
            )  # fmt: skip
        if a is None or b is None or not np.isfinite([length, beside, ohm, shunt]).all() or ohm == 0.0:
            return
        if abs(self.nominal_v[a] / self.nominal_v[b] - 1.0) > SAME_VOLTAGE_RATIO:
            told = [f"{self.nominal_v[bus]:g} V at {self.names[bus]}" for bus in (a, b)]
            self.reading.fault(
                "ST165", entry, found=" and ".join(told), expected="one voltage at both ends of a line",
            )  # fmt: skip
        name = str(row["name"])
        if not self._runs(entry, row, a, b):
            self.idle.setdefault("line", {})[name] = 1
            return
        series, half = beside / (ohm * length), beside * shunt * length / 2.0
        whole = np.diag([series, half, half]) if half else np.array([[series]])
        ends = ([a, a, b], [b, EARTH, EARTH]) if half else ([a], [b])
        self.parts.append(Part("line", name, *ends, whole.astype(np.complex128)))

    def add_transformer(self, entry: str, row: Entry) -> None:
        """Take a transformer in the T model: half its leakage on each side of its core."""
        hv, lv = (self._bus(entry, row, key) for key in ("hv_bus", "lv_bus"))
        rated_v, ratio, shift = self._ratio(entry, row)
        pair = self._t_model(entry, row, rated_v)
        if hv is None or lv is None or pair is None or not np.isfinite([*rated_v, ratio, shift]).all():
            return
        for bus, key, volts in ((hv, "vn_hv_kv", rated_v[0]), (lv, "vn_lv_kv", rated_v[1])):
            if abs(volts / self.nominal_v[bus] - 1.0) > SAME_VOLTAGE_RATIO:
                self.reading.fault(
                    "ST165", entry, attribute=key, found=f"{volts:g} V",
                    expected=f"near {self.nominal_v[bus]:g} V, as bus {self.names[bus]} has",
                )  # fmt: skip
        name = str(row["name"])
        if not self._runs(entry, row, hv, lv):
            self.idle.setdefault("transformer", {})[name] = 2
            return
        turns = ratio * np.exp(1j * np.radians(shift))
        scale = np.array([1.0 / turns, 1.0])
        whole = scale.conj()[:, None] * pair * scale[None, :]
        rated_va = 1e6 * row["sn_mva"] * row.get("parallel", 1)
        plate_v = 1e3 * np.array([row["vn_hv_kv"], row["vn_lv_kv"]], dtype=np.float64)
        self.rated_a[name] = rated_va / ROOT3 / plate_v
        self.parts.append(Part("transformer", name, [hv, lv], [EARTH, EARTH], whole))

    def _ratio(self, entry: str, row: Entry) -> tuple[tuple[float, float], float, float]:
        """Return rated voltages [V], the ratio between them with the tap, and the shift [deg]."""
        number = self.reading.number
        high, low = (1e3 * number(entry, row, key, above=0.0) for key in ("vn_hv_kv", "vn_lv_kv"))
        if number(entry, row, "tap_step_degree", default=0.0) != 0.0:
            self.reading.fault(
                "ST163", entry, attribute="tap_step_degree", found=str(row["tap_step_degree"]),
                expected="0: taps along the voltage only",
            )  # fmt: skip
        neutral = number(entry, row, "tap_neutral", default=0.0)
        steps = number(entry, row, "tap_pos", default=neutral) - neutral
        # Version 3 names the sort of tap changer, and none does nothing; version 2 has no such column.
        changer = row.get("tap_changer_type", TAP_CHANGERS[0])
        if not changer:
            steps = 0.0
        turns = row.get("tap_dependency_table") or row.get("tap_phase_shifter")
        if steps and (changer not in TAP_CHANGERS or turns):
            self.reading.fault(
                "ST163", entry, attribute="tap_changer_type", found=str(changer),
                expected=f"{' or '.join(TAP_CHANGERS)}, no phase shifter and no table of its own",
            )  # fmt: skip
        tap = 1.0 + steps * number(entry, row, "tap_step_percent", default=0.0) / 100.0
        side = row.get("tap_side") or "hv"
        if side not in {"hv", "lv"} or not tap > 0.0:
            self.reading.fault("ST163", entry, attribute="tap_side", found=str(side), expected="hv or lv")
        high, low = (high * tap, low) if side == "hv" else (high, low * tap)
        return (high, low), high / low, number(entry, row, "shift_degree", default=0.0)

    def _t_model(self, entry: str, row: Entry, rated_v: tuple[float, float]) -> Complex | None:
        """Return the admittances of both ends, seen from the secondary, shape (2, 2).

        Source:
            pandapower 3.3 documentation, Transformer, "t" model: z = vk / sn, the core's conductance from pfe
            and susceptance from i0, both at the rated secondary voltage.
        """
        number = self.reading.number
        rated_mva = number(entry, row, "sn_mva", above=0.0)
        vk, vkr = (number(entry, row, key, least=0.0) / 100.0 for key in ("vk_percent", "vkr_percent"))
        core_mw = number(entry, row, "pfe_kw", default=0.0, least=0.0) / 1e3
        core_mva = number(entry, row, "i0_percent", default=0.0, least=0.0) / 100.0 * rated_mva
        beside = number(entry, row, "parallel", default=1.0, least=1.0)
        if not (vk > 0.0 and vkr <= vk):
            self.reading.fault(
                "ST163", entry, attribute="vk_percent, vkr_percent", found=f"{100 * vk:g} and {100 * vkr:g}",
                expected="vk above 0, and vkr no more than vk",
            )  # fmt: skip
            return None
        base = (rated_v[1] / 1e6) * rated_v[1]
        leakage = complex(vkr, np.sqrt(vk**2 - vkr**2)) * base / rated_mva
        lagging = np.sqrt(max(core_mva**2 - core_mw**2, 0.0))
        core = complex(core_mw, -lagging) / base
        half = 2.0 / leakage
        middle = half + half + core
        pair = np.array([[half - half**2 / middle, -(half**2) / middle]])
        return np.asarray(beside * np.concatenate([pair, pair[:, ::-1]]))

    def add_load(self, entry: str, row: Entry) -> None:
        """Take a load as its shares of constant power, current and impedance."""
        number = self.reading.number
        bus = self._bus(entry, row, "bus")
        scale = number(entry, row, "scaling", default=1.0)
        shares = {
            (kind, part): number(entry, row, f"const_{kind}_{part}_percent", default=0.0) / 100.0
            for kind in "zi"
            for part in "pq"
        }
        power = complex(number(entry, row, "p_mw"), number(entry, row, "q_mvar")) * 1e6 * scale / PHASES
        if bus is None or not self._runs(entry, row, bus) or not np.isfinite([power, *shares.values()]).all():
            return
        rest = (
            1.0 - shares["z", "p"] - shares["i", "p"], 1.0 - shares["z", "q"] - shares["i", "q"]
        )  # fmt: skip
        of_kind = {1: rest, 2: (shares["z", "p"], shares["z", "q"]), 5: (shares["i", "p"], shares["i", "q"])}
        for model, (active, reactive) in of_kind.items():
            part = complex(active * power.real, reactive * power.imag)
            if part:
                rated = self.nominal_v[bus] / ROOT3
                self.draws.append(Draw(str(row["name"]), bus, EARTH, rated, part, model))

    def circuit(self, file: str) -> Circuit:
        """Return the network."""
        each = np.arange(len(self.names))
        wires = Wires(
            buses=tuple(self.names), bus=each, conductor=np.ones(each.size, np.intp), alike=PHASES,
            branches=blocks_of(self.parts), draws=draws_of(self.draws), generators=no_generators(),
            held=Held(
                names=tuple(name for name, _ in self.held.values()),
                node=np.array(list(self.held), dtype=np.intp),
                voltage_v=np.array([v for _, v in self.held.values()], dtype=np.complex128),
            ),
        )  # fmt: skip
        return Circuit(
            file=file, form=FORM, wires=wires, nominal_v=np.array(self.nominal_v) / ROOT3, idle=self.idle,
            rated_a=self.rated_a,
        )  # fmt: skip


def _volts(voltage: complex) -> str:
    return f"{abs(voltage) * ROOT3:.6g} V at {np.degrees(np.angle(voltage)):.4g} deg"
