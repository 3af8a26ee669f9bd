"""Straight pipe between two ports, with its fittings."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple, final

import numpy as np

from twin.arrays import Array, Index
from twin.laws.fittings import CRANE, DARBY, HOOPER, crane_loss, darby_loss, hooper_loss
from twin.model.component import Component, Output, component, end, param, token
from twin.model.element import Block, Path

OUTPUTS = (
    Output(name="flow_m3_s", role="bore", field="flow_m3_s", doc="flow"),
    Output(name="velocity_m_s", role="bore", field="velocity_m_s", doc="fluid speed"),
    Output(name="drop_pa", role="bore", field="drop_pa", doc="pressure drop"),
    Output(name="inlet_pag", role="bore", field="inlet_pag", doc="pressure where it begins"),
    Output(name="outlet_pag", role="bore", field="outlet_pag", doc="pressure where it ends"),
    Output(name="inlet_k", role="bore", field="inlet_k", doc="fluid temperature"),
    Output(name="loop_index", role="bore", field="loop_index", doc="connected loop it is in"),
)
SIZES = (
    "DN25", "DN32", "DN40", "DN50", "DN65", "DN80", "DN100",
    "DN125", "DN150", "DN200", "DN250", "DN300", "DN350", "DN400",
)  # fmt: skip
# Inside diameters [mm]: ASME B36.10M (Sch 40, Sch 80) and B36.19M (Sch 10S), in the order of SIZES.
INSIDE_MM: Mapping[str, tuple[float, ...]] = MappingProxyType({
    "10S": (
        27.86, 36.66, 42.76, 54.76, 66.90, 82.80, 108.20,
        134.50, 161.50, 211.58, 264.72, 314.76, 346.04, 396.84,
    ),
    "40": (
        26.64, 35.08, 40.94, 52.48, 62.68, 77.92, 102.26,
        128.20, 154.08, 202.74, 254.46, 303.18, 333.34, 381.00,
    ),
    "80": (
        24.30, 32.50, 38.14, 49.22, 58.98, 73.66, 97.18,
        122.24, 146.36, 193.70, 242.82, 288.84, 317.50, 363.52,
    ),
})  # fmt: skip
METHODS = ("darby", "hooper", "crane")
ELBOW, TEE_RUN, TEE_BRANCH = "elbow 90, r/D 1, flanged", "tee run, flanged", "tee branch, flanged"
FULL_BORE = "gate, ball or plug valve, full bore"
INFINITE = np.array(np.inf)


class Fitting(NamedTuple):
    """What a fitting is called in the tables of the three methods."""

    darby: str
    hooper: str
    crane: str


FITTINGS: Mapping[str, Fitting] = MappingProxyType({
    "elbow_count": Fitting(ELBOW, "elbow 90, standard, flanged", ELBOW),
    "elbow_45_count": Fitting("elbow 45, long radius", "elbow 45, long radius", "elbow 45"),
    "tee_run_count": Fitting(TEE_RUN, TEE_RUN, "tee run"),
    "tee_branch_count": Fitting(TEE_BRANCH, TEE_BRANCH, "tee branch"),
    "gate_valve_count": Fitting("gate valve", FULL_BORE, "gate valve"),
    "ball_valve_count": Fitting("ball valve", FULL_BORE, "ball valve"),
    "globe_valve_count": Fitting("globe valve", "globe valve", "globe valve"),
})  # fmt: skip


@final
@component(
    kind="pipe",
    group="pipe",
    label="Pipe",
    source="Darcy–Weisbach; fittings by the 3-K method of Darby, the 2-K method of Hooper or that of Crane",
    outputs=OUTPUTS,
)
class Pipe(Component):
    """A pipe of one size with friction, and fittings as dynamic heads.

    Limits: a fitting loses the same whatever stands near it, a tee whatever the split; Crane's method has no
    laminar part; no heat through the wall.
    """

    size: tuple[str, ...] = token("Nominal size; needs a schedule.", tokens=SIZES, required=False)
    schedule: tuple[str, ...] = token("Wall.", tokens=tuple(INSIDE_MM), default="10S")
    inner_diameter_m: Array = param(
        "Inner diameter; that of the nominal size when absent.", unit="mm", hard=(2, 3000), required=False
    )
    length_m: Array = param(
        "Length; measured along the drawn curve when absent.", unit="m", hard=(0.01, 20000), required=False
    )
    roughness_m: Array = param(
        "Roughness of the wall.", unit="mm", hard=(0, 5), default=4.5e-5,
        source="Idelchik: new seamless or good welded steel 0.02–0.10 mm; stainless TCS up to 0.045 mm",
    )  # fmt: skip
    elbow_count: Array = param(
        "Welded 90° elbows, r/D 1.", unit="1", hard=(0, 500), default=0.0, source="none"
    )
    tee_run_count: Array = param("Tees passed straight.", unit="1", hard=(0, 500), default=0.0, source="none")
    tee_branch_count: Array = param("Tees turned in.", unit="1", hard=(0, 500), default=0.0, source="none")
    elbow_45_count: Array = param(
        "45° elbows, long radius.", unit="1", hard=(0, 500), default=0.0, source="none"
    )
    gate_valve_count: Array = param("Open gate valves.", unit="1", hard=(0, 500), default=0.0, source="none")
    ball_valve_count: Array = param(
        "Open ball valves, full bore.", unit="1", hard=(0, 500), default=0.0, source="none"
    )
    globe_valve_count: Array = param(
        "Open globe valves.", unit="1", hard=(0, 500), default=0.0, source="none"
    )
    fitting_method: tuple[str, ...] = token(
        "Method of the fittings: 3-K, 2-K or equivalent lengths.", tokens=METHODS, default="darby"
    )
    loss_ratio: Array = param(
        "Other losses in dynamic heads: valves, reducers, entry, exit.", unit="1", hard=(0, 10000),
        default=0.0, source="none",
    )  # fmt: skip
    system: tuple[str, ...] = token(
        "Loop it belongs to.", tokens=("TCS", "FWS", "CHW", "CWS"), required=False
    )
    a: Index = end("Where the fluid comes from.", domain="thermal", which="from")
    b: Index = end("Where the fluid goes.", domain="thermal", which="to")

    def elements(self) -> Iterator[Block]:
        """Yield the bore with its fittings."""
        given = np.isfinite(self.inner_diameter_m)
        diameter = np.where(given, self.inner_diameter_m, inside_diameter(self.size, self.schedule)[:, None])
        counts = {name: getattr(self, name) for name in FITTINGS}
        loss, laminar = fitting_losses(counts, self.fitting_method, diameter)
        yield Path(
            role="bore", part=self.part, a=self.a, b=self.b, length_m=self.length_m, diameter_m=diameter,
            roughness_m=self.roughness_m, loss_ratio=self.loss_ratio + loss, laminar_loss_ratio=laminar,
            volume_m3=0.25 * np.pi * diameter**2 * self.length_m, in_service=self.in_service,
        )  # fmt: skip


def inside_diameter(size: tuple[str, ...], schedule: tuple[str, ...]) -> Array:
    """Return the inside diameter of nominal sizes [m], NaN where none is given, shape (part,).

    Source:
        ASME B36.10M-2018 (Sch 40, Sch 80) and B36.19M-2018 (Sch 10S).
    """
    table = {(dn, wall): mm for wall, row in INSIDE_MM.items() for dn, mm in zip(SIZES, row, strict=True)}
    pairs = np.array(list(zip(size, schedule, strict=True))).reshape(-1, 2)
    kinds, where = np.unique(pairs, axis=0, return_inverse=True)
    return 1e-3 * np.array([table.get((dn, wall), np.nan) for dn, wall in kinds.tolist()])[where.ravel()]


def fitting_losses(
    counts: Mapping[str, Array], method: tuple[str, ...], diameter_m: Array
) -> tuple[Array, Array]:
    """Return what fittings lose in dynamic heads, K∞ and K1 of K = K∞ + K1/Re.

    Args:
        counts: Fittings of each name in ``FITTINGS``, shape (part, 1 or variant).
        method: Whose method, by part.
        diameter_m: Inside diameter [m], shape (part, 1 or variant), > 0.

    Returns:
        K∞ [1] in fully turbulent flow and K1 [1], shape (part, 1 or variant).

    Source:
        Tables and equations of ``twin.laws.fittings``.
    """
    loss, laminar = np.zeros((len(method), 1)), np.zeros((len(method), 1))
    used = [m for m in METHODS if m in method]
    for name, count in counts.items():
        if not count.any():
            continue
        for whose in used:
            mine = np.array([m == whose for m in method])[:, None] * count
            k_infinite, k1 = one_fitting(FITTINGS[name], whose, diameter_m)
            loss, laminar = loss + mine * k_infinite, laminar + mine * k1
    return loss, laminar


def one_fitting(fitting: Fitting, method: str, diameter_m: Array) -> tuple[Array, float]:
    """Return K∞ [1], shape of the diameter, and K1 [1] of one fitting by one method."""
    if method == "crane":
        return crane_loss(np.array(CRANE[fitting.crane]), diameter_m), 0.0
    if method == "hooper":
        two = HOOPER[fitting.hooper]
        return hooper_loss(INFINITE, diameter_m, *map(np.array, two)), two.k1_ratio
    three = DARBY[fitting.darby]
    return darby_loss(INFINITE, diameter_m, *map(np.array, three)), three.k1_ratio
