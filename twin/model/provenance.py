"""Where each number comes from: one integer per value into a table of opinions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Evidence = Literal["datasheet", "standard", "derived", "assumption", "given", ""]
# From weakest to strongest, for "the weakest input of this finding".
STRENGTH: tuple[Evidence, ...] = ("assumption", "derived", "given", "datasheet", "standard")

NOT_GIVEN = -1


@dataclass(frozen=True, slots=True)
class Opinion:
    """One authored value. Pickles without USD; the line number is looked up when it is shown.

    Attributes:
        layer: Layer file, as shown to people; ``--set`` or ``default`` when no layer holds it.
        spec: Path of the specification within that layer.
        unit: Unit as written.
        evidence: Evidence class; ``given`` for what an engineer wrote without naming a source.
        source: Source as written.
        identifier: Where the layer can be opened again, "" when nowhere.
    """

    layer: str
    spec: str
    unit: str = ""
    evidence: Evidence = "given"
    source: str = ""
    identifier: str = ""


class Opinions:
    """Deduplicated table of opinions under construction."""

    def __init__(self) -> None:
        """Start empty."""
        self._rows: dict[Opinion, int] = {}

    def add(self, opinion: Opinion) -> int:
        """Return the number of this opinion."""
        return self._rows.setdefault(opinion, len(self._rows))

    def table(self) -> tuple[Opinion, ...]:
        """Return all opinions, by number."""
        return tuple(self._rows)


def weakest(classes: Sequence[Evidence]) -> Evidence:
    """Return the weakest evidence class present, "" for none."""
    present = [c for c in STRENGTH if c in classes]
    return present[0] if present else ""
