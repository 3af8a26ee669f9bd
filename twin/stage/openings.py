"""Reads the connection points of each distinct asset once."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from pxr import Usd

from twin.arrays import Array
from twin.stage.declared import PORT_POSITION
from twin.stage.faults import Faults, Spot, spot_of
from twin.stage.simready import PortSpec, ports
from twin.stage.simready_read import SCOPE, port_prims
from twin.stage.specs import Specs
from twin.stage.transform import check_transform
from twin.units import canonical, to_si

_SUFFIX = {
    "m": "m", "L/s": "m3_s", "m3/s": "m3_s", "degC": "k", "Pa": "pa", "V": "v", "A": "a", "Hz": "hz",
    "W": "w", "1": "ratio",
}  # fmt: skip
_GAUGE = {"operatingPressure", "maxPressure"}
_COUNTED = {"phases": "phase_count"}
_DIGITS = 9  # a place does not depend on where in the world its transform was taken


@dataclass(frozen=True, slots=True, eq=False)
class Opening:
    """One connection point of an asset.

    Attributes:
        rel: Path below the part.
        said: What SimReady properties or names say.
        values: SimReady numbers in SI by our suffix name.
        words: SimReady tokens by property name.
        position_m: Place in the part's own axes.
        along_m: Authored distance from the first end of the run, None for none, infinite for no number.
        spot: Where it is defined.
        along_spot: Where that distance is authored.
    """

    rel: str
    said: PortSpec
    values: dict[str, float]
    words: dict[str, str]
    position_m: Array
    along_m: float | None
    spot: Spot
    along_spot: Spot


class Openings:
    """Distinct sets of ports, by number."""

    def __init__(self, faults: Faults, cache: Any, specs: Specs) -> None:
        """Start with the empty set, number 0."""
        self._specs = specs
        self.sets: list[tuple[Opening, ...]] = [()]
        self._faults, self._cache = faults, cache
        self._known: dict[Any, int] = {}
        self._same: dict[Any, int] = {}

    def of(self, prim: Any, path: str) -> int:
        """Return the number of the set of ports that a part has."""
        scope = prim.GetChild(SCOPE)
        if not scope:
            return 0
        if prim.IsInstance():
            return self._number(prim, path, prim.GetPrototype().GetPath())
        handles = tuple(_handles(scope))
        found = self._same.get(handles)
        if found is None:
            found = self._same[handles] = self._number(prim, path, tuple(self._says(scope)))
        return found

    def _number(self, prim: Any, path: str, key: Any) -> int:
        """Return the number of a set of ports, read where what it says is met first."""
        found = self._known.get(key)
        if found is None:
            openings = tuple(self._read(prim, path))
            # Instances and prims composed on their own may say the same.
            content = tuple((o.rel, *o.position_m.tolist(), o.along_m, *_said(o)) for o in openings)
            found = self._known[key] = self._known.setdefault(content, len(self.sets))
            if found == len(self.sets):
                self.sets.append(openings)
        return found

    def _says(self, scope: Any) -> Iterator[Any]:
        for prim in Usd.PrimRange(scope, Usd.TraverseInstanceProxies()):
            yield prim.GetName()
            yield from (self._specs.content(s) for s in self._specs.of(prim) if s.names)

    def _read(self, prim: Any, path: str) -> Iterator[Opening]:
        own = str(prim.GetPath())
        prims = {str(p.GetPath()): p for p in port_prims(prim)}
        for said in ports(prim, cache=self._cache):
            port = prims[said.path]
            rel = said.path[len(own) :]
            specs = port.GetPrimStack()
            spot = spot_of(specs[0])
            position = np.round(said.local_position_m, _DIGITS) + 0.0
            check_transform(port, path + rel, self._faults)
            along, along_spot = _along(port, spot)
            if not said.placed and along is None and said.domain != "network":
                self._faults.add(
                    "ST043", prim=path + rel, spot=spot, found="no transform", expected="xformOp:translate"
                )
            yield Opening(
                rel=rel, said=said, values=_values(said), words=_words(said), position_m=position,
                along_m=along, spot=spot, along_spot=along_spot,
            )  # fmt: skip


def _along(port: Any, spot: Spot) -> tuple[float | None, Spot]:
    """Return the authored place of a port along its run, and where it is authored."""
    authored = port.GetAttribute(PORT_POSITION)
    if not authored or not authored.HasAuthoredValue():
        return None, spot
    value = authored.Get()
    along = float(value) if isinstance(value, int | float) and not math.isnan(value) else math.inf
    return along, spot_of(authored.GetPropertyStack()[0])


def _handles(scope: Any) -> Iterator[Any]:
    """Yield the names of the prims at and below a scope, and the specifications they rest on."""
    for prim in Usd.PrimRange(scope, Usd.TraverseInstanceProxies()):
        yield prim.GetName()
        yield from prim.GetPrimStack()


def _said(opening: Opening) -> Iterator[Any]:
    """Yield what tells an opening from another at the same place."""
    said = opening.said
    yield from (said.domain, said.direction, said.system, said.role)
    yield from (tuple(sorted(told.items())) for told in (opening.values, opening.words))


def _values(said: PortSpec) -> dict[str, float]:
    """Return the numbers of a port in SI."""
    found = {}
    for name, stated in said.values.items():
        number = said.number(name)
        if number is None or not stated.unit:
            continue
        ours = suffixed(name, canonical(stated.unit))
        unit = "Pa g" if name in _GAUGE else stated.unit
        found[ours] = float(to_si(number, unit, ours))
    if said.service_clearance_m is not None:
        found["service_clearance_m"] = said.service_clearance_m
    return found


def suffixed(name: str, unit: str) -> str:
    """Return our name of a SimReady number: ``designFlowRate`` in L/s -> ``design_flow_rate_m3_s``."""
    if name in _COUNTED:
        return _COUNTED[name]
    snake = re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()
    suffix = "pag" if name in _GAUGE else _SUFFIX[unit]
    return snake if snake.endswith(f"_{suffix}") else f"{snake}_{suffix}"


def _words(said: PortSpec) -> dict[str, str]:
    """Return the tokens of a port; several are joined by a space."""
    found = {"disconnectType": said.disconnect_type} if said.disconnect_type else {}
    for name, stated in said.values.items():
        if isinstance(stated.value, str):
            found[name] = stated.value
        elif isinstance(stated.value, tuple):
            found[name] = " ".join(str(v) for v in stated.value)
    return found
