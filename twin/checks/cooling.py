"""Rules on coolant: flow and temperature at racks, condensation, what CDUs carry and hold."""

from collections.abc import Iterator

import numpy as np

from twin.arrays import Flags
from twin.checks.rule import Measure, Review, Side, only, rule
from twin.components.rack import required_flow_at
from twin.model.rating import conductance

# A consumer below this draws nothing: it is off, or it was dropped.
OFF_W = 1.0
CDUS = ("cdu", "cdu_air")
# Flow below this share of the rated flow is none.
STILL_RATIO = 1e-3
# A set-point counts as held within the resolution of its sensor: assumption.
HELD_DK = 0.1
DEW_POINT_MARGIN_DK = 2.0
COILS = ("fan_wall", "crah", "rear_door")


def working_racks(review: Review) -> Flags:
    """Return the liquid-cooled racks that draw power, shape (variant, rack)."""
    return review.runs("rack") & (review.result("rack", "it_power_w") > OFF_W)


def powered(review: Review, kind: str) -> Flags:
    """Return the parts that are in service and have not lost their supply, shape (variant, part)."""
    return review.runs(kind) & (review.result(kind, "supply_lost_ratio") < 1.0)


@rule(
    "CL001", severity="major", title="The rack gets less coolant than its maker asks for", unit="L/min",
    formula="coolant flow of the rack, against the maker's flow at the solved supply temperature",
    source="Maker's table of flow over supply temperature, twin:rack:requiredFlow (GB300: Lenovo LP2357 "
    "Table 27)",
    remedy="Raise the flow set at the rack's valve or the difference the pumps hold, widen the branch, or "
    "lower the supply temperature.",
    capture="liquid",
)  # fmt: skip
def rack_flow(review: Review) -> Iterator[Measure]:
    """Measure the coolant flow of every working rack."""
    if review.has("rack"):
        supply = review.result("rack", "coolant_supply_k").T
        asked = required_flow_at(review.table("rack").curves["required_flow_m3_s"], supply).T
        flow = review.result("rack", "coolant_flow_m3_s")
        yield Measure(
            kind="rack", value=only(working_racks(review), flow), limit=asked, side="least",
            name="coolant_flow_m3_s", inputs=("required_flow_m3_s", "pressure_curve_pa"),
        )  # fmt: skip


@rule(
    "CL002", severity="critical", title="The rack has lost its coolant and stops", unit="kW",
    formula="power the rack draws, against its declared power; zero once its coolant would warm by 60 K or "
    "more",
    source="First law: heat that no coolant carries away; 60 K is twin's own bound (assumption)",
    remedy="Give the loop a second pump or CDU that can carry it alone, on another supply.",
    graded=False,
)  # fmt: skip
def rack_without_coolant(review: Review) -> Iterator[Measure]:
    """Measure the power of racks whose supply is alive."""
    if review.has("rack"):
        declared = review.number("rack", "it_power_w")
        lost = review.result("rack", "coolant_lost_ratio") > 0.0
        drawn = np.where(lost, review.result("rack", "it_power_w"), declared)
        yield Measure(
            kind="rack", value=only(powered(review, "rack"), drawn), limit=declared, side="least",
            name="it_power_w", inputs=("it_power_w",),
        )  # fmt: skip


@rule(
    "CL003", severity="major", title="Coolant reaches the rack warmer than it may", unit="degC",
    formula="coolant temperature at the rack's inlet",
    source="Maker's limit, twin:rack:coolantSupplyMax; ASHRAE TC 9.9 class of the supply (S45: 45 °C)",
    remedy="Lower the CDU set-point, or give the CDU colder or more facility water.",
    capture="liquid",
)  # fmt: skip
def rack_supply_high(review: Review) -> Iterator[Measure]:
    """Measure the supply temperature of every working rack."""
    if review.has("rack"):
        supply = only(working_racks(review), review.result("rack", "coolant_supply_k"))
        yield Measure(
            kind="rack", value=supply, limit=review.number("rack", "coolant_supply_max_k"), side="most",
            name="coolant_supply_k", inputs=("coolant_supply_max_k",),
        )  # fmt: skip


