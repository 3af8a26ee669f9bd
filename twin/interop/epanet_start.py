"""A water network as it stands at the start of a run: patterns and controls taken at time zero.

Limits:
    Controls that look at the pressure of a junction need a solution and are not followed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from twin.interop.epanet_model import (
    Control,
    Demand,
    Junction,
    Pump,
    Status,
    Times,
    Valve,
    WaterNetwork,
    When,
)

DAY_S = 86400.0
# Levels closer than this to that of a control have reached it.
LEVEL_M = 1e-6


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

    Source:
        L. A. Rossman, EPANET 2.2 User Manual (EPA/600/R-20/133), sections 3.2 and 3.1.9.
    """
    factor = {name: _first(row, network.times) for name, row in network.patterns.items()}
    usual = network.options.pattern
    junctions = tuple(
        _drawn(j, factor, usual, network.options.demand_multiplier_ratio) for j in network.junctions
    )
    reservoirs = tuple(replace(r, head_m=r.head_m * factor.get(r.pattern, 1.0)) for r in network.reservoirs)
    pumps = tuple(_turned(p, factor) for p in network.pumps)
    changed = replace(network, junctions=junctions, reservoirs=reservoirs, pumps=pumps, controls=())
    followed = [c for c in network.controls if _holds(c, network)]
    for control in followed:
        changed = _obey(changed, control)
    return Start(network=changed, left_out=tuple(_left_out(network)))


def _first(row: tuple[float, ...], times: Times) -> float:
    return row[int(times.pattern_start_s // times.pattern_step_s) % len(row)] if row else 1.0


def _drawn(junction: Junction, factor: Mapping[str, float], usual: str, multiplier: float) -> Junction:
    total = sum(d.base_m3_s * factor.get(d.pattern or usual, 1.0) for d in junction.demands)
    return replace(junction, demands=(Demand(base_m3_s=total * multiplier),))


def _turned(pump: Pump, factor: Mapping[str, float]) -> Pump:
    """Return a pump at the speed that its pattern gives, which takes the place of its own."""
    if pump.pattern not in factor:
        return pump
    speed = factor[pump.pattern]
    return replace(pump, speed_ratio=speed, status=Status.OPEN if speed > 0.0 else Status.CLOSED)


def _holds(control: Control, network: WaterNetwork) -> bool:
    """Return whether a control acts at the start."""
    if control.when is When.TIME:
        return control.time_s == 0.0
    if control.when is When.CLOCK_TIME:
        return (network.times.start_clock_s - control.time_s) % DAY_S == 0.0
    heads = {t.name: t.elevation_m + t.level_m for t in network.tanks}
    heads |= {r.name: r.head_m for r in network.reservoirs}
    if control.node not in heads:
        return False
    above = heads[control.node] - control.head_m
    return above >= -LEVEL_M if control.when is When.ABOVE else above <= LEVEL_M


def _obey(network: WaterNetwork, control: Control) -> WaterNetwork:
    """Return a network after a control has changed its link."""

    def own(link: object) -> object:
        if getattr(link, "name", "") != control.link:
            return link
        if control.status is not None:
            active = isinstance(link, Valve) and control.status is Status.ACTIVE
            return replace(link, status=Status.ACTIVE if active else control.status)  # type: ignore[type-var]
        if isinstance(link, Pump):
            speed = float(control.setting or 0.0)
            return replace(link, speed_ratio=speed, status=Status.OPEN if speed > 0.0 else Status.CLOSED)
        if isinstance(link, Valve):
            return replace(link, setting=float(control.setting or 0.0), status=Status.ACTIVE)
        return link

    return replace(
        network, pipes=tuple(map(own, network.pipes)), pumps=tuple(map(own, network.pumps)),
        valves=tuple(map(own, network.valves)),
    )  # type: ignore[arg-type]  # fmt: skip


def _left_out(network: WaterNetwork) -> list[str]:
    said = list(network.unsupported)
    moving = sorted(name for name, row in network.patterns.items() if len(set(row)) > 1)
    if moving:
        said.append(f"patterns {', '.join(moving)}: taken at the start, what they do later is left out")
    for control in network.controls:
        waits = {
            When.ABOVE: f"above {control.head_m:g} m at {control.node}",
            When.BELOW: f"below {control.head_m:g} m at {control.node}",
            When.TIME: f"at {control.time_s:g} s",
            When.CLOCK_TIME: f"at {control.time_s:g} s of the day",
        }[control.when]
        what = control.status.name if control.status is not None else f"setting {control.setting:g}"
        place = f"{network.file}:{control.line}"
        said.append(f"control of link {control.link} ({place}): {what} {waits}; only its start is followed")
    if network.times.duration_s > 0.0:
        said.append(f"duration of {network.times.duration_s / 3600.0:g} h: the stage is its first moment")
    return said
