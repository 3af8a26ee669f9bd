"""Every law, found by walking the package, is fed pint quantities and must return what its docstring says.

Arguments get their unit from their name, constants of the modules too (``FREEZING_K`` becomes 273.15 K), so
that a missing factor, a wrong power or a renamed argument shows without any cost at run time.
"""

import dataclasses
import importlib
import inspect
import pkgutil
import re

import numpy as np
import pint
import pytest

import twin.laws
from twin.errors import UnitError
from twin.units import unit_of

MODULES = [
    importlib.import_module(f"twin.laws.{found.name}")
    for found in pkgutil.iter_modules(twin.laws.__path__)
    if not found.name.startswith("_")
]
LAWS = {
    f"{module.__name__.removeprefix('twin.laws.')}.{name}": law
    for module in MODULES
    for name, law in inspect.getmembers(module, inspect.isfunction)
    if not name.startswith("_") and law.__module__ == module.__name__
}
REGISTRY = pint.UnitRegistry()

# Their arguments carry any unit, so no name can say it.
ANY_UNIT = {name for name in LAWS if name.startswith("curves.")}
# They pick rows of a table or of the input by a whole number or a name, which a quantity cannot; the laws
# they pick from are in the walk themselves. So does a number of trays, and so do the times of a record.
BY_INDEX = {
    "advection.plug_flow_leaving",
    "chiller_curves.coefficients",
    "chiller_curves.curve_index",
    "chiller_curves.in_range",
    "chiller_curves.least_entering",
    "chiller_curves.least_load",
    "fluids.density",
    "fluids.enthalpy",
    "fluids.heat_capacity",
    "fluids.in_range",
    "fluids.properties",
    "fluids.temperature",
    "fluids.viscosity",
    "rejection.chiller_capacity",
    "rejection.chiller_power",
    "steel_pipe.inside_diameter",
    "steel_pipe.sizes_of",
    "steel_pipe.steel_mass",
    "trays.tray_flow",
}
# Of these, some are asked by the name of a row, which has no unit.
BY_NAME_OF = {"chiller_curves.curve_index"} | {name for name in BY_INDEX if name.startswith("steel_pipe.")}

SPREAD = np.array([1.0, 1.05, 1.2, 1.3])
# A plausible number for each unit, and for names where the unit does not settle it.
BY_UNIT = {
    "": 0.6, "K": 300.0, "kg/s": 2.0, "m^3/s": 0.01, "Pa": 1e5, "W": 1e5, "W/K": 2e4, "m": 0.05, "V": 400.0,
    "A": 100.0, "ohm": 0.01, "kg/m^3": 1000.0, "Pa s": 1e-3, "J/(kg K)": 4000.0, "J/kg": 1e5, "kg/kg": 0.005,
    "Pa s/m^3": 1e6, "Pa s^2/m^6": 1e9, "m^2": 0.36, "1/K": 0.004, "ohm m": 1.7e-8, "K/W": 1e-7, "VA": 1e6,
    "kg/J": 5e-7, "m^3": 0.3, "rad": 0.3, "m/s": 1000.0, "N/m^2": 2e11, "1/Pa": 1e-10, "s": 0.5,
    "F": 0.02, "H": 2e-6, "kg m^2": 0.2, "rad/s": 150.0, "Hz": 50.0, "W/(m K)": 0.5, "W/(m^2 K)": 50.0,
}  # fmt: skip
BY_NAME = {
    "reynolds_ratio": 3000.0, "roughness_ratio": 1e-4, "roughness_m": 1e-5,
    "range_dk": 5.0, "inlet_difference_dk": 10.0, "rise_dk": 10.0, "wet_bulb_k": 290.0, "leaving_k": 280.0,
    "vapour_pa": 1500.0, "arrangement_index": 0.0, "recommended_k": 302.0, "allowable_k": 330.0,
    "supply_k": 290.0, "outlet_k": 330.0, "return_k": 305.0, "equipment_rise_dk": 12.0, "cycles_ratio": 5.0,
    "linear_pa_s_m3": -1e5, "quadratic_pa_s2_m6": -1e8, "impedance_ratio": 0.06, "load_loss_w": 1e4,
    "hot_film_fraction": 0.4, "cold_film_fraction": 0.4, "linear_loss_ratio": 0.01, "elevation_m": 500.0,
    "quadratic_loss_ratio": 0.02, "fixed_loss_ratio": 0.01, "evaporated_kg_s": 0.1, "wet_bulb_fall_dk": 5.0,
    "rangeability_ratio": 50.0, "conductor_count": 3.0, "area_m2": 1e-4, "entering_k": 303.0,
    "highest_pag": 4e5,
    "bulk_modulus_pa": 2.2e9, "wall_m": 3e-3, "poisson_ratio": 0.3, "stopped_m_s": 1.5, "final_m_s": 3.0,
    "speed_m_s": 1.0, "least_lift_dk": 5.0, "outdoor_k": 290.0, "least_load_ratio": 0.1,
    "greatest_load_ratio": 1.0, "current_ratio": 4.0, "peak_factor_ratio": 1.2, "tolerance_ratio": 0.08,
    "reference_k": 303.0, "limit_k": 600.0, "approach_dk": 4.0, "water_w_k": 2e5, "air_kg_s": 40.0,
    "water_flow_ratio": 0.8, "least_speed_ratio": 0.2, "drift_kg_s": 1e-3, "humidity_kg_kg": 0.005,
    "outer_diameter_m": 0.06,
}  # fmt: skip