@rule(
    "CL004", severity="minor", title="Coolant reaches the rack colder than it may", unit="degC",
    formula="coolant temperature at the rack's inlet",
    source="Maker's limit, twin:rack:coolantSupplyMin",
    remedy="Raise the CDU set-point, or let the CDU's facility-water valve throttle.",
)  # fmt: skip
def rack_supply_low(review: Review) -> Iterator[Measure]:
    """Measure the supply temperature of every working rack."""
    if review.has("rack"):
        supply = only(working_racks(review), review.result("rack", "coolant_supply_k"))
        yield Measure(
            kind="rack", value=supply, limit=review.number("rack", "coolant_supply_min_k"), side="least",
            name="coolant_supply_lowest_k", inputs=("coolant_supply_min_k",),
        )  # fmt: skip


@rule(
    "CL005",
    severity="major",
    title="More coolant flows through the rack than it bears for long",
    unit="L/min",
    formula="coolant flow of the rack",
    source="OCP MGX rack and trays 1.1, section 11: sustained rack flow, twin:rack:coolantFlowMax",
    remedy="Lower the flow set at the rack's valve, or the difference the pumps hold.",
)  # fmt: skip
def rack_flow_high(review: Review) -> Iterator[Measure]:
    """Measure the coolant flow of every rack in service."""
    if review.has("rack"):
        flow = only(review.runs("rack"), review.result("rack", "coolant_flow_m3_s"))
        yield Measure(
            kind="rack", value=flow, limit=review.number("rack", "coolant_flow_max_m3_s"), side="most",
            name="coolant_flow_highest_m3_s", inputs=("coolant_flow_max_m3_s",),
        )  # fmt: skip


def _dew_margin(review: Review, kind: str, name: str) -> Measure:
    on = working_racks(review) if kind == "rack" else powered(review, kind)
    margin = review.result(kind, name) - review.owner("dew_point_k")
    return Measure(
        kind=kind, value=only(on, margin), limit=np.array([[DEW_POINT_MARGIN_DK]]), side="least",
        name="dew_point_margin_dk",
    )  # fmt: skip


@rule(
    "CL006", severity="major", title="Cold supply so near the dew point that its pipes may drip", unit="K",
    formula="temperature of the supply less the design dew point of the room",
    source="Practice: coolant 2 to 3 K above the room's dew point (assumption, trade checklist); ASHRAE TC "
    "9.9, Water-Cooled Servers (2019), asks for supply above dew point",
    remedy="Raise the supply temperature, or dry the room's make-up air.",
)  # fmt: skip
def dew_point(review: Review) -> Iterator[Measure]:
    """Measure racks, and coils that have no drain."""
    names = {"rack": "coolant_supply_k", "rear_door": "water_supply_k", "fan_wall": "water_supply_k"}
    for kind in review.built(*names):
        yield _dew_margin(review, kind, names[kind])


@rule(
    "CL007",
    severity="minor",
    title="The air handler's coil is cold enough to wring water out of the air",
    unit="K",
    formula="temperature of the chilled water less the design dew point of the room",
    source="Practice as CL006 (assumption); a CRAH has a drain pan, but twin counts sensible heat only",
    remedy="Raise the chilled-water temperature; else fit drains, insulate, and add the latent load.",
)  # fmt: skip
def wet_coil(review: Review) -> Iterator[Measure]:
    """Measure the chilled water of every CRAH."""
    for kind in review.built("crah"):
        yield _dew_margin(review, kind, "water_supply_k")


def working_cdus(review: Review, kind: str = "cdu") -> Flags:
    """Return the CDUs that pump, shape (variant, cdu)."""
    rated = review.number(kind, "reference_tcs_flow_m3_s")
    return powered(review, kind) & (review.result(kind, "tcs_flow_m3_s") > STILL_RATIO * rated)


@rule(
    "CL010", severity="major", title="The CDU carries more heat than it is rated for", unit="kW",
    formula="heat from the TCS to the FWS", source="Maker's rating, twin:cdu:capacity",
    remedy="Add a CDU to the group, or move racks to another one.", capture="liquid",
)  # fmt: skip
def cdu_capacity(review: Review) -> Iterator[Measure]:
    """Measure the heat of every CDU."""
    for kind in review.built(*CDUS):
        yield Measure(
            kind=kind, value=only(review.runs(kind), review.result(kind, "heat_w")),
            limit=review.number(kind, "capacity_w"), side="most", name="heat_w", inputs=("capacity_w",),
        )  # fmt: skip


