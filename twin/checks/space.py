"""Rules on space: floor load, aisles, clearances, overlaps, rooms, rows. Boxes are as drawn."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.checks.air import RACKS, aisle_of
from twin.checks.rule import Measure, Review, only, rule
from twin.laws.air import GRAVITY_M_S2

CABINETS = ("rack", "air_rack", "cdu")
FLOOR_KINDS = (
    *CABINETS, "air_cooled_chiller", "crah", "dry_cooler", "expansion_vessel", "fan_wall", "generator",
    "plate_exchanger", "pump", "switchboard", "transformer", "ups", "water_cooled_chiller",
    "cooling_tower", "adiabatic_cooler",
)  # fmt: skip
# Boxes are compared where lines this far apart cross them, so an overlap narrower than that is not seen.
LINE_M = 0.05
# Drawings are not closer than that.
TOUCH_M = 0.01
# A load spreads no further than half a wide cold aisle: assumption.
WIDEST_AISLE_M = 1.8
FEET = 4.0
ROW_GAP_M = 0.1
# An aisle within an aisle within a room.
NESTED = 3
CABINETS_PER_ROW = 20.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Boxes:
    """Floor-standing equipment seen from above; turned by quarters, others are left out. Shapes: (box,).

    Attributes:
        start: Kind to its first box.
        low_m, high_m: Corners in the world, shape (box, 2).
        quarter: Quarter turns, 0 to 3; -1 for another angle.
        room: Air node of the room it stands in, -1 outdoors; an aisle counts as the room around it.
        gap_m: Clear distance to the next box or wall to +x, +y, -x, -y, inf for none, shape (box, 4).
        overlap_m: How far it reaches into another box.
    """

    start: dict[str, int]
    low_m: Array
    high_m: Array
    quarter: Index
    room: Index
    gap_m: Array
    overlap_m: Array

    def rows(self, review: Review, kind: str) -> slice:
        """Return the boxes of a kind."""
        return slice(self.start[kind], self.start[kind] + len(review.table(kind).paths))

    def face_m(self, rows: slice, sign: Array) -> Array:
        """Return the clear distance at the face to +y (sign 1) or -y (sign -1) of each part's own axes."""
        direction = (self.quarter[rows] + np.where(sign > 0.0, 1, 3)) % 4
        found: Array = np.take_along_axis(self.gap_m[rows], direction[:, None], axis=1)[:, 0]
        return np.where(self.quarter[rows] >= 0, found, np.nan)


def _turned(angle_rad: Array) -> Index:
    """Return quarter turns 0 to 3, -1 for an angle between, shape (part,)."""
    turns = angle_rad / (0.5 * np.pi)
    whole = np.rint(turns)
    return np.where(np.abs(turns - whole) < 1e-3, whole % 4, -1).astype(np.intp)


def _corners(review: Review, kind: str) -> tuple[Array, Array, Index]:
    table = review.table(kind)
    quarter = _turned(table.angle_rad)
    size = table.size_m[:, :2]
    half = 0.5 * np.where((quarter % 2 == 1)[:, None], size[:, ::-1], size)
    middle = table.floor_m[:, :2]
    return middle - half, middle + half, quarter


def boxes(review: Review) -> Boxes:
    """Return all floor-standing equipment with the clear distances around it; worked out once per review."""
    if "boxes" not in review.memory:
        review.memory["boxes"] = _boxes(review)
    found: Boxes = review.memory["boxes"]
    return found


