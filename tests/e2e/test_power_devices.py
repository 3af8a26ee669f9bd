"""Power devices on a stage: what is written is what is solved and judged."""

import shutil

import pytest

from tests.property.pods import apply_all, copy_pod, cut, drop, one_mechanical_board, say, swap
from twin.data import folder
from twin.errors import InputError
from twin.walk import walk

CASES, POWER = "layers/controls.usda", "power/power.usda"


def outcome(tmp_path, *changes):
    site = copy_pod(tmp_path)
    apply_all(site, changes)
    return walk(str(site))


def of(run, group, name, part, case="normal"):
    data = run.tree[group][name]
    row = [c.name for c in run.facility.cases].index(case)
    column = [str(p).endswith(part) for p in data[group].values].index(True)
    return float(data.values[row, column])


def test_a_battery_recharges_in_the_cases_that_say_so_and_the_energy_closes(tmp_path):
    run = outcome(tmp_path, say(CASES, "utility", "rel twin:contingency:recharging = </World/Power/Ups_A>"))
    assert of(run, "converter", "recharge_w", "Ups_A", "utility") == pytest.approx(150e3, rel=1e-9)
    assert of(run, "converter", "recharge_w", "Ups_A") == 0.0
    assert run.balance.energy_ratio.max() <= 1e-9
    assert run.balance.charged_w.max() == pytest.approx(150e3, rel=1e-9)
    usual = walk("pod")
    more = of(run, "plant", "power_w", "Generator_A", "utility")
    more -= of(usual, "plant", "power_w", "Generator_A", "utility")
    assert more == pytest.approx(150e3, rel=0.02)
    drawn, before = (float(w.tree["facility"]["facility_power_w"].values[0]) for w in (run, usual))
    assert drawn == pytest.approx(before, rel=1e-9)


def test_eco_mode_saves_its_share_of_the_loss_and_closes(tmp_path):
    eco = "double2[] twin:ups:ecoEfficiency = [(25, 98), (50, 98.8), (75, 99), (100, 99)]"
    run = outcome(tmp_path, say(POWER, "Ups_A", 'token twin:ups:mode = "eco"', eco))
    usual = walk("pod")
    lost = of(run, "converter", "loss_w", "Ups_A")
    out = of(run, "converter", "power_out_w", "Ups_A")
    assert out / (out + lost) == pytest.approx(0.987, abs=0.003)
    assert lost < 0.5 * of(usual, "converter", "loss_w", "Ups_A")
    assert run.balance.energy_ratio.max() <= 1e-9
    assert run.balance.current_ratio <= 1e-9


def test_a_maintenance_bypass_is_told(tmp_path):
    run = outcome(tmp_path, say(POWER, "Ups_A", 'token twin:ups:mode = "maintenance_bypass"'))
    assert [f.prim for f in run.findings if f.rule == "EL100"] == ["/World/Power/Ups_A"]


def with_transfer_switch(tmp_path):
    """Return a pod whose one mechanical board hangs behind one transfer switch instead of two breakers."""
    site = one_mechanical_board(copy_pod(tmp_path))
    name = "TransferSwitch_1600A"
    shutil.copytree(folder("assets") / name, tmp_path / "assets" / name)
    gone, port = "MechanicalIncomer_B", "ConnectionPoints/twin_electrical_nominal_voltage"
    line = f"MechanicalIncomer_{{}}/{port}_line"
    wires, stays = "layers/electrical.usda", "MechanicalIncomer_A"
    apply_all(site, [
        swap(wires, f'"{stays}"', "assets/Breaker_1600A/Breaker_1600A", f"assets/{name}/{name}"),
        swap(wires, "", line.format("A"), f"{stays}/{port}_preferred"),
        swap(wires, "", line.format("B"), f"{stays}/{port}_alternate"),
        cut(wires, gone), cut(wires, "MechanicalIn_B"),
        drop(CASES, "feed_a", f"Electrical/{stays}"), drop(CASES, "feed_a", "contingency:start"),
    ])  # fmt: skip
    return site


