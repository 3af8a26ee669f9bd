"""Small networks for short-circuit tests, table by table as the readers take them."""

from twin.interop.fault_read import question
from twin.interop.fault_results import answer

GRID = {"s_sc_max_mva": 500.0, "s_sc_min_mva": 300.0, "rx_max": 0.1, "rx_min": 0.2}
EARTH = {"x0x_max": 1.0, "r0x0_max": 0.1, "x0x_min": 1.0, "r0x0_min": 0.1}
ZERO = {"vk0_percent": 5.5, "vkr0_percent": 0.9}


def bus(*kilovolts):
    return [{"index": n, "vn_kv": kv} for n, kv in enumerate(kilovolts)]


def grid(at, **changes):
    return GRID | EARTH | {"bus": at} | changes


def line(a, b, *, r=0.1, x=0.1, km=1.0, **changes):
    made = {"from_bus": a, "to_bus": b, "length_km": km, "r_ohm_per_km": r, "x_ohm_per_km": x}
    return made | {"r0_ohm_per_km": 4 * r, "x0_ohm_per_km": 3 * x, "endtemp_degree": 20.0} | changes


def transformer(a, b, *, mva=2.0, kv=(20.0, 0.4), uk=6.0, ur=0.9, group="Dyn11", **changes):
    made = {"hv_bus": a, "lv_bus": b, "sn_mva": mva, "vn_hv_kv": kv[0], "vn_lv_kv": kv[1], "vk_percent": uk}
    return made | {"vkr_percent": ur, "vector_group": group} | ZERO | changes


def generator(at, **changes):
    made = {"bus": at, "vn_kv": 0.4, "sn_mva": 2.5, "xdss_pu": 0.15, "rdss_ohm": 0.0005, "cos_phi": 0.8}
    return made | changes


def motor(at, **changes):
    made = {"bus": at, "pn_mech_mw": 0.2, "efficiency_n_percent": 95.0, "cos_phi_n": 0.88, "lrc_pu": 6.0}
    return made | {"rx": 0.42, "vn_kv": 0.4, "pole_pairs": 2} | changes


def solved(network, **call):
    return answer(question({"network": network, "call": {"fault": "3ph"} | call}, file="test"))


def hall(**tables):
    """Return a grid, a transformer, a board, a busway and a rack."""
    return {
        "bus": bus(20.0, 0.4, 0.4), "ext_grid": [grid(0)], "trafo": [transformer(0, 1)],
        "line": [line(1, 2, r=0.05, x=0.03, km=0.04)],
    } | tables  # fmt: skip
