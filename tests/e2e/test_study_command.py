"""`twin study` from file to exit code; killed at any instant it goes on to the same store."""

import json
import os
import signal
import subprocess
import sys
import time
from xml.etree import ElementTree as ET

import pytest

from twin.cli import main

STUDY = """\
layout = "pod"
seed = 3
block = 2
[design]
method = "latin_hypercube"
count = {count}
[axes.load]
load = "it"
range = [0.6, 1.0]
[axes.ambient]
attribute = "/World/Site.twin:site:dryBulb"
range = ["28 degC", "36 degC"]
[outputs]
pue = "facility.pue_design_ratio"
[constraints.limits]
pue = "<= 1.15"
"""


# Loads alone: such a layout is read once.
FAST = STUDY.replace(STUDY[STUDY.index("[axes.ambient]") : STUDY.index("[outputs]")], "")


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    file = tmp_path_factory.mktemp("study") / "two.toml"
    file.write_text(FAST.format(count=2), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def store(file):
    folder = file.parent / "two.store"
    assert main(["study", str(file), "-o", str(folder), "--format", "md"]) in {0, 1}
    return folder


def test_every_format_says_the_same(file, store, capsys):
    again = ["study", str(file), "-o", str(store), "--resume", "--format"]
    main([*again, "json"])
    said = json.loads(capsys.readouterr().out)
    assert (said["summary"]["variants"], said["summary"]["solved"]) == (2, 2)
    main([*again, "junit"])
    suite = ET.fromstring(capsys.readouterr().out)
    assert int(suite.get("failures")) == 2 - said["summary"]["passing"]
    main([*again, "csv"])
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_the_exit_code_tells_whether_enough_variants_pass(file, store, capsys):
    text = file.read_text()
    for limit, code in ((2.0, 0), (1.0, 1)):
        rules = "[constraints]\nrules = ['EN002']\n[constraints.limits]"
        file.write_text(text.replace("1.15", str(limit)).replace("[constraints.limits]", rules))
        assert main(["study", str(file), "-o", str(store), "--resume", "--require", "all"]) == code
    file.write_text(text)
    capsys.readouterr()


def test_pages_and_tables_are_written(file, store, tmp_path, capsys):
    files = [tmp_path / name for name in ("a.html", "a.csv", "a.nc")]
    main(
        ["study", str(file), "-o", str(store), "--resume", *(x for f in files for x in ("--export", str(f)))]
    )
    assert all(f.stat().st_size > 100 for f in files)
    capsys.readouterr()


def test_a_fault_of_the_file_is_told_with_its_line(tmp_path, capsys):
    file = tmp_path / "bad.toml"
    file.write_text(STUDY.format(count=2).replace("28 degC", "28 kW"), encoding="utf-8")
    assert main(["study", str(file)]) == 3
    assert "bad.toml:12" in capsys.readouterr().err


# ------------------------------------------------------------------------------------------- killed


def begun(file, folder, *more):
    command = [sys.executable, "-m", "twin", "study", str(file), "-o", str(folder), *more]
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
    )


def wait_for_blocks(folder, count, limit_s=240):
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        if len(list((folder / "done").glob("0*.json"))) >= count:
            return
        time.sleep(0.02)
    pytest.fail("no block was stored")


def files_of(folder):
    return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("long")
    file = folder / "six.toml"
    file.write_text(STUDY.format(count=6), encoding="utf-8")
    main(["study", str(file), "-o", str(folder / "whole")])
    return file, files_of(folder / "whole")


@pytest.mark.slow
def test_a_run_that_is_killed_goes_on_to_the_same_store(undisturbed, tmp_path):
    file, whole = undisturbed
    run = begun(file, tmp_path / "store")
    wait_for_blocks(tmp_path / "store", 1)
    os.killpg(run.pid, signal.SIGKILL)
    run.communicate()
    assert len(list((tmp_path / "store" / "done").glob("0*.json"))) < 3
    main(["study", str(file), "-o", str(tmp_path / "store"), "--resume"])
    assert files_of(tmp_path / "store") == whole


@pytest.mark.slow
def test_a_worker_that_is_killed_is_replaced(undisturbed, tmp_path):
    file, whole = undisturbed
    run = begun(file, tmp_path / "store", "--engine", "processes", "--workers", "1")
    wait_for_blocks(tmp_path / "store", 1)
    children = subprocess.run(["pgrep", "-P", str(run.pid)], capture_output=True, text=True, check=True)
    os.kill(max(int(child) for child in children.stdout.split()), signal.SIGKILL)
    run.communicate(timeout=300)
    assert run.returncode in {0, 1}
    assert files_of(tmp_path / "store") == whole


@pytest.mark.slow
def test_ctrl_c_keeps_what_is_solved(undisturbed, tmp_path):
    file, whole = undisturbed
    run = begun(file, tmp_path / "store")
    wait_for_blocks(tmp_path / "store", 1)
    os.killpg(run.pid, signal.SIGINT)
    _, said = run.communicate(timeout=120)
    assert run.returncode == 130
    assert b"--resume" in said
    main(["study", str(file), "-o", str(tmp_path / "store"), "--resume"])
    assert files_of(tmp_path / "store") == whole


@pytest.mark.slow
def test_a_disk_that_runs_full_is_told_and_gone_on_with(undisturbed, tmp_path):
    file, whole = undisturbed
    # Files may not grow beyond this: the writes of a margin table fail as on a full disk.
    limit = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (700, 700)); from twin.cli import main;"
        f"sys.exit(main({['study', str(file), '-o', str(tmp_path / 'store'), '--resume']!r}))"
    )
    made = begun(file, tmp_path / "store")
    wait_for_blocks(tmp_path / "store", 1)
    os.killpg(made.pid, signal.SIGKILL)
    made.communicate()
    full = subprocess.run([sys.executable, "-c", limit], capture_output=True, text=True, check=False)
    assert full.returncode == 2, full.stderr
    assert "--resume" in full.stderr
    main(["study", str(file), "-o", str(tmp_path / "store"), "--resume"])
    assert files_of(tmp_path / "store") == whole


@pytest.mark.slow
def test_a_cluster_of_dask_gives_the_same_store(undisturbed, tmp_path):
    pytest.importorskip("distributed")
    file, whole = undisturbed
    run = begun(file, tmp_path / "store", "--engine", "dask")
    _, said = run.communicate(timeout=400)
    assert run.returncode in {0, 1}, said
    assert files_of(tmp_path / "store") == whole


@pytest.mark.slow
def test_a_scheduler_that_does_not_answer_is_one_clear_fault(undisturbed, tmp_path):
    pytest.importorskip("distributed")
    file, _ = undisturbed
    run = begun(file, tmp_path / "store", "--engine", "dask", "--scheduler", "tcp://127.0.0.1:9")
    _, said = run.communicate(timeout=200)
    assert run.returncode == 3
    assert b"ST251" in said
