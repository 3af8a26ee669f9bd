"""Writes the electrical side of one case as a network that ``pandapower.from_json`` loads.

Source:
    L. Thurner et al., pandapower, IEEE Trans. Power Syst. 33 (2018); file format 3.3 of pandapower 3.5:
    tables as pandas writes them in split orient, within an object that names their class.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from twin.interop.power_moment import UTILITY, Draw, Moment, Row, Source

LEAST_MVA, ROUNDINGS = 1e-8, 64.0
FORMAT, WRITTEN_AS = "3.3.0", "3.5.6"
# Columns that every table has; ``prim`` and ``expected_*`` are ours.
OWN = {"name": "object", "in_service": "bool", "prim": "object"}
TYPES: Mapping[str, Mapping[str, str]] = {
    "bus": {"vn_kv": "float64", "type": "object", "zone": "object", "expected_vm_pu": "float64",
            "expected_va_degree": "float64"},
    "ext_grid": {"bus": "uint32", "vm_pu": "float64", "va_degree": "float64", "slack_weight": "float64",
                 "controllable": "bool", "s_sc_max_mva": "float64", "rx_max": "float64", "kind": "object",
                 "expected_p_mw": "float64", "expected_q_mvar": "float64"},
    "line": {"std_type": "object", "from_bus": "uint32", "to_bus": "uint32", "length_km": "float64",
             "r_ohm_per_km": "float64", "x_ohm_per_km": "float64", "c_nf_per_km": "float64",
             "g_us_per_km": "float64", "max_i_ka": "float64", "df": "float64", "parallel": "uint32",
             "type": "object", "expected_pl_mw": "float64"},
    "trafo": {"std_type": "object", "hv_bus": "uint32", "lv_bus": "uint32", "sn_mva": "float64",
              "vn_hv_kv": "float64", "vn_lv_kv": "float64", "vk_percent": "float64",
              "vkr_percent": "float64", "pfe_kw": "float64", "i0_percent": "float64",
              "shift_degree": "float64", "tap_side": "object", "tap_neutral": "float64",
              "tap_min": "float64", "tap_max": "float64", "tap_step_percent": "float64",
              "tap_step_degree": "float64", "tap_pos": "float64", "tap_changer_type": "object",
              "tap_dependency_table": "bool", "parallel": "uint32", "df": "float64",
              "vector_group": "object"},
    "load": {"bus": "uint32", "p_mw": "float64", "q_mvar": "float64", "const_z_p_percent": "float64",
             "const_i_p_percent": "float64", "const_z_q_percent": "float64", "const_i_q_percent": "float64",
             "sn_mva": "float64", "scaling": "float64", "type": "object", "kind": "object"},
    "shunt": {"bus": "uint32", "p_mw": "float64", "q_mvar": "float64", "vn_kv": "float64", "step": "uint32",
              "max_step": "uint32", "id_characteristic_table": "Int64", "step_dependency_table": "bool"},
    "sgen": {"bus": "int64", "p_mw": "float64", "q_mvar": "float64", "sn_mva": "float64",
             "scaling": "float64", "type": "object", "current_source": "bool", "kind": "object"},
}  # fmt: skip
LIMITS = (
    "the core of a transformer lies within its leakage in pandapower: ours, at the primary, is a shunt there",
)


def pandapower_text(moment: Moment) -> str:
    """Return the JSON of one case; columns ``prim`` and ``expected_*`` are ours."""
    made = {
        "bus": [_bus(moment, at) for at in range(len(moment.buses))],
        "ext_grid": [_source(row) for row in moment.sources],
        "line": [_line(row) for row in moment.conductors],
        "trafo": [_transformer(row) for row in moment.transformers],
        "shunt": [_core(row) for row in moment.transformers],
        "load": [_draw(row) for row in moment.draws if row.power_va.real >= 0.0],
        "sgen": [_draw(row) for row in moment.draws if row.power_va.real < 0.0],
    }  # fmt: skip
    losses = {
        "expected_line_loss_w": moment.line_loss_w, "expected_transformer_loss_w": moment.transformer_loss_w,
        "expected_converter_loss_w": moment.converter_loss_w,
    }  # fmt: skip
    tables = {name: _frame(rows, {**OWN, **TYPES[name]}) for name, rows in made.items()}
    network = {
        "version": WRITTEN_AS, "format_version": FORMAT, "name": moment.title, "f_hz": moment.hertz,
        "sn_mva": 1.0, "converged": False, "OPF_converged": False,
        "user_pf_options": {
            "init": "flat", "calculate_voltage_angles": True, "tolerance_mva": _tolerance_mva(moment),
        },
        "std_types": {kind: {} for kind in ("line", "line_dc", "trafo", "trafo3w", "fuse")}, **tables,
        "twin": {"said": list(said(moment)), **losses},
    }  # fmt: skip
    whole = {"_module": "pandapower.auxiliary", "_class": "pandapowerNet", "_object": network}
    return json.dumps(whole, indent=1, allow_nan=False) + "\n"


def _tolerance_mva(moment: Moment) -> float:
    """Return the mismatch that double precision can reach beside the smallest impedance, or 1e-8 MVA."""
    stiffest = max(
        (moment.buses[row.a].nominal_v ** 2 / abs(row.ohm) for row in moment.conductors), default=0.0
    )
    return max(LEAST_MVA, ROUNDINGS * np.finfo(np.float64).eps * stiffest / 1e6)


def said(moment: Moment) -> tuple[str, ...]:
    """Return what the network cannot say, one line each."""
    return (*moment.said, *LIMITS)


def _row(row: Row, **more: Any) -> dict[str, Any]:
    return {"name": row.name, "in_service": row.in_service, "prim": row.told, **more}


def _bus(moment: Moment, at: int) -> dict[str, Any]:
    bus = moment.buses[at]
    found = abs(bus.voltage_ratio) if bus.alive else None
    return _row(
        bus, vn_kv=bus.nominal_v / 1e3, type="b", expected_vm_pu=found,
        expected_va_degree=_degrees(bus.voltage_ratio) if bus.alive else None,
    )  # fmt: skip


def _source(row: Source) -> dict[str, Any]:
    known = row.kind == UTILITY and math.isfinite(row.short_circuit_va)
    return _row(
        row, bus=row.bus, vm_pu=abs(row.voltage_ratio), va_degree=_degrees(row.voltage_ratio),
        slack_weight=1.0, controllable=False, kind=row.kind,
        s_sc_max_mva=row.short_circuit_va / 1e6 if known else None, rx_max=row.rx_ratio if known else None,
        expected_p_mw=row.power_va.real / 1e6, expected_q_mvar=row.power_va.imag / 1e6,
    )  # fmt: skip


def _line(row: Any) -> dict[str, Any]:
    return _row(
        row, from_bus=row.a, to_bus=row.b, length_km=1.0, r_ohm_per_km=row.ohm.real,
        x_ohm_per_km=row.ohm.imag, c_nf_per_km=0.0, g_us_per_km=0.0, df=1.0, parallel=1,
        max_i_ka=row.rating_a / 1e3 if math.isfinite(row.rating_a) else None,
        expected_pl_mw=row.loss_w / 1e6,
    )  # fmt: skip


def _transformer(row: Any) -> dict[str, Any]:
    return _row(
        row, hv_bus=row.a, lv_bus=row.b, sn_mva=row.rated_va / 1e6, vn_hv_kv=row.primary_v / 1e3,
        vn_lv_kv=row.secondary_v / 1e3, vk_percent=100.0 * row.impedance_ratio,
        vkr_percent=100.0 * row.load_loss_w / row.rated_va, pfe_kw=0.0, i0_percent=0.0, shift_degree=0.0,
        tap_dependency_table=False, parallel=1, df=1.0,
    )  # fmt: skip


def _core(row: Any) -> dict[str, Any]:
    return _row(
        row, bus=row.a, p_mw=row.no_load_loss_w / 1e6, q_mvar=0.0, vn_kv=row.primary_v / 1e3, step=1,
        max_step=1, step_dependency_table=False,
    )  # fmt: skip


def _draw(row: Draw) -> dict[str, Any]:
    sign = 1.0 if row.power_va.real >= 0.0 else -1.0
    shares = {f"const_{kind}_{part}_percent": 0.0 for kind in "zi" for part in "pq"}
    return _row(
        row, bus=row.bus, p_mw=sign * row.power_va.real / 1e6, q_mvar=sign * row.power_va.imag / 1e6,
        scaling=1.0, kind=row.kind, **({"type": "wye", **shares} if sign > 0.0 else {"current_source": True}),
    )  # fmt: skip


def _frame(rows: Sequence[Mapping[str, Any]], types: Mapping[str, str]) -> dict[str, Any]:
    """Return a table as pandapower encodes a pandas one: text of JSON within JSON."""
    held: Iterable[list[Any]] = ([row.get(name) for name in types] for row in rows)
    table = {"columns": list(types), "index": list(range(len(rows))), "data": list(held)}
    return {
        "_module": "pandas.core.frame", "_class": "DataFrame", "_object": json.dumps(table, allow_nan=False),
        "orient": "split", "dtype": dict(types), "is_multiindex": False, "is_multicolumn": False,
    }  # fmt: skip


def _degrees(voltage: complex) -> float:
    return math.degrees(math.atan2(voltage.imag, voltage.real))
