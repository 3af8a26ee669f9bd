"""Takes our parameters from a SimReady asset; what it does not give is reported, never made up."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from pxr import Usd

from twin.stage.aif_map import AIF_MAP, Mapped, Missing, Points, Refused, Source
from twin.stage.simready_curve import parse_curve
from twin.stage.simready_read import AifRatings, PortSpec, Value, ports, ratings

SAMPLES = 9  # points taken of a polynomial, from no flow to the largest flow that the asset names
SAME_FLOW = 0.02  # how far L/min may be from 60 times L/s: both are written with few digits

_NOBODY: Mapping[str, str] = MappingProxyType({})


class _AbsentError(ValueError):
    """A source that the asset does not give at all, as opposed to one that cannot be used."""


@dataclass(frozen=True, slots=True)
class _Asset:
    """What the sources are looked up in."""

    ratings: AifRatings
    ports: tuple[PortSpec, ...]
    author_units: Mapping[str, str]


def to_params(prim: Usd.Prim, kind: str, *, author_units: Mapping[str, str] = _NOBODY) -> dict[str, Mapped]:
    """Return the parameters of a kind that an asset gives, in the units it gives them in.

    Args:
        prim: Root prim of the asset.
        kind: ``rack``, ``cdu``, ``crah`` or ``ups``.
        author_units: Units that the asset's author states elsewhere, by USD name, for attributes without one.
    """
    return resolve_params(prim, kind, author_units=author_units)[0]


def missing_params(
    prim: Usd.Prim, kind: str, *, author_units: Mapping[str, str] = _NOBODY
) -> tuple[Missing, ...]:
    """Return the parameters of a kind that an asset does not give, each with the reason."""
    return resolve_params(prim, kind, author_units=author_units)[1]


def flow_columns_agree(row: tuple[float, ...]) -> bool:
    """Return whether a row of degC, L/s, L/min gives the same flow twice."""
    return len(row) == 3 and bool(np.isclose(row[2], 60.0 * row[1], rtol=SAME_FLOW, atol=0.0))


def largest_flow_l_min(asset: AifRatings, openings: tuple[PortSpec, ...]) -> float | None:
    """Return the largest coolant flow [L/min] that the asset names anywhere, None if nowhere."""
    curve = [row[2] for row in asset.points("requiredLiquidFlowRate") if flow_columns_agree(row)]
    named = (port.number(name) for port in openings for name in ("maxFlowRate", "designFlowRate"))
    return max(curve + [60.0 * flow for flow in named if flow is not None], default=None)


def resolve_params(
    prim: Usd.Prim, kind: str, *, author_units: Mapping[str, str] = _NOBODY
) -> tuple[dict[str, Mapped], tuple[Missing, ...]]:
    """Return what an asset gives of the parameters of a kind, and what it does not."""
    asset = _Asset(ratings(prim), ports(prim), author_units)
    mapped: dict[str, Mapped] = {}
    missing = []
    for param, sources in AIF_MAP[kind].items():
        found = _first(param, sources, asset)
        if isinstance(found, Mapped):
            mapped[param] = found
        else:
            missing.append(found)
    return mapped, tuple(missing)


def _first(param: str, sources: tuple[Source, ...], asset: _Asset) -> Mapped | Missing:
    """Return the value of the first source that gives one, else why none does."""
    reasons: list[str] = []
    refused: list[Refused] = []
    for source in sources:
        try:
            return replace(_take(source, asset), note=source.note)
        except ValueError as reason:
            reasons.append(f"{source.attribute} {reason}")
            if not isinstance(reason, _AbsentError):
                refused.append(Refused(source.attribute, str(reason)))
    return Missing(param, "; ".join(reasons), tuple(refused))


def _take(source: Source, asset: _Asset) -> Mapped:
    """Return the value of one source; ValueError tells why it gives none."""
    if source.port:
        return _take_from_ports(source, asset.ports)
    rating = asset.ratings.values.get(source.attribute)
    if rating is None:
        raise _AbsentError("has no value")
    unit = asset.author_units.get(source.attribute) if rating.unit is None else rating.unit
    if unit is None:
        raise ValueError(f"= {rating.value} has no stated unit")
    if source.sampled:
        return _sample(source, rating.value, unit, largest_flow_l_min(asset.ratings, asset.ports))
    if source.columns:
        return _columns(source, rating.value, unit)
    return Mapped(_finite(rating.value), unit, source.attribute)


def _take_from_ports(source: Source, openings: tuple[PortSpec, ...]) -> Mapped:
    """Return the value that all ports of one domain, direction and system share."""
    name = source.attribute.rpartition(":")[2]
    ends = [p for p in openings if (p.domain, p.direction, p.system) == source.port]
    stated = {p.values[name] for p in ends if name in p.values}
    if not stated:
        raise _AbsentError(f"has no value on {' '.join(source.port or ())} ports")
    if len(stated) != 1:
        raise ValueError(f"has {len(stated)} values on {' '.join(source.port or ())} ports")
    value, unit = stated.pop()
    if unit is None:
        raise ValueError(f"= {value} has no stated unit")
    return Mapped(_finite(value), unit, source.attribute, port=next(p.path for p in ends if name in p.values))


def _finite(value: Value) -> float:
    """Return a number, refusing text, truth values, curves, NaN and infinity."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        raise ValueError(f"= {value!r} is no number")
    return float(value)


def _sample(source: Source, text: Value, unit: str, largest: float | None) -> Mapped:
    """Return points of an equation over the flows that the asset names."""
    curve = parse_curve(str(text))
    if not largest:
        raise ValueError("is an equation, and no flow of the asset says up to where it holds")
    points = tuple((float(flow), curve.at(float(flow))) for flow in np.linspace(0.0, largest, SAMPLES))
    return Mapped(points, unit, source.attribute)


def _columns(source: Source, value: Value, unit: str) -> Mapped:
    """Return the columns we use of a curve, refusing one whose duplicate columns contradict each other."""
    units = unit.split(",")
    rows: Points = value if isinstance(value, tuple) else ()
    if not rows or not all(isinstance(row, tuple) and len(row) >= len(units) for row in rows):
        raise ValueError(f"is no curve of {len(units)} columns")
    if not np.isfinite(rows).all():
        raise ValueError("holds a number that is not finite")
    if units[1:] == ["L/s", "L/min"] and not all(map(flow_columns_agree, rows)):
        raise ValueError("gives two different flows in L/s and L/min")
    points = tuple(tuple(row[column] for column in source.columns) for row in rows)
    return Mapped(points, ",".join(units[column] for column in source.columns), source.attribute)
