"""What coolant racks get and what their makers ask for, in every case of a solution."""

from dataclasses import dataclass

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.components.rack import required_flow_at
from twin.model.element import Block, Mover
from twin.model.facility import Facility
from twin.solve.couple import Solution

# A rack that draws less than this is off, or was dropped; flow below this share of what it needs is none.
OFF_W = 1.0
STILL_RATIO = 1e-3
# Rounding decides what lies closer together than this share of what a rack needs.
ALIKE_RATIO = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RackFlow:
    """Coolant of the liquid-cooled racks. Shapes: (rack, variant).

    Attributes:
        paths: Prim paths, shape (rack,).
        branch: Flow branch of each rack, shape (rack,).
        flow_m3_s: Flow of each rack.
        supply_k: Temperature at which it is supplied.
        required_m3_s: What the maker asks for at that temperature; of a rack without coolant, at that of the
            first case.
        runs: Whether the rack is in service.
        dry: Whether it is in service and gets no coolant.
    """

    paths: tuple[str, ...]
    branch: Index
    flow_m3_s: Array
    supply_k: Array
    required_m3_s: Array
    runs: Flags
    dry: Flags

    @property
    def margin_m3_s(self) -> Array:
        """Return flow less what is asked for [m3/s]; all of it is missing where none flows, NaN where off."""
        gap = np.where(self.dry, -self.required_m3_s, self.flow_m3_s - self.required_m3_s)
        return np.where(self.runs, gap, np.nan)

    @property
    def short(self) -> Flags:
        """Return which racks run with less than what is asked for, rounding left out."""
        missing: Flags = np.nan_to_num(self.margin_m3_s) < -ALIKE_RATIO * self.required_m3_s
        return missing

    def worst(self, case: int) -> int:
        """Return the row of the running rack with the least margin; of racks alike the first one."""
        margin = self.margin_m3_s[:, case]
        above = margin - np.nanmin(margin)
        return int(np.argmax(above <= ALIKE_RATIO * self.required_m3_s[:, case]))


def rack_flow(facility: Facility, solution: Solution) -> RackFlow:
    """Return the coolant of every liquid-cooled rack; empty where there is none."""
    net = solution.network
    found = [b for kind, b in net.assembly.blocks if kind == "rack" and b.role == "coolant"]
    if not found:
        none = np.zeros((0, net.variants))
        empty = np.zeros(0, dtype=np.intp)
        return RackFlow(
            paths=(), branch=empty, flow_m3_s=none, supply_k=none, required_m3_s=none, runs=none > 0.0,
            dry=none > 0.0,
        )  # fmt: skip
    table, rows = facility.tables["rack"], net.flow.rows[id(found[0])]
    branch = np.arange(rows.start, rows.stop)
    flow = solution.flow.flow_kg_s[rows] / solution.medium.density_kg_m3[rows]
    supply = np.asarray(solution.heat.inlet_k[rows])
    asked = required_flow_at(table.curves["required_flow_m3_s"], supply)
    runs = np.broadcast_to(table.in_service, flow.shape)
    dry = runs & (flow < STILL_RATIO * asked)
    return RackFlow(
        paths=table.paths, branch=branch, flow_m3_s=flow, supply_k=supply,
        required_m3_s=np.where(dry, asked[:, :1], asked), runs=runs, dry=dry,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Turning:
    """Pumps of one kind. Shapes: (pump, variant).

    Attributes:
        paths: Prim paths, shape (pump,).
        branch: Flow branch of each, shape (pump,).
        speed_ratio: Speed over rated speed, zero for those that stand.
        power_w: Electric power.
    """

    paths: tuple[str, ...]
    branch: Index
    speed_ratio: Array
    power_w: Array


def turning(facility: Facility, solution: Solution, kind: str) -> Turning:
    """Return speed and power of the pumps of a kind, ``cdu`` or ``pump``; empty where there is none."""
    net = solution.network
    found: list[Block] = [b for k, b in net.assembly.blocks if k == kind and isinstance(b, Mover)]
    if not found:
        none = np.zeros((0, net.variants))
        return Turning(paths=(), branch=np.zeros(0, dtype=np.intp), speed_ratio=none, power_w=none)
    rows = net.flow.rows[id(found[0])]
    branch = np.arange(rows.start, rows.stop)
    at = np.searchsorted(net.flow.mover, branch)
    on = net.flow.in_service[branch]
    return Turning(
        paths=facility.tables[kind].paths, branch=branch,
        speed_ratio=np.where(on, solution.flow.speed_ratio[at], 0.0), power_w=solution.mover_w[at],
    )  # fmt: skip
