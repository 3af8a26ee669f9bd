"""Time of steady flow solves beside EPANET 2.3 and pandapipes, on the same coolant loops, as ratios."""

import argparse
import platform
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from workers import HERE, Worker

RESULT = HERE / "results/flow.md"
SIZES = {8: (9, 20), 512: (9, 5), 7168: (5, 1)}  # racks: rounds, solves in each
BATCH = 512  # racks of the loops that are solved in variants
FEW = 20  # variants that pandapipes solves: the others would take a minute
ENGINES = {
    "ours, [fast]": ("twin", {"TWIN_FAST": "1"}), "ours, numpy": ("twin", {"TWIN_FAST": "0"}),
    "EPANET 2.3": ("epanet", {}), "pandapipes": ("pandapipes", {}),
}  # fmt: skip
OURS = "ours, [fast]", "ours, numpy"


def begun(name, python):
    """Return an engine in a process of its own."""
    kind, env = ENGINES[name]
    return Worker(sys.executable if name in OURS else python, "flow_engines.py", kind, env)


@dataclass
class Row:
    """What was measured of one engine on one size: seconds."""

    build: float
    solve: list[float] = field(default_factory=list)
    error: float = 0.0
    passes: int | None = None

    @property
    def median(self):
        return statistics.median(self.solve)


def measure(workers, racks, folder):
    """Return the rows of one size, by engine; rounds go around the engines."""
    rounds, times = SIZES[racks]
    named = {"racks": racks, "folder": folder}
    workers["ours, numpy"].ask("write", **named)
    rows = {name: Row(worker.ask("build", **named)["s"]) for name, worker in workers.items()}
    workers["ours, numpy"].ask("truth", **named)
    for number in range(rounds):
        for name, worker in workers.items():
            if name == "pandapipes" and racks > BATCH and number >= 2:
                continue
            rows[name].solve += worker.ask("solve", times=times)["s"]
    for name, worker in workers.items():
        said = worker.ask("answer", folder=folder)
        rows[name].error, rows[name].passes = said["error"], said["passes"]
        print(f"{racks:,} racks, {name}: {1e3 * rows[name].median:.2f} ms", file=sys.stderr)
    return rows


def batch(workers, count, folder):
    """Return microseconds per variant by engine, those of the runs of EPANET alone, and errors."""
    named, took, run, errors = {"racks": BATCH, "folder": folder}, {}, [], {}
    for name, worker in workers.items():
        worker.ask("build", **named)
        worker.ask("solve")
        if name != "pandapipes":
            worker.ask("variants", times=FEW, **named)
    for _ in range(3):
        for name, worker in workers.items():
            some = min(count, FEW) if name == "pandapipes" else count
            if name == "pandapipes" and name in took:
                continue
            said = worker.ask("variants", times=some, **named)
            took.setdefault(name, []).append(1e6 * said["s"] / some)
            errors[name] = np.load(Path(folder) / f"found_{said['pid']}.npy")
            if said["run"]:
                run.append(1e6 * said["run"] / some)
    truth = errors["ours, numpy"]
    apart = {name: float(np.abs(found / truth[: len(found)] - 1.0).max()) for name, found in errors.items()}
    return {name: statistics.median(each) for name, each in took.items()}, statistics.median(run), apart


def cold(name, python, folder):
    """Return the seconds from the start of a process to its first answer, by the clock on the wall."""
    worker = begun(name, python)
    worker.ask("build", racks=BATCH, folder=folder)
    worker.ask("solve", times=0)
    took = time.perf_counter() - worker.began
    worker.stop()
    return took


