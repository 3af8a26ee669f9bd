"""What water stands for the fluid of an EPANET input: its temperature by its viscosity, its weight."""

from dataclasses import dataclass

import numpy as np

from twin.interop.epanet_model import HeadLoss, Options
from twin.laws import water
from twin.laws.air import GRAVITY_M_S2

# Without a bearing of viscosity: the temperature that laws of friction are told for.
PLAIN_K = 293.15
COLDEST_K, WARMEST_K = 273.65, 368.15
# A temperature found to this has the viscosity to the sixth digit.
CLOSE_DK = 1e-5


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """Water at one temperature.

    Attributes:
        kelvin: Temperature [K].
        weight_n_m3: Weight [N/m3] at standard gravity, which turns heads into pressures.
    """

    kelvin: float
    weight_n_m3: float


def fill_of(options: Options) -> tuple[Fill, list[str]]:
    """Return the water that has the viscosity of an input, and what is left out of its fluid.

    Hazen-Williams and Chezy-Manning ask nothing of viscosity: there it is water of 20 °C.
    """
    said = []
    kelvin = PLAIN_K
    if options.head_loss is HeadLoss.DARCY_WEISBACH:
        kelvin = _with_viscosity(options.viscosity_m2_s)
        if kelvin in {COLDEST_K, WARMEST_K}:
            taken = f"taken as of {kelvin - 273.15:g} °C"
            said.append(f"viscosity {options.viscosity_m2_s:.4g} m2/s: no water has it; {taken}")
    if options.specific_gravity_ratio != 1.0:
        said.append(
            f"specific gravity {options.specific_gravity_ratio:g}: flows and heads do not depend on it, "
            "pressures are those of water"
        )
    if not options.emitter_backflow:
        said.append("emitter backflow: emitters below the pressure outdoors let fluid in")
    weight = GRAVITY_M_S2 * float(water.density(np.array(kelvin)))
    return Fill(kelvin=kelvin, weight_n_m3=weight), said


def kinematic_m2_s(kelvin: float) -> float:
    """Return the kinematic viscosity of water [m2/s]."""
    at = np.array(kelvin)
    return float(water.viscosity(at) / water.density(at))


def _with_viscosity(viscosity_m2_s: float) -> float:
    """Return the temperature at which water has a kinematic viscosity, at the end of the range without."""
    low, high = COLDEST_K, WARMEST_K
    if viscosity_m2_s >= kinematic_m2_s(low):
        return low
    if viscosity_m2_s <= kinematic_m2_s(high):
        return high
    while high - low > CLOSE_DK:
        middle = 0.5 * (low + high)
        low, high = (middle, high) if kinematic_m2_s(middle) > viscosity_m2_s else (low, middle)
    return 0.5 * (low + high)
