"""What a fabric is, as text: counts, lengths, media, trays, and what does not reach."""

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from twin.reports.lines import Ink
    from twin.studies.fabric_design import Design
    from twin.studies.fabric_routes import Routed

WORST = 5


def fabric_text(layout: str, found: "Routed", made: "Design | None", ink: "Ink | None" = None) -> str:
    """Return a page on a routed fabric.

    Args:
        layout: What was read.
        found: The fabric on its trays.
        made: The design that it is part of, None for what the stage holds.
        ink: Colours, none for a file.
    """
    title = f"fabric of {layout}"
    lines = [
        ink("bold", title) if ink is not None else title,
        "",
        *_counts(found, made),
        "",
        *_lengths(found),
        "",
        *_media(found),
        "",
    ]
    return "\n".join([*lines, *_trays(found), "", *_excess(found), *_ratings(made)]).rstrip() + "\n"


def _counts(found: "Routed", made: "Design | None") -> Iterator[str]:
    switches: dict[str, int] = defaultdict(int)
    power: dict[str, float] = defaultdict(float)
    for node in found.fabric.nodes:
        if node.tier != "rack":
            switches[node.tier] += node.count
            power[node.tier] += node.count * node.power_w
    racks = sum(n.tier == "rack" for n in found.fabric.nodes)
    yield f"racks             {racks:>8}"
    for tier, count in switches.items():
        yield f"{tier:<18}{count:>8}  {power[tier] / 1e3:10.1f} kW planning value, optics included"
    links = found.fabric.links
    tiers = [n.tier for n in found.fabric.nodes]
    pairs: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for a, b, count in zip(links.a.tolist(), links.b.tolist(), links.count.tolist(), strict=True):
        kept = pairs[f"{tiers[a]}-{tiers[b]}"]
        kept[0] += count
        kept[1] += 1
    for name, (cables, bundles) in pairs.items():
        yield f"{name:<18}{cables:>8}  cables in {bundles} bundles"
    if made is not None:
        size = made.size
        yield f"planes            {size.plane_count:>8}  of {size.endpoint_count} endpoints"
        yield f"oversubscription  {size.oversubscription_ratio:8.2f}"


def _lengths(found: "Routed") -> Iterator[str]:
    links, held = found.fabric.links, np.isfinite(found.length_m)
    weight = links.count[held].astype(float)
    if not weight.sum():
        yield "no bundle has a way over trays"
        return
    yield "length of a cable          mean     least   greatest      sum"
    for name, values in (
        ("routed, with slack", found.length_m[held]),
        ("straight from port to port", links.straight_m[held]),
        ("along the axes", links.manhattan_m[held]),
    ):
        mean = float(np.average(values, weights=weight))
        yield f"{name:<22.22}{mean:9.2f} {values.min():9.2f} {values.max():9.2f} m {mean * weight.sum() / 1e3:9.1f} km"


def _media(found: "Routed") -> Iterator[str]:
    rows: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for choice, count in zip(found.choices, found.fabric.links.count.tolist(), strict=True):
        medium = choice.medium
        row = rows[medium.name if medium else "(none reaches)"]
        row[0] += count
        if medium:
            row[1] += count * choice.ordered_m
            row[2] += 2.0 * count * medium.power_per_end_w
    yield "medium                      cables     ordered   power of both ends"
    for name, (cables, ordered, power) in sorted(rows.items(), key=lambda r: -r[1][0]):
        yield f"{name:<26}{cables:8.0f} {ordered / 1e3:9.1f} km {power / 1e3:12.2f} kW"


def _trays(found: "Routed") -> Iterator[str]:
    trays = found.fabric.trays
    if not trays:
        yield "no trays: twin fabric LAYOUT -o layer.usda lays some"
        return
    fill, mass = found.fill_ratio, found.peak_kg_m
    yield f"{len(trays)} trays, {sum(found.graph.trays.length_m):.0f} m; the fullest:"
    yield "tray                              size mm    fill    kg/m"
    for i in np.argsort(-fill)[:WORST].tolist():
        size = f"{trays[i].width_m * 1e3:.0f} x {trays[i].depth_m * 1e3:.0f}"
        yield f"{trays[i].path.removeprefix('/World/'):<32} {size:>9} {fill[i] * 100:6.1f} % {mass[i]:6.1f}"


def _excess(found: "Routed") -> Iterator[str]:
    lost = np.flatnonzero(~np.isfinite(found.length_m)).tolist()
    if lost:
        yield f"{sum(int(found.fabric.links.count[i]) for i in lost)} cables in {len(lost)} bundles have no way; first:"
        yield f"  {found.fabric.links.a_port[lost[0]]}"
        yield f"  {found.fabric.links.b_port[lost[0]]}: {found.choices[lost[0]].remedy}"
    over = [i for i, c in enumerate(found.choices) if 0.0 < c.excess_m < np.inf]
    links = found.fabric.links
    if over:
        yield f"{sum(int(links.count[i]) for i in over)} cables in {len(over)} bundles do not reach; the worst:"
    for i in sorted(over, key=lambda i: -found.choices[i].excess_m)[:WORST]:
        nodes, choice = found.fabric.nodes, found.choices[i]
        yield f"  {links.paths[i]}: {nodes[links.a[i]].path} to {nodes[links.b[i]].path}"
        yield f"    {found.length_m[i]:.2f} m, {choice.excess_m:.2f} m too long: {choice.remedy}"


def _ratings(made: "Design | None") -> Iterator[str]:
    if made is not None and made.ratings:
        more = sum(r.it_power_w for r in made.ratings)
        yield f"{len(made.ratings)} cabinets are rated higher in the layer, {more / 1e3:.1f} kW in all; first:"
        yield f"  {made.ratings[0].path}: {made.ratings[0].why}"
