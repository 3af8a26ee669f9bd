"""The pod with balancing valves that are set by hand in the place of valves that regulate."""

from pathlib import Path

PORT = """def Xform "{name}" (
    prepend apiSchemas = ["TwinPortAPI"]
)
{{
    uniform token purpose = "guide"
    token simready:connectionPoint:domain = "thermal"
    token simready:connectionPoint:system = "TCS"
    token simready:connectionPoint:direction = "{direction}"
    token simready:connectionPoint:disconnectType = "flanged"
    float simready:connectionPoint:serviceClearance = 0.6
    token twin:port:role = "{name}"
    double3 xformOp:translate = ({x}, 0, 0)
    uniform token[] xformOpOrder = ["xformOp:translate"]
}}
"""
TCS = "/World/White/Mechanical/Tcs"
# Metres of pipe of 36.66 mm behind the valve of each rack: the last is the furthest by far.
LENGTHS = {"A1": 1.0, "A2": 4.0, "A3": 9.0, "A4": 16.0, "B1": 2.0, "B2": 6.0, "B3": 12.0, "B4": 25.0}


def valve(name: str, at: str, kv: str, ends: tuple[str, str], pipe: str) -> str:
    """Return a valve, and the pipe behind it, between a connection that is there and the port it led to."""
    connection, port = ends
    ports = "".join(
        PORT.format(name=n, direction=d, x=x)
        for n, d, x in (("inlet", "input", 0.0), ("outlet", "output", 0.2))
    )
    return f"""
over "{connection}"
{{
    rel twin:connection:to = <{TCS}/{name}/ConnectionPoints/inlet>
}}

def Xform "{name}" (
    prepend apiSchemas = ["TwinValveAPI"]
)
{{
    token twin:valve:use = "balancing"
    {kv}
    float3[] extentsHint = [(0, -0.1, 0), (0.2, 0.1, 0.2)]
    double3 xformOp:translate = {at}
    uniform token[] xformOpOrder = ["xformOp:translate"]

    def Scope "ConnectionPoints"
    {{
{ports}
    }}
}}

def BasisCurves "{name}_Out" (
    prepend apiSchemas = ["TwinPipeAPI"]
)
{{
    rel twin:connection:from = <{TCS}/{name}/ConnectionPoints/outlet>
    rel twin:connection:to = <{port}>
    uniform token type = "linear"
    int[] curveVertexCounts = [2]
    point3f[] points = [(0, 0, 3), (0.1, 0, 3)]
    float[] widths = [0.04] (interpolation = "constant")
    {pipe}
}}
"""


def hand_set(folder: Path, pod: Path, *, kv: float = 25.0, least: float = 0.5, rows: bool = False) -> Path:
    """Write a site with a balancing valve behind every rack of a pod, and return its root layer.

    Args:
        folder: Where to write it.
        pod: Site of the pod.
        kv: Kv of each rack's valve, fully open and as it stands [m3/h].
        least: Least Kv that can be set.
        rows: Whether each row has a valve of its own, too.
    """
    numbers = f"double twin:valve:kv = {kv}\n    double twin:valve:kvOpen = {kv}"
    numbers += f"\n    double twin:valve:kvLeast = {least}"
    link, unlimited = "rel twin:connection:to", "double twin:hose:flowLimit = None"
    inside = []
    for name, length in LENGTHS.items():
        row, number = name[0], int(name[1])
        inside.append(
            valve(
                f"Valve_{name}", f"({0.3 * number}, {'AB'.index(row)}, 3)", numbers,
                (f"Rack_{name}_Return", f"{TCS}/Row{row}Return/ConnectionPoints/tap_{number:02d}"),
                f"double twin:pipe:innerDiameter = 36.66\n    double twin:pipe:length = {length}",
            ).replace(link, f"{unlimited}\n    {link}", 1)
        )  # fmt: skip
    for number, row in enumerate("AB" if rows else "", start=1):
        wide = "double twin:valve:kv = 120\n    double twin:valve:kvOpen = 120"
        inside.append(
            valve(
                f"Valve_Row{row}", f"(3, {number}, 3)", wide,
                (f"Row{row}ReturnFeed", f"{TCS}/ReturnHeader/ConnectionPoints/tap_{number:02d}"),
                'token twin:pipe:size = "DN80"\n    double twin:pipe:length = 1',
            )
        )  # fmt: skip
    text = "\n".join(inside)
    for name in ("Tcs", "Mechanical", "White", "World"):
        text = f'over "{name}"\n{{\n{text}\n}}\n'
    head = '    defaultPrim = "World"\n    metersPerUnit = 1\n    upAxis = "Z"\n    timeCodesPerSecond = 1\n'
    root = folder / "site.usda"
    folder.mkdir(parents=True, exist_ok=True)
    root.write_text(
        f"#usda 1.0\n(\n{head}    subLayers = [@{pod / 'site.usda'}@]\n)\n\n{text}", encoding="utf-8"
    )
    return root
