"""Electrical schedules as pages for a terminal and in Markdown; equal rows stand in one line."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from twin.model.component import kinds
from twin.reports.lines import WIDTH, Ink, columns, fit, wrapped
from twin.reports.numbers import NONE, number, percent, power, signed
from twin.studies.schedule_rows import (
    BreakerRow,
    DropRow,
    FaultRow,
    LoadRow,
    RunRow,
    Schedules,
    TotalRow,
)
from twin.studies.stages import OWN

# Lines of one kind of equipment: the worst of them; the formats for machines hold every row.
OF_EACH = 4
NAME, WIDER = 26, 29
# What 3 digits do not tell apart is the same to a reader; less current than that is rounding.
SAME_RATIO, STILL_A = 1e-3, 1e-6
UNKNOWN = "n. est."
Row = TypeVar("Row")
Cells = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One table of a page.

    Attributes:
        title: What it holds.
        head, rows: Texts, shape (column,) and (row, column).
        left: Columns at the start that are set flush left.
        notes: What has to be known to read it.
    """

    title: str
    head: Cells
    rows: Sequence[Cells]
    left: int
    notes: Sequence[str] = ()


def sheets(found: Schedules, only: Sequence[str]) -> Iterator[Sheet]:
    """Yield the tables of some schedules, of all by default, in the order of ``SHEETS``."""
    for name, make in SHEETS.items():
        if not only or name in only:
            yield from (sheet for sheet in make(found) if sheet.rows)


def schedules_text(layout: str, found: Schedules, only: Sequence[str], ink: Ink | None = None) -> str:
    """Return the page for a terminal."""
    ink = ink or Ink()
    lines = [ink("bold", f"{layout}: electrical schedules")]
    for sheet in sheets(found, only):
        lines += ["", ink("bold", sheet.title)]
        right = range(sheet.left, len(sheet.head))
        lines += [fit(line, WIDTH) for line in columns([sheet.head, *sheet.rows], right=right)]
        for note in sheet.notes:
            lines += wrapped(note, indent="  ")
    if len(lines) == 1:
        lines.append("  nothing electrical to list")
    return "\n".join(lines) + "\n"


def schedules_markdown(layout: str, found: Schedules, only: Sequence[str]) -> str:
    """Return the page in Markdown."""
    lines = [f"# {layout}: electrical schedules"]
    for sheet in sheets(found, only):
        rule = ["---"] * sheet.left + ["--:"] * (len(sheet.head) - sheet.left)
        lines += ["", f"## {sheet.title}", ""]
        rows = [_headed(cells) for cells in sheet.rows]
        lines += [f"| {' | '.join(cells)} |" for cells in (sheet.head, rule, *rows)]
        if sheet.notes:
            lines += ["", *(f"* {note}" for note in sheet.notes)]
    return "\n".join(lines) + "\n"


def _headed(cells: Cells) -> Cells:
    """Return a row with its name set bold where it is that of a kind."""
    first, *rest = cells
    kind = not first.startswith(" ") and not any(rest[1:])
    return (f"**{first}**", *rest) if kind else (first.strip(), *rest)


def grouped(
    rows: Sequence[Row],
    kind: Callable[[Row], str],
    order: Callable[[Row], float],
    cells: Callable[[Row], Cells],
    prim: Callable[[Row], str],
    *,
    width: int = NAME,
) -> list[Cells]:
    """Return rows that read alike as one, the worst of every kind first, each kind under its name.

    Args:
        rows: Rows of one table.
        kind: What they are told apart by.
        order: How near each is to its limit; the greatest is the worst, NaN comes last.
        cells: What is shown behind name and count.
        prim: Whose row it is.
        width: Columns for that.
    """
    out: list[Cells] = []
    for name in dict.fromkeys(map(kind, rows)):
        mine = sorted((row for row in rows if kind(row) == name), key=lambda row: _falling(order(row)))
        like: dict[Cells, list[Row]] = {}
        for row in mine:
            like.setdefault(cells(row), []).append(row)
        blank = ("",) * len(next(iter(like)))
        out.append((f"{name[0].upper()}{name[1:]}", f"{len(mine)}", *blank))
        for shown, held in list(like.items())[:OF_EACH]:
            count = f"×{len(held)}" if len(held) > 1 else ""
            out.append((f"  {fit(_within(prim(held[0])), width)}", count, *shown))
        rest = sum(len(held) for held in list(like.values())[OF_EACH:])
        if rest:
            out.append(("  others", f"×{rest}", *blank))
    return out


