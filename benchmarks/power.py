"""Time of balanced power flows beside pandapower, power-grid-model and OpenDSS, on one hall, as ratios."""

import argparse
import platform
import statistics
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from workers import HERE, Worker

RESULT = HERE / "results/power.md"
SIZES = {8: (7, 40), 512: (7, 10), 7168: (5, 2)}  # racks: rounds, solves in each
BATCH = 512  # racks of the hall that is solved in variants
FEW = 20  # variants that pandapower solves
ENGINES = {
    "ours, [fast]": ("twin", {"TWIN_FAST": "1"}), "ours, numpy": ("twin", {"TWIN_FAST": "0"}),
    "pandapower": ("pandapower", {}), "power-grid-model, iterative current": ("iterative", {}),
    "power-grid-model, Newton": ("newton", {}), "OpenDSS": ("opendss", {}),
}  # fmt: skip
WIRES = {"ours": ("wires", {}), "OpenDSS": ("opendss wires", {})}
FAST, NUMPY, PANDAPOWER, ITERATIVE, _, OPENDSS = ENGINES
OURS = FAST, NUMPY
AGAINST = ((PANDAPOWER, "results"), (ITERATIVE, "results"), (ITERATIVE, "voltages"), (OPENDSS, "voltages"))


@dataclass
class Row:
    """What was measured of one engine on one size: seconds, by what was asked for."""

    build: float
    took: dict[str, list[float]]
    apart: float = 0.0
    medians: dict[str, float] = field(default_factory=dict)


def begun(name, python, engines=ENGINES):
    """Return an engine in a process of its own."""
    kind, env = engines[name]
    return Worker(sys.executable if name.startswith("ours") else python, "power_engines.py", kind, env)


def found(folder, said):
    """Return the voltages that an engine left."""
    return np.load(Path(folder) / f"found_{said['pid']}.npy")


def measure(workers, racks, folder):
    """Return the rows of one size, by engine; rounds go around the engines."""
    rounds, times = SIZES[racks]
    rows, volts = {}, {}
    for name, worker in workers.items():
        said = worker.ask("build", racks=racks)
        rows[name] = Row(said["s"], {tell: [] for tell in said["tells"]})
        for tell in ("results", *said["tells"]):  # nothing is compiled, factored or cold from here on
            worker.ask("solve", times=4, tell=tell)
    for _ in range(rounds):
        for name, worker in workers.items():
            for tell in rows[name].took:
                rows[name].took[tell] += worker.ask("solve", times=times, tell=tell)["s"]
    for name, worker in workers.items():
        volts[name] = found(folder, worker.ask("answer", racks=racks, folder=folder))
    for name, row in rows.items():
        row.medians = {tell: statistics.median(took) for tell, took in row.took.items()}
        row.apart = float(np.abs(volts[name] - volts[NUMPY]).max())
        told = ", ".join(f"{tell} {1e3 * s:.3f} ms" for tell, s in row.medians.items())
        print(f"{racks:,} racks, {name}: {told}", file=sys.stderr)
    return rows


def batch(workers, count, folder):
    """Return microseconds per variant, and how far voltages lie apart, by engine."""
    took, volts = {}, {}
    for worker in workers.values():
        worker.ask("build", racks=BATCH)
        worker.ask("ready")
        worker.ask("solve", times=4)
        worker.ask("variants", racks=BATCH, times=FEW, folder=folder)
    for _ in range(3):
        for name, worker in workers.items():
            some = min(count, FEW) if name == PANDAPOWER else count
            said = worker.ask("variants", racks=BATCH, times=some, folder=folder)
            took.setdefault(name, []).append(1e6 * said["s"] / some)
            volts[name] = found(folder, said)
    apart = {name: float(np.abs(each - volts[NUMPY][: len(each)]).max()) for name, each in volts.items()}
    return {name: statistics.median(each) for name, each in took.items()}, apart


def by_conductor(python, folder):
    """Return the rows of the hall solved conductor by conductor, by engine."""
    workers = {name: begun(name, python, WIRES) for name in WIRES}
    rows, volts = {}, {}
    for name, worker in workers.items():
        rows[name] = Row(worker.ask("build", racks=BATCH)["s"], {"wires": []})
        worker.ask("solve", times=4)
    for _ in range(7):
        for name, worker in workers.items():
            rows[name].took["wires"] += worker.ask("solve", times=8)["s"]
    for name, worker in workers.items():
        volts[name] = found(folder, worker.ask("answer", racks=BATCH, folder=folder))
        rows[name].medians = {"wires": statistics.median(rows[name].took["wires"])}
        rows[name].apart = float(np.abs(volts[name] - volts["ours"]).max())
        worker.stop()
    return rows


def times_as_fast(rows, name, peer, tell):
    """Return how much longer a peer takes for the same, None where one of them does not tell it."""
    own, other = rows[name].medians.get(tell), rows[peer].medians.get(tell)
    return None if own is None or other is None or name == peer else other / own


