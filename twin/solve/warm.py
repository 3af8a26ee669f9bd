"""From power drawn to temperatures, with condensers and their towers in one pass."""

import numpy as np

from twin.arrays import Array, Index
from twin.solve import heat as heats
from twin.solve import power_settle
from twin.solve.couple_state import State, Systems
from twin.solve.demand import rejector_modes
from twin.solve.released import released
from twin.solve.taps import mixed_enthalpy
from twin.solve.tower import towers

# A pass lets condensers and towers answer each other this often.
WET_ROUNDS = 6


def warm(
    systems: Systems, state: State, q: Array, taken: power_settle.Taken, share: Array
) -> tuple[heats.Heat, Index]:
    """Turn power drawn and lost into heat; return temperatures, and what rejectors do at them."""
    net = systems.network.heat
    into_branch, into_node = released(systems.network, taken, share)
    wet, open_air = np.flatnonzero(net.condenser >= 0), towers(net)
    mixed = mixed_enthalpy(systems.heat, state.limit_m3_s)
    heat, mode = state.heat, state.rejector_mode.copy()
    # What chillers take reaches their condensers, and towers hear of it, within the same pass.
    for turn in range(WET_ROUNDS):
        given = into_branch.copy()
        np.add.at(given, net.condenser[wet], heat.rejected_w[wet])
        duty = heats.Duty(
            flow_kg_s=q, into_branch_w=given, into_node_w=into_node, exchanger_mode=state.exchanger_mode,
            rejector_mode=mode, mixed_j_kg=mixed,
        )  # fmt: skip
        heat = heats.solve_heat(systems.heat, duty, heat)
        if not len(wet) and not len(open_air):
            break
        following = rejector_modes(systems.heat, q, heat, mode)[open_air]
        if turn and np.array_equal(following, mode[open_air]):
            break
        mode[open_air] = following
    return heat, mode
