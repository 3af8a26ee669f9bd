"""Redundancy schemes that their groups contradict: none, several, a count that does not fit."""

from collections import defaultdict
from collections.abc import Mapping

from twin.model.component import camel
from twin.stage.columns import Columns
from twin.stage.content import Record
from twin.stage.expand import Parts
from twin.stage.faults import Faults

WORD = "redundancy"
# By how much the number of units divides, or how many there are at least.
WHOLE: Mapping[str, int] = {"2n": 2, "3_make_2": 3, "4_make_3": 4}
FEWEST: Mapping[str, int] = {"n_plus_1": 2, "block_redundant": 2}


def note_schemes(
    parts: Mapping[str, Parts], columns: Mapping[str, Columns], records: list[Record], faults: Faults
) -> None:
    """Note every redundancy scheme that its group contradicts, at the opinion an engineer would edit."""
    for kind, mine in parts.items():
        if WORD in columns[kind].words and any(columns[kind].words[WORD]):
            _note(kind, mine, columns[kind].words[WORD], records, faults)


def _note(kind: str, mine: Parts, schemes: tuple[str, ...], records: list[Record], faults: Faults) -> None:
    members: dict[str, list[int]] = defaultdict(list)
    for row, group in enumerate(mine.each(mine.told.group)):
        members[group].append(row)
    for group, rows in members.items():
        for row, found, expected in _wrong(group, rows, schemes):
            value = records[int(mine.record[row])].values.get(WORD)
            faults.add(
                "ST191", prim=mine.paths[row], attribute=f"twin:{camel(kind)}:{WORD}",
                spot=value.spot if value else mine.place_of(row).spot, found=found, expected=expected,
            )  # fmt: skip


def _wrong(group: str, rows: list[int], schemes: tuple[str, ...]) -> list[tuple[int, str, str]]:
    """Return the unit, what stands there and what would be right, for each contradiction of a group."""
    declared = [row for row in rows if schemes[row]]
    if not declared:
        return []
    if not group:
        return [(row, f"{schemes[row]} of no group", "twin:redundancyGroup, a name") for row in declared]
    said = sorted({schemes[row] for row in rows})
    if len(said) > 1:
        words = " and ".join(word or "no scheme" for word in said)
        return [(rows[0], f"{words} in group '{group}'", "one scheme for every unit of a group")]
    (scheme,), count = said, len(rows)
    if count % WHOLE.get(scheme, 1):
        return [(rows[0], f"{scheme} of {count} units", f"a multiple of {WHOLE[scheme]}")]
    if count < FEWEST.get(scheme, 1):
        return [(rows[0], f"{scheme} of {count} unit", f"{FEWEST[scheme]} or more")]
    return []
