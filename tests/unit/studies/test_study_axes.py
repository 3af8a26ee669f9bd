"""Axes whose effect is read apart: what looks at all cases at once is not mixed between variants."""

import numpy as np
import pytest

from twin.studies.study_file import study_of
from twin.studies.study_plan import plan
from twin.studies.study_solve import Solver


@pytest.mark.slow
def test_a_rule_that_looks_at_all_cases_is_measured_on_each_variant():
    axes = {
        "speed": {
            "attribute": "/World/White/Mechanical/CduGroup.twin:control:maximumRatio",
            "range": ["70 %", "100 %"],
        }
    }
    planned = plan(study_of({"layout": "pod", "design": {"method": "random", "count": 3}, "axes": axes}))
    assert planned.first.apart, "the highest pressure against shut valves is that of the highest speed of all"
    solver = Solver(planned.study, frozenset(), [planned.first])
    among, alone = solver.solve(planned.rows), solver.solve(planned.rows[1:2])
    at = among.judged.rules.index("HY011")
    assert among.judged.margin[1, at] == pytest.approx(alone.judged.margin[0, at], rel=1e-12)
    assert len(np.unique(among.judged.margin[:, at])) == 3
