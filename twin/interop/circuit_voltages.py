"""Voltages of a circuit held against each other: along lines, and of elements against their bus."""

import math

from twin.interop.circuit_draft import ROOT3, Draft, Rating

APART_RATIO = 0.25
"""How far a rated voltage may lie from that of its bus: phase for line voltage, or one level for another,
is further off; taps and neighbouring standards (400 V, 415 V, 480 V) are not."""


def hold_voltages(draft: Draft) -> None:
    """Note lines between different voltages, and elements rated for another voltage than their bus has.

    Nominal voltages of buses are often found by a search, not written: where all that is rated in one part
    agrees on another voltage, that of the buses is told in a warning.
    """
    part = _parts(draft)
    for entry, first, second in draft.joined:
        one, other = draft.base_v[first], draft.base_v[second]
        if not math.isnan(one + other) and abs(other / one - 1.0) > APART_RATIO:
            names = draft.bus_name(first), draft.bus_name(second)
            draft.reading.fault(
                "ST165", entry, found=f"{one:.5g} V at {names[0]} and {other:.5g} V at {names[1]}",
                expected="one voltage at both ends of a line; a transformer joins two",
            )  # fmt: skip
    for label in dict.fromkeys(part):
        _hold_part(draft, [rating for rating in draft.ratings if part[rating.bus] == label])


def _hold_part(draft: Draft, ratings: list[Rating]) -> None:
    known = [rating for rating in ratings if not math.isnan(draft.base_v[rating.bus])]
    wrong = [rating for rating in known if not _fits(draft.base_v[rating.bus], rating)]
    phase_v = [rating.rated_v / (ROOT3 if rating.between else 1.0) for rating in known]
    if len(wrong) == len(known) > 1 and max(phase_v) <= (1.0 + APART_RATIO) * min(phase_v):
        names = list(dict.fromkeys(draft.bus_name(rating.bus) for rating in known))
        draft.warnings.append(
            f"kV_base_LN of {', '.join(names[:3])}: {draft.base_v[known[0].bus]:.5g} V, where all that is "
            f"rated there agrees on {phase_v[0]:.5g} V"
        )
        return
    for rating in wrong:
        base = draft.base_v[rating.bus] * (ROOT3 if rating.between else 1.0)
        what = "between phases" if rating.between else "from phase to neutral"
        draft.reading.fault(
            "ST165", rating.entry, attribute=rating.key, found=f"{rating.rated_v:.5g} V {what}",
            expected=f"near {base:.5g} V, as bus {draft.bus_name(rating.bus)} has",
        )  # fmt: skip


def _fits(base_v: float, rating: Rating) -> bool:
    """Return whether a rating is that of its bus; halves of a split phase are opposite each other."""
    allowed = (ROOT3 * base_v, 2.0 * base_v) if rating.between else (base_v,)
    return any(abs(rating.rated_v / each - 1.0) <= APART_RATIO for each in allowed)


def _parts(draft: Draft) -> list[int]:
    """Return the part of each bus: the lowest bus that lines join it to."""
    part = list(range(len(draft.base_v)))

    def root(bus: int) -> int:
        while part[bus] != bus:
            part[bus] = part[part[bus]]
            bus = part[bus]
        return bus

    for _, first, second in draft.joined:
        one, other = sorted((root(first), root(second)))
        part[other] = one
    return [root(bus) for bus in range(len(part))]
