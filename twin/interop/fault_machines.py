"""Feeders, lines, generators, motors and converters of a network in JSON as columns for faults."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from twin.arrays import Flags, Index
from twin.interop.fault_tables import Row, numbers
from twin.laws.conductors import BASE_K
from twin.model.fault_net import (
    Conductors,
    FaultCase,
    Feeders,
    Generators,
    Motors,
    Sources,
)

FREEZING_K = 273.15


def on(rows: Sequence[Row]) -> Flags:
    """Return that every row is in service, shape (row, 1)."""
    return np.ones((len(rows), 1), dtype=np.bool_)


def buses(rows: Sequence[Row], key: str, known: Mapping[int, int]) -> Index:
    """Return the bus of every row, shape (row,)."""
    return np.array([row.bus(key, known) for row in rows], dtype=np.intp)


def feeders_of(rows: Sequence[Row], known: Mapping[int, int], case: FaultCase) -> Feeders:
    """Return network feeders with the short-circuit power of the case."""
    side = "max" if case.greatest else "min"
    blank = np.full((len(rows), 1), np.nan)
    earth = case.kind == "1ph"
    return Feeders(
        node=buses(rows, "bus", known), short_circuit_va=numbers(rows, f"s_sc_{side}_mva", 1e6, above=0.0),
        rx_ratio=numbers(rows, f"rx_{side}", least=0.0),
        zero_reactance_ratio=numbers(rows, f"x0x_{side}", above=0.0) if earth else blank,
        zero_rx_ratio=numbers(rows, f"r0x0_{side}", least=0.0) if earth else blank, in_service=on(rows),
    )  # fmt: skip


def conductors_of(rows: Sequence[Row], known: Mapping[int, int], case: FaultCase) -> Conductors:
    """Return lines; those of minimum currents need the temperature at the end of the fault."""
    run = numbers(rows, "length_km", above=0.0) / numbers(rows, "parallel", default=1.0, above=0.0)
    resistance = run * numbers(rows, "r_ohm_per_km", least=0.0)
    reactance = run * numbers(rows, "x_ohm_per_km", least=0.0)
    for row, ohm in zip(rows, np.abs(resistance[:, 0]) + np.abs(reactance[:, 0]), strict=True):
        if ohm == 0.0:
            found, expected = "a line without impedance", "a resistance or a reactance above 0"
            row.notes.fault("ST153", row.entry, "r_ohm_per_km", found=found, expected=expected)
    end = np.full((len(rows), 1), BASE_K)
    if not case.greatest:
        end = FREEZING_K + numbers(rows, "endtemp_degree", least=20.0, most=500.0)
    zero = [np.full((len(rows), 1), np.nan)] * 2
    if case.kind == "1ph":
        zero = [run * numbers(rows, f"{part}0_ohm_per_km", least=0.0) for part in "rx"]
    return Conductors(
        a=buses(rows, "from_bus", known), b=buses(rows, "to_bus", known), resistance_ohm=resistance,
        reactance_ohm=reactance, end_k=end, zero_resistance_ohm=zero[0], zero_reactance_ohm=zero[1],
        in_service=on(rows),
    )  # fmt: skip


def generators_of(rows: Sequence[Row], known: Mapping[int, int], transformers: Sequence[Row]) -> Generators:
    """Return synchronous machines, which stand on isolated star points."""
    places = {row.index: place for place, row in enumerate(transformers)}
    cosine = numbers(rows, "cos_phi", above=0.0, most=1.0)
    return Generators(
        node=buses(rows, "bus", known), rated_va=numbers(rows, "sn_mva", 1e6, above=0.0),
        rated_v=numbers(rows, "vn_kv", 1e3, above=0.0),
        subtransient_ratio=numbers(rows, "xdss_pu", above=0.0),
        resistance_ohm=numbers(rows, "rdss_ohm", least=0.0), sine_ratio=np.sqrt(1.0 - cosine**2),
        raised_ratio=numbers(rows, "pg_percent", 1e-2, default=0.0, least=0.0, most=20.0),
        zero_ohm=np.full((len(rows), 1), np.nan + 0j),
        sustained_ratio=numbers(rows, "sustained_current_pu", default=math.nan, above=0.0),
        transformer=np.array([_unit(row, places) for row in rows], dtype=np.intp), in_service=on(rows),
    )  # fmt: skip


def _unit(row: Row, places: Mapping[int, int]) -> int:
    """Return the row of the transformer that makes a unit with a generator, -1 for none."""
    named = row.number("power_station_trafo", default=-1.0)
    if named == -1.0 or math.isnan(named):
        return -1
    if int(named) not in places:
        expected = "the index of a transformer in service"
        row.notes.fault("ST154", row.entry, "power_station_trafo", found=f"{named:g}", expected=expected)
    return places.get(int(named), -1)


def motors_of(rows: Sequence[Row], known: Mapping[int, int], case: FaultCase) -> Motors:
    """Return asynchronous motors; Ib needs their pairs of poles."""
    mechanical = numbers(rows, "pn_mech_mw", 1e6, above=0.0)
    active = mechanical / numbers(rows, "efficiency_n_percent", 1e-2, above=0.0, most=100.0)
    pairs = np.full((len(rows), 1), np.nan)
    if math.isfinite(case.delay_s) and case.greatest:
        pairs = numbers(rows, "pole_pairs", least=1.0)
    return Motors(
        node=buses(rows, "bus", known), rated_va=active / numbers(rows, "cos_phi_n", above=0.0, most=1.0),
        rated_v=numbers(rows, "vn_kv", 1e3, above=0.0), starting_ratio=numbers(rows, "lrc_pu", above=0.0),
        rx_ratio=numbers(rows, "rx", least=0.0), power_per_pole_pair_w=mechanical / pairs,
        in_service=on(rows),
    )  # fmt: skip


def sources_of(rows: Sequence[Row], known: Mapping[int, int], nominal_kv: Mapping[int, float]) -> Sources:
    """Return full converters; what is called a static generator and is a machine is refused."""
    for row in rows:
        if not row.flag("current_source", default=True):
            expected = "a full converter (current_source true); a machine stands in `motor` or `gen`"
            row.notes.fault("ST151", row.entry, "current_source", found="a machine", expected=expected)
    node = buses(rows, "bus", known)
    volts = 1e3 * np.array([nominal_kv.get(int(bus), math.nan) for bus in node]).reshape(-1, 1)
    rated = numbers(rows, "sn_mva", 1e6, above=0.0) / (math.sqrt(3.0) * volts)
    return Sources(node=node, current_a=rated * numbers(rows, "k", least=0.0), in_service=on(rows))
