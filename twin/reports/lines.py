"""Lines for a terminal: none over 120 columns, colour only where the reader has it."""

import os
import sys
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Literal

WIDTH = 120
Colour = Literal["red", "yellow", "green", "cyan", "dim", "bold"]
_CODES: dict[Colour, str] = {
    "red": "31;1", "yellow": "33;1", "green": "32;1", "cyan": "36", "dim": "2", "bold": "1",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ink:
    """Colours words, or leaves them alone."""

    on: bool = False

    def __call__(self, colour: Colour, text: str) -> str:
        """Return the text in a colour."""
        return f"\x1b[{_CODES[colour]}m{text}\x1b[0m" if self.on and text else text


def ink_for(stream: IO[str]) -> Ink:
    """Return colours for a terminal, none for a file, a pipe, or a reader who refuses them."""
    refused = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return Ink(on=stream.isatty() and not refused)


def fit(text: str, width: int) -> str:
    """Return the text in so many columns, its middle left out where it is longer."""
    if len(text) <= width:
        return text
    head = (width - 1) // 3
    return f"{text[:head]}…{text[len(text) - (width - 1 - head) :]}"


def shorten(text: str, width: int) -> str:
    """Return the text in so many columns, its end left out where it is longer."""
    return text if len(text) <= width else text[: max(width - 1, 0)].rstrip() + "…"


def wrapped(text: str, *, indent: str, first: str | None = None) -> list[str]:
    """Return a sentence on as many lines as it takes; words longer than a line are broken."""
    return textwrap.wrap(
        text, WIDTH, initial_indent=indent if first is None else first, subsequent_indent=indent,
        break_on_hyphens=False,
    )  # fmt: skip


def between(left: str, right: str, width: int = WIDTH) -> str:
    """Return two texts at both ends of a line."""
    left = fit(left, max(width - len(right) - 2, 20))
    return f"{left}{' ' * max(width - len(left) - len(right), 2)}{right}"


def columns(rows: Sequence[Sequence[str]], *, right: Sequence[int] = (), gap: str = "  ") -> list[str]:
    """Return rows under each other, each column as wide as its widest text.

    Args:
        rows: Texts, shape (row, column).
        right: Columns that are set flush right.
        gap: What stands between columns.
    """
    if not rows:
        return []
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = (
        gap.join(
            c.rjust(w) if i in right else c.ljust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )
    return [line.rstrip() for line in lines]


@contextmanager
def telling(text: str) -> Iterator[None]:
    """Show on a terminal's stderr what takes time, and take it away again."""
    watched = sys.stderr.isatty()
    if watched:
        print(f"twin: {text} …", end="\r", file=sys.stderr, flush=True)
    try:
        yield
    finally:
        if watched:
            print("\x1b[2K", end="\r", file=sys.stderr, flush=True)
