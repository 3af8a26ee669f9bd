"""Studies solved and stored: blocks change nothing, a store is gone on with, a failed variant is a row."""

import filecmp
import json
import shutil

import numpy as np
import pytest

from twin.checks.review_many import FIRST_CASE_KINDS
from twin.errors import ConvergenceError, InputError, UsageError
from twin.studies import study_solve
from twin.studies.study_answers import answers
from twin.studies.study_engine import run
from twin.studies.study_file import study_of
from twin.studies.study_plan import plan
from twin.studies.study_store import Store, failures_of, open_store

SAID = {
    "seed": 3,
    "block": 1,
    "design": {"method": "latin_hypercube", "count": 3},
    "axes": {
        "load": {"load": "it", "range": [0.6, 1.0]},
        "ambient": {"attribute": "/World/Site.twin:site:dryBulb", "range": ["28 degC", "36 degC"]},
    },
    "outputs": {"pue": "facility.pue_design_ratio", "hottest": "max rack.coolant_return_k"},
}


@pytest.fixture(scope="module")
def said():
    return {**SAID, "layout": "pod"}


@pytest.fixture(scope="module")
def planned(said):
    return plan(study_of(said))


@pytest.fixture(scope="module")
def stored(planned, tmp_path_factory):
    folder = tmp_path_factory.mktemp("stores") / "whole"
    solve(planned, folder)
    return folder


def solve(planned, folder, **options):
    store = Store(folder, planned)
    with store.begun(resume=folder.exists()) as blocks:
        run(planned, store, blocks, **options)
    return blocks


def same_files(left, right):
    found = filecmp.dircmp(left, right)
    stack = [found]
    while stack:
        one = stack.pop()
        _, wrong, _ = filecmp.cmpfiles(one.left, one.right, one.common_files, shallow=False)
        if one.left_only or one.right_only or wrong:
            return False
        stack += one.subdirs.values()
    return True


def test_blocks_change_nothing(planned, stored):
    whole = study_solve.Solver(planned.study, frozenset(), [planned.first]).solve(planned.rows)
    data = open_store(stored)
    for name, values in whole.outputs.items():
        assert np.allclose(values, data[name].values, rtol=1e-12, atol=0.0)
    ids = list(data["rule"].values)
    gap = np.abs(whole.judged.margin - data["margin"].values)
    # The energy residual is rounding itself.
    gap[:, ids.index("EN002")] = 0.0
    # A margin is the difference of value and limit: it is told as sharply as these are.
    close = np.where(whole.judged.closeness_ratio == 0.0, np.nan, whole.judged.closeness_ratio)
    limit = np.abs(whole.judged.margin / close)
    known = np.isfinite(limit)
    assert np.max(gap[known] / (limit + np.abs(whole.judged.margin))[known]) <= 1e-12
    assert np.array_equal(whole.judged.broken_count, data["broken_count"].values)


def test_a_study_of_one_is_a_check(said, planned):
    from twin.walk import walk

    ambient = float(planned.rows[0, 1])
    alone = plan(study_of({
        **said, "cases": "all", "design": {"method": "lists"},
        "axes": {"ambient": {"attribute": SAID["axes"]["ambient"]["attribute"], "values": [ambient]}},
    }))  # fmt: skip
    rows = study_solve.Solver(alone.study, frozenset(), [alone.first]).solve(alone.rows)
    outcome = walk(said["layout"], overrides=[f"/World/Site.twin:site:dryBulb={ambient!r}degC"])
    assert rows.outputs["pue"][0] == pytest.approx(
        float(outcome.tree["facility"]["pue_design_ratio"][0]), rel=1e-9
    )
    broken = {}
    for finding in outcome.findings:
        broken[finding.rule] = broken.get(finding.rule, 0) + 1
    ids = rows.judged.rules
    assert {ids[at]: int(n) for at, n in enumerate(rows.judged.broken_count[0]) if n} == broken
    for margin in outcome.margins:
        least = min(m.margin.min() for m in outcome.margins if m.rule.id == margin.rule.id)
        got = rows.judged.margin[0, ids.index(margin.rule.id)]
        assert got == pytest.approx(float(least), rel=1e-6, abs=1e-6), margin.rule.id


def test_a_store_is_gone_on_with_where_a_run_died(planned, stored, tmp_path):
    torn = tmp_path / "torn"
    shutil.copytree(stored, torn)
    (torn / "done" / "000001.json").unlink()
    chunk = torn / "data.zarr" / "pue" / "c" / "2"
    chunk.write_bytes(chunk.read_bytes()[:-3])
    assert solve(planned, torn) == [1, 2]
    assert same_files(stored, torn)


