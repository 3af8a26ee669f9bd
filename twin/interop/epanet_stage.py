"""Writes a water network as a USD layer that the walk opens: one prim per node and link."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from twin.interop.epanet_fluid import Fill, fill_of
from twin.interop.epanet_laws import ONE_POINT_REACH, ONE_POINT_SHUTOFF, POWER_N_M3, pump_curve
from twin.interop.epanet_links import Link
from twin.interop.epanet_map import Map, Spot, map_of
from twin.interop.epanet_model import (
    Curve,
    HeadLoss,
    Junction,
    Pipe,
    Pump,
    Reservoir,
    Status,
    Tank,
    Valve,
    ValveKind,
    WaterNetwork,
)
from twin.interop.epanet_start import at_start
from twin.interop.epanet_text import read_inp
from twin.stage.author.text import Point, Prim, box, joint, layer, port, quoted

WORLD = "/World"
BLUE, GREY, DARK = "(0, 0.45, 0.7)", "(0.5, 0.5, 0.5)", "(0.2, 0.2, 0.2)"
# Numbers come from a file: they keep their digits.
DIGITS = 10
# Half the length of pumps and valves as they are drawn.
REACH_M = 0.25
USES: Mapping[ValveKind, str] = {
    ValveKind.PRV: "pressure_reducing", ValveKind.PSV: "pressure_sustaining", ValveKind.FCV: "flow_control",
    ValveKind.TCV: "throttle_control", ValveKind.PBV: "pressure_breaker", ValveKind.GPV: "general_purpose",
}  # fmt: skip
LPM_M3_S = 1e-3 / 60.0
BAR_PA = 1e5
ASSUMED = "assumption: without bearing on the flow of water"


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A network as a layer.

    Attributes:
        text: The layer.
        left_out: What the input asks for and the layer does not hold; one sentence each.
        counts: How many prims of each kind there are.
    """

    text: str
    left_out: tuple[str, ...]
    counts: Mapping[str, int]


def import_epanet(path: Path) -> Imported:
    """Return an EPANET input as a layer: its first moment, with water that has its viscosity.

    Raises:
        InputError: The input has faults; carries all of them with their lines.
    """
    given = read_inp(path)
    start = at_start(given)
    fill, remarks = fill_of(given.options)
    place = map_of(given, path)
    made = _Author(start.network, place, fill)
    scopes = made.scopes()
    left_out = (*start.left_out, *remarks, *made.left_out)
    doc = f"{path.name}, imported: {place.note}. Water of {fill.kelvin - 273.15:.2f} °C."
    text = layer(
        [*_patterns(), Prim(name="World", type="Xform", kind="assembly").add(_site(), *scopes)], doc=doc,
        default="World", data={"source": path.name, "leftOut": left_out},
    )  # fmt: skip
    return Imported(text=text, left_out=left_out, counts={s.name: len(s.children) for s in scopes})


def _patterns() -> list[Prim]:
    """Return the prims that nodes are made of: a box, and the port where pipes meet."""
    junction = Prim(name="Junction", spec="class", type="Xform", apis=("TwinJunctionAPI",), kind="component")
    reservoir = Prim(
        name="Reservoir", spec="class", type="Xform", apis=("TwinReservoirAPI",), kind="component"
    )
    for prim, size in ((junction, 0.5), (reservoir, 2.0)):
        prim.add(box((size, size, size), GREY if prim is junction else BLUE), _ports())
    return [junction, reservoir]


def _ports() -> Prim:
    meets = port("joint", "thermal", "FWS", "bidirectional", (0.0, 0.0, 0.0))
    return Prim(name="ConnectionPoints", type="Scope").add(meets)


def _site() -> Prim:
    site = Prim(name="Site", type="Scope", apis=("TwinSiteAPI",), note="Asked of every stage.")
    numbers = {
        "elevation": 0, "dryBulb": 20, "wetBulb": 15, "dewPoint": 10, "minimum": 0, "recirculation": 0,
        "frequency": 50,
    }  # fmt: skip
    meta = f'(customData = {{ string evidence = "assumption"; string source = "{ASSUMED}" }})'
    site.lines += [f"double twin:site:{name} = {value} {meta}" for name, value in numbers.items()]
    site.lines.append(f'token twin:site:loadingRegime = "iec" {meta}')
    return site


