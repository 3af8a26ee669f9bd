"""Rules on ratings: names, types and units, and the cross-checks that the numbers allow."""

import math
import re
from collections.abc import Iterator
from itertools import pairwise

from pxr import Tf, Usd, UsdGeom

from twin.stage.aif import VOCABULARIES, nearest
from twin.stage.aif_table import TEXT, Name
from twin.stage.simready_curve import parse_curve
from twin.stage.simready_fault import Asset, Faults, Rule, Severity
from twin.stage.simready_params import flow_columns_agree
from twin.stage.simready_read import CORE, SPEC, PortSpec, Stated, Value

SAME_BOX = 0.05
SAME_SHARE_PERCENT = 2.0
SAME_RATING = 0.02
THOUSANDFOLD = (300.0, 3000.0)
# No rack draws less than 1 kW; a smaller nameplate is written in kW.
LEAST_NAMEPLATE_W = 1000.0
# A coolant loop between 2 K and 40 K; what lies far outside is a unit slip.
RISE_K, HEAT_CAPACITY_KJ_M3K = (1.0, 60.0), 4.0e3
# A temperature in this range is plausible in that unit and not in the other.
PLAUSIBLE = {"degC": (-60.0, 150.0), "K": (210.0, 425.0)}
NO_DIMENSION_MM = 10.0  # nothing that has an asset class is smaller; metres would be

_NUMBERS = ("float", "double", "half", "int", "int64", "uint")
# Types that hold the same thing: precision and the kind of text do not change what is meant.
_SAME = ((re.compile("^(?:double|half|int64|int|uint)"), "float"), (re.compile("^token"), "string"))
# kind → (heat in kW, flow, cubic metres per second in one of its units)
_RISES: dict[str, tuple[tuple[str, str, float], ...]] = {
    "cdu": (
        ("nominalCoolingCapacity", "nominalFlow", 1.0),
        ("nominalCoolingCapacity", "referenceTechnologyCoolantFlowRate", 1.0 / 60000.0),
    ),
    "crah": (("nominalCoolingCapacity", "flowRate", 6.30902e-5),),
}


def identity_faults(asset: Asset) -> Faults:
    """Yield what is missing of class, version and the required common attributes."""
    own = asset.ratings
    if not own.kind:
        tokens = ", ".join(token for c in asset.vocabulary.classes for token in c.tokens[:1])
        found = f"'{own.asset_class}'" if own.asset_class else "no asset class"
        yield asset.rating_fault("SR121", CORE + "assetClass", found=found, expected=f"one of {tokens}")
    if own.version not in VOCABULARIES:
        found = f"'{own.version}'" if own.version else "no version"
        expected = f"exactly one of {', '.join(VOCABULARIES)}"
        yield asset.rating_fault("SR122", CORE + "simreadyVersion", found=found, expected=expected)
    said_above = (CORE + "assetClass", CORE + "simreadyVersion")
    for entry in asset.vocabulary.core:
        name = CORE + entry.name
        if entry.rule and name not in own.values and name not in said_above:
            expected = f"{entry.type}, required by {entry.rule}"
            yield asset.rating_fault("SR123", name, found="missing", expected=expected, severity="warning")


def name_faults(asset: Asset) -> Faults:
    """Yield attributes that the vocabulary does not have, or has in another type, or without unit."""
    known = dict(_entries(asset))
    for name in asset.ratings.unknown:
        guess = nearest(name, known)
        expected = f"did you mean {guess}?" if guess else f"a name of vocabulary {asset.vocabulary.version}"
        if asset.ratings.kind or name.startswith(CORE):
            yield asset.rating_fault("SR102", name, found="unknown", expected=expected, severity="warning")
    for name, rating in asset.ratings.values.items():
        entry = known[name]
        if rating.type != entry.type:
            same = _meaning(rating.type) == _meaning(entry.type)
            severity: Severity = "warning" if same else "error"
            yield asset.rating_fault("SR101", name, found=rating.type, expected=entry.type, severity=severity)
        if not entry.stated:
            why = f" ({entry.trap})" if entry.trap else ""
            found, expected = f"{_short(rating.value)} in no stated unit{why}", "the unit, from the author"
            yield asset.rating_fault("SR124", name, found=found, expected=expected, severity="warning")
        if entry.trap and entry.unit == TEXT and rating.type in _NUMBERS:
            found = f"the number {_short(rating.value)}"
            yield asset.rating_fault("SR125", name, found=found, expected="words", severity="warning")


