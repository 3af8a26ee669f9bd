"""What a fabric is, as text: counts, lengths, media, trays, losses, and what does not reach."""

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from twin.studies.fabric_flows import worst

if TYPE_CHECKING:
    from twin.reports.lines import Ink
    from twin.studies.fabric_design import Design
    from twin.studies.fabric_report import FabricReport, TrayRow

WORST = 5
NONE = "not established"


def fabric_text(layout: str, found: "FabricReport", made: "Design | None", ink: "Ink | None" = None) -> str:
    """Return a page on a routed fabric.

    Args:
        layout: What was read.
        found: What is told of it.
        made: The design that it is part of, None for what the stage holds.
        ink: Colours, none for a file.
    """
    title = f"fabric of {layout}"
    parts = (
        _counts(found, made), _lengths(found), _media(found), _totals(found), _tray_lines(found),
        _flows(found),
        _losses(found), _excess(found), _ratings(made),
    )  # fmt: skip
    lines = [ink("bold", title) if ink is not None else title]
    for part in parts:
        told = list(part)
        lines += ["", *told] if told else []
    return "\n".join(lines) + "\n"


def _counts(found: "FabricReport", made: "Design | None") -> Iterator[str]:
    switches: dict[str, int] = defaultdict(int)
    power: dict[str, float] = defaultdict(float)
    fabric = found.routed.fabric
    for node in fabric.nodes:
        if node.tier != "rack":
            switches[node.tier] += node.count
            power[node.tier] += node.count * node.power_w
    yield f"racks             {sum(n.tier == 'rack' for n in fabric.nodes):>8}"
    for tier, count in switches.items():
        yield f"{tier:<18}{count:>8}  {power[tier] / 1e3:10.1f} kW planning value, optics included"
    links, tiers = fabric.links, [n.tier for n in fabric.nodes]
    pairs: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for a, b, count in zip(links.a.tolist(), links.b.tolist(), links.count.tolist(), strict=True):
        kept = pairs[f"{tiers[a]}-{tiers[b]}"]
        kept[0] += count
        kept[1] += 1
    for name, (cables, bundles) in pairs.items():
        yield f"{name:<18}{cables:>8}  cables in {bundles} bundles"
    links_count = found.figures["nvlink_cable_count"]
    yield f"NVLink in racks   {links_count:8.0f}  copper links, 5 184 in each NVL72 rack"
    if made is not None:
        yield f"planes            {made.size.plane_count:>8}  of {made.size.endpoint_count} endpoints"
        yield f"oversubscription  {made.size.oversubscription_ratio:8.2f}"


def _lengths(found: "FabricReport") -> Iterator[str]:
    rows = [b for b in found.bundles if np.isfinite(b.routed_m)]
    if not rows:
        yield "no bundle has a way over trays"
        return
    weight = np.array([b.cables_count for b in rows], dtype=float)
    yield "length of a cable                  mean     least   greatest         sum"
    for name, values in (
        ("routed, with slack", [b.routed_m for b in rows]),
        ("straight from port to port", [b.straight_m for b in rows]),
        ("along the axes", [b.manhattan_m for b in rows]),
    ):
        mean = float(np.average(values, weights=weight))
        whole_km = mean * weight.sum() / 1e3
        yield f"{name:<29}{mean:9.2f} {min(values):9.2f} {max(values):9.2f} m {whole_km:9.1f} km"


def _media(found: "FabricReport") -> Iterator[str]:
    rows: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for bundle in found.bundles:
        row = rows[bundle.medium or "(none reaches)"]
        row[0] += bundle.cables_count
        if bundle.medium and np.isfinite(bundle.ordered_m):
            row[1] += bundle.cables_count * bundle.ordered_m
            row[2] += bundle.power_w
    yield "medium                      cables      ordered   power of both ends"
    for name, (cables, ordered, power) in sorted(rows.items(), key=lambda r: -r[1][0]):
        yield f"{name:<26}{cables:8.0f} {ordered / 1e3:9.1f} km {power / 1e3:12.2f} kW"