@dataclass(slots=True)
class _Author:
    """Makes the prims of a network at one moment."""

    network: WaterNetwork
    place: Map
    fill: Fill
    left_out: list[str] = field(default_factory=list)
    _port: dict[str, str] = field(default_factory=dict)
    _at: dict[str, Point] = field(default_factory=dict)

    def scopes(self) -> list[Prim]:
        """Return the prims by what they are, nodes before links."""
        net = self.network
        nodes = {
            "Junctions": [self._junction(j, name) for name, j in named("J", net.junctions)],
            "Reservoirs": [self._reservoir(r, name) for name, r in named("R", net.reservoirs)],
            "Tanks": [self._tank(t, name) for name, t in named("T", net.tanks)],
        }
        links = {
            "Pipes": [self._pipe(p, name) for name, p in named("P", net.pipes)],
            "Pumps": [self._pump(p, name) for name, p in named("Pump", net.pumps)],
            "Valves": [self._valve(v, name) for name, v in named("V", net.valves)],
        }
        flanges: list[Prim] = []
        for name, pump in named("Pump", net.pumps):
            flanges += self._flanges("Pumps", name, pump)
        for name, valve in named("V", net.valves):
            flanges += self._flanges("Valves", name, valve)
        made = {**nodes, **links, "Flanges": flanges}
        return [
            Prim(name=name, type="Scope", kind="group").add(*prims) for name, prims in made.items() if prims
        ]

    def _stand(self, scope: str, name: str, node: str, height_m: float) -> Point:
        x, y = self.place.nodes[node]
        self._port[node] = f"{WORLD}/{scope}/{name}/ConnectionPoints/joint"
        self._at[node] = (x, y, height_m)
        return x, y, height_m

    def _junction(self, junction: Junction, name: str) -> Prim:
        prim = Prim(
            name=name, reference="</Junction>", digits=DIGITS, metadata=_traced("JUNCTION", junction.name)
        )
        drawn = sum(d.base_m3_s for d in junction.demands) / LPM_M3_S
        if drawn != 0.0:
            prim.set(junction__demand=drawn)
        if junction.emitter_m3_s > 0.0:
            exponent = self.network.options.emitter_exponent_ratio
            at_bar = junction.emitter_m3_s * (BAR_PA / self.fill.weight_n_m3) ** exponent
            prim.set(junction__emitter=at_bar / LPM_M3_S, junction__emitterExponentRatio=exponent)
        return prim.place(*self._stand("Junctions", name, junction.name, junction.elevation_m))

    def _reservoir(self, reservoir: Reservoir, name: str) -> Prim:
        prim = Prim(
            name=name, reference="</Reservoir>", digits=DIGITS, metadata=_traced("RESERVOIR", reservoir.name)
        )
        prim.set(reservoir__supplyTemperature=self.fill.kelvin - 273.15)
        return prim.place(*self._stand("Reservoirs", name, reservoir.name, reservoir.head_m))

    def _tank(self, tank: Tank, name: str) -> Prim:
        prim = Prim(
            name=name, type="Xform", apis=("TwinTankAPI",), kind="component", digits=DIGITS,
            metadata=_traced("TANK", tank.name),
        )  # fmt: skip
        prim.set(
            tank__level=tank.level_m, tank__minimumLevel=tank.minimum_m, tank__maximumLevel=tank.maximum_m,
            tank__supplyTemperature=self.fill.kelvin - 273.15,
        )  # fmt: skip
        if tank.diameter_m > 0.0:
            prim.set(tank__diameter=tank.diameter_m)
        if tank.volume_curve:
            self.left_out.append(f"volume curve {tank.volume_curve} of tank {tank.name}: its level stands")
        if tank.overflow:
            prim.say(tank__whenFull="spills")
        wide = max(tank.diameter_m, 2.0 * REACH_M)
        prim.add(box((wide, wide, max(tank.maximum_m, REACH_M)), BLUE), _ports())
        return prim.place(*self._stand("Tanks", name, tank.name, tank.elevation_m))

    def _pipe(self, pipe: Pipe, name: str) -> Prim:
        law = self.network.options.head_loss
        prim = self._drawn(pipe, name, "TwinPipeAPI", 0.001 * max(1.0, 1e3 * pipe.diameter_m))
        prim.metadata += _traced("PIPE", pipe.name)
        prim.set(pipe__length=pipe.length_m, pipe__innerDiameter=1e3 * pipe.diameter_m)
        if law is HeadLoss.HAZEN_WILLIAMS:
            prim.set(pipe__hazenWilliamsRatio=pipe.roughness)
        elif law is HeadLoss.CHEZY_MANNING:
            prim.set(pipe__manningRatio=pipe.roughness)
        else:
            prim.set(pipe__roughness=1e3 * pipe.roughness)
        if pipe.loss_ratio > 0.0:
            prim.set(pipe__lossRatio=pipe.loss_ratio)
        if pipe.check_valve or pipe.status is Status.CLOSED:
            prim.say(pipe__valve="shut" if pipe.status is Status.CLOSED else "check")
        return prim

    def _drawn(self, link: Link, name: str, api: str, width: float) -> Prim:
        points = _sloped(self._at[link.a], self.place.bends.get(link.name, ()), self._at[link.b])
        made = joint(name, api, self._port[link.a], self._port[link.b], points, width=width, colour=BLUE)
        made.digits = DIGITS
        return made

    def _pump(self, pump: Pump, name: str) -> Prim:
        prim = self._device(pump, name, "TwinBarePumpAPI")
        prim.metadata += _traced("PUMP", pump.name)
        if pump.head_curve:
            law, points = rise_of(self.network.curves[pump.head_curve])
            prim.say(barePump__curveLaw=law).table(
                "twin:barePump:curve",
                [(q / LPM_M3_S, 1e-3 * self.fill.weight_n_m3 * head) for q, head in points],
            )
        else:
            # The power that lifts as high as EPANET's: it takes a weight of its own.
            power = 1e-3 * pump.power_w * self.fill.weight_n_m3 / POWER_N_M3
            prim.set(barePump__hydraulicPower=power)
        if pump.efficiency_curve:
            self.left_out.append(f"efficiency of pump {pump.name}: a bare-shaft pump draws no electric power")
        if pump.speed_ratio != 1.0:
            prim.set(barePump__speedRatio=100.0 * pump.speed_ratio)
        if pump.status is Status.CLOSED or pump.speed_ratio == 0.0:
            prim.say(barePump__position="stands")
        return prim

    def _valve(self, valve: Valve, name: str) -> Prim:
        prim = self._device(valve, name, "TwinRegulatingValveAPI")
        prim.metadata += _traced("VALVE", valve.name)
        prim.say(regulatingValve__use=USES[valve.kind])
        if valve.status is Status.CLOSED or (valve.status is Status.OPEN and valve.kind is not ValveKind.GPV):
            word = "shut" if valve.status is Status.CLOSED else "open"
            prim.say(regulatingValve__position=word)
        loss, pascal = valve.loss_ratio, self.fill.weight_n_m3 * valve.setting
        if valve.kind in {ValveKind.PRV, ValveKind.PSV}:
            prim.set(regulatingValve__setPressure=pascal / BAR_PA)
        elif valve.kind is ValveKind.FCV:
            prim.set(regulatingValve__setFlow=valve.setting / LPM_M3_S)
        elif valve.kind is ValveKind.PBV:
            prim.set(regulatingValve__setDrop=1e-3 * pascal)
            if loss > 0.0:
                self.left_out.append(f"loss of breaker {valve.name} beside its setting")
        elif valve.kind is ValveKind.GPV:
            points = zip(*(getattr(self.network.curves[valve.curve], side) for side in "xy"), strict=True)
            prim.table(
                "twin:regulatingValve:dropCurve",
                [(q / LPM_M3_S, 1e-3 * self.fill.weight_n_m3 * head) for q, head in points],
            )
        elif valve.status is Status.ACTIVE:
            loss = valve.setting
        return prim.set(
            regulatingValve__lossRatio=loss, regulatingValve__innerDiameter=1e3 * valve.diameter_m
        )

    def _device(self, link: Link, name: str, api: str) -> Prim:
        """Return a pump or a valve half way along its link, its ports as high as the nodes it joins."""
        start, stop, (x, y) = self._at[link.a], self._at[link.b], self._middle(link)
        ports = Prim(name="ConnectionPoints", type="Scope").add(
            port("inlet", "thermal", "FWS", "input", (-REACH_M, 0.0, 0.0), role="inlet"),
            port("outlet", "thermal", "FWS", "output", (REACH_M, 0.0, stop[2] - start[2]), role="outlet"),
        )
        size = 2.0 * REACH_M
        prim = Prim(name=name, type="Xform", apis=(api,), kind="component", digits=DIGITS)
        return prim.add(box((size, size, size), DARK), ports).place(x, y, start[2])

    def _middle(self, link: Link) -> Spot:
        bends = self.place.bends.get(link.name, ())
        ends = [self._at[link.a][:2], self._at[link.b][:2]]
        spots = [bends[len(bends) // 2]] if bends else ends
        return sum(s[0] for s in spots) / len(spots), sum(s[1] for s in spots) / len(spots)

    def _flanges(self, scope: str, name: str, link: Link) -> Iterable[Prim]:
        """Yield what joins a pump or a valve to its two nodes."""
        (x, y), own = self._middle(link), f"{WORLD}/{scope}/{name}/ConnectionPoints"
        start, stop = self._at[link.a], self._at[link.b]
        yield joint(
            f"{name}_In", "TwinFlangeAPI", self._port[link.a], f"{own}/inlet",
            [start, (x - REACH_M, y, start[2])], width=0.1, colour=DARK,
        )  # fmt: skip
        yield joint(
            f"{name}_Out", "TwinFlangeAPI", f"{own}/outlet", self._port[link.b],
            [(x + REACH_M, y, stop[2]), stop], width=0.1, colour=DARK,
        )  # fmt: skip


T = TypeVar("T", Junction, Reservoir, Tank, Pipe, Pump, Valve)


def named(prefix: str, parts: Sequence[T]) -> list[tuple[str, T]]:
    """Return parts with prim names made of their ids, each name once."""
    taken: set[str] = set()
    found = []
    for part in parts:
        bare = name = f"{prefix}_" + re.sub(r"\W", "_", part.name, flags=re.ASCII)
        number = 2
        while name in taken:
            name, number = f"{bare}_{number}", number + 1
        taken.add(name)
        found.append((name, part))
    return found


def _traced(section: str, name: str) -> list[str]:
    return [f"customData = {{ string epanet = {quoted(f'{section} {name}')} }}"]


def _sloped(start: Point, bends: Sequence[Spot], stop: Point) -> list[Point]:
    """Return a route that rises evenly from one end over its bends to the other."""
    spots = [start[:2], *bends, stop[:2]]
    steps = [((b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2) ** 0.5 for a, b in pairwise(spots)]
    total, gone, points = sum(steps) or 1.0, 0.0, [start]
    for spot, step in zip(bends, steps, strict=False):
        gone += step
        points.append((*spot, start[2] + gone / total * (stop[2] - start[2])))
    return [*points, stop]


def rise_of(curve: Curve) -> tuple[str, list[tuple[float, float]]]:
    """Return the law that EPANET lays through the points of a pump, and flows [m3/s] and heads [m] for it."""
    points = list(zip(curve.x, curve.y, strict=True))
    if len(points) == 1:
        ((flow, head),) = points
        points = [(0.0, ONE_POINT_SHUTOFF * head), (flow, head), (ONE_POINT_REACH * flow, 0.0)]
    return "straight" if pump_curve(curve).points[0] else "power", points
