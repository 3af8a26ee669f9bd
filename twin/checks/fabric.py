"""Rules on data cabling: reach, trays, bends, ports, rates, and the power of switches in their rack."""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from twin.arrays import Array, Index
from twin.checks.electrical import parts_at
from twin.checks.fabric_spans import fullest
from twin.checks.rule import Measure, Review, group_sum, only, rule

# Installed, over the outer diameter: fibre 10, copper heads 5. Practice of vendors.
FIBRE_BEND_RATIO = 10.0
COPPER_BEND_RATIO = 5.0
COPPER = ("DAC", "ACC", "AEC", "copper")
PORT_WORDS = ("dataRate", "supportedLineRates", "portType", "allowedTransceivers")
# Rates that two vocabularies name differently, in Gbit/s.
RATES = {
    "100Mbps": 0.1, "1GbE": 1.0, "10GbE": 10.0, "25GbE": 25.0, "100GbE": 100.0, "200GbE": 200.0,
    "400GbE": 400.0,
    "800GbE": 800.0, "1600GbE": 1600.0, "NDR200": 200.0, "NDR": 400.0, "XDR": 800.0,
}  # fmt: skip
# Cages of ports and the connectors that go into them, directly or through a transceiver.
CAGES = {
    "RJ45": ("RJ45",),
    "SFP_plus": ("SFP28", "LC_duplex"),
    "QSFP28": ("QSFP56", "MPO_12_UPC", "LC_duplex"),
    "QSFP_DD": ("QSFP112", "QSFP56", "MPO_12_APC", "MPO_12_UPC", "LC_duplex"),
    "OSFP": ("OSFP", "MPO_12_APC", "LC_duplex"),
}


@rule(
    "FA001", severity="major", title="The cable is longer than its medium carries the rate", unit="m",
    formula="length of one cable, along its route when not written",
    source="Reach by medium and rate, twin:fabricCable:reach (800G DAC 2 m, AEC 7 m, SR4 50 m OM4, DR4 500 "
    "m: makers)",
    remedy="Choose a medium with a longer reach, or bring the two ends closer.",
)  # fmt: skip
def reach(review: Review) -> Iterator[Measure]:
    """Measure every bundle."""
    if review.has("fabric_cable"):
        yield Measure(
            kind="fabric_cable", value=review.number("fabric_cable", "length_m"),
            limit=review.number("fabric_cable", "reach_m"), side="most", name="length_m",
            inputs=("length_m", "reach_m"),
        )  # fmt: skip


def _fill(review: Review) -> Array:
    """Return the filled share of every tray's cross section where it is fullest, shape (1, tray)."""
    cable, tray = review.table("fabric_cable").numbers, review.table("tray").numbers
    section = (cable["count"] * 0.25 * np.pi * cable["diameter_m"] ** 2)[:, 0]
    return (fullest(review, section) / (tray["width_m"] * tray["depth_m"])[:, 0])[None]


@rule(
    "FA002", severity="minor", title="The tray is fuller than it is designed for", unit="%",
    formula="cross sections of the cables side by side where the tray is fullest, over width times depth",
    source="ANSI/TIA-569-E: design fill 40 % (recalled: assumption); twin:tray:designFillRatio",
    remedy="Widen or double the tray, or route bundles another way.",
)  # fmt: skip
def design_fill(review: Review) -> Iterator[Measure]:
    """Measure every tray."""
    if review.has("tray", "fabric_cable"):
        yield Measure(
            kind="tray", value=_fill(review), limit=review.number("tray", "design_fill_ratio"), side="most",
            name="design_fill_ratio", inputs=("width_m", "depth_m"),
        )  # fmt: skip


@rule(
    "FA003", severity="major", title="The tray is fuller than it may ever be", unit="%",
    formula="cross sections of the cables side by side where the tray is fullest, over width times depth",
    source="ANSI/TIA-569-E: 50 % at most (recalled: assumption); twin:tray:limitFillRatio",
    remedy="Widen or double the tray, or route bundles another way.",
)  # fmt: skip
def fill_limit(review: Review) -> Iterator[Measure]:
    """Measure every tray."""
    if review.has("tray", "fabric_cable"):
        yield Measure(
            kind="tray", value=_fill(review), limit=review.number("tray", "limit_fill_ratio"), side="most",
            name="fill_ratio", inputs=("width_m", "depth_m"),
        )  # fmt: skip


@rule(
    "FA004", severity="minor", title="The cables in the tray are heavier than it carries", unit="kg/m",
    formula="count times mass per length of the cables side by side where the tray is fullest",
    source="Maker's load of the tray, twin:tray:allowedLoad", remedy="Add supports, or a stronger tray.",
)  # fmt: skip
def tray_load(review: Review) -> Iterator[Measure]:
    """Measure every tray that states what it carries."""
    if review.has("tray", "fabric_cable"):
        cable = review.table("fabric_cable").numbers
        per_length = (cable["count"] * cable["mass_kg_m"])[:, 0]
        yield Measure(
            kind="tray", value=fullest(review, np.where(np.isfinite(per_length), per_length, 0.0))[None],
            limit=review.number("tray", "allowed_load_kg_m"), side="most", name="load_kg_m",
            inputs=("allowed_load_kg_m",),
        )  # fmt: skip


