"""Small plants for tests of heat and of the coupled solution: racks, a CDU, a dry cooler, one feed."""

from dataclasses import replace

import numpy as np

from tests.support.bench import assembly, col, ints, site, vessel
from tests.unit.solve.loops import numbers, pumps, resistors, valves
from twin.model.element import (
    OUTDOORS,
    Conductance,
    Exchanger,
    Feed,
    Fluid,
    Load,
    Machine,
    Rejector,
    Release,
    Use,
)
from twin.model.flow_net import lay_out_flow
from twin.model.heat_net import lay_out_heat
from twin.model.network import Network
from twin.model.power_net import lay_out_power
from twin.solve import heat as heats
from twin.solve.branch import Medium

PATHS = {"bench": tuple(f"/Bench/Part_{i}" for i in range(100))}
ZERO_K = 273.15


def network(*blocks, nodes, variants=1, heights=None, dry_bulb_k=301.15):
    """Lay blocks of all domains out as one network."""
    made = replace(
        assembly(*blocks, nodes=nodes, variants=variants, heights=heights),
        site=site(variants, dry_bulb_k=dry_bulb_k),
    )
    flow = lay_out_flow(made, PATHS)
    heat = lay_out_heat(made, flow, PATHS)
    power = lay_out_power(made.blocks, nodes, variants, name_of=made.nodes.name)
    local = np.full(nodes + 1, OUTDOORS, dtype=np.intp)
    local[flow.node] = np.arange(len(flow.node))
    local[OUTDOORS] = OUTDOORS
    rooms = [local[rows.room] for rows in (power.lines, power.transformers, power.converters)]
    return Network(
        assembly=made, flow=flow, heat=heat, power=power, line_room=rooms[0], transformer_room=rooms[1],
        converter_room=rooms[2], variants=variants,
    )  # fmt: skip


def load(node, power_w, *, role="it", use=Use.IT, factor=1.0, in_service=True):
    """Return consumers of one input each at one node."""
    power = numbers(power_w, np.size(power_w) if np.ndim(power_w) < 2 else len(power_w))
    count = len(power)
    each = np.arange(count)
    on = np.asarray(in_service)
    return Load(
        role=role,
        part=each,
        node=np.full(count, node),
        consumer=each,
        priority=np.zeros(count, np.intp),
        weight_ratio=np.ones((count, 1)),
        power_w=power,
        power_factor_ratio=np.full((count, 1), factor),
        use=use,
        in_service=np.broadcast_to(on, (count, on.shape[-1] if on.ndim else 1)),
    )


def feed(node, volts=415.0):
    """Return one stiff supply."""
    bare = np.full((1, 1), np.nan)
    return Feed(
        role="feed", part=ints(0), node=ints(node), voltage_v=col(volts), short_circuit_va=bare, rated_w=bare
    )


def into(path, consumer, share=1.0, role="heat"):
    """Return a share of each consumer's power as heat into the fluid of a path."""
    count = len(path.part)
    return Release(role=role, part=path.part, load=consumer, share_ratio=numbers(share, count), path=path)


def into_room(consumer, room, share=1.0, role="room_heat"):
    """Return a share of each consumer's power as heat into the air of a room, -1 for outdoors."""
    count = len(consumer.part)
    return Release(
        role=role,
        part=consumer.part,
        load=consumer,
        share_ratio=numbers(share, count),
        room=np.full(count, room),
    )


def exchanger(hot, cold, ua_w_k, *, hot_flow=1e-2, cold_flow=1e-2, **more):
    """Return exchangers in counterflow between the rows of two blocks."""
    count = len(hot.part)
    given = {k: numbers(v, count) if k == "hold_k" else v for k, v in more.items()}
    return Exchanger(
        role="exchanger", part=hot.part, hot=hot, cold=cold, ua_w_k=numbers(ua_w_k, count),
        hot_reference_m3_s=numbers(hot_flow, count), cold_reference_m3_s=numbers(cold_flow, count), **given,
    )  # fmt: skip


