"""Every planted fault is caught with its code, its file and its line, and all of them at once."""

import io
import json
import os
import re
import signal
import threading
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, fields
from pathlib import Path

import pytest

from tests.contract.planted_faults import (
    ALONE,
    CONTROLS,
    DOUBTS,
    ELECTRICAL,
    FABRIC,
    IN_TIME,
    LACKS,
    OPINIONS,
    PAGE,
    POWER,
    SITE,
    UNREADABLE,
    UNSOLVABLE,
    WHIPS,
    Planted,
    faults_of,
    found,
    page,
    without_folder,
)
from tests.property.pods import apply_all, copy_pod, swap
from twin.cli import INVALID, main
from twin.errors import InputError
from twin.model.finding import Fault
from twin.model.network import lay_out
from twin.stage.read import read

REFUSALS = (*OPINIONS, *LACKS, *ALONE, *UNREADABLE)


def state_of(folder: Path) -> dict[str, tuple[int, int]]:
    """Return size and time of change of every file below a folder."""
    return {
        str(f.relative_to(folder)): ((s := f.lstat()).st_size, s.st_mtime_ns)
        for f in folder.rglob("*")
        if f.is_file()
    }


def spoilt(folder: Path, *plants: Planted) -> Path:
    """Return a pod with faults planted."""
    site = copy_pod(folder)
    for planted in plants:
        apply_all(site, planted.changes)
    return site


def shown(faults) -> str:
    return "\n".join(map(str, faults)) or "nothing is found"


def checked(site: Path, out: Path, *more: str) -> tuple[int, str, str]:
    """Run `twin check` and return exit code, stdout and stderr."""
    with redirect_stdout(io.StringIO()) as printed, redirect_stderr(io.StringIO()) as said:
        code = main(["check", str(site), "--out", str(out), *more])
    return code, printed.getvalue(), said.getvalue()


@dataclass(frozen=True)
class Run:
    """What one run of the command line on a spoilt pod leaves."""

    folder: Path
    site: Path
    code: int
    faults: list[Fault]
    said: str
    untouched: bool


@pytest.fixture(scope="module")
def run_of(tmp_path_factory):
    """Return what `twin check` makes of a planted fault; each is run once."""
    known: dict[str, Run] = {}

    def run(planted: Planted) -> Run:
        if planted.name not in known:
            folder = tmp_path_factory.mktemp("planted")
            site = spoilt(folder, planted)
            before = state_of(folder)
            code, printed, said = checked(site, folder / "out", "--format", "json")
            names = {f.name for f in fields(Fault)}
            faults = [
                Fault(**{k: v for k, v in error.items() if k in names})
                for error in json.loads(printed)["errors"]
            ]
            known[planted.name] = Run(folder, site, code, faults, said, state_of(folder) == before)
        return known[planted.name]

    return run


def test_the_pod_has_no_fault_before_any_is_planted(tmp_path):
    assert faults_of(copy_pod(tmp_path)) == []


