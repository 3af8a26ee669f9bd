"""Reads cable products from the assets, and writes a fabric as a layer for an engineer to adopt."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pxr import Sdf, Usd

from twin.data import folder
from twin.errors import UsageError
from twin.model.component import camel
from twin.model.fabric import MEDIUM_NUMBERS, Medium, Placed, Point, Rating, Tray, medium_of
from twin.stage.author.parts import Library
from twin.stage.author.text import Prim, box, extent, joint, layer, number
from twin.stage.declared import attribute_name, declared
from twin.stage.layers import quiet, resolve
from twin.stage.proposal import refuse_existing
from twin.units import to_si

GREEN, GREY = "(0.2, 0.55, 0.3)", "(0.55, 0.57, 0.6)"
WIDTH_M = 0.02
Bundle = Mapping[str, object]


def products(prefix: str = "FabricCable_") -> dict[str, Medium]:
    """Return the cable products that come with the package, by the name of their asset."""
    out = {}
    for file in sorted(folder("assets").glob(f"{prefix}*/*.usda")):
        values = _values(file, "fabric_cable")
        words = [str(values.get(w) or "") for w in ("medium", "dataRate", "connector", "transceiver")]
        numbers = _numbers(values, "fabric_cable", MEDIUM_NUMBERS)
        out[file.stem] = medium_of(file.stem, words, [numbers[n] for n in MEDIUM_NUMBERS])
    return out


def switch_facts(asset: str) -> dict[str, float]:
    """Return ports, power and mass of a switch asset, SI.

    Raises:
        UsageError: There is no such asset, or it is no switch.
    """
    file = folder("assets") / asset / f"{asset}.usda"
    if not file.is_file():
        raise UsageError(f"there is no asset {asset}")
    facts = _numbers(_values(file, "switch"), "switch", ("port_count", "power_w", "mass_kg"))
    if facts["port_count"] != facts["port_count"]:
        raise UsageError(f"{asset} is no switch")
    return facts


def switch_ports(asset: str, path: str, at: Point, turn_deg: float) -> list[tuple[str, Point]]:
    """Return the data ports of a switch asset placed as named: paths and places."""
    parent, _, name = path.rpartition("/")
    part = Library(folder=folder("assets"), reference="").part(name, asset, parent, at, turn_deg=turn_deg)
    data = sum(o.domain == "network" for o in part.openings)
    return [(p.path, p.at) for p in (part.port("network", index=i) for i in range(data))]


def _values(file: Path, kind: str) -> dict[str, object]:
    with quiet():
        stage = Usd.Stage.Open(Sdf.Layer.FindOrOpen(str(file)))
    root, head = stage.GetDefaultPrim(), f"twin:{camel(kind)}:"
    return {
        a.GetName().removeprefix(head): a.Get() for a in root.GetAttributes() if a.GetName().startswith(head)
    }


def _numbers(values: Mapping[str, object], kind: str, names: Iterable[str]) -> dict[str, float]:
    """Return numbers in SI, NaN for what the asset does not say."""
    units = {p.param.name: (p.name, p.unit) for p in declared().values() if p.param is not None
             and p.name == attribute_name(kind, p.param.attribute)}  # fmt: skip
    out = {}
    for name in names:
        attribute, unit = units[name]
        said = values.get(attribute.rpartition(":")[2])
        out[name] = float("nan") if said is None else float(to_si(float(str(said)), unit, name))
    return out


def write_fabric(
    target: Path,
    site: str | Path,
    *,
    trays: Sequence[Tray],
    placed: Sequence[Placed],
    ratings: Sequence[Rating],
    kept: Sequence[Bundle],
    laid: Sequence[Bundle],
    doc: str,
    force: bool = False,
) -> Path:
    """Write a fabric as a text layer and return its file.

    Args:
        target: ``.usda`` file to write.
        site: Layout that it is for.
        trays: New trays, paths below one scope.
        placed: New switches.
        ratings: Cabinets that have to be rated higher.
        kept: Bundles that the site has: ``path``, ``medium``, ``count``, ``length_m``, ``trays``.
        laid: New bundles: those, and ``start``, ``stop`` and ``points``.
        doc: What the layer holds, for its head.
        force: Whether an older file is replaced.

    Raises:
        UsageError: The file exists and is not to be replaced, or it belongs to the site.
    """
    refuse_existing(target, site, force=force)
    assets = os.path.relpath(folder("assets"), target.resolve().parent).replace(os.sep, "/")
    library = Library(folder=folder("assets"), reference=assets)
    tree = _Tree()
    for tray in trays:
        tree.put(tray.path, _tray(tray))
    for switch in placed:
        tree.put(switch.node.path, _switch(library, switch))
    for bundle in laid:
        points = bundle["points"]
        assert isinstance(points, list)
        name = str(bundle["path"]).rpartition("/")[2]
        prim = joint(
            name, "", str(bundle["start"]), str(bundle["stop"]), points, width=WIDTH_M, colour=GREEN,
            reference=library.asset(str(bundle["medium"])) if bundle["medium"] else "",
        )  # fmt: skip
        tree.put(str(bundle["path"]), _told(prim, bundle))
    for bundle in kept:
        over = Prim(
            name="", spec="over", reference=library.asset(str(bundle["medium"])) if bundle["medium"] else ""
        )
        tree.put(str(bundle["path"]), _told(over, bundle))
    for rating in ratings:
        tree.put(rating.path, _rating(rating))
    with quiet():
        head = Sdf.Layer.OpenAsAnonymous(str(resolve(site).resolve()), metadataOnly=True)
    text = layer(tree.roots, doc=doc, default=head.defaultPrim, rate_hz=head.timeCodesPerSecond)
    _put(target, text)
    return target


def _put(target: Path, text: str) -> None:
    """Write a layer under another name and put it in place when it is complete."""
    draft = target.with_name(f".{target.stem}.{os.getpid()}{target.suffix}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(text, encoding="utf-8")
        draft.replace(target)
    except OSError as reason:
        raise UsageError(f"cannot write {target}: {reason.strerror or reason}") from reason
    finally:
        draft.unlink(missing_ok=True)


class _Tree:
    """Prims by path; what lies above one that nobody put is an over, below our own root a scope."""

    def __init__(self) -> None:
        self.roots: list[Prim] = []
        self._known: dict[str, Prim] = {}

    def put(self, path: str, prim: Prim) -> None:
        """Put a prim at its path."""
        prim.name = path.rpartition("/")[2]
        self._known[path] = prim
        above = path.rpartition("/")[0]
        if not above:
            self.roots.append(prim)
            return
        if above not in self._known:
            ours = above.startswith("/World/Fabric")
            self.put(above, Prim(name="", type="Scope") if ours else Prim(name="", spec="over"))
        self._known[above].add(prim)


def _told(prim: Prim, bundle: Bundle) -> Prim:
    """Return a bundle's prim with its count, its routed length and its trays."""
    prim.lines.append(f"double twin:fabricCable:count = {bundle['count']}")
    length, trays = bundle["length_m"], bundle["trays"]
    assert isinstance(length, float)
    assert isinstance(trays, tuple)
    if length < float("inf"):
        prim.lines += [
            f"double twin:fabricCable:length = {number(length)} (", "    customData = {",
            '        string evidence = "derived"',
            '        string source = "Routed over its trays, with slack at both ends."', "    }", ")",
        ]  # fmt: skip
        if trays:
            prim.relate("twin:fabricCable:trays", trays)
    if bundle.get("group"):
        prim.lines.append(f'string twin:redundancyGroup = "{bundle["group"]}"')
    return prim


