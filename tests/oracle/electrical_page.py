"""Writes docs/electrical.md: how far the electrical solvers are from OpenDSS, pandapower and printed numbers.

Run in the environment of the oracles, with the published cases: ``python -m tests.oracle.electrical_page``.
"""

import json
import os
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import opendssdirect
import pandapower

from tests.oracle import exchange
from tests.oracle import test_pandapower_stages as stages
from tests.oracle import test_power_flow_networks as flows
from tests.oracle import test_short_circuit_against_pandapower as short
from tests.oracle import test_wires_against_opendss as wires
from twin.interop.circuit import solve_circuit
from twin.interop.circuit_results import total_loss_w
from twin.interop.circuit_wires import wires_circuit
from twin.interop.fault_read import question
from twin.interop.fault_results import answer
from twin.interop.power_moment import power_moment
from twin.solve.wires import solve_wires
from twin.walk import walk

PAGE = Path(__file__).parents[2] / "docs/electrical.md"
FEEDERS, BUSWAYS = ("ieee4_dy_bal", "ieee13"), ("busway_balanced", "busway_unbalanced")
CASES, FAULTS = ("pf_case9", "pf_case14"), ("sc_trafo_10_04", "sc_iec60909_4_small_no_gen")
LAYOUTS = ("pod", "hall_legacy", "hall_liquid")
ENGINES = f"OpenDSS (`opendssdirect.py` {opendssdirect.__version__}) or pandapower {pandapower.__version__}"
HEAD = f"""<!-- Written by `python -m tests.oracle.electrical_page`; do not edit. -->

# What the electrical solvers are checked against

The same input solved by {ENGINES}, and
here. A voltage error is over the nominal voltage of its bus, any other error over what it is an error of.
The first line of a table is its bar, which no error is above.

"""


def table(columns, bar, rows):
    """Return the lines of a table; an error is a number, shown in two digits."""
    shown = [[f"{each:.2g}" if isinstance(each, float) else str(each) for each in row] for row in rows]
    return [
        f"| {' | '.join(columns)} |", f"|---|{'--:|' * (len(columns) - 1)}", f"| *bar* | {' | '.join(bar)} |",
        *(f"| {' | '.join(row)} |" for row in shown), "",
    ]  # fmt: skip


def phasor(size, angle_deg):
    """Return complex numbers of sizes and angles."""
    return np.asarray(size) * np.exp(1j * np.radians(angle_deg))


def ours_and_expected(folder, name):
    """Return what `twin solve` writes for a circuit of conductors, and OpenDSS's numbers."""
    ours = json.loads(solve_circuit(str(folder / f"{name}.circuit.json")).text)
    return ours, json.loads((folder / f"{name}.expected.json").read_text(encoding="utf-8"))


def current_ratio(ours, expected):
    """Return the worst error of a current over the largest of its line."""
    found = []
    for line, rows in expected["line_current_A_deg_from_bus1"].items():
        mine = phasor(ours["line"][line]["current_a"], ours["line"][line]["angle_deg"])
        theirs = np.array([phasor(size, angle) for size, angle in rows])
        found.append(np.abs(mine - theirs).max() / max(np.abs(theirs).max(), 1.0))
    return float(max(found))


def feeder_row(folder, name):
    """Return worst voltage, current and loss of a feeder of unequal phases."""
    ours, expected = ours_and_expected(folder, name)
    volts = [
        abs(ours["bus"][bus][node]["voltage_ratio"] - row["pu"])
        for bus, nodes in expected["voltages"].items() for node, row in nodes.items() if "-" not in node
    ]  # fmt: skip
    loss = abs(ours["losses_w"] / (1e3 * expected["total_losses_kW_kvar"][0]) - 1.0)
    return name, len(ours["bus"]), float(max(volts)), 100 * current_ratio(ours, expected), 100 * loss


