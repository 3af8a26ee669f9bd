"""Everything told of a routed fabric, as rows and figures."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from twin.studies.fabric_bill import Item, Price, bill, delays_ns
from twin.studies.fabric_flows import Bisection, Loss, bisections, losses
from twin.studies.fabric_routes import Routed, trays_of

# Copper links of the NVLink spine of one NVL72 rack: 72 processors, 18 links each, four pairs (more than
# 5 000, NVIDIA, secondary source). They stay in the rack.
NVLINK_CABLES_COUNT = 5184
NONE = float("nan")


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleRow:
    """One bundle as routed."""

    bundle: str
    from_prim: str
    to_prim: str
    network: str
    rail: int
    cables_count: int
    routed_m: float
    straight_m: float
    manhattan_m: float
    medium: str
    ordered_m: float
    excess_m: float
    remedy: str
    power_w: float
    delay_ns: float
    trays: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrayRow:
    """One tray where it is fullest; ``support_n_m`` is the weight of its cables per length."""

    tray: str
    length_m: float
    width_m: float
    depth_m: float
    cables_count: int
    fill_ratio: float
    design_ratio: float
    limit_ratio: float
    mass_kg_m: float
    support_n_m: float
    cables_kg: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FabricReport:
    """What is told.

    Attributes:
        routed: The fabric on its trays.
        figures: Totals by name with unit.
        bundles, trays, bill, bisections, losses: Rows.
    """

    routed: Routed
    figures: Mapping[str, float]
    bundles: Sequence[BundleRow]
    trays: Sequence[TrayRow]
    bill: Sequence[Item]
    bisections: Sequence[Bisection]
    losses: Sequence[Loss]


def report_of(found: Routed, given: Mapping[str, Price], *, with_losses: bool = False) -> FabricReport:
    """Return what is told of a fabric.

    Args:
        found: The fabric on its trays.
        given: Prices by product.
        with_losses: Whether every single loss is looked at.
    """
    held = bill(found, given)
    rows = _bundles(found)
    return FabricReport(
        routed=found, figures=_figures(found, rows, held), bundles=rows, trays=_trays(found), bill=held,
        bisections=bisections(found.fabric), losses=losses(found) if with_losses else [],
    )  # fmt: skip


def _bundles(found: Routed) -> list[BundleRow]:
    links, nodes, ways = found.fabric.links, found.fabric.nodes, trays_of(found)
    straight, manhattan, delay = links.straight_m, links.manhattan_m, delays_ns(found)
    return [
        BundleRow(
            bundle=path, from_prim=nodes[links.a[i]].path, to_prim=nodes[links.b[i]].path,
            network=links.network[i], rail=int(links.rail[i]), cables_count=int(links.count[i]),
            routed_m=float(found.length_m[i]), straight_m=float(straight[i]), manhattan_m=float(manhattan[i]),
            medium=choice.medium.name if choice.medium else "", ordered_m=choice.ordered_m,
            excess_m=choice.excess_m, remedy=choice.remedy,
            power_w=2.0 * int(links.count[i]) * choice.medium.power_per_end_w if choice.medium else NONE,
            delay_ns=float(delay[i]), trays=tuple(found.fabric.trays[t].path for t in ways[i]),
        )
        for i, (path, choice) in enumerate(zip(links.paths, found.choices, strict=True))
    ]  # fmt: skip


def _trays(found: Routed) -> list[TrayRow]:
    trays, count = found.fabric.trays, found.fabric.links.count
    cables = np.zeros(len(trays))
    for bundle, ways in enumerate(trays_of(found)):
        cables[list(ways)] += count[bundle]
    mass = np.array([c.medium.mass_kg_m if c.medium else np.nan for c in found.choices]) * count
    whole = np.zeros(len(trays))
    step = found.routes
    np.add.at(whole, step.tray, np.abs(step.to_m - step.from_m) * mass[step.bundle])
    length, fill = found.graph.trays.length_m if trays else (), found.fill_ratio
    return [
        TrayRow(
            tray=tray.path, length_m=float(length[i]), width_m=tray.width_m, depth_m=tray.depth_m,
            cables_count=int(cables[i]), fill_ratio=float(fill[i]), design_ratio=tray.design_ratio,
            limit_ratio=tray.limit_ratio, mass_kg_m=float(found.peak_kg_m[i]),
            support_n_m=9.81 * float(found.peak_kg_m[i]), cables_kg=float(whole[i]),
        )
        for i, tray in enumerate(trays)
    ]  # fmt: skip


def _figures(found: Routed, rows: Sequence[BundleRow], held: Sequence[Item]) -> dict[str, float]:
    """Return totals; optics at switches are within the power of the switches, at racks within theirs."""
    nodes = found.fabric.nodes
    switches = sum(n.count * n.power_w for n in nodes if n.tier != "rack")
    ends: dict[str, float] = defaultdict(float)
    for row, choice, a, b in zip(
        rows, found.choices, found.fabric.links.a, found.fabric.links.b, strict=True
    ):
        for node in (a, b):
            each = choice.medium.power_per_end_w if choice.medium else 0.0
            ends["rack" if nodes[node].tier == "rack" else "switch"] += row.cables_count * each
    known = [r for r in rows if np.isfinite(r.routed_m)]
    costs = {i.currency for i in held}
    return {
        "rack_count": float(sum(n.tier == "rack" for n in nodes)),
        "switch_count": float(sum(n.count for n in nodes if n.tier != "rack")),
        "bundle_count": float(len(rows)), "cable_count": float(sum(r.cables_count for r in rows)),
        "cable_length_m": sum(r.cables_count * r.routed_m for r in known),
        "ordered_length_m": sum(r.cables_count * r.ordered_m for r in known if np.isfinite(r.ordered_m)),
        "switch_power_w": switches, "optics_at_switches_w": ends["switch"], "optics_at_racks_w": ends["rack"],
        "cable_mass_kg": sum(i.mass_kg for i in held if np.isfinite(i.length_m)),
        "cost": sum(i.cost for i in held) if len(costs) == 1 and "" not in costs else float("nan"),
        "farthest_delay_ns": max((r.delay_ns for r in known), default=float("nan")),
        "nvlink_cable_count": float(NVLINK_CABLES_COUNT * sum(n.tier == "rack" for n in nodes)),
    }  # fmt: skip
