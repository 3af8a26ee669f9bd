"""The hall of `power_halls.py` conductor by conductor, four wires below the transformers, racks by phase.

Every rack draws unlike power from its three phases against the neutral, which is earthed at the transformer.
Returns the circuit as `twin.interop` reads it and the commands that make the same in OpenDSS.
"""

import numpy as np
from power_halls import (
    FACTOR,
    HIGH_V,
    IMPEDANCE,
    LOAD_LOSS_W,
    LOW_V,
    TRANSFORMER_VA,
    powers,
)

ROOT3 = np.sqrt(3.0)
TANGENT = np.tan(np.arccos(FACTOR))
MUTUAL = 0.6
"""Reactance between conductors over that of the positive sequence: an assumption."""
LEAST_SHARE = 0.6
"""Weight of a phase of a rack; the most is 1."""
SOURCE_OHM = (1e-3, 1e-2)


def weights(racks, count, seed=2):
    """Return the share of each phase in the power of each rack, shape (set, rack, phase)."""
    drawn = np.random.default_rng(seed).uniform(LEAST_SHARE, 1.0, (count, racks, 3))
    return drawn / drawn.sum(axis=2, keepdims=True)


def watts(racks, count, seed=0):
    """Return the power of each phase of each rack [W] for so many sets, shape (set, rack, phase)."""
    return powers(racks, count, seed)[:, :, None] * weights(racks, count, seed + 2)


def circuit(made):
    """Return the circuit: buses, lines, transformers, loads by phase in the order of taps."""
    low = made.volts < HIGH_V
    size, buses, lines, windings, loads = len(made.parent), {}, {}, {}, {}
    for node in range(size):
        nodes = (1, 2, 3, 4) if low[node] else (1, 2, 3)
        buses[f"b{node}"] = {"nodes": list(nodes), "kV_base_LN": made.volts[node] / ROOT3 / 1e3}
    for node in range(1, size):
        above = int(made.parent[node])
        if made.transformer[node]:
            windings[f"t{node}"] = transformer(f"b{above}", f"b{node}.1.2.3.4")
        else:
            lines[f"l{node}"] = line(f"b{above}", f"b{node}", 4 if low[node] else 3, made.ohm[node])
    for node in made.fixed:
        loads[f"f{node}"] = {
            "bus": f"b{node}" + (".1.2.3.4" if low[node] else ""), "phases": 3, "delta": not low[node],
            "kV": made.volts[node] / 1e3, "kW": made.fixed_w[node] / 1e3, "kvar": 0.0, "model": 1,
            "vminpu": 0.5, "vmaxpu": 1.5,
        }  # fmt: skip
    for node in made.taps:
        for phase in (1, 2, 3):
            loads[f"d{node}_{phase}"] = {
                "bus": f"b{node}.{phase}.4", "phases": 1, "delta": False, "kV": LOW_V / ROOT3 / 1e3,
                "kW": 1.0, "kvar": TANGENT, "model": 1, "vminpu": 0.5, "vmaxpu": 1.5,
            }  # fmt: skip
    source = {"bus": "b0", "basekV_LL": HIGH_V / 1e3, "pu": 1.0, "angle_deg": 0.0}
    source |= dict(zip(("R1", "X1", "R0", "X0"), SOURCE_OHM * 2, strict=True))
    return {
        "source": source, "base_frequency_Hz": 60.0, "buses": buses, "lines": lines,
        "transformers": windings, "loads": loads,
    }  # fmt: skip


def line(first, second, conductors, ohm):
    """Return a line whose conductors have the same impedance, and couple alike."""
    ends = "." + ".".join(str(k + 1) for k in range(conductors))
    own = np.eye(conductors)
    reactance = ohm.imag * (MUTUAL + own)
    return {
        "bus1": first + ends, "bus2": second + ends, "phases": conductors, "R_ohm": (ohm.real * own).tolist(),
        "X_ohm": reactance.tolist(),
    }  # fmt: skip


def transformer(high, low):
    """Return a Dyn transformer with its star point earthed."""
    percent = 100.0 * LOAD_LOSS_W / TRANSFORMER_VA
    rated = {"kVA": TRANSFORMER_VA / 1e3, "pctR": percent / 2.0, "tap": 1.0}
    reactance = np.sqrt((100.0 * IMPEDANCE) ** 2 - percent**2)
    return {
        "phases": 3, "XHL_pct": float(reactance), "windings": [
            {"bus": high, "kV": HIGH_V / 1e3, "delta": True, **rated},
            {"bus": low, "kV": LOW_V / 1e3, "delta": False, "rneut": 0.0, **rated},
        ],
    }  # fmt: skip


def commands(given):
    """Yield what makes a circuit in OpenDSS."""
    source = given["source"]
    yield "Clear"
    yield (
        f"New Circuit.c bus1=b0 basekv={source['basekV_LL']} pu=1.0 phases=3 "
        f"Z1=[{source['R1']} {source['X1']}] Z0=[{source['R0']} {source['X0']}]"
    )
    for name, each in given["lines"].items():
        matrices = (f"{key}=({told(each[at])})" for key, at in (("rmatrix", "R_ohm"), ("xmatrix", "X_ohm")))
        none = told(np.zeros((each["phases"], each["phases"])))
        yield (
            f"New Line.{name} bus1={each['bus1']} bus2={each['bus2']} phases={each['phases']} "
            f"{' '.join(matrices)} cmatrix=({none})"
        )
    for name, each in given["transformers"].items():
        high, low = each["windings"]
        yield (
            f"New Transformer.{name} windings=2 buses=({high['bus']},{low['bus']}) conns=(delta,wye) "
            f"kvs=({high['kV']},{low['kV']}) kvas=({high['kVA']},{low['kVA']}) "
            f"%Rs=({high['pctR']},{low['pctR']}) xhl={each['XHL_pct']} leadlag=Lag %noloadloss=0 %imag=0 "
            "ppm_antifloat=0 wdg=2 rneut=0"
        )
    for name, each in given["loads"].items():
        yield (
            f"New Load.{name} bus1={each['bus']} phases={each['phases']} "
            f"conn={'delta' if each['delta'] else 'wye'} kv={each['kV']} kw={each['kW']} "
            f"pf={1.0 if not each['kvar'] else FACTOR} model=1 vminpu=0.5 vmaxpu=1.5"
        )
    yield "Set VoltageBases=[34.5,0.415]"
    yield from ("CalcVoltageBases", "Set maxiterations=100", "Set tolerance=1e-9", "Set mode=snapshot")
    yield "Set controlmode=off"


def told(matrix):
    """Return a matrix as OpenDSS reads it."""
    return "|".join(" ".join(map(repr, each)) for each in np.asarray(matrix).tolist())
