"""The electrical side of a facility in normal operation, and its switches in outages."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order

from twin.arrays import Flags, Index
from twin.model.element import Converter, Feed, Line, Load, Transformer
from twin.model.facility import Case, Facility
from twin.model.network import lay_out
from twin.model.power_net import PowerNet
from twin.model.variants import take
from twin.solve.power_supply import Supply, find_supply
from twin.studies.outages import normal_case

TABLES = {Line: "lines", Transformer: "transformers", Converter: "converters", Feed: "feeds"}


class Switches:
    """What each part switches in the power net of normal operation.

    Attributes:
        facility: What is built.
        normal: Row of normal operation among its cases.
        net: Power net of normal operation.
    """

    def __init__(self, facility: Facility) -> None:
        """Take normal operation out of a facility."""
        network = lay_out(facility)
        self.facility = facility
        self.normal = normal_case(facility)
        self.net: PowerNet = take(network.power, np.array([self.normal]), network.variants)
        self.blocks = [(kind, b) for kind, b in network.assembly.blocks if id(b) in network.power.rows]

    @cached_property
    def elements(self) -> dict[str, list[tuple[str, int]]]:
        """Return the elements of every part: name of their columns, row."""
        found: dict[str, list[tuple[str, int]]] = {}
        for kind, block in self.blocks:
            paths, first = self.facility.tables[kind].paths, self.net.rows[id(block)].start
            name = "consumers" if isinstance(block, Load) else TABLES[type(block)]
            for row, part in enumerate(block.part.tolist(), start=first):
                found.setdefault(paths[part], []).append((name, row))
        return found

    @cached_property
    def kind_of(self) -> dict[str, str]:
        """Return the kind of every part."""
        return {path: kind for kind, table in self.facility.tables.items() for path in table.paths}

    @cached_property
    def supply(self) -> Supply:
        """Return what is alive in normal operation."""
        return find_supply(self.net)

    def in_cases(self, cases: Sequence[Case]) -> PowerNet:
        """Return the net in some cases, its variants: normal operation without what is out, with what starts.

        Numbers of the net stay those of normal operation.
        """
        flags: dict[str, Flags] = {
            name: np.repeat(getattr(self.net, name).in_service, len(cases), axis=1)
            for name in (*TABLES.values(), "consumers")
        }
        for column, case in enumerate(cases):
            for paths, runs in ((case.start, True), (case.out, False)):
                for path in paths:
                    for name, row in self.elements.get(path, ()):
                        flags[name][row, column] = runs
        own: dict[str, Any] = {
            name: replace(getattr(self.net, name), in_service=value) for name, value in flags.items()
        }
        return replace(self.net, variants=len(cases), **own)

    def before(self, node: int) -> set[str]:
        """Return the parts on a shortest way from a feed to a node, in normal operation."""
        above, owner = self._ways
        found, root = set[str](), len(self.net.node)
        while node != root and above[node] >= 0:
            up = int(above[node])
            found.update(owner[min(node, up), max(node, up)])
            node = up
        return found

    @cached_property
    def _ways(self) -> tuple[Index, dict[tuple[int, int], list[str]]]:
        """Return the node above each one on its way from a feed, and the parts between two nodes."""
        owner: dict[tuple[int, int], list[str]] = {}
        ends, root = [np.zeros((2, 0), dtype=np.intp)], len(self.net.node)
        for kind, block in self.blocks:
            if isinstance(block, Load):
                continue
            rows, paths = self.net.rows[id(block)], self.facility.tables[kind].paths
            table: Any = getattr(self.net, TABLES[type(block)])
            on = table.in_service[rows, 0]
            a = table.node[rows] if isinstance(block, Feed) else table.a[rows]
            b = np.full(len(a), root) if isinstance(block, Feed) else table.b[rows]
            for tail, head, part in zip(a[on].tolist(), b[on].tolist(), block.part[on].tolist(), strict=True):
                owner.setdefault((min(tail, head), max(tail, head)), []).append(paths[part])
            ends.append(np.stack([a[on], b[on]]))
        a, b = np.concatenate(ends, axis=1)
        graph = coo_array((np.ones(len(a)), (a, b)), shape=(root + 1, root + 1)).tocsr()
        return breadth_first_order(graph, root, directed=False)[1], owner