def words_of(unit):
    return "1" if unit == "" else unit


def pint_unit(unit):
    return unit.replace(" ", "*") if unit not in {"", "kg/kg"} else "dimensionless"


def sections(law):
    """Return the sections of a Google docstring by name."""
    parts = re.split(r"^(Args|Returns|Source):$", inspect.getdoc(law), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def arguments(law):
    """Return name -> description of the documented arguments, in order."""
    text = sections(law)["Args"]
    return {m[1]: m[2] for m in re.finditer(r"^    (\w+): (.*(?:\n        .*)*)", text, flags=re.MULTILINE)}


def numbers(law):
    """Return plausible numbers for every argument."""
    values = {}
    for name in inspect.signature(law).parameters:
        values[name] = BY_NAME.get(name, BY_UNIT[unit_of(name)]) * SPREAD
        if name.endswith("_curve_ratio"):
            values[name] = np.full((6, 4), 0.01) + np.arange(6)[:, None] * 1e-3
        if name.endswith("_index"):
            values[name] = np.zeros(4)
    return values


def flat(result):
    """Return the parts of a result with the unit that a field's name gives, None for an unnamed part."""
    if dataclasses.is_dataclass(result):
        names = [f.name for f in dataclasses.fields(result)]
        return [(getattr(result, n), None if n == "saturated" else unit_of(n)) for n in names]
    return [(part, None) for part in (result if isinstance(result, tuple) else (result,))]


def is_flag(part):
    return getattr(part, "dtype", None) == np.bool_


@pytest.fixture
def constants_with_units(monkeypatch):
    for module in MODULES:
        for name, value in vars(module).items():
            if name.isupper() and type(value) is float:
                try:
                    unit = unit_of(name.lower())
                except UnitError:
                    continue
                if unit:
                    monkeypatch.setattr(module, name, REGISTRY.Quantity(value, pint_unit(unit)))


@pytest.mark.parametrize("name", sorted(LAWS))
def test_a_docstring_names_every_argument_its_unit_and_the_source(name):
    law = LAWS[name]
    documented = arguments(law)
    assert list(documented) == list(inspect.signature(law).parameters)
    assert len(sections(law)["Source"].strip()) > 5
    assert sections(law)["Returns"].strip()
    if name in ANY_UNIT | BY_NAME_OF:
        return
    for argument, words in documented.items():
        found = re.search(r"\[([^\]]*)\]", words)
        assert found, f"{argument} has no unit"
        assert found[1] == words_of(unit_of(argument)), argument


@pytest.mark.parametrize("name", sorted(LAWS.keys() - ANY_UNIT - BY_INDEX))
def test_a_law_returns_the_unit_that_its_docstring_promises(name, constants_with_units):
    law = LAWS[name]
    plain = numbers(law)
    fed = {arg: REGISTRY.Quantity(value, pint_unit(unit_of(arg))) for arg, value in plain.items()}
    parts = [part for part, _ in flat(law(**fed)) if not is_flag(part)]
    promised = re.findall(r"\[([^\]]*)\]", sections(law)["Returns"])
    assert len(promised) == len(parts), f"{len(parts)} numbers come back, {promised} are promised"
    for part, unit in zip(parts, promised, strict=True):
        quantity = part if hasattr(part, "to") else REGISTRY.Quantity(part, "dimensionless")
        quantity.to("dimensionless" if unit == "1" else pint_unit(unit))


@pytest.mark.parametrize("name", sorted(LAWS.keys() - ANY_UNIT - BY_INDEX))
def test_units_change_no_number_and_a_scalar_equals_an_array(name, constants_with_units, monkeypatch):
    law = LAWS[name]
    plain = numbers(law)
    fed = {arg: REGISTRY.Quantity(value, pint_unit(unit_of(arg))) for arg, value in plain.items()}
    promised = iter(re.findall(r"\[([^\]]*)\]", sections(law)["Returns"]))
    with_units = [
        part
        if is_flag(part)
        else REGISTRY.Quantity(part).to(pint_unit("" if (unit := next(promised)) == "1" else unit)).magnitude
        for part, _ in flat(law(**fed))
    ]
    monkeypatch.undo()
    without = [part for part, _ in flat(law(**plain))]
    for a, b in zip(with_units, without, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9)
    if not name.split(".")[1].startswith(("fit_", "rack_cooling", "supply_heat")):
        for place in range(len(SPREAD)):
            alone = [
                part for part, _ in flat(law(**{arg: value[..., place] for arg, value in plain.items()}))
            ]
            for a, b in zip(alone, without, strict=True):
                np.testing.assert_allclose(a, b[..., place], rtol=1e-12)


def test_the_names_of_result_fields_carry_the_units_that_are_promised():
    promised = re.findall(r"\[([^\]]*)\]", sections(LAWS["rejection.eir_chiller"])["Returns"])
    point = LAWS["rejection.eir_chiller"](**numbers(LAWS["rejection.eir_chiller"]))
    assert promised == [words_of(unit) for part, unit in flat(point) if not is_flag(part)]


def test_the_walk_sees_a_planted_error():
    def wrong(flow_kg_s, diameter_m):
        return flow_kg_s * diameter_m

    fed = {arg: REGISTRY.Quantity(value, pint_unit(unit_of(arg))) for arg, value in numbers(wrong).items()}
    with pytest.raises(pint.DimensionalityError):
        wrong(**fed).to("Pa")
