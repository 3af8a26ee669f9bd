"""Rules on pipes and pumps: speed of the fluid, pressure against rating, suction, control, valves."""

from collections.abc import Iterator, Mapping

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.checks.cooling import STILL_RATIO
from twin.checks.high_points import RUNS, at_top
from twin.checks.rule import Measure, Review, group_min, only, rule
from twin.laws.steel_pipe import inside_diameter
from twin.laws.suction import GRAVITY_M_S2

# DN50, the widest of the three walls that twin knows.
SMALL_BORE_M = 0.0550
SMALL_BORE_M_S = 1.2
RACK_MANIFOLD_M_S = 1.5
LEAST_PRESSURE_PAG = 0.3e5
# A controlled difference counts as held within this share of its set-point: assumption.
HELD_RATIO = 0.01
FLOW_KINDS = ("pipe", "hose", "manifold")
# Pump kinds: parameter of the curve, and the loop they push in.
PUMPS: Mapping[str, tuple[str, str]] = {
    "cdu": ("pump_curve_pa", "tcs_loop_index"),
    "pump": ("curve_pa", "loop_index"),
}
# Ratings of the parts of a loop: kind, parameter, loop.
RATINGS = (
    ("rack", "pressure_max_pag", "loop_index"),
    ("cdu", "tcs_pressure_max_pag", "tcs_loop_index"),
    ("cdu", "fws_pressure_max_pag", "fws_loop_index"),
    ("pump", "pressure_max_pag", "loop_index"),
)


def bore(review: Review, kind: str) -> Array:
    """Return the inner diameter of pipes, hoses or manifolds [m], shape (1, part)."""
    given = review.number(kind, "inner_diameter_m")
    if kind != "pipe":
        return given
    words = review.table(kind).words
    return np.where(np.isfinite(given), given, inside_diameter(words["size"], words["schedule"]))


@rule(
    "HY001", severity="major", title="Fluid moves faster than the owner allows", unit="m/s",
    formula="flow over the area of the bore, the fastest piece of a manifold",
    source="Owner's limit, twin:site:pipeVelocityMax (practice 2.4 to 3 m/s above DN50: ASHRAE, recalled); a "
    "smaller bore is not allowed more",
    remedy="Choose the next nominal size, or share the flow between more branches.", capture="liquid",
)  # fmt: skip
def velocity(review: Review) -> Iterator[Measure]:
    """Measure the speed in every pipe, hose and manifold."""
    for kind in review.built(*FLOW_KINDS):
        speed = only(review.runs(kind), review.result(kind, "velocity_m_s"))
        yield Measure(
            kind=kind, value=speed, limit=np.array([[review.owner("pipe_velocity_max_m_s")]]), side="most",
            name="velocity_m_s",
            inputs=("size", "inner_diameter_m") if kind == "pipe" else ("inner_diameter_m",),
        )  # fmt: skip


@rule(
    "HY002", severity="note", title="Fluid moves faster than is usual in small pipes", unit="m/s",
    formula="flow over the area of the bore, up to DN50",
    source="ASHRAE practice, 1.2 m/s up to DN50 (recalled: assumption)",
    remedy="Choose the next nominal size where noise, erosion or pump power matter.", capture="liquid",
)  # fmt: skip
def velocity_in_small_bores(review: Review) -> Iterator[Measure]:
    """Measure the speed in pipes and hoses up to DN50."""
    for kind in review.built("pipe", "hose"):
        small = review.runs(kind) & (bore(review, kind) <= SMALL_BORE_M)
        yield Measure(
            kind=kind, value=only(small, review.result(kind, "velocity_m_s")),
            limit=np.array([[SMALL_BORE_M_S]]),
            side="most", name="velocity_in_small_bore_m_s",
            inputs=("size", "inner_diameter_m") if kind == "pipe" else ("inner_diameter_m",),
        )  # fmt: skip


def inside(paths: tuple[str, ...], owners: set[str]) -> Flags:
    """Return which prims stand below one of some other prims, shape (part,)."""
    known: dict[str, bool] = {"": False}

    def within(path: str) -> bool:
        parent = path.rpartition("/")[0]
        if parent not in known:
            known[parent] = parent in owners or within(parent)
        return known[parent]

    return np.array([within(path) for path in paths], dtype=np.bool_)


