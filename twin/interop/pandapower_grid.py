"""A pandapower network as what our stage knows: boards, sources, cables, transformers and loads.

Source:
    pandapower 3.5 documentation, Electric Elements: bus, ext_grid, line, trafo, load, switch.
"""

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from twin.interop.pandapower_feed import reached, refuse_mixed
from twin.interop.pandapower_model import Cable, Consumer, Grid, Node, Source, Windings
from twin.interop.pandapower_tables import Row, Tables, strangers

CHARGING, MAGNETISING = "charging", "magnetising"
WITHOUT = (CHARGING, MAGNETISING)
# What a component on the stage takes: kVA, kV, V, %, W; power factor; utility in kV.
MOST_KV, MOST_LOW_KV, LEAST_UK, MOST_UK, MOST_LOSS_W = 500.0, 150.0, 0.5, 30.0, 5e6
LEAST_FACTOR = 0.1
SAME = 1e-9
NEEDED: Mapping[str, tuple[str, ...]] = {
    "bus": ("vn_kv",),
    "ext_grid": ("bus", "vm_pu"),
    "line": ("from_bus", "to_bus", "length_km", "r_ohm_per_km", "x_ohm_per_km"),
    "trafo": ("hv_bus", "lv_bus", "sn_mva", "vn_hv_kv", "vn_lv_kv", "vk_percent", "vkr_percent"),
    "load": ("bus", "p_mw", "q_mvar"),
    "switch": ("bus", "element", "et", "closed"),
}  # fmt: skip


def grid_of(tables: Tables, without: Collection[str] = ()) -> Grid:
    """Return what the stage knows of a network.

    Args:
        tables: Rows of the network.
        without: Which of ``WITHOUT`` to leave out instead of refusing the network.

    Raises:
        InputError: The network has something without a counterpart, or faults; carries all of them.
    """
    reader = _Reader(tables, without)
    tables.refuse()
    found = reader.grid()
    tables.refuse()
    return found


T = TypeVar("T", Source, Cable, Windings, Consumer)


