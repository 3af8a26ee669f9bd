"""What a march in time needs: batteries as elements, load shapes as knots, events as switches."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.errors import InputError
from twin.model.assemble import Assembly
from twin.model.element import Feed, Line, Load, Use
from twin.model.facility import Facility
from twin.model.finding import Fault
from twin.model.power_net import PowerNet
from twin.model.variants import take
from twin.solve.march_stores import GROUPS, Stores, joined, rows_of, stores_of, with_batteries
from twin.solve.shapes import follow, training_steps

NORMAL = 0
PEAKS = {"rack": ("edpp_power_w", "edpp_s"), "air_rack": ("peak_power_w", "")}
SHORT_TIME = (
    ("ups", "overload_power_w", "overload_s", "ups:overload"),
    ("rack", "shelf_peak_power_w", "shelf_peak_s", "rack:shelfPeak"),
)
# Knots of different racks that mean the same instant shall be one: times are kept to the nanosecond.
DIGITS = 9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Switching:
    """One event of the supply. Shapes: (switch,), every element of the net in the order of ``GROUPS``.

    Attributes:
        name: Prim of the event.
        lost_s, return_s: When it begins and ends; inf for never.
        out: What is out meanwhile.
        ready_s: When each element that starts is there, inf for those that do not start.
    """

    name: str
    lost_s: float
    return_s: float
    out: Flags
    ready_s: Array

    def times(self) -> Array:
        """Return the instants at which a switch moves [s]."""
        ready = self.ready_s[self.ready_s < self.return_s]
        every: Array = np.unique(np.concatenate([[self.lost_s, self.return_s], ready]))
        finite: Array = every[np.isfinite(every)]
        return finite


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """A march that is ready to begin.

    Attributes:
        net: The normal case, one column, with batteries as converters with a feed of their own.
        switches: Whether each element is in service in the normal case, shape (switch,).
        battery: Which switches are those of batteries and their chargers, shape (switch,).
        wanted_w: Power of consumers that follow no shape [W], shape (consumer,).
        shape: Curve each consumer follows, -1 for none, shape (consumer,).
        it: Whether a consumer is IT, shape (consumer,).
        curves: Times [s] and powers [W] of each curve.
        events: Events of the supply.
        stores: Batteries.
    """

    net: PowerNet
    switches: Flags
    battery: Flags
    wanted_w: Array
    shape: Index
    it: Flags
    curves: tuple[tuple[Array, Array], ...]
    events: tuple[Switching, ...]
    stores: Stores


def plan_of(facility: Facility, assembly: Assembly, consumer_w: Array) -> Plan:
    """Return the march of a facility.

    Args:
        facility: Normal case first, then the cases of the contingencies that its events name.
        assembly: Its elements in these cases.
        consumer_w: Power of each consumer in each case [W], shape (consumer, variant).

    Raises:
        InputError: An event starts something whose start or transfer time is not known; a short-time rating
            lacks its power or its time.
    """
    _refuse_half_ratings(facility)
    wide, holds = with_batteries(assembly)
    net = take(wide, np.array([NORMAL]), assembly.variants)
    stores = stores_of(net, holds)
    wanted = np.zeros((net.consumers.use.size, assembly.variants))
    wanted[: len(consumer_w)] = consumer_w
    normal = wanted[:, NORMAL]
    events = tuple(_events(facility, assembly, wide))
    # What stands in the normal case and starts in an event draws what it draws there.
    begun = ~wide.consumers.in_service[:, NORMAL] & wide.consumers.in_service.any(axis=1)
    shape, curves = _curves(facility, assembly, net)
    switches = joined(net)[:, 0]
    battery = _battery(net, stores)
    return Plan(
        net=net, switches=switches & ~battery, battery=battery,
        wanted_w=np.where(begun, wanted.max(axis=1), normal), shape=shape,
        it=net.consumers.use == Use.IT, curves=curves, events=events, stores=stores,
    )  # fmt: skip


def _refuse_half_ratings(facility: Facility) -> None:
    faults = [
        Fault(
            code="ST184", prim=table.paths[row], attribute=f"twin:{attribute}", where="",
            found="one of the short-time power and its time", expected="both, or neither",
        )
        for kind, power, time, attribute in SHORT_TIME
        if (table := facility.tables.get(kind)) is not None
        for row in np.flatnonzero(np.isnan(table.numbers[power][:, 0]) != np.isnan(table.numbers[time][:, 0]))
    ]  # fmt: skip
    if faults:
        raise InputError(faults)


def _battery(net: PowerNet, stores: Stores) -> Flags:
    found = {group: np.zeros(getattr(net, group).in_service.shape[0], dtype=np.bool_) for group in GROUPS}
    behind = stores.online >= 0
    found["converters"][stores.backup[behind]] = True
    found["feeds"][stores.source[behind]] = True
    found["consumers"][stores.charger[behind]] = True
    return np.concatenate(list(found.values()))


def _events(facility: Facility, assembly: Assembly, wide: PowerNet) -> Iterator[Switching]:
    table = facility.tables.get("supply_event")
    if table is None:
        return
    service = joined(wide)
    faults: list[Fault] = []
    cases = {case.prim: number for number, case in enumerate(facility.cases)}
    contingencies = facility.tables["contingency"].paths
    waits, owners = _start_times(facility, assembly, wide)
    for row, path in enumerate(table.paths):
        named = table.targets["contingency"]
        case = cases[contingencies[int(named.row[named.part == row][0])]]
        numbers = {n: float(table.numbers[n][row, 0]) for n in ("lost_s", "transfer_s", "return_s")}
        starts = service[:, case] & ~service[:, NORMAL]
        wait = np.where(np.isneginf(waits), numbers["transfer_s"], waits)
        lacking = starts & np.isnan(wait)
        faults += [_lacks(path, o) for o in sorted({owners.get(int(i), "") for i in np.flatnonzero(lacking)})]
        lost = numbers["lost_s"]
        yield Switching(
            name=path, lost_s=lost,
            return_s=numbers["return_s"] if np.isfinite(numbers["return_s"]) else np.inf,
            out=service[:, NORMAL] & ~service[:, case],
            ready_s=np.where(starts, np.round(lost + wait, DIGITS), np.inf),
        )  # fmt: skip
    if faults:
        raise InputError(faults)


def _lacks(event: str, generator: str) -> Fault:
    if generator:
        return Fault(
            code="ST182", prim=generator, attribute="twin:generator:startTime", where="",
            found=f"no start time, and {event} starts it", expected="seconds until it takes load",
        )  # fmt: skip
    return Fault(
        code="ST182", prim=event, attribute="twin:supplyEvent:transfer", where="",
        found="no transfer time, and its contingency starts equipment", expected="seconds until it switches",
    )  # fmt: skip


def _start_times(facility: Facility, assembly: Assembly, net: PowerNet) -> tuple[Array, dict[int, str]]:
    """Return how long each switch takes to start [s], -inf for the transfer time; and whose each is."""
    waits = np.full(len(joined(net)), -np.inf)
    owners: dict[int, str] = {}
    counts = [getattr(net, group).in_service.shape[0] for group in GROUPS]
    first = dict(zip(GROUPS, np.cumsum([0, *counts[:-1]]).tolist(), strict=True))
    for kind, block in assembly.blocks:
        if kind == "generator" and isinstance(block, Feed | Line):
            table = facility.tables[kind]
            rows = first["feeds" if isinstance(block, Feed) else "lines"] + rows_of(net, block)
            waits[rows] = table.numbers["start_time_s"][block.part, 0]
            owners |= {int(r): table.paths[int(p)] for r, p in zip(rows, block.part, strict=True)}
    return waits, owners


def _curves(
    facility: Facility, assembly: Assembly, net: PowerNet
) -> tuple[Index, tuple[tuple[Array, Array], ...]]:
    """Return the curve each consumer follows, and the curves."""
    shape = np.full(net.consumers.use.size, -1, dtype=np.intp)
    table = facility.tables.get("load_shape")
    curves: list[tuple[Array, Array]] = []
    if table is None:
        return shape, ()
    known: dict[tuple[float, ...], int] = {}
    for row in range(len(table.paths)):
        told = {name: float(values[row, 0]) for name, values in table.numbers.items()}
        members = _members(facility, assembly, net, row)
        groups = int(told["spread_count"]) if told["spread_s"] > 0.0 else 1
        for place, (consumer, numbers) in enumerate(members):
            group = place * groups // len(members)
            peak = numbers[1:] if table.words["peaks"][row] == "edpp" else (np.nan, np.nan)
            if not np.isfinite(peak).all():
                peak = (0.0, 0.0)
            key = (row, group, numbers[0], *peak)
            if key not in known:
                known[key] = len(curves)
                delay = told["spread_s"] * group / max(groups - 1, 1)
                curves.append(_curve(told, numbers[0], peak, delay))
            shape[consumer] = known[key]
    return shape, tuple(curves)


def _members(
    facility: Facility, assembly: Assembly, net: PowerNet, row: int
) -> list[tuple[int, tuple[float, float, float]]]:
    """Return the consumers of a load shape, each with continuous power, peak and longest time at the peak."""
    named = facility.tables["load_shape"].targets["racks"]
    mine = (named.part == row).tolist()
    chosen = {(k, int(r)) for k, r, own in zip(named.kind, named.row, mine, strict=True) if own}
    found = []
    for kind, load in assembly.blocks:
        if kind not in PEAKS or not isinstance(load, Load) or load.use != Use.IT:
            continue
        table, (peak, longest) = facility.tables[kind], PEAKS[kind]
        for consumer, part in zip(rows_of(net, load).tolist(), load.part.tolist(), strict=True):
            if chosen and (kind, part) not in chosen:
                continue
            lasts = float(table.numbers[longest][part, 0]) if longest else np.nan
            continuous, highest = (float(table.numbers[n][part, 0]) for n in ("it_power_w", peak))
            found.append((consumer, (continuous, highest, lasts)))
    return found


def _curve(
    told: dict[str, float], continuous_w: float, peak: tuple[float, float], delay_s: float
) -> tuple[Array, Array]:
    idle = told["idle_ratio"] * continuous_w
    rest = told["communicate_ratio"] * continuous_w if np.isfinite(told["communicate_ratio"]) else idle
    lengths, phase = training_steps(
        int(told["steps_count"]), told["period_s"], told["compute_ratio"], peak[1]
    )
    target = np.array([peak[0], continuous_w, rest])[phase]
    lengths = np.concatenate([[told["start_s"] + delay_s], lengths, [np.inf]])
    target = np.concatenate([[idle], target, [idle]])
    time, power = follow(lengths, target, idle, told["ramp_up_w_s"], told["ramp_down_w_s"])
    finite = np.isfinite(time)
    return np.round(time[finite], DIGITS), power[finite]