@rule(
    "HY003", severity="minor", title="Coolant moves too fast along the rack's manifold", unit="m/s",
    formula="flow over the area of the bore, the fastest piece",
    source="OCP rack-manifold white paper (2023): below 1.5 m/s",
    remedy="Choose a wider manifold, or feed it from both ends.", capture="liquid",
)  # fmt: skip
def velocity_in_rack_manifolds(review: Review) -> Iterator[Measure]:
    """Measure the speed in manifolds that stand in racks."""
    if review.has("manifold", "rack"):
        within = inside(review.table("manifold").paths, set(review.table("rack").paths))
        yield Measure(
            kind="manifold",
            value=only(within & review.runs("manifold"), review.result("manifold", "velocity_m_s")),
            limit=np.array([[RACK_MANIFOLD_M_S]]), side="most", name="velocity_in_rack_m_s",
            inputs=("inner_diameter_m",),
        )  # fmt: skip


@rule(
    "HY010", severity="major", title="The working pressure is above the rating", unit="bar g",
    formula="solved gauge pressure at the inlet, the higher of both ends",
    source="Maker's rating of the part (racks: OCP MGX 1.1, 5 bar g)",
    remedy="Lower the fill pressure or the difference the pumps hold, or move the vessel to the pumps' "
    "suction.",
)  # fmt: skip
def working_pressure(review: Review) -> Iterator[Measure]:
    """Measure racks, both sides of CDUs, and pumps."""
    points = (
        ("rack", "coolant_pressure_pag", "pressure_max_pag"),
        ("cdu", "tcs_supply_pag", "tcs_pressure_max_pag"),
        ("cdu", "fws_supply_pag", "fws_pressure_max_pag"), ("pump", "outlet_pag", "pressure_max_pag"),
    )  # fmt: skip
    for kind, name, limit in points:
        if review.has(kind):
            yield Measure(
                kind=kind, value=review.result(kind, name), limit=review.number(kind, limit), side="most",
                name=name, inputs=(limit,),
            )  # fmt: skip


def _per_loop(review: Review) -> tuple[Array, Array]:
    """Return the fill pressure and the lowest rating of every loop [Pa g], NaN for none, shape (loop,).

    Ratings are as at the height of the vessel: what stands lower has to bear the column above it.
    """
    fill_at = review.loop("expansion_vessel")
    fill = review.table("expansion_vessel").numbers["fill_pressure_pag"].max(axis=1)
    weight, height = np.zeros((2, int(fill_at.max(initial=-1)) + 2))
    weight[fill_at] = GRAVITY_M_S2 * review.result("expansion_vessel", "fill_density_kg_m3").max(axis=0)
    height[fill_at] = review.table("expansion_vessel").position_m[:, 2]
    loops, ratings = [np.zeros(0, dtype=np.intp)], [np.zeros(0)]
    for kind, name, loop in RATINGS:
        if review.has(kind):
            own = np.minimum(review.loop(kind, loop), len(weight) - 1)
            column = weight[own] * (height[own] - review.table(kind).position_m[:, 2])
            loops.append(own)
            ratings.append(review.table(kind).numbers[name].min(axis=1) - column)
    at, rating = np.concatenate(loops), np.concatenate(ratings)
    count = int(max(at.max(initial=-1), fill_at.max(initial=-1))) + 1
    return -group_min(fill_at, -fill, count), group_min(at, rating, count)


