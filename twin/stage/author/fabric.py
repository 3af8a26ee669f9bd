"""The compute fabric of one scalable unit: a leaf per rail and row, racks joined to theirs."""

from twin.stage.author.loops import route
from twin.stage.author.parts import Library, Part
from twin.stage.author.text import Prim, joint
from twin.stage.author.white import ROOT, White

RAILS, LINKS_PER_RAIL = 4, 18
FIRST_LEAF_Z_M, LEAF_PITCH_M, TRAY_Z_M = 0.6, 0.3, 2.45
GREEN = "(0.2, 0.55, 0.3)"
# A rack's 72 links of 800 Gb/s: 18 per rail. Within 7 m an active electrical cable reaches.
CABLE = "FabricCable_800G_AEC"


def draw(library: Library, white: White) -> Prim:
    """Return the fabric scope of a white space: leaves in the network racks, bundles to racks.

    Source:
        GB300 SuperPOD reference architecture: eight leaves per unit, two per rail, each for four racks.
    """
    scope = Prim(name="Fabric", type="Scope", kind="group")
    cables = Prim(name="Cables", type="Scope")
    for row in "AB":
        for rail in range(RAILS):
            leaf = _leaf(library, white, row, rail)
            scope.add(leaf.prim)
            for i, rack in enumerate(white.racks[row]):
                start = rack.port("network", index=rail)
                stop = leaf.port("network", index=i)
                bundle = joint(
                    f"{rack.name}_Rail_{rail + 1}", "", start.path, stop.path, route(start, stop, TRAY_Z_M),
                    width=0.04, colour=GREEN, reference=library.asset(CABLE),
                )  # fmt: skip
                cables.add(bundle.set(fabricCable__count=LINKS_PER_RAIL))
    return scope.add(cables)


def _leaf(library: Library, white: White, row: str, rail: int) -> Part:
    cabinet = white.network[row]
    x, y, _ = cabinet.at
    at = (x, y, round(FIRST_LEAF_Z_M + rail * LEAF_PITCH_M, 3))
    return library.part(
        f"Leaf_{row}{rail + 1}", "LeafSwitch_Q3400", f"{ROOT}/Fabric", at, turn_deg=cabinet.turn_deg
    )