def _falling(value: float) -> float:
    """Return what sorts the greatest first, NaN last."""
    return -value if np.isfinite(value) else np.inf


def _within(prim: str) -> str:
    """Return a prim without the root that all share."""
    return prim.split("/", 2)[-1]


def _label(kind: str) -> str:
    return kinds()[kind].label


def _last(prim: str) -> str:
    return prim.rpartition("/")[2] or NONE


def _kilo(value: float, digits: int = 4) -> str:
    return number(value / 1e3, digits)


def _case(name: str, normal: float, worst: float) -> str:
    """Return the case of a worst value, nothing where normal operation is as bad."""
    return "" if name == "normal" or abs(worst - normal) <= SAME_RATIO * abs(worst) else name


def _amperes(value: float, digits: int = 3) -> str:
    return number(0.0 if abs(value) < STILL_A else value, digits)


def _loads(found: Schedules) -> Iterator[Sheet]:
    drawn = sum({(r.consumer, r.role): r.consumer_w for r in found.loads}.values())
    yield Sheet(
        title="Loads, by input", left=4,
        head=("consumer", "", "feed", "from", "V", "pf", "kW", "A", "worst kW", "A", "case", "EDPp kW"),
        rows=grouped(
            found.loads, lambda r: _label(r.kind), lambda r: r.worst_current_a, _load, lambda r: r.consumer
        ),
        notes=[
            f"consumers draw {power(drawn)} of {power(found.closure.connection_w)} in normal operation",
            "EDPp is that of the whole consumer; inputs of two feeds each carry all of it when the other is "
            "lost",
        ],
    )  # fmt: skip
    yield Sheet(
        title="Totals of boards, converters, transformers, sources", left=2,
        head=("", "", "kW", "worst kW", "rating", "loading", "worst", "allowed", "case"),
        rows=grouped(
            found.totals, lambda r: _label(r.kind), lambda r: r.worst_loading_ratio / r.limit_ratio, _total,
            lambda r: r.prim,
        ),
        notes=["a board passes on what flows into its bus; its loading is that over the bus's rating"],
    )  # fmt: skip


def _load(row: LoadRow) -> Cells:
    apart = " DC" if row.direct else f" {row.phases}" if row.phases not in {"", "abc"} else ""
    volts = f"{number(row.nominal_v)}{apart}"
    return (
        row.feed, _last(row.source), volts, number(row.power_factor_ratio),
        _kilo(row.power_w, 3), _amperes(row.current_a), _kilo(row.worst_power_w, 3),
        _amperes(row.worst_current_a), _case(row.worst_case, row.current_a, row.worst_current_a),
        _kilo(row.peak_w),
    )  # fmt: skip


def _total(row: TotalRow) -> Cells:
    ratings = ((row.rating_a, "A", 1.0), (row.rating_w, "kW", 1e3), (row.rating_va, "kVA", 1e3))
    rating = next((f"{number(v / f)} {unit}" for v, unit, f in ratings if np.isfinite(v)), NONE)
    return (
        _kilo(row.power_w, 3), _kilo(row.worst_power_w, 3), rating,
        percent(row.loading_ratio), percent(row.worst_loading_ratio), percent(row.limit_ratio),
        _case(row.worst_case, row.loading_ratio, row.worst_loading_ratio),
    )  # fmt: skip


def _runs(found: Schedules) -> Iterator[Sheet]:
    yield Sheet(
        title="Busways, cables, whips: currents in A", left=3,
        head=(
            "", "", "mm²", "rating", "allowed", "A", "worst", "loading", "margin", "EDPp", "case",
        ),
        rows=grouped(
            found.runs, lambda r: r.stage, lambda r: r.loading_ratio / r.limit_ratio, _run, lambda r: r.prim
        ),
        notes=[
            "mm²: runs × phases or poles × section; of a busway by its resistance at 20 °C",
            "allowed: rating times the share that may be used without limit of time; EDPp: loading at the "
            "electrical peak of the racks, against the rating itself",
        ],
    )  # fmt: skip


