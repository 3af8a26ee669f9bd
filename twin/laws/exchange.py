"""Heat exchangers by effectiveness and number of transfer units (NTU), UA off design, inverses.

Arrangements carry the numbers of ``twin.model.element.Arrangement`` first.
"""

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.laws._bracket import rising_root

COUNTERFLOW = 0
CROSSFLOW = 1
PARALLEL = 2
CROSSFLOW_MIXED_LARGER = 3
CROSSFLOW_MIXED_SMALLER = 4
SHELL_AND_TUBE = 5

# Below this share of the design capacity rate the heat fades out, as in Modelica Buildings epsilon_C.
FADE_RATIO = 1e-3
# Crossflow stays at its value beyond this NTU; a coil has 1 to 5.
GREATEST_NTU_RATIO = 100.0
SMALLEST_RATIO = 1e-3
# The series of crossflow ends with a term below this share of its sum; it is looked for every few terms.
LEAST_TERM_RATIO, CHECKED_EVERY = 1e-16, 4
ONE_DK = 1.0


def counterflow(ntu_ratio: Array, capacity_ratio: Array) -> Array:
    """Return the effectiveness of a counterflow exchanger.

    Args:
        ntu_ratio: UA over the smaller capacity rate [1], any shape, >= 0.
        capacity_ratio: Smaller over larger capacity rate [1], 0 to 1.

    Returns:
        Effectiveness [1], broadcast shape, 0 to 1.

    Source:
        Incropera et al., Fundamentals of Heat and Mass Transfer, 7th ed., eq. 11.29, without its 0/0 at 1.
    """
    x = np.maximum(ntu_ratio * (1.0 - capacity_ratio), 1e-12)
    driven = ntu_ratio * (-np.expm1(-x) / x)
    return np.minimum(driven / (1.0 + capacity_ratio * driven), 1.0)


def parallel(ntu_ratio: Array, capacity_ratio: Array) -> Array:
    """Return the effectiveness of a parallel-flow exchanger.

    Args:
        ntu_ratio: UA over the smaller capacity rate [1], any shape, >= 0.
        capacity_ratio: Smaller over larger capacity rate [1], 0 to 1.

    Returns:
        Effectiveness [1], broadcast shape, 0 to 1.

    Source:
        Incropera et al., Fundamentals of Heat and Mass Transfer, 7th ed., eq. 11.28.
    """
    return -np.expm1(-ntu_ratio * (1.0 + capacity_ratio)) / (1.0 + capacity_ratio)


def shell_and_tube(ntu_ratio: Array, capacity_ratio: Array, shell_count: float | Array = 1.0) -> Array:
    """Return the effectiveness of shells in series, each one shell pass with two, four, … tube passes.

    Args:
        ntu_ratio: UA of all shells over the smaller capacity rate [1], any shape, >= 0.
        capacity_ratio: Smaller over larger capacity rate [1], 0 to 1.
        shell_count: Shells in series, alike [1], >= 1.

    Returns:
        Effectiveness [1], broadcast shape, 0 to 1.

    Source:
        Incropera et al., Fundamentals of Heat and Mass Transfer, 7th ed., eq. 11.30a and 11.31a, the latter
        without its 0/0 at 1.
    """
    root = np.sqrt(1.0 + capacity_ratio**2)
    rest = np.exp(-ntu_ratio / shell_count * root)
    one: Array = 2.0 * (1.0 - rest) / ((1.0 + capacity_ratio) * (1.0 - rest) + root * (1.0 + rest))
    if np.all(shell_count == 1.0):
        return one
    apart = np.maximum(1.0 - capacity_ratio, 1e-12)
    grown = shell_count * np.log1p(one * apart / np.maximum(1.0 - one, 1e-300))
    driven = np.expm1(np.minimum(grown, 700.0)) / apart
    return driven / (1.0 + driven)


