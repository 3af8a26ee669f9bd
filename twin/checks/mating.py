"""Rules on matings: whether the two ports that a pipe joins fit each other, the pipe and the loop."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

import numpy as np

from twin.arrays import Array, Index
from twin.checks.hydraulic import bore
from twin.checks.rule import Measure, Review, only, rule
from twin.model.component import kinds
from twin.model.facility import PortPoint
from twin.units import display_unit, from_si, pretty

PIPES = ("pipe", "hose")
# What joins two ports of a liquid, a bore or none.
JOINTS = (*PIPES, "flange")
WIRES = ("power_cable", "whip")
# SimReady knows two systems; chilled and condenser water are facility water there.
LOOPS: Mapping[str, float] = MappingProxyType({"TCS": 0.0, "FWS": 1.0, "CHW": 1.0, "CWS": 1.0})
# SimReady fluid tokens: kind of fluid, and glycol over mixture.
FLUIDS: Mapping[str, tuple[int, float]] = MappingProxyType({
    "water": (0, 0.0),
    "glycol_water_25": (0, 0.25),
    "glycol_water_30": (0, 0.30),
    "glycol_water_50": (0, 0.50),
    "dielectric": (1, 0.0),
    "refrigerant_R410A": (2, 0.0),
    "refrigerant_R134a": (3, 0.0),
    "refrigerant_R454B": (4, 0.0),
})  # fmt: skip
NOMINAL: Mapping[str, str] = MappingProxyType({
    "NPS1": "DN25", "NPS1_1_4": "DN32", "NPS1_1_2": "DN40", "NPS2": "DN50", "NPS2_1_2": "DN65",
    "NPS3": "DN80", "NPS4": "DN100", "NPS5": "DN125", "NPS6": "DN150", "NPS8": "DN200", "NPS10": "DN250",
    "NPS12": "DN300",
})  # fmt: skip
# Words that leave the other side free.
FREE = ("", "none")
GLYCOL_RATIO = 0.03
DESIGN_DK = 1.0
BORE_RATIO = 0.2
PORT_M_S = 3.0
SIMREADY = "SimReady AI-Factory 0.2.0, CP.012"
NOTHING = np.zeros((1, 1))


def joined(review: Review, kind: str) -> tuple[Index, Index]:
    """Return the nodes that every connection of a kind joins, from and to, shapes (part,)."""
    ends = review.table(kind).ends
    return ends["a"].node, ends["b"].node


def of_specs(review: Review, node: Index, key: str, tell: Callable[[PortPoint], float]) -> Array:
    """Return what ``tell`` makes of the port at each node, NaN for none, shape (node,).

    The key names what is told: it is worked out once per review.
    """
    ports = review.facility.ports
    if key not in review.memory:
        review.memory[key] = np.array([tell(spec) for spec in ports.specs], dtype=np.float64)
    return np.where(node >= 0, review.memory[key][ports.spec[node]], np.nan)


def told(review: Review, node: Index, name: str) -> Array:
    """Return a SimReady number of the port at each node [SI], NaN where it is not said, shape (node,)."""
    return of_specs(review, node, f"port number {name}", lambda spec: spec.values.get(name, np.nan))


def coded(review: Review, node: Index, name: str) -> Array:
    """Return a number for the SimReady word of the port at each node, NaN for any, shape (node,)."""
    number: dict[str, float] = dict.fromkeys(FREE, np.nan)

    def code(spec: PortPoint) -> float:
        word = NOMINAL.get(spec.words.get(name, ""), spec.words.get(name, ""))
        return number.setdefault(word, float(len(number)))

    return of_specs(review, node, f"port word {name}", code)


def differ(review: Review, kind: str, *names: str) -> Array:
    """Return how many of some words the two ports say differently, shape (1, part)."""
    a, b = joined(review, kind)
    pairs = ((coded(review, a, name), coded(review, b, name)) for name in names)
    apart = [np.isfinite(x) & np.isfinite(y) & (x != y) for x, y in pairs]
    count: Array = np.stack(apart).sum(axis=0, dtype=np.float64)
    return count[None]


def why(review: Review, kind: str, *names: str) -> Callable[[int], tuple[str, str]]:
    """Return what tells the words and numbers of the two ports of a connection."""
    ends, ports = joined(review, kind), review.facility.ports

    def say(spec: PortPoint, name: str) -> str:
        if name not in spec.values:
            own = {"direction": spec.direction, "system": spec.system}
            return own.get(name) or spec.words.get(name, "")
        unit = display_unit(name)
        return f"{float(from_si(spec.values[name], unit, name)):.4g} {pretty(unit)}".strip()

    def describe(node: int) -> str:
        spec = ports.specs[ports.spec[node]]
        asset = review.table(spec.kind).asset
        owner = (asset[int(ports.part[node])] if asset else "") or kinds()[spec.kind].label
        said = ", ".join(filter(None, (say(spec, name) for name in names)))
        return f"{spec.path.rpartition('/')[2]} of {owner}: {said}" if said else ""

    def both(part: int) -> tuple[str, str]:
        said = [describe(int(end[part])) for end in ends if end[part] >= 0]
        return "", "; ".join(filter(None, said))

    return both


def each(review: Review, *names: str) -> Iterator[tuple[str, Index, Index]]:
    """Yield kind and both nodes of every connection kind that is built."""
    for kind in review.built(*names):
        if len(review.facility.ports.spec):
            yield kind, *joined(review, kind)


def way(spec: PortPoint) -> float:
    """Return 1 for an outflow, -1 for an intake, 0 for either."""
    flow = next((p.flow for p in kinds()[spec.kind].ports if p.name == spec.port), "")
    return {"out": 1.0, "in": -1.0}.get(flow, 0.0)


@rule(
    "MA001", severity="major", title="The connection joins two outlets or two inlets", unit="1",
    formula="1 when both ports give, or both take", source=f"Direction of the declared ports; {SIMREADY}",
    remedy="Join an outlet to an inlet.",
    graded=False,
)  # fmt: skip
def direction(review: Review) -> Iterator[Measure]:
    """Measure every pipe, hose, cable and whip."""
    for kind, a, b in each(review, *JOINTS, *WIRES):
        same = (of_specs(review, a, "way", way) * of_specs(review, b, "way", way) > 0.0).astype(np.float64)
        yield Measure(
            kind=kind, value=same[None], limit=NOTHING, side="most", name="mismatch_count",
            cause=why(review, kind, "direction"),
        )  # fmt: skip


@rule(
    "MA002",
    severity="major",
    title="The connection joins the supply side to the return side, or one loop to another",
    unit="1", formula="count of: supply against return, TCS against facility water",
    source=f"{SIMREADY}: direction is the role in the loop; ASHRAE TC 9.9 names of loops",
    remedy="Join supply to supply and return to return, within one loop.",
    graded=False,
)  # fmt: skip
def loop_side(review: Review) -> Iterator[Measure]:
    """Measure every pipe and hose."""

    def side(spec: PortPoint) -> float:
        return {"supply": 1.0, "return": -1.0}.get(spec.direction, 0.0)

    def system(spec: PortPoint) -> float:
        return LOOPS.get(spec.system, np.nan)

    for kind, a, b in each(review, *JOINTS):
        crossed = of_specs(review, a, "loop side", side) * of_specs(review, b, "loop side", side) < 0.0
        first, second = of_specs(review, a, "loop system", system), of_specs(review, b, "loop system", system)
        other = np.isfinite(first) & np.isfinite(second) & (first != second)
        yield Measure(
            kind=kind, value=(crossed.astype(np.float64) + other)[None], limit=NOTHING, side="most",
            name="mismatch_count", cause=why(review, kind, "system", "direction"),
        )  # fmt: skip


def _fluid(review: Review, node: Index) -> tuple[Array, Array]:
    """Return kind of fluid and glycol share [1] of the port at each node, NaN where it does not say."""

    def word(spec: PortPoint) -> tuple[int, float]:
        return FLUIDS.get(spec.words.get("fluidType", ""), (-1, np.nan))

    return (
        of_specs(review, node, "fluid kind", lambda spec: float(word(spec)[0])),
        of_specs(review, node, "fluid share", lambda spec: word(spec)[1]),
    )


def _gap(kind_a: Array, share_a: Array, kind_b: Array, share_b: Array) -> Array:
    """Return how far two fluids are apart in glycol [1], 1 for another kind of fluid, NaN where not said."""
    said = np.isfinite(share_a) & np.isfinite(share_b)
    return only(said, np.where(kind_a == kind_b, np.abs(share_a - share_b), 1.0))


@rule(
    "MA003", severity="major", title="The ports are made for different fluids", unit="%",
    formula="difference of glycol shares of the two ports, and of each port and the fill of its loop; 100 % "
    "for another kind of fluid",
    source=f"{SIMREADY}: thermal:fluidType; fill of the vessel; 3 points of tolerance as PG25 is sold at "
    "24.5 to 29.5 vol % (OCP)",
    remedy="Fill both sides with the fluid that both makers accept, or put an exchanger between them.",
)  # fmt: skip
def fluid(review: Review) -> Iterator[Measure]:
    """Measure every pipe and hose."""
    for kind, a, b in each(review, *JOINTS):
        first, second = _fluid(review, a), _fluid(review, b)
        worst = _gap(*first, *second)
        if review.has("expansion_vessel"):
            fill = _fill(review)[review.loop(kind)]
            for port in (first, second):
                worst = np.fmax(worst, _gap(*port, 0.0 * fill, fill))
        yield Measure(
            kind=kind, value=worst[None], limit=np.array([[GLYCOL_RATIO]]), side="most",
            name="glycol_difference_ratio",
            cause=why(review, kind, "fluidType"),
        )  # fmt: skip


def _fill(review: Review) -> Array:
    """Return the glycol share of what fills every loop [1], NaN where no vessel does, shape (loop,)."""
    vessel = review.table("expansion_vessel")
    loop = review.loop("expansion_vessel")
    highest = max((int(review.loop(kind).max(initial=0)) for kind in review.built(*JOINTS)), default=0)
    share = np.full(max(highest, int(loop.max(initial=0))) + 1, np.nan)
    water = np.array(vessel.words["fluid"]) == "water"
    share[loop] = np.where(water, 0.0, vessel.numbers["glycol_mass_ratio"][:, 0])
    return share


@rule(
    "MA004",
    severity="major",
    title="The fluid arrives warmer than the port it feeds is designed for",
    unit="degC",
    formula="design temperature of the port that gives, against that of the port that takes plus 1 K",
    source=f"{SIMREADY}: thermal:designTemperature of the two ports; 1 K is rounding",
    remedy="Lower the set-point of the source, or ask the maker of the consumer for its flow at that "
    "temperature.",
)  # fmt: skip
def design_temperature(review: Review) -> Iterator[Measure]:
    """Measure every pipe and hose, along the flow."""
    for kind, a, b in each(review, *JOINTS):
        backwards = (of_specs(review, b, "way", way) > 0.0) & (of_specs(review, a, "way", way) <= 0.0)
        gives, takes = np.where(backwards, b, a), np.where(backwards, a, b)
        yield Measure(
            kind=kind, value=told(review, gives, "design_temperature_k")[None],
            limit=told(review, takes, "design_temperature_k")[None] + DESIGN_DK, side="most",
            name="design_temperature_k", cause=why(review, kind, "design_temperature_k"),
        )  # fmt: skip


@rule(
    "MA005", severity="major", title="The fluid is warmer than the port bears", unit="degC",
    formula="solved temperature of the fluid, against the lower limit of the two ports",
    source=f"{SIMREADY}: thermal:maxTemperature of the two ports",
    remedy="Lower the temperature, or choose other equipment.", capture="liquid",
)  # fmt: skip
def highest_temperature(review: Review) -> Iterator[Measure]:
    """Measure every pipe and hose."""
    for kind, a, b in each(review, *JOINTS):
        bears = np.fmin(told(review, a, "max_temperature_k"), told(review, b, "max_temperature_k"))
        yield Measure(
            kind=kind, value=only(review.runs(kind), review.result(kind, "inlet_k")), limit=bears[None],
            side="most",
            name="inlet_k",
        )  # fmt: skip


@rule(
    "MA006", severity="major", title="The pressure is higher than the port bears", unit="bar g",
    formula="solved pressure, and the operating pressure that either port says, against the lower rating of "
    "the two",
    source=f"{SIMREADY}: thermal:operatingPressure and maxPressure of the two ports",
    remedy="Lower the fill pressure or the pump speed, or choose equipment of a higher rating.",
)  # fmt: skip
def highest_pressure(review: Review) -> Iterator[Measure]:
    """Measure every pipe and hose."""
    for kind, a, b in each(review, *JOINTS):
        bears = np.fmin(told(review, a, "max_pressure_pag"), told(review, b, "max_pressure_pag"))
        solved = review.result(kind, "inlet_pag")
        if kind == "pipe":
            solved = np.fmax(solved, review.result(kind, "outlet_pag"))
        said = np.fmax(told(review, a, "operating_pressure_pag"), told(review, b, "operating_pressure_pag"))
        yield Measure(
            kind=kind, value=np.fmax(solved, said), limit=bears[None], side="most", name="highest_pag"
        )


@rule(
    "MA007",
    severity="minor",
    title="The pipe and the port have different bores: a reducer is missing",
    unit="%",
    formula="larger over smaller of bore and port diameter, less one, the worse of both ends",
    source=f"{SIMREADY}: thermal:portDiameter; a step of one nominal size is 20 to 30 %",
    remedy="Draw the reducer (its loss in lossRatio), or choose the port's nominal size.",
)  # fmt: skip
def bores(review: Review) -> Iterator[Measure]:
    """Measure every pipe and hose at both ends."""
    for kind, a, b in each(review, *PIPES):
        inner = bore(review, kind)[:1]
        ports = np.stack([told(review, node, "port_diameter_m") for node in (a, b)])
        step = np.fmax(inner / ports, ports / inner) - 1.0
        yield Measure(
            kind=kind, value=np.fmax(step[0], step[1])[None], limit=np.array([[BORE_RATIO]]), side="most",
            name="bore_step_ratio",
            inputs=("size", "inner_diameter_m"), cause=why(review, kind, "port_diameter_m"),
        )  # fmt: skip


@rule(
    "MA008", severity="minor", title="The flanges of the two ports do not match", unit="1",
    formula="count of: nominal size, rating that the two ports say differently",
    source=f"{SIMREADY}: thermal:flangeSize and flangeRating; ASME B16.5 sizes against DN",
    remedy="Order an adapter, a reducer, or equipment with the other flange.",
    graded=False,
)  # fmt: skip
def flanges(review: Review) -> Iterator[Measure]:
    """Measure every pipe and hose."""
    for kind, _, _ in each(review, *JOINTS):
        yield Measure(
            kind=kind, value=differ(review, kind, "flangeSize", "flangeRating"), limit=NOTHING, side="most",
            name="mismatch_count", cause=why(review, kind, "flangeSize", "flangeRating"),
        )  # fmt: skip


@rule(
    "MA009", severity="major", title="The port's design flow is too fast for its bore", unit="m/s",
    formula="design flow over the area of the port, the worse of both ends",
    source=f"{SIMREADY}: thermal:designFlowRate and portDiameter; owner's limit, else 3 m/s (ASHRAE "
    "practice, recalled)",
    remedy="Ask for a larger connection, or share the flow between two units.",
)  # fmt: skip
def port_velocity(review: Review) -> Iterator[Measure]:
    """Measure every pipe and hose at both ends."""
    owner = review.owner("pipe_velocity_max_m_s")
    limit = np.array([[owner if np.isfinite(owner) else PORT_M_S]])
    for kind, a, b in each(review, *JOINTS):
        flow = [told(review, node, "design_flow_rate_m3_s") for node in (a, b)]
        area = [0.25 * np.pi * told(review, node, "port_diameter_m") ** 2 for node in (a, b)]
        speed = [q / s for q, s in zip(flow, area, strict=True)]
        yield Measure(
            kind=kind, value=np.fmax(*speed)[None], limit=limit, side="most", name="port_velocity_m_s",
            cause=why(review, kind, "design_flow_rate_m3_s", "port_diameter_m"),
        )  # fmt: skip