def _tray(tray: Tray) -> Prim:
    (x0, y0, z), (x1, y1, _) = tray.start, tray.stop
    along_y = abs(y1 - y0) > abs(x1 - x0)
    length = round(abs(y1 - y0) + abs(x1 - x0), 4)
    size = (length, tray.width_m, tray.depth_m)
    prim = Prim(name="", type="Xform", apis=("TwinTrayAPI",), kind="component")
    prim.lines.append(extent(size))
    prim.place(round((x0 + x1) / 2, 4), round((y0 + y1) / 2, 4), z, 90.0 if along_y else 0.0)
    prim.set(
        tray__width=1e3 * tray.width_m,
        tray__depth=1e3 * tray.depth_m,
        tray__bendRadius=1e3 * tray.bend_radius_m,
    )
    return prim.add(box(size, GREY))


def _switch(library: Library, placed: Placed) -> Prim:
    prim = Prim(name="", reference=library.asset(placed.asset)).place(*placed.at, placed.turn_deg)
    prim.say(switch__tier=placed.node.tier)
    return prim.set(switch__count=placed.node.count)


def _rating(rating: Rating) -> Prim:
    prim = Prim(name="", spec="over")
    kind = camel(rating.kind)
    for attribute, value in (("itPower", rating.it_power_w / 1e3), ("airflow", rating.airflow_m3_s)):
        prim.lines += [
            f"double twin:{kind}:{attribute} = {number(round(value, 4))} (", "    customData = {",
            '        string evidence = "derived"', f'        string source = "{rating.why}."', "    }", ")",
        ]  # fmt: skip
    return prim
