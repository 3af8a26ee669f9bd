"""White spaces complete: one for a pod, and one that offers every way of cooling, for halls.

A variant brings what it changes from layers that nothing else references: an opinion in the layers that every
variant shares would win over it.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from twin.stage.author import fabric, white_doors, white_tcs
from twin.stage.author.parts import Library
from twin.stage.author.sets import at, body, offer
from twin.stage.author.text import Prim, VariantSet, layer
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
    root = offer(Prim(name="White", type="Xform", kind="group"), _busways(library))
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
        sets = {"liquid": _cdus, "air": _fleets}.get(name)
        root = Prim(name="White", spec="over")
        if sets is not None:
            root = offer(root, sets(library, white, out), undecided=True)
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


def _cdus(library: Library, white: White, out: dict[str, str]) -> VariantSet:  # noqa: ARG001 - one signature
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
