"""Our laws against ht, CoolProp and PsychroLib on random inputs, live."""

import numpy as np
import pytest

from tests.verification.thermal.laws import EFFECTIVENESS, PROPERTIES
from tests.verification.thermal.rows import ZERO_K, Row, apart, kelvin, percent
from twin.laws import convection, exchange, fluids, friction, glycol, psychrometrics, water

ht = pytest.importorskip("ht")
CoolProp = pytest.importorskip("CoolProp.CoolProp")
psychrolib = pytest.importorskip("psychrolib")

POINTS = 2000
# ht integrates exact crossflow by quadrature, at some milliseconds a point.
SLOW_POINTS = 100
SHELLS = (2, 3, 5)
ONE_ROOT_DK = 1.0
PRESSURE_PA = 3e5
LETTERS = {"density": "D", "heat_capacity": "C", "conductivity": "L", "viscosity": "V"}


def effectiveness_rows() -> list[Row]:
    """Compare every arrangement of ht, and shells in series."""
    rng, rows = np.random.default_rng(5), []
    asked = [(name, law, None) for name, law in EFFECTIVENESS.items() if name != "2S&T"]
    for name, law, shells in [*asked, *(("S&T", _shells(n), n) for n in SHELLS)]:
        count = SLOW_POINTS if name == "crossflow" else POINTS
        ntu = np.exp(rng.uniform(np.log(0.01), np.log(12.0), count))
        # The integral of ht loses its digits towards no capacity ratio.
        ratio = 0.0 * ntu if name == "boiler" else rng.uniform(0.05, 1.0, count)
        theirs = [
            ht.hx.effectiveness_from_NTU(NTU=float(n), Cr=float(c), subtype=name, n_shell_tube=shells)
            for n, c in zip(ntu, ratio, strict=True)
        ]
        said = f"effectiveness, {shells or ''}{name}, {count} points"
        rows.append(_row("ht", said, apart(law(ntu, ratio), theirs), 1e-6))
    return rows


def _shells(count):
    return lambda ntu, ratio: exchange.shell_and_tube(ntu, ratio, float(count))


def convection_rows() -> list[Row]:
    """Compare channels and pipes."""
    rng, internal = np.random.default_rng(6), ht.conv_internal
    aspect = rng.uniform(0.0, 1.0, POINTS)
    theirs = [internal.Nu_laminar_rectangular_Shan_London(float(a)) for a in aspect]
    reynolds, prandtl = np.exp(rng.uniform(np.log(4e3), np.log(1e6), POINTS)), rng.uniform(0.7, 100.0, POINTS)
    rough = rng.uniform(0.0, 0.01, POINTS)
    darcy = friction.darcy_factor(reynolds, rough)
    gnielinski = [
        internal.turbulent_Gnielinski(Re=float(re), Pr=float(pr), fd=float(f))
        for re, pr, f in zip(reynolds, prandtl, darcy, strict=True)
    ]
    found, laminar = convection.pipe_nusselt(reynolds, prandtl, rough), convection.duct_nusselt(aspect)
    return [
        _row("ht", "Nusselt number, laminar channels", percent(laminar, theirs), 0.5, "%"),
        _row("ht", "Nusselt number, turbulent pipes", percent(found, gnielinski), 1.0, "%"),
    ]


def coolant_rows() -> list[Row]:
    """Compare water of 1 to 95 °C and glycol of any strength from its freezing point to 95 °C."""
    rng = np.random.default_rng(7)
    warm = kelvin(rng.uniform(1.0, 95.0, POINTS))
    rows = []
    for name, letter in LETTERS.items():
        theirs = CoolProp.PropsSI(letter, "T", warm, "P", PRESSURE_PA, "Water")
        worst = percent(getattr(water, name)(warm), theirs)
        rows.append(_row("CoolProp", f"{name.replace('_', ' ')}, water, {POINTS} points", worst, 0.1, "%"))
    strong = rng.uniform(0.05, 0.55, POINTS // 4)
    freezing = glycol.freezing(strong)
    cold = freezing + rng.uniform(0.02, 1.0, strong.size) * (kelvin(95.0) - freezing)
    for name, letter in LETTERS.items():
        theirs = [
            CoolProp.PropsSI(letter, "T", float(t), "P", PRESSURE_PA, f"INCOMP::MPG[{x:.17g}]")
            for t, x in zip(cold, strong, strict=True)
        ]
        worst = percent(getattr(glycol, name)(cold, strong), theirs)
        rows.append(
            _row("CoolProp", f"{name.replace('_', ' ')}, glycol, {strong.size} points", worst, 0.1, "%")
        )
    return rows


def moist_air_rows() -> list[Row]:
    """Compare moist air of any weather."""
    rng = np.random.default_rng(8)
    psychrolib.SetUnitSystem(psychrolib.SI)
    dry, humid = rng.uniform(-25.0, 50.0, POINTS // 4), rng.uniform(0.02, 1.0, POINTS // 4)
    pressure = rng.uniform(65e3, 105e3, POINTS // 4)
    theirs = np.array(
        [
            psychrolib.CalcPsychrometricsFromRelHum(float(t), float(r), float(p))
            for t, r, p in zip(dry, humid, pressure, strict=True)
        ]
    ).T
    ratio = psychrometrics.humidity_at(kelvin(dry), humid, pressure)
    wet = psychrometrics.wet_bulb(kelvin(dry), ratio, pressure) - ZERO_K
    dew = psychrometrics.dew_point(ratio, pressure) - ZERO_K
    volume = (1.0 + ratio) / fluids.air_density(kelvin(dry), psychrometrics.vapour_fraction(ratio), pressure)
    heat, name = psychrometrics.enthalpy(kelvin(dry), ratio), "PsychroLib"
    # Near freezing ASHRAE's equations over ice and over water both have a root, up to 0.8 K apart.
    clear = np.minimum(np.abs(wet), np.abs(theirs[1])) > ONE_ROOT_DK
    return [
        _row(name, f"humidity ratio, {dry.size} points", percent(ratio, theirs[0]), 0.05, "%"),
        _row(name, "wet bulb, more than 1 K from freezing", apart(wet[clear], theirs[1][clear]), 0.01, "K"),
        _row(name, "dew point", apart(dew, theirs[2]), 0.01, "K"),
        _row(name, "enthalpy", apart(heat, theirs[4]), 1.0, "J/kg"),
        _row(name, "specific volume", percent(volume, theirs[5]), 0.05, "%"),
    ]


def _row(case, quantity, worst, bar, unit="") -> Row:
    return Row(case=case, quantity=quantity, worst=float(worst), bar=bar, unit=unit)


ENGINES = (effectiveness_rows, convection_rows, coolant_rows, moist_air_rows)


@pytest.mark.parametrize("rows", ENGINES, ids=lambda rows: rows.__name__)
def test_a_law_is_that_of_another_package_on_random_inputs(rows):
    assert [row for row in rows() if not row.passed] == []


def test_the_letters_are_those_of_all_properties():
    assert set(LETTERS) == {name for _, name in PROPERTIES}
