"""Takes the pictures of the documentation anew: ``python docs/pictures/make.py`` (needs Chromium)."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

from twin.cli import main

HERE = Path(__file__).parent
# Layout, and how many notches of the wheel the white room is brought nearer.
SHOTS = {"pod_plan": ("pod", 9), "hall_plan": ("hall_liquid", 0)}
MARCH, MARCHED, SECONDS = "hall_march", "hall_liquid", "40s"
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


if __name__ == "__main__":
    for chosen in sys.argv[1:] or [*SHOTS, MARCH]:
        if chosen == MARCH:
            take_march()
        else:
            take(chosen, *SHOTS[chosen])
