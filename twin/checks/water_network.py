"""Rules on open water networks: pressure where water is drawn, tanks that are empty or full."""

from collections.abc import Iterator

import numpy as np

from twin.checks.rule import Measure, Review, only, rule

NOTHING = np.zeros((1, 1))


@rule(
    "HY040", severity="major", title="The pressure at a junction is below that outdoors", unit="bar g",
    formula="solved gauge pressure at the junction",
    source="EPANET 2.2 User Manual (EPA/600/R-20/133): negative pressures tell that demands cannot be met as "
    "asked; joints draw in air and soil water",
    remedy="Raise the head of the sources, widen the pipes that lead there, or draw less.",
)  # fmt: skip
def junction_pressure(review: Review) -> Iterator[Measure]:
    """Measure every junction."""
    if review.has("junction"):
        yield Measure(
            kind="junction", value=only(review.runs("junction"), review.result("junction", "pressure_pag")),
            limit=NOTHING, side="least", name="pressure_pag", inputs=("demand_m3_s",),
        )  # fmt: skip


@rule(
    "HY041", severity="minor", title="The tank is empty and gives nothing, or full and takes nothing",
    unit="1",
    formula="1 where the level is the lowest or below, or the highest or above of a tank that does not spill",
    source="Levels as declared, twin:tank:minimumLevel and maximumLevel",
    remedy="Choose the level that the state is meant for, or let the tank spill.",
    graded=False,
)  # fmt: skip
def tank_level(review: Review) -> Iterator[Measure]:
    """Measure every tank."""
    if review.has("tank"):
        level, lowest, highest = (
            review.number("tank", name) for name in ("level_m", "minimum_level_m", "maximum_level_m")
        )
        shuts = np.array(review.table("tank").words["when_full"]) != "spills"
        yield Measure(
            kind="tank", value=((level <= lowest) | ((level >= highest) & shuts)).astype(np.float64),
            limit=NOTHING, side="most", name="tank_count",
            inputs=("level_m", "minimum_level_m", "maximum_level_m"),
        )  # fmt: skip