def test_there_are_enough_of_them_and_each_is_named_once():
    assert len(REFUSALS) >= 50
    names = [p.name for p in (*REFUSALS, *DOUBTS)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("planted", REFUSALS, ids=lambda p: p.name)
def test_a_planted_fault_is_refused_with_code_file_and_line_and_nothing_is_written(run_of, planted):
    run = run_of(planted)
    fault = found(planted, run.faults, run.site)
    assert fault, f"{planted.code} at {planted.file}: {planted.line}\n{shown(run.faults)}"
    assert run.code == INVALID
    assert str(fault) in run.said
    assert "Traceback" not in run.said
    assert run.untouched


@pytest.mark.parametrize("planted", REFUSALS, ids=lambda p: p.name)
def test_a_message_names_no_folder_of_the_machine(run_of, planted):
    run = run_of(planted)
    real = os.path.realpath(run.folder)
    assert [str(f) for f in run.faults if real in str(f) or str(run.folder) in str(f)] == []


def test_an_asset_that_is_not_there_is_named_as_its_layer_writes_it(tmp_path):
    site = copy_pod(tmp_path)
    asset = "@../../../assets/HouseLoad_10kW/HouseLoad_10kW.usda@"
    for written in ("@../../../../elsewhere/Load.usda@", "@/elsewhere/Load.usda@", "@./Load.usda@"):
        swap(ELECTRICAL, '"HouseLoad"', asset, written).apply(site)
        (fault,) = [f for f in faults_of(site) if f.code == "ST001"]
        assert f"Could not open asset {written} for reference introduced by @{ELECTRICAL}@" in fault.found
        swap(ELECTRICAL, '"HouseLoad"', written, asset).apply(site)


def test_in_python_the_refusal_is_an_input_error_that_carries_the_same_faults(run_of, tmp_path):
    planted = OPINIONS[0]
    with pytest.raises(InputError) as refusal:
        read(spoilt(tmp_path, planted))
    assert [str(f) for f in refusal.value.faults] == [str(f) for f in run_of(planted).faults]


def test_doubts_are_told_beside_errors(tmp_path):
    site = spoilt(tmp_path, OPINIONS[0], DOUBTS[0])
    faults = faults_of(site)
    assert found(OPINIONS[0], faults, site)
    assert found(DOUBTS[0], faults, site)
    code, printed, _ = checked(site, tmp_path / "out", "--format", "json")
    told = json.loads(printed)
    assert code == INVALID
    assert [e["code"] for e in told["errors"]] == [OPINIONS[0].code]
    assert [w["code"] for w in told["warnings"]] == [DOUBTS[0].code]
    assert DOUBTS[0].code in checked(site, tmp_path / "out")[1]


def test_what_a_plant_lacks_is_told_beside_wrong_values(tmp_path):
    plants = [OPINIONS[0], *LACKS]
    site = spoilt(tmp_path, *plants)
    faults = faults_of(site)
    assert [p.name for p in plants if not found(p, faults, site)] == []


@pytest.mark.parametrize("planted", [OPINIONS[0], UNREADABLE[0]], ids=lambda p: p.name)
def test_the_text_for_people_has_code_and_place_too(run_of, tmp_path, planted):
    fault = found(planted, run_of(planted).faults, run_of(planted).site)
    code, printed, said = checked(spoilt(tmp_path, planted), tmp_path / "out")
    assert code == INVALID
    assert fault.code in printed
    assert fault.where in printed
    assert "Traceback" not in printed + said


@pytest.mark.parametrize("planted", DOUBTS, ids=lambda p: p.name)
def test_a_planted_doubt_is_a_warning_with_code_file_and_line(tmp_path, planted):
    site = spoilt(tmp_path, planted)
    warnings = read(site).warnings
    fault = found(planted, warnings, site)
    assert fault, shown(warnings)
    assert fault.severity == "warning"


@pytest.mark.parametrize(
    "group", [OPINIONS, LACKS, DOUBTS, UNREADABLE], ids=["opinions", "lacks", "doubts", "unreadable"]
)
def test_all_planted_together_are_all_reported_at_once(tmp_path, group):
    plants = [p for p in group if p.name != "contingency without effect"]  # planted as a dangling one already
    site = spoilt(tmp_path, *plants)
    faults = faults_of(site)
    missing = [f"{p.code} {p.name}" for p in group if not found(p, faults, site)]
    assert missing == []
    places = [(f.code, f.where, f.prim, f.attribute, f.found) for f in faults]
    assert len(set(places)) == len(places)


@pytest.mark.parametrize(("name", "changes", "code", "prim"), UNSOLVABLE, ids=[u[0] for u in UNSOLVABLE])
def test_what_cannot_be_put_together_is_refused_and_its_prim_is_named(tmp_path, name, changes, code, prim):
    site = copy_pod(tmp_path)
    apply_all(site, changes)
    with pytest.raises(InputError) as refusal:
        lay_out(read(site).facility)
    assert [(f.code, f.prim) for f in refusal.value.faults] == [(code, prim)], shown(refusal.value.faults)
    exit_code, printed, said = checked(site, tmp_path / "out")
    assert exit_code == INVALID
    place = "" if prim == "/World" else r"\S+\.usda:\d+  "
    assert re.search(rf"{code}  {place}{prim}", printed), printed
    assert "Traceback" not in printed + said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("planted", IN_TIME, ids=[u[0] for u in IN_TIME])
def test_what_cannot_be_followed_in_time_is_refused_at_its_line(tmp_path, capsys, planted):
    _, changes, code, prim = planted
    site = copy_pod(tmp_path)
    apply_all(site, changes)
    lay_out(read(site).facility)
    assert main(["solve", str(site), "--duration", "30s", "-o", str(tmp_path / "run.nc")]) == INVALID
    printed = capsys.readouterr()
    assert re.search(rf"\S+\.usda:\d+  {code} error {prim}", printed.err)


# ------------------------------------------------------------------------------------ what is no regular file


class _Hang(BaseException):
    """Reading took too long."""


def within(seconds: int):
    """Return a context in which a hang is a failure rather than a wait."""
    assert threading.current_thread() is threading.main_thread()

    class Alarm:
        def __enter__(self):
            signal.signal(signal.SIGALRM, self.ring)
            signal.alarm(seconds)

        def __exit__(self, *_):
            signal.alarm(0)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)

        @staticmethod
        def ring(*_):
            raise _Hang

    return Alarm()


@pytest.mark.parametrize("file", [SITE, CONTROLS, POWER, WHIPS, "../../assets/NetworkRack/NetworkRack.usda"])
def test_a_pipe_in_the_place_of_a_layer_is_refused_where_it_is_named(tmp_path, file):
    site = copy_pod(tmp_path)
    (site / file).unlink()
    os.mkfifo(site / file)
    with within(20), pytest.raises(InputError) as refusal:
        read(site)
    fault = next(f for f in refusal.value.faults if "no regular file" in f.found)
    assert fault.code == "ST001"
    assert file == SITE or fault.where.rpartition(":")[2].isdigit()


def test_a_folder_in_the_place_of_a_layer_is_refused(tmp_path):
    site = copy_pod(tmp_path)
    (site / FABRIC).unlink()
    (site / FABRIC).mkdir()
    (fault,) = faults_of(site)
    assert (fault.code, fault.where.split(":")[0]) == ("ST001", SITE)


def test_layers_that_hold_each_other_are_refused(tmp_path):
    site = copy_pod(tmp_path)
    head = "    timeCodesPerSecond = 1\n"
    swap(FABRIC, "", head, f"{head}    subLayers = [@../site.usda@]\n").apply(site)
    with within(20):
        (fault,) = faults_of(site)
    assert fault.code == "ST002"
    assert fault.where.split(":")[0] in {SITE, FABRIC}


# ------------------------------------------------------------------------------------------------------ page


def test_the_page_of_planted_faults_is_as_the_run_prints_it(run_of, tmp_path):
    faults = {p.name: found(p, (r := run_of(p)).faults, r.site) for p in REFUSALS}
    faults |= {
        p.name: found(p, read(site := spoilt(tmp_path / str(i), p)).warnings, site)
        for i, p in enumerate(DOUBTS)
    }
    folders = {p.name: str(run_of(p).folder) for p in REFUSALS}
    told = {n: without_folder(f, folders.get(n, str(tmp_path))) for n, f in faults.items() if f}
    assert PAGE.read_text(encoding="utf-8") == page(told), (
        "write it anew: python -m tests.contract.planted_faults"
    )
