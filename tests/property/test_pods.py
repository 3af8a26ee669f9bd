"""Laws over pods as operators might set them: balances close, names say nothing, alone is as in a batch."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.property.pods import copy_pod
from tests.property.strategies import (
    CASES,
    CDUS,
    RACKS,
    SET_POINT,
    case_named,
    columns,
    overrides,
    renamed,
    reordered,
    row_of,
    with_cases,
    with_numbers,
    written,
)
from twin.balance import balance
from twin.model.network import lay_out
from twin.solve.couple import solve
from twin.solve.heat import Mode
from twin.stage.read import read

CLOSED = 1e-9
# Alone and in a batch a state is settled to the same share, not to the same last digit.
ALONE = 1e-7
# Reading and solving takes as long as it takes; the same examples in every run.
some = settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
few = settings(some, max_examples=3)


@pytest.fixture(scope="module")
def pod(tmp_path_factory):
    return copy_pod(tmp_path_factory.mktemp("pod"))


class Sound:
    """The pod as it is, behind a short name: hypothesis prints what a test is given."""

    def __init__(self, site):
        self.facility = read(site).facility

    def __repr__(self):
        return "the pod"

    def set_to(self, chosen):
        """Return the pod with other columns."""
        return with_numbers(self.facility, chosen)


@pytest.fixture(scope="module")
def sound(pod):
    return Sound(pod)


def solved(facility):
    return solve(lay_out(facility))


def named(solution, kind, role):
    """Return block and paths of one role of one kind."""
    tables = [b for k, b in solution.network.assembly.blocks if k == kind and getattr(b, "role", "") == role]
    return tables[0]


def of(solution, values, kind, role):
    """Return rows of a branch quantity that belong to one role of one kind."""
    return values[solution.network.flow.rows[id(named(solution, kind, role))]]


def power(solution, kind, role):
    return solution.consumer_w[solution.network.heat.load_rows[id(named(solution, kind, role))]]


# --------------------------------------------------------------------------------------------- balances close


@some
@given(overrides())
def test_energy_mass_and_current_close_in_every_case(pod, chosen):
    facility = read(pod, overrides=chosen).facility
    solution = solved(facility)
    closed = balance(solution)
    assert closed.energy_ratio.max() <= CLOSED
    assert closed.mass_ratio <= CLOSED
    assert closed.current_ratio <= CLOSED
    assert len(closed.energy_ratio) == len(facility.cases)
    assert np.isfinite(solution.heat.temperature_k).all()
    assert solution.flow.iteration_count <= 25


@some
@given(st.lists(st.floats(0.6, 1.5), min_size=6, max_size=6), CASES)
def test_energy_mass_and_current_close_whatever_the_equipment_is_rated_at(sound, factors, case):
    table = sound.facility.tables
    scaled = {
        key: table[key[0]].numbers[key[1]] * factor
        for key, factor in zip(
            [
                ("cdu", "ua_w_k"), ("dry_cooler", "ua_w_k"), ("fan_wall", "airflow_m3_s"),
                ("cdu", "fws_flow_max_m3_s"), ("pipe", "roughness_m"), ("air_cooled_chiller", "capacity_w"),
            ],
            factors, strict=True,
        )
    }  # fmt: skip
    closed = balance(solved(case_named(sound.set_to(scaled), case)))
    assert closed.energy_ratio.max() <= CLOSED
    assert closed.mass_ratio <= CLOSED
    assert closed.current_ratio <= CLOSED


@some
@given(columns(), CASES)
def test_more_power_is_drawn_than_the_racks_draw_and_all_of_it_leaves(sound, chosen, case):
    solution = solved(case_named(sound.set_to(chosen), case))
    closed = balance(solution)
    racks = power(solution, "rack", "it").sum(axis=0)
    assert closed.power_in_w[0] > racks[0] > 0.0
    moved = solution.heat.exchanged_w
    assert moved.sum() > 0.0
    liquid = of(solution, solution.heat.branch_heat_w, "rack", "coolant").sum(axis=0)
    air = of(solution, solution.heat.branch_heat_w, "rack", "air").sum(axis=0)
    np.testing.assert_allclose(liquid + air, racks, rtol=1e-9)


# ------------------------------------------------------------------------- names and order say nothing


def results(solution):
    """Return what a solution says by prim and case: flows, temperatures, powers."""
    said = {}
    net = solution.network
    for row in range(len(net.flow.tail)):
        said[net.flow.branch_name(row), "flow"] = solution.flow.flow_kg_s[row]
        said[net.flow.branch_name(row), "outlet"] = solution.heat.outlet_k[row]
    for row, name in enumerate(net.heat.load_names):
        said[name, "power"] = solution.consumer_w[row]
    return said


def by_case(facility, solution):
    names = [(case.name, case.capture) for case in facility.cases]
    return {
        (key, name): values[i] for key, values in results(solution).items() for i, name in enumerate(names)
    }


@few
@given(st.integers(0, 1000))
def test_the_order_of_prims_in_the_files_changes_nothing(tmp_path_factory, sound, seed):
    site = copy_pod(tmp_path_factory.mktemp("order"))
    reordered(site, seed)
    facility = read(site).facility
    for kind, table in facility.tables.items():
        assert table.paths == sound.facility.tables[kind].paths
        for name, values in table.numbers.items():
            np.testing.assert_array_equal(values, sound.facility.tables[kind].numbers[name])
    np.testing.assert_array_equal(facility.ports.position_m, sound.facility.ports.position_m)
    there, here = solved(facility), solved(sound.facility)
    np.testing.assert_array_equal(there.flow.flow_kg_s, here.flow.flow_kg_s)
    np.testing.assert_array_equal(there.heat.outlet_k, here.heat.outlet_k)
    np.testing.assert_array_equal(there.consumer_w, here.consumer_w)


NAMES = (
    "Rack_A1",
    "Rack_A4",
    "Rack_B2",
    "Cdu_1",
    "Cdu_2",
    "DryCooler_1",
    "FwsPump_2",
    "WhiteRoom",
    "HotAisle",
    "SupplyHeader",
    "RowAReturn",
    "White",
    "Power",
    "FanWallControl",
)


@few
@given(st.permutations(range(len(NAMES))))
def test_renaming_prims_changes_nothing_but_their_names(tmp_path_factory, sound, order):
    site = copy_pod(tmp_path_factory.mktemp("names"))
    given_names = {name: f"{'QWXZ'[i % 4]}{i}_new" for name, i in zip(NAMES, order, strict=True)}
    # The prim /White of the referenced layer and /World/White share a name; so does its default prim.
    renamed(site, given_names)
    facility = read(site).facility
    back = {new: old for old, new in given_names.items()}

    def old_name(text):
        for new, old in back.items():
            text = text.replace(new, old)
        return text

    there = {((old_name(k[0]), k[1]), c): v for (k, c), v in by_case(facility, solved(facility)).items()}
    here = by_case(sound.facility, solved(sound.facility))
    assert there.keys() == here.keys()
    largest = {"flow": 30.0, "outlet": 300.0, "power": 1e6}
    wrong = [
        (key, there[key], value) for key, value in here.items()
        if abs(there[key] - value) > 1e-8 * largest[key[0][1]] and not still(key, here)
    ]  # fmt: skip
    assert wrong == []


def still(key, values):
    """Return whether nothing to speak of flows where a temperature is told."""
    (name, what), case = key
    return what == "outlet" and abs(values[(name, "flow"), case]) < 1e-6


# --------------------------------------------------------------------------- one case, or all of them


@few
@given(columns(), st.lists(st.integers(0, 22), min_size=6, max_size=6, unique=True))
def test_a_case_alone_is_as_it_is_among_all(sound, chosen, which):
    facility = sound.set_to(chosen)
    every = by_case(facility, solved(facility))
    for i in (w for w in which if w < len(facility.cases)):
        alone = with_cases(facility, [i])
        one = by_case(alone, solved(alone))
        for key, value in one.items():
            scale = {"flow": 30.0, "outlet": 300.0, "power": 1e6}[key[0][1]]
            assert still(key, one) or abs(every[key] - value) <= ALONE * scale, (facility.cases[i].name, key)


@few
@given(columns(), st.permutations(range(6)))
def test_the_order_of_cases_changes_nothing(sound, chosen, order):
    facility = with_cases(sound.set_to(chosen), [0, 1, 4, 6, 8, 12])
    mixed = with_cases(facility, list(order))
    there, here = by_case(mixed, solved(mixed)), by_case(facility, solved(facility))
    for key, value in here.items():
        scale = {"flow": 30.0, "outlet": 300.0, "power": 1e6}[key[0][1]]
        assert still(key, here) or abs(there[key] - value) <= ALONE * scale, key


@few
@given(overrides())
def test_an_override_is_as_good_as_another_column(pod, sound, chosen):
    through_stage = read(pod, overrides=chosen).facility
    changed = {}
    for kind in ("rack", "cdu", "site", "control"):
        for name, values in through_stage.tables[kind].numbers.items():
            if not np.array_equal(values, sound.facility.tables[kind].numbers[name], equal_nan=True):
                changed[kind, name] = values
    assert changed
    there, here = (solved(case_named(f, "normal")) for f in (through_stage, sound.set_to(changed)))
    np.testing.assert_array_equal(there.flow.flow_kg_s, here.flow.flow_kg_s)
    np.testing.assert_array_equal(there.heat.outlet_k, here.heat.outlet_k)


# -------------------------------------------------------------------------------- what may not happen


@some
@given(columns(), CASES)
def test_a_set_point_is_held_exactly_or_the_valve_is_open_and_the_supply_is_above_it(sound, chosen, case):
    facility = case_named(sound.set_to(chosen), case)
    solution = solved(facility)
    mode = solution.exchanger_mode[solution.network.heat.rows[id(named(solution, "cdu", "exchanger"))]][:, 0]
    supply = of(solution, solution.heat.outlet_k, "cdu", "tcs")[:, 0]
    flow = of(solution, solution.flow.flow_kg_s, "cdu", "tcs")[:, 0]
    wanted = facility.tables["cdu"].numbers["tcs_supply_set_k"][:, 0]
    for unit in range(len(CDUS)):
        if flow[unit] < 1e-3:
            continue
        if mode[unit] == Mode.HOLDS:
            assert supply[unit] == pytest.approx(wanted[unit], abs=1e-6)
        elif mode[unit] == Mode.FREE:
            assert supply[unit] > wanted[unit] - 1e-6


@some
@given(columns(), st.floats(1.05, 4.0), CASES)
def test_more_conductance_never_warms_the_supply_of_a_cdu(sound, chosen, factor, case):
    facility = case_named(sound.set_to(chosen), case)
    ua = facility.tables["cdu"].numbers["ua_w_k"]
    small, large = solved(facility), solved(with_numbers(facility, {("cdu", "ua_w_k"): ua * factor}))
    here, there = (of(s, s.heat.outlet_k, "cdu", "tcs") for s in (small, large))
    flowing = of(small, small.flow.flow_kg_s, "cdu", "tcs") > 1e-3
    assert (there[flowing] <= here[flowing] + 1e-6).all()


@some
@given(st.integers(0, len(RACKS) - 1), st.floats(60.0, 110.0), st.floats(1.0, 30.0))
def test_more_power_in_a_rack_warms_its_own_return(sound, rack, kw, more):
    table = sound.facility.tables["rack"]
    row = row_of(table, RACKS[rack])

    def leaving(power_kw):
        power = table.numbers["it_power_w"].copy()
        power[row] = 1e3 * power_kw
        solution = solved(case_named(sound.set_to({("rack", "it_power_w"): power}), "normal"))
        return of(solution, solution.heat.outlet_k, "rack", "coolant")[row, 0]

    assert leaving(kw + more) > leaving(kw)


@few
@given(st.floats(26.0, 44.0))
def test_equal_set_points_give_both_cdus_the_same_supply(pod, celsius):
    chosen = [written(cdu, SET_POINT, celsius) for cdu in CDUS]
    solution = solved(case_named(read(pod, overrides=chosen).facility, "normal"))
    assert np.ptp(of(solution, solution.heat.outlet_k, "cdu", "tcs")[:, 0]) < 0.3


def test_no_heat_is_left_behind_in_the_pod_in_any_case(sound):
    solution = solved(sound.facility)
    assert (np.abs(solution.heat.stored_w) <= 1e-3).all()
