"""Busway: a run of busbar trunking, fed at its first end, with tap-offs along it."""

from collections.abc import Iterator
from typing import final

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.laws.conductors import ALUMINIUM_PER_K, COPPER_PER_K, resistance_at
from twin.model.binding import Ends
from twin.model.component import Component, Output, component, param, port, token
from twin.model.element import Block, Line
from twin.model.fault_outputs import unlike_faults

# "Typical" sandwich values by rating, of an open voltage-drop calculator that cites IEC 61439-6 and vendor
# guides; taken at 20 °C, which it does not say. No maker's sheet confirms them: assumption.
RATINGS_A = np.array(
    [225, 400, 630, 800, 1000, 1250, 1600, 2000, 2500, 3200, 4000, 5000, 6300], dtype=np.float64
)
COPPER_MOHM_M = np.array([
    [0.300, 0.155, 0.094, 0.072, 0.056, 0.043, 0.033, 0.025, 0.019, 0.014, 0.011, 0.008, 0.006],
    [0.160, 0.110, 0.075, 0.060, 0.050, 0.042, 0.034, 0.027, 0.023, 0.018, 0.015, 0.013, 0.010],
])  # fmt: skip
ALUMINIUM_MOHM_M = np.array([
    [0.480, 0.248, 0.150, 0.115, 0.090, 0.069, 0.053, 0.040, 0.030, 0.023, 0.018],
    [0.170, 0.150, 0.108, 0.088, 0.073, 0.062, 0.050, 0.042, 0.036, 0.030, 0.025],
])  # fmt: skip

OUTPUTS = (
    Output(
        name="current_a", role="segment", field="current_a", reduce="max", doc="highest current, at the feed"
    ),
    Output(
        name="loading_ratio",
        role="segment",
        field="loading_ratio",
        reduce="max",
        doc="highest current over rating",
    ),
    Output(
        name="drop_ratio",
        role="segment",
        field="drop_ratio",
        reduce="sum",
        doc="voltage drop, feed to last tap",
    ),
    Output(name="loss_w", role="segment", field="loss_w", reduce="sum", doc="loss"),
    Output(
        name="end_voltage_ratio",
        role="segment",
        field="voltage_ratio",
        reduce="min",
        doc="lowest tap voltage",
    ),
    Output(name="air_k", role="segment", field="air_k", reduce="max", doc="temperature of the air around it"),
    Output(
        name="derating_ratio", role="segment", field="derating_ratio", reduce="min",
        doc="current allowed in that air over the rated current",
    ),
    Output(
        name="conductor_k", role="segment", field="conductor_k", reduce="max",
        doc="temperature that its current brings it to in that air",
    ),
    Output(
        name="ikss_max_a", role="segment", field="ikss_max_a", reduce="max",
        doc="greatest initial short-circuit current, UPS in static bypass",
    ),
    Output(name="ip_a", role="segment", field="ip_a", reduce="max", doc="peak of that current"),
    Output(
        name="ikss_min_a", role="segment", field="ikss_min_a", reduce="min",
        doc="least initial short-circuit current, on inverter or generator",
    ),
    *unlike_faults("segment"),
    Output(
        name="neutral_current_a", role="segment", field="neutral_a", reduce="max",
        doc="current of the neutral, fundamental only; none where all phases are alike",
    ),
)  # fmt: skip


