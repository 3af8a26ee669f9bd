"""Study files, designs and expressions: what is refused, with its line; what is combined."""

import numpy as np
import pytest

from twin.errors import InputError
from twin.studies.study_design import design
from twin.studies.study_file import read_study
from twin.studies.study_terms import Term

GOOD = """\
layout = "pod"
block = 8
filters = ["not (power > 130 and supply == 'cold')"]
[design]
method = "factorial"
[axes.power]
attribute = "/World/Rack.twin:rack:itPower"
values = ["120 kW", "0.125 MW", 132]
[axes.ambient]
attribute = "/World/Site.twin:site:dryBulb"
range = ["86 degF", "95 degF"]
steps = 3
[axes.supply]
variant = "/World:supply"
values = ["cold", "warm"]
[outputs]
pue = "facility.pue_design_ratio"
[constraints.limits]
pue = "<= 1.2"
"""


def study(tmp_path, text=GOOD):
    file = tmp_path / "s.toml"
    file.write_text(text, encoding="utf-8")
    return read_study(file)


def refused(tmp_path, text):
    with pytest.raises(InputError) as refusal:
        study(tmp_path, text)
    return [(fault.code, int(fault.where.rpartition(":")[2])) for fault in refusal.value.faults]


def test_values_of_an_axis_count_in_one_unit(tmp_path):
    power = study(tmp_path).axis("power")
    assert power.unit == "kW"
    assert power.numbers == pytest.approx((120.0, 125.0, 132.0), rel=1e-15)


def test_a_factorial_design_holds_every_combination_that_filters_leave(tmp_path):
    rows = design(study(tmp_path))
    assert len(rows) == 3 * 3 * 2 - 3
    assert (np.diff(rows[:, 2]) >= 0.0).all(), "variants of one topology stand beside each other"


def test_every_fault_is_told_with_its_line(tmp_path):
    text = (
        GOOD.replace('"120 kW"', '"120 m"')
        .replace("supply ==", "sup ==")
        .replace("block = 8", "block = 0\ncolour = 1")
        .replace('pue = "<= 1.2"', 'pue = ["<= 1.2", ">= 1.3"]\npump = "<= 1"')
    )
    assert refused(tmp_path, text) == [
        ("ST241", 2), ("ST241", 3), ("ST245", 4), ("ST243", 9), ("ST247", 20), ("ST247", 21),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("layout = ", "layout = = ", "ST240"),
        ("twin:rack:itPower", "twin:rack:itPowr", "ST242"),
        ("steps = 3", "", "ST252"),
        ('range = ["86 degF", "95 degF"]', 'range = ["95 degF", "86 degF"]', "ST243"),
        ('variant = "/World:supply"', 'scenario = true\nvariant = "/World:supply"', "ST241"),
        ("pue_design_ratio", "pue design", "ST246"),
    ],
)
def test_a_fault_has_its_code(tmp_path, old, new, code):
    assert code in [found for found, _ in refused(tmp_path, GOOD.replace(old, new))]


def test_a_design_that_filters_empty_is_refused(tmp_path):
    empty = study(tmp_path, GOOD.replace("filters = [", "filters = ['power > 200', "))
    with pytest.raises(InputError, match="ST244"):
        design(empty)


def sampled(tmp_path, method, count=64):
    text = f"""\
layout = "pod"
seed = 5
design = {{method = "{method}", count = {count}}}
[axes.a]
load = "it"
range = [0.5, 1.0]
[axes.b]
attribute = "/World/Site.twin:site:dryBulb"
range = [20, 40]
"""
    return study(tmp_path, text)


def test_a_latin_hypercube_puts_one_variant_in_every_slice(tmp_path):
    rows = design(sampled(tmp_path, "latin_hypercube"))
    for at, (low, high) in enumerate(((0.5, 1.0), (20.0, 40.0))):
        assert sorted(((rows[:, at] - low) / (high - low) * 64).astype(int)) == list(range(64))


@pytest.mark.parametrize("method", ["random", "latin_hypercube", "sobol", "morris", "saltelli"])
def test_one_seed_is_one_design(tmp_path, method):
    first, again = (design(sampled(tmp_path, method, 8)) for _ in range(2))
    assert np.array_equal(first, again)


def test_a_trajectory_of_morris_moves_one_axis_at_a_time(tmp_path):
    rows = design(sampled(tmp_path, "morris", 6)).reshape(6, 3, 2)
    assert ((np.diff(rows, axis=1) != 0.0).sum(axis=2) == 1).all()


@pytest.mark.parametrize(
    "text",
    ["__import__('os')", "a.b", "[a]", "a if a else a", "lambda: a", "f(a)", "a @ a", "b > 1", "(" * 500],
)
def test_an_expression_holds_arithmetic_only(text):
    with pytest.raises(ValueError, match=r"expression|more than|names|characters"):
        Term(text, {"a"})


def test_an_expression_is_evaluated_on_columns():
    columns = {"a": np.array([1.0, 2.0, 3.0]), "w": np.array(["x", "y", "x"])}
    assert Term("1 < a <= 3 and w == 'x' or not a >= 2", columns)(columns).tolist() == [True, False, True]
    assert Term("max(a, 2) ** 2 - -1 / 2", columns)(columns).tolist() == [4.5, 4.5, 9.5]
