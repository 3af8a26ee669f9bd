"""Result fields of closed loops, read off at their vessels, and of the suction of pumps."""

from collections.abc import Callable
from typing import Any

import numpy as np

from twin.arrays import Array, Index
from twin.laws import fluids
from twin.laws.curves import extended
from twin.laws.suction import expansion, npsh_available, vapour_pressure
from twin.model.element import Mover, Path, Source
from twin.solve.branch import GRAVITY_M_S2
from twin.solve.couple import Solution

Field = Callable[[Solution, Any], Array]

# Columns of the highest and the lowest point of a run.
TOP, BOTTOM = slice(0, 1), slice(1, 2)
# Kinds whose elements hold next to no fluid.
VOLUMELESS = frozenset({"valve", "picv", "strainer", "tile"})


def _speed(s: Solution, block: Mover) -> Array:
    net, rows = s.network.flow, s.network.flow.rows[id(block)]
    speed: Array = s.flow.speed_ratio[np.searchsorted(net.mover, np.arange(rows.start, rows.stop))]
    return speed


def curve_flow(s: Solution, block: Mover) -> Array:
    """Return the place on the full-speed curve [m3/s]: flow over speed; NaN while a pump stands.

    The curve of a unit is that of all its pumps: with one out each of the others stands farther on it.
    """
    rows, speed = s.network.flow.rows[id(block)], _speed(s, block)
    turns = (speed > 0.0) & block.in_service
    volume = s.flow.flow_kg_s[rows] / s.medium.density_kg_m3[rows]
    return np.where(turns, volume / (np.where(turns, speed, 1.0) * block.running_ratio), np.nan)


def _npsh_available(s: Solution, block: Mover) -> Array:
    net, rows = s.network.flow, s.network.flow.rows[id(block)]
    island = net.island[net.tail[rows]]
    vapour = vapour_pressure(
        net.fluid[island][:, None], net.mass_fraction[island][:, None], s.heat.inlet_k[rows]
    )
    suction = s.flow.pressure_pag[net.tail[rows]] + net.air_pressure_pa
    return npsh_available(suction, vapour, s.medium.density_kg_m3[rows])


def _npsh_required(s: Solution, block: Mover) -> Array:
    """Return what the points of a pump say at its place on the curve and its speed.

    NaN, not established, without points and while it stands.
    """
    place, speed = curve_flow(s, block), _speed(s, block)
    out = np.full(speed.shape, np.nan)
    known = np.flatnonzero(np.isfinite(block.npsh_m).any(axis=1))
    if len(known):
        needed = extended(block.npsh_m3_s[known], block.npsh_m[known], place[known])
        out[known] = speed[known] ** 2 * needed
    return out


def _islands(s: Solution, block: Source) -> Index:
    net = s.network.flow
    return net.island[np.searchsorted(net.node, block.node)]


def _in_loop(
    worst: Any,
    start: float,
    values: Callable[[Solution], Array],
    along: Callable[[Solution, Path], Array] | None = None,
) -> Field:
    """Return the greatest or least of the nodes, and of points along runs, of the loop each source holds."""

    def pick(s: Solution, block: Source) -> Array:
        net = s.network.flow
        found = np.full((len(net.fluid), s.network.variants), start)
        worst.at(found, net.island, values(s))
        for _, run in s.network.assembly.blocks if along else ():
            if isinstance(run, Path) and np.isfinite(run.extreme_m).any():
                own = along(s, run)  # type: ignore[misc]
                island = net.island[net.tail[net.rows[id(run)]]]
                worst.at(found, island, np.where(np.isfinite(own), own, start))
        return np.asarray(found[_islands(s, block)])

    return pick


def _pressure_along(s: Solution, block: Path, which: slice) -> Array:
    """Return the gauge pressure at an extreme point of each run [Pa], losses spread along its length."""
    net, rows = s.network.flow, s.network.flow.rows[id(block)]
    tail, head = net.tail[rows], net.head[rows]
    weight = GRAVITY_M_S2 * s.medium.density_kg_m3[rows]
    at_tail, at_head = s.flow.pressure_pag[tail], s.flow.pressure_pag[head]
    lost = at_tail - at_head - weight * (net.height_m[head] - net.height_m[tail])[:, None]
    climbed = block.extreme_m[:, which] - net.height_m[tail][:, None]
    return np.asarray(at_tail - block.extreme_ratio[:, which] * lost - weight * climbed)


def _top(s: Solution, block: Path) -> Array:
    return _pressure_along(s, block, TOP)


def _bottom(s: Solution, block: Path) -> Array:
    return _pressure_along(s, block, BOTTOM)


