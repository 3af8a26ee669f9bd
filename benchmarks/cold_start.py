"""Wall time of the command line from a cold process, imports included."""

import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
COMMANDS = {
    "twin --help": ["--help"],
    "twin check layouts/pod": ["check", "layouts/pod", "--fail-on", "never"],
}
HEAVY = ("numpy", "scipy", "pint", "pxr", "xarray", "pandas", "plotly", "numba")
RUNS = 5


def seconds(arguments: list[str]) -> float:
    """Return the wall time of one process."""
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True, cwd=ROOT)
    return time.perf_counter() - began


def imported(arguments: list[str]) -> list[str]:
    """Return which of the heavy packages a command imports."""
    traced = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "twin", *arguments],
        check=True, capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    modules = {line.rpartition("|")[2].strip().partition(".")[0] for line in traced.stderr.splitlines()}
    return [name for name in HEAVY if name in modules]


def main() -> None:
    """Print a table; the first run of each command, which warms the file cache, does not count."""
    bare = statistics.median(seconds(["-c", "pass"]) for _ in range(RUNS))
    print("| command | median [s] | least [s] | above the bare interpreter [s] | heavy imports |")
    print("| --- | ---: | ---: | ---: | --- |")
    for name, arguments in COMMANDS.items():
        took = [seconds(["-m", "twin", *arguments]) for _ in range(RUNS + 1)][1:]
        middle = statistics.median(took)
        heavy = ", ".join(imported(arguments)) or "none"
        print(f"| `{name}` | {middle:.2f} | {min(took):.2f} | {middle - bare:.2f} | {heavy} |")


if __name__ == "__main__":
    main()
