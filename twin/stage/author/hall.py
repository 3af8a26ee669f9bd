"""Halls of pods: blocks of sixteen white spaces, a plant each, a grid connection for every four.

A block is written once for all that are equal. What a variant changes comes with layers of its own, through
variant sets of the block and of the white space, which the sets of /World select.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from twin.stage.author import power as powers
from twin.stage.author import white_sets
from twin.stage.author.hall_block import PODS_PER_BLOCK, ROOT, SIZES, Block, air_path, modules, rooms
from twin.stage.author.hall_plant import COOLERS, Plant
from twin.stage.author.hall_plant import build as build_plant
from twin.stage.author.hall_power import (
    busway_feeders,
    common_feeders,
    connect,
    cooling_feeders,
    feeders_of,
    join_block,
    opinions,
    sets_of,
)
from twin.stage.author.parts import Library
from twin.stage.author.pod import climates, contingencies, site, site_record, training
from twin.stage.author.power import DIRECT, DISTRIBUTIONS, Board, Seen
from twin.stage.author.sets import body, choose, merge, offer, selected
from twin.stage.author.text import Prim, VariantSet, layer
from twin.stage.author.white import BUSWAYS, RACKS_PER_ROW

BLOCK_PITCH_M, BLOCKS_ACROSS = (150.0, 110.0), 2
RACKS_PER_POD = 2 * RACKS_PER_ROW
COOLINGS = tuple(SIZES)
BLOCKS_PER_GRID = 4  # what two of its three transformers carry
Row = tuple[str, str, list[str], list[str]]


@dataclass(kw_only=True)
class Hall:
    """A hall under construction.

    Attributes:
        blocks: Its blocks, in order; equal ones are the same object.
        plants: Plant of each block, by folder and way of cooling.
        layers: Text by file name.
    """

    blocks: Sequence[Block]
    plants: dict[tuple[str, str], Plant] = field(default_factory=dict)
    layers: dict[str, str] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """Return the prim names of the blocks."""
        return [f"Block_{i + 1}" for i in range(len(self.blocks))]

    def origin(self, number: int) -> tuple[float, float]:
        """Return where a block stands, counted from 0."""
        return (number % BLOCKS_ACROSS) * BLOCK_PITCH_M[0], (number // BLOCKS_ACROSS) * BLOCK_PITCH_M[1]


def build(library: Library, *, pods: int) -> dict[str, str]:
    """Return the layers of a hall site of so many pods, by file name; the last block may be part filled."""
    whites, white_layers = white_sets.hall(library)
    module, power_layers = powers.build(library, undecided=True)
    full, rest = divmod(pods, PODS_PER_BLOCK)
    sizes = [PODS_PER_BLOCK] * full + [rest] * bool(rest)
    kinds = {n: Block(pods=n, library=library, whites=whites, module=module) for n in sorted(set(sizes))}
    hall = Hall(blocks=[kinds[n] for n in sizes])
    hall.layers = {**white_layers, **power_layers}
    grids = [
        connect(library, f"Grid_{i // BLOCKS_PER_GRID + 1}" if i else "Grid", hall.origin(i)[1], count)
        for i in range(0, len(sizes), BLOCKS_PER_GRID)
        for count in [min(BLOCKS_PER_GRID, len(sizes) - i)]
    ]
    common = {block.folder: _block_layers(hall, block) for block in kinds.values()}
    for i, (name, block) in enumerate(zip(hall.names, hall.blocks, strict=True)):
        x, y = hall.origin(i)
        seen = Seen(root=ROOT, path=f"/World/{name}", x_m=x, y_m=y)
        join_block(grids[i // BLOCKS_PER_GRID], common[block.folder], i + 1, seen)
    _site_layers(hall, grids)
    racks = pods * RACKS_PER_POD
    hall.layers["site.usda"] = site(
        f"Hall of {racks} racks in {len(hall.blocks)} blocks, cooled as chosen.", _variants(hall)
    )
    return hall.layers


# ------------------------------------------------------------------------------------------ blocks


def _block_layers(hall: Hall, block: Block) -> Board:
    """Write the layers of a block, and return the electrical equipment that its rings reach."""
    common = common_feeders(block)
    scope = Prim(name="Electrical", type="Scope", kind="group").add(*common.prims())
    files = {
        "architectural": ("Rooms of a block.", rooms()),
        "electrical": ("Ring boards and feeders of a block.", scope),
    }
    for name, (doc, prim) in files.items():
        hall.layers[f"{block.folder}/{name}.usda"] = _layer(doc, prim)
    path = Prim(name="Architectural", spec="over").add(*air_path(block.pods).children)
    hall.layers[f"{block.folder}/air_path.usda"] = _layer(
        "Cold aisles, galleries and plenum of fan-wall cooling.", path
    )
    for cooling in COOLINGS:
        _cooling_layers(hall, block, common, cooling)
    cooling_set = VariantSet(name="cooling", variants={c: body(layers=[f"./{c}.usda"]) for c in COOLINGS})
    busway_set = VariantSet(name="busway", variants={b: body(*_pods(block, busway=b)) for b in BUSWAYS})
    root = offer(
        Prim(name="Block", type="Xform", kind="group"), cooling_set, busway_set, _distributions(block)
    )
    hall.layers[f"{block.folder}/block.usda"] = layer(
        [root], doc=f"A block of {block.pods} pods: rooms, feeders, and a plant as chosen.", default="Block",
        sublayers=[f"./{name}.usda" for name in files],
    )  # fmt: skip
    return common


def _cooling_layers(hall: Hall, block: Block, common: Board, cooling: str) -> None:
    """Write what one way of cooling puts into a block."""
    plant = hall.plants[block.folder, cooling] = build_plant(block, cooling)
    feeders, second = opinions(cooling_feeders(block, plant, common))
    parts = {"mechanical": plant.scope(), "electrical": feeders, "controls": _air_control(plant)}
    subs = []
    for name, prim in parts.items():
        if prim.children:
            subs.append(f"./{cooling}_{name}.usda")
            hall.layers[f"{block.folder}/{cooling}_{name}.usda"] = _layer(
                f"What cooling = {cooling} adds.", prim
            )
    if plant.sized.walls:
        subs.append("./air_path.usda")
    root = Prim(name="Block", spec="over")
    sets = [_feeders(hall, block, cooling)]
    if plant.second is not None:
        hall.layers[f"{block.folder}/second_cdu.usda"] = _layer(
            "Pipes and cables of every pod's second CDU.", plant.second, second
        )
        variants = {
            "N_plus_1": body(*_pods(block, cdu="N_plus_1"), layers=["./second_cdu.usda"]),
            "N": body(*_pods(block, cdu="N")),
        }
        sets += [VariantSet(name="cdu", variants=variants), plant.rejection()]
    if cooling == "air":
        racks = {r: body(*_pods(block, rack=r)) for r in white_sets.AIR_FLEETS}
        sets.append(VariantSet(name="rack", variants=racks))
    offer(root, *sets)
    for prim in _pods(block, cooling=cooling):
        merge(root, prim)
    hall.layers[f"{block.folder}/{cooling}.usda"] = layer(
        [root], doc=f"A block with cooling = {cooling}.", default="Block", sublayers=subs
    )


def _feeders(hall: Hall, block: Block, cooling: str) -> VariantSet:
    """Write the cables to the busways, and return which distribution takes which of them."""
    variants: dict[str, Prim] = {}
    for name, distributions in feeders_of(cooling).items():
        file = f"{cooling}_busways_{name}.usda"
        prim = busway_feeders(block, cooling, distributions[0])
        hall.layers[f"{block.folder}/{file}"] = _layer(f"Cables to the busways, {name}.", prim)
        for each in distributions:
            inside = _pods(block, distribution=each) if cooling == "liquid" else []
            variants[each] = body(*inside, layers=[f"./{file}"])
    return VariantSet(name="distribution", variants=variants)


def _pods(block: Block, **choices: str) -> list[Prim]:
    """Return opinions that select the same variants of every white space of a block."""
    return [choose(f"{block.pod(i)}/White", **choices) for i in range(block.pods)]


def _distributions(block: Block) -> VariantSet:
    """Return the distributions of a block; the spine keeps AC, and 800 V DC is told for liquid cooling."""
    bodies = {}
    for name in DISTRIBUTIONS:
        homes = [choose(f"{block.pod(i)}/Power", distribution=name) for i in range(block.pods)]
        spine = choose("Spine/Power", distribution=DISTRIBUTIONS[0] if name == DIRECT else name)
        bodies[name] = body(*homes, spine)
    return VariantSet(name="distribution", variants=bodies)


def _air_control(plant: Plant) -> Prim:
    """Return the control of the fan walls: it holds the hot aisles a breath below the room."""
    scope = Prim(name="Controls", type="Scope", kind="group")
    if not plant.sized.walls:
        return scope
    air = Prim(name="FanWalls", type="Scope", apis=("TwinControlAPI",))
    air.relate(
        "twin:control:senses",
        [f"{ROOT}/Architectural/WhiteRoom", f"{ROOT}/Pod_01/White/Architectural/HotAisle"],
    )
    air.relate("twin:control:actuates", [wall.path for wall in plant.named("FanWall")])
    return scope.add(air.set(control__set=0.002, control__minimumRatio=20.0, control__maximumRatio=100.0))


def _layer(doc: str, *prims: Prim) -> str:
    return layer([Prim(name="Block", spec="over").add(*prims)], doc=doc, default="Block")


# -------------------------------------------------------------------------------------------- site


def _site_layers(hall: Hall, grids: Sequence[Board]) -> None:
    """Write the site's own layers."""
    last, plants = hall.names[-1], {c: hall.plants[hall.blocks[-1].folder, c] for c in COOLINGS}
    blocks = [
        modules(block, name, hall.origin(i), f"@../{block.folder}/block.usda@")
        for i, (name, block) in enumerate(zip(hall.names, hall.blocks, strict=True))
    ]
    grid = [
        Prim(name=main.parent.rpartition("/")[2], type="Xform", kind="group").add(*main.prims())
        for main in grids
    ]
    for name, doc, prims in (
        (
            "architectural",
            "Design conditions; the rooms of a block stand in its own layers.",
            [site_record()],
        ),
        ("controls", "Contingencies that no variant changes.", [_scope([_swing(), _utility(hall, grids)])]),
        ("electrical", "Power: grid to the rings of the blocks.", grid),
        ("fabric", "Fabric cabling.", []),
        ("it", "Blocks with their white spaces, power modules and spine racks.", blocks),
        ("mechanical", "Each block's plant stands in its own layers, one for each way of cooling.", []),
    ):
        hall.layers[f"layers/{name}.usda"] = _world(doc, *prims)
    pod = f"/World/{last}/{hall.blocks[-1].pod(hall.blocks[-1].pods - 1)}"
    for cooling, plant in plants.items():
        failures = _ring_failures(f"/World/{last}/Electrical")
        failures += _plant_failures(f"/World/{last}/Mechanical", plant, f"{pod}/White/Mechanical")
        doc = f"Contingencies that the site adds with cooling = {cooling}."
        hall.layers[f"layers/cooling_{cooling}.usda"] = _world(doc, _scope(failures))


