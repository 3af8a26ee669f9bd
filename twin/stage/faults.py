"""Collects what is wrong with a stage, with the file and line an engineer would edit."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from twin.model.finding import Fault
from twin.stage.locate import locate
from twin.stage.rules import RULES

SESSION = "--set"


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


class Faults:
    """Faults found so far; each is kept once."""

    def __init__(self, base: str) -> None:
        """Start empty; files are shown from the folder ``base``."""
        self._base = base
        self._found: dict[tuple[str, str, str, str], tuple[Fault, Spot, int]] = {}

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
        severity: Literal["error", "warning"] | None = None,
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
        fault = Fault(
            code=code, prim=prim, attribute=attribute, where="", found=found, expected=expected,
            severity=severity or RULES[code].severity,
        )  # fmt: skip
        self._found.setdefault((code, prim, attribute, found), (fault, spot, record))

    def add_located(self, faults: Iterable[Fault]) -> None:
        """Take over faults that already know their place."""
        for fault in faults:
            self._found.setdefault((fault.code, fault.prim, fault.attribute, fault.found), (fault, NOWHERE, -1))

    def where(self, spot: Spot) -> str:
        """Return file and line of an opinion."""
        return locate(spot.layer, spot.spec, key=spot.key, containing=spot.containing, base=self._base)

    def finish(self, copies: Callable[[int], int] = lambda _: 1) -> tuple[Fault, ...]:
        """Return every fault in file and line order.

        Args:
            copies: How many prims share the content of a distinct prim.
        """
        done = []
        for fault, spot, record in self._found.values():
            others = copies(record) - 1 if record >= 0 else 0
            more = f" (and {others} more of the same content)" if others > 0 else ""
            where = fault.where or (self.where(spot) if spot.layer else "")
            done.append(replace(fault, found=fault.found + more, where=where))
        return tuple(sorted(done, key=_order))


def _order(fault: Fault) -> tuple[str, int, str, str, str]:
    match = re.fullmatch(r"(.*?)(?::(\d+))?(?::\d+)?", fault.where)
    file, line = (match[1], int(match[2] or 0)) if match else (fault.where, 0)
    return file, line, fault.prim, fault.attribute, fault.code
