"""States on paper only: negative pressures, pumps and valves beyond what they can.

Source:
    L. A. Rossman et al., EPANET 2.2 User Manual (EPA/600/R-20/133), 2020, appendix B, warnings 4 to 6. EPANET
    looks at the pressure of junctions that draw; here it is that of all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from twin.arrays import Array, Flags
from twin.interop.epanet_laws import PumpCurve, pump_curve
from twin.interop.epanet_model import Pump, Status, Valve, ValveKind
from twin.interop.epanet_moment import HEAD_STEP_M
from twin.interop.epanet_net import Link
from twin.interop.epanet_run import Record

# A pump at the very end of its curve is not beyond it.
BEYOND_RATIO = 1.0 + 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """One state that cannot be.

    Attributes:
        component: Id of the node or link.
        text: What is wrong with it, at its worst.
        time_s: When it is so first.
    """

    component: str
    text: str
    time_s: float


def warnings_of(record: Record) -> list[Warned]:
    """Return what is not possible in the states of a network, in order of time."""
    network, links = record.plan.network, record.plan.links
    curves = {pump.head_curve: pump_curve(network.curves[pump.head_curve]) for pump in _curved(links)}
    found = [warned for at in range(len(network.junctions)) for warned in _junction(record, at)]
    for at, link in enumerate(links):
        if isinstance(link, Pump) and link.head_curve:
            found += _pump(record, at, curves[link.head_curve])
        elif isinstance(link, Valve) and link.kind is ValveKind.FCV:
            found += _limiting(record, at)
    return sorted(found, key=lambda warned: warned.time_s)


def _curved(links: Sequence[Link]) -> list[Pump]:
    return [link for link in links if isinstance(link, Pump) and link.head_curve]


def _told(record: Record, name: str, over: Array, wrong: Flags, say: Callable[[int], str]) -> list[Warned]:
    """Return one warning where something is wrong at some time, none where it never is.

    Args:
        record: The solved network.
        name: Id of the node or link.
        over: How bad it is, shape (time,).
        wrong: When it is so, shape (time,).
        say: Row of the worst time to what is wrong then.
    """
    when = np.flatnonzero(wrong)
    if not len(when):
        return []
    often = f"; at {len(when)} of {len(wrong)} times, this the worst" if len(wrong) > 1 else ""
    text = say(int(when[np.argmax(over[when])])) + often
    return [Warned(component=name, text=text, time_s=float(record.time_s[when[0]]))]


def _junction(record: Record, at: int) -> list[Warned]:
    junction = record.plan.network.junctions[at]
    below = junction.elevation_m - record.head_m[:, at]
    return _told(
        record, junction.name, below, below > HEAD_STEP_M,
        lambda time: f"junction {junction.name} has a negative pressure: {-below[time]:.4g} m",
    )  # fmt: skip


def _pump(record: Record, at: int, curve: PumpCurve) -> list[Warned]:
    plan, name = record.plan, record.plan.links[at].name
    speed, flow = record.setting[:, at], record.flow_m3_s[:, at]
    lift = record.head_m[:, plan.b[at]] - record.head_m[:, plan.a[at]]
    shutoff, end = _ends(curve)
    least, most = speed**2 * shutoff, speed * end
    turns = record.told[:, at] != Status.CLOSED
    stuck = turns & (record.status[:, at] == Status.CLOSED) & (lift > least + HEAD_STEP_M)
    for time in np.flatnonzero(stuck):
        stuck[time] = _pressed(record, int(time), int(plan.b[at]))
    return [
        *_told(
            record, name, lift - least, stuck,
            lambda time: f"pump {name} cannot deliver the head: {lift[time]:.4g} m against"
            f" {least[time]:.4g} m at no flow",
        ),
        *_told(
            record, name, flow - most, turns & (flow > most * BEYOND_RATIO),
            lambda time: f"pump {name} cannot deliver the flow: {flow[time]:.4g} m3/s, its curve ends at"
            f" {most[time]:.4g} m3/s",
        ),
    ]  # fmt: skip


def _pressed(record: Record, time: int, node: int) -> bool:
    """Return whether a reservoir or tank presses on a node; behind a closed end pressure is only trapped."""
    plan, count = record.plan, len(record.plan.nodes)
    on = record.status[time] != Status.CLOSED
    graph = coo_array((np.ones(int(on.sum())), (plan.a[on], plan.b[on])), shape=(count, count))
    part = connected_components(graph, directed=False)[1]
    return bool(np.isin(part[node], part[len(plan.network.junctions) :]))


def _ends(curve: PumpCurve) -> tuple[float, float]:
    """Return the head of a pump at no flow [m] and the flow at which its curve ends [m3/s], at full speed."""
    flows, heads = curve.points
    if not flows:
        return curve.shutoff_m, (curve.shutoff_m / curve.factor_m) ** (1.0 / curve.exponent_ratio)
    fall = (heads[0] - heads[1]) / (flows[1] - flows[0])
    return heads[0] + fall * flows[0], flows[-1]


def _limiting(record: Record, at: int) -> list[Warned]:
    name, flow, limit = record.plan.links[at].name, record.flow_m3_s[:, at], record.setting[:, at]
    wide = (record.told[:, at] == Status.ACTIVE) & (record.status[:, at] == Status.OPEN)
    return _told(
        record, name, limit - flow, wide,
        lambda time: f"valve {name} cannot deliver its flow: {flow[time]:.4g} m3/s of {limit[time]:.4g} m3/s",
    )  # fmt: skip
