"""Rows of the electrical schedules: one dataclass per table, numbers in SI, NaN for what is not given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadRow:
    """One input of one consumer.

    Attributes:
        consumer, kind, role: Prim, its kind, and which of its consumers it is.
        input, feed: Port it draws through, and its letter: ``A`` for the first one by name.
        run, source, board: Whip or cable to it; busway, board or other equipment that starts at; what feeds
            that busway, a board as a rule, else the same. "" where there is none.
        phases: Phases that the run is wired to, "" on direct current and without a run.
        direct: Whether it draws direct current.
        nominal_v: Nominal voltage, line to line or pole to pole.
        power_factor_ratio: Power factor, 1 on direct current.
        power_w, current_a: Of this input in normal operation.
        worst_power_w, worst_current_a, worst_case: In the case of the highest current.
        consumer_w, consumer_worst_w: Of all its inputs, in normal operation and in its own worst case.
        peak_w: Electrical design peak (EDPp) of the consumer.
    """

    consumer: str
    kind: str
    role: str
    input: str
    feed: str
    run: str
    source: str
    board: str
    phases: str
    direct: bool
    nominal_v: float
    power_factor_ratio: float
    power_w: float
    current_a: float
    worst_power_w: float
    worst_current_a: float
    worst_case: str
    consumer_w: float
    consumer_worst_w: float
    peak_w: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalRow:
    """One board, converter, transformer, generator or grid connection.

    Attributes:
        prim, kind: What it is.
        power_w: Power that it passes on in normal operation; of a board what its bus takes in, NaN where
            phases are unlike.
        worst_power_w: The same in the worst case.
        rating_a, rating_w, rating_va: Its rating, in the one that it has.
        loading_ratio, worst_loading_ratio, worst_case: Over its rating; where phases are unlike that of a
            board's only live incomer, NaN where several are live.
        limit_ratio: What of its rating may be used: the continuous share for boards, what is left without
            spare modules for converters, otherwise 1.
    """

    prim: str
    kind: str
    power_w: float
    worst_power_w: float
    rating_a: float
    rating_w: float
    rating_va: float
    loading_ratio: float
    worst_loading_ratio: float
    worst_case: str
    limit_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """One busway, cable or whip.

    Attributes:
        prim, kind, stage: What it is, and the stage of losses that it belongs to.
        source, load: What it joins; "" for the many loads of a busway.
        direct: Whether it carries direct current.
        conductor, conductor_count: Metal, and conductors: phases or poles; a single phase has its neutral.
        count: Runs or cords in parallel.
        length_m: Length; of a busway that of its box, at least up to its last tap-off.
        section_m2: Cross-section of one conductor of one run; of a busway the one that its resistance at
            20 °C stands for.
        rating_a, limit_ratio, limit_a: Rating of all runs, and what of it may be used without limit of time.
        current_a: In normal operation, the highest along a busway.
        worst_current_a, loading_ratio, worst_case: In the case nearest to the limit.
        margin_a: Limit less worst current.
        peak_loading_ratio: At the electrical peak of its racks, over the rating; NaN for cables.
        metal_kg: Mass of these conductors.
        neutral_kg: What a neutral of the full section adds on alternating current up to 1 kV (assumption).
    """

    prim: str
    kind: str
    stage: str
    source: str
    load: str
    direct: bool
    conductor: str
    conductor_count: int
    count: float
    length_m: float
    section_m2: float
    rating_a: float
    limit_ratio: float
    limit_a: float
    current_a: float
    worst_current_a: float
    loading_ratio: float
    worst_case: str
    margin_a: float
    peak_loading_ratio: float
    metal_kg: float
    neutral_kg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerRow:
    """One breaker, or the like breakers of one whip.

    Attributes:
        prim, kind: Equipment that holds it.
        way: ``incomer`` or ``outgoing`` of a board and its port, ``tap-off`` of a whip, else ``breaker``,
            ``fuse`` or ``switch``.
        load: What it is wired to, "" for a spare way.
        count: Breakers that share the current.
        rating_a, limit_ratio, limit_a: Rating of all of them, and what of it may be used without limit of
            time.
        current_a: In normal operation.
        worst_current_a, loading_ratio, worst_case: In the case nearest to the limit.
        margin_a: Limit less worst current.
        peak_loading_ratio: At the electrical peak of the rack behind a whip, over the rating.
        breaking_capacity_a, breaking_margin_a: Of one breaker, and that less the greatest short-circuit
            current; NaN where one of them is not established.
    """

    prim: str
    kind: str
    way: str
    load: str
    count: float
    rating_a: float
    limit_ratio: float
    limit_a: float
    current_a: float
    worst_current_a: float
    loading_ratio: float
    worst_case: str
    margin_a: float
    peak_loading_ratio: float
    breaking_capacity_a: float
    breaking_margin_a: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DropRow:
    """From the bus of a board to one input of a rack; everything over nominal, positive where it falls.

    Where phases are unlike, voltages on the way are of the positive sequence, that of the input is of its
    worst phase.

    Attributes:
        rack, kind, input, feed: Whose input.
        board, busway, run: What leads to it; "" where there is none.
        direct: Whether it carries direct current.
        feeder_ratio: From the board's bus to the feed of the busway; without a busway to the run.
        busway_ratio: From there to the tap-off of this run.
        run_ratio: Along the whip or cable.
        total_ratio: All of it in the worst case: the difference of the solved voltages.
        worst_case: The case that the four are of.
        normal_ratio: All of it in normal operation.
        limit_ratio, margin_ratio: Of EL041, and that less ``total_ratio``.
        rule_ratio: What EL041 measures at its worst: to the last tap-off of the busway, without the feeder.
        lowest_ratio, lowest_case: Lowest voltage of the input while it is alive.
        normal_voltage_ratio: Its voltage in normal operation.
    """

    rack: str
    kind: str
    input: str
    feed: str
    board: str
    busway: str
    run: str
    direct: bool
    feeder_ratio: float
    busway_ratio: float
    run_ratio: float
    total_ratio: float
    worst_case: str
    normal_ratio: float
    limit_ratio: float
    margin_ratio: float
    rule_ratio: float
    lowest_ratio: float
    lowest_case: str
    normal_voltage_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRow:
    """Short-circuit currents at one board, breaker, busway, whip, UPS or rack.

    Attributes:
        prim, kind: Where.
        established: Whether its greatest current is established in any case.
        ikss_max_a, ip_a, worst_case: Greatest initial current of all cases, its peak, and its case.
        ikss_min_a: Least initial current of the cases in which it is fed; NaN where one of them is not
            established.
        ikss_line_min_a: Least initial current between two lines, likewise.
        ikss_earth_max_a, ikss_earth_min_a: Greatest and least initial current from one line to earth,
            likewise.
        unknown_count: Cases in which the greatest current is not established.
        met_a: What it has to withstand or break: less than ``ikss_max_a`` behind a breaker that limits it.
        limit, limit_a: Name of the parameter that says what it withstands or breaks, and that.
        margin_a: Limit less what is met; NaN where one of them is not established.
        peak_limit_a, peak_margin_a: Rated peak withstand current, and that less ``ip_a``.
    """

    prim: str
    kind: str
    established: bool
    ikss_max_a: float
    ip_a: float
    worst_case: str
    ikss_min_a: float
    ikss_line_min_a: float
    ikss_earth_max_a: float
    ikss_earth_min_a: float
    unknown_count: int
    met_a: float
    limit: str
    limit_a: float
    margin_a: float
    peak_limit_a: float
    peak_margin_a: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LossRow:
    """Losses of one stage in normal operation.

    Attributes:
        stage: Name of the stage.
        count: Pieces of equipment.
        loss_w: What they lose.
        share_ratio: That over the power at the point of connection.
    """

    stage: str
    count: int
    loss_w: float
    share_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MetalRow:
    """Metal of the conductors of one stage.

    Attributes:
        stage, conductor: Name of the stage, and metal.
        count: Busways, cables or whips.
        length_m: Length of all of them, runs in parallel each counted.
        mass_kg: Phase conductors or poles; neutral and protective conductors are not counted.
        with_neutral_kg: With a neutral of the full section on alternating current up to 1 kV (assumption).
    """

    stage: str
    conductor: str
    count: int
    length_m: float
    mass_kg: float
    with_neutral_kg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """How the losses close in normal operation.

    Attributes:
        connection_w: Power at the point of connection, and of generators that run.
        consumed_w: What consumers draw.
        distribution_loss_w: The metrics' figure.
        staged_w: Sum of the stages before the racks.
        own_w: Losses of the racks' own supplies, which are part of what racks draw.
        busbar_w: Power on the busbars of racks: behind their own supplies where declared, or from shelves.
        residual_ratio: Staged less the metrics' figure, over the power at the point of connection.
        boundary_ratio: Connection less consumers less stages, over the power at the point of connection.
        reach_ratio: Power behind the racks' own supplies over itself with all losses, those for cooling and
            house loads included.
    """

    connection_w: float
    consumed_w: float
    distribution_loss_w: float
    staged_w: float
    own_w: float
    busbar_w: float
    residual_ratio: float
    boundary_ratio: float
    reach_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedules:
    """Every schedule of one run.

    Attributes:
        inputs: What was read, as the facility records it.
        loads, totals: Load schedule.
        runs: Busways, cables and whips.
        breakers: Breakers and ways.
        drops: From board to rack.
        faults: Short circuit.
        losses, metals, closure: Losses by stage and conductors.
    """

    inputs: Mapping[str, object] = field(default_factory=dict)
    loads: Sequence[LoadRow]
    totals: Sequence[TotalRow]
    runs: Sequence[RunRow]
    breakers: Sequence[BreakerRow]
    drops: Sequence[DropRow]
    faults: Sequence[FaultRow]
    losses: Sequence[LossRow]
    metals: Sequence[MetalRow]
    closure: Closure
