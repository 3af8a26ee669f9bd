"""Logarithm and exponential without branches and calls, so that loops over them become vector code."""

from typing import Any

import numpy as np
from numba import types
from numba.extending import intrinsic

from twin.solve.fast.compiled import inlined

# A double is 2^k · m; m is taken from the root of one half to the root of two.
ROOT_OF_HALF = np.int64(0x3FE6A09E667F3BCD)
ONE = np.int64(0x3FF0000000000000)
MANTISSA_BITS = np.int64(52)
BIAS = np.int64(1023)
# 1.5 · 2^52: whole numbers near it are the last digits of a double.
WHOLE, WHOLE_BITS = 6755399441055744.0, np.int64(0x4338000000000000)
LN2_HIGH, LN2_LOW = 0.6931471803691238, 1.9082149292705877e-10
LOG2_E = 1.4426950408889634


@intrinsic  # type: ignore[untyped-decorator]
def _bits(_context: Any, _number: Any) -> Any:
    """Return the bits of a float64 as int64."""

    def bits(_compiler: Any, builder: Any, _signature: Any, values: Any) -> Any:
        return builder.bitcast(values[0], _compiler.get_value_type(types.int64))

    return types.int64(types.float64), bits


@intrinsic  # type: ignore[untyped-decorator]
def _number(_context: Any, _bits: Any) -> Any:
    """Return the float64 that has these bits."""

    def number(_compiler: Any, builder: Any, _signature: Any, values: Any) -> Any:
        return builder.bitcast(values[0], _compiler.get_value_type(types.float64))

    return types.float64(types.int64), number


@inlined
def ln(x: float) -> float:
    """Return the natural logarithm of a positive normal number, to two units of its last digit.

    Source:
        ln m = 2 artanh((m - 1)/(m + 1)), its Taylor series to the 19th power: m lies within a root of two.
    """
    bits = _bits(x)
    exponent = (bits - ROOT_OF_HALF + ONE) >> MANTISSA_BITS
    m = _number(bits - ((exponent - BIAS) << MANTISSA_BITS))
    k = _number(exponent - BIAS + WHOLE_BITS) - WHOLE
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    p = 2.0 / 17.0 + z * (2.0 / 19.0)
    p = 2.0 / 13.0 + z * (2.0 / 15.0 + z * p)
    p = 2.0 / 9.0 + z * (2.0 / 11.0 + z * p)
    p = 2.0 / 5.0 + z * (2.0 / 7.0 + z * p)
    p = z * (2.0 / 3.0 + z * p)
    return float(k * LN2_HIGH + (2.0 * s + (s * p + k * LN2_LOW)))


@inlined
def exp(x: float) -> float:
    """Return the exponential of a number from -700 to 700, to two units of its last digit.

    Source:
        2^k · e^r with r within half of ln 2, its Taylor series to the 13th power.
    """
    shifted = x * LOG2_E + WHOLE
    k = shifted - WHOLE
    r = (x - k * LN2_HIGH) - k * LN2_LOW
    p = 1.0 / 479001600.0 + r * (1.0 / 6227020800.0)
    p = 1.0 / 3628800.0 + r * (1.0 / 39916800.0 + r * p)
    p = 1.0 / 40320.0 + r * (1.0 / 362880.0 + r * p)
    p = 1.0 / 720.0 + r * (1.0 / 5040.0 + r * p)
    p = 1.0 / 24.0 + r * (1.0 / 120.0 + r * p)
    p = 0.5 + r * (1.0 / 6.0 + r * p)
    p = 1.0 + (r + r * r * p)
    return float(_number(_bits(p) + ((_bits(shifted) - WHOLE_BITS) << MANTISSA_BITS)))