def dry_cooler(
    path, consumer, *, leaving_k, entering_k, ua_w_k=60e3, flow=1e-2, airflow=40.0, fan_w=15e3, **more
):
    """Return dry coolers on the rows of a block of paths."""
    count = len(path.part)
    return Rejector(
        role="rejector",
        part=path.part,
        path=path,
        load=consumer,
        machine=Machine.DRY_COOLER,
        leaving_k=numbers(leaving_k, count),
        entering_k=numbers(entering_k, count),
        ua_w_k=numbers(ua_w_k, count),
        reference_m3_s=numbers(flow, count),
        airflow_m3_s=numbers(airflow, count),
        fan_power_w=numbers(fan_w, count),
        **more,
    )


def conductance(a, b, watts_per_kelvin):
    """Return conductances between nodes, -1 for outdoors."""
    return Conductance(
        role="wall", part=np.arange(len(a)), a=ints(*a), b=ints(*b),
        conductance_w_k=numbers(watts_per_kelvin, len(a)),
    )  # fmt: skip


def driven(ends, flow_m3_s):
    """Return movers of constant flow and no power: a way to say what flows."""
    return pumps(ends, shutoff=0.0, quadratic=0.0, held_m3_s=flow_m3_s)


# ------------------------------------------------------------------------------- heat on flows that are given


def at_rest(net):
    """Return every node and branch at the temperature its island was filled at."""
    flow, heat, variants = net.flow, net.heat, net.variants
    t = np.repeat(flow.fill_k[flow.island][:, None], variants, axis=1)
    at = t[flow.tail]
    return heats.Heat(
        enthalpy_j_kg=heats.enthalpy_at(flow, np.arange(len(flow.node)), t), temperature_k=t, inlet_k=at,
        outlet_k=at.copy(), branch_heat_w=np.zeros_like(at), exchanged_w=np.zeros((len(heat.hot), variants)),
        rejected_w=np.zeros((len(heat.rejector), variants)),
        conducted_w=np.zeros((len(heat.conduct_a), variants)),
        parked=np.zeros((len(flow.node), variants), dtype=bool), stored_w=np.zeros(t.shape),
    )  # fmt: skip


def heated(net, flow_kg_s, drawn_w, *, exchanger_mode=None, rejector_mode=None, passes=30):
    """Return settled temperatures for given flows and given power of every consumer."""
    system, heat = heats.prepare(net.flow, net.heat), net.heat
    into_branch = np.zeros(flow_kg_s.shape)
    into_node = np.zeros((len(net.flow.node), net.variants))
    given = heat.release_share * drawn_w[heat.release_load]
    piped, roomed = heat.release_branch >= 0, heat.release_node >= 0
    np.add.at(into_branch, heat.release_branch[piped], given[piped])
    np.add.at(into_node, heat.release_node[roomed], given[roomed])

    def modes(rows, chosen):
        return np.full(
            (len(rows), net.variants), heats.Mode.FREE if chosen is None else chosen, dtype=np.intp
        )

    duty = heats.Duty(
        flow_kg_s=flow_kg_s, into_branch_w=into_branch, into_node_w=into_node,
        exchanger_mode=modes(heat.hot, exchanger_mode), rejector_mode=modes(heat.rejector, rejector_mode),
    )  # fmt: skip
    state = at_rest(net)
    for _ in range(passes):
        state = heats.solve_heat(system, duty, state)
    return state


def stirred(net, *, kelvin=303.15):
    """Return the flows that solve a network whose fluids stand at one temperature, and that medium."""
    from twin.solve.flow import prepare, solve_flow

    at = np.full((len(net.flow.tail), net.variants), kelvin)
    known = heats.properties_at(net.flow, net.flow.tail, at)
    medium = Medium(density_kg_m3=known.density_kg_m3, viscosity_pa_s=known.viscosity_pa_s)
    limit = np.broadcast_to(net.flow.limit_m3_s, (len(net.flow.limited), net.variants))
    return solve_flow(
        prepare(net.flow), medium, limit, settled=1e-12
    )  # temperatures are compared to their last digits


