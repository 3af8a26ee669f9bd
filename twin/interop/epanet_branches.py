"""Branches of a solved network as links of an EPANET input: pipes, pumps with curves, valves."""

from dataclasses import replace

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.interop.epanet_laws import POWER_N_M3
from twin.interop.epanet_links import Link
from twin.interop.epanet_loops import Loops, Sampler
from twin.interop.epanet_model import Curve, Pipe, Pump, Status, Valve, ValveKind
from twin.model.element import Keeps
from twin.model.flow_net import FlowNet
from twin.solve.couple import Solution

# Shares of the solved flow at which a measured curve is written; the solved flow itself is met exactly.
SHARES = np.array([0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0])
PUMP_POINTS = 16
# Shares of a pump's flow among which its runout is looked for.
REACHES = 2.0 ** np.arange(-6, 16)
# A branch that stands is sampled up to this flow; one without a bore gets the bore that this speed asks for.
STILL_M3_S, SPEED_M_S = 1e-3, 1.5
# What joins two faces: as short as a pipe may be, and wide.
SHORT_M, WIDE_M = 0.01, 1.0
# A pump curve has to fall from point to point.
FALL_M = 1e-6


class Branches:
    """Makes links of the branches of some loops.

    Flows count as mass flow over the mean density of the loops; pressures are the same at the same mass flow.
    """

    def __init__(self, solution: Solution, variant: int, loops: Loops, read: Sampler) -> None:
        """Read one variant of a solution."""
        self._solution, self._variant, self._loops, self._read = solution, variant, loops, read
        self._net, count = read.net, len(read.net.tail)
        net = self._net
        self._friction, self._measured, self._limited, self._keeper, self._mover = (
            _place(rows, count) for rows in (net.friction, net.measured, net.limited, net.keeper, net.mover)
        )
        self._one_way = np.isin(np.arange(count), net.check)
        self._bent = _bent(net)
        self._flow = solution.flow.flow_kg_s[:, variant] / loops.density_kg_m3
        self._heavier = read.medium.density_kg_m3[:, 0] / loops.density_kg_m3
        self._quadratic = read.quadratic_pa_s2_m6()
        size = np.abs(self._flow)
        self._at = np.where(size > 1e-9, size, STILL_M3_S)[:, None] * SHARES
        self._loss_m = self._heads(read.losses_pa(self._at * loops.density_kg_m3))
        self._rise_at, self._rise_m = self._rises()
        self.curves: dict[str, Curve] = {}

    def _heads(self, pressure_pa: Array) -> Array:
        return np.asarray(pressure_pa / self._loops.weight_n_m3)

    def _rises(self) -> tuple[Array, Array]:
        """Return flows [m3/s] and heads [m] of pumps from no flow to their runout, shape (mover, point)."""
        net, density = self._net, self._loops.density_kg_m3
        speed = np.maximum(self._solution.flow.speed_ratio[:, self._variant], 1e-3)
        own = np.abs(self._flow[net.mover]) / speed
        own = np.where(own > 1e-9, own, STILL_M3_S)
        reach = own[:, None] * REACHES
        spent = self._risen(reach * density) <= 0.0
        far = np.where(spent.any(axis=1), np.argmax(spent, axis=1), len(REACHES) - 1)
        runout = reach[np.arange(len(far)), far]
        grid = np.sort(np.column_stack([runout[:, None] * np.linspace(0.0, 1.0, PUMP_POINTS), own]), axis=1)
        return grid, self._heads(self._risen(grid * density))

    def _risen(self, flow_kg_s: Array) -> Array:
        """Return what pumps rise at some flows and full speed [Pa], shape (mover, sample)."""
        net = self._net
        every = np.zeros((len(net.tail), flow_kg_s.shape[1]))
        every[net.mover] = flow_kg_s
        return -self._read.losses_pa(every)[net.mover]

    def link(self, row: int, name: str, ends: tuple[str, str]) -> Link:
        """Return a branch as a link of that name between those nodes."""
        if self._mover[row] >= 0:
            return self._pump(row, name, ends)
        if self._bent[row]:
            return self._passage(row, name, ends)
        if self._limited[row] >= 0 or self._keeper[row] >= 0:
            return self._regulator(row, name, ends)
        return self._pipe(row, name, ends) if self._friction[row] >= 0 else self._plain(row, name, ends)

    def _status(self, row: int) -> Status:
        return Status.OPEN if self._net.in_service[row, 0] else Status.CLOSED

    def _active(self, row: int) -> Status:
        return Status.ACTIVE if self._net.in_service[row, 0] else Status.CLOSED

    def _bore(self, row: int) -> float:
        """Return the bore of a branch, or one that its flow asks for [m]."""
        at = self._friction[row]
        if at >= 0:
            return float(self._net.diameter_m[at, 0])
        flow = max(abs(float(self._flow[row])), STILL_M3_S)
        return float(np.sqrt(4.0 * flow / SPEED_M_S / np.pi))

    def _loss(self, row: int, diameter_m: float) -> float:
        """Return the loss coefficient of a branch's quadratic part."""
        at = self._measured[row]
        if at < 0:
            return 0.0
        area = 0.25 * np.pi * diameter_m**2
        own = float(self._quadratic[at]) / float(self._heavier[row]) ** 2
        return float(own * 2.0 * area**2 / self._loops.density_kg_m3)

    def _pipe(self, row: int, name: str, ends: tuple[str, str]) -> Pipe:
        net, at, bore = self._net, self._friction[row], self._bore(row)
        fittings = float(net.loss_ratio[at, 0]) / float(self._heavier[row])
        status = self._status(row)
        return Pipe(
            name=name, a=ends[0], b=ends[1], length_m=max(float(net.length_m[at, 0]), SHORT_M),
            diameter_m=bore, roughness=float(net.roughness_m[at, 0]),
            loss_ratio=fittings + self._loss(row, bore), status=status,
            check_valve=bool(self._one_way[row]) and status is Status.OPEN,
        )  # fmt: skip

    def _plain(self, row: int, name: str, ends: tuple[str, str]) -> Link:
        """Return a branch that loses by the square of its flow, or nothing."""
        bore, one_way, status = self._bore(row), bool(self._one_way[row]), self._status(row)
        loss = self._loss(row, bore)
        if not one_way and loss > 0.0:
            return Valve(
                name=name, a=ends[0], b=ends[1], kind=ValveKind.TCV, diameter_m=bore, setting=loss,
                status=self._active(row),
            )  # fmt: skip
        # A check valve is a short pipe in EPANET; where nothing is lost it is a wide one.
        return Pipe(
            name=name, a=ends[0], b=ends[1], length_m=SHORT_M, diameter_m=bore if loss > 0.0 else WIDE_M,
            roughness=0.0, loss_ratio=loss, status=status, check_valve=one_way and status is Status.OPEN,
        )  # fmt: skip

    def _passage(self, row: int, name: str, ends: tuple[str, str]) -> Valve:
        """Return a branch along its curve as it is solved."""
        self.curves[name] = Curve(x=tuple(self._at[row].tolist()), y=tuple(self._loss_m[row].tolist()))
        return Valve(
            name=name, a=ends[0], b=ends[1], kind=ValveKind.GPV, diameter_m=self._bore(row), curve=name,
            status=self._status(row),
        )  # fmt: skip

    def _regulator(self, row: int, name: str, ends: tuple[str, str]) -> Valve:
        """Return a valve that limits a flow or keeps a pressure."""
        net, bore, keeper = self._net, self._bore(row), self._keeper[row]
        loss = self._loss(row, bore)
        kind, setting = ValveKind.TCV, loss
        if keeper >= 0:
            kind = ValveKind.PRV if net.keeps[keeper] == Keeps.DOWNSTREAM else ValveKind.PSV
            setting = float(self._heads(net.keep_pag[keeper, 0]))
        elif np.isfinite(limit := self._solution.limit_m3_s[self._limited[row], self._variant]):
            kind, setting = ValveKind.FCV, float(limit * self._heavier[row])
        return Valve(
            name=name, a=ends[0], b=ends[1], kind=kind, diameter_m=bore, setting=setting,
            loss_ratio=0.0 if kind is ValveKind.TCV else loss, status=self._active(row),
        )  # fmt: skip

    def _pump(self, row: int, name: str, ends: tuple[str, str]) -> Pump:
        """Return a pump at the speed that was found, its curve as it is solved at full speed."""
        mover = int(self._mover[row])
        speed = float(self._solution.flow.speed_ratio[mover, self._variant])
        runs = self._status(row) is Status.OPEN and speed > 0.0
        power = float(self._net.hydraulic_power_w[mover, 0])
        pump = Pump(
            name=name, a=ends[0], b=ends[1], speed_ratio=speed if runs else 1.0,
            status=Status.OPEN if runs else Status.CLOSED,
        )  # fmt: skip
        if power > 0.0:
            # The power that lifts as high with the weight that EPANET takes.
            return replace(pump, power_w=power / self._loops.weight_n_m3 * POWER_N_M3, speed_ratio=1.0)
        points = falling(self._rise_at[mover], self._rise_m[mover])
        self.curves[name] = Curve(x=points[0], y=points[1])
        return replace(pump, head_curve=name)


def _place(rows: Index, count: int) -> Index:
    """Return where each branch is among those of a law, -1 for none, shape (branch,)."""
    out = np.full(count, -1, dtype=np.intp)
    out[rows] = np.arange(len(rows))
    return out


def _bent(net: FlowNet) -> Flags:
    """Return which branches lose by more than friction and the square of their flow, shape (branch,)."""
    bent = np.zeros(len(net.tail), dtype=np.bool_)
    for rows in (net.powered, net.tabled, net.fixed, net.measured[net.linear_pa_s_m3.any(axis=1)]):
        bent[rows] = True
    return bent


def falling(flow_m3_s: Array, head_m: Array) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the points of a pump curve that fall from each to the next, as EPANET asks for."""
    kept: list[tuple[float, float]] = []
    for flow, head in zip(flow_m3_s.tolist()[::-1], head_m.tolist()[::-1], strict=True):
        if not kept or (head > kept[-1][1] + FALL_M and flow < kept[-1][0]):
            kept.append((flow, head))
    return tuple(q for q, _ in kept[::-1]), tuple(h for _, h in kept[::-1])
