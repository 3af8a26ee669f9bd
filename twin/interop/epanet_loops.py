"""What of a solved facility goes into one EPANET input: loops of one fluid and viscosity."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.laws.air import GRAVITY_M_S2 as STANDARD_M_S2
from twin.model.element import Fluid
from twin.model.flow_net import FlowNet, fluid_name
from twin.model.variants import take
from twin.solve.branch import Laws, Medium, laws_of
from twin.solve.couple import Solution

# Constants of EPANET's source.
EPANET_M_S2 = 32.2 * 0.3048
# Loops whose viscosities differ by less share an input: one in pipes changes friction by a fifth of that.
ALIKE_RATIO = 0.05
NO_LIMIT_M3_S = 1e6
MEDIUM = "density_kg_m3", "viscosity_pa_s"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Loops:
    """Loops that share an input.

    Attributes:
        name: What they are filled with, and how warm, as part of a file name.
        nodes: Which nodes belong to them, shape (node,).
        branches: Which branches, shape (branch,).
        density_kg_m3: Mean density, weighted by flow.
        viscosity_m2_s: Mean kinematic viscosity, and its range.
        viscosity_range_m2_s: Least and greatest kinematic viscosity.
        coldest_k, warmest_k: Range of temperature.
        closed: Whether nothing enters or leaves.
    """

    name: str
    nodes: Flags
    branches: Flags
    density_kg_m3: float
    viscosity_m2_s: float
    viscosity_range_m2_s: tuple[float, float]
    coldest_k: float
    warmest_k: float
    closed: bool

    @property
    def weight_n_m3(self) -> float:
        """Return what a metre of head is worth [Pa].

        In a closed loop EPANET's own gravity, so that friction is the same pressure; heights cancel there. In
        an open one standard gravity, so that levels are the same heads.
        """
        return self.density_kg_m3 * (EPANET_M_S2 if self.closed else STANDARD_M_S2)


def loops_of(solution: Solution, variant: int) -> list[Loops]:
    """Return the loops of liquid of one variant, those that may share an input together."""
    net = solution.network.flow
    weight = np.abs(solution.flow.flow_kg_s[:, variant]) + 1e-9
    rho, mu = (getattr(solution.medium, n)[:, variant] for n in MEDIUM)
    island = net.island[net.tail]
    count = len(net.fluid)
    total = np.bincount(island, weight, minlength=count)
    nu = np.bincount(island, weight * mu / rho, minlength=count) / np.maximum(total, 1e-30)
    liquid = np.flatnonzero((net.fluid != Fluid.AIR) & (total > 0.0))
    order = liquid[np.lexsort((nu[liquid], net.mass_fraction[liquid], net.fluid[liquid]))]
    groups: list[list[int]] = []
    for at in order.tolist():
        first = groups[-1][0] if groups else -1
        same = first >= 0 and (net.fluid[first], net.mass_fraction[first]) == (
            net.fluid[at],
            net.mass_fraction[at],
        )
        if same and nu[at] <= nu[first] * (1.0 + ALIKE_RATIO):
            groups[-1].append(at)
        else:
            groups.append([at])
    return [_loops(solution, variant, np.array(group), weight) for group in groups]


def _loops(solution: Solution, variant: int, islands: Index, weight: Array) -> Loops:
    net = solution.network.flow
    nodes = np.isin(net.island, islands)
    branches = nodes[net.tail]
    rho, mu = (getattr(solution.medium, n)[branches, variant] for n in MEDIUM)
    nu, share = mu / rho, weight[branches] / weight[branches].sum()
    kelvin = solution.heat.inlet_k[branches, variant]
    fraction = float(net.mass_fraction[islands[0]])
    fluid = fluid_name(int(net.fluid[islands[0]])).replace(" ", "_")
    mean_k = float((kelvin * share).sum())
    mixture = f"_{100.0 * fraction:.0f}" if fraction > 0.0 else ""
    return Loops(
        name=f"{fluid}{mixture}_{mean_k - 273.15:.0f}C", nodes=nodes, branches=branches,
        density_kg_m3=float((rho * share).sum()), viscosity_m2_s=float((nu * share).sum()),
        viscosity_range_m2_s=(float(nu.min()), float(nu.max())), coldest_k=float(kelvin.min()),
        warmest_k=float(kelvin.max()), closed=not bool(nodes[net.held[net.open_ended]].any()),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sampler:
    """Reads the laws of branches off the solver itself.

    Attributes:
        net: The network of one variant.
        medium: What flows in one variant, shape (branch, 1).
    """

    net: FlowNet
    medium: Medium

    def losses_pa(self, flow_kg_s: Array) -> Array:
        """Return what each branch loses at some flows, heights left out, pumps at full speed.

        Shape of the argument, (branch, sample); valves do not limit, constant flows mean nothing here.
        """
        samples = flow_kg_s.shape[1]
        laws = self._laws(samples)
        loss, _, _ = laws.at(flow_kg_s, np.ones((len(self.net.mover), samples)))
        rise_m = self.net.height_m[self.net.head] - self.net.height_m[self.net.tail]
        return np.asarray(loss - STANDARD_M_S2 * laws.density_kg_m3 * rise_m[:, None])

    def quadratic_pa_s2_m6(self) -> Array:
        """Return the quadratic part of measured branches in what flows, shape (measured,)."""
        return np.asarray(self._laws(1).quadratic_pa_s2_m6[:, 0])

    def _laws(self, samples: int) -> Laws:
        net = replace(self.net, variants=samples, in_service=np.repeat(self.net.in_service, samples, axis=1))
        medium = Medium(**{n: np.repeat(getattr(self.medium, n), samples, axis=1) for n in MEDIUM})
        return laws_of(net, medium, np.full((len(net.limited), samples), NO_LIMIT_M3_S))


def sampler(solution: Solution, variant: int) -> Sampler:
    """Return what samples the laws of one variant."""
    network = solution.network
    net = take(network.flow, np.array([variant]), network.variants)
    medium = take(solution.medium, np.array([variant]), network.variants)
    return Sampler(net=net, medium=medium)


def unique_names(wanted: Sequence[str], longest: int, mark: str = "~") -> list[str]:
    """Return names of words without blanks, none twice and none longer than asked.

    Args:
        wanted: What they are to be called.
        longest: How many letters one may have.
        mark: What stands before the number of a name that is there already.
    """
    taken: set[str] = set()
    found = []
    for want in wanted:
        bare = "".join(c if c.isalnum() or c in "_.-" else "_" for c in want)[:longest]
        name, number = bare, 2
        while name.upper() in taken:
            tail = f"{mark}{number}"
            name, number = bare[: longest - len(tail)] + tail, number + 1
        taken.add(name.upper())
        found.append(name)
    return found


def short_name(path: str) -> str:
    """Return what tells a port or an element of a prim in a few letters: ``Rack_A1.tcs_supply_01``."""
    prim, _, port = path.partition("/ConnectionPoints/")
    last = prim.rpartition("/")[2]
    return f"{last}.{port}" if port else last
