"""One pipe against TSNet, Allievi and the establishment of flow."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from twin.model.assemble import Assembly
from twin.model.binding import Nodes, Site
from twin.model.element import Fluid, Mover, Path, Source, Valve
from twin.model.flow_net import lay_out_flow
from twin.model.place import Placement
from twin.model.surge_net import lay_out_surge
from twin.reports.verify import Row
from twin.solve.branch import Medium
from twin.solve.flow import prepare, solve_flow
from twin.solve.hammer_grid import divide
from twin.solve.hammer_loop import Happening, Loop, Steady, loop_of
from twin.solve.hammer_march import Run, march

DENSITY_KG_M3 = 1000.0
TSNET_M_S2 = 9.8
# TSNet: heads at the valve [m] and when [s].
START_M, PLATEAU_M, PEAK_M, TROUGH_M = 248.262, 397.361, 398.907, 102.737
PLATEAU_S, PERIOD_S = 0.072, 0.4
# Streeter and Wylie: speed [m/s] at times [s].
ESTABLISHED = ((0.5, 0.29268), (1.0, 0.57644), (2.0, 1.08761), (5.0, 1.99635), (10.0, 2.32179))
NOTHING = np.zeros(0, dtype=np.intp)


def rows() -> list[Row]:
    """Return every comparison."""
    return [*_closed_at_once(), *_closed_evenly(), *_established()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A pipe from a reservoir of a given pressure, to what stands at its end."""

    diameter_m: float
    wave_m_s: float
    reservoir_pag: float
    end: Any
    losses: dict[str, float]

    def loop(self) -> Loop:
        """Return the steady state of the line."""
        one = np.ones((1, 1))
        pipe = Path(
            role="pipe", part=np.array([0]), a=np.array([0]), b=np.array([1]),
            diameter_m=self.diameter_m * one, **{name: value * one for name, value in self.losses.items()},
        )  # fmt: skip
        held = Source(
            role="reservoir", part=np.array([0, 1]), node=np.array([0, 2]),
            pressure_pag=np.array([[self.reservoir_pag], [0.0]]), mass_fraction=0.0 * np.ones((2, 1)),
            fluid=np.full(2, int(Fluid.WATER)), supply_k=293.15 * np.ones((2, 1)), open_ended=True,
        )  # fmt: skip
        made = _assembly(pipe, self.end, held)
        net = lay_out_flow(made, {"line": ("/Line/Pipe", "/Line/End")})
        medium = Medium(
            density_kg_m3=np.full((2, 1), DENSITY_KG_M3), viscosity_pa_s=np.full((2, 1), 1.0219e-3)
        )
        flow = solve_flow(prepare(net), medium, net.limit_m3_s)
        steady = Steady(
            net=net, surge=lay_out_surge(made, net), pressure_pag=flow.pressure_pag[:, 0],
            flow_kg_s=flow.flow_kg_s[:, 0], speed_ratio=flow.speed_ratio[:, 0],
            density_kg_m3=medium.density_kg_m3[:, 0], viscosity_pa_s=medium.viscosity_pa_s[:, 0],
            wave_m_s=np.array([self.wave_m_s, np.nan]), vapour_pag=np.full(2, -1e5),
        )  # fmt: skip
        return loop_of(steady, np.array([0, 1]))


def _assembly(*blocks: Any) -> Assembly:
    one = np.ones((1, 1))
    site = Site(
        dry_bulb_k=300.0 * one, wet_bulb_k=290.0 * one, dew_point_k=285.0 * one, minimum_k=260.0 * one,
        recirculation_dk=one, pressure_pa=101325.0 * one, frequency_hz=50.0 * one,
        high_capture=np.ones((1, 1), dtype=np.bool_), viscosity_ratio=one,
    )  # fmt: skip
    return Assembly(
        blocks=tuple(("line", block) for block in blocks), nodes=Nodes(3, lambda n: f"/Line/Node_{n}"),
        height_m=np.zeros(3), placement=Placement(cells={}, room={}, opening=NOTHING, first=3, count=0),
        site=site, variants=1,
    )  # fmt: skip


def _run(loop: Loop, step_s: float, duration_s: float, rigid: bool = False, **happening: Any) -> Run:
    grid = divide(loop, step_s, np.full(len(loop.tail), rigid))
    event = Happening(**({"closes": NOTHING, "trips": NOTHING} | happening))
    return march(grid, event, duration_s=duration_s, samples=100_000)


