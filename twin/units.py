"""Units of names, and numbers with units at the edges. The only module that imports pint, and late."""

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from twin.errors import UnitError
from twin.factors import FACTORS, ZERO_K

if TYPE_CHECKING:
    import numpy as np
    import pint
    from numpy.typing import ArrayLike

    from twin.arrays import Array

# Kind of quantity, suffixes, SI unit, units that the trade writes: display unit first, "unit=expression"
# where pint reads the unit in its own way. The kind tells look-alikes of equal dimension apart.
_KINDS: tuple[tuple[str, str, str, str], ...] = (
    ("power", "w", "W", "kW|W|MW|GW|BTU/h=Btu/hour|RT=12000*Btu/hour|hp=horsepower"),
    ("apparent power", "va", "VA", "kVA=kVA|VA=VA|MVA=MVA"),
    ("reactive power", "var", "var", "kvar|var|Mvar"),
    ("pressure", "pa", "Pa", "kPa|Pa|hPa|MPa|bar|mbar|atm|psi|inH2O=249.08891*Pa|"
     "ftH2O=2989.06692*Pa|mmH2O=9.80665*Pa|mH2O=9806.65*Pa|mmHg|Pa a=Pa|kPa a=kPa|bar a=bar|psia=psi"),
    ("gauge pressure", "pag", "Pa", "kPa g=kPa|Pa g=Pa|MPa g=MPa|bar g=bar|mbar g=mbar|psig=psi"),
    ("voltage", "v", "V", "V|mV|kV"),
    ("current", "a", "A", "A|mA|kA"),
    ("resistance", "ohm", "ohm", "mohm=milliohm|ohm|uohm=microohm|kohm=kiloohm"),
    ("resistivity", "ohm_m", "ohm m", "ohm m|ohm mm2/m=ohm*mm^2/m"),
    ("contact resistance", "ohm_m2", "ohm m^2", "ohm m2"),
    ("resistance per length", "ohm_per_m", "ohm/m", "mohm/m=milliohm/m|ohm/m|uohm/m=microohm/m|ohm/km"),
    ("length", "m", "m", "m|mm|cm|km|um|in=inch|ft=foot"),
    ("area", "m2", "m^2", "m2|mm2|cm2|ft2=foot^2|in2=inch^2"),
    ("volume", "m3", "m^3", "m3|L=liter|mL=milliliter|ft3=foot^3|gal=gallon"),
    ("mass", "kg", "kg", "kg|g|t=metric_ton|lb=pound"),
    ("time", "s", "s", "s|ms|us|min|h=hour|d=day|year=8760*hour"),
    ("frequency", "hz", "Hz", "Hz|kHz|rpm=1/minute"),
    ("angle", "rad", "rad", "deg=degree|rad"),
    ("angular speed", "rad_s", "rad/s", "rpm=2*pi*radian/minute|rad/s"),
    ("energy", "j", "J", "kWh|J|kJ|MJ|GJ|Wh|MWh|GWh|BTU=Btu"),
    ("temperature", "k", "K", "degC|K|degF"),
    ("temperature difference", "dk", "K", "K|delta_degC|delta_degF"),
    ("temperature rate", "dk_s", "K/s", "K/min|K/s|K/h=K/hour"),
    ("temperature gradient", "dk_m", "K/m", "K/m|K/km"),
    ("mass flow", "kg_s", "kg/s", "kg/s|g/s|kg/min|kg/h=kg/hour|t/h=metric_ton/hour|"
     "lb/h=pound/hour|lb/min=pound/minute"),
    ("volume flow", "m3_s", "m^3/s", "L/min=liter/minute|m3/s|m3/min|m3/h=m^3/hour|L/s=liter/s|"
     "L/h=liter/hour|gpm=gallon/minute|cfm=foot^3/minute"),
    ("speed", "m_s", "m/s", "m/s|km/h=km/hour|ft/min=foot/minute|ft/s=foot/s"),
    ("acceleration", "m_s2", "m/s^2", "m/s2"),
    ("diffusivity", "m2_s", "m^2/s", "mm2/s|m2/s|cSt=mm^2/s"),
    ("mass per length", "kg_m", "kg/m", "kg/m|lb/ft=pound/foot"),
    ("mass per area", "kg_m2", "kg/m^2", "kg/m2|lb/ft2=pound/foot^2"),
    ("density", "kg_m3", "kg/m^3", "kg/m3|g/cm3|kg/L=kg/liter|lb/ft3=pound/foot^3"),
    ("humidity ratio", "kg_kg", "kg/kg", "g/kg|kg/kg|gr/lb=grain/pound"),
    ("force", "n", "N", "kN|N|lbf"),
    ("torque", "n_m", "N m", "N m"),
    ("stress", "n_m2", "N/m^2", "kN/m2|N/m2|kN/mm2"),
    ("viscosity", "pa_s", "Pa s", "mPa s|Pa s|cP=mPa*s"),
    ("pressure gradient", "pa_m", "Pa/m", "Pa/m|kPa/m"),
    ("pressure slope", "pa_k", "Pa/K", "Pa/K"),
    ("flow slope", "pa_s_kg", "Pa s/kg", "Pa s/kg"),
    ("quadratic mass-flow resistance", "pa_s2_kg2", "Pa s^2/kg^2", "Pa s2/kg2"),
    ("linear flow resistance", "pa_s_m3", "Pa s/m^3", "kPa/(L/min)=kPa/(liter/minute)|Pa s/m3"),
    ("quadratic flow resistance", "pa_s2_m6", "Pa s^2/m^6", "kPa/(L/min)2=kPa/(liter/minute)^2|"
     "Pa s2/m6|Pa/(m3/h)2=Pa/(m^3/hour)^2"),
    ("power ramp", "w_s", "W/s", "kW/s|W/s|kW/min|MW/min"),
    ("power per length", "w_m", "W/m", "W/m"),
    ("power per area", "w_m2", "W/m^2", "W/m2|kW/m2|W/ft2=W/foot^2"),
    ("power per volume", "w_m3", "W/m^3", "W/m3|kW/m3"),
    ("conductance", "w_k", "W/K", "kW/K|W/K|MW/K"),
    ("thermal resistance", "k_w", "K/W", "K/W|K/kW"),
    ("conductivity", "w_mk", "W/(m K)", "W/(m K)"),
    ("heat transfer coefficient", "w_m2k", "W/(m^2 K)", "W/(m2 K)|kW/(m2 K)"),
    ("fouling resistance", "m2k_w", "m^2 K/W", "m2 K/W|m2 K/kW"),
    ("heat capacity", "j_k", "J/K", "kJ/K|J/K|MJ/K|kWh/K"),
    ("specific energy", "j_kg", "J/kg", "kJ/kg|J/kg|Wh/kg"),
    ("specific heat", "j_kgk", "J/(kg K)", "J/(kg K)|kJ/(kg K)"),
    ("energy per volume", "j_m3", "J/m^3", "kJ/m3|J/m3|MJ/m3|kWh/m3"),
    ("heat capacity per volume", "j_m3k", "J/(m^3 K)", "kJ/(m3 K)|J/(m3 K)"),
    ("mass per energy", "kg_j", "kg/J", "kg/MWh|kg/J|kg/kWh|g/kWh|t/MWh=metric_ton/MWh"),
    ("volume per energy", "m3_j", "m^3/J", "L/kWh=liter/kWh|m3/J|L/MWh=liter/MWh|m3/MWh"),
    ("money", "usd", "USD", "USD"),
    ("price of energy", "usd_j", "USD/J", "USD/kWh|USD/J|USD/MWh"),
    ("data", "bit", "bit", "bit|kbit|Mbit|Gbit|B=byte|GB=gigabyte|TB=terabyte"),
    ("data rate", "bit_s", "bit/s", "Gbit/s|bit/s|Mbit/s|Tbit/s"),
    ("inductance", "henry", "H", "mH|H|uH"),
    ("capacitance", "farad", "F", "uF|mF|nF"),
    ("admittance", "siemens", "S", "S|mS"),
    ("current density", "a_m2", "A/m^2", "A/mm2|A/m2"),
    ("let-through", "a2_s", "A^2 s", "A2 s|kA2 s=kA^2*s"),
    ("temperature coefficient", "per_k", "1/K", "1/K"),
    ("inverse length", "per_m", "1/m", "1/m"),
    ("compressibility", "per_pa", "1/Pa", "1/GPa|1/Pa"),
    ("moment of inertia", "kgm2", "kg m^2", "kg m2"),
    ("rate", "per_s", "1/s", "1/s|1/min|1/h=1/hour"),
    ("count per energy", "per_j", "1/J", "1/J|1/kWh=1/(kilowatt*hour)"),
    ("ratio", "ratio", "", "1|%=percent|ppm"),
    ("ratio", "fraction efficiency effectiveness", "", "%=percent|1|ppm"),
    ("count", "count index", "", "1"),
)  # fmt: skip

