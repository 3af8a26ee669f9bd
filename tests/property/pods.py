"""A private copy of the shipped pod: to be read as it is, or as somebody spoilt it."""

import re
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from twin.components import declare_all
from twin.data import folder

NAME = "pod"
_ASSET = re.compile(r"@[^@\n]*?assets/(?P<name>\w+)/")


def copy_pod(target: Path) -> Path:
    """Copy the pod and the assets it refers to, and return the folder of the site."""
    declare_all()
    source = folder("layouts") / NAME
    site = target / "layouts" / NAME
    shutil.copytree(source, site)
    for name in sorted(assets_of(site)):
        shutil.copytree(folder("assets") / name, target / "assets" / name)
    return site


def assets_of(site: Path) -> set[str]:
    """Return the names of the assets that the layers of a site refer to."""
    texts = (file.read_text(encoding="utf-8") for file in site.rglob("*.usda"))
    return {match["name"] for text in texts for match in _ASSET.finditer(text)}


def layers_of(site: Path) -> list[Path]:
    """Return the layers of a site, in name order."""
    return sorted(site.rglob("*.usda"))


Edit = Callable[[str], str]


@dataclass(frozen=True)
class Change:
    """One change of one layer; ``file`` is named from the folder of the site."""

    file: str
    edit: Edit

    def apply(self, site: Path) -> None:
        """Change the layer on disk."""
        path = site / self.file
        path.write_text(self.edit(path.read_text(encoding="utf-8")), encoding="utf-8")


def swap(file: str, after: str, old: str, new: str) -> Change:
    """Replace the first ``old`` that stands after a text; both must be there."""

    def edit(text: str) -> str:
        start = text.index(after) if after else 0
        at = text.index(old, start)
        return text[:at] + new + text[at + len(old) :]

    return Change(file, edit)


def say(file: str, prim: str, *lines: str) -> Change:
    """Write opinions as the first lines inside a prim."""

    def edit(text: str) -> str:
        start = re.search(rf'(?:def|over) (?:\w+ )?"{prim}"', text)
        assert start, f"no prim {prim} in {file}"
        brace = re.compile(r"^( *)\{\n", re.MULTILINE).search(text, start.end())
        assert brace
        inside = "".join(f"{brace[1]}    {line}\n" for line in lines)
        return text[: brace.end()] + inside + text[brace.end() :]

    return Change(file, edit)


def drop(file: str, prim: str, line: str) -> Change:
    """Take the first line that holds a text out of a prim."""

    def edit(text: str) -> str:
        start = text.index(f'"{prim}"')
        at = text.index(line, start)
        first, last = text.rindex("\n", 0, at) + 1, text.index("\n", at) + 1
        return text[:first] + text[last:]

    return Change(file, edit)


def cut(file: str, prim: str) -> Change:
    """Take a whole prim out of a layer."""

    def edit(text: str) -> str:
        first, last = block_of(text, prim)
        return text[:first] + text[last:]

    return Change(file, edit)


def block_of(text: str, prim: str) -> tuple[int, int]:
    """Return where the text of a prim begins and ends, with its indentation and line end."""
    start = re.search(rf'^( *)(?:def|over) (?:\w+ )?"{prim}".*\n', text, re.MULTILINE)
    assert start, f"no prim {prim}"
    end = re.compile(rf"^{start[1]}\}}\n", re.MULTILINE).search(text, start.end())
    assert end
    return start.start(), end.end()


def line_with(path: Path, text: str, after: str = "") -> int:
    """Return the number of the first line that holds a text and stands at or after another."""
    content = path.read_text(encoding="utf-8")
    start = content.index(after) if after else 0
    at = content.index(text, start)
    return content.count("\n", 0, at) + 1


def apply_all(site: Path, changes: Iterable[Change]) -> None:
    """Apply changes in order."""
    for change in changes:
        change.apply(site)


def one_mechanical_board(site: Path) -> Path:
    """Leave a pod one board for its plant, with a breaker to each feed: B's stands open and takes over."""
    wires, cases = "layers/electrical.usda", "layers/controls.usda"
    text = (site / wires).read_text(encoding="utf-8")
    from_b = "rel twin:connection:from = </World/Electrical/MechanicalBoard_B/"
    second = [
        re.findall(r'BasisCurves "(\w+)"', text[:at.start()])[-1] for at in re.finditer(from_b, text)
    ]  # fmt: skip
    start, lost = "MechanicalIncomer_B", "</World/Electrical/Cables/Mv_A>,"
    more = f"{lost}\n                </World/Electrical/MechanicalIncomer_A>,"
    changes = [
        *(cut(wires, name) for name in second), cut(wires, "MechanicalBoard_B"),
        swap(wires, '"MechanicalIn_B"', "MechanicalBoard_B/", "MechanicalBoard_A/"),
        swap(wires, '"MechanicalIn_B"', "voltage_in_01", "voltage_in_02"),
        say(wires, start, "bool twin:standby = true"),
        swap(cases, '"feed_a"', lost, more),
        say(cases, "feed_a", f"rel twin:contingency:start = </World/Electrical/{start}>"),
    ]  # fmt: skip
    apply_all(site, changes)
    return site