def finite_faults(asset: Asset) -> Faults:
    """Yield ratings that are not a number at all."""
    for name, rating in asset.ratings.values.items():
        if not all(map(math.isfinite, _numbers(rating.value))):
            yield asset.rating_fault("SR113", name, found=f"{rating.value}", expected="a finite number")


def temperature_faults(asset: Asset) -> Faults:
    """Yield kelvins where degC is meant, and degC where kelvins are."""
    for path, name, stated in _stated(asset):
        units = (stated.unit or "").split(",")
        for unit, column in zip(units, _columns(stated.value, len(units)), strict=True):
            low, high = PLAUSIBLE.get(unit, (-math.inf, math.inf))
            wrong = next((value for value in column if value < low or value > high), None)
            if wrong is not None:
                other = "K" if unit == "degC" else "degC"
                found = f"{wrong:g} {unit}, which looks like {other}"
                expected = f"{unit} from {low:g} to {high:g}"
                yield asset.fault("SR132", path, name, found=found, expected=expected)


def power_faults(asset: Asset) -> Faults:
    """Yield watts where kilowatts are meant, and the other way round."""
    number = asset.ratings.number
    plate, tdp = number("namePlatePower"), number("maxPowerDcTdp")
    if plate is not None and tdp and _thousandfold(plate, 1e3 * tdp):
        found, expected = f"{plate:g} W", f"about maxPowerDcTdp = {tdp:g} kW"
        yield asset.rating_fault("SR133", SPEC + "namePlatePower", found=found, expected=expected)
    elif plate is not None and plate < LEAST_NAMEPLATE_W:
        found, expected = f"{plate:g} W, which looks like kW", f"W, at least {LEAST_NAMEPLATE_W:g}"
        yield asset.rating_fault("SR133", SPEC + "namePlatePower", found=found, expected=expected)
    elif plate is not None and tdp and 1e3 * tdp > plate:
        found, expected = f"{tdp:g} kW", f"at most namePlatePower = {plate:g} W"
        yield asset.rating_fault(
            "SR145", SPEC + "maxPowerDcTdp", found=found, expected=expected, severity="warning"
        )
    own = next((c for c in asset.vocabulary.classes if c.kind == asset.ratings.kind), None)
    rated = number(own.power) if own and own.power else None
    drawn = [p.number("ratedPower") or 0.0 for p in asset.ports if p.direction == "input"]
    if own and rated and _thousandfold(sum(drawn), 1e3 * rated):
        found = f"{rated:g} kW, the input ports together {sum(drawn):g} W"
        yield asset.rating_fault("SR133", SPEC + own.power, found=found, expected="kW here, W on the ports")


def ups_faults(asset: Asset) -> Faults:
    """Yield a UPS rating that is not the active power, or cannot be told from it."""
    rating = asset.ratings.values.get(SPEC + "upsRating")
    if rating is None or not isinstance(rating.value, int | float):
        return
    active, factor = asset.ratings.number("outputActivePower"), asset.ratings.number("loadPowerFactor")
    if active is None or abs(rating.value - active) <= SAME_RATING * active:
        return
    apparent = factor is not None and abs(rating.value * factor - active) <= SAME_RATING * active
    tail = f"with loadPowerFactor {factor:g}" if factor is not None else "and no loadPowerFactor"
    yield asset.rating_fault(
        "SR134",
        SPEC + "upsRating",
        found=f"{rating.value:g} beside outputActivePower = {active:g} kW {tail}",
        expected="kW here: the number is kVA" if apparent else "the active power in kW, or its kVA",
        severity="warning" if apparent else "error",
    )


