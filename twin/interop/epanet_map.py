"""Where the nodes and bends of a water network lie: its map in metres, or a drawing where it has none."""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from twin.interop.epanet_lines import NUMBER, Line, Reading, sections_of
from twin.interop.epanet_model import FOOT_M, WaterNetwork

if TYPE_CHECKING:
    from twin.interop.epanet_links import Link

Spot = tuple[float, float]

# Distance of nodes in a drawing that nothing gives a scale to.
PLAIN_M = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """Places in plan, in metres from the lower left corner.

    Attributes:
        nodes: Name to place of every node.
        bends: Name to places along a link, between its ends.
        note: Where the places come from, as a sentence.
    """

    nodes: Mapping[str, Spot]
    bends: Mapping[str, Sequence[Spot]] = field(default_factory=dict)
    note: str


def map_of(network: WaterNetwork, path: Path) -> Map:
    """Return the map of a network from its input file, or a drawing by distance from its sources.

    A map in feet or metres keeps its unit; one in anything else is scaled so that the median pipe is drawn as
    long as it is.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        text = path.read_text(encoding="latin-1")
    sections = sections_of(text, Reading(str(path)))
    known = _names(network)
    written = {name: spot for name, spot in _places(sections.get("COORDINATES", ())) if name in known}
    bends: dict[str, list[Spot]] = defaultdict(list)
    for name, spot in _places(sections.get("VERTICES", ())):
        bends[name].append(spot)
    if not written:
        return Map(nodes=_drawing(network), note="the input has no map: drawn by steps from its sources")
    unit = next((line.words[1].upper() for line in sections.get("BACKDROP", ()) if _is_unit(line)), "NONE")
    scale, how = _scale(network, written, unit)
    left, low = (min(spot[axis] for spot in written.values()) for axis in (0, 1))

    def metres(spot: Spot) -> Spot:
        return (spot[0] - left) * scale, (spot[1] - low) * scale

    placed = {name: metres(spot) for name, spot in written.items()}
    lost = [name for name in known if name not in placed]
    note = f"the input's map {how}, from ({left:.10g}, {low:.10g})"
    if lost:
        note += f"; {len(lost)} nodes without a place stand by their neighbours: {', '.join(lost[:5])}"
        _settle(network, placed, lost)
    moved = {name: [metres(spot) for spot in spots] for name, spots in bends.items()}
    return Map(nodes=placed, bends=moved, note=note)


def _names(network: WaterNetwork) -> list[str]:
    return [node.name for nodes in (network.junctions, network.reservoirs, network.tanks) for node in nodes]


def _is_unit(line: Line) -> bool:
    return line.says(0, "UNIT") and len(line.words) > 1


def _places(lines: Iterable[Line]) -> Iterable[tuple[str, Spot]]:
    for line in lines:
        numbers = line.words[1:3]
        if len(numbers) == 2 and all(NUMBER.fullmatch(word) for word in numbers):
            yield line.words[0], (float(numbers[0]), float(numbers[1]))


def _scale(network: WaterNetwork, spots: Mapping[str, Spot], unit: str) -> tuple[float, str]:
    """Return how many metres a unit of the map has, and in words why."""
    if unit.startswith("METER"):
        return 1.0, "in metres"
    if unit.startswith("FEET"):
        return FOOT_M, "in feet"
    drawn = [
        (pipe.length_m, _apart(spots[pipe.a], spots[pipe.b]))
        for pipe in network.pipes
        if pipe.a in spots and pipe.b in spots
    ]
    ratios = [length / apart for length, apart in drawn if apart > 0.0]
    scale = median(ratios) if ratios else 1.0
    return scale, f"in no unit of length, times {scale:.4g} so that the median pipe is as long as drawn"


def _apart(one: Spot, other: Spot) -> float:
    return float(((one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2) ** 0.5)


def _neighbours(network: WaterNetwork) -> Mapping[str, list[str]]:
    beside: dict[str, list[str]] = defaultdict(list)
    links: tuple[Link, ...] = (*network.pipes, *network.pumps, *network.valves)
    for link in links:
        beside[link.a].append(link.b)
        beside[link.b].append(link.a)
    return beside


def _settle(network: WaterNetwork, placed: dict[str, Spot], lost: Sequence[str]) -> None:
    """Place nodes without a place in the middle of their neighbours, a little aside, nearest first."""
    beside, aside = _neighbours(network), 0.1 * PLAIN_M
    waiting = deque(lost)
    stuck = 0
    while waiting and stuck < len(waiting):
        name = waiting.popleft()
        near = [placed[other] for other in beside[name] if other in placed]
        if not near:
            waiting.append(name)
            stuck += 1
            continue
        stuck = 0
        x, y = (sum(spot[axis] for spot in near) / len(near) for axis in (0, 1))
        placed[name] = (x + aside, y + aside)
    for at, name in enumerate(waiting):
        placed[name] = (-PLAIN_M, at * PLAIN_M)


def _drawing(network: WaterNetwork) -> dict[str, Spot]:
    """Return nodes in columns by their number of links from a source, in input order within a column."""
    lengths = [pipe.length_m for pipe in network.pipes]
    step = median(lengths) if lengths else PLAIN_M
    beside, depth = _neighbours(network), {}
    waiting = deque(node.name for nodes in (network.reservoirs, network.tanks) for node in nodes)
    for name in waiting:
        depth[name] = 0
    while waiting:
        name = waiting.popleft()
        for other in beside[name]:
            if other not in depth:
                depth[other] = depth[name] + 1
                waiting.append(other)
    columns: dict[int, int] = defaultdict(int)
    placed = {}
    for name in _names(network):
        column = depth.get(name, -1)
        placed[name] = (column * step, columns[column] * step)
        columns[column] += 1
    return placed
