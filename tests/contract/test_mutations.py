"""Damaged layers end in a refusal, in a named component, or in a solution that follows what was read."""

import json
import os
import selectors
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.property.pods import Change, block_of, copy_pod, swap
from twin.errors import ConvergenceError, InputError
from twin.model.network import lay_out
from twin.model.place import place
from twin.solve.couple import solve
from twin.stage.read import read
from twin.walk import walk

ROOT = Path(__file__).parents[2]
FEW, MANY = 20, 300
SECONDS = 20.0  # for one mutation; starting the interpreter may take as long again


def start(first: int, last: int) -> subprocess.Popen:
    """Start a process that damages and walks the pod; numpy's warnings are errors in it."""
    return subprocess.Popen(
        [
            sys.executable,
            "-W",
            "error::RuntimeWarning",
            "-m",
            "tests.contract.mutations",
            str(first),
            str(last),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def lines_of(process: subprocess.Popen):
    """Yield what a process prints, None where it stays silent for too long; then the end."""
    with selectors.DefaultSelector() as ready:
        ready.register(process.stdout, selectors.EVENT_READ)
        patience = 10.0 * SECONDS
        while True:
            if not ready.select(patience):
                yield None
                return
            line = process.stdout.readline()
            if not line:
                return
            yield line
            patience = SECONDS


def outcomes(first: int, last: int) -> list[dict]:
    """Return one record per seed; a process that hangs or dies is replaced by one that goes on after it."""
    found: list[dict] = []
    while first < last:
        process = start(first, last)
        hangs = False
        for line in lines_of(process):
            if line is None:
                hangs = True
                break
            record = json.loads(line)
            if record["seed"] >= 0:
                found.append(record)
                first = record["seed"] + 1
        process.kill()
        _, said = process.communicate()
        if first < last:
            found.append({"seed": first, "ends": "hang" if hangs else "death", "text": said[-2000:]})
            first += 1
    return found


def wrong(record: dict) -> str:
    """Return what is wrong with an outcome, "" for nothing."""
    ends = record["ends"]
    if ends in {"crash", "hang", "death"}:
        return f"{ends}: {record.get('text')}"
    if ends == "ConvergenceError":
        return "" if record["component"] else "a solver refused and named no component"
    if ends == "solution":
        if record["same_inputs"] and not record["same_results"]:
            return "results changed although nothing that was read did"
        if not record["finite"]:
            return "not every number is finite"
        if record["energy"] > 1e-9:
            return f"the energy balance is open by {record['energy']:.2g}"
    return ""


def judged(first: int, last: int) -> None:
    found = outcomes(first, last)
    totals = Counter(r["ends"] for r in found)
    print(f"{len(found)} mutations:", ", ".join(f"{n} {name}" for name, n in totals.most_common()))
    solved = [r for r in found if r["ends"] == "solution"]
    print(f"of the solutions {sum(r['same_inputs'] for r in solved)} read the same and solved the same")
    assert [r["seed"] for r in found] == list(range(first, last))
    bad = [
        f"seed {r['seed']} {r.get('kind')} {r.get('file')}:{r.get('line')}: {why}"
        for r in found
        if (why := wrong(r))
    ]
    assert bad == []
    assert totals["InputError"] > 0
    assert totals["solution"] > 0


def test_no_damage_to_a_layer_ends_in_anything_but_a_refusal_or_a_true_solution():
    judged(0, FEW)


@pytest.mark.slow
def test_no_damage_to_a_layer_ends_in_anything_but_a_refusal_or_a_true_solution_at_length():
    judged(FEW, MANY)


# ----------------------------------------------------------------------------- defects it has found


@pytest.fixture
def pod(tmp_path):
    return copy_pod(tmp_path)


def test_an_enormous_number_is_refused_by_its_limits(pod):
    swap("layers/controls.usda", "", "twin:control:set = 0.002", "twin:control:set = 1e308").apply(pod)
    with pytest.raises(InputError, match="ST013"):
        read(pod)


def test_points_of_a_type_that_does_not_exist_are_refused(pod):
    swap("layers/electrical.usda", "", "point3f[] points", "point3mf[] points").apply(pod)
    with pytest.raises(InputError):
        read(pod)


def test_an_aisle_placed_twice_is_refused_or_named(pod):
    def twice(text: str) -> str:
        first, last = block_of(text, "HotAisle")
        return text[:last] + text[first:last].replace('"HotAisle"', '"HotAisle_Copy"') + text[last:]

    Change("white/architectural.usda", twice).apply(pod)
    with pytest.raises((InputError, ConvergenceError)) as refusal:
        solve(lay_out(read(pod).facility))
    assert isinstance(refusal.value, InputError) or refusal.value.component


def test_air_does_not_appear_in_one_room_and_vanish_in_another(pod):
    swap("white/architectural.usda", "", "extentsHint = [(-2.05,", "extentsHint = [(-205,").apply(pod)
    with pytest.raises((InputError, ConvergenceError)) as refusal:
        walk(str(pod))
    assert isinstance(refusal.value, InputError) or refusal.value.component


def test_a_tap_a_billion_metres_away_is_refused(pod):
    swap("layers/mechanical.usda", "", "twin:port:position = 0.6", "twin:port:position = 6e11").apply(pod)
    with pytest.raises(InputError):
        read(pod)


@pytest.mark.parametrize(
    ("old", "new"),
    [("xformOp:translate", "xformOp:traslate"), ("double3 xformOp:translate", "double xformOp:translate")],
)
def test_a_transform_that_is_none_is_refused(pod, old, new):
    place = 'def "White"'
    if old.startswith("double3"):
        swap("layers/it.usda", place, "double3 xformOp:translate = (0, 0, 0)", f"{new} = 0").apply(pod)
    else:
        swap("layers/it.usda", place, '["xformOp:translate"]', '["xformOp:traslate"]').apply(pod)
    with pytest.raises(InputError):
        read(pod)


def test_an_aisle_that_hangs_above_its_racks_is_doubted_and_its_hot_air_is_critical(pod):
    swap(
        "white/architectural.usda",
        "",
        "[(-2.05, -0.75, 0), (2.05, 0.75, 3.6)]",
        "[(-2.05, -0.75, 2.05), (0, 0.75, 3.6)]",
    ).apply(pod)
    outcome = walk(str(pod))
    assert [w.code for w in outcome.warnings] == ["ST090"]
    racks = {path for kind in ("rack", "air_rack") for path in outcome.facility.tables[kind].paths}
    assert racks == {f.prim for f in outcome.findings if f.severity == "critical"}


def test_a_room_drawn_from_its_corner_is_where_it_is_drawn(pod):
    before = read(pod).facility
    room = 'def Xform "WhiteRoom"'
    swap(
        "layers/architectural.usda", room, "[(-4.5, -4, 0), (4.5, 4, 3.5)]", "[(0, 0, 0), (9, 8, 3.5)]"
    ).apply(pod)
    swap("layers/architectural.usda", room, "translate = (0, 0, 0)", "translate = (-4.5, -4, 0)").apply(pod)
    after = read(pod).facility
    assert place(after).room["cdu"].tolist() == place(before).room["cdu"].tolist()
