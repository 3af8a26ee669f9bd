"""Circuits of layouts as rows, as an OpenDSS script and as a pandapower network."""

import json
import re

import numpy as np
import pytest

from twin.interop.opendss_write import opendss_text
from twin.interop.opendss_write import said as said_to_opendss
from twin.interop.pandapower_write import pandapower_text
from twin.interop.power_moment import CONVERTER_OUTPUT, LONGEST_NAME, legal_names, power_moment
from twin.walk import walk


@pytest.fixture(scope="module")
def pod():
    return walk("layouts/pod")


@pytest.fixture(scope="module")
def legacy():
    return walk("layouts/hall_legacy")


def moments(outcome):
    return [power_moment(outcome.facility, outcome.solution, v) for v in range(len(outcome.facility.cases))]


def left_over_w(moment):
    """Return the power that each bus takes in and does not give away [VA], by the rows alone."""
    volts = np.array([bus.voltage_ratio * bus.nominal_v for bus in moment.buses])
    power = np.zeros(volts.size, dtype=complex)
    for row in moment.conductors:
        if row.alive:
            current = (volts[row.a] - volts[row.b]) / row.ohm
            power[row.a] -= volts[row.a] * current.conj()
            power[row.b] += volts[row.b] * current.conj()
    for row in moment.transformers:
        if row.alive:
            resistance = row.load_loss_w / row.rated_va
            leak = resistance + 1j * np.sqrt(row.impedance_ratio**2 - resistance**2)
            turns = row.primary_v / row.secondary_v
            out = (volts[row.a] / turns - volts[row.b]) / (leak * row.secondary_v**2 / row.rated_va)
            core = row.no_load_loss_w * abs(volts[row.a] / row.primary_v) ** 2
            power[row.a] -= volts[row.a] * (out / turns).conj() + core
            power[row.b] += volts[row.b] * out.conj()
    for row in (*moment.sources, *moment.draws):
        if row.alive:
            power[row.bus] += row.power_va if hasattr(row, "voltage_ratio") else -row.power_va
    return np.abs(power)


@pytest.mark.parametrize("layout", ["pod", "legacy"])
def test_power_balances_at_every_bus_of_every_case_by_the_written_rows(layout, request):
    for moment in moments(request.getfixturevalue(layout)):
        largest = max(abs(row.power_va) for row in moment.sources)
        assert left_over_w(moment).max() <= 1e-6 * largest, moment.title


def test_every_element_of_the_electrical_side_is_a_row_or_is_told(legacy):
    net = legacy.solution.network.power
    moment = moments(legacy)[0]
    assert len(moment.conductors) == net.lines.a.size
    assert len(moment.transformers) == net.transformers.a.size
    untold = [line for line in moment.said if "no voltage could ever reach it" in line]
    rows = net.consumers.node.size + 2 * net.converters.a.size + net.feeds.node.size
    assert len(moment.sources) + len(moment.draws) + len(untold) == rows


def test_converters_that_share_a_bus_give_what_the_bus_takes_by_rating(legacy):
    moment = moments(legacy)[0]
    held = [row.power_va.real for row in moment.sources if row.kind == CONVERTER_OUTPUT and row.alive]
    given = [-row.power_va.real for row in moment.draws if row.kind == CONVERTER_OUTPUT]
    found = legacy.solution.power.converter_out_w[:, 0]
    assert sorted([*held, *given]) == pytest.approx(sorted(found), rel=1e-9)
    assert len(held) == 1
    assert sum("shares its bus by rating" in line for line in moment.said) == len(given) == 3


def test_names_are_legal_and_told_apart_whatever_their_case():
    found = legal_names(
        ["/A/Rack.it[0]", "/B/rack.it[0]", "/C/Rack_it_0_2", "/D/" + "x" * 99, "/E/" + "X" * 99]
    )
    assert len({name.upper() for name in found}) == 5
    assert all(re.fullmatch(r"\w+", name) and len(name) <= LONGEST_NAME for name in found)


def test_every_row_leads_to_a_prim(pod):
    prims = {path for table in pod.facility.tables.values() for path in table.paths}
    moment = moments(pod)[0]
    for row in (*moment.buses, *moment.sources, *moment.conductors, *moment.transformers, *moment.draws):
        prim = re.split(r"/ConnectionPoints/|\.", row.told)[0]
        assert prim in prims, row.told


def test_the_script_holds_every_row_once_and_tells_its_prim(pod):
    moment = moments(pod)[0]
    text = opendss_text(moment)
    made = re.findall(r"^New (\w+)\.(\w+) .* ! (.*)$", text, flags=re.MULTILINE)
    count = sum(map(len, (moment.sources, moment.conductors, moment.transformers, moment.draws)))
    assert len(made) == len({(kind, name) for kind, name, _ in made}) == count
    assert {told.rpartition(" ")[2] for *_, told in made} >= {row.told for row in moment.draws}
    assert text.count("Enabled=No") == sum(not row.alive for row in (
        *moment.sources, *moment.conductors, *moment.transformers, *moment.draws
    ))  # fmt: skip
    assert all(f"!  - {line}" in text for line in said_to_opendss(moment))


def test_the_network_has_the_tables_of_pandapower(pod):
    moment = moments(pod)[0]
    network = json.loads(pandapower_text(moment))["_object"]
    tables = {
        name: json.loads(table["_object"]) for name, table in network.items() if "_object" in str(table)
    }
    assert set(tables) == {"bus", "ext_grid", "line", "trafo", "shunt", "load", "sgen"}
    for name, table in tables.items():
        assert list(network[name]["dtype"]) == table["columns"]
        assert all(len(row) == len(table["columns"]) for row in table["data"])
    assert len(tables["line"]["data"]) == len(moment.conductors)
    assert network["f_hz"] == 50.0
    assert network["twin"]["said"]
