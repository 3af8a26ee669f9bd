"""Routing of a hall's data cables: time and memory, growth, and against Dijkstra of networkx for each cable.

python benchmarks/fabric.py
"""

import resource
import time
from dataclasses import replace

import networkx as nx
import numpy as np

from twin.model.fabric import Fabric, Links
from twin.reports.entry import read
from twin.solve.tray_graph import TURN_M, Graph, access, graph_of
from twin.solve.tray_routing import route
from twin.stage.fabric_layer import products, switch_facts, switch_ports
from twin.studies.fabric_design import Options, design
from twin.studies.fabric_routes import REACH_M, routed
from twin.studies.fabric_stage import tray_arrays

SAMPLE = 300
HALLS = 14


def hall() -> Fabric:
    """Return the designed fabric of the hall of 512 racks."""
    facts = switch_facts("SpineSwitch_Q3400")
    made = design(read("hall_liquid"), Options(), media=products(), ports=switch_ports, facts=facts)
    return made.routed.fabric


def tiled(fabric: Fabric, halls: int) -> Fabric:
    """Return so many equal halls beside each other, 1 km apart."""
    links, count = fabric.links, len(fabric.links.paths)
    away = np.repeat(np.arange(halls), count)[:, None] * np.array([1000.0, 0.0, 0.0])
    step = np.repeat(np.arange(halls), count) * len(fabric.nodes)
    many = {
        name: value * halls if isinstance(value, tuple) else np.concatenate([value] * halls)
        for name, value in ((n, getattr(links, n)) for n in Links.__dataclass_fields__)
    }
    many |= {
        "a": many["a"] + step,
        "b": many["b"] + step,
        "a_m": many["a_m"] + away,
        "b_m": many["b_m"] + away,
    }
    many["group"] = tuple(f"{h}{g}" if g else "" for h in range(halls) for g in links.group)
    trays = tuple(
        replace(t, start=(t.start[0] + 1000.0 * h, *t.start[1:]), stop=(t.stop[0] + 1000.0 * h, *t.stop[1:]))
        for h in range(halls)
        for t in fabric.trays
    )
    return replace(fabric, nodes=fabric.nodes * halls, links=Links(**many), trays=trays)


def by_networkx(graph: Graph, ends: tuple[object, object], sample: list[int]) -> tuple[float, np.ndarray]:
    """Return the seconds for one cable and the cost of each sampled one, on empty trays."""
    net = nx.Graph()
    cost = np.where(graph.edge_slot >= 0, graph.edge_m, graph.edge_m + TURN_M)
    net.add_weighted_edges_from(zip(graph.edge_a.tolist(), graph.edge_b.tolist(), cost.tolist(), strict=True))
    for i in sample:
        stubs: dict[tuple[int, int], list[str]] = {}
        for side, end in zip("ab", ends, strict=True):
            for way in range(end.tray.shape[1]):
                tray, along, drop = int(end.tray[i, way]), end.along_m[i, way], end.drop_m[i, way]
                if tray < 0:
                    continue
                mine = range(graph.first[tray], graph.first[tray + 1])
                entry = f"{side}{i}.{way}"
                net.add_edge(f"{side}{i}", entry, weight=drop)
                below = [n for n in mine if graph.along_m[n] < along]
                above = [n for n in mine if graph.along_m[n] >= along]
                for node in (*below[-1:], *above[:1]):
                    net.add_edge(entry, node, weight=abs(graph.along_m[node] - along))
                stubs.setdefault((tray, len(below)), []).append((entry, along))
        for held in stubs.values():  # ways within one stretch of a tray
            for one, a in held:
                for two, b in held:
                    if one[0] != two[0]:
                        net.add_edge(one, two, weight=abs(a - b))
    start = time.perf_counter()
    found = [nx.dijkstra_path_length(net, f"a{i}", f"b{i}") for i in sample]
    return (time.perf_counter() - start) / len(sample), np.array(found)


def measured() -> list[str]:
    """Return the lines of the comparison."""
    fabric = hall()
    links, cables = fabric.links, int(fabric.links.count.sum())
    start = time.process_time()
    found = routed(fabric)
    ours = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    lines = [
        f"512 racks: {cables} cables in {len(links.paths)} bundles over {len(fabric.trays)} trays: "
        f"{ours:.2f} s of processor,\npeak memory of the whole process {peak:.0f} MiB",
    ]
    trays = tray_arrays(fabric.trays)
    graph = graph_of(trays)
    ends = tuple(access(trays, at, reach_m=REACH_M) for at in (links.a_m, links.b_m))
    start = time.process_time()
    empty = route(graph, *ends, np.zeros(len(links.paths)))
    each_ours = (time.process_time() - start) / cables
    sample = np.linspace(0, len(links.paths) - 1, SAMPLE).astype(int).tolist()
    each, cost = by_networkx(graph, ends, sample)
    turns = np.array([(np.diff(empty.tray[empty.bundle == i]) != 0).sum() for i in sample])
    apart = np.abs(empty.length_m[sample] + TURN_M * turns - cost).max()
    ratio = each / each_ours
    lines.append(
        f"networkx {nx.__version__}, Dijkstra for each cable on the same empty trays: {each * 1e3:.2f} ms "
        f"a cable ({each * cables:.0f} s for all), ours {each_ours * 1e6:.0f} us: {ratio:.0f} times,\n"
        f"{ratio * len(links.paths) / cables:.0f} times for each bundle; largest disagreement over "
        f"{SAMPLE} bundles {apart * 1e3:.3f} mm"
    )
    start = time.process_time()
    many = routed(tiled(fabric, HALLS))
    taken = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    lines.append(
        f"7 168 racks, as {HALLS} such halls: {int(many.fabric.links.count.sum())} cables, "
        f"{taken:.1f} s of processor ({taken / ours:.1f} times), peak {peak:.0f} MiB"
    )
    lost = int((~np.isfinite(found.length_m)).sum())
    return [*lines, f"bundles without a way: {lost}"]


if __name__ == "__main__":
    print(*measured(), sep="\n")
