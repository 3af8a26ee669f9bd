"""Rules on connection points: how they are written, where they stand, whether their numbers agree."""

from collections.abc import Iterator
from itertools import groupby
from math import pi, sqrt

from pxr import Usd, UsdGeom

from twin.model.finding import Fault
from twin.stage.aif import DOMAIN_ALIAS, LATEST, PORT_PREFIX, nearest
from twin.stage.simready_fault import Asset, Faults, Rule, Severity
from twin.stage.simready_read import SCOPE, PortSpec, authored, port_prims

AT_ORIGIN_M = 1e-6
AGREES = 0.10  # rated values are rounded to whole amperes and kilowatts
# Source: NEC 210.20 and 215.3, a continuous load needs a breaker of 125 %.
BREAKER_SHARE = 0.8
# Source: OCP, rack manifold below 1.5 m/s; larger bores 3 m/s (assumption, ASHRAE practice 2.4 to 3 m/s).
SMALL_BORE_M, SMALL_BORE_M_S, LARGE_BORE_M_S = 0.055, 1.5, 3.0
# Water and glycol mixtures up to 50 % carry 3.6 to 4.2 MJ/(m3 K).
HEAT_CAPACITY_J_M3K, HEAT_AGREES = 4.0e6, 0.20

_RANGES = {
    "powerFactor": (0.0, 1.0),
    "freeAreaRatio": (0.0, 1.0),
    "phases": (1.0, 3.0),
}
_SIGNED = ("designTemperature", "maxTemperature", "operatingPressure", "staticPressure")
_LIMITED = (
    ("designFlowRate", "maxFlowRate"),
    ("designTemperature", "maxTemperature"),
    ("operatingPressure", "maxPressure"),
    ("designAirflowRate", "maxAirflowRate"),
)
# (kind, system) → heat that the loop carries [kW]; "" for any system.
_LOOP_HEAT = {
    ("cdu", "TCS"): "nominalCoolingCapacity",
    ("rack", "TCS"): "liquidCooling",
    ("crah", "FWS"): "nominalCoolingCapacity",
}


def scope_faults(asset: Asset) -> Faults:
    """Yield what is wrong with the scope that holds the connection points."""
    path = str(asset.prim.GetPath())
    scope = asset.prim.GetChild(SCOPE)
    expected = f"one Scope named {SCOPE} directly below the asset, with a prim per port"
    if not scope:
        yield asset.fault("SR107", path, "", found=f"no {SCOPE}", expected=expected)
    elif scope.GetTypeName() != "Scope" or not scope.GetAllChildren():
        kind = scope.GetTypeName() or "untyped prim"
        found = f"{kind} with {len(scope.GetAllChildren())} prims"
        yield asset.fault("SR107", str(scope.GetPath()), "", found=found, expected=expected)
    for prim in Usd.PrimRange(asset.prim, Usd.TraverseInstanceProxies()):
        if prim.GetName() == SCOPE and prim != scope:
            found = f"another {SCOPE}, whose ports no rule looks at"
            yield asset.fault("SR107", str(prim.GetPath()), "", found=found, expected=expected)


def form_faults(asset: Asset) -> Faults:
    """Yield what is wrong with the prims that are connection points."""
    wanted = asset.vocabulary.port_type
    parents = {prim.GetParent().GetPath() for prim in port_prims(asset.prim)}
    for prim, port in _prims(asset):
        if prim.GetPath() in parents and not prim.GetAuthoredPropertiesInNamespace(PORT_PREFIX[:-1]):
            found = "a prim that groups connection points"
            yield asset.fault("SR108", port.path, "", found=found, expected=f"ports directly below {SCOPE}")
            continue
        purpose = str(UsdGeom.Imageable(prim).ComputePurpose()) if UsdGeom.Imageable(prim) else "none"
        if prim.GetTypeName() != wanted or purpose != "guide":
            found = f"{prim.GetTypeName() or 'untyped prim'} of purpose {purpose}"
            severity: Severity = "error" if asset.vocabulary.base else "warning"
            expected = f"{wanted} of purpose guide"
            yield asset.fault("SR109", port.path, "", found=found, expected=expected, severity=severity)
        if not port.vocabulary and not asset.vocabulary.base:
            expected = "<vendor>_<type>[_<suffix>] such as acme_tcs_supply_01, or the properties of 0.2.0"
            yield asset.fault("SR112", port.path, "", found=f"the name {port.name}", expected=expected)


def property_faults(asset: Asset) -> Faults:
    """Yield names, types and tokens that the vocabulary does not have."""
    for prim, port in _prims(asset):
        if port.vocabulary == "0.2.0" or asset.vocabulary.base:
            yield from _base_faults(asset, port)
        for attribute in prim.GetAuthoredPropertiesInNamespace(PORT_PREFIX[:-1]):
            yield from _property_faults(asset, port, attribute)


