"""A loop that nothing passes is refused by the name of what stands in the way."""

import pytest

from twin.cli import main

TRUNK = "/World/Mechanical/Fws/SupplyTrunk"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("said", "told"), [("valve=shut", f"{TRUNK}, which is shut"), ("innerDiameter=5 mm", f"across {TRUNK}")]
)
def test_a_main_that_lets_nothing_pass_is_named(capsys, said, told):
    assert main(["check", "pod", "--set", f"{TRUNK}.twin:pipe:{said}"]) == 4
    out = " ".join(capsys.readouterr().out.split())
    assert told in out
    assert "cold side of /World/White/Mechanical/Cdu_1, /World/White/Mechanical/Cdu_2" in out
    assert " inf " not in out
