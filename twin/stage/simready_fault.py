"""Codes of what can be wrong with a SimReady asset, and how a fault is written down."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from pxr import Usd

from twin.model.finding import Fault
from twin.stage.aif import Vocabulary
from twin.stage.locate import locate
from twin.stage.simready_read import AifRatings, PortSpec, ports, ratings, vocabulary_of

RULES = MappingProxyType(
    {
        "SR101": "An attribute or port property has another USD type than the vocabulary asks for.",
        "SR102": "A property stands in a SimReady namespace but not in the vocabulary.",
        "SR103": "A connection point lacks base properties.",
        "SR104": "A connection point uses the old name `type` for `domain`.",
        "SR105": "A connection point carries properties of another domain than its own.",
        "SR106": "A token differs from a known one only in spelling; matching is exact.",
        "SR107": "The ConnectionPoints scope is missing, empty, of another type, or there are several.",
        "SR108": "A prim under ConnectionPoints only groups connection points and is judged as one.",
        "SR109": "A connection point has the wrong prim type or is not of purpose guide.",
        "SR110": "Nobody placed a connection point: it has no transform.",
        "SR111": "A connection point is placed at the origin of the asset.",
        "SR112": "A connection point has neither properties nor a name that says what it is.",
        "SR113": "A number lies outside the range that it can have.",
        "SR114": "A design value exceeds the maximum of the same connection point.",
        "SR121": "The asset class is missing or unknown.",
        "SR122": "The SimReady version is missing or unknown.",
        "SR123": "A required common attribute is missing.",
        "SR124": "The vocabulary states no unit for an attribute; its value is not used.",
        "SR125": "What is meant in words is typed as a number.",
        "SR131": "A flow given in L/s and in L/min is not the same flow.",
        "SR132": "A temperature looks as if written in the other of degC and K.",
        "SR133": "Two powers differ a thousandfold: W and kW are mixed up.",
        "SR134": "The UPS rating may be kW or kVA and fits neither, or only kVA.",
        "SR135": "A curve cannot be read as one, or does not run as it must.",
        "SR136": "A pair curve uses its third component, which means nothing.",
        "SR137": "The heat capture ratio contradicts the heat to liquid and to air.",
        "SR138": "Rated power contradicts voltage, current, phases and power factor.",
        "SR139": "Maximum current exceeds 80 % of the breaker rating.",
        "SR140": "The design flow is too fast for the port.",
        "SR141": "Capacity and flow give a temperature rise that no coolant loop has.",
        "SR142": "Dimensions contradict each other or the geometry, or are not in mm.",
        "SR143": "Supply and return of one loop differ in fluid or flow.",
        "SR144": "Flow and temperatures of a loop do not carry the rated heat.",
        "SR145": "Thermal design power exceeds the nameplate.",
    }
)

Severity = Literal["error", "warning"]
Faults = Iterator[Fault]


@dataclass(frozen=True, slots=True)
class Asset:
    """What the rules look at.

    Attributes:
        prim: Root prim.
        ratings: What the asset says about itself.
        ports: Its connection points.
        vocabulary: The version it follows.
        base: Folder from which files are shown.
    """

    prim: Usd.Prim
    ratings: AifRatings
    ports: tuple[PortSpec, ...]
    vocabulary: Vocabulary
    base: str

    def fault(
        self, code: str, path: str, name: str, *, found: str, expected: str, severity: Severity = "error"
    ) -> Fault:
        """Return a fault of a prim, or of one of its attributes, with the file and line to edit."""
        prim = self.prim.GetStage().GetPrimAtPath(path)
        where = self._where(prim, name)
        return Fault(
            code=code,
            prim=path,
            attribute=name,
            where=where,
            found=found,
            expected=expected,
            severity=severity,
        )

    def rating_fault(
        self, code: str, name: str, *, found: str, expected: str, severity: Severity = "error"
    ) -> Fault:
        """Return a fault of an `aif` attribute of the root prim."""
        path = str(self.prim.GetPath())
        return self.fault(code, path, name, found=found, expected=expected, severity=severity)

    def _where(self, prim: Usd.Prim, name: str) -> str:
        """Return the place of the strongest opinion on a property, of the prim where it has none."""
        owner = prim.GetProperty(name) if name else None
        specs = owner.GetPropertyStack(Usd.TimeCode.Default()) if owner else ()
        spec = next(iter(specs or prim.GetPrimStack()), None)
        if spec is None:
            return ""
        return locate(spec.layer.realPath or spec.layer.identifier, str(spec.path), base=self.base)


Rule = Callable[[Asset], Faults]


def asset_of(prim: Usd.Prim) -> Asset:
    """Read everything that the rules look at."""
    root = prim.GetStage().GetRootLayer().realPath
    base = str(Path(root).parent) if root else ""
    return Asset(prim, ratings(prim), ports(prim), vocabulary_of(prim), base)
