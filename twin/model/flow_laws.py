"""Which law each branch of a flow network follows, and the numbers of every law as columns."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.laws.curves import cubics
from twin.model.columns import column, freeze
from twin.model.element import Keeps, Mover, Path, Valve

FlowBlocks = Sequence[Path | Mover | Valve]


def law_columns(blocks: FlowBlocks, counts: Sequence[int], spans: Sequence[slice]) -> dict[str, Any]:
    """Return, for every law, the branches that follow it and their numbers, as fields of ``FlowNet``.

    Args:
        blocks: Paths, then movers, then valves.
        counts: How many branches each block has.
        spans: Which branches they are.
    """
    of = {kind: _Blocks(blocks, counts, spans, kind) for kind in (Path, Mover, Valve)}
    paths, movers, valves = of[Path], of[Mover], of[Valve]
    checks = [of[kind].where("check_valve") for kind in (Path, Mover, Valve)]
    return {
        **_along_paths(paths, valves), **_tables(paths, movers), **_movers(movers), **_valves(valves),
        "check": freeze(np.concatenate(checks)),
    }  # fmt: skip


class _Blocks:
    """The blocks of one kind of element, and their branches."""

    def __init__(self, blocks: FlowBlocks, counts: Sequence[int], spans: Sequence[slice], kind: type) -> None:
        mine = [i for i, block in enumerate(blocks) if isinstance(block, kind)]
        self.blocks: list[Any] = [blocks[i] for i in mine]
        self.counts = [counts[i] for i in mine]
        self.rows = _joined([np.arange(spans[i].start, spans[i].stop) for i in mine])

    def pick(self, field: str) -> Array:
        """Return one number of every branch, shape (branch, 1 or variant)."""
        return column(self.blocks, field, self.counts)

    def word(self, field: str) -> Index:
        """Return what whole blocks say, for each of their branches, shape (branch,)."""
        said = [int(getattr(block, field)) for block in self.blocks]
        return np.repeat(np.array(said, dtype=np.intp), self.counts)

    def where(self, field: str) -> Index:
        """Return the branches whose block says yes."""
        return self.rows[self.word(field) > 0]

    def points(self, field: str, width: int) -> Array:
        """Return points of every branch, shape (branch, width), NaN after the last one."""
        out = np.full((len(self.rows), width), np.nan)
        start = 0
        for block, count in zip(self.blocks, self.counts, strict=True):
            given = np.asarray(getattr(block, field))
            out[start : start + count, : given.shape[1]] = given
            start += count
        return out

    def width(self, field: str) -> int:
        """Return the largest number of points."""
        return max((np.shape(getattr(block, field))[1] for block in self.blocks), default=0)


def _along_paths(paths: _Blocks, valves: _Blocks) -> dict[str, Any]:
    lossy = ("length_m", "loss_ratio", "laminar_loss_ratio")
    rubbing = np.any([_given(paths.pick(name)) for name in lossy], axis=0)
    curved = _given(paths.pick("linear_pa_s_m3")) | _given(paths.pick("quadratic_pa_s2_m6"))
    powered, fixed = _given(paths.pick("power_pa")), _given(paths.pick("fixed_pa"))
    none, zero = np.full((len(valves.rows), 1), np.nan), np.zeros((len(valves.rows), 1))
    columns = ("length_m", "diameter_m", "roughness_m", "loss_ratio", "laminar_loss_ratio")
    return {
        "friction": freeze(paths.rows[rubbing]),
        "friction_law": freeze(paths.word("friction")[rubbing]),
        **{name: freeze(paths.pick(name)[rubbing]) for name in columns},
        "measured": freeze(np.concatenate([paths.rows[curved], valves.rows])),
        "linear_pa_s_m3": _stacked(paths.pick("linear_pa_s_m3")[curved], zero),
        "quadratic_pa_s2_m6": _stacked(
            paths.pick("quadratic_pa_s2_m6")[curved], valves.pick("quadratic_pa_s2_m6")
        ),
        "reference_density_kg_m3": _stacked(
            paths.pick("reference_density_kg_m3")[curved], valves.pick("reference_density_kg_m3")
        ),
        "reference_viscosity_pa_s": _stacked(paths.pick("reference_viscosity_pa_s")[curved], none),
        "powered": freeze(paths.rows[powered]),
        "power_pa": freeze(paths.pick("power_pa")[powered]),
        "exponent_ratio": freeze(paths.pick("exponent_ratio")[powered]),
        "fixed": freeze(paths.rows[fixed]),
        "fixed_pa": freeze(paths.pick("fixed_pa")[fixed]),
    }


def _tables(paths: _Blocks, movers: _Blocks) -> dict[str, Any]:
    width = max(paths.width("curve_m3_s"), movers.width("curve_m3_s"))
    flow, pressure, pieces = _table(paths, width + 1, through_zero=True)
    lift, rise, curve = _table(movers, width + 1, through_zero=False)
    own, driven = np.isfinite(pressure).any(axis=1), np.isfinite(rise).any(axis=1)
    none = np.full((int(driven.sum()), 1), np.nan)
    return {
        "tabled": freeze(np.concatenate([paths.rows[own], movers.rows[driven]])),
        "table_m3_s": freeze(np.concatenate([flow[own], lift[driven]])[..., None]),
        "table_pa": freeze(np.concatenate([pieces[own], curve[driven]])),
        "table_density_kg_m3": _stacked(paths.pick("reference_density_kg_m3")[own], none),
        "table_viscosity_pa_s": _stacked(paths.pick("reference_viscosity_pa_s")[own], none),
    }


def _table(blocks: _Blocks, width: int, *, through_zero: bool) -> tuple[Array, Array, Array]:
    """Return flows, pressures and pieces of tables; those of a passage begin with no loss at no flow."""
    flow, pressure = blocks.points("curve_m3_s", width), blocks.points("curve_pa", width)
    if through_zero:
        lacks = flow[:, 0] > 0.0
        for values in (flow, pressure):
            values[lacks] = np.concatenate([np.zeros((int(lacks.sum()), 1)), values[lacks, :-1]], axis=1)
    straight = blocks.word("curve_straight") > 0
    pieces = np.where(
        straight[:, None, None], cubics(flow, pressure, straight=True), cubics(flow, pressure, straight=False)
    )
    return flow, pressure, pieces


def _movers(movers: _Blocks) -> dict[str, Any]:
    held = movers.pick("held_m3_s")
    constant = np.isfinite(held).any(axis=1)
    points = {
        name: movers.points(name, movers.width(name))
        for name in ("efficiency_m3_s", "efficiency_curve_ratio")
    }
    names = {
        "shutoff_pa": "shutoff_pa", "rise_linear": "linear_pa_s_m3", "rise_quadratic": "quadratic_pa_s2_m6",
        "rise_power_pa": "power_pa", "rise_exponent_ratio": "exponent_ratio",
        "hydraulic_power_w": "hydraulic_power_w", "running_ratio": "running_ratio",
        "speed_ratio": "speed_ratio", "efficiency": "efficiency",
        "minimum_power_w": "minimum_power_w", "rated_power_w": "rated_power_w",
    }  # fmt: skip
    return {
        "mover": freeze(movers.rows),
        **{name: movers.pick(field) for name, field in names.items()},
        **{name: freeze(values[..., None]) for name, values in points.items()},
        "held_flow": freeze(movers.rows[constant]),
        "held_m3_s": freeze(held[constant]),
    }


def _valves(valves: _Blocks) -> dict[str, Any]:
    limit = valves.pick("limit_m3_s")
    limiting = np.isfinite(limit).any(axis=1)
    keeps = valves.word("keeps")
    keeping = keeps != Keeps.NOTHING
    return {
        "limited": freeze(valves.rows[limiting]),
        "limit_m3_s": freeze(limit[limiting]),
        "keeper": freeze(valves.rows[keeping]),
        "keeps": freeze(keeps[keeping]),
        "keep_pag": freeze(valves.pick("keep_pag")[keeping]),
    }


def _given(values: Array) -> Flags:
    """Return which branches have such a number, shape (branch,)."""
    return np.asarray(np.any(values != 0.0, axis=1))


def _joined(parts: Sequence[Index]) -> Index:
    return np.concatenate([np.zeros(0, dtype=np.intp), *parts])


def _stacked(first: Array, second: Array) -> Array:
    wide = max(first.shape[1], second.shape[1])
    shapes = (len(first), wide), (len(second), wide)
    return freeze(  # type: ignore[no-any-return]
        np.concatenate([np.broadcast_to(first, shapes[0]), np.broadcast_to(second, shapes[1])])
    )
