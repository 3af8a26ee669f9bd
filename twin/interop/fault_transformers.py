"""Transformers of a network in JSON as columns for short circuits."""

import re
from collections.abc import Mapping, Sequence

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.interop.fault_machines import buses, on
from twin.interop.fault_tables import Row, numbers
from twin.model.fault_net import Complex, FaultCase, Triples, Winding, Windings

GROUP = re.compile(r"(yn|zn|y|d|z)(?:\d+)?", re.IGNORECASE)
SIDES: Mapping[str, Winding] = {
    "y": Winding.STAR, "z": Winding.STAR, "yn": Winding.EARTHED_STAR, "d": Winding.DELTA,
    "zn": Winding.EARTHED_ZIGZAG,
}  # fmt: skip
PAIRS = ("hv", "mv", "lv")


def group_of(row: Row, sides: int) -> list[Winding]:
    """Return how each winding of a row is connected; a fault where ``vector_group`` does not say it."""
    text = row.values.get("vector_group")
    found = GROUP.findall(text) if isinstance(text, str) else []
    rest = GROUP.sub("", text) if isinstance(text, str) else "?"
    if len(found) != sides or rest:
        expected = "a vector group like Dyn11" if sides == 2 else "a vector group like YNynd"
        row.notes.fault("ST155", row.entry, "vector_group", found=f"{text!r}", expected=expected)
        return [Winding.STAR] * sides
    return [SIDES[word.lower()] for word in found]


def windings_of(rows: Sequence[Row], known: Mapping[int, int], case: FaultCase) -> Windings:
    """Return two-winding transformers; the zero sequence is read for line-to-earth faults only."""
    earth = case.kind == "1ph"
    rated = numbers(rows, "sn_mva", 1e6, above=0.0) * numbers(rows, "parallel", default=1.0, above=0.0)
    low = numbers(rows, "vn_lv_kv", 1e3, above=0.0)
    total, resistive = _voltages(rows, "vk_percent", "vkr_percent")
    zero_total, zero_resistive = np.full((2, len(rows), 1), np.nan)
    magnetising, share = np.full((len(rows), 1), np.nan + 0j), np.full((len(rows), 1), 0.5)
    groups = [[Winding.STAR, Winding.STAR] for _ in rows]
    earthing = np.zeros((2, len(rows), 1), dtype=np.complex128)
    if earth:
        groups = [group_of(row, 2) for row in rows]
        zero_total, zero_resistive = _voltages(rows, "vk0_percent", "vkr0_percent")
        share = numbers(rows, "si0_hv_partial", default=0.5, least=0.0, most=1.0)
        magnetising = _magnetising(rows, zero_total * low**2 / rated)
        earthing = _earthing(rows, groups)
    return Windings(
        a=buses(rows, "hv_bus", known), b=buses(rows, "lv_bus", known), rated_va=rated,
        high_v=numbers(rows, "vn_hv_kv", 1e3, above=0.0), low_v=low, impedance_ratio=total,
        resistance_ratio=resistive, zero_impedance_ratio=zero_total, zero_resistance_ratio=zero_resistive,
        magnetising_ohm=magnetising, high_share_ratio=share, high=_side(groups, 0), low=_side(groups, 1),
        high_earthing_ohm=earthing[0], low_earthing_ohm=earthing[1],
        unit=_flags(rows, "power_station_unit"), on_load=_flags(rows, "oltc"),
        tap_ratio=-numbers(rows, "pt_percent", 1e-2, default=0.0), in_service=on(rows),
    )  # fmt: skip


def _voltages(rows: Sequence[Row], whole: str, part: str) -> tuple[Array, Array]:
    """Return a short-circuit voltage and its resistive part, which is no greater, each (row, 1)."""
    total = numbers(rows, whole, 1e-2, above=0.0, most=100.0)
    resistive = numbers(rows, part, 1e-2, least=0.0)
    for row, most, value in zip(rows, total[:, 0], resistive[:, 0], strict=True):
        if value > most:
            found, expected = f"{1e2 * value:g}", f"at most {whole}, {1e2 * most:g}"
            row.notes.fault("ST153", row.entry, part, found=found, expected=expected)
    return total, resistive


def _flags(rows: Sequence[Row], key: str) -> Flags:
    return np.array([row.flag(key) for row in rows], dtype=np.bool_)


def _side(groups: Sequence[Sequence[Winding]], side: int) -> Index:
    return np.array([group[side] for group in groups], dtype=np.intp)


def _magnetising(rows: Sequence[Row], leakage_ohm: Array) -> Complex:
    """Return zero-sequence magnetising impedances, NaN where none is given, shape (row, 1)."""
    ratio = numbers(rows, "mag0_percent", 1e-2, default=float("nan"), above=0.0)
    rx = numbers(rows, "mag0_rx", default=0.0, least=0.0)
    size = leakage_ohm * ratio / np.sqrt(1.0 + rx**2)
    return np.asarray(size * (rx + 1j), dtype=np.complex128)


def _earthing(rows: Sequence[Row], groups: Sequence[Sequence[Winding]]) -> Complex:
    """Return impedances between star point and earth, high side first, shape (2, row, 1).

    ``rn_ohm`` and ``xn_ohm`` belong to the high side where its star point is earthed, else to the low side.
    """
    ohm = numbers(rows, "rn_ohm", default=0.0, least=0.0) + 1j * numbers(rows, "xn_ohm", default=0.0)
    earthed = {Winding.EARTHED_STAR, Winding.EARTHED_ZIGZAG}
    high = np.array([group[0] in earthed for group in groups], dtype=np.bool_).reshape(-1, 1)
    return np.stack([np.where(high, ohm, 0.0), np.where(high, 0.0, ohm)])


def triples_of(rows: Sequence[Row], known: Mapping[int, int], case: FaultCase) -> Triples:
    """Return three-winding transformers, whose pairs are high-middle, middle-low and high-low."""
    earth = case.kind == "1ph"
    pairs = [_voltages(rows, f"vk_{side}_percent", f"vkr_{side}_percent") for side in PAIRS]
    zero, groups = pairs, [[Winding.STAR] * 3 for _ in rows]
    if earth:
        zero = [_voltages(rows, f"vk0_{side}_percent", f"vkr0_{side}_percent") for side in PAIRS]
        groups = [group_of(row, 3) for row in rows]
    total, resistive, zero_total, zero_resistive = (
        np.concatenate([pair[at] for pair in source], axis=1) for source in (pairs, zero) for at in (0, 1)
    )
    return Triples(
        node=np.stack([buses(rows, f"{side}_bus", known) for side in PAIRS], axis=1),
        rated_va=_three(rows, "sn_{}_mva", 1e6), rated_v=_three(rows, "vn_{}_kv", 1e3),
        impedance_ratio=total, resistance_ratio=resistive, zero_impedance_ratio=zero_total,
        zero_resistance_ratio=zero_resistive, winding=np.array(groups, dtype=np.intp).reshape(-1, 3),
        earthing_ohm=np.zeros((len(rows), 3), dtype=np.complex128), in_service=on(rows),
    )  # fmt: skip


def _three(rows: Sequence[Row], name: str, scale: float) -> Array:
    return np.concatenate([numbers(rows, name.format(side), scale, above=0.0) for side in PAIRS], axis=1)
