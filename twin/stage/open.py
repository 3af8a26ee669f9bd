"""Opens a layout as a composed stage, with the variants and overrides of one run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pxr import Usd

from twin.errors import InputError
from twin.model.design_days import SiteClimate
from twin.model.finding import Fault
from twin.stage.climate import apply_climate, climate_layer
from twin.stage.faults import Faults
from twin.stage.layers import hashes, open_layers, quiet, resolve
from twin.stage.session import (
    Choice,
    check_choices,
    check_overrides,
    parse_choice,
    parse_override,
    session_layer,
)
from twin.stage.share import share

SCENARIO = "scenario"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A composed stage.

    Attributes:
        stage: ``Usd.Stage``.
        layout: What was asked for.
        folder: Folder from which layers are shown.
        inputs: Selections, overrides, climate and layer hashes, for the record.
        warnings: What is doubtful about the climate.
    """

    stage: Any
    layout: str
    folder: str
    inputs: Mapping[str, object]
    warnings: tuple[Fault, ...] = ()


def open_stage(
    layout: str | Path,
    *,
    variants: Sequence[str] = (),
    overrides: Sequence[str] = (),
    scenario: str | None = None,
    climate: SiteClimate | None = None,
    shared: bool = False,
) -> Opened:
    """Open a layout.

    Args:
        layout: USD file, folder that holds ``site.usda``, or bundled name.
        variants: Selections like ``/World:cooling=air``.
        overrides: Values like ``/World/Rack_01.twin:rack:itPower=142kW``; bare numbers in the declared unit.
        scenario: Selection of the variant set ``scenario`` on the default prim.
        climate: Outdoor conditions of the run, weaker than overrides.
        shared: Compose equal references once, as instances; their prims are then instance proxies.

    Raises:
        UsageError: The layout, a prim, attribute, variant set or selection does not exist.
        InputError: A layer cannot be read.
    """
    root_file = resolve(layout)
    base = str(root_file.resolve().parent)
    faults = Faults(base)
    root, layers = open_layers(root_file, faults)
    if found := faults.finish():
        raise InputError(found)
    choices = [parse_choice(text) for text in variants]
    if scenario is not None:
        choices.append(Choice(f"/{root.defaultPrim or 'World'}", SCENARIO, scenario))
    values = [parse_override(text) for text in overrides]
    session, weather = session_layer(choices, values), climate_layer()
    if climate is not None:
        session.subLayerPaths.append(weather.identifier)
    with quiet():
        if shared:
            share(root, session)
        stage = Usd.Stage.Open(root, session)
        check_choices(stage, choices)
        check_overrides(stage, values)
        if climate is not None:
            apply_climate(stage, weather, climate, faults)
    used = [layer for layer in stage.GetUsedLayers() if layer in layers]
    inputs = {
        "variants": {f"{c.prim}:{c.set}": c.selection for c in choices},
        "overrides": {f"{v.prim}.{v.attribute}": v.value for v in values},
        "scenario": scenario or "",
        "climate": climate.told if climate else "",
        "layers": hashes(used, base),
    }
    return Opened(
        stage=stage, layout=str(layout), folder=base, inputs=inputs, warnings=tuple(faults.finish())
    )
