"""Engines in processes of their own, asked by JSON objects a line each, on one thread."""

import gc
import json
import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMBA")}


class Worker:
    """A process that answers, and when it began."""

    def __init__(self, python, script, kind, env):
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            [python, str(HERE / script), kind], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True,
            env=os.environ | ONE_THREAD | env | {"PYTHONPATH": str(HERE.parent)},
        )  # fmt: skip

    def ask(self, do, **more):
        self.process.stdin.write(json.dumps({"do": do} | more) + "\n")
        self.process.stdin.flush()
        said = self.process.stdout.readline()
        if not said:
            raise SystemExit(f"an engine stopped at {do} {more}: run it by hand to see why")
        return json.loads(said)

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


def serve(engine, reply):
    """Answer requests until there are no more."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what engines print is no answer
    gc.disable()
    for line in sys.stdin:
        print(json.dumps(reply(engine, **json.loads(line))), file=out, flush=True)


def spent(work):
    """Return the processor time that a call takes [s]."""
    began = time.process_time()
    work()
    return time.process_time() - began
