"""Losses of what turns power into power: UPS, rectifiers, power supplies and transformers."""

import numpy as np

from twin.arrays import Array


def converter_loss(
    output_w: Array,
    rated_w: Array,
    fixed_loss_ratio: Array,
    linear_loss_ratio: Array,
    quadratic_loss_ratio: Array,
) -> tuple[Array, Array]:
    """Return the loss rated · (c0 + c1·L + c2·L²) of a converter and its slope in output.

    Args:
        output_w: Power given out [W], shape (converter, variant), >= 0.
        rated_w: Rated power [W], > 0.
        fixed_loss_ratio: Loss at no load over rated power, c0 [1].
        linear_loss_ratio: c1 [1].
        quadratic_loss_ratio: c2 [1].

    Returns:
        Loss [W] and slope [1], shape (converter, variant).

    Source:
        Quadratic loss model, e.g. S. Pelley et al., ASPLOS 2010 ("Power routing"), section 3.
    """
    loading = output_w / rated_w
    loss = rated_w * (fixed_loss_ratio + loading * (linear_loss_ratio + loading * quadratic_loss_ratio))
    return loss, linear_loss_ratio + 2.0 * quadratic_loss_ratio * loading


def converter_output(
    input_w: Array,
    rated_w: Array,
    fixed_loss_ratio: Array,
    linear_loss_ratio: Array,
    quadratic_loss_ratio: Array,
) -> Array:
    """Return the power that a converter gives out for what it takes; the inverse of output plus loss.

    Args:
        input_w: Power taken [W], shape (converter, variant).
        rated_w: Rated power [W], > 0.
        fixed_loss_ratio: Loss at no load over rated power, c0 [1].
        linear_loss_ratio: c1 [1].
        quadratic_loss_ratio: c2 [1], >= 0.

    Returns:
        Power given out [W], shape (converter, variant), >= 0; zero where the input is below the no-load loss.

    Source:
        Root of the quadratic, in the form that does not cancel.
    """
    spare = np.maximum(input_w / rated_w - fixed_loss_ratio, 0.0)
    slope = 1.0 + linear_loss_ratio
    return rated_w * 2.0 * spare / (slope + np.sqrt(slope**2 + 4.0 * quadratic_loss_ratio * spare))


def fit_loss_curve(loading_ratio: Array, efficiency: Array) -> tuple[Array, Array, Array]:
    """Return the loss curve closest to the efficiencies of a data sheet.

    Args:
        loading_ratio: Output over rated power of each point [1], shape (..., point), > 0; NaN pads.
        efficiency: Output over input of each point [1], above 0 to 1, three points or more.

    Returns:
        c0 [1], c1 [1] and c2 [1], shape (...); NaN where the points do not settle three numbers.

    Source:
        Least squares on loss over rated power; G. Strang, Introduction to Linear Algebra, 5th ed., 4.3.
    """
    known = np.isfinite(loading_ratio) & np.isfinite(efficiency)
    load = np.where(known, loading_ratio, 0.0)
    loss = load * (1.0 / np.where(known, efficiency, 1.0) - 1.0)
    s0, s1, s2, s3, s4 = ((np.where(known, 1.0, 0.0) * load**power).sum(axis=-1) for power in range(5))
    r0, r1, r2 = ((loss * load**power).sum(axis=-1) for power in range(3))
    m0, m1, m2 = s2 * s4 - s3**2, s1 * s4 - s2 * s3, s1 * s3 - s2**2
    spread = s0 * m0 - s1 * m1 + s2 * m2
    spread = np.where(spread > 1e-12 * s0 * s2 * s4, spread, np.nan)
    return (
        (r0 * m0 - r1 * m1 + r2 * m2) / spread,
        (-r0 * m1 + r1 * (s0 * s4 - s2**2) - r2 * (s0 * s3 - s1 * s2)) / spread,
        (r0 * m2 - r1 * (s0 * s3 - s1 * s2) + r2 * (s0 * s2 - s1**2)) / spread,
    )


def transformer_loss(loading_ratio: Array, no_load_loss_w: Array, load_loss_w: Array) -> Array:
    """Return the loss of a transformer at rated voltage.

    Args:
        loading_ratio: Apparent power over rated apparent power [1], any shape, >= 0.
        no_load_loss_w: Loss of the core [W].
        load_loss_w: Loss of the windings at rated current and reference temperature [W].

    Returns:
        Loss [W], broadcast shape.

    Source:
        IEC 60076-1:2011, 3.6; windings follow the square of current.
    """
    return no_load_loss_w + loading_ratio**2 * load_loss_w


def transformer_impedance(
    rated_va: Array, voltage_v: Array, impedance_ratio: Array, load_loss_w: Array
) -> tuple[Array, Array]:
    """Return the series resistance and reactance of a transformer, seen from the side of ``voltage_v``.

    Args:
        rated_va: Rated apparent power [VA], any shape, > 0.
        voltage_v: Rated voltage between lines of that side [V], > 0.
        impedance_ratio: Short-circuit impedance uk [1], 0.04 to 0.2.
        load_loss_w: Loss of the windings at rated current [W], below uk times rated power.

    Returns:
        Resistance [ohm] and reactance [ohm] of one phase, broadcast shape; the reactance is >= 0.

    Source:
        IEC 60909-0:2016, eq. 7 to 9.
    """
    base = voltage_v**2 / rated_va
    resistive = load_loss_w / rated_va
    inductive = np.sqrt(np.maximum(impedance_ratio**2 - resistive**2, 0.0))
    return resistive * base, inductive * base


def efficiency_of(output_w: Array, loss_w: Array) -> Array:
    """Return output over input.

    Args:
        output_w: Power given out [W], any shape, >= 0.
        loss_w: Loss [W], > 0.

    Returns:
        Efficiency [1], broadcast shape, 0 to 1.

    Source:
        Definition.
    """
    return output_w / (output_w + loss_w)
