"""A town with every kind of valve, over every head of its lake, solved here and by EPANET 2.2."""

import numpy as np
import pytest

from tests.oracle.test_epanet_stages import sharp
from tests.oracle.test_random_networks import FLOW_RATIO, HEAD_M, Theirs
from tests.support.town import town
from twin.interop.epanet_model import Status
from twin.interop.epanet_run import snapshot
from twin.interop.epanet_text import parse_inp

LAKES_M = np.arange(-30.0, 30.1, 2.5)
# EPANET lets 1e-8 ft³/s pass what is closed or at its limit for each foot of head across it; we let nothing.
LEAK_M3_S = 3e-7


@pytest.mark.parametrize("boost", ["Open", "Closed"])
@pytest.mark.parametrize("level", ["0.5", "2", "4", "6"])
def test_a_town_has_the_heads_flows_and_statuses_of_epanet(level, boost, tmp_path):
    apart = {}
    for lake in LAKES_M:
        text = town(lake=f"{lake:g}", level=level, boost=boost)
        ours = snapshot(parse_inp(text))
        theirs = Theirs(sharp(text), tmp_path, ours)
        head = np.abs(theirs.head_m - ours.head_m[0]).max()
        flow = np.abs(theirs.flow_m3_s - ours.flow_m3_s[0])
        differs = flow > FLOW_RATIO * np.abs(theirs.flow_m3_s) + LEAK_M3_S
        differs |= (ours.status[0] != Status.CLOSED) != theirs.open
        if head > HEAD_M or differs.any():
            apart[lake] = head, [ours.plan.links[i].name for i in np.flatnonzero(differs)]
    assert apart == {}
