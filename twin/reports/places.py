"""Where a finding is to be mended: file and line, looked up only for what is shown."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from twin.model.provenance import Opinion

Locate = Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class Place:
    """One opinion.

    Attributes:
        layer: File as people see it from the layout's folder, ``--set`` for an override.
        line: Line, 0 where none can be told.
        spec: Path within the layer.
        file: Where the file lies, "" where there is none.
    """

    layer: str = ""
    line: int = 0
    spec: str = ""
    file: str = ""

    def __str__(self) -> str:
        """Return ``layers/it.usda:27``, or layer and path where no line can be told."""
        if self.line:
            return f"{self.layer}:{self.line}"
        return f"{self.layer} {self.spec}".strip()


class Places:
    """Looks places up, each once."""

    def __init__(self, opinions: Sequence[Opinion] = (), locate: Locate | None = None) -> None:
        """Know the files behind the layers that opinions name.

        Args:
            opinions: Provenance of the facility.
            locate: Gives ``file:line`` for a file and a path within it; that of the stage when None.
        """
        self._file = {o.layer: o.identifier for o in opinions if o.identifier}
        self._locate = locate
        self._known: dict[str, Place] = {}

    def of(self, where: str) -> Place:
        """Return the place that a check wrote as ``layer#/path``; other text is shown as it is."""
        if where not in self._known:
            self._known[where] = self._look_up(where)
        return self._known[where]

    def opinion(self, opinion: Opinion) -> Place:
        """Return the place of an opinion."""
        return self.of(f"{opinion.layer}#{opinion.spec}")

    def _look_up(self, where: str) -> Place:
        layer, mark, spec = where.partition("#")
        file = self._file.get(layer, "")
        if not mark or not file:
            return Place(layer, 0, spec)
        line = (self._locate or _stage_locate)(file, spec).rpartition(":")[2]
        return Place(
            layer, int(line) if line.isdecimal() else 0, spec, file.partition(":SDF_FORMAT_ARGS:")[0]
        )


def _stage_locate(file: str, spec: str) -> str:
    from twin.stage.locate import locate  # brings pxr

    return locate(file, spec)
