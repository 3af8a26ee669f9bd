"""Which specifications a prim rests on; prims that rest on the same ones are the same."""

from typing import Any, NamedTuple

from twin.stage.declared import GROUP, ID, STANDBY
from twin.stage.faults import Spot

# What differs from part to part without changing what the part is.
OWN = frozenset({ID, STANDBY, GROUP})
_TOLD = ("twin:", "aif:", "simready:")
_DRAWN = frozenset({"extent", "extentsHint", "points"})


class Spec(NamedTuple):
    """One specification of a prim.

    Attributes:
        layer: File or identifier of its layer.
        path: Path within the layer.
        names: Properties.
        children: Prims right below it.
        tells: Whether it says something about what the part is.
        draws: Whether it says something about the part's shape.
        session: Whether it comes from the command line.
        handle: ``Sdf.PrimSpec``.
    """

    layer: str
    path: str
    names: frozenset[str]
    children: frozenset[str]
    tells: bool
    draws: bool
    session: bool
    handle: Any

    @property
    def spot(self) -> Spot:
        """Return where it stands."""
        return Spot(self.layer, self.path)


class Specs:
    """Looks at each specification once."""

    def __init__(self, session: Any) -> None:
        """Tell the session layer from files."""
        self._session = session
        self._known: dict[Any, Spec] = {}
        self._content: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {}

    def of(self, prim: Any) -> list[Spec]:
        """Return the specifications of a prim, strongest first."""
        return [self.known(handle) for handle in prim.GetPrimStack()]

    def known(self, handle: Any) -> Spec:
        """Return what a specification says; USD gives equal handles for the same one."""
        return self._known.get(handle) or self._spec(handle)

    def content(self, spec: Spec) -> tuple[tuple[str, str], ...]:
        """Return what a specification says, as text: equal content has equal meaning, wherever it stands."""
        key = (spec.layer, spec.path)
        found = self._content.get(key)
        if found is None:
            properties = spec.handle.properties
            said = ((name, properties[name]) for name in sorted(spec.names))
            found = self._content[key] = tuple((n, str(getattr(p, "default", p))) for n, p in said)
        return found

    def _spec(self, handle: Any) -> Spec:
        layer = handle.layer
        names = frozenset(handle.properties.keys())
        children = handle.GetInfo("primChildren") if handle.HasInfo("primChildren") else ()
        found = self._known[handle] = Spec(
            layer=layer.realPath or layer.identifier,
            path=str(handle.path),
            names=names,
            children=frozenset(children),
            tells=any(n.startswith(_TOLD) and not n.startswith("twin:connection") for n in names - OWN),
            draws=not names.isdisjoint(_DRAWN) or bool(handle.HasInfo("payload")),
            session=layer == self._session,
            handle=handle,
        )
        return found