def test_one_transfer_switch_does_what_two_breakers_in_contingencies_did(tmp_path):
    site = with_transfer_switch(tmp_path)
    run, usual = walk(str(site)), walk(str(one_mechanical_board(copy_pod(tmp_path / "breakers"))))
    assert run.balance.energy_ratio.max() <= 1e-9
    assert {f.rule for f in run.findings if f.severity == "major"} == set()
    cases = [c.name for c in run.facility.cases]
    stands = [of(run, "plant", "alternate_ratio", "MechanicalIncomer_A", case) for case in cases]
    assert [case for case, ratio in zip(cases, stands, strict=True) if ratio] == ["feed_a"] * stands.count(
        1.0
    )
    for case in ("normal", "feed_a", "feed_b", "utility"):
        drawn, before = (
            float(w.tree["facility"]["cooling_power_w"].values[cases.index(case)]) for w in (run, usual)
        )
        assert drawn == pytest.approx(before, rel=1e-4)  # cables are as long as they are drawn
    carried = of(run, "plant", "current_a", "MechanicalIncomer_A", "feed_a")
    before = of(usual, "plant", "current_a", "MechanicalIncomer_B", "feed_a")
    assert carried == pytest.approx(before, rel=1e-3)


SCHEME = ('token twin:ups:redundancy = "{}"', 'string twin:redundancyGroup = "ups"')


def declared(scheme, unit):
    return say(POWER, unit, SCHEME[0].format(scheme), SCHEME[1])


def test_two_units_that_carry_half_each_are_2n(tmp_path):
    run = outcome(tmp_path, declared("2n", "Ups_A"), declared("2n", "Ups_B"))
    (margin,) = [m for m in run.margins if m.rule.id == "EL109"]
    carried = [of(run, "converter", "loading_ratio", f"Ups_{side}") for side in "AB"]
    assert margin.value[0] == pytest.approx(50.0 * sum(carried), rel=1e-3)  # of both splits of heat the worse
    assert margin.limit[0] == pytest.approx(50.0)


@pytest.mark.parametrize(
    ("schemes", "said"),
    [
        (("2n", "n_plus_1"), "2n and n_plus_1 in group 'ups'"), (("2n", ""), "no scheme and 2n"),
        (("4_make_3", "4_make_3"), "4_make_3 of 2 units"),
    ],
)  # fmt: skip
def test_a_scheme_that_its_group_contradicts_is_refused(tmp_path, schemes, said):
    units = [
        declared(s, f"Ups_{side}") if s else say(POWER, f"Ups_{side}", SCHEME[1])
        for s, side in zip(schemes, "AB", strict=True)
    ]
    with pytest.raises(InputError) as refusal:
        outcome(tmp_path, *units)
    (fault,) = [f for f in refusal.value.faults if f.code == "ST191"]
    assert said in fault.found


def test_supplies_behind_a_transfer_switch_and_eco_mode_have_to_hold_up(tmp_path):
    eco = "double2[] twin:ups:ecoEfficiency = [(25, 98), (50, 98.8), (75, 99), (100, 99)]"
    units = [
        say(POWER, f"Ups_{side}", 'token twin:ups:mode = "eco"', eco, f"double twin:ups:transfer = {time}")
        for side, time in (("A", 10), ("B", 6))
    ]
    held = say("white/it.usda", "Rack_A1", "double twin:rack:holdUp = 1")
    run = outcome(tmp_path, *units, held)
    assert of(run, "rack", "transfer_gap_s", "Rack_A1") == pytest.approx(0.006)
    (finding,) = [f for f in run.findings if f.rule == "EL115"]
    assert finding.prim.endswith("Rack_A1")
    carried = 8 * 33.0 / (0.97 * float(run.facility.tables["rack"].numbers["it_power_w"][0, 0]) / 1e3)
    assert finding.value == pytest.approx(1e-3 * carried, rel=1e-9)
