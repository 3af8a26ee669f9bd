"""Power devices on a stage: what is written is what is solved and judged."""

import pytest

from tests.property.pods import apply_all, copy_pod, say
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
