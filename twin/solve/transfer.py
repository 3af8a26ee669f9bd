"""Transfer switches: which of its two supplies each takes, from what is alive before it."""

from dataclasses import dataclass, replace

import numpy as np

from twin.arrays import Flags, Index
from twin.errors import ConvergenceError
from twin.model.power_net import PowerNet
from twin.solve.power_islands import islands

# No chain of transfer switches is as long as this; one that has not settled by then is a ring.
ROUNDS = 20


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Switches:
    """Both contacts of each switch, as rows of lines. Shapes: (switch,); islands (switch, pattern)."""

    preferred: Index
    alternate: Index
    before: tuple[Index, Index]
    behind: Index


def closed_contacts(
    net: PowerNet, lines: Flags, transformers: Flags, converters: Flags, feeds: Flags
) -> Flags:
    """Return which lines are closed once transfer switches stand, shape (line, pattern).

    A switch takes the preferred supply while that is alive, else the alternate one, else none. Supply passes
    from its inputs to its output only.

    Args:
        net: Elements as columns.
        lines: Whether each line is in service, shape (line, pattern); likewise the others.
        transformers: Whether each transformer is.
        converters: Whether each converter is.
        feeds: Whether each feed is.

    Raises:
        ConvergenceError: Switches hang on each other in a ring and never settle, or a switch would join its
            supply to another one; the switch is named.
    """
    rank = net.lines.priority[:, 0]
    contact = np.flatnonzero(np.isfinite(rank))
    if not contact.size:
        return lines
    open_ = lines.copy()
    open_[contact] = False
    label = islands(net, np.concatenate([open_, transformers]))
    preferred, alternate = (_by_output(net, contact[rank[contact] == place]) for place in (0.0, 1.0))
    switches = _Switches(
        preferred=preferred, alternate=alternate, behind=label[net.lines.b[preferred]],
        before=(label[net.lines.a[preferred]], label[net.lines.a[alternate]]),
    )  # fmt: skip
    on = np.stack([lines[preferred], lines[alternate]])
    on_alternate = on[1] & False
    for _ in range(ROUNDS):
        takes = np.stack([on[0] & ~on_alternate, on[1] & on_alternate])
        fed = _reached(net, label, switches, takes, (converters, feeds))
        alive = [on[place] & fed[switches.before[place]] for place in (0, 1)]
        then = alive[1] & ~alive[0]
        if np.array_equal(then, on_alternate):
            takes = np.stack([alive[0], then])
            others = converters & fed[label[net.converters.a]], feeds
            _refuse_two_supplies(net, label, switches, takes, others)
            open_[preferred], open_[alternate] = takes
            return open_
        on_alternate, before = then, on_alternate
    row = preferred[np.argwhere(on_alternate != before)[0, 0]]
    raise _refusal(net, row, "and others wait for each other's supply in a ring: it never settles")


def transferred(net: PowerNet) -> PowerNet:
    """Return the net with the contacts of its transfer switches as each case leaves them."""
    if not np.isfinite(net.lines.priority).any():
        return net
    closed = closed_contacts(
        net, net.lines.in_service, net.transformers.in_service, net.converters.in_service,
        net.feeds.in_service,
    )  # fmt: skip
    return replace(net, lines=replace(net.lines, in_service=closed))


def _by_output(net: PowerNet, contact: Index) -> Index:
    return contact[np.argsort(net.lines.b[contact], kind="stable")]


def _reached(
    net: PowerNet, label: Index, switches: _Switches, takes: Flags, others: tuple[Flags, Flags]
) -> Flags:
    """Return which islands a feed reaches through converters and contacts, shape (island,)."""
    converters, feeds = others
    fed = np.zeros(int(label.max(initial=-1)) + 1, dtype=np.bool_)
    fed[label[net.feeds.node][feeds]] = True
    before, behind = label[net.converters.a], label[net.converters.b]
    while True:
        reached = np.concatenate([
            behind[converters & fed[before]],
            *(switches.behind[takes[place] & fed[switches.before[place]]] for place in (0, 1)),
        ])  # fmt: skip
        if fed[reached].all():
            return fed
        fed[reached] = True


def _refuse_two_supplies(
    net: PowerNet, label: Index, switches: _Switches, takes: Flags, others: tuple[Flags, Flags]
) -> None:
    """Refuse a switch behind which something else feeds: it would put two supplies in parallel."""
    converters, feeds = others
    sources = np.zeros(int(label.max(initial=-1)) + 1, dtype=np.intp)
    for nodes, on in ((net.feeds.node, feeds), (net.converters.b, converters)):
        sources[np.unique(label[nodes][on])] += 1
    # A contact beside a closed bypass joins nothing that is not one already.
    apart = [takes[place] & (switches.before[place] != switches.behind) for place in (0, 1)]
    joins = apart[0] | apart[1]
    np.add.at(sources, switches.behind[joins], 1)
    clash = np.argwhere(joins & (sources[switches.behind] > 1))
    if clash.size:
        why = "feeds conductors that another supply feeds too: two supplies would run in parallel"
        raise _refusal(net, switches.preferred[clash[0, 0]], why)


def _refusal(net: PowerNet, line: int, why: str) -> ConvergenceError:
    name = net.name(int(net.lines.b[line]))
    return ConvergenceError(
        f"the transfer switch at {name} {why}", component=name, equation="position of the transfer switch"
    )
