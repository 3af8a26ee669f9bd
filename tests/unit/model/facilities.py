"""Facilities made by hand: boxes of air, equipment at points, ports, without a stage."""

import numpy as np

from twin.components import declare_all
from twin.model.binding import Ends, Targets
from twin.model.component import kinds
from twin.model.facility import Case, Facility, PortPoint, Ports, Table

SITE = {
    "elevation_m": 0.0,
    "dry_bulb_k": 301.15,
    "wet_bulb_k": 293.15,
    "dew_point_k": 288.15,
    "minimum_k": 263.15,
    "recirculation_dk": 2.0,
    "frequency_hz": 50.0,
}


def table(kind, paths, *, at=None, size=None, turn=None, ends=None, targets=None, words=None, numbers=None):
    """Return a table whose parameters are their defaults unless given."""
    declare_all()
    declared, count = kinds()[kind], len(paths)
    columns, tokens, curves = {}, {}, {}
    for param in declared.params:
        given = (numbers or {}).get(param.name, np.nan if param.default is None else param.default)
        if param.form == "number":
            columns[param.name] = np.broadcast_to(np.asarray(given, float).reshape(-1, 1), (count, 1)).copy()
        elif param.form == "curve":
            curves[param.name] = np.full((count, 1, 2), np.nan)
        else:
            word = (words or {}).get(param.name, param.default or "")
            tokens[param.name] = tuple(word) if isinstance(word, list) else (str(word),) * count
    nothing = Targets(part=np.zeros(0, int), node=np.zeros(0, int), kind=(), row=np.zeros(0, int))
    return Table(
        kind=kind, paths=tuple(paths), numbers=columns, words=tokens, curves=curves, ends=ends or {},
        targets={r.name: (targets or {}).get(r.name, nothing) for r in declared.relations},
        in_service=np.ones((count, 1), bool),
        position_m=np.zeros((count, 3)) if at is None else np.asarray(at, float).reshape(count, 3),
        size_m=np.ones((count, 3)) if size is None else np.asarray(size, float).reshape(count, 3),
        angle_rad=np.zeros(count) if turn is None else np.asarray(turn, float).reshape(count),
    )  # fmt: skip


def site():
    """Return the table of one site."""
    return table("site", ["/World/Site"], numbers=SITE)


def facility(*tables, ports=(), cases=("normal",)):
    """Return a facility of these tables and ports; a port is (path, kind, part, position)."""
    declare_all()
    paths = tuple(p[0] for p in ports)
    spec = PortPoint(
        path="", kind="", part=0, port="", domain="", system="", direction="", values={}, words={}
    )
    return Facility(
        layout="bench", tables={t.kind: t for t in tables},
        ports=Ports(
            paths=paths, kind=tuple(p[1] for p in ports), part=np.array([p[2] for p in ports], dtype=np.intp),
            position_m=np.array([p[3] for p in ports], float).reshape(len(ports), 3),
            spec=np.zeros(len(ports), dtype=np.intp), specs=(spec,),
        ),
        cases=tuple(Case(name=name) for name in cases), opinions=(),
    )  # fmt: skip


def bound(*nodes):
    """Return one end per part."""
    count = len(nodes)
    return Ends(part=np.arange(count), node=np.array(nodes, dtype=np.intp), offset_m=np.zeros(count))


def named(part, *, node=(), kind=(), row=()):
    """Return relationship targets."""
    count = max(len(node), len(row))
    return Targets(
        part=np.full(count, part), node=np.array(node or [-1] * count, dtype=np.intp),
        kind=tuple(kind) or ("",) * count, row=np.array(row or [-1] * count, dtype=np.intp),
    )  # fmt: skip


def rooms(paths, at, size, **more):
    """Return rooms."""
    return table("room", paths, at=at, size=size, words={"use": "white", "air_reference": "auto"}, **more)


def aisles(paths, at, size, *, cell_length=1.2, **more):
    """Return hot aisles."""
    return table(
        "aisle", paths, at=at, size=size, words={"containment": "hot", "open_top": "no"},
        numbers={"cell_length_m": cell_length, "leakage_ratio": 0.03, "along_loss_ratio": 1.0}, **more,
    )  # fmt: skip
