"""Electrical networks that cannot be: one refusal each, with code, file, line and prim."""

import re

import pytest

from twin.cli import main

DIRECT = ("--variant", "/World:distribution=dc_800")
WHIP, CABLE = "/World/White/Electrical/Whips/Rack_A1_A", "/World/Electrical/Cables/Mv_A"
INVALID = 3


@pytest.mark.parametrize(
    ("code", "prim", "more"),
    [
        ("PW001", "/World/Power/Transformer_A", (
            "--set", "/World/Power/Transformer_A.twin:transformer:secondaryVoltage=690V",
        )),
        ("PW007", "/World/White/Electrical/Busway_AA", (*DIRECT, "--set", f"{WHIP}.twin:whip:phases=a")),
        ("PW009", "/World/Electrical/Utility", ("--set", f"{CABLE}.twin:powerCable:phases=a")),
    ],
)  # fmt: skip
def test_it_is_refused_with_code_file_line_and_prim(capsys, code, prim, more):
    assert main(["check", "pod", *more]) == INVALID
    assert re.search(rf"{code}  \S+\.usda:\d+  {prim}", capsys.readouterr().out)


def test_single_phases_behind_a_transformer_are_solved(capsys):
    whip, rack = "/World/Electrical/Whips/Whip_01_01", "/World/IT/Rack_01_01"
    small = ("--set", f"{whip}.twin:whip:phases=b", "--set", f"{rack}.twin:airRack:itPower=3kW")
    assert main(["check", "hall_legacy", *small]) == 0
    assert "PASS" in capsys.readouterr().out


def test_a_capacitor_without_what_limits_its_current_is_refused(capsys):
    told = "/World/Power/Rectifier_A.twin:powerConverter:outputCapacitance=20mF"
    assert main(["check", "pod", *DIRECT, "--set", told]) == INVALID
    said = capsys.readouterr().out
    assert "ST192" in said
    assert "outputCapacitance without outputCapacitorResistance and outputCapacitorInductance" in said
