"""Takes the pictures of the documentation anew: ``python docs/pictures/make.py`` (needs Chromium)."""

import csv
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import plotly.graph_objects as go  # noqa: TID251  a picture of the documentation, no part of twin
from playwright.sync_api import sync_playwright

from twin.cli import main

HERE = Path(__file__).parent
# Layout, and how many notches of the wheel the white room is brought nearer.
SHOTS = {"pod_plan": ("pod", 9), "hall_plan": ("hall_liquid", 0)}
MARCH, MARCHED, SECONDS = "hall_march", "hall_liquid", "40s"
YEAR, YEAR_OF = "year_page", ["hall_legacy", "--climate", "dublin"]
CLIMATES, ROWS = "year_climates", Path(__file__).parents[1] / "year.csv"
COLOURS = {
    "liquid, dry coolers": "#56b4e9", "liquid, adiabatic coolers": "#0072b2", "rear doors": "#009e73",
    "air": "#e69f00", "legacy": "#8a8f96",
}  # fmt: skip
SPARE = ", spare chiller runs"
WHITE_ROOM_PX = (805, 510)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def take(name: str, layout: str, notches: int) -> None:
    """Write the plan of a layout and save what a browser shows of it."""
    with TemporaryDirectory() as folder, sync_playwright() as player:
        page_file = Path(folder) / "plan.html"
        main(["plan", layout, "-o", str(page_file)])
        browser = player.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = browser.new_page(viewport={"width": 1500, "height": 900})
        page.goto(page_file.as_uri())
        page.wait_for_timeout(4000)
        page.mouse.move(*WHITE_ROOM_PX)
        for _ in range(notches):
            page.mouse.wheel(0, -120)
            page.wait_for_timeout(200)
        page.screenshot(path=HERE / f"{name}.png")
        browser.close()


def take_march() -> None:
    """March the hall in its variant of training and save what a browser shows of it."""
    chosen = ["--variant", "/World:training=steps", "--duration", SECONDS]
    with TemporaryDirectory() as out, sync_playwright() as player:
        page_file = Path(out) / "march.html"
        main(["solve", MARCHED, *chosen, "-o", str(page_file)])
        browser = player.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = browser.new_page(viewport={"width": 1200, "height": 1000})
        page.goto(page_file.as_uri())
        page.wait_for_timeout(3000)
        page.screenshot(path=HERE / f"{MARCH}.png")
        browser.close()


def shoot(page_file: Path, name: str, width: int, height: int) -> None:
    """Save what a browser shows of a page."""
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = browser.new_page(viewport={"width": width, "height": height})
        page.goto(page_file.as_uri())
        page.wait_for_timeout(3000)
        page.screenshot(path=HERE / f"{name}.png")
        browser.close()


def take_year() -> None:
    """Solve a year of the legacy hall and save what a browser shows of its page."""
    with TemporaryDirectory() as out:
        page_file = Path(out) / "year.html"
        main(["year", *YEAR_OF, "--page", str(page_file)])
        shoot(page_file, YEAR, 1300, 1420)


def take_climates() -> None:
    """Draw the rows that ``python -m tests.golden.year_page`` wrote: PUE of every design in every climate."""
    with ROWS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    climates = list(dict.fromkeys(row["climate"] for row in rows))
    figure = go.Figure()
    for design, colour in COLOURS.items():
        held = {r["climate"]: r for r in rows if r["design"] == design}
        spare = {r["climate"]: r for r in rows if r["design"] == design + SPARE}
        used = [held[c] if held[c]["pue"] else spare.get(c, held[c]) for c in climates]
        figure.add_bar(
            name=design, x=[c.capitalize() for c in climates], base=1.0,
            y=[float(r["pue"]) - 1.0 if r["pue"] else 0.0 for r in used],
            marker={
                "color": colour,
                "pattern": {"shape": ["/" if r["design"].endswith(SPARE) else "" for r in used]},
            },
            text=[f"{float(r['pue']):.2f}" if r["pue"] else "✕" for r in used],
            textposition="outside", cliponaxis=False,
        )  # fmt: skip
    figure.update_layout(
        title={
            "text": "Annual PUE of feasible designs, ISO/IEC 30134-2 category 3<br><sup>Hatched: feasible "
            "only with the spare chiller running. ✕ infeasible: no PUE, see the table.</sup>"
        },
        template="plotly_white", barmode="group", bargap=0.18, font={"family": "sans-serif", "size": 13},
        yaxis={"title": "Annual PUE", "range": [1.0, 1.55]}, legend={"orientation": "h", "y": -0.08},
        width=1300, height=640, margin={"t": 80, "b": 60, "l": 70, "r": 30},
        uniformtext={"minsize": 9, "mode": "show"},
    )  # fmt: skip
    with TemporaryDirectory() as out:
        page_file = Path(out) / "climates.html"
        page_file.write_text(figure.to_html(include_plotlyjs=True, full_html=True), encoding="utf-8")
        shoot(page_file, CLIMATES, 1320, 660)


if __name__ == "__main__":
    own = {MARCH: take_march, YEAR: take_year, CLIMATES: take_climates}
    for chosen in sys.argv[1:] or [*SHOTS, *own]:
        if chosen in own:
            own[chosen]()
        else:
            take(chosen, *SHOTS[chosen])
