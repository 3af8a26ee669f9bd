"""Rules on cooling plant: dry coolers, chillers, air handlers, and loops that freeze."""

from collections.abc import Iterator

import numpy as np

from twin.arrays import Array, Index
from twin.checks.cooling import COILS, HELD_DK, OFF_W, STILL_RATIO, powered
from twin.checks.rule import Measure, Review, Side, only, rule
from twin.laws.chiller_curves import CURVES, curve_index, least_entering
from twin.laws.glycol import freezing
from twin.laws.rejection import chiller_capacity
from twin.model.groups import at_reference

WATER_FREEZES_K = 273.15
CHILLERS = ("air_cooled_chiller", "water_cooled_chiller")
COOLERS = ("dry_cooler", "adiabatic_cooler")


@rule(
    "CL020", severity="major", title="The dry cooler carries more heat than it is rated for", unit="kW",
    formula="heat to the outside air", source="Maker's rating, twin:dryCooler:capacity",
    remedy="Add a dry cooler to the bank.", capture="liquid",
)  # fmt: skip
def dry_cooler_capacity(review: Review) -> Iterator[Measure]:
    """Measure the heat of every dry or adiabatic cooler."""
    for kind in review.built(*COOLERS):
        yield Measure(
            kind=kind, value=only(review.runs(kind), review.result(kind, "heat_w")),
            limit=review.number(kind, "capacity_w"), side="most", name="heat_w", inputs=("capacity_w",),
        )  # fmt: skip


@rule(
    "CL021", severity="minor", title="The dry cooler runs flat out and loses its set-point", unit="degC",
    formula="temperature of the leaving fluid, against the set-point plus 0.1 K",
    source="Set-point, twin:dryCooler:leavingSet or its reset; what it does to racks is CL001 and CL003",
    remedy="Add a cooler, space the coolers so that they draw less of their own warm air, or accept a higher "
    "set-point.",
    capture="liquid",
    graded=False,
)  # fmt: skip
def dry_cooler_set_point(review: Review) -> Iterator[Measure]:
    """Measure the leaving temperature of every dry or adiabatic cooler that fluid flows through."""
    for kind in review.built(*COOLERS):
        still = STILL_RATIO * review.number(kind, "reference_flow_m3_s")
        on = powered(review, kind) & (review.result(kind, "flow_m3_s") > still)
        yield Measure(
            kind=kind, value=only(on, review.result(kind, "leaving_k")),
            limit=review.result(kind, "set_point_k") + HELD_DK, side="most", name="leaving_k",
            inputs=("leaving_set_k", "ua_w_k"),
        )  # fmt: skip


def _curves(review: Review, kind: str) -> Index:
    """Return the curve set of each chiller, shape (part,)."""
    names = review.table(kind).words["curve_set"]
    return np.array([curve_index(name) for name in names], dtype=np.intp)


def entering_k(review: Review, kind: str) -> Array:
    """Return what enters the condenser [K], shape (variant or 1, part)."""
    if kind == "water_cooled_chiller":
        return review.result(kind, "condenser_inlet_k")
    air = review.number("site", "dry_bulb_k") + review.number("site", "recirculation_dk")
    return np.repeat(air, len(review.table(kind).paths), axis=1)


@rule(
    "CL022", severity="major", title="The chiller cannot carry its load at its set-point", unit="%",
    formula="heat taken over the capacity that the curves give at the set-point and the entering condition",
    source="DOE-2 / EnergyPlus electric EIR model, CapFT of the declared curve set",
    remedy="Add a chiller to the bank, or raise the chilled-water set-point.", capture="air",
)  # fmt: skip
def chiller_loading(review: Review) -> Iterator[Measure]:
    """Measure the heat of every chiller that runs."""
    for kind in review.built(*CHILLERS):
        numbers, curve = review.table(kind).numbers, _curves(review, kind)
        reference, _ = at_reference(
            numbers["capacity_w"], numbers["cop_ratio"], numbers["rating_leaving_k"],
            numbers["rating_entering_k"], curve,
        )  # fmt: skip
        entering = np.maximum(entering_k(review, kind).T, least_entering(curve)[:, None])
        by_curve = chiller_capacity(reference, review.result(kind, "set_point_k").T, entering, curve[:, None])
        available = np.where(np.isfinite(numbers["carnot_ratio"]), numbers["capacity_w"], by_curve).T
        yield Measure(
            kind=kind, value=only(powered(review, kind), review.result(kind, "heat_w") / available),
            limit=np.array([[1.0]]), side="most", name="loading_at_set_point_ratio",
            inputs=("capacity_w", "leaving_set_k"),
        )  # fmt: skip