@final
@component(
    kind="busway",
    group="busway",
    label="Busway",
    source="IEC 61439-6: rated current, phase resistance and reactance of busbar trunking",
    outputs=OUTPUTS,
)
class Busway(Component):
    """A straight run whose feed is at its first end (offset 0); every stretch between tap-offs is a line."""

    rating_a: Array = param("Rated current.", unit="A", hard=(40, 6300))
    rating_air_temperature_k: Array = param(
        "Air temperature that the rating is given for.", unit="degC", hard=(0, 60), default=308.15,
        source="IEC 61439-1:2020, 7.1.2.1: mean ambient air of 35 °C over 24 h (recalled)",
    )  # fmt: skip
    conductor_max_k: Array = param(
        "Highest conductor temperature at that current.", unit="degC", hard=(61, 200), default=363.15,
        source="assumption: 55 K over 35 °C, the rise that UL 857 allows; makers' factors fall rather less",
    )  # fmt: skip
    conductor: tuple[str, ...] = token("Conductor.", tokens=("copper", "aluminium"), default="copper")
    conductor_temperature_k: Array = param(
        "Mean conductor temperature the resistance is taken at.", unit="degC", hard=(0, 140), default=333.15,
        source="assumption: 60 °C, a run at about two thirds of its rating in a 35 °C room",
    )  # fmt: skip
    resistance_ohm_per_m: Array = param(
        "Phase resistance at 20 °C; the table's when not given.", unit="mohm/m", hard=(0.001, 10),
        required=False,
    )  # fmt: skip
    reactance_ohm_per_m: Array = param(
        "Phase reactance; the table's when not given.",
        unit="mohm/m",
        hard=(0, 10),
        required=False,
    )
    tap_pitch_m: Array = param(
        "Stretch taken between the feed and a tap-off, or two tap-offs, drawn at one place.", unit="m",
        hard=(0.001, 1), default=0.05, source="assumption: width of the contacts of a tap-off",
    )  # fmt: skip
    zero_resistance_ratio: Array = param(
        "Zero-sequence over positive-sequence resistance.", unit="1", hard=(1, 50), default=4.0,
        source="assumption: current to earth comes back by a conductor of the same section, R + 3·R",
    )  # fmt: skip
    zero_reactance_ratio: Array = param(
        "Zero-sequence over positive-sequence reactance.", unit="1", hard=(0.5, 50), default=4.0,
        source="assumption: likewise; IEC TR 60909-2 has 3 to 4 for four-core cables (recalled)",
    )  # fmt: skip
    fault_temperature_k: Array = param(
        "Conductor temperature at the end of a short circuit.", unit="degC", hard=(20, 400),
        default=473.15, source="IEC 60865-1:2011, table 6: bare copper and aluminium, 200 °C (recalled)",
    )  # fmt: skip
    withstand_a: Array = param(
        "Rated short-time withstand current.", unit="kA", hard=(1, 300), required=False
    )
    mass_kg_m: Array = param("Mass per length.", unit="kg/m", hard=(0.5, 500), required=False)
    feed: Index = port(
        "End feed.", domain="electrical", system="power", direction="input", role="feed", flow="in"
    )
    taps: Ends = port(
        "Tap-offs, by their distance from the feed.", domain="electrical", system="power", direction="output",
        many=True, role="tap", flow="out",
    )  # fmt: skip

    def elements(self) -> Iterator[Block]:
        """Yield the stretches from the feed to the last tap-off."""
        order = np.lexsort((self.taps.offset_m, self.taps.part))
        part, node, offset = self.taps.part[order], self.taps.node[order], self.taps.offset_m[order]
        first = np.diff(part, prepend=-1) != 0
        before = np.where(first, self.feed[part], np.roll(node, 1))
        length = offset - np.where(first, 0.0, np.roll(offset, 1))
        # A tap before the first end has no length: the layout of the network refuses it by name.
        run_m = np.where(length < 0.0, np.nan, length)[:, None]
        run_m = np.maximum(run_m, self.tap_pitch_m[part])
        cold, resistance, reactance = self.impedance_per_m()
        yield Line(
            role="segment", part=part, a=before, b=node, resistance_ohm=resistance[part] * run_m,
            reactance_ohm=reactance[part] * run_m, rating_a=self.rating_a[part], room=self.room[part],
            cold_ohm=cold[part] * run_m, end_k=self.fault_temperature_k[part],
            zero_resistance_ratio=self.zero_resistance_ratio[part],
            zero_reactance_ratio=self.zero_reactance_ratio[part],
            reference_k=self.rating_air_temperature_k[part], limit_k=self.conductor_max_k[part],
            coefficient_per_k=self._coefficient_per_k()[part],
            in_service=self.in_service[part],
        )  # fmt: skip

    def impedance_per_m(self) -> tuple[Array, Array, Array]:
        """Return resistance at 20 °C, at temperature, and reactance [ohm/m], shape (part, 1 or variant)."""
        copper = np.array([word == "copper" for word in self.conductor], dtype=np.bool_)[:, None]
        cold = cold_resistance_per_m(self.rating_a, self.conductor, self.resistance_ohm_per_m)
        typical = _typical(self.rating_a, copper, 1)
        given = self.reactance_ohm_per_m
        reactance = np.where(np.isfinite(given), given, typical)
        hot = resistance_at(cold, self.conductor_temperature_k, self._coefficient_per_k())
        return cold, hot, reactance

    def _coefficient_per_k(self) -> Array:
        copper = np.array([word == "copper" for word in self.conductor], dtype=np.bool_)[:, None]
        return np.where(copper, COPPER_PER_K, ALUMINIUM_PER_K)


def cold_resistance_per_m(rating_a: Array, conductor: tuple[str, ...], given_ohm_per_m: Array) -> Array:
    """Return phase resistance at 20 °C [ohm/m], the table's where none is given.

    Args:
        rating_a: Rated current [A], shape (part, 1 or variant).
        conductor: ``copper`` or ``aluminium``, shape (part,).
        given_ohm_per_m: What is given, NaN for nothing, shape (part, 1 or variant).
    """
    copper = np.array([word == "copper" for word in conductor], dtype=np.bool_)[:, None]
    return np.where(np.isfinite(given_ohm_per_m), given_ohm_per_m, _typical(rating_a, copper, 0))


def _typical(rating_a: Array, copper: Flags, row: int) -> Array:
    """Return a row of the tables [ohm/m], NaN beyond them, shape (part, 1 or variant)."""
    found = [
        np.interp(rating_a, RATINGS_A[: table.shape[1]], table[row], left=np.nan, right=np.nan)
        for table in (COPPER_MOHM_M, ALUMINIUM_MOHM_M)
    ]
    return np.asarray(1e-3 * np.where(copper, *found))
