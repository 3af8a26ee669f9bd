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
from twin.model.element import UNSAID, Controller, Fluid, Mover, Path, Source, Valve
from twin.model.flow_laws import law_columns


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
        open_ended: Whether fluid enters and leaves there, shape (source,).
        supply_k: Temperature of fluid that enters there [K], shape (source, 1 or variant).
        tail, head: Ends of each branch, shape (branch,).
        in_service: Whether a branch is open, shape (branch, variant).
        friction: Branches with Darcy friction or minor loss, shape (friction,).
        friction_law: ``Friction`` of each, shape (friction,).
        length_m, diameter_m, roughness_m, loss_ratio, laminar_loss_ratio: Their columns, shape (friction, 1
            or variant).
        measured: Branches with a measured polynomial, shape (measured,).
        linear_pa_s_m3, quadratic_pa_s2_m6: Their columns, shape (measured, 1 or variant).
        reference_density_kg_m3, reference_viscosity_pa_s: Fluid it was measured with; a NaN viscosity for one
            whose loss follows density alone, a NaN density for no correction.
        powered: Branches with a power law, shape (powered,).
        power_pa, exponent_ratio: Its numbers, shape (powered, 1 or variant).
        tabled: Branches with a table, paths first, then movers, shape (tabled,).
        table_m3_s: Flows of their points, shape (tabled, point, 1), NaN after the last one.
        table_pa: Coefficients of each piece, shape (tabled, point, 4).
        table_density_kg_m3, table_viscosity_pa_s: Fluid it was measured with; NaN for no correction.
        fixed: Branches that lose a constant difference, shape (fixed,).
        fixed_pa: That difference [Pa], shape (fixed, 1 or variant).
        mover: Branches that are movers, shape (mover,).
        shutoff_pa, rise_linear, rise_quadratic: Their curve, shape (mover, 1 or variant).
        rise_power_pa, rise_exponent_ratio: Their power law, 0 for none, shape (mover, 1 or variant).
        hydraulic_power_w: Constant power of those that give one, else 0, shape (mover, 1 or variant).
        efficiency_m3_s, efficiency_curve_ratio: Points of their efficiency, shape (mover, point, 1), NaN for
            none.
        running_ratio: Share of their equal pumps that runs, shape (mover, 1 or variant).
        speed_ratio: Their speed when no controller moves it, shape (mover, 1 or variant).
        efficiency, minimum_power_w, rated_power_w: For the electric power, shape (mover, 1 or variant).
        held_flow: Movers with a constant flow, shape (constant,).
        held_m3_s: That flow [m3/s], shape (constant, 1 or variant).
        limited: Branches that limit their flow, shape (limited,).
        limit_m3_s: The limit [m3/s], NaN for none yet, shape (limited, 1 or variant).
        check: Branches that refuse reversed flow, shape (check,).
        keeper: Branches that keep a pressure, shape (keeper,).
        keeps: ``Keeps`` of each, shape (keeper,).
        keep_pag: Gauge pressure that they keep [Pa], shape (keeper, 1 or variant).
        plus, minus: Nodes a controller senses, shape (control,).
        set_pa, minimum_ratio, maximum_ratio: Set-point and speed limits, shape (control, 1 or variant).
        set_m3_s: Flow that a controller holds instead of a difference, NaN for none, shape (control, 1 or
            variant).
        control_of: Controller of each mover, -1 for none, shape (mover,).
        turn_index: Place of each mover in the order in which its controller starts them, 0 where all of them
            turn, shape (mover,).
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
    open_ended: Flags
    supply_k: Array
    tail: Index
    head: Index
    in_service: Flags
    friction: Index
    friction_law: Index
    length_m: Array
    diameter_m: Array
    roughness_m: Array
    loss_ratio: Array
    laminar_loss_ratio: Array
    measured: Index
    linear_pa_s_m3: Array
    quadratic_pa_s2_m6: Array
    reference_density_kg_m3: Array
    reference_viscosity_pa_s: Array
    powered: Index
    power_pa: Array
    exponent_ratio: Array
    tabled: Index
    table_m3_s: Array
    table_pa: Array
    table_density_kg_m3: Array
    table_viscosity_pa_s: Array
    fixed: Index
    fixed_pa: Array
    mover: Index
    shutoff_pa: Array
    rise_linear: Array
    rise_quadratic: Array
    rise_power_pa: Array
    rise_exponent_ratio: Array
    hydraulic_power_w: Array
    efficiency_m3_s: Array
    efficiency_curve_ratio: Array
    running_ratio: Array
    speed_ratio: Array
    efficiency: Array
    minimum_power_w: Array
    rated_power_w: Array
    held_flow: Index
    held_m3_s: Array
    limited: Index
    limit_m3_s: Array
    check: Index
    keeper: Index
    keeps: Index
    keep_pag: Array
    plus: Index
    minus: Index
    set_pa: Array
    minimum_ratio: Array
    maximum_ratio: Array
    set_m3_s: Array
    control_of: Index
    turn_index: Index
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
    fluid, fraction, fill, supply = _island_fluids(island, held, sources, assembly, node)
    return FlowNet(
        node=freeze(node), height_m=freeze(assembly.height_m[node]), island=freeze(island),
        fluid=fluid, mass_fraction=fraction, fill_k=fill,
        held=freeze(held), held_pag=column(sources, "pressure_pag", [len(s.part) for s in sources]),
        open_ended=_open_ended(sources), supply_k=supply,
        tail=freeze(tail), head=freeze(head), in_service=flags(blocks, counts, assembly.variants),
        **law_columns(blocks, counts, spans),
        **_controls(assembly, blocks, kinds_, spans, local),
        air_pressure_pa=assembly.site.pressure_pa,
        viscosity_ratio=assembly.site.viscosity_ratio, rows=rows, name_of=assembly.nodes.name,
        branch_name=branch_name, variants=assembly.variants,
    )  # fmt: skip


