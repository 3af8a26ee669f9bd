"""Variants per hour of a study of numbers only on the hall of 512 racks, per engine; full physics and rules.

    python benchmarks/studies.py [VARIANTS] [BLOCK] [ENGINE ...]

Writes benchmarks/results/studies.md. Each engine runs in a process of its own; the time is that of blocks
solved and stored, reading told apart. Seconds of processors stand beside, as machines are shared.
"""

import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
RESULT = HERE / "results/studies.md"
SAID = {
    "layout": "hall_liquid",
    "seed": 1,
    "axes": {
        "load": {"load": "it", "range": [0.6, 1.0]},
        "ambient": {"attribute": "/World/Site.twin:site:dryBulb", "range": ["20 degC", "33 degC"]},
    },
    "outputs": {"pue": "facility.pue_design_ratio", "hottest": "max rack.coolant_return_k"},
}


def measure(count, block, engine):
    from twin.studies.study_answers import answers
    from twin.studies.study_engine import run
    from twin.studies.study_file import study_of
    from twin.studies.study_plan import plan
    from twin.studies.study_store import Store, open_store

    began = time.perf_counter()
    planned = plan(study_of({**SAID, "block": block, "design": {"method": "sobol", "count": count}}))
    read_s = time.perf_counter() - began
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "store", planned)
        with store.begun(resume=False) as blocks:
            began, cpu = time.perf_counter(), _cpu()
            run(planned, store, blocks, engine=engine, workers=2)
        spent = time.perf_counter() - began
        found = answers(planned.study, open_store(store.folder))
        size = sum(f.stat().st_size for f in store.folder.rglob("*") if f.is_file())
    most = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {
        "engine": engine, "read_s": read_s, "solve_s": spent, "cpu_s": _cpu() - cpu, "memory_mb": most / 1024,
        "failed": int((found.status == 2).sum()), "store_mb": size / 1e6,
    }  # fmt: skip


def _cpu():
    return sum(
        used.ru_utime + used.ru_stime
        for used in (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def main(arguments):
    if arguments[:1] == ["--one"]:
        print(json.dumps(measure(int(arguments[1]), int(arguments[2]), arguments[3])))
        return
    count, block = (int(x) for x in (*arguments[:2], *("256", "64")[len(arguments[:2]) :]))
    engines = arguments[2:] or ["inprocess", "processes"]
    rows = []
    for engine in engines:
        command = [sys.executable, __file__, "--one", str(count), str(block), engine]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        rows.append(json.loads(told.splitlines()[-1]))
    lines = [
        "# Studies of the hall of 512 racks, numbers only",
        "",
        f"{count} variants in blocks of {block}, two axes (IT load, outdoor air), normal operation "
        "at both ends of the heat split: flow, heat, power, short-circuit currents, all rules, store. "
        f"{platform.machine()}, {os.cpu_count()} processors (shared while this was taken: load "
        f"{os.getloadavg()[1]:.1f}), Python {platform.python_version()}.",
        "",
        "| engine | read s | solve, store s | variants/h | cpu s each | memory MB | failed | store MB |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        rate, each = 3600 * count / row["solve_s"], row["cpu_s"] / count
        cells = (
            row["engine"], f"{row['read_s']:.1f}", f"{row['solve_s']:.1f}", f"{rate:,.0f}", f"{each:.3f}",
            f"{row['memory_mb']:.0f}", str(row["failed"]), f"{row['store_mb']:.2f}",
        )  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    RESULT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main(sys.argv[1:])
