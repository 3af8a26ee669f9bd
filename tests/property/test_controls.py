"""The CDUs of the pod as one group: which of them run, and what the group holds."""

import numpy as np
import pytest

from tests.property.pods import copy_pod, swap
from twin.walk import walk

FILE = "white/mechanical.usda"
SET = "double twin:control:set = 135"
LEAD_LAG = '\n            token twin:control:staging = "lead_lag"'
GROUP = "/World/White/Mechanical/CduGroup"
L_MIN = 6e4


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    """Solve the pod with another line in its CDU control."""

    def solved(line):
        site = copy_pod(tmp_path_factory.mktemp("group"))
        swap(FILE, "", SET, line).apply(site)
        return walk(str(site))

    return solved


def test_the_lead_cdu_carries_the_pod_and_the_lag_cdu_takes_over_where_it_is_out(outcome):
    done = outcome(SET + LEAD_LAG)
    flow = done.tree["cdu"]["tcs_flow_m3_s"] * L_MIN
    cases = [str(name) for name in flow["variant"].values]
    out = np.array([name == "cdu" for name in cases])
    assert (flow.values[~out, 0] > 990.0).all()
    assert np.abs(flow.values[~out, 1]).max() < 1e-6
    assert np.abs(flow.values[out, 0]).max() < 1e-12
    assert (flow.values[out, 1] > 990.0).all()
    control = done.tree["plant"].to_dataset()
    held = control["difference_pa"].sel(plant=GROUP, drop=True).values
    np.testing.assert_allclose(held, 135e3, rtol=1e-9)
    closed = done.balance
    assert max(closed.energy_ratio.max(), closed.mass_ratio, closed.current_ratio) <= 1e-9


def test_a_group_of_cdus_may_hold_its_flow_instead_of_a_difference(outcome):
    done = outcome("double twin:control:setFlow = 900")
    # At the supply the coolant is colder, and so less, than in the pumps.
    total = done.tree["cdu"]["tcs_flow_m3_s"].sum("cdu") * L_MIN
    assert ((total > 890.0) & (total < 900.0)).all()
    control = done.tree["plant"].to_dataset().sel(plant=GROUP)
    np.testing.assert_allclose(control["flow_m3_s"] * L_MIN, 900.0, rtol=1e-8)
    assert np.isnan(control["difference_pa"]).all()
