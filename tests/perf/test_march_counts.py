"""How much work a march of the shipped hall takes, in counts."""

from pathlib import Path

import pytest

from tests.e2e.test_march import layer
from twin.solve.march_energy import energy
from twin.studies.march import time_march


@pytest.mark.slow
def test_a_hall_in_training_takes_a_factorisation_for_each_state_of_its_switches(tmp_path: Path):
    timed = time_march(layer(tmp_path / "site", "hall_liquid"), 40.0)
    assert len(timed.facility.tables["rack"].paths) == 512
    assert timed.march.time_s.size > 200
    assert timed.march.factorised <= timed.march.stretch[-1] + 2
    assert timed.march.solved <= 60
    assert energy(timed.march).residual_ratio <= 1e-9
