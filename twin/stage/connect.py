"""Resolves relationships: ends of connections to nodes, other targets to nodes, zones or parts."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from twin.arrays import Flags, Index
from twin.model.binding import Ends, Targets
from twin.model.component import Component, Port, Relation, kinds
from twin.model.facility import PortPoint
from twin.stage.bind import Bound
from twin.stage.declared import FROM, TO, relation_name
from twin.stage.expand import Parts
from twin.stage.faults import Faults
from twin.stage.opinion import nearest
from twin.stage.targets import Relationship, Target

_ENDS = {"from": FROM, "to": TO}


class Connections:
    """Finds what relationships name; notes those that name nothing."""

    def __init__(self, stage: Any, parts: Mapping[str, Parts], bound: Bound, faults: Faults) -> None:
        """Look up in these parts and ports."""
        self._stage, self._parts, self._bound, self._faults = stage, parts, bound, faults
        ports = bound.ports
        self._node = dict(zip(ports.paths, range(len(ports.paths)), strict=True))
        self._domain = [spec.domain for spec in ports.specs]
        self._row: dict[str, tuple[str, int]] | None = None
        self._joined: list[tuple[Index, Parts]] = []
        self._kinds: dict[Relation, list[str]] = {}

    def ends(self, kind: type[Component], parts: Parts) -> dict[str, Ends]:
        """Return the node at each end of every connection of a kind."""
        found = {}
        rows = np.arange(len(parts.paths), dtype=np.intp)
        for port in (p for p in kind.ports if p.end):
            nodes = self._nodes(_ENDS[port.end], parts)
            right = np.array([domain == port.domain for domain in self._domain] + [False])
            # Port -1 is the one added last: none.
            for at in np.flatnonzero(~right[np.append(self._bound.ports.spec, -1)[nodes]]).tolist():
                relationship = parts.place_of(at).relationships[_ENDS[port.end]]
                nodes[at] = self._end(port, parts.paths[at], parts.base[at], relationship)
            found[port.name] = Ends(part=rows, node=nodes, offset_m=np.zeros(len(rows)))
        both = [e.node for e in found.values()]
        for row in np.flatnonzero((both[0] == both[1]) & (both[0] >= 0)) if len(both) == 2 else ():
            spot = parts.place_of(int(row)).relationships[TO].spot
            self._faults.add(
                "ST037",
                prim=parts.paths[row],
                attribute=TO,
                spot=spot,
                found=self._bound.ports.paths[both[0][row]],
                expected="the port of another part",
            )
        self._joined += [(nodes, parts) for nodes in both]
        return found

    def _nodes(self, name: str, parts: Parts) -> Index:
        """Return the one port that a relationship of each part names, -1 where it does not."""
        meant: dict[int, Target | None] = {}
        for number in np.unique(parts.place).tolist():
            targets = parts.places[number].relationships[name].targets
            meant[number] = targets[0] if len(targets) == 1 else None
        nodes, node_of = [], self._node.get
        for number, base in zip(parts.place.tolist(), parts.base, strict=True):
            target = meant[number]
            if target is None:
                nodes.append(-1)
            else:
                nodes.append(node_of(base + target.path if target.local else target.path, -1))
        return _index(nodes)

    def targets(self, kind: type[Component], parts: Parts, relation: Relation) -> Targets:
        """Return what a relationship of every part names, in authored order."""
        name = relation_name(kind.kind, relation.name)
        part: list[int] = []
        node: list[int] = []
        owner: list[str] = []
        number: list[int] = []
        distinct = np.unique(parts.place).tolist()
        speaks = [n for n in distinct if relation.required or parts.places[n].relationships[name].targets]
        for row in np.flatnonzero(np.isin(parts.place, speaks)).tolist():
            path, relationship = parts.paths[row], parts.place_of(row).relationships[name]
            found = list(self._resolve(relation, name, path, parts.base[row], relationship))
            if not relationship.targets and relation.required:
                self._no_target("ST038", path, name, relationship, relation.doc)
            part += [row] * len(found)
            node += [n for n, _, _ in found]
            owner += [k for _, k, _ in found]
            number += [r for _, _, r in found]
        return Targets(part=_index(part), node=_index(node), kind=tuple(owner), row=_index(number))

    def check_use(self) -> None:
        """Note ports that several connections share, and required ports that none reaches."""
        ports = self._bound.ports
        ends = [nodes[nodes >= 0] for nodes, _ in self._joined]
        count = np.bincount(np.concatenate([*ends, _index([])]), minlength=len(ports.paths))
        many = np.array([self._takes_many(spec) for spec in ports.specs], dtype=np.bool_)
        for node in np.flatnonzero((count > 1) & ~many[ports.spec]).tolist():
            paths = sorted(
                parts.paths[row] for nodes, parts in self._joined for row in np.flatnonzero(nodes == node)
            )
            self._faults.add(
                "ST034",
                prim=ports.paths[node],
                found=" and ".join(paths),
                expected="one connection",
                spot=self._spot_of(paths[1]),
            )
        for name, parts in self._parts.items():
            needed = (p for p in kinds()[name].ports if p.required and not p.end)
            for port in (p for p in needed if p.domain != "airflow"):
                self._check_reached(name, port, parts, count > 0)

    @staticmethod
    def _takes_many(spec: PortPoint) -> bool:
        return any(p.name == spec.port and p.many for p in kinds()[spec.kind].ports)

    def _check_reached(self, name: str, port: Port, parts: Parts, reached: Flags) -> None:
        ends = self._bound.ends[name][port.name]
        joined = np.zeros(len(parts.paths), dtype=np.bool_)
        joined[ends.part[reached[ends.node]]] = True
        if joined.all():
            return
        first = dict(zip(ends.part.tolist()[::-1], ends.node.tolist()[::-1], strict=True))
        code = "ST044" if port.domain == "network" else "ST035"
        for row in np.flatnonzero(~joined):
            if int(row) in first:
                self._faults.add(
                    code,
                    prim=parts.paths[row],
                    attribute=port.name,
                    spot=parts.place_of(int(row)).spot,
                    found=f"{self._bound.ports.paths[first[int(row)]]} leads nowhere",
                    expected="a connection prim that names it",
                )

    def _end(self, port: Port, path: str, base: str, relationship: Relationship) -> int:
        """Return the node that one end names, -1 with a fault for none."""
        name = _ENDS[port.end]
        if len(relationship.targets) != 1:
            found = f"{len(relationship.targets)} targets"
            if relationship.dropped or not relationship.targets:
                self._no_target("ST030", path, name, relationship, f"one {port.domain} port")
            else:
                self._faults.add(
                    "ST030",
                    prim=path,
                    attribute=name,
                    spot=relationship.spot,
                    found=found,
                    expected="one port",
                )
            return -1
        target = relationship.targets[0]
        wanted = base + target.path if target.local else target.path
        node = self._node.get(wanted, -1)
        if node < 0:
            self._not_a_port(path, name, wanted, relationship)
        elif self._domain_at(node) != port.domain:
            self._faults.add(
                "ST033",
                prim=path,
                attribute=name,
                spot=relationship.spot,
                found=f"{wanted} is {self._domain_at(node) or 'of no domain'}",
                expected=f"a port of domain {port.domain}",
            )
        return node

    def _resolve(
        self, relation: Relation, name: str, path: str, base: str, relationship: Relationship
    ) -> Iterator[tuple[int, str, int]]:
        """Yield node, kind and row of each target."""
        for target in relationship.targets:
            wanted = base + target.path if target.local else target.path
            if relation.resolves == "node" and self._domain_of(wanted) == "thermal":
                yield self._node[wanted], "", -1
                continue
            rows = self._meant(relation, wanted)
            if rows:
                yield from ((-1, kind, row) for kind, row in rows)
            elif not self._exists(wanted):
                self._dangling(path, name, wanted, relationship)
            else:
                code, found, expected = self._other(relation, wanted)
                self._faults.add(
                    code, prim=path, attribute=name, spot=relationship.spot, found=found, expected=expected
                )

    def _meant(self, relation: Relation, wanted: str) -> list[tuple[str, int]]:
        """Return the parts that a target stands for: a zone, or parts at or below a prim."""
        if relation.resolves == "node":
            return [(k, i) for k, i in self._at(wanted) if kinds()[k].zone]
        if not (relation.only or relation.kinds):
            return self._at(wanted) or self._below(wanted, self._parts)
        return self._below(wanted, self._meant_kinds(relation))

    def _meant_kinds(self, relation: Relation) -> list[str]:
        """Return the kinds that a relation is about."""
        if relation not in self._kinds:
            self._kinds[relation] = [k for k in self._parts if relation.means(kinds()[k])]
        return self._kinds[relation]

    def _other(self, relation: Relation, wanted: str) -> tuple[str, str, str]:
        """Return the code, what stands there and what is right, for a target that nothing is meant by."""
        what = next((f"of kind {kind}" for kind, _ in self._at(wanted)), "no such part")
        if relation.resolves == "node":
            if domain := self._domain_of(wanted):
                return "ST039", f"{wanted} is a port of domain {domain}", "a port of a liquid, or a zone"
            return "ST039", f"{wanted} is neither", "a port or a zone"
        if not self._below(wanted, self._parts):
            return "ST039", f"{wanted} holds no part", "a part, or a prim with parts below"
        if relation.only == "can_stop":
            return "ST050", f"{wanted} is {what}; nothing there can fail", "parts that can fail"
        right = f"parts of kind {', '.join(relation.kinds)}" if relation.kinds else "parts with a speed"
        return "ST039", f"{wanted} is {what}", f"{right}, or a prim with such parts below"

    def _at(self, path: str) -> list[tuple[str, int]]:
        """Return the part at a path, if there is one."""
        if self._row is None:
            self._row = {p: (k, i) for k, parts in self._parts.items() for i, p in enumerate(parts.paths)}
        return [self._row[path]] if path in self._row else []

    def _below(self, path: str, names: Iterable[str]) -> list[tuple[str, int]]:
        """Return the parts of some kinds at or below a path."""
        return [(k, i) for k in names for i in subtree(self._parts[k].paths, path)]

    def _not_a_port(self, path: str, name: str, wanted: str, relationship: Relationship) -> None:
        if not self._exists(wanted):
            self._dangling(path, name, wanted, relationship)
            return
        below = [p for p in (f"{wanted}/ConnectionPoints",) if self._exists(p)]
        near = [p for p in self._node if p.startswith(f"{wanted}/")][:8] if below else []
        self._faults.add(
            "ST032",
            prim=path,
            attribute=name,
            spot=relationship.spot,
            found=f"{wanted} is no port of a part",
            expected=f"one of {', '.join(near)}" if near else "a child of ConnectionPoints",
        )

    def _dangling(self, path: str, name: str, wanted: str, relationship: Relationship) -> None:
        parent = wanted.rpartition("/")[0]
        while parent and not self._exists(parent):
            parent = parent.rpartition("/")[0]
        prim = self._stage.GetPrimAtPath(parent or "/")
        children = {c.GetName(): str(c.GetPath()) for c in prim.GetChildren()}
        lost = wanted[len(parent) + 1 :].partition("/")[0]
        hint = nearest(lost, children)
        offered = f"{parent} holds {', '.join(list(children)[:8])}" if children else "an existing prim"
        self._faults.add(
            "ST031",
            prim=path,
            attribute=name,
            spot=relationship.spot,
            found=f"{wanted} does not exist",
            expected=hint or offered,
        )

    def _no_target(self, code: str, path: str, name: str, relationship: Relationship, expected: str) -> None:
        if relationship.dropped:
            self._faults.add(
                "ST036",
                prim=path,
                attribute=name,
                spot=relationship.spot,
                found=f"{relationship.dropped[0]} is not part of the asset",
                expected="a target within the asset",
            )
        else:
            self._faults.add(
                code, prim=path, attribute=name, spot=relationship.spot, found="no target", expected=expected
            )

    def _domain_of(self, path: str) -> str:
        """Return the domain of the port at a path, "" where there is none."""
        return self._domain_at(self._node[path]) if path in self._node else ""

    def _domain_at(self, node: int) -> str:
        return self._domain[int(self._bound.ports.spec[node])]

    def _exists(self, path: str) -> bool:
        prim = self._stage.GetPrimAtPath(path)
        return bool(prim) and bool(prim.IsDefined())

    def _spot_of(self, path: str) -> Any:
        kind, row = self._at(path)[0]
        return self._parts[kind].place_of(row).relationships[FROM].spot


def subtree(paths: tuple[str, ...], root: str) -> range:
    """Return the rows of a sorted column of paths that lie at or below a prim."""
    at = bisect_left(paths, root)
    if at < len(paths) and paths[at] == root:
        return range(at, bisect_left(paths, f"{root}0"))
    return range(bisect_left(paths, f"{root}/"), bisect_left(paths, f"{root}0"))  # "0" follows "/"


def _index(values: list[int]) -> Index:
    return np.array(values, dtype=np.intp)
