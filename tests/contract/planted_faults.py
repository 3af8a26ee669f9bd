# ruff: noqa: E501  a fault is one line, however long
"""Faults that can be planted in the shipped pod, and the page that lists them.

python -m tests.contract.planted_faults      writes docs/planted_faults.md anew
"""

import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tests.property.pods import Change, apply_all, block_of, copy_pod, cut, drop, line_with, say, swap
from twin.errors import InputError
from twin.model.finding import Fault
from twin.stage.read import read

PAGE = Path(__file__).parents[2] / "docs" / "planted_faults.md"
SITE = "site.usda"
ROOMS, CONTROLS, ELECTRICAL = "layers/architectural.usda", "layers/controls.usda", "layers/electrical.usda"
FABRIC, PLANT = "layers/fabric.usda", "layers/mechanical.usda"
AISLE, WHIPS, RACKS, TCS = (f"white/{n}.usda" for n in ("architectural", "electrical", "it", "mechanical"))
POWER = "power/power.usda"
CDU_ASSET = "../../assets/Vertiv_XDU1350/Vertiv_XDU1350.usda"
RACK_ASSET = "../../assets/GB300_NVL72/GB300_NVL72.usda"


@dataclass(frozen=True)
class Planted:
    """One fault.

    Attributes:
        name: What somebody did, in words.
        changes: How to plant it.
        code: Code it has to be found under.
        file: Layer it has to be found in.
        line: Text on the line it has to be found on, "" where a whole file is at fault.
        after: Text that stands before that line.
        said: Part of what is printed.
        severity: ``error`` refuses the stage, ``warning`` does not.
    """

    name: str
    changes: Sequence[Change]
    code: str
    file: str
    line: str
    after: str = ""
    said: str = ""
    severity: str = "error"

    def where(self, site: Path) -> str:
        """Return file and line, in the layers as they are now."""
        if not self.line:
            return self.file
        return f"{self.file}:{line_with(site / self.file, self.line, self.after)}"


def on_rack(
    name: str, rack: str, line: str, code: str, *, said: str = "", severity: str = "error"
) -> Planted:
    """Return a fault in one opinion about a rack."""
    return Planted(name, [say(RACKS, rack, line)], code, RACKS, line, f'"{rack}"', said, severity)


def at_end(name: str, hose: str, old: str, new: str, code: str, *, line: str = "", said: str = "") -> Planted:
    """Return a fault in one end of a hose or pipe of the coolant loop."""
    return Planted(
        name, [swap(TCS, f'"{hose}"', old, new)], code, TCS, line or new.splitlines()[0], f'"{hose}"', said
    )


def repeated(text: str) -> str:
    """Copy a hose as somebody does who forgets to move its ends."""
    first, last = block_of(text, "Rack_B2_Supply")
    return text[:last] + "\n" + text[first:last].replace("Rack_B2_Supply", "Rack_B2_Copy") + text[last:]


def without_lines(file: str, first: str, last: str) -> Change:
    """Take what stands from one text up to another out of a layer."""
    return Change(file, lambda text: text[: text.index(first)] + text[text.index(last) :])


def over_rack(file: str, rack: str, *lines: str, metadata: str = "") -> Change:
    """Write opinions about a rack into the layer of another discipline."""
    inside = "".join(f"                {line}\n" for line in lines)
    head = f'            over "{rack}"' + (
        f" (\n                {metadata}\n            )" if metadata else ""
    )
    text = f'    over "White"\n    {{\n        over "IT"\n        {{\n{head}\n            {{\n{inside}            }}\n        }}\n    }}\n\n'  # fmt: skip
    return swap(file, "", 'over "World"\n{\n', f'over "World"\n{{\n{text}')


HOSE_END = "rel twin:connection:to = </White/IT/Rack_{0}/ConnectionPoints/nvidia_tcs_supply_01>"
SUPPLY = "nvidia_tcs_supply_01"
AISLE_ROOT = 'def Xform "HotAisle" ('


def _second_site(text: str) -> str:
    first, last = block_of(text, "Site")
    copy = (
        text[first:last]
        .replace('"Site"', '"Site2"')
        .replace(
            "elevation = 100",
            "elevation = 100\n        double twin:site:dryBulb = 28\n        double twin:site:wetBulb = 20",
        )
    )
    return text[:last] + "\n" + copy + text[last:]


