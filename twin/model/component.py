"""How a kind of equipment is declared: numbers, ports, outputs, and the elements it is made of.

One declaration gives the USD schema, the reader's table, the range check, the docs and the physics.
"""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Literal, TypeVar, dataclass_transform

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.model.binding import Cells, Nodes, Site
from twin.model.element import Block
from twin.units import attribute_of, unit_of

Range = tuple[float | None, float | None]
Form = Literal["number", "token", "text", "curve"]
Mark = Literal["", "can_stop", "has_speed"]


def camel(name: str) -> str:
    """Return a Python name as USD writes it: ``fan_wall`` -> ``fanWall``, ``return_`` -> ``return``."""
    head, *tail = name.strip("_").split("_")
    return head + "".join(word.capitalize() for word in tail)


@dataclass(frozen=True, slots=True, kw_only=True)
class Param:
    """One thing a kind is described by.

    Attributes:
        name: Python name with SI suffix; ``it_power_w``.
        form: ``number`` and ``curve`` carry units, ``token`` is one of ``tokens``, ``text`` is free.
        doc: Sentence.
        unit: Display unit on the stage; for a curve the unit of its second column.
        x_unit: Display unit of a curve's first column, else "".
        x_name: SI-suffixed name of a curve's first column, else "".
        hard: Limits that refuse the value, in the display unit; of a curve, its second column.
        x_hard: Limits that refuse the first column of a curve, in its display unit.
        soft: Limits that warn, in the display unit.
        required: Whether a prim without it is refused.
        default: Value used when not given, SI; None means "not given" (NaN).
        tokens: Allowed tokens.
        points: How many points a curve needs at least to settle what is fitted to it.
        source: Where the default or the limit comes from.
        instead_of: Parameter of the kind that may be given by this one, "" for one of its own.
        worth: That parameter over this one, SI.
    """

    name: str
    form: Form
    doc: str
    unit: str = ""
    x_unit: str = ""
    x_name: str = ""
    hard: Range = (None, None)
    x_hard: Range = (None, None)
    soft: Range = (None, None)
    required: bool = True
    default: float | str | None = None
    tokens: tuple[str, ...] = ()
    points: int = 2
    source: str = ""
    instead_of: str = ""
    worth: float = 1.0

    @property
    def attribute(self) -> str:
        """Return the last part of the USD name: ``itPower``."""
        return attribute_of(self.name) if self.form in {"number", "curve"} else camel(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """One opening of a kind, bound to port prims by their SimReady properties.

    Attributes:
        name: Python name.
        doc: Sentence.
        domain: ``thermal``, ``electrical``, ``network`` or ``airflow``.
        system: SimReady system token, "" for any.
        direction: SimReady direction token, "" for any.
        many: Whether several port prims bind, in name order.
        required: Whether a prim without it is refused.
        role: ``twin:port:role`` that resolves ties.
        end: ``from`` or ``to`` for a connection kind, whose ends are the ports it joins.
        flow: ``in`` or ``out`` of the equipment, for the direction check of matings.
    """

    name: str
    doc: str
    domain: str
    system: str = ""
    direction: str = ""
    many: bool = False
    required: bool = True
    role: str = ""
    end: str = ""
    flow: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """One USD relationship of a kind, resolved to nodes or to parts.

    Attributes:
        name: Python name.
        doc: Sentence.
        resolves: ``node`` for port or zone prims, ``part`` for equipment prims.
        required: Whether a prim without targets is refused.
        only: Which parts are meant: those of kinds that carry this mark, ``can_stop`` or ``has_speed``.
        kinds: Which parts are meant: those of these kinds; () for any.
    """

    name: str
    doc: str
    resolves: Literal["node", "part"]
    required: bool = True
    only: Mark = ""
    kinds: tuple[str, ...] = ()

    def means(self, cls: "type[Component]") -> bool:
        """Return whether parts of a kind are meant."""
        return bool(not self.only or getattr(cls, self.only)) and (not self.kinds or cls.kind in self.kinds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One variable of the results: which field of which element, reduced per part.

    Attributes:
        name: Variable name with SI suffix.
        role: Role of the element.
        field: Result of that element, as named in ``twin.model.solution``.
        reduce: How several elements of one part become one number.
        doc: Long name.
    """

    name: str
    role: str
    field: str
    doc: str
    reduce: Literal["first", "last", "max", "min", "sum"] = "first"


@dataclass(frozen=True, kw_only=True, eq=False)
class Component(ABC):
    """Columns of every part of one kind. Kinds are final: nothing subclasses them.

    Attributes:
        paths: Prim paths, shape (part,).
        site: What the facility shares.
        nodes: Where inner nodes come from.
        in_service: Whether a part runs, shape (part, 1 or variant).
        room: Air node of the room or aisle a part stands in, -1 outdoors, shape (part,).
        position_m: Origin of the prim, shape (part, 3).
        size_m: Extent of its box, shape (part, 3).
        route_m: Points of each run of fluid from its first to its second end, () for equipment.
        cells: Air nodes, for zone kinds; empty otherwise.
    """

    paths: tuple[str, ...]
    site: Site
    nodes: Nodes
    in_service: Flags
    room: Index
    position_m: Array
    size_m: Array
    cells: Cells
    route_m: tuple[Array, ...] = ()

    kind: ClassVar[str]
    group: ClassVar[str]
    label: ClassVar[str]
    source: ClassVar[str]
    params: ClassVar[tuple[Param, ...]]
    ports: ClassVar[tuple[Port, ...]]
    relations: ClassVar[tuple[Relation, ...]]
    outputs: ClassVar[tuple[Output, ...]]
    is_connection: ClassVar[bool]
    zone: ClassVar[bool]
    can_stop: ClassVar[bool]
    has_speed: ClassVar[bool]

    @abstractmethod
    def elements(self) -> Iterator[Block]:
        """Yield the blocks this kind is made of; called once, on columns."""

    @property
    def part(self) -> Index:
        """Return 0 … part - 1."""
        return np.arange(len(self.paths), dtype=np.intp)

    def inner(self, role: str, part: Index | None = None) -> Index:
        """Return one new node per part (or per entry of ``part``), named ``prim.role``.

        It is as high as the second end of a run of fluid, and as the origin of equipment.
        """
        owner = self.part if part is None else part
        height = np.array([run[-1, 2] for run in self.route_m]) if self.route_m else self.position_m[:, 2]
        return self.nodes.take(self.paths, owner, role, height[owner])


def param(
    doc: str,
    *,
    unit: str,
    hard: Range = (None, None),
    soft: Range = (None, None),
    required: bool = True,
    default: float | None = None,
    source: str = "",
    instead_of: str = "",
    worth: float = 1.0,
) -> Any:
    """Declare a number. The field's name carries its SI unit; ``unit`` is what stands on the stage.

    One that is ``instead_of`` another fills its column, ``worth`` times the value; elements read only that.
    """
    return _field(
        Param(
            name="", form="number", doc=doc, unit=unit, hard=hard, soft=soft,
            required=required and default is None and not instead_of, default=default, source=source,
            instead_of=instead_of, worth=worth,
        )
    )  # fmt: skip


def token(doc: str, *, tokens: tuple[str, ...], required: bool = True, default: str | None = None) -> Any:
    """Declare a word out of a closed list."""
    return _field(
        Param(
            name="",
            form="token",
            doc=doc,
            tokens=tokens,
            required=required and default is None,
            default=default,
        )
    )


def text(doc: str, *, required: bool = False) -> Any:
    """Declare free text."""
    return _field(Param(name="", form="text", doc=doc, required=required))


def curve(
    doc: str,
    *,
    x_name: str,
    x_unit: str,
    unit: str,
    hard: Range,
    x_hard: Range,
    required: bool = False,
    points: int = 2,
) -> Any:
    """Declare a table of points (``double2[]``); the name carries the unit of the second column.

    ``points`` is how many of them the model needs at least.
    """
    return _field(
        Param(
            name="", form="curve", doc=doc, x_name=x_name, x_unit=x_unit, unit=unit, required=required,
            hard=hard, x_hard=x_hard, points=points,
        )
    )  # fmt: skip


def port(
    doc: str,
    *,
    domain: str,
    system: str = "",
    direction: str = "",
    many: bool = False,
    required: bool = True,
    role: str = "",
    flow: str = "",
) -> Any:
    """Declare a port. The field holds its node (part,), or ``Ends`` when ``many``."""
    return _field(
        Port(
            name="", doc=doc, domain=domain, system=system, direction=direction, many=many,
            required=required, role=role, flow=flow,
        )
    )  # fmt: skip


def end(doc: str, *, domain: str, which: Literal["from", "to"]) -> Any:
    """Declare an end of a connection kind: the node of the port its relationship names."""
    return _field(Port(name="", doc=doc, domain=domain, end=which))


def relation(
    doc: str,
    *,
    resolves: Literal["node", "part"],
    required: bool = True,
    only: Mark = "",
    kinds: tuple[str, ...] = (),
) -> Any:
    """Declare a relationship ``twin:<kind>:<name>``. The field holds ``Targets``.

    A target of which ``only`` and ``kinds`` leave nothing is refused.
    """
    return _field(Relation(name="", doc=doc, resolves=resolves, required=required, only=only, kinds=kinds))


def _field(declared: Param | Port | Relation) -> Any:
    return dataclasses.field(metadata={"declared": declared})


_kinds: dict[str, type[Component]] = {}
C = TypeVar("C", bound=Component)


@dataclass_transform(
    kw_only_default=True,
    frozen_default=True,
    field_specifiers=(param, token, text, curve, port, end, relation),
)
def component(
    *,
    kind: str,
    group: str,
    label: str,
    source: str,
    outputs: tuple[Output, ...] = (),
    zone: bool = False,
    can_stop: bool = True,
    has_speed: bool = False,
) -> Callable[[type[C]], type[C]]:
    """Declare the class below as a kind of equipment.

    Args:
        kind: USD namespace; attributes are ``twin:<kind>:<name>``, the schema ``Twin<Kind>API``.
        group: Group of the results, from the closed list in ``docs/nomenclature.md``.
        label: What people call it.
        source: What the model of this kind rests on.
        outputs: Variables it contributes to the results.
        zone: Whether parts are volumes of air that other prims stand in.
        can_stop: Whether it matters to its elements that a part is out of service.
        has_speed: Whether a control may turn it.
    """

    def declare(cls: type[C]) -> type[C]:
        if kind in _kinds:
            msg = f"component kind {kind} is declared twice"
            raise TypeError(msg)
        made = dataclass(frozen=True, kw_only=True, eq=False)(cls)
        declared = [
            dataclasses.replace(f.metadata["declared"], name=f.name)
            for f in dataclasses.fields(made)
            if "declared" in f.metadata
        ]
        made.kind, made.group, made.label, made.source, made.zone = kind, group, label, source, zone
        made.params = tuple(d for d in declared if isinstance(d, Param))
        made.ports = tuple(d for d in declared if isinstance(d, Port))
        made.relations = tuple(d for d in declared if isinstance(d, Relation))
        made.can_stop, made.has_speed, made.outputs = can_stop, has_speed, outputs
        made.is_connection = any(p.end for p in made.ports)
        for p in made.params:
            if p.form in {"number", "curve"}:
                unit_of(p.name)
        _kinds[kind] = made
        return made

    return declare


def kinds() -> Mapping[str, type[Component]]:
    """Return every kind declared so far, by name."""
    return MappingProxyType(_kinds)
