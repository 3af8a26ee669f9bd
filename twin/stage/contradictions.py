"""Numbers that are possible alone but not together: limits out of order, curves that turn."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.laws.friction import ROUGHEST_RATIO
from twin.laws.steel_pipe import inside_diameter
from twin.model.component import Component, Param, camel, kinds
from twin.model.rating import NAMES, conductance
from twin.stage.columns import Columns
from twin.stage.content import Record
from twin.stage.expand import Parts
from twin.stage.faults import Faults
from twin.units import canonical, from_si

# Two parameters of a kind, the first of which may not exceed the second.
ORDERED: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType({
    "control": (("minimum_ratio", "maximum_ratio"),),
    "breaker": (
        ("long_time_pickup_a", "rating_a"), ("long_time_pickup_a", "short_time_pickup_a"),
        ("short_time_pickup_a", "instantaneous_pickup_a"),
    ),
    "switchboard": (
        ("outgoing_long_time_pickup_a", "outgoing_rating_a"),
        ("outgoing_long_time_pickup_a", "outgoing_short_time_pickup_a"),
        ("outgoing_short_time_pickup_a", "outgoing_instantaneous_pickup_a"),
    ),
    "whip": (
        ("long_time_pickup_a", "breaker_rating_a"), ("long_time_pickup_a", "short_time_pickup_a"),
        ("short_time_pickup_a", "instantaneous_pickup_a"),
    ),
    "picv": (("minimum_drop_pa", "maximum_drop_pa"),),
    "hose": (("valve_minimum_drop_pa", "valve_maximum_drop_pa"),),
    "rack": (
        ("coolant_supply_min_k", "coolant_supply_max_k"),
        ("heat_capture_low_ratio", "heat_capture_ratio"), ("slowdown_k", "junction_max_k"),
        ("chip_tray_count", "tray_count"),
    ),
    "heat_user": (("user_return_k", "user_supply_k"),),
    "cdu": (
        ("tcs_supply_min_k", "tcs_supply_set_k"), ("tcs_supply_set_k", "tcs_supply_max_k"),
        ("tcs_pressure_min_pag", "tcs_pressure_max_pag"),
    ),
})  # fmt: skip
# Efficiency of pumps from wire to fluid, and that of their motor and drive.
DRIVEN = {
    "pump": ("efficiency_ratio", "motor_efficiency_ratio"),
    "cdu": ("pump_efficiency_ratio", "pump_motor_efficiency_ratio"),
}
# What falls with flow once it has begun to fall, and what rises with it.
FALLING = {"pump": "curve_pa", "cdu": "pump_curve_pa"}
RISING = {"rack": "pressure_curve_pa"}
# What a number of a chip says nothing without.
TOGETHER: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "throttle_slope_per_k": ("slowdown_k", "clock_least_ratio", "clock_power_ratio"),
    "leakage_slope_w_k": ("leakage_reference_k", "junction_max_k"),
})  # fmt: skip
# What gives current to a short circuit of direct current.
CAPACITOR = "output_capacitor_resistance_ohm", "output_capacitor_inductance_henry"
BATTERY = "battery_voltage_v", "battery_resistance_ohm"
BORES = ("pipe", "hose", "manifold")
# Two numbers of one thing, each printed with three digits, differ by no more.
SAME_RATIO = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """One contradiction: on which part, about which parameter, and what it says."""

    code: str
    row: int
    name: str
    found: str
    expected: str


def note_contradictions(
    parts: Mapping[str, Parts], columns: Mapping[str, Columns], records: list[Record], faults: Faults
) -> None:
    """Note every contradiction once per distinct prim, at the opinion an engineer would edit."""
    for name, mine in parts.items():
        _, first = np.unique(mine.record, return_index=True)
        for at in _of_kind(name, columns[name], first):
            record = records[int(mine.record[at.row])]
            value = record.values.get(at.name)
            faults.add(
                at.code, prim=mine.paths[at.row],
                attribute=f"twin:{camel(name)}:{_param(kinds()[name], at.name).attribute}",
                spot=value.spot if value else record.spot, record=int(mine.record[at.row]),
                found=at.found, expected=at.expected,
            )  # fmt: skip


def _of_kind(kind: str, columns: Columns, rows: Index) -> Iterator[_Found]:
    for low, high in ORDERED.get(kind, ()):
        yield from _disordered(kinds()[kind], columns, rows, low, high)
    if kind in FALLING:
        yield from _turning(columns, rows, FALLING[kind], -1.0)
    if kind in DRIVEN:
        yield from _surpassing(kinds()[kind], columns, rows, *DRIVEN[kind])
    if kind in RISING:
        yield from _turning(columns, rows, RISING[kind], 1.0)
    if kind in BORES:
        yield from _rough(kind, columns, rows)
    if kind == "expansion_vessel":
        yield from _unmixed(columns, rows)
    if kind == "rack":
        yield from _half_a_chip(kinds()[kind], columns, rows)
        yield from _crowded(columns, rows)
    if kind in {"rack", "air_rack"}:
        yield from _nameless(columns, rows)
    if kind == "cdu":
        yield from _unrated(columns, rows)
    if kind in ("power_converter", "power_shelf", "ups"):
        own = _bypassed(columns, rows) if kind == "ups" else _half_a_source(kinds()[kind], columns, rows)
        yield from own
    for param in kinds()[kind].params:
        if param.instead_of:
            yield from _doubled(kinds()[kind], columns, rows, param)


def _disordered(
    kind: type[Component], columns: Columns, rows: Index, low: str, high: str
) -> Iterator[_Found]:
    least, most = (columns.numbers[name][rows, 0] for name in (low, high))
    with np.errstate(invalid="ignore"):
        wrong: Flags = least > most * (1.0 + 1e-12)
    # A set-point is told before the limit of the unit that it breaks.
    name, other, side = (low, high, "most") if "_set_" in low else (high, low, "least")
    for at in np.flatnonzero(wrong):
        mine, limit = (most[at], least[at]) if name == high else (least[at], most[at])
        yield _Found(
            code="ST120", row=int(rows[at]), name=name, found=_shown(_param(kind, name), mine),
            expected=f"at {side} {_param(kind, other).attribute}, {_shown(_param(kind, other), limit)}",
        )  # fmt: skip


def _turning(columns: Columns, rows: Index, name: str, way: float) -> Iterator[_Found]:
    """Yield curves that rise again after they have fallen (pumps), or that do not rise (drops)."""
    for row in rows.tolist():
        points = columns.curves[name][row]
        place, value = points[np.isfinite(points).all(axis=1)].T
        if np.any(np.diff(place) <= 0.0):
            continue  # out of order: another fault
        start = int(np.argmax(value)) if way < 0.0 and len(value) else 0
        steps = way * np.diff(value[start:])
        if np.all(steps > 0.0):
            continue
        point = start + int(np.flatnonzero(steps <= 0.0)[0]) + 2
        told = "rises again or stays level behind its highest point" if way < 0.0 else "does not rise"
        yield _Found(
            code="ST121", row=row, name=name, found=f"the curve {told} at point {point}",
            expected="a rise that falls with flow from its highest point on" if way < 0.0
            else "a drop that rises with flow",
        )  # fmt: skip


def _surpassing(
    kind: type[Component], columns: Columns, rows: Index, name: str, motor: str
) -> Iterator[_Found]:
    """Yield pumps that give their fluid more than their motor gives them."""
    points, most = columns.curves[name][rows, :, 1], columns.numbers[motor][rows, 0]
    best = np.fmax.reduce(points, axis=1, initial=0.0)
    for at in np.flatnonzero(best > most):
        yield _Found(
            code="ST128", row=int(rows[at]), name=name, found=f"{100.0 * best[at]:.6g} % at its best point",
            expected=f"at most {_param(kind, motor).attribute}, {_shown(_param(kind, motor), most[at])}",
        )  # fmt: skip


def _bore(kind: str, columns: Columns, rows: Index) -> Array:
    given: Array = columns.numbers["inner_diameter_m"][rows, 0]
    if kind != "pipe":
        return given
    size, schedule = (tuple(columns.words[n][row] for row in rows.tolist()) for n in ("size", "schedule"))
    return np.where(np.isfinite(given), given, inside_diameter(size, schedule))


def _rough(kind: str, columns: Columns, rows: Index) -> Iterator[_Found]:
    rough, bore = columns.numbers["roughness_m"][rows, 0], _bore(kind, columns, rows)
    with np.errstate(invalid="ignore"):
        wrong: Flags = (rough > ROUGHEST_RATIO * bore * (1.0 + 1e-12)) & (bore > 0.0)
    for at in np.flatnonzero(wrong):
        yield _Found(
            code="ST122", row=int(rows[at]), name="roughness_m",
            found=f"{1e3 * rough[at]:.4g} mm, {100.0 * rough[at] / bore[at]:.3g} % of the bore "
            f"of {1e3 * bore[at]:.4g} mm",
            expected=f"at most {100.0 * ROUGHEST_RATIO:g} % of the bore",
        )  # fmt: skip


def _unmixed(columns: Columns, rows: Index) -> Iterator[_Found]:
    share = columns.numbers["glycol_mass_ratio"][rows, 0]
    for at, row in enumerate(rows.tolist()):
        if columns.words["fluid"][row] == "water" and share[at] > 0.0:
            yield _Found(
                code="ST123", row=row, name="glycol_mass_ratio",
                found=f"water with {100.0 * share[at]:g} % of glycol",
                expected="0 % for water, a share up to 60 % for propylene_glycol",
            )  # fmt: skip


def _unrated(columns: Columns, rows: Index) -> Iterator[_Found]:
    """Yield CDUs that nothing gives a conductance: no UA, and no approach that can be reached."""
    numbers = {name: columns.numbers[name][rows] for name in NAMES}
    told = np.isfinite(numbers["rating_approach_dk"][:, 0])
    for at in np.flatnonzero(np.isnan(conductance(numbers)[:, 0])):
        yield _Found(
            code="ST210", row=int(rows[at]), name="rating_approach_dk" if told[at] else "ua_w_k",
            found="an approach that no exchanger of these flows reaches" if told[at]
            else "neither a conductance nor an approach at rated heat",
            expected="twin:cdu:ua, or twin:cdu:ratingApproach at the two reference flows",
        )  # fmt: skip


def _bypassed(columns: Columns, rows: Index) -> Iterator[_Found]:
    """Yield UPS whose mode takes a bypass that is locked out, or an efficiency that is not declared."""
    for row in rows.tolist():
        mode, points = columns.words["mode"][row], columns.curves["eco_efficiency"][row]
        if mode == "eco" and not np.isfinite(points).any():
            yield _Found(
                code="ST190", row=row, name="mode", found="eco mode without twin:ups:ecoEfficiency",
                expected="its efficiency in that mode at three loads, or mode double_conversion",
            )  # fmt: skip
        if mode == "eco" and columns.words["bypass"][row] == "none":
            yield _Found(
                code="ST190", row=row, name="mode", found="eco mode with its static bypass locked out",
                expected="bypass input, or mode double_conversion",
            )  # fmt: skip


def _half_a_source(kind: type[Component], columns: Columns, rows: Index) -> Iterator[_Found]:
    """Yield capacitors without what limits their current, and batteries without voltage or resistance."""
    wanted = {"output_capacitance_farad": CAPACITOR, BATTERY[0]: BATTERY[1:], BATTERY[1]: BATTERY[:1]}
    for name, others in wanted.items():
        if name not in columns.numbers:
            continue
        told = np.nan_to_num(columns.numbers[name][rows, 0]) > 0.0
        for row in rows[told].tolist():
            lacks = [o for o in others if not np.isfinite(columns.numbers[o][row, 0])]
            if lacks:
                words = " and ".join(_param(kind, other).attribute for other in lacks)
                yield _Found(
                    code="ST192", row=row, name=name,
                    found=f"{_param(kind, name).attribute} without {words}", expected="all of them, or none",
                )  # fmt: skip


def _half_a_chip(kind: type[Component], columns: Columns, rows: Index) -> Iterator[_Found]:
    """Yield slopes without start or end, cold plates without coolant, and those that get worse with flow."""
    known = {name: np.isfinite(columns.numbers[name][rows, 0]) for name in columns.numbers}
    for name, others in TOGETHER.items():
        for at in np.flatnonzero(known[name]):
            lacks = [_param(kind, other).attribute for other in others if not known[other][at]]
            if lacks:
                yield _Found(
                    code="ST220", row=int(rows[at]), name=name,
                    found=f"{_param(kind, name).attribute} without {', '.join(lacks)}",
                    expected="all of them, or none",
                )  # fmt: skip
    for place, row in enumerate(rows.tolist()):
        points = columns.curves["plate_curve_k_w"][row]
        value = points[np.isfinite(points).all(axis=1), 1]
        if not len(value):
            continue
        fluid, share = columns.words["plate_fluid"][row], known["plate_glycol_mass_ratio"][place]
        if not fluid or (fluid != "water" and not share):
            yield _Found(
                code="ST220", row=row, name="plate_curve_k_w", found="plateCurve without its coolant",
                expected="plateFluid, and plateGlycolMassRatio where it is a glycol",
            )  # fmt: skip
        if np.any(np.diff(value) >= 0.0):
            point = int(np.flatnonzero(np.diff(value) >= 0.0)[0]) + 2
            yield _Found(
                code="ST222", row=row, name="plate_curve_k_w",
                found=f"the curve does not fall at point {point}",
                expected="a resistance that falls with flow",
            )  # fmt: skip


def _crowded(columns: Columns, rows: Index) -> Iterator[_Found]:
    """Yield chips beyond their rack, plates beyond their tray, and throttles that take all power."""
    n = {name: columns.numbers[name][rows, 0] for name in columns.numbers}
    trays = np.where(np.isfinite(n["chip_tray_count"]), n["chip_tray_count"], n["tray_count"])
    drawn = n["chip_power_w"] * trays * n["tray_chip_count"]
    chains = n["tray_chip_count"] / n["plate_series_count"]
    saved = n["clock_power_ratio"] * (1.0 - n["clock_least_ratio"])
    whole = np.abs(chains - np.round(chains)) > 1e-9
    for at, row in enumerate(rows.tolist()):
        if drawn[at] > n["it_power_w"][at] * (1.0 + 1e-9):
            yield _Found(
                code="ST221", row=row, name="chip_power_w", found=f"{drawn[at] / 1e3:.6g} kW of chips",
                expected=f"at most itPower, {n['it_power_w'][at] / 1e3:.6g} kW",
            )  # fmt: skip
        if chains[at] * n["plate_flow_ratio"][at] > 1.0 + 1e-9 or whole[at]:
            told = f"{chains[at]:.4g} chains of plates in a tray"
            yield _Found(
                code="ST223", row=row, name="plate_flow_ratio",
                found=told if whole[at] else f"{told}, each with {100.0 * n['plate_flow_ratio'][at]:.6g} %",
                expected="whole chains, with at most 100 % of the tray's flow together",
            )  # fmt: skip
        if saved[at] >= 1.0:
            yield _Found(
                code="ST224", row=row, name="clock_power_ratio",
                found=f"{100.0 * saved[at]:.6g} % of a chip's power saved at its lowest clock",
                expected="less than 100 %",
            )  # fmt: skip


def _nameless(columns: Columns, rows: Index) -> Iterator[_Found]:
    """Yield racks that make tokens of no named workload."""
    for row in rows.tolist():
        if columns.numbers["tokens_per_s"][row, 0] > 0.0 and not columns.words["token_workload"][row]:
            yield _Found(
                code="ST225", row=row, name="tokens_per_s", found="tokens without tokenWorkload",
                expected="what they are: model, precision, benchmark",
            )  # fmt: skip


def _doubled(kind: type[Component], columns: Columns, rows: Index, param: Param) -> Iterator[_Found]:
    """Yield parts that are told one thing twice, and differently."""
    other = _param(kind, param.instead_of)
    mine, theirs = param.worth * columns.numbers[param.name][rows, 0], columns.numbers[other.name][rows, 0]
    with np.errstate(invalid="ignore"):
        wrong: Flags = np.abs(mine - theirs) > SAME_RATIO * theirs
    for at in np.flatnonzero(wrong):
        given = _shown(param, mine[at] / param.worth)
        yield _Found(
            code="ST127", row=int(rows[at]), name=param.name,
            found=f"{given}, a {other.attribute} of {_shown(other, mine[at])}, beside {other.attribute} = "
            f"{_shown(other, theirs[at])}",
            expected=f"one of the two, or both of one size: {_shown(param, theirs[at] / param.worth)} here",
        )  # fmt: skip


def _param(kind: type[Component], name: str) -> Param:
    return next(p for p in kind.params if p.name == name)


def _shown(param: Param, value: float) -> str:
    unit = canonical(param.unit)
    return f"{float(from_si(value, param.unit, param.name)):.6g}{'' if unit == '1' else f' {unit}'}"
