"""What follows temperature: shares of heat that follow the coolant, power that follows junctions.

Both are read off the last temperatures within the passes of ``couple``, and once more from the settled state.
"""

from dataclasses import dataclass

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.laws.cold_plate import chip_power, clock, settled_junction
from twin.laws.curves import falling, interpolate
from twin.laws.trays import tray_flow
from twin.model.chip_net import ChipNet
from twin.model.flow_net import FlowNet
from twin.model.heat_net import HeatNet
from twin.model.network import Network
from twin.solve.branch import GRAVITY_M_S2, Medium
from twin.solve.flow import Flow
from twin.solve.heat_state import STILL_KG_S, Heat, properties_at

# Temperature of what is not given: a limit that is never met.
NEVER_K = 1e6
# A coolant is that of the plate within this share of glycol: what OCP calls PG25 spans 25 to 30 % by mass.
SAME_MIX_RATIO = 0.05
# A plate is looked up no lower than at this share of its first point; below, no resistance means anything.
LEAST_RATIO = 1e-3
# Steps of a power that follows temperature, as shares of the way; 1 is the whole.
SHORTEST, LONGEST = 0.05, 2.0


def release_share(net: HeatNet, heat: Heat) -> Array:
    """Return the share of its consumer's power that each release takes, shape (release, 1 or variant)."""
    splits = net.splits
    if not len(splits.branch):
        return net.release_share
    share = np.array(np.broadcast_to(net.release_share, (len(net.release_load), heat.inlet_k.shape[1])))
    liquid = interpolate(splits.coolant_k[..., 0], splits.share_ratio[..., 0], split_coolant(net, heat))
    share[splits.release[:, 0]], share[splits.release[:, 1]] = liquid, 1.0 - liquid
    return share


def split_coolant(net: HeatNet, heat: Heat) -> Array:
    """Return the coolant temperature that each split is looked up at [K], shape (split, variant)."""
    splits = net.splits
    inlet, outlet = heat.inlet_k[splits.branch], heat.outlet_k[splits.branch]
    return np.where(splits.mean[:, None], 0.5 * (inlet + outlet), inlet)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chips:
    """What the chips of each consumer do. Shapes: (chip, variant); NaN where it is not established.

    Attributes:
        junction_k: Hottest junction.
        clock_ratio: Lowest clock over full clock.
        mean_clock_ratio: Mean clock over full clock.
        plate_m3_s: Least flow through a plate.
        more_w: What the consumer draws more than with its chips at full clock and reference temperature.
        same_coolant: Whether the plate was measured with what flows.
    """

    junction_k: Array
    clock_ratio: Array
    mean_clock_ratio: Array
    plate_m3_s: Array
    more_w: Array
    same_coolant: Flags


def chips_of(network: Network, flow: Flow, medium: Medium, heat: Heat) -> Chips:
    """Return what the chips of each consumer do at a state.

    Source:
        twin.laws.trays for the flow of each tray; twin.laws.cold_plate.
    """
    net = network.heat.chips
    shape = len(net.load), network.variants
    out = {name: np.full(shape, np.nan) for name in ("junction", "clock", "mean", "plate")}
    more = np.zeros(shape)
    like = np.concatenate(
        [net.tray_count, net.chip_tray_count, net.tray_chip_count, net.series_count], axis=1
    )
    kinds, kind = np.unique(like[:, :4], axis=0, return_inverse=True)
    same = _same_coolant(network.flow, net)
    for number, counts in enumerate(kinds.astype(np.intp)):
        rows = np.flatnonzero(kind.ravel() == number)
        found = _of_kind(network, flow, medium, heat, rows=rows, counts=counts)
        for name, values in zip(("junction", "clock", "mean", "plate", "more"), found, strict=True):
            (more if name == "more" else out[name])[rows] = values
    wet = same[:, None]
    throttles = np.isfinite(net.throttle_per_k) & wet
    return Chips(
        junction_k=np.where(wet, out["junction"], np.nan),
        clock_ratio=np.where(throttles, out["clock"], np.nan),
        mean_clock_ratio=np.where(throttles, out["mean"], np.nan), plate_m3_s=out["plate"],
        more_w=np.where(wet, more, 0.0), same_coolant=same,
    )  # fmt: skip


def _same_coolant(flow: FlowNet, net: ChipNet) -> Flags:
    island = flow.island[flow.tail[net.branch]]
    near = np.abs(flow.mass_fraction[island] - net.mass_fraction[:, 0]) <= SAME_MIX_RATIO
    return np.asarray((flow.fluid[island] == net.fluid) & near)


