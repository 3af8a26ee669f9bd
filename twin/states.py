"""The normal state and every single outage as one batch; outages without a steady state are set aside."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from twin.arrays import Index
from twin.balance import Balance, balance, require_closed
from twin.errors import ConvergenceError
from twin.model.facility import Facility, Table, Unsolved
from twin.model.network import Network, lay_out
from twin.model.variants import take
from twin.solve.couple import SETTLED, Solution, solve

T = TypeVar("T", bound=Any)


def settle(network: Network, settled: float = SETTLED) -> tuple[Solution, Balance]:
    """Return the settled state of every variant, and its residuals.

    Raises:
        ConvergenceError: A variant has no steady state, or does not close; the component is named.
    """
    solution = solve(network, settled)
    closed = balance(solution)
    require_closed(solution, closed)
    return solution, closed


def steady(
    facility: Facility, laid_out: Callable[[Facility], Network] = lay_out
) -> tuple[Facility, Solution]:
    """Return the facility in the cases that have a steady state, and that state.

    Args:
        facility: In the cases to solve, ``normal`` among them.
        laid_out: What lays it out.

    Raises:
        ConvergenceError: The facility has no steady state while nothing is out.
    """
    network = laid_out(facility)
    try:
        return facility, settle(network)[0]
    except ConvergenceError:
        facility = set_aside(facility, network)
        return facility, settle(laid_out(facility))[0]


def set_aside(facility: Facility, network: Network) -> Facility:
    """Return the facility without the outages that have no steady state; it carries them as ``unsolved``.

    They are found by halving, so that one among many costs few solutions.

    Raises:
        ConvergenceError: The facility has no steady state while nothing is out.
    """
    every = np.arange(len(facility.cases))
    normal = np.array([case.name == "normal" for case in facility.cases], dtype=np.bool_)
    settle(take(network, every[normal], network.variants))
    failed: dict[int, ConvergenceError] = {}
    pending = np.array_split(every[~normal], 2)
    while pending:
        group = pending.pop()
        try:
            settle(take(network, np.concatenate([every[normal], group]), network.variants))
        except ConvergenceError as reason:
            if len(group) == 1:
                failed[int(group[0])] = reason
            else:
                pending += np.array_split(group, 2)
    return without(facility, failed)


def without(facility: Facility, failed: Mapping[int, ConvergenceError]) -> Facility:
    """Return the facility with all cases but some, which it carries as ``unsolved`` with the reason."""
    cases = facility.cases
    kept = np.setdiff1d(np.arange(len(cases)), list(failed))

    def own(table: Table) -> Table:
        numbers = {n: columns(values, kept, len(cases)) for n, values in table.numbers.items()}
        return replace(table, numbers=numbers, in_service=columns(table.in_service, kept, len(cases)))

    unsolved = [
        Unsolved(case=cases[i], component=reason.component, text=str(reason))
        for i, reason in sorted(failed.items())
    ]
    return replace(
        facility, tables={k: own(t) for k, t in facility.tables.items()},
        cases=tuple(cases[i] for i in kept.tolist()), unsolved=tuple(unsolved),
    )  # fmt: skip


def columns(values: NDArray[T], which: Index, variants: int) -> NDArray[T]:
    """Return the columns of some variants; one that holds for all of them stays."""
    return values[:, which] if values.ndim == 2 and values.shape[1] == variants > 1 else values