OPINIONS: tuple[Planted, ...] = (
    # Names, types and words.
    on_rack("misspelt attribute", "Rack_A1", "double twin:rack:itPwer = 120", "ST010", said="did you mean twin:rack:itPower"),
    Planted(
        "misspelt attribute in a variant that is not selected",
        [swap(SITE, '"entering_45"', "twin:site:dryBulb", "twin:site:drybulb")],
        "ST010", SITE, "twin:site:drybulb", said="did you mean twin:site:dryBulb",
    ),
    on_rack("attribute of another kind", "Rack_B1", "double twin:cdu:capacity = 5", "ST022", said="of kind rack"),
    on_rack("number written as text with its unit", "Rack_A3", 'string twin:rack:itPower = "132 kW"', "ST011", said="= 132, in kW"),
    on_rack("relationship in the place of a number", "Rack_A3", "rel twin:rack:edppPower = </White>", "ST011", said="a relationship"),
    Planted(
        "pipe size that nobody makes", [swap(TCS, '"Cdu1Supply"', '"DN100"', '"DN99"')], "ST012", TCS, '"DN99"',
        said="did you mean DN950",
    ),
    Planted(
        "misspelt schema",
        [swap(PLANT, "", 'def "DryCooler_1"', 'def Xform "Spare" (\n            prepend apiSchemas = ["TwinDryColerAPI"]\n        )\n        {\n        }\n\n        def "DryCooler_1"')],
        "ST020", PLANT, "TwinDryColerAPI", said="did you mean TwinDryCoolerAPI",
    ),
    Planted(
        "rack that is a CDU, too",
        [swap(RACKS, '"Rack_A2"', "prepend references", 'prepend apiSchemas = ["TwinCduAPI"]\n            prepend references')],
        "ST021", RACKS, 'apiSchemas = ["TwinCduAPI"]', said="TwinCduAPI",
    ),
    # Values and units.
    on_rack("watts where kilowatts stand", "Rack_B2", "double twin:rack:itPower = 132000", "ST013", said="written in W?"),
    Planted(
        "kelvin where degrees Celsius stand", [say(TCS, "Cdu_1", "double twin:cdu:tcsSupplySet = 313.15")], "ST013",
        TCS, "tcsSupplySet = 313.15", said="written in K?",
    ),
    Planted(
        "per cent where a ratio stands", [say(TCS, "Cdu_2", "double twin:cdu:powerFactorRatio = 98")],
        "ST013", TCS, "powerFactorRatio = 98", said="from 0.5 to 1",
    ),
    Planted(
        "negative length", [say(TCS, "Cdu2Supply", "double twin:pipe:length = -3")], "ST013", TCS, "length = -3",
        said="from 0.01",
    ),
    Planted(
        "conductor without length", [say(ELECTRICAL, "Mv_A", "double twin:powerCable:length = 0")], "ST013",
        ELECTRICAL, "powerCable:length = 0", said="from 0.1",
    ),
    on_rack("not a number", "Rack_B4", "double twin:rack:mass = nan", "ST015", said="a finite number [kg]"),
    on_rack("infinite airflow", "Rack_B3", "double twin:rack:airflow = inf", "ST015", said="inf"),
    on_rack("curve with a hole", "Rack_A4", "double2[] twin:rack:pressureCurve = [(30, nan), (60, 70)]", "ST015", said="not finite"),
    on_rack("curve out of order", "Rack_A3", "double2[] twin:rack:requiredFlow = [(30, 60), (25, 70)]", "ST019", said="not rising"),
    Planted(
        "curve without points", [say(PLANT, "FwsPump_1", "double2[] twin:pump:curve = []")], "ST019", PLANT,
        "twin:pump:curve = []", said="0 points",
    ),
    Planted(
        "number taken out", [drop(TCS, "SupplyHeader", "twin:manifold:innerDiameter")], "ST016", TCS,
        'def Xform "SupplyHeader"', said="Inner diameter [mm]",
    ),
    Planted(
        "number blocked", [say(RACKS, "Network_A", "double twin:airRack:itPower = None")], "ST016", RACKS,
        'def "Network_A"', said="no value",
    ),
    on_rack("apparent power where power is asked for", "Rack_A1", 'double twin:rack:edppPower = 155 (twinUnit = "kVA")', "ST017", said="give a power factor"),
    on_rack("unit that does not exist", "Rack_A2", 'double twin:rack:edppPower = 155 (twinUnit = "kilowat")', "ST017", said="unknown unit 'kilowat'"),
    Planted(
        "number in one layer, its unit in a weaker one",
        [
            say(RACKS, "Rack_B4", 'double twin:rack:itPower = 132000 (twinUnit = "W")'),
            over_rack(CONTROLS, "Rack_B4", "double twin:rack:itPower = 140"),
        ],
        "ST018", CONTROLS, "double twin:rack:itPower = 140", said="'W' at white/it.usda:",
    ),
    # Connections.
    at_end("end that names nothing", "Rack_A1_Supply", HOSE_END.format("A1"), "rel twin:connection:to", "ST030", said="no target"),
    Planted(
        "end taken out", [drop(TCS, "Rack_A2_Supply", "rel twin:connection:to")], "ST030", TCS,
        'def BasisCurves "Rack_A2_Supply"', said="one thermal port",
    ),
    at_end(
        "end that names two ports", "Rack_A1_Return",
        "rel twin:connection:to = </White/Mechanical/Tcs/RowAReturn/ConnectionPoints/tap_01>",
        "rel twin:connection:to = [</White/Mechanical/Tcs/RowAReturn/ConnectionPoints/tap_01>, </White/Mechanical/Tcs/RowBReturn/ConnectionPoints/tap_01>]",
        "ST030", said="2 targets",
    ),
    at_end("dangling end", "Rack_A3_Supply", SUPPLY, "nvidia_tcs_suply_01", "ST031", said="did you mean nvidia_tcs_supply_01"),
    at_end("rack named in the place of its port", "Rack_A4_Supply", f"/ConnectionPoints/{SUPPLY}>", ">", "ST032", line="</White/IT/Rack_A4>", said="is no port"),
    at_end("hose on a power inlet", "Rack_B1_Supply", SUPPLY, "nvidia_electrical_nominal_voltage_a", "ST033", said="is electrical"),
    Planted("two hoses on one port", [Change(TCS, repeated)], "ST034", TCS, "rel twin:connection:from", '"Rack_B2_Supply"', said="Rack_B2_Copy and"),
    Planted(
        "hose taken away", [cut(TCS, "Rack_B3_Supply")], "ST035", RACKS, 'def "Rack_B3"', said="leads nowhere"
    ),
    at_end("end outside the referenced white space", "Rack_B4_Supply", "</White/IT/Rack_B4", "</World/White/IT/Rack_B4", "ST036", said="not part of the asset"),
    at_end(
        "hose from a port to itself", "Rack_B4_Return", "</White/Mechanical/Tcs/RowBReturn/ConnectionPoints/tap_04>",
        "</White/IT/Rack_B4/ConnectionPoints/nvidia_tcs_return_01>", "ST037", line="rel twin:connection:to",
    ),
    Planted(
        "controller that senses a building without a zone",
        [swap(CONTROLS, '"FanWallControl"', "</World/Architectural/WhiteRoom>", "</World/Architectural>")],
        "ST039", CONTROLS, "rel twin:control:senses", '"FanWallControl"', said="a port or a zone",
    ),
    # Ports.
    Planted(
        "port lost", [Change(TCS, lambda text: _without_port(text, "RowASupply", "near"))], "ST040", TCS,
        'def Xform "RowASupply"', said="one for 'near'",
    ),
    Planted(
        "two prims for one port",
        [say(
            PLANT, "ExpansionVessel", 'def Scope "ConnectionPoints"', "{",
            '    def Xform "spare" (prepend apiSchemas = ["TwinPortAPI"])', "    {", '        uniform token purpose = "guide"',
            '        token simready:connectionPoint:domain = "thermal"', "        double3 xformOp:translate = (0, 0.3, 1)",
            '        uniform token[] xformOpOrder = ["xformOp:translate"]', "    }", "}",
        )],
        "ST041", PLANT, 'def "ExpansionVessel"', said="spare and twin_loop_01",
    ),
    Planted(
        "role that no port declares", [swap(TCS, 'def Xform "SupplyHeader"', 'role = "near"', 'role = "nearr"')],
        "ST042", TCS, 'def Xform "near"', 'def Xform "SupplyHeader"', said="one of near, far, tap",
    ),
    # Composition and heads of layers.
    Planted(
        "misspelt variant selection", [swap(SITE, "", 'scenario = "design"', 'scenario = "desing"')], "ST007", SITE,
        '"desing"', said="did you mean design",
    ),
    Planted(
        "variant set that does not exist",
        [swap(PLANT, 'def "Chiller_1"', "prepend references", 'variants = {\n                string size = "big"\n            }\n            prepend references')],
        "ST007", PLANT, 'string size = "big"', said="size = 'big'",
    ),
    Planted(
        "opinion below an instance",
        [over_rack(
            ROOMS, "Rack_A1", 'over "ConnectionPoints"', "{", f'    over "{SUPPLY}"', "    {",
            "        float simready:connectionPoint:thermal:maxFlowRate = 9", "    }", "}",
            metadata="instanceable = true",
        )],
        "ST008", ROOMS, 'over "ConnectionPoints"', 'over "Rack_A1"', said="is instanceable",
    ),
    Planted("lengths in centimetres", [swap(ELECTRICAL, "", "metersPerUnit = 1", "metersPerUnit = 0.01")], "ST004", ELECTRICAL, "metersPerUnit", said="0.01"),
    Planted("no unit of length in the root layer", [swap(SITE, "", "    metersPerUnit = 1\n", "")], "ST004", SITE, "", said="no metersPerUnit"),
    Planted("Y is up", [swap(PLANT, "", 'upAxis = "Z"', 'upAxis = "Y"')], "ST005", PLANT, "upAxis", said="upAxis = Y"),
    Planted("default prim that does not exist", [swap(SITE, "", 'defaultPrim = "World"', 'defaultPrim = "Wrold"')], "ST003", SITE, "Wrold", said="does not exist"),
    Planted("asset that is not there", [swap(ELECTRICAL, '"HouseLoad"', "HouseLoad_10kW.usda", "HouseLoad_10.usda")], "ST001", ELECTRICAL, "HouseLoad_10.usda", said="Could not open asset"),
    Planted("layer that is not there", [swap(SITE, "", "@./layers/fabric.usda@", "@./layers/fabrik.usda@")], "ST001", SITE, "fabrik.usda", said="Could not load sublayer"),
    Planted("prim that the asset does not hold", [swap(RACKS, '"Network_B"', "NetworkRack.usda@", "NetworkRack.usda@</Nope>")], "ST002", RACKS, "</Nope>", said="Unresolved reference prim path"),
    Planted("white space that holds itself", [swap(AISLE, AISLE_ROOT, 'kind = "component"', 'prepend references = </White>\n            kind = "component"')], "ST002", AISLE, 'def Xform "HotAisle"', said="Cycle detected"),
    Planted("contingency that takes out what is not there", [swap(CONTROLS, '"dry_cooler"', "DryCooler_1", "DryCooler_9")], "ST031", CONTROLS, "DryCooler_9", '"dry_cooler"', said="did you mean DryCooler_"),
    Planted("contingency without effect", [swap(CONTROLS, '"dry_cooler"', "DryCooler_1", "DryCooler_9")], "ST050", CONTROLS, 'def Scope "dry_cooler"', said="parts to stop"),
    Planted("contingency that takes out a room", [swap(CONTROLS, '"room_cooler"', "RoomCooler_1>", "PowerRoom>")], "ST050", CONTROLS, "rel twin:contingency:out", '"room_cooler"', said="of kind room; nothing there can fail"),
    Planted("contingency that starts a room", [swap(CONTROLS, '"room_cooler"', "RoomCooler_2>", "PowerRoom>")], "ST050", CONTROLS, "rel twin:contingency:start", '"room_cooler"', said="of kind room; nothing there can fail"),
    Planted(
        "opinion below an instance in a referenced layer",
        [
            swap(RACKS, '"Rack_A4"', "prepend references", "instanceable = true\n            prepend references"),
            say(RACKS, "Rack_A4", 'over "ConnectionPoints"', "{", f'    over "{SUPPLY}"', "    {",
                "        float simready:connectionPoint:thermal:maxFlowRate = 9", "    }", "}"),
        ],
        "ST008", RACKS, 'over "ConnectionPoints"', '"Rack_A4"', said="is instanceable",
    ),
    Planted("controller that senses a header, not its port", [swap(PLANT, "rel twin:control:senses", "FwsSupply/ConnectionPoints/tap_02>", "FwsSupply>")], "ST039", PLANT, "rel twin:control:senses", said="FwsSupply is neither"),
    Planted("controller that turns a rack", [swap(CONTROLS, '"FanWallControl"', "</World/Mechanical/FanWall_1>", "</World/White/IT/Rack_A1>")], "ST039", CONTROLS, "rel twin:control:actuates", '"FanWallControl"', said="is of kind rack; parts with a speed"),
    Planted("attribute written twice", [say(TCS, "RowBSupply", "double twin:manifold:innerDiameter = 99")], "ST009", TCS, "twin:manifold:innerDiameter = 82.8", 'def Xform "RowBSupply"', said="USD takes the second"),
    Planted("pump curve of two points", [say(PLANT, "FwsPump_2", "double2[] twin:pump:curve = [(10, 20), (20, 10)]")], "ST019", PLANT, "twin:pump:curve = [(10, 20)", said="3 points or more"),
    # Numbers that contradict each other.
    Planted("lowest speed above the highest", [swap(PLANT, '"PumpControl"', "maximumRatio = 100", "maximumRatio = 25")], "ST120", PLANT, "twin:control:maximumRatio = 25", said="at least minimumRatio, 30 %"),
    Planted("set-point above what the unit allows", [say(TCS, "Cdu_2", "double twin:cdu:tcsSupplySet = 60")], "ST120", TCS, "double twin:cdu:tcsSupplySet", said="at most tcsSupplyMax, 52"),
    Planted(
        "pump curve that rises again",
        [say(PLANT, "ChwPump_1", "double2[] twin:pump:curve = [(141, 288), (403, 281), (682, 264), (1000, 220), (1318, 231)]")],
        "ST121", PLANT, "twin:pump:curve = [(141", said="rises again or stays level behind its highest point at point 5",
    ),
    on_rack("rack that loses less at more flow", "Rack_B4", "double2[] twin:rack:pressureCurve = [(59, 15.9), (89, 33.8), (119, 30)]", "ST121", said="does not rise at point 3"),
    on_rack("throttle without a start", "Rack_B4", "double twin:rack:throttleSlope = 0.02", "ST220", said="throttleSlope without slowdown, clockLeastRatio, clockPowerRatio"),
    Planted("cold plate that gets worse with flow", [say(RACKS, "Rack_B1", 'token twin:rack:plateFluid = "water"', "double2[] twin:rack:plateCurve = [(1, 24), (2, 20), (3, 21)]")], "ST222", RACKS, "twin:rack:plateCurve", said="does not fall at point 3"),
    on_rack("plates that take more than their tray", "Rack_B2", "double twin:rack:plateFlowRatio = 30", "ST223", said="4 chains of plates in a tray, each with 30 %"),
    Planted("throttle that takes all power", [say(RACKS, "Rack_A1", "double twin:rack:clockPowerRatio = 2.5", "double twin:rack:clockLeastRatio = 50")], "ST224", RACKS, "twin:rack:clockPowerRatio", said="125 %"),
    on_rack("tokens of no named workload", "Network_A", "double twin:airRack:tokens = 5000", "ST225", said="tokens without tokenWorkload"),
    Planted("roughness in the wrong unit", [say(TCS, "Rack_A3_Supply", "double twin:hose:roughness = 4.5")], "ST122", TCS, "twin:hose:roughness = 4.5", said="at most 5 % of the bore"),
    Planted(
        "water with a share of glycol", [say(PLANT, "ExpansionVessel", 'token twin:expansionVessel:fluid = "water"', "double twin:expansionVessel:glycolMassRatio = 25")],
        "ST123", PLANT, "glycolMassRatio = 25", said="water with 25 % of glycol",
    ),
    Planted("CDU that neither UA nor a rating says", [say(TCS, "Cdu_1", "double twin:cdu:ua = None", "double twin:cdu:ratingApproach = None")], "ST210", TCS, 'def "Cdu_1"', said="neither a conductance nor an approach"),
    Planted("approach that no exchanger reaches", [say(TCS, "Cdu_2", "double twin:cdu:ua = None", "double twin:cdu:ratingApproach = 0.1", "double twin:cdu:referenceTcsFlow = 3000")], "ST210", TCS, "double twin:cdu:ratingApproach = 0.1", said="an approach that no exchanger of these flows reaches"),
    Planted("eco mode without its efficiency", [say(POWER, "Ups_A", 'token twin:ups:mode = "eco"')], "ST190", POWER, 'twin:ups:mode = "eco"', said="without twin:ups:ecoEfficiency"),
    Planted("redundancy scheme of no group", [say(POWER, "Ups_A", 'token twin:ups:redundancy = "2n"')], "ST191", POWER, 'twin:ups:redundancy = "2n"', said="2n of no group"),
    Planted("Cv of another coupling beside its Kv", [say(TCS, "Rack_A2_Return", "double twin:hose:couplingCv = 40")], "ST127", TCS, "twin:hose:couplingCv = 40", said="40 gpm, a couplingKv of 34.5991 m3/h, beside couplingKv = 23.7 m3/h"),
    Planted("CDU pump better than its motor", [say(TCS, "Cdu_1", "double twin:cdu:pumpMotorEfficiencyRatio = 60", "double2[] twin:cdu:pumpEfficiencyRatio = [(200, 30), (1000, 62)]")], "ST128", TCS, "twin:cdu:pumpEfficiencyRatio", said="62 % at its best point"),
    Planted("more glycol than the law of the mixture holds", [say(TCS, "ExpansionVessel", "double twin:expansionVessel:glycolMassRatio = 75")], "ST013", TCS, "glycolMassRatio = 75", said="from 0 to 60 %"),
    Planted("pipe without a bore", [say(TCS, "RowASupplyFeed", "double twin:pipe:innerDiameter = 0")], "ST013", TCS, "twin:pipe:innerDiameter = 0", said="from 2 to 3000 mm"),
    # Places and shapes.
    Planted("place whose operation is misspelt", [swap("layers/it.usda", 'def "White"', '["xformOp:translate"]', '["xformOp:traslate"]')], "ST085", "layers/it.usda", "traslate", said="'xformOp:traslate' is no attribute of the prim"),
    Planted("place of one number", [swap(PLANT, '"DryCooler_3"', "double3 xformOp:translate = (14, 1, 0)", "double xformOp:translate = 14")], "ST085", PLANT, "double xformOp:translate = 14", said="double xformOp:translate = 14"),
    Planted("place that is no number", [swap(PLANT, '"DryCooler_2"', "(14, -4, 0)", "(14, nan, 0)")], "ST085", PLANT, "(14, nan, 0)", said="finite numbers"),
    Planted(
        "rack that is mirrored",
        [swap(RACKS, '"Rack_B2"', 'xformOpOrder = [', 'xformOpOrder = ["xformOp:scale", '), say(RACKS, "Rack_B2", "float3 xformOp:scale = (-1, 1, 1)")],
        "ST085", RACKS, 'xformOpOrder = ["xformOp:scale"', '"Rack_B2"', said="mirrored",
    ),
    Planted("points of a type that does not exist", [swap(ELECTRICAL, "", "point3f[] points", "point3mf[] points")], "ST011", ELECTRICAL, "point3mf[] points", said="point3f[] points"),
    Planted("number beyond what floats hold", [swap(CONTROLS, "", "twin:control:set = 0.002", "twin:control:set = 1e308")], "ST013", CONTROLS, "1e308", said="beyond what floats hold"),
    Planted("tap beyond its header", [swap(PLANT, "", "twin:port:position = 0.6", "twin:port:position = 600")], "ST088", PLANT, "twin:port:position = 600", said="600 m from the first end"),
    Planted("corners of a room swapped", [swap(ROOMS, '"WhiteRoom"', "[(-4.5, -4, 0), (4.5, 4, 3.5)]", "[(4.5, -4, 0), (-4.5, 4, 3.5)]")], "ST086", ROOMS, "[(4.5, -4, 0)", said="a highest corner below the lowest"),
    Planted("aisle that reaches through a wall", [swap(AISLE, "", "[(-2.05,", "[(-20.5,")], "ST087", AISLE, 'def Xform "HotAisle"', said="m into /World/Power/PowerRoom"),
    Planted("room without walls", [drop(ROOMS, "CeilingPlenum", "extentsHint")], "ST084", ROOMS, 'def Xform "CeilingPlenum"', said="a box with a volume"),
)  # fmt: skip

