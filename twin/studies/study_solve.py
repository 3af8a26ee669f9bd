"""Solves variants in blocks and reads what the study asks for."""

from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np

from twin.arrays import Array, Index
from twin.components import declare_all
from twin.errors import ConvergenceError, TwinError
from twin.model.element import Event
from twin.model.facility import Facility
from twin.model.network import Network, lay_out
from twin.model.power_net import PowerNet
from twin.model.variants import take
from twin.solve.couple import Solution
from twin.solve.hammer import with_events
from twin.solve.site_faults import SiteFaults, site_faults
from twin.stage.placed import placing
from twin.stage.read import paused
from twin.states import set_aside, settle
from twin.studies.study_axes import Study
from twin.studies.study_columns import Topology, at_value, in_study, topology, why, widen
from twin.studies.study_read import Rows, alike, apart, empty_rows, put, together

# Tighter than a check: a variant solved alone and one solved among others then agree to 1e-12.
SETTLED = 5e-13
# Topologies that a worker keeps; their variants stand beside each other.
KEPT = 3


class Solver:
    """Solves variants of one study; topologies that were read are kept."""

    def __init__(
        self, study: Study, anew: frozenset[str] = frozenset(), known: Sequence[Topology] = ()
    ) -> None:
        """Start with what is read already.

        Args:
            study: The study.
            anew: Axes of numbers whose every value has to be read.
            known: Topologies that are read.
        """
        declare_all()  # a new process has read no stage that would have done it
        self._study, self._anew = study, anew
        self._known = {self._key(top.row): top for top in known}

    def solve(self, rows: Array) -> Rows:
        """Return what variants came to; one that cannot be solved says why.

        Args:
            rows: The variants, shape (variant, axis).
        """
        found = empty_rows(self._study, len(rows))
        keys = [self._key(row) for row in rows]
        with paused():
            for key in dict.fromkeys(keys):
                own = np.array([at for at, other in enumerate(keys) if other == key], dtype=np.intp)
                self._topology(found, key, rows, own)
        return found

    def _key(self, row: Array) -> tuple[float, ...]:
        """Return what tells topologies apart."""
        return tuple(
            value
            for axis, value in zip(self._study.axes, row.tolist(), strict=True)
            if not axis.is_number or axis.name in self._anew
        )

    def _topology(self, found: Rows, key: tuple[float, ...], rows: Array, own: Index) -> None:
        """Solve the variants of one topology, in a block where reading its axes pays."""
        numbers = [
            a for a in self._study.axes if a.kind == "attribute" and a.is_number and a.name not in self._anew
        ]
        try:
            if key not in self._known and numbers and len(own) <= 1 + 2 * len(numbers):
                for at in own:
                    self._single(found, rows, at)
                return
            top = self._read(key, rows[own[0]])
        except TwinError as reason:
            for at in own.tolist():
                found.reasons[at] = why(reason)  # type: ignore[index]
            return
        if top.anew - self._anew:
            for at in own:
                self._single(found, rows, at)
            return
        self._block(found, top, rows, own)

    def _read(self, key: tuple[float, ...], row: Array) -> Topology:
        if key not in self._known:
            while len(self._known) >= KEPT:
                del self._known[next(iter(self._known))]
            self._known[key] = certain(self._study, topology(self._study, row))
        return self._known[key]

    def _single(self, found: Rows, rows: Array, at: int) -> None:
        """Read and solve one variant by itself."""
        names = frozenset(axis.name for axis in self._study.axes)
        try:
            facility = in_study(at_value(self._study, rows[at]), self._study)
        except TwinError as reason:
            found.reasons[int(at)] = why(reason)  # type: ignore[index]
            return
        top = Topology(
            facility=facility, row=rows[at], places={}, anew=names, layers={}
        )  # loads are columns in any case
        self._block(found, top, rows, np.array([at], dtype=np.intp))

    def _block(self, found: Rows, top: Topology, rows: Array, own: Index) -> None:
        """Solve a block; halves of it where it has no solution, until the variants without one are found."""
        pending = [own]
        while pending:
            group = pending.pop(0)
            try:
                put(found, group, solved(self._study, top, rows[group]))
            except ConvergenceError as reason:
                if len(group) == 1:
                    found.reasons[int(group[0])] = why(reason)  # type: ignore[index]
                else:
                    pending[:0] = np.array_split(group, 2)


