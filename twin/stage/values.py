"""Reads what one distinct prim says about its parameters, with where it says so."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, cast

from pxr import Usd

from twin.model.component import Component, Param
from twin.model.provenance import Evidence, Opinion, Opinions
from twin.stage.declared import Property, attribute_name, declared, unit_of_param
from twin.stage.faults import SESSION, Faults, Spot, spot_of
from twin.stage.opinion import complaints, has_value, own_unit, wrong_type
from twin.stage.simready import faults as simready_faults
from twin.stage.simready import ratings, to_params
from twin.stage.specs import Spec

_EVIDENCE = ("datasheet", "standard", "derived", "assumption", "given")
_PLAIN = "given"
ASSET_CLASS = "aif:core:assetClass"


@dataclass(frozen=True, slots=True)
class Value:
    """One parameter of a distinct prim.

    Attributes:
        raw: Number, text or points as written; None when it cannot be used.
        unit: Unit as written or declared, ``x;y`` for a curve.
        opinion: Number of the opinion.
        spot: Where it is written.
    """

    raw: Any
    unit: str
    opinion: int
    spot: Spot


class Values:
    """Reader of parameter values; notes faults and opinions on the way."""

    def __init__(self, faults: Faults, opinions: Opinions) -> None:
        """Read into these collections."""
        self.judged: set[Spot] = set()
        self._faults, self._opinions, self._declared = faults, opinions, declared()
        self._shown = lru_cache(maxsize=None)(faults.shown)

    def read(
        self, prim: Any, kind: type[Component], stack: list[Spec], path: str, record: int
    ) -> dict[str, Value]:
        """Return every parameter that the prim gives, ours first, then SimReady ones we lack."""
        found: dict[str, Value] = {}
        names = frozenset[str]().union(*(spec.names for spec in stack))
        for attribute, param in by_attribute(kind).items():
            if attribute in names and (value := self._value(attribute, stack, path, record)):
                found[param.name] = value
        if ASSET_CLASS in names:
            self._add_simready(found, prim, kind)
        return found

    def located(self, spot: Spot) -> int:
        """Return the opinion number of a prim itself."""
        return self._opinion(spot, "", _PLAIN, "")

    def _value(self, attribute: str, stack: list[Spec], path: str, record: int) -> Value | None:
        """Return what the strongest specification says; one that blocks the value says nothing."""
        prop = self._declared[attribute]
        specs = [spec for spec in stack if attribute in spec.names]
        handles = [spec.handle.properties[attribute] for spec in specs]
        at = next((i for i, s in enumerate(handles) if s.HasInfo("default") or not hasattr(s, "default")), -1)
        if at < 0 or (hasattr(handles[at], "default") and not has_value(handles[at])):
            return None
        winner = handles[at]
        spot = Spot(specs[at].layer, f"{specs[at].path}.{attribute}")
        bad = list(complaints(winner, prop))
        self.judged.add(spot)
        for c in bad:
            self._faults.add(
                c.code, prim=path, attribute=prop.name, spot=spot, record=record,
                found=c.found, expected=c.expected, severity=c.severity,
            )  # fmt: skip
        unit = own_unit(winner)
        usable = not wrong_type(bad)
        if usable and not unit:
            usable = self._no_stray_unit(handles, winner, prop, path)
        evidence, source = _said(winner)
        opinion = self._opinion(spot, unit, evidence, source)
        return Value(winner.default if usable else None, unit or prop.unit, opinion, spot)

    def _no_stray_unit(self, stack: list[Any], winner: Any, prop: Property, path: str) -> bool:
        """Return whether no weaker opinion names a unit that the winning value was not written in."""
        strays = [s for s in stack if s != winner and own_unit(s) not in {"", prop.unit}]
        for stray in strays:
            self._faults.add(
                "ST018", prim=path, attribute=prop.name, spot=spot_of(winner),
                found=f"{winner.default} here, '{own_unit(stray)}' at {self._faults.where(spot_of(stray))}",
                expected=f"the unit beside the value, or a number in {prop.unit}",
            )  # fmt: skip
        return not strays

    def _add_simready(self, found: dict[str, Value], prim: Any, kind: type[Component]) -> None:
        """Fill what our own attributes do not say from the SimReady asset, and take over its faults."""
        said = ratings(prim)
        mapped = to_params(prim, said.kind) if said.kind == kind.kind else {}
        params = {p.name: p for p in kind.params}
        for name, value in mapped.items():
            if name not in params or name in found:
                continue
            specs = prim.GetAttribute(value.source_attribute).GetPropertyStack(Usd.TimeCode.Default())
            spot = spot_of(specs[0] if specs else prim.GetPrimStack()[0])
            unit = value.unit.replace(",", ";")
            opinion = self._opinion(spot, unit, "datasheet", said.source)
            found[name] = Value(value.value, unit, opinion, spot)
        self._faults.add_located(simready_faults(prim), severity="warning")

    def _opinion(self, spot: Spot, unit: str, evidence: str, source: str) -> int:
        anonymous = spot.layer.startswith("anon:")
        return self._opinions.add(
            Opinion(
                layer=SESSION if anonymous else self._shown(spot.layer),
                spec=spot.spec,
                unit=unit,
                evidence=cast("Evidence", evidence),
                source=source,
                identifier="" if anonymous else spot.layer,
            )
        )


def default_opinion(kind: str, param: Param) -> Opinion:
    """Return where a default comes from; its source may begin with its evidence class."""
    head = param.source.partition(":")[0].strip()
    evidence = head if head in _EVIDENCE else "assumption"
    return Opinion(
        layer="default",
        spec=attribute_name(kind, param.attribute),
        unit=unit_of_param(param),
        evidence=cast("Evidence", evidence),
        source=param.source,
    )


def by_attribute(kind: type[Component]) -> Mapping[str, Param]:
    """Return the parameters of a kind by their full USD name."""
    return _by_attribute(kind)


@lru_cache(maxsize=256)
def _by_attribute(kind: type[Component]) -> Mapping[str, Param]:
    return MappingProxyType({attribute_name(kind.kind, p.attribute): p for p in kind.params})


def _said(spec: Any) -> tuple[str, str]:
    """Return evidence class and source that the author wrote beside a value."""
    custom = spec.GetInfo("customData") if spec.HasInfo("customData") else {}
    evidence = str(custom.get("evidence", _PLAIN))
    return evidence if evidence in _EVIDENCE else _PLAIN, str(custom.get("source", ""))
