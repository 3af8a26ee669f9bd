"""What USD says about prims that may be written in nonsense: where they stand, which type they have."""

from typing import Any

import numpy as np
from pxr import Gf, Sdf, Tf


def to_world(cache: Any, prim: Any) -> Any:
    """Return the transform of a prim to the world; the unit matrix where USD has none, which is a fault."""
    try:
        matrix = cache.GetLocalToWorldTransform(prim)
    except Tf.ErrorException:
        return Gf.Matrix4d(1.0)
    return matrix if np.isfinite(np.array(matrix)).all() else Gf.Matrix4d(1.0)


def type_of(prop: Any) -> str:
    """Return the type that the author of a property wrote, whatever the schema says."""
    stack = prop.GetPropertyStack()
    spec = next((s for s in stack if s.HasInfo("default")), stack[0]) if stack else None
    return str(spec.typeName) if isinstance(spec, Sdf.AttributeSpec) else "rel"


def said_by(reason: Exception) -> str:
    """Return what USD says, without where in its own sources it says so."""
    texts = [str(getattr(error, "commentary", error)).strip() for error in reason.args]
    return " ".join((texts[0] if texts else str(reason)).split())