class _Reader:
    """Takes tables in, first buses and switches, then what stands between them."""

    def __init__(self, tables: Tables, without: Collection[str]) -> None:
        self._tables, self._without = tables, without
        self._said: list[str] = []
        self._live: dict[int, float] = {}
        for entry, index, row in tables.each("bus", NEEDED["bus"]):
            self._live[index] = 1e3 * tables.number(entry, row, "vn_kv", above=0.0, most=MOST_KV)
        self._open: set[tuple[str, int]] = set()
        self._master = {bus: bus for bus in self._live}
        self._switches()
        roots = sorted({self._root(bus) for bus in self._live})
        self._place = {bus: roots.index(self._root(bus)) for bus in self._live}
        self._resting()
        self._said += strangers(tables, NEEDED)

    def grid(self) -> Grid:
        """Return everything that a source reaches."""
        sources, cables = list(self._sources()), list(self._cables())
        transformers, consumers = list(self._transformers()), list(self._consumers())
        self._tables.refuse()
        nodes = self._nodes()
        refuse_mixed(self._tables, sources, cables, transformers)
        fed = reached(self._tables, len(nodes), sources, cables, transformers)
        for load in consumers:
            if load.node not in fed:
                self._tables.fault(
                    "ST178", load.entry, found=f"no source reaches bus {nodes[load.node].name}",
                    expected="a closed way to an ext_grid in service",
                )  # fmt: skip
        dark = [node.name for at, node in enumerate(nodes) if at not in fed]
        self._said += [f"bus {name}: nothing feeds it" for name in dark]
        new = {old: at for at, old in enumerate(sorted(fed))}
        return Grid(
            hertz=self._tables.hertz, nodes=tuple(nodes[old] for old in new),
            sources=tuple(_at(row, new, "node") for row in sources),
            cables=tuple(_at(row, new, "a", "b") for row in cables if row.a in new),
            transformers=tuple(_at(row, new, "a", "b") for row in transformers if row.a in new),
            consumers=tuple(_at(row, new, "node") for row in consumers if row.node in new),
            left_out=tuple(self._said),
        )  # fmt: skip

    def _root(self, bus: int) -> int:
        while self._master[bus] != bus:
            bus = self._master[bus]
        return bus

    def _nodes(self) -> list[Node]:
        members: dict[int, list[int]] = {}
        for bus, place in self._place.items():
            members.setdefault(place, []).append(bus)
        found = []
        for place in sorted(members):
            buses = members[place]
            volts = [self._live[bus] for bus in buses]
            if max(volts) > min(volts) * (1.0 + SAME):
                self._tables.fault(
                    "ST175", f"bus[{buses[0]}]", column="vn_kv", expected="one voltage in closed switches",
                    found=f"{max(volts) / 1e3:g} and {min(volts) / 1e3:g} kV joined by closed switches",
                )  # fmt: skip
            name = _name(self._tables.rows["bus"][buses[0]], "bus", buses[0])
            found.append(Node(name=name, buses=tuple(buses), nominal_v=volts[0]))
        return found

    def _switches(self) -> None:
        """Join buses by closed switches, and note what open ones take out."""
        tables, of = self._tables, {"l": "line", "t": "trafo", "t3": "trafo3w", "b": "bus"}
        for entry, _, row in tables.each("switch", NEEDED["switch"]):
            if row["et"] not in of:
                tables.fault("ST172", entry, column="et", found=str(row["et"]), expected="b, l, t or t3")
                continue
            table = of[str(row["et"])]
            one, other = tables.index(entry, row, "bus"), tables.index(entry, row, "element", table)
            if one is None or other is None:
                continue
            if row["closed"] is False:
                self._open.add((table, other))
                if table == "bus":
                    self._said.append(f"{entry} is open between {one} and {other}: no prim stands for it")
            elif table == "bus" and one in self._live and other in self._live:
                if tables.number(entry, row, "z_ohm", default=0.0, least=0.0) > 0.0:
                    tables.fault(
                        "ST174", entry, column="z_ohm", found=f"an impedance of {row['z_ohm']} ohm",
                        expected="0, or a line of that impedance",
                    )  # fmt: skip
                self._master[self._root(other)] = self._root(one)

    def _resting(self) -> None:
        """Tell what is out of service or switched off."""
        for table in ("bus", "ext_grid", "line", "trafo", "load"):
            idle = [
                str(index) for index, row in self._tables.rows.get(table, {}).items()
                if row.get("in_service", True) is False or (table != "bus" and (table, index) in self._open)
            ]  # fmt: skip
            if idle:
                self._said.append(f"{table} {', '.join(idle)}: out of service or behind an open switch")

    def _sources(self) -> Iterator[Source]:
        tables = self._tables
        held: dict[int, Source] = {}
        for entry, index, row in tables.each("ext_grid", NEEDED["ext_grid"]):
            bus = tables.index(entry, row, "bus")
            ratio = tables.number(entry, row, "vm_pu", above=0.0)
            if bus is None or bus not in self._live:
                continue
            made = Source(
                entry=entry, name=_name(row, "ext_grid", index), node=self._place[bus],
                voltage_v=ratio * self._live[bus],
                short_circuit_va=1e6 * _given(row, "s_sc_max_mva"), rx_ratio=_given(row, "rx_max"),
                angle_deg=tables.number(entry, row, "va_degree", default=0.0),
            )  # fmt: skip
            other = held.setdefault(made.node, made)
            if other is made:
                yield made
            elif abs(made.voltage_v / other.voltage_v - 1.0) + abs(made.angle_deg - other.angle_deg) > SAME:
                tables.fault(
                    "ST177", entry, found=f"another voltage at the bus of {other.entry}",
                    expected="one vm_pu and va_degree at a bus",
                )  # fmt: skip
            else:
                self._said.append(f"{entry}: {other.entry} holds its bus already and gives for both")

    def _cables(self) -> Iterator[Cable]:
        tables, charged = self._tables, []
        for entry, index, row in tables.each("line", NEEDED["line"]):
            a, b = (tables.index(entry, row, key) for key in ("from_bus", "to_bus"))
            if a not in self._live or b not in self._live or ("line", index) in self._open:
                continue
            length = tables.number(entry, row, "length_km", above=0.0)
            beside = tables.number(entry, row, "parallel", default=1.0, least=1.0)
            ohm = complex(
                tables.number(entry, row, "r_ohm_per_km", above=0.0),
                tables.number(entry, row, "x_ohm_per_km", least=0.0),
            )
            if abs(self._live[a] / self._live[b] - 1.0) > SAME:
                tables.fault(
                    "ST175", entry, expected="one voltage at both ends",
                    found=f"{self._live[a] / 1e3:g} and {self._live[b] / 1e3:g} kV",
                )  # fmt: skip
            if any(row.get(key) for key in ("c_nf_per_km", "g_us_per_km")):
                charged.append(index)
            if self._place[a] == self._place[b]:
                self._said.append(f"{entry}: both ends are one bus")
                continue
            derating = tables.number(entry, row, "df", default=1.0, above=0.0)
            yield Cable(
                entry=entry, name=_name(row, "line", index), a=self._place[a], b=self._place[b],
                ohm=ohm * length / beside, length_m=1e3 * length,
                rating_a=1e3 * _given(row, "max_i_ka") * derating * beside,
            )  # fmt: skip
        self._beside(CHARGING, "line", charged, "c_nf_per_km, g_us_per_km")

    def _transformers(self) -> Iterator[Windings]:
        tables, magnetised = self._tables, []
        number = tables.number
        for entry, index, row in tables.each("trafo", NEEDED["trafo"]):
            a, b = (tables.index(entry, row, key) for key in ("hv_bus", "lv_bus"))
            if a not in self._live or b not in self._live or ("trafo", index) in self._open:
                continue
            beside = number(entry, row, "parallel", default=1.0, least=1.0)
            rated = 1e6 * number(entry, row, "sn_mva", above=0.0) * beside
            high, low = self._rated(entry, row)
            vk = number(entry, row, "vk_percent", least=LEAST_UK, most=MOST_UK)
            vkr = number(entry, row, "vkr_percent", least=0.0, most=vk if math.isfinite(vk) else MOST_UK)
            core = 1e3 * number(entry, row, "pfe_kw", default=0.0, least=0.0) * beside
            idle = number(entry, row, "i0_percent", default=0.0, least=0.0) / 100.0 * rated
            if idle > core * (1.0 + SAME):
                magnetised.append(index)
            yield Windings(
                entry=entry, name=_name(row, "trafo", index), a=self._place[a], b=self._place[b],
                rated_va=rated, primary_v=high, secondary_v=low, impedance_ratio=vk / 100.0,
                load_loss_w=vkr / 100.0 * rated, no_load_loss_w=core,
                shift_deg=number(entry, row, "shift_degree", default=0.0),
            )  # fmt: skip
        self._beside(MAGNETISING, "trafo", magnetised, "i0_percent")

    def _rated(self, entry: str, row: Row) -> tuple[float, float]:
        """Return rated voltages with the tap in them [V]; a tap acts as pandapower has it act."""
        tables = self._tables
        high = 1e3 * tables.number(entry, row, "vn_hv_kv", above=0.0, most=MOST_KV)
        low = 1e3 * tables.number(entry, row, "vn_lv_kv", above=0.0, most=MOST_LOW_KV)
        for column in ("tap_dependency_table", "tap_phase_shifter", "tap2_pos"):
            if row.get(column) not in {None, 0}:
                tables.fault("ST174", entry, column=column, found=str(row[column]), expected="none")
        neutral = tables.number(entry, row, "tap_neutral", default=0.0)
        steps = tables.number(entry, row, "tap_pos", default=neutral) - neutral
        kind, side = row.get("tap_changer_type"), row.get("tap_side")
        # Version 3 names the sort of tap changer, and none does nothing; version 2 has no such column.
        acts = steps != 0.0 and side in {"hv", "lv"} and ("tap_changer_type" not in row or kind is not None)
        if not acts:
            return high, low
        turned = tables.number(entry, row, "tap_step_degree", default=0.0) != 0.0
        if turned or kind not in {None, "Ratio", "Symmetrical"}:
            tables.fault(
                "ST174", entry, column="tap_changer_type",
                found=f"{kind} that turns the phase" if turned else str(kind),
                expected="Ratio or Symmetrical, along the voltage",
            )  # fmt: skip
        tap = 1.0 + steps * tables.number(entry, row, "tap_step_percent", default=0.0) / 100.0
        if not tap > 0.0:
            tables.fault(
                "ST172", entry, column="tap_pos", found=f"{tap:g} of the voltage", expected="above 0"
            )
        return (high * tap, low) if side == "hv" else (high, low * tap)

    def _consumers(self) -> Iterator[Consumer]:
        tables = self._tables
        for entry, index, row in tables.each("load", NEEDED["load"]):
            bus = tables.index(entry, row, "bus")
            if bus is None or bus not in self._live:
                continue
            scale = tables.number(entry, row, "scaling", default=1.0)
            power = complex(tables.number(entry, row, "p_mw"), tables.number(entry, row, "q_mvar"))
            power *= 1e6 * scale
            if power == 0.0:
                self._said.append(f"{entry}: draws nothing")
                continue
            shares = [key for key, value in row.items() if key.startswith("const_") and value]
            if shares:
                tables.fault(
                    "ST179", entry, column=", ".join(shares), found="shares of current or impedance",
                    expected="0: constant power",
                )  # fmt: skip
            if not (power.imag >= 0.0 and power.real >= LEAST_FACTOR * abs(power)):
                tables.fault(
                    "ST179", entry, column="p_mw, q_mvar", expected="a power factor from 0.1 lagging to 1",
                    found=f"{power.real / 1e3:g} kW and {power.imag / 1e3:g} kvar",
                )  # fmt: skip
            yield Consumer(entry=entry, name=_name(row, "load", index), node=self._place[bus], power_va=power)

    def _beside(self, what: str, table: str, rows: list[int], column: str) -> None:
        """Refuse what is to be left out only when asked for, or tell that it is."""
        entry = f"{table}[{', '.join(map(str, rows))}]"
        if rows and what in self._without:
            self._said.append(f"{what} of {entry}: left out as asked for")
        elif rows:
            self._tables.fault(
                "ST176", entry, column=column, found=f"{what} in {len(rows)} rows",
                expected=f"none, or --without {what}",
            )  # fmt: skip


def _at(row: T, new: Mapping[int, int], *ends: str) -> T:
    """Return a row with its ends renumbered."""
    return replace(row, **{end: new[getattr(row, end)] for end in ends})  # type: ignore[arg-type]


def _given(row: Row, column: str) -> float:
    """Return a number that need not be given, NaN where it is not."""
    value = row.get(column)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan


def _name(row: Row, table: str, index: int) -> str:
    name = row.get("name")
    return str(name) if name not in {None, ""} else f"{table} {index}"
