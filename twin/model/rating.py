"""What a maker's point says of an exchanger: flows, fluids, heat and approach give its UA."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.laws import fluids
from twin.laws.exchange import exchange_rate, off_design_ua, ua_for_heat
from twin.laws.fluids import STANDARD_PA
from twin.model.choices import Fluid

# What a rating that does not say it is taken to mean: PG25 against water of 30 °C (assumption).
USUAL_FWS_SUPPLY_K, USUAL_TCS_SHARE, USUAL_FWS_SHARE = 303.15, 0.25, 0.0
# Heat capacity and density follow a return that follows them; each round gains three digits.
ROUNDS = 6
# Columns that the functions below read.
NAMES = (
    "capacity_w", "ua_w_k", "reference_tcs_flow_m3_s", "reference_fws_flow_m3_s", "rating_approach_dk",
    "rating_fws_supply_k", "rating_tcs_glycol_ratio", "rating_fws_glycol_ratio",
)  # fmt: skip
# What makes a rating whole beside heat, approach and flows.
CONDITIONS = ("rating_fws_supply_k", "rating_tcs_glycol_ratio", "rating_fws_glycol_ratio")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Point:
    """A rating point, each side at its inlet; shapes (part, 1 or variant).

    Attributes:
        lift_dk: Hot inlet above cold inlet [K].
        hot_w_k, cold_w_k: Capacity rates [W/K].
    """

    lift_dk: Array
    hot_w_k: Array
    cold_w_k: Array


def conductance(numbers: Mapping[str, Array]) -> Array:
    """Return the clean conductance of CDUs at their two reference flows [W/K], shape (part, 1 or variant).

    It is the declared one, else that of the maker's point; NaN where there is neither.

    Args:
        numbers: Columns of the kind in SI, by name.
    """
    return np.where(np.isfinite(numbers["ua_w_k"]), numbers["ua_w_k"], rated_conductance(numbers))


def rated_conductance(numbers: Mapping[str, Array]) -> Array:
    """Return the conductance that the maker's point asks for [W/K].

    It is NaN without an approach, and where no conductance reaches it.

    Args:
        numbers: Columns of the kind in SI, by name.

    Source:
        Counterflow, twin.laws.exchange; enthalpy of the fluids, as the solver takes them at their inlets.
    """
    approach, heat = numbers["rating_approach_dk"], numbers["capacity_w"]
    said = np.isfinite(approach)
    leaving = _entering(numbers) + np.where(said, approach, 1.0)
    point = _point(numbers, leaving)
    ua, reached = ua_for_heat(heat + 0.0 * point.lift_dk, point.lift_dk, point.hot_w_k, point.cold_w_k)
    return np.where(said & reached, ua, np.nan)


def rated_approach(numbers: Mapping[str, Array], fouling_ratio: Array) -> Array:
    """Return the approach at rated heat and flows, with dirt [K], shape (part, 1 or variant).

    Args:
        numbers: Columns of the kind in SI, by name.
        fouling_ratio: Resistance of dirt over the clean one [1].

    Source:
        As ``rated_conductance``.
    """
    ua = conductance(numbers)
    known = np.isfinite(ua)
    clean, one = np.where(known, ua, 1.0), np.ones_like(ua)
    dirty = off_design_ua(clean, one, one, fouling_k_w=fouling_ratio / clean)
    found = 4.0 * one
    for _ in range(4 * ROUNDS):
        point = _point(numbers, _entering(numbers) + found)
        design = np.minimum(point.hot_w_k, point.cold_w_k)
        lift = numbers["capacity_w"] / exchange_rate(dirty, point.hot_w_k, point.cold_w_k, design_w_k=design)
        found = found + lift - point.lift_dk
    return np.where(known, found, np.nan)


def complete(numbers: Mapping[str, Array]) -> Flags:
    """Return which ratings say approach, fluids and temperature, shape (part, 1 or variant)."""
    told = [np.isfinite(numbers[name]) for name in ("rating_approach_dk", *CONDITIONS)]
    return np.asarray(np.logical_and.reduce(told))


def _entering(numbers: Mapping[str, Array]) -> Array:
    said = numbers["rating_fws_supply_k"]
    return np.where(np.isfinite(said), said, USUAL_FWS_SUPPLY_K)


def _fluid(share: Array, usual: float) -> tuple[Index, Array]:
    share = np.where(np.isfinite(share), share, usual)
    kind = np.where(share > 0.0, int(Fluid.PROPYLENE_GLYCOL), int(Fluid.WATER))
    return kind.astype(np.intp), share


def _point(numbers: Mapping[str, Array], leaving_k: Array) -> Point:
    """Return the point at which the TCS leaves at a temperature [K]."""
    hot, hot_share = _fluid(numbers["rating_tcs_glycol_ratio"], USUAL_TCS_SHARE)
    cold, cold_share = _fluid(numbers["rating_fws_glycol_ratio"], USUAL_FWS_SHARE)
    entering, returns = _entering(numbers), leaving_k
    for _ in range(ROUNDS):
        flow = numbers["reference_tcs_flow_m3_s"] * fluids.density(hot, hot_share, returns, STANDARD_PA)
        returns = fluids.temperature(
            hot, hot_share, fluids.enthalpy(hot, hot_share, leaving_k) + numbers["capacity_w"] / flow
        )
    flow = numbers["reference_tcs_flow_m3_s"] * fluids.density(hot, hot_share, returns, STANDARD_PA)
    cold_flow = numbers["reference_fws_flow_m3_s"] * fluids.density(cold, cold_share, entering, STANDARD_PA)
    return Point(
        lift_dk=returns - entering, hot_w_k=flow * fluids.heat_capacity(hot, hot_share, returns),
        cold_w_k=cold_flow * fluids.heat_capacity(cold, cold_share, entering),
    )  # fmt: skip
