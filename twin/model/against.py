"""Pipes and hoses that are drawn against the flow of what they join."""

from collections import defaultdict
from collections.abc import Iterator

from twin.model.component import kinds
from twin.model.facility import Facility
from twin.model.lacks import Lack

# Kinds that are drawn along their flow, and which flow of a port their two ends do not suit.
DRAWN = ("pipe", "hose")
UNSUITED = {"a": ("in", "from"), "b": ("out", "to")}


def against(facility: Facility) -> Iterator[Lack]:
    """Yield each pipe or hose that begins at an inlet, or ends at an outlet, of equipment.

    Flow may go either way through a pipe; a pump that is joined the wrong way round is found by it.
    """
    at = _ports(facility)
    for kind in (kind for kind in DRAWN if kind in facility.tables):
        table = facility.tables[kind]
        for end, (flow, word) in UNSUITED.items():
            ends = table.ends[end]
            for node, row in zip(ends.node.tolist(), ends.part.tolist(), strict=True):
                for other, part, role, way in at.get(node, ()):
                    if way == flow:
                        told = "an inlet" if flow == "in" else "an outlet"
                        yield Lack(
                            code="ST126", kind=kind, part=row, attribute=f"twin:connection:{word}",
                            found=f"its {word} end is at {told} ({role}) of", beside=(other, part),
                            expected="a pipe drawn along its flow: from an outlet, to an inlet",
                        )  # fmt: skip


def _ports(facility: Facility) -> dict[int, list[tuple[str, int, str, str]]]:
    """Return the ports for liquid at each node: kind, row, role and flow; those of pipes left out."""
    at: dict[int, list[tuple[str, int, str, str]]] = defaultdict(list)
    for kind, table in facility.tables.items():
        if kind in DRAWN:
            continue
        for port in kinds()[kind].ports:
            if port.domain != "thermal" or not port.flow or port.name not in table.ends:
                continue
            ends = table.ends[port.name]
            for node, part in zip(ends.node.tolist(), ends.part.tolist(), strict=True):
                at[node].append((kind, part, port.role or port.name, port.flow))
    return at