def _base_faults(asset: Asset, port: PortSpec) -> Faults:
    missing = [name for name in port.missing if name.count(":") == PORT_PREFIX.count(":")]
    if missing and not _groups(asset, port):
        found = "no " + ", ".join(name.removeprefix(PORT_PREFIX) for name in missing)
        yield asset.fault("SR103", port.path, "", found=found, expected="all five base properties")


def _property_faults(asset: Asset, port: PortSpec, attribute: Usd.Property) -> Faults:
    """Yield what is wrong with one property of a connection point."""
    name = attribute.GetName()
    domain, _, last = name.removeprefix(PORT_PREFIX).rpartition(":")
    names = LATEST.base if not domain else LATEST.domains.get(domain, ())
    entry = next((n for n in names if n.name == last), None)
    if not domain and last == DOMAIN_ALIAS:
        yield asset.fault(
            "SR104",
            port.path,
            name,
            found="the old name",
            expected=PORT_PREFIX + "domain",
            severity="warning",
        )
    elif domain in LATEST.domains and port.domain and domain != port.domain:
        expected = f"{port.domain} properties only; another prim for each further service"
        yield asset.fault("SR105", port.path, name, found=f"a property of {domain}", expected=expected)
    elif entry is None:
        yield _unknown(asset, port, name)
    elif str(attribute.GetTypeName()) != entry.type:
        found = str(attribute.GetTypeName())
        yield asset.fault("SR101", port.path, name, found=found, expected=entry.type)
    else:
        yield from _token_faults(asset, port, name, str(authored(attribute.GetPrim(), name)))


def _unknown(asset: Asset, port: PortSpec, name: str) -> Fault:
    known = [f"{PORT_PREFIX}{n.name}" for n in LATEST.base]
    known += [f"{PORT_PREFIX}{port.domain}:{n.name}" for n in LATEST.domains.get(port.domain, ())]
    guess = nearest(name, known)
    expected = f"did you mean {guess}?" if guess else f"a name of vocabulary {LATEST.version}"
    return asset.fault("SR102", port.path, name, found="unknown", expected=expected, severity="warning")


def _token_faults(asset: Asset, port: PortSpec, name: str, token: str) -> Faults:
    """Yield a token that is a known one in other letters; the sets are open, so others pass."""
    known = LATEST.tokens.get(name.rpartition(":")[2], ())
    same = [other for other in known if _letters(other) == _letters(token)]
    if same and token not in known:
        yield asset.fault("SR106", port.path, name, found=token, expected=same[0])


def placement_faults(asset: Asset) -> Faults:
    """Yield connection points that nobody put anywhere."""
    for port in asset.ports:
        if _groups(asset, port):
            continue
        if not port.placed:
            expected = "the transform of the opening, +Z along its outward normal"
            yield asset.fault(
                "SR110", port.path, "", found="no transform", expected=expected, severity="warning"
            )
        elif max(map(abs, port.local_position_m)) < AT_ORIGIN_M:
            found, expected = "the origin of the asset", "the place of the opening"
            yield asset.fault("SR111", port.path, "", found=found, expected=expected, severity="warning")


def range_faults(asset: Asset) -> Faults:
    """Yield numbers that cannot be, and design values above the maximum of the same port."""
    for port in asset.ports:
        prefix = f"{PORT_PREFIX}{port.domain}:"
        if port.service_clearance_m is not None and not port.service_clearance_m >= 0.0:
            name, found = PORT_PREFIX + "serviceClearance", f"{port.service_clearance_m:g} m"
            yield asset.fault("SR113", port.path, name, found=found, expected="0 m or more")
        for name in port.values:
            low, high = _RANGES.get(name, (-1e9 if name in _SIGNED else 0.0, 1e9))
            value = port.number(name)
            if value is not None and not low <= value <= high:
                expected = f"from {low:g} to {high:g}"
                yield asset.fault("SR113", port.path, prefix + name, found=f"{value:g}", expected=expected)
        for design, most in _LIMITED:
            value, limit = port.number(design), port.number(most)
            if value is not None and limit is not None and value > limit:
                expected = f"at most {most} = {limit:g}"
                yield asset.fault("SR114", port.path, prefix + design, found=f"{value:g}", expected=expected)


def electrical_faults(asset: Asset) -> Faults:
    """Yield ports whose power, voltage, current, power factor and breaker do not agree."""
    for port in asset.ports:
        prefix = PORT_PREFIX + "electrical:"
        current, breaker = port.number("maxCurrent"), port.number("breakerRating")
        if current is not None and breaker and current > BREAKER_SHARE * breaker * (1.0 + 1e-6):
            expected = f"at most {BREAKER_SHARE * breaker:g} A, 80 % of the breaker (NEC 210.20)"
            name, found = prefix + "maxCurrent", f"{current:g} A"
            yield asset.fault("SR139", port.path, name, found=found, expected=expected, severity="warning")
        names = ("ratedPower", "nominalVoltage", "maxCurrent", "powerFactor")
        power, voltage, current, factor = (port.number(name) for name in names)
        if power and voltage and current and factor:
            yield from _power_faults(asset, port, power, voltage * current * factor)


