"""Short-circuit currents as JSON, in the order that was asked for."""

import json
from typing import Any

import numpy as np

from twin.arrays import Array
from twin.interop.fault_read import Question
from twin.solve.short_circuit import Faults, solve_faults

SCHEMA_VERSION = "1.0"
DIGITS = 12


def answer(asked: Question) -> Faults:
    """Return the currents of a network at all of its buses.

    Raises:
        ConvergenceError: An impedance is not known; its bus is named.
    """
    return solve_faults(asked.net, asked.case)


def faults_json(asked: Question, found: Faults) -> str:
    """Return the currents as JSON: ``bus`` with a list for every quantity, in the order asked for.

    Numbers of buses that no source reaches are 0, impedances there and currents that nobody declared null.

    Args:
        asked: The question.
        found: Its answer.
    """
    columns = {"ikss_a": found.ikss_a, "ip_a": found.ip_a}
    columns |= {f"{name}_a": getattr(found, f"{name}_a") for name in asked.wanted}
    columns |= {
        "resistance_ohm": np.where(found.live, found.impedance_ohm.real, np.nan),
        "reactance_ohm": np.where(found.live, found.impedance_ohm.imag, np.nan),
        "peak_factor_ratio": np.where(found.live, found.peak_factor_ratio, np.nan),
    }  # fmt: skip
    lists: dict[str, Any] = {"index": asked.bus.tolist(), "name": list(asked.names)}
    lists |= {name: [_plain(column, node) for node in asked.node] for name, column in columns.items()}
    case = asked.case
    made = {
        "schema": SCHEMA_VERSION, "case": asked.name, "standard": "IEC 60909-0:2016",
        "call": {
            "fault": case.kind, "case": "max" if case.greatest else "min",
            "lv_tol_percent": round(100.0 * case.tolerance_ratio), "kappa_method": case.peak_method,
            "topology": case.topology, "tk_s": case.duration_s, "f_hz": case.frequency_hz,
        },
        "bus": lists, "left_out": list(asked.left_out),
    }  # fmt: skip
    return json.dumps(made, indent=1, allow_nan=False) + "\n"


def _plain(column: Array, node: int) -> float | None:
    """Return a number as JSON takes it, null where there is none."""
    if node < 0:
        return None
    value = float(column[node, 0])
    return float(f"{value:.{DIGITS}g}") if np.isfinite(value) else None


def summary(asked: Question, found: Faults) -> str:
    """Return one line: how large the network is, what was asked, and where most current flows."""
    used = asked.node[asked.node >= 0]
    current = found.ikss_a[used, 0]
    side = "maximum" if asked.case.greatest else "minimum"
    if not current.size:
        return f"{len(asked.bus)} buses; {asked.case.kind}, {side}; no bus in service"
    worst = int(np.argmax(current))
    name = asked.net.names[int(used[worst])]
    dead = int((~found.live[used, 0]).sum())
    cut = f"; {dead} without a source" if dead else ""
    told = f"Ik″ up to {current[worst] / 1e3:.4g} kA at {name}"
    return f"{len(asked.bus)} buses; {asked.case.kind}, {side}; {told}{cut}"
