"""Collects what is wrong with a stage, with the file and line an engineer would edit."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from twin.model.finding import Fault
from twin.stage.locate import locate
from twin.stage.rules import RULES

SESSION = "--set"

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where an opinion stands: layer, specification within it, metadata key and text within that."""

    layer: str = ""
    spec: str = ""
    key: str = ""
    containing: str = ""


NOWHERE = Spot()


def spot_of(spec: Any, key: str = "", containing: str = "") -> Spot:
    """Return where a specification stands."""
    layer = spec.layer
    return Spot(layer.realPath or layer.identifier, str(spec.path), key, containing)


@dataclass(slots=True)
class _Entry:
    fault: Fault
    spot: Spot
    record: int
    prims: set[str]


class Faults:
    """Faults found so far. The same opinion met on many prims is one fault, with their number."""

    def __init__(self, base: str) -> None:
        """Start empty; files are shown from the folder ``base``."""
        self.base = base
        self._found: dict[tuple[str, str, str], _Entry] = {}

    def add(
        self,
        code: str,
        *,
        prim: str,
        found: str,
        expected: str,
        attribute: str = "",
        spot: Spot = NOWHERE,
        record: int = -1,
        severity: Severity | None = None,
    ) -> None:
        """Note a fault.

        Args:
            code: Code in ``RULES``.
            prim: Prim path.
            found: What stands there.
            expected: What would be right.
            attribute: Attribute, relationship or metadata name.
            spot: Opinion to edit.
            record: Distinct prim it was found on, -1 when it concerns one prim only.
            severity: Severity when it is not the rule's own.
        """
        owner = f"{spot.layer}:{spot.spec}" if spot.layer else prim
        entry = self._found.get((code, owner, attribute))
        if entry is not None:
            entry.prims.add(prim)
            return
        fault = Fault(
            code=code, prim=prim, attribute=attribute, where="", found=found, expected=expected,
            severity=severity or RULES[code].severity,
        )  # fmt: skip
        self._found[code, owner, attribute] = _Entry(fault, spot, record, {prim})

    def add_located(self, faults: Iterable[Fault], *, severity: Severity | None = None) -> None:
        """Take over faults that already know their place, with another severity if one is given."""
        for fault in faults:
            taken = replace(fault, severity=severity) if severity else fault
            key = (fault.code, f"{fault.where} {fault.prim} {fault.found}", fault.attribute)
            self._found.setdefault(key, _Entry(taken, NOWHERE, -1, {fault.prim}))

    def errors(self) -> set[str]:
        """Return the codes of the errors found so far."""
        return {e.fault.code for e in self._found.values() if e.fault.severity == "error"}

    def about(self, prim: str) -> bool:
        """Return whether anything was found on a prim."""
        return any(prim in entry.prims for entry in self._found.values())

    def where(self, spot: Spot) -> str:
        """Return file and line of an opinion."""
        return locate(spot.layer, spot.spec, key=spot.key, containing=spot.containing, base=self.base)

    def shown(self, layer: str) -> str:
        """Return a layer as people see it."""
        return locate(layer, base=self.base)

    def finish(self, copies: Callable[[int], int] = lambda _: 1) -> tuple[Fault, ...]:
        """Return every fault in file and line order.

        Args:
            copies: How many prims share the content of a distinct prim.
        """
        done = []
        for entry in self._found.values():
            fault = entry.fault
            alike = copies(entry.record) if entry.record >= 0 else len(entry.prims)
            more = f" (and {alike - 1} more alike)" if alike > 1 else ""
            where = fault.where or (self.where(entry.spot) if entry.spot.layer else "")
            done.append(replace(fault, found=fault.found + more, where=where))
        return tuple(sorted(done, key=_order))


def _order(fault: Fault) -> tuple[str, int, str, str, str]:
    match = re.fullmatch(r"(.*?)(?::(\d+))?(?::\d+)?", fault.where)
    file, line = (match[1], int(match[2] or 0)) if match else (fault.where, 0)
    return file, line, fault.prim, fault.attribute, fault.code
