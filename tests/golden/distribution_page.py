"""Writes the figures of ``docs/distribution.md``: one hall on 415 V and 480 V AC and on 800 V DC.

Run ``python -m tests.golden.distribution_page`` from the top of the repository.
"""

from dataclasses import dataclass
from math import ceil
from pathlib import Path

from tests.golden.test_layout_rules import WORSE
from twin.reports.numbers import number, percent, signed
from twin.studies.schedule_rows import RunRow, Schedules
from twin.studies.schedules import schedules
from twin.studies.stages import DIRECT_CABLES, DISTRIBUTION, GRID, LOW_CABLES, OWN, STAGES
from twin.walk import Outcome, walk

PAGE = Path(__file__).parents[2] / "docs/distribution.md"
MARK = "<!-- below: written by tests.golden.distribution_page -->"
DETAILED = "hall_liquid"
LAYOUTS = (DETAILED, "pod")
NAMES = {"ac_415": "415 V AC", "ac_480": "480 V AC", "dc_800": "800 V DC"}
# Busway of each distribution, and whether cables are resized.
SAME, BUSWAYS, ALL = "a", "b", "c"
SETS = {
    SAME: "same conductors for all three: busways of 1250 A",
    BUSWAYS: "busways resized: the smallest series that the racks' electrical peak loads to 80 % at most",
    ALL: "cables between boards, converters and busways resized as well: as many runs as carry their worst "
    "current",
}
SMALLER = {"ac_415": 1250, "ac_480": 1000, "dc_800": 1000}
SERIES = (1250, 1000, 800)
PEAK_RATIO = 0.8
SPARE_RATIO = 1.01
GROUPS = {
    "UPS and converters (assumed efficiency)": ("UPS", "power converters"),
    "racks' own supplies (assumed efficiency)": (OWN,),
    "transformers": (GRID, DISTRIBUTION),
}
CONDUCTORS = "boards, cables, busways, whips"


@dataclass(frozen=True, kw_only=True)
class Solved:
    """One hall with one distribution: what was solved, and its schedules."""

    outcome: Outcome
    found: Schedules

    @property
    def verdict(self) -> str:
        """Return PASS, or FAIL with the rules that fail."""
        failing = sorted({f.rule for f in self.outcome.findings if f.severity in WORSE})
        return " ".join(["FAIL", *failing]) if failing else "PASS"

    @property
    def lost_w(self) -> float:
        """Return everything lost before the racks' busbars."""
        return self.found.closure.staged_w + self.found.closure.own_w

    def stage_w(self, *stages: str) -> float:
        """Return the losses of some stages."""
        return sum(row.loss_w for row in self.found.losses if row.stage in stages)

    @property
    def peak_ratio(self) -> float:
        """Return the highest loading of a busway at the racks' electrical peak."""
        return max(row.peak_loading_ratio for row in self.found.runs if row.kind == "busway")

    @property
    def to_racks(self) -> list[RunRow]:
        """Return the runs between the boards before busways and the racks."""
        busways = {row.prim for row in self.found.runs if row.kind == "busway"}
        return [row for row in self.found.runs if row.kind in {"busway", "whip"} or row.load in busways]


def runs_needed(found: Schedules) -> list[str]:
    """Return overrides that give cables between equipment as many runs as their worst current needs.

    With 1 % to spare: other sizes move currents a little.
    Cables to consumers stay: what the consumer's port may draw decides them (MA023).
    """
    out = []
    consumers = {row.consumer for row in found.loads}
    for row in found.runs:
        if row.stage in {LOW_CABLES, DIRECT_CABLES} and row.load not in consumers:
            allowed_a = row.limit_a / row.count
            count = max(1, ceil(SPARE_RATIO * row.worst_current_a / allowed_a - 1e-9))
            if count != row.count:
                out.append(f"{row.prim}.twin:powerCable:count={count}")
    return out


def solved(layout: str, name: str, busway: int, overrides: list[str]) -> Solved:
    """Solve a layout with a distribution."""
    chosen = [f"/World:distribution={name}", f"/World:busway={busway}"]
    outcome = walk(layout, variants=chosen, overrides=overrides)
    return Solved(outcome=outcome, found=schedules(outcome))


def sets_of(layout: str) -> dict[str, dict[str, Solved]]:
    """Return the layout with every distribution in every set of conductors."""
    out: dict[str, dict[str, Solved]] = {SAME: {name: solved(layout, name, 1250, []) for name in NAMES}}
    out[BUSWAYS] = {
        name: out[SAME][name] if SMALLER[name] == 1250 else solved(layout, name, SMALLER[name], [])
        for name in NAMES
    }
    out[ALL] = {
        name: solved(layout, name, SMALLER[name], runs_needed(one.found))
        for name, one in out[BUSWAYS].items()
    }
    return out


def summary(sets: dict[str, dict[str, Solved]]) -> list[str]:
    """Return one row per set and distribution."""
    lines = [
        "| | | connection [kW] | lost [kW] | lost | to 50 V | copper [t] | with neutral [t] "
        "| boards to racks [t] | worst drop | spine | in case | busway | at EDPp | ratio | verdict |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|--:|--:|---|---|",
    ]
    for key, distributions in sets.items():
        for name, one in distributions.items():
            cells = (key, NAMES[name], *electrical(one), *limits(one))
            lines.append(f"| {' | '.join(cells)} |")
    return lines