def _run(row: RunRow) -> Cells:
    bundle = f"{number(row.count)}×" if row.count > 1.0 else ""
    metal = "" if row.conductor == "copper" else " Al"
    section = f"{bundle}{row.conductor_count}×{number(row.section_m2 * 1e6, 3)}{metal}"
    return (
        section, number(row.rating_a), number(row.limit_a), _amperes(row.current_a),
        _amperes(row.worst_current_a), percent(row.loading_ratio), signed(float(f"{row.margin_a:.3g}")),
        percent(row.peak_loading_ratio), _case(row.worst_case, row.current_a, row.worst_current_a),
    )  # fmt: skip


def _breakers(found: Schedules) -> Iterator[Sheet]:
    used = [row for row in found.breakers if row.load]
    spare = len(found.breakers) - len(used)
    yield Sheet(
        title="Breakers: currents in A, breaking capacity in kA", left=2,
        head=(
            "", "", "rating", "allowed", "A", "worst", "loading", "margin", "EDPp", "Icu", "margin", "case",
        ),
        rows=grouped(
            used, _sort,
            lambda r: r.loading_ratio / r.limit_ratio, _breaker, _way, width=WIDER,
        ),
        notes=[
            f"{spare} spare ways of boards are left out here",
            "Icu: ultimate breaking capacity, less the greatest short-circuit current; – where it is not "
            "declared or not established",
        ],
    )  # fmt: skip


def _way(row: BreakerRow) -> str:
    return row.prim if row.kind == "whip" else f"{row.prim} → {_last(row.load)}"


def _sort(row: BreakerRow) -> str:
    way = row.way.partition(" ")[0]
    return _label(row.kind) if way in {"breaker", "fuse", "switch"} else f"{_label(row.kind)}, {way}"


def _breaker(row: BreakerRow) -> Cells:
    bundle = f"{number(row.count)}×" if row.count > 1.0 else ""
    rating = f"{bundle}{number(row.rating_a / row.count)}"
    return (
        rating, number(row.limit_a),
        _amperes(row.current_a), _amperes(row.worst_current_a), percent(row.loading_ratio),
        signed(float(f"{row.margin_a:.3g}")), percent(row.peak_loading_ratio),
        _kilo(row.breaking_capacity_a), _kilo(row.breaking_margin_a, 3),
        _case(row.worst_case, row.current_a, row.worst_current_a),
    )  # fmt: skip


def _drops(found: Schedules) -> Iterator[Sheet]:
    yield Sheet(
        title="Voltage drop from the board's bus to the racks' inputs, % of nominal", left=4,
        head=(
            "rack", "", "feed", "board", "feeder", "busway", "whip", "total", "margin", "EL041",
            "lowest", "case",
        ),
        rows=grouped(found.drops, lambda r: _label(r.kind), lambda r: r.total_ratio, _drop, lambda r: r.rack),
        notes=[
            "total: difference of the solved voltages, in the worst case; margin to 5 % (IEC 60364-5-52, "
            "table G.52.1); lowest: voltage of the input; EL041 leaves the feeder out and goes to the last "
            "tap-off of the busway",
        ],
    )  # fmt: skip


def _drop(row: DropRow) -> Cells:
    def cent(value: float) -> str:
        return f"{100.0 * value:.2f}" if np.isfinite(value) else NONE

    return (
        row.feed, _last(row.board), cent(row.feeder_ratio), cent(row.busway_ratio),
        cent(row.run_ratio), cent(row.total_ratio), cent(row.margin_ratio), cent(row.rule_ratio),
        cent(row.lowest_ratio), _case(row.worst_case, row.normal_ratio, row.total_ratio),
    )  # fmt: skip


