"""What came of the events of a facility: extremes, bounds, and how they were computed."""

from dataclasses import dataclass

from twin.arrays import Array, Index


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Surges:
    """Events followed in time from the normal state. Shapes: (event,), (place,), (sample,).

    Attributes:
        part: Row of each event in the table of its kind.
        peak_pag, lowest_pag: Extremes anywhere in the loops that it reaches, along pipes too.
        peak_place, lowest_place: Node or branch where they are, by name.
        peak_rise_pa: Largest rise of a node above its steady pressure.
        vapour_margin_pa: Least pressure above that at which the liquid boils there.
        joukowsky_pa: Rise if everything stopped at once.
        bound_pa: That, or Michaud's where the event is slower than its wave.
        column_rise_pa: Largest rise of a node in the rigid-column model.
        critical_s: Time of a wave from the event to everywhere and back.
        time_s: Time that closing takes, or running down.
        elastic_ratio: 1 where waves were followed.
        step_s, adjusted_ratio, rigid_ratio: Time step, largest adjustment, share of pipe that is rigid.
        shut_count: Check valves that shut.
        mass_ratio, energy_ratio: What is missing in the balances.
        node: Flow nodes that some event reaches, shape (place,).
        highest_pag, lowest_node_pag: Extremes there, NaN where an event does not reach, (event, place).
        sample_s: Instants kept, shape (event, sample).
        sample_peak_pag, sample_lowest_pag: Pressures then at the places of the extremes, (event, sample).
        sample_flow_kg_s: Flow then through what closes or trips first, (event, sample).
    """

    part: Index
    peak_pag: Array
    lowest_pag: Array
    peak_place: tuple[str, ...]
    lowest_place: tuple[str, ...]
    peak_rise_pa: Array
    vapour_margin_pa: Array
    joukowsky_pa: Array
    bound_pa: Array
    column_rise_pa: Array
    critical_s: Array
    time_s: Array
    elastic_ratio: Array
    step_s: Array
    adjusted_ratio: Array
    rigid_ratio: Array
    shut_count: Array
    mass_ratio: Array
    energy_ratio: Array
    node: Index
    highest_pag: Array
    lowest_node_pag: Array
    sample_s: Array
    sample_peak_pag: Array
    sample_lowest_pag: Array
    sample_flow_kg_s: Array
