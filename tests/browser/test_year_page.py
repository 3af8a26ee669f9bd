"""The page of a year in a real browser, offline: it draws, asks for nothing and complains of nothing."""

from tests.browser.conftest import wait_until
from tests.unit.plots.test_year_plot import data
from twin.plots.year import year_html


def test_the_year_is_drawn_offline_in_light_and_dark(browser, tmp_path):
    file = tmp_path / "year.html"
    file.write_text(year_html(data()), encoding="utf-8")
    context = browser.new_context(viewport={"width": 1400, "height": 900}, offline=True)
    sheet, asked, complaints = context.new_page(), [], []
    sheet.on("request", lambda request: asked.append(request.url))
    sheet.on("pageerror", lambda error: complaints.append(str(error)))
    sheet.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    sheet.goto(file.as_uri())
    wait_until(sheet, "() => Boolean(window.twinYear)", 30.0)
    ground = "() => getComputedStyle(document.body).backgroundColor"
    light = sheet.evaluate(ground)
    sheet.click("#shade")
    dark = sheet.evaluate(ground)
    drawn = sheet.evaluate("() => document.querySelectorAll('main svg.main-svg').length")
    context.close()
    assert light != dark
    assert drawn >= 4
    assert (asked, complaints) == ([file.as_uri()], [])
