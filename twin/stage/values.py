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
from twin.stage.faults import Faults, Spot, spot_of
from twin.stage.opinion import complaints, curve_trouble, has_value, own_unit, wrong_type
from twin.stage.simready import Missing, Refused, ratings, resolve_params
from twin.stage.simready import faults as simready_faults
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
    ) -> tuple[dict[str, Value], dict[str, str]]:
        """Return every parameter that the prim gives, ours first, then SimReady ones we lack.

        Also returned: why a SimReady asset does not give a parameter.
        """
        found: dict[str, Value] = {}
        names = frozenset[str]().union(*(spec.names for spec in stack))
        for attribute, param in by_attribute(kind).items():
            if attribute in names and (value := self._value(attribute, stack, path, record)):
                found[param.name] = value
        lacks = self._add_simready(found, prim, kind, path, record) if ASSET_CLASS in names else {}
        return found, lacks

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

    def _add_simready(
        self, found: dict[str, Value], prim: Any, kind: type[Component], path: str, record: int
    ) -> dict[str, str]:
        """Fill what our own attributes do not say from the SimReady asset, and take over its faults.

        Returns:
            Parameters that stay open, and why the asset does not give them.
        """
        self._faults.add_located(simready_faults(prim), severity="warning")
        said = ratings(prim)
        if said.kind != kind.kind:
            return {}
        mapped, missing = resolve_params(prim, kind.kind)
        for param in (p for p in kind.params if p.name in mapped and p.name not in found):
            value = mapped[param.name]
            points = value.value if isinstance(value.value, tuple) else None
            if points is not None and (trouble := curve_trouble(points, param.points)):
                refused = Refused(value.source_attribute, f"has {trouble[0]}")
                missing += (Missing(param.name, f"{refused.attribute} {refused.reason}", (refused,)),)
                continue
            owner = prim.GetStage().GetPrimAtPath(value.port) if value.port else prim
            spot = _spot_at(owner, value.source_attribute)
            unit = value.unit.replace(",", ";")
            source = "; ".join(filter(None, (said.source, value.note)))
            found[param.name] = Value(value.value, unit, self._opinion(spot, unit, "datasheet", source), spot)
        lacks = {p.name: "the SimReady vocabulary has no name for it" for p in kind.params}
        for gap in missing:
            lacks[gap.param] = gap.reason
            if gap.param not in found:
                self._refuse(gap, prim, kind, path, record)
        return lacks

    def _refuse(self, gap: Missing, prim: Any, kind: type[Component], path: str, record: int) -> None:
        """Note the values of a SimReady asset that would be used if it were clear what they mean."""
        param = next(p for p in kind.params if p.name == gap.param)
        unit = unit_of_param(param)
        for refused in gap.refused:
            self._faults.add(
                "ST060", prim=path, attribute=refused.attribute, record=record,
                spot=_spot_at(prim, refused.attribute), found=refused.reason,
                expected=f"{attribute_name(kind.kind, param.attribute)}{f' in {unit}' if unit else ''}",
            )  # fmt: skip

    def _opinion(self, spot: Spot, unit: str, evidence: str, source: str) -> int:
        anonymous = spot.layer.startswith("anon:")
        return self._opinions.add(
            Opinion(
                layer=spot.layer.rpartition(":")[2] if anonymous else self._shown(spot.layer),
                spec=spot.spec,
                unit=unit,
                evidence=cast("Evidence", evidence),
                source=source,
                identifier="" if anonymous else spot.layer,
            )
        )


def _spot_at(prim: Any, attribute: str) -> Spot:
    """Return where an attribute is authored, or the prim where it is not one of the prim's own."""
    own = prim.GetAttribute(attribute)
    specs = own.GetPropertyStack(Usd.TimeCode.Default()) if own else ()
    return spot_of(specs[0] if specs else prim.GetPrimStack()[0])


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
