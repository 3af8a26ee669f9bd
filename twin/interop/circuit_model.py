"""A circuit that was read: its wires, and what results need to know beside them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from twin.arrays import Array
from twin.solve.wires_net import Kind, Wires

SECTIONS: Mapping[Kind, str] = {"line": "line", "transformer": "transformer", "capacitor": "capacitor"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Circuit:
    """A circuit of one of the plain formats.

    Attributes:
        file: Name of the input as it is shown.
        form: What format it is.
        wires: The network.
        nominal_v: Nominal voltage of each bus, phase to neutral, NaN where none is told, shape (bus,).
        sections: Table of the results that each kind of element is listed in.
        idle: Elements that are out of service, by table: name and number of conductors.
        rated_a: Rated currents of the coils of transformers by name, for their loading, shape (coil,).
        warnings: What taints the input without refusing it.
    """

    file: str
    form: str
    wires: Wires
    nominal_v: Array
    sections: Mapping[Kind, str] = field(default_factory=lambda: SECTIONS)
    idle: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    rated_a: Mapping[str, Array] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
