"""Rules on how flow is shared among racks and trays, and what pipes, valves and strainers take."""

from collections.abc import Iterator, Mapping

import numpy as np

from twin.arrays import Array
from twin.checks.rule import Measure, Review, only, rule
from twin.components.rack import required_flow_at

STEEP_PA_M = 400.0
UNEVEN_RATIO = 0.10
UNEVEN_TRAYS_RATIO = 0.05
AUTHORITY_RATIO = 0.3


@rule(
    "HY004", severity="note", title="The pipe loses more per metre than is usual", unit="Pa/m",
    formula="friction of the straight pipe by Darcy–Weisbach, its fittings left out",
    source="ASHRAE practice, 100 to 400 Pa/m (recalled: assumption)",
    remedy="Choose the next nominal size where noise, erosion or pump power matter.", capture="liquid",
)  # fmt: skip
def gradient(review: Review) -> Iterator[Measure]:
    """Measure pipes."""
    if review.has("pipe"):
        yield Measure(
            kind="pipe", value=only(review.runs("pipe"), review.result("pipe", "gradient_pa_m")),
            limit=np.array([[STEEP_PA_M]]), side="most", name="gradient_pa_m",
            inputs=("size", "inner_diameter_m"),
        )  # fmt: skip


def _off_mean(review: Review) -> Array:
    """Return how far each rack's flow over its demand is from the mean of its header [1]."""
    supply, share = (review.result("rack", n) for n in ("coolant_supply_k", "header_flow_ratio"))
    demand = required_flow_at(review.table("rack").curves["required_flow_m3_s"], supply.T).T
    asked = np.isfinite(share) & (demand > 0.0)
    met = np.where(asked, review.result("rack", "coolant_flow_m3_s"), np.nan) / np.where(asked, demand, 1.0)
    header, loop = review.result("rack", "header_index")[0], review.result("rack", "loop_index")[0]
    _, group = np.unique(np.stack([header, loop]), axis=1, return_inverse=True)
    group = group.ravel()
    known = np.isfinite(met)
    total, flowing = np.zeros((2, int(group.max(initial=-1)) + 1, len(met)))
    np.add.at(total, group, np.where(known, met, 0.0).T)
    np.add.at(flowing, group, known.T.astype(np.float64))
    mean = np.where(total > 0.0, total / np.maximum(flowing, 1.0), np.nan)
    return np.abs(met / mean[group].T - 1.0)


@rule(
    "HY030", severity="note", title="The racks of one header are not served alike", unit="%",
    formula="rack's flow over what its maker asks for, against the mean of that over the racks that flow on "
    "the same manifold",
    source="Balancing practice, 10 % (NEBB and ASHRAE 111, recalled: assumption)",
    remedy="Balance the branches: valves, wider or reverse-return headers, or flow-limiting valves.",
    capture="liquid",
)  # fmt: skip
def uneven_racks(review: Review) -> Iterator[Measure]:
    """Measure racks with coolant flow."""
    if review.has("rack"):
        yield Measure(
            kind="rack", value=_off_mean(review), limit=np.array([[UNEVEN_RATIO]]), side="most",
            name="off_mean_ratio", inputs=("required_flow_m3_s", "pressure_curve_pa"),
        )  # fmt: skip


@rule(
    "HY031", severity="minor", title="The trays of the rack are not served alike", unit="%",
    formula="greatest less least flow of equal trays over their mean: friction along the rack's two headers, "
    "both joined at the bottom, against the drop of the rack; not judged where the headers are not given",
    source="OCP rack-manifold white paper (2023): flow spread at most 5 %",
    remedy="Widen the rack's headers, or join the return at the other end.", capture="liquid",
)  # fmt: skip
def uneven_trays(review: Review) -> Iterator[Measure]:
    """Measure racks that declare their trays and headers."""
    if review.has("rack"):
        yield Measure(
            kind="rack", value=review.result("rack", "tray_spread_ratio"),
            limit=np.array([[UNEVEN_TRAYS_RATIO]]), side="most", name="tray_spread_ratio",
            inputs=("tray_header_diameter_m", "tray_count", "tray_header_length_m"),
        )  # fmt: skip


# Units whose control valve modulates: result, and what it rests on.
_COIL = ("water_authority_ratio", ("valve_drop_pa", "water_drop_pa", "water_flow_m3_s"))
MODULATES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "cdu": ("fws_authority_ratio", ("fws_valve_drop_pa", "fws_drop_pa", "fws_flow_max_m3_s")),
    "crah": _COIL, "fan_wall": _COIL, "rear_door": _COIL,
}  # fmt: skip


@rule(
    "HY032", severity="minor", title="The control valve has too little authority", unit="%",
    formula="drop of the open water valve over that of its branch at the unit's highest flow: valve, "
    "exchanger or coil, and pipework up to the next header; not established where another valve of the "
    "branch limits its flow",
    source="Control practice: 50 % good, 30 % at the least (recalled: assumption)",
    remedy="Choose a smaller valve, widen the branch, or take a pressure-independent valve.",
    capture="liquid", graded=False,
)  # fmt: skip
def authority(review: Review) -> Iterator[Measure]:
    """Measure CDUs, air handlers and rear doors with water flow."""
    for kind in review.built(*MODULATES):
        name, inputs = MODULATES[kind]
        yield Measure(
            kind=kind, value=only(review.runs(kind), review.result(kind, name)),
            limit=np.array([[AUTHORITY_RATIO]]), side="least", name=name, inputs=inputs,
        )  # fmt: skip


@rule(
    "HY033", severity="minor", title="The strainer is loaded: it takes more than it is to be cleaned at",
    unit="kPa", formula="drop of the strainer, fouling included",
    source="Drop at which its maker or the owner wants it cleaned, twin:strainer:dropMax",
    remedy="Clean it, or choose a larger one.", capture="liquid",
)  # fmt: skip
def strainer(review: Review) -> Iterator[Measure]:
    """Measure strainers that declare such a drop."""
    if review.has("strainer"):
        yield Measure(
            kind="strainer", value=only(review.runs("strainer"), review.result("strainer", "drop_pa")),
            limit=review.number("strainer", "drop_max_pa"), side="most", name="drop_pa",
            inputs=("drop_max_pa", "fouling_ratio"),
        )  # fmt: skip
