"""Circuits in plain JSON against OpenDSS and pandapower, as the command line solves them; see README.md."""

import json

import numpy as np
import pytest

from twin.interop.circuit import read_circuit, solve_circuit
from twin.solve.wires import solve_wires

FEEDERS = ("ieee4_dy_bal", "ieee13")
BUSWAYS = ("busway_balanced", "busway_unbalanced")


def phasor(size, angle_deg):
    return size * np.exp(1j * np.radians(angle_deg))


@pytest.fixture(scope="module")
def electrical(published_cases):
    return published_cases / "electrical"


@pytest.fixture(scope="module")
def feeder(electrical):
    """Return what gives our results and OpenDSS's of a circuit of conductors, each solved once."""
    known = {}

    def results(name):
        if name not in known:
            ours = json.loads(solve_circuit(str(electrical / f"{name}.circuit.json")).text)
            known[name] = ours, json.loads((electrical / f"{name}.expected.json").read_text())
        return known[name]

    return results


@pytest.mark.parametrize("name", FEEDERS)
def test_a_feeder_has_the_voltages_of_opendss(feeder, name):
    ours, expected = feeder(name)
    for bus, nodes in expected["voltages"].items():
        for node in (key for key in nodes if "-" not in key):
            mine, theirs = ours["bus"][bus][node], nodes[node]
            assert mine["voltage_ratio"] == pytest.approx(theirs["pu"], abs=1e-5), (bus, node)
            turned = phasor(1.0, mine["angle_deg"] - theirs["deg"])
            assert abs(np.degrees(np.angle(turned))) < 1e-3, (bus, node)


@pytest.mark.parametrize(("name", "within"), [(n, 2e-4) for n in FEEDERS] + [(n, 1e-3) for n in BUSWAYS])
def test_lines_have_the_currents_of_opendss(feeder, name, within):
    ours, expected = feeder(name)
    for line, rows in expected["line_current_A_deg_from_bus1"].items():
        mine = phasor(np.array(ours["line"][line]["current_a"]), np.array(ours["line"][line]["angle_deg"]))
        theirs = np.array([phasor(size, angle) for size, angle in rows])
        assert mine.size == theirs.size, line
        # a conductor that carries nothing is measured by the others
        assert np.abs(mine - theirs).max() <= within * max(np.abs(theirs).max(), 1.0), line


@pytest.mark.parametrize(("name", "within"), [(n, 1e-3) for n in FEEDERS] + [(n, 5e-3) for n in BUSWAYS])
def test_losses_are_those_of_opendss_item_by_item(feeder, name, within):
    ours, expected = feeder(name)
    assert ours["losses_w"] == pytest.approx(1e3 * expected["total_losses_kW_kvar"][0], rel=within)
    assert ours["source"]["source"]["power_w"] == pytest.approx(
        1e3 * expected["source_power_kW_kvar"][0], rel=within
    )
    for unit, row in expected["transformer_losses"].items():
        assert ours["transformer"][unit]["loss_w"] == pytest.approx(row["loss_W_var"][0], rel=within, abs=0.1)


@pytest.mark.parametrize("name", BUSWAYS)
def test_a_busway_has_the_voltages_of_opendss_to_its_neutral_and_of_that_to_earth(feeder, name):
    ours, expected = feeder(name)
    for bus, row in expected["phase_to_neutral"].items():
        nodes = {key: phasor(each["voltage_v"], each["angle_deg"]) for key, each in ours["bus"][bus].items()}
        for phase in "123":
            theirs = phasor(row[phase]["V"], row[phase]["deg"])
            assert abs(nodes[phase] - nodes["4"]) == pytest.approx(abs(theirs), rel=2e-4), (bus, phase)
        shift = row["neutral_to_ground_V"]
        assert abs(nodes["4"]) == pytest.approx(shift, rel=5e-3, abs=5e-3), bus


@pytest.mark.parametrize("name", FEEDERS + BUSWAYS)
def test_a_circuit_closes_and_names_what_floats(feeder, name):
    ours, _ = feeder(name)
    assert ours["balance_ratio"] < 1e-9
    assert ours["source_power_w"] == pytest.approx(ours["load_power_w"] + ours["losses_w"], rel=1e-9)
    assert [bool(ours["floating"])] == [name in BUSWAYS]


def test_a_balanced_busway_is_solved_by_its_positive_sequence(electrical, feeder):
    ours, _ = feeder("busway_balanced")
    assert ours["method"] == "positive sequence"
    wires = read_circuit(str(electrical / "busway_balanced.circuit.json")).wires
    quick, whole = solve_wires(wires), solve_wires(wires, method="phases")
    assert whole.method == ("current injection",)
    level = np.where(wires.bus == 0, 6351.0, 239.6)[:, None]
    assert (np.abs(quick.voltage_v - whole.voltage_v) / level).max() < 1e-9


@pytest.mark.parametrize("name", ["pf_case9", "pf_case14"])
def test_a_power_flow_case_has_the_state_of_pandapower(electrical, name):
    file = electrical / f"{name}.json"
    ours, expected = json.loads(solve_circuit(str(file)).text), json.loads(file.read_text())["expected"]
    for bus, (size, angle) in enumerate(zip(expected["Vm_pu"], expected["Va_deg"], strict=True)):
        mine = ours["bus"][str(bus)]["1"]
        assert mine["voltage_ratio"] == pytest.approx(size, abs=1e-6)
        assert mine["angle_deg"] == pytest.approx(angle, abs=1e-5)
    for bus, active, reactive in expected["gen_P_MW_Q_Mvar"]:
        mine = ours["source"][str(int(bus))]
        assert mine["power_w"] / 1e6 == pytest.approx(active, abs=1e-4)
        assert mine["reactive_power_var"] / 1e6 == pytest.approx(reactive, abs=1e-4)
    for number, flows in enumerate(expected["branch_Pf_Qf_Pt_Qt"]):
        mine = ours["line"][str(number)]
        pairs = zip(mine["power_w"], mine["reactive_power_var"], strict=True)
        assert [each / 1e6 for pair in pairs for each in pair] == pytest.approx(flows, abs=1e-4), number
    assert ours["losses_w"] / 1e6 == pytest.approx(expected["total_loss_MW"], abs=1e-4)


def test_a_2n_path_has_the_state_of_pandapower_by_its_t_model(electrical):
    file = electrical / "dc_2n_normal.json"
    ours, expected = json.loads(solve_circuit(str(file)).text), json.loads(file.read_text())["expected"]
    for bus, row in expected["bus"].items():
        mine = ours["bus"][bus]["1"]
        assert mine["voltage_ratio"] == pytest.approx(row["vm_pu"], abs=1e-5)
        assert mine["angle_deg"] == pytest.approx(row["va_deg"], abs=1e-3)
    for line, row in expected["line"].items():
        assert ours["line"][line]["current_a"][0] == pytest.approx(1e3 * row["i_ka"], rel=1e-5)
        assert ours["line"][line]["loss_w"] == pytest.approx(1e3 * row["loss_kw"], rel=2e-3)
    for unit, row in expected["trafo"].items():
        mine = ours["transformer"][unit]
        assert mine["power_w"][0] == pytest.approx(1e6 * row["p_hv_mw"], rel=1e-5)
        assert mine["loss_w"] == pytest.approx(1e3 * row["loss_kw"], rel=2e-3)
        assert mine["loading_ratio"] == pytest.approx(row["loading_percent"] / 100.0, rel=1e-5)
