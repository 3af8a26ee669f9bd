"""Assets and site-made equipment as an author places them, and where their ports are."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from pxr import Sdf, Usd, UsdGeom

from twin.errors import UsageError
from twin.stage.author.text import Point, Prim, box, extent, port


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """One port of an asset, in the asset's own axes [m]."""

    name: str
    domain: str
    system: str
    direction: str
    role: str
    at: Point


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """What an author needs to know of an asset file."""

    name: str
    openings: tuple[Opening, ...]


@cache
def load(folder: Path, name: str) -> Asset:
    """Return the ports of ``folder/<name>/<name>.usda``.

    Raises:
        UsageError: There is no such asset.
    """
    file = folder / name / f"{name}.usda"
    if not file.is_file():
        known = ", ".join(sorted(p.name for p in folder.iterdir() if p.is_dir()))
        msg = f"there is no asset {name}; there are {known}"
        raise UsageError(msg)
    stage = Usd.Stage.Open(Sdf.Layer.FindOrOpen(str(file)))
    root = stage.GetDefaultPrim()
    scope = root.GetChild("ConnectionPoints")
    cache_ = UsdGeom.XformCache()
    openings = []
    for prim in scope.GetChildren() if scope else []:
        at = cache_.ComputeRelativeTransform(prim, root)[0].ExtractTranslation()
        words = {
            key: str(prim.GetAttribute(name_).Get() or "")
            for key, name_ in (
                ("domain", "simready:connectionPoint:domain"),
                ("system", "simready:connectionPoint:system"),
                ("direction", "simready:connectionPoint:direction"),
                ("role", "twin:port:role"),
            )
        }
        openings.append(Opening(name=prim.GetName(), at=(at[0], at[1], at[2]), **words))
    return Asset(name=name, openings=tuple(openings))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A port of something placed: its prim path and where it is, in the frame the author works in."""

    path: str
    at: Point


@dataclass(kw_only=True)
class Part:
    """One placed piece of equipment.

    Attributes:
        name: Prim name.
        parent: Path of the prim it stands under.
        at: Origin [m].
        turn_deg: Turn about the vertical.
        openings: Its ports.
        prim: The specification.
    """

    name: str
    parent: str
    at: Point
    turn_deg: float
    openings: Sequence[Opening]
    prim: Prim
    taken: set[str] = field(default_factory=set)

    @property
    def path(self) -> str:
        """Return the prim path."""
        return f"{self.parent}/{self.name}"

    def port(
        self, domain: str, system: str = "", direction: str = "", *, role: str = "", index: int | None = None
    ) -> Place:
        """Return the port that matches: the one at ``index`` in name order, else the first not taken yet.

        Raises:
            UsageError: There is none left.
        """
        fits = [
            o
            for o in sorted(self.openings, key=lambda o: o.name)
            if o.domain == domain
            and system in ("", o.system)
            and direction in ("", o.direction)
            and role in ("", o.role)
        ]
        if index is None:
            fits = [o for o in fits if o.name not in self.taken]
            index = 0
        if index >= len(fits):
            msg = f"{self.path} has no free {domain} {system} {direction} {role} port"
            raise UsageError(msg)
        chosen = fits[index]
        self.taken.add(chosen.name)
        return Place(path=f"{self.path}/ConnectionPoints/{chosen.name}", at=self._outside(chosen.at))

    def _outside(self, own: Point) -> Point:
        angle = math.radians(self.turn_deg)
        x = self.at[0] + math.cos(angle) * own[0] - math.sin(angle) * own[1]
        y = self.at[1] + math.sin(angle) * own[0] + math.cos(angle) * own[1]
        return (round(x, 4), round(y, 4), round(self.at[2] + own[2], 4))


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """Where assets are, and how a layer refers to them."""

    folder: Path
    reference: str

    def asset(self, name: str) -> str:
        """Return the reference to an asset, as a layer writes it."""
        load(self.folder, name)
        return f"@{self.reference}/{name}/{name}.usda@"

    def part(self, name: str, asset: str, parent: str, at: Point, *, turn_deg: float = 0.0) -> Part:
        """Return an instance of an asset."""
        prim = Prim(name=name, reference=self.asset(asset))
        return Part(
            name=name, parent=parent, at=at, turn_deg=turn_deg,
            openings=load(self.folder, asset).openings, prim=prim.place(*at, turn_deg),
        )  # fmt: skip


def made(
    name: str,
    api: str,
    parent: str,
    at: Point,
    size: Point,
    *,
    openings: Sequence[Opening],
    colour: str,
    turn_deg: float = 0.0,
    note: str = "",
    reference: str = "",
    centre: Point = (0.0, 0.0, 0.0),
    boxed: bool = False,
) -> Part:
    """Return something made on site, with its ports written out; ``reference`` gives its numbers.

    ``boxed`` writes its extent, where a reference or a variant would bring that of a longer or shorter asset.
    """
    scope = Prim(name="ConnectionPoints", type="Scope")
    for o in openings:
        offset = o.at[0] - min(p.at[0] for p in openings) if o.role == "tap" else None
        scope.add(port(o.name, o.domain, o.system, o.direction, o.at, role=o.role, offset=offset))
    apis = () if reference else (api,)
    prim = Prim(name=name, type="Xform", apis=apis, kind="component", note=note, reference=reference)
    if boxed:
        prim.lines.append(extent(size, centre))
    prim.place(*at, turn_deg).add(box(size, colour, centre), scope)
    return Part(name=name, parent=parent, at=at, turn_deg=turn_deg, openings=openings, prim=prim)
