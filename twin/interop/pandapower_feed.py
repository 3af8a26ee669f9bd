"""Which nodes of a pandapower network its sources reach, and what of it does not fit together."""

from collections import deque
from collections.abc import Mapping

from twin.interop.pandapower_model import Cable, Source, Windings
from twin.interop.pandapower_tables import Tables

# Rated voltages that conductors join lie no further apart (model.power_net, EN 50160).
SPREAD = 1.1


def refuse_mixed(
    tables: Tables, sources: list[Source], cables: list[Cable], transformers: list[Windings]
) -> None:
    """Refuse rated voltages more than a tenth apart that cables join."""
    near: dict[int, list[int]] = {}
    for cable in cables:
        near.setdefault(cable.a, []).append(cable.b)
        near.setdefault(cable.b, []).append(cable.a)
    rated: dict[int, list[tuple[float, str]]] = {}
    for source in sources:
        rated.setdefault(source.node, []).append((source.voltage_v, source.entry))
    for unit in transformers:
        rated.setdefault(unit.a, []).append((unit.primary_v, unit.entry))
        rated.setdefault(unit.b, []).append((unit.secondary_v, unit.entry))
    seen: set[int] = set()
    for start in rated:
        if start in seen:
            continue
        group = _spread(start, near)
        seen |= group
        volts = [each for node in group for each in rated.get(node, [])]
        (low, one), (high, other) = min(volts), max(volts)
        if high > SPREAD * low:
            tables.fault(
                "ST175", other, found=f"{high:g} V, joined to {low:g} V of {one}",
                expected="rated voltages within a tenth of each other, taps counted in",
            )  # fmt: skip


def reached(
    tables: Tables, count: int, sources: list[Source], cables: list[Cable], transformers: list[Windings]
) -> set[int]:
    """Return the nodes that a source reaches; refuse phases that do not fit together."""
    near: dict[int, list[tuple[int, float, str]]] = {node: [] for node in range(count)}
    for cable in cables:
        near[cable.a].append((cable.b, 0.0, cable.entry))
        near[cable.b].append((cable.a, 0.0, cable.entry))
    for unit in transformers:
        near[unit.a].append((unit.b, -unit.shift_deg, unit.entry))
        near[unit.b].append((unit.a, unit.shift_deg, unit.entry))
    angle = {source.node: source.angle_deg for source in sources}
    queue, told = deque(angle), set()
    while queue:
        node = queue.popleft()
        for other, shift, entry in near[node]:
            found = angle[node] + shift
            if other not in angle:
                angle[other] = found
                queue.append(other)
            elif abs((found - angle[other] + 180.0) % 360.0 - 180.0) > 1e-6 and entry not in told:
                told.add(entry)
                tables.fault(
                    "ST177", entry, found=f"{found:g} and {angle[other]:g} degrees by two ways",
                    expected="one angle, whole turns apart",
                )  # fmt: skip
    return set(angle)


def _spread(start: int, near: Mapping[int, list[int]]) -> set[int]:
    found, queue = {start}, [start]
    while queue:
        new = [other for other in near.get(queue.pop(), []) if other not in found]
        found.update(new)
        queue += new
    return found
