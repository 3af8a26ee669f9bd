"""Time of a year of a plant and of a hall beside EnergyPlus on the like plant, in one run, as ratios."""

import argparse
import os
import platform
import statistics
import sys
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from workers import HERE, Worker

RESULT = HERE / "results/year.md"
THEIRS, THEIRS_HOURLY = "EnergyPlus, sums of the year only", "EnergyPlus, outputs of every hour"
EVERY, TABLE = "ours, every hour solved", "ours, table of `twin year`"
HALL, HALL_NUMPY = "hall of 512 racks, [fast]", "hall of 512 racks, numpy"
ENGINES = {
    THEIRS: ("energyplus", {}), THEIRS_HOURLY: ("energyplus hourly", {}),
    EVERY: ("every hour", {"TWIN_FAST": "0"}), TABLE: ("table", {"TWIN_FAST": "0"}),
    HALL: ("hall", {"TWIN_FAST": "1"}), HALL_NUMPY: ("hall", {"TWIN_FAST": "0"}),
}  # fmt: skip
PLANTS, HALLS = (THEIRS, THEIRS_HOURLY, EVERY, TABLE), (HALL, HALL_NUMPY)
BAR_S = 5.0  # of the year of the hall, after its stage is read
STATES = 35_040  # steps of EnergyPlus: four an hour


@dataclass
class Row:
    """What was measured of one engine: seconds, states solved, what it found."""

    read: float
    took: list[float] = field(default_factory=list)
    count: int = STATES
    answer: dict[str, float] = field(default_factory=dict)

    @property
    def median(self):
        return statistics.median(self.took)


def begun(name, python):
    """Return an engine in a process of its own."""
    kind, env = ENGINES[name]
    return Worker(python if name in {THEIRS, THEIRS_HOURLY} else sys.executable, "year_engines.py", kind, env)


def measure(names, python, cases, rounds):
    """Return the rows of some engines; rounds go around them, and each goes through a year before."""
    workers = {name: begun(name, python) for name in names}
    rows = {name: Row(worker.ask("read", cases=cases)["s"]) for name, worker in workers.items()}
    for turn in range(rounds + 1):
        for name, worker in workers.items():
            said = worker.ask("year")
            rows[name].count = said.get("count", STATES)
            if not turn:  # EnergyPlus reads its input in every call
                rows[name].read += said.get("whole", said["s"]) - said["s"]
            else:
                rows[name].took.append(said["s"])
            print(f"{name}: {said['s']:.2f} s", file=sys.stderr)
    for name, worker in workers.items():
        rows[name].answer = worker.ask("answer")
        worker.stop()
    return rows


def page(rows, *, shared=False):
    """Return the results as Markdown."""
    where = ", shared with other work while this was measured" if shared else ""
    lines = [
        "# Time of a year", "",
        f"Processor time of one thread, medians; {platform.machine()}{where}, "
        f"Python {platform.python_version()}. The plant is `plant_chiller_phoenix`: racks, chiller, tower "
        "and pumps by the hours of Phoenix, EnergyPlus 25.2 in steps of a quarter. EnergyPlus counts from "
        "its first step on, ours from the facility that was read on; reading is apart. Last column: how "
        "much longer EnergyPlus takes for its plant, sums only, in the same run.", "",
        "| engine | read | states solved | year | EnergyPlus over it |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]  # fmt: skip
    theirs = rows[THEIRS].median
    for name, row in rows.items():
        ratio = "–" if name == THEIRS else f"{theirs / row.median:.2f}"
        lines.append(f"| {name} | {row.read:.2f} s | {row.count:,} | {row.median:.2f} s | {ratio} |")
    lines += ["", "What the year of the plant comes to, in the same run:", "", *disagreement(rows), ""]
    if halls := [name for name in HALLS if name in rows]:
        told = rows[halls[0]].answer
        lines += [
            f"The hall is `hall_liquid`, {told['racks']:.0f} racks, all of its IT power in every hour of the "
            f"same weather: PUE {told['pue']:.4f}; the worst hour closes to {told['residual']:.0e} and is at "
            f"most {told['off']:.0e} of the IT power off its solved state, as the table tells.", "",
            "| bar | measured | reached |", "| --- | --- | --- |",
        ]  # fmt: skip
        for name in halls:
            row = rows[name]
            reached = "yes" if row.median < BAR_S else "no"
            lines.append(f"| year of the {name}, under {BAR_S:g} s | {row.median:.1f} s | {reached} |")
    return "\n".join(lines).rstrip() + "\n"


def disagreement(rows):
    """Yield the lines of a table of energies."""
    names = [name for name in (THEIRS, EVERY, TABLE) if name in rows]
    apart = [f"{name}, apart" for name in names[1:]]
    yield "| kWh, m³ | " + " | ".join([*names, *apart]) + " |"
    yield "| --- |" + " ---: |" * (len(names) + len(apart))
    given = {name: dict(rows[name].answer) for name in names}
    for sums in given.values():
        cooling = sums["chiller"] + sums["tower fan"] + sums["pumps"]
        sums["pPUE"] = 1.0 + cooling / sums["IT"]
    for what, reference in given[THEIRS].items():
        ratio = what == "pPUE"
        cells = [f"{given[name][what]:.6f}" if ratio else f"{given[name][what]:,.0f}" for name in names]
        for name in names[1:]:
            gap = given[name][what] - reference
            cells.append(f"{gap:+.6f}" if ratio else f"{100.0 * gap / reference:+.3f} %")
        yield f"| {what} | " + " | ".join(cells) + " |"


def main():
    """Measure every engine and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", default=sys.executable, help="Python that has pyenergyplus-lbnl")
    parser.add_argument("--cases", default=os.environ.get("TWIN_CASES"), help="folder of published cases")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--no-hall", action="store_true", help="leave the hall out")
    parser.add_argument("--shared", action="store_true", help="say that the machine had other work")
    chosen = parser.parse_args()
    if not Path(chosen.cases or "?", "annual").is_dir():
        parser.error("--cases, or TWIN_CASES, names no folder of published cases")
    rows = measure(PLANTS, chosen.peers, chosen.cases, chosen.rounds)
    if not chosen.no_hall:
        rows |= measure(HALLS, chosen.peers, chosen.cases, max(1, chosen.rounds // 3))
    text = page(rows, shared=chosen.shared)
    print(text)
    RESULT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
