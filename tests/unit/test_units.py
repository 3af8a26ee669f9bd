"""Laws of names and units."""

import subprocess
import sys

import numpy as np
import pytest

from twin import units
from twin.errors import UnitError
from twin.factors import FACTORS


@pytest.mark.parametrize(
    ("name", "unit", "attribute"),
    [
        ("it_power_w", "W", "itPower"),
        ("coolant_supply_max_k", "K", "coolantSupplyMax"),
        ("approach_dk", "K", "approach"),
        ("loading_ratio", "", "loadingRatio"),
        ("flow_kg_s", "kg/s", "flow"),
        ("drop_pa", "Pa", "drop"),
        ("fill_pag", "Pa", "fill"),
        ("viscosity_pa_s", "Pa s", "viscosity"),
        ("ua_w_k", "W/K", "ua"),
        ("linear_pa_s_m3", "Pa s/m^3", "linear"),
        ("quadratic_pa_s2_m6", "Pa s^2/m^6", "quadratic"),
        ("rated_va", "VA", "rated"),
        ("humidity_kg_kg", "kg/kg", "humidity"),
    ],
)
def test_a_name_tells_its_unit_and_its_attribute(name, unit, attribute):
    assert units.unit_of(name) == unit
    assert units.attribute_of(name) == attribute


@pytest.mark.parametrize("name", ["power", "power_kw", "drop_bar", "pa", "temperature_c", ""])
def test_a_name_without_a_unit_is_refused(name):
    with pytest.raises(UnitError, match="ends in no unit"):
        units.unit_of(name)


def test_the_longest_suffix_wins():
    assert units.suffix_of("viscosity_pa_s") == "pa_s"
    assert units.suffix_of("delay_s") == "s"
    assert units.stem_of("flow_kg_s") == "flow"


@pytest.mark.parametrize("suffix", sorted(units.SUFFIXES))
def test_every_suffix_survives_the_round_trip_through_each_of_its_units(suffix):
    name = f"x_{suffix}"
    values = np.array([[1.0, 2.5], [300.0, 1e4]])
    for unit in units._UNITS[units.kind_of(name)]:
        there = units.to_si(values, unit, name)
        assert there.dtype == np.float64
        np.testing.assert_allclose(units.from_si(there, unit, name), values, rtol=1e-12)
    assert units.check_unit(units.display_unit(name), name) == units.display_unit(name)


@pytest.mark.parametrize(
    ("values", "unit", "name", "si"),
    [
        (142.0, "kW", "it_power_w", 142000.0),
        (40.0, "degC", "supply_k", 313.15),
        (104.0, "degF", "supply_k", 313.15),
        (10.0, "K", "approach_dk", 10.0),
        (18.0, "delta_degF", "approach_dk", 10.0),
        (60.0, "LPM", "flow_m3_s", 1e-3),
        (500.0, "gpm", "flow_m3_s", 0.0315451),
        (1000.0, "CFM", "flow_m3_s", 0.4719474),
        (1.0, "RT", "heat_w", 3516.853),
        (30.0, "psid", "drop_pa", 206842.7),
        (5.0, "bar g", "fill_pag", 5e5),
        (97.5, "%", "peak_efficiency", 0.975),
        (3.5, "m³/h", "kv_m3_s", 3.5 / 3600),
        (1.2, "mPa·s", "viscosity_pa_s", 1.2e-3),
        (3969.0, "J/(kg·K)", "specific_j_kgk", 3969.0),
        (12.0, "inH2O", "drop_pa", 2989.067),
        (3000.0, "rpm", "speed_rad_s", 314.15927),
        (9.0, "g/kg", "humidity_kg_kg", 0.009),
    ],
)
def test_trade_units_mean_what_the_trade_means(values, unit, name, si):
    assert units.to_si(values, unit, name) == pytest.approx(si, rel=1e-6)


