"""Rules on power: continuous and peak loading, shelves that survive, voltage, lost supplies."""

from collections.abc import Iterator

import numpy as np

from twin.arrays import Array, Index
from twin.checks.cooling import OFF_W
from twin.checks.rule import Measure, Review, group_sum, only, rule

# NEC 210.20(A), 215.3: 125 % of the continuous load, which is 80 % of the rating.
NEC_CONTINUOUS_RATIO = 0.8
LOWEST_VOLTAGE_RATIO = 0.9
DROP_RATIO = 0.05
DEAD_A = 1e-6
# Racks and what they call their electrical peak.
PEAKS = {"rack": "edpp_power_w", "air_rack": "peak_power_w"}
COOLING = (
    "cdu", "pump", "dry_cooler", "air_cooled_chiller", "water_cooled_chiller", "fan_wall", "crah",
    "rear_door", "cooling_tower", "adiabatic_cooler",
)  # fmt: skip
REGIME = (
    "twin:site:loadingRegime: nec, NEC 210.20(A) and 215.3 (2023): 80 % of the rating; iec, owner's share "
    "of the rating (twin:site:loadingLimitRatio)"
)


def continuous(review: Review) -> Array:
    """Return the share of a rating that may be used without limit of time [1], shape (1, 1)."""
    nec = review.words.get("loading_regime") == "nec"
    return np.array([[NEC_CONTINUOUS_RATIO if nec else review.owner("loading_limit_ratio")]])


def _loading(review: Review, kind: str, name: str, limit: Array, *inputs: str) -> Measure:
    return Measure(
        kind=kind, value=only(review.runs(kind), review.result(kind, name)), limit=limit, side="most",
        name=name,
        inputs=inputs,
    )  # fmt: skip


@rule(
    "EL001", severity="major", title="The busway carries more than its continuous load", unit="%",
    formula="highest current along the run over its rating, in every case", source=REGIME,
    remedy="Choose the next rating, shorten the row, or feed it from both ends.",
)  # fmt: skip
def busway_loading(review: Review) -> Iterator[Measure]:
    """Measure every busway."""
    if review.has("busway"):
        yield _loading(review, "busway", "loading_ratio", continuous(review), "rating_a")


@rule(
    "EL002", severity="major", title="The whip's breakers carry more than their continuous load", unit="%",
    formula="current of the bundle over the rating of its breakers, in every case", source=REGIME,
    remedy="Add whips, choose the next breaker, or spread the rack over more tap-offs.",
)  # fmt: skip
def whip_loading(review: Review) -> Iterator[Measure]:
    """Measure every whip."""
    if review.has("whip"):
        yield _loading(review, "whip", "loading_ratio", continuous(review), "breaker_rating_a", "count")


@rule(
    "EL003", severity="major", title="The cable carries more than its continuous load", unit="%",
    formula="current over the rating of its runs as installed, in every case", source=REGIME,
    remedy="Add runs, or choose the next cross-section.",
)  # fmt: skip
def cable_loading(review: Review) -> Iterator[Measure]:
    """Measure every power cable."""
    if review.has("power_cable"):
        yield _loading(review, "power_cable", "loading_ratio", continuous(review), "rating_a", "count")


@rule(
    "EL004", severity="major", title="The breaker carries more than its continuous load", unit="%",
    formula="current over the breaker's rating, in every case",
    source=REGIME + "; twin:breaker:continuousRatio",
    remedy="Choose a larger frame or a breaker rated for 100 %, or move load to another way.",
)  # fmt: skip
def breaker_loading(review: Review) -> Iterator[Measure]:
    """Measure stand-alone breakers, ways of switchboards, and generator breakers."""
    limit = continuous(review)
    if review.has("breaker"):
        nec = review.words.get("loading_regime") == "nec"
        own = review.number("breaker", "continuous_ratio") if nec else limit
        yield _loading(review, "breaker", "loading_ratio", own, "rating_a", "continuous_ratio")
    if review.has("switchboard"):
        yield _loading(review, "switchboard", "incomer_loading_ratio", limit, "incomer_rating_a")
        yield _loading(review, "switchboard", "outgoing_loading_ratio", limit, "outgoing_rating_a")
    if review.has("generator"):
        yield _loading(review, "generator", "breaker_loading_ratio", limit, "breaker_rating_a")


@rule(
    "EL010", severity="major", title="The UPS carries more than its rating", unit="%",
    formula="output power over rated output",
    source="IEC 62040-3: rated output; maker's rating, twin:ups:ratedPower",
    remedy="Add a module or a unit, or move load to another one.",
)  # fmt: skip
def ups_loading(review: Review) -> Iterator[Measure]:
    """Measure every UPS."""
    if review.has("ups"):
        yield _loading(review, "ups", "loading_ratio", np.ones((1, 1)), "rated_power_w")


