"""Which axes drive an output, with confidence: Sobol indices, Morris effects, ranks of a sample."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from twin.arrays import Array, Index
from twin.studies.study_axes import Study

# Bootstrap samples and their confidence: Archer, Saltelli and Sobol, J. Stat. Comput. Simul. 58 (1997).
RESAMPLES, CONFIDENCE = 200, 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """What one axis does to one output.

    Attributes:
        axis: The axis.
        output: The output.
        measure: ``first_order``, ``total``, ``mean_effect``, ``deviation`` or ``rank_correlation``.
        value: Share of the variance [1], effect over the range of the axis in the output's unit, or rank
            correlation [1].
        low, high: Its 95 % interval by bootstrap.
    """

    axis: str
    output: str
    measure: str
    value: float
    low: float
    high: float


def drivers(study: Study, rows: Array, output: str, values: Array) -> list[Driver]:
    """Return what every axis does to an output, the strongest first within each measure.

    Args:
        study: Its method decides the measure: ``saltelli``, ``morris``, else ranks of the sample.
        rows: The variants, shape (variant, axis).
        output: Name of the output.
        values: The output, shape (variant,); samples with a variant that failed are left out.
    """
    if study.method == "saltelli":
        return _sobol(study, output, values)
    if study.method == "morris":
        return _morris(study, rows, output, values)
    return _ranks(study, rows, output, values)


def sobol_indices(first: Array, second: Array, mixed: Array) -> tuple[Array, Array]:
    """Return first-order and total indices [1], shape (axis,).

    Args:
        first: Values at the rows of A, shape (sample,).
        second: Values at the rows of B, shape (sample,).
        mixed: Values at A with one column of B, shape (axis, sample).

    Source:
        Saltelli et al., Comput. Phys. Commun. 181 (2010), table 2 (b) and (f); Jansen, 1999.
    """
    # Centred values leave less to the sampling error of the product.
    middle = np.mean(np.concatenate([first, second]))
    a, b, ab = first - middle, second - middle, mixed - middle
    variance = np.var(np.concatenate([a, b]))
    if variance == 0.0:
        return np.zeros(len(mixed)), np.zeros(len(mixed))
    return (b * (ab - a)).mean(axis=1) / variance, ((a - ab) ** 2).mean(axis=1) / (2.0 * variance)


def _sobol(study: Study, output: str, values: Array) -> list[Driver]:
    axes, count = len(study.axes), study.count
    table = values[: (axes + 2) * count].reshape(axes + 2, count)
    table = table[:, np.isfinite(table).all(axis=0)]
    if table.shape[1] < 2:
        return []

    def both(which: Index) -> Array:
        return np.stack(sobol_indices(table[0, which], table[1, which], table[2:, which]))

    value, low, high = _bootstrap(both, table.shape[1], study.seed)
    return _told(study, output, ("first_order", "total"), value, low, high)


def morris_effects(rows: Array, values: Array) -> Array:
    """Return the elementary effects over the whole range of each axis, shape (trajectory, axis).

    Args:
        rows: Variants, scaled from 0 to 1, shape (trajectory, axis + 1, axis).
        values: Shape (trajectory, axis + 1).

    Source:
        Morris, Technometrics 33 (1991), equation 1.
    """
    steps, moved = np.diff(rows, axis=1), np.diff(values, axis=1)
    axis = np.argmax(np.abs(steps), axis=2)
    step = np.take_along_axis(steps, axis[..., None], axis=2)[..., 0]
    found = np.full((len(rows), rows.shape[2]), np.nan)
    np.put_along_axis(found, axis, moved / step, axis=1)
    return found


def _morris(study: Study, rows: Array, output: str, values: Array) -> list[Driver]:
    axes = len(study.axes)
    low, high = np.array([axis.low for axis in study.axes]), np.array([axis.high for axis in study.axes])
    unit = ((rows - low) / (high - low)).reshape(-1, axes + 1, axes)
    effects = morris_effects(unit, values.reshape(-1, axes + 1))
    effects = effects[np.isfinite(effects).all(axis=1)]
    if len(effects) < 2:
        return []

    def both(which: Index) -> Array:
        # The mean of sizes: effects of both signs do not cancel. Campolongo et al., 2007.
        return np.stack([np.abs(effects[which]).mean(axis=0), effects[which].std(axis=0, ddof=1)])

    value, lower, upper = _bootstrap(both, len(effects), study.seed)
    return _told(study, output, ("mean_effect", "deviation"), value, lower, upper)


def _ranks(study: Study, rows: Array, output: str, values: Array) -> list[Driver]:
    """Return Spearman's rank correlation of numbers with the output."""
    known = np.isfinite(values)
    at = (
        [i for i, axis in enumerate(study.axes) if axis.is_number and np.ptp(rows[known, i]) > 0.0]
        if known.any()
        else []
    )
    if known.sum() < 3 or not at or np.ptp(values[known]) == 0.0:
        return []
    inputs, result = rankdata(rows[known][:, at], axis=0), rankdata(values[known])

    def correlation(which: Index) -> Array:
        x, y = inputs[which] - inputs[which].mean(axis=0), result[which] - result[which].mean()
        size = np.sqrt((x**2).sum(axis=0) * (y**2).sum())
        found: Array = np.divide(x.T @ y, size, out=np.zeros(len(at)), where=size > 0.0)
        return found[None]

    value, low, high = _bootstrap(correlation, int(known.sum()), study.seed)
    names = tuple(study.axes[i].name for i in at)
    found = [
        Driver(axis=name, output=output, measure="rank_correlation", value=v, low=a, high=b)
        for name, v, a, b in zip(names, value[0].tolist(), low[0].tolist(), high[0].tolist(), strict=True)
    ]
    return sorted(found, key=lambda driver: -abs(driver.value))


def _bootstrap(estimate: Callable[[Index], Array], count: int, seed: int) -> tuple[Array, Array, Array]:
    """Return an estimate from all samples, and its interval from samples drawn again."""
    rng = np.random.default_rng(seed)
    again = np.stack([estimate(rng.integers(0, count, count)) for _ in range(RESAMPLES)])
    tail = 0.5 * (1.0 - CONFIDENCE)
    low, high = np.quantile(again, (tail, 1.0 - tail), axis=0)
    return estimate(np.arange(count)), low, high


def _told(  # noqa: PLR0917
    study: Study, output: str, measures: tuple[str, ...], value: Array, low: Array, high: Array
) -> list[Driver]:
    return [
        Driver(
            axis=study.axes[at].name, output=output, measure=measure, value=float(value[row, at]),
            low=float(low[row, at]), high=float(high[row, at]),
        )
        for row, measure in enumerate(measures)
        for at in np.argsort(-np.abs(value[row]), kind="stable").tolist()
    ]  # fmt: skip


def distribution(values: Array) -> dict[str, float]:
    """Return count, mean, deviation and quantiles of what is known of an output; empty for nothing."""
    known = values[np.isfinite(values)]
    if not len(known):
        return {}
    quantiles = {f"p{share:g}": float(np.quantile(known, share / 100.0)) for share in (5, 25, 50, 75, 95)}
    return {
        "count": float(len(known)), "mean": float(known.mean()),
        "deviation": float(known.std(ddof=1)) if len(known) > 1 else 0.0,
        "min": float(known.min()), **quantiles, "max": float(known.max()),
    }  # fmt: skip