def busway_row(folder, name):
    """Return worst voltage to the neutral, of the neutral to earth, current and loss of a busway."""
    ours, expected = ours_and_expected(folder, name)
    between, shift = [], []
    for bus, row in expected["phase_to_neutral"].items():
        node = {key: phasor(each["voltage_v"], each["angle_deg"]) for key, each in ours["bus"][bus].items()}
        between += [abs(abs(node[phase] - node["4"]) / row[phase]["V"] - 1.0) for phase in "123"]
        shift.append(abs(abs(node["4"]) - row["neutral_to_ground_V"]))
    loss = abs(ours["losses_w"] / (1e3 * expected["total_losses_kW_kvar"][0]) - 1.0)
    return (
        name, len(ours["bus"]), 100 * float(max(between)), 1e3 * float(max(shift)),
        100 * current_ratio(ours, expected), 100 * loss,
    )  # fmt: skip


def case_row(folder, name):
    """Return worst voltage, angle, flow and loss of a power flow case."""
    file = folder / f"{name}.json"
    ours, expected = json.loads(solve_circuit(str(file)).text), json.loads(file.read_text())["expected"]
    mine = [ours["bus"][str(bus)]["1"] for bus in range(len(expected["Vm_pu"]))]
    size = max(abs(m["voltage_ratio"] - v) for m, v in zip(mine, expected["Vm_pu"], strict=True))
    angle = max(abs(m["angle_deg"] - v) for m, v in zip(mine, expected["Va_deg"], strict=True))
    flow = 0.0
    for number, theirs in enumerate(expected["branch_Pf_Qf_Pt_Qt"]):
        line = ours["line"][str(number)]
        pairs = zip(line["power_w"], line["reactive_power_var"], strict=True)
        flow = max(flow, np.abs(np.array([v / 1e6 for pair in pairs for v in pair]) - theirs).max())
    loss = abs(ours["losses_w"] / 1e6 / expected["total_loss_MW"] - 1.0)
    return name, len(mine), size, angle, float(flow), 100 * loss


def path_row(folder):
    """Return worst voltage, current and loss of the 2N path of a data centre."""
    file = folder / "dc_2n_normal.json"
    ours, expected = json.loads(solve_circuit(str(file)).text), json.loads(file.read_text())["expected"]
    volts = [abs(ours["bus"][b]["1"]["voltage_ratio"] - r["vm_pu"]) for b, r in expected["bus"].items()]
    amps = [ours["line"][k]["current_a"][0] / (1e3 * r["i_ka"]) - 1.0 for k, r in expected["line"].items()]
    losses = [
        ours[sort][name]["loss_w"] / (1e3 * row["loss_kw"]) - 1.0
        for sort, key in (("line", "line"), ("transformer", "trafo"))
        for name, row in expected[key].items() if row["loss_kw"]
    ]  # fmt: skip
    return (
        "dc_2n_normal", len(expected["bus"]), float(max(volts)), 100 * float(np.abs(amps).max()),
        100 * float(np.abs(losses).max()),
    )  # fmt: skip


def fault_row(folder, name):
    """Return worst initial and peak current against pandapower, and against the printed numbers."""
    case = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    found = answer(question(case, file=name))

    def worst(key, quantity):
        if f"{quantity}_ka" not in case[key]:
            return ""
        theirs = 1e3 * np.array(case[key][f"{quantity}_ka"])
        return 100 * float(np.abs(getattr(found, f"{quantity}_a")[: theirs.size, 0] / theirs - 1.0).max())

    quantities = [(key, q) for key in ("expected_pandapower", "expected_quoted") for q in ("ikss", "ip")]
    return name, len(case["network"]["bus"]), *(worst(*each) for each in quantities)


def apart(ours_a, theirs_a):
    """Return the worst error of a current over its bus's, or over a thousandth of the largest."""
    least = 1e-3 * np.abs(theirs_a).max()
    return float((np.abs(ours_a - theirs_a) / np.maximum(np.abs(theirs_a), least)).max())


