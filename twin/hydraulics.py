"""Result fields that an engineer reads off: duty of pumps, shares of racks and trays, segments.

Unlike ``fields`` they also need what is built, the columns of the kind that declares them.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from twin.arrays import Array, Flags, Index
from twin.chip_fields import tokens
from twin.dead_head import dead_heads
from twin.fields import FIELDS
from twin.laws.friction import darcy_drop
from twin.laws.trays import tray_flow
from twin.loop_fields import curve_flow
from twin.model.element import Load, Mover, Path, Valve
from twin.model.facility import Facility, Table
from twin.segments import Segments, segments
from twin.solve.couple import Solution

# What merely joins the ports of equipment.
JOINTS = frozenset({"pipe", "hose", "valve", "picv", "strainer"})
# Less than this share of the greatest flow on a header is none: a rack that is shut off is not short of flow.
STILL_RATIO = 1e-3
CURVES = MappingProxyType({"pump": "curve_pa", "cdu": "pump_curve_pa"})
MOTORS = MappingProxyType({"pump": "motor_efficiency_ratio", "cdu": "pump_motor_efficiency_ratio"})


class Branch(NamedTuple):
    """Parameters of a unit whose control valve modulates: flows, drops, and the ports of its branch."""

    largest: str
    drop: str
    reference: str
    valve: str
    ends: tuple[str, str]


_COIL = Branch(
    "water_flow_m3_s", "water_drop_pa", "water_flow_m3_s", "valve_drop_pa", ("water_supply", "water_return")
)
BRANCHES: Mapping[str, Branch] = MappingProxyType({
    "cdu": Branch(
        "fws_flow_max_m3_s", "fws_drop_pa", "reference_fws_flow_m3_s", "fws_valve_drop_pa",
        ("fws_supply", "fws_return"),
    ),
    "crah": _COIL, "fan_wall": _COIL, "rear_door": _COIL,
})  # fmt: skip


class Hydraulics:
    """Fields of one solution; what several of them share is worked out once."""

    def __init__(self, facility: Facility, solution: Solution) -> None:
        """Read off this solution of this facility."""
        self._facility, self._solution = facility, solution

    def field(self, block: Any, name: str, table: Table) -> Array:
        """Return a field of a block of a kind, shape (element, variant)."""
        return _FIELDS[type(block), name](self, block, table)

    def tokens(self, block: Load, table: Table) -> Array:
        """Return the tokens per second of each rack; NaN where they are not established."""
        return tokens(self._solution, block, table)

    # ------------------------------------------------------------------------------------------ pumps

    def _volume_flow(self, block: Path | Mover | Valve) -> Array:
        flow: Array = FIELDS[type(block), "flow_m3_s"](self._solution, block)
        return flow

    def curve_flow(self, block: Mover, _: Table) -> Array:
        """Return the place on the full-speed curve [m3/s]; NaN while a pump stands."""
        return curve_flow(self._solution, block)

    @cached_property
    def _dead_heads(self) -> Array:
        return dead_heads(self._solution.network, self._facility.tables)

    def dead_head(self, block: Mover, _: Table) -> Array:
        """Return the rise against shut valves at the highest speed, with pumps before it in series [Pa]."""
        net = self._solution.network.flow
        rows = net.rows[id(block)]
        found = self._dead_heads[np.searchsorted(net.mover, np.arange(rows.start, rows.stop))]
        return np.broadcast_to(found[:, None], (len(found), self._solution.network.variants))

    def runout(self, block: Mover, table: Table) -> Array:
        """Return that place over the last point of the data sheet [1]."""
        last = np.nanmax(table.curves[CURVES[table.kind]][..., 0], axis=1)[block.part]
        return np.asarray(self.curve_flow(block, table) / last[:, None])

    def hydraulic_power(self, block: Mover, _: Table) -> Array:
        """Return what a pump gives to its fluid [W]."""
        rise: Array = FIELDS[Mover, "rise_pa"](self._solution, block)
        return self._volume_flow(block) * rise

    def _electric(self, block: Mover) -> Array:
        drawn: Array = FIELDS[Mover, "power_w"](self._solution, block)
        return drawn

    def wire_to_water(self, block: Mover, table: Table) -> Array:
        """Return hydraulic over electric power [1]; NaN while a pump stands."""
        electric = self._electric(block)
        runs = (electric > 0.0) & np.isfinite(self.curve_flow(block, table))
        return np.where(runs, self.hydraulic_power(block, table) / np.where(runs, electric, 1.0), np.nan)

    def shaft_power(self, block: Mover, table: Table) -> Array:
        """Return electric power less the losses of motor and drive [W]; NaN where these are not given."""
        return self._electric(block) * table.numbers[MOTORS[table.kind]][block.part]

    # ------------------------------------------------------------------------------- headers and trays

    @cached_property
    def _joined(self) -> Index:
        """Return the piece of pipework each node belongs to; headers and equipment part the pieces."""
        net = self._solution.network.flow
        rows = [net.rows[id(b)] for k, b in self._flow_blocks() if k in JOINTS]
        at = np.concatenate([*(np.arange(r.start, r.stop) for r in rows), np.zeros(0, dtype=np.intp)])
        at = at.astype(np.intp)
        count = len(net.node)
        graph = coo_array((np.ones(len(at)), (net.tail[at], net.head[at])), shape=(count, count))
        return np.asarray(connected_components(graph, directed=False)[1], dtype=np.intp)

    def _flow_blocks(self) -> list[tuple[str, Path | Mover | Valve]]:
        blocks = self._solution.network.assembly.blocks
        return [(k, b) for k, b in blocks if isinstance(b, Path | Mover | Valve) and len(b.part)]

    def _headers(self, block: Path) -> Index:
        """Return the manifold whose tap each path is fed from, -1 for none, shape (element,)."""
        net = self._solution.network.flow
        header = np.full(len(net.node), -1, dtype=np.intp)
        for kind, other in self._flow_blocks():
            if kind == "manifold":
                rows = net.rows[id(other)]
                for ends in (net.tail, net.head):
                    header[self._joined[ends[rows]]] = other.part
        return np.asarray(header[self._joined[net.tail[net.rows[id(block)]]]], dtype=np.intp)

    def header_index(self, block: Path, _: Table) -> Array:
        """Return the manifold that feeds each rack, in the order of manifolds, -1 for none."""
        shape = len(block.part), self._solution.network.variants
        return np.broadcast_to(self._headers(block)[:, None].astype(np.float64), shape)

    def _by_header(self, block: Path) -> tuple[Array, Array, Array]:
        """Return flow, its mean and its spread over those that flow on the same header of the same loop."""
        net, flow = self._solution.network.flow, self._volume_flow(block)
        island = net.island[net.tail[net.rows[id(block)]]]
        _, group = np.unique(np.stack([self._headers(block), island]), axis=1, return_inverse=True)
        group = group.ravel()
        count = int(group.max(initial=-1)) + 1
        most, least, total, flowing = np.zeros((4, count, flow.shape[1]))
        np.maximum.at(most, group, flow)
        flows = flow > STILL_RATIO * most[group]
        least += most
        np.minimum.at(least, group, np.where(flows, flow, np.inf))
        np.add.at(total, group, np.where(flows, flow, 0.0))
        np.add.at(flowing, group, flows.astype(np.float64))
        mean = np.where(flowing > 0.0, total / np.maximum(flowing, 1.0), np.nan)
        return np.where(flows, flow, np.nan), mean[group], (most - least)[group]

    def header_flow(self, block: Path, _: Table) -> Array:
        """Return the flow of each rack over the mean of its header; NaN for one without flow."""
        flow, mean, _spread = self._by_header(block)
        return flow / mean

    def header_spread(self, block: Path, _: Table) -> Array:
        """Return greatest less least flow on a header over the mean, for each of its racks."""
        flow, mean, spread = self._by_header(block)
        return np.where(np.isfinite(flow), spread / mean, np.nan)

    def tray_spread(self, block: Path, table: Table) -> Array:
        """Return greatest less least flow of trays over their mean; NaN where headers are not given."""
        s, rows = self._solution, self._solution.network.flow.rows[id(block)]
        names = "count", "header_diameter_m", "header_length_m", "header_roughness_m"
        given = [table.numbers[f"tray_{name}"][block.part, :1] for name in names]
        out = np.full(s.flow.flow_kg_s[rows].shape, np.nan)
        known = np.isfinite(np.hstack(given)).all(axis=1)
        drop = FIELDS[Path, "drop_pa"](s, block)
        for count in np.unique(given[0][known]):
            at = np.flatnonzero(known & (given[0][:, 0] == count))
            flow, loss = s.flow.flow_kg_s[rows][at], drop[at]
            runs = (flow > 0.0) & (loss > 0.0)
            bore, length, wall = (column[at] for column in given[1:])
            trays = tray_flow(
                np.where(runs, flow, 1.0), np.where(runs, loss, 1.0), bore, length, wall,
                s.medium.density_kg_m3[rows][at], s.medium.viscosity_pa_s[rows][at], int(count),
            )  # fmt: skip
            spread = (trays.max(axis=-1) - trays.min(axis=-1)) / trays.mean(axis=-1)
            out[at] = np.where(runs, spread, np.nan)
        return out

    # ------------------------------------------------------------------------------- pipes and valves

    def gradient(self, block: Path, _: Table) -> Array:
        """Return the friction of a pipe per metre, its fittings left out [Pa/m]."""
        s, rows = self._solution, self._solution.network.flow.rows[id(block)]
        drop, _slope = darcy_drop(
            np.abs(s.flow.flow_kg_s[rows]), np.ones((1, 1)), block.diameter_m, block.roughness_m,
            np.zeros((1, 1)), s.medium.density_kg_m3[rows], s.medium.viscosity_pa_s[rows],
        )  # fmt: skip
        return drop

    @cached_property
    def _lost(self) -> tuple[Array, Flags]:
        """Return what each piece of pipework loses [Pa], and whether a flow-limiting valve stands in it."""
        s, net = self._solution, self._solution.network.flow
        lost = np.zeros((len(net.node), s.network.variants))
        limits = np.zeros(len(net.node), dtype=np.bool_)
        for kind, other in self._flow_blocks():
            if kind in JOINTS:
                piece = self._joined[net.tail[net.rows[id(other)]]]
                np.add.at(lost, piece, np.abs(FIELDS[type(other), "drop_pa"](s, other)))
                if isinstance(other, Valve):
                    told = np.isfinite(other.limit_m3_s).any(axis=1)
                    limits[piece[np.broadcast_to(told, piece.shape)]] = True
        return lost, limits

    def authority(self, block: Valve, table: Table) -> Array:
        """Return the open valve's share of what its branch loses at the unit's highest flow [1].

        The branch is the unit's exchanger or coil and the pipework up to the next header or equipment on both
        sides. NaN, not established, without flow and where another valve in the branch limits the flow.
        """
        branch, n = BRANCHES[table.kind], table.numbers
        net, flow, largest = self._solution.network.flow, self._volume_flow(block), n[branch.largest]
        lost, limits = self._lost
        share = np.zeros(flow.shape)
        for name in branch.ends:
            node = np.full(len(table.paths), -1, dtype=np.intp)
            node[table.ends[name].part] = table.ends[name].node
            piece = self._joined[np.searchsorted(net.node, node[block.part])]
            share = share + np.where(limits[piece][:, None], np.nan, lost[piece])
        runs = flow > STILL_RATIO * largest[block.part]
        outside = share * (largest[block.part] / np.where(runs, flow, np.nan)) ** 2
        inside = (n[branch.drop] * (largest / n[branch.reference]) ** 2)[block.part]
        valve = n[branch.valve][block.part]
        return np.asarray(valve / (valve + inside + outside))

    # ------------------------------------------------------------------------------------- segments

    @cached_property
    def _segments(self) -> Segments:
        tables = self._facility.tables
        return segments(self._solution.network, tables.get("hose"), tables.get("valve"))

    def _of_segment(self, values: Callable[[Segments], Array | Index], block: Path) -> Array:
        rows = self._solution.network.flow.rows[id(block)]
        found = values(self._segments)[self._segments.of_branch[rows]].astype(np.float64)
        return np.broadcast_to(found[:, None], (len(found), self._solution.network.variants))

    def segment_index(self, block: Path, _: Table) -> Array:
        """Return the piece between isolating valves that a part belongs to."""
        return self._of_segment(lambda s: np.arange(len(s.volume_m3)), block)

    def segment_volume(self, block: Path, _: Table) -> Array:
        """Return the declared volume of that piece [m3]: what a leak in it lets out."""
        return self._of_segment(lambda s: s.volume_m3, block)

    def segment_lost(self, block: Path, _: Table) -> Array:
        """Return how many racks, units and coils have no flow while that piece is shut."""
        return self._of_segment(lambda s: s.lost_count, block)


TableField = Callable[[Hydraulics, Any, Table], Array]
_FIELDS: Mapping[tuple[type, str], TableField] = MappingProxyType({
    (Mover, "curve_flow_m3_s"): Hydraulics.curve_flow,
    (Mover, "dead_head_pa"): Hydraulics.dead_head,
    (Mover, "runout_ratio"): Hydraulics.runout,
    (Mover, "hydraulic_power_w"): Hydraulics.hydraulic_power,
    (Mover, "wire_to_water_ratio"): Hydraulics.wire_to_water,
    (Mover, "shaft_power_w"): Hydraulics.shaft_power,
    (Load, "tokens_per_s"): Hydraulics.tokens,
    (Path, "header_index"): Hydraulics.header_index,
    (Path, "header_flow_ratio"): Hydraulics.header_flow,
    (Path, "header_spread_ratio"): Hydraulics.header_spread,
    (Path, "tray_spread_ratio"): Hydraulics.tray_spread,
    (Path, "gradient_pa_m"): Hydraulics.gradient,
    (Valve, "authority_ratio"): Hydraulics.authority,
    (Path, "segment_index"): Hydraulics.segment_index,
    (Path, "segment_volume_m3"): Hydraulics.segment_volume,
    (Path, "segment_lost_count"): Hydraulics.segment_lost,
})  # fmt: skip
