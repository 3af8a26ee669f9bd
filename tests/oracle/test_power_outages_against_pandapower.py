"""Three outages of the pod as pandapower sees them: every alive node of the power net and every current."""

from pathlib import Path

import numpy as np
import pytest

from twin.model.network import lay_out
from twin.solve.couple import solve
from twin.stage.read import read
from twin.studies.outages import in_cases
from twin.studies.power_outages import power_outages

pandapower = pytest.importorskip("pandapower")

POD = Path(__file__).parents[2] / "layouts" / "pod"
OUT = (
    "/World/Power/Ups_A", "/World/White/Electrical/Busway_AA", "/World/Electrical/Cables/Mv_A",
    "/World/White/Electrical/Whips/Rack_B1_A",
)  # fmt: skip


@pytest.fixture(scope="module")
def solved():
    facility = read(POD).facility
    found = {o.part: o for o in power_outages(facility)}
    return solve(lay_out(in_cases(facility, [found[path] for path in OUT])))


def with_pandapower(net, power, case):
    """Return the net of one case: feeds and UPS outputs hold their voltage, loads draw what was solved."""
    grid = pandapower.create_empty_network(sn_mva=1.0)
    nominal, alive = net.nominal_v[:, 0], power.node_alive[:, case]
    buses = {n: pandapower.create_bus(grid, vn_kv=nominal[n] / 1e3) for n in np.flatnonzero(alive).tolist()}
    held = np.abs(power.node_voltage_ratio[:, case])
    for node, on in zip(net.feeds.node, net.feeds.in_service[:, case], strict=True):
        if on:
            pandapower.create_ext_grid(grid, buses[int(node)], vm_pu=held[node])
    outputs = np.flatnonzero(net.converters.in_service[:, case] & alive[net.converters.a])
    for row in outputs.tolist():
        volts = net.converters.output_v[row, 0] / nominal[net.converters.b[row]]
        pandapower.create_ext_grid(grid, buses[int(net.converters.b[row])], vm_pu=float(volts))
        lag = np.tan(np.arccos(net.converters.power_factor_ratio[row, 0]))
        drawn = power.converter_in_w[row, case] / 1e6
        pandapower.create_load(grid, buses[int(net.converters.a[row])], drawn, drawn * lag)
    lag = np.tan(np.arccos(net.consumers.power_factor_ratio[:, 0]))[net.consumers.consumer]
    for row in np.flatnonzero(power.input_power_w[:, case] > 0.0).tolist():
        drawn = power.input_power_w[row, case] / 1e6
        pandapower.create_load(grid, buses[int(net.consumers.node[row])], drawn, drawn * lag[row])
    lines = np.flatnonzero(net.lines.in_service[:, case] & alive[net.lines.a])
    for row in lines.tolist():
        pandapower.create_line_from_parameters(
            grid, buses[int(net.lines.a[row])], buses[int(net.lines.b[row])], length_km=1.0,
            r_ohm_per_km=net.lines.resistance_ohm[row, 0], x_ohm_per_km=net.lines.reactance_ohm[row, 0],
            c_nf_per_km=0.0, max_i_ka=1.0,
        )  # fmt: skip
    windings = net.transformers
    for row in np.flatnonzero(windings.in_service[:, case] & alive[windings.a]).tolist():
        rated = windings.rated_va[row, 0]
        ends = buses[int(windings.a[row])], buses[int(windings.b[row])]
        pandapower.create_transformer_from_parameters(
            grid, *ends, sn_mva=rated / 1e6, vn_hv_kv=windings.primary_v[row, 0] / 1e3,
            vn_lv_kv=windings.secondary_v[row, 0] / 1e3, vk_percent=1e2 * windings.impedance_ratio[row, 0],
            vkr_percent=1e2 * windings.load_loss_w[row, 0] / rated, pfe_kw=0.0, i0_percent=0.0,
        )  # fmt: skip
        # The no-load loss is a shunt at the primary, as here; a winding's own would be halved.
        primary = windings.primary_v[row, 0] / nominal[windings.a[row]]
        loss = windings.no_load_loss_w[row, 0] / primary**2 / 1e6
        pandapower.create_shunt(grid, ends[0], q_mvar=0.0, p_mw=loss)
    pandapower.runpp(grid, tolerance_mva=1e-9, max_iteration=50, init="flat", numba=False)
    return grid, np.array(list(buses)), lines


@pytest.mark.parametrize("case", range(len(OUT) + 1))
def test_voltages_and_currents_of_an_outage_are_those_of_pandapower(solved, case):
    net, power = solved.network.power, solved.power
    theirs, node, lines = with_pandapower(net, power, case)
    ours = np.abs(power.node_voltage_ratio[node, case])
    np.testing.assert_allclose(ours, theirs.res_bus.vm_pu, rtol=0.0, atol=1e-6)
    current = np.abs(power.line_current_a[lines, case])
    np.testing.assert_allclose(current, 1e3 * theirs.res_line.i_from_ka, rtol=1e-6, atol=1e-3)
    rows = np.flatnonzero(net.transformers.in_service[:, case] & power.node_alive[net.transformers.a, case])
    secondary = power.transformer_current_a[rows, case]
    np.testing.assert_allclose(secondary, 1e3 * theirs.res_trafo.i_lv_ka, rtol=1e-6)