@rule(
    "FA005", severity="note", title="The cable is bent more sharply than is usual", unit="mm",
    formula="smallest bend radius installed, against ten (fibre) or five (copper) outer diameters",
    source="Vendors' practice: fibre 10 x OD installed, DAC 5 to 10 x OD (assumption)",
    remedy="Use wider bends or a thinner cable.",
)  # fmt: skip
def bend(review: Review) -> Iterator[Measure]:
    """Measure every bundle whose bend radius is written."""
    if review.has("fabric_cable"):
        medium = review.table("fabric_cable").words["medium"]
        ratio = np.where(np.isin(np.array(medium), COPPER), COPPER_BEND_RATIO, FIBRE_BEND_RATIO)
        yield Measure(
            kind="fabric_cable", value=review.number("fabric_cable", "bend_radius_m"),
            limit=ratio * review.number("fabric_cable", "diameter_m"), side="least", name="bend_radius_m",
            inputs=("bend_radius_m", "diameter_m", "medium"),
        )  # fmt: skip


@rule(
    "FA006", severity="major", title="More cables go into the switch than it has ports", unit="1",
    formula="cables of all bundles that end at the switch", source="Maker's data, twin:switch:portCount",
    remedy="Move bundles to another switch, or break ports out and declare more of them.",
)  # fmt: skip
def ports_used(review: Review) -> Iterator[Measure]:
    """Measure every switch."""
    if review.has("switch", "fabric_cable"):
        cable = review.table("fabric_cable")
        count = len(review.table("switch").paths)
        used = np.zeros(count)
        for end in ("a", "b"):
            switch = parts_at(review, cable.ends[end].node, "switch")
            used += group_sum(switch, cable.numbers["count"][:, 0], count)
        yield Measure(
            kind="switch", value=used[None],
            limit=review.number("switch", "port_count") * review.number("switch", "count"), side="most",
            name="ports_used_count", inputs=("port_count", "count"),
        )  # fmt: skip


def _said(review: Review, node: Index, name: str) -> list[str]:
    """Return a SimReady word of the port at each node, "" where its asset does not say."""
    ports = review.facility.ports
    if not len(ports.spec):
        return [""] * len(node)
    words = [spec.words.get(name, "") for spec in ports.specs]
    return [words[s] if n >= 0 else "" for n, s in zip(node.tolist(), ports.spec[node].tolist(), strict=True)]


def _mismatches(review: Review, end: str) -> Array:
    """Return how many words of the port at one end the cable does not fit, shape (cable,)."""
    cable = review.table("fabric_cable")
    node = cable.ends[end].node
    said = [_said(review, node, name) for name in PORT_WORDS]
    own = (cable.words[name] for name in ("data_rate", "connector", "transceiver"))
    return np.array([_misfit(*row) for row in zip(*said, *own, strict=True)])


@lru_cache(maxsize=4096)
def _misfit(  # noqa: PLR0917  one row of words
    rate: str, rates: str, cage: str, allowed: str, cable_rate: str, connector: str, transceiver: str
) -> float:
    """Return how many words of one port a cable does not fit; words that are not said fit."""
    carried = [RATES.get(word) for word in (*rates.split(), rate) if word]
    highest = max((r for r in carried if r is not None), default=None)
    too_fast = highest is not None and RATES.get(cable_rate, 0.0) > highest
    wrong_plug = bool(connector) and connector not in CAGES.get(cage, (connector,))
    wrong_optic = bool(allowed and transceiver) and not any(word in transceiver for word in allowed.split())
    return float(too_fast) + float(wrong_plug) + float(wrong_optic)


@rule(
    "FA007", severity="major", title="The cable does not fit the ports at its ends", unit="1",
    formula="count of: rate of the cable above the highest that the port says, connector that goes into no "
    "cage of its kind, transceiver that is not among those allowed; over both ends",
    source="SimReady AI-Factory 0.2.0, CP.012 network properties of the two ports; connectors by cage from "
    "vendor catalogues",
    remedy="Choose the cable or transceiver that the ports name, or another port.",
    graded=False,
)  # fmt: skip
def port_fit(review: Review) -> Iterator[Measure]:
    """Measure every bundle against the words of its two ports."""
    if review.has("fabric_cable"):
        value = _mismatches(review, "a") + _mismatches(review, "b")
        yield Measure(
            kind="fabric_cable",
            value=value[None], limit=np.zeros((1, 1)), side="most",
            name="mismatch_count",
            inputs=("data_rate", "connector", "transceiver"),
        )  # fmt: skip


@rule(
    "FA008",
    severity="minor",
    title="The switches of the rack draw more than the rack's power counts",
    unit="kW",
    formula="sum of the planning power of the switches whose prims stand below the rack",
    source="Switches draw their power through the rack they stand in: twin:switch:power, "
    "twin:airRack:itPower",
    remedy="Raise the power of the rack, or move a switch to another one.",
)  # fmt: skip
def switch_power(review: Review) -> Iterator[Measure]:
    """Measure every rack that holds switches."""
    for kind in review.built("rack", "air_rack") if review.has("switch") else ():
        paths = review.table(kind).paths
        row = {"": -1} | {path: i for i, path in enumerate(paths)}
        owner = np.array([_above(path, row) for path in review.table("switch").paths], dtype=np.intp)
        numbers = review.table("switch").numbers
        drawn = group_sum(owner, (numbers["count"] * numbers["power_w"])[:, 0], len(paths))
        yield Measure(
            kind=kind, value=only(drawn > 0.0, drawn)[None], limit=review.number(kind, "it_power_w"),
            side="most",
            name="switch_power_w", inputs=("it_power_w",),
        )  # fmt: skip


def _above(path: str, row: dict[str, int]) -> int:
    """Return the row of the nearest prim above a path, -1 for none; what is found is added to ``row``."""
    parent = path.rpartition("/")[0]
    if parent not in row:
        row[parent] = _above(parent, row)
    return row[parent]
