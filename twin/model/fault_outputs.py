"""Results that every part has which short-circuit currents flow through."""

from twin.model.component import Output


def unlike_faults(role: str) -> tuple[Output, ...]:
    """Return the currents of faults that are not of three phases, at the ends of an element."""
    return (
        Output(
            name="ikss_line_min_a", role=role, field="ikss_line_min_a", reduce="min",
            doc="least initial short-circuit current between two lines",
        ),
        Output(
            name="ikss_earth_max_a", role=role, field="ikss_earth_max_a", reduce="max",
            doc="greatest initial current from one line to earth",
        ),
        Output(
            name="ikss_earth_min_a", role=role, field="ikss_earth_min_a", reduce="min",
            doc="least initial current from one line to earth",
        ),
        *direct_faults(role),
    )  # fmt: skip


def direct_faults(role: str) -> tuple[Output, ...]:
    """Return the currents of faults between poles of direct current, at the ends of an element."""
    return (
        Output(
            name="ikss_dc_a", role=role, field="ikss_dc_a", reduce="max",
            doc="quasi-steady short-circuit current on direct current",
        ),
        Output(
            name="ip_dc_a", role=role, field="ip_dc_a", reduce="max",
            doc="peak short-circuit current on direct current",
        ),
    )  # fmt: skip
