"""Liquid-cooled rack: cold plates carry most of its heat, server fans the rest."""

from collections.abc import Iterator
from typing import final

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.laws.curves import interpolate
from twin.laws.friction import fit_quadratic_through_zero
from twin.model.binding import Ends
from twin.model.component import Component, Output, component, curve, param, port, text, token
from twin.model.element import Block, Chip, Fluid, Load, Mover, Path, Release, Split, Store, Use
from twin.model.fault_outputs import unlike_faults

# Chips count as within their rack up to rounding.
WITHIN_RATIO = 1.0 + 1e-9
OUTPUTS = (
    Output(name="it_power_w", role="it", field="power_w", doc="AC power at the rack's inputs"),
    Output(name="coolant_flow_m3_s", role="coolant", field="flow_m3_s", doc="coolant flow"),
    Output(name="coolant_supply_k", role="coolant", field="inlet_k", doc="coolant supply temperature"),
    Output(name="coolant_return_k", role="coolant", field="outlet_k", doc="coolant return temperature"),
    Output(name="coolant_drop_pa", role="coolant", field="drop_pa", doc="pressure drop of the rack"),
    Output(
        name="coolant_pressure_pag", role="coolant", field="inlet_pag", doc="coolant pressure at the inlet"
    ),
    Output(name="header_index", role="coolant", field="header_index", doc="its manifold, -1 for none"),
    Output(
        name="header_flow_ratio", role="coolant", field="header_flow_ratio",
        doc="flow over the mean of the racks on its manifold",
    ),
    Output(
        name="header_spread_ratio", role="coolant", field="header_spread_ratio",
        doc="greatest less least flow on its manifold, over the mean",
    ),
    Output(
        name="tray_spread_ratio", role="coolant", field="tray_spread_ratio",
        doc="greatest less least flow of its trays, over the mean",
    ),
    Output(name="liquid_heat_w", role="coolant", field="heat_w", doc="heat into the coolant"),
    Output(name="air_heat_w", role="air", field="heat_w", doc="heat into the room air"),
    Output(name="air_inlet_k", role="air", field="inlet_k", doc="air inlet temperature"),
    Output(name="air_outlet_k", role="air", field="outlet_k", doc="air outlet temperature"),
    Output(name="junction_k", role="chip", field="junction_k", doc="hottest junction of its chips"),
    Output(
        name="junction_margin_dk", role="chip", field="junction_margin_dk",
        doc="highest junction temperature allowed less the hottest",
    ),
    Output(
        name="throttle_ratio", role="chip", field="throttle_ratio",
        doc="share of its full clock that its slowest chip has lost",
    ),
    Output(
        name="chip_more_w", role="chip", field="more_w",
        doc="power drawn beyond the declared, because chips are hotter or slower than that holds for",
    ),
    Output(name="plate_flow_m3_s", role="chip", field="plate_m3_s", doc="least flow through a cold plate"),
    Output(
        name="plate_fluid_ratio", role="chip", field="same_ratio",
        doc="1 where what flows is what the cold plate was measured with",
    ),
    Output(
        name="capture_ratio", role="split", field="share_ratio",
        doc="share of its heat that goes to liquid, where that follows temperature",
    ),
    Output(
        name="capture_coolant_k", role="split", field="coolant_k", doc="coolant temperature that share is at"
    ),
    Output(
        name="tokens_per_s", role="it", field="tokens_per_s",
        doc="tokens per second at the clock of its slowest chip",
    ),
    Output(
        name="input_voltage_ratio", role="it", field="voltage_ratio", doc="lowest input voltage", reduce="min"
    ),
    Output(
        name="coolant_lost_ratio", role="it", field="coolant_lost_ratio", doc="1 when its coolant has stopped"
    ),
    Output(name="supply_lost_ratio", role="it", field="supply_lost_ratio", doc="1 when no input is alive"),
    Output(name="segment_index", role="coolant", field="segment_index", doc="piece between isolating valves"),
    Output(
        name="segment_volume_m3", role="coolant", field="segment_volume_m3",
        doc="declared volume of that piece: what a leak lets out",
    ),
    Output(
        name="segment_lost_count", role="coolant", field="segment_lost_count",
        doc="racks, units and coils without flow while that piece is shut",
    ),
    Output(name="loop_index", role="coolant", field="loop_index", doc="connected loop of coolant it is in"),
    Output(
        name="ikss_max_a", role="it", field="ikss_max_a", reduce="max",
        doc="greatest initial short-circuit current, UPS in static bypass",
    ),
    Output(name="ip_a", role="it", field="ip_a", reduce="max", doc="peak of that current"),
    Output(
        name="ikss_min_a", role="it", field="ikss_min_a", reduce="min",
        doc="least initial short-circuit current, on inverter or generator",
    ),
    *unlike_faults("it"),
    Output(
        name="transfer_gap_s", role="it", field="transfer_gap_s",
        doc="time without supply on its best input while something before it transfers",
    ),
)  # fmt: skip


