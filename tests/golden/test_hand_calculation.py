"""The pod against one rack computed by hand with pint alone; run as a script it rewrites the page's table."""

import runpy
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/hand_calculation.md"
WHITE = "/World/White"
TOLERANCE = 0.005

Answer = Callable[[str, str, str, str], np.ndarray]


def by_hand() -> dict[str, object]:
    """Return the results of the page's script, which must not import the package."""
    return runpy.run_path(str(ROOT / "docs/hand_calculation.py"))["results"]()


def solved() -> Answer:
    """Return a look-up into the solved pod: case, group, variable, kind."""
    from twin.walk import walk

    outcome = walk(str(ROOT / "layouts/pod"))
    cases = [(case.name, case.capture) for case in outcome.facility.cases]

    def answer(case: str, group: str, variable: str, kind: str) -> np.ndarray:
        data = outcome.tree[group].to_dataset().isel(variant=cases.index((case, "liquid")))
        values = data[variable].values
        return values[data["kind"].values == kind] if kind else values

    return answer


def by_tool(answer: Answer) -> dict[str, float]:
    """Return what the solved pod says to each line of the hand calculation, in SI."""

    def mean(group: str, variable: str, kind: str, case: str = "normal") -> float:
        return float(answer(case, group, variable, kind).mean())

    def of(variable: str) -> float:
        return mean("/rack", variable, "rack")

    def carried(group: str, kind: str, case: str) -> float:
        """Return the mean current of what carries a rack's power."""
        amperes = answer(case, group, "current_a", kind)
        racks = amperes[amperes > 0.5 * amperes.max()]  # network cabinets and the dead feed left out
        return float(racks.mean())

    water = mean("/plant", "inlet_k", "dry_cooler") - mean("/plant", "leaving_k", "dry_cooler")
    whole = {
        n: float(answer("normal", "/facility", n, ""))
        for n in ("it_power_w", "facility_power_w", "pue_design_ratio")
    }
    return {
        "rack: heat into the coolant": of("liquid_heat_w"),
        "rack: heat into the air": of("air_heat_w"),
        "rack: coolant flow at its mean temperature": of("coolant_flow_m3_s"),
        "rack: rise of the coolant": of("coolant_return_k") - of("coolant_supply_k"),
        "rack: pressure drop": of("coolant_drop_pa"),
        "rack: rise of the air": of("air_outlet_k") - of("air_inlet_k"),
        "CDU: heat": mean("/cdu", "heat_w", "cdu"),
        "CDU: approach": mean("/cdu", "approach_dk", "cdu"),
        "CDU: effectiveness": mean("/cdu", "effectiveness_ratio", "cdu"),
        "CDU: facility-water flow": mean("/cdu", "fws_flow_m3_s", "cdu"),
        "CDU: rise of the facility water": mean("/cdu", "fws_return_k", "cdu")
        - mean("/cdu", "fws_supply_k", "cdu"),
        "busway: current, both feeds": carried("/busway", "busway", "normal"),
        "busway: current, one feed": carried("/busway", "busway", "feed_a"),
        "whip: current of a cord, both feeds": carried("/cable", "whip", "normal") / 4,
        "whip: current of a cord, one feed": carried("/cable", "whip", "feed_a") / 4,
        "dry cooler: heat": mean("/plant", "heat_w", "dry_cooler"),
        "dry cooler: rise of the facility water": water,
        "dry cooler: fan speed": mean("/plant", "fan_speed_ratio", "dry_cooler"),
        "pod: IT power": whole["it_power_w"],
        "pod: power drawn": whole["facility_power_w"],
        "pod: design-point ratio": whole["pue_design_ratio"],
    }


def lines(hand: dict[str, object], tool: dict[str, float]) -> Iterator[str]:
    """Yield the page's table."""
    yield "| quantity | by hand | tool | difference |"
    yield "| --- | ---: | ---: | ---: |"
    for name, value in hand.items():
        ours = (tool[name] * value.to_base_units().units).to(value.units)
        unit = f" {value.units:~P}".replace("l/min", "L/min").rstrip()
        gap = 100.0 * (ours.magnitude / value.magnitude - 1.0)
        shown = [f"{number:#.4g}".rstrip(".") + unit for number in (value.magnitude, ours.magnitude)]
        yield f"| {name} | {' | '.join(shown)} | {f'{gap:+.2f}'.replace('-0.00', '+0.00')} % |"


@pytest.fixture(scope="module")
def hand():
    return by_hand()


@pytest.fixture(scope="module")
def tool():
    return by_tool(solved())


def test_every_line_of_the_hand_calculation_agrees_with_the_pod(hand, tool):
    assert list(hand) == list(tool)
    gaps = {name: tool[name] / value.to_base_units().magnitude - 1.0 for name, value in hand.items()}
    assert {name: gap for name, gap in gaps.items() if not abs(gap) <= TOLERANCE} == {}


def test_the_page_shows_the_numbers_of_today(hand, tool):
    table = "\n".join(lines(hand, tool))
    assert table in PAGE.read_text("utf-8"), "python tests/golden/test_hand_calculation.py writes it anew"


def rewrite() -> None:
    """Replace the page's table."""
    before, _, rest = PAGE.read_text("utf-8").partition("| quantity |")
    after = rest[rest.index("\n\n") :]
    table = "\n".join(lines(by_hand(), by_tool(solved())))
    PAGE.write_text(f"{before}{table}{after}", "utf-8")


if __name__ == "__main__":
    rewrite()
