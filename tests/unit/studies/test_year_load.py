"""Load goes to racks and to their chips alike; a rack held below its chips tells no junction."""

import numpy as np
import pytest

from twin.stage.read import read
from twin.studies.year_points import loaded
from twin.walk import walk

NOTIONAL = "/World:chip=notional"
HELD = "/World/White/IT/Rack_A1"


def test_half_the_load_is_half_the_power_of_racks_and_of_their_chips():
    racks = read("pod").facility.tables["rack"]
    half = loaded(racks, np.array([[0.5]]))
    for name in ("it_power_w", "chip_power_w"):
        assert half.numbers[name] == pytest.approx(0.5 * racks.numbers[name][:, :1], rel=1e-12)


def test_a_rack_held_below_what_its_chips_may_take_tells_no_junction():
    outcome = walk("pod", variants=[NOTIONAL], overrides=[f"{HELD}.twin:rack:itPower=60"])
    data = outcome.tree["rack"].to_dataset()
    junction = data["junction_k"].where(data["kind"] == "rack", drop=True).isel(variant=0)
    known = dict(zip(junction["rack"].values.tolist(), np.isfinite(junction.values), strict=True))
    assert not known.pop(HELD)
    assert known
    assert all(known.values())
    assert [(f.code, f.prim) for f in outcome.warnings if f.code == "ST221"] == [("ST221", HELD)]