@rule(
    "CL011", severity="major", title="The CDU pumps more than its highest flow", unit="L/min",
    formula="TCS flow of the CDU", source="Maker's limit, twin:cdu:tcsFlowMax",
    remedy="Add a CDU to the group, or lower the flow of the racks it serves.", capture="liquid",
)  # fmt: skip
def cdu_flow(review: Review) -> Iterator[Measure]:
    """Measure the TCS flow of every CDU."""
    for kind in review.built(*CDUS):
        yield Measure(
            kind=kind, value=only(review.runs(kind), review.result(kind, "tcs_flow_m3_s")),
            limit=review.number(kind, "tcs_flow_max_m3_s"), side="most", name="tcs_flow_m3_s",
            inputs=("tcs_flow_max_m3_s",),
        )  # fmt: skip


@rule(
    "CL012", severity="minor", title="The CDU no longer holds its supply temperature", unit="degC",
    formula="TCS supply temperature, against the set-point plus 0.1 K; its facility-water valve "
    "stands open, or its bypass shut",
    source="Set-point, twin:cdu:tcsSupplySet or its reset; 0.1 K is the resolution of a sensor (assumption). "
    "What it does to racks is CL001 and CL003",
    remedy="Colder or more facility water, a larger exchanger, or a higher set-point where the racks allow "
    "it.",
    capture="liquid",
    graded=False,
)  # fmt: skip
def cdu_set_point(review: Review) -> Iterator[Measure]:
    """Measure the supply temperature of every CDU that pumps."""
    for kind in review.built(*CDUS):
        yield Measure(
            kind=kind, value=only(working_cdus(review, kind), review.result(kind, "tcs_supply_k")),
            limit=review.result(kind, "set_point_k") + HELD_DK, side="most", name="tcs_supply_k",
            inputs=("tcs_supply_set_k", "ua_w_k"),
        )  # fmt: skip


@rule(
    "CL013", severity="note", title="The open CDU leaves a wider approach than its rating", unit="K",
    formula="TCS supply above FWS supply with the valve open, against rated heat over UA (equal capacity "
    "rates)",
    source="Counterflow exchanger of equal capacity rates: Incropera et al., 7th ed., ch. 11; maker's "
    "capacity and UA",
    remedy="Check facility-water flow and strainers; clean or enlarge the exchanger.", capture="liquid",
)  # fmt: skip
def cdu_approach(review: Review) -> Iterator[Measure]:
    """Measure the approach of the CDUs whose valve stands open."""
    if review.has("cdu"):
        open_ = working_cdus(review) & (review.result("cdu", "saturated_ratio") > 0.0)
        rated = review.number("cdu", "capacity_w") / conductance(review.table("cdu").numbers).T
        yield Measure(
            kind="cdu", value=only(open_, review.result("cdu", "approach_dk")), limit=rated, side="most",
            name="approach_dk", inputs=("ua_w_k", "capacity_w"),
        )  # fmt: skip


@rule(
    "CL014", severity="minor", title="The CDU works outside its own range of supply temperature", unit="degC",
    formula="TCS supply temperature", source="Maker's range, twin:cdu:tcsSupplyMin and tcsSupplyMax",
    remedy="Choose a set-point within the range, or another CDU.", capture="liquid",
)  # fmt: skip
def cdu_range(review: Review) -> Iterator[Measure]:
    """Measure the supply temperature of every CDU that pumps, at both ends of its range."""
    ends: tuple[tuple[Side, str], ...] = (("most", "tcs_supply_max_k"), ("least", "tcs_supply_min_k"))
    for kind in review.built(*CDUS):
        supply = only(working_cdus(review, kind), review.result(kind, "tcs_supply_k"))
        for side, limit in ends:
            yield Measure(
                kind=kind, value=supply, limit=review.number(kind, limit), side=side,
                name=f"tcs_supply_at_{side}_k", inputs=(limit, "tcs_supply_set_k"),
            )  # fmt: skip