@rule(
    "HY011",
    severity="critical",
    title="Pumps against a shut valve exceed the lowest rating in their loop",
    unit="bar g",
    formula="fill pressure of the loop's vessel plus the highest rise of the pump's points and of the curve "
    "solved, times the square of the highest permitted speed, plus that of pumps before it in series; "
    "against the lowest rating less the column from the vessel down to the part",
    source="Affinity laws (Karassik et al., Pump Handbook, 4th ed., 2.3); lowest rating of racks, CDUs and "
    "pumps in the loop (racks: OCP MGX 1.1, 5 bar g)",
    remedy="Cap the speed in the control loop (twin:control:maximumRatio), lower the fill pressure, or add a "
    "relief valve set below the rating.",
)  # fmt: skip
def dead_head(review: Review) -> Iterator[Measure]:
    """Measure the dead-head pressure of every CDU and pump."""
    if not review.has("expansion_vessel"):
        return
    fill, lowest = _per_loop(review)
    for kind in review.built(*PUMPS):
        curve, loop = PUMPS[kind]
        at = review.loop(kind, loop)
        yield Measure(
            kind=kind, value=fill[at] + review.result(kind, "dead_head_pa")[:1], limit=lowest[at][None],
            side="most", name="dead_head_pag", inputs=(curve,),
        )  # fmt: skip


# Where both ends are told: of a hose with a valve what lies behind it, of a CDU all but the TCS return.
ENDS: Mapping[str, tuple[str, ...]] = {
    "pipe": ("inlet_pag", "outlet_pag"), "hose": ("inlet_pag", "outlet_pag", "valve_outlet_pag"),
    "pump": ("inlet_pag", "outlet_pag"), "cdu": ("tcs_supply_pag", "fws_supply_pag", "fws_return_pag"),
}  # fmt: skip


def _closed(review: Review, kind: str) -> Flags:
    """Return which parts stand in closed loops only, shape (part,)."""
    if kind != "cdu":
        return review.closed(kind)
    return review.closed(kind, "tcs_loop_index") & review.closed(kind, "fws_loop_index")


@rule(
    "HY012", severity="minor", title="The pressure is low enough to draw in air", unit="bar g",
    formula="solved gauge pressure, the lower of both ends and, of a run, of its highest point; loops that "
    "a reservoir or tank opens are left to HY040",
    source="Practice: 0.3 bar g at the least (assumption); at the TCS return of a CDU "
    "twin:cdu:tcsPressureMin where the maker says more",
    remedy="Raise the fill pressure, or join the vessel where the pressure is lowest.",
)  # fmt: skip
def lowest_pressure(review: Review) -> Iterator[Measure]:
    """Measure pipes, hoses, pumps and both sides of CDUs."""
    least = np.array([[LEAST_PRESSURE_PAG]])
    for kind in review.built(*ENDS):
        value = np.fmin.reduce([review.result(kind, name) for name in ENDS[kind]])
        told = at_top(review, kind, value) if kind in RUNS else None
        if kind in RUNS:
            value = np.fmin(value, review.result(kind, "top_pag"))
        value = only(_closed(review, kind), value)
        yield Measure(kind=kind, value=value, limit=least, side="least", name="lowest_pag", cause=told)
    if review.has("cdu"):
        closed = review.closed("cdu", "tcs_loop_index")
        yield Measure(
            kind="cdu", value=only(closed, review.result("cdu", "tcs_return_pag")),
            limit=np.fmax(review.number("cdu", "tcs_pressure_min_pag"), LEAST_PRESSURE_PAG), side="least",
            name="tcs_return_pag", inputs=("tcs_pressure_min_pag",),
        )  # fmt: skip


@rule(
    "HY020", severity="minor", title="The control loop no longer holds its pressure difference", unit="kPa",
    formula="solved difference, against the set-point less 1 %; its pumps or fans run at their highest speed",
    source="Set-point, twin:control:set; 1 % is the resolution of a sensor (assumption)",
    remedy="Allow a higher speed within HY011, start another pump, or lower the set-point.",
    graded=False,
)  # fmt: skip
def controlled_difference(review: Review) -> Iterator[Measure]:
    """Measure the difference of every control loop that runs."""
    if review.has("control"):
        wanted = review.number("control", "set_pa")
        held = only(review.runs("control"), review.result("control", "difference_pa"))
        yield Measure(
            kind="control", value=held, limit=wanted - HELD_RATIO * np.abs(wanted), side="least",
            name="difference_pa", inputs=("set_pa", "maximum_ratio"),
        )  # fmt: skip


