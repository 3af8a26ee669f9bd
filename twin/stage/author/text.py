"""Layers as text: what an engineer would have typed, with comments, in one order, one thing per line."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

Point = tuple[float, float, float]

DIGITS = 6
PORT_COLOUR = "(0.2, 0.2, 0.2)"


def number(value: float, digits: int = DIGITS) -> str:
    """Return a number as text, without noise in its last digits."""
    return f"{value:.{digits}g}"


def vector(point: Sequence[float], digits: int = DIGITS) -> str:
    """Return a vector as text."""
    return "(" + ", ".join(number(v, digits) for v in point) + ")"


@dataclass(kw_only=True)
class Prim:
    """One prim specification under construction.

    Attributes:
        name: Prim name.
        spec: ``def``, ``over`` or ``class``.
        type: USD type, "" for none.
        apis: Applied schemas.
        reference: Asset path, and prim path when it is not the default prim.
        kind: Model kind.
        note: Comment above the prim.
        metadata: Further metadata lines.
        lines: Property lines.
        children: Child prims and variant sets, in order.
        digits: How many digits its numbers have; more than an author types where they come from a file.
    """

    name: str
    spec: str = "def"
    type: str = ""
    apis: Sequence[str] = ()
    reference: str = ""
    kind: str = ""
    note: str = ""
    metadata: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    children: list["Prim | VariantSet"] = field(default_factory=list)
    digits: int = DIGITS

    def add(self, *children: "Prim | VariantSet") -> "Prim":
        """Append children and return this prim."""
        self.children.extend(children)
        return self

    def set(self, **numbers: float) -> "Prim":
        """Write numbers of this prim's own kind: ``set(rack__itPower=132)`` is ``twin:rack:itPower``."""
        self.lines += [
            f"double twin:{k.replace('__', ':')} = {number(v, self.digits)}" for k, v in numbers.items()
        ]
        return self

    def say(self, **words: str) -> "Prim":
        """Write tokens of this prim's own kind."""
        self.lines += [f'token twin:{k.replace("__", ":")} = "{v}"' for k, v in words.items()]
        return self

    def tell(self, **words: str) -> "Prim":
        """Write strings of this prim's own kind."""
        self.lines += [f'string twin:{k.replace("__", ":")} = "{v}"' for k, v in words.items()]
        return self

    def table(self, name: str, points: Iterable[tuple[float, float]]) -> "Prim":
        """Write the points of a curve."""
        self.lines.append(f"double2[] {name} = [{', '.join(vector(p, self.digits) for p in points)}]")
        return self

    def relate(self, name: str, targets: Iterable[str]) -> "Prim":
        """Write a relationship."""
        paths = [f"<{t}>" for t in targets]
        if len(paths) == 1:
            self.lines.append(f"rel {name} = {paths[0]}")
        else:
            self.lines += [f"rel {name} = [", *(f"    {p}," for p in paths), "]"]
        return self

    def place(self, x: float, y: float, z: float = 0.0, turn_deg: float = 0.0) -> "Prim":
        """Write where the prim stands, metres, turned about the vertical."""
        self.lines.append(f"double3 xformOp:translate = {vector((x, y, z), self.digits)}")
        order = '"xformOp:translate"'
        if turn_deg:
            self.lines.append(f"float xformOp:rotateZ = {number(turn_deg)}")
            order += ', "xformOp:rotateZ"'
        self.lines.append(f"uniform token[] xformOpOrder = [{order}]")
        return self

    def text(self, indent: str = "") -> str:
        """Return the layer text of this prim."""
        head = " ".join(p for p in (self.spec, self.type, f'"{self.name}"') if p)
        meta = list(self.metadata)
        if self.apis:
            meta.insert(0, "prepend apiSchemas = [" + ", ".join(f'"{a}"' for a in self.apis) + "]")
        if self.reference:
            meta.insert(0, f"prepend references = {self.reference}")
        if self.kind:
            meta.append(f'kind = "{self.kind}"')
        note = [f"{indent}# {line}\n" for line in self.note.splitlines()]
        opening = f"{indent}{head}\n" if not meta else (
            f"{indent}{head} (\n" + "".join(f"{indent}    {m}\n" for m in meta) + f"{indent})\n"
        )  # fmt: skip
        inside = [f"{indent}    {line}\n" for line in self.lines]
        for at, child in enumerate(self.children):
            gap = "\n" if at or self.lines else ""
            inside.append(gap + child.text(indent + "    "))
        return "".join(note) + opening + f"{indent}{{\n" + "".join(inside) + f"{indent}}}\n"


@dataclass(kw_only=True)
class VariantSet:
    """One variant set with its variants, each a prim-like body."""

    name: str
    variants: dict[str, Prim]

    def text(self, indent: str = "") -> str:
        """Return the layer text of this set."""
        out = [f'{indent}variantSet "{self.name}" = {{\n']
        for name, body in self.variants.items():
            inside = [f"{indent}        {line}\n" for line in body.lines]
            inside += [child.text(indent + "        ") for child in body.children]
            meta = "".join(f"{indent}        {m}\n" for m in body.metadata)
            opening = (
                f'{indent}    "{name}" (\n{meta}{indent}    ) {{\n' if meta else f'{indent}    "{name}" {{\n'
            )
            out.append(opening + "".join(inside) + f"{indent}    }}\n")
        return "".join(out) + f"{indent}}}\n"


