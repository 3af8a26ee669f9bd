"""Taking some variants out of a network, and putting results of some back among all."""

import dataclasses
from typing import Any, TypeVar

import numpy as np

from twin.arrays import Index

T = TypeVar("T")


def take(thing: T, which: Index, variants: int) -> T:
    """Return a dataclass whose columns hold only the variants ``which``.

    Columns are two-dimensional arrays whose last axis has length ``variants``; those of length 1 hold for
    every variant and stay. Other fields stay as they are, a field ``variants`` becomes the new length.
    """
    changed: dict[str, Any] = {}
    for field in dataclasses.fields(thing):  # type: ignore[arg-type]
        value = getattr(thing, field.name)
        if field.name == "variants":
            changed[field.name] = len(which)
        elif isinstance(value, np.ndarray) and value.ndim == 2 and value.shape[1] == variants > 1:
            changed[field.name] = np.ascontiguousarray(value[:, which])
        elif dataclasses.is_dataclass(value) and not isinstance(value, type) and field.name in NESTED:
            changed[field.name] = take(value, which, variants)
    return dataclasses.replace(thing, **changed)  # type: ignore[type-var]


def put(full: Any, which: Index, part: Any) -> None:
    """Write the columns of ``part`` into the variants ``which`` of ``full``, in place."""
    for field in dataclasses.fields(full):
        target, source = getattr(full, field.name), getattr(part, field.name)
        if isinstance(target, np.ndarray) and target.ndim == 2:
            target[:, which] = source


def spread(thing: T, variants: int) -> T:
    """Return a dataclass whose columns of one variant stand ``variants`` times, as writable copies."""
    changed = {
        field.name: np.repeat(value, variants, axis=1)
        for field in dataclasses.fields(thing)  # type: ignore[arg-type]
        if isinstance(value := getattr(thing, field.name), np.ndarray) and value.ndim == 2
    }
    return dataclasses.replace(thing, **changed)  # type: ignore[type-var]


def unlike(thing: Any, variant: int, variants: int) -> Index:
    """Return in how many entries of its columns each variant differs from one of them, shape (variant,)."""
    count = np.zeros(variants, dtype=np.intp)
    for field in dataclasses.fields(thing):
        value = getattr(thing, field.name)
        if isinstance(value, np.ndarray) and value.ndim == 2 and value.shape[1] == variants:
            own = value[:, [variant]]
            count += np.count_nonzero((value != own) & ~((value != value) & (own != own)), axis=0)  # noqa: PLR0124
        elif dataclasses.is_dataclass(value) and field.name in NESTED:
            count += unlike(value, variant, variants)
    return count


def families(thing: Any) -> tuple[Index, Index]:
    """Return variants that lead a family of like ones, the first variant first, and the family of each.

    Another variant leads when it halves the entries in which at least three variants differ from theirs.
    """
    variants = thing.variants
    leaders, of = [0], np.zeros(variants, dtype=np.intp)
    apart = unlike(thing, 0, variants) if variants > 1 else of
    while len(leaders) < MOST_FAMILIES and apart.any():
        near = 2 * unlike(thing, int(np.argmax(apart)), variants) < apart
        if near.sum() < SMALLEST_FAMILY:
            break
        leader = int(np.flatnonzero(near)[np.argmin(apart[near])])
        own = unlike(thing, leader, variants)
        of[own < apart] = len(leaders)
        apart = np.minimum(apart, own)
        leaders.append(leader)
    return np.array(leaders, dtype=np.intp), of


# A family of two saves nothing, and every further leader is settled before the others can start.
SMALLEST_FAMILY, MOST_FAMILIES = 3, 8
# Fields that hold columns themselves; anything else that is a dataclass does not depend on variants.
NESTED = frozenset({
    "flow", "heat", "power", "lines", "transformers", "converters", "consumers", "feeds", "chips",
    "splits",
})  # fmt: skip
