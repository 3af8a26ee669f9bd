"""Empirical laws of friction in water mains: Hazen-Williams and Manning, as powers of flow and bore."""

import numpy as np

from twin.arrays import Array

ONE_M = 1.0
# Exponents of flow and of bore in Hazen-Williams, and its constant (4.727 with feet and ft³/s) in SI.
HAZEN_WILLIAMS_FLOW, HAZEN_WILLIAMS_BORE = 1.852, 4.871
HAZEN_WILLIAMS_RATIO = 4.727 * 0.3048 ** (HAZEN_WILLIAMS_BORE - 3.0 * HAZEN_WILLIAMS_FLOW)
# Exponents of flow and of bore in Manning's law for a full pipe, and its constant (1.49 with feet) in SI.
MANNING_FLOW, MANNING_BORE = 2.0, 16.0 / 3.0
MANNING_RATIO = (4.0 / (1.49 * np.pi)) ** 2 * 4.0 ** (4.0 / 3.0) * 0.3048 ** (MANNING_BORE - 6.0)


def hazen_williams(hazen_williams_ratio: Array, length_m: Array, diameter_m: Array) -> Array:
    """Return the head that a pipe loses at 1 m³/s; other flows by the power 1.852.

    An empirical law for water near 16 °C in fully turbulent flow.

    Args:
        hazen_williams_ratio: Coefficient C [1], any shape, > 0.
        length_m: Length [m], >= 0.
        diameter_m: Inside diameter [m], > 0.

    Returns:
        Head of the fluid [m], broadcast shape.

    Source:
        L. A. Rossman, EPANET 2.2 User Manual (EPA/600/R-20/133), table 3.1.
    """
    bore = (diameter_m / ONE_M) ** HAZEN_WILLIAMS_BORE
    head: Array = HAZEN_WILLIAMS_RATIO * length_m / (hazen_williams_ratio**HAZEN_WILLIAMS_FLOW * bore)
    return head


def manning(manning_ratio: Array, length_m: Array, diameter_m: Array) -> Array:
    """Return the head that a pipe running full loses at 1 m³/s; other flows by the square.

    Args:
        manning_ratio: Manning's n, a bare number that stands for s/m^(1/3) [1], any shape, >= 0.
        length_m: Length [m], >= 0.
        diameter_m: Inside diameter [m], > 0.

    Returns:
        Head of the fluid [m], broadcast shape.

    Source:
        L. A. Rossman, EPANET 2.2 User Manual (EPA/600/R-20/133), table 3.1, with the 1.49 of its source code.
    """
    head: Array = MANNING_RATIO * manning_ratio**2 * length_m / (diameter_m / ONE_M) ** MANNING_BORE
    return head
