"""The SimReady AI-Factory vocabulary by version: which name has which type and which unit.

The specification keeps units in prose. Here they are data; None means that none is stated: never guess.
"""

import difflib
import re
from collections.abc import Iterable
from types import MappingProxyType

from twin.stage.aif_cdu import CDU
from twin.stage.aif_core import CORE
from twin.stage.aif_crah import CRAH
from twin.stage.aif_port import (
    BASE,
    DOMAIN_ALIAS,
    DOMAINS,
    DRY_CONTACT,
    DRY_CONTACT_OMITS,
    FLUIDS,
    OPEN_SENSE,
    PIPE_SENSE,
    PORT_NAMES,
    RESERVED_DOMAINS,
    TOKENS,
)
from twin.stage.aif_rack import RACK
from twin.stage.aif_table import AssetClass, FluidToken, Name, PortName, Sense, Vocabulary
from twin.stage.aif_ups import UPS

__all__ = [
    "DOMAIN_ALIAS", "DRY_CONTACT", "DRY_CONTACT_OMITS", "FLUIDS", "LATEST", "PORT_NAMES", "PORT_PREFIX",
    "RESERVED_DOMAINS", "VOCABULARIES", "AssetClass", "FluidToken", "Name", "PortName", "Sense", "Vocabulary",
    "nearest", "port_name", "sense",
]  # fmt: skip

PORT_PREFIX = "simready:connectionPoint:"

_CLASSES = (CDU, CRAH, UPS, RACK)

VOCABULARIES = MappingProxyType(
    {
        "0.1.0": Vocabulary(
            version="0.1.0",
            core=CORE,
            classes=_CLASSES,
            base=(),
            domains=MappingProxyType({}),
            tokens=MappingProxyType({}),
            port_type="Mesh",
        ),
        "0.2.0": Vocabulary(
            version="0.2.0",
            core=CORE,
            classes=_CLASSES,
            base=BASE,
            domains=MappingProxyType(DOMAINS),
            tokens=MappingProxyType(TOKENS),
            port_type="Xform",
        ),
    }
)
LATEST = VOCABULARIES["0.2.0"]

_WORDS = "[a-z0-9]+(?:_[a-z0-9]+)*"
_PORT_NAME = re.compile(
    rf"(?:{_WORDS}?)_(?P<prefix>{'|'.join(known.prefix for known in PORT_NAMES)})(?:_{_WORDS})?"
)


def port_name(name: str) -> PortName | None:
    """Return what a port name of 0.1.0 means, None for a name outside ``<vendor>_<type>[_<suffix>]``."""
    match = _PORT_NAME.fullmatch(name)
    return next(known for known in PORT_NAMES if known.prefix == match["prefix"]) if match else None


def sense(kind: str, domain: str, system: str, direction: str) -> Sense | None:
    """Return whether the medium enters or leaves the equipment, None where the vocabulary does not tell."""
    if domain != "thermal":
        return OPEN_SENSE.get(direction)
    return PIPE_SENSE.get((kind, system, direction)) or PIPE_SENSE.get((kind, "", direction))


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name that was probably meant, "" where none is near."""
    by_fold = {candidate.casefold(): candidate for candidate in known}
    found = difflib.get_close_matches(name.casefold(), by_fold, n=1, cutoff=0.75)
    return by_fold[found[0]] if found else ""