@rule(
    "EL014", severity="major", title="Converter, UPS or shelf carries more than without its spare modules",
    unit="%", formula="output power over the rating of all modules, against the share without the spare",
    source="OCP Open Rack v3, HPR power shelf: rated at N+1; twin:powerConverter:spareCount, "
    "twin:ups:spareCount, twin:powerShelf:spareCount",
    remedy="Add a module or a shelf, or move load to another one.",
)  # fmt: skip
def converter_loading(review: Review) -> Iterator[Measure]:
    """Measure power converters, UPS in modules, and power shelves that feed a busbar."""
    for kind in ("power_converter", "ups", "power_shelf"):
        modules = "supply_count" if kind == "power_shelf" else "module_count"
        if review.has(kind):
            count = review.number(kind, modules)
            left = (count - review.number(kind, "spare_count")) / count
            yield _loading(review, kind, "loading_ratio", left, "rated_power_w", modules, "spare_count")


@rule(
    "EL011", severity="major", title="The transformer carries more than its rating", unit="%",
    formula="apparent power over rated power", source="IEC 60076-1: rated power; twin:transformer:ratedPower",
    remedy="Choose the next rating, or share the load between more transformers.",
)  # fmt: skip
def transformer_loading(review: Review) -> Iterator[Measure]:
    """Measure every transformer."""
    if review.has("transformer"):
        yield _loading(review, "transformer", "loading_ratio", np.ones((1, 1)), "rated_power_va")


def _generator_loading(review: Review) -> Array:
    active, reactive = review.result("generator", "power_w"), review.result("generator", "reactive_power_var")
    return np.fmax(
        active / review.number("generator", "rated_power_w"),
        np.hypot(active, reactive) / review.number("generator", "apparent_power_va"),
    )


@rule(
    "EL012", severity="major", title="The generator carries more than its rating", unit="%",
    formula="power over standby rating, or apparent power over its rating, the higher",
    source="ISO 8528-1: standby rating; twin:generator:ratedPower and apparentPower",
    remedy="Add a set, or shed load before it starts.",
)  # fmt: skip
def generator_loading(review: Review) -> Iterator[Measure]:
    """Measure every generator that runs."""
    if review.has("generator"):
        yield Measure(
            kind="generator", value=only(review.runs("generator"), _generator_loading(review)),
            limit=np.ones((1, 1)), side="most", name="loading_ratio",
            inputs=("rated_power_w", "apparent_power_va"),
        )  # fmt: skip


@rule(
    "EL013", severity="major", title="The site draws more than agreed with the grid", unit="MW",
    formula="active power at the connection", source="Connection agreement, twin:utility:ratedPower",
    remedy="Agree on more, or cap the load.",
)  # fmt: skip
def utility_power(review: Review) -> Iterator[Measure]:
    """Measure every grid connection."""
    if review.has("utility"):
        yield Measure(
            kind="utility", value=only(review.runs("utility"), review.result("utility", "power_w")),
            limit=review.number("utility", "rated_power_w"), side="most",
            name="power_w",
            inputs=("rated_power_w",),
        )  # fmt: skip


def parts_at(review: Review, node: Index, kind: str) -> Index:
    """Return the part of one kind that each node is a port of, -1 for another kind, shape (node,)."""
    ports = review.facility.ports
    if not len(ports.spec):
        return np.full(len(node), -1, dtype=np.intp)
    mine = np.array([spec.kind == kind for spec in ports.specs], dtype=np.bool_)
    return np.where((node >= 0) & mine[ports.spec[node]], ports.part[node], -1)


def peak_ratio(review: Review, kind: str) -> Array:
    """Return electrical peak over continuous power, 1 without a declared peak, (variant or 1, rack)."""
    continuous_w, peak_w = review.number(kind, "it_power_w"), review.number(kind, PEAKS[kind])
    ratio = peak_w / np.where(continuous_w > 0.0, continuous_w, np.nan)
    return np.where(np.isfinite(ratio), np.maximum(ratio, 1.0), 1.0)


def peak_of_whips(review: Review) -> Array:
    """Return peak over continuous current of every whip, shape (variant or 1, whip)."""
    node = review.table("whip").ends["b"].node
    ratio = np.ones((1, len(node)))
    for kind in review.built(*PEAKS):
        rack = parts_at(review, node, kind)
        ratio = np.where(rack >= 0, peak_ratio(review, kind)[:, rack], ratio)
    return ratio