def _of_kind(
    network: Network, flow: Flow, medium: Medium, heat: Heat, *, rows: Index, counts: Index
) -> tuple[Array, ...]:
    """Return hottest junction, lowest and mean clock, least plate flow and further power of like chips."""
    net, number = network.heat.chips, dict(zip(("trays", "used", "each", "series"), counts, strict=True))
    branch = net.branch[rows]
    density = medium.density_kg_m3[branch]
    tray = _tray_flow(network, flow, medium, rows, int(number["trays"]))[..., -int(number["used"]) :]
    column = {
        name: getattr(net, name)[rows][..., None]
        for name in (
            "plate_flow_ratio", "package_k_w", "power_w", "slowdown_k", "throttle_per_k", "clock_least_ratio",
            "clock_power_ratio", "leakage_w_k", "leakage_reference_k", "junction_max_k",
        )
    }  # fmt: skip
    plate = column["plate_flow_ratio"] * tray / density[..., None]
    points, values = net.plate_m3_s[rows, :, 0], net.plate_k_w[rows, :, 0]
    looked = np.maximum(plate, LEAST_RATIO * points[:, :1, None])
    fit = net.plate_level_k_w[rows], net.plate_exponent_ratio[rows]
    resistance = falling(points, values, looked.reshape(len(rows), -1), *fit).reshape(plate.shape)
    laws = _laws(network, column, rows)
    inlet = heat.inlet_k[branch]
    carried = plate * density[..., None] * _capacity(network, branch, inlet)[..., None]
    local, total = inlet[..., None] + 0.0 * plate, np.zeros_like(plate)
    hottest, slowest, clocks = np.full(plate.shape, -np.inf), np.ones_like(plate), np.zeros_like(plate)
    series = int(number["series"])
    for _ in range(series):
        junction = settled_junction(local, resistance + column["package_k_w"], **laws.chip, **laws.clock)
        kept = clock(junction, **laws.clock)
        power = chip_power(junction, kept, **laws.chip)
        local = local + power / carried
        hottest, slowest = np.maximum(hottest, junction), np.minimum(slowest, kept)
        clocks, total = clocks + kept / series, total + (power - laws.chip["rated_w"]) / series
    chips = float(number["each"])
    more = chips * total.sum(axis=-1) / net.efficiency_ratio[rows]
    return (
        hottest.max(axis=-1), slowest.min(axis=-1), clocks.mean(axis=-1), plate.min(axis=-1),
        np.where(laws.follows, more, 0.0),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Laws:
    """Numbers of the laws of chips, those not given put out of reach; and whether their power follows."""

    clock: dict[str, Array]
    chip: dict[str, Array]
    follows: Flags


def _laws(network: Network, column: dict[str, Array], rows: Index) -> _Laws:
    net, consumers = network.heat.chips, network.power.consumers
    asked = consumers.power_w[net.load[rows]]
    load = np.where(net.declared_w[rows] > 0.0, asked / np.maximum(net.declared_w[rows], 1e-9), 0.0)
    throttles, leaks = np.isfinite(column["throttle_per_k"]), np.isfinite(column["leakage_w_k"])
    return _Laws(
        clock={
            "slowdown_k": np.where(throttles, column["slowdown_k"], NEVER_K),
            "throttle_per_k": np.where(throttles, column["throttle_per_k"], 1.0),
            "clock_least_ratio": np.where(throttles, column["clock_least_ratio"], 1.0),
        },
        chip={
            "rated_w": column["power_w"] * load[..., None],
            "clock_power_ratio": np.where(throttles, column["clock_power_ratio"], 0.0),
            "leakage_w_k": np.where(leaks, column["leakage_w_k"], 0.0),
            "leakage_reference_k": np.where(leaks, column["leakage_reference_k"], 0.0),
            "leakage_end_k": np.where(leaks, column["junction_max_k"], NEVER_K),
        },
        follows=(throttles | leaks)[..., 0],
    )


def _capacity(network: Network, branch: Index, inlet_k: Array) -> Array:
    flow = network.flow
    return properties_at(flow, flow.tail[branch], inlet_k).heat_capacity_j_kgk


def _tray_flow(network: Network, flow: Flow, medium: Medium, rows: Index, trays: int) -> Array:
    """Return the flow of each tray [kg/s], shape (row, variant, tray), nearest first."""
    net, fluid = network.heat.chips, network.flow
    branch = net.branch[rows]
    tail, head = fluid.tail[branch], fluid.head[branch]
    density = medium.density_kg_m3[branch]
    lifted = GRAVITY_M_S2 * density * (fluid.height_m[head] - fluid.height_m[tail])[:, None]
    loss = np.abs(flow.pressure_pag[tail] - flow.pressure_pag[head] - lifted)
    q = np.abs(flow.flow_kg_s[branch])
    runs = (q > STILL_KG_S) & (loss > 1.0)
    shared = tray_flow(
        np.where(runs, q, 1.0), np.where(runs, loss, 1e5), net.header_diameter_m[rows],
        net.header_length_m[rows], net.header_roughness_m[rows], density, medium.viscosity_pa_s[branch],
        trays,
    )  # fmt: skip
    return np.where(runs[..., None], shared, STILL_KG_S / trays)


def follows(net: ChipNet) -> bool:
    """Return whether the power of any chip follows its temperature."""
    return bool(np.isfinite(net.throttle_per_k).any() or np.isfinite(net.leakage_w_k).any())


def step(used_w: Array, before_w: Array, led_w: Array, asked_w: Array) -> Array:
    """Return what chips draw more in the next pass: a secant step, a whole one where it has no slope.

    Args:
        used_w: What they drew more in the last pass [W], shape (chip, variant).
        before_w: What they did in the pass before.
        led_w: What that pass led to.
        asked_w: What the last pass led to.
    """
    drove, came = used_w - before_w, asked_w - led_w
    told = np.abs(drove) > 1e-12 * np.maximum(np.abs(used_w), 1.0)
    gain = np.where(told, came / np.where(told, drove, 1.0), 0.0)
    share = np.clip(1.0 / np.maximum(1.0 - gain, 1.0 / LONGEST), SHORTEST, LONGEST)
    return np.asarray(used_w + share * (asked_w - used_w))