def _closed_at_once() -> list[Row]:
    weight, flow_m3_s = DENSITY_KG_M3 * TSNET_M_S2, 0.01
    drawn = Mover(
        role="end", part=np.array([1]), a=np.array([1]), b=np.array([2]), held_m3_s=np.array([[flow_m3_s]])
    )
    line = Line(
        diameter_m=0.1023, wave_m_s=1200.0, reservoir_pag=250.0 * weight, end=drawn,
        losses={"roughness_m": 4.5e-5, "length_m": 120.0},
    )  # fmt: skip
    event = {"closes": np.array([1]), "close_s": 0.02, "start_s": 0.05, "evenly": True}
    run = _run(line.loop(), 1e-3, 1.0, **event)
    head = run.pressure_pag[:, 1] / weight
    at = int(np.argmin(np.abs(run.time_s - PLATEAU_S)))
    middle = 250.0
    rising = np.flatnonzero((head[:-1] < middle) & (head[1:] >= middle))
    period = float(np.diff(run.time_s[rising[-2:]])[0])
    area = 0.25 * np.pi * line.diameter_m**2
    joukowsky = line.wave_m_s * flow_m3_s / area / TSNET_M_S2
    told = (
        ("head before closing", START_M, head[0]), ("first plateau", PLATEAU_M, head[at]),
        ("highest head", PEAK_M, head.max()), ("lowest head", TROUGH_M, head.min()),
    )  # fmt: skip
    made = [
        Row(
            quantity=f"TSNet: {name}",
            reference=reference,
            ours=float(ours),
            unit="m",
            tolerance=1e-3,
            relative=True,
        )
        for name, reference, ours in told
    ]
    return [
        *made,
        Row(quantity="period 4L/a", reference=PERIOD_S, ours=period, unit="s", tolerance=1e-3),
        Row(
            quantity="Joukowsky's rise", reference=joukowsky, ours=float(head[at] - head[0]), unit="m",
            tolerance=5e-3, relative=True,
        ),
    ]  # fmt: skip


def _closed_evenly() -> list[Row]:
    head_m, speed_m_s, length_m, wave_m_s, close_s = 150.0, 3.0, 600.0, 1200.0, 3.0
    pressure, area = DENSITY_KG_M3 * TSNET_M_S2 * head_m, 0.25 * np.pi * 0.5**2
    gate = Valve(
        role="end", part=np.array([1]), a=np.array([1]), b=np.array([2]),
        quadratic_pa_s2_m6=np.array([[pressure / (speed_m_s * area) ** 2]]),
    )  # fmt: skip
    line = Line(
        diameter_m=0.5, wave_m_s=wave_m_s, reservoir_pag=pressure, end=gate,
        losses={"quadratic_pa_s2_m6": 1e-12},
    )  # fmt: skip
    loop = line.loop()
    # The pipe loses nothing: its length is told to the waves only.
    loop = replace(loop, length_m=np.array([length_m, 0.0]))
    run = _run(loop, length_m / wave_m_s / 20.0, 6.0, closes=np.array([1]), close_s=close_s)
    theta, period = wave_m_s * speed_m_s / (2.0 * TSNET_M_S2 * head_m), 2.0 * length_m / wave_m_s
    made, root = [], 1.0
    for number in range(1, 6):
        before, now = (max(1.0 - n * period / close_s, 0.0) for n in (number - 1, number))
        half, rest = theta * now, root**2 - 2.0 - 2.0 * theta * before * root
        root = -half + float(np.sqrt(half**2 - rest))
        ours = float(np.interp(number * period, run.time_s, run.pressure_pag[:, 1]) / pressure)
        made.append(
            Row(
                quantity=f"Allievi: head ratio after {number} · 2L/a",
                reference=root**2,
                ours=ours,
                unit="",
                tolerance=1e-6,
            )
        )
    return made


def _established() -> list[Row]:
    length_m, diameter_m, drive_pa = 200.0, 0.1, DENSITY_KG_M3 * 9.80665 * 12.0
    area = 0.25 * np.pi * diameter_m**2
    heads = 0.02 * length_m / diameter_m + 1.5 + 1.0
    outlet = Valve(role="end", part=np.array([1]), a=np.array([1]), b=np.array([2]))
    line = Line(
        diameter_m=diameter_m, wave_m_s=1200.0, reservoir_pag=drive_pa, end=outlet,
        losses={"quadratic_pa_s2_m6": heads * DENSITY_KG_M3 / 2.0 / area**2},
    )  # fmt: skip
    steady = line.loop()
    start = replace(
        steady, length_m=np.array([length_m, 0.0]), flow_kg_s=np.zeros(2),
        pressure_pag=np.array([drive_pa, 0.0, 0.0]),
    )  # fmt: skip
    run = _run(start, 0.1, 10.0, rigid=True)
    speed = run.flow_kg_s[:, 0] / DENSITY_KG_M3 / area
    return [
        Row(
            quantity=f"rigid column after {time:g} s",
            reference=reference,
            ours=float(np.interp(time, run.time_s, speed)),
            unit="m/s",
            tolerance=5e-4,
            relative=True,
        )
        for time, reference in ESTABLISHED
    ]