def _extra_w(review: Review) -> Array:
    """Return what all racks draw at their peak on top of their continuous power [W], shape (variant, 1)."""
    extra = np.zeros((len(review.facility.cases), 1))
    for kind in review.built(*PEAKS):
        drawn = np.where(review.runs(kind), review.result(kind, "it_power_w"), 0.0)
        extra += (drawn * (peak_ratio(review, kind) - 1.0)).sum(axis=1, keepdims=True)
    return extra


def _before_racks_w(review: Review) -> Array:
    """Return what UPS and power converters carry together [W], at least that of racks, (variant, 1)."""
    if not review.has("power_converter"):
        return np.asarray(review.result("ups", "power_out_w").sum(axis=1, keepdims=True))
    total = np.zeros((len(review.facility.cases), 1))
    for kind in review.built(*PEAKS):
        drawn = np.where(review.runs(kind), review.result(kind, "it_power_w"), 0.0)
        total += np.nan_to_num(drawn).sum(axis=1, keepdims=True)
    return total


EDPP = (
    "Rating itself, never the continuous share: the peak (EDPp) lasts milliseconds to seconds "
    "(twin:rack:edppPower, twin:airRack:peakPower)"
)


@rule(
    "EL020",
    severity="major",
    title="The whip's breakers are overloaded at the racks' electrical peak",
    unit="%",
    formula="loading times electrical peak over continuous power of the rack it feeds", source=EDPP,
    remedy="Add whips or choose the next breaker, or cap the peak (power smoothing, energy storage in the "
    "shelves).",
)  # fmt: skip
def whip_peak(review: Review) -> Iterator[Measure]:
    """Measure every whip."""
    if review.has("whip"):
        value = only(review.runs("whip"), review.result("whip", "loading_ratio") * peak_of_whips(review))
        yield Measure(
            kind="whip", value=value, limit=np.ones((1, 1)), side="most", name="peak_loading_ratio",
            inputs=("breaker_rating_a", "count"),
        )  # fmt: skip


@rule(
    "EL021", severity="major", title="The busway is overloaded at the racks' electrical peak", unit="%",
    formula="loading times the sum of peak currents of its whips over the sum of their currents", source=EDPP,
    remedy="Choose the next rating, or cap the racks' peak.",
)  # fmt: skip
def busway_peak(review: Review) -> Iterator[Measure]:
    """Measure every busway that feeds racks through whips."""
    if review.has("busway", "whip"):
        run = parts_at(review, review.table("whip").ends["a"].node, "busway")
        count, current = len(review.table("busway").paths), review.result("whip", "current_a")
        usual, peak = (group_sum(run, i, count) for i in (current, current * peak_of_whips(review)))
        ratio = np.where(usual > DEAD_A, peak / np.where(usual > DEAD_A, usual, 1.0), 1.0)
        yield Measure(
            kind="busway",
            value=only(review.runs("busway"), review.result("busway", "loading_ratio") * ratio),
            limit=np.ones((1, 1)), side="most", name="peak_loading_ratio", inputs=("rating_a",),
        )  # fmt: skip


@rule(
    "EL022",
    severity="major",
    title="UPS, transformer or generator is overloaded at the racks' electrical peak",
    unit="%",
    formula="loading times (power + what all racks add at their peak) over power; power is the output of all "
    "UPS for UPS (that of the racks for UPS and power converters where there are both), that of the facility "
    "for transformers and generators: the peak is shared as the load is",
    source=EDPP, remedy="Choose the next rating, or cap the racks' peak.",
)  # fmt: skip
def source_peak(review: Review) -> Iterator[Measure]:
    """Measure UPS, power converters, transformers and generators."""
    extra = _extra_w(review)
    facility = np.asarray(review.tree["/facility"]["facility_power_w"].values)[:, None]
    for kind, rating in (
        ("ups", "rated_power_w"), ("power_converter", "rated_power_w"),
        ("transformer", "rated_power_va"), ("generator", "rated_power_w"),
    ):  # fmt: skip
        if not review.has(kind):
            continue
        loading = _generator_loading(review) if kind == "generator" else review.result(kind, "loading_ratio")
        base = _before_racks_w(review) if kind in {"ups", "power_converter"} else facility
        ratio = 1.0 + np.where(base > OFF_W, extra / np.where(base > OFF_W, base, 1.0), 0.0)
        yield Measure(
            kind=kind, value=only(review.runs(kind), loading * ratio), limit=np.ones((1, 1)), side="most",
            name="peak_loading_ratio", inputs=(rating,),
        )  # fmt: skip


