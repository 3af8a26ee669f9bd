"""Branches that no wave runs along, in time: valves, pumps, racks, rigid columns."""

from dataclasses import dataclass

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.laws.movers import pump_power
from twin.solve.branch import Laws
from twin.solve.hammer_loop import STILL_KG_S, Happening, Loop

# A valve is shut where less than this share of its opening is left.
SHUT_RATIO = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lumps:
    """What branches that are not divided follow. Shapes: (lump,), (mover,) of those here.

    Flow-limiting and pressure-keeping valves stand as they stood in the steady state, because cartridges and
    actuators are slower than waves; what a constant-flow mover gives, it goes on giving.

    Attributes:
        loop: What they are part of.
        row: Which branches of the loop.
        laws: Their laws.
        lift_pa: What height takes.
        stood_pa_s2_kg2: What valves that regulated take beyond their open loss, over flow squared.
        fixed: Those whose flow is given.
        given_kg_s: That flow in the steady state.
        check: Those that refuse reversed flow.
        mover: Place of each mover among the lumps.
        closes: Place of each branch that closes among the lumps.
        trips: Place of each mover that runs down among the movers.
        spin_energy_j, efficiency, rated_power_w: Of the movers here.
        happening: What happens.
    """

    loop: Loop
    row: Index
    laws: Laws
    lift_pa: Array
    stood_pa_s2_kg2: Array
    fixed: Flags
    given_kg_s: Array
    check: Flags
    mover: Index
    closes: Index
    trips: Index
    spin_energy_j: Array
    efficiency: Array
    rated_power_w: Array
    happening: Happening

    @property
    def inertance_per_m(self) -> Array:
        """Return length over bore of each [1/m]."""
        return self.loop.inertance_per_m[self.row]

    def share(self, time_s: float) -> float:
        """Return how far the event is in closing, 0 to 1."""
        begun = time_s - self.happening.start_s
        if begun <= 0.0:
            return 0.0
        return 1.0 if not begun < self.happening.close_s else begun / self.happening.close_s

    def opening(self, time_s: float) -> float:
        """Return what is left of the Kv of valves that close, 0 to 1."""
        return 1.0 if self.happening.evenly else 1.0 - self.share(time_s)

    def held(self, time_s: float) -> tuple[Flags, Array]:
        """Return whose flow is given at a time, and that flow [kg/s], shape (lump,)."""
        fixed, given, at = self.fixed.copy(), self.given_kg_s.copy(), self.closes
        share = self.share(time_s)
        if self.happening.evenly:
            fixed[at] |= share > 0.0
            given[at] *= 1.0 - share**self.happening.exponent_ratio
        elif 1.0 - share <= SHUT_RATIO:
            fixed[at], given[at] = True, 0.0
        return fixed, given

    def at(self, flow_kg_s: Array, speed_ratio: Array, opening: float) -> tuple[Array, Array]:
        """Return what each loses from tail to head [Pa] and its slope in flow [Pa·s/kg], shape (lump,)."""
        loss, slope, _ = self.laws.at(flow_kg_s[:, None], speed_ratio[:, None])
        loss, slope, size = loss[:, 0], slope[:, 0], np.abs(flow_kg_s)
        loss = loss + self.stood_pa_s2_kg2 * flow_kg_s * size
        slope = slope + 2.0 * self.stood_pa_s2_kg2 * size
        if opening < 1.0 and len(at := self.closes):
            narrow = 1.0 / max(opening, SHUT_RATIO) ** 2
            loss[at] = self.lift_pa[at] + narrow * (loss[at] - self.lift_pa[at])
            slope[at] = narrow * slope[at]
        return loss, slope

    def slowing_per_s(self, speed_ratio: Array, flow_kg_s: Array, loss_pa: Array) -> Array:
        """Return how fast each mover loses speed on its own inertia [1/s], shape (mover,); 0 when not known.

        The shaft is braked by all that the motor drew, so it slows down rather too fast.
        """
        at = self.mover
        density = self.laws.density_kg_m3[at, 0]
        known, rated = np.isfinite(self.spin_energy_j), np.isfinite(self.rated_power_w)
        power = pump_power(
            flow_kg_s[at] / density, self.lift_pa[at] - loss_pa[at], self.efficiency,
            rated_power_w=np.where(rated, self.rated_power_w, 0.0), speed_ratio=speed_ratio,
        )  # fmt: skip
        energy = np.where(known, self.spin_energy_j, 1.0) * np.maximum(speed_ratio, SHUT_RATIO)
        return np.where(known & (speed_ratio > 0.0), 0.5 * power / energy, 0.0)


def lumps_of(loop: Loop, row: Index, happening: Happening) -> Lumps:
    """Return what some branches of a loop follow in time; they take what stands across them at first."""
    steady = loop.steady
    net, which = steady.net, loop.branch[row]
    laws = loop.laws(row)
    here = np.flatnonzero(np.isin(net.mover, which))
    flow, speed = loop.flow_kg_s[row], steady.speed_ratio[here]
    across = loop.pressure_pag[loop.tail[row]] - loop.pressure_pag[loop.head[row]]
    loss = laws.at(flow[:, None], speed[:, None])[0][:, 0]
    regulating = np.isin(which, np.concatenate([net.limited, net.keeper]))
    still = np.abs(flow) <= STILL_KG_S
    more = np.where(regulating & ~still, across - loss, 0.0)
    stood = more / np.where(still, 1.0, flow * np.abs(flow))
    place = np.full(len(net.tail), -1, dtype=np.intp)
    place[which] = np.arange(len(which))
    return Lumps(
        loop=loop, row=row, laws=laws, lift_pa=laws.lift_pa[:, 0], stood_pa_s2_kg2=np.maximum(stood, 0.0),
        fixed=np.isin(which, net.held_flow) | (regulating & still), given_kg_s=flow.copy(),
        check=np.isin(which, net.check), mover=place[net.mover[here]],
        closes=place[happening.closes],
        trips=np.searchsorted(here, happening.trips), spin_energy_j=steady.surge.spin_energy_j[here],
        efficiency=net.efficiency[here, 0], rated_power_w=net.rated_power_w[here, 0], happening=happening,
    )  # fmt: skip
