"""[OPTIONS] and [TIMES] of an EPANET input, and what its units are worth in SI."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from twin.interop.epanet_lines import Line, Reading, seconds
from twin.interop.epanet_model import FOOT_M, PSI_PA, WATER_M2_S, WATER_PA_M, HeadLoss, Options, Times

INCH_M = FOOT_M / 12.0
DAY_S = 86400.0
# Volume flows as they are defined; EPANET rounds some of them (acre-feet a day by 0.012 %).
FLOW_M3_S: Mapping[str, float] = {
    "CFS": FOOT_M**3,
    "GPM": 231.0 * INCH_M**3 / 60.0,
    "MGD": 231e6 * INCH_M**3 / DAY_S,
    "IMGD": 4546.09 / DAY_S,
    "AFD": 43560.0 * FOOT_M**3 / DAY_S,
    "LPS": 1e-3,
    "LPM": 1e-3 / 60.0,
    "MLD": 1e3 / DAY_S,
    "CMH": 1.0 / 3600.0,
    "CMD": 1.0 / DAY_S,
    "CMS": 1.0,
    "SI": 1e-3,
}
US = frozenset({"CFS", "GPM", "MGD", "IMGD", "AFD"})
PRESSURE_PA: Mapping[str, float] = {
    "PSI": PSI_PA, "KPA": 1e3, "METERS": WATER_PA_M, "BAR": 1e5, "FEET": WATER_PA_M * FOOT_M,
}  # fmt: skip
# Units of pressure that EPANET 2.3 added.
NEW_PRESSURES = frozenset({"BAR", "FEET"})
HORSEPOWER_W = 550.0 * FOOT_M * 0.45359237 * 9.80665
# Below this a viscosity is meant in square feet or metres per second, above as a multiple of water's.
LEAST_VISCOSITY_RATIO = 1e-3

# Options that choose how EPANET solves or what else it computes.
WITHOUT_BEARING = (
    "QUAL", "MAP", "VERI", "UNBA", "DIFF", "SEGM", "TOLER", "HTOL", "QTOL", "RQTOL", "CHECKFREQ", "MAXCHECK",
    "DAMPLIMIT", "HEADERROR", "FLOWCHANGE",
)  # fmt: skip
OPTION_WORDS = (
    "UNITS", "PRESSURE", "HEADLOSS", "HYDRAULICS", "QUALITY", "VISCOSITY", "DIFFUSIVITY", "SPECIFIC GRAVITY",
    "TRIALS", "ACCURACY", "HEADERROR", "FLOWCHANGE", "UNBALANCED", "PATTERN", "DEMAND MULTIPLIER",
    "DEMAND MODEL", "MINIMUM PRESSURE", "REQUIRED PRESSURE", "PRESSURE EXPONENT", "EMITTER EXPONENT",
    "EMITTER BACKFLOW", "TOLERANCE", "MAP", "CHECKFREQ", "MAXCHECK", "DAMPLIMIT",
)  # fmt: skip
TIME_WORDS = (
    "DURATION", "HYDRAULIC TIMESTEP", "QUALITY TIMESTEP", "RULE TIMESTEP", "PATTERN TIMESTEP",
    "PATTERN START", "REPORT TIMESTEP", "REPORT START", "START CLOCKTIME", "STATISTIC",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """What one of the input's units is worth.

    Attributes:
        flow_m3_s: Of flow.
        length_m: Of lengths, heights and heads.
        diameter_m: Of the diameter of pipes and valves.
        roughness_m: Of roughness heights.
        pressure_m: Head of one unit of pressure in the fluid.
        power_w: Of the power of pumps.
    """

    flow_m3_s: float
    length_m: float
    diameter_m: float
    roughness_m: float
    pressure_m: float
    power_w: float


def read_options(lines: Sequence[Line], reading: Reading, *, pressures: bool = True) -> tuple[Options, Units]:
    """Return the options of a whole input, and its units.

    Args:
        lines: Lines of [OPTIONS].
        reading: Where faults go.
        pressures: Whether the input has numbers in the unit of pressure.
    """
    # Until units are known, the viscosity is as written: that of water, where nobody writes any.
    options, written, at = Options(viscosity_m2_s=1.0), "", 0
    for line in lines:
        if line.says(0, "PRES") and not line.says(1, "EXP"):
            if len(line.words) > 1:
                written, at = _word(line, 1, tuple(PRESSURE_PA), reading) or written, line.number
        else:
            options = _with_option(options, line, reading)
    us = options.flow_units in US
    # As in EPANET 2.2: US flows go with psi, metric flows never do.
    usual = "PSI" if us else "METERS"
    pressure = written if written and (written in NEW_PRESSURES or (not us and written != "PSI")) else usual
    if written not in {"", pressure} and pressures:
        reading.unsupported.append(
            f"pressure in {written} beside flow in {options.flow_units} ({reading.where(at)}): "
            f"read in {pressure}, as EPANET 2.2 reads it"
        )
    length = FOOT_M if us else 1.0
    units = Units(
        flow_m3_s=FLOW_M3_S[options.flow_units], length_m=length, diameter_m=INCH_M if us else 1e-3,
        roughness_m=1e-3 * length, power_w=HORSEPOWER_W if us else 1e3,
        pressure_m=PRESSURE_PA[pressure] / WATER_PA_M / options.specific_gravity_ratio,
    )  # fmt: skip
    given = options.viscosity_m2_s
    if given > LEAST_VISCOSITY_RATIO:
        return replace(options, viscosity_m2_s=given * WATER_M2_S), units
    return replace(options, viscosity_m2_s=given * length**2), units


def _with_option(options: Options, line: Line, reading: Reading) -> Options:
    """Return the options with what one line says; the viscosity stays as written until units are known."""
    place = reading.where(line.number)
    if len(line.words) == 1 or line.says(0, *WITHOUT_BEARING):
        if line.says(0, "QUAL") and len(line.words) > 1 and not line.says(1, "NONE"):
            reading.unsupported.append(f"quality {line.words[1]} ({place}): not computed")
        return options
    if line.says(0, "UNIT"):
        options = replace(options, flow_units=_word(line, 1, tuple(FLOW_M3_S), reading) or options.flow_units)
    elif line.says(0, "HEADL"):
        law = _word(line, 1, tuple(law.value for law in HeadLoss), reading)
        options = replace(options, head_loss=HeadLoss(law) if law else options.head_loss)
    elif line.says(0, "HYDR"):
        if line.says(1, "USE"):
            reading.unsupported.append(f"hydraulics of the file {line.words[-1]} ({place}): solved anew")
    elif line.says(0, "PATT"):
        options = replace(options, pattern=line.words[1])
    elif line.says(0, "DEMAND") and line.says(1, "MODEL"):
        if _word(line, 2, ("DDA", "PDA", "PDD"), reading) in {"PDA", "PDD"}:
            reading.unsupported.append(f"demand that depends on pressure ({place}): all of it is drawn")
    elif line.says(0, "EMIT") and line.says(1, "BACK"):
        options = replace(options, emitter_backflow=_word(line, 2, ("YES", "NO"), reading) != "NO")
    else:
        options = _with_number(options, line, reading)
    return options


def _with_number(options: Options, line: Line, reading: Reading) -> Options:
    """Return the options with a positive number that a line gives."""
    if line.says(0, "MINI", "REQ", "PRES"):
        reading.number(line, 2, "pressure", default=0.0, least=0.0)
        return options
    for start, (attribute, at) in NUMBERS.items():
        if line.says(0, start):
            value = reading.number(line, at, attribute, above=0.0, default=getattr(options, attribute))
            return replace(options, **{attribute: type(getattr(options, attribute))(value)})
    reading.unknown_word(line.number, line.words[0], line.words[0], OPTION_WORDS)
    return options


NUMBERS: Mapping[str, tuple[str, int]] = {
    "VISC": ("viscosity_m2_s", 1),
    "SPEC": ("specific_gravity_ratio", 2),
    "TRIAL": ("trials_count", 1),
    "ACCU": ("accuracy_ratio", 1),
    "EMIT": ("emitter_exponent_ratio", 2),
    "DEMAND": ("demand_multiplier_ratio", 2),
}


def _word(line: Line, at: int, right: tuple[str, ...], reading: Reading) -> str:
    """Return the keyword that a word begins with, "" for none; note it then."""
    for word in sorted(right, key=len, reverse=True):
        if line.says(at, word):
            return word
    found = line.words[at] if at < len(line.words) else ""
    reading.unknown_word(line.number, line.words[0], found, right)
    return ""


TIMES: Mapping[tuple[str, str], str] = {
    ("DURA", ""): "duration_s",
    ("HYDR", ""): "hydraulic_step_s",
    ("PATT", "TIME"): "pattern_step_s",
    ("PATT", "STAR"): "pattern_start_s",
    ("REPO", "TIME"): "report_step_s",
    ("REPO", "STAR"): "report_start_s",
    ("STAR", ""): "start_clock_s",
}


def read_times(lines: Sequence[Line], reading: Reading) -> Times:
    """Return the times of a run, in whole seconds as EPANET takes them."""
    given: dict[str, float] = {}
    for line in lines:
        if line.says(0, "STAT"):
            if not line.says(len(line.words) - 1, "NO"):
                place = reading.where(line.number)
                reading.unsupported.append(f"statistic {line.words[-1]} ({place}): every time is told")
            continue
        if line.says(0, "QUAL", "RULE", "MINI"):
            continue
        attribute = next(
            (a for (first, second), a in TIMES.items() if line.says(0, first) and line.says(1, second)), ""
        )
        if not attribute:
            reading.unknown_word(line.number, line.words[0], " ".join(line.words[:2]), TIME_WORDS)
            continue
        found = seconds(line.words[-2:]) if len(line.words) > 2 else None
        found = seconds(line.words[-1:]) if found is None and len(line.words) > 1 else found
        if found is None:
            reading.fault(
                "ST103", line.number, line.words[0], found=" ".join(line.words),
                expected="a time like 1.5, 90 MIN, 13:30 or 1:30 PM",
            )  # fmt: skip
        else:
            given[attribute] = float(int(found + 0.5))
    if "start_clock_s" in given:
        given["start_clock_s"] %= DAY_S
    return Times(**given)
