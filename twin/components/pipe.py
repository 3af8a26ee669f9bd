"""Straight pipe between two ports, with its fittings."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple, final

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.errors import InputError
from twin.laws.air import GRAVITY_M_S2
from twin.laws.empirical import HAZEN_WILLIAMS_FLOW, MANNING_FLOW, hazen_williams, manning
from twin.laws.fittings import CRANE, DARBY, HOOPER, crane_loss, darby_loss, hooper_loss
from twin.laws.steel_pipe import OUTSIDE_MM, SCHEDULES, SIZES, inside_diameter
from twin.laws.water import density
from twin.model.component import Component, Output, component, end, param, token
from twin.model.element import Block, Path
from twin.model.finding import Fault
from twin.model.groups import METALS_AND_PLASTICS, extremes_of, stretch_of

OUTPUTS = (
    Output(name="flow_m3_s", role="bore", field="flow_m3_s", doc="flow"),
    Output(name="velocity_m_s", role="bore", field="velocity_m_s", doc="fluid speed"),
    Output(name="drop_pa", role="bore", field="drop_pa", doc="pressure drop"),
    Output(name="gradient_pa_m", role="bore", field="gradient_pa_m", doc="friction per metre of pipe"),
    Output(name="inlet_pag", role="bore", field="inlet_pag", doc="pressure where it begins"),
    Output(name="outlet_pag", role="bore", field="outlet_pag", doc="pressure where it ends"),
    Output(name="top_m", role="bore", field="top_m", doc="height of the highest point of its run"),
    Output(name="top_pag", role="bore", field="top_pag", doc="pressure at that point"),
    Output(
        name="top_margin_pa", role="bore", field="top_margin_pa",
        doc="distance of that pressure from vapour pressure",
    ),
    Output(name="inlet_k", role="bore", field="inlet_k", doc="fluid temperature"),
    Output(name="segment_index", role="bore", field="segment_index", doc="piece between isolating valves"),
    Output(
        name="segment_volume_m3", role="bore", field="segment_volume_m3",
        doc="declared volume of that piece: what a leak lets out",
    ),
    Output(
        name="segment_lost_count", role="bore", field="segment_lost_count",
        doc="racks, units and coils without flow while that piece is shut",
    ),
    Output(name="loop_index", role="bore", field="loop_index", doc="connected loop it is in"),
)  # fmt: skip
# Empirical laws are told for water of room temperature.
WATER_N_M3 = GRAVITY_M_S2 * float(density(np.array(293.15)))
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
    source="Darcy–Weisbach, else Hazen–Williams or Manning; fittings by Darby (3-K), Hooper (2-K) or Crane",
    outputs=OUTPUTS,
)
class Pipe(Component):
    """A pipe of one size with friction, and fittings as dynamic heads; a valve in it may be shut or check.

    A Hazen-Williams or a Manning coefficient, where given, takes the place of the roughness: its loss is a
    head of water of 20 °C. Limits: a fitting loses the same whatever stands near it, a tee whatever the
    split; Crane's method has no laminar part; a check valve in it opens without a loss of its own; no heat
    through the wall.
    """

    size: tuple[str, ...] = token("Nominal size; needs a schedule.", tokens=SIZES, required=False)
    schedule: tuple[str, ...] = token("Wall.", tokens=SCHEDULES, default="10S")
    inner_diameter_m: Array = param(
        "Inner diameter; that of the nominal size when absent.", unit="mm", hard=(2, 3000), required=False
    )
    length_m: Array = param(
        "Length; measured along the drawn curve when absent.", unit="m", hard=(0.01, 500_000), required=False
    )
    roughness_m: Array = param(
        "Roughness of the wall.", unit="mm", hard=(0, 5), default=4.5e-5,
        source="Idelchik: new seamless or good welded steel 0.02–0.10 mm; stainless TCS up to 0.045 mm",
    )  # fmt: skip
    hazen_williams_ratio: Array = param(
        "Coefficient C of Hazen and Williams, in the place of the roughness.", unit="1", hard=(1, 500),
        soft=(60, 160), required=False,
    )  # fmt: skip
    manning_ratio: Array = param(
        "Manning's n in s/m^(1/3), in the place of the roughness.", unit="1", hard=(0.001, 1),
        soft=(0.008, 0.05), required=False,
    )  # fmt: skip
    valve: tuple[str, ...] = token(
        "Valve that stands in it: none or an open one, a check valve, a shut one.",
        tokens=("none", "check", "shut"), default="none",
    )  # fmt: skip
    material: tuple[str, ...] = token(
        "What the wall is made of: how fast pressure waves run.", tokens=METALS_AND_PLASTICS,
        default="stainless_steel",
    )  # fmt: skip
    wall_m: Array = param(
        "Thickness of the wall; that of the nominal size and schedule when absent, else that of steel pipe "
        "Sch 10S or plastic pipe SDR 11 of the same bore.",
        unit="mm", hard=(0.1, 200), required=False,
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
        """Yield the bores with their fittings, those with a check valve by themselves."""
        self._refuse_unclear()
        given = np.isfinite(self.inner_diameter_m)
        diameter = np.where(given, self.inner_diameter_m, inside_diameter(self.size, self.schedule)[:, None])
        head_m, exponent = self._empirical(diameter)
        counts = {name: getattr(self, name) for name in FITTINGS}
        fitted, laminar = fitting_losses(counts, self.fitting_method, diameter)
        loss = self.loss_ratio + fitted
        length, power_pa = np.where(exponent > 1.0, 0.0, self.length_m), WATER_N_M3 * head_m
        open_ = (np.array(self.valve) != "shut")[:, None] & self.in_service
        checked = np.array(self.valve) == "check"
        stretch = stretch_of(self.material, diameter, self._wall_m(given))
        height, before = extremes_of(self.route_m, len(self.part))
        for rows, check in ((np.flatnonzero(~checked), False), (np.flatnonzero(checked), True)):
            if len(rows) or not check:
                yield Path(
                    role="bore", part=rows, a=self.a[rows], b=self.b[rows], length_m=length[rows],
                    diameter_m=diameter[rows], roughness_m=self.roughness_m[rows], loss_ratio=loss[rows],
                    laminar_loss_ratio=laminar[rows],
                    power_pa=power_pa[rows], exponent_ratio=exponent[rows], check_valve=check,
                    volume_m3=(0.25 * np.pi * diameter**2 * self.length_m)[rows], in_service=open_[rows],
                    stretch_per_pa=stretch[rows], extreme_m=height[rows], extreme_ratio=before[rows],
                )  # fmt: skip

    def _empirical(self, diameter_m: Array) -> tuple[Array, Array]:
        """Return the head lost at 1 m3/s [m] and the exponent of flow of an empirical law; else 0 and 1."""
        williams, rough = self.hazen_williams_ratio, self.manning_ratio
        by_c, by_n = np.isfinite(williams), np.isfinite(rough)
        head_m = np.where(by_c, hazen_williams(np.where(by_c, williams, 1.0), self.length_m, diameter_m), 0.0)
        head_m = np.where(by_n, manning(rough, self.length_m, diameter_m), head_m)
        exponent = np.where(by_c, HAZEN_WILLIAMS_FLOW, np.where(by_n, MANNING_FLOW, 1.0))
        return head_m, exponent

    def _refuse_unclear(self) -> None:
        both = np.isfinite(self.hazen_williams_ratio) & np.isfinite(self.manning_ratio)
        if both.any():
            raise InputError([
                Fault(
                    code="ST092", prim=self.paths[row], attribute="twin:pipe:manningRatio", where="",
                    found="two laws of friction: Hazen-Williams and Manning", expected="one of them",
                )
                for row in np.flatnonzero(both.any(axis=1))
            ])  # fmt: skip

    def _wall_m(self, bored: Flags) -> Array:
        """Return the thickness of each wall [m], NaN where neither it nor a nominal size is given."""
        outside = 1e-3 * np.array([OUTSIDE_MM.get(size, np.nan) for size in self.size])
        nominal = 0.5 * (outside - inside_diameter(self.size, self.schedule))[:, None]
        own = np.where(np.isfinite(self.wall_m), self.wall_m, np.where(bored, np.nan, nominal))
        return np.asarray(own)


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
