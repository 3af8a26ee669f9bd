"""Variant sets: what a prim offers, what it selects below itself, and what one variant adds."""

from collections.abc import Iterable, Mapping

from twin.stage.author.text import Prim, VariantSet


def selected(choices: Mapping[str, str]) -> list[str]:
    """Return the metadata lines that select variants of a prim."""
    return ["variants = {", *(f'    string {name} = "{word}"' for name, word in choices.items()), "}"]


def offer(prim: Prim, *sets: VariantSet, undecided: bool = False) -> Prim:
    """Give a prim, or the body of a variant, variant sets; the first of each is chosen, unless undecided.

    A module that others place stays undecided where its place decides: its own choice would win, because
    what a prim references itself is stronger than what its parents reference.
    """
    if sets:
        names = ", ".join(f'"{s.name}"' for s in sets)
        prim.metadata.append(f"prepend variantSets = [{names}]")
        if not undecided:
            prim.metadata += selected({s.name: next(iter(s.variants)) for s in sets})
    return prim.add(*sets)


def choose(path: str, **choices: str) -> Prim:
    """Return an opinion that only selects variants of the prim at a path below where it is written."""
    return at(path, Prim(name="", spec="over", metadata=selected(choices)))


def at(path: str, prim: Prim) -> Prim:
    """Return nested opinions that lead to a prim, which takes the last name of the path when it has none."""
    *outer, last = path.strip("/").split("/")
    found = prim
    if prim.name:
        outer.append(last)
    else:
        found.name = last
    for name in reversed(outer):
        found = Prim(name=name, spec="over").add(found)
    return found


def body(*children: Prim, layers: Iterable[str] = ()) -> Prim:
    """Return the body of a variant: what it references, and what it says below; overs are merged by name."""
    out = Prim(name="")
    paths = [f"@{path}@" for path in layers]
    if len(paths) == 1:
        out.metadata.append(f"prepend references = {paths[0]}")
    elif paths:
        out.metadata.append(f"prepend references = [{', '.join(paths)}]")
    for child in children:
        merge(out, child)
    return out


def merge(into: Prim, child: Prim) -> Prim:
    """Put a tree of opinions into another: a child of the same name takes in what is said of it."""
    same = next((c for c in into.children if isinstance(c, Prim) and c.name == child.name), None)
    if same is None:
        return into.add(child)
    same.lines += child.lines
    same.metadata += child.metadata
    for inner in child.children:
        if isinstance(inner, Prim):
            merge(same, inner)
        else:
            same.add(inner)
    return into


def take(scope: Prim, names: Iterable[str]) -> list[Prim]:
    """Remove children from a prim by name, and return them in their order."""
    wanted = set(names)
    found = [c for c in scope.children if isinstance(c, Prim) and c.name in wanted]
    scope.children = [c for c in scope.children if c not in found]
    return found
