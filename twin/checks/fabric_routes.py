"""Rules on how a fabric is wired and laid: uplinks, rails, port arrays, ways, bends, separation."""

from collections import Counter, defaultdict
from collections.abc import Iterator

import numpy as np

from twin.arrays import Array
from twin.checks.electrical import parts_at
from twin.checks.fabric import COPPER
from twin.checks.fabric_spans import lines_of, run_of, ways
from twin.checks.rule import Measure, Review, group_sum, only, rule
from twin.model.closest import closest

# Trays whose edges are so close touch, as the router takes it.
TOUCH_M = 0.02
RACKS = ("rack", "air_rack")
# A port reaches the first tray of its cable from so far beside its middle, in plan.
REACH_M = 1.2
# Power of more than 5 kVA in grounded metal beside a grounded metal pathway of copper data cables.
SEPARATION_M = 0.152
# Rounding of drawn positions must not make a length that equals them too short.
DRAWN_M = 1e-3


def _wired(review: Review) -> bool:
    return review.has("fabric_cable", "switch")


def _to_peers(review: Review) -> tuple[Array, Array]:
    """Return the cables of each switch to racks, and to other switches, shape (switch,)."""
    cable, switches = review.table("fabric_cable"), len(review.table("switch").paths)
    count = cable.numbers["count"][:, 0]
    at = [parts_at(review, cable.ends[end].node, "switch") for end in "ab"]
    down, up = np.zeros(switches), np.zeros(switches)
    for mine, other in (at, at[::-1]):
        down += group_sum(np.where(other < 0, mine, -1), count, switches)
        up += group_sum(np.where(other >= 0, mine, -1), count, switches)
    return down, up


@rule(
    "FA010", severity="minor", title="The leaf has more downlinks than uplinks", unit="1",
    formula="cables to racks over cables to other switches, of every leaf that has some of both",
    source="Non-blocking fat tree (C. Clos, 1953); NVIDIA DGX SuperPOD reference architectures have one "
    "uplink for each downlink of the compute fabric",
    remedy="Add uplinks and spines, or write down that the owner accepts the oversubscription.",
)  # fmt: skip
def oversubscription(review: Review) -> Iterator[Measure]:
    """Measure every leaf that is joined to other switches."""
    if _wired(review):
        down, up = _to_peers(review)
        leaf = np.array(review.table("switch").words["tier"]) == "leaf"
        both = leaf & (down > 0.0) & (up > 0.0)
        value = only(both, down / np.where(up > 0.0, up, 1.0))
        yield Measure(
            kind="switch", value=value[None], limit=np.ones((1, 1)), side="most",
            name="oversubscription_ratio", inputs=("port_count", "count"),
        )  # fmt: skip


@rule(
    "FA011", severity="minor", title="The leaf serves more than one rail", unit="1",
    formula="places, among the network ports of their racks, of the ports that are joined to the leaf",
    source="Rail-optimised fabrics: the same port of every rack ends at the same leaf (NVIDIA DGX SuperPOD "
    "reference architectures)",
    remedy="Join the same network port of each rack to this leaf.",
)  # fmt: skip
def rails(review: Review) -> Iterator[Measure]:
    """Measure every leaf of a stage whose other leaves serve one rail each."""
    if not _wired(review):
        return
    places: dict[int, set[int]] = defaultdict(set)
    cable = review.table("fabric_cable")
    rail: dict[int, int] = {}
    for kind in review.built(*RACKS):
        ends = review.table(kind).ends["network"]
        first = np.searchsorted(ends.part, ends.part)
        rail |= dict(zip(ends.node.tolist(), (np.arange(len(ends.part)) - first).tolist(), strict=True))
    for low, high in ("ab", "ba"):
        switch = parts_at(review, cable.ends[high].node, "switch")
        for port, at in zip(cable.ends[low].node.tolist(), switch.tolist(), strict=True):
            if at >= 0 and port in rail:
                places[at].add(rail[port])
    served = np.array([float(len(places[i])) for i in range(len(review.table("switch").paths))])
    # Where most leaves mix rails the fabric is not rail-optimised, and none is wrong.
    pure = np.sum(served == 1.0) * 2 > np.sum(served > 0.0)
    yield Measure(
        kind="switch", value=only((served > 0.0) & pure, served)[None], limit=np.ones((1, 1)), side="most",
        name="rail_count", inputs=("port_count",),
    )  # fmt: skip


