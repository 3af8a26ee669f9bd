"""Time and memory of a whole check, stage by stage, over the size of the site; one process per run."""

import argparse
import json
import math
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
RESULT = HERE / "results/check.md"
STAGES = ("import", "open", "read", "lay_out", "solve", "results", "check", "write")
SIZES = {8: 5, 512: 3, 7168: 1}  # racks: runs
HALL = 512  # growth is told from here on


def measure(site: Path, out: Path) -> dict[str, object]:
    """Run one check in this process and return seconds by stage, memory and sizes."""
    clock = time.perf_counter
    began = clock()
    from twin.errors import ConvergenceError
    from twin.reports.outputs import write_run
    from twin.reports.report import report_of
    from twin.walk import walk

    found: dict[str, object] = {"import": clock() - began}
    try:
        outcome = walk(str(site))
    except ConvergenceError as reason:
        return found | refused(site, str(reason))
    took = {name.removesuffix("_compiled"): spent for name, spent in outcome.timings_s.items()}
    found |= {stage: took[stage] for stage in STAGES if stage in took}
    began = clock()
    write_run(out / "run", outcome, report_of(outcome))
    found["write"] = clock() - began
    flow, power = outcome.solution.network.flow, outcome.solution.network.power
    return found | {
        "peak_bytes": peak(), "cpu": busy(), "cases": len(outcome.facility.cases),
        "passes": outcome.solution.iteration_count, "flow nodes": len(flow.node), "branches": len(flow.tail),
        "power nodes": len(power.node), "findings": len(outcome.findings),
        "energy residual": float(outcome.balance.energy_ratio.max()),
    }  # fmt: skip


def refused(site: Path, reason: str) -> dict[str, object]:
    """Return what can be timed of a site that the solvers refuse."""
    from twin.model.network import lay_out
    from twin.stage import read

    clock = time.perf_counter
    began = clock()
    reading = read(site)
    read_s = clock() - began
    began = clock()
    network = lay_out(reading.facility)
    opened = reading.timings_s["open"]
    return {
        "open": opened, "read": read_s - opened, "lay_out": clock() - began, "peak_bytes": peak(),
        "cpu": busy(), "cases": len(reading.facility.cases), "flow nodes": len(network.flow.node),
        "branches": len(network.flow.tail), "power nodes": len(network.power.node), "refused": reason,
    }  # fmt: skip


def peak() -> int:
    """Return the largest resident memory of this process so far."""
    times = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * times


def busy() -> float:
    """Return the processor time of this process so far [s]: what the total would be on an idle machine."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def write_site(racks: int, folder: Path) -> Path:
    """Write a site of so many racks: a pod, or a hall of pods."""
    from twin.stage.author import new

    site = folder / f"site_{racks}"
    new("pod" if racks == 8 else "hall", racks=racks, out=site)
    return site


def runs_of(racks: int, runs: int, folder: Path) -> list[dict[str, object]]:
    """Return every run of one size, each in a process of its own."""
    site, rows = write_site(racks, folder), []
    for number in range(runs):
        out = folder / f"out_{racks}_{number}"
        out.mkdir()
        command = [sys.executable, __file__, "--child", str(site), str(out)]
        said = subprocess.run(command, check=True, capture_output=True, text=True, cwd=HERE.parent)
        rows.append(json.loads(said.stdout.splitlines()[-1]))
        print(f"{racks} racks, run {number + 1} of {runs}: {total(rows[-1]):.1f} s", file=sys.stderr)
    return rows


def total(row: dict[str, object]) -> float:
    """Return the seconds of all stages that a run has reached."""
    return sum(float(row[stage]) for stage in STAGES if stage in row)


def median(rows: list[dict[str, object]]) -> dict[str, object]:
    """Return the medians of the numbers that change from run to run."""
    middle = dict(rows[0])
    for name in (*STAGES, "cpu", "peak_bytes"):
        if name in middle:
            middle[name] = statistics.median(float(row[name]) for row in rows)
    return middle


def page(by_size: dict[int, dict[str, object]]) -> str:
    """Return the results as Markdown."""
    heads = [*(stage.replace("_", " ") for stage in STAGES), "total", "CPU", "peak memory"]
    machine = f"{platform.machine()}, Python {platform.python_version()}"
    lines = [
        "# Time and memory of a check", "", f"Seconds, medians, one process per run; {machine}.", "",
        "| racks | " + " | ".join(heads) + " |", "| ---: " * (len(heads) + 1) + "|",
    ]  # fmt: skip
    for racks, row in by_size.items():
        cells = [f"{float(row[s]):.2f}" if s in row else "–" for s in STAGES]
        memory = f"{float(row['cpu']):.2f} | {float(row['peak_bytes']) / 1e6:,.0f} MB"
        whole = "–" if "refused" in row else f"{total(row):.2f}"
        lines.append(f"| {racks:,} | " + " | ".join(cells) + f" | {whole} | {memory} |")
    halls = [racks for racks in by_size if racks >= HALL]
    if len(halls) > 1:
        lines.append(growth(halls[0], halls[-1], by_size))
    names = ("cases", "passes", "flow nodes", "branches", "power nodes", "findings", "energy residual")
    lines += ["", "| racks | " + " | ".join(names) + " |", "| ---: " * (len(names) + 1) + "|"]
    for racks, row in by_size.items():
        cells = [sized(row[name]) if name in row else "–" for name in names]
        lines.append(f"| {racks:,} | " + " | ".join(cells) + " |")
    lines += [
        f"\n{racks:,} racks refused: {row['refused']}" for racks, row in by_size.items() if "refused" in row
    ]
    return "\n".join(lines) + "\n"


def growth(small: int, large: int, by_size: dict[int, dict[str, object]]) -> str:
    """Return the row of exponents: 1 when twice the racks take twice the time."""
    a, b, span = by_size[small], by_size[large], math.log(large / small)
    cells = [
        f"{math.log(float(b[s]) / float(a[s])) / span:.2f}" if s in a and s in b and s != "import" else "–"
        for s in (*STAGES, "cpu", "peak_bytes")
    ]
    whole = "–" if "refused" in a or "refused" in b else f"{math.log(total(b) / total(a)) / span:.2f}"
    return f"| exponent {small:,} → {large:,} | " + " | ".join([*cells[:-2], whole, *cells[-2:]]) + " |"


def sized(value: object) -> str:
    """Return a count or a ratio as text."""
    return f"{value:,}" if isinstance(value, int) else f"{float(str(value)):.1e}"


def main() -> None:
    """Measure every size and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--racks", type=int, nargs="+", default=list(SIZES), help="sizes, multiples of 8")
    parser.add_argument("--runs", type=int, help="runs of each size; by default 5, 3 and 1")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        site, out = chosen.child
        print(json.dumps(measure(Path(site), Path(out))))
        return
    with tempfile.TemporaryDirectory(prefix="twin-bench-") as folder:
        by_size = {
            racks: median(runs_of(racks, chosen.runs or SIZES.get(racks, 1), Path(folder)))
            for racks in chosen.racks
        }
    text = page(by_size)
    print(text)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
