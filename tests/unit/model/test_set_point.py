"""Set-points that follow the weather."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from tests.support.bench import site
from twin.model.set_point import held

ZERO_K = 273.15
OUTDOORS_C = np.array([[-10.0, 0.0, 12.5, 25.0, 40.0]])
RESET = np.array([[[0.0, 20.0], [25.0, 34.0]]]) + ZERO_K


@dataclass
class Cooler:
    """A unit with a reset from 20 °C at 0 °C outdoors to 34 °C at 25 °C."""

    reset_k: np.ndarray
    reset_by: tuple[str, ...] = ("dry_bulb",)
    margin_dk: float = np.nan
    wet_c: float = 10.0
    dew_c: float = 15.0

    @property
    def dew_point_margin_dk(self):
        return np.array([[self.margin_dk]])

    @property
    def site(self):
        shared = site(wet_bulb_k=self.wet_c + ZERO_K, dew_point_k=self.dew_c + ZERO_K)
        return replace(shared, dry_bulb_k=OUTDOORS_C + ZERO_K)


def test_a_set_point_runs_straight_between_its_two_points_and_stays_level_beyond_them():
    found = held(Cooler(RESET), np.array([[36.0 + ZERO_K]])) - ZERO_K
    assert found[0] == pytest.approx([20.0, 20.0, 27.0, 34.0, 34.0])


def test_a_reset_may_follow_the_wet_bulb():
    found = held(Cooler(RESET, reset_by=("wet_bulb",)), np.array([[36.0 + ZERO_K]])) - ZERO_K
    assert np.unique(found) == pytest.approx([25.6])


def test_a_set_point_never_comes_nearer_to_the_dew_point_than_asked():
    found = held(Cooler(RESET, margin_dk=8.0), np.array([[36.0 + ZERO_K]])) - ZERO_K
    assert found[0] == pytest.approx([23.0, 23.0, 27.0, 34.0, 34.0])


def test_a_unit_without_a_reset_holds_its_fixed_set_point_and_one_without_either_holds_nothing():
    none = np.full((1, 2, 2), np.nan)
    assert np.all(held(Cooler(none), np.array([[309.15]])) == 309.15)
    assert np.isnan(held(Cooler(none, margin_dk=2.0), np.array([[np.nan]]))).all()