@rule(
    "CL023", severity="note", title="The chiller works outside the range of its curve set", unit="degC",
    formula="leaving chilled water, and air or water that enters the condenser, when it carries heat",
    source="Range of the declared curve set, twin.laws.chiller_curves; beyond it capacity and power are "
    "extrapolated",
    remedy="Declare a curve set that covers the range, ask the maker for the rating at this point, or give "
    "carnotRatio, a share of Carnot's COP that holds for warm water.",
)  # fmt: skip
def chiller_range(review: Review) -> Iterator[Measure]:
    """Measure both temperatures at both ends of the range."""
    for kind in review.built(*CHILLERS):
        sets = [CURVES[i] for i in _curves(review, kind)]
        on = powered(review, kind) & (review.result(kind, "heat_w") > OFF_W)
        on = on & np.isnan(review.number(kind, "carnot_ratio"))
        ranges = {
            "leaving": (review.result(kind, "leaving_k"), np.array([c.leaving_range_k for c in sets])),
            "entering": (entering_k(review, kind), np.array([c.entering_range_k for c in sets])),
        }
        sides: tuple[Side, Side] = ("least", "most")
        for what, (value, range_k) in ranges.items():
            for column, side in enumerate(sides):
                # Makers round their ranges from °F to a tenth of a kelvin.
                slack = HELD_DK if side == "most" else -HELD_DK
                yield Measure(
                    kind=kind, value=only(on, value), limit=range_k[None, :, column] + slack, side=side,
                    name=f"{what}_at_{side}_k", inputs=("curve_set", "leaving_set_k"),
                )  # fmt: skip


@rule(
    "CL030", severity="major", title="The air handler carries more heat than it is rated for", unit="kW",
    formula="heat from the air to the water", source="Maker's rating, capacity of the unit (sensible)",
    remedy="Add a unit, or bring the standby unit on earlier.", capture="air",
)  # fmt: skip
def coil_capacity(review: Review) -> Iterator[Measure]:
    """Measure the heat of every fan wall, CRAH and rear door."""
    for kind in review.built(*COILS):
        yield Measure(
            kind=kind, value=only(review.runs(kind), review.result(kind, "heat_w")),
            limit=review.number(kind, "capacity_w"), side="most", name="heat_w", inputs=("capacity_w",),
        )  # fmt: skip


def freezing_points(review: Review) -> Array:
    """Return the freezing point of what each vessel's loop is filled with [K], shape (vessel,)."""
    vessel = review.table("expansion_vessel")
    water = np.array(vessel.words["fluid"]) == "water"
    share = np.where(water, 0.0, vessel.numbers["glycol_mass_ratio"][:, 0])
    return np.where(share > 0.0, freezing(share), WATER_FREEZES_K)


def _frost(review: Review, outdoors: str) -> Iterator[Measure]:
    if not review.has("expansion_vessel", outdoors):
        return
    outside = review.rooms(outdoors) < 0
    exposed = np.isin(review.loop("expansion_vessel"), review.loop(outdoors)[outside])
    point = freezing_points(review)
    yield Measure(
        kind="expansion_vessel",
        value=only(exposed, point)[None], limit=np.array([[review.owner("minimum_k")]]),
        side="most", name="freezing_k", inputs=("glycol_mass_ratio", "fluid"),
    )  # fmt: skip


@rule(
    "CL040",
    severity="major",
    title="A loop with dry coolers outdoors freezes in the coldest weather",
    unit="degC",
    formula="freezing point of what the loop is filled with, against the site's extreme minimum",
    source="Å. Melinder, Properties of Secondary Working Fluids, IIR 2010; site record, twin:site:minimum",
    remedy="Fill the loop with more glycol, or put an exchanger between it and the coolers.",
)  # fmt: skip
def frost_in_dry_coolers(review: Review) -> Iterator[Measure]:
    """Measure the fill of loops that dry or adiabatic coolers outdoors are part of."""
    for kind in COOLERS:
        yield from _frost(review, kind)


@rule(
    "CL041", severity="minor", title="Chilled water outdoors freezes in the coldest weather", unit="degC",
    formula="freezing point of what the loop is filled with, against the site's extreme minimum",
    source="As CL040; air-cooled chillers carry evaporator heaters, the pipes between need trace heating "
    "(practice, assumption)",
    remedy="Add glycol, or trace heating on emergency power and a drain-down; keep the loop running in "
    "winter.",
)  # fmt: skip
def frost_in_chillers(review: Review) -> Iterator[Measure]:
    """Measure the fill of loops that air-cooled chillers outdoors are part of."""
    yield from _frost(review, "air_cooled_chiller")
