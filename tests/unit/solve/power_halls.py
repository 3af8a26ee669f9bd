"""Halls made of power elements, for tests: pods of eight dual-corded racks, 20 kV rings of 16 pods."""

from dataclasses import dataclass, field

import numpy as np

from twin.model.element import Converter, Feed, Line, Load, Transformer, Use
from twin.model.power_net import lay_out_power


@dataclass
class Wiring:
    """Nodes handed out so far, and the elements between them."""

    count: int = 0
    lines: list = field(default_factory=list)
    blocks: list = field(default_factory=list)

    def nodes(self, *shape):
        made = np.arange(self.count, self.count + int(np.prod(shape))).reshape(shape)
        self.count += made.size
        return made

    def line(self, a, b, ohm, reactance=None, rating=1e4):
        a, b = np.broadcast_arrays(np.atleast_1d(a), np.atleast_1d(b))
        wide = np.broadcast_to(ohm, a.shape).ravel()
        along = wide * 0.6 if reactance is None else np.broadcast_to(reactance, a.shape).ravel()
        self.lines.append((a.ravel(), b.ravel(), wide, along, np.broadcast_to(rating, a.shape).ravel()))

    def add(self, block):
        self.blocks.append((type(block).__name__, block))
        return block

    def net(self, variants=1, in_service=None):
        if self.lines:
            a, b, r, x, rating = (np.concatenate(part) for part in zip(*self.lines, strict=True))
            on = np.ones((a.size, 1), dtype=bool) if in_service is None else in_service
            self.add(line_block(a, b, r, x, rating, in_service=on))
            self.lines = []
        return lay_out_power(self.blocks, self.count, variants)


def column(values):
    return np.atleast_1d(np.asarray(values, dtype=float))[:, None]


def outdoors(like):
    return np.full(len(like), -1)


def line_block(a, b, resistance, reactance, rating=1e4, *, in_service=None):
    a, b = np.atleast_1d(a), np.atleast_1d(b)
    on = np.ones((a.size, 1), dtype=bool) if in_service is None else in_service
    return Line(
        role="line", part=np.arange(a.size), a=a, b=b, resistance_ohm=column(resistance),
        reactance_ohm=column(reactance), rating_a=column(rating), room=outdoors(a), in_service=on,
    )  # fmt: skip


def feed_block(node, volts, *, in_service=None):
    node = np.atleast_1d(node)
    on = np.ones((node.size, 1), dtype=bool) if in_service is None else in_service
    return Feed(
        role="feed", part=np.arange(node.size), node=node,
        voltage_v=np.broadcast_to(column(volts), (node.size, 1)),
        short_circuit_va=np.full((node.size, 1), 5e8), rated_w=np.full((node.size, 1), np.nan), in_service=on,
    )  # fmt: skip


def transformer_block(
    a,
    b,
    *,
    va=2e6,
    primary=20e3,
    secondary=415.0,
    impedance=0.06,
    load_w=15e3,
    core_w=1305.0,
    in_service=None,
):
    a, b = np.atleast_1d(a), np.atleast_1d(b)
    on = np.ones((a.size, 1), dtype=bool) if in_service is None else in_service

    def each(value):
        return np.full((a.size, 1), float(value))

    return Transformer(
        role="winding", part=np.arange(a.size), a=a, b=b, rated_va=each(va), primary_v=each(primary),
        secondary_v=each(secondary), impedance_ratio=each(impedance), load_loss_w=each(load_w),
        no_load_loss_w=each(core_w), room=outdoors(a), in_service=on,
    )  # fmt: skip


def converter_block(
    a, b, *, rated=1.5e6, volts=415.0, loss=(0.0082, 0.0031, 0.0228), factor=0.99, direct=False,
    in_service=None,
):  # fmt: skip
    a, b = np.atleast_1d(a), np.atleast_1d(b)
    on = np.ones((a.size, 1), dtype=bool) if in_service is None else in_service

    def each(value):
        return np.full((a.size, 1), float(value))

    return Converter(
        role="ups", part=np.arange(a.size), a=a, b=b, rated_w=np.broadcast_to(column(rated), (a.size, 1)),
        output_v=each(volts), fixed_loss_ratio=each(loss[0]), linear_loss_ratio=each(loss[1]),
        quadratic_loss_ratio=each(loss[2]), power_factor_ratio=each(factor), direct_ratio=each(direct),
        room=outdoors(a), in_service=on,
    )  # fmt: skip


def load_block(node, consumer, power, *, priority=None, weight=None, factor=0.98, in_service=None):
    node, consumer, power = np.atleast_1d(node), np.atleast_1d(consumer), np.asarray(power, dtype=float)
    power = power if power.ndim == 2 else column(power)
    return Load(
        role="it", part=np.arange(len(power)), node=node, consumer=consumer,
        priority=np.zeros(node.size, dtype=np.intp) if priority is None else np.asarray(priority),
        weight_ratio=np.ones((node.size, 1)) if weight is None else column(weight), power_w=power,
        power_factor_ratio=np.full((len(power), 1), factor), use=Use.IT,
        in_service=np.ones((len(power), 1), dtype=bool) if in_service is None else in_service,
    )  # fmt: skip


def hall(pods, *, variants=1, seed=0, failures=False):
    """Return the net of a hall and the power each rack wants, shape (rack, variant).

    With ``failures`` each variant but the first loses one transformer, so each has its own switches.
    """
    rng = np.random.default_rng(seed)
    wiring = Wiring()
    grid, ring = wiring.nodes(2), wiring.nodes(2, pods)
    before = np.where(np.arange(pods) % 16 == 0, grid[:, None], np.roll(ring, 1, axis=1))
    wiring.line(before, ring, 0.01)
    low, board, ups_in, ups_out, output = (wiring.nodes(2, pods) for _ in range(5))
    wiring.line(low, board, 2e-4)
    wiring.line(board, ups_in, 3e-5, 0.0)
    wiring.line(ups_out, output, 3e-5, 0.0)
    head = wiring.nodes(2, pods, 2)
    wiring.line(output[:, :, None], head, 1e-3)
    tap = wiring.nodes(2, pods, 2, 4)
    wiring.line(np.concatenate([head[..., None], tap[..., :-1]], axis=-1), tap, 0.6 * 4.3e-5)
    cord = wiring.nodes(2, pods, 2, 4)
    wiring.line(tap, cord, 1.2e-3 * rng.uniform(0.5, 1.5, tap.shape), rating=252.0)
    on = np.ones((ring.size, variants), dtype=bool)
    if failures:
        on[np.arange(1, variants) % ring.size, np.arange(1, variants)] = False
    wiring.add(feed_block(grid, 20e3))
    wiring.add(transformer_block(ring.ravel(), low.ravel(), in_service=on))
    wiring.add(converter_block(ups_in.ravel(), ups_out.ravel()))
    racks = pods * 8
    power = 132e3 * rng.uniform(0.3, 1.0, (racks, variants))
    wiring.add(load_block(cord.reshape(-1), np.tile(np.arange(racks), 2), power))
    return wiring.net(variants), power
