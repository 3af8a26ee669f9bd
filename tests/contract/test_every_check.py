"""What every rule owes: an id, a clause, a formula, a remedy, units that fit, and no crash on any "
"facility."""

import re
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from tests.unit.checks.reviews import NORMAL, built, marched, out, port, relation, site, solved, surged, table
from twin.checks.review import review
from twin.checks.rule import Review, rules
from twin.model.component import kinds
from twin.model.facility import Case, Unsolved
from twin.model.finding import SEVERITIES
from twin.units import check_unit, unit_of

SUBJECTS = {"CL": "cooling", "HY": "hydraulic", "AI": "air", "EL": "electrical", "SP": "space",
"FA": "fabric",
            "EN": "energy", "MA": "mating"}  # fmt: skip
RULES = sorted(rules())
TOKENS = {
    "curve_set": {"air_cooled_chiller": "path_a", "water_cooled_chiller": "york_yt_1023"},
    "redundancy": dict.fromkeys(("ups", "power_converter", "transformer"), "2n"),
}


def everything(count=2):
    """Return a facility with ``count`` parts of every kind, joined somehow, and results for all of them."""
    generator = np.random.default_rng(7)
    openings, tables = [], []
    for kind, declared in kinds().items():
        if kind == "site":
            continue
        ends = {}
        for p in declared.ports:
            if not p.end:
                ends[p.name] = list(range(len(openings), len(openings) + count))
                openings += [
                    port(kind, p.name, i, domain=p.domain, at=(2.0 * i, 0.5, 1.0)) for i in range(count)
                ]
        numbers = {p.name: generator.uniform(1.0, 2.0, count) for p in declared.params if p.form == "number"}
        curves = {
            p.name: [(1.0, 9.0), (2.0, 8.0), (3.0, 6.0), (4.0, 3.0)]
            for p in declared.params
            if p.form == "curve"
        }
        words = {p.name: TOKENS[p.name][kind] for p in declared.params if p.name in TOKENS}
        targets = {
            r.name: relation((0, "pump", 0), (1, "cdu", 1)) for r in declared.relations if kind == "control"
        }
        sizes = {"size_m": np.full((count, 3), 1.0)}
        tables.append(
            table(kind, count, curves=curves, words=words, ends=ends, targets=targets, **sizes, **numbers)
        )
    words = {"loading_regime": "iec", "conductor_temperature": "by_load"}
    owner = site(**{p.name: 1.0 for p in kinds()["site"].params if p.form == "number"}, **words)
    cases = (*NORMAL, out("pump"), Case(name="normal", capture="air"), Case(name="pump", capture="air"))
    facility = built(*tables, cases=cases, openings=openings, owner=owner)
    return replace(facility, unsolved=(Unsolved(case=out("fan"), component="", text="no state"),))


def results(facility, value):
    """Return every result of every kind, equal to ``value``."""
    return {
        kind: {o.name: value for o in kinds()[kind].outputs if not o.name.endswith("loop_index")}
        for kind in facility.tables
    }  # fmt: skip


def measures(value):
    facility = everything()
    figures = {
        "collapse_load_ratio": 1.0, "facility_power_w": 1e6, "pue_design_ratio": 1.1,
        "energy_residual_ratio": 1e-12,
    }  # fmt: skip
    tree = solved(facility, figures, **results(facility, value))
    tree["/annual"] = xr.Dataset({"pue": ((), 1.1)})
    tree = marched(surged(tree, np.arange(len(facility.ports.paths)), value), facility, value)
    case = Review(
        facility=facility, tree=tree,
        site={n: float(v[0, 0]) for n, v in facility.tables["site"].numbers.items()},
        words={n: v[0] for n, v in facility.tables["site"].words.items()},
    )  # fmt: skip
    return {rule: list(rules()[rule][1](case)) for rule in RULES}


@pytest.fixture(scope="module")
def measured():
    return measures(1.0)


def test_there_are_rules_of_every_subject():
    assert {rule[:2] for rule in RULES} == set(SUBJECTS)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_has_an_id_a_clause_a_formula_and_a_remedy(rule):
    said, check = rules()[rule]
    assert re.fullmatch(r"[A-Z]{2}\d{3}", rule)
    assert said.id == rule
    assert said.severity in SEVERITIES
    for text in (said.title, said.formula, said.source, said.remedy, check.__doc__):
        assert text
        assert len(text.split()) >= 2
    assert not re.search(r"\d", said.title), "a title carries no numbers"
    assert said.title[0].isupper()
    assert not said.title.endswith(".")


def test_titles_are_distinct():
    titles = [said.title for said, _ in rules().values()]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_measured_on_everything(rule, measured):
    if rule in {"EL060", "SP003"}:  # need single-phase ports, and a rating that a site may leave out
        return
    assert measured[rule], "nothing measured on a facility that has everything"


@pytest.mark.parametrize("rule", RULES)
def test_a_measure_fits_its_kind_and_its_units(rule, measured):
    said, _ = rules()[rule]
    for measure in measured[rule]:
        unit_of(measure.name)
        assert check_unit(said.unit, measure.name)
        parts = len(everything().tables[measure.kind].paths) if measure.parts is None else len(measure.parts)
        assert np.ndim(measure.value) == 2
        assert np.broadcast_shapes(measure.value.shape, np.shape(measure.limit), (4, parts)) == (4, parts)
        assert measure.side in {"most", "least"}
        known = {p.name for p in kinds()[measure.kind].params}
        assert set(measure.inputs) <= known | OTHER_KINDS.get(rule, set()), (
            f"{rule} names no parameter of {measure.kind}"
        )


# Rules on several kinds name a parameter that only some of them have.
OTHER_KINDS = {
    "AI001": {"air_inlet_max_k"}, "AI003": {"air_inlet_min_k"}, "MA007": {"size"},
    "MA023": {"breaker_rating_a", "rating_a"},
}  # fmt: skip


@pytest.mark.parametrize("value", [0.0, 1.0, 300.0, -5.0, np.nan])
def test_no_result_makes_a_rule_fail(value):
    facility = everything()
    findings, margins = review(facility, solved(facility, **results(facility, value)))
    assert all(np.isfinite(f.value) and np.isfinite(f.limit) and f.margin < 0.0 for f in findings)
    assert {f.rule for f in findings} <= {m.rule.id for m in margins}
    assert all(f.cause.text for f in findings)


def test_a_site_alone_breaks_no_rule():
    findings, _ = review(built(), solved(built()))
    assert findings == []
