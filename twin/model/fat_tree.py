"""Sizes of fat trees: how many leaves, spines and cores a number of endpoints needs, and their cables."""

import math
from dataclasses import dataclass

from twin.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """One network, all of its planes together.

    Attributes:
        endpoint_count: Ports of servers, in each plane.
        plane_count: Separate trees that share the endpoints: rails, or the planes of a split port.
        radix_count: Ports of one switch.
        down_count, up_count: Ports of a leaf towards servers, and towards spines.
        leaf_count, spine_count, core_count: Switches, over all planes.
        group_leaf_count: Leaves that share one set of spines; all of a plane in two tiers.
        leaf_spine_links_count: Cables from one leaf to one spine of its group.
        node_leaf_count, leaf_spine_count, spine_core_count: Links of each stage, over all planes.
    """

    endpoint_count: int
    plane_count: int
    radix_count: int
    down_count: int
    up_count: int
    leaf_count: int
    spine_count: int
    core_count: int
    group_leaf_count: int
    leaf_spine_links_count: int
    node_leaf_count: int
    leaf_spine_count: int
    spine_core_count: int

    @property
    def oversubscription_ratio(self) -> float:
        """Return downlinks that are used over uplinks of the leaves."""
        return self.node_leaf_count / self.leaf_spine_count if self.leaf_spine_count else math.inf


def two_tier_limit(radix_count: int) -> int:
    """Return the most endpoints of a two-tier tree without blocking.

    Source: C. Clos, Bell System Technical Journal 32 (1953); radix squared over two for folded trees.
    """
    return radix_count * radix_count // 2


def tree(
    endpoint_count: int,
    radix_count: int,
    *,
    down_count: int,
    plane_count: int = 1,
    oversubscription_ratio: float = 1.0,
    group_leaf_count: int | None = None,
) -> Tree:
    """Return the smallest even tree: every leaf has as many cables to each spine of its group.

    Args:
        endpoint_count: Ports of servers, in each plane.
        radix_count: Ports of one switch.
        down_count: Ports of a leaf that servers take.
        plane_count: Planes.
        oversubscription_ratio: Downlinks over uplinks of a leaf, 1 for none.
        group_leaf_count: Leaves that share spines below cores; None for two tiers.

    Raises:
        UsageError: So many leaves do not fit their spines, or so many groups their cores.

    Source:
        Counts of NVIDIA DGX SuperPOD reference architectures (H100, B200, B300, GB200, GB300).
    """
    if not 0 < down_count < radix_count:
        raise UsageError(f"a leaf of {radix_count} ports cannot turn {down_count} of them to servers")
    leaves = -(-endpoint_count // down_count)
    up = min(radix_count - down_count, math.ceil(down_count / oversubscription_ratio))
    group = leaves if group_leaf_count is None else group_leaf_count
    groups = -(-leaves // group)
    # Below cores a spine turns half of its ports down.
    room = radix_count if group_leaf_count is None else radix_count // 2
    spines = _even(up, group, room)
    if spines is None:
        raise UsageError(
            f"{group} leaves with {up} uplinks each do not fit spines of {room} ports evenly: at most "
            f"{two_tier_limit(radix_count)} endpoints without cores; take planes or groups of leaves"
        )
    cores, spine_up = 0, 0
    if group_leaf_count is not None and groups > 1:
        spine_up = math.ceil(group * up / spines)
        each = _even(spine_up, groups, radix_count)
        if each is None:
            raise UsageError(
                f"{groups} groups of {group} leaves do not fit cores of {radix_count} ports evenly"
            )
        cores = each * spines
    return Tree(
        endpoint_count=endpoint_count, plane_count=plane_count, radix_count=radix_count,
        down_count=down_count,
        up_count=up, leaf_count=plane_count * leaves, spine_count=plane_count * spines * groups,
        core_count=plane_count * cores, group_leaf_count=group, leaf_spine_links_count=up // spines,
        node_leaf_count=plane_count * endpoint_count, leaf_spine_count=plane_count * leaves * up,
        spine_core_count=plane_count * groups * spines * spine_up if cores else 0,
    )  # fmt: skip


def _even(up_count: int, below_count: int, room_count: int) -> int | None:
    """Return the fewest switches above that share ``up_count`` cables of each of ``below_count`` evenly."""
    for above in range(max(1, -(-below_count * up_count // room_count)), up_count + 1):
        if up_count % above == 0 and below_count * (up_count // above) <= room_count:
            return above
    return None