# What only shows once the plant is put together, so after everything else is right.
LACKS: tuple[Planted, ...] = (
    Planted(
        "controller that senses nothing",
        [without_lines(TCS, "            rel twin:control:senses", "            double twin:control:set")],
        "ST038", TCS, 'def Scope "CduGroup"', said="high side, then low side",
    ),
    Planted(
        "controller that holds nothing", [swap(CONTROLS, "", "double twin:control:set = 0.002\n", "\n")],
        "ST091", CONTROLS, 'def Scope "FanWallControl"', said="nothing to hold",
    ),
    Planted(
        "controller that holds two things",
        [swap(PLANT, "", "set = 80\n", "set = 80\n            double twin:control:setFlow = 900\n")],
        "ST091", PLANT, 'def Scope "PumpControl"', '"Chw"', said="a difference and a flow",
    ),
    Planted("loop without expansion vessel", [cut(TCS, "ExpansionVessel"), cut(TCS, "ExpansionLine")], "ST081", TCS, 'def "Cdu_1"', said="an expansion vessel joined to the loop"),
    Planted("rack outside every room", [swap(RACKS, '"Rack_A1"', "(-0.85, -1.35, 0)", "(-0.85, -91.35, 0)")], "ST082", RACKS, 'def "Rack_A1"', said="nvidia_airvent_intake_01"),
    Planted(
        "supply in a closet without air",
        [swap(
            POWER, "", 'def "Transformer_A"',
            'def Xform "Closet" (\n        prepend apiSchemas = ["TwinRoomAPI"]\n    )\n    {\n        token twin:room:use = "electrical"\n        token twin:room:airReference = "no"\n        float3[] extentsHint = [(-1, -1, 0), (1, 1, 3)]\n        double3 xformOp:translate = (0, 3, 0)\n        uniform token[] xformOpOrder = ["xformOp:translate"]\n    }\n\n    def "Transformer_A"',
        )],
        "ST083", POWER, 'def "Ups_B"', said="Closet, through which no air flows",
    ),
    Planted(
        "pipe size that its schedule is not made in", [swap(TCS, '"Cdu2Return"', '"DN100"', '"DN900"')], "ST024", TCS,
        'def BasisCurves "Cdu2Return"', said="a nominal size that its schedule is made in",
    ),
    Planted("pump curve of three points in one place", [say(PLANT, "ChwPump_2", "double2[] twin:pump:curve = [(500, 200), (500.1, 199), (500.2, 198)]")], "ST019", PLANT, 'def "ChwPump_2"', said="too close together"),
    Planted(
        "controller that senses a port without flow",
        [
            say(
                PLANT, "FwsPump_1", 'over "ConnectionPoints"', "{",
                '    def Xform "gauge" (prepend apiSchemas = ["TwinPortAPI"])', "    {",
                '        uniform token purpose = "guide"',
                '        token simready:connectionPoint:domain = "thermal"',
                '        token simready:connectionPoint:direction = "bidirectional"',
                "        double3 xformOp:translate = (0, 0.3, 1)",
                '        uniform token[] xformOpOrder = ["xformOp:translate"]', "    }", "}",
            ),
            swap(PLANT, "rel twin:control:senses", "Fws/FwsSupply/ConnectionPoints/tap_02>", "FwsPump_1/ConnectionPoints/gauge>"),
        ],
        "ST039", PLANT, "rel twin:control:senses", said="nothing flows through /World/Mechanical/FwsPump_1/ConnectionPoints/gauge",
    ),
    Planted(
        "controller that senses another loop than that of its pumps",
        [swap(
            TCS, '"CduGroup"', "</White/Mechanical/Cdu_1>,\n                </White/Mechanical/Cdu_2>,",
            "</White/Mechanical/Cdu_1>,\n            ]\n        }\n\n        def Scope \"Lost\" (\n            prepend apiSchemas = [\"TwinControlAPI\"]\n        )\n        {\n            rel twin:control:senses = [\n                </White/Mechanical/Cdu_2/ConnectionPoints/vertiv_fws_supply_01>,\n                </White/Mechanical/Cdu_2/ConnectionPoints/vertiv_fws_return_01>,\n            ]\n            double twin:control:set = 50\n            rel twin:control:actuates = [\n                </White/Mechanical/Cdu_2>,",
        )],
        "ST124", TCS, "rel twin:control:senses", 'def Scope "Lost"', said="another loop than what it turns",
    ),
    Planted("aisle drawn over a row of racks", [swap(AISLE, "", "(2.05, 0.75, 3.6)", "(2.05, 2.75, 3.6)")], "ST089", RACKS, 'def "Rack_B1"', said="HotAisle, which is contained"),
)  # fmt: skip