def _boxes(review: Review) -> Boxes:
    built = review.built(*FLOOR_KINDS)
    corners = [_corners(review, kind) for kind in built]
    low, high = (np.concatenate([np.zeros((0, 2)), *(c[i] for c in corners)]) for i in (0, 1))
    none = np.zeros(0, dtype=np.intp)
    quarter = np.concatenate([none, *(c[2] for c in corners)])
    room = _enclosing(review, np.concatenate([none, *(review.rooms(kind) for kind in built)]))
    sizes = [len(review.table(kind).paths) for kind in built]
    gap = np.full((len(low), 4), np.inf)
    straight = np.flatnonzero(quarter >= 0)
    overlap = np.zeros(len(low))
    for across in (0, 1):
        ahead, behind, deep = _neighbours(low[straight], high[straight], room[straight], across)
        gap[straight, across], gap[straight, across + 2] = ahead, behind
        overlap[straight] = deep
    gap = np.minimum(gap, _walls(review, low, high, room))
    return Boxes(
        start=dict(zip(built, (np.cumsum(sizes) - sizes).tolist(), strict=True)), low_m=low, high_m=high,
        quarter=quarter, room=room, gap_m=gap, overlap_m=overlap,
    )  # fmt: skip


def _neighbours(low: Array, high: Array, room: Index, across: int) -> tuple[Array, Array, Array]:
    """Return the clear distance ahead and behind along one axis, and the overlap with any other box."""
    along = 1 - across
    first = np.ceil(low[:, along] / LINE_M - 0.5 + 1e-6).astype(np.intp)
    last = np.floor(high[:, along] / LINE_M - 0.5 - 1e-6).astype(np.intp)
    count = np.maximum(last - first + 1, 0)
    box = np.repeat(np.arange(len(low)), count)
    line = first[box] + np.arange(len(box)) - np.repeat(np.cumsum(count) - count, count)
    order = np.lexsort((low[box, across], line, room[box]))
    box, line = box[order], line[order]
    new = np.ones(len(box), dtype=np.bool_)
    new[1:] = (line[1:] != line[:-1]) | (room[box[1:]] != room[box[:-1]])
    # Every line starts beyond the end of the one before, so that one pass finds how far each has got.
    shift = (np.ptp(high[:, across]) + np.ptp(low[:, across]) + 1.0 if len(box) else 1.0) * np.cumsum(new)
    reached = np.maximum.accumulate(high[box, across] + shift) if len(box) else np.zeros(0)
    gap = np.round(low[box[1:], across] - (reached[:-1] - shift[1:]), 6)
    same = ~new[1:]
    ahead, behind, deep = np.full(len(low), np.inf), np.full(len(low), np.inf), np.zeros(len(low))
    np.minimum.at(ahead, box[:-1][same], np.maximum(gap[same], 0.0))
    np.minimum.at(behind, box[1:][same], np.maximum(gap[same], 0.0))
    np.maximum.at(deep, box[1:][same], np.maximum(-gap[same], 0.0))
    return ahead, behind, deep


def _enclosing(review: Review, node: Index) -> Index:
    """Return the node of the room around each air node: aisles are volumes of air, they have no walls."""
    placement = review.placement
    around = np.arange(placement.first + placement.count + 1)
    around[-1] = -1
    if (cells := placement.cells.get("aisle")) is not None:
        around[cells.node] = cells.around
    for _ in range(NESTED):
        node = around[node]
    return node


def _walls(review: Review, low: Array, high: Array, room: Index) -> Array:
    """Return the distance to the walls of the room around each box to +x, +y, -x, -y, shape (box, 4)."""
    found = np.full((len(low), 4), np.inf)
    if (cells := review.placement.cells.get("room")) is not None:
        inner, outer, quarter = _corners(review, "room")
        order = np.argsort(cells.node)
        nodes = cells.node[order]
        at = np.minimum(np.searchsorted(nodes, room), len(nodes) - 1)
        mine = (nodes[at] == room) & (quarter[cells.part[order][at]] >= 0)
        zone = cells.part[order][at][mine]
        found[mine, :2] = np.maximum(outer[zone] - high[mine], 0.0)
        found[mine, 2:] = np.maximum(low[mine] - inner[zone], 0.0)
    return found


