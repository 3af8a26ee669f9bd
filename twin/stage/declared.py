"""Every property of our schemas, from the component declarations and the SimReady table."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from types import MappingProxyType
from typing import Any

from twin.model.component import Component, Param, camel, kinds
from twin.stage.aif import LATEST, PORT_PREFIX
from twin.stage.aif_table import Name
from twin.units import canonical

EQUIPMENT, PORT, CONNECTION = "TwinEquipmentAPI", "TwinPortAPI", "TwinConnectionAPI"
ID, STANDBY, GROUP = "twin:id", "twin:standby", "twin:redundancyGroup"
PORT_ROLE, PORT_POSITION = "twin:port:role", "twin:port:position"
FROM, TO = "twin:connection:from", "twin:connection:to"
RESULT_PREFIX = "twin:result:"

_TYPES = {"number": "double", "token": "token", "text": "string", "curve": "double2[]"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """One attribute or relationship that a schema declares.

    Attributes:
        name: Full USD name.
        type: USD type, ``rel`` for a relationship.
        doc: Sentence.
        unit: Unit of the bare number; ``x;y`` for a curve, "" for what has none.
        param: Parameter behind it, None for what belongs to no kind.
        tokens: Allowed tokens.
    """

    name: str
    type: str
    doc: str
    unit: str = ""
    param: Param | None = None
    tokens: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """One applied API schema.

    Attributes:
        name: Schema identifier, ``TwinFanWallAPI``.
        doc: Sentence.
        builtin: Schemas that come with it.
        kind: Kind of component, "" for none.
        source: What the model of that kind rests on.
        properties: What it declares.
    """

    name: str
    doc: str
    builtin: tuple[str, ...] = ()
    kind: str = ""
    source: str = ""
    properties: tuple[Property, ...] = field(default=())


def api_name(kind: str) -> str:
    """Return the schema of a kind: ``fan_wall`` -> ``TwinFanWallAPI``."""
    return "Twin" + "".join(word.capitalize() for word in kind.split("_")) + "API"


def attribute_name(kind: str, last: str) -> str:
    """Return the full USD name of a parameter or relationship of a kind."""
    return f"twin:{camel(kind)}:{last}"


def relation_name(kind: str, name: str) -> str:
    """Return the full USD name of a relationship of a kind."""
    return attribute_name(kind, camel(name))


def declare_kinds() -> None:
    """Declare every kind; by name, since kinds and stage share a floor and do not import each other."""
    import_module("twin.components").declare_all()


def kind_of_api() -> Mapping[str, type[Component]]:
    """Return the kind behind each schema name."""
    declare_kinds()
    return _kind_of_api(len(kinds()))


def apis() -> tuple[Api, ...]:
    """Return every schema: the three that kinds share, then one for each kind, by name."""
    declare_kinds()
    return _apis(len(kinds()))


def declared() -> Mapping[str, Property]:
    """Return every declared property by its full USD name."""
    declare_kinds()
    return _declared(len(kinds()))


@lru_cache(maxsize=4)
def _kind_of_api(_count: int) -> Mapping[str, type[Component]]:
    return MappingProxyType({api_name(kind): cls for kind, cls in kinds().items()})


@lru_cache(maxsize=4)
def _declared(count: int) -> Mapping[str, Property]:
    return MappingProxyType({p.name: p for api in _apis(count) for p in api.properties})


@lru_cache(maxsize=4)
def _apis(_count: int) -> tuple[Api, ...]:
    shared = (
        Api(name=EQUIPMENT, doc="Anything that the twin knows.", properties=_EQUIPMENT_PROPERTIES),
        Api(
            name=PORT,
            doc="One opening of a part; what passes through it is said in the SimReady vocabulary.",
            properties=(*_PORT_PROPERTIES, *_simready()),
        ),
        Api(
            name=CONNECTION,
            doc="Something that joins exactly two ports.",
            builtin=(EQUIPMENT,),
            properties=_CONNECTION_PROPERTIES,
        ),
    )
    return shared + tuple(_api(kinds()[kind]) for kind in sorted(kinds()))


_EQUIPMENT_PROPERTIES = (
    Property(name=ID, type="string", doc="Stable identity; it survives renames."),
    Property(
        name=STANDBY, type="bool", doc="Whether it stands by and runs only where a contingency starts it."
    ),
    Property(name=GROUP, type="token", doc="Parts that share this name back each other up."),
)
_PORT_PROPERTIES = (
    Property(name=PORT_ROLE, type="token", doc="Declared port it stands for, where several fit."),
    Property(
        name=PORT_POSITION, type="double", unit="m",
        doc="Distance along the part from its first end, where it differs from the port's place.",
    ),
)  # fmt: skip
_CONNECTION_PROPERTIES = (
    Property(name=FROM, type="rel", doc="The one port it starts at."),
    Property(name=TO, type="rel", doc="The one port it ends at."),
)


def _simready() -> Iterator[Property]:
    """Yield the connection point properties under their SimReady names and types."""
    yield from (_simready_property(PORT_PREFIX + n.name, n) for n in LATEST.base)
    for domain, names in LATEST.domains.items():
        yield from (_simready_property(f"{PORT_PREFIX}{domain}:{n.name}", n) for n in names)


def _simready_property(name: str, said: Name) -> Property:
    unit = f"{said.unit} g" if said.unit == "Pa" and said.basis == "gauge" else said.unit
    doc = f"SimReady connection point, {said.rule or 'CP.012'}" + (f"; {said.trap}." if said.trap else ".")
    return Property(name=name, type=said.type, doc=doc, unit=canonical(unit) if unit else "")


def _api(cls: type[Component]) -> Api:
    summary = (cls.__doc__ or "").strip().partition("\n")[0]
    properties = (
        *(_param(cls.kind, p) for p in cls.params),
        *(Property(name=relation_name(cls.kind, r.name), type="rel", doc=r.doc) for r in cls.relations),
    )
    twice = [name for name, count in Counter(p.name for p in properties).items() if count > 1]
    if twice:  # the unit suffix is not part of the USD name
        raise TypeError(f"kind {cls.kind} declares {', '.join(twice)} twice: rename one of the parameters")
    return Api(
        name=api_name(cls.kind),
        doc=f"{cls.label}. {summary}",
        builtin=(CONNECTION if cls.is_connection else EQUIPMENT,),
        kind=cls.kind,
        source=cls.source,
        properties=properties,
    )


def _param(kind: str, param: Param) -> Property:
    return Property(
        name=attribute_name(kind, param.attribute),
        type=_TYPES[param.form],
        doc=param.doc,
        unit=unit_of_param(param),
        param=param,
        tokens=param.tokens,
    )


def unit_of_param(param: Param) -> str:
    """Return the unit a parameter has on the stage, in its one spelling; ``x;y`` for a curve."""
    columns: tuple[Any, ...] = (param.x_unit, param.unit) if param.form == "curve" else (param.unit,)
    return ";".join(canonical(unit) for unit in columns) if param.form in {"number", "curve"} else ""
