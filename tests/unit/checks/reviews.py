"""Facilities and results made by hand, as rules see them. No stage, no solver."""

from types import MappingProxyType

import numpy as np
import xarray as xr

from twin.checks import declare_rules
from twin.checks.review import review
from twin.checks.rule import rules
from twin.components import declare_all
from twin.model.binding import Ends, Targets
from twin.model.component import kinds
from twin.model.facility import Case, Facility, PortPoint, Ports, Table

declare_all()
declare_rules()

NORMAL = (Case(name="normal"),)
CELSIUS, L_MIN, BAR = 273.15, 1.0 / 60000.0, 1e5
FIGURES = MappingProxyType({
    "facility_power_w": 1e6, "pue_design_ratio": 1.1, "collapse_load_ratio": 1.0,
})  # fmt: skip
NOBODY = MappingProxyType({})


def table(kind, parts=1, *, paths=None, words=NOBODY, curves=NOBODY, ends=NOBODY, targets=NOBODY, **fields):
    """Return ``parts`` of a kind; keyword numbers by parameter, NaN for those left out."""
    declared, count = kinds()[kind], parts
    names = [p.name for p in declared.params if p.form == "number"]
    defaults = {p.name: p.default for p in declared.params if p.form == "number" and p.default is not None}
    numbers = {
        n: np.broadcast_to(np.asarray(fields.pop(n, defaults.get(n, np.nan)), dtype=float), (count,))[:, None]
        for n in names
    }
    text = {
        p.name: p.default or (p.tokens[0] if p.required and p.tokens else "")
        for p in declared.params if p.form in {"token", "text"}
    } | dict(words)  # fmt: skip
    tables_ = {p.name: np.full((1, 2), np.nan) for p in declared.params if p.form == "curve"} | dict(curves)
    openings = {p.name: end([-1] * count if p.end else []) for p in declared.ports}
    geometry = {
        "position_m": np.array([[2.0 * i, 0.0, 0.0] for i in range(count)]).reshape(count, 3),
        "size_m": np.zeros((count, 3)),
        "angle_rad": np.zeros(count),
        "in_service": np.ones((count, 1), dtype=bool),
    }
    geometry |= {name: np.asarray(fields.pop(name)) for name in tuple(geometry) if name in fields}
    assert not fields, f"{kind} has no {sorted(fields)}"
    return Table(
        kind=kind, paths=paths or tuple(f"/World/{kind}_{i:04d}" for i in range(count)), numbers=numbers,
        words={n: (w,) * count if isinstance(w, str) else tuple(w) for n, w in text.items()},
        curves={n: np.broadcast_to(np.asarray(c, dtype=float), (count, *np.shape(c))) for n,
        c in tables_.items()},
        ends=openings | {n: e if isinstance(e, Ends) else end(e) for n, e in ends.items()},
        targets={r.name: targets.get(r.name, relation()) for r in declared.relations}, **geometry,
    )  # fmt: skip


def end(nodes, part=None):
    nodes = np.asarray(nodes, dtype=np.intp)
    owner = np.arange(len(nodes), dtype=np.intp) if part is None else np.asarray(part, dtype=np.intp)
    return Ends(part=owner, node=nodes, offset_m=np.zeros(len(nodes)))


def relation(*pairs):
    """Return targets from (part, kind, row)."""
    part, kind, row = zip(*pairs, strict=True) if pairs else ((), (), ())
    index = [np.array(x, dtype=np.intp) for x in (part, [-1] * len(part), row)]
    return Targets(part=index[0], node=index[1], kind=tuple(kind), row=index[2])


def port(
    kind,
    name,
    part=0,
    *,
    at=(0.0, 0.0, 0.0),
    domain="thermal",
    system="",
    direction="",
    words=NOBODY,
    **values,
):
    spec = PortPoint(
        path=f"/World/{kind}_{part:04d}/ConnectionPoints/{name}",
        kind=kind, part=part, port=name, domain=domain,
        system=system, direction=direction, values=values, words=dict(words),
    )  # fmt: skip
    return spec, at


def ports(*made):
    """Return ports whose node is their place in the list."""
    specs = tuple(spec for spec, _ in made)
    return Ports(
        paths=tuple(s.path for s in specs), kind=tuple(s.kind for s in specs),
        part=np.array([s.part for s in specs], dtype=np.intp),
        position_m=np.array([at for _, at in made], dtype=float).reshape(-1, 3),
        spec=np.arange(len(specs), dtype=np.intp), specs=specs,
    )  # fmt: skip


