"""What a table of the SimReady AI-Factory vocabulary is made of."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

Sense = Literal["enters", "leaves"]

TEXT = ""  # unit of what is no quantity: names, tokens, descriptions
ONE = "1"  # unit of counts, ratios and factors


@dataclass(frozen=True, slots=True)
class Name:
    """One attribute or port property as the specification describes it.

    Attributes:
        name: Last part of the USD name.
        type: USD type that the specification asks for, spelled as in a text layer.
        unit: pint-style unit; one per column for a curve (``m^3/s,kPa``); "" for text, None where the
            specification states none, so that a number must not be used.
        basis: What the unit leaves open: ``gauge``, ``difference``, ``line not stated`` …
        trap: What the specification says against itself or leaves out, "" for nothing.
        rule: Requirement that asks for it, or that the unit comes from.
    """

    name: str
    type: str
    unit: str | None = TEXT
    basis: str = ""
    trap: str = ""
    rule: str = ""

    @property
    def stated(self) -> bool:
        """Return whether the specification says what the number means."""
        return self.unit is not None

    @property
    def quantity(self) -> bool:
        """Return whether it is a number, or text that stands for one."""
        return self.unit != TEXT

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the unit of each column of a curve, of the one column of a number."""
        return tuple(self.unit.split(",")) if self.unit else ()


@dataclass(frozen=True, slots=True)
class AssetClass:
    """One equipment class of the vocabulary.

    Attributes:
        kind: Kind of component that it becomes: ``rack``, ``cdu``, ``crah``, ``ups``.
        label: The specification's name of the class.
        tokens: Values of ``aif:core:assetClass`` accepted, lower case.
        names: ``aif:spec:*`` attributes.
        voltage: Attribute that holds the nominal AC voltage, "" for none; likewise `power` and `frequency`.
        power: Attribute that holds the AC power rating.
        frequency: Attribute that holds the AC frequency.
        prefixes: Port name prefixes that 0.1.0 requires.
    """

    kind: str
    label: str
    tokens: tuple[str, ...]
    names: tuple[Name, ...]
    voltage: str = ""
    power: str = ""
    frequency: str = ""
    prefixes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PortName:
    """What a port name prefix of 0.1.0 means.

    Attributes:
        prefix: The ``<type>`` of ``<vendor>_<type>[_<suffix>]``.
        domain: Domain it stands for.
        direction: Direction it stands for, "" where the name does not tell.
        system: System it stands for, "" where the name does not tell.
    """

    prefix: str
    domain: str
    direction: str
    system: str


@dataclass(frozen=True, slots=True)
class FluidToken:
    """What a ``fluidType`` token says, and no more.

    Attributes:
        token: Value of the property.
        family: ``water``, ``glycol``, ``refrigerant`` or ``dielectric``.
        share_ratio: Share of glycol, None for others; by mass or volume is not said, nor which glycol.
    """

    token: str
    family: str
    share_ratio: float | None = None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """One version of the vocabulary.

    Attributes:
        version: Value of ``aif:core:simreadyVersion`` that selects it.
        core: ``aif:core:*`` attributes.
        classes: Equipment classes.
        base: Port properties required in every domain; none in 0.1.0, where names carry the meaning.
        domains: Port properties by domain.
        tokens: Example tokens of the open sets, by property of `base` or of a domain.
        port_type: USD type of a port prim.
    """

    version: str
    core: tuple[Name, ...]
    classes: tuple[AssetClass, ...]
    base: tuple[Name, ...]
    domains: Mapping[str, tuple[Name, ...]]
    tokens: Mapping[str, tuple[str, ...]]
    port_type: str

    def asset_class(self, token: str) -> AssetClass | None:
        """Return the class of an ``aif:core:assetClass`` value, None for an unknown one."""
        wanted = token.strip().lower()
        return next((c for c in self.classes if wanted in c.tokens), None)

    def kind(self, kind: str) -> AssetClass:
        """Return the class that becomes a kind of component."""
        return next(c for c in self.classes if c.kind == kind)

    def attribute(self, kind: str, name: str) -> Name | None:
        """Return the entry of a (class, ``aif:spec`` attribute) pair, None for an unknown one."""
        return next((n for c in self.classes if c.kind == kind for n in c.names if n.name == name), None)

    def port_property(self, domain: str, name: str) -> Name | None:
        """Return the entry of a (domain, property) pair, None for an unknown one."""
        return next((n for n in self.domains.get(domain, ()) if n.name == name), None)

    def every_name(self) -> Iterator[tuple[str, Name]]:
        """Yield the USD name and the entry of all attributes and port properties."""
        yield from ((f"aif:core:{n.name}", n) for n in self.core)
        yield from ((f"aif:spec:{n.name}", n) for c in self.classes for n in c.names)
        yield from ((f"simready:connectionPoint:{n.name}", n) for n in self.base)
        for domain, names in self.domains.items():
            yield from ((f"simready:connectionPoint:{domain}:{n.name}", n) for n in names)