def _open_ended(sources: list[Source]) -> Flags:
    said = np.array([source.open_ended for source in sources], dtype=np.bool_)
    return freeze(np.repeat(said, [len(source.part) for source in sources]))  # type: ignore[no-any-return]


def _islands(tail: Index, head: Index, count: int) -> Index:
    graph = coo_array((np.ones(len(tail)), (tail, head)), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.intp)


def _island_fluids(
    island: Index, held: Index, sources: list[Source], assembly: Assembly, node: Index
) -> tuple[Index, Array, Array, Array]:
    """Return fluid, its glycol share and its fill temperature by island, and what each source gives [K]."""
    count, sizes = int(island.max(initial=-1)) + 1, [len(s.part) for s in sources]
    given, at = index(sources, "fluid"), island[held]
    says = np.flatnonzero(given != UNSAID)
    fluid = np.full(count, -1, dtype=np.intp)
    fluid[at[says]] = given[says]
    bare = np.flatnonzero(fluid < 0)
    if len(bare):
        first = assembly.nodes.name(int(node[np.flatnonzero(island == bare[0])[0]]))
        raise ConvergenceError(
            f"the loop around {first} holds no pressure reference: it needs an expansion vessel (or a room)",
            component=first,
            equation="continuity",
        )
    fraction, fill = np.zeros(count), np.full(count, 293.15)
    share, supply = column(sources, "mass_fraction", sizes), column(sources, "supply_k", sizes)
    fraction[at[says]] = share[says, 0]
    fill[at[says]] = supply[says, 0]
    other = says[(given[says] != fluid[at[says]]) | (share[says, 0] != fraction[at[says]])]
    if len(other):
        first = assembly.nodes.name(int(node[held[other[0]]]))
        raise ConvergenceError(
            f"{first} holds another fluid than what it is joined to", component=first, equation="continuity"
        )
    return (
        freeze(fluid),
        freeze(fraction),
        freeze(fill),
        freeze(np.where(np.isnan(supply), fill[at][:, None], supply)),
    )


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
    control_of, turn = np.full(total, -1, dtype=np.intp), np.zeros(total, dtype=np.intp)
    start = 0
    for control in controls:
        in_turn = np.broadcast_to(control.in_turn, len(control.part))
        place = np.zeros(len(control.part), dtype=np.intp)
        for owner, kind, part in zip(control.owner, control.mover_kind, control.mover_part, strict=True):
            for i in movers:
                if kinds_[i] == kind and not np.any(np.isfinite(blocks[i].held_m3_s)):  # type: ignore[union-attr]
                    hit = np.flatnonzero(blocks[i].part == part)
                    control_of[spans[i].start - first + hit] = start + owner
                    turn[spans[i].start - first + hit] = place[owner]
            place[owner] += in_turn[owner]
        start += len(control.part)
    nowhere = np.append(local, -1)  # where a node of -1 looks
    plus, minus = nowhere[index(controls, "plus")], nowhere[index(controls, "minus")]
    for sensed in (plus, minus):
        for row in np.flatnonzero(sensed < 0):
            # One that holds a flow senses no node: it belongs where its first mover stands.
            sensed[row] = local[index(blocks, "a")][first + int(np.argmax(control_of == row))]
    return {
        "plus": freeze(plus),
        "minus": freeze(minus),
        "set_pa": column(controls, "set_pa", counts),
        "minimum_ratio": column(controls, "minimum_ratio", counts),
        "maximum_ratio": column(controls, "maximum_ratio", counts),
        "set_m3_s": column(controls, "set_m3_s", counts),
        "control_of": freeze(control_of),
        "turn_index": freeze(turn),
    }


def fluid_name(number: int) -> str:
    """Return the name of a fluid number."""
    return Fluid(number).name.lower().replace("_", " ")
