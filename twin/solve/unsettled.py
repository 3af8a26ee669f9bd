"""Why a coupled state has not settled, by what switches most, or by what is hottest."""

import numpy as np

from twin.errors import ConvergenceError
from twin.solve.couple_state import Job, medium_of
from twin.solve.starved import starved

# A control that still switches after this many changes is named; the run has not converged.
SWITCHES = 10


def unsettled(job: Job, passes: int) -> ConvergenceError:
    """Return why variants have not settled, by the one that still changes most."""
    switches, change = job.state.switches, job.change.max()
    worst = int(np.argmax(switches.max(axis=1))) if switches.size else -1
    often = worst >= 0 and switches[worst].max() > SWITCHES
    network = job.systems.network
    hottest = int(np.argmax(job.state.heat.outlet_k.max(axis=1)))
    where = network.flow.branch_name(int(network.heat.hot[worst]) if often else hottest)
    told = f"still change by {change:.2g} of the IT power" if np.isfinite(change) else "find no balance"
    flow, medium = job.state.flow, medium_of(network.flow, job.state.heat)
    at = int(np.argmax(job.change))
    return ConvergenceError(
        f"flow, heat and power {told} after {passes} passes"
        + (f"; {where} switched {switches[worst].max()} times" if often else f"; hottest behind {where}")
        + starved(network, medium, flow.flow_kg_s, flow.pressure_pag, at),
        component=where.rpartition(".")[0],
        equation="coupled energy balance",
    )
