"""Every code a stage is refused or warned with: what it means and how to mend it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from twin.stage.rules_chip import CHIP
from twin.stage.rules_circuit import RULES as CIRCUIT
from twin.stage.rules_contradictions import CONTRADICTIONS
from twin.stage.rules_epanet import RULES as EPANET
from twin.stage.rules_faults import RULES as FAULTS
from twin.stage.rules_march import MARCH
from twin.stage.rules_pandapower import RULES as PANDAPOWER
from twin.stage.rules_power import RULES as POWER
from twin.stage.rules_study import RULES as STUDY
from twin.stage.rules_weather import RULES as WEATHER
from twin.stage.rules_year import YEAR
from twin.stage.simready_fault import RULES as SIMREADY


@dataclass(frozen=True, slots=True)
class Rule:
    """One stable code.

    Attributes:
        title: What is wrong, in a few words.
        means: Why it matters.
        mend: What to do about it.
        severity: ``error`` refuses the stage, ``warning`` does not.
    """

    title: str
    means: str
    mend: str
    severity: Literal["error", "warning"] = "error"


_OWN: Mapping[str, Rule] = {
    "ST001": Rule(
        "Layer cannot be read",
        "The file is missing, is no regular file, is cut off, or holds what no USD reader accepts.",
        "Open the named line; save the file again; check the path between the @ signs.",
    ),
    "ST002": Rule(
        "Composition error",
        "A sublayer, reference, payload or inherit leads nowhere or in a circle; USD leaves it out.",
        "Correct the asset path or the prim path in it.",
    ),
    "ST003": Rule(
        "No default prim",
        "Nobody can reference the file, and no root prim is named.",
        'Write defaultPrim = "World" (or the asset\'s root prim) in the head of the layer.',
    ),
    "ST004": Rule(
        "Wrong metersPerUnit",
        "USD does not convert lengths when it composes: centimetres become metres.",
        "Write metersPerUnit = 1 and give all lengths in metres.",
    ),
    "ST005": Rule(
        "Wrong upAxis",
        "USD does not turn a file whose up axis differs: heights become widths.",
        'Write upAxis = "Z" and model with Z up.',
    ),
    "ST006": Rule(
        "timeCodesPerSecond differs",
        "USD scales the samples of a layer by the ratio to the root layer; results would move in time.",
        "Write the same timeCodesPerSecond in every layer.",
        "warning",
    ),
    "ST007": Rule(
        "Variant selection does not exist",
        "USD says nothing and leaves out every opinion of that variant set.",
        "Use one of the named selections.",
    ),
    "ST008": Rule(
        "Opinion below an instance",
        "USD ignores what is written below a prim with instanceable = true, without a message.",
        "Set instanceable = false on that prim, or move the opinion to its root or into the asset.",
    ),
    "ST009": Rule(
        "Attribute written twice",
        "USD takes the last of two equal names in one prim without a message; the first one is lost.",
        "Keep one of the two lines.",
    ),
    "ST010": Rule(
        "Unknown attribute",
        "Nothing declares this twin: name, so nobody reads it; a slip of spelling hides a number.",
        "Use the suggested name; `twin schema` lists all of them.",
    ),
    "ST011": Rule(
        "Wrong type",
        "The attribute holds another type than the schema declares; USD composes it all the same.",
        "Write the declared type and a bare number: double twin:rack:itPower = 132.",
    ),
    "ST012": Rule(
        "Word not allowed",
        "The token is not in the closed list of this attribute.",
        "Use a word of the list.",
    ),
    "ST013": Rule(
        "Outside hard limits",
        "No real part can have this value.",
        "Check the number and the unit it is written in.",
    ),
    "ST014": Rule(
        "Outside usual limits",
        "Possible, but rare; often the number is written in another unit than the one on the stage.",
        "Check the unit; keep the value if it is meant.",
        "warning",
    ),
    "ST015": Rule(
        "Not a finite number",
        "NaN or infinity cannot be solved with.",
        "Write a number, or remove the attribute.",
    ),
    "ST016": Rule(
        "Missing value",
        "The part cannot be solved without this number, and it has no default.",
        "Author the attribute.",
    ),
    "ST017": Rule(
        "Wrong unit",
        "The twinUnit of this opinion is unknown or measures something else.",
        "Remove twinUnit and write the number in the declared unit, or name a unit of the same kind.",
    ),
    "ST018": Rule(
        "Unit and value come from different opinions",
        "A stronger layer gives the value and a weaker one the unit: 140 meant as kW would be read as W.",
        "Write twinUnit beside the value that wins, or remove it from the weaker layer.",
    ),
    "ST019": Rule(
        "Curve out of order",
        "A curve needs a rising first column and as many points as the model fits numbers to it.",
        "Sort the points by their first number, write each only once, and add those that are missing.",
    ),
    "ST020": Rule(
        "Unknown schema",
        "Nothing declares this Twin…API, so the prim is not read.",
        "Use the suggested schema name.",
    ),
    "ST021": Rule(
        "Prim of two kinds", "A prim stands for one part of one kind.", "Remove one of the schemas."
    ),
    "ST022": Rule(
        "Attribute of another kind",
        "The prim has no schema that this attribute belongs to, so nobody reads it.",
        "Apply the schema of the attribute's kind, or remove the attribute.",
    ),
    "ST023": Rule(
        "Identity used twice",
        "twin:id has to tell prims apart when names change; a copied prim keeps the id of its original.",
        "Give the copy an id of its own.",
        "warning",
    ),
    "ST024": Rule(
        "Bore of a pipe is not known",
        "Neither a diameter is given nor a nominal size that the pipe's schedule is made in.",
        "Write twin:pipe:size with a schedule that has it, or twin:pipe:innerDiameter.",
    ),
    "ST030": Rule(
        "Connection end is not one port",
        "A connection joins exactly one port with exactly one other.",
        "Name one port prim in twin:connection:from and one in twin:connection:to.",
    ),
    "ST031": Rule(
        "Target does not exist",
        "A relationship names a prim that is not there; USD does not check targets.",
        "Use the suggested path; `Usd.NamespaceEditor` renames prims together with what points at them.",
    ),
    "ST032": Rule(
        "Target is not a port",
        "A connection ends at port prims: children of ConnectionPoints of a part.",
        "Name a port of the part, not the part itself.",
    ),
    "ST033": Rule(
        "Ports of different domains",
        "A pipe joins thermal ports, a cable electrical ones.",
        "Name a port of the right domain.",
    ),
    "ST034": Rule(
        "Two connections on one port",
        "One opening takes one pipe; a copied pipe prim keeps the ports of its original.",
        "Move one of the connections to a port of its own.",
    ),
    "ST035": Rule(
        "Port is not connected",
        "A required opening leads nowhere, so nothing can flow through the part.",
        "Add the missing connection prim.",
    ),
    "ST036": Rule(
        "Target outside the asset",
        "USD drops a target that points out of the referenced asset.",
        "Move the connection prim to the layer that holds both ends.",
    ),
    "ST037": Rule(
        "Connection from a port to itself", "Both ends name the same port.", "Name the other part's port."
    ),
    "ST038": Rule(
        "Relationship without target", "The part needs to know what it refers to.", "Name the prim."
    ),
    "ST039": Rule(
        "Target of the wrong sort",
        "The relationship asks for a port or a zone, or for parts of certain kinds: those with a speed.",
        "Name a prim of the sort that the schema describes.",
    ),
    "ST040": Rule(
        "Port missing",
        "The kind declares an opening that none of the port prims below ConnectionPoints stands for.",
        "Add the port prim, or correct its domain, system and direction.",
    ),
    "ST041": Rule(
        "Several prims for one port",
        "The kind declares one opening and several port prims fit it.",
        "Write twin:port:role on the prim that is meant.",
    ),
    "ST042": Rule(
        "Port is ambiguous",
        "The port prim fits several declared openings, or its twin:port:role names none.",
        "Write one of the named roles as twin:port:role.",
    ),
    "ST043": Rule(
        "Port is not placed",
        "Nobody gave the port a place, so it stands at the part's origin; lengths come out wrong.",
        "Author xformOp:translate on the port prim.",
        "warning",
    ),
    "ST044": Rule(
        "Port is not connected",
        "A network opening leads nowhere; solving does not need it.",
        "Add the missing cable prim.",
        "warning",
    ),
    "ST050": Rule(
        "Contingency without effect",
        "Nothing that can fail lies at or below a prim it takes out or starts.",
        "Name parts, or prims that hold parts.",
    ),
    "ST060": Rule(
        "SimReady attribute not usable",
        "A parameter would come from this value, but its unit is not stated or the value cannot be read.",
        "Author the named attribute on the prim that references the asset.",
        "warning",
    ),
    "ST080": Rule(
        "Not exactly one site",
        "Weather, elevation and supply frequency hold for the whole facility.",
        "Apply TwinSiteAPI to one prim, usually /World/Site.",
    ),
    "ST081": Rule(
        "Nothing holds the pressure of a loop",
        "Flow settles differences of pressure only; something has to hold one point of every loop.",
        "Join an expansion vessel to a loop of liquid; let a room around the air hold its reference.",
    ),
    "ST082": Rule(
        "Air opening outside every room and aisle",
        "Air is drawn from and blown into the volume whose box holds the opening; here there is none.",
        "Move the part, or make the room or aisle as large as it is.",
    ),
    "ST083": Rule(
        "Heat goes into air that stands still",
        "Nothing carries off what is released into a room or plenum that no air flows through.",
        "Join the room to an air handler, a tile or gaps, or let it hold its own reference.",
    ),
    "ST084": Rule(
        "Room or aisle without volume",
        "Equipment and air openings belong to the room or aisle whose box holds them.",
        "Author extentsHint, lowest corner first, or draw its Geometry.",
    ),
    "ST085": Rule(
        "Place cannot be used",
        "USD moves a prim by what its xformOpOrder lists, and leaves it at its parent where that fails.",
        "Correct the named operation; equipment is neither mirrored nor flat.",
    ),
    "ST086": Rule(
        "Extent is no box",
        "A box has two corners, the lowest first; its place and size bind air, floor loads and clearances.",
        "Write extentsHint = [(x0, y0, z0), (x1, y1, z1)], each number of the first below the other.",
    ),
    "ST087": Rule(
        "Two volumes of air in one place",
        "Air belongs to one room or aisle; of two that share a place, neither is the one around the other.",
        "Draw one of them smaller: volumes may touch, and an aisle may lie wholly within its room.",
    ),
    "ST088": Rule(
        "Tap outside its run",
        "Resistance and pressure drop follow the distance from where the run is fed to the tap.",
        "Draw the run along its x axis, fed at one end, or write twin:port:position in metres from that end.",
    ),
    "ST089": Rule(
        "Both sides of a part in one contained aisle",
        "A contained aisle parts the air before a rack from that behind it; here it parts nothing.",
        "Draw the aisle between the rows, so that it ends at the faces of the racks.",
    ),
    "ST090": Rule(
        "Contained aisle without any part",
        "Nothing blows into the aisle or draws from it: it is empty, or its box is not at its racks.",
        "Correct extentsHint, lowest corner first, or keep it for racks to come.",
        "warning",
    ),
    "ST126": Rule(
        "Pipe drawn against the flow of what it joins",
        "It begins at an inlet or ends at an outlet; a pump that is joined the wrong way round works against "
        "its loop.",
        "Swap the ends of the pipe, or join the other port.",
        "warning",
    ),
    "ST091": Rule(
        "Control loop that holds nothing, or two things",
        "One speed can hold one quantity: a pressure difference or a flow.",
        "Write twin:control:set for a difference, or twin:control:setFlow for the flow of all its movers.",
    ),
    "ST092": Rule(
        "A law that lacks its number, or two laws at once",
        "What the part is to do is chosen by a word or by the number itself; here it has none, or two.",
        "Write the number that is named, or take one of the two away.",
    ),
    "ST130": Rule(
        "Surge in which nothing happens, or in no time",
        "An event needs something that closes or trips, and what closes needs a time for it.",
        "Name a target of twin:surge:closes or twin:surge:trips; write twin:surge:closing in seconds.",
    ),
}

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        **_OWN,
        **{code: Rule(*words) for code, words in EPANET.items()},
        **{code: Rule(*words) for code, words in CIRCUIT.items()},
        **{code: Rule(*words) for code, words in FAULTS.items()},
        **{code: Rule(*words) for code, words in POWER.items()},
        **{code: Rule(*words) for code, words in PANDAPOWER.items()},
        **{code: Rule(*told) for code, told in CONTRADICTIONS.items()},
        **{code: Rule(*told) for code, told in MARCH.items()},
        **{code: Rule(*told) for code, told in WEATHER.items()},
        **{code: Rule(*told) for code, told in YEAR.items()},
        **{code: Rule(*told) for code, told in CHIP.items()},
        **{code: Rule(*told) for code, told in STUDY.items()},
        **{
            code: Rule(
                title,
                "The SimReady vocabulary asks for it; the stage is read all the same.",
                "Correct the asset, or ask its maker.",
                "warning",
            )
            for code, title in SIMREADY.items()
        },
    }
)
