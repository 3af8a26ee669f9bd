"""Sizes of fabrics against the counts of published reference designs."""

import pytest

from twin.errors import UsageError
from twin.model.fat_tree import tree, two_tier_limit

# docs.nvidia.com/dgx-superpod, scalable infrastructure B200: SU, nodes x 8 GPU, leaf, spine, core.
B200 = [
    (2, 16, 8, 0),
    (4, 32, 16, 0),
    (8, 64, 32, 0),
    (16, 128, 128, 64),
    (32, 256, 256, 128),
    (64, 512, 512, 256),
]
# Same, B300, two planes of 400 Gb/s ports: SU of 64 nodes, leaf, spine.
B300 = [(1, 16, 8), (2, 32, 16), (4, 64, 32), (8, 128, 64), (16, 256, 128)]


@pytest.mark.parametrize(("units", "leaf", "spine", "core"), B200)
def test_a_b200_superpod_has_the_published_switches_and_cables(units, leaf, spine, core):
    # Eight rails; from 2 048 endpoints on, leaves of a rail share spines below cores, 32 at most.
    group = min(2 * units // 2, 32) if core else None
    found = tree(256 * units, 64, down_count=32, group_leaf_count=group)
    assert (found.leaf_count, found.spine_count, found.core_count) == (leaf, spine, core)
    assert found.node_leaf_count == found.leaf_spine_count == 256 * units
    assert found.spine_core_count == (256 * units if core else 0)


@pytest.mark.parametrize(("units", "leaf", "spine"), B300)
def test_a_b300_superpod_has_the_published_switches_in_two_planes(units, leaf, spine):
    found = tree(512 * units, 128, down_count=64, plane_count=2)
    assert (found.leaf_count, found.spine_count) == (leaf, spine)
    # The table counts cables of 800 Gb/s, each with a port of either plane.
    assert found.node_leaf_count // 2 == found.leaf_spine_count // 2 == 512 * units


@pytest.mark.parametrize(
    ("endpoints", "radix", "down", "group", "leaf", "spine"),
    [
        (576, 144, 72, None, 8, 4),  # GB300, one unit: two leaves for each of four rails
        (9216, 144, 72, None, 128, 72),  # GB300, sixteen units
        (256, 64, 32, None, 8, 4),  # H100, one unit: 256 cables between leaf and spine
        (576, 64, 18, None, 32, 9),  # GB200, one unit, two tiers
        (576, 64, 18, 8, 32, 24),  # GB200, one unit of a larger fabric: 24 spines, eight leaves per rail
    ],
)
def test_a_unit_has_the_published_switches(  # noqa: PLR0917  one row
    endpoints, radix, down, group, leaf, spine
):
    found = tree(endpoints, radix, down_count=down, group_leaf_count=group)
    assert (found.leaf_count, found.spine_count) == (leaf, spine)


def test_a_hall_of_36864_endpoints_needs_a_plane_for_each_rail():
    assert two_tier_limit(144) == 10_368
    with pytest.raises(UsageError, match="10368 endpoints without cores"):
        tree(36_864, 144, down_count=72)
    found = tree(9_216, 144, down_count=72, plane_count=4)
    assert (found.leaf_count, found.spine_count, found.leaf_spine_count) == (512, 288, 36_864)
    assert found.node_leaf_count + found.leaf_spine_count == 73_728


def test_oversubscription_takes_uplinks_away():
    found = tree(1152, 144, down_count=96, oversubscription_ratio=2.0)
    assert (found.up_count, found.oversubscription_ratio) == (48, 2.0)