def curve_faults(asset: Asset) -> Faults:
    """Yield curves that cannot be read, contradict themselves or run the wrong way."""
    own = asset.ratings
    text = own.values.get(SPEC + "liquidSidePqCurve")
    if text is not None:
        try:
            parse_curve(str(text.value))
        except ValueError as refusal:
            found, expected = f"{text.value!r}: {refusal}", "'y = a x^2 + b x' with y in kPa, x in L/min"
            yield asset.rating_fault("SR135", text.source_attribute, found=found, expected=expected)
    for name in ("requiredLiquidFlowRate", "requiredAirFlowRate", "pumpFlowCurve"):
        first = [row[0] for row in own.points(name)]
        if any(b <= a for a, b in pairwise(first)):
            found = ", ".join(f"{value:g}" for value in first)
            yield asset.rating_fault("SR135", SPEC + name, found=found, expected="a rising first column")
    heads = [row[1] for row in own.points("pumpFlowCurve")]
    if any(b > a for a, b in pairwise(heads)):
        found, expected = ", ".join(f"{head:g} kPa" for head in heads), "a head that never rises with flow"
        yield asset.rating_fault("SR135", SPEC + "pumpFlowCurve", found=found, expected=expected)
    for row in own.points("requiredLiquidFlowRate"):
        if not flow_columns_agree(row):
            found = f"{row[1]:g} L/s beside {row[2]:g} L/min at {row[0]:g} degC"
            expected = f"{60.0 * row[1]:g} L/min"
            yield asset.rating_fault("SR131", SPEC + "requiredLiquidFlowRate", found=found, expected=expected)
    third = [row[2] for row in own.points("requiredAirFlowRate") if len(row) > 2 and row[2]]
    if third:
        found, expected = f"third component {third[0]:g}", "0: inlet temperature and air flow are a pair"
        yield asset.rating_fault(
            "SR136", SPEC + "requiredAirFlowRate", found=found, expected=expected, severity="warning"
        )


def heat_faults(asset: Asset) -> Faults:
    """Yield heat that contradicts its shares, or a temperature rise that no loop has."""
    number = asset.ratings.number
    share, liquid, air = (number(name) for name in ("heatCaptureRatio", "liquidCooling", "airCooling"))
    if share is not None and liquid is not None and air is not None and liquid + air > 0.0:
        percent = 100.0 * liquid / (liquid + air)
        if abs(share - percent) > SAME_SHARE_PERCENT:
            slip = (
                ", which looks like a fraction" if abs(100.0 * share - percent) <= SAME_SHARE_PERCENT else ""
            )
            found, expected = f"{share:g} %{slip}", f"{percent:.1f} % from {liquid:g} and {air:g} kW"
            yield asset.rating_fault("SR137", SPEC + "heatCaptureRatio", found=found, expected=expected)
    for heat, flow, m3_s in _RISES.get(asset.ratings.kind, ()):
        heat_kw, written = number(heat), number(flow)
        if heat_kw and written:
            rise = heat_kw / (HEAT_CAPACITY_KJ_M3K * written * m3_s)
            if not RISE_K[0] <= rise <= RISE_K[1]:
                unit = asset.ratings.values[SPEC + flow].unit
                found = f"{written:g} {unit} for {heat_kw:g} kW is a rise of {rise:.3g} K"
                expected = f"a rise of {RISE_K[0]:g} to {RISE_K[1]:g} K"
                yield asset.rating_fault("SR141", SPEC + flow, found=found, expected=expected)


def dimension_faults(asset: Asset) -> Faults:
    """Yield dimensions that are not in mm, or contradict each other or the geometry."""
    sides = [asset.ratings.number(name) for name in ("width", "depth", "height")]
    box = asset.ratings.values.get(CORE + "overallGeometryDimensions")
    whole = [float(side) for side in box.value] if box and isinstance(box.value, tuple) else []
    for name, side in zip(("width", "depth", "height"), sides, strict=True):
        if side is not None and side < NO_DIMENSION_MM:
            found = f"{side:g} mm, which looks like m"
            yield asset.rating_fault("SR142", CORE + name, found=found, expected="millimetres")
    name = CORE + "overallGeometryDimensions"
    if len(whole) == len(sides) and any(
        s and abs(w - s) > SAME_BOX * s for w, s in zip(whole, sides, strict=True)
    ):
        found = _size(whole)
        yield asset.rating_fault("SR142", name, found=found, expected=_size([s or 0.0 for s in sides]))
    drawn = _drawn_mm(asset.prim)
    if len(whole) == len(drawn) == len(sides) and any(
        abs(w - d) > SAME_BOX * d for w, d in _by_footprint(whole, drawn)
    ):
        expected = f"{_size(drawn)} as drawn"
        yield asset.rating_fault("SR142", name, found=_size(whole), expected=expected, severity="warning")


