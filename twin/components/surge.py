"""Surge: something that closes or trips while the facility runs, followed in time."""

from collections.abc import Iterator
from typing import final

import numpy as np

from twin.arrays import Array
from twin.errors import InputError
from twin.model.binding import Targets
from twin.model.component import Component, Output, component, param, relation, text, token
from twin.model.element import Block
from twin.model.event import Closing, Column, Event
from twin.model.finding import Fault

OUTPUTS = (
    Output(name="peak_pag", role="event", field="peak_pag", doc="highest pressure anywhere in the loop"),
    Output(
        name="peak_rise_pa", role="event", field="peak_rise_pa", doc="largest rise above the steady pressure"
    ),
    Output(name="lowest_pag", role="event", field="lowest_pag", doc="lowest pressure anywhere in the loop"),
    Output(
        name="vapour_margin_pa", role="event", field="vapour_margin_pa",
        doc="least distance of a pressure above that at which the liquid boils",
    ),
    Output(
        name="joukowsky_pa", role="event", field="joukowsky_pa", doc="rise if it happened at once (bound)"
    ),
    Output(
        name="bound_pa", role="event", field="bound_pa",
        doc="rise by Joukowsky or Michaud above what closing slowly leads to (bound)",
    ),
    Output(name="column_rise_pa", role="event", field="column_rise_pa", doc="largest rise of rigid columns"),
    Output(name="critical_s", role="event", field="critical_s", doc="time of a wave everywhere and back"),
    Output(name="time_s", role="event", field="time_s", doc="time that closing or running down takes"),
    Output(
        name="elastic_ratio", role="event", field="elastic_ratio",
        doc="1 where waves were followed, 0 where rigid columns do",
    ),
    Output(name="step_s", role="event", field="step_s", doc="time step"),
    Output(
        name="adjusted_ratio", role="event", field="adjusted_ratio",
        doc="largest adjustment of a wave speed to the time step",
    ),
    Output(
        name="rigid_ratio", role="event", field="rigid_ratio",
        doc="share of the length of pipes that is too short for a wave in that step",
    ),
    Output(name="shut_count", role="event", field="shut_count", doc="check valves that shut"),
    Output(name="mass_ratio", role="event", field="mass_ratio", doc="what is missing in the balance of mass"),
    Output(
        name="energy_ratio", role="event", field="energy_ratio", doc="what is missing in the energy balance"
    ),
)  # fmt: skip
CLOSERS = ("valve", "picv", "hose", "pipe", "rack", "cdu", "fan_wall", "crah", "rear_door")


@final
@component(
    kind="surge",
    group="surge",
    label="Surge",
    source="Wylie & Streeter, Fluid Transients in Systems (1993): method of characteristics, rigid columns",
    outputs=OUTPUTS,
    can_stop=False,
)
class Surge(Component):
    """A fast event in normal operation: what closes, what trips, and in which time.

    A part closes its valve, from where it stands, or where it has none whatever it loses, as if that were a
    valve: a hose its couplings, a rack its cold plates. Pumps run down on their inertia where it is known.
    Limits: no column separation (a pressure below that of the vapour is named, what follows is not computed);
    quasi-steady friction; other valves and speeds stand as they stood; check valves shut when flow turns.
    """

    description: tuple[str, ...] = text("What happens, as a sentence.", required=True)
    closes: Targets = relation(
        "Valves, hoses, racks or units that close.", resolves="part", required=False, kinds=CLOSERS
    )
    trips: Targets = relation(
        "Pumps, or units with pumps, that run down.", resolves="part", required=False, kinds=("pump", "cdu")
    )
    closing_s: Array = param(
        "Time in which they close, from where they stand.", unit="s", hard=(0.001, 600), required=False
    )
    law: tuple[str, ...] = token(
        "Whether the Kv of what closes falls evenly, or the flow.", tokens=("kv", "flow"), default="kv"
    )
    stop_s: Array = param(
        "Time in which pumps run down evenly that do not declare their inertia.", unit="s", hard=(0.01, 600),
        default=1.0, source="assumption: a small pump stops within a second; a shorter time is worse",
    )  # fmt: skip
    model: tuple[str, ...] = token(
        "Waves, rigid columns, or what the time of the event over that of a wave asks for.",
        tokens=("auto", "waves", "columns"), default="auto",
    )  # fmt: skip

    def elements(self) -> Iterator[Block]:
        """Yield the events."""
        self._refuse_unclear()
        columns = {"auto": Column.AUTO, "waves": Column.ELASTIC, "columns": Column.RIGID}
        closings = {"kv": Closing.KV, "flow": Closing.FLOW}
        yield Event(
            role="event", part=self.part, closes_owner=self.closes.part, closes_kind=self.closes.kind,
            closes_part=self.closes.row, trips_owner=self.trips.part, trips_kind=self.trips.kind,
            trips_part=self.trips.row, close_s=self.closing_s, stop_s=self.stop_s,
            closing=np.array([closings[word] for word in self.law], dtype=np.intp),
            column=np.array([columns[word] for word in self.model], dtype=np.intp),
        )  # fmt: skip

    def _refuse_unclear(self) -> None:
        count = len(self.paths)
        closes = np.bincount(self.closes.part, minlength=count) > 0
        trips = np.bincount(self.trips.part, minlength=count) > 0
        timed = np.isfinite(self.closing_s).any(axis=1)
        faults = [
            Fault(
                code="ST130", prim=self.paths[row], attribute="twin:surge:closes", where="",
                found="nothing that closes or trips",
                expected="a target of twin:surge:closes or of twin:surge:trips",
            )
            for row in np.flatnonzero(~closes & ~trips)
        ]  # fmt: skip
        faults += [
            Fault(
                code="ST130", prim=self.paths[row], attribute="twin:surge:closing", where="",
                found="no time of closing", expected="twin:surge:closing, in seconds",
            )
            for row in np.flatnonzero(closes & ~timed)
        ]  # fmt: skip
        if faults:
            raise InputError(faults)