def carried(net, heat, q, block):
    """Return flow times enthalpy rise along a block's branches [W], shape (element, variant)."""
    rows = net.flow.rows[id(block)]
    node = net.flow.tail[rows]
    rise = heats.enthalpy_at(net.flow, node, heat.outlet_k[rows]) - heats.enthalpy_at(
        net.flow, node, heat.inlet_k[rows]
    )
    return np.abs(q[rows]) * rise


# ----------------------------------------------------------------------------------------- a plant that runs


class Plant:
    """Racks on a coolant loop, a CDU with a throttled water side, a dry cooler, all on one feed.

    Nodes: coolant 0 (vessel) -pump- 1 -exchanger- 2 =racks= 0; water 3 (vessel) -pump- 4 -valve- 5
    -exchanger- 6 -cooler- 3; power 7.
    """

    def __init__(
        self,
        racks=4,
        *,
        rack_w=60e3,
        set_c=38.0,
        ua_w_k=80e3,
        outdoor_c=25.0,
        cooler_set_c=30.0,
        valve_m3_s=8e-3,
        cooler_ua_w_k=60e3,
        rack_on=True,
        pump_on=True,
        fluid=Fluid.PROPYLENE_GLYCOL,
        variants=1,
    ):
        """Build the blocks."""
        on = np.broadcast_to(np.asarray(rack_on), (racks, np.shape(rack_on)[-1] if np.ndim(rack_on) else 1))
        self.racks = resistors([(2, 0)] * racks, 2.0e10, in_service=on)
        self.it = load(
            7,
            np.broadcast_to(
                np.asarray(rack_w, float), (racks, np.shape(rack_w)[-1] if np.ndim(rack_w) else 1)
            ),
        )
        self.hot = resistors([(1, 2)], 5e8)
        self.cold = resistors([(5, 6)], 5e8)
        self.cooler = resistors([(6, 3)], 5e8)
        self.valve = valves([(4, 5)], 5e8, limit_m3_s=valve_m3_s)
        self.coolant_power = load(7, [0.0], role="coolant_pump", use=Use.COOLING)
        self.water_power = load(7, [0.0], role="water_pump", use=Use.COOLING)
        self.fan_power = load(7, [0.0], role="fans", use=Use.COOLING)
        curve = {
            "shutoff": 180e3,
            "quadratic": -4e8,
            "check_valve": True,
            "efficiency": 0.5,
            "rated_power_w": 3e3,
        }
        flag = np.broadcast_to(np.asarray(pump_on), (1, np.shape(pump_on)[-1] if np.ndim(pump_on) else 1))
        self.coolant_pump = replace(pumps([(0, 1)], in_service=flag, **curve), load=self.coolant_power)
        self.water_pump = replace(pumps([(3, 4)], **curve), load=self.water_power)
        self.exchange = exchanger(
            self.hot, self.cold, ua_w_k, hot_flow=8e-3, cold_flow=8e-3, hold_k=np.asarray(set_c) + ZERO_K,
            valve=self.valve,
        )  # fmt: skip
        self.reject = dry_cooler(
            self.cooler, self.fan_power, leaving_k=np.asarray(cooler_set_c) + ZERO_K,
            entering_k=np.asarray(outdoor_c) + ZERO_K, ua_w_k=cooler_ua_w_k, flow=8e-3,
        )  # fmt: skip
        self.blocks = [
            self.racks, self.it, self.hot, self.cold, self.cooler, self.valve, self.coolant_power,
            self.water_power, self.fan_power, self.coolant_pump, self.water_pump, self.exchange, self.reject,
            vessel(0, 1e5, fluid), vessel(3, 2e5), feed(7),
            into(self.racks, self.it), into(self.coolant_pump, self.coolant_power, role="coolant_heat"),
            into(self.water_pump, self.water_power, role="water_heat"), into_room(self.fan_power, OUTDOORS),
        ]  # fmt: skip
        self.variants = variants

    def network(self):
        """Lay the plant out."""
        return network(*self.blocks, nodes=8, variants=self.variants)
