"""Power elements as read-only columns between compact nodes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.errors import InputError
from twin.model.columns import column, flags, freeze, index, slices
from twin.model.element import Block, Converter, Feed, Line, Load, Transformer
from twin.model.phases import ALL_PHASES
from twin.model.power_volts import direct_nodes, fault, joined, nominal, refuse_bypasses, refuse_fighting


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lines:
    """Series impedances. Shapes: (line,) for ends and room, (line, 1 or variant) for numbers.

    Attributes:
        a, b: Ends.
        resistance_ohm, reactance_ohm: Per phase, whole run; of both poles and none on direct current.
        loop_reactance_ohm: Of both poles at the frequency of the site, 0 on alternating current.
        rating_a: Rated current, NaN where none is given.
        cold_ohm: Resistance at 20 °C, NaN for a contact, which keeps the one above.
        end_k: Temperature at the end of a short circuit.
        reference_k, limit_k, ampacity_a: Air, conductor and its rated current, NaN for ``rating_a``.
        coefficient_per_k: Temperature coefficient of ``cold_ohm``, NaN for a contact.
        phases: Bits of its phases, shape (line,).
        priority: 0 and 1 for the contacts of a transfer switch, NaN for other lines.
        zero_resistance_ratio, zero_reactance_ratio: Of the zero sequence, over those of the positive.
        room: Facility node that the loss warms, -1 outdoors.
        in_service: Whether it is closed, shape (line, variant).
    """

    a: Index
    b: Index
    resistance_ohm: Array
    reactance_ohm: Array
    loop_reactance_ohm: Array
    rating_a: Array
    cold_ohm: Array
    end_k: Array
    reference_k: Array
    limit_k: Array
    ampacity_a: Array
    coefficient_per_k: Array
    phases: Index
    priority: Array
    zero_resistance_ratio: Array
    zero_reactance_ratio: Array
    room: Index
    in_service: Flags


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Transformers:
    """Two-winding transformers, fields as in the element; group (transformer,), else as in ``Lines``."""

    a: Index
    b: Index
    rated_va: Array
    primary_v: Array
    secondary_v: Array
    impedance_ratio: Array
    load_loss_w: Array
    no_load_loss_w: Array
    group: Index
    zero_reactance_ratio: Array
    neutral_ohm: Array
    room: Index
    in_service: Flags


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Converters:
    """Converters, fields as in the element. Shapes as in ``Lines``.

    Attributes:
        fault_a: What the output gives to a short circuit, NaN for not declared.
        capacitance_farad, capacitor_ohm, capacitor_henry: Capacitor across a direct output.
        battery_v, battery_ohm: Battery across it, open-circuit voltage and resistance, NaN for none.
        bypass_ratio: 1 where a static bypass can take its place.
        direct_ratio: 1 where the output is direct current.
        follow_ratio: 1 where the output follows the voltage of the input.
    """

    a: Index
    b: Index
    rated_w: Array
    output_v: Array
    fixed_loss_ratio: Array
    linear_loss_ratio: Array
    quadratic_loss_ratio: Array
    power_factor_ratio: Array
    fault_a: Array
    capacitance_farad: Array
    capacitor_ohm: Array
    capacitor_henry: Array
    battery_v: Array
    battery_ohm: Array
    bypass_ratio: Array
    direct_ratio: Array
    follow_ratio: Array
    room: Index
    in_service: Flags


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Consumers:
    """What draws power, and the inputs it draws through.

    Attributes:
        node: Node of each input, shape (input,).
        consumer: Consumer of each input, shape (input,).
        priority: Lowest alive first, shape (input,).
        weight_ratio: Weight among inputs of one priority, shape (input, 1 or variant).
        power_w: Declared power, shape (consumer, 1 or variant).
        power_factor_ratio: Lagging power factor, shape (consumer, 1 or variant).
        use: What each is for, shape (consumer,).
        in_service: Whether it wants power, shape (consumer, variant).
    """

    node: Index
    consumer: Index
    priority: Index
    weight_ratio: Array
    power_w: Array
    power_factor_ratio: Array
    use: Index
    in_service: Flags


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Feeds:
    """Voltage sources, as in the element. Shapes: (feed,), numbers (feed, 1 or variant).

    Attributes:
        short_circuit_va: Greatest short-circuit power; that of a machine is its rating over xd″.
        least_short_circuit_va: Least one of a network, NaN for not declared.
        rx_ratio: Resistance over reactance of a network.
        rated_va: Rating of a machine.
        sine_ratio: Sine of its rated power-factor angle, NaN for a network.
        zero_reactance_ratio: Zero-sequence reactance over that of the positive, NaN for not declared.
        zero_rx_ratio: Its resistance over reactance, NaN for that of the positive.
        neutral_ohm: Resistance between star point and earth of a machine; inf isolated, NaN for not known.
    """

    node: Index
    voltage_v: Array
    short_circuit_va: Array
    rated_w: Array
    least_short_circuit_va: Array
    rx_ratio: Array
    rated_va: Array
    sine_ratio: Array
    zero_reactance_ratio: Array
    zero_rx_ratio: Array
    neutral_ohm: Array
    in_service: Flags


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PowerNet:
    """The electrical side of a facility; every node of an element is a number below ``len(node)``.

    Attributes:
        node: Facility node of each power node, shape (node,), ascending.
        nominal_v: Nominal voltage, line to line or pole to pole, shape (node, 1 or variant); 0 where nothing
            could ever feed.
        direct: Which nodes carry direct current: what a converter with such an output is wired to.
        lines, transformers, converters, consumers, feeds: The elements.
        rows: Identity of a block to its rows; for a load block the rows of its consumers.
        inputs: Identity of a load block to the rows of its inputs.
        blocks: The blocks themselves, which keeps the identities valid.
        name_of: Facility node to name.
        variants: Length of the variant axis.
        frequency_hz: Frequency that reactances are told at.
    """

    node: Index
    nominal_v: Array
    direct: Flags
    lines: Lines
    transformers: Transformers
    converters: Converters
    consumers: Consumers
    feeds: Feeds
    rows: Mapping[int, slice]
    inputs: Mapping[int, slice]
    blocks: tuple[Block, ...]
    name_of: Callable[[int], str]
    variants: int
    frequency_hz: float = 50.0

    @property
    def unbalanced(self) -> bool:
        """Return whether a conductor lacks a phase, so that phases carry unlike currents."""
        return bool(np.any(self.lines.phases != ALL_PHASES))

    @property
    def ampere_v(self) -> Array:
        """Return apparent power over current [V]: √3 times nominal, or nominal on direct current."""
        return np.where(self.direct[:, None], 1.0, np.sqrt(3.0)) * self.nominal_v

    @property
    def consumer_power_w(self) -> Array:
        """Return the declared power of each consumer [W], shape (consumer, variant)."""
        return np.broadcast_to(self.consumers.power_w, self.consumers.in_service.shape)

    def name(self, node: int) -> str:
        """Return the name of a power node."""
        return self.name_of(int(self.node[node]))


def _number(node: int) -> str:
    return f"node {node}"


def lay_out_power(
    blocks: Sequence[tuple[str, Block]],
    node_count: int,
    variants: int,
    *,
    name_of: Callable[[int], str] = _number,
    frequency_hz: float = 50.0,
) -> PowerNet:
    """Lay the power elements out as columns.

    Args:
        blocks: Kind and block, as the facility expands; blocks of other domains are passed over.
        node_count: Number of facility nodes.
        variants: Length of the variant axis.
        name_of: Facility node to name, for refusals.
        frequency_hz: Frequency that reactances are told at.

    Raises:
        InputError: A line has no impedance, or conductors join different nominal voltages, or direct with
            alternating current.
    """
    of = {
        element: [b for _, b in blocks if isinstance(b, element)]
        for element in (Line, Transformer, Converter, Feed, Load)
    }
    ends = [index(of[e], side) for e in (Line, Transformer, Converter) for side in ("a", "b")]
    met = np.concatenate([*ends, index(of[Load], "node"), index(of[Feed], "node")])
    if met.min(initial=0) < 0:
        raise InputError([fault("PW003", "", "an electrical element has an open end", "a port at each end")])
    node = np.flatnonzero(np.bincount(met, minlength=node_count))
    local = np.full(node_count, -1, dtype=np.intp)
    local[node] = np.arange(node.size)
    lines = Lines(**_columns(of[Line], local, variants, Lines))
    transformers = Transformers(**_columns(of[Transformer], local, variants, Transformers))
    converters = Converters(**_columns(of[Converter], local, variants, Converters))
    feeds = Feeds(**_columns(of[Feed], local, variants, Feeds))
    consumers, inputs = _consumers(of[Load], local, variants)

    def name(row: int) -> str:
        return name_of(int(node[row]))

    _refuse_no_impedance(lines, name)
    _refuse_lossy(transformers, name)
    rated = (
        (transformers.a, transformers.primary_v), (transformers.b, transformers.secondary_v),
        (converters.b, converters.output_v), (feeds.node, feeds.voltage_v),
    )  # fmt: skip
    _refuse_incomplete(consumers, converters, feeds, name)
    refuse_fighting(feeds.node, feeds.voltage_v, name)
    kept = tuple(b for group in of.values() for b in group)
    group = joined(node.size, lines.a, lines.b)
    gives = converters.direct_ratio.max(axis=1, initial=0.0) > 0.0
    others = (feeds.node, transformers.a, transformers.b, converters.b[~gives])
    direct = direct_nodes(group, converters.b[gives], np.concatenate(others), name)
    volts = nominal(group, rated, name)
    follows = (converters.follow_ratio > 0.0).any(axis=1)
    refuse_bypasses((converters.a[follows], converters.b[follows]), volts, direct, name)
    return PowerNet(
        node=freeze(node), nominal_v=volts, direct=freeze(direct),
        lines=_poles(lines, direct, name), transformers=transformers,
        converters=_unshifted(converters, direct), consumers=consumers, feeds=feeds,
        rows={id(b): rows for group in of.values() for b, rows in zip(group, _rows(group), strict=True)},
        inputs=inputs, blocks=kept, name_of=name_of, variants=variants, frequency_hz=frequency_hz,
    )  # fmt: skip


def _rows(blocks: Sequence[Any]) -> list[slice]:
    return slices([len(b.part) for b in blocks])


def _columns(blocks: Sequence[Any], local: Index, variants: int, wanted: type[Any]) -> dict[str, Any]:
    """Return every field that a group of columns declares: ends and room by element, the rest as numbers."""
    counts = [len(b.part) for b in blocks]
    made: dict[str, Any] = {"in_service": flags(blocks, counts, variants)}
    for name in set(wanted.__dataclass_fields__) - {"in_service"}:
        if name in {"a", "b", "node", "room"}:
            found = index(blocks, name)
            made[name] = found if name == "room" else freeze(local[found])
        elif name == "loop_reactance_ohm":
            made[name] = freeze(np.zeros((sum(counts), 1)))
        elif name in {"phases", "group"}:
            wide = [np.broadcast_to(getattr(b, name), n) for b, n in zip(blocks, counts, strict=True)]
            made[name] = freeze(np.concatenate([np.zeros(0, dtype=np.intp), *wide]))
        else:
            made[name] = column(blocks, name, counts)
    return made


def _consumers(loads: Sequence[Any], local: Index, variants: int) -> tuple[Consumers, dict[int, slice]]:
    counts, wires = [len(b.part) for b in loads], [len(b.node) for b in loads]
    first = np.repeat(np.cumsum([0, *counts])[:-1], wires).astype(np.intp)
    use = np.repeat([int(b.use) for b in loads], counts).astype(np.intp)
    consumers = Consumers(
        node=freeze(local[index(loads, "node")]), consumer=freeze(first + index(loads, "consumer")),
        priority=index(loads, "priority"), weight_ratio=column(loads, "weight_ratio", wires),
        power_w=column(loads, "power_w", counts),
        power_factor_ratio=column(loads, "power_factor_ratio", counts),
        use=freeze(use), in_service=flags(loads, counts, variants),
    )  # fmt: skip
    return consumers, {id(b): rows for b, rows in zip(loads, slices(wires), strict=True)}


def _refuse_no_impedance(lines: Lines, name: Callable[[int], str]) -> None:
    size = np.abs(lines.resistance_ohm) + np.abs(lines.reactance_ohm)
    bad = np.flatnonzero(~np.all((size > 0.0) & np.isfinite(size), axis=1))
    if bad.size:
        raise InputError([
            fault(
                "PW002", name(int(lines.a[row])),
                f"the conductor to {name(int(lines.b[row]))} has no impedance",
                "a length above zero and a resistance",
            )
            for row in bad
        ])  # fmt: skip


def _refuse_lossy(transformers: Transformers, name: Callable[[int], str]) -> None:
    resistance = transformers.load_loss_w / transformers.rated_va
    bad = np.flatnonzero(~np.all(resistance <= transformers.impedance_ratio, axis=1))  # also for NaN
    if bad.size:
        raise InputError([
            fault(
                "PW004", name(int(transformers.a[row])), "the load loss is above what the impedance allows",
                "load loss over rating at most the impedance",
            )
            for row in bad
        ])  # fmt: skip


def _refuse_incomplete(
    consumers: Consumers, converters: Converters, feeds: Feeds, name: Callable[[int], str]
) -> None:
    """Refuse converters, loads and feeds that lack a number which the solution needs."""
    losses = ("fixed_loss_ratio", "linear_loss_ratio", "quadratic_loss_ratio")
    needed: tuple[tuple[Any, Index, tuple[str, ...]], ...] = (
        (converters, converters.a, ("rated_w", "output_v", "power_factor_ratio", *losses)),
        (feeds, feeds.node, ("voltage_v",)),
    )
    faults = [
        fault("PW005", name(int(nodes[row])), f"{field} is not known", "a number; a curve needs three points")
        for table, nodes, fields in needed
        for field in fields
        for row in np.flatnonzero(~np.isfinite(getattr(table, field)).all(axis=1))
    ]
    known = np.isfinite(consumers.power_factor_ratio) & (consumers.power_factor_ratio > 0.0)
    lacking = np.flatnonzero(~known.all(axis=1))
    faults += [
        fault("PW005", name(int(node)), "power_factor_ratio is not known", "a number above 0, up to 1")
        for node in consumers.node[np.isin(consumers.consumer, lacking)]
    ]
    if faults:
        raise InputError(faults)


def _poles(lines: Lines, direct: Flags, name: Callable[[int], str]) -> Lines:
    """Return lines with both poles in series where they carry direct current; a phase there is a pole."""
    mine = direct[lines.a][:, None]
    if not mine.any():
        return lines
    single = np.flatnonzero(mine[:, 0] & (lines.phases != ALL_PHASES))
    if single.size:
        raise InputError([
            fault(
                "PW007", name(int(lines.a[row])), "a conductor wired to single phases carries direct current",
                "phases abc: both poles",
            )
            for row in single
        ])  # fmt: skip
    return replace(
        lines, resistance_ohm=freeze(np.where(mine, 2.0, 1.0) * lines.resistance_ohm),
        reactance_ohm=freeze(np.where(mine, 0.0, lines.reactance_ohm)),
        loop_reactance_ohm=freeze(np.where(mine, 2.0 * lines.reactance_ohm, 0.0)),
    )  # fmt: skip


def _unshifted(converters: Converters, direct: Flags) -> Converters:
    """Return converters that draw no reactive power from direct current."""
    mine = direct[converters.a][:, None]
    ratio = np.where(mine, 1.0, converters.power_factor_ratio) if mine.any() else None
    return converters if ratio is None else replace(converters, power_factor_ratio=freeze(ratio))