def test_what_is_solved_is_not_solved_again(planned, stored):
    assert solve(planned, stored) == []


def test_a_store_is_not_written_over_and_not_mixed(said, planned, stored):
    with pytest.raises(UsageError, match="--resume"), Store(stored, planned).begun(resume=False):
        pass
    other = plan(study_of({**said, "seed": 4}))
    with pytest.raises(InputError) as refusal, Store(stored, other).begun(resume=True):
        pass
    assert {fault.code for fault in refusal.value.faults} == {"ST249"}
    assert {fault.attribute for fault in refusal.value.faults} == {"study", "design", "seed"}


def test_a_store_of_another_schema_is_refused(planned, stored, tmp_path):
    old = tmp_path / "old"
    shutil.copytree(stored, old)
    manifest = json.loads((old / "manifest.json").read_text())
    (old / "manifest.json").write_text(json.dumps({**manifest, "schema": "twin-study-store/0"}))
    with pytest.raises(InputError, match="ST250"):
        open_store(old)


def test_a_failed_variant_is_a_row_with_its_reason(planned, monkeypatch, tmp_path):
    bad, settle = planned.rows[2, 1], study_solve.settle

    def fails(network, *rest):
        if np.any(np.isclose(network.assembly.site.dry_bulb_k, bad + 273.15, rtol=0.0, atol=1e-9)):
            raise ConvergenceError("no state", component="/World/X")
        return settle(network, *rest)

    monkeypatch.setattr(study_solve, "settle", fails)
    monkeypatch.setattr(study_solve, "set_aside", lambda facility, _: facility)
    solve(planned, tmp_path / "store")
    data = open_store(tmp_path / "store")
    assert data["status"].values.tolist() == [1, 1, 2]
    assert failures_of(tmp_path / "store") == {2: "/World/X: no state"}
    assert np.isnan(data["pue"].values[2])


def test_a_disk_that_is_full_loses_nothing(planned, stored, monkeypatch, tmp_path):
    store = Store(tmp_path / "full", planned)
    put, full = Store.put, OSError(28, "No space left on device")

    def runs_full(self, block, rows):
        if block == 1:
            from twin.studies.study_store import writing

            with writing(self.folder):
                raise full
        put(self, block, rows)

    monkeypatch.setattr(Store, "put", runs_full)
    with pytest.raises(UsageError, match="No space left"), store.begun(resume=False) as blocks:
        run(planned, store, blocks)
    monkeypatch.undo()
    assert solve(planned, tmp_path / "full") == [1, 2]
    assert same_files(stored, tmp_path / "full")


def test_constraints_may_change_without_solving_again(said, planned, stored):
    data = open_store(stored)
    pue = data["pue"].values
    limit = float(np.median(pue))
    strict = study_of({
        **said, "constraints": {"rules": ["EN002"], "limits": {"pue": f"<= {limit!r}"}},
        "cost": "100 * pue - load", "objectives": {"cost": "min", "worst_margin": "max"},
    })  # fmt: skip
    assert strict.digest == planned.study.digest
    found = answers(strict, data)
    assert found.passes.sum() == (pue <= limit).sum()
    assert set(found.counts) == {f"limit:pue <= {limit!r}"}
    assert found.pareto[np.nanargmin(np.where(found.passes, found.cost, np.nan))]


def test_two_axes_on_one_number_are_refused(said):
    axes = {**SAID["axes"], "again": {"attribute": "/World/Site.twin:site:dryBulb", "range": [20, 30]}}
    with pytest.raises(InputError, match="ST248"):
        plan(study_of({**said, "axes": axes}))


def test_axes_and_outputs_that_lead_nowhere_are_all_told(said):
    axes = {
        "one": {"attribute": "/World/None.twin:site:dryBulb", "range": [20, 30]},
        "two": {"variant": "/World:nothing", "values": ["a"]},
    }
    with pytest.raises(InputError) as refusal:
        plan(study_of({**said, "axes": axes}))
    assert [fault.attribute for fault in refusal.value.faults] == ["axes.one", "axes.two"]
    with pytest.raises(InputError, match="ST246"):
        plan(study_of({**said, "outputs": {"x": "rack.nothing_k"}}))


def test_kinds_that_rules_look_at_once_are_kinds():
    from twin.components import declare_all
    from twin.model.component import kinds

    declare_all()
    assert set(kinds()) >= FIRST_CASE_KINDS
