"""Set-points that follow the weather: what a unit holds in each variant, reset and floor applied."""

from typing import Protocol

import numpy as np

from twin.arrays import Array
from twin.laws.curves import interpolate
from twin.model.binding import Site


class Resets(Protocol):
    """What a unit with a reset carries. Shapes: (part, point, 2) for the curve, (part, 1 or variant)."""

    @property
    def site(self) -> Site: ...  # noqa: D102
    @property
    def reset_k(self) -> Array: ...  # noqa: D102
    @property
    def reset_by(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def dew_point_margin_dk(self) -> Array: ...  # noqa: D102


def held(unit: Resets, set_k: Array) -> Array:
    """Return the set-point that each part holds [K], shape (part, 1 or variant).

    Between the points of its reset it is linear in the outdoor temperature, beyond them level, so that the
    first and the last point are its least and its greatest. Without a reset it is the fixed one. Where a
    margin is asked for it is never nearer to the dew point of the rooms than that.

    Args:
        unit: Columns of the kind.
        set_k: Its fixed set-point [K], NaN where it holds none, shape (part, 1 or variant).

    Source:
        ASHRAE 90.1-2019, 6.5.4.4: reset of the supply by outdoor temperature (recalled: assumption).
    """
    wet = np.array(unit.reset_by)[:, None] == "wet_bulb"
    outdoors = np.where(wet, unit.site.wet_bulb_k, unit.site.dry_bulb_k)
    reset = interpolate(unit.reset_k[..., 0], unit.reset_k[..., 1], outdoors)
    least = unit.site.dew_point_k + unit.dew_point_margin_dk
    wanted = np.where(np.isfinite(reset), reset, set_k)
    # A unit without a set-point has none to lift; a margin that is not given is NaN.
    return np.where(np.isnan(wanted), wanted, np.fmax(wanted, least))
