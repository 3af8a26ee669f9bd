"""Execute the notebooks and keep their outputs: `python notebooks/run.py [NAME…]`.

Needs the extras `notebook` and `browser`. Figures stand in the files twice: as plotly, for readers who can
draw it, and as a picture for all others.
"""

import base64
import json
import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from playwright.sync_api import sync_playwright
from plotly.offline import get_plotlyjs

HERE = Path(__file__).parent
PLOTLY, PICTURE = "application/vnd.plotly.v1+json", "image/png"
MOST_BYTES = 1_500_000
WIDTH, HEIGHT, SCALE = 900, 480, 1.5
DRAW = """async ([figure, width, height, scale]) => {
    const div = document.createElement('div');
    document.body.appendChild(div);
    const size = {width: figure.layout.width || width, height: figure.layout.height || height};
    figure.layout = {...figure.layout, ...size};
    await Plotly.newPlot(div, figure);
    return Plotly.toImage(div, {format: 'png', scale, ...size});
}"""


def main(names):
    """Execute every notebook, or those that are named."""
    os.environ["PLOTLY_RENDERER"] = "plotly_mimetype"
    files = [HERE / f"{Path(name).stem}.ipynb" for name in names] or sorted(HERE.glob("*.ipynb"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium())
        page = browser.new_page()
        page.add_script_tag(content=get_plotlyjs())
        for file in files:
            executed(file, page)
            print(f"{file.name}: {file.stat().st_size / 1e3:.0f} kB")
        browser.close()


def chromium():
    """Return the browser of the system, None for that of playwright."""
    found = Path("/usr/bin/chromium")
    return str(found) if found.exists() else None


def executed(file, page):
    """Execute one notebook in place; outputs hold no time and no path."""
    book = nbformat.read(file, as_version=4)
    NotebookClient(book, timeout=600, resources={"metadata": {"path": str(HERE)}}).execute()
    for cell in book.cells:
        cell.metadata = {}
        for output in cell.get("outputs", ()):
            drawn(output.get("data", {}), page)
            output.get("metadata", {}).clear()
    book.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    nbformat.validate(book)
    text = nbformat.writes(book) + "\n"
    if len(text.encode()) > MOST_BYTES:
        sys.exit(f"{file.name} takes {len(text.encode())} bytes, {MOST_BYTES} at most")
    file.write_text(text, encoding="utf-8")


def drawn(data, page):
    """Add a picture of a figure to an output."""
    if PLOTLY in data:
        figure = json.loads(json.dumps(data[PLOTLY]))
        url = page.evaluate(DRAW, [figure, WIDTH, HEIGHT, SCALE])
        data[PICTURE] = base64.b64encode(base64.b64decode(url.partition(",")[2])).decode()
        data.pop("text/html", None)


if __name__ == "__main__":
    main(sys.argv[1:])