def page(sizes, variants, starts, count):
    """Return the results as Markdown."""
    lines = [
        "# Time of a steady flow solve", "",
        f"Processor time of one thread, medians; {platform.machine()}, Python {platform.python_version()}. "
        "Every solve is cold. Last two columns: how much longer the peers take in the same run.", "",
        "| racks | engine | build | solve | passes | largest error of a flow | EPANET | pandapipes |",
        "| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]  # fmt: skip
    for racks, rows in sizes.items():
        for name, row in rows.items():
            ratios = " | ".join(
                f"{rows[peer].median / row.median:.2f}" if peer in rows and peer != name else "–"
                for peer in ("EPANET 2.3", "pandapipes")
            )
            lines.append(
                f"| {racks:,} | {name} | {1e3 * row.build:,.1f} ms | {1e3 * row.median:,.3f} ms "
                f"| {row.passes or '–'} | {row.error:.1e} | {ratios} |"
            )
    took, run, apart = variants
    lines += [
        "", f"{count:,} variants of {BATCH} racks, each with its own losses in every rack:", "",
        "| engine | µs per variant | disagreement | EPANET over it | runs of EPANET alone over it |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]  # fmt: skip
    for name, each in took.items():
        ratio = f"{took['EPANET 2.3'] / each:.2f}" if name != "EPANET 2.3" else "–"
        alone = f"{run / each:.2f}" if name in OURS else "–"
        lines.append(f"| {name} | {each:,.0f} | {apart[name]:.1e} | {ratio} | {alone} |")
    lines += [
        "",
        f"From the start of a process to its first answer for {BATCH} racks, by the wall clock:",
        "",
    ]
    lines += ["| engine | s |", "| --- | ---: |", *(f"| {name} | {s:.2f} |" for name, s in starts.items())]
    return "\n".join([*lines, "", *bars(sizes, variants), ""])


def bars(sizes, variants):
    """Yield a line for each bar that was set, and what was measured."""
    took, _, _ = variants
    largest = sizes[max(sizes)]
    told = []
    for name, times in zip(OURS, (60, 15), strict=True):
        if "pandapipes" in largest:
            found = {racks: rows["pandapipes"].median / rows[name].median for racks, rows in sizes.items()}
            least = ", ".join(f"{ratio:.0f} at {racks:,}" for racks, ratio in found.items())
            told.append((f"{times} times as fast as pandapipes, {name}", min(found.values()) / times, least))
    for name, share in zip(OURS, (1.0, 0.25), strict=True):
        ratio = largest["EPANET 2.3"].median / largest[name].median
        told.append(
            (f"{share} of the speed of EPANET, {max(sizes):,} racks, {name}", ratio / share, f"{ratio:.2f}")
        )
    ratio = took["EPANET 2.3"] / took[OURS[0]]
    told.append((f"variants 4 times as fast as EPANET, {OURS[0]}", ratio / 4.0, f"{ratio:.2f}"))
    ratio = took["EPANET 2.3"] / took[OURS[1]]
    yield from ["| bar | measured | reached |", "| --- | --- | --- |"]
    yield from (f"| {bar} | {found} | {'yes' if ok >= 1.0 else 'no'} |" for bar, ok, found in told)
    yield f"| variants, {OURS[1]}: no bar | {ratio:.2f} | – |"


def main():
    """Measure every engine and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", default=sys.executable, help="Python that has owa-epanet and pandapipes")
    parser.add_argument("--racks", type=int, nargs="+", default=list(SIZES), choices=SIZES)
    parser.add_argument("--variants", type=int, default=1000)
    parser.add_argument("--without", nargs="*", default=[], choices=["pandapipes"])
    chosen = parser.parse_args()
    names = [name for name in ENGINES if name not in chosen.without]
    with tempfile.TemporaryDirectory(prefix="twin-bench-") as folder:
        workers = {name: begun(name, chosen.peers) for name in names}
        sizes = {racks: measure(workers, racks, folder) for racks in chosen.racks}
        workers["ours, numpy"].ask("write", racks=BATCH, folder=folder)
        variants = batch(workers, chosen.variants, folder)
        for worker in workers.values():
            worker.stop()
        starts = {
            name: statistics.median(cold(name, chosen.peers, folder) for _ in range(3)) for name in names
        }
    text = page(sizes, variants, starts, chosen.variants)
    print(text)
    RESULT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
