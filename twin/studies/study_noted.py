"""Faults of a study file, each with the line of the key that it is about."""

import re

from twin.errors import InputError
from twin.model.finding import Fault


class Lines:
    """Where the keys of a TOML text stand."""

    def __init__(self, text: str) -> None:
        """Note the line of every table and key."""
        self._line: dict[tuple[str, str], int] = {}
        table = ""
        for number, line in enumerate(text.splitlines(), start=1):
            if head := re.match(r"\s*\[\s*([^\[\]]+?)\s*\]", line):
                table = re.sub(r"[\"'\s]", "", head[1])
                self._line.setdefault((table, ""), number)
            elif key := re.match(r"\s*([\w\-.\"']+)\s*=", line):
                name = key[1].strip("\"'")
                self._line.setdefault((table, name), number)

    def of(self, table: str, key: str = "") -> int:
        """Return the line of a key, else of its table, else of the table as a key; 1 where none is."""
        above, _, last = table.rpartition(".")
        for place in ((table, key), (table, ""), (above, last), ("", table)):
            if place in self._line:
                return self._line[place]
        return 1


class Noted:
    """Faults of one study file."""

    def __init__(self, file: str, lines: Lines) -> None:
        """Start with none."""
        self.file, self.lines, self.faults = file, lines, list[Fault]()

    def add(self, code: str, table: str, key: str, found: str, expected: str) -> None:
        """Note a fault of one key."""
        self.at(code, self.lines.of(table, key), f"{table}.{key}".strip("."), found, expected)

    def at(self, code: str, line: int, name: str, found: str, expected: str) -> None:
        """Note a fault at a line."""
        self.faults.append(
            Fault(
                code=code,
                prim="",
                attribute=name,
                where=f"{self.file}:{line}",
                found=found,
                expected=expected,
            )
        )

    def refuse(self) -> None:
        """Refuse the study with every fault noted.

        Raises:
            InputError: There is one.
        """
        if self.faults:
            raise InputError(sorted(self.faults, key=lambda f: int(f.where.rpartition(":")[2])))