@rule(
    "EL030",
    severity="major",
    title="The shelves that survive the loss of one feed cannot carry the rack",
    unit="kW",
    formula="AC power of the rack times the shelves' efficiency (without one: its AC power), against the DC "
    "rating of the shelves left when one of its inputs is dead",
    source="Maker's rating, twin:rack:shelfCount, shelfPower and shelfEfficiencyRatio (GB300: eight shelves "
    "of 33 kW, N+N)",
    remedy="Add shelves, or cap the rack's power when a feed is lost.",
)  # fmt: skip
def surviving_shelves(review: Review) -> Iterator[Measure]:
    """Measure every rack whose shelves are declared."""
    if not review.has("rack"):
        return
    table = review.table("rack")
    inputs = np.bincount(table.ends["power"].part, minlength=len(table.paths))
    left = np.where(inputs > 1, (inputs - 1) / np.maximum(inputs, 1), 1.0)
    shelves = np.floor(review.number("rack", "shelf_count") * left + 1e-9)
    efficiency = review.number("rack", "shelf_efficiency_ratio")
    direct_w = review.number("rack", "it_power_w") * np.where(np.isfinite(efficiency), efficiency, 1.0)
    yield Measure(
        kind="rack", value=direct_w, limit=shelves * review.number("rack", "shelf_power_w"), side="most",
        name="shelf_power_w", inputs=("it_power_w", "shelf_count", "shelf_power_w", "shelf_efficiency_ratio"),
    )  # fmt: skip


@rule(
    "EL040", severity="major", title="The voltage at the rack's inputs is too low", unit="%",
    formula="lowest voltage of its inputs that are alive, over nominal",
    source="IEC 60038:2009, table 1: supply voltage within 10 % of nominal (recalled)",
    remedy="Thicker or shorter feeders, a higher transformer tap, or less load.",
)  # fmt: skip
def input_voltage(review: Review) -> Iterator[Measure]:
    """Measure every rack that draws power."""
    for kind in review.built(*PEAKS):
        alive = review.runs(kind) & (review.result(kind, "it_power_w") > OFF_W)
        yield Measure(
            kind=kind, value=only(alive, review.result(kind, "input_voltage_ratio")),
            limit=np.array([[LOWEST_VOLTAGE_RATIO]]), side="least", name="input_voltage_ratio",
        )  # fmt: skip


@rule(
    "EL041",
    severity="minor",
    title="More voltage is lost between the board and the rack than is usual",
    unit="%",
    formula="drop along the busway to its last tap-off plus drop along the whip",
    source="IEC 60364-5-52:2009, annex G, table G.52.1: 5 % for other than lighting (recalled)",
    remedy="Choose the next busway rating or cross-section, or feed the row in its middle.",
)  # fmt: skip
def voltage_drop(review: Review) -> Iterator[Measure]:
    """Measure every whip that carries current."""
    if review.has("whip", "busway"):
        run = parts_at(review, review.table("whip").ends["a"].node, "busway")
        before = np.where(run >= 0, review.result("busway", "drop_ratio")[:, run], 0.0)
        alive = review.runs("whip") & (review.result("whip", "current_a") > DEAD_A)
        yield Measure(
            kind="whip", value=only(alive, review.result("whip", "drop_ratio") + before),
            limit=np.array([[DROP_RATIO]]), side="most", name="drop_from_board_ratio", inputs=("section_m2",),
        )  # fmt: skip


def _lost(review: Review, kinds_: tuple[str, ...]) -> Iterator[Measure]:
    for kind in review.built(*kinds_):
        yield Measure(
            kind=kind, value=only(review.runs(kind), review.result(kind, "supply_lost_ratio")),
            limit=np.zeros((1, 1)), side="most", name="supply_lost_ratio",
        )  # fmt: skip


@rule(
    "EL050", severity="critical", title="The rack loses every supply", unit="1",
    formula="1 when it is in service and none of its inputs is alive",
    source="Design rule: a rack in service keeps a supply in every declared case",
    remedy="Feed its inputs from boards that do not fail together.",
    graded=False,
)  # fmt: skip
def rack_supply(review: Review) -> Iterator[Measure]:
    """Measure every rack."""
    yield from _lost(review, tuple(PEAKS))


@rule(
    "EL051", severity="critical", title="Cooling equipment loses every supply", unit="1",
    formula="1 when it is in service and none of its inputs is alive",
    source="Design rule: cooling in service keeps a supply in every declared case",
    remedy="Give it a second input from another board, or start its standby unit in this case.",
    graded=False,
)  # fmt: skip
def cooling_supply(review: Review) -> Iterator[Measure]:
    """Measure all cooling equipment."""
    yield from _lost(review, COOLING)


@rule(
    "EL052", severity="minor", title="House load loses every supply", unit="1",
    formula="1 when it is in service and none of its inputs is alive",
    source="Design rule: lighting and controls keep a supply in every declared case",
    remedy="Give it a second input from another board.",
    graded=False,
)  # fmt: skip
def house_supply(review: Review) -> Iterator[Measure]:
    """Measure auxiliary loads."""
    yield from _lost(review, ("auxiliary_load",))
