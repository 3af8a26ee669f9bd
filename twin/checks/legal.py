"""Rules on the annual PUE, each from a law or a programme: looked at only where a year asks for them."""

from collections.abc import Iterator, Mapping

import numpy as np

from twin.checks.rule import Measure, Review, rule

# What a year is held against by name; the dates of a law are part of its name.
LIMITS: Mapping[str, str] = {
    "de-new": "EN010", "de-old-2027": "EN011", "de-old-2030": "EN012", "sg-roadmap": "EN013",
    "cn-new": "EN014", "cn-hub": "EN015",
}  # fmt: skip
ENEFG = "Energieeffizienzgesetz (Germany, 2023), § 11"
PLAN = (
    "implementation plan of NDRC, CAC, MIIT and NEA on green data centres and 5G (China, December 2021; read "
    "in press reports of that day)"
)
FORMULA = "annual facility energy over annual IT energy, ISO/IEC 30134-2 category 3; twin year --limit only"
REMEDY = "twin year prints where the energy goes and which months are worst; chillers and fans first."


def _annual(review: Review, limit: float) -> Iterator[Measure]:
    """Measure the PUE of a year, where one is held in the results."""
    if "annual" in review.tree.children and "pue" in review.tree["/annual"]:
        yield Measure(
            kind="site", value=np.full((1, 1), float(review.tree["/annual"]["pue"])),
            limit=np.full((1, 1), limit), side="most", name="pue_annual_ratio",
            parts=np.zeros(1, dtype=np.intp),
        )  # fmt: skip


@rule(
    "EN010", severity="major", title="German law allows new data centres a lower annual PUE", unit="1",
    formula=FORMULA,
    source=f"{ENEFG} (2): 1.2 on annual average for data centres that start on or after 1 July 2026, at the "
    "latest two years after the start; power that only raises the temperature of waste heat need not count, "
    "here it does",
    remedy=REMEDY, cases="normal",
)  # fmt: skip
def german_new(review: Review) -> Iterator[Measure]:
    """Measure against 1.2."""
    yield from _annual(review, 1.2)


@rule(
    "EN011", severity="major", title="German law allows older data centres a lower annual PUE", unit="1",
    formula=FORMULA,
    source=f"{ENEFG} (1) 1: 1.5 on annual average from 1 July 2027 for data centres that started before "
    "1 July 2026",
    remedy=REMEDY, cases="normal",
)  # fmt: skip
def german_old(review: Review) -> Iterator[Measure]:
    """Measure against 1.5."""
    yield from _annual(review, 1.5)


@rule(
    "EN012", severity="major",
    title="German law allows older data centres a lower annual PUE in its second step", unit="1",
    formula=FORMULA,
    source=f"{ENEFG} (1) 2: 1.3 on annual average from 1 July 2030 for data centres that started before "
    "1 July 2026",
    remedy=REMEDY, cases="normal",
)  # fmt: skip
def german_old_second(review: Review) -> Iterator[Measure]:
    """Measure against 1.3."""
    yield from _annual(review, 1.3)


@rule(
    "EN013", severity="major", title="Singapore's roadmap asks for a lower annual PUE", unit="1",
    formula=FORMULA,
    source="IMDA, Green Data Centre Roadmap (Singapore, May 2024; read in a law firm's summary): 1.3 at full "
    "IT load for every data centre within ten years; a target, no law",
    remedy=REMEDY, cases="normal",
)  # fmt: skip
def singapore(review: Review) -> Iterator[Measure]:
    """Measure against 1.3."""
    yield from _annual(review, 1.3)


@rule(
    "EN014", severity="major", title="China's plan asks for a lower PUE of new large data centres", unit="1",
    formula=FORMULA,
    source=f"{PLAN}: below 1.3 on average for new large and very large ones by 2025",
    remedy=REMEDY, cases="normal",
)  # fmt: skip
def chinese_new(review: Review) -> Iterator[Measure]:
    """Measure against 1.3."""
    yield from _annual(review, 1.3)


@rule(
    "EN015", severity="major", title="China's plan asks for a lower PUE of new data centres in its hubs",
    unit="1",
    formula=FORMULA,
    source=f"{PLAN}: below 1.25 in the national hub nodes by 2025",
    remedy=REMEDY, cases="normal",
)  # fmt: skip
def chinese_hub(review: Review) -> Iterator[Measure]:
    """Measure against 1.25."""
    yield from _annual(review, 1.25)
