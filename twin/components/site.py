"""Site: what the whole facility shares, and what its owner demands."""

from collections.abc import Iterator
from typing import final

from twin.arrays import Array
from twin.model.component import Component, component, param, text, token
from twin.model.element import Block


@final
@component(
    kind="site",
    group="facility",
    label="Site",
    source="Design conditions and policies of the owner; ASHRAE Fundamentals, climatic design data",
    can_stop=False,
)
class SiteRecord(Component):
    """The one record of a facility's place, climate at the design point, and policies. It has no physics."""

    elevation_m: Array = param("Height above sea level.", unit="m", hard=(-430, 5000))
    dry_bulb_k: Array = param("Design outdoor dry bulb.", unit="degC", hard=(-50, 60))
    wet_bulb_k: Array = param("Design outdoor wet bulb.", unit="degC", hard=(-50, 45))
    dew_point_k: Array = param("Design dew point of the air in the rooms.", unit="degC", hard=(-40, 35))
    minimum_k: Array = param("Extreme minimum outdoor temperature.", unit="degC", hard=(-70, 40))
    recirculation_dk: Array = param(
        "Rise of the air that condensers and dry coolers draw above the dry bulb.", unit="K", hard=(0, 20)
    )
    frequency_hz: Array = param("Supply frequency.", unit="Hz", hard=(45, 65))
    climate: tuple[str, ...] = text("Weather station or file that the design conditions are taken from.")
    facility_water_class: tuple[str, ...] = token(
        "ASHRAE class that the facility water to CDUs has to keep.",
        tokens=("W17", "W27", "W32", "W40", "W45"), required=False,
    )  # fmt: skip
    coolant_class: tuple[str, ...] = token(
        "ASHRAE class that the coolant to racks has to keep.", tokens=("S30", "S35", "S40", "S45", "S50"),
        required=False,
    )  # fmt: skip
    loading_regime: tuple[str, ...] = token(
        "Which code the continuous loading of conductors and breakers follows.", tokens=("nec", "iec")
    )
    loading_limit_ratio: Array = param(
        "Owner's limit of continuous load over rating.", unit="%", hard=(10, 100), default=0.8,
        source="NEC 210.20 and 215.3: continuous load at 125 %; owner's policy under IEC (assumption)",
    )  # fmt: skip
    conductor_temperature: tuple[str, ...] = token(
        "Where the resistance of busways, whips and power cables is taken: at the conductor temperature they "
        "declare, or at the one that their current and the air around them bring them to.",
        tokens=("declared", "by_load"), default="declared",
    )  # fmt: skip
    facility_target_ratio: Array = param(
        "Owner's target of facility power over IT power at the design point.",
        unit="1",
        hard=(1, 3),
        required=False,
    )
    floor_rating_pa: Array = param(
        "Permissible floor load over a rack's footprint with half its aisles.", unit="kPa", hard=(0.5, 100),
        required=False,
    )  # fmt: skip
    floor_footprint_rating_pa: Array = param(
        "Permissible floor load over the footprint alone.", unit="kPa", hard=(0.5, 200), required=False
    )
    aisle_velocity_max_m_s: Array = param(
        "Owner's limit of the air speed along an aisle.", unit="m/s", hard=(0.1, 20), required=False
    )
    pipe_velocity_max_m_s: Array = param(
        "Owner's limit of the fluid speed in pipes above DN50.", unit="m/s", hard=(0.1, 10), required=False
    )
    aisle_width_min_m: Array = param(
        "Owner's least width of an aisle.", unit="m", hard=(0.3, 10), required=False
    )

    def elements(self) -> Iterator[Block]:
        """Yield nothing: a site is a record."""
        yield from ()