def _power_faults(asset: Asset, port: PortSpec, power_w: float, single_w: float) -> Faults:
    """Yield rated power that is neither sqrt(3) V I PF, nor V I PF of one phase."""
    three = (port.number("phases") or 1.0) >= 3.0
    line = single_w * (sqrt(3.0) if three else 1.0)
    if abs(power_w - line) <= AGREES * line:
        return
    neutral = three and abs(power_w - 3.0 * single_w) <= AGREES * 3.0 * single_w
    law = "sqrt(3) V I PF" if three else "V I PF"
    hint = (
        "; it fits if nominalVoltage is line-to-neutral, which the vocabulary leaves open" if neutral else ""
    )
    yield asset.fault(
        "SR138",
        port.path,
        PORT_PREFIX + "electrical:ratedPower",
        found=f"{power_w:g} W",
        expected=f"{law} = {line:.0f} W{hint}",
        severity="warning" if neutral or power_w < line else "error",
    )


def velocity_faults(asset: Asset) -> Faults:
    """Yield liquid ports that are too narrow for their design flow."""
    for port in asset.ports:
        flow, bore = port.number("designFlowRate"), port.number("portDiameter")
        if flow is None or not bore or bore < 0.0:
            continue
        speed = flow * 1e-3 / (0.25 * pi * bore**2)
        limit = SMALL_BORE_M_S if bore <= SMALL_BORE_M else LARGE_BORE_M_S
        if speed > limit:
            name = PORT_PREFIX + "thermal:designFlowRate"
            found = f"{flow:g} L/s through {1e3 * bore:g} mm is {speed:.2f} m/s"
            expected = f"at most {limit:g} m/s"
            yield asset.fault("SR140", port.path, name, found=found, expected=expected, severity="warning")


def loop_faults(asset: Asset) -> Faults:
    """Yield loops whose supply and return differ, or whose flow does not carry the rated heat."""
    for system, ends in _loops(asset):
        supply, back = (next(p for p in ends if p.direction == end) for end in ("supply", "return"))
        for name in ("fluidType", "designFlowRate"):
            values = {p.direction: p.values[name].value for p in (supply, back) if name in p.values}
            if len(set(values.values())) > 1:
                found = f"{values['return']}, the supply has {values['supply']}"
                full = f"{PORT_PREFIX}thermal:{name}"
                yield asset.fault("SR143", back.path, full, found=found, expected=f"one {name} per loop")
        yield from _heat_faults(asset, system, supply, back)


def _heat_faults(asset: Asset, system: str, supply: PortSpec, back: PortSpec) -> Faults:
    heat_kw = asset.ratings.number(_LOOP_HEAT.get((asset.ratings.kind, system), ""))
    flow, cold = supply.number("designFlowRate"), supply.number("designTemperature")
    hot = back.number("designTemperature")
    if heat_kw is None or flow is None or cold is None or hot is None:
        return
    carried_kw = 1e-6 * HEAT_CAPACITY_J_M3K * flow * (hot - cold)
    if abs(carried_kw - heat_kw) > HEAT_AGREES * abs(heat_kw):
        found = f"{flow:g} L/s from {cold:g} to {hot:g} degC carries about {carried_kw:.0f} kW"
        name = PORT_PREFIX + "thermal:designFlowRate"
        expected = f"about {heat_kw:g} kW"
        yield asset.fault("SR144", supply.path, name, found=found, expected=expected, severity="warning")


def _loops(asset: Asset) -> Iterator[tuple[str, list[PortSpec]]]:
    """Yield each system that has exactly one thermal supply and one return."""
    thermal = sorted((p for p in asset.ports if p.domain == "thermal"), key=lambda p: p.system)
    for system, group in groupby(thermal, key=lambda p: p.system):
        ends = list(group)
        if sorted(p.direction for p in ends) == ["return", "supply"]:
            yield system, ends


def _prims(asset: Asset) -> Iterator[tuple[Usd.Prim, PortSpec]]:
    stage = asset.prim.GetStage()
    yield from ((stage.GetPrimAtPath(port.path), port) for port in asset.ports)


def _groups(asset: Asset, port: PortSpec) -> bool:
    """Return whether a prim only holds other connection points."""
    return not port.vocabulary and any(other.path.startswith(port.path + "/") for other in asset.ports)


def _letters(token: str) -> str:
    return "".join(letter for letter in token.casefold() if letter.isalnum())


PORT_RULES: tuple[Rule, ...] = (
    scope_faults,
    form_faults,
    property_faults,
    placement_faults,
    range_faults,
    electrical_faults,
    velocity_faults,
    loop_faults,
)