def crossflow_unmixed(ntu_ratio: Array, capacity_ratio: Array) -> Array:
    """Return the effectiveness of a crossflow exchanger with both streams unmixed, by the exact series.

    Args:
        ntu_ratio: UA over the smaller capacity rate [1], any shape, >= 0; above 100 taken as 100.
        capacity_ratio: Smaller over larger capacity rate [1], 0 to 1.

    Returns:
        Effectiveness [1], broadcast shape, 0 to 1.

    Source:
        J. L. Mason, Proc. 2nd US Nat. Congr. Appl. Mech. (1955) 801; the series as in R. K. Shah and
        D. P. Sekulić, Fundamentals of Heat Exchanger Design (2003), table 3.6.
    """
    n = np.minimum(ntu_ratio, GREATEST_NTU_RATIO) + 0.0 * capacity_ratio
    m = np.maximum(n * capacity_ratio, 1e-30)
    term_n, term_m = np.exp(-n), np.exp(-m)
    left_n, left_m = -np.expm1(-n), -np.expm1(-m)
    total: Array = left_n * left_m
    greatest = float(np.max(n, initial=0.0))
    for k in range(1, int(greatest + 8.0 * np.sqrt(greatest)) + 20):
        term_n, term_m = term_n * n / k, term_m * m / k
        left_n, left_m = left_n - term_n, left_m - term_m
        term = left_n * left_m
        total = total + term
        # Both factors fall with every term, their ratio to the last one ever faster.
        if k % CHECKED_EVERY == 0 and np.all(np.abs(term) <= LEAST_TERM_RATIO * total):
            break
    return total / m


def crossflow_incropera(ntu_ratio: Array, capacity_ratio: Array) -> Array:
    """Return the effectiveness of a crossflow exchanger, both streams unmixed, by the usual approximation.

    Args:
        ntu_ratio: UA over the smaller capacity rate [1], any shape, >= 0.
        capacity_ratio: Smaller over larger capacity rate [1], 0 to 1.

    Returns:
        Effectiveness [1], broadcast shape, 0 to 1, within 4 % of the exact series.

    Source:
        Incropera et al., Fundamentals of Heat and Mass Transfer, 7th ed., eq. 11.32 (exact only at ratio 1).
    """
    n = np.maximum(ntu_ratio, 1e-12)
    c = np.maximum(capacity_ratio, 1e-9)
    gained: Array = -np.expm1(n**0.22 / c * np.expm1(-c * n**0.78))
    return gained


def crossflow_mixed_larger(ntu_ratio: Array, capacity_ratio: Array) -> Array:
    """Return the effectiveness of a crossflow exchanger whose stream of larger capacity rate is mixed.

    Args:
        ntu_ratio: UA over the smaller capacity rate [1], any shape, >= 0.
        capacity_ratio: Smaller over larger capacity rate [1], 0 to 1.

    Returns:
        Effectiveness [1], broadcast shape, 0 to 1.

    Source:
        Incropera et al., Fundamentals of Heat and Mass Transfer, 7th ed., eq. 11.33.
    """
    c = np.maximum(capacity_ratio, 1e-12)
    gained: Array = -np.expm1(c * np.expm1(-ntu_ratio))
    return gained / c


def crossflow_mixed_smaller(ntu_ratio: Array, capacity_ratio: Array) -> Array:
    """Return the effectiveness of a crossflow exchanger whose stream of smaller capacity rate is mixed.

    Args:
        ntu_ratio: UA over the smaller capacity rate [1], any shape, >= 0.
        capacity_ratio: Smaller over larger capacity rate [1], 0 to 1.

    Returns:
        Effectiveness [1], broadcast shape, 0 to 1.

    Source:
        Incropera et al., Fundamentals of Heat and Mass Transfer, 7th ed., eq. 11.34.
    """
    c = np.maximum(capacity_ratio, 1e-12)
    return -np.expm1(np.expm1(-c * ntu_ratio) / c)


_LAWS = (
    counterflow,
    crossflow_unmixed,
    parallel,
    crossflow_mixed_larger,
    crossflow_mixed_smaller,
    shell_and_tube,
)


def effectiveness(ntu_ratio: Array, capacity_ratio: Array, arrangement_index: int | Index) -> Array:
    """Return the effectiveness of exchangers of any arrangement.

    Args:
        ntu_ratio: UA over the smaller capacity rate [1], shape (exchanger, variant), >= 0.
        capacity_ratio: Smaller over larger capacity rate [1], 0 to 1.
        arrangement_index: Counterflow 0, crossflow unmixed 1, parallel 2, crossflow with the larger stream
            mixed 3 or the smaller one 4, shell and tube 5 [1], broadcast to (exchanger, variant).

    Returns:
        Effectiveness [1], shape (exchanger, variant), 0 to 1.

    Source:
        The laws of this module.
    """
    found = 0.0 * (ntu_ratio + capacity_ratio)
    for number, law in enumerate(_LAWS):
        mine = arrangement_index == number
        if np.any(mine):
            found = np.where(mine, law(ntu_ratio, capacity_ratio), found)
    return found


