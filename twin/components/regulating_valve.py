"""Regulating valve of a water network: keeps a pressure, a flow, a difference or an opening."""

from collections.abc import Iterator
from typing import final

import numpy as np

from twin.arrays import Array, Index
from twin.errors import InputError
from twin.laws.fittings import quadratic_of_loss
from twin.laws.water import density
from twin.model.component import Component, Output, component, curve, param, port, token
from twin.model.element import Block, Keeps, Path, Valve
from twin.model.finding import Fault
from twin.model.groups import KV_DENSITY, KV_OVER_CV, quadratic_of

OUTPUTS = (
    Output(name="flow_m3_s", role="valve", field="flow_m3_s", doc="flow"),
    Output(name="drop_pa", role="valve", field="drop_pa", doc="pressure difference it takes"),
    Output(name="inlet_pag", role="valve", field="inlet_pag", doc="pressure before it"),
    Output(name="outlet_pag", role="valve", field="outlet_pag", doc="pressure behind it"),
    Output(name="state_index", role="valve", field="state_index", doc="0 shut, 1 open, 2 regulating"),
)
# What each use needs beyond its loss when open.
NEEDS = {
    "pressure_reducing": ("set_pressure_pag", "twin:regulatingValve:setPressure"),
    "pressure_sustaining": ("set_pressure_pag", "twin:regulatingValve:setPressure"),
    "flow_control": ("set_flow_m3_s", "twin:regulatingValve:setFlow"),
    "throttle_control": ("", ""),
    "pressure_breaker": ("set_drop_pa", "twin:regulatingValve:setDrop"),
    "general_purpose": ("drop_curve_pa", "twin:regulatingValve:dropCurve"),
}
# Where a loss coefficient is turned into a pressure; it follows the density of what flows.
WATER_K = 293.15


