"""Temperature of conductors from current and air, and resistance that follows it.

Where a site asks for it, all domains are settled again with the resistances that the last currents and room
temperatures lead to, until these lose what they lost. Limits: steady state; where phases are unlike, all of
them are as warm as the one that carries most; contacts of breakers and switches keep their resistance.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol, TypeVar

import numpy as np

from twin.arrays import Array
from twin.errors import ConvergenceError
from twin.laws.conductors import ampacity_ratio, resistance_at, steady_temperature
from twin.model.columns import freeze
from twin.model.network import Network
from twin.solve.heat import Heat
from twin.solve.power import Power

ROUNDS = 20
# A round is the last when all losses of conductors move by less than this share of all power.
SETTLED = 5e-10


class State(Protocol):
    """What is settled of a network."""

    @property
    def network(self) -> Network: ...  # noqa: D102
    @property
    def heat(self) -> Heat: ...  # noqa: D102
    @property
    def power(self) -> Power: ...  # noqa: D102


S = TypeVar("S", bound=State)


def air_around(state: State) -> Array:
    """Return the temperature of the air of each line's room, or outdoors [K], shape (line, variant)."""
    room, variants = state.network.line_room, state.network.variants
    outdoors = np.broadcast_to(state.network.assembly.site.dry_bulb_k, (1, variants))
    known = np.concatenate([state.heat.temperature_k, outdoors])
    return known[np.where(room >= 0, room, len(known) - 1)]


def conductor_temperature(state: State) -> Array:
    """Return the temperature of each conductor [K], NaN for contacts, shape (line, variant)."""
    lines = state.network.power.lines
    rated = np.where(np.isfinite(lines.ampacity_a), lines.ampacity_a, lines.rating_a)
    loading = np.abs(state.power.line_current_a) / rated
    return steady_temperature(
        loading, air_around(state), lines.reference_k, lines.limit_k, lines.coefficient_per_k
    )


def derating_ratio(state: State) -> Array:
    """Return what each line may carry in its air over its rating, NaN for contacts, (line, variant)."""
    lines = state.network.power.lines
    return ampacity_ratio(air_around(state), lines.reference_k, lines.limit_k)


def with_warm_conductors(network: Network, settle: Callable[[Network], S]) -> S:
    """Return the settled state, with conductors as warm as it makes them where the site says so.

    Args:
        network: What to settle; its resistances hold where the site says so, else they are the start.
        settle: What settles a network.

    Raises:
        ConvergenceError: A domain has no solution, or resistances do not come to rest.
    """
    solution = settle(network)
    if not network.assembly.site.warm_conductors:
        return solution
    for _ in range(ROUNDS):
        lines = solution.network.power.lines
        hot = _resistance(solution)
        before = np.where(lines.resistance_ohm > 0.0, lines.resistance_ohm, 1.0)
        moved = np.abs(hot - lines.resistance_ohm) / before * solution.power.line_loss_w
        if np.all(moved.sum(axis=0) <= SETTLED * solution.power.feed_power_va.real.sum(axis=0)):
            return solution
        power = replace(network.power, lines=replace(lines, resistance_ohm=freeze(hot)))
        solution = settle(replace(network, power=power))
    raise ConvergenceError(
        f"temperatures of conductors still change after {ROUNDS} rounds", equation="temperature of conductors"
    )


def _resistance(state: State) -> Array:
    """Return the resistance that each line has at the temperature of its conductor [ohm], (line, variant)."""
    net = state.network.power
    lines, poles = net.lines, np.where(net.direct[net.lines.a], 2.0, 1.0)[:, None]
    warm = resistance_at(poles * lines.cold_ohm, conductor_temperature(state), lines.coefficient_per_k)
    return np.where(np.isfinite(warm), warm, lines.resistance_ohm)
