"""Load shape: what racks draw over time, as steps of synchronous training."""

from collections.abc import Iterator
from typing import final

import numpy as np

from twin.arrays import Array
from twin.errors import InputError
from twin.model.binding import Targets
from twin.model.component import Component, component, param, relation, text, token
from twin.model.element import Block
from twin.model.finding import Fault


@final
@component(
    kind="load_shape",
    group="facility",
    label="Load shape",
    source="All accelerators of a job compute, then all wait for the exchange of gradients: power follows",
    can_stop=False,
)
class LoadShape(Component):
    """Idle, then steps of design peak, continuous power and communication, then idle again.

    The peak and its time are those of each rack (edppPower, edpp), the continuous power its itPower. It acts
    only in a march (``twin solve --duration``); steady results do not know it. Limits: one job after
    another is one shape after another; racks between the phases follow straight ramps.
    """

    description: tuple[str, ...] = text("What runs, as a sentence.")
    racks: Targets = relation(
        "Racks that take part; every rack where none is named.", resolves="part", required=False,
        kinds=("rack", "air_rack"),
    )  # fmt: skip
    idle_ratio: Array = param("Idle power over continuous power.", unit="%", hard=(0, 100))
    communicate_ratio: Array = param(
        "Power while communicating over continuous power; that of idle where not given.", unit="%",
        hard=(0, 150), required=False,
    )  # fmt: skip
    start_s: Array = param(
        "When the first step begins.", unit="s", hard=(0, 1e6), default=0.0,
        source="a definition: steps begin with the run",
    )  # fmt: skip
    steps_count: Array = param("How many steps are run.", unit="1", hard=(0, 100_000))
    period_s: Array = param("Time of one step.", unit="s", hard=(0.001, 86_400))
    compute_ratio: Array = param("Share of a step in which all compute.", unit="%", hard=(0, 100))
    peaks: tuple[str, ...] = token(
        "Whether every step begins with the design peak of the racks.", tokens=("edpp", "none"),
        default="edpp",
    )  # fmt: skip
    ramp_up_w_s: Array = param(
        "Fastest rise of one rack; at once where not given.", unit="kW/s", hard=(0.001, 1e6), required=False
    )
    ramp_down_w_s: Array = param(
        "Fastest fall of one rack; at once where not given.", unit="kW/s", hard=(0.001, 1e6), required=False
    )
    spread_s: Array = param(
        "By how much the last group of racks comes later than the first.", unit="s", hard=(0, 86_400),
        default=0.0, source="a definition: steps are synchronous",
    )  # fmt: skip
    spread_count: Array = param(
        "Groups that racks are divided into, evenly apart, where steps are spread.", unit="1", hard=(1, 512),
        default=8.0, source="assumption: a power smoother by more groups is not relied on",
    )  # fmt: skip

    def elements(self) -> Iterator[Block]:
        """Yield nothing: a load shape is a record that the march in time reads.

        Raises:
            InputError: A rack follows two shapes.
        """
        all_racks = np.setdiff1d(self.part, self.racks.part)
        first: dict[tuple[str, int], int] = {}
        faults = [] if len(self.paths) == 1 else [self._twice(int(p), "every rack") for p in all_racks]
        for owner, kind, row in zip(self.racks.part.tolist(), self.racks.kind, self.racks.row, strict=True):
            if first.setdefault((kind, int(row)), owner) != owner:
                faults.append(self._twice(owner, f"a rack of {self.paths[first[kind, int(row)]]}"))
        if faults:
            raise InputError(list(dict.fromkeys(faults)))
        yield from ()

    def _twice(self, row: int, found: str) -> Fault:
        return Fault(
            code="ST180", prim=self.paths[row], attribute="twin:loadShape:racks", where="",
            found=f"{found}, beside another load shape", expected="each rack in one load shape at most",
        )  # fmt: skip
