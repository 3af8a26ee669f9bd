"""Rules on the ASHRAE classes that a site promises, and on coolant that a lost load leaves cold."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import numpy as np

from twin.checks.cooling import DEW_POINT_MARGIN_DK, working_cdus, working_racks
from twin.checks.rule import Measure, Review, Side, only, rule

# ASHRAE TC 9.9, Water-Cooled Servers (2019): highest supply of a class in °C, W45 and S45 for example.
WATER_MIN_K = 275.15
TOPS: Mapping[str, float] = MappingProxyType({
    **{f"W{c}": 273.15 + c for c in (17, 27, 32, 40, 45)},
    **{f"S{c}": 273.15 + c for c in (30, 35, 40, 45, 50)},
})  # fmt: skip


@rule(
    "CL080", severity="major", title="Facility water reaches the CDU outside its ASHRAE class", unit="degC",
    formula="FWS supply at the CDU, against 2 °C and the top of the class",
    source="ASHRAE TC 9.9, Water-Cooled Servers (2019), classes W17 to W45; the owner's choice, "
    "twin:site:facilityWaterClass",
    remedy="Lower the set-point of the coolers or add some; a class above asks for IT that bears it.",
    capture="liquid",
)  # fmt: skip
def facility_water(review: Review) -> Iterator[Measure]:
    """Measure the facility water of every CDU that pumps."""
    top = TOPS.get(review.words.get("facility_water_class", ""), np.nan)
    if review.has("cdu"):
        supply = only(working_cdus(review), review.result("cdu", "fws_supply_k"))
        least = WATER_MIN_K if np.isfinite(top) else np.nan
        ends: tuple[tuple[Side, float], ...] = (("most", top), ("least", least))
        for side, limit in ends:
            yield Measure(
                kind="cdu", value=supply, limit=np.array([[limit]]), side=side,
                name=f"fws_supply_at_{side}_k",
            )  # fmt: skip


@rule(
    "CL081", severity="major", title="Coolant reaches the rack warmer than its ASHRAE class allows",
    unit="degC", formula="coolant temperature at the rack's inlet, against the top of the class",
    source="ASHRAE TC 9.9 (2021), classes S30 to S50 (recalled: assumption); the owner's choice, "
    "twin:site:coolantClass",
    remedy="Lower the CDU set-point, or give the CDU colder or more facility water.", capture="liquid",
)  # fmt: skip
def coolant(review: Review) -> Iterator[Measure]:
    """Measure the supply of every working rack."""
    top = TOPS.get(review.words.get("coolant_class", ""), np.nan)
    if review.has("rack"):
        yield Measure(
            kind="rack", value=only(working_racks(review), review.result("rack", "coolant_supply_k")),
            limit=np.array([[top]]), side="most", name="coolant_supply_of_class_k",
        )  # fmt: skip


@rule(
    "CL082", severity="minor", title="When its load drops, the CDU may send out coolant that drips", unit="K",
    formula="FWS supply at the CDU less the design dew point of the room: what the coolant falls to while "
    "the facility-water valve still stands open on a load that is gone",
    source="First law without heat: the coolant takes the temperature of the facility water; margin as CL006 "
    "(assumption)",
    remedy="Raise the facility water (reset with a dew-point margin, twin:dryCooler:dewPointMargin), or dry "
    "the room's make-up air.",
)  # fmt: skip
def load_drop(review: Review) -> Iterator[Measure]:
    """Measure the facility water of every CDU that pumps."""
    if review.has("cdu"):
        margin = review.result("cdu", "fws_supply_k") - review.owner("dew_point_k")
        yield Measure(
            kind="cdu", value=only(working_cdus(review), margin), limit=np.array([[DEW_POINT_MARGIN_DK]]),
            side="least", name="load_drop_margin_dk",
        )  # fmt: skip
