"""Writes and takes in the electrical side for the commands that exchange files."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twin.model.facility import Facility
    from twin.solve.couple import Solution

ENDINGS = {"opendss": ".dss", "pandapower": ".json"}
NAMES = {"opendss": "OpenDSS", "pandapower": "pandapower"}


def electrical_text(
    name: str, facility: "Facility", solution: "Solution", variant: int
) -> tuple[str, str, tuple[str, ...]]:
    """Return what is written, one line about it, and what the format cannot say.

    Args:
        name: ``opendss`` or ``pandapower``.
        facility: What is built.
        solution: Its settled state.
        variant: Which case, a place on the variant axis.

    Raises:
        UsageError: No bus of the layout is alive in that case, or it has cords of single phases.
    """
    from twin.errors import UsageError
    from twin.interop import opendss_write, pandapower_write
    from twin.interop.power_moment import power_moment

    if solution.network.power.unbalanced:
        raise UsageError("cords of single phases are not written: the formats take three like phases here")
    moment = power_moment(facility, solution, variant)
    if moment is None:
        raise UsageError(f"{facility.layout} has no bus that is alive in this case")
    write, tell = {
        "opendss": (opendss_write.opendss_text, opendss_write.said),
        "pandapower": (pandapower_write.pandapower_text, pandapower_write.said),
    }[name]
    branches = len(moment.conductors) + len(moment.transformers)
    counted = f"{len(moment.buses)} buses, {branches} branches, {len(moment.sources)} sources, "
    return write(moment), f"{counted}{len(moment.draws)} loads", tell(moment)