def live_fault_rows():
    """Yield worst initial and peak current of networks built here, solved by ``calc_sc`` beside us."""
    builds = {"hall of 20 and 0.4 kV": short.hall, "grid of 380, 110 and 30 kV": short.grid_of_three_levels}
    for name, build in builds.items():
        for fault in ("3ph", "2ph", "1ph"):
            pairs = [short.both(build(), fault=fault, **options) for options in short.OPTIONS.values()]
            initial = [apart(f.ikss_a[:, 0], 1e3 * t.ikss_ka) for f, t in pairs]
            peak = [apart(f.ip_a[:, 0], 1e3 * t.ip_ka) for f, t in pairs if fault != "1ph"]
            yield f"{name}, {fault}", 100 * float(max(initial)), 100 * float(max(peak)) if peak else ""


def wires_row(name):
    """Return worst voltage and loss of a circuit of unequal phases that OpenDSS solves beside us."""
    circuit = wires.circuit_of(*wires.CASES[name])
    volts, loss = wires.theirs(circuit)
    net = wires_circuit(name, circuit).wires
    flow = solve_wires(net)
    mine = {net.name(node): flow.voltage_v[node, 0] for node in range(net.size)}
    loose = {net.name(int(node)) for island in flow.floating for node in island.nodes}
    apart = [
        abs((own - mine.get(second, 0.0)) - (volts[first] - volts.get(second, 0.0)))
        / (7200.0 if first.partition(".")[0] in {"sourcebus", "n2"} else 2400.0)
        for first, own in mine.items() for second in (*mine, "")
        if second.partition(".")[0] in {first.partition(".")[0], ""} and (second or first not in loose)
    ]  # fmt: skip
    return name, float(max(apart)), 100 * abs(total_loss_w(flow) / loss - 1.0)


def network_rows(names, given, folder):
    """Yield worst voltage, angle and loss of networks that pandapower ships."""
    for name in names:
        net = flows.shipped(name)
        apart = flows.compared(*given(net), net, folder)
        yield (
            name.removeprefix("create_"), apart.buses, float(apart.voltage_ratio), float(apart.angle_deg),
            100 * float(apart.loss_ratio),
        )  # fmt: skip


def layout_rows(folder):
    """Yield worst voltage and loss of the circuits of our layouts, written for both engines."""
    for layout in LAYOUTS:
        outcome = walk(f"layouts/{layout}")
        count = 1 if layout == "hall_liquid" else len(outcome.facility.cases)
        moments = [power_moment(outcome.facility, outcome.solution, variant) for variant in range(count)]
        for engine, run in (("OpenDSS", exchange.with_opendss), ("pandapower", exchange.with_pandapower)):
            apart = [run(moment, folder) for moment in moments]
            yield (
                f"`{layout}`, {engine}", count, apart[0].buses, float(max(a.voltage_ratio for a in apart)),
                100 * float(max(a.loss_ratio for a in apart)),
            )  # fmt: skip


def stage_rows(folder):
    """Yield worst voltage of networks that became stages."""
    for name in (*stages.AS_THEY_ARE, *stages.BARE, *stages.WITHOUT_GENERATION):
        net = stages.shipped(name, bare=name not in stages.AS_THEY_ARE)
        if name in stages.WITHOUT_GENERATION:
            net.sgen["in_service"] = False
        apart = stages.compared(net, folder)
        yield name.removeprefix("create_"), apart.buses, float(apart.voltage_ratio)


