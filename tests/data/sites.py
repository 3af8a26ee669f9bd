"""Small sites as text, written from the component declarations, so that a new parameter breaks no test."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from twin.components import declare_all
from twin.model.component import Param, Port, kinds
from twin.stage.declared import api_name, attribute_name
from twin.units import display_unit, from_si, to_si

HEAD = """#usda 1.0
(
    defaultPrim = "{root}"
    metersPerUnit = 1
    upAxis = "Z"
    timeCodesPerSecond = 1
{more})

"""
# Numbers that tests look for; all others are taken from the middle of their limits.
GIVEN = {
    "rack": {
        "it_power_w": "132",
        "heat_capture_ratio": "90",
        "heat_capture_low_ratio": "85",
        "mass_kg": "1590",
    },
    "hose": {"length_m": "2.5"},
    "expansion_vessel": {"glycol_mass_ratio": "0"},
    "pipe": {"inner_diameter_m": "50"},
}
SKIPPED = {"whip": {"length_m"}}  # measured along its curve


@dataclass
class Site:
    """Files of a site, by name."""

    files: dict[str, str] = field(default_factory=dict)

    def edit(self, name: str, old: str, new: str) -> "Site":
        """Replace the first occurrence of a text, which must be there."""
        assert old in self.files[name], f"{old!r} is not in {name}:\n{self.files[name]}"
        self.files[name] = self.files[name].replace(old, new, 1)
        return self

    def write(self, folder: Path) -> Path:
        """Write the files and return the folder."""
        for name, text in self.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        return folder

    def line(self, name: str, text: str) -> int:
        """Return the line on which a text stands first."""
        return next(i for i, line in enumerate(self.files[name].splitlines(), start=1) if text in line)


def small_site(pods: int = 2, racks: int = 2) -> Site:
    """Return a site of equal pods in one room: racks on two manifolds and one board, fed from one utility."""
    declare_all()
    site = Site()
    layers = ("it", "electrical", "controls")
    sub = ",\n".join(f"        @./layers/{name}.usda@" for name in layers)
    site.files["site.usda"] = (
        HEAD.format(root="World", more=f"    subLayers = [\n{sub}\n    ]\n")
        + 'def Xform "World" (\n    kind = "assembly"\n    prepend variantSets = ["scenario"]\n'
        '    variants = {\n        string scenario = "normal"\n    }\n)\n{\n'
        + indent(part("site", "Site"), 1)
        + indent(part("room", "Room", inside=BOX), 1)
        + SCENARIO
        + "}\n"
    )
    ends = {"rack": 2, "manifold": racks, "expansion_vessel": 1, "switchboard": 2 * racks, "utility": pods}
    for kind, many in ends.items():
        name = kind.capitalize()
        site.files[f"assets/{name}/{name}.usda"] = asset(kind, name, many)
        site.files[f"assets/{name}/geometry.usda"] = GEOMETRY
    site.files["assets/White/White.usda"] = white(racks)
    site.files["layers/it.usda"] = layer(
        reference("White", f"Pod_{i:02d}", "../assets/White/White.usda", (6.0 * i, 1.0, 0.0))
        for i in range(pods)
    )
    site.files["layers/electrical.usda"] = layer(
        [
            reference("Utility", "Utility", "../assets/Utility/Utility.usda", (0.0, 20.0, 0.0)),
            *(
                connection(
                    "whip", f"Feeder_{i:02d}",
                    f"/World/Hall/Utility/ConnectionPoints/{port_name('utility', 'feeders', i)}",
                    f"/World/Hall/Pod_{i:02d}/Board/ConnectionPoints/acme_incomers_00",
                )
                for i in range(pods)
            ),
        ]
    )  # fmt: skip
    site.files["layers/controls.usda"] = layer(
        [
            contingency("A_feeder", out=["/World/Hall/Feeder_00"]),
            contingency("B_pod", out=["/World/Hall/Pod_01"], start=["/World/Hall/Pod_00/Hose_S_00"]),
        ]
    )
    return site


def white(racks: int) -> str:
    """Return the pod: racks, manifolds with their vessel, hoses, a board, whips."""
    racks_in = range(racks)
    inside = [
        *(reference("Rack", f"Rack_{i:02d}", "../Rack/Rack.usda", (0.6 * i, 0.0, 0.0)) for i in racks_in),
        reference("Manifold", "Supply", "../Manifold/Manifold.usda", (0.0, 0.5, 2.5)),
        reference("Manifold", "Return", "../Manifold/Manifold.usda", (0.0, 0.7, 2.5)),
        reference("Switchboard", "Board", "../Switchboard/Switchboard.usda", (0.0, -2.0, 0.0)),
        reference("Vessel", "Vessel", "../Expansion_vessel/Expansion_vessel.usda", (-1.0, 0.5, 0.0)),
        connection(
            "pipe", "Fill", f"/White/Supply/ConnectionPoints/{port_name('manifold', 'far', 0)}",
            f"/White/Vessel/ConnectionPoints/{port_name('expansion_vessel', 'loop', 0)}",
        ),
        connection(
            "pipe", "Jumper", f"/White/Supply/ConnectionPoints/{port_name('manifold', 'near', 0)}",
            f"/White/Return/ConnectionPoints/{port_name('manifold', 'near', 0)}",
        ),
    ]  # fmt: skip
    for i in racks_in:
        rack = f"/White/Rack_{i:02d}/ConnectionPoints/"
        tap = port_name("manifold", "taps", i)
        inside += [
            connection(
                "hose", f"Hose_S_{i:02d}", f"/White/Supply/ConnectionPoints/{tap}",
                rack + port_name("rack", "supply", 0),
            ),
            connection(
                "hose", f"Hose_R_{i:02d}", rack + port_name("rack", "return_", 0),
                f"/White/Return/ConnectionPoints/{tap}",
            ),
            *(
                connection(
                    "whip", f"Whip_{i:02d}_{k}",
                    f"/White/Board/ConnectionPoints/{port_name('switchboard', 'outgoing', 2 * i + k)}",
                    rack + port_name("rack", "power", k),
                )
                for k in range(2)
            ),
        ]  # fmt: skip
    return HEAD.format(root="White", more="") + 'def Xform "White"\n{\n' + indent("".join(inside), 1) + "}\n"


def asset(kind: str, name: str, many: int) -> str:
    """Return an asset of a kind with all its ports and a box."""
    declared = [p for p in kinds()[kind].ports if not p.end]
    ports = "".join(port(kind, p, i) for p in declared for i in range(many if p.many else 1))
    inside = (
        'def Xform "Geometry" (\n    instanceable = true\n    prepend payload = @./geometry.usda@\n)\n{\n}\n'
        f'def Scope "ConnectionPoints"\n{{\n{indent(ports, 1)}}}\n'
    )
    text = f'class "_class_{name}"\n{{\n}}\n\n' + part(
        kind, name, inside=inside, more=f"    prepend inherits = </_class_{name}>\n"
    )
    return HEAD.format(root=name, more="") + text


def part(kind: str, name: str, *, inside: str = "", more: str = "", type_name: str = "Xform") -> str:
    """Return a prim of a kind with every required value."""
    cls = kinds()[kind]
    lines = [
        value(kind, p)
        for p in cls.params
        if (p.required or p.name in GIVEN.get(kind, {})) and p.name not in SKIPPED.get(kind, ())
    ]
    head = f'def {type_name} "{name}" (\n    prepend apiSchemas = ["{api_name(kind)}"]\n{more})\n'
    return head + "{\n" + indent("\n".join(lines) + "\n" if lines else "", 1) + indent(inside, 1) + "}\n"


def value(kind: str, param: Param) -> str:
    """Return the line that gives a parameter a usual value."""
    name = attribute_name(kind, param.attribute)
    if param.form == "token":
        return f'token {name} = "{param.tokens[0]}"'
    if param.form == "text":
        return f'string {name} = "what happened"'
    if param.form == "curve":
        x = [float(from_si(to_si(v, display_unit(param.x_name), param.x_name), param.x_unit, param.x_name))
             for v in (20.0, 40.0, 60.0)[: max(param.points, 2)]]  # fmt: skip
        y = [middle(param) * ratio for ratio in (1.0, 1.5, 1.8)]
        return f"double2[] {name} = [{', '.join(f'({a:g}, {b:g})' for a, b in zip(x, y, strict=False))}]"
    return f"double {name} = {GIVEN.get(kind, {}).get(param.name) or f'{middle(param):g}'}"


def middle(param: Param) -> float:
    """Return a number well within the limits."""
    low, high = param.soft if param.soft != (None, None) else param.hard
    if low is None:
        return 1.0 if high is None else high / 2
    return low + 1.0 if high is None else low + (high - low) / 4


def port_name(kind: str, port: str, number: int) -> str:
    """Return the name of a port prim."""
    return f"acme_{port.rstrip('_')}_{number:02d}"


def port(kind: str, declared: Port, number: int) -> str:
    """Return the prim of a port."""
    words = {
        "domain": declared.domain,
        "direction": declared.direction or "bidirectional",
        "system": declared.system or "equipment_cooling",
        "disconnectType": "flanged",
    }
    lines = [f'token simready:connectionPoint:{key} = "{word}"' for key, word in words.items()]
    lines.append("float simready:connectionPoint:serviceClearance = 0.6")
    if declared.role:
        lines.append(f'token twin:port:role = "{declared.role}"')
    lines += placed((0.1 * number, 0.05, 1.0))
    body = indent("\n".join(['uniform token purpose = "guide"', *lines]) + "\n", 1)
    name = port_name(kind, declared.name, number)
    head = f'def Xform "{name}" (\n    prepend apiSchemas = ["TwinPortAPI"]\n)\n'
    return head + "{\n" + body + "}\n"


def reference(kind: str, name: str, path: str, at: tuple[float, float, float], more: str = "") -> str:
    """Return a prim that references an asset."""
    body = indent("\n".join(placed(at)) + "\n" + more, 1)
    return f'def Xform "{name}" (\n    prepend references = @{path}@\n)\n{{\n{body}}}\n'


def connection(kind: str, name: str, start: str, end: str) -> str:
    """Return a connection prim, drawn as a curve of 3 m and 4 m."""
    inside = (
        f"rel twin:connection:from = <{start}>\nrel twin:connection:to = <{end}>\n"
        'uniform token type = "linear"\nint[] curveVertexCounts = [3]\n'
        "point3f[] points = [(0, 0, 0), (3, 0, 0), (3, 4, 0)]\n"
    )
    return part(kind, name, inside=inside, type_name="BasisCurves")


def contingency(name: str, *, out: Iterable[str], start: Iterable[str] = ()) -> str:
    """Return a contingency prim."""
    lists: Mapping[str, Iterable[str]] = {"out": out, "start": start}
    inside = "".join(
        f"rel twin:contingency:{key} = [{', '.join(f'<{p}>' for p in paths)}]\n"
        for key, paths in lists.items() if paths
    )  # fmt: skip
    return part("contingency", name, inside=inside, type_name="Scope")


def placed(at: tuple[float, float, float]) -> list[str]:
    """Return the lines that place a prim."""
    return [
        f"double3 xformOp:translate = ({at[0]:g}, {at[1]:g}, {at[2]:g})",
        'uniform token[] xformOpOrder = ["xformOp:translate"]',
    ]


def layer(prims: Iterable[str]) -> str:
    """Return a sublayer with prims in /World/Hall."""
    head = '#usda 1.0\n(\n    metersPerUnit = 1\n    upAxis = "Z"\n    timeCodesPerSecond = 1\n)\n\n'
    return head + 'over "World"\n{\n    def Xform "Hall"\n    {\n' + indent("".join(prims), 2) + "    }\n}\n"


def indent(text: str, levels: int) -> str:
    """Return the text moved to the right."""
    return "".join(f"{'    ' * levels}{line}\n" for line in text.splitlines())


SCENARIO = """    variantSet "scenario" = {
        "normal" {
        }
        "hot" {
            over "Hall"
            {
                over "Pod_01"
                {
                    over "Rack_00"
                    {
                        double twin:rack:itPower = 150
                    }
                }
            }
        }
    }
"""
BOX = "float3[] extentsHint = [(-500, -50, 0), (500, 50, 10)]\n"
GEOMETRY = """#usda 1.0
(
    defaultPrim = "Geometry"
    metersPerUnit = 1
    upAxis = "Z"
    timeCodesPerSecond = 1
)

def Xform "Geometry"
{
    def Cube "Body"
    {
        double size = 1
        float3[] extent = [(-0.5, -0.5, -0.5), (0.5, 0.5, 0.5)]
        double3 xformOp:translate = (0, 0, 1.1)
        float3 xformOp:scale = (0.6, 1.2, 2.2)
        uniform token[] xformOpOrder = ["xformOp:translate", "xformOp:scale"]
    }
}
"""
