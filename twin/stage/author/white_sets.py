"""White spaces complete: one for a pod, and one that offers every way of cooling, for halls.

A variant brings what it changes from layers that nothing else references: an opinion in the layers that every
variant shares would win over it.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from twin.stage.author import fabric, white_doors, white_tcs
from twin.stage.author.parts import Library
from twin.stage.author.power import DISTRIBUTIONS
from twin.stage.author.sets import at, body, merge, offer
from twin.stage.author.text import Prim, VariantSet, layer, number
from twin.stage.author.white import (
    BUSWAYS,
    CHOICES,
    Choice,
    White,
    cabinets,
    contained,
    electrical,
    flat,
    fleet,
    layers,
    rows,
)

# Racks that an author may try in a row that only air cools: twice the power, and one that needs coolant.
AIR_FLEETS: Mapping[str, Choice] = MappingProxyType({
    "HGX_B200_Rack2": CHOICES["air"],
    "HGX_B200_Rack4": replace(CHOICES["air"], rack="HGX_B200_Rack4", whip_count=2),
    "GB300_NVL72": replace(CHOICES["air"], rack="GB300_NVL72", whip="Whip_4x63A"),
})  # fmt: skip
CDUS = ("N_plus_1", "N")
# A rack that exists as a plan only: the same power behind its supplies, which turn 800 V DC into 50 V.
_SHELVES, _DIRECT = 97.0, 98.0
_SAME = "Notional: a GB300 NVL72 whose supplies turn 800 V DC into 50 V at 98 % instead of AC at 97 %."
_LINK = "Notional: two DC links of 125 A for each input, the size of OCP's 100 kW links (draft)."
DIRECT_RACK: Mapping[str, tuple[float, str]] = MappingProxyType({
    "rack:itPower": (132.0 * _SHELVES / _DIRECT, _SAME),
    "rack:edppPower": (155.0 * _SHELVES / _DIRECT, _SAME),
    "rack:shelfEfficiencyRatio": (_DIRECT, _SAME), "rack:powerFactorRatio": (1.0, _SAME),
})  # fmt: skip
# Ratings of a busway's feed say AC in its asset.
DIRECT_ENTRY = (
    "float simready:connectionPoint:electrical:nominalVoltage = 800",
    "int simready:connectionPoint:electrical:phases = 1",
    "float simready:connectionPoint:electrical:frequency = 0",
)
DIRECT_WHIP: Mapping[str, tuple[float, str]] = MappingProxyType({
    "whip:count": (2.0, _LINK), "whip:breakerRating": (125.0, _LINK),
    "whip:section": (50.0, "Assumption: 50 mm2 for 125 A, an engineer's choice."),
})  # fmt: skip


def build(library: Library, choice: Choice) -> White:
    """Return a white space: its disciplines, and apart from them its racks and its second CDU."""
    white = rows(library, choice)
    if choice.cooling == "rear_door":
        white_doors.stand(library, white)
        white.scopes["architectural"] = white_doors.open_aisle(white)
        white.scopes["mechanical"] = white_doors.draw(library, white)
    else:
        white.scopes["architectural"] = contained(white)
    if choice.cooling == "liquid":
        white.scopes["mechanical"] = white_tcs.draw(library, white)
        white.scopes["fabric"] = fabric.draw(library, white)
    white.scopes["it"] = cabinets(white)
    white.scopes["electrical"] = electrical(library, white)
    white.fleet = fleet(library, white)
    return white


def pod(library: Library, choice: Choice) -> tuple[White, dict[str, str]]:
    """Return the white space of a pod, and its layers: one way of cooling, any busway."""
    white = flat(build(library, choice))
    out = layers(white, "")
    root = offer(Prim(name="White", type="Xform", kind="group"), _distributions(white), _busways(library))
    out["white/white.usda"] = layer(
        [root], doc="White space of one scalable unit.", default="White", sublayers=_subs(out)
    )
    return white, out


def hall(library: Library) -> tuple[dict[str, White], dict[str, str]]:
    """Return the white spaces by way of cooling, and the layers of the one that offers them all."""
    whites = {name: build(library, choice) for name, choice in CHOICES.items()}
    out: dict[str, str] = {}
    for name, white in whites.items():
        mine = layers(white if name == "air" else _housed(white), f"{name}_")
        root = Prim(name="White", spec="over")
        if name == "liquid":
            root = offer(root, _cdus(white, out), _distributions(white), undecided=True)
        if name == "air":
            root = offer(root, _fleets(library, white, out), undecided=True)
        doc = f"What cooling = {name} puts into a white space."
        mine[f"white/{name}.usda"] = layer([root], doc=doc, default="White", sublayers=_subs(mine))
        out |= mine
    cooling = VariantSet(name="cooling", variants={n: body(layers=[f"./{n}.usda"]) for n in whites})
    root = offer(Prim(name="White", type="Xform", kind="group"), cooling, _busways(library), undecided=True)
    out["white/white.usda"] = layer([root], doc="White space of one scalable unit.", default="White")
    return whites, out


def _subs(files: dict[str, str]) -> list[str]:
    return [f"./{name.split('/')[1]}" for name in sorted(files)]


def _housed(white: White) -> White:
    """Return a white space with its racks in the scopes of their disciplines, the second CDU apart."""
    second, white.second = white.second, None
    flat(white).second = second
    return white


def _busways(library: Library) -> VariantSet:
    """Each variant gives the four busways the numbers of another series."""
    return VariantSet(
        name="busway",
        variants={
            name: body(*(
                at(f"Electrical/Busway_{row}", Prim(name="", spec="over", reference=library.asset(asset)))
                for row in ("AA", "AB", "BA", "BB")
            ))
            for name, asset in BUSWAYS.items()
        },
    )  # fmt: skip


def _distributions(white: White) -> VariantSet:
    """Return what racks and whips are with each way of distribution; direct current takes a notional rack."""
    racks, whips = Prim(name="IT", spec="over"), Prim(name="Whips", spec="over")
    runs = Prim(name="Electrical", spec="over").add(whips)
    for run in white.busways.values():
        entry = Prim(name="feed", spec="over", lines=list(DIRECT_ENTRY))
        merge(runs, at(f"{run.name}/ConnectionPoints", entry))
    for rack in (rack for row in "AB" for rack in white.racks[row]):
        racks.add(_assumed(rack.name, DIRECT_RACK))
        whips.add(*(_assumed(f"{rack.name}_{feed}", DIRECT_WHIP) for feed in "AB"))
    direct = body(racks, runs)
    return VariantSet(
        name="distribution",
        variants={name: direct if name.startswith("dc") else body() for name in DISTRIBUTIONS},
    )


def _assumed(name: str, numbers: Mapping[str, tuple[float, str]]) -> Prim:
    """Return an opinion whose numbers say that they are assumptions, and why."""
    prim = Prim(name=name, spec="over")
    for attribute, (value, source) in numbers.items():
        prim.lines += [
            f"double twin:{attribute} = {number(value)} (", "    customData = {",
            '        string evidence = "assumption"', f'        string source = "{source}"', "    }", ")",
        ]  # fmt: skip
    return prim


def _cdus(white: White, out: dict[str, str]) -> VariantSet:
    """Return one CDU or two: the second with its pipes, and the control of as many as there are."""
    trees = {"N_plus_1": white.second, "N": white.alone}
    for name, tree in trees.items():
        if tree is not None:
            out[f"white/cdu_{name}.usda"] = layer([tree], doc=f"What cdu = {name} adds.", default="White")
    return VariantSet(name="cdu", variants={n: body(layers=[f"./cdu_{n}.usda"]) for n in CDUS})


def _fleets(library: Library, white: White, out: dict[str, str]) -> VariantSet:
    """Return what may stand in rows that only air cools."""
    for name, choice in AIR_FLEETS.items():
        racks = white.fleet if choice == white.choice else build(library, choice).fleet
        tree = Prim(name="White", spec="over").add(*racks)
        out[f"white/air_racks_{name}.usda"] = layer(
            [tree], doc=f"Racks {name} and their whips.", default="White"
        )
    return VariantSet(name="rack", variants={n: body(layers=[f"./air_racks_{n}.usda"]) for n in AIR_FLEETS})