def published(folder):
    """Return the tables of the published cases."""
    return [
        "## Published cases", "",
        "Feeders of unequal phases, solved by OpenDSS; regulators stand at the published taps.", "",
        *table(
            ("feeder", "buses", "worst voltage", "worst current [%]", "losses [%]"),
            ("", "1e-05", "0.02", "0.1"), (feeder_row(folder, name) for name in FEEDERS),
        ),
        "Busways with a neutral of their own, solved by OpenDSS; volts of the neutral to earth.", "",
        *table(
            ("busway", "buses", "to neutral [%]", "neutral [mV]", "current [%]", "losses [%]"),
            ("", "0.02", "5", "0.1", "0.2"), (busway_row(folder, name) for name in BUSWAYS),
        ),
        "IEEE cases with generators that hold voltages, solved by pandapower.", "",
        *table(
            ("case", "buses", "worst voltage", "worst angle [deg]", "worst flow [MW]", "losses [%]"),
            ("", "1e-06", "1e-05", "0.0001", "0.2"), (case_row(folder, name) for name in CASES),
        ),
        "The 2N path of a data centre, solved by pandapower; losses element by element.", "",
        *table(
            ("path", "buses", "worst voltage", "worst current [%]", "worst loss [%]"),
            ("", "1e-05", "0.001", "0.2"), [path_row(folder)],
        ),
        "Short circuits by IEC 60909, against pandapower and the printed numbers of IEC TR 60909-4 and",
        "PowerFactory, which have four to six digits.", "",
        *table(
            ("network", "buses", "Ik″ [%]", "ip [%]", "Ik″, printed [%]", "ip, printed [%]"),
            ("", "0.05", "0.1", "0.05", "0.1"), (fault_row(folder, name) for name in FAULTS),
        ),
    ]  # fmt: skip


def live(folder):
    """Return the tables of what is solved by both as the page is written."""
    columns = ("network", "buses", "worst voltage", "worst angle [deg]", "losses [%]")
    bar = ("", f"{flows.VOLTAGE_RATIO:g}", f"{flows.ANGLE_DEG:g}", "0.2")
    return [
        "## IEEE and CIGRE networks that come with pandapower", "",
        "In MATPOWER's columns, as pandapower makes them: like branches, shunts, taps and generators.", "",
        *table(columns, bar, network_rows(flows.CASES, flows.as_case, folder)),
        "From pandapower's tables, by our own lines and transformers.", "",
        *table(columns, bar, network_rows(flows.TABLES, flows.as_tables, folder)),
        "From files of `pandapower.to_json`: switches, several grids, static generators, taps.", "",
        *table(columns, bar, network_rows(flows.FILES, flows.as_file, folder)),
        "## Unequal phases", "",
        "A source, a line, a transformer, a line and loads, in every connection that our reader knows; by",
        "OpenDSS. Voltages between all conductors of a bus, and to earth where something earths them.", "",
        *table(
            ("circuit", "worst voltage", "losses [%]"), ("1e-06", "0.001"),
            (wires_row(name) for name in wires.CASES),
        ),
        "## Short circuits", "",
        "Networks with motors, three-winding transformers and vector groups, greatest and least currents,",
        "solved by pandapower's `calc_sc`; the worst bus of the worst option. A current below a thousandth",
        "of the largest, to earth where no star point is earthed, is measured by that one.", "",
        *table(("network, fault", "Ik″ [%]", "ip [%]"), ("0.05", "0.1"), live_fault_rows()),
        "## Layouts, as they are written", "",
        "`twin export opendss` and `twin export pandapower`, run again by these programs. Every case of a",
        "layout, of `hall_liquid` the normal one. The error is of the complex voltage: its angle counts.", "",
        *table(
            ("layout, engine", "cases", "buses", "worst voltage", "losses [%]"), ("", "", "1e-06", "0.0001"),
            layout_rows(folder),
        ),
        "## Networks of pandapower, as stages", "",
        "`twin import pandapower`, solved by the walk. All but `case33bw` and `cigre_network_lv` are without",
        "charging and magnetising power on both sides, the last two without static generators too.", "",
        *table(
            ("network", "buses", "worst voltage"), ("", f"{stages.VOLTAGE_RATIO:g}"), stage_rows(folder)
        ),
    ]  # fmt: skip


def page():
    """Return the page."""
    scratch = Path(tempfile.mkdtemp())
    return HEAD + "\n".join([*published(Path(os.environ["TWIN_CASES"]) / "electrical"), *live(scratch)])


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    PAGE.write_text(page().rstrip() + "\n", encoding="utf-8")
    print(PAGE.name, file=sys.stderr)
