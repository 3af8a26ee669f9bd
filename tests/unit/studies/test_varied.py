"""Laws of a facility that was read once and has other numbers in each state."""

import numpy as np
import pytest

import twin
from twin.errors import UsageError
from twin.model.network import lay_out
from twin.states import settle
from twin.studies.varied import varied


@pytest.fixture(scope="module")
def pod():
    return twin.read("pod")


def test_a_number_that_is_varied_solves_as_if_the_layout_had_been_read_with_it(pod):
    swept = settle(lay_out(varied(pod, {"NetworkRack.it_power_w": [19e3, 15e3]})))[0]
    changed = [f"/World/White/IT/Network_{row}.twin:airRack:itPower=15kW" for row in "AB"]
    read = twin.read("pod", overrides=changed)
    alone = settle(lay_out(varied(read, {"site.dry_bulb_k": read.tables["site"].numbers["dry_bulb_k"][0]})))[
        0
    ]
    np.testing.assert_allclose(swept.heat.temperature_k[:, 1], alone.heat.temperature_k[:, 0], rtol=1e-9)


def test_only_instances_of_the_asset_change_and_the_case_stands(pod):
    found = varied(pod, {"NetworkRack.it_power_w": [1e3, 2e3]}, case="feed_a")
    assert found.tables["rack"].numbers["it_power_w"].shape[1] == 1
    np.testing.assert_array_equal(found.tables["air_rack"].numbers["it_power_w"], [[1e3, 2e3]] * 2)
    assert [case.name for case in found.cases] == ["feed_a"] * 2


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({}, "same number"),
        ({"site.dry_bulb_k": [300.0], "site.wet_bulb_k": [290.0, 291.0]}, "same number"),
        ({"Rack_9.it_power_w": [1.0]}, "neither a kind nor an asset"),
        ({"rack.colour": [1.0]}, "no number of rack"),
        ({"rack.it_power_w": [-1.0]}, "not within"),
        ({"rack.it_power_w": [np.nan]}, "not within"),
    ],
)  # fmt: skip
def test_what_cannot_be_varied_is_refused(pod, columns, told):
    with pytest.raises(UsageError, match=told):
        varied(pod, columns)
    with pytest.raises(UsageError, match="no case 'storm'"):
        varied(pod, {"site.dry_bulb_k": [300.0]}, case="storm")


def test_a_facility_that_was_read_takes_no_overrides(pod):
    with pytest.raises(UsageError, match="takes no"):
        twin.simulate(pod, overrides=["/World/Site.twin:site:dryBulb=30degC"])
