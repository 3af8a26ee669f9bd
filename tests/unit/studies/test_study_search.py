"""A search finds the cheapest design that passes, and says when there is none."""

import numpy as np
import pytest

from twin.errors import InputError
from twin.studies.study_file import study_of
from twin.studies.study_read import SOLVED, empty_rows
from twin.studies.study_search import search

SAID = {
    "layout": "pod",
    "seed": 2,
    "design": {"method": "random", "count": 1},
    "axes": {
        "a": {"load": "it", "range": [0.5, 1.5]},
        "w": {"variant": "/World:size", "values": ["s", "m", "l"]},
    },
    "outputs": {"pue": "facility.pue_design_ratio"},
    "constraints": {"rules": ["EN002"], "limits": {"pue": ">= 1.2"}},
    "cost": "3 * a + pue",
}


def solver(study, calls):
    def solve(rows):
        calls.append(len(rows))
        found = empty_rows(study, len(rows))
        found.status[:] = SOLVED
        found.outputs["pue"][:] = 1.0 + 0.2 * rows[:, 0] + 0.1 * rows[:, 1]
        return found

    return solve


def test_the_cheapest_that_passes_is_found():
    study, calls = study_of(SAID), []
    found = search(study, solver(study, calls), generations=30)
    row = found.rows[found.best]
    # The largest size passes from a = 0.5 on, where nothing is cheaper.
    assert row[1] == 1.0 or row[1] == 2.0
    assert found.found.cost[found.best] == pytest.approx(min(3 * 0.5 + 1.3, 3 * 0.5 + 1.2), rel=0.02)
    assert found.found.passes[found.best]
    assert sum(calls) == len(found.rows), "no candidate is solved twice"


def test_equal_seeds_search_alike():
    study = study_of(SAID)
    first, again = (search(study, solver(study, []), generations=3).rows for _ in range(2))
    assert np.array_equal(first, again)


def test_no_design_that_passes_is_said():
    study = study_of({**SAID, "constraints": {"rules": ["EN002"], "limits": {"pue": ">= 9"}}})
    assert search(study, solver(study, []), generations=2).best == -1


def test_a_search_needs_a_cost():
    study = study_of({**SAID, "cost": ""})
    with pytest.raises(InputError, match="ST252"):
        search(study, solver(study, []), generations=1)
