"""What the floor plan is given."""

import dataclasses

import numpy as np
import pytest

from tests.unit.reports.outcomes import CDU, PIPE, RACKS, facility, outcome, report, table
from twin.model.binding import Ends
from twin.reports.plan_view import _cases, _line_of, _route_kind, _sides, plan_data


@pytest.fixture(scope="module")
def plan():
    return plan_data(outcome(), report())


def test_equipment_is_drawn_where_it_stands_and_a_site_is_not(plan):
    assert {box.path: (box.kind, box.x_m, box.y_m) for box in plan.boxes} == {
        RACKS[0]: ("rack", 0.0, 0.0), RACKS[1]: ("rack", 2.0, 0.0), CDU: ("cdu", 0.0, 3.0),
    }  # fmt: skip
    assert plan.boxes[0].where == "layers/it.usda:7"


def test_a_pipe_is_a_route_of_the_system_its_ports_say(plan):
    (route,) = plan.routes
    assert (route.path, route.kind, route.x_m, route.size_m) == (PIPE, "pipe_return", [0.0, 4.0], 0.1)


def test_metrics_carry_limits_of_the_rules_in_every_case(plan):
    metrics = {m.key: m for m in plan.metrics}
    assert plan.metrics[0].key == "margin"
    assert metrics["return"].limit == pytest.approx(60.0)
    np.testing.assert_allclose(metrics["return"].values, [[54.0, 53.0], [64.0, 58.0]])
    assert metrics["flow"].limit_side == "min"
    np.testing.assert_allclose(metrics["flow_margin"].values[1, 0], 100.0 * (90.0 / 114.0 - 1.0))
    np.testing.assert_allclose(metrics["margin"].values[1], [100.0 * (1 - 64 / 60), 100.0 * (1 - 58 / 60)])
    assert metrics["power"].limit is None


def rule_of(margin, **changes):
    """Return a margin as if its rule said something else."""
    return dataclasses.replace(margin, rule=dataclasses.replace(margin.rule, **changes))


@pytest.mark.parametrize(("changes", "shown"), [({}, True), ({"severity": "note"}, False)])
def test_a_note_takes_nothing_from_the_margin(changes, shown):
    run = outcome()
    run.margins = [rule_of(m, **changes) for m in run.margins]
    assert ("margin" in {m.key for m in plan_data(run, report()).metrics}) == shown


def test_a_rule_without_degrees_takes_from_the_margin_only_where_it_is_broken():
    run = outcome()
    run.margins = [rule_of(m, graded=False) for m in run.margins]
    values = next(m.values for m in plan_data(run, report()).metrics if m.key == "margin")
    assert np.isfinite(values).any()
    assert not (values >= 0.0).any()


def test_a_case_crosses_out_what_fails(plan):
    assert [(case.name, case.out) for case in plan.cases] == [("normal", ()), ("CDU_A_out", (CDU,))]


def test_one_case_solved_both_ways_is_told_apart():
    built = facility()
    air = [dataclasses.replace(case, capture="air") for case in built.cases]
    names = [case.name for case in _cases(dataclasses.replace(built, cases=(*built.cases, *air)))]
    assert names == ["normal", "CDU_A_out", "normal, heat to air", "CDU_A_out, heat to air"]


def test_a_case_that_is_solved_with_the_heat_to_air_only_says_so():
    built = facility()
    air = [dataclasses.replace(case, capture="air") for case in built.cases]
    half = (built.cases[0], *air)
    assert [c.name for c in _cases(dataclasses.replace(built, cases=half))][-1] == "CDU_A_out, heat to air"


def test_the_head_tells_what_was_selected_and_what_the_ratio_is_not(plan):
    assert plan.title == "tiny"
    assert "/World:cooling=liquid" in plan.site
    assert "not the annual PUE" in plan.site
    assert plan.verdict == "fail"
    assert ("IT", "252 kW") in plan.summary


@pytest.mark.parametrize(
    ("name", "kind"),
    [("Busway_A", "busway_a"), ("Busway_AB", "busway_b"), ("BW-b1", "busway_b"), ("Run", "busway_a")],
)
def test_a_long_thin_busway_is_a_line_on_its_side(name, kind):
    runs = table("busway", (f"/World/{name}",), size=(6.0, 0.2, 0.2))
    np.testing.assert_allclose(_line_of(runs, 0), [[-3.0, 0.0], [3.0, 0.0]])
    assert _route_kind(runs, 0, returns=False) == kind


def test_a_side_is_passed_on_through_what_only_passes_the_fluid_on():
    built = facility()

    def joins(kind, *nodes):
        part = np.zeros(len(nodes), dtype=np.intp)
        ends = {"all": Ends(part=part, node=np.array(nodes), offset_m=np.zeros(len(nodes)))}
        return table(kind, (f"/World/{kind}",), ends=ends)

    kind = ("cdu", "pipe", "pipe", "pump", "pump", "rack", "dry_cooler")
    (spec,) = built.ports.specs
    ports = dataclasses.replace(
        built.ports, paths=tuple("abcdefg"), kind=kind, part=np.zeros(7, dtype=np.intp),
        spec=np.array([0, 2, 2, 2, 2, 1, 2]),
        specs=tuple(dataclasses.replace(spec, direction=d) for d in ("return", "supply", "input")),
    )  # fmt: skip
    whole = dataclasses.replace(
        built, ports=ports, tables={"pipe": joins("pipe", 0, 1), "pump": joins("pump", 1, 3, 4)}
    )
    assert _sides(whole).tolist() == ["return", "return", "", "return", "return", "supply", ""]


def test_the_page_is_written_from_it(plan):
    from twin.plots.plan import plan_payload

    assert len(plan_payload(plan)["findings"]) == 2