@rule(
    "HY021", severity="minor", title="The pump draws more than its rated power", unit="kW",
    formula="electric power drawn, against the rating (CDU: name plate)",
    source="Maker's rating, twin:pump:ratedPower, twin:cdu:nameplatePower",
    remedy="Throttle the pump back onto its curve, or choose a larger motor and feeder.",
)  # fmt: skip
def pump_loading(review: Review) -> Iterator[Measure]:
    """Measure pumps and CDUs."""
    for kind, limit in (("pump", "rated_power_w"), ("cdu", "nameplate_power_w")):
        if review.has(kind):
            yield Measure(
                kind=kind, value=only(review.runs(kind), review.result(kind, "power_w")),
                limit=review.number(kind, limit), side="most", name="power_w", inputs=(limit,),
            )  # fmt: skip


@rule(
    "HY022",
    severity="minor",
    title="The flow-limiting valve has too little difference to regulate",
    unit="kPa",
    formula="difference the valve takes while its branch flows",
    source="Least difference of the valve, as declared by its maker",
    remedy="Raise the difference the pumps hold, or widen the branch it stands in.", capture="liquid",
)  # fmt: skip
def valve_authority(review: Review) -> Iterator[Measure]:
    """Measure the valves of hoses and the stand-alone ones."""
    valves = (("hose", "valve_drop_pa", "valve_minimum_drop_pa"), ("picv", "drop_pa", "minimum_drop_pa"))
    for kind, name, limit in valves:
        if review.has(kind):
            still = STILL_RATIO * review.number(kind, "flow_limit_m3_s")
            flows = review.runs(kind) & (review.result(kind, "flow_m3_s") > still)
            yield Measure(
                kind=kind, value=only(flows, review.result(kind, name)), limit=review.number(kind, limit),
                side="least", name=name, inputs=(limit, "flow_limit_m3_s"),
            )  # fmt: skip


@rule(
    "HY023",
    severity="minor",
    title="The flow-limiting valve has more difference than it is made for",
    unit="kPa",
    formula="difference the valve takes",
    source="Greatest difference, twin:picv:maximumDrop, twin:hose:valveMaximumDrop",
    remedy="Lower the difference the pumps hold.", capture="liquid",
)  # fmt: skip
def valve_difference(review: Review) -> Iterator[Measure]:
    """Measure the stand-alone valves, and those of hoses."""
    valves = (("picv", "drop_pa", "maximum_drop_pa"), ("hose", "valve_drop_pa", "valve_maximum_drop_pa"))
    for kind, name, limit in valves:
        if review.has(kind):
            yield Measure(
                kind=kind, value=only(review.runs(kind), review.result(kind, name)),
                limit=review.number(kind, limit), side="most", name="drop_highest_pa", inputs=(limit,),
            )  # fmt: skip


def _driven_loops(review: Review) -> tuple[Index, Index]:
    """Return control and loop of every pump that a control turns; fans are left out."""
    turned = review.table("control").targets["actuates"]
    control, loop = [np.zeros(0, dtype=np.intp)], [np.zeros(0, dtype=np.intp)]
    for kind in review.built(*PUMPS):
        mine = np.array([k == kind for k in turned.kind], dtype=np.bool_)
        control.append(turned.part[mine])
        loop.append(review.loop(kind, PUMPS[kind][1])[turned.row[mine]])
    return np.concatenate(control), np.concatenate(loop)


@rule(
    "HY024",
    severity="major",
    title="Two control loops turn pumps in one loop and hunt against each other",
    unit="1",
    formula="control loops whose pumps push in one connected loop",
    source="Control practice: one controlled variable per header (assumption)",
    remedy="Let one control loop turn all pumps of the header, or separate the headers.",
    graded=False,
)  # fmt: skip
def rival_controls(review: Review) -> Iterator[Measure]:
    """Count, for every control loop, those that share a loop of fluid with it."""
    if not review.has("control"):
        return
    control, loop = np.unique(np.stack(_driven_loops(review), axis=1), axis=0).T
    sharing = np.bincount(loop, minlength=1)[loop]
    count = np.full(len(review.table("control").paths), np.nan)
    count[control] = 0.0
    np.maximum.at(count, control, sharing)
    yield Measure(
        kind="control", value=count[None], limit=np.array([[1.0]]), side="most", name="control_count",
    )  # fmt: skip