def port(
    name: str,
    domain: str,
    system: str,
    direction: str,
    at: Point,
    *,
    role: str = "",
    offset: float | None = None,
) -> Prim:
    """Return a port prim in the SimReady vocabulary."""
    lines = [
        'uniform token purpose = "guide"',
        f'token simready:connectionPoint:domain = "{domain}"',
        f'token simready:connectionPoint:system = "{system}"',
        f'token simready:connectionPoint:direction = "{direction}"',
        'token simready:connectionPoint:disconnectType = "'
        + ("hardwired" if domain == "electrical" else "flanged")
        + '"',
        "float simready:connectionPoint:serviceClearance = 0.6",
    ]
    if role:
        lines.append(f'token twin:port:role = "{role}"')
    if offset is not None:
        lines.append(f"double twin:port:position = {number(offset)}")
    return Prim(name=name, type="Xform", apis=("TwinPortAPI",), lines=lines).place(*at)


def joint(
    name: str,
    api: str,
    start: str,
    stop: str,
    points: Sequence[Point],
    *,
    width: float,
    colour: str,
    note: str = "",
    reference: str = "",
) -> Prim:
    """Return a connection prim drawn as a line: pipe, hose, whip, cable."""
    low = [min(p[i] for p in points) - width / 2 for i in range(3)]
    high = [max(p[i] for p in points) + width / 2 for i in range(3)]
    return Prim(
        name=name, type="BasisCurves", apis=(api,) if api else (), note=note, reference=reference,
        lines=[
            f"rel twin:connection:from = <{start}>",
            f"rel twin:connection:to = <{stop}>",
            'uniform token type = "linear"',
            f"int[] curveVertexCounts = [{len(points)}]",
            "point3f[] points = [" + ", ".join(vector(p) for p in points) + "]",
            f'float[] widths = [{number(width)}] (interpolation = "constant")',
            f"float3[] extent = [{vector(low)}, {vector(high)}]",
            f"color3f[] primvars:displayColor = [{colour}]",
        ],
    )  # fmt: skip


def box(size: Point, colour: str, centre: Point = (0.0, 0.0, 0.0)) -> Prim:
    """Return a plain box standing on ``centre``, as geometry of something made on site."""
    return Prim(
        name="Geometry", type="Cube",
        lines=[
            "double size = 1",
            f"float3 xformOp:scale = {vector(size)}",
            f"double3 xformOp:translate = {vector((centre[0], centre[1], centre[2] + size[2] / 2))}",
            'uniform token[] xformOpOrder = ["xformOp:translate", "xformOp:scale"]',
            "float3[] extent = [(-0.5, -0.5, -0.5), (0.5, 0.5, 0.5)]",
            f"color3f[] primvars:displayColor = [{colour}]",
        ],
    )  # fmt: skip


def extent(size: Point, centre: Point = (0.0, 0.0, 0.0)) -> str:
    """Return the line that gives a prim its box; ``centre`` is the middle of its floor."""
    x, y, z = centre
    low, high = (x - size[0] / 2, y - size[1] / 2, z), (x + size[0] / 2, y + size[1] / 2, z + size[2])
    return f"float3[] extentsHint = [{vector(low)}, {vector(high)}]"


def quoted(text: str) -> str:
    """Return free text as a string of a layer."""
    bare = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + " ".join(bare.split()) + '"'


def layer(
    prims: Sequence[Prim],
    *,
    doc: str,
    default: str,
    sublayers: Sequence[str] = (),
    rate_hz: float = 1.0,
    data: Mapping[str, str | Sequence[str]] | None = None,
    more: Sequence[str] = (),
) -> str:
    """Return a whole layer; ``data`` goes into customLayerData, ``more`` into its head."""
    head = [f"    doc = {quoted(doc)}"]
    for name, said in (data or {}).items():
        head += [f"        {line}" for line in _entry(name, said)]
    if data:
        head = [head[0], "    customLayerData = {", *head[1:], "    }"]
    head += [
        f'    defaultPrim = "{default}"',
        "    metersPerUnit = 1",
        '    upAxis = "Z"',
    ]
    head.append(f"    timeCodesPerSecond = {number(rate_hz)}")
    if sublayers:
        head += ["    subLayers = [", *(f"        @{s}@," for s in sublayers), "    ]"]
    head += more
    return "#usda 1.0\n(\n" + "\n".join(head) + "\n)\n\n" + "\n".join(p.text() for p in prims)


def _entry(name: str, said: str | Sequence[str]) -> list[str]:
    """Return the lines of one entry of customLayerData."""
    if isinstance(said, str):
        return [f"string {name} = {quoted(said)}"]
    if not said:
        return [f"string[] {name} = []"]  # USD refuses an empty list over two lines
    return [f"string[] {name} = [", *(f"    {quoted(s)}," for s in said), "]"]


def write(folder: Path, layers: dict[str, str]) -> None:
    """Write layers into a folder that must not hold any of them yet."""
    for name, content in layers.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