def _face_of(review: Review, kind: str, port: str) -> Array:
    """Return 1 where a port is on the +y side of its part, -1 on the other, NaN without, shape (part,)."""
    table = review.table(kind)
    ends, side = table.ends.get(port), np.full(len(table.paths), np.nan)
    if ends is not None and len(ends.part):
        away = review.facility.ports.position_m[ends.node, :2] - table.floor_m[ends.part, :2]
        angle = table.angle_rad[ends.part]
        side[ends.part] = np.where(np.cos(angle) * away[:, 1] - np.sin(angle) * away[:, 0] >= 0.0, 1.0, -1.0)
    return side


def _aisles_beside(review: Review, kind: str) -> tuple[Array, Array]:
    """Return the width of the aisle at the -y and +y face of each part [m], and whether a zone says so."""
    found, rows = boxes(review), boxes(review).rows(review, kind)
    count = len(review.table(kind).paths)
    width = np.stack([found.face_m(rows, np.full(count, sign)) for sign in (-1.0, 1.0)])
    told = np.zeros_like(width)
    if kind in RACKS and review.has("aisle"):
        across = review.table("aisle").size_m[:, :2].min(axis=1)
        for port in ("air_intake", "air_exhaust"):
            aisle, side = aisle_of(review, kind, port), _face_of(review, kind, port)
            for at, sign in enumerate((-1.0, 1.0)):
                # A volume wider than the floor that is clear stands for more than this aisle.
                here = (aisle >= 0) & (side == sign) & (across[aisle] <= width[at] + TOUCH_M)
                width[at] = np.where(here, across[aisle], width[at])
                told[at] = np.where(here, 1.0, told[at])
    return width, told


def _mass(review: Review, kind: str) -> Array:
    """Return the mass of parts that stand in a room [kg], shape (1, part)."""
    return only(review.rooms(kind) >= 0, review.number(kind, "mass_kg"))


def _area(review: Review, kind: str) -> Array:
    area = np.prod(review.table(kind).size_m[:, :2], axis=1)
    return np.where(area > 0.0, area, np.nan)


@rule(
    "SP001",
    severity="major",
    title="The floor is overloaded over the footprint and half the aisles",
    unit="kPa",
    formula="weight over width times (depth + half the aisle in front + half the aisle behind), aisles of at "
    "most 1.8 m",
    source="Owner's rating, twin:site:floorRating; ANSI/TIA-942-C way of stating floor load (recalled: "
    "assumption)",
    remedy="Spread the cabinets, widen the aisles, place spreader plates, or strengthen the floor.",
)  # fmt: skip
def floor_load(review: Review) -> Iterator[Measure]:
    """Measure every rack and CDU."""
    for kind in review.built(*CABINETS):
        width, _ = _aisles_beside(review, kind)
        depth = review.table(kind).size_m[:, 1] + 0.5 * np.minimum(width, WIDEST_AISLE_M).sum(axis=0)
        area = np.where(_area(review, kind) > 0.0, review.table(kind).size_m[:, 0] * depth, np.nan)
        yield Measure(
            kind=kind, value=_mass(review, kind) * GRAVITY_M_S2 / area,
            limit=np.array([[review.owner("floor_rating_pa")]]), side="most", name="floor_load_pa",
            inputs=("mass_kg",),
        )  # fmt: skip


@rule(
    "SP002", severity="major", title="The floor is overloaded under the cabinet itself", unit="kPa",
    formula="weight over footprint", source="Owner's rating, twin:site:floorFootprintRating",
    remedy="Place a spreader plate or a plinth, or strengthen the floor.",
)  # fmt: skip
def footprint_load(review: Review) -> Iterator[Measure]:
    """Measure every rack and CDU."""
    for kind in review.built(*CABINETS):
        yield Measure(
            kind=kind, value=_mass(review, kind) * GRAVITY_M_S2 / _area(review, kind),
            limit=np.array([[review.owner("floor_footprint_rating_pa")]]), side="most",
            name="footprint_load_pa",
            inputs=("mass_kg",),
        )  # fmt: skip


