"""Where nothing flows, at closed ends and full tanks, heads are those that laws and pumps give there."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.town import town
from tests.unit.interop.test_epanet_run import head, link, solved
from twin.errors import ConvergenceError
from twin.interop.epanet_model import Status
from twin.interop.epanet_run import snapshot
from twin.interop.epanet_text import parse_inp


@pytest.mark.parametrize("height", [20.0, 2000.0])
def test_a_network_at_rest_stands_level_and_closes(height):
    text = f"[JUNCTIONS]\n a 0 0\n b 0 0\n[RESERVOIRS]\n r {height}\n[PIPES]\n"
    record = solved(text + " p r a 9 300 120\n q a b 99 300 120\n")
    assert record.head_m[0] == pytest.approx([height] * 3, abs=1e-6)
    assert record.residual_ratio.max() <= 1e-6


@given(
    length=st.floats(1.0, 2000.0), bore=st.floats(50.0, 500.0), lake=st.floats(-20.0, 80.0),
    drawn=st.just(0.0) | st.floats(1e-3, 20.0), law=st.sampled_from(["H-W", "D-W"]),
)  # fmt: skip
def test_a_dead_end_behind_a_check_valve_stands_as_high_as_what_feeds_it(length, bore, lake, drawn, law):
    pipe = f"{length} {bore} {120 if law == 'H-W' else 0.1}"
    text = (
        f"[JUNCTIONS]\n a 0 {drawn}\n b 0 0\n c 0 0\n[RESERVOIRS]\n r {lake}\n[PIPES]\n p r a {pipe}\n"
        f" q a b {pipe} 1 CV\n s b c {pipe}\n"
    )
    record = solved(text, options=f"[OPTIONS]\nUNITS LPS\nHEADLOSS {law}\n")
    assert record.head_m[0, 1:3] == pytest.approx([head(record, "a")] * 2, abs=1e-6)


@given(
    flows=st.lists(st.floats(1.0, 20.0), min_size=1, max_size=4),
    steeper=st.lists(st.floats(0.1, 1.0), min_size=4, max_size=4), speed=st.floats(0.3, 1.3),
)  # fmt: skip
def test_a_pump_against_a_closed_end_gives_its_head_at_no_flow(flows, steeper, speed):
    # The curve falls ever more steeply, as curves of pumps do.
    falls = [flow * slope for flow, slope in zip(flows, np.cumsum(steeper), strict=False)]
    points = list(zip(np.cumsum([0.0, *flows]), 300.0 - np.cumsum([0.0, *falls]), strict=True))
    shutoff = 300.0
    if len(points) == 2:
        points = points[1:]
        shutoff = 4.0 / 3.0 * points[0][1]
    curve = "".join(f" c {flow} {height}\n" for flow, height in points)
    text = (
        f"[JUNCTIONS]\n a 0 0\n[RESERVOIRS]\n r 10\n[PUMPS]\n u r a HEAD c SPEED {speed}\n[CURVES]\n{curve}"
    )
    assert head(solved(text), "a") - 10.0 == pytest.approx(speed**2 * shutoff, abs=1e-6)


def sustained(level):
    """Return a town in which water comes to J7 by a sustaining valve only: not at the head of the tank."""
    text = town(lake="20.96", level=level).replace("P7 J7 J8 250 150 120 0 Open", "P7 J7 J8 250 150 120 0 CV")
    text = text.replace("Prv J6 J7 150 PRV 22", "Prv J6 J7 150 PSV 45.5")
    return parse_inp(text.replace("Fcv J5 J8 100 FCV 0.6", "Fcv J5 J8 100 PRV 22.6"))


def test_a_full_tank_that_alone_stands_in_the_way_of_a_demand_is_shut_off():
    record = snapshot(sustained("6"))
    assert link(record, "P3") == (0.0, Status.CLOSED)
    assert link(record, "Prv")[0] > 1.5e-3
    assert head(record, "J6") > 15.0 + 45.5


def test_a_demand_that_a_tank_stands_in_the_way_of_is_refused_where_it_may_take_water():
    with pytest.raises(ConvergenceError, match="junction J7"):
        snapshot(sustained("5.9"))