_KIND_OF_SUFFIX = {suffix: row[0] for row in _KINDS for suffix in row[1].split()}
_DISPLAY = {suffix: row[3].split("|")[0].split("=")[0] for row in _KINDS for suffix in row[1].split()}
SUFFIXES: Mapping[str, str] = MappingProxyType({end: row[2] for row in _KINDS for end in row[1].split()})

# Other spellings of units in the table; every other spelling is refused.
_SPELLINGS: dict[str, str] = {
    "LPM": "L/min", "lpm": "L/min", "l/min": "L/min", "l/s": "L/s", "l/h": "L/h", "l": "L",
    "GPM": "gpm", "gal/min": "gpm", "CFM": "cfm", "ft3/min": "cfm", "m3/hr": "m3/h",
    "barg": "bar g", "bar(g)": "bar g", "bara": "bar a", "bar(a)": "bar a", "kPag": "kPa g",
    "kPa(g)": "kPa g", "MPag": "MPa g", "mbarg": "mbar g", "psi g": "psig", "psi a": "psia", "psid": "psi",
    "inWC": "inH2O", "TR": "RT", "Btu/h": "BTU/h", "BTU/hr": "BTU/h", "Btu": "BTU", "kVAr": "kvar",
    "kVAR": "kvar", "VAr": "var", "MVAr": "Mvar", "MVAR": "Mvar", "Ohm": "ohm", "mOhm": "mohm", "pct": "%",
    "percent": "%", "pu": "1", "": "1", "kelvin": "K", "celsius": "degC", "deltaC": "delta_degC",
    "hr": "h", "hours": "h", "sec": "s", "days": "d", "inch": "in", "lbs": "lb", "kgs": "kg",
    "rev/min": "rpm", "tonne": "t", "Gb/s": "Gbit/s", "Gbps": "Gbit/s", "Tb/s": "Tbit/s", "$": "USD",
    "W/m/K": "W/(m K)", "W/mK": "W/(m K)", "W/m2/K": "W/(m2 K)", "W/m2K": "W/(m2 K)", "J/kgK": "J/(kg K)",
    "J/kg/K": "J/(kg K)", "kJ/kgK": "kJ/(kg K)", "kJ/kg/K": "kJ/(kg K)", "kg/m^3": "kg/m3",
    "m2K/W": "m2 K/W", "Pas": "Pa s", "mPas": "mPa s", "Nm": "N m", "A2s": "A2 s",
}  # fmt: skip

