"""Flow of equal trays along two headers: continuity, one difference for all, and a hand calculation."""

import numpy as np
import pytest

from twin.laws.friction import darcy_drop
from twin.laws.trays import tray_flow

WATER = {"density_kg_m3": np.array([[992.2]]), "viscosity_pa_s": np.array([[6.53e-4]])}
HEADER = {
    "diameter_m": np.array([[0.038]]), "length_m": np.array([[1.8]]), "roughness_m": np.array([[1.5e-6]]),
}  # fmt: skip


def shared(flow=2.0, drop=60e3, trays=27, **header):
    return tray_flow(
        np.array([[flow]]), np.array([[drop]]), **(HEADER | header), **WATER, tray_count=trays
    )[0, 0]  # fmt: skip


def test_the_trays_carry_what_the_rack_carries_and_the_farthest_least():
    flow = shared()
    assert flow.sum() == pytest.approx(2.0, rel=1e-12)
    assert np.all(np.diff(flow) < 0.0)


@pytest.mark.parametrize(
    ("bore", "drop"), [(0.038, 60e3), (0.038, 8e3), (0.038, 1e3), (0.038, 700.0), (0.02, 60e3)]
)
def test_every_way_through_a_tray_loses_the_same(bore, drop):
    flow = shared(drop=drop, diameter_m=np.array([[bore]]))
    along = np.cumsum(flow[::-1])[::-1]
    lost, _ = darcy_drop(
        along, np.array([1.8 / 27]), np.array([bore]), np.array([1.5e-6]), np.zeros(1), np.array([992.2]),
        np.array([6.53e-4]),
    )  # fmt: skip
    coefficient = (drop - 2.0 * np.cumsum(lost)) / flow**2
    assert coefficient == pytest.approx(np.full(27, coefficient[0]), rel=1e-6)


def test_two_trays_by_hand():
    # Half the flow passes the second pitch: its friction is all that the trays differ by.
    first, second = shared(trays=2)
    pitch, _ = darcy_drop(
        np.array([2.0, second]), np.array([0.9]), np.array([0.038]), np.array([1.5e-6]), np.zeros(1),
        np.array([992.2]), np.array([6.53e-4]),
    )  # fmt: skip
    near = 60e3 - 2.0 * pitch[0]
    assert first / second == pytest.approx(np.sqrt(near / (near - 2.0 * pitch[1])), rel=1e-7)


def test_wide_headers_serve_all_trays_alike():
    flow = shared(diameter_m=np.array([[0.5]]))
    assert flow.max() / flow.min() == pytest.approx(1.0, abs=1e-6)


def test_a_header_that_takes_the_whole_drop_leaves_nothing_for_the_far_trays():
    flow = shared(drop=50.0)
    assert flow == pytest.approx([2.0] + [0.0] * 26)


def test_one_tray_takes_all():
    assert shared(trays=1) == pytest.approx([2.0])


def test_racks_and_cases_are_worked_out_alone():
    flow, drop = np.array([[2.0, 1.0], [1.5, 0.5]]), np.array([[60e3, 16e3], [35e3, 4e3]])
    both = tray_flow(flow, drop, **HEADER, **WATER, tray_count=9)
    for rack, case in np.ndindex(2, 2):
        assert both[rack, case] == pytest.approx(
            shared(flow[rack, case], drop[rack, case], trays=9), rel=1e-7
        )
