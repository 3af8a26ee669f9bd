"""The connected loops that an event reaches, standing still in time: what waves start from."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from twin.arrays import Array, Flags, Index
from twin.model.flow_net import FlowNet
from twin.model.surge_net import SurgeNet, repeated
from twin.solve.branch import Laws, Medium, laws_of

# Below this flow a branch counts as standing still.
STILL_KG_S = 1e-9
# A graph knows no edge of weight zero.
WEIGHTLESS = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Steady:
    """A stationary state of one variant. Shapes: (node,), (branch,), (mover,).

    Attributes:
        net: The network, of one variant.
        surge: What waves need beside it.
        pressure_pag, flow_kg_s, speed_ratio: The state.
        density_kg_m3, viscosity_pa_s: What flows in each branch.
        wave_m_s: How fast a wave runs in each branch, NaN where nothing is known of its length.
        vapour_pag: Gauge pressure at which the liquid in each branch boils.
    """

    net: FlowNet
    surge: SurgeNet
    pressure_pag: Array
    flow_kg_s: Array
    speed_ratio: Array
    density_kg_m3: Array
    viscosity_pa_s: Array
    wave_m_s: Array
    vapour_pag: Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Happening:
    """One event, as the solver is given it.

    Attributes:
        closes: Branches that close, shape (closing,).
        trips: Movers that run down, shape (trip,).
        close_s, stop_s: In which time; a mover with a known ``spin_energy_j`` runs down on that.
        evenly: Whether flow falls evenly while a valve closes, instead of its Kv.
        exponent_ratio: Power of time with which it falls.
        start_s: When it begins.
    """

    closes: Index
    trips: Index
    close_s: float = float("nan")
    stop_s: float = float("nan")
    evenly: bool = False
    exponent_ratio: float = 1.0
    start_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Loop:
    """Islands that an event reaches, with numbers of their own. Shapes: (node,), (branch,).

    Attributes:
        steady: What they are part of.
        node, branch: Which nodes and open branches of the network.
        tail, head: Ends of each branch among the nodes.
        held: Which nodes hold their pressure.
        length_m, area_m2, wave_m_s: Of each branch; length 0 where nothing runs along it.
        pressure_pag, flow_kg_s: Where it starts.
    """

    steady: Steady
    node: Index
    branch: Index
    tail: Index
    head: Index
    held: Flags
    length_m: Array
    area_m2: Array
    wave_m_s: Array
    pressure_pag: Array
    flow_kg_s: Array

    @property
    def travel_s(self) -> Array:
        """Return how long a wave takes through each branch [s], 0 through those without length."""
        runs = self.length_m > 0.0
        return np.where(runs, self.length_m / np.where(runs, self.wave_m_s, 1.0), 0.0)

    @property
    def one_way(self) -> Flags:
        """Return which branches refuse reversed flow: valves at their ends, or in a pipe."""
        return np.isin(self.branch, self.steady.net.check)

    @property
    def inertance_per_m(self) -> Array:
        """Return length over bore of each branch [1/m]: pressure per change of mass flow in time."""
        return np.asarray(self.length_m / self.area_m2)

    def local(self, branches: Index) -> Index:
        """Return the numbers of branches of the network here."""
        place = np.full(len(self.steady.net.tail), -1, dtype=np.intp)
        place[self.branch] = np.arange(len(self.branch))
        return place[branches]

    def laws(self, rows: Index) -> Laws:
        """Return the laws of some branches here, any number of times; nothing is held or limited."""
        which = self.branch[rows]
        medium = Medium(
            density_kg_m3=self.steady.density_kg_m3[which, None],
            viscosity_pa_s=self.steady.viscosity_pa_s[which, None],
        )
        net = repeated(self.steady.net, which)
        return laws_of(net, medium, np.zeros((0, 1)))

    def away(self, weight: Array, nodes: Index, *, without: Index | None = None) -> Array:
        """Return the least sum of weights from some nodes to each node, infinite where no way leads.

        Args:
            weight: Of each branch, shape (branch,).
            nodes: Where to start.
            without: Branches that are shut.
        """
        kept = np.ones(len(self.tail), dtype=np.bool_)
        if without is not None:
            kept[without] = False
        count, ends = len(self.node), (self.tail[kept], self.head[kept])
        # Entries at one place would add up: of branches side by side the lightest counts.
        key = np.minimum(*ends) * count + np.maximum(*ends)
        order = np.lexsort((weight[kept], key))
        rows = order[np.flatnonzero(np.diff(key[order], prepend=-1))]
        least = np.maximum(weight[kept][rows], WEIGHTLESS)
        matrix = csr_array((least, (ends[0][rows], ends[1][rows])), shape=(count, count))
        return np.asarray(dijkstra(matrix, directed=False, indices=nodes, min_only=True))


def loop_of(steady: Steady, branches: Index) -> Loop:
    """Return the islands that some branches are in, without what is out of service."""
    net = steady.net
    islands = np.unique(net.island[net.tail[branches]])
    node = np.flatnonzero(np.isin(net.island, islands))
    inside = np.isin(net.island[net.tail], islands) & net.in_service[:, 0]
    branch = np.flatnonzero(inside)
    place = np.full(len(net.node), -1, dtype=np.intp)
    place[node] = np.arange(len(node))
    held = np.zeros(len(node), dtype=np.bool_)
    mine = place[net.held]
    held[mine[mine >= 0]] = True
    wave = steady.wave_m_s[branch]
    length = np.where(np.isfinite(wave), steady.surge.length_m[branch], 0.0)
    return Loop(
        steady=steady, node=node, branch=branch, tail=place[net.tail[branch]], head=place[net.head[branch]],
        held=held, length_m=length, area_m2=steady.surge.area_m2[branch], wave_m_s=wave,
        pressure_pag=steady.pressure_pag[node], flow_kg_s=steady.flow_kg_s[branch],
    )  # fmt: skip
