"""Chips on cold plates: junction temperature, and how power and clock follow it.

A plate's resistance over flow is a table of points, from case to entering coolant: ``curves.falling``.
"""

import numpy as np

from twin.arrays import Array


def junction(local_k: Array, power_w: Array, plate_k_w: Array, package_k_w: Array) -> Array:
    """Return the junction temperature of a chip on a cold plate.

    Args:
        local_k: Coolant temperature where it enters the plate [K], any shape.
        power_w: Heat of the chip [W].
        plate_k_w: Resistance from the case to the entering coolant [K/W].
        package_k_w: Resistance from the junction to the case [K/W].

    Returns:
        Junction temperature [K], broadcast shape.

    Source:
        C. Chen et al., OCP OAI System Liquid Cooling Guidelines, 2023: R = (T case - T inlet) / Q; JEDEC
        JESD51-14 for the resistance from junction to case.
    """
    return local_k + power_w * (plate_k_w + package_k_w)


def clock(junction_k: Array, slowdown_k: Array, throttle_per_k: Array, clock_least_ratio: Array) -> Array:
    """Return the clock that a chip keeps, over its full clock.

    Args:
        junction_k: Junction temperature [K], any shape.
        slowdown_k: Temperature from which the clock falls [K].
        throttle_per_k: Share of the full clock lost per kelvin above it [1/K].
        clock_least_ratio: Lowest clock [1].

    Returns:
        Clock [1], from the lowest to 1.

    Source:
        Definition: the slope and its floor are inputs.
    """
    return np.maximum(1.0 - throttle_per_k * np.maximum(junction_k - slowdown_k, 0.0 * slowdown_k),
                      clock_least_ratio)  # fmt: skip


def chip_power(
    junction_k: Array,
    clock_ratio: Array,
    *,
    rated_w: Array,
    clock_power_ratio: Array,
    leakage_w_k: Array,
    leakage_reference_k: Array,
    leakage_end_k: Array,
) -> Array:
    """Return the power of a chip at a junction temperature and a clock.

    Args:
        junction_k: Junction temperature [K], any shape.
        clock_ratio: Clock over full clock [1].
        rated_w: Power at full clock and at the reference temperature [W].
        clock_power_ratio: Share of it lost per share of the clock lost [1].
        leakage_w_k: Slope of leakage over junction temperature [W/K].
        leakage_reference_k: Temperature at which the rated power holds [K].
        leakage_end_k: Temperature above which leakage rises no more [K].

    Returns:
        Power [W], broadcast shape.

    Source:
        Linear about the reference: leakage as in W. Liao, L. He and K. M. Lepak, IEEE Trans. CAD 24 (2005)
        1042.
    """
    lost = rated_w * clock_power_ratio * (1.0 - clock_ratio)
    return rated_w - lost + leakage_w_k * (np.minimum(junction_k, leakage_end_k) - leakage_reference_k)


def settled_junction(
    local_k: Array,
    resistance_k_w: Array,
    *,
    slowdown_k: Array,
    throttle_per_k: Array,
    clock_least_ratio: Array,
    rated_w: Array,
    clock_power_ratio: Array,
    leakage_w_k: Array,
    leakage_reference_k: Array,
    leakage_end_k: Array,
) -> Array:
    """Return the junction temperature at which a chip makes just the heat that its plate carries off.

    Power over temperature is straight between the start and the end of throttling and the end of leakage, so
    the lowest such temperature is found without iteration: it lies on the first piece on which what the plate
    carries off catches up.

    Args:
        local_k: Coolant temperature where it enters the plate [K], any shape.
        resistance_k_w: Resistance from the junction to the entering coolant [K/W], > 0.
        slowdown_k: Temperature from which the clock falls [K].
        throttle_per_k: Share of the full clock lost per kelvin above it [1/K], > 0.
        clock_least_ratio: Lowest clock [1], <= 1.
        rated_w: Power at full clock and at the reference temperature [W].
        clock_power_ratio: Share of it lost per share of the clock lost [1].
        leakage_w_k: Slope of leakage over junction temperature [W/K], >= 0.
        leakage_reference_k: Temperature at which the rated power holds [K].
        leakage_end_k: Temperature above which leakage rises no more [K].

    Returns:
        Junction temperature [K], broadcast shape; the entering coolant's where the chip makes no heat.

    Source:
        First law: heat made equals heat carried off.
    """

    def surplus(at_k: Array) -> Array:
        kept = clock(at_k, slowdown_k, throttle_per_k, clock_least_ratio)
        made = chip_power(
            at_k, kept, rated_w=rated_w, clock_power_ratio=clock_power_ratio, leakage_w_k=leakage_w_k,
            leakage_reference_k=leakage_reference_k, leakage_end_k=leakage_end_k,
        )  # fmt: skip
        return made * resistance_k_w - (at_k - local_k)

    most_w = rated_w + leakage_w_k * np.maximum(leakage_end_k - leakage_reference_k, 0.0 * slowdown_k)
    top_k = local_k + resistance_k_w * np.maximum(most_w, 0.0 * rated_w)
    slowest_k = slowdown_k + (1.0 - clock_least_ratio) / throttle_per_k
    middle_k = np.maximum(np.minimum(leakage_end_k, slowest_k), slowdown_k)
    bends = (
        np.minimum(slowdown_k, leakage_end_k), middle_k, np.maximum(slowest_k, leakage_end_k), top_k,
    )  # fmt: skip
    low_k, over_k = local_k, surplus(local_k)
    found_k = low_k
    done = over_k <= 0.0 * over_k
    for bend_k in bends:
        high_k = np.minimum(np.maximum(bend_k, low_k), top_k)
        left_k = surplus(high_k)
        here = ~done & (left_k <= 0.0 * left_k)
        gap_k = np.where(here, over_k - left_k, 1.0 * slowdown_k)
        share = np.where(here, over_k, 0.0 * slowdown_k) / gap_k
        found_k = np.where(here, low_k + share * (high_k - low_k), found_k)
        done = done | here
        low_k, over_k = high_k, left_k
    return np.where(done, found_k, top_k)
