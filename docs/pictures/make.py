"""Takes the pictures of the documentation anew: ``python docs/pictures/make.py`` (needs Chromium)."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

from twin.cli import main
from twin.data import folder

HERE = Path(__file__).parent
# Layout, and how many notches of the wheel the white room is brought nearer.
SHOTS = {"pod_plan": ("pod", 9), "hall_plan": ("hall_liquid", 0)}
# A layer over the hall: that of docs/time.md.
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
    """March the hall under the layer of docs/time.md and save what a browser shows of it."""
    text = (HERE.parent / "time.md").read_text(encoding="utf-8").partition("```usda\n")[2].partition("```")[0]
    text = text.replace("./my_pod/site.usda", str((folder("layouts") / MARCHED / "site.usda").resolve()))
    with TemporaryDirectory() as place, TemporaryDirectory() as out, sync_playwright() as player:
        (Path(place) / "hall_in_training.usda").write_text(text, encoding="utf-8")
        page_file = Path(out) / "march.html"
        main(["solve", f"{place}/hall_in_training.usda", "--duration", SECONDS, "-o", str(page_file)])
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