# Written often, meant differently from what they say: refused with advice.
_REFUSED: dict[str, str] = {
    "C": "write degC (C is the coulomb)",
    "F": "write degF for a temperature, uF for a capacitance",
    "ton": "write RT for refrigeration tons, t for tonnes",
    "tons": "write RT for refrigeration tons, t for tonnes",
    "scfm": "standard flow needs a density: write cfm at conditions, or kg/s",
    "mW": "write MW for megawatts, W for watts",
    "M": "write m for metres",
    "degrees": "write degC, degF or deg",
    "J/s": "write W",
}

_ADVICE: dict[tuple[str, str], str] = {
    ("power", "apparent power"): "give a power factor or kW",
    ("apparent power", "power"): "give a power factor or kVA",
    ("power", "energy"): "energy is not power; give kW",
    ("temperature difference", "temperature"): "a difference is written in K or delta_degC",
    ("temperature", "temperature difference"): "a temperature is written in degC, degF or K",
    ("pressure", "gauge pressure"): "write bar or kPa for an absolute pressure or a difference",
    ("gauge pressure", "pressure"): "write bar g, kPa g or psig for a gauge pressure",
    ("mass flow", "volume flow"): "give kg/s, the density is not known here",
    ("volume flow", "mass flow"): "give L/min, the density is not known here",
}

_PRETTY: tuple[tuple[str, str], ...] = (
    (r"(?<=[A-Za-z)])2(?![A-Za-z0-9])", "²"), (r"(?<=[A-Za-z)])3(?![A-Za-z0-9])", "³"),
    (r"(?<=[A-Za-z)])6(?![A-Za-z0-9])", "⁶"), (r"delta_deg", "Δ°"), (r"deg", "°"), (r"ohm", "Ω"),
    (r"\bu(?=[ΩmsHF])", "µ"),
)  # fmt: skip

_TYPOGRAPHY: tuple[tuple[str, str], ...] = (
    ("²", "2"), ("³", "3"), ("\u00b5", "u"), ("\u03bc", "u"), ("\u2126", "ohm"), ("\u03a9", "ohm"),
    ("**", ""), ("^", ""), ("·", " "), ("⋅", " "), ("*", " "), ("Δ", "delta_"), ("°", "deg"), ("℃", "degC"),
    ("deg C", "degC"), ("deg F", "degF"),
)  # fmt: skip

_NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(.*)", re.DOTALL)


