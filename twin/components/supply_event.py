"""Supply event: when a contingency begins in a march, how long transfers take, and when it ends."""

from collections.abc import Iterator
from typing import final

import numpy as np

from twin.arrays import Array
from twin.errors import InputError
from twin.model.binding import Targets
from twin.model.component import Component, component, param, relation, text
from twin.model.element import Block
from twin.model.finding import Fault


@final
@component(
    kind="supply_event",
    group="facility",
    label="Supply event",
    source="A failure is a state of service that begins, and ends, at a time",
    can_stop=False,
)
class SupplyEvent(Component):
    """What a contingency takes out goes out at one time; what it starts comes when it is ready.

    Generators come after their own start time, everything else that starts after the transfer time. At its
    return all is as before, without a break. It acts only in a march (``twin solve --duration``). Limits:
    switches act at once; generators take the load in one step; nothing fails but what the contingency names.
    """

    description: tuple[str, ...] = text("What happens, as a sentence.")
    contingency: Targets = relation("The contingency that begins.", resolves="part", kinds=("contingency",))
    lost_s: Array = param("When it begins.", unit="s", hard=(0, 1e7))
    transfer_s: Array = param(
        "Time until what starts, other than generators, has switched over.", unit="s", hard=(0, 3600),
        required=False,
    )  # fmt: skip
    return_s: Array = param("When all is as before; never where not given.", unit="s", hard=(0, 1e7),
                            required=False)  # fmt: skip

    def elements(self) -> Iterator[Block]:
        """Yield nothing: an event of the supply is a record that the march in time reads.

        Raises:
            InputError: An event ends before it begins, or names several contingencies.
        """
        early = (self.return_s <= self.lost_s).any(axis=1)
        faults = [
            Fault(
                code="ST181", prim=self.paths[row], attribute="twin:supplyEvent:return", where="",
                found="the return is not after the loss", expected="a later time than twin:supplyEvent:lost",
            )
            for row in np.flatnonzero(early)
        ]  # fmt: skip
        named = np.bincount(self.contingency.part, minlength=len(self.paths))
        faults += [
            Fault(
                code="ST181", prim=self.paths[row], attribute="twin:supplyEvent:contingency", where="",
                found=f"{named[row]} contingencies", expected="one contingency; write an event for each",
            )
            for row in np.flatnonzero(named > 1)
        ]  # fmt: skip
        if faults:
            raise InputError(faults)
        yield from ()