def exchange_rate(
    ua_w_k: Array,
    hot_w_k: Array,
    cold_w_k: Array,
    *,
    design_w_k: Array,
    arrangement_index: int | Index = COUNTERFLOW,
) -> Array:
    """Return the heat per kelvin between the two inlets: effectiveness times the smaller capacity rate.

    Without flow on one side it is zero; below 0.1 % of the design capacity rate it fades without a corner.

    Args:
        ua_w_k: Conductance [W/K], shape (exchanger, variant), >= 0.
        hot_w_k: Capacity rate of the hot stream [W/K], >= 0.
        cold_w_k: Capacity rate of the cold stream [W/K], >= 0.
        design_w_k: Smaller capacity rate at the design point [W/K], > 0.
        arrangement_index: As in ``effectiveness`` [1].

    Returns:
        Heat per kelvin of inlet difference [W/K], shape (exchanger, variant), 0 to the smaller rate.

    Source:
        Incropera et al., 7th ed., eq. 11.19; fading after lbl-srg/modelica-buildings, epsilon_C.mo.
    """
    small = FADE_RATIO * design_w_k
    lesser, greater = np.minimum(hot_w_k, cold_w_k), np.maximum(hot_w_k, cold_w_k)
    share = np.minimum(lesser / small, 1.0)
    fade = share * share * (3.0 - 2.0 * share)
    ntu = ua_w_k / np.maximum(lesser, SMALLEST_RATIO * small)
    ratio = lesser / np.maximum(greater, SMALLEST_RATIO * small)
    return fade * effectiveness(ntu, ratio, arrangement_index) * lesser


def film_ratio(conductivity_ratio: Array, heat_capacity_ratio: Array, viscosity_ratio: Array) -> Array:
    """Return how a turbulent film coefficient changes with the fluid's properties at equal mass flow.

    Args:
        conductivity_ratio: Conductivity over that at the design point [1], any shape, > 0.
        heat_capacity_ratio: Specific heat over that at the design point [1], > 0.
        viscosity_ratio: Dynamic viscosity over that at the design point [1], > 0.

    Returns:
        Film coefficient over that at the design point [1], broadcast shape.

    Source:
        Dittus-Boelter, Nu ~ Re^0.8 Pr^0.4; Incropera et al., 7th ed., eq. 8.60.
    """
    return conductivity_ratio**0.6 * (heat_capacity_ratio / viscosity_ratio) ** 0.4


def off_design_ua(
    design_ua_w_k: Array,
    hot_flow_ratio: Array,
    cold_flow_ratio: Array,
    *,
    hot_film_fraction: float | Array = 0.5,
    cold_film_fraction: float | Array = 0.5,
    hot_film_ratio: float | Array = 1.0,
    cold_film_ratio: float | Array = 1.0,
    hot_exponent_ratio: float | Array = 0.8,
    cold_exponent_ratio: float | Array = 0.8,
    fouling_k_w: Array | None = None,
) -> Array:
    """Return the conductance of an exchanger away from its design point: two films and a wall in series.

    Args:
        design_ua_w_k: Conductance at the design point [W/K], shape (exchanger, variant), > 0.
        hot_flow_ratio: Mass flow of the hot stream over design [1], >= 0.
        cold_flow_ratio: Mass flow of the cold stream over design [1], >= 0.
        hot_film_fraction: Share of the hot film in the design resistance [1]; the wall has the rest.
        cold_film_fraction: Share of the cold film in the design resistance [1].
        hot_film_ratio: Property correction of the hot film, see ``film_ratio`` [1].
        cold_film_ratio: Property correction of the cold film [1].
        hot_exponent_ratio: Exponent of the hot flow [1].
        cold_exponent_ratio: Exponent of the cold flow [1].
        fouling_k_w: Resistance of dirt on both sides [K/W], >= 0; None for clean.

    Returns:
        Conductance [W/K], shape (exchanger, variant), > 0; a standing stream counts as 0.1 % of design.

    Source:
        Series resistances, h ~ flow^0.8 (Dittus-Boelter), as in Modelica Buildings' coils and CDUs.
        Equal films and no wall by default are an assumption.
    """
    hot = np.sqrt(hot_flow_ratio**2 + SMALLEST_RATIO**2) ** -hot_exponent_ratio / hot_film_ratio
    cold = np.sqrt(cold_flow_ratio**2 + SMALLEST_RATIO**2) ** -cold_exponent_ratio / cold_film_ratio
    wall = 1.0 - hot_film_fraction - cold_film_fraction
    resistance = hot_film_fraction * hot + cold_film_fraction * cold + wall
    if fouling_k_w is not None:
        resistance = resistance + fouling_k_w * design_ua_w_k
    return design_ua_w_k / resistance


