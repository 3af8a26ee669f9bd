"""Puts a climate on the site of a run: weaker than ``--set``, stronger than every file."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from pxr import Sdf

from twin.errors import UsageError
from twin.model.design_days import SiteClimate
from twin.stage.declared import api_name, attribute_name
from twin.stage.faults import Faults, spot_of
from twin.stage.opinion import own_unit
from twin.stage.session import Override, author
from twin.units import from_si, to_si

CLIMATE = "--climate"
SITE = "site"
ELEVATION = attribute_name(SITE, "elevation")
# A hundred metres change air by 0.65 K and pressure by 1.2 %: as much as a design day's rounding.
APART_M = 100.0


@dataclass(frozen=True, slots=True)
class _Said:
    """One value for the site."""

    attribute: str
    value: str
    evidence: str
    source: str


def climate_layer() -> Any:
    """Return a new layer for what a climate says, to stand below the session layer."""
    return Sdf.Layer.CreateAnonymous(CLIMATE)


def apply_climate(stage: Any, layer: Any, climate: SiteClimate, faults: Faults) -> None:
    """Write a climate onto the site of a composed stage; tell a station that lies far above or below.

    Raises:
        UsageError: The stage has no site.
    """
    sites = [prim for prim in stage.Traverse() if api_name(SITE) in prim.GetAppliedSchemas()]
    if not sites:
        raise UsageError(f"{CLIMATE} {climate.name}: the layout has no site to put it on")
    for prim in sites:
        path, elevation = str(prim.GetPath()), prim.GetAttribute(ELEVATION)
        known = bool(elevation) and elevation.HasAuthoredValue()
        for said in _said(climate, with_elevation=not known):
            spec = author(layer, Override(path, said.attribute, said.value))
            spec.SetInfo("customData", {"evidence": said.evidence, "source": said.source})
        if known:
            _compare(climate, path, elevation, faults)


def _said(climate: SiteClimate, *, with_elevation: bool) -> Iterable[_Said]:
    """Yield what a climate says about the site."""
    day, least = climate.day, climate.minimum
    hot = f"{climate.text}; {day.source}"
    for name, param, value_k in (
        ("dryBulb", "dry_bulb_k", day.dry_bulb_k), ("wetBulb", "wet_bulb_k", day.wet_bulb_k),
    ):  # fmt: skip
        yield _Said(attribute_name(SITE, name), _degrees(value_k, param), day.evidence, hot)
    yield _Said(
        attribute_name(SITE, "minimum"), _degrees(least.dry_bulb_k, "minimum_k"), least.evidence,
        f"{climate.text.partition(':')[0]}: {least.title}; {least.source}",
    )  # fmt: skip
    yield _Said(attribute_name(SITE, "climate"), climate.text, day.evidence, day.source)
    if with_elevation:
        height = f"{climate.elevation_m:g} m"
        yield _Said(ELEVATION, height, climate.evidence, climate.text.partition(":")[0])


def _degrees(value_k: float, name: str) -> str:
    return f"{float(from_si(np.array(value_k), 'degC', name)):.2f} degC"


def _compare(climate: SiteClimate, path: str, elevation: Any, faults: Faults) -> None:
    """Tell a station that lies far above or below the site, whose own elevation stays."""
    strongest = elevation.GetPropertyStack()[0]
    own = float(to_si(elevation.Get(), own_unit(strongest) or "m", "elevation_m"))
    if abs(own - climate.elevation_m) > APART_M:
        faults.add(
            "ST209", prim=path, attribute=ELEVATION, spot=spot_of(strongest),
            found=f"{own:g} m; the station of {climate.name} lies at {climate.elevation_m:g} m",
            expected=f"a station within {APART_M:g} m of the site's height, which stays as it is",
        )  # fmt: skip