@rule(
    "FA012", severity="major", title="Two cables go into one port", unit="1",
    formula="cables at the fullest port array of the switch; an array has an equal share of all ports",
    source="A port takes one plug; maker's data, twin:switch:portCount, over the port prims of the switch",
    remedy="Move bundles to a port prim with room, or lower their count.",
)  # fmt: skip
def one_plug(review: Review) -> Iterator[Measure]:
    """Measure every switch at its fullest port array."""
    if not _wired(review):
        return
    table, cable = review.table("switch"), review.table("fabric_cable")
    nodes = len(review.facility.ports.paths)
    used = np.zeros(nodes + 1)
    for end in "ab":
        np.add.at(used, cable.ends[end].node, cable.numbers["count"][:, 0])
    ends = table.ends["data"]
    arrays = np.bincount(ends.part, minlength=len(table.paths))
    fullest = np.zeros(len(table.paths))
    np.maximum.at(fullest, ends.part, used[ends.node])
    room = (table.numbers["port_count"] * table.numbers["count"])[:, 0] / np.maximum(arrays, 1)
    yield Measure(
        kind="switch", value=only(arrays > 0, fullest)[None], limit=room[None], side="most",
        name="array_used_count", inputs=("port_count", "count"),
    )  # fmt: skip


@rule(
    "FA013", severity="minor", title="A network port of the rack is not connected", unit="1",
    formula="network ports without a bundle, of every rack that has a bundle",
    source="SimReady AI-Factory 0.2.0, CP.012: each network port is an opening to be joined",
    remedy="Join the port, or remove it where it is not used.",
)  # fmt: skip
def unconnected(review: Review) -> Iterator[Measure]:
    """Measure every rack that is joined to the fabric at all."""
    if not review.has("fabric_cable"):
        return
    cable = review.table("fabric_cable")
    taken = np.zeros(len(review.facility.ports.paths) + 1)
    for end in "ab":
        taken[cable.ends[end].node] = 1.0
    taken[-1] = 0.0
    for kind in review.built(*RACKS):
        table = review.table(kind)
        ends, count = table.ends["network"], len(table.paths)
        joined = group_sum(ends.part, taken[ends.node], count)
        ports = np.bincount(ends.part, minlength=count)
        yield Measure(
            kind=kind, value=only(joined > 0.0, ports - joined)[None], limit=np.zeros((1, 1)), side="most",
            name="open_port_count", inputs=("it_power_w",),
        )  # fmt: skip


@rule(
    "FA014", severity="minor", title="Another bundle joins the same two ports", unit="1",
    formula="further bundles between the two port prims of the bundle",
    source="One prim describes one bundle; a second one counts its cables twice",
    remedy="Remove one of the two, or raise the count of the other.",
)  # fmt: skip
def duplicates(review: Review) -> Iterator[Measure]:
    """Measure every bundle."""
    if not review.has("fabric_cable"):
        return
    cable = review.table("fabric_cable")
    pairs = [tuple(sorted(p)) for p in zip(*(cable.ends[e].node.tolist() for e in "ab"), strict=True)]
    known = Counter(pair for pair in pairs if pair[0] >= 0)
    value = np.array([float(known[pair] - 1) if pair in known else np.nan for pair in pairs])
    yield Measure(
        kind="fabric_cable", value=value[None], limit=np.zeros((1, 1)), side="most", name="duplicate_count",
        inputs=("count",),
    )  # fmt: skip


