"""Voltage collapse: the greatest share of all loads that a network can carry."""

import numpy as np

from twin.arrays import Array, Index
from twin.errors import ConvergenceError
from twin.model.power_net import PowerNet
from twin.model.variants import take
from twin.solve.power_settle import Running, prepare, settle

STEPS = 14
EQUATIONS = frozenset({"nodal current balance", "power balance of the converter"})
# A refusal of more variants at once does not say which of them it was.
FEW = 2


def collapse_load_ratio(net: PowerNet, asked_w: Array, which: Index) -> Array:
    """Return the greatest multiple of all loads, up to 1, that leaves every input at half voltage or more.

    Loads grow together from nothing, each with its own power factor; supplies below half of nominal voltage
    no longer hold their power. Found to within 1e-4 by halving.

    Args:
        net: The electrical side.
        asked_w: Power each consumer wants [W], shape (consumer, variant).
        which: Variants to look at, shape (looked,).

    Returns:
        The multiple [1], shape (looked,); 1 where nothing collapses.

    Source:
        Kundur, Power System Stability and Control, 1994, 14.1 (maximum of transmitted power).
    """
    found = np.ones(len(which))
    for at, variant in enumerate(which.tolist()):
        one = np.array([variant])
        running, asked = prepare(take(net, one, net.variants)), asked_w[:, one]
        if _stands(running, asked):
            continue
        low, high = 0.0, 1.0
        for _ in range(STEPS):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if _stands(running, middle * asked) else (low, middle)
        found[at] = low
    return found


def _stands(running: Running, asked_w: Array) -> bool:
    try:
        settled = settle(running, asked_w, 1e-9)
    except ConvergenceError:
        return False
    return settled.draws is None or settled.draws.limited is None


def with_loading(net: PowerNet, reason: ConvergenceError) -> ConvergenceError:
    """Return a refusal of the power flow that also says which share of the declared loads has a state."""
    if reason.equation not in EQUATIONS or net.variants > FEW:
        return reason
    ratio = collapse_load_ratio(net, net.consumer_power_w, np.arange(net.variants)).min()
    if not ratio < 1.0:
        return reason
    return ConvergenceError(
        f"{reason}; the supply carries {ratio:.1%} of all loads together and collapses beyond",
        component=reason.component, equation=reason.equation,
    )  # fmt: skip