def _faults(found: Schedules) -> Iterator[Sheet]:
    yield Sheet(
        title="Short circuit, kA", left=2,
        head=(
            "", "", "Ik″max", "ip", "Ik″min", "met", "limit", "margin", "ip limit", "ip margin", "case",
        ),
        rows=grouped(
            found.faults, lambda r: _label(r.kind),
            lambda r: r.met_a / r.limit_a if np.isfinite(r.met_a / r.limit_a) else r.ikss_max_a * 1e-12,
            _fault, lambda r: r.prim,
        ),
        notes=[
            "by IEC 60909-0:2016; greatest currents with UPS in static bypass, least ones on inverter or "
            "generator; met: what is left behind a breaker that limits it; limit: Icw or breaking capacity",
            f"{UNKNOWN}: not established, on direct current or behind a source that does not declare its "
            "short-circuit power",
        ],
    )  # fmt: skip
    yield Sheet(
        title="Faults of two lines and to earth, kA", left=2,
        head=("", "", "Ik2″min", "Ik1″max", "Ik1″min"),
        rows=grouped(
            [row for row in found.faults if row.kind != "ups"], lambda r: _label(r.kind),
            lambda r: r.ikss_earth_max_a if np.isfinite(r.ikss_earth_max_a) else 0.0, _unlike,
            lambda r: r.prim,
        ),
        notes=[
            "Ik2″ of two lines, Ik1″ of one to earth, IEC 60909-0:2016, 7.3 and 7.5; 0: nothing is earthed; "
            f"{UNKNOWN}: also behind inverters, or where no earthing or zero sequence is declared",
        ],
    )  # fmt: skip


def _unlike(row: FaultRow) -> Cells:
    earth, least = row.ikss_earth_max_a, row.ikss_earth_min_a
    return tuple(
        _kilo(each, 3) if np.isfinite(each) else UNKNOWN for each in (row.ikss_line_min_a, earth, least)
    )


def _fault(row: FaultRow) -> Cells:
    most = _kilo(row.ikss_max_a, 3) if row.established else UNKNOWN
    unsaid = NONE if row.kind == "ups" else UNKNOWN
    least = _kilo(row.ikss_min_a, 3) if np.isfinite(row.ikss_min_a) else unsaid
    return (
        most, _kilo(row.ip_a, 3), least, _kilo(row.met_a, 3), _kilo(row.limit_a),
        _kilo(row.margin_a, 3), _kilo(row.peak_limit_a), _kilo(row.peak_margin_a, 3),
        "" if row.worst_case == "normal" else row.worst_case,
    )  # fmt: skip


def _losses(found: Schedules) -> Iterator[Sheet]:
    closure = found.closure
    rows = [
        (row.stage, str(row.count), _kilo(row.loss_w), percent(row.share_ratio, 4)) for row in found.losses
    ]
    total = closure.staged_w + closure.own_w
    if rows:
        share = sum(row.share_ratio for row in found.losses)
        rows.append(("total", "", _kilo(total), percent(share, 4)))
    said = [
        f"point of connection {power(closure.connection_w)}, consumers {power(closure.consumed_w)}",
        f"stages before the racks {power(closure.staged_w)}, the metrics' figure "
        f"{power(closure.distribution_loss_w)}: residual {number(closure.residual_ratio, 2)}; connection "
        f"less consumers less stages: {number(closure.boundary_ratio, 2)} of the power at the connection",
        f"{OWN} are part of what racks draw: power times (1 − efficiency) where it is declared",
    ]
    if np.isfinite(closure.reach_ratio):
        said.append(
            f"the racks' busbars get {power(closure.busbar_w)}: {percent(closure.reach_ratio, 4)} of that "
            "and all losses, those on the way to cooling and house loads included"
        )
    yield Sheet(
        title="Losses by stage in normal operation, of the power at the point of connection", left=1,
        head=("stage", "count", "kW", "%"), rows=rows,
        notes=said,
    )  # fmt: skip
    yield Sheet(
        title="Metal of the conductors", left=2, head=("stage", "", "count", "m", "kg", "with neutral kg"),
        rows=[
            (
                row.stage, row.conductor, str(row.count), number(row.length_m), number(row.mass_kg),
                number(row.with_neutral_kg),
            )
            for row in found.metals
        ],
        notes=[
            "three phases or two poles; copper 8960 kg/m³; neutral and protective conductors are not counted",
            "with neutral (assumption): one of the full section on alternating current up to 1 kV",
            "the section of a busway follows from its resistance at 20 °C and IEC 60028",
        ],
    )  # fmt: skip


SHEETS: dict[str, Callable[[Schedules], Iterator[Sheet]]] = {
    "load": _loads, "busway": _runs, "breaker": _breakers, "drop": _drops, "short_circuit": _faults,
    "losses": _losses,
}  # fmt: skip
