"""The rule on redundancy schemes, each scheme at its limit."""

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.checks.reviews import NORMAL, built, found, measured, out, table

KINDS = {"ups": "rated_power_w", "power_converter": "rated_power_w", "transformer": "rated_power_va"}
# Published largest utilisation of equal units, by scheme and how many there are.
PUBLISHED = [
    ("n", 3, 1.0), ("n_plus_1", 4, 0.75), ("2n", 2, 0.5), ("2n", 6, 0.5), ("3_make_2", 3, 2 / 3),
    ("4_make_3", 4, 0.75), ("4_make_3", 8, 0.75), ("block_redundant", 5, 0.8),
]  # fmt: skip


def group(kind, scheme, count, rating=1e6, name="a", **fields):
    numbers = {KINDS[kind]: rating} | ({"module_count": 1.0} if kind == "power_converter" else {})
    made = table(kind, count, words={"redundancy": scheme}, **numbers, **fields)
    return replace(made, redundancy_group=(name,) * count)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("scheme", "count", "limit"), PUBLISHED)
def test_a_group_of_equal_units_carries_up_to_the_published_share(kind, scheme, count, limit):
    facility = built(group(kind, scheme, count))
    assert found("EL109", facility, **{kind: {"loading_ratio": limit}}) == []
    (finding,) = found("EL109", facility, **{kind: {"loading_ratio": limit + 1e-3}})
    assert (finding.severity, finding.limit) == ("major", pytest.approx(100.0 * limit))


def test_what_is_left_after_one_failure_carries_all_whatever_the_ratings():
    """Loads at the limit are carried by what is left: without the largest unit, and without either half."""
    rating = np.array([1e6, 2e6, 3e6])
    (margin,) = measured("EL109", built(group("ups", "n_plus_1", 3, rating)), ups={"loading_ratio": 0.4})
    assert margin.limit[0] / 100.0 * rating.sum() == pytest.approx(rating[:2].sum())
    (margin,) = measured(
        "EL109", built(group("ups", "2n", 2, np.array([1e6, 2e6]))), ups={"loading_ratio": 0.3}
    )
    assert margin.limit[0] / 100.0 * 3e6 == pytest.approx(1e6)


def test_a_catcher_takes_the_whole_load_of_any_one_unit_but_no_more_than_its_rating():
    rating = np.array([1e6, 1e6, 0.5e6])  # the small one catches
    (margin,) = measured(
        "EL109", built(group("ups", "block_redundant", 3, rating)), ups={"loading_ratio": 0.3}
    )
    assert margin.limit[0] / 100.0 * rating.sum() == pytest.approx(2.0 * 0.5e6)


def test_a_catcher_that_idles_counts_and_a_case_that_is_not_normal_does_not():
    running = np.array([[True], [True], [False]])
    facility = built(group("ups", "block_redundant", 3, in_service=running), cases=(*NORMAL, out("ups_0")))
    loading = {"loading_ratio": [[1.0, 1.0, np.nan], [1.2, 1.2, 1.2]]}
    (margin,) = measured("EL109", facility, ups=loading)
    assert margin.value[0] == pytest.approx(200.0 / 3.0)
    assert found("EL109", facility, ups=loading) == []


def test_each_group_is_judged_by_itself_and_nothing_is_said_where_no_scheme_is_declared():
    both = group("ups", "2n", 4)
    both = replace(both, redundancy_group=("a", "a", "b", "b"))
    (finding,) = found("EL109", built(both), ups={"loading_ratio": [[0.4, 0.4, 0.6, 0.6]]})
    assert finding.prim == "/World/ups_0002"
    assert measured("EL109", built(table("ups", 2)), ups={"loading_ratio": 0.9}) == []
    assert measured("EL109", built(group("ups", "", 2)), ups={"loading_ratio": 0.9}) == []
