"""What every kind owes to the stage: names, units, limits and sources that the schema can carry."""

import inspect
from collections import Counter

import pytest

from tests.support.each import each
from twin.components import declare_all
from twin.model.component import camel, kinds
from twin.stage.aif import LATEST
from twin.stage.schema import generate
from twin.units import check_unit, to_si, unit_of

declare_all()
KINDS = sorted(kinds().items())
PARAMS = [(f"{kind}.{p.name}", (p,)) for kind, cls in KINDS for p in cls.params]

each_kind = pytest.mark.parametrize("cls", [pytest.param(cls, id=kind) for kind, cls in KINDS])
each_param = each(PARAMS)
each_number = each(case for case in PARAMS if case[1][0].form == "number")
each_port = each((f"{kind}.{p.name}", (p,)) for kind, cls in KINDS for p in cls.ports)


@each_kind
def test_a_kind_says_what_it_is_and_what_its_model_rests_on(cls):
    assert (cls.__doc__ or "").strip().splitlines()[0].endswith(".")
    assert cls.label
    assert cls.source


@each_kind
def test_usd_names_are_unique_within_a_kind(cls):
    names = [p.attribute for p in cls.params] + [camel(r.name) for r in cls.relations]
    assert [name for name, count in Counter(names).items() if count > 1] == []


def test_usd_names_of_kinds_are_unique():
    assert len({camel(kind) for kind, _ in KINDS}) == len(KINDS)
    assert generate().count('class "') == len(KINDS) + 3


@each_kind
def test_ports_and_relationships_are_sentences(cls):
    assert all(p.doc.endswith(".") for p in (*cls.ports, *cls.relations))


@each_param
def test_a_parameter_is_described_by_a_sentence(param):
    assert param.doc.endswith(".")
    assert param.doc[0].isupper() or param.doc[0].isdigit()


@each_number
def test_a_number_is_written_in_a_unit_that_its_name_allows(param):
    assert check_unit(param.unit, param.name)


@each_number
def test_a_number_has_hard_limits(param):
    assert None not in param.hard


@each_number
def test_limits_are_in_order_and_hold_the_default(param):
    low, high = param.hard
    assert low < high
    soft_low, soft_high = param.soft
    assert low <= (low if soft_low is None else soft_low) < (high if soft_high is None else soft_high) <= high
    if param.default is not None:
        lowest, highest = to_si([low, high], param.unit, param.name)
        slack = 1e-9 * max(abs(lowest), abs(highest))
        assert lowest - slack <= param.default <= highest + slack


@each_number
def test_a_default_has_a_source(param):
    assert param.default is None or param.source


@each_param
def test_a_word_has_a_list_that_holds_its_default(param):
    assert bool(param.tokens) == (param.form == "token")
    assert param.form != "token" or param.default is None or param.default in param.tokens


@each_param
def test_a_curve_has_a_unit_for_both_columns(param):
    if param.form == "curve":
        assert check_unit(param.x_unit, param.x_name)
        assert check_unit(param.unit, param.name)


@each_port
def test_a_port_speaks_the_simready_vocabulary(port):
    assert port.domain in LATEST.domains
    assert port.system in {"", *LATEST.tokens["system"]}
    assert port.direction in {"", *LATEST.tokens["direction"]}


@each_kind
def test_no_two_ports_of_a_kind_look_alike(cls):
    looks = [(p.domain, p.system, p.direction, p.role) for p in cls.ports if not p.end]
    assert len(looks) == len(set(looks))
    roles = [p.role for p in cls.ports if p.role]
    assert len(roles) == len(set(roles))


@each_kind
def test_a_connection_has_both_ends_in_one_domain(cls):
    ends = [p for p in cls.ports if p.end]
    assert sorted(p.end for p in ends) in ([], ["from", "to"])
    assert len({p.domain for p in ends}) <= 1


@each_kind
def test_a_kind_can_stop_if_its_elements_know_of_service(cls):
    assert cls.can_stop == ("self.in_service" in inspect.getsource(cls))


@each_kind
def test_a_kind_has_a_speed_if_it_is_described_by_one(cls):
    described = any(p.name.endswith("speed_ratio") for p in cls.params)
    assert cls.has_speed == described


@each_kind
def test_a_relationship_means_some_kind(cls):
    for relation in cls.relations:
        assert set(relation.kinds) <= set(kinds())
        assert any(relation.means(other) for _, other in KINDS)
        assert relation.resolves == "part" or not (relation.only or relation.kinds)


@each_param
def test_a_curve_asks_for_a_point_at_least(param):
    assert param.points >= 1


@each_kind
def test_the_name_of_a_result_carries_its_unit(cls):
    assert all(unit_of(output.name) is not None for output in cls.outputs)
