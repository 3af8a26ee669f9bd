"""What relationships name; composed by USD once for prims that came with equal content."""

from dataclasses import dataclass
from typing import Any

from twin.stage.faults import Spot
from twin.stage.specs import Spec


@dataclass(slots=True)
class Target:
    """One relationship target: path below the chunk's root, or in the stage when ``local`` is false."""

    path: str
    local: bool


@dataclass(slots=True)
class Relationship:
    """Targets of one relationship of one prim, and where they are authored."""

    targets: tuple[Target, ...]
    spot: Spot
    dropped: tuple[str, ...] = ()


class Frames:
    """Tells which prims came with equal content, so that their targets differ by a prefix only.

    Below a prim that the site's own layers mention, all comes from assets as long as they do not mention
    it. Prims at equal names below two such prims, resting on the same specifications at every step, were
    brought by the same arcs: a target within the content of one is the same target within the other's.
    """

    def __init__(self, local: set[str], *, relocates: bool) -> None:
        """Start without a prim.

        Args:
            local: Layers of the site itself.
            relocates: Whether a layer moves prims about, which makes paths differ by more than a prefix.
        """
        self._local, self._relocates = local, relocates
        self._frame: dict[str, tuple[int, str]] = {}
        self._numbers: dict[tuple[int, str, int], int] = {}
        self._known: dict[tuple[int, str], tuple[str, ...]] = {}
        self.composed = 0

    def enter(self, path: str, alike: int, stack: list[Spec]) -> None:
        """Note a prim; parents come before their children.

        Args:
            path: Path of the prim in the stage.
            alike: Number that prims with the same specifications share.
            stack: These specifications.
        """
        parent, _, name = path.rpartition("/")
        above = self._frame.get(parent)
        if above is None or self._relocates or any(s.layer in self._local for s in stack):
            self._frame[path] = 0, path
        else:
            key = above[0], name, alike
            self._frame[path] = self._numbers.setdefault(key, len(self._numbers) + 1), above[1]

    def targets(self, prim: Any, path: str, name: str) -> tuple[str, ...]:
        """Return the targets of a relationship of a prim that was entered."""
        frame, root = self._frame[path]
        known = self._known.get((frame, name)) if frame else None
        if known is not None:
            return tuple([root + inside for inside in known])
        self.composed += 1
        found = composed(prim, name)
        if frame and found and all(t.startswith(f"{root}/") for t in found):
            self._known[frame, name] = tuple(t[len(root) :] for t in found)
        return found


def composed(prim: Any, name: str) -> tuple[str, ...]:
    """Return the targets of a relationship as USD composes them."""
    return tuple(map(str, prim.GetRelationship(name).GetTargets()))


def relationship(found: tuple[str, ...], name: str, chunk: str, author: Spec) -> Relationship:
    """Return a relationship with the targets found; USD drops those that leave a referenced asset."""
    spot = Spot(author.layer, f"{author.path}.{name}")
    if found:
        inside = chunk + "/"
        return Relationship(
            tuple(
                [
                    Target(t[len(chunk) :], local=True) if t.startswith(inside) else Target(t, local=False)
                    for t in found
                ]
            ),
            spot,
        )
    handle = author.handle.relationships.get(name)
    written = handle.targetPathList.GetAddedOrExplicitItems() if handle else ()
    return Relationship((), spot, dropped=tuple(map(str, written)))


def relocates(layers: list[Any]) -> bool:
    """Return whether any layer moves prims about."""
    return any(layer.pseudoRoot.HasInfo("layerRelocates") for layer in layers)