def solved(study: Study, top: Topology, rows: Array) -> Rows:
    """Return what a block of variants came to.

    Raises:
        ConvergenceError: One of them has no steady state; of a single one, none in normal operation.
    """
    facility, differs, solution = _state(study, top, rows)
    if top.apart and len(rows) > 1:
        return apart(study, facility, solution, len(rows))
    return together(study, facility, solution, len(rows), differs)


def _state(study: Study, top: Topology, rows: Array) -> tuple[Facility, frozenset[tuple[str, str]], Solution]:
    """Return a block of variants, the columns in which they differ, and their state.

    Raises:
        ConvergenceError: One of them has no steady state; of a single one, none in normal operation.
    """
    facility, differs = widen(study, top, rows)
    with placing(facility):
        network = lay_out(facility)
        if len(rows) > 1 and any(isinstance(block, Event) for _, block in network.assembly.blocks):
            # Pressure waves start from the first case only.
            raise ConvergenceError("events in time are followed for one variant after the other")
        try:
            solution, _ = settle(network, SETTLED)
        except ConvergenceError:
            if len(rows) > 1:
                raise
            facility = set_aside(facility, network)
            network = lay_out(facility)
            solution, _ = settle(network, SETTLED)
    solution = with_events(solution)
    return facility, differs, replace(solution, faults=_faults(network, len(rows)))


def certain(study: Study, top: Topology) -> Topology:
    """Return a topology that says whether the variants of a block have to be read one after the other.

    Some results and rules look at all cases of a design at once. Variants at the ends of every axis are read
    both ways: where any number differs, variants are read apart.
    """
    low = np.array([a.ends[0] if a.is_number else x for a, x in zip(study.axes, top.row, strict=True)])
    rows = [low]
    for at, axis in enumerate(study.axes):
        if axis.is_number and axis.name not in top.anew and axis.ends[1] > axis.ends[0]:
            row = low.copy()
            row[at] = axis.ends[1]
            rows.append(row)
    if len(rows) == 1:
        return top
    try:
        facility, differs, solution = _state(study, top, np.array(rows))
    except ConvergenceError:
        return replace(top, apart=True)  # what cannot be compared is not trusted
    one = together(study, facility, solution, len(rows), differs)
    return replace(top, apart=not alike(one, apart(study, facility, solution, len(rows))))


def _faults(network: Network, designs: int) -> SiteFaults:
    """Return the short-circuit currents of every case; variants alike in what they depend on share them."""
    net, cases = network.power, network.variants // designs
    which = [np.arange(d * cases, (d + 1) * cases) for d in range(designs)]
    if designs == 1:
        return site_faults(net)
    if _same_circuits(net, designs):
        one = site_faults(take(net, which[0], network.variants))
        every = [one] * designs
    else:
        every = [site_faults(take(net, own, network.variants)) for own in which]
    return SiteFaults(**{
        f.name: np.concatenate([getattr(each, f.name) for each in every], axis=1)
        for f in fields(SiteFaults)
    })  # fmt: skip


def _same_circuits(net: PowerNet, designs: int) -> bool:
    """Return whether all that short-circuit currents depend on is the same in every variant."""
    for table in (net, net.lines, net.transformers, net.converters, net.feeds):
        for name in table.__dataclass_fields__:
            values = getattr(table, name)
            if isinstance(values, np.ndarray) and values.ndim == 2 and values.shape[1] == net.variants:
                apart = values.reshape(len(values), designs, -1)
                if not np.array_equal(
                    apart, np.broadcast_to(apart[:, :1], apart.shape), equal_nan=values.dtype.kind == "f"
                ):
                    return False
    return True