# Of the two, another plant takes what one of them holds.
ALONE: tuple[Planted, ...] = (
    Planted(
        "two controllers that sense the same two points",
        [
            swap(CONTROLS, '"FanWallControl"', "                </World/Mechanical/FanWall_2>,\n", ""),
            swap(
                CONTROLS, "", 'def Scope "FanWallControl"',
                'def Scope "Second" (\n            prepend apiSchemas = ["TwinControlAPI"]\n        )\n        {\n            rel twin:control:senses = [\n                </World/White/Architectural/HotAisle>,\n                </World/Architectural/WhiteRoom>,\n            ]\n            rel twin:control:actuates = </World/Mechanical/FanWall_2>\n            double twin:control:set = 0.003\n        }\n\n        def Scope "FanWallControl"',
            ),
        ],
        "ST125", CONTROLS, "rel twin:control:senses", 'def Scope "Second"', said="/World/Controls/FanWallControl",
    ),
)  # fmt: skip

DOUBTS: tuple[Planted, ...] = (
    on_rack("single precision", "Rack_A4", "float twin:rack:itPower = 132", "ST011", said="float 132", severity="warning"),
    on_rack("chips that take more than their rack", "Rack_B3", "double twin:rack:chipPower = 2000", "ST221", said="144 kW of chips", severity="warning"),
    on_rack("megawatts where kilowatts stand", "Network_B", "double twin:airRack:itPower = 0.02", "ST014", said="written in MW?", severity="warning"),
    Planted(
        "one identity for two racks",
        [say(RACKS, "Rack_A1", 'string twin:id = "R-7"'), say(RACKS, "Rack_B1", 'string twin:id = "R-7"')],
        "ST023", RACKS, 'def "Rack_B1"', said="'R-7' is also", severity="warning",
    ),
    Planted("24 time codes per second", [swap(CONTROLS, "", "timeCodesPerSecond = 1", "timeCodesPerSecond = 24")], "ST006", CONTROLS, "timeCodesPerSecond", said="the root layer has 1", severity="warning"),
    Planted(
        "port that nobody placed",
        [swap(TCS, 'def Xform "RowAReturn"', '                        double3 xformOp:translate = (0, 0, 0)\n                        uniform token[] xformOpOrder = ["xformOp:translate"]\n', "")],
        "ST043", TCS, 'def Xform "near"', 'def Xform "RowAReturn"', said="xformOp:translate", severity="warning",
    ),
    Planted(
        "pump joined the wrong way round",
        [
            swap(PLANT, '"Pump01In"', "FwsPump_1/ConnectionPoints/twin_inlet_01", "FwsPump_1/ConnectionPoints/twin_outlet_01"),
            swap(PLANT, '"Pump01Out"', "FwsPump_1/ConnectionPoints/twin_outlet_01", "FwsPump_1/ConnectionPoints/twin_inlet_01"),
        ],
        "ST126", PLANT, "FwsPump_1/ConnectionPoints/twin_outlet_01", '"Pump01In"', said="outlet (outlet) of /World/Mechanical/FwsPump_1", severity="warning",
    ),
    Planted("place that nothing uses", [drop(PLANT, "DryCooler_2", "xformOpOrder")], "ST085", PLANT, "(14, -4, 0)", said="so that it moves nothing", severity="warning"),
    Planted("aisle that hangs above its racks", [swap(AISLE, "", "(-2.05, -0.75, 0)", "(-2.05, -0.75, 3)")], "ST090", AISLE, "", said="no air opening", severity="warning"),
    Planted("rating of a CDU in watts", [swap(CDU_ASSET, "", "powerRating = 20.5", "powerRating = 20500")], "SR133", CDU_ASSET, "powerRating", said="kW here, W on the ports", severity="warning"),
    Planted("double where the vocabulary asks for float", [swap(CDU_ASSET, "", "float aif:spec:nominalCoolingCapacity", "double aif:spec:nominalCoolingCapacity")], "SR101", CDU_ASSET, "double aif:spec:nominalCoolingCapacity", said="float", severity="warning"),
    Planted("misspelt SimReady attribute", [swap(CDU_ASSET, "", "aif:spec:numberOfPumps", "aif:spec:numberOfPump")], "SR102", CDU_ASSET, "aif:spec:numberOfPump ", said="did you mean aif:spec:numberOfPumps", severity="warning"),
    Planted("design flow above the greatest one", [swap(RACK_ASSET, "", "thermal:maxFlowRate = 2.167", "thermal:maxFlowRate = 1.167")], "SR114", RACK_ASSET, "thermal:designFlowRate", said="at most maxFlowRate", severity="warning"),
)  # fmt: skip

