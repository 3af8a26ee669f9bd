"""Writes a pandapower network as a USD layer that the walk opens: boards for buses, cables between.

A bus that a grid holds is the utility itself, with a feeder for all that begins there. Every way of another
board has a breaker, and a transformer or load a link, which a bus has not: a millionth of the impedance of
the load, taken out of the cable or transformer that lies in series.
"""

import math
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from twin.interop.pandapower_grid import grid_of
from twin.interop.pandapower_model import Cable, Consumer, Grid, Node, Source, Windings
from twin.interop.pandapower_tables import Tables, read_tables
from twin.laws.conductors import COPPER_OHM_M
from twin.stage.author.text import Point, Prim, box, joint, layer, port, quoted

WORLD = "/World"
GREY, BLUE, DARK = "(0.45, 0.45, 0.5)", "(0, 0.45, 0.7)", "(0.2, 0.2, 0.2)"
DIGITS = 16
# A contact over the impedance of all load together: less would drown in rounding, more would be seen.
CONTACT_RATIO, LEAST_OHM, MOST_OHM = 1e-6, 1e-7, 0.1
# What cables take: lengths, runs, sections, reactance of a metre, current of a run.
LEAST_M, MOST_M, MOST_RUNS = 0.1, 50_000.0, 32
LEAST_M2, MOST_M2, MOST_OHM_M, MOST_RUN_A = 1e-6, 2500e-6, 1e-3, 5000.0
MOST_BOARD_A, MOST_FAULT_KA, MOST_LOAD_W = 20_000.0, 300.0, 10e6
MOST_GRID_VA = 100_000e6
PITCH_M = 4.0
# Path of a port and where it is; for a new one its direction and where it is on its device.
Place = tuple[str, Point]
RATINGS = (
    "ratings of boards, of links and of lines without max_i_ka, and short-circuit powers of grids without "
    "s_sc_max_mva, are the highest that the stage takes: no rule on them says anything"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A network as a layer.

    Attributes:
        text: The layer.
        left_out: What the network holds and the layer does not; one sentence each.
        counts: How many prims of each sort there are.
    """

    text: str
    left_out: tuple[str, ...]
    counts: Mapping[str, int]


def import_pandapower(path: Path, without: Collection[str] = ()) -> Imported:
    """Return a pandapower network as a layer.

    Args:
        path: What ``pandapower.to_json`` wrote.
        without: ``charging`` of lines or ``magnetising`` of transformers, to be left out.

    Raises:
        InputError: The network has something without a counterpart, or faults; carries all of them.
    """
    tables = read_tables(path)
    grid = grid_of(tables, without)
    author = _Author(grid, tables)
    scopes = author.scopes()
    tables.refuse()
    left_out = (*grid.left_out, *author.left_out, RATINGS)
    doc = f"{path.name}, imported: drawn by steps from the sources. Balanced, positive sequence."
    text = layer(
        [Prim(name="World", type="Xform", kind="assembly").add(_site(grid.hertz), *scopes)], doc=doc,
        default="World", data={"source": path.name, "leftOut": left_out},
    )  # fmt: skip
    return Imported(text=text, left_out=left_out, counts={s.name: len(s.children) for s in scopes})


def _site(hertz: float) -> Prim:
    site = Prim(name="Site", type="Scope", apis=("TwinSiteAPI",), note="Asked of every stage.")
    numbers = {
        "elevation": 0, "dryBulb": 20, "wetBulb": 15, "dewPoint": 10, "minimum": 0, "recirculation": 0,
    }  # fmt: skip
    meta = (
        '(customData = { string evidence = "assumption"; '
        'string source = "assumption: without bearing on the circuits" })'
    )
    site.lines += [f"double twin:site:{name} = {value} {meta}" for name, value in numbers.items()]
    site.lines += [f"double twin:site:frequency = {hertz:g}", f'token twin:site:loadingRegime = "iec" {meta}']
    return site


@dataclass(slots=True)
class _Author:
    """Makes the prims of a network."""

    grid: Grid
    tables: Tables
    left_out: list[str] = field(default_factory=list)
    _taken: Counter[str] = field(default_factory=Counter)
    _boards: list[Prim] = field(default_factory=list)
    _ways: list[list[tuple[str, Point]]] = field(default_factory=list)
    _at: list[Point] = field(default_factory=list)
    _links: list[Prim] = field(default_factory=list)
    _depth: list[int] = field(default_factory=list)
    _grids: dict[int, Source] = field(default_factory=dict)
    _contact: list[float] = field(default_factory=list)

    def scopes(self) -> list[Prim]:
        """Return the prims by what they are."""
        self._lay_out()
        self._boards = [self._board(at, node) for at, node in enumerate(self.grid.nodes)]
        made = {
            "Transformers": [self._transformer(row) for row in self.grid.transformers],
            "Cables": [self._cable(row) for row in self.grid.cables],
            "Loads": [each for row in self.grid.consumers for each in self._loads(row)],
        }
        for at, ways in enumerate(self._ways):
            if not any(name.startswith("out") for name, _ in ways):
                made["Loads"] += self._nothing(at)
        for prim, ways in zip(self._boards, self._ways, strict=True):
            prim.add(Prim(name="ConnectionPoints", type="Scope").add(*(
                port(name, "electrical", "power", "input" if name.startswith("in") else "output", at)
                for name, at in ways
            )))  # fmt: skip
        boards = {"Utilities": [self._boards[at] for at in self._grids]}
        boards["Boards"] = [prim for at, prim in enumerate(self._boards) if at not in self._grids]
        scopes = {**boards, **made, "Links": self._links}
        return [Prim(name=n, type="Scope", kind="group").add(*prims) for n, prims in scopes.items() if prims]

    def _lay_out(self) -> None:
        """Place nodes by their steps from the sources."""
        near: dict[int, set[int]] = {at: set() for at in range(len(self.grid.nodes))}
        ends = [(row.a, row.b) for row in self.grid.cables]
        ends += [(row.a, row.b) for row in self.grid.transformers]
        for one, other in ends:
            near[one].add(other)
            near[other].add(one)
        self._grids = {source.node: source for source in self.grid.sources}
        load_va = sum(abs(row.power_va) for row in self.grid.consumers) or 1e6
        for at, bus in enumerate(self.grid.nodes):
            ohm = min(max(CONTACT_RATIO * bus.nominal_v**2 / load_va, LEAST_OHM), MOST_OHM)
            self._contact.append(0.0 if at in self._grids else ohm)
        depth = dict.fromkeys(self._grids, 0)
        queue = list(depth)
        for node in queue:
            new = sorted(near[node] - set(depth))
            depth |= dict.fromkeys(new, depth[node] + 1)
            queue += new
        row: Counter[int] = Counter()
        for at in range(len(self.grid.nodes)):
            self._at.append((2.0 * PITCH_M * depth[at], PITCH_M * row[depth[at]], 0.0))
            self._ways.append([])
            row[depth[at]] += 1
        self._depth = [depth[at] for at in range(len(self.grid.nodes))]

    def _named(self, prefix: str, name: str) -> str:
        bare = f"{prefix}_" + re.sub(r"\W", "_", name, flags=re.ASCII)
        self._taken[bare] += 1
        count = self._taken[bare]
        return bare if count == 1 else self._named(prefix, f"{name}_{count}")

    def _board(self, at: int, node: Node) -> Prim:
        buses = ", ".join(f"bus[{bus}]" for bus in node.buses)
        if at in self._grids:
            return self._utility(at, self._grids[at], buses)
        prim = Prim(
            name=self._named("B", node.name), type="Xform", apis=("TwinSwitchboardAPI",), kind="component",
            digits=DIGITS, metadata=[_traced(buses)],
        )  # fmt: skip
        ohm = 1e6 * self._contact[at]
        prim.set(
            switchboard__nominalVoltage=node.nominal_v, switchboard__rating=MOST_BOARD_A,
            switchboard__withstand=MOST_FAULT_KA, switchboard__incomerRating=MOST_BOARD_A,
            switchboard__outgoingRating=MOST_BOARD_A, switchboard__incomerResistance=ohm,
            switchboard__outgoingResistance=ohm,
        )  # fmt: skip
        return prim.add(box((1.0, 0.6, 2.0), GREY)).place(*self._at[at])

    def _utility(self, at: int, row: Source, buses: str) -> Prim:
        prim = Prim(
            name=self._named("U", row.name), type="Xform", apis=("TwinUtilityAPI",), kind="component",
            digits=DIGITS, metadata=[_traced(f"{row.entry} at {buses}")],
        )  # fmt: skip
        known = math.isfinite(row.short_circuit_va)
        prim.set(
            utility__voltage=row.voltage_v / 1e3,
            utility__shortCircuitPower=(row.short_circuit_va if known else MOST_GRID_VA) / 1e6,
        )
        if math.isfinite(row.rx_ratio):
            prim.set(utility__rxRatio=row.rx_ratio)
        return prim.add(box((1.0, 0.6, 2.0), BLUE)).place(*self._at[at])

    def _way(self, node: int, side: str) -> Place:
        """Return path and place of a new way of a board, ``in`` or ``out``; a utility has feeders only."""
        ways, (x, y, z) = self._ways[node], self._at[node]
        grid = node in self._grids
        name, local = f"{'out' if grid else side}_{len(ways) + 1:02d}", (0.05 * len(ways), 0.0, 2.0)
        ways.append((name, local))
        scope = "Utilities" if grid else "Boards"
        path = f"{WORLD}/{scope}/{self._boards[node].name}/ConnectionPoints/{name}"
        return path, (x + local[0], y, z + local[2])

    def _run(self, name: str, start: Place, stop: Place, **numbers: float) -> Prim:
        prim = joint(
            name, "TwinPowerCableAPI", start[0], stop[0], [start[1], stop[1]], width=0.05, colour=BLUE
        )
        prim.digits = DIGITS
        named = {f"powerCable__{key}": value for key, value in numbers.items()}
        return prim.set(**named, powerCable__conductorTemperature=20.0)

    def _link(self, node: int, name: str, start: Place, stop: Place) -> float:
        """Join a board and what stands at it by as much as a contact of the board has, and return that."""
        ohm = max(self._contact[node], LEAST_OHM)
        length = max(LEAST_M, ohm * LEAST_M2 / COPPER_OHM_M)
        count = math.ceil(COPPER_OHM_M * length / ohm / MOST_M2)
        self._links.append(self._run(
            name, start, stop, count=count, section=1e6 * COPPER_OHM_M * length / ohm / count, length=length,
            reactance=0.0, rating=MOST_RUN_A,
        ))  # fmt: skip
        return ohm

    def _device(
        self, scope: str, name: str, api: str, at: Point, ports: Mapping[str, Place]
    ) -> tuple[Prim, dict[str, Place]]:
        """Return a device with its ports, and where these are; they bind by their direction."""
        points = Prim(name="ConnectionPoints", type="Scope").add(*(
            port(key, "electrical", "power", direction, local) for key, (direction, local) in ports.items()
        ))  # fmt: skip
        prim = Prim(name=name, type="Xform", apis=(api,), kind="component", digits=DIGITS)
        prim.add(box((0.6, 0.6, 1.0), DARK), points).place(*at)
        where = {
            key: (
                f"{WORLD}/{scope}/{name}/ConnectionPoints/{key}",
                (at[0] + local[0], at[1] + local[1], at[2] + local[2]),
            )
            for key, (_, local) in ports.items()
        }
        return prim, where

    def _cable(self, row: Cable) -> Prim:
        first, last = (row.a, row.b) if self._depth[row.a] <= self._depth[row.b] else (row.b, row.a)
        beside = self._contact[first] + self._contact[last]
        ohm = row.ohm - beside
        if not ohm.real > 0.0:
            self.tables.fault(
                "ST172", row.entry, column="r_ohm_per_km", found=f"{row.ohm.real:g} ohm over its length",
                expected=f"more than {beside:g} ohm: join the buses by a switch instead",
            )  # fmt: skip
            ohm = complex(LEAST_OHM, ohm.imag)
        prim = self._run(
            self._named("C", row.name), self._way(first, "out"), self._way(last, "in"),
            **self._runs(row, ohm),
        )  # fmt: skip
        prim.metadata.append(_traced(row.entry))
        return prim

    def _runs(self, row: Cable, ohm: complex) -> dict[str, float]:
        """Return runs, section and length that have an impedance; the length is the line's if it can be."""
        rating = row.rating_a if 0.0 < row.rating_a <= MOST_RUN_A * MOST_RUNS else math.nan
        count = max(1, math.ceil((rating if math.isfinite(rating) else 0.0) / MOST_RUN_A))
        # A metre has limits of resistance and reactance; the length stretches or shrinks to meet them.
        shortest = max(LEAST_M, count * ohm.real * LEAST_M2 / COPPER_OHM_M, count * ohm.imag / MOST_OHM_M)
        length = min(max(row.length_m, shortest), MOST_M)
        count = max(count, math.ceil(COPPER_OHM_M * length / ohm.real / MOST_M2))
        if count > MOST_RUNS:
            count = MOST_RUNS
            length = max(ohm.real * count * MOST_M2 / COPPER_OHM_M, count * ohm.imag / MOST_OHM_M)
        section, reactance = COPPER_OHM_M * length / ohm.real / count, ohm.imag * count / length
        fits = LEAST_M <= length <= MOST_M and reactance <= MOST_OHM_M * (1.0 + 1e-9)
        if not (fits and LEAST_M2 * (1.0 - 1e-9) <= section <= MOST_M2 * (1.0 + 1e-9)):
            self.tables.fault(
                "ST172", row.entry, column="r_ohm_per_km, x_ohm_per_km", found=f"{row.ohm:.6g} ohm",
                expected="what 1 to 32 runs of 1 to 2500 mm2 with at most 1 mohm/m of reactance have",
            )  # fmt: skip
        if abs(length / row.length_m - 1.0) > 1e-9:
            self.left_out.append(
                f"length of {row.entry}, {row.length_m:.6g} m: a cable of its impedance has {length:.6g} m"
            )
        return {
            "count": count, "section": 1e6 * section, "length": length, "reactance": 1e3 * reactance,
            "rating": rating / count if math.isfinite(rating) else MOST_RUN_A,
        }  # fmt: skip

    def _transformer(self, row: Windings) -> Prim:
        """Return a transformer that is fed at its primary, whichever side of it that is."""
        first, last, high, low = row.a, row.b, row.primary_v, row.secondary_v
        if self._depth[last] < self._depth[first]:
            first, last, high, low = last, first, low, high
        (x, y, z), (to_x, to_y, _) = self._at[first], self._at[last]
        prim, ends = self._device(
            "Transformers", self._named("T", row.name), "TwinTransformerAPI",
            ((x + to_x) / 2, (y + to_y) / 2, z),
            {"primary": ("input", (-0.3, 0.0, 1.0)), "secondary": ("output", (0.3, 0.0, 1.0))},
        )  # fmt: skip
        into = self._link(first, f"{prim.name}_In", self._way(first, "out"), ends["primary"])
        out = self._link(last, f"{prim.name}_Out", ends["secondary"], self._way(last, "in"))
        beside = row.rated_va * (
            (self._contact[first] + into) / high**2 + (self._contact[last] + out) / low**2
        )
        leakage, drop = _core_before(row)
        if leakage.real > beside:
            leakage -= beside
        prim.set(
            transformer__ratedPower=row.rated_va / 1e3,
            transformer__primaryVoltage=high * (1.0 + drop) / 1e3, transformer__secondaryVoltage=low,
            transformer__loadLoss=leakage.real * row.rated_va,
            transformer__impedanceRatio=100.0 * abs(leakage), transformer__noLoadLoss=row.no_load_loss_w,
        )  # fmt: skip
        prim.metadata.append(_traced(row.entry))
        if drop > 0.0:
            self.left_out.append(
                f"place of the core of {row.entry} within its leakage: it is at the primary, and leakage and "
                f"primary voltage are told {drop:.2g} off, so that it acts alike"
            )
        return prim

    def _loads(self, row: Consumer) -> Iterator[Prim]:
        """Yield a load, in parts where it is greater than one prim takes."""
        parts = max(1, math.ceil(row.power_va.real / MOST_LOAD_W))
        if parts > 1:
            self.left_out.append(f"{row.entry} stands as {parts} loads of like power")
        x, y, z = self._at[row.node]
        for number in range(parts):
            name = self._named("L", row.name if parts == 1 else f"{row.name}_part_{number + 1}")
            at = (x + 0.8 * len(self._ways[row.node]), y + 1.5, z)
            prim, ends = self._device(
                "Loads", name, "TwinAuxiliaryLoadAPI", at, {"power": ("input", (0.0, 0.0, 1.0))}
            )
            prim.set(
                auxiliaryLoad__power=row.power_va.real / parts / 1e3,
                auxiliaryLoad__powerFactorRatio=row.power_va.real / abs(row.power_va)
                if row.power_va
                else 1.0,
            )
            prim.metadata.append(_traced(row.entry))
            self._link(row.node, f"{name}_Link", self._way(row.node, "out"), ends["power"])
            yield prim

    def _nothing(self, at: int) -> Iterator[Prim]:
        """Yield a load of 0 W: a board has one way at least, and a way leads somewhere."""
        name = self.grid.nodes[at].name
        self.left_out.append(f"bus {name} ends a line without a load: one of 0 kW stands there")
        entry = ", ".join(f"bus[{bus}]" for bus in self.grid.nodes[at].buses)
        yield from self._loads(Consumer(entry=f"end of {entry}", name=name, node=at, power_va=0j))


def _core_before(row: Windings) -> tuple[complex, float]:
    """Return leakage and rise of the primary voltage over rated with which a core at the primary acts alike.

    pandapower has it in the middle of the leakage. Both two-ports agree to the first order of leakage times
    core, but for the angle.
    """
    resistance = row.load_loss_w / row.rated_va
    leakage = complex(resistance, math.sqrt(row.impedance_ratio**2 - resistance**2))
    both = leakage * row.no_load_loss_w / row.rated_va
    return leakage * (1.0 + 0.5 * both.conjugate() + 0.25 * both), both.real / 2.0


def _traced(entry: str) -> str:
    return f"customData = {{ string pandapower = {quoted(entry)} }}"