def _totals(found: "FabricReport") -> Iterator[str]:
    figures = found.figures
    for where, own in (("switches", "within the switches' own"), ("racks", "within the racks' own")):
        power_kw = figures[f"optics_at_{where}_w"] / 1e3
        yield f"{f'optics and heads at {where}':<28} {power_kw:10.1f} kW, {own}"
    mass, cost = figures["cable_mass_kg"], figures["cost"]
    yield f"mass of all cables           {f'{mass / 1e3:10.2f} t' if np.isfinite(mass) else NONE}"
    said = f"{cost:10.0f}" if np.isfinite(cost) else f"{NONE}: a price is not given"
    yield f"cost                         {said}"
    yield f"farthest cable               {figures['farthest_delay_ns']:10.0f} ns one way, without switches"


def _tray_lines(found: "FabricReport") -> Iterator[str]:
    if not found.trays:
        yield "no trays: twin fabric LAYOUT -o layer.usda lays some"
        return
    yield f"{len(found.trays)} trays, {sum(t.length_m for t in found.trays):.0f} m; the fullest:"
    yield "tray                              size mm    fill    kg/m     N/m"
    for tray in sorted(found.trays, key=lambda t: -t.fill_ratio)[:WORST]:
        yield _tray_line(tray)


def _tray_line(tray: "TrayRow") -> str:
    size = f"{tray.width_m * 1e3:.0f} x {tray.depth_m * 1e3:.0f}"
    name = tray.tray.removeprefix("/World/")
    return (
        f"{name:<32} {size:>9} {tray.fill_ratio * 100:6.1f} % {tray.mass_kg_m:6.1f} {tray.support_n_m:7.0f}"
    )


def _flows(found: "FabricReport") -> Iterator[str]:
    yield "bisection, maximum flow from one half of the racks to the other"
    for row in found.bisections:
        yield f"{row.name:<18} {row.links_count:>7} of {row.offered_count:>7} links"


def _losses(found: "FabricReport") -> Iterator[str]:
    if not found.losses:
        return
    yield f"{len(found.losses)} single losses; the worst of each kind: rack links, bisection, racks cut off"
    for what in ("switch", "cabinet", "tray", "cable"):
        row = worst(found.losses, what)
        if row is not None:
            left = (
                f"{row.attached_ratio * 100:7.2f} % {row.bisection_ratio * 100:7.2f} % {len(row.cut_off):>4}"
            )
            yield f"{what:<8} {left}  {row.prim}"


def _excess(found: "FabricReport") -> Iterator[str]:
    lost = [b for b in found.bundles if not np.isfinite(b.routed_m)]
    if lost:
        yield f"{sum(b.cables_count for b in lost)} cables in {len(lost)} bundles have no way; the first:"
        yield f"  {lost[0].bundle}: {lost[0].from_prim} to {lost[0].to_prim}"
        yield f"    {lost[0].remedy}"
    over = [b for b in found.bundles if 0.0 < b.excess_m < np.inf]
    if over:
        yield f"{sum(b.cables_count for b in over)} cables in {len(over)} bundles do not reach; the worst:"
    for row in sorted(over, key=lambda b: -b.excess_m)[:WORST]:
        yield f"  {row.bundle}: {row.from_prim} to {row.to_prim}"
        yield f"    {row.routed_m:.2f} m, {row.excess_m:.2f} m too long: {row.remedy}"


def _ratings(made: "Design | None") -> Iterator[str]:
    if made is not None and made.ratings:
        more = sum(r.it_power_w for r in made.ratings) / 1e3
        yield f"{len(made.ratings)} cabinets are rated higher, to {more:.1f} kW in all; the first:"
        yield f"  {made.ratings[0].path}: {made.ratings[0].why}"
