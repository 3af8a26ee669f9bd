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


# Fields that hold columns themselves; anything else that is a dataclass does not depend on variants.
NESTED = frozenset({"flow", "heat", "power", "lines", "transformers", "converters", "consumers", "feeds"})
