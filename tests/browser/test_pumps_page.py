"""The figure of pumps in a real browser, offline: it draws, asks for nothing and complains of nothing."""

from tests.browser.conftest import wait_until
from tests.unit.plots.test_pump_curves import FLOW, line, mark, page, panel
from twin.plots.pump_curves import pump_curves_html


def test_every_panel_is_drawn_within_its_frame(browser, tmp_path):
    more = panel(
        lines=[line(npsh=0.02 * FLOW, efficiency=50.0 + 0.0 * FLOW)],
        marks=[mark(), mark("right", label="cdu"), mark("fastest", label="dry_cooler")],
    )
    file = tmp_path / "pumps.html"
    file.write_text(pump_curves_html(page(panel(), more, panel())), encoding="utf-8")
    context = browser.new_context(viewport={"width": 1400, "height": 900}, offline=True)
    sheet, asked, complaints = context.new_page(), [], []
    sheet.on("request", lambda request: asked.append(request.url))
    sheet.on("pageerror", lambda error: complaints.append(str(error)))
    sheet.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    sheet.goto(file.as_uri())
    wait_until(sheet, "() => Boolean(window.twinPumps)", 30.0)
    wide = sheet.evaluate(
        "() => [...document.querySelectorAll('section')].map((s) => "
        "[s.clientWidth, s.querySelector('svg.main-svg').clientWidth])"
    )
    shown = sheet.evaluate("() => document.querySelectorAll('.annotation-text').length")
    context.close()
    assert len(wide) == 3
    assert all(0.9 * outer < inner <= outer for outer, inner in wide)
    assert shown == 5
    assert (asked, complaints) == ([file.as_uri()], [])