@rule(
    "SP003", severity="major", title="One foot of the cabinet overloads the floor", unit="kN",
    formula="weight over four levelling feet or castors that share it equally",
    source="Owner's rating of a point load (twin:site:floorPointRating, where the site gives one); four "
    "feet: assumption",
    remedy="Place a spreader plate under the feet.",
)  # fmt: skip
def point_load(review: Review) -> Iterator[Measure]:
    """Measure every rack and CDU."""
    for kind in review.built(*CABINETS):
        yield Measure(
            kind=kind, value=_mass(review, kind) * GRAVITY_M_S2 / FEET,
            limit=np.array([[review.owner("floor_point_rating_n")]]), side="most", name="point_load_n",
            inputs=("mass_kg",),
        )  # fmt: skip


@rule(
    "SP004", severity="major", title="The aisle is narrower than the owner allows", unit="m",
    formula="width of the aisle; where none is drawn, the clear distance to the next cabinet or wall",
    source="Owner's least width, twin:site:aisleWidthMin",
    remedy="Move the rows apart.",
)  # fmt: skip
def aisle_width(review: Review) -> Iterator[Measure]:
    """Measure aisles that people walk, and racks whose faces no drawn aisle meets."""
    least = np.array([[review.owner("aisle_width_min_m")]])
    if review.has("aisle"):
        gaps = aisle_of(review, "rear_door", "air_intake") if review.has("rear_door") else np.zeros(0)
        walked = ~np.isin(np.arange(len(review.table("aisle").paths)), gaps)
        across = review.table("aisle").size_m[:, :2].min(axis=1)
        yield Measure(
            kind="aisle", value=only(walked, across)[None], limit=least, side="least", name="width_m"
        )
    for kind in review.built(*RACKS):
        width, told = _aisles_beside(review, kind)
        free = np.where((told > 0.0) | ~np.isfinite(width), np.inf, width).min(axis=0)
        inside = review.rooms(kind) >= 0
        yield Measure(
            kind=kind,
            value=only(inside & np.isfinite(free), free)[None],
            limit=least,
            side="least",
            name="width_m",
        )


def _clearances(review: Review, kind: str) -> Array:
    """Return the clearance that ports at the -y and +y faces ask for [m], NaN for none, shape (2, part)."""
    table, ports = review.table(kind), review.facility.ports
    asked = np.array([spec.values.get("service_clearance_m", np.nan) for spec in ports.specs])
    mine = np.array([spec.kind == kind for spec in ports.specs], dtype=np.bool_)
    says = mine & np.isfinite(asked)
    node = np.flatnonzero(says[ports.spec]) if len(says) else np.zeros(0, dtype=np.intp)
    part = ports.part[node]
    away = ports.position_m[node] - table.floor_m[part]
    angle = table.angle_rad[part]
    across = np.cos(angle) * away[:, 1] - np.sin(angle) * away[:, 0]
    along = np.cos(angle) * away[:, 0] + np.sin(angle) * away[:, 1]
    sx, sy, sz = table.size_m[part].T
    faces = np.stack([sy * 0.5 - np.abs(across), sx * 0.5 - np.abs(along), sz - away[:, 2]])
    at_face = np.argmin(faces, axis=0) == 0
    out = np.full((2, len(table.paths)), -np.inf)
    for row, sign in enumerate((-1.0, 1.0)):
        here = at_face & (np.sign(across) == sign)
        np.maximum.at(out[row], part[here], asked[ports.spec[node[here]]])
    return np.where(np.isfinite(out), out, np.nan)


@rule(
    "SP005", severity="minor", title="A connection cannot be reached for service", unit="m",
    formula="clear distance at the face of the port, against the clearance that the port asks for",
    source="Maker's clearance, simready:connectionPoint:serviceClearance of the port",
    remedy="Move the cabinet away from what stands before it.",
)  # fmt: skip
def service_clearance(review: Review) -> Iterator[Measure]:
    """Measure the front and the back of every cabinet that stands in a room."""
    found = boxes(review)
    for kind in review.built(*CABINETS):
        rows, asked = found.rows(review, kind), _clearances(review, kind)
        for row, sign in enumerate((-1.0, 1.0)):
            clear = found.face_m(rows, np.full(asked.shape[1], sign))
            yield Measure(
                kind=kind, value=only(review.rooms(kind) >= 0, clear)[None], limit=asked[row][None],
                side="least",
                name="clear_distance_m",
            )  # fmt: skip


