"""Solutions of shares of a network put together, each row where its element stands in the whole."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

import numpy as np

from twin.model.network import Network
from twin.model.region import Share
from twin.solve.couple_state import FLOW, HEAT

T = TypeVar("T")
Axes = Mapping[str, str]

MEDIUM = {"density_kg_m3": "branch", "viscosity_pa_s": "branch"}
SOLUTION = {
    "consumer_w": "consumer", "mover_w": "mover", "machine_w": "rejector", "machine_ratio": "rejector",
    "water_kg_s": "rejector", "exchanger_mode": "exchanger", "rejector_mode": "rejector",
    "limit_m3_s": "limited", "lost_cooling": "consumer",
}  # fmt: skip
# Elements of a field of a power solution, by the first word of its name.
POWER = {
    "node": "power_node", "line": "line", "transformer": "transformer", "converter": "converter",
    "input": "input", "limited": "input", "consumer": "consumer", "dropped": "consumer", "feed": "feed",
}  # fmt: skip


def joined(network: Network, shares: Sequence[Share], solutions: Sequence[T]) -> T:
    """Return the solution of a network from those of its shares.

    Args:
        network: The whole.
        shares: What it was divided into.
        solutions: A solution of each, as ``couple.Solution``.
    """
    whole: Any = _joined(shares, solutions, SOLUTION)
    flow, heat, medium = (
        _joined(shares, [getattr(solution, name) for solution in solutions], axes)
        for name, axes in (("flow", FLOW), ("heat", HEAT), ("medium", MEDIUM))
    )
    found: Sequence[Any] = solutions
    return replace(  # type: ignore[no-any-return]
        whole, network=network, heat=heat, medium=medium, power=_power(shares, [s.power for s in found]),
        flow=replace(flow, iteration_count=max(s.flow.iteration_count for s in found)),
        iteration_count=max(s.iteration_count for s in found),
        change_ratio=max(s.change_ratio for s in found),
    )  # fmt: skip


def _power(shares: Sequence[Share], powers: Sequence[Any]) -> Any:
    names = [field.name for field in fields(powers[0])]
    axes = {name: POWER[first] for name in names if (first := name.partition("_")[0]) in POWER}
    residual = [power.residual_ratio[share.column] for share, power in zip(shares, powers, strict=True)]
    return replace(
        _joined(shares, powers, axes), residual_ratio=np.max(residual, axis=0),
        passes=max(power.passes for power in powers),
    )  # fmt: skip


def _joined(shares: Sequence[Share], parts: Sequence[Any], axes: Axes) -> Any:
    """Return a dataclass whose columns are put together from those of the shares."""
    return replace(parts[0], **{name: _column(shares, parts, name, axis) for name, axis in axes.items()})


def _column(shares: Sequence[Share], parts: Sequence[Any], name: str, axis: str) -> Any:
    count = sum(len(place[axis][1]) for share in shares for place in share.places)
    out = np.empty((count, len(shares[0].column)), getattr(parts[0], name).dtype)
    for share, part in zip(shares, parts, strict=True):
        values = getattr(part, name).take(share.column, axis=1)
        for place in share.places:
            own, rows = place[axis]
            out[rows] = values.take(own, axis=0)
    return out