def ua_for_heat(
    heat_w: Array,
    inlet_difference_dk: Array,
    hot_w_k: Array,
    cold_w_k: Array,
    *,
    arrangement_index: int | Index = COUNTERFLOW,
) -> tuple[Array, Flags]:
    """Return the conductance that moves a heat, and whether any can; the inverse of ``exchange_rate``.

    Args:
        heat_w: Heat [W], shape (exchanger, variant), > 0.
        inlet_difference_dk: Hot inlet minus cold inlet [K], > 0.
        hot_w_k: Capacity rate of the hot stream [W/K], > 0.
        cold_w_k: Capacity rate of the cold stream [W/K], > 0.
        arrangement_index: As in ``effectiveness`` [1].

    Returns:
        Conductance [W/K], shape (exchanger, variant), that of NTU 100 where no conductance is enough; and
        True where it is reached.

    Source:
        Root of the effectiveness in ln NTU.
    """
    lesser, greater = np.minimum(hot_w_k, cold_w_k), np.maximum(hot_w_k, cold_w_k)
    wanted = heat_w / (lesser * inlet_difference_dk)
    ratio = lesser / greater + 0.0 * wanted
    low = np.log(1e-9) + 0.0 * ratio
    high = np.log(GREATEST_NTU_RATIO) + 0.0 * ratio

    def excess(log_ntu: Array) -> Array:
        return effectiveness(np.exp(log_ntu), ratio, arrangement_index) / wanted - 1.0

    return np.exp(rising_root(excess, low, high)) * lesser, excess(high) >= 0.0


def flow_for_heat(
    heat_w: Array,
    inlet_difference_dk: Array,
    hot_w_k: Array,
    *,
    cold_heat_capacity_j_kgk: Array,
    greatest_flow_kg_s: Array,
    design_flow_kg_s: Array,
    design_ua_w_k: Array,
    design_w_k: Array,
    hot_flow_ratio: Array,
    hot_film_fraction: float | Array = 0.5,
    cold_film_fraction: float | Array = 0.5,
    arrangement_index: int | Index = COUNTERFLOW,
    fouling_k_w: Array | None = None,
) -> tuple[Array, Flags]:
    """Return the cold flow that moves a heat through an exchanger whose UA follows it, for control valves.

    Args:
        heat_w: Heat wanted [W], shape (exchanger, variant).
        inlet_difference_dk: Hot inlet minus cold inlet [K].
        hot_w_k: Capacity rate of the hot stream [W/K], >= 0.
        cold_heat_capacity_j_kgk: Specific heat of the cold stream [J/(kg K)], > 0.
        greatest_flow_kg_s: Cold flow with the valve open [kg/s], > 0.
        design_flow_kg_s: Cold flow at the design point [kg/s], > 0.
        design_ua_w_k: Conductance at the design point [W/K], > 0.
        design_w_k: Smaller capacity rate at the design point [W/K], > 0.
        hot_flow_ratio: Mass flow of the hot stream over design [1], >= 0.
        hot_film_fraction: Share of the hot film in the design resistance [1].
        cold_film_fraction: Share of the cold film in the design resistance [1].
        arrangement_index: As in ``effectiveness`` [1].
        fouling_k_w: Resistance of dirt on both sides [K/W], >= 0; None for clean.

    Returns:
        Flow [kg/s], shape (exchanger, variant), 0 to the greatest; and True where the valve is saturated:
        fully open and the heat not reached, or shut because no heat is wanted.

    Source:
        Root of ``exchange_rate`` with ``off_design_ua``; both rise with the cold flow.
    """
    scale = design_w_k * np.maximum(np.abs(inlet_difference_dk), 0.0 * inlet_difference_dk + ONE_DK)
    wanted = heat_w / scale

    def excess(opening: Array) -> Array:
        flow = opening * greatest_flow_kg_s
        ua = off_design_ua(
            design_ua_w_k, hot_flow_ratio, flow / design_flow_kg_s,
            hot_film_fraction=hot_film_fraction, cold_film_fraction=cold_film_fraction,
            fouling_k_w=fouling_k_w,
        )  # fmt: skip
        cold = flow * cold_heat_capacity_j_kgk
        rate = exchange_rate(
            ua, hot_w_k, cold, design_w_k=design_w_k, arrangement_index=arrangement_index
        )  # fmt: skip
        return rate * inlet_difference_dk / scale - wanted

    still = 0.0 * np.abs(wanted) * (hot_flow_ratio + greatest_flow_kg_s / design_flow_kg_s)
    opening = rising_root(excess, still, still + 1.0)
    return opening * greatest_flow_kg_s, (excess(still + 1.0) < 0.0) | (wanted <= 0.0)