@rule(
    "FA015", severity="major", title="Two trays of the cable do not meet", unit="m",
    formula="largest distance left between one tray of the cable and the next it names, beyond half of both "
    "widths; drop-outs of 0.3 m between levels are allowed",
    source="ANSI/TIA-569-E, pathways are continuous (recalled: assumption)",
    remedy="Extend one of the trays to the other, add one between, or name others in twin:fabricCable:trays.",
)  # fmt: skip
def continuous(review: Review) -> Iterator[Measure]:
    """Measure every bundle that names two trays or more."""
    if not review.has("fabric_cable", "tray"):
        return
    trays = review.table("tray")
    cable, tray = ways(review)
    follows = np.flatnonzero(cable[1:] == cable[:-1])
    start, stop = lines_of(trays)
    one, two = tray[follows], tray[follows + 1]
    _, _, gap = closest((start[one], stop[one]), (start[two], stop[two]))
    width = trays.numbers["width_m"][:, 0]
    left = np.maximum(gap - np.maximum(0.5 * (width[one] + width[two]), 0.3), 0.0)
    value = np.full(len(review.table("fabric_cable").paths), np.nan)
    np.fmax.at(value, cable[follows], left)
    yield Measure(
        kind="fabric_cable", value=value[None], limit=np.full((1, 1), TOUCH_M), side="most", name="gap_m",
        inputs=("length_m",),
    )  # fmt: skip


@rule(
    "FA016", severity="major", title="The port is too far from the tray its cable leaves", unit="m",
    formula="distance in plan from the port to the middle of the nearest of the first and last tray that the "
    "cable names, for the worse of its ends",
    source="Drop from a tray over its row: half a cabinet of 1.2 m and its overhang (practice, assumption)",
    remedy="Move the tray over the row, or name the tray that passes the port.",
)  # fmt: skip
def drops(review: Review) -> Iterator[Measure]:
    """Measure every bundle that names trays."""
    if not review.has("fabric_cable", "tray") or not review.facility.ports.paths:
        return
    table, (start, stop) = review.table("fabric_cable"), lines_of(review.table("tray"))
    cable, tray = ways(review)
    edge = np.flatnonzero(np.concatenate([[True], cable[1:] != cable[:-1]])) if len(cable) else cable
    last = np.concatenate([edge[1:], [len(cable)]]).astype(np.intp) - 1 if len(cable) else edge
    owner = cable[edge]
    flat = np.array([1.0, 1.0, 0.0])
    value = np.full(len(table.paths), np.nan)
    for end in "ab":
        node = table.ends[end].node[owner]
        port = review.facility.ports.position_m[node] * flat
        near = np.minimum(*(
            closest((port, port), (start[t] * flat, stop[t] * flat))[2] for t in (tray[edge], tray[last])
        ))  # fmt: skip
        np.fmax.at(value, owner, np.where(node >= 0, near, np.nan))
    yield Measure(
        kind="fabric_cable", value=value[None], limit=np.full((1, 1), REACH_M), side="most", name="beside_m",
        inputs=("length_m",),
    )  # fmt: skip


@rule(
    "FA017", severity="minor", title="The tray bends more sharply than a cable in it may", unit="mm",
    formula="inner radius of the tray's bends against the largest bend radius of the cables through it",
    source="Installed bend radius of the cable's maker; ANSI/TIA-568 (recalled: assumption)",
    remedy="Use wider bends and drop-outs, or route the thick cables another way.",
)  # fmt: skip
def tray_bends(review: Review) -> Iterator[Measure]:
    """Measure every tray that states the radius of its bends."""
    if not review.has("fabric_cable", "tray"):
        return
    cable, tray = ways(review)
    need = np.full(len(review.table("tray").paths), np.nan)
    np.fmax.at(need, tray, review.table("fabric_cable").numbers["bend_radius_m"][cable, 0])
    yield Measure(
        kind="tray", value=review.number("tray", "bend_radius_m"), limit=need[None], side="least",
        name="bend_radius_m", inputs=("bend_radius_m",),
    )  # fmt: skip


