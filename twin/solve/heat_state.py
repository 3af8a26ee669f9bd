"""What the heat solver is given and what it returns, and the properties of fluids at nodes."""

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from twin.arrays import Array, Flags, Index
from twin.laws import fluids
from twin.model.flow_net import FlowNet
from twin.model.heat_net import HeatNet
from twin.solve import sparse

# A node that less than this flows into is shown at the temperature it was filled at.
STILL_KG_S = 1e-9
# Heat beyond this per mass of fluid (60 K of water) boils it off: no steady state; it counts as stored.
BOILING_J_KG = 2.5e5
# What a stream carries between its two temperatures, some 2.4 K of water; measures streams at open ends.
CARRIED_J_KG = 1e4


class Mode(IntEnum):
    """What an exchanger or a rejector does in a variant; a tower that coasts cools with its fans off."""

    FREE = 0
    HOLDS = 1
    OFF = 2
    COASTS = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HeatSystem:
    """What one topology needs once.

    Attributes:
        flow, net: Flow and heat elements.
        plan, assembly, row_of: Order of elimination, and where each entry goes.
        rest_j_kg: Enthalpy of each node at rest, shape (node, 1).
        into: Sums what branches bring to nodes, shape (node, 2 branches).
    """

    flow: FlowNet
    net: HeatNet
    plan: sparse.Plan
    assembly: sparse.Assembly
    row_of: Index
    rest_j_kg: Array
    into: csr_array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Heat:
    """Solved temperatures.

    Attributes:
        enthalpy_j_kg: At each node, shape (node, variant).
        temperature_k: At each node [K], shape (node, variant).
        inlet_k: Where each branch takes its fluid from [K], shape (branch, variant).
        outlet_k: What leaves each branch [K], shape (branch, variant).
        branch_heat_w: Heat each branch's fluid takes up [W], shape (branch, variant).
        exchanged_w: Heat from hot to cold [W], shape (exchanger, variant).
        rejected_w: Heat taken out of each rejector's fluid [W], shape (rejector, variant).
        conducted_w: Heat from a to b [W], shape (conductance, variant).
        parked: Nodes of parts that heat cannot leave, shown as they were filled, shape (node, variant).
        stored_w: Heat that goes into a node of such a part and stays [W], shape (node, variant).
    """

    enthalpy_j_kg: Array
    temperature_k: Array
    inlet_k: Array
    outlet_k: Array
    branch_heat_w: Array
    exchanged_w: Array
    rejected_w: Array
    conducted_w: Array
    parked: Flags
    stored_w: Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Duty:
    """What the heat solver is given for one pass. Shapes: (branch | node | exchanger | rejector, variant).

    ``mixed_j_kg`` is what valves mix nodes to, NaN for nodes that are as their streams make them; None where
    nothing mixes. Flows follow, so that the streams make it too once they have settled.
    """

    flow_kg_s: Array
    into_branch_w: Array
    into_node_w: Array
    exchanger_mode: Index
    rejector_mode: Index
    mixed_j_kg: Array | None = None


class Known:
    """Properties of the fluid at some nodes, each found when it is first asked for."""

    def __init__(self, flow: FlowNet, node: Index, temperature_k: Array) -> None:
        """Hold what fluid is where, at which temperature [K], shape (len(node), variant)."""
        island = flow.island[node]
        self._fluid, self._fraction = flow.fluid[island][:, None], flow.mass_fraction[island][:, None]
        self._temperature_k, self._pressure_pa = temperature_k, flow.air_pressure_pa

    @cached_property
    def density_kg_m3(self) -> Array:
        """Return the density [kg/m3]."""
        return fluids.density(self._fluid, self._fraction, self._temperature_k, self._pressure_pa)

    @cached_property
    def heat_capacity_j_kgk(self) -> Array:
        """Return the specific heat [J/(kg K)]."""
        return fluids.heat_capacity(self._fluid, self._fraction, self._temperature_k)

    @cached_property
    def viscosity_pa_s(self) -> Array:
        """Return the dynamic viscosity [Pa s]."""
        return fluids.viscosity(self._fluid, self._fraction, self._temperature_k)

    @cached_property
    def enthalpy_j_kg(self) -> Array:
        """Return the specific enthalpy [J/kg]."""
        return fluids.enthalpy(self._fluid, self._fraction, self._temperature_k)


def properties_at(flow: FlowNet, node: Index, temperature_k: Array) -> Known:
    """Return the properties of the fluid at each of ``node``, shape (len(node), variant)."""
    return Known(flow, node, temperature_k)


def enthalpy_at(flow: FlowNet, node: Index, temperature_k: Array) -> Array:
    """Return the enthalpy of the fluid at each of ``node`` [J/kg], shape (len(node), variant)."""
    island = flow.island[node]
    return fluids.enthalpy(flow.fluid[island][:, None], flow.mass_fraction[island][:, None], temperature_k)


def temperature_at(flow: FlowNet, node: Index, enthalpy_j_kg: Array) -> Array:
    """Return the temperature of the fluid at each of ``node`` [K], shape (len(node), variant)."""
    island = flow.island[node]
    return fluids.temperature(flow.fluid[island][:, None], flow.mass_fraction[island][:, None], enthalpy_j_kg)


def given_at(flow: FlowNet, q: Array) -> Array:
    """Return what each source gives to its network [kg/s], 0 where it is closed, shape (source, variant).

    Args:
        flow: Branches and sources.
        q: Flow of each branch [kg/s], shape (branch, variant).
    """
    given = np.zeros((len(flow.held), q.shape[1]))
    place = np.full(len(flow.node), -1, dtype=np.intp)
    place[flow.held[flow.open_ended]] = np.flatnonzero(flow.open_ended)
    for end, sign in ((flow.tail, 1.0), (flow.head, -1.0)):
        here = np.flatnonzero(place[end] >= 0)
        np.add.at(given, place[end[here]], sign * q[here])
    return given


def upstream(net: FlowNet, q: Array, node_values: Array, rows: Index | None = None) -> Array:
    """Return the node value where each branch, or each of ``rows``, takes its fluid from."""
    if rows is None:
        return np.where(q >= 0.0, node_values[net.tail], node_values[net.head])
    return np.where(q[rows] >= 0.0, node_values[net.tail[rows]], node_values[net.head[rows]])
