"""Short-circuit currents against the published cases; see README.md."""

import json

import numpy as np
import pytest

from twin.cli import main

CASES = ("sc_trafo_10_04", "sc_iec60909_4_small_no_gen")
# Bars of the published folder, and of the quantities beside them, which come from the same solution.
BARS = {"ikss": 5e-4, "ip": 1e-3, "ith": 1e-3}
OHMS = {"rk_ohm": "resistance_ohm", "xk_ohm": "reactance_ohm"}


@pytest.fixture(params=CASES)
def solved(request, published_cases, tmp_path):
    """Return the case and what `twin solve` writes for it."""
    file = published_cases / "electrical" / f"{request.param}.json"
    out = tmp_path / "out.json"
    assert main(["solve", str(file), "-o", str(out)]) == 0
    return json.loads(file.read_text()), json.loads(out.read_text())


def test_currents_are_those_of_pandapower(solved):
    case, found = solved
    expected = case["expected_pandapower"]
    assert found["bus"]["index"] == [row["index"] for row in case["network"]["bus"]]
    for name, bar in BARS.items():
        if f"{name}_ka" in expected and f"{name}_a" in found["bus"]:
            np.testing.assert_allclose(
                found["bus"][f"{name}_a"], 1e3 * np.array(expected[f"{name}_ka"]), rtol=bar
            )
    for theirs, ours in OHMS.items():
        np.testing.assert_allclose(found["bus"][ours], expected[theirs], rtol=5e-4)


def test_currents_are_those_quoted_from_the_technical_report(solved):
    case, found = solved
    for name in ("ikss", "ip"):
        quoted = 1e3 * np.array(case["expected_quoted"].get(f"{name}_ka", []))
        np.testing.assert_allclose(found["bus"][f"{name}_a"][: quoted.size], quoted, rtol=BARS[name])
