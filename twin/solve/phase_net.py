"""Conductors of a facility phase by phase: what the balanced columns become when cords lack phases.

A phase keeps the impedance that it has in the positive sequence and couples with no other; a neutral is like
a phase. Star points and the outputs of converters are earthed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from twin.arrays import Array, Flags, Index
from twin.errors import InputError
from twin.model.phases import ALL_PHASES, VECTOR_GROUPS
from twin.model.power_net import PowerNet
from twin.model.power_volts import fault
from twin.solve.power_point import LOWEST_RATIO
from twin.solve.power_supply import Supply
from twin.solve.wires_net import EARTH, TURN, Branches, Complex, Draws, Held, Wires, no_generators
from twin.solve.wires_parts import Part, Winding, blocks_of, transformer

ROOT3 = np.sqrt(3.0)
NEUTRAL_BIT, CONDUCTORS = 8, 4
LOW_VOLTAGE_V = 1000.0
"""Generators up to here have their star point brought out and earthed (assumption: IEC 60364-1, TN)."""
STAR_OHM = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Conductors:
    """Which conductors stand at each node. Shapes: (node, conductor): phases a, b, c and the neutral.

    Attributes:
        bits: Phases, and ``NEUTRAL_BIT``, shape (node,).
        wire: Number of each conductor among all, -1 where there is none.
        size: How many there are.
    """

    bits: Index
    wire: Index
    size: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Phased:
    """A set of islands phase by phase.

    Attributes:
        conductors: What stands at each node.
        wires: The network.
        lines: Rows of the lines, block by block, as ``wires.branches`` has them, shape (line,) each.
        transformers: Rows of the transformers.
        hung: What draws: row among inputs, converter inputs and converters that push, shape (draw,).
        share_ratio: Share of it that a draw of ``wires`` carries, shape (draw,).
        held: Nodes held by a feed or a converter, shape (held,).
    """

    conductors: Conductors
    wires: Wires
    lines: tuple[Index, ...]
    transformers: Index
    hung: Index
    share_ratio: Array
    held: Index


def conductors_at(net: PowerNet, supply: Supply, variant: int) -> Conductors:
    """Return which conductors stand at each node of the AC islands that are alive in a variant.

    Raises:
        InputError: Cords of one phase lead from where there is no neutral, or phases run out.
    """
    lines, on = net.lines, supply.lines[:, variant]
    count = net.node.size
    graph = coo_array((np.ones(int(on.sum())), (lines.a[on], lines.b[on])), shape=(count, count))
    group = connected_components(graph, directed=False)[1]
    roots, bits = _roots(net, supply, variant)
    neutral = np.zeros(count, dtype=np.bool_)
    neutral[group[roots[(bits & NEUTRAL_BIT) > 0]]] = True
    have = np.zeros(count, dtype=np.intp)
    np.bitwise_or.at(have, roots, np.where(neutral[group[roots]], ALL_PHASES | NEUTRAL_BIT, ALL_PHASES))
    carried = lines.phases | np.where(np.isin(lines.phases, (1, 2, 4, ALL_PHASES)), NEUTRAL_BIT, 0)
    a, b, through = lines.a[on], lines.b[on], carried[on]
    while True:
        before = have.copy()
        np.bitwise_or.at(have, b, before[a] & through)
        np.bitwise_or.at(have, a, before[b] & through)
        if np.array_equal(have, before):
            break
    _refuse_missing(net, (a, b), lines.phases[on], have)
    present = (have[:, None] >> np.arange(CONDUCTORS)) & 1 > 0
    wire = np.where(present, np.cumsum(present.ravel()).reshape(present.shape) - 1, -1)
    return Conductors(bits=have, wire=wire, size=int(present.sum()))


def _roots(net: PowerNet, supply: Supply, variant: int) -> tuple[Index, Index]:
    """Return the nodes where conductors begin, and their bits: feeds, secondaries, outputs of converters."""
    feeds, converters, coils = net.feeds, net.converters, net.transformers
    low = np.array([word[1:3].lower() in {"yn", "zn"} or word.startswith("YNyn") for word in VECTOR_GROUPS])
    fed, on = supply.feeds[:, variant], supply.transformers[:, variant]
    given = supply.converters[:, variant] & ~net.direct[converters.b]
    volts = np.broadcast_to(net.nominal_v, (net.node.size, net.variants))[:, variant]
    starred = volts[feeds.node[fed]] <= LOW_VOLTAGE_V
    nodes = (feeds.node[fed], coils.b[on], converters.b[given], coils.a[on])
    bits = (
        np.where(starred, NEUTRAL_BIT, 0), np.where(low[coils.group[on]], NEUTRAL_BIT, 0),
        np.full(int(given.sum()), NEUTRAL_BIT), np.zeros(int(on.sum()), dtype=np.intp),
    )  # fmt: skip
    return np.concatenate(nodes), np.concatenate(bits).astype(np.intp)


def _refuse_missing(net: PowerNet, ends: tuple[Index, Index], phases: Index, have: Index) -> None:
    """Refuse conductors of single phases that have something to carry and lack where it comes from."""
    needs = np.where(phases == ALL_PHASES, 0, phases | np.where(np.isin(phases, (1, 2, 4)), NEUTRAL_BIT, 0))
    lacking = needs & ~(have[ends[0]] | have[ends[1]])
    faults = [
        fault(
            "PW009", net.name(int(ends[0][row])),
            f"the conductor to {net.name(int(ends[1][row]))} needs "
            f"{'a neutral' if lacking[row] & NEUTRAL_BIT else 'a phase'} that nothing there supplies",
            "phases that are there, and a neutral before one phase",
        )
        for row in np.flatnonzero(lacking)
    ]  # fmt: skip
    if faults:
        raise InputError(faults)


def phased(net: PowerNet, supply: Supply, variant: int, islands: Flags, made: Conductors) -> Phased:
    """Return some islands of a variant phase by phase.

    Args:
        net: The facility.
        supply: What is alive.
        variant: Whose numbers.
        islands: Nodes of the islands, shape (node,).
        made: Which conductors stand at each node.
    """
    mine = islands & supply.alive[:, variant]
    renumber = np.full(made.size + 1, EARTH, dtype=np.intp)
    own = made.wire[mine]
    renumber[own[own >= 0]] = np.arange(int((own >= 0).sum()))
    wire = renumber[made.wire]
    node, conductor = np.nonzero(wire >= 0)
    rows, blocks = _line_blocks(net, supply, variant, mine, wire)
    coils = np.flatnonzero(supply.transformers[:, variant] & mine[net.transformers.a])
    parts = [part for row in coils.tolist() for part in _transformer(net, variant, row, wire)]
    hung, share, draws = _draws(net, supply, variant, mine, wire)
    held = np.flatnonzero(supply.held[:, variant] & mine)
    local = np.full(net.node.size, -1, dtype=np.intp)
    local[mine] = np.arange(int(mine.sum()))
    wires = Wires(
        buses=tuple(net.name(int(n)) for n in np.flatnonzero(mine)), bus=local[node],
        conductor=conductor + 1, alike=1, branches=(*blocks, *blocks_of(parts)), draws=draws,
        held=_held(net, variant, held, wire), generators=no_generators(),
    )  # fmt: skip
    return Phased(
        conductors=replace_wire(made, wire), wires=wires, lines=rows, transformers=coils, hung=hung,
        share_ratio=share, held=held,
    )  # fmt: skip


def replace_wire(made: Conductors, wire: Index) -> Conductors:
    """Return conductors with numbers of their own."""
    return Conductors(bits=made.bits, wire=wire, size=int((wire >= 0).sum()))


def _at(values: Array, rows: Index, variant: int) -> Array:
    """Return one variant of some rows, shape (row,)."""
    return np.asarray(values[rows, min(variant, values.shape[1] - 1)])


def _line_blocks(
    net: PowerNet, supply: Supply, variant: int, mine: Flags, wire: Index
) -> tuple[tuple[Index, ...], list[Branches]]:
    """Return lines by the conductors they have: rows and branches."""
    lines = net.lines
    rows = np.flatnonzero(supply.lines[:, variant] & mine[lines.a])
    both = (wire[lines.a[rows]] >= 0) & (wire[lines.b[rows]] >= 0)
    bits = lines.phases[rows]
    wanted = (bits[:, None] >> np.arange(CONDUCTORS)) & 1 > 0
    wanted[:, -1] = np.isin(bits, (1, 2, 4, ALL_PHASES))
    both &= wanted
    code = both @ (1 << np.arange(CONDUCTORS))
    found, blocks = [], []
    for one in np.unique(code):
        own = rows[code == one]
        cols = np.flatnonzero((one >> np.arange(CONDUCTORS)) & 1)
        ohm = _at(lines.resistance_ohm, own, variant) + 1j * _at(lines.reactance_ohm, own, variant)
        admittance = (1.0 / ohm)[:, None, None] * np.eye(cols.size)
        found.append(own)
        blocks.append(
            Branches(
                kind="line", names=tuple(net.name(int(n)) for n in lines.a[own]),
                a=wire[lines.a[own]][:, cols], b=wire[lines.b[own]][:, cols],
                admittance_s=admittance.astype(np.complex128),
                emf_v=np.zeros((own.size, cols.size), dtype=np.complex128),
            )
        )  # fmt: skip
    return tuple(found), blocks


def _transformer(net: PowerNet, variant: int, row: int, wire: Index) -> list[Part]:
    """Return a transformer with its core on the primary, by its vector group."""
    table, at = net.transformers, np.array([row])
    volts = [float(_at(v, at, variant)[0]) for v in (table.primary_v, table.secondary_v)]
    rated, uk, load_w, core_w = (
        float(_at(v, at, variant)[0])
        for v in (table.rated_va, table.impedance_ratio, table.load_loss_w, table.no_load_loss_w)
    )
    resistance = load_w / rated
    word = VECTOR_GROUPS[table.group[row]]
    high, low = [int(w) for w in wire[table.a[row]]], [int(w) for w in wire[table.b[row]]]
    windings = [
        _winding(low, volts[1], resistance, star=word[1:3] == "yn" or word.startswith("YNyn"), word=word,
                 side="low"),
        _winding(high, volts[0], resistance, star=word.startswith("YN"), word=word, side="high"),
    ]  # fmt: skip
    leakage = np.sqrt(uk**2 - resistance**2) * (1.0 - np.eye(2))
    return transformer(net.name(int(table.a[row])), windings, rated / 3.0, leakage, core_w / rated)


def _winding(
    nodes: Sequence[int], rated_v: float, resistance: float, *, star: bool, word: str, side: str
) -> Winding:
    """Return a winding: to the neutral, or to earth where there is none, in star; else around in delta.

    With the delta on the high side the low voltage leads by 30 degrees when coils go on to the next phase;
    with the delta on the low side it lags. Hour 5 is hour 11 with the coils of the low side turned round.
    """
    point = nodes[3] if nodes[3] != EARTH else EARTH
    if star:
        coils = [(nodes[k], point) for k in range(3)]
        volts = rated_v / ROOT3
    else:
        delta_high = word.startswith("D")
        onward = word.endswith(("11", "5")) == delta_high or word.endswith("0")
        step = 1 if onward else -1
        coils = [(nodes[k], nodes[(k + step) % 3]) for k in range(3)]
        volts = rated_v
    if side == "low" and word.endswith("5"):
        coils = [(b, a) for a, b in coils]
    earthed = (point, complex(STAR_OHM)) if star and point != EARTH and side == "low" else None
    return Winding(coils=coils, coil_v=volts, resistance_ratio=resistance / 2.0, star=earthed)


def _draws(
    net: PowerNet, supply: Supply, variant: int, mine: Flags, wire: Index
) -> tuple[Index, Array, Draws]:
    """Return what hangs on the islands, phase by phase: rows, shares and draws without power yet.

    Converters that push what they give into a bus that another one holds are draws of negative power.
    """
    converters, on = net.converters, supply.converters[:, variant]
    node = np.concatenate([net.consumers.node, converters.a, converters.b])
    push = on & ~supply.leads[:, variant] & mine[converters.b]
    alive = np.concatenate([mine[net.consumers.node], on & mine[converters.a], push])
    hung, a, b, share, rated = [], [], [], [], []
    for row in np.flatnonzero(alive).tolist():
        at = wire[node[row]]
        volts = float(_at(net.nominal_v, np.array([node[row]]), variant)[0])
        phases = [int(at[k]) for k in range(3) if at[k] >= 0]
        pairs, each_v = _between(phases, int(at[3]), volts)
        hung += [row] * len(pairs)
        a += [p for p, _ in pairs]
        b += [q for _, q in pairs]
        share += [1.0 / len(pairs)] * len(pairs)
        rated += [each_v] * len(pairs)
    count = len(hung)
    level = np.full(count, LOWEST_RATIO)
    return (
        np.array(hung, dtype=np.intp), np.array(share),
        Draws(
            names=tuple(net.name(int(node[row])) for row in hung), a=np.array(a, dtype=np.intp),
            b=np.array(b, dtype=np.intp), rated_v=np.array(rated), power_va=np.zeros(count, np.complex128),
            active_exponent=np.zeros(count), reactive_exponent=np.zeros(count), least_ratio=level,
            most_ratio=np.full(count, np.inf), least_current_ratio=1.0 / level,
            most_admittance_ratio=np.zeros(count),
        ),
    )  # fmt: skip


def _between(phases: Sequence[int], neutral: int, volts: float) -> tuple[list[tuple[int, int]], float]:
    """Return between which conductors a load stands, and its rated voltage there."""
    if neutral >= 0:
        return [(p, neutral) for p in phases], volts / ROOT3
    if len(phases) == 3:
        return [(phases[k], phases[(k + 1) % 3]) for k in range(3)], volts
    return [(phases[0], phases[1])], volts


def _held(net: PowerNet, variant: int, nodes: Index, wire: Index) -> Held:
    """Return the held nodes at nominal voltage; ``unbalanced`` scales them to what is held."""
    at, volts = [], []
    for node in nodes.tolist():
        phase_v = float(_at(net.nominal_v, np.array([node]), variant)[0]) / ROOT3
        for k in range(CONDUCTORS):
            if wire[node][k] >= 0:
                at.append(int(wire[node][k]))
                volts.append(phase_v * TURN ** (-k) if k < 3 else 0.0 + 0.0j)
    names = tuple(net.name(int(node)) for node in nodes)
    return Held(names=names, node=np.array(at, dtype=np.intp), voltage_v=np.array(volts, dtype=np.complex128))


def spread_held(voltage_ratio: Complex, bits: Index) -> Complex:
    """Return the ratio of each held conductor by that of its node, in the order of ``_held``."""
    present = [int(b).bit_count() for b in bits]
    return np.repeat(voltage_ratio, present)