@final
@component(
    kind="regulating_valve",
    group="valve",
    label="Regulating valve",
    source="L. A. Rossman, EPANET 2.2 User Manual, section 3.1: PRV, PSV, FCV, TCV, PBV, GPV",
    outputs=OUTPUTS,
)
class RegulatingValve(Component):
    """A valve that regulates by itself; where it cannot, it stands open or shut.

    ``pressure_reducing`` (PRV) holds the pressure at its outlet at or below the set-point,
    ``pressure_sustaining`` (PSV) that at its inlet at or above it; both refuse reversed flow.
    ``flow_control`` (FCV) lets no more than a flow pass, ``throttle_control`` (TCV) is an opening,
    ``pressure_breaker`` (PBV) loses a difference whatever flows, ``general_purpose`` (GPV) loses what its
    points say. Open, it loses as Kv or a loss coefficient says, nothing without. Limits: exact regulation, no
    hysteresis; a breaker has no loss beside its difference.
    """

    use: tuple[str, ...] = token("What it regulates.", tokens=tuple(NEEDS))
    position: tuple[str, ...] = token(
        "Whether it regulates, or is fixed.", tokens=("regulating", "open", "shut"), default="regulating"
    )
    set_pressure_pag: Array = param(
        "Pressure that it keeps at its outlet (reducing) or inlet (sustaining).", unit="bar g",
        hard=(-1, 200), required=False,
    )  # fmt: skip
    set_flow_m3_s: Array = param("Flow that it lets pass.", unit="L/min", hard=(0, 1e7), required=False)
    set_drop_pa: Array = param("Difference that a breaker loses.", unit="kPa", hard=(0, 2e4), required=False)
    drop_curve_pa: Array = curve(
        "Drop over flow of a general-purpose valve.", x_name="flow_m3_s", x_unit="L/min", unit="kPa",
        hard=(0, 2e4), x_hard=(0, 1e7),
    )  # fmt: skip
    kv_m3_s: Array = param(
        "Flow coefficient Kv as it stands open, at 1 bar.", unit="m3/h", hard=(0.001, 1e6), required=False
    )
    cv_m3_s: Array = param(
        "Flow coefficient Cv as it stands open, at 1 psi, in the place of kv.", unit="gpm", hard=(0.001, 1e6),
        instead_of="kv_m3_s", worth=KV_OVER_CV,
    )  # fmt: skip
    loss_ratio: Array = param(
        "Loss coefficient as it stands open, on its inner diameter.", unit="1", hard=(0, 1e9), default=0.0,
        source="none",
    )  # fmt: skip
    inner_diameter_m: Array = param(
        "Inner diameter, needed with a loss coefficient.", unit="mm", hard=(2, 100_000), required=False
    )
    inlet: Index = port("Inlet.", domain="thermal", direction="input", role="inlet", flow="in")
    outlet: Index = port("Outlet.", domain="thermal", direction="output", role="outlet", flow="out")

    def elements(self) -> Iterator[Block]:
        """Yield the valves by what they regulate."""
        self._refuse_unset()
        use = np.where(np.array(self.position) == "regulating", np.array(self.use), "throttle_control")
        rows = {word: np.flatnonzero(use == word) for word in NEEDS}
        for word, keeps in (
            ("pressure_reducing", Keeps.DOWNSTREAM), ("pressure_sustaining", Keeps.UPSTREAM),
        ):  # fmt: skip
            yield self._valves(rows[word], keeps=keeps, keep_pag=self.set_pressure_pag[rows[word]])
        yield self._valves(rows["flow_control"], limit_m3_s=self.set_flow_m3_s[rows["flow_control"]])
        yield self._valves(rows["throttle_control"])
        breaks, general = rows["pressure_breaker"], rows["general_purpose"]
        yield self._passages(breaks, fixed_pa=self.set_drop_pa[breaks])
        curves = self.drop_curve_pa[general]
        yield self._passages(general, curve_m3_s=curves[..., 0], curve_pa=curves[..., 1], curve_straight=True)

    def _valves(self, rows: Index, **law: object) -> Valve:
        return Valve(
            role="valve", part=rows, a=self.inlet[rows], b=self.outlet[rows], in_service=self._open[rows],
            quadratic_pa_s2_m6=self._loss()[rows], reference_density_kg_m3=self._told_for()[rows],
            **law,  # type: ignore[arg-type]
        )  # fmt: skip

    def _passages(self, rows: Index, **law: object) -> Path:
        return Path(
            role="valve", part=rows, a=self.inlet[rows], b=self.outlet[rows], in_service=self._open[rows],
            **law,  # type: ignore[arg-type]
        )  # fmt: skip

    @property
    def _open(self) -> np.ndarray:
        return np.asarray((np.array(self.position) != "shut")[:, None] & self.in_service)

    def _loss(self) -> Array:
        """Return the quadratic loss when open [Pa s2/m6], shape (part, 1 or variant)."""
        given = np.isfinite(self.kv_m3_s)
        bore = np.where(np.isfinite(self.inner_diameter_m), self.inner_diameter_m, 1.0)
        by_loss = quadratic_of_loss(self.loss_ratio, bore, density(np.array(WATER_K)))
        return np.where(given, quadratic_of(np.where(given, self.kv_m3_s, np.inf)), by_loss)

    def _told_for(self) -> Array:
        """Return the density that the loss when open is told for [kg/m3], shape (part, 1 or variant)."""
        return np.where(np.isfinite(self.kv_m3_s), KV_DENSITY, density(np.array(WATER_K)))

    def _refuse_unset(self) -> None:
        """Refuse valves without the number that their use needs, and losses without a diameter."""
        faults = []
        for row, use in enumerate(self.use):
            name, attribute = NEEDS[use]
            if name and not np.isfinite(getattr(self, name)[row]).any():
                found, expected = f"nothing to keep for use '{use}'", f"a value of {attribute}"
            elif self.loss_ratio[row].max() > 0.0 and not np.isfinite(self.inner_diameter_m[row]).all():
                attribute = "twin:regulatingValve:lossRatio"
                found, expected = "a loss without a diameter", "twin:regulatingValve:innerDiameter beside it"
            else:
                continue
            faults.append(
                Fault(
                    code="ST092", prim=self.paths[row], attribute=attribute, where="", found=found,
                    expected=expected,
                )
            )  # fmt: skip
        if faults:
            raise InputError(faults)
