"""The variants of a study: every way to combine its axes, filtered, in the order they are solved in."""

import itertools
from collections.abc import Callable, Mapping

import numpy as np
from scipy.stats import norm, qmc, triang

from twin.arrays import Array
from twin.errors import InputError
from twin.model.finding import Fault
from twin.studies.study_axes import Axis, Study, columns_of
from twin.studies.study_terms import Term

# Methods that need a count, beside those that the axes settle alone.
SAMPLED = ("random", "latin_hypercube", "sobol", "morris", "saltelli")
METHODS = ("factorial", "lists", "one_at_a_time", *SAMPLED)
# Levels of the grid that Morris steps on, and the step of half of them: Saltelli et al., 2008, 3.2.
MORRIS_LEVELS = 4
LARGEST = 50_000_000


def design(study: Study) -> Array:
    """Return the variants as numbers and codes of words, shape (variant, axis).

    Variants of one topology stand beside each other, otherwise in the order of the method.

    Raises:
        InputError: No variant is left, or there are more than can be numbered.
    """
    table = _MAKERS[study.method](study)
    for text in study.filters:
        columns = columns_of(study, table)
        kept = np.broadcast_to(np.asarray(Term(text, columns)(columns), dtype=np.bool_), (len(table),))
        table = table[kept]
    if not len(table):
        raise _empty(study, "no variant is left by the filters" if study.filters else "no variant")
    if study.method in {"morris", "saltelli"}:
        return table  # their estimates rest on the order, and all their axes are numbers
    words = [at for at, axis in enumerate(study.axes) if not axis.is_number]
    if not words:
        return table
    order: Array = table[np.lexsort([table[:, at] for at in reversed(words)])]
    return order


def _empty(study: Study, why: str) -> InputError:
    fault = Fault(
        code="ST244", prim="", attribute="design", where=study.file, found=why,
        expected=f"variants, at most {LARGEST}",
    )  # fmt: skip
    return InputError([fault])


def steps_of(axis: Axis) -> Array:
    """Return the values of an axis in a design of steps, shape (step,)."""
    if axis.numbers:
        return np.array(axis.numbers)
    return np.asarray(
        np.linspace(axis.low, axis.high, axis.steps) if axis.is_range else np.arange(len(axis.levels)),
        dtype=np.float64,
    )


def _factorial(study: Study) -> Array:
    values = [steps_of(axis) for axis in study.axes]
    count = np.prod([float(len(v)) for v in values])
    if count > LARGEST:
        raise _empty(study, f"{count:.3g} variants")
    return np.array(list(itertools.product(*values)), dtype=np.float64).reshape(-1, len(values))


def _lists(study: Study) -> Array:
    return np.stack([steps_of(axis) for axis in study.axes], axis=1)


def _one_at_a_time(study: Study) -> Array:
    """Return the first values of all axes, then every other value of each axis alone."""
    values = [steps_of(axis) for axis in study.axes]
    first = np.array([v[0] for v in values])
    rows = [first]
    for at, own in enumerate(values):
        for value in own[1:]:
            row = first.copy()
            row[at] = value
            rows.append(row)
    return np.array(rows)


def _random(study: Study) -> Array:
    return spread(study, np.random.default_rng(study.seed).random((study.count, len(study.axes))))


def _latin_hypercube(study: Study) -> Array:
    sampler = qmc.LatinHypercube(len(study.axes), rng=np.random.default_rng(study.seed))
    return spread(study, sampler.random(study.count))


def _sobol(study: Study) -> Array:
    return spread(study, _sequence(study, len(study.axes), study.count))


def _sequence(study: Study, columns: int, count: int) -> Array:
    """Return the first points of a scrambled Sobol sequence, shape (count, columns)."""
    sampler = qmc.Sobol(columns, scramble=True, rng=np.random.default_rng(study.seed))
    whole = sampler.random_base2(max(int(np.ceil(np.log2(max(count, 1)))), 0))
    return np.asarray(whole[:count])


def _saltelli(study: Study) -> Array:
    """Return the matrices of a variance-based analysis: A, B, then A with each column from B.

    Source:
        Saltelli et al., Comput. Phys. Commun. 181 (2010), table 2.
    """
    axes, count = len(study.axes), study.count
    both = _sequence(study, 2 * axes, count)
    first, second = both[:, :axes], both[:, axes:]
    mixed = []
    for at in range(axes):
        one = first.copy()
        one[:, at] = second[:, at]
        mixed.append(one)
    return spread(study, np.concatenate([first, second, *mixed]))


def _morris(study: Study) -> Array:
    """Return trajectories that move one axis at a time, shape (count * (axis + 1), axis).

    Source:
        Morris, Technometrics 33 (1991), section 2: trajectories on a grid of four levels.
    """
    rng, axes = np.random.default_rng(study.seed), len(study.axes)
    step = MORRIS_LEVELS / (2.0 * (MORRIS_LEVELS - 1))
    rows = []
    for _ in range(study.count):
        start = rng.integers(0, MORRIS_LEVELS // 2, axes) / (MORRIS_LEVELS - 1)
        down = rng.random(axes) < 0.5
        at = np.where(down, start + step, start)
        rows.append(at.copy())
        for axis in rng.permutation(axes):
            at[axis] += -step if down[axis] else step
            rows.append(at.copy())
    return spread(study, np.array(rows))


def spread(study: Study, unit: Array) -> Array:
    """Return points of the unit cube as values of the axes, each by its distribution.

    A normal distribution is cut off at the ends of its range: what lies beyond is left out, not moved.

    Args:
        study: Whose axes.
        unit: Shape (variant, axis), from 0 to 1.
    """
    return np.stack([_quantile(axis, unit[:, at]) for at, axis in enumerate(study.axes)], axis=1)


def _quantile(axis: Axis, share: Array) -> Array:
    if not axis.is_range:
        place = np.minimum((share * len(axis.levels)).astype(np.intp), len(axis.levels) - 1)
        return np.array(axis.numbers)[place] if axis.numbers else place.astype(np.float64)
    width = axis.high - axis.low
    if axis.distribution == "triangular":
        return np.asarray(triang.ppf(share, (axis.middle - axis.low) / width, loc=axis.low, scale=width))
    if axis.distribution == "normal":
        low, high = (norm.cdf((end - axis.middle) / axis.deviation) for end in (axis.low, axis.high))
        found = axis.middle + axis.deviation * norm.ppf(low + share * (high - low))
        return np.asarray(np.clip(found, axis.low, axis.high))
    # Written so that both ends are met to the last digit.
    return np.asarray(np.clip(axis.low + share * width, axis.low, axis.high))


_MAKERS: Mapping[str, Callable[[Study], Array]] = {
    "factorial": _factorial, "lists": _lists, "one_at_a_time": _one_at_a_time, "random": _random,
    "latin_hypercube": _latin_hypercube, "sobol": _sobol, "morris": _morris, "saltelli": _saltelli,
}  # fmt: skip