# Kind -> written unit -> expression that pint reads, from which a test derives the numbers in `twin.factors`.
_UNITS: dict[str, dict[str, str]] = {}
_KINDS_OF: dict[str, list[str]] = {}
for _row in _KINDS:
    for _entry in _row[3].split("|"):
        _unit, _, _pint = _entry.partition("=")
        _UNITS.setdefault(_row[0], {})[_unit] = _pint or _unit
        if _row[0] not in _KINDS_OF.setdefault(_unit, []):
            _KINDS_OF[_unit].append(_row[0])


@lru_cache(maxsize=4096)
def suffix_of(name: str) -> str:
    """Return the unit suffix that a name ends in, the longest that fits.

    Raises:
        UnitError: The name ends in no unit.
    """
    words = name.split("_")
    for start in range(max(0, len(words) - 4), len(words)):
        suffix = "_".join(words[start:])
        if suffix in SUFFIXES and (start > 0 or SUFFIXES[suffix] == ""):
            return suffix
    raise UnitError(f"the name '{name}' ends in no unit; end it in one of: {', '.join(sorted(SUFFIXES))}")


def unit_of(name: str) -> str:
    """Return the SI unit that a name carries, "" when it has none.

    Raises:
        UnitError: The name ends in no unit.
    """
    return SUFFIXES[suffix_of(name)]


def kind_of(name: str) -> str:
    """Return in words what a name measures: ``power``, ``gauge pressure``, ``temperature difference``."""
    return _KIND_OF_SUFFIX[suffix_of(name)]


def stem_of(name: str) -> str:
    """Return a name without its unit: ``it_power_w`` -> ``it_power``; ``loading_ratio`` stays."""
    suffix = suffix_of(name)
    return name if SUFFIXES[suffix] == "" else name.removesuffix("_" + suffix)


def attribute_of(name: str) -> str:
    """Return the USD attribute name: ``coolant_supply_max_k`` -> ``coolantSupplyMax``."""
    head, *tail = stem_of(name).split("_")
    return head + "".join(word.capitalize() for word in tail)


def display_unit(name: str) -> str:
    """Return the unit in which a number of this name is shown and written when none is said."""
    return _DISPLAY[suffix_of(name)]


def pretty(unit: str) -> str:
    """Return a unit as people print it: ``degC`` -> ``°C``, ``m3/h`` -> ``m³/h``, ``1`` -> nothing."""
    if unit in {"1", ""}:
        return ""
    for plain, printed in _PRETTY:
        unit = re.sub(plain, printed, unit)
    return unit


def label(name: str, unit: str | None = None) -> str:
    """Return the words for an axis or a column: ``it power [kW]``.

    The unit is the display unit of the name when None.

    Raises:
        UnitError: The name cannot be shown in that unit.
    """
    shown = display_unit(name) if unit is None else check_unit(unit, name)
    words = stem_of(name).replace("_", " ")
    return f"{words} [{pretty(shown)}]" if pretty(shown) else words


def _plain(unit: str) -> str:
    """Return a unit with its typography removed: ``W/(m²·K)`` -> ``W/(m2 K)``."""
    for fancy, plain in _TYPOGRAPHY:
        unit = unit.replace(fancy, plain)
    return re.sub(r"\s*/\s*", "/", " ".join(unit.split()))


@lru_cache(maxsize=1024)
def canonical(unit: str) -> str:
    """Return the one spelling of a unit that the tables use: ``LPM`` -> ``L/min``.

    Raises:
        UnitError: The unit is not on the list.
    """
    plain = _plain(unit.strip())
    plain = _SPELLINGS.get(plain, plain)
    if plain in _KINDS_OF:
        return plain
    if plain in _REFUSED:
        raise UnitError(f"'{unit}' is not accepted as a unit: {_REFUSED[plain]}")
    raise UnitError(f"unknown unit '{unit}'{_suggestion(plain)}")


def _suggestion(unit: str) -> str:
    """Return what was probably meant, as the end of a sentence."""
    from difflib import get_close_matches  # only needed on the way to an error

    known = [*_KINDS_OF, *_SPELLINGS]
    same = [known_unit for known_unit in known if known_unit.lower() == unit.lower()]
    close = same or get_close_matches(unit, known, n=3, cutoff=0.6)
    return f"; did you mean {' or '.join(close)}?" if close else ""


