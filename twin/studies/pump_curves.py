"""Where pumps stand on their curves: in normal operation, and in the case that takes one farthest."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.dead_head import CURVES
from twin.fields import FIELDS
from twin.laws.curves import along, cubics, extended, from_nothing
from twin.laws.movers import power_rise, pump_rise
from twin.loop_fields import LOOP_FIELDS, curve_flow
from twin.model.element import Mover
from twin.model.facility import Facility, Table
from twin.model.groups import quadratic_at
from twin.model.provenance import Evidence
from twin.solve.branch import SLOW_RATIO
from twin.solve.couple import Solution

# Pumps that stand closer together than this, in flow over the end of the curve and in speed, count as equal.
ALIKE_RATIO = 0.01
# Less flow than this share of the end of the curve is none: the check valve is shut.
STILL_RATIO = 1e-6
# Cases that differ by less than this are one; the first of them is named.
SAME_RATIO = 1e-3
DRAWN_BEYOND_RATIO, DRAWN = 1.12, 72
_Make = tuple[tuple[bytes, ...], tuple[float, ...], str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curve:
    """The curve of a pump at one speed. Shapes: (point,).

    Attributes:
        speed_ratio: Speed over rated speed.
        running_ratio: Share of the duty pumps of a unit that run.
        flow_m3_s: Flow, rising; the operating point or the points given are among them.
        rise_pa: Pressure rise there.
        npsh_required_m: What the suction needs there; NaN where not given.
        efficiency_ratio: Wire-to-water efficiency there; NaN where only that of the rated point is given.
        end_m3_s, end_pa: Where the points given end at this speed.
    """

    speed_ratio: float
    running_ratio: float
    flow_m3_s: Array
    rise_pa: Array
    npsh_required_m: Array
    efficiency_ratio: Array
    end_m3_s: float
    end_pa: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Duty:
    """Where one pump stands in one case, and those that stand there with it.

    Attributes:
        prims: Prim paths; the first is the one that is told, farthest right of them.
        case: Number of the case.
        flow_m3_s, rise_pa, speed_ratio: As solved.
        runout_ratio: Place on the full-speed curve over the last point given.
        npsh_required_m, npsh_available_m: NaN where not established.
        wire_to_water_ratio: Hydraulic over electric power, as solved; NaN without a rating.
        curve: The curve at that speed.
    """

    prims: tuple[str, ...]
    case: int
    flow_m3_s: float
    rise_pa: float
    speed_ratio: float
    runout_ratio: float
    npsh_required_m: float
    npsh_available_m: float
    wire_to_water_ratio: float
    curve: Curve


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PumpGroup:
    """Pumps of one curve that share a control, or a loop; groups that stand alike are one.

    Attributes:
        kind: Kind of equipment.
        asset: Name of the asset, "" for none.
        prims: Prim paths.
        controls: Prims of the loops of control that turn them; "" for pumps at their own speed.
        standing: Prims that give no flow in normal operation.
        given_m3_s, given_pa: Points of the curve as given, shape (point,).
        inside_pa: What the unit's own exchanger and filter take at those points, 0 for a pump by itself.
        evidence, source: Where the points come from.
        fitted: Whether the curve passes close to the points, not through them.
        off_ratio: Greatest distance of the solved curve from a point, over the highest one.
        minimum_m3_s: Least continuous flow at full speed, NaN where not given.
        duty_pumps: Pumps in one unit.
        rated: The curve at full speed with all duty pumps.
        normal: Where they stand in normal operation, farthest right first.
        right: Where one stands farthest right of all cases; None where that is in normal operation.
        fastest: Where one turns fastest, the same object as ``right`` where that is there; None likewise.
    """

    kind: str
    asset: str
    prims: tuple[str, ...]
    controls: tuple[str, ...]
    standing: tuple[str, ...]
    given_m3_s: Array
    given_pa: Array
    inside_pa: Array
    evidence: Evidence
    source: str
    fitted: bool
    off_ratio: float
    minimum_m3_s: float
    duty_pumps: int
    rated: Curve
    normal: tuple[Duty, ...]
    right: Duty | None
    fastest: Duty | None


class _Place(NamedTuple):
    """One row of a block of pumps in one case."""

    row: int
    case: int


def pump_groups(facility: Facility, solution: Solution) -> list[PumpGroup]:
    """Return every group of pumps that have a curve, those of the plant first.

    Args:
        facility: What is built; its first case is normal operation.
        solution: Its settled states.

    Source:
        Affinity laws, Q ~ n, rise and NPSH required ~ n²: I. J. Karassik et al., Pump Handbook, 4th ed.,
        section 2.3.
    """
    found: list[PumpGroup] = []
    for kind in CURVES:
        table = facility.tables.get(kind)
        for block_kind, block in solution.network.assembly.blocks:
            if table is not None and block_kind == kind and isinstance(block, Mover) and len(block.part):
                found += _Pumps(facility, solution, table, block).groups()
    order = {"pump": 0, "bare_pump": 1, "cdu": 2}
    return sorted(found, key=lambda group: order[group.kind])


class _Pumps:
    """The pumps of one block. Shapes: (row, variant)."""

    def __init__(self, facility: Facility, solution: Solution, table: Table, block: Mover) -> None:
        self._facility, self._solution, self._table, self._block = facility, solution, table, block
        self._shape = len(block.part), solution.network.variants
        self._points: Array = table.curves[CURVES[table.kind]][block.part]
        self._end = np.fmax.reduce(self._points[..., 0], axis=1, initial=0.0)
        flow: Array = FIELDS[Mover, "flow_m3_s"](solution, block)
        self.flow, self.rise = flow, FIELDS[Mover, "rise_pa"](solution, block)
        self.speed = FIELDS[Mover, "speed_ratio"](solution, block)
        self.share = np.broadcast_to(block.running_ratio, self._shape)
        place = curve_flow(solution, block)
        known = (self._end > 0.0)[:, None]
        self.runout = np.where(known, place / np.where(known, self._end[:, None], 1.0), np.nan)
        self.moves: Flags = np.nan_to_num(self.runout) > STILL_RATIO
        self._npsh = LOOP_FIELDS[Mover, "npsh_required_m"](solution, block)
        self._suction = LOOP_FIELDS[Mover, "npsh_available_m"](solution, block)
        self._power = FIELDS[Mover, "power_w"](solution, block)
        self._control = self._controls()

    def groups(self) -> list[PumpGroup]:
        """Return the groups; those of one curve that stand alike in normal operation become one."""
        merged: dict[tuple[bool, _Make], list[tuple[list[int], list[int]]]] = {}
        for (control, _, make), rows in self._by_control().items():
            same = merged.setdefault((bool(control), make), [])
            stand = [cluster[0] for cluster in self._clusters(rows, 0)]
            home = next((own for where, own in same if self._stand_alike(where, stand)), None)
            if home is None:
                same.append((stand, rows))
            else:
                home += rows
        return [self._group(sorted(rows)) for same in merged.values() for _, rows in same]

    # ------------------------------------------------------------------------------------------ grouping

    def _controls(self) -> list[str]:
        """Return the prim of the loop of control that turns each row, "" for none."""
        name = dict.fromkeys(self._block.part.tolist(), "")
        if (control := self._facility.tables.get("control")) is not None:
            turned = control.targets["actuates"]
            for owner, kind, row in zip(turned.part, turned.kind, turned.row, strict=True):
                if kind == self._table.kind and int(row) in name:
                    name[int(row)] = control.paths[int(owner)]
        return [name[part] for part in self._block.part.tolist()]

    def _by_control(self) -> dict[tuple[str, int, _Make], list[int]]:
        """Return the rows of one make by what turns them, or by loop where nothing does."""
        net = self._solution.network.flow
        loop = net.island[net.tail[net.rows[id(self._block)]]]
        found: dict[tuple[str, int, _Make], list[int]] = {}
        for row in np.flatnonzero(self._end > 0.0).tolist():
            control = self._control[row]
            found.setdefault((control, -1 if control else int(loop[row]), self._make(row)), []).append(row)
        return found

    def _make(self, row: int) -> _Make:
        """Return what pumps of one make have in common: points, coefficients, least flow, suction."""
        block = self._block
        own = tuple(float(column[0, 0]) for column in self._coefficients(_Place(row, 0)))
        tables = (self._points, block.npsh_m, block.efficiency_curve_ratio)
        points = tuple(np.nan_to_num(table[min(row, len(table) - 1)]).tobytes() for table in tables)
        return points, own, repr(self._minimum(row))

    def _alike(self, one: _Place, other: _Place) -> bool:
        """Return whether two pumps of one make stand at the same point."""
        step = abs(self.flow[one] - self.flow[other]) / self._end[one.row]
        near = bool(step < ALIKE_RATIO and abs(self.speed[one] - self.speed[other]) < ALIKE_RATIO)
        return near and bool(self.share[one] == self.share[other])

    def _stand_alike(self, rows: Sequence[int], others: Sequence[int]) -> bool:
        """Return whether each of either stands in normal operation where one of the others does."""
        if not rows or not others:
            return not rows and not others
        near = np.array([[self._alike(_Place(a, 0), _Place(b, 0)) for b in others] for a in rows])
        return bool(near.any(axis=0).all() and near.any(axis=1).all())

    def _clusters(self, rows: Sequence[int], case: int) -> list[list[int]]:
        """Return the pumps that run in a case by where they stand, farthest right first."""
        moving = [row for row in rows if self.moves[row, case]]
        clusters: list[list[int]] = []
        for row in sorted(moving, key=lambda row: (-self.runout[row, case], row)):
            place = _Place(row, case)
            home = next((c for c in clusters if self._alike(_Place(c[0], case), place)), None)
            if home is None:
                clusters.append([row])
            else:
                home.append(row)
        return clusters

    # ------------------------------------------------------------------------------------------- results

    def _group(self, members: Sequence[int]) -> PumpGroup:
        table, first, rows = self._table, members[0], np.array(members)
        normal = [(cluster, _Place(cluster[0], 0)) for cluster in self._clusters(members, 0)]
        right, fastest = (self._worst(rows, values) for values in (self.runout, self.speed))
        farthest = self._duty(members, right) if right.case else None
        same = fastest.case == right.case and self._alike(fastest, right)
        quickest = farthest if same else self._duty(members, fastest) if fastest.case else None
        given, rise = self._given(first)
        solved = self._rise(_Place(first, 0), given * self.share[first, 0], 1.0)
        inside = self._inside(first) * given**2
        opinion = self._opinion(first)
        fitted = table.kind == "cdu" or table.words["curve_law"][int(self._block.part[first])] == "parabola"
        return PumpGroup(
            kind=table.kind, asset=table.asset[self._block.part[first]] if table.asset else "",
            prims=self._paths(rows), controls=tuple(dict.fromkeys(self._control[r] for r in members)),
            standing=self._paths(rows[~self.moves[rows, 0]]),
            given_m3_s=given, given_pa=rise, inside_pa=inside, evidence=opinion[0], source=opinion[1],
            fitted=fitted,
            off_ratio=float(np.abs(solved - rise - inside).max() / np.abs(rise + inside).max()),
            minimum_m3_s=self._minimum(first), duty_pumps=self._duty_pumps(first), rated=self._rated(first),
            normal=tuple(self._duty(cluster, place) for cluster, place in normal),
            right=farthest, fastest=quickest,
        )  # fmt: skip

    def _worst(self, rows: Index, values: Array) -> _Place:
        """Return the pump and the first case in which a value is greatest among pumps with flow."""
        seen = np.where(self.moves[rows], values[rows], 0.0)
        hit = seen >= float(seen.max()) * (1.0 - SAME_RATIO)
        case = int(np.flatnonzero(hit.any(axis=0))[0])
        return _Place(int(rows[np.argmax(seen[:, case])]), case)

    def _duty(self, rows: Sequence[int], place: _Place) -> Duty:
        """Return where a pump stands, with those of some that stand there too in that case."""
        others = [
            row for row in rows
            if row != place.row and self.moves[row, place.case]
            and self._alike(place, _Place(row, place.case))
        ]  # fmt: skip
        electric, given = float(self._power[place]), float(self.flow[place] * self.rise[place])
        return Duty(
            prims=self._paths(np.array([place.row, *others])), case=place.case,
            flow_m3_s=float(self.flow[place]), rise_pa=float(self.rise[place]),
            speed_ratio=float(self.speed[place]), runout_ratio=float(self.runout[place]),
            npsh_required_m=float(self._npsh[place]), npsh_available_m=float(self._suction[place]),
            wire_to_water_ratio=given / electric if electric > 0.0 else float("nan"),
            curve=self._curve(place, float(self.speed[place]), np.array([self.flow[place]])),
        )  # fmt: skip

    def _paths(self, rows: Index) -> tuple[str, ...]:
        return tuple(self._table.paths[part] for part in self._block.part[rows].tolist())

    # -------------------------------------------------------------------------------------------- curves

    def _coefficients(self, place: _Place) -> tuple[Array, ...]:
        block = self._block
        columns = (
            block.shutoff_pa, block.linear_pa_s_m3, block.quadratic_pa_s2_m6, block.power_pa,
            block.exponent_ratio,
        )  # fmt: skip
        return tuple(np.broadcast_to(column, self._shape)[place].reshape(1, 1) for column in columns)

    def _rise(self, place: _Place, flow_m3_s: Array, speed_ratio: float) -> Array:
        """Return the rise of a pump as the solver takes it [Pa], shape of the flow."""
        shutoff, linear, quadratic, power, exponent = self._coefficients(place)
        flow, speed = flow_m3_s[None], np.full((1, 1), speed_ratio)
        if power.any():
            return np.asarray(power_rise(flow, speed, shutoff, power, exponent)[0][0])
        rise, _, _ = pump_rise(flow, speed, shutoff, linear, quadratic)
        block = self._block
        knots = block.curve_m3_s[min(place.row, len(block.curve_m3_s) - 1)][None]
        if np.isfinite(knots).any():
            turning = max(speed_ratio, SLOW_RATIO)
            values = block.curve_pa[min(place.row, len(block.curve_pa) - 1)][None]
            table, _ = along(knots, cubics(knots, values, straight=block.curve_straight), flow / turning)
            rise = rise + turning**2 * table
        return np.asarray(rise[0])

    def _curve(self, place: _Place, speed_ratio: float, through_m3_s: Array) -> Curve:
        """Return the curve at a speed with the duty pumps that run in a case."""
        block, share = self._block, float(self.share[place])
        end = self._end[place.row] * speed_ratio * share
        reach = max(DRAWN_BEYOND_RATIO * end, 1.02 * float(through_m3_s.max(initial=0.0)))
        flow = np.union1d(np.append(np.linspace(0.0, reach, DRAWN), end), through_m3_s)
        at_full = (flow / (speed_ratio * share))[None]
        npsh, efficiency = np.full((2, len(flow)), np.nan)
        knots = block.npsh_m3_s[min(place.row, len(block.npsh_m3_s) - 1)][None]
        if np.isfinite(knots).any():
            needed = extended(knots, block.npsh_m[place.row][None], at_full)
            npsh = speed_ratio**2 * needed[0]
        knots = block.efficiency_m3_s[min(place.row, len(block.efficiency_m3_s) - 1)][None]
        if np.isfinite(knots).any():
            efficiency = from_nothing(knots, block.efficiency_curve_ratio[place.row][None], at_full)[0]
        return Curve(
            speed_ratio=speed_ratio, running_ratio=share, flow_m3_s=flow,
            rise_pa=self._rise(place, flow, speed_ratio), npsh_required_m=npsh, efficiency_ratio=efficiency,
            end_m3_s=float(end), end_pa=float(self._rise(place, np.array([end]), speed_ratio)[0]),
        )  # fmt: skip

    def _rated(self, row: int) -> Curve:
        """Return the curve at full speed with all duty pumps, whatever runs in normal operation."""
        place, share = _Place(row, 0), float(self.share[row, 0])
        some = self._curve(place, 1.0, self._given(row)[0] * share)
        return replace(
            some, running_ratio=1.0, flow_m3_s=some.flow_m3_s / share, end_m3_s=some.end_m3_s / share
        )

    def _given(self, row: int) -> tuple[Array, Array]:
        points = self._points[row][np.isfinite(self._points[row]).all(axis=1)]
        return points[:, 0], points[:, 1]

    def _inside(self, row: int) -> float:
        """Return the quadratic term of what a unit takes itself [Pa s2/m6]; its points are outside of it."""
        if self._table.kind != "cdu":
            return 0.0
        numbers, part = self._table.numbers, self._block.part[row]
        drop, flow = (numbers[name][part, 0] for name in ("tcs_drop_pa", "reference_tcs_flow_m3_s"))
        return float(quadratic_at(drop, flow))

    def _minimum(self, row: int) -> float:
        name = {"pump": "minimum_flow_m3_s", "cdu": "pump_minimum_flow_m3_s"}.get(self._table.kind)
        return float(self._table.numbers[name][self._block.part[row], 0]) if name else float("nan")

    def _duty_pumps(self, row: int) -> int:
        count = self._table.numbers.get("pump_count")
        return 1 if count is None else round(float(count[self._block.part[row], 0]))

    def _opinion(self, row: int) -> tuple[Evidence, str]:
        held = self._table.opinion.get(CURVES[self._table.kind])
        number = -1 if held is None else int(held[self._block.part[row]])
        if number < 0:
            return "", ""
        opinion = self._facility.opinions[number]
        return opinion.evidence, opinion.source