def page(sizes, variants, wires, count, *, shared=False):
    """Return the results as Markdown."""
    where = ", shared with other work while this was measured" if shared else ""
    lines = [
        "# Time of a balanced power flow", "",
        f"Processor time of one thread, medians; {platform.machine()}{where}, "
        f"Python {platform.python_version()}. "
        "Loads change before every solve, which starts from the last one where an engine can; setting them "
        "counts. *Results* are currents, losses and loadings of every element, *voltages* those of the nodes "
        "only: pandapower always gives results, OpenDSS none before it is asked. Last columns: how much "
        "longer the peer takes for the same in the same run (R results, V voltages; PGM: power-grid-model, "
        "iterative current). Apart: largest disagreement of a voltage with ours by numpy, over nominal.", "",
        "| racks | engine | build | results | voltages | apart | pandapower R | PGM R | PGM V | OpenDSS V |",
        "| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]  # fmt: skip
    for racks, rows in sizes.items():
        for name, row in rows.items():
            ratios = (times_as_fast(rows, name, *each) for each in AGAINST)
            told = " | ".join("–" if ratio is None else f"{ratio:.2f}" for ratio in ratios)
            each = (row.medians.get(tell) for tell in ("results", "voltages"))
            spent = " | ".join("–" if s is None else f"{1e3 * s:,.3f} ms" for s in each)
            lines.append(
                f"| {racks:,} | {name} | {1e3 * row.build:,.0f} ms | {spent} | {row.apart:.1e} | {told} |"
            )
    took, apart = variants
    lines += [
        "", f"{count:,} variants of {BATCH} racks, each with its own load of every rack; voltages only:", "",
        "| engine | µs per variant | apart | PGM over it |", "| --- | ---: | ---: | ---: |",
    ]  # fmt: skip
    for name, each in took.items():
        ratio = "–" if name == ITERATIVE else f"{took[ITERATIVE] / each:.2f}"
        lines.append(f"| {name} | {each:,.0f} | {apart[name]:.1e} | {ratio} |")
    lines += [
        "", f"{BATCH} racks conductor by conductor, four wires, unlike loads on the phases of every rack, "
        "solved again with other loads. Ours by numpy, with all results; OpenDSS voltages only:", "",
        "| engine | build | solve | apart | OpenDSS over it |", "| --- | ---: | ---: | ---: | ---: |",
    ]  # fmt: skip
    for name, row in wires.items():
        ratio = "–" if name == "OpenDSS" else f"{times_as_fast(wires, name, 'OpenDSS', 'wires'):.2f}"
        solve = f"{1e3 * row.medians['wires']:,.2f} ms"
        lines.append(f"| {name} | {1e3 * row.build:,.0f} ms | {solve} | {row.apart:.1e} | {ratio} |")
    return "\n".join([*lines, "", *bars(sizes, variants, wires), ""])


BARS = (
    (PANDAPOWER, "results", 30.0, 8.0), (ITERATIVE, "voltages", 5.0, 1.5), (ITERATIVE, "results", 5.0, 1.5),
)  # fmt: skip


def bars(sizes, variants, wires):
    """Yield a line for each bar that was set, and what was measured."""
    yield from ["| bar | measured | reached |", "| --- | --- | --- |"]
    for peer, tell, *wanted in BARS:
        for name, bar in zip(OURS, wanted, strict=True):
            ratios = {racks: times_as_fast(rows, name, peer, tell) for racks, rows in sizes.items()}
            told = ", ".join(f"{ratio:.1f} at {racks:,}" for racks, ratio in ratios.items())
            reached = "yes" if min(ratios.values()) >= bar else "no"
            yield f"| {bar:g} times as fast as {peer}, {tell}, {name} | {told} | {reached} |"
    took, _ = variants
    ratio = took[ITERATIVE] / took[FAST]
    reached = "yes" if ratio >= 8.0 else "no"
    yield f"| variants 8 times as fast as {ITERATIVE}, {FAST} | {ratio:.1f} | {reached} |"
    four = times_as_fast(wires, "ours", "OpenDSS", "wires")
    reached = "yes" if four > 1.0 else "no"
    yield f"| four wires solved again faster than OpenDSS | {four:.2f} | {reached} |"
    yield f"| variants, {NUMPY}: no bar | {took[ITERATIVE] / took[NUMPY]:.1f} | – |"


def main():
    """Measure every engine and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", default=sys.executable, help="Python that has the peers")
    parser.add_argument("--racks", type=int, nargs="+", default=list(SIZES), choices=SIZES)
    parser.add_argument("--variants", type=int, default=1000)
    parser.add_argument("--shared", action="store_true", help="say that the machine had other work")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="twin-bench-") as folder:
        workers = {name: begun(name, chosen.peers) for name in ENGINES}
        sizes = {racks: measure(workers, racks, folder) for racks in chosen.racks}
        variants = batch(workers, chosen.variants, folder)
        for worker in workers.values():
            worker.stop()
        wires = by_conductor(chosen.peers, folder)
    text = page(sizes, variants, wires, chosen.variants, shared=chosen.shared)
    print(text)
    RESULT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
