"""A loop that nothing passes is refused by the name of what stands in the way."""

import pytest

from twin.cli import main

TRUNK = "/World/Mechanical/Fws/SupplyTrunk"


@pytest.mark.slow
def test_a_main_that_lets_nothing_pass_is_named(capsys):
    assert main(["check", "pod", "--set", f"{TRUNK}.twin:pipe:valve=shut"]) == 4
    out = " ".join(capsys.readouterr().out.split())
    assert f"across {TRUNK}, which is shut" in out
    assert "cold side of /World/White/Mechanical/Cdu_1, /World/White/Mechanical/Cdu_2" in out
    assert " inf " not in out
