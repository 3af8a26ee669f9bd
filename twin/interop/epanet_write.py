"""Writes a water network at one moment as an EPANET 2.2 input, in metric units.

Limits:
    Patterns, controls and times are not written.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from twin.interop.epanet_model import (
    WATER_M2_S,
    HeadLoss,
    Junction,
    Pipe,
    Status,
    Valve,
    ValveKind,
    WaterNetwork,
)

LITRE_M3 = 1e-3
MM_M = 1e-3
# Settings of these are pressures, which count in metres of water whatever flows.
PRESSURES = frozenset({ValveKind.PRV, ValveKind.PSV, ValveKind.PBV})
LONGEST_NAME = 31

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Remarks:
    """What an input says beside its network.

    Attributes:
        head: Comment lines below the title.
        nodes: Name of a node to what it stands for.
        links: Name of a link to what it stands for.
        places: Name of a node to its place in plan [m].
    """

    head: Sequence[str] = ()
    nodes: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, tuple[float, float]] = field(default_factory=dict)


def inp_text(network: WaterNetwork, remarks: Remarks | None = None) -> str:
    """Return a network as the text of an EPANET input.

    Source:
        L. A. Rossman, EPANET 2.2 User Manual (EPA/600/R-20/133), appendix C.
    """
    said = remarks or Remarks()
    title = [*network.title.splitlines(), *(f"; {line}" for line in said.head)]
    sections: dict[str, list[str]] = {
        "TITLE": title,
        "JUNCTIONS": _rows(("id", "elevation"), ((j.name, j.elevation_m) for j in network.junctions)),
        "RESERVOIRS": _rows(("id", "head"), ((r.name, r.head_m) for r in network.reservoirs)),
        "TANKS": _rows(("id", "elevation", "level", "least", "most", "diameter"), _tanks(network)),
        "PIPES": _rows(
            ("id", "from", "to", "length", "diameter", "roughness", "loss", "status"),
            (_pipe(p, network.options.head_loss) for p in network.pipes),
        ),
        "PUMPS": _rows(("id", "from", "to"), _pumps(network)),
        "VALVES": _rows(
            ("id", "from", "to", "diameter", "kind", "setting", "loss"),
            (_valve(v, network.options.specific_gravity_ratio) for v in network.valves),
        ),
        "DEMANDS": _rows(("junction", "demand"), _demands(network.junctions)),
        "EMITTERS": _rows(("junction", "coefficient"), _emitters(network)),
        "STATUS": _rows(("id", "status"), _statuses(network)),
        "CURVES": _rows(("id", "flow", "head"), _points(network)),
        "OPTIONS": _rows((), _options(network)),
        "TAGS": _rows((), [*(("NODE", *t) for t in said.nodes.items()),
                           *(("LINK", *t) for t in said.links.items())]),
        "COORDINATES": _rows(("node", "x", "y"), ((name, x, y) for name, (x, y) in said.places.items())),
    }  # fmt: skip
    parts = [
        f"[{name}]\n" + "".join(f"{line}\n" for line in lines) for name, lines in sections.items() if lines
    ]
    return "\n".join([*parts, "[END]\n"])


def _rows(heads: Sequence[str], rows: Iterable[Row]) -> list[str]:
    """Return lines in columns below their names, none for no row."""
    cells = [[_cell(word) for word in row] for row in rows]
    if not cells:
        return []
    table = [[f";{heads[0]}", *heads[1:]], *cells] if heads else cells
    widths = [max(len(row[at]) for row in table if at < len(row)) for at in range(max(map(len, table)))]
    return [
        " ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip()
        for row in table
    ]


def _cell(value: object) -> str:
    """Return a number as EPANET reads it, or a name, in quotes where it has blanks."""
    if isinstance(value, str):
        return f'"{value}"' if " " in value else value
    return f"{float(value):.9g}"  # type: ignore[arg-type]


def _tanks(network: WaterNetwork) -> Iterator[Row]:
    for t in network.tanks:
        yield t.name, t.elevation_m, t.level_m, t.minimum_m, t.maximum_m, t.diameter_m


def _pipe(pipe: Pipe, law: HeadLoss) -> Row:
    rough = pipe.roughness / MM_M if law is HeadLoss.DARCY_WEISBACH else pipe.roughness
    status = "CV" if pipe.check_valve else "Closed" if pipe.status is Status.CLOSED else "Open"
    ends = pipe.name, pipe.a, pipe.b
    return *ends, pipe.length_m, pipe.diameter_m / MM_M, rough, pipe.loss_ratio, status


def _pumps(network: WaterNetwork) -> Iterator[Row]:
    for p in network.pumps:
        law: Row = ("HEAD", p.head_curve) if p.head_curve else ("POWER", p.power_w / 1e3)
        yield (p.name, p.a, p.b, *law, *(("SPEED", p.speed_ratio) if p.speed_ratio != 1.0 else ()))


def _valve(valve: Valve, gravity_ratio: float) -> Row:
    setting: object = valve.setting
    if valve.kind is ValveKind.GPV:
        setting = valve.curve
    elif valve.kind is ValveKind.FCV:
        setting = valve.setting / LITRE_M3
    elif valve.kind in PRESSURES:
        setting = valve.setting * gravity_ratio
    ends = valve.name, valve.a, valve.b
    return *ends, valve.diameter_m / MM_M, valve.kind.value, setting, valve.loss_ratio


def _demands(junctions: Iterable[Junction]) -> Iterator[Row]:
    for j in junctions:
        for demand in j.demands:
            yield j.name, demand.base_m3_s / LITRE_M3


def _emitters(network: WaterNetwork) -> Iterator[Row]:
    options = network.options
    per_metre = options.specific_gravity_ratio**-options.emitter_exponent_ratio
    for j in network.junctions:
        if j.emitter_m3_s > 0.0:
            yield j.name, j.emitter_m3_s * per_metre / LITRE_M3


def _statuses(network: WaterNetwork) -> Iterator[Row]:
    for pump in network.pumps:
        if pump.status is Status.CLOSED:
            yield pump.name, "Closed"
    for valve in network.valves:
        fixed = Status.OPEN if valve.kind is not ValveKind.GPV else Status.ACTIVE
        if valve.status in {Status.CLOSED, fixed}:
            yield valve.name, valve.status.name.capitalize()


def _points(network: WaterNetwork) -> Iterator[Row]:
    for name, curve in network.curves.items():
        for x, y in zip(curve.x, curve.y, strict=True):
            yield name, x / LITRE_M3, y


def _options(network: WaterNetwork) -> Iterator[Row]:
    options = network.options
    yield "UNITS", "LPS"
    yield "HEADLOSS", options.head_loss.value
    yield "VISCOSITY", options.viscosity_m2_s / WATER_M2_S
    yield "SPECIFIC", "GRAVITY", options.specific_gravity_ratio
    yield "TRIALS", options.trials_count
    yield "ACCURACY", options.accuracy_ratio
    if any(j.emitter_m3_s > 0.0 for j in network.junctions):
        yield "EMITTER", "EXPONENT", options.emitter_exponent_ratio
