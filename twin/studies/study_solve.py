"""Solves variants in blocks and reads what the study asks for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import xarray as xr

from twin.arrays import Array, Index
from twin.checks import declare_rules
from twin.checks.review_many import Judged, review_many
from twin.checks.rule import rules
from twin.components import declare_all
from twin.errors import ConvergenceError, TwinError
from twin.metrics import metrics
from twin.model.element import Event
from twin.model.network import Network, lay_out
from twin.model.power_net import PowerNet
from twin.model.variants import take
from twin.results import add_facility, to_tree
from twin.solve.hammer import with_events
from twin.solve.site_faults import SiteFaults, site_faults
from twin.stage.placed import placing
from twin.stage.read import paused
from twin.states import set_aside, settle
from twin.studies.study_axes import Output, Study
from twin.studies.study_columns import Topology, at_value, in_study, topology, why, widen

# Tighter than a check: a variant solved alone and one solved among others then agree to 1e-12.
SETTLED = 5e-13
# Topologies that a worker keeps; their variants stand beside each other.
KEPT = 3
SOLVED, FAILED = 1, 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """What some variants came to. Shapes: (variant,) and (variant, rule).

    Attributes:
        status: ``SOLVED`` or ``FAILED``.
        outputs: Output name to its number, SI; NaN where failed.
        judged: How every rule stands.
        unsolved_count: Contingencies without a steady state.
        reasons: Variant within the rows to why it failed.
    """

    status: Index
    outputs: Mapping[str, Array]
    judged: Judged
    unsolved_count: Index
    reasons: Mapping[int, str] = field(default_factory=dict)


def rule_ids() -> tuple[str, ...]:
    """Return the rules that are measured, in order."""
    declare_rules()
    return tuple(sorted(rules()))


def empty_rows(study: Study, count: int) -> Rows:
    """Return rows that hold nothing yet."""
    ids = rule_ids()
    return Rows(
        status=np.full(count, FAILED, dtype=np.intp),
        outputs={output.name: np.full(count, np.nan) for output in study.outputs},
        judged=Judged(
            rules=ids, margin=np.full((count, len(ids)), np.nan),
            closeness_ratio=np.full((count, len(ids)), np.nan),
            broken_count=np.zeros((count, len(ids)), dtype=np.intp),
        ),
        unsolved_count=np.zeros(count, dtype=np.intp), reasons={},
    )  # fmt: skip


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
            self._known[key] = topology(self._study, row)
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
                _put(found, group, _solved(self._study, top, rows[group]))
            except ConvergenceError as reason:
                if len(group) == 1:
                    found.reasons[int(group[0])] = why(reason)  # type: ignore[index]
                else:
                    pending[:0] = np.array_split(group, 2)


def _put(found: Rows, at: Index, part: Rows) -> None:
    found.status[at] = part.status
    found.unsolved_count[at] = part.unsolved_count
    for name, values in part.outputs.items():
        found.outputs[name][at] = values
    for name in ("margin", "closeness_ratio", "broken_count"):
        getattr(found.judged, name)[at] = getattr(part.judged, name)


def _solved(study: Study, top: Topology, rows: Array) -> Rows:
    """Return what a block of variants came to.

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
            solution, closed = settle(network, SETTLED)
        except ConvergenceError:
            if len(rows) > 1:
                raise
            facility = set_aside(facility, network)
            network = lay_out(facility)
            solution, closed = settle(network, SETTLED)
    solution = with_events(solution)
    solution = replace(solution, faults=_faults(network, len(rows)))
    tree = add_facility(to_tree(facility, solution), facility, metrics(facility, solution, closed))
    return Rows(
        status=np.full(len(rows), SOLVED, dtype=np.intp),
        outputs={output.name: value_of(output, tree, len(rows)) for output in study.outputs},
        judged=review_many(facility, tree, len(rows), differs),
        unsolved_count=np.full(len(rows), len(facility.unsolved), dtype=np.intp),
    )  # fmt: skip


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
        name: np.concatenate([getattr(each, name) for each in every], axis=1)
        for name in ("ikss_max_a", "ip_a", "ikss_min_a")
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


def value_of(output: Output, tree: xr.DataTree, designs: int) -> Array:
    """Return an output of every variant, in its first case: normal operation, SI, shape (variant,).

    NaN where a topology has no such part; what no topology has is refused when a study is planned.
    """
    group = tree.children.get(output.group)
    data = None if group is None else group.to_dataset()
    if data is None or output.variable not in data:
        return np.full(designs, np.nan)
    values = np.asarray(data[output.variable].values, dtype=np.float64)
    values = values.reshape(designs, -1, *values.shape[1:])[:, 0]
    if values.ndim == 1:
        return values
    if output.prim:
        at = np.flatnonzero(data[output.group].values == output.prim)
        return values[:, at[0]] if len(at) else np.full(designs, np.nan)
    known = np.isfinite(values)
    reduced: Array = {
        "max": np.where(known, values, -np.inf).max(axis=1, initial=-np.inf),
        "min": np.where(known, values, np.inf).min(axis=1, initial=np.inf),
        "sum": np.where(known, values, 0.0).sum(axis=1),
        "mean": np.where(known, values, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1),
    }[output.reduce]
    return np.where(known.any(axis=1), reduced, np.nan)