@rule(
    "FA018", severity="minor", title="Copper data cables run too close to power", unit="mm",
    formula="distance from the edge of the data tray to that of the nearest busway or power tray, of every "
    "tray with DAC, ACC, AEC or other copper",
    source="ANSI/TIA-569, separation from power above 5 kVA in grounded metal, 152 mm (recalled: "
    "assumption); fibre needs none",
    remedy="Raise or move the tray, or use fibre in it.",
)  # fmt: skip
def separation(review: Review) -> Iterator[Measure]:
    """Measure every data tray with copper."""
    if not review.has("fabric_cable", "tray"):
        return
    trays = review.table("tray")
    power = [
        (t, row)
        for t in (review.table(k) for k in review.built("busway", "tray"))
        for row in range(len(t.paths))
        if t.kind == "busway" or t.words["carries"][row] == "power"
    ]
    cable, tray = ways(review)
    copper = np.isin(np.array(review.table("fabric_cable").words["medium"]), COPPER)[cable]
    rows = np.unique(tray[copper])
    value = np.full(len(trays.paths), np.nan)
    start, stop = lines_of(trays)
    half = 0.5 * trays.numbers["width_m"][:, 0]
    if power:
        ends = [run_of(t, row) for t, row in power]
        a, b = np.array([e[0] for e in ends]), np.array([e[1] for e in ends])
        wide = np.array([0.5 * float(np.min(t.size_m[row, :2])) for t, row in power])
        for row in rows.tolist():
            many = np.broadcast_to(start[row], a.shape), np.broadcast_to(stop[row], a.shape)
            value[row] = max(0.0, float(np.min(closest(many, (a, b))[2] - half[row] - wide)))
    yield Measure(
        kind="tray", value=value[None], limit=np.full((1, 1), SEPARATION_M), side="least",
        name="separation_m", inputs=("width_m",),
    )  # fmt: skip


@rule(
    "FA019", severity="minor", title="Redundant links run through the same tray", unit="1",
    formula="trays that the bundle shares with the first of its redundancy group, but for the first and the "
    "last tray of either",
    source="ANSI/TIA-942-C, diverse pathways for redundant cabling (recalled: assumption)",
    remedy="Route one of them over the other side, or lay a second way.",
)  # fmt: skip
def diversity(review: Review) -> Iterator[Measure]:
    """Measure every bundle of a redundancy group but its first."""
    if not review.has("fabric_cable", "tray"):
        return
    table = review.table("fabric_cable")
    groups = table.redundancy_group or ("",) * len(table.paths)
    held: dict[int, list[int]] = defaultdict(list)
    for cable, tray in zip(*(x.tolist() for x in ways(review)), strict=True):
        held[cable].append(tray)
    first: dict[str, int] = {}
    value = np.full(len(groups), np.nan)
    for i, group in enumerate(groups):
        if group and first.setdefault(group, i) != i:
            one, two = held[first[group]], held[i]
            ends = {*one[:1], *one[-1:], *two[:1], *two[-1:]}
            value[i] = float(len((set(one) & set(two)) - ends))
    yield Measure(
        kind="fabric_cable", value=value[None], limit=np.zeros((1, 1)), side="most", name="shared_tray_count",
        inputs=("length_m",),
    )  # fmt: skip


@rule(
    "FA020", severity="major", title="The cable is written shorter than its ends are apart", unit="m",
    formula="written length against the straight distance of the two ports",
    source="Geometry: no way is shorter than the straight one",
    remedy="Correct twin:fabricCable:length, or leave it out so that the route is measured.",
)  # fmt: skip
def long_enough(review: Review) -> Iterator[Measure]:
    """Measure every bundle with both ends."""
    if not review.has("fabric_cable"):
        return
    cable = review.table("fabric_cable")
    a, b = (cable.ends[end].node for end in "ab")
    at = review.facility.ports.position_m
    apart = np.linalg.norm(at[a] - at[b], axis=1) - DRAWN_M if len(at) else np.full(len(a), np.nan)
    yield Measure(
        kind="fabric_cable", value=review.number("fabric_cable", "length_m"),
        limit=only((a >= 0) & (b >= 0), apart)[None], side="least", name="length_m", inputs=("length_m",),
    )  # fmt: skip
