"""Short circuits on direct current: what each converter gives, through its way, added up."""

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.solve.power_halls import Wiring, column, converter_block, feed_block
from tests.unit.solve.test_direct_current import conductors
from twin.laws.direct_short_circuit import battery_current, capacitor_current
from twin.solve.site_faults import site_faults

OHM, REACTANCE = 2e-3, 1e-3
HENRY = 2.0 * REACTANCE / (2.0 * np.pi * 50.0)
DECLARED = {
    "fault_a": 1500.0, "capacitance_farad": 20e-3, "capacitor_ohm": 2e-3, "capacitor_henry": 0.5e-6,
}  # fmt: skip


def island(*units, ends=((1, 2), (2, 3)), in_service=None):
    """Return faults of a feed at node 0, rectifiers at nodes that they are given for, and runs between."""
    wiring = Wiring()
    wiring.nodes(1 + max(max(pair) for pair in ends))
    wiring.add(feed_block(0, 415.0))
    for row, (node, declared) in enumerate(units):
        on = None if in_service is None else in_service[row : row + 1]
        made = converter_block(0, node, volts=800.0, direct=True, in_service=on)
        wiring.add(replace(made, **{name: column([value]) for name, value in declared.items()}))
    a, b = np.array(ends).T
    wiring.add(conductors(a, b, OHM, REACTANCE))
    return site_faults(wiring.net(1 if in_service is None else in_service.shape[1]))


def discharge(runs, ohm=DECLARED["capacitor_ohm"], henry=DECLARED["capacitor_henry"]):
    return float(capacitor_current(800.0, ohm + 2.0 * OHM * runs, henry + HENRY * runs, 20e-3)[0])


def test_a_fault_gets_the_current_that_is_declared_and_what_the_capacitor_gives_through_both_poles():
    found = island((1, DECLARED))
    assert found.ikss_dc_a[1:, 0] == pytest.approx([1500.0] * 3)
    assert found.ip_dc_a[1:, 0] == pytest.approx([1500.0 + discharge(runs) for runs in range(3)])
    assert np.isnan([found.ikss_dc_a[0, 0], found.ip_dc_a[0, 0]]).all()  # alternating current
    assert np.isnan(found.ikss_max_a[1:]).all()  # IEC 60909 does not speak of direct current


def test_sources_at_both_ends_of_a_run_add_up():
    found = island((1, DECLARED), (3, DECLARED))
    assert found.ikss_dc_a[1:, 0] == pytest.approx([3000.0] * 3)
    told = [3000.0 + discharge(runs) + discharge(2 - runs) for runs in range(3)]
    assert found.ip_dc_a[1:, 0] == pytest.approx(told)


def test_a_battery_drives_what_its_voltage_and_the_resistances_allow():
    found = island((1, DECLARED | {"battery_v": 820.0, "battery_ohm": 0.05}))
    first, later = battery_current(820.0, 0.05, 4.0 * OHM)
    assert found.ikss_dc_a[3, 0] == pytest.approx(1500.0 + later)
    assert found.ip_dc_a[3, 0] == pytest.approx(1500.0 + first + discharge(2))


def test_what_a_converter_does_not_declare_is_not_established_and_none_is_a_declaration():
    bare = island((1, {}), (3, DECLARED))
    assert np.isnan(bare.ikss_dc_a[1:]).all()
    part = island((1, {"fault_a": 1500.0}))
    assert part.ikss_dc_a[1:, 0] == pytest.approx([1500.0] * 3)
    assert np.isnan(part.ip_dc_a[1:]).all()
    lacks = island((1, {name: value for name, value in DECLARED.items() if name != "capacitor_ohm"}))
    assert np.isnan(lacks.ip_dc_a[1:]).all()
    none = island((1, {"fault_a": 1500.0, "capacitance_farad": 0.0}))
    assert none.ip_dc_a[1:, 0] == pytest.approx([1500.0] * 3)


def test_a_ring_is_not_established():
    found = island((1, DECLARED), ends=((1, 2), (2, 3), (3, 1)))
    assert np.isnan(found.ikss_dc_a[1:]).all()
    assert np.isnan(found.ip_dc_a[1:]).all()


def test_converters_out_of_service_give_nothing_case_by_case():
    on = np.array([[True, False, False], [True, True, False]])
    found = island((1, DECLARED), (3, DECLARED), in_service=on)
    assert found.ikss_dc_a[2] == pytest.approx([3000.0, 1500.0, 0.0])
    assert found.ip_dc_a[2] == pytest.approx([3000.0 + 2.0 * discharge(1), 1500.0 + discharge(1), 0.0])


def test_partial_peaks_added_up_are_no_less_than_the_circuit_gives_as_a_whole():
    """Two capacitors behind a common run that is as long as their own, integrated in time."""
    from scipy.integrate import solve_ivp

    own_ohm, own_henry = DECLARED["capacitor_ohm"] + 2.0 * OHM, DECLARED["capacitor_henry"] + HENRY

    def rates(_, state):
        currents, volts = state[:2], state[2:]
        # Both loops: own branch, then the common run that carries the sum.
        inductance = own_henry * np.eye(2) + HENRY * np.ones((2, 2))
        driven = volts - own_ohm * currents - 2.0 * OHM * currents.sum()
        return np.concatenate([np.linalg.solve(inductance, driven), -currents / 20e-3])

    end = solve_ivp(rates, (0.0, 5e-3), [0.0, 0.0, 800.0, 800.0], rtol=1e-8, max_step=2e-5)
    whole = end.y[:2].sum(axis=0).max()
    found = island((1, DECLARED), (2, DECLARED), ends=((1, 3), (2, 3), (3, 4)))
    told = found.ip_dc_a[4, 0] - found.ikss_dc_a[4, 0]
    assert 0.75 * told < whole <= told
