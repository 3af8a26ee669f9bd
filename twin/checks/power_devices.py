"""Rules on power devices: how a UPS runs."""

from collections.abc import Iterator

import numpy as np

from twin.checks.rule import Measure, Review, only, rule


@rule(
    "EL100", severity="minor", title="The UPS stands on its maintenance bypass", unit="1",
    formula="1 while it feeds its load past its converter",
    source="IEC 62040-3: a maintenance bypass feeds the load while the unit is worked on; twin:ups:mode",
    remedy="Nothing rides through a loss of the supply meanwhile: move the load to another unit, or put it "
    "back in double conversion.",
    graded=False,
)  # fmt: skip
def maintenance_bypass(review: Review) -> Iterator[Measure]:
    """Measure every UPS."""
    if review.has("ups"):
        mode = np.array(review.table("ups").words["mode"])
        value = np.where(mode == "maintenance_bypass", 1.0, 0.0)[None, :]
        yield Measure(
            kind="ups", value=only(review.runs("ups"), value), limit=np.zeros((1, 1)), side="most",
            name="maintenance_bypass_ratio",
        )  # fmt: skip
