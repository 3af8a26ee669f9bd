"""What rules judge of a march: ramps, swings, batteries, short-time ratings, loads lost."""

from collections.abc import Iterator, Mapping

import numpy as np

from twin.arrays import Array, Flags
from twin.model.element import Converter, Feed, Load, Use
from twin.model.facility import Facility, Table
from twin.model.network import Network
from twin.solve.march import March
from twin.solve.march_state import Mode, offsets
from twin.solve.march_stores import rows_of
from twin.solve.shapes import longest_above, steepest, widest

Told = dict[str, Array]


def judged(facility: Facility, network: Network, march: March) -> Mapping[str, Told]:
    """Return numbers by kind and name, shape (part,); NaN where there is nothing to judge."""
    found: dict[str, Told] = {}
    for kind, block in network.assembly.blocks:
        table = facility.tables.get(kind)
        if table is None:
            continue
        rows = rows_of(march.plan.net, block) if isinstance(block, Feed | Converter | Load) else None
        if kind == "utility" and isinstance(block, Feed) and rows is not None:
            power = np.zeros((len(table.paths), march.time_s.size))
            np.add.at(power, block.part, march.instants.feed_power_va.real[rows])
            on = np.zeros(power.shape, dtype=np.bool_)
            np.logical_or.at(on, block.part, march.service[offsets(march.plan.net)["feeds"] + rows])
            found.setdefault(kind, {}).update(_grid(table, march, power, on))
        elif kind == "ups" and isinstance(block, Converter) and rows is not None:
            out = march.instants.converter_out_w[rows]
            for store in np.flatnonzero(np.isin(march.plan.stores.online, rows)):
                row = int(march.plan.stores.online[store] - rows[0])
                out[row] += march.instants.converter_out_w[march.plan.stores.backup[store]]
            rated, short = (table.numbers[n][block.part, 0] for n in ("rated_power_w", "overload_power_w"))
            found.setdefault(kind, {}).update(_overload(march, out, rated, short))
        elif kind in {"rack", "air_rack"} and isinstance(block, Load) and block.use == Use.IT:
            assert rows is not None
            told = found.setdefault(kind, {})
            told["lost_duration_s"] = np.maximum(march.time_s[-1] - march.lost_s[rows], 0.0)
            if kind == "rack":
                told |= _shelves(table, march, march.instants.consumer_power_w[rows])
    for kind in dict.fromkeys(march.plan.stores.kind):
        held = _batteries(len(facility.tables[kind].paths), kind, march)
        found.setdefault(kind, {}).update(held)
    return found


def _grid(table: Table, march: March, power: Array, on: Flags) -> Told:
    """Return the steepest ramp and the widest swing of each connection, over its own windows and a second.

    A loss of the grid is no ramp of the site; the load that it takes up at its return is one.
    """
    found = {name: np.full(len(power), np.nan) for name in ("ramp_w_s", "swing_w", "second_ramp_w_s")}
    for row, curve in enumerate(power):
        ramp, swing = (float(table.numbers[n][row, 0]) for n in ("ramp_window_s", "swing_window_s"))
        pieces = list(_connected(march.time_s, curve, on[row]))
        for name, window in (("ramp_w_s", ramp), ("second_ramp_w_s", 1.0)):
            if np.isfinite(window):
                found[name][row] = max((steepest(t, p, window)[0] for t, p in pieces), default=0.0)
        if np.isfinite(swing):
            found["swing_w"][row] = max((widest(t, p, swing)[0] for t, p in pieces), default=0.0)
    return found


def _connected(time_s: Array, power_w: Array, on: Flags) -> Iterator[tuple[Array, Array]]:
    """Yield the curve of each time without a break on the grid, from nothing where the grid comes back."""
    edges = np.flatnonzero(np.diff(on)) + 1
    for rows in np.split(np.arange(on.size), edges):
        if not on[rows[0]]:
            continue
        time, power = time_s[rows], power_w[rows]
        if rows[0] > 0:
            time, power = np.append(time[0], time), np.append(0.0, power)
        yield time, power


def _overload(march: March, power: Array, rated: Array, short: Array) -> Told:
    """Return the longest time above the rating and above the short-time power of each part."""

    def above(limit: Array) -> Array:
        found = np.where(np.isfinite(limit), 0.0, np.nan)
        for row in np.flatnonzero((power > limit[:, None]).any(axis=1)):
            found[row] = longest_above(march.time_s, power[row], float(limit[row]))
        return found

    return {"over_rating_s": np.where(np.isfinite(short), above(rated), np.nan), "over_peak_s": above(short)}


def _shelves(table: Table, march: March, power: Array) -> Told:
    """Return the same of racks, at the DC side of their shelves together; lossless where not given."""
    n = {name: values[:, 0] for name, values in table.numbers.items()}
    direct = power * np.nan_to_num(n["shelf_efficiency_ratio"], nan=1.0)[:, None]
    rated, short = n["shelf_count"] * n["shelf_power_w"], n["shelf_count"] * n["shelf_peak_power_w"]
    return _overload(march, direct, rated, short)


def _batteries(count: int, kind: str, march: March) -> Told:
    """Return how long the batteries of a kind hold, and for how long they had to, where they held least."""
    found = {name: np.full(count, np.nan) for name in ("held_s", "gap_s")}
    stores = march.plan.stores
    for store in np.flatnonzero(np.array(stores.kind) == kind):
        worst = min(_episodes(march, int(store)), key=lambda e: e[0] - e[1], default=None)
        if worst is not None:
            found["held_s"][stores.part[store]], found["gap_s"][stores.part[store]] = worst
    return found


def _episodes(march: March, store: int) -> Iterator[tuple[float, float]]:
    """Yield of each outage of a battery's input how long it holds and how long the outage lasts [s].

    A battery that is not empty when its input comes back would have held on at its mean power.
    """
    first = np.concatenate([[0], np.flatnonzero(np.diff(march.stretch)) + 1])
    last = np.append(first[1:] - 1, march.time_s.size - 1)
    gives: Flags = march.mode[store, first] == Mode.GIVES
    fed = march.fed[store, first]
    at = 0
    while at < first.size:
        if not gives[at]:
            at += 1
            continue
        begin, held, end = march.time_s[first[at]], 0.0, at
        spent = march.stored_j[store, first[at]]
        while end < first.size and not fed[end]:
            held += (march.time_s[last[end]] - march.time_s[first[end]]) * bool(gives[end])
            end += 1
        left = march.stored_j[store, last[end - 1]]
        if march.mode[store, first[end - 1]] == Mode.GIVES and left > 0.0 and spent > left:
            held += left * held / (spent - left)
        yield held, float(march.time_s[last[end - 1]] - begin)
        at = max(end, at + 1)