def _world(doc: str, *prims: Prim) -> str:
    return layer([Prim(name="World", spec="over").add(*prims)], doc=doc, default="World")


def _scope(rows: Sequence[Row]) -> Prim:
    return Prim(name="Controls", type="Scope", kind="group").add(*contingencies(rows))


def _swing() -> Row:
    grid = "/World/Grid"
    gone, start = [f"{grid}/Transformer_1", f"{grid}/Swing_0"], [f"{grid}/Swing_A"]
    return ("grid_transformer", "Grid transformer 1 is out, transformer 3 takes over", gone, start)


def _utility(hall: Hall, grids: Sequence[Board]) -> Row:
    gone = [f"{main.parent}/{name}" for main in grids for name in ("Utility", "MvMain_A", "MvMain_B")]
    start = [
        f"/World/{name}/Electrical/{part}"
        for name, block in zip(hall.names, hall.blocks, strict=True)
        for part in (*(f"Generator_{i + 1}" for i in range(sets_of(block))), "GenTie_A", "GenTie_B")
    ]
    return ("utility", "The utility is lost; all generator sets but one of each block start", gone, start)


def _ring_failures(e: str) -> list[Row]:
    """Return losses of a ring; they stand in the last block, which is farthest from the grid."""
    return [
        (f"feed_{ring.lower()}", f"Ring {ring} of the last block is lost", [f"{e}/MvBoard_{ring}"], [])
        for ring in "AB"
    ]


