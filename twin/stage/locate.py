"""Where a specification stands in a text layer, because USD keeps no source positions.

One regular expression reads one statement at a time; brackets that cannot hold a statement are skipped whole.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from functools import lru_cache
from os.path import relpath
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

# Possessive quantifiers keep every pattern linear in the length of the text.
_STRING = (
    r'(?:"""(?:\\[\s\S]|(?!""")[\s\S])*+"""|' r"'''(?:\\[\s\S]|(?!''')[\s\S])*+'''|"
    r'"(?:\\.|[^"\\\n])*+"|' r"'(?:\\.|[^'\\\n])*+')"
)  # fmt: skip
_ASSET = r"(?:@@@(?:\\@@@|(?!@@@)[^\n])*+@{3,5}|@[^@\n]*+@)"
_TARGET = r"<[^<>\n]*+>"
_COMMENT = r"(?:\#[^\n]*+|//[^\n]*+|/\*(?:(?!\*/)[\s\S])*+\*/)"
_OPAQUE = rf"(?:{_STRING}|{_ASSET}|{_TARGET}|{_COMMENT})"
_SKIP = rf"[\s;,]*+(?:{_COMMENT}[\s;,]*+)*+"
_SCALAR = r"""[^\s;,#"'@<>(){}\[\]=]++"""
# Brackets that hold no other, and brackets that hold only such; the loop of `_block_end` takes the rest.
_FLAT = rf"""(?:[^()\[\]{{}}"'@<#/]++|{_OPAQUE}|/)*+"""
_TUPLE, _ARRAY = rf"\({_FLAT}\)", rf"\[(?:[^\[\]{{}}\"'@<#/]++|{_OPAQUE}|/)*+\]"
_ONE = rf"[(\[{{]{_FLAT}[)\]}}]"
_TWO = re.compile(rf"""[(\[{{](?:[^()\[\]{{}}"'@<#/]++|{_OPAQUE}|{_ONE}|/)*+[)\]}}]""")
_VALUE = rf"(?:{_TUPLE}|{_ARRAY}|{_STRING}|{_ASSET}|{_TARGET}|{_SCALAR})"

_STATEMENT = re.compile(
    rf"""{_SKIP}(?:
      (?P<open>\{{) | (?P<close>\}})
    | (?P<metadata>\()
    | (?:def|over|class)\s++(?:[\w:.]++\s++)?(?P<prim>{_STRING})
    | variantSet\s++(?P<set>{_STRING})\s*+=
    | (?P<variant>{_STRING})
    | (?P<reorder>reorder[ \t]++\w++)[ \t]*+=\s*+{_VALUE}
    | (?P<edit>(?:add|append|delete|prepend)[ \t]++)?+
      (?:[\w:.\[\]]++[ \t]++)*(?P<property>[\w:]++)(?P<attached>\.\w++)?+
      [ \t]*+(?P<value>=\s*+(?:{_VALUE}|(?P<block>[\[({{])))?+
    | (?P<stray>\S)
    )""",
    re.VERBOSE,
)
_BRACKET = re.compile(rf"(?P<open>[(\[{{])|(?P<close>[)\]}}])|{_OPAQUE}")
_ENTRY = re.compile(
    rf"""{_SKIP}(?:
      (?:[\w:.\[\]]++[ \t]++)*(?P<key>[\w:.|\-]++|{_STRING})\s*+=\s*+
    | (?P<block>[(\[{{])
    | {_STRING} | {_ASSET} | {_TARGET} | \S
    )""",
    re.VERBOSE,
)
_NEWLINE = re.compile("\n")

Span = tuple[int, int]


class _Index(NamedTuple):
    """Offsets of what a text defines, and the brackets that hold metadata, both by Sdf path.

    ``twice`` holds the offsets of properties that are given a value and given another one further down.
    """

    offset: dict[str, int]
    metadata: dict[str, Span]
    twice: list[tuple[str, int, int]]


class Lines:
    """The lines on which the specifications of one text layer stand.

    Paths are Sdf paths: ``/World/Rack_01``, ``/World/Rack_01.twin:rack:itPower``,
    ``/World{scenario=failed}Rack_01``, ``/World{scenario=}`` for a variant set, ``/`` for the layer.
    """

    def __init__(self, text: str) -> None:
        """Index the text of a layer."""
        self._text = text
        self._newline = [match.start() for match in _NEWLINE.finditer(text)]
        self._offset, self._metadata, self._twice = _index(text)

    def line_of(
        self,
        path: str,
        property: str | None = None,  # noqa: A002 - the word of USD
        *,
        variant: Mapping[str, str] = MappingProxyType({}),
    ) -> int | None:
        """Return the line of a prim, property, variant or variant set, None where the text has none.

        Args:
            path: Sdf path; it may name a property and variants itself.
            property: Property of that prim.
            variant: Variant sets and selections of that prim inside which to look, outermost first.
        """
        return self._line(self._offset.get(_spec(path, property, variant)))

    def metadata_line(self, path: str, key: str, *, containing: str = "") -> int | None:
        """Return the line of a metadata key, None where the specification does not have it.

        Args:
            path: Sdf path of the prim, property or variant; ``/`` for the layer.
            key: ``references``, ``subLayers`` …; ``:`` enters a dictionary: ``variants:cooling``.
            containing: Text within the value, such as one asset path of many; its line is returned.
        """
        span = self._metadata.get(_spec(path, None, {}))
        found = _entry(self._text, span, key) if span else None
        if found is None:
            return None
        start, (first, last) = found
        return self._line(self._text.find(containing, first, last) if containing else start)

    def twice(self) -> Iterator[tuple[str, int, int]]:
        """Yield path, earlier line and later line of each property that is given a value twice in a prim."""
        for path, earlier, later in self._twice:
            yield path, bisect_left(self._newline, earlier) + 1, bisect_left(self._newline, later) + 1

    def paths(self) -> tuple[str, ...]:
        """Return every path found, in the order of the text."""
        return tuple(self._offset)

    def _line(self, offset: int | None) -> int | None:
        return None if offset is None or offset < 0 else bisect_left(self._newline, offset) + 1


def locate(layer: str, sdf_path: str = "", *, key: str = "", containing: str = "", base: str = "") -> str:
    """Return ``layers/it.usda:27``, or the file alone where no line can be told.

    Args:
        layer: File or identifier of a layer; a layer in memory gives its tag in angle brackets.
        sdf_path: Path of the specification within that layer, "" for the file.
        key: Metadata key of that specification, as in `Lines.metadata_line`.
        containing: Text within the metadata value.
        base: Folder from which the file is shown, "" for the file as given.
    """
    if layer.startswith("anon:"):
        return f"<{layer.split(':', 2)[-1]}>"
    file = layer.partition(":SDF_FORMAT_ARGS:")[0]
    shown = _shown(file, base)
    lines = lines_of(file) if sdf_path else None
    if lines is None:
        return shown
    line = lines.metadata_line(sdf_path, key, containing=containing) if key else lines.line_of(sdf_path)
    return shown if line is None else f"{shown}:{line}"


def lines_of(file: str) -> Lines | None:
    """Return the lines of a text layer, None for a binary, packaged or missing one."""
    try:
        state = Path(file).stat()
    except (OSError, ValueError):
        return None
    return _lines(file, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=128)
def _lines(file: str, _changed_ns: int, _size: int) -> Lines | None:
    """Read a layer once for each state of its file."""
    content = Path(file).read_bytes() if Path(file).is_file() else b""
    return Lines(content.decode("utf-8", errors="replace")) if content.startswith(b"#usda") else None


def _shown(file: str, base: str) -> str:
    """Return the file as people see it from a folder."""
    try:
        return Path(relpath(file, base)).as_posix() if base else Path(file).as_posix()
    except ValueError:  # another drive
        return Path(file).as_posix()


def _spec(path: str, name: str | None, variant: Mapping[str, str]) -> str:
    """Return the path as the index spells it: no slash between a variant and its child."""
    inside = "".join(f"{{{key}={selection}}}" for key, selection in variant.items())
    return f"{path}{inside}{f'.{name}' if name else ''}".replace("}/", "}")


def _index(text: str) -> _Index:
    """Return where each specification of the text stands."""
    offset: dict[str, int] = {}
    metadata: dict[str, Span] = {}
    valued: dict[str, int] = {}
    twice: list[tuple[str, int, int]] = []
    inside: list[str] = []  # paths of the blocks that are open
    owner = here = "/"  # what a bracket would belong to; what encloses the statement
    at, end = 0, len(text)
    read = _STATEMENT.match
    while at < end and (match := read(text, at)):
        at, kind = match.end(), match.lastgroup
        if match["property"]:
            owner, start = f"{here}.{match['property']}", match.start("property")
            said = owner + (match["attached"] or "")
            if match["value"] and not match["edit"]:
                if said in valued:
                    twice.append((said, valued[said], start))
                valued[said] = start
            offset[said] = start
            offset.setdefault(owner, start)  # x.timeSamples is the place of x unless x has one of its own
            if match["block"]:
                at = _block_end(text, at - 1)
        elif kind == "prim":
            owner = _child(here, match["prim"][1:-1])
            offset[owner] = match.start("prim")
        elif kind == "open":
            inside.append(here)
            here = owner
        elif kind == "close":
            here = owner = inside.pop() if inside else "/"
        elif kind == "metadata":
            at = _block_end(text, at - 1)
            metadata[owner] = (match.end(), at - 1)
        elif kind == "set":
            owner = f"{here}{{{match['set'][1:-1]}=}}"
            offset[owner] = match.start("set")
        elif kind == "variant" and here.endswith("=}"):
            owner = f"{here[:-1]}{match['variant'][1:-1]}}}"
            offset[owner] = match.start("variant")
    return _Index(offset, metadata, twice)


def _child(parent: str, name: str) -> str:
    return f"{parent}{name}" if parent == "/" or parent.endswith("}") else f"{parent}/{name}"


def _block_end(text: str, start: int) -> int:
    """Return the offset after the bracket that closes the one at ``start``."""
    if shallow := _TWO.match(text, start):
        return shallow.end()
    depth = 0
    for match in _BRACKET.finditer(text, start):
        if match.lastgroup == "open":
            depth += 1
        elif match.lastgroup == "close":
            depth -= 1
            if depth == 0:
                return match.end()
    return len(text)


def _entry(text: str, span: Span, key: str) -> tuple[int, Span] | None:
    """Return the offset of a metadata key and the span of its value."""
    name, _, rest = key.partition(":")
    for found, start, value in _entries(text, span):
        if found == key:
            return start, value
        if found == name and rest and text[value[0]] == "{":
            return _entry(text, (value[0] + 1, value[1] - 1), rest)
    return None


def _entries(text: str, span: Span) -> Iterator[tuple[str, int, Span]]:
    """Yield key, offset of the key and span of the value of each entry in a bracket."""
    at, end = span
    name, start, first = "", 0, 0
    while at < end and (match := _ENTRY.match(text, at, end)):
        if match["key"]:
            if name:
                yield name, start, (first, match.start("key"))
            name, start, first = match["key"].strip("\"'"), match.start("key"), match.end()
        at = _block_end(text, match.start("block")) if match["block"] else match.end()
    if name:
        yield name, start, (first, end)