UNREADABLE: tuple[Planted, ...] = (
    Planted("half a file", [Change(RACKS, lambda text: text[: len(text) // 2])], "ST001", RACKS, "<cut>"),
    Planted("decimal comma", [swap(CONTROLS, "", "twin:control:set = 0.002", "twin:control:set = 0,002")], "ST001", CONTROLS, "0,002", said="Expected }"),
    Planted("word without quotes", [swap(ROOMS, "", 'loadingRegime = "iec"', "loadingRegime = iec")], "ST001", ROOMS, "= iec", said="Failed to parse value"),
    Planted("unit behind a number", [swap(TCS, "", "twin:control:set = 135", "twin:control:set = 135 kPa")], "ST001", TCS, "135 kPa", said="Expected }"),
    Planted("bracket lost", [Change(POWER, lambda text: text.rstrip().removesuffix("}"))], "ST001", POWER, "<end>", said="Expected }"),
    Planted("prim defined twice", [Change(PLANT, lambda text: _doubled(text, "DryCooler_1"))], "ST001", PLANT, 'def "DryCooler_1"', "(14, -9, 0)", said="Duplicate prim"),
    Planted("binary junk", [Change(WHIPS, lambda _: "\0\1junk" * 9)], "ST001", WHIPS, "", said="not a valid usda layer"),
    Planted("empty file", [Change(FABRIC, lambda _: "")], "ST001", FABRIC, "", said="not a valid usda layer"),
    Planted("first line lost", [swap(AISLE, "", "#usda 1.0\n", "")], "ST001", AISLE, "", said="not a valid usda layer"),
)  # fmt: skip

# What stands in the way of a solution rather than of reading: the prim is named, not a line.
EVENT = "/World/Controls/Lost"


def _shape(name: str) -> Change:
    """Return a load shape of one rack."""
    return _record(
        name, "TwinLoadShapeAPI", 'string twin:loadShape:description = "Steps"', "double twin:loadShape:idleRatio = 30",
        "double twin:loadShape:stepsCount = 2", "double twin:loadShape:period = 4", "double twin:loadShape:computeRatio = 80",
        "rel twin:loadShape:racks = </World/White/IT/Rack_A1>",
    )  # fmt: skip


def _event(contingency: str, *lines: str) -> Change:
    """Return an event that begins a contingency after 15 s."""
    return _record(
        "Lost", "TwinSupplyEventAPI", 'string twin:supplyEvent:description = "Lost"', "double twin:supplyEvent:lost = 15",
        f"rel twin:supplyEvent:contingency = </World/Controls/{contingency}>", *lines,
    )  # fmt: skip


def _record(name: str, api: str, *lines: str) -> Change:
    inside = [f"    {line}" for line in lines]
    return say(
        CONTROLS, "Controls", f'def Scope "{name}" (prepend apiSchemas = ["{api}"])', "{", *inside, "}"
    )


UNSOLVABLE: tuple[tuple[str, Sequence[Change], str, str], ...] = (
    ("second site", [Change(ROOMS, _second_site)], "ST080", "/World"),
    (
        "generator of 415 V on the 20 kV bus",
        [swap(
            ELECTRICAL, '"Gen_A"', "</World/Power/MainBoard_A/ConnectionPoints/twin_electrical_nominal_voltage_in_02>",
            "</World/Electrical/Utility/ConnectionPoints/twin_electrical_nominal_voltage_01>",
        )],
        "PW001", "/World/Power/Transformer_A/ConnectionPoints/twin_electrical_nominal_voltage_primary",
    ),
    (
        "controller that senses three zones",
        [swap(CONTROLS, '"FanWallControl"', "</World/Architectural/WhiteRoom>,", "</World/Architectural/WhiteRoom>,\n                </World/Architectural/CeilingPlenum>,")],
        "ST038", "/World/Controls/FanWallControl",
    ),
    ("rack in two load shapes", [_shape("Again"), _shape("Training")], "ST180", "/World/Controls/Training"),
    ("supply that returns before it is lost", [_event("chiller", "double twin:supplyEvent:return = 10")], "ST181", EVENT),
    (
        "limit of the ramp without its time", [say(ELECTRICAL, "Utility", 'double twin:utility:rampLimit = 1 (twinUnit = "MW/min")')],
        "ST183", "/World/Electrical/Utility",
    ),
)  # fmt: skip

# Steady results do not need these; `twin solve --duration` refuses them.
IN_TIME: tuple[tuple[str, Sequence[Change], str, str], ...] = (
    ("equipment that starts, nobody says when", [_event("chiller")], "ST182", EVENT),
    (
        "power beyond the rating, nobody says how long", [say(POWER, "Ups_A", "double twin:ups:overloadPower = 1800")],
        "ST184", "/World/Power/Ups_A",
    ),
)  # fmt: skip


def _without_port(text: str, part: str, port: str) -> str:
    start = text.index(f'def Xform "{part}"')
    first, last = block_of(text[start:], port)
    return text[: start + first] + text[start + last :]


def _doubled(text: str, prim: str) -> str:
    first, last = block_of(text, prim)
    return text[:last] + "\n" + text[first:last] + text[last:]


def faults_of(site: Path) -> list[Fault]:
    """Return everything that is found wrong with a site, warnings included."""
    try:
        return list(read(site).warnings)
    except InputError as refusal:
        return list(refusal.faults)


def found(planted: Planted, faults: Sequence[Fault], site: Path) -> Fault | None:
    """Return the fault that a planted one was found as."""
    where = planted.where(site) if not planted.line.startswith("<") else planted.file
    for fault in faults:
        place = (
            fault.where if planted.line and not planted.line.startswith("<") else fault.where.split(":")[0]
        )
        exact = place == where or (planted in UNREADABLE and place.rpartition(":")[0] == where)
        if fault.code == planted.code and exact and planted.said in str(fault):
            return fault
    return None


Reported = Mapping[str, Fault | None]


def reported() -> Reported:
    """Plant every fault alone, and return what it is found as, by name."""
    return {planted.name: _alone(planted) for planted in (*OPINIONS, *LACKS, *ALONE, *UNREADABLE, *DOUBTS)}


def _alone(planted: Planted) -> Fault | None:
    with tempfile.TemporaryDirectory() as folder:
        site = copy_pod(Path(folder))
        apply_all(site, planted.changes)
        fault = found(planted, faults_of(site), site)
        return fault and without_folder(fault, folder)


def without_folder(fault: Fault, folder: str) -> Fault:
    """Return a fault whose text does not depend on where the pod was copied to."""
    return replace(fault, found=fault.found.replace(os.path.realpath(folder), "…"))


def page(faults: Reported) -> str:
    """Return the page that lists every fault with what is printed about it."""
    groups = (
        ("Opinions that refuse a stage", OPINIONS),
        ("What the plant lacks once its opinions are right", (*LACKS, *ALONE)),
        ("Layers that cannot be read", UNREADABLE),
        ("Doubts that do not refuse", DOUBTS),
    )
    lines = [
        "# Planted faults", "",
        "Each is planted alone in a copy of `layouts/pod`, and all of a table at once. Written by",
        "`python -m tests.contract.planted_faults`; `tests/contract/test_planted_faults.py` checks every line.", "",
    ]  # fmt: skip
    for title, group in groups:
        lines += [f"## {title}", "", "| fault | code | where | printed |", "|---|---|---|---|"]
        lines += [_row(planted, faults[planted.name]) for planted in group] + [""]
    lines += [
        "## Found while the plant is put together", "", "The prim is named, not a line.", "",
        "| fault | code | prim |", "|---|---|---|",
    ]  # fmt: skip
    lines += [f"| {name} | {code} | `{prim}` |" for name, _, code, prim in UNSOLVABLE]
    lines += ["", "## Found by `twin solve --duration`", "", "| fault | code | prim |", "|---|---|---|"]
    lines += [f"| {name} | {code} | `{prim}` |" for name, _, code, prim in IN_TIME]
    return "\n".join(lines) + "\n"


def _row(planted: Planted, fault: Fault | None) -> str:
    said = f"{fault.found}; {fault.expected}" if fault else "NOT FOUND"
    text = said.replace("|", "\\|").replace("<", "&lt;")
    return f"| {planted.name} | {planted.code} | {fault.where if fault else ''} | {text} |"


if __name__ == "__main__":
    PAGE.write_text(page(reported()), encoding="utf-8")
    print(PAGE.name, file=sys.stderr)
