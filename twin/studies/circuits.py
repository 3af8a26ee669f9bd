"""Which valve settles the flow of which rack, and the network with every such valve holding a flow."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.fields import FIELDS
from twin.model.assemble import Assembly, elements
from twin.model.element import Controller, Valve
from twin.model.facility import Facility
from twin.model.flow_net import FlowNet
from twin.model.groups import KV_DENSITY
from twin.model.network import lay_out
from twin.solve.couple import Solution
from twin.states import settle
from twin.studies.rack_flow import RackFlow, rack_flow
from twin.studies.valves import Valves, carried, with_valves

# A valve that holds its flow misses it by less than this share.
SHORT_RATIO = 1e-7


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Circuits:
    """Which valve settles which rack. Shapes: (valve,), (rack,).

    Attributes:
        valves: Valves that can be set.
        loop: Loop of each rack.
        nearest: Valve nearest to each rack, -1 for one that no valve carries or that is out of service.
        carries: Whether a valve carries a rack, shape (valve, rack).
        control: Control of the pumps of each loop, where valves and pumps are matched.
        kept: Why the pumps of the other loops stay as they are.
    """

    valves: Valves
    loop: Index
    nearest: Index
    carries: Flags
    control: Mapping[int, int]
    kept: Mapping[int, str]

    @property
    def ends(self) -> Flags:
        """Return which valves are nearest to some rack, shape (valve,)."""
        flags = np.zeros(len(self.valves.kind), dtype=np.bool_)
        flags[self.nearest[self.nearest >= 0]] = True
        return flags

    def ends_in(self, loop: int) -> Index:
        """Return the valves that are nearest to the racks of a loop."""
        return np.unique(self.nearest[(self.loop == loop) & (self.nearest >= 0)])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Held:
    """The network with valves that hold a flow. Shapes: (valve,), (valve, variant), (control, variant).

    Attributes:
        solution: Settled state; its first case is normal operation.
        racks: Coolant of the racks.
        flow_m3_s: Flow through each valve in normal operation.
        density_kg_m3: Density of what flows there.
        open_pa_s2_m6: Loss of the open valve over the square of that flow.
        spare_pa: What each valve takes beyond what it would take fully open, or beyond its least difference,
            shape (valve, variant).
        missed_ratio: Share of its flow that each valve misses although it is open, shape (valve, variant).
        held_pa: Difference that each control holds, shape (control, variant).
    """

    solution: Solution
    racks: RackFlow
    flow_m3_s: Array
    density_kg_m3: Array
    open_pa_s2_m6: Array
    spare_pa: Array
    missed_ratio: Array
    held_pa: Array

    @property
    def short(self) -> Flags:
        """Return which valves miss their flow, shape (valve, variant)."""
        missing: Flags = self.missed_ratio > SHORT_RATIO
        return missing

    def needed_pa(self, control: int, ends: Index) -> Array:
        """Return the difference of the pumps with which valves get their flow [Pa], shape (variant,)."""
        missed, held = self.missed_ratio[ends].max(axis=0), self.held_pa[control]
        # Near a flow, difference goes with its square.
        lacking = held * (1.0 + 2.0 * missed)
        return np.asarray(np.where(missed > SHORT_RATIO, lacking, held - self.spare_pa[ends].min(axis=0)))


def solved(facility: Facility, assembly: Assembly | None = None) -> Solution:
    """Return the settled state of a facility, with other elements in its place where they are given."""
    return settle(lay_out(facility, assembly))[0]


def circuits(facility: Facility, opened: Solution, valves: Valves, *, match: bool) -> Circuits:
    """Return which valve settles which rack, from the flows with all valves open.

    Args:
        facility: In one case.
        opened: Its state with all valves open.
        valves: Valves that can be set.
        match: Whether pumps are to be matched to the valves.
    """
    net, racks = opened.network.flow, rack_flow(facility, opened)
    runs = racks.runs[:, 0]
    branch = valves.branches(net, opened.network.assembly)
    carries = carried(net, opened.flow.flow_kg_s[:, 0], branch, racks.branch) & runs
    # The nearest carries the fewest racks; of two that carry the same, the one that regulates.
    size = np.where(carries, carries.sum(axis=1, keepdims=True) + 0.5 * ~valves.regulates[:, None], np.inf)
    nearest = np.full(len(runs), -1, dtype=np.intp)
    if size.size:
        nearest = np.where(np.isfinite(size.min(axis=0)), np.argmin(size, axis=0), -1).astype(np.intp)
    loop = net.island[net.tail[racks.branch]]
    control: dict[int, int] = {}
    kept: dict[int, str] = {}
    for number in np.unique(loop[runs]).tolist():
        turned, reason = _turned(net, number)
        mine = nearest[(loop == number) & runs]
        if not match or reason or (mine < 0).any():
            kept[number] = reason or ("a rack has no valve to set" if (mine < 0).any() else "as asked for")
        else:
            control[number] = turned
    return Circuits(valves=valves, loop=loop, nearest=nearest, carries=carries, control=control, kept=kept)


def _turned(net: FlowNet, loop: int) -> tuple[int, str]:
    """Return the control that turns the pumps of a loop, or why there is not the one that it takes."""
    inside = net.island[net.tail[net.mover]] == loop
    curved = ~np.isin(net.mover, net.held_flow)
    turned = np.unique(net.control_of[inside & curved])
    if len(turned) != 1 or turned[0] < 0:
        return -1, "its pumps are not turned by one control loop"
    control = int(turned[0])
    if np.isfinite(net.set_m3_s[control]).any():
        return -1, "its pumps hold a flow"
    sensed = net.island[[net.plus[control], net.minus[control]]]
    return (control, "") if (sensed == loop).all() else (-1, "its pumps are controlled on another loop")


def limits(at: Circuits, wanted_kg_s: Array, density_kg_m3: Array) -> Array:
    """Return the flow that each valve is to hold [m3/s], NaN for one that stays open, shape (valve,).

    A regulating valve is set in the steps of its scale, upwards, within its range.

    Args:
        at: Which valve settles which rack.
        wanted_kg_s: Flow wanted in each rack, shape (rack,).
        density_kg_m3: Density of the fluid in each valve, shape (valve,).
    """
    valves = at.valves
    own = np.zeros(len(valves.kind))
    served = at.nearest >= 0
    np.add.at(own, at.nearest[served], wanted_kg_s[served])
    through = (at.carries * wanted_kg_s).sum(axis=1) / density_kg_m3
    limit = np.where(at.ends, own / density_kg_m3, np.nan)
    # A regulating valve further out only has to let everything pass.
    further = valves.regulates & ~at.ends
    limit = np.where(further, np.maximum(valves.setting, through), limit)
    step = np.where(np.isfinite(valves.step), valves.step, 1.0)
    stepped = np.ceil(limit / step - 1e-9) * step
    limit = np.where(valves.regulates & np.isfinite(valves.step), stepped, limit)
    bounded = np.fmin(np.fmax(limit, valves.least), valves.most)
    return np.where(valves.regulates, bounded, limit)


def hold(
    facility: Facility,
    at: Circuits,
    limit_m3_s: Array,
    set_pa: Mapping[int, float],
    *,
    flat_out: bool = False,
) -> Held:
    """Return the state with valves at their limits and controls at their set-points.

    Args:
        facility: In any cases, normal operation first.
        at: Which valve settles which rack.
        limit_m3_s: What each valve holds, NaN for one that stays open, shape (valve,).
        set_pa: Difference that controls are told to hold; the others hold theirs.
        flat_out: Whether matched pumps run at the highest speed that their control permits.
    """
    valves = at.valves
    open_loss = np.where(valves.regulates, valves.least_drop_pa / limit_m3_s**2, valves.open_pa_s2_m6)
    assembly = with_valves(elements(facility), valves, open_loss, limit_m3_s)
    assembly = _with_controls(assembly, set_pa, list(at.control.values()) if flat_out else [])
    solution = solved(facility, assembly)
    branch = valves.branches(solution.network.flow, assembly)
    density = solution.medium.density_kg_m3[branch]
    through = solution.flow.flow_kg_s[branch] / density
    # A Kv loses in proportion to density; the least drop of a valve that regulates is what its maker says.
    open_loss = open_loss[:, None] * np.where(valves.regulates[:, None], 1.0, density / KV_DENSITY)
    taken = np.zeros_like(through)
    for number in np.unique(valves.block).tolist():
        mine = valves.block == number
        drop = FIELDS[Valve, "drop_pa"](solution, assembly.blocks[number][1])
        taken[mine] = drop[valves.row[mine]]
    control = [b for _, b in assembly.blocks if isinstance(b, Controller)]
    held = [FIELDS[Controller, "difference_pa"](solution, b) for b in control]
    return Held(
        solution=solution, racks=rack_flow(facility, solution), flow_m3_s=through[:, 0],
        density_kg_m3=density[:, 0], open_pa_s2_m6=open_loss[:, 0], spare_pa=taken - open_loss * through**2,
        missed_ratio=np.nan_to_num(1.0 - through / limit_m3_s[:, None]),
        held_pa=np.concatenate([*held, np.zeros((0, through.shape[1]))]),
    )  # fmt: skip


def _with_controls(assembly: Assembly, set_pa: Mapping[int, float], flat_out: list[int]) -> Assembly:
    """Return the elements with controls told otherwise, those ``flat_out`` at their highest speed."""
    blocks, first = list(assembly.blocks), 0
    for number, (kind, block) in enumerate(blocks):
        if isinstance(block, Controller):
            rows = np.arange(first, first + len(block.part))
            shape = (len(rows), 1)
            highest = np.isin(rows, flat_out)[:, None]
            slowest = np.where(highest, block.maximum_ratio, block.minimum_ratio)
            told = np.broadcast_to(block.set_pa, shape).copy()
            for row in sorted(set(set_pa) & set(rows.tolist())):
                told[row - first] = set_pa[row]
            blocks[number] = kind, replace(block, set_pa=told, minimum_ratio=np.broadcast_to(slowest, shape))
            first += len(rows)
    return replace(assembly, blocks=tuple(blocks))