def site(**numbers):
    words = {n: numbers.pop(n) for n in ("loading_regime", "conductor_temperature") if n in numbers}
    return table("site", **numbers, words=words)


def built(*tables, cases=NORMAL, openings=(), owner=None):
    return Facility(
        layout="by hand", tables={t.kind: t for t in (owner or site(), *tables)}, ports=ports(*openings),
        cases=tuple(cases), opinions=(),
    )  # fmt: skip


def solved(facility, figures=FIGURES, **results):
    """Return a tree with every declared output: NaN where no result is given, nothing lost, loop 0."""
    variants, groups = [c.name for c in facility.cases], {}
    for kind in sorted(facility.tables):
        parts, declared = facility.tables[kind].paths, kinds()[kind]
        if not declared.outputs or not parts:
            continue
        given = results.get(kind, {})
        assert set(given) <= {o.name for o in declared.outputs}, f"{kind} has no output {sorted(given)}"
        usual = {
            o.name: 0.0 if o.name.endswith(("lost_ratio", "loop_index")) else np.nan for o in declared.outputs
        }
        shape = len(variants), len(parts)
        data = {
            n: (("variant", declared.group), np.broadcast_to(np.asarray(v, dtype=float), shape))
            for n, v in (usual | given).items()
        }
        coords = {
            "variant": variants,
            declared.group: list(parts),
            "kind": (declared.group, [kind] * len(parts)),
        }
        groups.setdefault(declared.group, []).append(xr.Dataset(data, coords=coords))
    whole = {
        n: ("variant", np.broadcast_to(np.asarray(v, dtype=float), (len(variants),)))
        for n, v in figures.items()
    }
    tree = {f"/{n}": xr.concat(sets, dim=n, data_vars="all", join="outer") for n, sets in groups.items()}
    tree["/facility"] = xr.Dataset(whole, coords={"variant": variants})
    return xr.DataTree.from_dict({"/": xr.Dataset(), **tree})


def surged(tree, node, highest_pag, loop=None):
    """Return a tree with what events leave beside their numbers: extremes at places, by event."""
    node = np.asarray(node, dtype=np.intp)
    highest = np.asarray(highest_pag, dtype=float)
    events = tree["surge"].to_dataset().sizes["surge"]
    places = xr.Dataset(
        {"highest_pag": (("surge", "place"), np.broadcast_to(highest, (events, len(node))))},
        coords={
            "place": [f"/World/Node_{n}" for n in node],
            "node": ("place", node),
            "loop": ("place", np.zeros(len(node), dtype=np.intp) if loop is None else np.asarray(loop)),
        },
    )
    groups = {f"/{name}": held.to_dataset() for name, held in tree.children.items()}
    groups["/surge"] = groups["/surge"].merge(places)
    return xr.DataTree.from_dict({"/": tree.to_dataset(), **groups})


def marched(tree, facility, value):
    """Return a tree with what a march leaves for rules, every number equal to ``value``."""
    names = {
        "utility": ("ramp_w_s", "swing_w"), "ups": ("held_s", "gap_s", "over_rating_s", "over_peak_s"),
        "power_converter": ("held_s", "gap_s"), "air_rack": ("lost_duration_s",),
        "rack": ("held_s", "gap_s", "over_rating_s", "over_peak_s", "lost_duration_s"),
    }  # fmt: skip
    groups = {f"/{name}": held.to_dataset() for name, held in tree.children.items()}
    for kind, told in names.items():
        if kind in facility.tables:
            shape = 1, len(facility.tables[kind].paths)
            numbers = {n: (("variant", "part"), np.full(shape, value)) for n in told}
            groups[f"/march/{kind}"] = xr.Dataset(numbers)
    return xr.DataTree.from_dict({"/": tree.to_dataset(), **groups})


def checked(facility, figures=FIGURES, **results):
    """Return findings and margins."""
    return review(facility, solved(facility, figures, **results))


def found(rule, facility, figures=FIGURES, **results):
    """Return the findings of one rule."""
    assert rule in rules()
    return [f for f in checked(facility, figures, **results)[0] if f.rule == rule]


def measured(rule, facility, figures=FIGURES, **results):
    """Return the margins of one rule."""
    return [m for m in checked(facility, figures, **results)[1] if m.rule.id == rule]


def out(name, text=""):
    return Case(name=name, prim=f"/World/Cases/{name}", text=text)
