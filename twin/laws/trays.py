"""How a rack's flow is shared among equal trays along its supply and return header."""

import numpy as np

from twin.arrays import Array
from twin.laws.friction import darcy_drop

PASSES = 400
SHORTEST_RATIO = 0.02
SETTLED_RATIO = 1e-9


def tray_flow(  # noqa: PLR0917  columns in the order of the equation, as darcy_drop
    flow_kg_s: Array,
    drop_pa: Array,
    diameter_m: Array,
    length_m: Array,
    roughness_m: Array,
    density_kg_m3: Array,
    viscosity_pa_s: Array,
    tray_count: int,
) -> Array:
    """Return the flow of each tray of racks whose two headers are both joined at the bottom.

    Trays are equal and turbulent (drop ~ flow²), spaced evenly from one pitch above the joint to the end; the
    headers lose friction only, no tee and no recovery of dynamic pressure. The farthest tray gets least.
    Where the headers lose nearly the whole drop, the flow of the far trays is close to 0 and not exact.

    Args:
        flow_kg_s: Flow of the rack [kg/s], shape (rack, variant), > 0.
        drop_pa: Drop of the whole rack at that flow [Pa].
        diameter_m: Inner diameter of each header [m], shape (rack, 1 or variant).
        length_m: Length of each header [m].
        roughness_m: Roughness of its wall [m].
        density_kg_m3: Density of the coolant [kg/m^3], shape (rack, variant).
        viscosity_pa_s: Its dynamic viscosity [Pa s].
        tray_count: Trays [1], >= 1.

    Returns:
        Flow of each tray [kg/s], shape (rack, variant, tray), nearest first; 0 for trays that nothing is left
        for, because the headers before them alone lose the whole drop.

    Source:
        Darcy-Weisbach; continuity and one pressure difference for all parallel branches (R. D. Blevins,
        Applied Fluid Dynamics Handbook, 1984, ch. 5, dividing and combining manifolds; recoveries left out).
    """
    total = np.broadcast_to(flow_kg_s, np.broadcast(flow_kg_s, drop_pa).shape)[..., None]
    pitch = (length_m / tray_count)[..., None]
    bore, wall, density, viscosity = (
        x[..., None] for x in (diameter_m, roughness_m, density_kg_m3, viscosity_pa_s)
    )
    share = np.ones((*total.shape[:-1], tray_count)) / tray_count
    step, last = 1.0, np.inf
    for _ in range(PASSES):
        along = np.cumsum((total * share)[..., ::-1], axis=-1)[..., ::-1]
        lost, _ = darcy_drop(along, pitch, bore, wall, np.zeros(1), density, viscosity)
        left = np.maximum(drop_pa[..., None] - 2.0 * np.cumsum(lost, axis=-1), 0.0 * drop_pa[..., None])
        root = np.sqrt(left)
        whole = root.sum(axis=-1, keepdims=True)
        # Where not even the first tray gets anything the measured drop is less than that of the header.
        first = np.where(np.arange(tray_count) == 0, 1.0, 0.0)
        new = np.where(whole > 0.0 * whole, root / np.where(whole > 0.0 * whole, whole, np.nan), first)
        moved = float(np.abs(new - share).max(initial=0.0))
        # Headers that lose most of the drop overshoot: then ever smaller steps.
        step, last = (step if moved < 0.9 * last else max(0.7 * step, SHORTEST_RATIO)), moved
        share = share + step * (new - share)
        if moved < SETTLED_RATIO:
            break
    return np.asarray(total * share)
