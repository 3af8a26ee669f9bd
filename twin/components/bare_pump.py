"""Bare-shaft pump: a pump of a water network, known by what it does to the fluid only."""

from collections.abc import Iterator
from typing import final

import numpy as np

from twin.arrays import Array, Index
from twin.errors import InputError
from twin.laws.movers import fit_curve, fit_power
from twin.model.component import Component, Output, component, curve, param, port, token
from twin.model.element import Block, Mover
from twin.model.finding import Fault

OUTPUTS = (
    Output(name="flow_m3_s", role="pump", field="flow_m3_s", doc="flow"),
    Output(name="rise_pa", role="pump", field="rise_pa", doc="pressure rise"),
    Output(name="inlet_pag", role="pump", field="inlet_pag", doc="suction pressure"),
    Output(name="outlet_pag", role="pump", field="outlet_pag", doc="discharge pressure"),
    Output(name="inlet_k", role="pump", field="inlet_k", doc="fluid temperature"),
    Output(name="speed_ratio", role="pump", field="speed_ratio", doc="speed over rated speed"),
    Output(name="hydraulic_power_w", role="pump", field="hydraulic_power_w", doc="power given to the fluid"),
    Output(name="loop_index", role="pump", field="loop_index", doc="connected network it is in"),
)


@final
@component(
    kind="bare_pump",
    group="plant",
    label="Bare-shaft pump",
    source="Pump curve with affinity laws; L. A. Rossman, EPANET 2.2 User Manual, section 3.1",
    outputs=OUTPUTS,
    has_speed=True,
)
class BarePump(Component):
    """A pump without its drive, and with a check valve: along a curve, or of constant hydraulic power.

    The drive is no part of the facility: nothing supplies it, and what it draws warms nothing. A pump of a
    plant is a ``pump``, which has to be supplied. Limits: no efficiency, no cavitation.
    """

    curve_pa: Array = curve(
        "Rise over flow at full speed; three points or more for a parabola, three for a power.",
        x_name="flow_m3_s", x_unit="L/min", unit="kPa", hard=(0, 50_000), x_hard=(0, 1e7), points=2,
    )  # fmt: skip
    curve_law: tuple[str, ...] = token(
        "What is laid through the points: a parabola close to them, a smooth curve or straight lines through "
        "all of them, or a - b·Q^c through the first three, from no flow on.",
        tokens=("parabola", "points", "straight", "power"), default="parabola",
    )  # fmt: skip
    hydraulic_power_w: Array = param(
        "Constant power given to the fluid, in the place of a curve.", unit="kW", hard=(0, 1e5),
        required=False,
    )  # fmt: skip
    speed_ratio: Array = param(
        "Speed when no control moves it.", unit="%", hard=(0, 200), default=1.0, source="rated speed"
    )
    position: tuple[str, ...] = token("Whether it runs.", tokens=("runs", "stands"), default="runs")
    inlet: Index = port("Suction.", domain="thermal", direction="input", role="inlet", flow="in")
    outlet: Index = port("Discharge.", domain="thermal", direction="output", role="outlet", flow="out")

    def elements(self) -> Iterator[Block]:
        """Yield the pumps by the law that they follow."""
        self._refuse_unclear()
        law, steady = np.array(self.curve_law), self._steady
        lacking = max(3 - self.curve_pa.shape[1], 0)
        points = np.pad(self.curve_pa, ((0, 0), (0, lacking), (0, 0)), constant_values=np.nan)
        flow, rise = points[..., 0], points[..., 1]
        parabola = np.flatnonzero((law == "parabola") & ~steady)
        c0, c1, c2 = (c[:, None] for c in fit_curve(flow[parabola], rise[parabola]))
        yield self._pumps(parabola, shutoff_pa=c0, linear_pa_s_m3=c1, quadratic_pa_s2_m6=c2)
        power = np.flatnonzero((law == "power") & ~steady)
        shutoff, bend, exponent = (c[:, None] for c in fit_power(flow[power], rise[power]))
        yield self._pumps(power, shutoff_pa=shutoff, power_pa=bend, exponent_ratio=exponent)
        for straight, word in ((False, "points"), (True, "straight")):
            rows = np.flatnonzero((law == word) & ~steady)
            yield self._pumps(rows, curve_m3_s=flow[rows], curve_pa=rise[rows], curve_straight=straight)
        rows = np.flatnonzero(steady)
        yield self._pumps(rows, hydraulic_power_w=self.hydraulic_power_w[rows])

    @property
    def _steady(self) -> np.ndarray:
        return np.asarray(np.isfinite(self.hydraulic_power_w).any(axis=1))

    def _pumps(self, rows: Index, **law: object) -> Mover:
        runs = (np.array(self.position) == "runs")[:, None] & self.in_service
        return Mover(
            role="pump", part=rows, a=self.inlet[rows], b=self.outlet[rows],
            speed_ratio=self.speed_ratio[rows], check_valve=True, in_service=runs[rows],
            **law,  # type: ignore[arg-type]
        )  # fmt: skip

    def _refuse_unclear(self) -> None:
        """Refuse pumps with neither a curve nor a power, or both, or too few points for their law."""
        count = np.isfinite(self.curve_pa[..., 1]).sum(axis=1)
        least = np.array([3 if word in {"parabola", "power"} else 2 for word in self.curve_law])
        expected = "either twin:barePump:curve or twin:barePump:hydraulicPower"
        faults = []
        for row, (points, steady) in enumerate(zip(count.tolist(), self._steady.tolist(), strict=True)):
            if steady == (points > 0):
                found = "both a curve and a constant power" if steady else "neither a curve nor a power"
            elif not steady and points < least[row]:
                found = f"{points} points for curveLaw '{self.curve_law[row]}'"
                expected = f"{least[row]} points or more"
            else:
                continue
            faults.append(
                Fault(
                    code="ST092", prim=self.paths[row], attribute="twin:barePump:curve", where="",
                    found=found, expected=expected,
                )
            )  # fmt: skip
        if faults:
            raise InputError(faults)
