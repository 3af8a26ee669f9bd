"""Rule on hold-up: supplies bridge the time that what is before them takes to transfer."""

from collections.abc import Iterator

import numpy as np

from twin.arrays import Array
from twin.checks.rule import Measure, Review, only, rule


def _load_ratio(review: Review, kind: str) -> Array:
    """Return the load of the supplies over their rating [1], NaN for not known, (variant or 1, part)."""
    if kind == "power_shelf":
        return review.result(kind, "loading_ratio")
    if kind == "air_rack":
        return np.ones((1, 1))
    efficiency = review.number(kind, "shelf_efficiency_ratio")
    drawn = review.number(kind, "it_power_w") * np.where(np.isfinite(efficiency), efficiency, 1.0)
    return drawn / (review.number(kind, "shelf_count") * review.number(kind, "shelf_power_w"))


@rule(
    "EL115", severity="major", title="Supplies do not hold up through a transfer before them", unit="s",
    formula="declared hold-up at rated load, over their load where they carry less (constant energy), "
    "against the longest time that the best of their inputs is without supply while a transfer switch or a "
    "unit in eco mode before it transfers; racks with a battery of their own are not judged",
    source="IEC 62310-3: transfer time of static switches (recalled); OCP HPR power shelf: hold-up at full "
    "load; twin:transferSwitch:transfer, twin:ups:transfer",
    remedy="Take a faster switch or double conversion, supplies that hold longer, or a second input that "
    "stands.",
)  # fmt: skip
def hold_up(review: Review) -> Iterator[Measure]:
    """Measure racks and power shelves that declare their hold-up and feel a transfer."""
    for kind in review.built("rack", "air_rack", "power_shelf"):
        gap = review.result(kind, "transfer_gap_s")
        judged = review.runs(kind) & (gap > 0.0)
        if kind == "rack":
            judged = judged & ~(np.nan_to_num(review.number(kind, "bbu_energy_j")) > 0.0)
        load = np.nan_to_num(_load_ratio(review, kind), nan=1.0)
        held = review.number(kind, "hold_up_s") / np.where((load > 0.0) & (load < 1.0), load, 1.0)
        yield Measure(
            kind=kind, value=only(judged, np.broadcast_to(held, gap.shape)), limit=gap, side="least",
            name="hold_up_s", inputs=("hold_up_s",),
        )  # fmt: skip
