"""Flow elements as read-only columns: branches between compact nodes, islands, controllers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from twin.arrays import Array, Flags, Index
from twin.errors import ConvergenceError
from twin.model.assemble import Assembly
from twin.model.columns import column, flags, freeze, index, slices
from twin.model.element import Controller, Fluid, Mover, Path, Source, Valve


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FlowNet:
    """Branches are paths, then movers, then valves. Shapes: (node,), (branch,), (source,), (control,).

    Attributes:
        node: Facility node of each flow node, shape (node,).
        height_m: Height of each node [m], shape (node,).
        island: Connected part each node belongs to, shape (node,).
        fluid: Fluid of each island, shape (island,).
        mass_fraction: Glycol mass fraction of each island [1], shape (island,).
        fill_k: Temperature at which each island is filled [K], shape (island,).
        held: Nodes held at a pressure, shape (source,).
        held_pag: Gauge pressure there [Pa], shape (source, 1 or variant).
        tail, head: Ends of each branch, shape (branch,).
        in_service: Whether a branch is open, shape (branch, variant).
        friction: Branches with Darcy friction or minor loss, shape (friction,).
        length_m, diameter_m, roughness_m, loss_ratio: Their columns, shape (friction, 1 or variant).
        measured: Branches with a measured polynomial, shape (measured,).
        linear_pa_s_m3, quadratic_pa_s2_m6: Their columns, shape (measured, 1 or variant).
        reference_density_kg_m3, reference_viscosity_pa_s: Fluid it was measured with; NaN for no correction.
        mover: Branches that are movers, shape (mover,).
        shutoff_pa, rise_linear, rise_quadratic: Their curve, shape (mover, 1 or variant).
        speed_ratio: Their speed when no controller moves it, shape (mover, 1 or variant).
        efficiency, minimum_power_w, rated_power_w: For the electric power, shape (mover, 1 or variant).
        held_flow: Movers with a constant flow, shape (constant,).
        held_m3_s: That flow [m3/s], shape (constant, 1 or variant).
        limited: Branches that limit their flow, shape (limited,).
        limit_m3_s: The limit [m3/s], NaN for none yet, shape (limited, 1 or variant).
        check: Branches that refuse reversed flow, shape (check,).
        plus, minus: Nodes a controller senses, shape (control,).
        set_pa, minimum_ratio, maximum_ratio: Set-point and speed limits, shape (control, 1 or variant).
        control_of: Controller of each mover, -1 for none, shape (mover,).
        air_pressure_pa: Absolute pressure of the air at the site [Pa], shape (1, 1 or variant).
        viscosity_ratio: Viscosity of liquids over that of their laws [1], shape (1, variant).
        rows: Block identity to its branches.
        name_of: Facility node to name.
        branch_name: Branch row to name.
        variants: Length of the variant axis.
    """

    node: Index
    height_m: Array
    island: Index
    fluid: Index
    mass_fraction: Array
    fill_k: Array
    held: Index
    held_pag: Array
    tail: Index
    head: Index
    in_service: Flags
    friction: Index
    length_m: Array
    diameter_m: Array
    roughness_m: Array
    loss_ratio: Array
    measured: Index
    linear_pa_s_m3: Array
    quadratic_pa_s2_m6: Array
    reference_density_kg_m3: Array
    reference_viscosity_pa_s: Array
    mover: Index
    shutoff_pa: Array
    rise_linear: Array
    rise_quadratic: Array
    speed_ratio: Array
    efficiency: Array
    minimum_power_w: Array
    rated_power_w: Array
    held_flow: Index
    held_m3_s: Array
    limited: Index
    limit_m3_s: Array
    check: Index
    plus: Index
    minus: Index
    set_pa: Array
    minimum_ratio: Array
    maximum_ratio: Array
    control_of: Index
    air_pressure_pa: Array
    viscosity_ratio: Array
    rows: Mapping[int, slice]
    name_of: Callable[[int], str]
    branch_name: Callable[[int], str]
    variants: int


def lay_out_flow(assembly: Assembly, paths_of: Mapping[str, tuple[str, ...]]) -> FlowNet:
    """Lay the flow elements out as columns.

    Raises:
        ConvergenceError: An island holds no pressure reference; one of its components is named.
    """
    placed = [(k, b) for k, b in assembly.blocks if isinstance(b, Path | Mover | Valve)]
    order = {Path: 0, Mover: 1, Valve: 2}
    placed.sort(key=lambda pair: order[type(pair[1])])
    kinds_, blocks = [k for k, _ in placed], [b for _, b in placed]
    counts = [len(b.part) for b in blocks]
    spans = slices(counts)
    rows = {id(b): s for b, s in zip(blocks, spans, strict=True)}

    def branch_name(row: int) -> str:
        at = next(i for i, s in enumerate(spans) if s.start <= row < s.stop)
        part = int(blocks[at].part[row - spans[at].start])
        return f"{paths_of[kinds_[at]][part]}.{blocks[at].role}"

    sources = [b for _, b in assembly.blocks if isinstance(b, Source)]
    tails, heads = index(blocks, "a"), index(blocks, "b")
    for ends in (tails, heads):
        if len(ends) and ends.min() < 0:
            row = int(np.argmin(ends))
            raise ConvergenceError(
                f"{branch_name(row)} opens into no room and no aisle", component=branch_name(row),
                equation="continuity",
            )  # fmt: skip
    used = np.zeros(assembly.nodes.count, dtype=np.bool_)
    used[np.concatenate([tails, heads, index(sources, "node")])] = True
    node = np.flatnonzero(used)
    local = np.full(assembly.nodes.count, -1, dtype=np.intp)
    local[node] = np.arange(len(node))
    tail, head = local[tails], local[heads]
    island = _islands(tail, head, len(node))
    held = local[index(sources, "node")]
    fluid, fraction, fill = _island_fluids(island, held, sources, assembly, node)
    return FlowNet(
        node=freeze(node), height_m=freeze(assembly.height_m[node]), island=freeze(island),
        fluid=fluid, mass_fraction=fraction, fill_k=fill,
        held=freeze(held), held_pag=column(sources, "pressure_pag", [len(s.part) for s in sources]),
        tail=freeze(tail), head=freeze(head), in_service=flags(blocks, counts, assembly.variants),
        **_laws(blocks, counts, spans),
        **_controls(assembly, blocks, kinds_, spans, local),
        air_pressure_pa=assembly.site.pressure_pa,
        viscosity_ratio=assembly.site.viscosity_ratio, rows=rows, name_of=assembly.nodes.name,
        branch_name=branch_name, variants=assembly.variants,
    )  # fmt: skip


def _islands(tail: Index, head: Index, count: int) -> Index:
    graph = coo_array((np.ones(len(tail)), (tail, head)), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.intp)


def _island_fluids(
    island: Index, held: Index, sources: list[Source], assembly: Assembly, node: Index
) -> tuple[Index, Array, Array]:
    count = int(island.max(initial=-1)) + 1
    fluid = np.full(count, -1, dtype=np.intp)
    fluid[island[held]] = index(sources, "fluid")
    bare = np.flatnonzero(fluid < 0)
    if len(bare):
        first = assembly.nodes.name(int(node[np.flatnonzero(island == bare[0])[0]]))
        raise ConvergenceError(
            f"the loop around {first} holds no pressure reference: it needs an expansion vessel (or a room)",
            component=first,
            equation="continuity",
        )
    fraction, fill = np.zeros(count), np.full(count, 293.15)
    sizes = [len(s.part) for s in sources]
    fraction[island[held]] = column(sources, "mass_fraction", sizes)[:, 0]
    fill[island[held]] = column(sources, "supply_k", sizes)[:, 0]
    return freeze(fluid), freeze(fraction), freeze(fill)


def _laws(blocks: list[Path | Mover | Valve], counts: list[int], spans: list[slice]) -> dict[str, Any]:
    """Collect, for every law, the branches that follow it and their numbers."""
    of = {kind: [i for i, b in enumerate(blocks) if isinstance(b, kind)] for kind in (Path, Mover, Valve)}

    def branches(which: list[int]) -> Index:
        return np.concatenate([np.arange(spans[i].start, spans[i].stop) for i in which] or [np.zeros(0, int)])

    def pick(which: list[int], field: str) -> Array:
        return column([blocks[i] for i in which], field, [counts[i] for i in which])

    paths, movers, valves = of[Path], of[Mover], of[Valve]
    along = branches(paths)
    rubbing = np.any((pick(paths, "length_m") > 0) | (pick(paths, "loss_ratio") > 0), axis=1)
    curved = np.any((pick(paths, "linear_pa_s_m3") > 0) | (pick(paths, "quadratic_pa_s2_m6") > 0), axis=1)
    open_valves = branches(valves)
    nan = np.full((len(open_valves), 1), np.nan)
    held = pick(movers, "held_m3_s")
    constant = np.any(np.isfinite(held), axis=1)
    limit = pick(valves, "limit_m3_s")
    limiting = np.any(np.isfinite(limit), axis=1)
    checking = [i for i in [*movers, *valves] if blocks[i].check_valve]  # type: ignore[union-attr]

    def joined(first: Array, second: Array) -> Array:
        wide = max(first.shape[1], second.shape[1])
        shapes = (len(first), wide), (len(second), wide)
        return freeze(  # type: ignore[no-any-return]
            np.concatenate([np.broadcast_to(first, shapes[0]), np.broadcast_to(second, shapes[1])])
        )

    return {
        "friction": freeze(along[rubbing]),
        **{
            f: freeze(pick(paths, f)[rubbing])
            for f in ("length_m", "diameter_m", "roughness_m", "loss_ratio")
        },
        "measured": freeze(np.concatenate([along[curved], open_valves])),
        "linear_pa_s_m3": joined(pick(paths, "linear_pa_s_m3")[curved], np.zeros((len(open_valves), 1))),
        "quadratic_pa_s2_m6": joined(
            pick(paths, "quadratic_pa_s2_m6")[curved], pick(valves, "quadratic_pa_s2_m6")
        ),
        "reference_density_kg_m3": joined(pick(paths, "reference_density_kg_m3")[curved], nan),
        "reference_viscosity_pa_s": joined(pick(paths, "reference_viscosity_pa_s")[curved], nan),
        "mover": freeze(branches(movers)),
        "shutoff_pa": pick(movers, "shutoff_pa"),
        "rise_linear": pick(movers, "linear_pa_s_m3"),
        "rise_quadratic": pick(movers, "quadratic_pa_s2_m6"),
        **{f: pick(movers, f) for f in ("speed_ratio", "efficiency", "minimum_power_w", "rated_power_w")},
        "held_flow": freeze(branches(movers)[constant]),
        "held_m3_s": freeze(held[constant]),
        "limited": freeze(open_valves[limiting]),
        "limit_m3_s": freeze(limit[limiting]),
        "check": freeze(branches(checking)),
    }


def _controls(
    assembly: Assembly,
    blocks: list[Path | Mover | Valve],
    kinds_: list[str],
    spans: list[slice],
    local: Index,
) -> dict[str, Any]:
    controls = [b for _, b in assembly.blocks if isinstance(b, Controller)]
    counts = [len(c.part) for c in controls]
    movers = [i for i, b in enumerate(blocks) if isinstance(b, Mover)]
    first = spans[movers[0]].start if movers else 0
    total = sum(spans[i].stop - spans[i].start for i in movers)
    control_of = np.full(total, -1, dtype=np.intp)
    start = 0
    for control in controls:
        for owner, kind, part in zip(control.owner, control.mover_kind, control.mover_part, strict=True):
            for i in movers:
                if kinds_[i] == kind and not np.any(np.isfinite(blocks[i].held_m3_s)):  # type: ignore[union-attr]
                    hit = np.flatnonzero(blocks[i].part == part)
                    control_of[spans[i].start - first + hit] = start + owner
        start += len(control.part)
    return {
        "plus": freeze(local[index(controls, "plus")]),
        "minus": freeze(local[index(controls, "minus")]),
        "set_pa": column(controls, "set_pa", counts),
        "minimum_ratio": column(controls, "minimum_ratio", counts),
        "maximum_ratio": column(controls, "maximum_ratio", counts),
        "control_of": freeze(control_of),
    }


def fluid_name(number: int) -> str:
    """Return the name of a fluid number."""
    return Fluid(number).name.lower().replace("_", " ")