@rule(
    "SP006", severity="major", title="Equipment stands where other equipment stands", unit="m",
    formula="depth of the overlap of two footprints in one room, against 10 mm of drawing tolerance",
    source="Geometry; overlaps narrower than 50 mm are not seen",
    remedy="Move one of them.",
)  # fmt: skip
def overlaps(review: Review) -> Iterator[Measure]:
    """Measure all floor-standing equipment."""
    found = boxes(review)
    for kind in found.start:
        yield Measure(
            kind=kind, value=found.overlap_m[found.rows(review, kind)][None], limit=np.array([[TOUCH_M]]),
            side="most", name="overlap_m",
        )  # fmt: skip


@rule(
    "SP007", severity="major", title="Equipment that belongs indoors stands in no room", unit="1",
    formula="1 when the middle of its floor lies in no room and no aisle",
    source="Geometry: racks and CDUs stand in rooms",
    remedy="Move it into the room, or draw the room around it.",
    graded=False,
)  # fmt: skip
def outside_rooms(review: Review) -> Iterator[Measure]:
    """Measure every rack and CDU."""
    for kind in review.built(*CABINETS):
        outside = (review.rooms(kind) < 0).astype(np.float64)
        yield Measure(
            kind=kind, value=outside[None], limit=np.zeros((1, 1)), side="most", name="outside_count"
        )


def _row_lengths(found: Boxes, rows: Index) -> Array:
    """Return how many cabinets touch each other in the row that each one begins, NaN for the others."""
    turned = found.quarter[rows] % 2
    pick = np.arange(len(rows)), turned
    low, high = found.low_m[rows][pick], found.high_m[rows][pick]
    centre = 0.5 * (found.low_m[rows] + found.high_m[rows])[pick[0], 1 - turned]
    line = np.rint(centre / (2.0 * ROW_GAP_M))
    order = np.lexsort((low, line, turned, found.room[rows]))
    key = np.stack([line, turned, found.room[rows]])[:, order]
    new = np.ones(len(rows), dtype=np.bool_)
    new[1:] = np.any(key[:, 1:] != key[:, :-1], axis=0) | (low[order][1:] - high[order][:-1] > ROW_GAP_M)
    start = np.flatnonzero(new)
    count = np.full(len(rows), np.nan)
    count[order[start]] = np.diff(np.r_[start, len(rows)])
    return count


@rule(
    "SP008", severity="minor", title="The row is so long that people cannot get out around it", unit="1",
    formula="cabinets that stand side by side without a passage",
    source="Egress practice, 20 cabinets between cross aisles (ANSI/TIA-942-C and NFPA 75 are quoted for it; "
    "assumption)",
    remedy="Open a cross aisle in the row.",
)  # fmt: skip
def row_length(review: Review) -> Iterator[Measure]:
    """Count the cabinets of every row, at its first cabinet."""
    found, built = boxes(review), review.built(*CABINETS)
    spans = [found.rows(review, kind) for kind in built]
    rows = np.concatenate([np.zeros(0, dtype=np.intp), *(np.arange(s.start, s.stop) for s in spans)])
    straight: Flags = found.quarter[rows] >= 0
    length = np.full(len(found.quarter), np.nan)
    length[rows[straight]] = _row_lengths(found, rows[straight])
    for kind, span in zip(built, spans, strict=True):
        yield Measure(
            kind=kind, value=length[span][None], limit=np.array([[CABINETS_PER_ROW]]), side="most",
            name="row_count",
        )  # fmt: skip
