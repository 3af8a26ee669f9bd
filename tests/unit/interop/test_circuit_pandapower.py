"""Files of pandapower, solved as they are: switches, what gives, what is refused."""

import json

import pytest

from tests.unit.interop.test_pandapower_stage import BUS, LINE, LOAD, TRAFO, by_hand, one, written
from twin.errors import InputError
from twin.interop.circuit import solve_circuit


def solved(folder, **tables):
    found = solve_circuit(str(written(folder, **tables)))
    return json.loads(found.text), found.warnings


def far(ours):
    return ours["bus"]["end"]["1"]["voltage_ratio"]


def test_a_file_has_the_state_that_it_has_by_hand(tmp_path):
    ours, warnings = solved(tmp_path)
    assert far(ours) == pytest.approx(by_hand(), abs=1e-9)
    assert warnings == ()
    assert ours["source"]["utility"]["power_w"] > 0.3e6


def test_what_gives_and_what_draws_at_one_bus_come_to_their_difference(tmp_path):
    ours, _ = solved(tmp_path, sgen=[{"bus": 2, "p_mw": 0.2, "q_mvar": 0.04, "scaling": 0.5}])
    assert far(ours) == pytest.approx(by_hand(0.2e6 + 0.08e6j), abs=1e-9)


def test_a_shunt_draws_with_the_square_of_the_voltage_over_its_own(tmp_path):
    shunt = [{"bus": 2, "p_mw": 0.0, "q_mvar": -0.05, "vn_kv": 0.42, "step": 2}]
    ours, _ = solved(tmp_path, shunt=shunt)
    given = -1e5 * (far(ours) * 0.4 / 0.42) ** 2
    assert far(ours) == pytest.approx(by_hand(0.3e6 + 1j * (0.1e6 + given)), abs=1e-8)


def test_a_tap_without_a_changer_does_nothing(tmp_path):
    turned = one(TRAFO, tap_pos=-2)
    assert far(solved(tmp_path, trafo=turned)[0]) == pytest.approx(by_hand(tap=0.95), abs=1e-9)
    assert far(solved(tmp_path, trafo=one(turned, tap_changer_type=None))[0]) == pytest.approx(by_hand())


def test_closed_switches_join_buses_and_it_is_told(tmp_path):
    bus = [*BUS, {"name": "beside", "vn_kv": 0.4}]
    switch = [{"bus": 2, "element": 3, "et": "b", "closed": True, "z_ohm": 0.0}]
    ours, warnings = solved(tmp_path, bus=bus, switch=switch, load=one(LOAD, bus=3))
    assert far(ours) == pytest.approx(by_hand(), abs=1e-9)
    assert warnings == ("bus beside is joined to bus end and stands there",)
    assert "beside" not in ours["bus"]


def test_a_line_with_an_open_end_stays_charged_from_the_other(tmp_path):
    line = [*LINE, {**LINE[0], "name": "spare", "c_nf_per_km": 1e6}]
    switch = [{"bus": 2, "element": 1, "et": "l", "closed": False, "z_ohm": 0.0}]
    ours, _ = solved(tmp_path, line=line, switch=switch)
    assert far(ours) > by_hand()
    assert (
        ours["bus"]["open end of line 1"]["1"]["voltage_ratio"] > ours["bus"]["board"]["1"]["voltage_ratio"]
    )
    both = [*switch, {**switch[0], "bus": 1}]
    assert far(solved(tmp_path, line=line, switch=both)[0]) == pytest.approx(by_hand(), abs=1e-9)


@pytest.mark.parametrize(
    ("tables", "code", "entry"),
    [
        ({"gen": [{"bus": 1, "p_mw": 0.1, "vm_pu": 1.0}]}, "ST174", "gen[0]"),
        ({"trafo3w": [{"hv_bus": 0}]}, "ST174", "trafo3w[0]"),
        ({"load": one(LOAD, bus=9)}, "ST173", "load[0]"),
        ({"switch": [{"bus": 2, "element": 7, "et": "l", "closed": True}]}, "ST173", "switch[0]"),
        ({"trafo": one(TRAFO, tap_pos=1, tap_changer_type="Ideal")}, "ST163", "trafo.unit"),
        ({"line": one(LINE, in_service=False)}, "ST166", "load.racks"),
    ],
)
def test_what_would_come_out_wrong_is_refused(tables, code, entry, tmp_path):
    with pytest.raises(InputError) as refused:
        solve_circuit(str(written(tmp_path, **tables)))
    assert (code, entry) in {(f.code, f.prim) for f in refused.value.faults}