def electrical(one: Solved) -> tuple[str, ...]:
    """Return power, losses and copper."""
    closure, metals = one.found.closure, one.found.metals
    assert {row.conductor for row in metals} == {"copper"}
    mass, neutral = (sum(getattr(r, n) for r in metals) for n in ("mass_kg", "with_neutral_kg"))
    return (
        number(closure.connection_w / 1e3, 6), number(one.lost_w / 1e3),
        percent(one.lost_w / closure.connection_w), percent(closure.reach_ratio, 4), number(mass / 1e3),
        number(neutral / 1e3), number(sum(row.metal_kg for row in one.to_racks) / 1e3),
    )  # fmt: skip


def limits(one: Solved) -> tuple[str, ...]:
    """Return worst drop, loading, ratio and verdict."""
    racks = [row for row in one.found.drops if row.busway]
    spine = [row for row in one.found.drops if not row.busway]
    drop = max(racks, key=lambda row: row.total_ratio)
    busway = max((r for r in one.found.runs if r.kind == "busway"), key=lambda row: row.loading_ratio)
    normal = [i for i, case in enumerate(one.outcome.facility.cases) if case.name == "normal"]
    ratio = one.outcome.tree["facility"]["pue_design_ratio"].values[normal]
    return (
        percent(drop.total_ratio), percent(max((row.total_ratio for row in spine), default=float("nan"))),
        drop.worst_case, percent(busway.loading_ratio), percent(one.peak_ratio),
        f"{ratio[0]:.3f} / {ratio.max():.3f}", one.verdict,
    )  # fmt: skip


def stages(distributions: dict[str, Solved]) -> list[str]:
    """Return losses and copper by stage, one row per stage."""
    heads = " | ".join(f"{NAMES[n]} [kW] | | copper [t]" for n in distributions)
    lines = [f"| stage | {heads} |", "|---|" + "--:|--:|--:|" * len(distributions)]
    every = {row.stage for one in distributions.values() for row in one.found.losses}
    for stage in (name for name in (*STAGES, OWN) if name in every):
        cells = []
        for one in distributions.values():
            loss = one.stage_w(stage)
            metal = sum(row.mass_kg for row in one.found.metals if row.stage == stage)
            share = percent(loss / one.found.closure.connection_w) if loss else "–"
            cells += [number(loss / 1e3), share, number(metal / 1e3) if metal else "–"]
        lines.append(f"| {stage} | {' | '.join(cells)} |")
    totals = []
    for one in distributions.values():
        share = percent(one.lost_w / one.found.closure.connection_w)
        totals += [number(one.lost_w / 1e3), share, number(sum(r.mass_kg for r in one.found.metals) / 1e3)]
    return [*lines, f"| **total** | {' | '.join(totals)} |"]


def differences(sets: dict[str, dict[str, Solved]]) -> list[str]:
    """Return what 480 V AC and 800 V DC change against 415 V AC, and where it comes from."""
    heads = [f"{key}: {NAMES[name]}" for key in sets for name in NAMES if name != "ac_415"]
    lines = [f"| against 415 V AC | {' | '.join(heads)} |", "|---|" + "--:|" * len(heads)]
    rows: dict[str, list[str]] = {}
    for distributions in sets.values():
        base = distributions["ac_415"]
        for one in (one for name, one in distributions.items() if name != "ac_415"):
            for title, text in change(base, one).items():
                rows.setdefault(title, []).append(text)
    return [*lines, *(f"| {title} | {' | '.join(cells)} |" for title, cells in rows.items())]


def change(base: Solved, one: Solved) -> dict[str, str]:
    """Return what changes from one distribution to another; the parts add up to the connection's power."""
    before, after = base.found.closure, one.found.closure
    parts = {title: one.stage_w(*held) - base.stage_w(*held) for title, held in GROUPS.items()}
    lost, taken = one.lost_w - base.lost_w, after.connection_w - before.connection_w
    parts[CONDUCTORS] = lost - sum(parts.values())
    parts["cooling and others, which have less heat to move"] = taken - lost
    out = {f"{title} [kW]": signed(float(f"{round(watts / 1e3, 6):.4g}")) for title, watts in parts.items()}
    copper = {
        "copper, all of it": [sum(r.mass_kg for r in x.found.metals) for x in (base, one)],
        "copper with neutral": [sum(r.with_neutral_kg for r in x.found.metals) for x in (base, one)],
        "copper of busways": [
            sum(r.metal_kg for r in x.found.runs if r.kind == "busway") for x in (base, one)
        ],
        "copper from boards to racks": [sum(r.metal_kg for r in x.to_racks) for x in (base, one)],
    }
    out["**power at the connection [kW]**"] = signed(float(f"{taken / 1e3:.4g}"))
    out["**power at the connection**"] = signed(float(f"{100.0 * taken / before.connection_w:.3g}")) + " %"
    points = 100.0 * (after.reach_ratio - before.reach_ratio)
    out["to 50 V [percentage points]"] = signed(float(f"{points:.3g}"))
    for title, (was, now) in copper.items():
        out[title] = signed(float(f"{100.0 * (now / was - 1.0):.3g}")) + " %"
    return out


def tables(layout: str, sets: dict[str, dict[str, Solved]]) -> list[str]:
    """Return the section of one layout."""
    first = sets[SAME]["ac_415"].found.closure
    lines = [f"\n## `{layout}`: {number(first.busbar_w / 1e6)} MW on the racks' busbars\n", *summary(sets)]
    for key, distributions in (sets if layout == DETAILED else {}).items():
        lines += [f"\n### ({key}) {SETS[key]}\n", *stages(distributions)]
    return [*lines, "\n### What changes, and where it comes from\n", *differences(sets)]


def page() -> str:
    """Return the page: what stands above the mark, and the figures anew."""
    lines = [PAGE.read_text(encoding="utf-8").partition(MARK)[0] + MARK]
    for layout in LAYOUTS:
        lines += tables(layout, sets_of(layout))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE.name)
