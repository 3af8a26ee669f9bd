"""Reads EPANET 2.2 and 2.3 inputs strictly: every fault is told with its line, or none is left.

Limits:
    Rules, demands that depend on pressure, leakage of pipes, quality of water and prices of energy are listed
    as unsupported. The map and the form of the report are not looked at.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from twin.errors import InputError
from twin.interop.epanet_controls import list_rules, read_controls
from twin.interop.epanet_energy import list_quality, read_energy
from twin.interop.epanet_lines import Reading, sections_of
from twin.interop.epanet_links import Link, read_links
from twin.interop.epanet_model import Pipe, Pump, Valve, WaterNetwork
from twin.interop.epanet_nodes import Nodes, demand_multiplier, read_nodes
from twin.interop.epanet_options import read_options, read_times
from twin.interop.epanet_tables import Sheet, curves_of, read_tables
from twin.model.finding import Fault


def read_inp(path: str | Path) -> WaterNetwork:
    """Return the network of an EPANET input file, in SI.

    Args:
        path: File in UTF-8 or Latin-1.

    Raises:
        InputError: The file cannot be read, or has faults; carries all of them with their lines.

    Source:
        L. A. Rossman, EPANET 2.2 User Manual (EPA/600/R-20/133), appendix C.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as reason:
        found = reason.strerror or str(reason)
        fault = Fault(
            code="ST100", prim="", attribute="", where=str(path), found=found, expected="a file that is there"
        )
        raise InputError([fault]) from reason
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return parse_inp(text, file=str(path))


def parse_inp(text: str, *, file: str = "input.inp") -> WaterNetwork:
    """Return the network of the text of an EPANET input, in SI.

    Args:
        text: The whole input.
        file: Name that faults are told with.

    Raises:
        InputError: The text has faults; carries all of them with their lines.
    """
    reading = Reading(file)
    sections = sections_of(text, reading)
    if "\0" in text:
        reading.fault("ST100", 0, "", found="bytes that are no text", expected="an EPANET input")
        reading.refuse()
    pressures = any(sections.get(name) for name in ("VALVES", "EMITTERS", "CONTROLS"))
    options, units = read_options(sections.get("OPTIONS", ()), reading, pressures=pressures)
    factor = demand_multiplier(sections.get("DEMANDS", ()), reading)
    if factor is not None:
        options = replace(options, demand_multiplier_ratio=factor)
    tables = read_tables(sections.get("CURVES", ()), sections.get("PATTERNS", ()), reading)
    sheet = Sheet(sections=sections, units=units, options=options, tables=tables, reading=reading)
    nodes = read_nodes(sheet)
    junctions, reservoirs, tanks = nodes
    links = read_links(sheet, nodes)
    controls = read_controls(sheet, links, nodes)
    options = read_energy(sheet, links)
    list_rules(sections.get("RULES", ()), reading)
    if leaks := sections.get("LEAKAGE"):
        place = reading.where(leaks[0].number)
        reading.unsupported.append(f"leakage of {len(leaks)} pipes ({place}): none leaks")
    list_quality(sections, reading)
    curves = curves_of(sheet)
    times = read_times(sections.get("TIMES", ()), reading)
    _check_whole(sheet, nodes, links)
    reading.refuse()
    return WaterNetwork(
        junctions=junctions, reservoirs=reservoirs, tanks=tanks,
        pipes=tuple(link for link in links.values() if isinstance(link, Pipe)),
        pumps=tuple(link for link in links.values() if isinstance(link, Pump)),
        valves=tuple(link for link in links.values() if isinstance(link, Valve)),
        curves=curves, patterns=tables.patterns, controls=controls, options=options, times=times,
        title="\n".join(" ".join(line.words) for line in sections.get("TITLE", ())), file=file,
        unsupported=tuple(reading.unsupported),
    )  # fmt: skip


def _check_whole(sheet: Sheet, nodes: Nodes, links: dict[str, Link]) -> None:
    """Note what the network lacks: nodes, a head that is given, links at a junction."""
    reading = sheet.reading
    if not sheet.lines("JUNCTIONS"):
        reading.fault("ST110", 0, "", found="no junction", expected="at least one in [JUNCTIONS]")
    if not sheet.lines("RESERVOIRS") and not sheet.lines("TANKS"):
        reading.fault("ST110", 0, "", found="no reservoir and no tank", expected="at least one of them")
    joined = {end for link in links.values() for end in (link.a, link.b)}
    for junction in nodes[0]:
        if junction.name not in joined:
            reading.fault(
                "ST110", junction.line, junction.name, found="no link ends at this junction",
                expected="a pipe, pump or valve at every junction",
            )  # fmt: skip
    _check_islands(reading, nodes, links)


def _check_islands(reading: Reading, nodes: Nodes, links: Mapping[str, Link]) -> None:
    """Note parts of the network that no link, open or closed, joins to a reservoir, a tank or an emitter."""
    number = {node.name: i for i, node in enumerate(node for kind in nodes for node in kind)}
    ends = [(number[k.a], number[k.b]) for k in links.values() if k.a in number and k.b in number]
    if not ends or len(nodes[0]) == len(number):
        return
    a, b = np.array(ends).T
    graph = coo_array((np.ones(len(a)), (a, b)), shape=(len(number), len(number)))
    part = connected_components(graph, directed=False)[1]
    fed = np.zeros(len(number), dtype=np.bool_)
    fed[part[len(nodes[0]) :]] = True
    fed[part[: len(nodes[0])][[junction.emitter_m3_s > 0.0 for junction in nodes[0]]]] = True
    sizes = np.bincount(part)
    for junction, at in zip(nodes[0], part.tolist(), strict=False):
        if fed[at] or sizes[at] == 1:
            continue
        fed[at] = True
        more = f" and {sizes[at] - 1} more" if sizes[at] > 1 else ""
        reading.fault(
            "ST110", junction.line, junction.name, expected="a link from there, or a reservoir or tank here",
            found=f"no link leads from a reservoir or tank to this junction{more}",
        )  # fmt: skip
