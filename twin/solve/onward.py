"""More variants of one facility, each settled from states that are settled already.

A study that asks for states one after the other starts each from its neighbours on both sides: that is near
enough for few passes, and no state depends on which others were asked for with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from twin.arrays import Array, Index
from twin.errors import ConvergenceError
from twin.model.network import Network
from twin.solve import power_settle
from twin.solve.couple import (
    COARSEST,
    Settled,
    Solution,
    settle_some,
    solution_of,
)
from twin.solve.couple_state import (
    FLOW,
    HEAT,
    STATE,
    State,
    Systems,
    archive,
    begin,
    columns,
    neighbour,
    of_variants,
    prepare,
    started,
)
from twin.solve.unsettled import unsettled

# Both ends settled, a state between them is known to about this share of its flows and currents.
BETWEEN = 1e-3
# Passes after which controls that do not agree from where they started start from nothing.
NEAR_PASSES = 25


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kept:
    """Settled states that others may start from, and the power flow of the first of them."""

    state: State
    power: power_settle.Running


def begun(network: Network) -> tuple[Solution, Kept]:
    """Return the settled state of every variant, all started from nothing.

    Raises:
        ConvergenceError: A domain has no solution, or a control keeps switching; it is named.
    """
    systems = prepare(network)
    found, left = settle_some(started(systems, begin(network), systems.power, COARSEST))
    if left is not None:
        raise UnsettledError(unsettled(left[1], found.passes), left[0])
    return solution_of(systems, found)[0], Kept(state=found.state, power=found.power)


def follow(network: Network, kept: Kept, ends: tuple[Index, Index], share: Array) -> tuple[Solution, Kept]:
    """Return the settled state of every variant, started on a straight line between two settled ones.

    Args:
        network: The same facility in other numbers.
        kept: What is settled.
        ends: The two that each variant lies between, shape (variant,) each; they may be the same.
        share: How far from the first one to the second, shape (variant,).

    Raises:
        ConvergenceError: A domain has no solution, or a control keeps switching; it is named.
    """
    systems, (a, b) = prepare(network), ends
    everything = np.ones((int(systems.part.max(initial=-1)) + 1, network.variants), dtype=np.bool_)
    between = _between(columns(kept.state, a), columns(kept.state, b), share)
    state = neighbour(systems, everything, between, np.arange(network.variants))
    power = power_settle.neighbour(systems.power, kept.power, np.zeros_like(a))
    found, left = settle_some(started(systems, state, power, BETWEEN), limit=NEAR_PASSES)
    if left is not None:
        found = _anew(systems, found, left[0])
    return solution_of(systems, found)[0], Kept(state=found.state, power=kept.power)


def _anew(systems: Systems, found: Settled, which: Index) -> Settled:
    """Settle variants from nothing whose controls could not agree from where they started."""
    own = of_variants(systems, which)
    job = started(own, begin(own.network), power_settle.narrowed(systems.power, which), COARSEST)
    again, left = settle_some(job)
    if left is not None:
        raise UnsettledError(unsettled(left[1], again.passes), which[left[0]])
    archive(found.state, which, again.state, {})
    return replace(
        found,
        power=power_settle.archived(found.power, which, again.power),
        passes=found.passes + again.passes,
    )


class UnsettledError(ConvergenceError):
    """Some variants of a batch have no steady state."""

    def __init__(self, reason: ConvergenceError, which: Index) -> None:
        """Tell why the worst of them has none, and which they are."""
        super().__init__(str(reason), component=reason.component, equation=reason.equation)
        self.which = which


def _between(a: State, b: State, share: Array) -> State:
    """Return what lies between two states; what is no number is that of the first."""

    def middle(one: Any, other: Any, axes: Mapping[str, str]) -> Any:
        return replace(
            one,
            **{
                name: (1.0 - share) * mine + share * getattr(other, name)
                for name in axes
                if np.issubdtype((mine := getattr(one, name)).dtype, np.floating)
            },
        )

    flow, heat = middle(a.flow, b.flow, FLOW), middle(a.heat, b.heat, HEAT)
    return replace(middle(a, b, STATE), flow=flow, heat=heat)  # type: ignore[no-any-return]


def together(one: Kept, other: Kept) -> Kept:
    """Return the states of both, those of the first one first."""

    def both(mine: Any, yours: Any, axes: Mapping[str, str]) -> Any:
        return replace(
            mine, **{n: np.concatenate([getattr(mine, n), getattr(yours, n)], axis=1) for n in axes}
        )

    a, b = one.state, other.state
    flow, heat = both(a.flow, b.flow, FLOW), both(a.heat, b.heat, HEAT)
    return Kept(state=replace(both(a, b, STATE), flow=flow, heat=heat), power=one.power)
