"""Rule on the walls of pipes and hoses: how fast a fluid may go all year before it wears them."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from twin.arrays import Array
from twin.checks.hydraulic import FLOW_KINDS
from twin.checks.rule import Measure, Review, only, rule

FOOT_M = 0.3048
# 85 °F, from where water counts as tempered (International Plumbing Code, recalled), and 140 °F.
COLD_K, HOT_K = 302.594, 333.15


class Bears(NamedTuple):
    """Highest continuous velocity of one material [m/s]: cold, up to 60 °C, and above."""

    cold_m_s: float
    warm_m_s: float
    hot_m_s: float


def _at_all(speed_m_s: float) -> Bears:
    return Bears(speed_m_s, speed_m_s, speed_m_s)


_FLEXIBLE = _at_all(5.0 * FOOT_M)
BEARS: Mapping[str, Bears] = MappingProxyType({
    "copper": Bears(8.0 * FOOT_M, 5.0 * FOOT_M, 3.0 * FOOT_M),
    "carbon_steel": _at_all(2.4),
    "stainless_steel": _at_all(30.0),
    "pvc": _at_all(5.0 * FOOT_M),
    "pp": _at_all(5.0 * FOOT_M),
    "epdm": _FLEXIBLE, "rubber": _FLEXIBLE, "ptfe": _FLEXIBLE, "steel_wire_hose": _FLEXIBLE,
})  # fmt: skip


def borne(material: tuple[str, ...], temperature_k: Array) -> Array:
    """Return the highest continuous velocity [m/s] of each part, shape of the temperature (variant, part)."""
    cold, warm, hot = np.array([BEARS[word] for word in material]).reshape(-1, 3).T
    return np.where(temperature_k <= COLD_K, cold, np.where(temperature_k <= HOT_K, warm, hot))


@rule(
    "HY054", severity="minor", title="Fluid moves faster than its wall bears all year", unit="m/s",
    formula="flow over the area of the bore, the fastest piece of a manifold, in normal operation, against "
    "the highest continuous velocity of the wall's material at the solved temperature",
    source="Copper: CDA Copper Tube Handbook (A4015), 8 ft/s cold, 5 up to 60 °C, 2 to 3 above (the "
    "upper end is taken); cold ends at 85 °F (assumption). Stainless steel: Nickel Institute, Plumbing: no "
    "erosion-corrosion beyond 30 m/s. Carbon steel: AIRAH Industry Directory 2016, p. 191: 2.4 m/s to "
    "minimise erosion. PVC: GF Harvel HPB-112, 5 ft/s; PP as PVC (assumption). Hoses: 5 ft/s for flexible "
    "tubing (ASHRAE TC 9.9, Liquid Cooling Guidelines, recalled: assumption)",
    remedy="Choose the next nominal size or another material; twin:pipe:material says what the wall is made "
    "of.", capture="liquid", cases="normal",
)  # fmt: skip
def wear(review: Review) -> Iterator[Measure]:
    """Measure the speed in every pipe, hose and manifold."""
    for kind in review.built(*FLOW_KINDS):
        material = review.table(kind).words["material"]
        yield Measure(
            kind=kind, value=only(review.runs(kind), review.result(kind, "velocity_m_s")),
            limit=borne(material, review.result(kind, "inlet_k")), side="most", name="velocity_all_year_m_s",
            inputs=("size", "inner_diameter_m", "material") if kind == "pipe" else
            ("inner_diameter_m", "material"),
        )  # fmt: skip
