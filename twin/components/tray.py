"""Cable tray: how much of its cross section cables may fill."""

from collections.abc import Iterator
from typing import final

from twin.arrays import Array
from twin.model.component import Component, component, param, token
from twin.model.element import Block


@final
@component(
    kind="tray",
    group="network",
    label="Cable tray",
    source="ANSI/TIA-569-E pathways: design fill and limit of fill",
    can_stop=False,
)
class Tray(Component):
    """A straight run of tray. Fill is the sum of the cables' cross sections over width times depth."""

    width_m: Array = param("Usable width.", unit="mm", hard=(10, 2000))
    depth_m: Array = param("Usable depth.", unit="mm", hard=(10, 1000))
    design_fill_ratio: Array = param(
        "Fill to design for.", unit="%", hard=(0, 100), default=0.4,
        source="ANSI/TIA-569-E: design to 40 % (assumption: recalled)",
    )  # fmt: skip
    limit_fill_ratio: Array = param(
        "Fill not to exceed.", unit="%", hard=(0, 100), default=0.5,
        source="ANSI/TIA-569-E: not above 50 % (assumption: recalled)",
    )  # fmt: skip
    allowed_load_kg_m: Array = param("Allowed load per length.", unit="kg/m", hard=(0, 1000), required=False)
    bend_radius_m: Array = param(
        "Inner radius of its bends, tees and drop-outs.", unit="mm", hard=(1, 2000), required=False
    )
    carries: tuple[str, ...] = token("What it is for.", tokens=("data", "power"), default="data")

    def elements(self) -> Iterator[Block]:
        """Yield nothing: a tray is checked for space, not solved."""
        yield from ()
