"""A town with every kind of valve, over every head of its lake, solved here and by EPANET 2.2."""

import numpy as np
import pytest

from tests.support.town import sharp, town
from twin.interop.epanet_model import Status
from twin.interop.epanet_run import snapshot
from twin.interop.epanet_text import parse_inp

pytest.importorskip("wntr.epanet.toolkit")
from tests.oracle.test_random_networks import FLOW_RATIO, HEAD_M, Theirs

LAKES_M = np.arange(-30.0, 30.1, 2.5)
# EPANET lets 1e-8 ft³/s pass what is closed or at its limit for each foot of head across it; we let nothing.
LEAK_M3_S = 3e-7


# What is drawn at J7 comes over a sustaining valve only, which the full tank keeps shut.
FULL = (
    ("P7 J7 J8 250 150 120 0 Open", "P7 J7 J8 250 150 120 0 CV"),
    ("Prv J6 J7 150 PRV 22", "Prv J6 J7 150 PSV {}"), ("Fcv J5 J8 100 FCV 0.6", "Fcv J5 J8 100 PRV {}"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("lake", "sustained", "reduced"), [("20.96", 45.5, 22.6), ("24.32", 43.6, 39.0), ("27.44", 44.9, 46.7)]
)
def test_a_full_tank_does_not_keep_from_a_town_what_it_would_have_without_it(
    lake, sustained, reduced, tmp_path
):
    text = town(lake=lake, level="6")
    for (old, new), value in zip(FULL, ("", sustained, reduced), strict=True):
        text = text.replace(old, new.format(value))
    ours = snapshot(parse_inp(text))
    theirs = Theirs(sharp(text), tmp_path, ours)
    assert np.abs(theirs.head_m - ours.head_m[0]).max() <= HEAD_M
    assert np.abs(theirs.flow_m3_s - ours.flow_m3_s[0]).max() <= LEAK_M3_S
    assert ours.flow_m3_s[0, [k.name for k in ours.plan.links].index("Prv")] > LEAK_M3_S


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
