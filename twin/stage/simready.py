"""SimReady AI-Factory assets: what they are, which ports they have, what is wrong with them.

Reads a composed stage and never writes. The names below are the ones to import from here.
"""

from pxr import Usd

from twin.model.finding import Fault
from twin.stage.aif_map import AIF_MAP, UNMAPPED, Mapped, Missing, Refused
from twin.stage.simready_curve import Polynomial, parse_curve
from twin.stage.simready_fault import RULES, asset_of
from twin.stage.simready_params import missing_params, resolve_params, to_params
from twin.stage.simready_port_faults import PORT_RULES
from twin.stage.simready_rating_faults import RATING_RULES
from twin.stage.simready_read import AifRatings, PortSpec, Rating, Stated, ports, ratings

__all__ = [
    "AIF_MAP", "RULES", "UNMAPPED", "AifRatings", "Mapped", "Missing", "Polynomial", "PortSpec", "Rating",
    "Refused", "Stated", "faults", "missing_params", "parse_curve", "ports", "ratings", "resolve_params",
    "to_params",
]  # fmt: skip


def faults(prim: Usd.Prim) -> list[Fault]:
    """Return everything that is wrong with an asset, in the order of the rules."""
    asset = asset_of(prim)
    return [fault for rule in (*RATING_RULES, *PORT_RULES) for fault in rule(asset)]
