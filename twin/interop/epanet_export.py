"""Writes the liquid loops of a solved facility as EPANET inputs, traced to their prims.

Flows count as mass flow over the mean density of the input, so that they close although fluid expands.

Limits:
    A control stands as the speeds and the flows that it has found. Viscosity and density are means: EPANET
    has one of each. Buoyancy between warm and cold columns is left out. Pipes by Hazen-Williams or Manning
    become curves of head loss, since an input has one law of friction.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from twin.interop.epanet_branches import SHORT_M, WIDE_M, Branches
from twin.interop.epanet_links import REGULATING, Link
from twin.interop.epanet_loops import Loops, Sampler, loops_of, sampler, short_name, unique_names
from twin.interop.epanet_model import (
    WATER_KG_M3,
    Demand,
    HeadLoss,
    Junction,
    Options,
    Pipe,
    Pump,
    Reservoir,
    Valve,
    WaterNetwork,
)
from twin.interop.epanet_write import LONGEST_NAME, Remarks, inp_text
from twin.model.element import Controller
from twin.model.facility import Facility
from twin.solve.couple import Solution


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """One input.

    Attributes:
        name: What its loops are filled with, and how warm, as part of a file name.
        network: The network.
        remarks: What stands beside it: comments, tags, places.
    """

    name: str
    network: WaterNetwork
    remarks: Remarks

    @property
    def text(self) -> str:
        """Return the input."""
        return inp_text(self.network, self.remarks)


def export_epanet(facility: Facility, solution: Solution, variant: int = 0) -> list[Exported]:
    """Return the liquid loops of one case as inputs, one per fluid and temperature.

    Args:
        facility: What is built.
        solution: Its settled state.
        variant: Which case, a place on the variant axis.
    """
    read = sampler(solution, variant)
    return [_Input(facility, solution, variant, loops, read).made() for loops in loops_of(solution, variant)]


class _Input:
    """Makes one input."""

    def __init__(
        self, facility: Facility, solution: Solution, variant: int, loops: Loops, read: Sampler
    ) -> None:
        self._facility, self._solution, self._variant, self._loops = facility, solution, variant, loops
        self._net, self._heavier = read.net, read.medium.density_kg_m3[:, 0] / loops.density_kg_m3
        self._branches = Branches(solution, variant, loops, read)
        self._rows = np.flatnonzero(loops.branches)
        self._full = {
            i: self._net.name_of(int(self._net.node[i])) for i in np.flatnonzero(loops.nodes).tolist()
        }
        self._node = _named(self._full, LONGEST_NAME)
        self._pads: list[tuple[Junction, Pipe]] = []

    def made(self) -> Exported:
        """Return the input."""
        full = numbered({row: self._net.branch_name(row) for row in self._rows.tolist()})
        names, demand = _named(full, LONGEST_NAME - 2), self._demand()
        reservoirs = list(self._reservoirs())
        held = {r.name for r in reservoirs}
        links = [
            self._padded(self._branches.link(row, names[row], self._ends(row)), held)
            for row in self._rows.tolist()
            if row not in self._net.held_flow
        ]
        links += [pipe for _, pipe in self._pads]
        used = {end for link in links for end in (link.a, link.b)}
        junctions = [
            Junction(
                name=name, elevation_m=float(self._net.height_m[i]),
                demands=(Demand(base_m3_s=demand[i]),) if demand.get(i) else (),
            )
            for i, name in self._node.items() if name not in held and name in used
        ]  # fmt: skip
        network = WaterNetwork(
            junctions=(*junctions, *(junction for junction, _ in self._pads)),
            reservoirs=tuple(r for r in reservoirs if r.name in used),
            pipes=tuple(k for k in links if isinstance(k, Pipe)),
            pumps=tuple(k for k in links if isinstance(k, Pump)),
            valves=tuple(k for k in links if isinstance(k, Valve)), curves=self._branches.curves,
            options=self._options(), title=f"{self._facility.layout}: {self._loops.name}",
        )  # fmt: skip
        made = {names[row]: told for row, told in full.items()}
        remarks = Remarks(
            head=tuple(self._head()),
            nodes={name: self._full[i] for i, name in self._node.items() if name in used},
            links={k.name: made[k.name] for k in links if k.name in made},
            places={name: spot for name, spot in self._places().items() if name in used},
        )  # fmt: skip
        return Exported(name=self._loops.name, network=network, remarks=remarks)

    def _ends(self, row: int) -> tuple[str, str]:
        return self._node[int(self._net.tail[row])], self._node[int(self._net.head[row])]

    def _options(self) -> Options:
        loops = self._loops
        return Options(
            head_loss=HeadLoss.DARCY_WEISBACH, viscosity_m2_s=loops.viscosity_m2_s, flow_units="LPS",
            specific_gravity_ratio=loops.density_kg_m3 / WATER_KG_M3, accuracy_ratio=1e-6, pattern="",
        )  # fmt: skip

    def _reservoirs(self) -> Iterator[Reservoir]:
        net = self._net
        for source, node in enumerate(net.held.tolist()):
            if node in self._node:
                head = float(net.height_m[node] + net.held_pag[source, 0] / self._loops.weight_n_m3)
                yield Reservoir(name=self._node[node], head_m=head)

    def _demand(self) -> dict[int, float]:
        """Return what constant flows draw from each node [m3/s]; they are no links in EPANET."""
        net = self._net
        drawn: dict[int, float] = {}
        for at, row in enumerate(net.held_flow.tolist()):
            flow = float(net.held_m3_s[at, 0] * self._heavier[row]) * bool(net.in_service[row, 0])
            for node, sign in ((int(net.tail[row]), 1.0), (int(net.head[row]), -1.0)):
                drawn[node] = drawn.get(node, 0.0) + sign * flow
        return drawn

    def _padded(self, link: Link, held: set[str]) -> Link:
        """Return a link, with a short pipe between it and a reservoir where EPANET asks for one."""
        if not isinstance(link, Valve) or link.kind not in REGULATING:
            return link
        for end in ("a", "b"):
            node = getattr(link, end)
            if node in held:
                name = f"{link.name}.{end}"
                at = next(i for i, n in self._node.items() if n == node)
                pad = Pipe(name=name, a=node, b=name, length_m=SHORT_M, diameter_m=WIDE_M, roughness=0.0)
                self._pads.append((Junction(name=name, elevation_m=float(self._net.height_m[at])), pad))
                link = replace(link, a=name) if end == "a" else replace(link, b=name)
        return link

    def _places(self) -> dict[str, tuple[float, float]]:
        """Return where nodes lie: ports where they are drawn, others in the middle of their neighbours."""
        net, ports = self._net, self._facility.ports.position_m
        spots = {i: ports[n, :2] for i in self._node if (n := int(net.node[i])) < len(ports)}
        for _ in range(2):
            near: dict[int, list[np.ndarray]] = {}
            for row in self._rows.tolist():
                for one, other in ((net.tail[row], net.head[row]), (net.head[row], net.tail[row])):
                    if int(one) not in spots and int(other) in spots:
                        near.setdefault(int(one), []).append(spots[int(other)])
            spots |= {i: np.mean(found, axis=0) for i, found in near.items()}
        return {self._node[i]: (float(spot[0]), float(spot[1])) for i, spot in spots.items()}

    def _head(self) -> Iterator[str]:
        """Yield what stands below the title: the fluid, and what EPANET cannot say."""
        loops, case = self._loops, self._facility.cases[self._variant]
        low, high = loops.viscosity_range_m2_s
        cold, warm = loops.coldest_k - 273.15, loops.warmest_k - 273.15
        yield f"Case {case.name}, heat to {case.capture}. Every id is traced to its prim in [TAGS]."
        yield f"Fluid: {loops.name}, {cold:.1f} to {warm:.1f} C;"
        yield f"mean density {loops.density_kg_m3:.2f} kg/m3, flows are mass flow over that density."
        yield f"Kinematic viscosity: mean {loops.viscosity_m2_s:.4g} m2/s, {low:.4g} to {high:.4g} m2/s."
        yield "Curves of head loss meet the solved flow exactly, and are straight between points."
        yield "What EPANET cannot say, and how it stands here:"
        yield " - viscosity and density follow the temperature: means"
        yield from self._controls()
        yield from self._held_temperatures()
        for at, row in enumerate(self._net.friction.tolist()):
            if loops.branches[row] and self._net.laminar_loss_ratio[at].any():
                yield f" - {self._net.branch_name(row)}: loss by Reynolds number left out"

    def _controls(self) -> Iterator[str]:
        net, at = self._net, 0
        for kind, block in self._solution.network.assembly.blocks:
            if not isinstance(block, Controller):
                continue
            for part in block.part.tolist():
                if self._loops.nodes[net.plus[at]]:
                    path = self._facility.tables[kind].paths[part]
                    speed = float(self._solution.flow.control_ratio[at, self._variant])
                    yield f" - {path} turns its pumps: they stand at speed {speed:.6g}"
                at += 1

    def _held_temperatures(self) -> Iterator[str]:
        net, heat = self._net, self._solution.network.heat
        for at in np.flatnonzero((heat.valve >= 0) & np.isfinite(heat.hold_k).any(axis=1)).tolist():
            row = int(net.limited[heat.valve[at]])
            if self._loops.branches[row]:
                hold = float(heat.hold_k[at, 0]) - 273.15
                yield f" - {net.branch_name(row)} holds {hold:.6g} C by its flow: it stands at that flow"


def numbered(names: dict[int, str]) -> dict[int, str]:
    """Return names with their place among equal ones, where there are several: pieces of a header."""
    count, seen = Counter(names.values()), Counter[str]()
    found = {}
    for row, name in names.items():
        found[row] = f"{name}[{seen[name]}]" if count[name] > 1 else name
        seen[name] += 1
    return found


def _named(full: dict[int, str], longest: int) -> dict[int, str]:
    """Return short names of some paths, none twice."""
    return dict(zip(full, unique_names([short_name(path) for path in full.values()], longest), strict=True))