def check_unit(unit: str, name: str) -> str:
    """Return the unit in its one spelling, or refuse it for this name.

    Raises:
        UnitError: The unit is unknown, or measures something else.
    """
    found = canonical(unit)
    expected = kind_of(name)
    if expected in _KINDS_OF[found]:
        return found
    first, si = display_unit(name), _plain(unit_of(name))
    choices = ", ".join(dict.fromkeys((first, si if si in _UNITS[expected] else first)))
    got = _KINDS_OF[found][0]
    advice = _ADVICE.get((expected, got), f"give {first}")
    raise UnitError(f"expected {expected} [{choices}]; got {got} ({found}); {advice}")


def parse(text: str) -> tuple[float, str | None]:
    """Return the number and the unit of a text such as ``142kW``, ``40 degC``, ``3.5``.

    The unit comes back in its one spelling, None for a bare number.

    Raises:
        UnitError: The text holds no single finite number, or its unit is not on the list.
    """
    match = _NUMBER.fullmatch(text.strip().replace("\u2212", "-"))
    if match is None:
        raise UnitError(f"'{text}' does not begin with a number; write it like '142 kW' or '3.5'")
    number, rest = match.groups()
    if rest.lstrip()[:1] in {",", "_", "'", ".", "+", "-"}:
        raise UnitError(f"'{text}' is not one number; write a decimal point, no separators, like '1200.5 kW'")
    value = float(number)
    if value in {float("inf"), float("-inf")}:
        raise UnitError(f"'{text}' is too large a number")
    return value, canonical(rest.strip()) if rest.strip() else None


@lru_cache(maxsize=1)
def registry() -> "pint.UnitRegistry[Any]":
    """Return the one pint registry; VA, var and USD are dimensions of their own in it."""
    import pint  # 0.2 s to import; names and schemas do without it

    units: pint.UnitRegistry[Any] = pint.UnitRegistry(on_redefinition="ignore")
    for line in ("VA = [apparent_power]", "var = [reactive_power]", "USD = [money]",
                 "kVA = 1000 * VA", "MVA = 1000000 * VA", "kvar = 1000 * var", "Mvar = 1000000 * var",
                 "cfm = foot ** 3 / minute", "gpm = gallon / minute", "lpm = liter / minute",
                 "RT = 12000 * Btu / hour"):  # fmt: skip
        units.define(line)
    return units


def _expression(unit: str) -> str:
    """Return a unit in the grammar of pint: powers marked, products explicit."""
    return re.sub(r"(?<=[A-Za-z)])([236])(?![A-Za-z0-9_])", r"^\1", unit).replace(" ", "*")


def _pint_unit(si: str) -> str:
    """Return an SI unit of the suffix table in the grammar of pint."""
    return _expression(si) if si not in {"", "kg/kg"} else "dimensionless"


@lru_cache(maxsize=1024)
def _affine(unit: str, name_suffix: str) -> tuple[float, float]:
    """Return factor and offset with SI = factor * written + offset."""
    kind = _KIND_OF_SUFFIX[name_suffix]
    return FACTORS[kind][unit], ZERO_K[unit] if kind == "temperature" else 0.0


def affine(unit: str, name: str) -> tuple[float, float]:
    """Return factor and offset with SI = factor * written + offset.

    Raises:
        UnitError: The name cannot be written in that unit.
    """
    return _affine(check_unit(unit, name), suffix_of(name))


def to_si(values: "ArrayLike", written_unit: str, name: str) -> "Array":
    """Return a column of numbers in the SI unit that its name carries.

    Args:
        values: Numbers as written, any shape.
        written_unit: Unit of all of them, as written.
        name: Name with its unit suffix.

    Returns:
        The numbers in SI, float64, same shape; infinite where a float cannot hold them.

    Raises:
        UnitError: The name cannot be written in that unit.
    """
    import numpy as np

    factor, offset = affine(written_unit, name)
    with np.errstate(over="ignore"):
        return np.asarray(values, dtype=np.float64) * factor + offset


def from_si(values: "ArrayLike", shown_unit: str, name: str) -> "Array":
    """Return a column of SI numbers in a unit for people; the inverse of ``to_si``.

    Args:
        values: Numbers in the SI unit of the name, any shape.
        shown_unit: Unit wanted.
        name: Name with its unit suffix.

    Returns:
        The numbers in that unit, float64, same shape.

    Raises:
        UnitError: The name cannot be shown in that unit.
    """
    import numpy as np

    factor, offset = affine(shown_unit, name)
    with np.errstate(over="ignore"):
        return (np.asarray(values, dtype=np.float64) - offset) / factor


def quantity(values: "np.typing.ArrayLike", name: str) -> "pint.Quantity[Any]":
    """Return SI numbers as a pint quantity, for notebooks."""
    import numpy as np

    return registry().Quantity(np.asarray(values, dtype=np.float64), _pint_unit(unit_of(name)))
