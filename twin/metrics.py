"""What the whole facility draws and what for: the design-point ratio and its relatives.

``pue_design`` is total power over IT power in one steady state. It is not PUE: ISO/IEC 30134-2:2016
defines PUE as a ratio of annual energies. ``tue_design`` counts the fans of air-cooled racks as cooling.
"""

from collections.abc import Mapping

import numpy as np

from twin.arrays import Array
from twin.balance import Balance
from twin.chip_fields import hottest, site_tokens
from twin.model.element import Load, Use
from twin.model.facility import Facility
from twin.solve.couple import Solution
from twin.solve.follow import release_share

# Every figure of a facility, in order; without IT there is no ratio to it.
FIGURES = (
    "it_power_w", "facility_power_w", "cooling_power_w", "distribution_loss_w", "other_power_w",
    "rejected_heat_w", "rack_fan_power_w", "collapse_load_ratio", "liquid_heat_ratio", "pue_design_ratio",
    "tue_design_ratio", "energy_residual_ratio", "mass_residual_ratio", "current_residual_ratio",
)  # fmt: skip


def metrics(facility: Facility, solution: Solution, closed: Balance) -> dict[str, Array]:
    """Return facility figures per variant, by suffixed name.

    ``it_power_w``, ``facility_power_w``, ``cooling_power_w``, ``distribution_loss_w``, ``other_power_w``,
    ``pue_design_ratio`` [1], ``tue_design_ratio`` [1], ``*_residual_ratio`` [1],
    ``collapse_load_ratio`` [1], ``rejected_heat_w``, ``liquid_heat_ratio`` [1], ``make_up_kg_s`` of all
    towers and pads; shape (variant,). Where racks declare chips or tokens: ``junction_worst_k``,
    ``junction_least_margin_dk``, ``throttled_rack_count``, ``tokens_per_s``, ``tokens_lost_per_s``,
    ``tokens_per_j`` (of facility energy). Where heat users stand, ``reused_heat_w``: the part of
    ``rejected_heat_w`` that they take. Without IT there is no ratio to it.

    Source:
        ISO/IEC 30134-2:2016 for what counts as IT; TUE: Patterson et al., ISC 2013.
    """
    uses = _by_use(solution)
    total = closed.power_in_w
    it = np.maximum(uses[Use.IT], 1e-9)
    losses = sum(
        (loss.sum(axis=0) for loss, _ in solution.network.losses_to(solution.power)), np.zeros(len(it))
    )
    fans = _rack_fans(facility, len(it))
    ratios = {
        "liquid_heat_ratio": _liquid(solution) / it,
        "pue_design_ratio": total / it,
        "tue_design_ratio": total / np.maximum(uses[Use.IT] - fans, 1e-9),
    }
    reuse = np.isfinite(solution.network.heat.demand_w).any(axis=1)
    reused = {"reused_heat_w": solution.heat.exchanged_w[reuse].sum(axis=0)} if reuse.any() else {}
    return {
        "it_power_w": uses[Use.IT],
        "facility_power_w": total,
        "cooling_power_w": uses[Use.COOLING],
        "distribution_loss_w": losses,
        "other_power_w": uses[Use.OTHER] + uses[Use.POWER] + uses[Use.CHARGE],
        "rejected_heat_w": closed.heat_out_w,
        "make_up_kg_s": solution.water_kg_s.sum(axis=0),
        **reused,
        "rack_fan_power_w": fans,
        "collapse_load_ratio": _carried(solution),
        **_chips(facility, solution, total),
        **(ratios if uses[Use.IT].any() else {}),
        "energy_residual_ratio": closed.energy_ratio,
        "mass_residual_ratio": np.full(len(it), closed.mass_ratio),
        "current_residual_ratio": np.full(len(it), closed.current_ratio),
    }


def _chips(facility: Facility, solution: Solution, total_w: Array) -> dict[str, Array]:
    """Return figures of chips and tokens, where racks declare what they rest on; NaN: not established."""
    told: dict[str, Array] = {}
    if (found := hottest(solution)) is not None:
        names = "junction_worst_k", "junction_least_margin_dk", "throttled_rack_count"
        told |= dict(zip(names, found, strict=True))
    if (racks := site_tokens(facility, solution)) is not None:
        made, full = racks
        told |= {
            "tokens_per_s": made, "tokens_lost_per_s": full - made,
            "tokens_per_j": made / np.maximum(total_w, 1e-9),
        }  # fmt: skip
    return told


def _carried(solution: Solution) -> Array:
    """Return the share of all loads that the supply carries before voltage collapses [1], (variant,)."""
    found = solution.collapse_ratio
    return np.ones(solution.network.variants) if found is None else found


def _by_use(solution: Solution) -> Mapping[Use, Array]:
    sums = {use: np.zeros(solution.network.variants) for use in Use}
    for _, block in solution.network.assembly.blocks:
        if isinstance(block, Load):
            rows = solution.network.heat.load_rows[id(block)]
            sums[block.use] = sums[block.use] + solution.consumer_w[rows].sum(axis=0)
    return sums


def _liquid(solution: Solution) -> Array:
    """Return the IT heat that goes straight into a liquid [W], shape (variant,)."""
    net, flow = solution.network.heat, solution.network.flow
    it = np.zeros(len(net.load_names), dtype=np.bool_)
    if not len(flow.tail):
        return np.zeros(solution.network.variants)
    for _, block in solution.network.assembly.blocks:
        if isinstance(block, Load) and block.use is Use.IT:
            it[net.load_rows[id(block)]] = True
    piped = (net.release_branch >= 0) & it[net.release_load]
    wet = piped & (flow.fluid[flow.island[flow.tail[net.release_branch]]] != 2)
    return np.asarray(
        (release_share(net, solution.heat) * solution.consumer_w[net.release_load])[wet].sum(axis=0)
    )


def _rack_fans(facility: Facility, variants: int) -> Array:
    """Return the server-fan power that air-cooled racks declare [W], shape (variant,)."""
    table = facility.tables.get("air_rack")
    if table is None or "fan_power_w" not in table.numbers:
        return np.zeros(variants)
    fans = np.where(np.isfinite(table.numbers["fan_power_w"]), table.numbers["fan_power_w"], 0.0)
    return np.asarray(np.broadcast_to(fans.sum(axis=0), (variants,)))