def _plant_failures(m: str, plant: Plant, pod: str) -> list[Row]:
    """Return failures of what only one way of cooling has, in the last block and its last pod."""
    rows: list[Row] = []
    for kind, what in (
        ("Chiller", "A chiller"),
        ("ChwPump", "A chilled-water pump"),
        ("FwsPump", "An FWS pump"),
        ("FanWall", "A fan wall"),
    ):
        units = plant.named(kind)
        if units:
            spare = units[plant.sized.walls] if kind == "FanWall" else units[-1]
            name = {
                "Chiller": "chiller",
                "ChwPump": "chw_pump",
                "FwsPump": "fws_pump",
                "FanWall": "fan_wall",
            }[kind]
            rows.append(
                (name, f"{what} is out, a spare starts", [f"{m}/{units[0].name}"], [f"{m}/{spare.name}"])
            )
    if plant.cooling == "liquid":
        rows.append(("dry_cooler", "A dry cooler is out", [f"{m}/DryCooler_01"], []))
        rows.append(("cdu", "A CDU of the last pod is out", [f"{pod}/Cdu_1"], []))
    if plant.cooling == "rear_door":
        rows.append(("rear_door", "A rear door of the last pod is out", [f"{pod}/Door_A1"], []))
    return rows


def _variants(hall: Hall) -> list[VariantSet]:
    """Return the sets of /World: weather, way of cooling with what only it offers, and busway."""
    inner = {
        "liquid": {"cdu": white_sets.CDUS, "heat_rejection": tuple(COOLERS)},
        "air": {"rack": tuple(white_sets.AIR_FLEETS)},
    }
    bodies = {}
    for cooling in COOLINGS:
        bodies[cooling] = body(*_blocks(hall, cooling=cooling), layers=[f"./layers/cooling_{cooling}.usda"])
        # The usual one is each block's own choice, so that one block may be cooled in another way.
        offer(bodies[cooling], *(
            VariantSet(
                name=name,
                variants={usual: body()} | {w: body(*_blocks(hall, **{name: w})) for w in others},
            )
            for name, (usual, *others) in inner.get(cooling, {}).items()
        ))  # fmt: skip
    busways = {b: body(*_blocks(hall, busway=b)) for b in BUSWAYS}
    distributions = {d: body(*_blocks(hall, distribution=d)) for d in DISTRIBUTIONS}
    return [
        climates(),
        VariantSet(name="cooling", variants=bodies),
        VariantSet(name="busway", variants=busways),
        VariantSet(name="distribution", variants=distributions),
        training(),
    ]


def _blocks(hall: Hall, **choices: str) -> list[Prim]:
    return [Prim(name=name, spec="over", metadata=selected(choices)) for name in hall.names]
