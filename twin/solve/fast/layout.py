"""Layout."""

from typing import NamedTuple

import numpy as np

from twin.arrays import Index
from twin.solve.elimination import Plan, couples


class Rows(NamedTuple):
    upto: Index
    later: Index
    target: Index
    widest: int


def rows_of(plan: Plan) -> Rows:
    """Return the rows of a symmetric plan in order of elimination."""
    size = plan.size
    low, high = np.divmod(plan.keys, max(size, 1))
    first, second = np.empty((2, plan.pairs), dtype=np.intp)
    before = plan.place[low] < plan.place[high]
    first[plan.ranks] = np.where(before, plan.place[low], plan.place[high])
    second[plan.ranks] = np.where(before, high, low)
    degree = np.bincount(first, minlength=size)
    one, other = couples(degree, 0)
    slots = plan.slots(second[one], second[other])
    target = np.where(slots < 0, plan.place[second[one]], size + slots)
    upto = np.concatenate([np.zeros(1, dtype=np.intp), np.cumsum(degree)])
    return Rows(
        *(each.astype(np.int32) for each in (upto, plan.place[second], target)), int(degree.max(initial=0))
    )