@final
@component(
    kind="rack",
    group="rack",
    label="Liquid-cooled rack",
    source="OCP MGX accelerated computing rack and trays 1.1; first law: every watt drawn leaves as heat",
    outputs=OUTPUTS,
)  # fmt: skip
class Rack(Component):
    """A rack whose cold plates take a declared share of its heat and whose fans give the rest to the room.

    Chips sit on cold plates in trays; junctions are established where chips, plates, package and headers are
    declared, and clock and leakage follow them where their slopes are. Limits: one kind of chip; trays of one
    resistance; a workload runs as fast as its slowest chip; no aging of the thermal interface.

    The share is a range: ``heat_capture_ratio``, its highest, for the liquid side; ``heat_capture_low_ratio``
    for the air side. The pressure curve is corrected from the fluid it was measured with. Trays are told
    apart only in ``tray_spread_ratio``, where their count and the headers are given.
    """

    it_power_w: Array = param(
        "Continuous AC power at the rack's inputs, power supplies and fans included.",
        unit="kW", hard=(0, 2000), soft=(5, 300),
    )  # fmt: skip
    edpp_power_w: Array = param(
        "Electrical design peak (EDPp), held for edpp_s at most.", unit="kW", hard=(0, 3000), required=False
    )
    edpp_s: Array = param("Longest time at the design peak.", unit="s", hard=(0, 60), required=False)
    heat_capture_ratio: Array = param(
        "Highest share of the heat that goes to liquid.", unit="%", hard=(0, 100)
    )
    heat_capture_low_ratio: Array = param(
        "Lowest share of the heat that goes to liquid.", unit="%", hard=(0, 100)
    )
    power_factor_ratio: Array = param("Power factor at the inputs.", unit="1", hard=(0.5, 1))
    shelf_count: Array = param("Power shelves.", unit="1", hard=(1, 64), required=False)
    shelf_power_w: Array = param("Rated power of one shelf.", unit="kW", hard=(0, 500), required=False)
    shelf_efficiency_ratio: Array = param(
        "Efficiency of the power shelves at full load, AC to DC.", unit="%", hard=(50, 100), soft=(90, 99),
        required=False,
    )  # fmt: skip
    shelf_peak_power_w: Array = param(
        "Highest power that one shelf gives for a short time.", unit="kW", hard=(0, 1000), required=False
    )
    shelf_peak_s: Array = param(
        "How long a shelf may be above its rating.", unit="s", hard=(0.0001, 3600), required=False
    )
    hold_up_s: Array = param(
        "Time that its shelves hold their output at rated load after every input is dead.", unit="ms",
        hard=(0, 10_000), required=False,
    )  # fmt: skip
    bbu_energy_j: Array = param(
        "Energy that its battery or hold-up units give at the DC side.", unit="kWh", hard=(0, 1000),
        required=False,
    )  # fmt: skip
    bbu_power_w: Array = param(
        "Highest power that they give; that of the load where not given.", unit="kW", hard=(0, 3000),
        required=False,
    )  # fmt: skip
    bbu_recharge_power_w: Array = param(
        "Power drawn at its inputs to recharge them; they stay as they are where not given.", unit="kW",
        hard=(0, 500), required=False,
    )  # fmt: skip
    airflow_m3_s: Array = param("Air drawn by the server fans.", unit="m^3/s", hard=(0, 20), soft=(0.1, 6))
    coolant_supply_max_k: Array = param("Highest coolant supply temperature.", unit="degC", hard=(0, 90))
    coolant_supply_min_k: Array = param("Lowest coolant supply temperature.", unit="degC", hard=(0, 90))
    coolant_flow_max_m3_s: Array = param(
        "Highest sustained coolant flow.", unit="L/min", hard=(1, 2000), required=False
    )
    pressure_max_pag: Array = param("Highest working pressure.", unit="bar g", hard=(0, 40))
    air_inlet_max_k: Array = param(
        "Highest allowable air inlet temperature.", unit="degC", hard=(0, 60), required=False
    )
    air_class: tuple[str, ...] = token("ASHRAE TC 9.9 air class.", tokens=("A1", "A2", "A3", "A4", "H1"))
    pressure_curve_pa: Array = curve(
        "Measured pressure drop over flow.", x_name="flow_m3_s", x_unit="L/min", unit="kPa", required=True,
        hard=(0, 1000), x_hard=(0, 5000),
    )  # fmt: skip
    curve_law: tuple[str, ...] = token(
        "Whether the drop is a polynomial a·Q + b·Q² close to the points, or meets them.",
        tokens=("polynomial", "points"), default="polynomial",
    )  # fmt: skip
    curve_density_kg_m3: Array = param(
        "Density of the fluid the curve was measured with.", unit="kg/m^3", hard=(500, 2000)
    )
    curve_viscosity_pa_s: Array = param(
        "Viscosity of the fluid the curve was measured with.", unit="mPa*s", hard=(0.1, 100)
    )
    required_flow_m3_s: Array = curve(
        "Flow the maker asks for over supply temperature.",
        x_name="supply_k",
        x_unit="degC",
        unit="L/min",
        required=True,
        hard=(0, 5000),
        x_hard=(-20, 100),
        points=1,
    )
    coolant_volume_m3: Array = param("Coolant in it.", unit="L", hard=(0, 1000), required=False)
    tray_count: Array = param(
        "Trays along its two headers, taken as equal.", unit="1", hard=(1, 100), required=False
    )
    tray_header_diameter_m: Array = param(
        "Inner diameter of its own supply and return header.", unit="mm", hard=(5, 200), required=False
    )
    tray_header_length_m: Array = param(
        "Length of each of them, from the joint to the last tray.", unit="m", hard=(0.1, 5), required=False
    )
    tray_header_roughness_m: Array = param(
        "Roughness of their walls.", unit="mm", hard=(0, 1), default=4.5e-5,
        source="Idelchik: good welded steel 0.04–0.10 mm; stainless TCS up to 0.045 mm",
    )  # fmt: skip
    chip_power_w: Array = param(
        "Power of one of its hottest kind of chip, at full clock and at leakage_reference_k.", unit="W",
        hard=(1, 20000), soft=(100, 4000), required=False,
    )  # fmt: skip
    chip_tray_count: Array = param(
        "Trays with such chips; all where not given. Those that get least are taken.", unit="1",
        hard=(1, 100), required=False,
    )  # fmt: skip
    tray_chip_count: Array = param("Such chips in each.", unit="1", hard=(1, 64), required=False)
    plate_series_count: Array = param(
        "Cold plates one behind the other in each chain of a tray.", unit="1", hard=(1, 16), default=1.0,
        source="Definition: each plate has a branch of its own unless more are declared",
    )  # fmt: skip
    plate_flow_ratio: Array = param(
        "Share of its tray's flow that goes through one chain of plates.", unit="%", hard=(0.1, 100),
        required=False,
    )  # fmt: skip
    plate_curve_k_w: Array = curve(
        "Resistance of a cold plate from case to entering coolant, over the plate's flow.",
        x_name="plate_flow_m3_s", x_unit="L/min", unit="K/kW", hard=(0.01, 10000), x_hard=(0.001, 1000),
        points=3,
    )  # fmt: skip
    plate_fluid: tuple[str, ...] = token(
        "Coolant the plate was measured with.", tokens=("water", "propylene_glycol"), required=False
    )
    plate_glycol_mass_ratio: Array = param(
        "Share of glycol of that coolant.", unit="%", hard=(0, 60), required=False
    )
    package_resistance_k_w: Array = param(
        "Resistance from the junction to the case of the chip.", unit="K/kW", hard=(0, 10000), required=False
    )
    junction_max_k: Array = param(
        "Highest junction temperature.", unit="degC", hard=(30, 200), required=False
    )
    slowdown_k: Array = param(
        "Junction temperature from which the clock falls.", unit="degC", hard=(30, 200), required=False
    )
    throttle_slope_per_k: Array = param(
        "Share of the full clock lost per kelvin above it.", unit="1/K", hard=(1e-5, 1), required=False
    )
    clock_least_ratio: Array = param("Lowest clock over full clock.", unit="%", hard=(1, 100), required=False)
    clock_power_ratio: Array = param(
        "Share of a chip's power saved per share of its clock lost.", unit="1", hard=(0.01, 3), required=False
    )
    leakage_slope_w_k: Array = param(
        "Slope of a chip's power over its junction temperature.", unit="W/K", hard=(0, 100), required=False
    )
    leakage_reference_k: Array = param(
        "Junction temperature at which chip and rack draw what is declared.", unit="degC", hard=(0, 150),
        required=False,
    )  # fmt: skip
    capture_curve_ratio: Array = curve(
        "Share of the heat that goes to liquid over coolant temperature; it takes the place of both shares.",
        x_name="coolant_k", x_unit="degC", unit="%", hard=(0, 100), x_hard=(-20, 100),
    )  # fmt: skip
    capture_basis: tuple[str, ...] = token(
        "Coolant temperature it is over: supply, or mean of supply and return, which follows the flow.",
        tokens=("supply", "mean"), default="supply",
    )  # fmt: skip
    tokens_per_s: Array = param(
        "Tokens per second at full clock, of the workload named.", unit="1/s", hard=(0, 1e9), required=False
    )
    token_workload: tuple[str, ...] = text("What these tokens are: model, precision, benchmark.")
    withstand_a: Array = param(
        "Rated short-circuit current of its power inputs.", unit="kA", hard=(0.1, 300), required=False
    )
    mass_kg: Array = param("Mass loaded, coolant included.", unit="kg", hard=(1, 10000))
    supply: Index = port("Coolant in.", domain="thermal", system="TCS", direction="supply", flow="in")
    return_: Index = port("Coolant out.", domain="thermal", system="TCS", direction="return", flow="out")
    power: Ends = port(
        "Power inputs.", domain="electrical", system="power", direction="input", many=True, flow="in"
    )
    network: Ends = port("Data ports, in groups.", domain="network", many=True, required=False)
    air_intake: Index = port("Cold air in.", domain="airflow", direction="input", flow="in")
    air_exhaust: Index = port("Hot air out.", domain="airflow", direction="output", flow="out")

    def elements(self) -> Iterator[Block]:
        """Yield the coolant path, the server fans, the load and where its heat goes."""
        flow, drop = self.pressure_curve_pa[..., 0], self.pressure_curve_pa[..., 1]
        linear, quadratic = fit_quadratic_through_zero(flow, drop)
        meets = (np.array(self.curve_law) == "points")[:, None]
        coolant = Path(
            role="coolant", part=self.part, a=self.supply, b=self.return_,
            linear_pa_s_m3=np.where(meets, 0.0, linear[:, None]),
            quadratic_pa_s2_m6=np.where(meets, 0.0, quadratic[:, None]),
            curve_m3_s=np.where(meets, flow, np.nan), curve_pa=np.where(meets, drop, np.nan),
            reference_density_kg_m3=self.curve_density_kg_m3,
            reference_viscosity_pa_s=self.curve_viscosity_pa_s,
            volume_m3=np.nan_to_num(self.coolant_volume_m3),
        )  # fmt: skip
        air = Mover(
            role="air", part=self.part, a=self.air_intake, b=self.air_exhaust, held_m3_s=self.airflow_m3_s,
            in_service=self.in_service,
        )  # fmt: skip
        load = Load(
            role="it", part=self.part, node=self.power.node, consumer=self.power.part,
            priority=np.zeros(len(self.power.node), dtype=np.intp),
            weight_ratio=np.ones((len(self.power.node), 1)),
            power_w=self.it_power_w, power_factor_ratio=self.power_factor_ratio, use=Use.IT,
            in_service=self.in_service,
        )  # fmt: skip
        capture = np.where(self.site.high_capture, self.heat_capture_ratio, self.heat_capture_low_ratio)
        yield coolant
        yield air
        yield load
        yield from self._hold_up(load)
        liquid = Release(role="liquid_heat", part=self.part, load=load, share_ratio=capture, path=coolant)
        rest = Release(role="air_heat", part=self.part, load=load, share_ratio=1.0 - capture, path=air)
        yield liquid
        yield rest
        yield from self._split(liquid, rest, coolant)
        yield from self._chips(load, coolant)

    def _split(self, liquid: Release, air: Release, coolant: Path) -> Iterator[Split]:
        """Yield the share of liquid over temperature of those that declare it."""
        rows = np.flatnonzero(_has_points(self.capture_curve_ratio))
        if rows.size:
            yield Split(
                role="split", part=rows, row=rows, liquid=liquid, air=air, path=coolant,
                coolant_k=self.capture_curve_ratio[rows, :, 0],
                share_ratio=self.capture_curve_ratio[rows, :, 1],
                mean=np.array([self.capture_basis[row] == "mean" for row in rows.tolist()], dtype=np.bool_),
            )  # fmt: skip

    def _chips(self, load: Load, coolant: Path) -> Iterator[Chip]:
        """Yield the chips of racks of which all is known that a junction temperature takes."""
        asked = (
            self.chip_power_w, self.tray_chip_count, self.plate_flow_ratio, self.package_resistance_k_w,
            self.tray_count, self.tray_header_diameter_m, self.tray_header_length_m,
        )  # fmt: skip
        known = _has_points(self.plate_curve_k_w)
        for number in asked:
            known = known & np.isfinite(number).all(axis=1)
        used = np.where(np.isfinite(self.chip_tray_count), self.chip_tray_count, self.tray_count)
        # A rack held below what its chips may take does not say how they share it (ST221).
        within = used * self.tray_chip_count * self.chip_power_w <= self.it_power_w * WITHIN_RATIO
        known = known & within.all(axis=1)
        water = np.array(self.plate_fluid) == "water"
        share = np.where(water[:, None], 0.0, self.plate_glycol_mass_ratio)
        rows = np.flatnonzero(known & np.isfinite(share).all(axis=1) & (np.array(self.plate_fluid) != ""))
        if not rows.size:
            return
        names = (
            "tray_count", "tray_chip_count", "plate_flow_ratio", "junction_max_k", "slowdown_k",
            "clock_least_ratio", "clock_power_ratio", "leakage_reference_k",
        )  # fmt: skip
        yield Chip(
            role="chip", part=rows, row=rows, load=load, path=coolant,
            fluid=np.where(water, int(Fluid.WATER), int(Fluid.PROPYLENE_GLYCOL)).astype(np.intp)[rows],
            mass_fraction=share[rows],
            chip_tray_count=used[rows, :1], series_count=self.plate_series_count[rows, :1],
            header_diameter_m=self.tray_header_diameter_m[rows],
            header_length_m=self.tray_header_length_m[rows],
            header_roughness_m=self.tray_header_roughness_m[rows],
            plate_m3_s=self.plate_curve_k_w[rows, :, 0], plate_k_w=self.plate_curve_k_w[rows, :, 1],
            power_w=self.chip_power_w[rows], package_k_w=self.package_resistance_k_w[rows],
            throttle_per_k=self.throttle_slope_per_k[rows], leakage_w_k=self.leakage_slope_w_k[rows],
            efficiency_ratio=np.nan_to_num(self.shelf_efficiency_ratio[rows], nan=1.0),
            **{name: getattr(self, name)[rows] for name in names},
        )  # fmt: skip

    def _hold_up(self, load: Load) -> Iterator[Store]:
        """Yield the batteries of those that have some."""
        rows = np.flatnonzero(np.isfinite(self.bbu_energy_j).any(axis=1))
        if rows.size:
            given = np.where(np.isfinite(self.bbu_power_w[rows]), self.bbu_power_w[rows], np.inf)
            yield Store(
                role="bbu", part=rows, node=np.full(rows.size, -1, dtype=np.intp), load=load,
                energy_j=self.bbu_energy_j[rows], rated_w=given, recharge_w=self.bbu_recharge_power_w[rows],
                efficiency_ratio=np.nan_to_num(self.shelf_efficiency_ratio[rows], nan=1.0),
            )  # fmt: skip


def _has_points(table: Array) -> Flags:
    """Return which parts have a table of points, shape (part,)."""
    known: Flags = np.isfinite(table).all(axis=2).sum(axis=1) > 0
    return known


def required_flow_at(points: Array, supply_k: Array) -> Array:
    """Return the flow the maker asks for [m3/s] at a supply temperature [K], shape of ``supply_k``."""
    return interpolate(points[..., 0], points[..., 1], supply_k)
