"""What the events of a layout came to, for people and for scripts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twin.reports.numbers import seconds
from twin.units import from_si

if TYPE_CHECKING:
    from twin.walk import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Surge:
    """One event that was followed in time.

    Attributes:
        prim: Prim that declares it.
        text: What happens, as a sentence.
        waves: Whether waves were followed; rigid columns otherwise.
        peak_place, lowest_place: Where pressures are extreme.
        numbers: The numbers of the event, SI, by suffix name.
    """

    prim: str
    text: str
    waves: bool
    peak_place: str
    lowest_place: str
    numbers: Mapping[str, float]


def surges_of(outcome: "Outcome") -> list[Surge]:
    """Return every event of a run, in path order."""
    table = outcome.facility.tables.get("surge")
    data = outcome.tree["surge"].to_dataset() if "surge" in outcome.tree.children else None
    if table is None or data is None or "peak_place" not in data.coords:
        return []
    names = [str(name) for name, held in data.data_vars.items() if held.dims == ("variant", "surge")]
    told = [{name: float(data[name].values[0, row]) for name in names} for row in range(len(table.paths))]
    return [
        Surge(
            prim=table.paths[row], text=table.words["description"][row],
            waves=bool(numbers["elastic_ratio"]), peak_place=str(data["peak_place"].values[row]),
            lowest_place=str(data["lowest_place"].values[row]), numbers=numbers,
        )
        for row, numbers in enumerate(told)
    ]  # fmt: skip


def surge_lines(surges: Sequence[Surge]) -> Iterator[str]:
    """Yield a sentence per event: its extremes, where they are, and how it was computed."""
    for surge in surges:
        told = surge.numbers
        peak, lowest = (
            f"{from_si(told[name], 'bar g', name):.2f} bar g" for name in ("peak_pag", "lowest_pag")
        )
        way = "waves" if surge.waves else "rigid columns"
        yield (
            f"{surge.prim.rpartition('/')[2]}: {peak} at {surge.peak_place}, {lowest} at "
            f"{surge.lowest_place} ({way}; takes {seconds(told['time_s'])}, "
            f"a wave {seconds(told['critical_s'])})"
        )


def surge_object(surge: Surge) -> dict[str, object]:
    """Return one event as plain data."""
    return {
        "prim": surge.prim, "text": surge.text, "model": "waves" if surge.waves else "columns",
        "peak_place": surge.peak_place, "lowest_place": surge.lowest_place, "numbers": dict(surge.numbers),
    }  # fmt: skip
