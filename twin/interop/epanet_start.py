"""A water network as it stands at the start of its times: patterns and controls taken at time zero.

Limits:
    Controls that look at the pressure of a junction need a solution and are not followed.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from twin.interop.epanet_model import Control, Demand, Pipe, Pump, Status, Valve, WaterNetwork, When
from twin.interop.epanet_moment import Tanks, acts, at_time, by_time_and_level, first_moment, schedule
from twin.interop.epanet_net import plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A network at its start.

    Attributes:
        network: The network: one demand per junction, statuses and settings as they are then.
        left_out: What changes later, or cannot be told at the start; one sentence each.
    """

    network: WaterNetwork
    left_out: tuple[str, ...]


def at_start(network: WaterNetwork) -> Start:
    """Return a network with patterns and controls at time zero, and what of them is left out.

    Raises:
        ConvergenceError: A part of the network has neither reservoir nor tank.

    Source:
        L. A. Rossman, EPANET 2.2 User Manual (EPA/600/R-20/133), section 3.2.
    """
    made, tanks = plan(network), Tanks(network)
    moment = at_time(made, schedule(made), first_moment(made), 0.0, tanks.first_m)
    moment = by_time_and_level(acts(made), moment, 0.0, tanks, np.zeros(len(network.tanks)))
    junctions = tuple(
        replace(junction, demands=(Demand(base_m3_s=float(drawn)),) if drawn else ())
        for junction, drawn in zip(network.junctions, moment.demand_m3_s, strict=True)
    )
    reservoirs = tuple(
        replace(reservoir, head_m=float(head), pattern="")
        for reservoir, head in zip(network.reservoirs, moment.head_m, strict=False)
    )
    links = [
        _told(link, Status(status), float(setting))
        for link, status, setting in zip(made.links, moment.status.tolist(), moment.setting, strict=True)
    ]
    changed = replace(
        network, junctions=junctions, reservoirs=reservoirs,
        pipes=tuple(k for k in links if isinstance(k, Pipe)),
        pumps=tuple(k for k in links if isinstance(k, Pump)),
        valves=tuple(k for k in links if isinstance(k, Valve)), controls=(), patterns={},
    )  # fmt: skip
    return Start(network=changed, left_out=tuple(_left_out(network)))


def _told(link: Pipe | Pump | Valve, status: Status, setting: float) -> Pipe | Pump | Valve:
    if isinstance(link, Pipe):
        return replace(link, status=status)
    if isinstance(link, Pump):
        return replace(link, status=status, speed_ratio=setting, pattern="")
    return replace(link, status=status, setting=setting)


def _left_out(network: WaterNetwork) -> list[str]:
    name = Path(network.file).name
    said = [sentence.replace(network.file, name) if name else sentence for sentence in network.unsupported]
    moving = sorted(name for name, row in network.patterns.items() if len(set(row)) > 1)
    if moving:
        said.append(f"patterns {', '.join(moving)}: taken at the start, what they do later is left out")
    said += [_of_control(control, name) for control in network.controls]
    if network.times.duration_s > 0.0:
        said.append(f"duration of {network.times.duration_s / 3600.0:g} h: the stage is its first moment")
    return said


def _of_control(control: Control, file: str) -> str:
    what = control.status.name if control.status is not None else f"setting {control.setting:g}"
    waits = {
        When.ABOVE: f"above a head of {control.head_m:g} m at {control.node}",
        When.BELOW: f"below a head of {control.head_m:g} m at {control.node}",
        When.TIME: f"at {control.time_s:g} s",
        When.CLOCK_TIME: f"at {control.time_s:g} s of the day",
    }[control.when]
    return (
        f"control of link {control.link} ({file}:{control.line}), {what} {waits}: followed at the start only"
    )