@pytest.mark.parametrize(
    ("unit", "name", "words"),
    [
        ("kVA", "it_power_w", r"expected power \[kW, W\]; got apparent power \(kVA\); give a power factor"),
        ("kvar", "it_power_w", "got reactive power"),
        ("kW", "rated_va", "got power"),
        ("kWh", "it_power_w", "energy is not power"),
        ("degC", "approach_dk", "a difference is written in K"),
        ("delta_degC", "supply_k", "a temperature is written in degC"),
        ("bar", "fill_pag", "write bar g"),
        ("bar g", "drop_pa", "got gauge pressure"),
        ("L/min", "flow_kg_s", "the density is not known"),
        ("kg/s", "flow_m3_s", "got mass flow"),
        ("%", "it_power_w", "got ratio"),
        ("kW", "loading_ratio", r"expected ratio \[1\]; got power"),
    ],
)
def test_a_look_alike_is_refused_in_words(unit, name, words):
    with pytest.raises(UnitError, match=words):
        units.to_si(1.0, unit, name)


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("142kW", 142.0, "kW"),
        ("142 kW", 142.0, "kW"),
        (" 40 degC ", 40.0, "degC"),
        ("40 °C", 40.0, "degC"),
        ("125 L/min", 125.0, "L/min"),
        ("120LPM", 120.0, "L/min"),
        ("3.5", 3.5, None),
        ("-4e3 W", -4000.0, "W"),
        ("1e3", 1000.0, None),
        ("50%", 50.0, "%"),
        ("5 kPa(g)", 5.0, "kPa g"),
        (".5 m", 0.5, "m"),
    ],
)
def test_a_number_with_a_unit_is_read_whole(text, number, unit):
    assert units.parse(text) == (number, unit)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("45 C", "write degC"),
        ("100 F", "write degF"),
        ("5 kw", "did you mean kW"),
        ("3 ton", "write RT"),
        ("5 mW", "write MW"),
        ("1,200 kW", "not one number"),
        ("3,5 kW", "not one number"),
        ("1.2.3", "not one number"),
        ("kW", "begin with a number"),
        ("nan kW", "begin with a number"),
        ("inf", "begin with a number"),
        ("1e999", "too large"),
        ("5 fm", "unknown unit"),
        ("3 dam3/s", "unknown unit"),
        ("2 kW + 3 kW", "unknown unit"),
        ("", "begin with a number"),
    ],
)
def test_a_text_that_pint_would_misread_is_refused(text, words):
    with pytest.raises(UnitError, match=words):
        units.parse(text)


def test_labels_are_printed_as_people_write_them():
    assert units.label("it_power_w") == "it power [kW]"
    assert units.label("supply_k") == "supply [°C]"
    assert units.label("approach_dk") == "approach [K]"
    assert units.label("loading_ratio") == "loading ratio"
    assert units.label("flow_m3_s", "m3/h") == "flow [m³/h]"
    with pytest.raises(UnitError):
        units.label("flow_m3_s", "kW")


def test_apparent_power_is_a_dimension_of_its_own():
    import pint

    apparent = units.quantity([5000.0], "rated_va")
    with pytest.raises(pint.DimensionalityError):
        apparent.to("watt")


def by_pint(unit, suffix):
    """Return factor and offset of a unit as pint has them, without the last-digit noise of its products."""
    registry, written = units.registry(), units._UNITS[units.kind_of(f"x_{suffix}")][unit]
    if suffix == "k" and unit != "K":
        both = (
            registry.Quantity(1.0, "delta_" + written).to("kelvin"),
            registry.Quantity(0.0, written).to("kelvin"),
        )
    elif written == "1":
        return 1.0, 0.0
    else:
        si = units._pint_unit(units.SUFFIXES[suffix])
        both = registry.Quantity(units._expression(written)).to(si), registry.Quantity(0.0, si)
    exact = [float(quantity.magnitude) for quantity in both]
    short = [float(f"{number:.12g}") for number in exact]
    return tuple(s if abs(s - e) <= 1e-15 * abs(e) else e for s, e in zip(short, exact, strict=True))


@pytest.mark.parametrize("suffix", sorted(units.SUFFIXES))
def test_every_factor_is_the_one_of_pint_to_the_last_bit(suffix):
    written = units._UNITS[units.kind_of(f"x_{suffix}")]
    assert set(FACTORS[units.kind_of(f"x_{suffix}")]) == set(written)
    assert {unit: units._affine(unit, suffix) for unit in written} == {
        unit: by_pint(unit, suffix) for unit in written
    }


def test_numbers_are_converted_without_pint():
    code = (
        "import sys; from twin import units; units.to_si(1.0, 'gpm', 'x_m3_s'); print('pint' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]


def test_names_are_read_without_pint_or_numpy():
    code = (
        "import sys; from twin import units; units.attribute_of('it_power_w'); units.unit_of('flow_kg_s');"
        "units.parse('3 kW'); units.label('it_power_w'); print('pint' in sys.modules, 'numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
