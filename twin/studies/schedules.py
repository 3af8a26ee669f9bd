"""Every electrical schedule of a run."""

from twin.studies.schedule_breakers import breaker_rows
from twin.studies.schedule_drops import drop_rows
from twin.studies.schedule_faults import fault_rows
from twin.studies.schedule_loads import load_rows, total_rows
from twin.studies.schedule_losses import closure_of, loss_rows
from twin.studies.schedule_rows import Schedules
from twin.studies.schedule_runs import metal_rows, run_rows
from twin.studies.stages import STAGES
from twin.studies.wiring import wiring_of
from twin.walk import Outcome


def schedules(outcome: Outcome) -> Schedules:
    """Return the electrical schedules of a run: loads, runs, breakers, drops, short circuits, losses.

    Normal operation is the column that ``twin check`` prints the figures of; the worst case is that of all
    cases which is nearest to the limit.
    """
    wiring = wiring_of(outcome)
    runs, losses = list(run_rows(wiring)), list(loss_rows(wiring))
    return Schedules(
        inputs=outcome.facility.inputs, loads=list(load_rows(wiring)), totals=list(total_rows(wiring)),
        runs=runs, breakers=list(breaker_rows(wiring)), drops=list(drop_rows(wiring)),
        faults=list(fault_rows(wiring)), losses=losses, metals=list(metal_rows(runs, STAGES)),
        closure=closure_of(wiring, losses),
    )  # fmt: skip
