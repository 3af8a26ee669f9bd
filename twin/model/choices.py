"""What elements choose among: fluids, arrangements, machines, friction, valves, uses."""

from enum import IntEnum


class Fluid(IntEnum):
    """What flows in an island; the number is the one the fluid laws take."""

    WATER = 0
    PROPYLENE_GLYCOL = 1
    AIR = 2


class Arrangement(IntEnum):
    """How the two streams of an exchanger meet."""

    COUNTERFLOW = 0
    CROSSFLOW = 1


class Machine(IntEnum):
    """What a rejector is: which law turns its heat into electric power."""

    DRY_COOLER = 0
    AIR_COOLED_CHILLER = 1
    WATER_COOLED_CHILLER = 2
    YORK_TOWER = 3
    MERKEL_TOWER = 4


class Friction(IntEnum):
    """Which turbulent friction factor a pipe follows."""

    COLEBROOK = 0
    SWAMEE_JAIN = 1


class Keeps(IntEnum):
    """Which pressure a valve keeps: that behind it (reducing) or that before it (sustaining)."""

    NOTHING = 0
    DOWNSTREAM = 1
    UPSTREAM = 2


class Use(IntEnum):
    """What a load is for, as the facility ratio tells uses apart; what charges a battery is stored."""

    IT = 0
    COOLING = 1
    POWER = 2
    OTHER = 3
    CHARGE = 4