def _top_margin(s: Solution, block: Path) -> Array:
    """Return how far the pressure at the highest point of each run is from that of vapour [Pa]."""
    net, rows = s.network.flow, s.network.flow.rows[id(block)]
    island = net.island[net.tail[rows]]
    fluid, fraction = net.fluid[island][:, None], net.mass_fraction[island][:, None]
    vapour = vapour_pressure(fluid, fraction, s.heat.inlet_k[rows])
    return np.asarray(_top(s, block) + net.air_pressure_pa - vapour)


def _top_height(s: Solution, block: Path) -> Array:
    return np.broadcast_to(block.extreme_m[:, TOP], (len(block.part), s.network.variants))


def _boiling_margin(s: Solution) -> Array:
    """Return the absolute pressure of every node above the vapour pressure there [Pa]."""
    net = s.network.flow
    fluid, fraction = net.fluid[net.island][:, None], net.mass_fraction[net.island][:, None]
    vapour = vapour_pressure(fluid, fraction, s.heat.temperature_k)
    return np.asarray(s.flow.pressure_pag + net.air_pressure_pa - vapour)


_hottest = _in_loop(np.maximum, -np.inf, lambda s: s.heat.temperature_k)


def _fill_density(s: Solution, block: Source) -> Array:
    return _density_at(s, block, np.broadcast_to(block.supply_k, (len(block.part), s.network.variants)))


def _density_at(s: Solution, block: Source, temperature_k: Array) -> Array:
    net, island = s.network.flow, _islands(s, block)
    fluid, fraction = net.fluid[island][:, None], net.mass_fraction[island][:, None]
    return np.asarray(fluids.density(fluid, fraction, temperature_k, net.air_pressure_pa))


_highest = _in_loop(np.maximum, -np.inf, lambda s: s.network.flow.height_m[:, None], _top_height)


def _static(s: Solution, block: Source) -> Array:
    net = s.network.flow
    own = net.height_m[np.searchsorted(net.node, block.node)][:, None]
    return np.asarray(GRAVITY_M_S2 * _fill_density(s, block) * (_highest(s, block) - own))


def _loop_volume(s: Solution, block: Source) -> Array:
    volume, _ = _volumes(s)
    return np.asarray(volume[_islands(s, block)])


def _unstated(s: Solution, block: Source) -> Array:
    _, unstated = _volumes(s)
    return np.asarray(np.broadcast_to(unstated[_islands(s, block)], (len(block.part), s.network.variants)))


def _volumes(s: Solution) -> tuple[Array, Array]:
    """Return the declared volume of every loop [m3], and how many parts declare none for it."""
    net = s.network.flow
    volume, unstated = np.zeros((len(net.fluid), s.network.variants)), np.zeros((len(net.fluid), 1))
    for kind, block in s.network.assembly.blocks:
        if isinstance(block, Path) and len(block.part):
            island = net.island[net.tail[net.rows[id(block)]]]
            own = np.broadcast_to(block.volume_m3, (len(block.part), s.network.variants))
            np.add.at(volume, island, own)
            parts = np.unique(np.stack([island, block.part])[:, ~own.any(axis=1)], axis=1)
            if kind not in VOLUMELESS:
                np.add.at(unstated, parts[0], 1.0)
    return volume, unstated


def _expansion(s: Solution, block: Source) -> Array:
    hot = _density_at(s, block, _hottest(s, block))
    return expansion(_loop_volume(s, block), _fill_density(s, block), hot)


LOOP_FIELDS: dict[tuple[type, str], Field] = {
    (Source, "volume_m3"): _loop_volume,
    (Source, "unstated_count"): _unstated,
    (Source, "fill_density_kg_m3"): _fill_density,
    (Source, "hottest_k"): _hottest,
    (Source, "expansion_m3"): _expansion,
    (Source, "static_pa"): _static,
    (Source, "highest_m"): _highest,
    (Source, "lowest_pag"): _in_loop(np.minimum, np.inf, lambda s: s.flow.pressure_pag, _top),
    (Source, "highest_pag"): _in_loop(np.maximum, -np.inf, lambda s: s.flow.pressure_pag, _bottom),
    (Source, "boiling_margin_pa"): _in_loop(np.minimum, np.inf, _boiling_margin, _top_margin),
    (Path, "top_m"): _top_height,
    (Path, "top_pag"): _top,
    (Path, "top_margin_pa"): _top_margin,
    (Mover, "npsh_available_m"): _npsh_available,
    (Mover, "npsh_required_m"): _npsh_required,
}
