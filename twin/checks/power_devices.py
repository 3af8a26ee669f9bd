"""Rules on power devices: how a UPS runs, what transfer switches and conductors in warm air carry."""

from collections.abc import Iterator

import numpy as np

from twin.arrays import Array
from twin.checks.electrical import REGIME, continuous
from twin.checks.rule import Measure, Review, only, rule


@rule(
    "EL100", severity="minor", title="The UPS stands on its maintenance bypass", unit="1",
    formula="1 while it feeds its load past its converter",
    source="IEC 62040-3: a maintenance bypass feeds the load while the unit is worked on; twin:ups:mode",
    remedy="Nothing rides through a loss of the supply meanwhile: move the load to another unit, or put it "
    "back in double conversion.",
    graded=False,
)  # fmt: skip
def maintenance_bypass(review: Review) -> Iterator[Measure]:
    """Measure every UPS."""
    if review.has("ups"):
        mode = np.array(review.table("ups").words["mode"])
        value = np.where(mode == "maintenance_bypass", 1.0, 0.0)[None, :]
        yield Measure(
            kind="ups", value=only(review.runs("ups"), value), limit=np.zeros((1, 1)), side="most",
            name="maintenance_bypass_ratio",
        )  # fmt: skip


@rule(
    "EL101", severity="major", title="The transfer switch carries more than its continuous load", unit="%",
    formula="current over its rating, in every case", source=REGIME,
    remedy="Choose the next rating, or move load to another switch.",
)  # fmt: skip
def transfer_loading(review: Review) -> Iterator[Measure]:
    """Measure every transfer switch."""
    if review.has("transfer_switch"):
        yield Measure(
            kind="transfer_switch",
            value=only(review.runs("transfer_switch"), review.result("transfer_switch", "loading_ratio")),
            limit=continuous(review), side="most", name="loading_ratio", inputs=("rating_a",),
        )  # fmt: skip


@rule(
    "EL102", severity="major", title="The transfer switch does not withstand the short-circuit current",
    unit="kA",
    formula="greatest initial short-circuit current Ik″ by IEC 60909, UPS in static bypass, in every case, "
    "where it stands, against its rated withstand; not established where none is declared",
    source="IEC 60947-6-1:2021, 5.3.6 (recalled); IEC 62310-1 for static ones (recalled); "
    "twin:transferSwitch:withstand",
    remedy="Order the next rating, or put the fuses before it that its maker asks for.",
)  # fmt: skip
def transfer_withstand(review: Review) -> Iterator[Measure]:
    """Measure every transfer switch."""
    if review.has("transfer_switch"):
        yield Measure(
            kind="transfer_switch",
            value=only(review.runs("transfer_switch"), review.result("transfer_switch", "ikss_max_a")),
            limit=review.number("transfer_switch", "withstand_a"), side="most", name="ikss_max_a",
            inputs=("withstand_a",),
        )  # fmt: skip


def _share_of_ampacity(review: Review) -> Array:
    """Return the share of a conductor's own ampacity that may be used without limit of time [1]."""
    nec = review.words.get("loading_regime") == "nec"
    return np.ones((1, 1)) if nec else continuous(review)


def _over_breaker(review: Review, kind: str) -> Array | float:
    """Return rated current of a conductor over what its loading is told by, (variant or 1, part)."""
    if kind != "whip":
        return 1.0
    own, breaker = review.number(kind, "ampacity_a"), review.number(kind, "breaker_rating_a")
    return np.where(np.isfinite(own), own / breaker, 1.0)


@rule(
    "EL103", severity="major", title="In the air around it the conductor carries more than it may", unit="%",
    formula="current over rating (of the breakers for whips), where the air is warmer than the rated current "
    "is given for, against √((Tmax - Tair)/(Tmax - Tref)) of the rated current; under iec the owner's share "
    "of that",
    source="IEC 60364-5-52:2009, 523 and table B.52.14 (recalled); NEC 310.15(B) and 210.19(A) (2023): all "
    "of the corrected ampacity; twin:site:loadingLimitRatio",
    remedy="Run it through cooler air, choose the next rating, or declare a rated current for this air.",
)  # fmt: skip
def warm_conductors(review: Review) -> Iterator[Measure]:
    """Measure busways, whips and power cables in warm air."""
    for kind in review.built("busway", "whip", "power_cable"):
        factor = review.result(kind, "derating_ratio")
        limit = _share_of_ampacity(review) * factor * _over_breaker(review, kind)
        value = only(review.runs(kind) & (factor < 1.0), review.result(kind, "loading_ratio"))
        yield Measure(
            kind=kind, value=value, limit=limit, side="most", name="loading_ratio",
            inputs=("rating_a" if kind != "whip" else "breaker_rating_a", "rating_air_temperature_k"),
        )  # fmt: skip