def _by_footprint(one: list[float], other: list[float]) -> Iterator[tuple[float, float]]:
    """Pair the heights and the sides of the footprints, whichever way the asset is turned."""
    yield one[2], other[2]
    yield from zip(sorted(one[:2]), sorted(other[:2]), strict=True)


def _drawn_mm(prim: Usd.Prim) -> list[float]:
    """Return the size of what is drawn, in the asset's own axes; empty when nothing is."""
    cache = UsdGeom.BBoxCache(Usd.TimeCode.Default(), [UsdGeom.Tokens.default_, UsdGeom.Tokens.render])
    try:
        box = cache.ComputeUntransformedBound(prim).ComputeAlignedRange()
    except Tf.ErrorException:
        return []  # the transform at fault is named where the stage is read
    scale = 1e3 * UsdGeom.GetStageMetersPerUnit(prim.GetStage())
    return [] if box.IsEmpty() else [scale * float(side) for side in box.GetSize()]


def _size(sides: list[float]) -> str:
    return " × ".join(f"{side:g}" for side in sides) + " mm"


def _short(value: Value) -> str:
    return f"a curve of {len(value)} points" if isinstance(value, tuple) else f"{value}"


def _entries(asset: Asset) -> Iterator[tuple[str, Name]]:
    """Yield the names that an asset of this class can have."""
    yield from ((CORE + entry.name, entry) for entry in asset.vocabulary.core)
    for own in asset.vocabulary.classes:
        if own.kind == asset.ratings.kind:
            yield from ((SPEC + entry.name, entry) for entry in own.names)


def _stated(asset: Asset) -> Iterator[tuple[str, str, Stated]]:
    """Yield prim, USD name and value of all ratings and port properties."""
    root = str(asset.prim.GetPath())
    for name, rating in asset.ratings.values.items():
        yield root, name, Stated(rating.value, rating.unit)
    for port in asset.ports:
        yield from _stated_at(port)


def _stated_at(port: PortSpec) -> Iterator[tuple[str, str, Stated]]:
    prefix = f"simready:connectionPoint:{port.domain}:"
    yield from ((port.path, prefix + name, stated) for name, stated in port.values.items())


def _columns(value: Value, count: int) -> list[list[float]]:
    """Return the numbers of each column of a curve, of the one column of a number."""
    rows = value if isinstance(value, tuple) else ((value,),)
    full = [row for row in rows if isinstance(row, tuple) and len(row) >= count]
    return [[r[c] for r in full if isinstance(r[c], int | float)] for c in range(count)]


def _numbers(value: Value) -> Iterator[float]:
    """Yield every number of a value, none of a text."""
    if isinstance(value, tuple):
        for item in value:
            yield from _numbers(item)
    elif isinstance(value, int | float):
        yield float(value)


def _meaning(usd_type: str) -> str:
    """Return a USD type without its precision."""
    for pattern, kind in _SAME:
        usd_type = pattern.sub(kind, usd_type)
    return usd_type


def _thousandfold(one: float, other: float) -> bool:
    """Return whether one number is about a thousand times the other."""
    ratio = max(one, other) / min(one, other) if min(one, other) > 0.0 else 1.0
    return THOUSANDFOLD[0] <= ratio <= THOUSANDFOLD[1]


RATING_RULES: tuple[Rule, ...] = (
    identity_faults,
    name_faults,
    finite_faults,
    temperature_faults,
    power_faults,
    ups_faults,
    curve_faults,
    heat_faults,
    dimension_faults,
)
