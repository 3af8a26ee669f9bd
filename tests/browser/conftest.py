"""A browser, and synthetic sites of any size: made-up numbers, only the view is under test."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from twin.plots.plan import floor_plan_html
from twin.plots.plan_data import Box, Case, Metric, PlanData, Route

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
RACK_M, DEEP_M, CDU_M = 0.6, 1.07, 0.9
HOSTILE = "</script><script>window.owned=1</script><img src=x onerror='window.owned=1'><b>bold</b>"


@dataclass
class Site:
    """What the generator gathers while it walks over the halls."""

    boxes: list[Box] = field(default_factory=list)
    routes: list[Route] = field(default_factory=list)
    line: int = 20

    def box(
        self, path: str, kind: str, left_m: float, bottom_m: float, size_m: tuple[float, float], **more: Any
    ) -> None:
        """Add a footprint by its lower left corner."""
        self.line += 7
        self.boxes.append(
            Box(
                path=path,
                name=more.pop("name", path.rpartition("/")[2]),
                kind=kind,
                x_m=left_m + size_m[0] / 2,
                y_m=bottom_m + size_m[1] / 2,
                width_m=size_m[0],
                depth_m=size_m[1],
                where=f"layers/it.usda:{self.line}",
                **more,
            )
        )

    def route(
        self, path: str, kind: str, x_m: tuple[float, ...], y_m: tuple[float, ...], size_m: float
    ) -> None:
        """Add a centre line."""
        name = path.rpartition("/")[2]
        self.routes.append(
            Route(
                path=path, name=name, kind=kind, x_m=x_m, y_m=y_m, size_m=size_m, where="layers/mep.usda:12"
            )
        )


def hall(
    site: Site, name: str, origin_m: tuple[float, float], shape: tuple[int, int, int]
) -> tuple[float, float]:
    """Add one hall with its plant yard; return its size [m]."""
    rows, columns, racks = shape
    left_m, bottom_m = origin_m
    long_m = racks * RACK_M + 2 * CDU_M
    wide_m = 2 * 3.4 + columns * long_m + (columns - 1) * 2.4
    y_m = bottom_m + 2.6
    path = f"/World/{name}"
    for row in range(rows):
        hot_above = row % 2 == 0
        for column in range(columns):
            row_name = f"{name}-R{row + 1:02d}{'ABCD'[column]}"
            x_m = left_m + 3.4 + column * (long_m + 2.4)
            add_row(site, f"{path}/{row_name}", (x_m, y_m), racks, hot_above)
            if row < rows - 1:
                gap_m = 1.5 if hot_above else 1.8
                kind = "aisle_hot" if hot_above else "aisle_cold"
                site.box(f"{path}/{row_name}_aisle", kind, x_m, y_m + DEEP_M, (long_m, gap_m))
        y_m += DEEP_M + (1.5 if hot_above else 1.8)
    deep_m = y_m - bottom_m + 1.0
    site.box(path, "room", left_m, bottom_m, (wide_m, deep_m), name=f"Hall {name}")
    walls = max(1, int((deep_m - 3.0) // 3.4))
    for wall in range(walls):
        site.box(f"{path}/FW-W{wall + 1}", "fan_wall", left_m + 0.3, bottom_m + 2.4 + wall * 3.4, (1.0, 2.8))
        site.box(
            f"{path}/FW-E{wall + 1}",
            "fan_wall",
            left_m + wide_m - 1.3,
            bottom_m + 2.4 + wall * 3.4,
            (1.0, 2.8),
        )
    mains_y = bottom_m + 1.0
    site.route(f"{path}/FWS-S", "pipe_supply", (left_m + 0.8, left_m + wide_m - 0.8), (mains_y, mains_y), 0.3)
    site.route(
        f"{path}/FWS-R",
        "pipe_return",
        (left_m + wide_m - 0.8, left_m + 0.8),
        (mains_y + 0.5, mains_y + 0.5),
        0.3,
    )
    return wide_m, deep_m + add_yard(site, path, (left_m, bottom_m + deep_m), wide_m)


def add_row(site: Site, path: str, origin_m: tuple[float, float], racks: int, hot_above: bool) -> None:
    """Add a row: a CDU at each end, racks between, busways on the cold side, pipes on the hot side."""
    x_m, y_m = origin_m
    name = path.rpartition("/")[2]
    first_m, last_m = x_m + CDU_M, x_m + CDU_M + racks * RACK_M
    for end, left_m in (("1", x_m), ("2", last_m)):
        site.box(f"{path}/CDU-{name}-{end}", "cdu", left_m, y_m, (CDU_M, DEEP_M))
    for place in range(racks):
        kind = "network_rack" if place in (racks // 2, racks // 2 - 1) and racks > 8 else "rack"
        left_m = first_m + place * RACK_M
        site.box(f"{path}/{name}-{place + 1:02d}", kind, left_m, y_m, (RACK_M, DEEP_M), row=name)
    cold_y, hot_y, out = (y_m, y_m + DEEP_M, 1.0) if hot_above else (y_m + DEEP_M, y_m, -1.0)
    for side, gap_m in (("a", 0.14), ("b", 0.36)):
        at_m = cold_y - out * gap_m
        site.route(f"{path}/BW-{name}-{side.upper()}", f"busway_{side}", (x_m, last_m), (at_m, at_m), 0.12)
    supply_y, return_y = hot_y + out * 0.2, hot_y + out * 0.45
    site.route(f"{path}/TCS-S-{name}", "pipe_supply", (x_m, last_m + CDU_M), (supply_y, supply_y), 0.1)
    site.route(f"{path}/TCS-R-{name}", "pipe_return", (last_m + CDU_M, x_m), (return_y, return_y), 0.1)


def add_yard(site: Site, path: str, origin_m: tuple[float, float], wide_m: float) -> float:
    """Add dry coolers, chillers, UPS and transformers north of the hall; return the depth [m]."""
    left_m, bottom_m = origin_m
    for place in range(int(wide_m // 3.2)):
        kind = "chiller" if place % 5 == 4 else "dry_cooler"
        site.box(f"{path}/{kind}_{place + 1}", kind, left_m + place * 3.2, bottom_m + 5.4, (2.4, 5.0))
    for place in range(max(2, int(wide_m // 6.0))):
        kind = ("ups", "switchboard", "transformer")[place % 3]
        site.box(f"{path}/{kind}_{place + 1}", kind, left_m + place * 4.2 + 0.5, bottom_m + 0.8, (3.2, 1.2))
    site.box(f"{path}/electrical", "room", left_m, bottom_m, (wide_m, 3.4), name=f"Electrical {path[-3:]}")
    return 10.8


def synthetic_site(racks: int) -> PlanData:
    """Return a pod of 8, a hall of 512 or a site of 14 halls with 7,168 racks."""
    site = Site()
    halls, shape = {8: (1, (2, 1, 4)), 512: (1, (8, 2, 32)), 7168: (14, (8, 2, 32))}[racks]
    wide_m = deep_m = 0.0
    for number in range(halls):
        origin_m = ((number % 4) * (wide_m + 6.0), (number // 4) * (deep_m + 6.0))
        wide_m, deep_m = hall(site, f"H{number + 1:02d}", origin_m, shape)
    cases = outages(site, 60 if racks == 7168 else 16)
    metrics = quantities(site, cases)
    findings = judge(site, cases, metrics)
    broken = any(finding["severity"] != "minor" for finding in findings)
    return PlanData(
        title=f"Synthetic site, {racks:,} racks",
        site="30 °C entering air · variant base · input 4f2a91c0",
        boxes=site.boxes,
        routes=site.routes,
        cases=cases,
        metrics=metrics,
        findings=findings,
        verdict="fail" if broken else "pass",
        summary=(
            ("IT", f"{racks * 0.132:.2f} MW"),
            ("PUE", "1.12"),
            ("Worst margin", "−4.0 K"),
            ("Cases", str(len(cases))),
        ),
        north_deg=12.0,
    )


def outages(site: Site, most: int) -> list[Case]:
    """Return normal operation and single outages spread over the site."""
    paths = [box.path for box in site.boxes if box.kind in {"cdu", "fan_wall", "ups", "dry_cooler"}]
    chosen = paths[:: max(1, len(paths) // most)][:most]
    return [
        Case(name="Normal"),
        *(Case(name=f"{path.rpartition('/')[2]} out", out=(path,)) for path in chosen),
    ]


def quantities(site: Site, cases: list[Case]) -> list[Metric]:
    """Return eight made-up quantities; a lost CDU starves its row, a lost fan wall warms its hall."""
    rng = np.random.default_rng(7)
    racks = [box for box in site.boxes if box.kind in {"rack", "network_rack"}]
    liquid = np.array([box.kind == "rack" for box in racks])
    place = np.array([int(box.name[-2:]) for box in racks], dtype=float)
    power = np.where(liquid, 132.0, 19.0) * (1.0 + 0.01 * rng.standard_normal(len(racks)))
    flow = np.tile(np.where(liquid, 122.0 - 0.25 * place, np.nan), (len(cases), 1))
    inlet = np.tile(23.0 + 2.6 * rng.random(len(racks)), (len(cases), 1))
    for at, case in enumerate(cases):
        for lost in case.out:
            in_row = np.array([box.path.startswith(lost.rpartition("/")[0] + "/") for box in racks])
            flow[at] *= np.where(in_row & ("CDU" in lost), 0.76 + 0.002 * place, 1.0)
            inlet[at] += np.where(in_row & ("FW" in lost), 1.6, 0.0)
    outlet = 40.0 + 0.9 * power * 60.0 / (flow * 4.05 * 1.02)
    everyone = np.ones((len(cases), 1))
    rack_paths = [box.path for box in racks]
    busways = [route.path for route in site.routes if route.kind.startswith("busway")]
    cdus = [box.path for box in site.boxes if box.kind == "cdu"]
    load = (
        47.0
        + 6.0 * rng.random((1, len(busways)))
        + np.where(np.arange(len(cases)) % 5 == 4, 31.0, 0.0)[:, None]
    )

    def metric(named: tuple[str, str, str], paths: list[str], values: Any, **more: Any) -> Metric:
        return Metric(key=named[0], title=named[1], unit=named[2], paths=paths, values=values, **more)

    to_liquid = 0.9 * power * np.where(liquid, 1.0, np.nan)
    duty = rng.uniform(400, 900, (len(cases), len(cdus)))
    outlet_from, flow_from = {"source": "MGX rack, datasheet"}, {"source": "cold plate, 116 at 40 °C"}
    air_from, whip_from = {"source": "ASHRAE TC 9.9, A2"}, {"source": "IEC 60364, 80 % policy"}
    return [
        metric(("outlet", "TCS return temperature", "°C"), rack_paths, outlet, limit=60.0, **outlet_from),
        metric(("flow", "TCS flow", "L/min"), rack_paths, flow, limit=100.0, limit_side="min", **flow_from),
        metric(("power", "IT power", "kW"), rack_paths, power * everyone, source="nameplate, site.usda"),
        metric(("inlet", "Air inlet temperature", "°C"), rack_paths, inlet, limit=27.0, **air_from),
        metric(("liquid", "Heat to liquid", "kW"), rack_paths, to_liquid * everyone),
        metric(("whip", "Whip current", "%"), rack_paths, power / 1.8 * everyone, limit=80.0, **whip_from),
        metric(("busway", "Busway load", "%"), busways, load, limit=80.0, source="declared policy: 80 %"),
        metric(("duty", "CDU duty", "kW"), cdus, duty, limit=1368.0),
    ]


def judge(site: Site, cases: list[Case], metrics: list[Metric]) -> list[dict[str, object]]:
    """Return a finding for every limit broken on a rack."""
    where_of = {box.path: box.where for box in site.boxes}
    findings: list[dict[str, object]] = []
    for rule, metric, severity in (
        ("CO014", metrics[0], "major"),
        ("CO003", metrics[1], "critical"),
        ("AI002", metrics[3], "minor"),
    ):
        limit = metric.limit or 0.0
        sign = -1.0 if metric.limit_side == "min" else 1.0
        with np.errstate(invalid="ignore"):
            broken = np.argwhere(sign * (metric.values - limit) > 0.0)
        for at, column in broken.tolist():
            value = float(metric.values[at, column])
            lost = ", ".join(path.rpartition("/")[2] for path in cases[at].out)
            findings.append(
                {
                    "rule": rule,
                    "severity": severity,
                    "title": f"{metric.title} {'below' if sign < 0 else 'above'} its limit",
                    "prim": metric.paths[column],
                    "where": where_of[metric.paths[column]],
                    "value": value,
                    "limit": limit,
                    "unit": metric.unit,
                    "margin": -sign * (value - limit),
                    "case": cases[at].name,
                    "cause": {
                        "text": f"{lost} is out of service" if lost else "design",
                        "prim": (cases[at].out or ("",))[0],
                    },
                }
            )
    return findings


def wait_until(page: Any, question: str, most_s: float = 5.0) -> None:
    """Ask the page until it says true: playwright's own wait needs an eval that the page's policy forbids."""
    end_s = time.monotonic() + most_s
    while not page.evaluate(question):
        assert time.monotonic() < end_s, f"still false after {most_s} s: {question}"
        page.wait_for_timeout(20)


@pytest.fixture(scope="session")
def make_site() -> Callable[[int], PlanData]:
    """Return the generator of synthetic sites."""
    return synthetic_site


@pytest.fixture(scope="session")
def hostile_site() -> PlanData:
    """Return a site in which every text is an attack, every name very long, and values are missing."""
    name = HOSTILE + "x" * 400
    boxes = [
        Box(
            path=f"/W/{name}{k}",
            name=name + str(k),
            kind="rack" if k < 4 else HOSTILE,
            x_m=0.6 * k,
            y_m=0.0,
            width_m=0.6,
            depth_m=1.0,
            angle_deg=0.0 if k % 2 else 30.0,
            row=HOSTILE,
            where=HOSTILE,
        )
        for k in range(6)
    ]
    route = Route(
        path="/W/route", name=name, kind="constructor", x_m=(0.0, 4.0), y_m=(2.0, 2.0), where=HOSTILE
    )
    metric = Metric(
        key=HOSTILE,
        title=name,
        unit=HOSTILE,
        paths=[box.path for box in boxes],
        source=HOSTILE,
        limit=1.0,
        values=np.array([[0.5, 1.5, np.nan, np.inf, 0.2, 2.0], [np.nan] * 6]),
    )
    texts = ("rule", "severity", "title", "where", "unit", "case", "cause", "source")
    finding = {
        **dict.fromkeys(texts, HOSTILE),
        "prim": boxes[1].path,
        "value": 1.5,
        "limit": 1.0,
        "margin": -0.5,
    }
    return PlanData(
        title=name,
        site=name,
        boxes=boxes,
        routes=(route,),
        metrics=(metric,),
        findings=(finding,),
        cases=(Case(name=name), Case(name=HOSTILE, out=(boxes[0].path,))),
        summary=((name, name),),
    )


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Start Chromium; without one skip, which CI_BROWSER=1 turns into a failure (tests/conftest.py)."""
    sync_api = pytest.importorskip("playwright.sync_api")
    if not Path(CHROMIUM).exists():
        pytest.skip(f"there is no {CHROMIUM}")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def open_plan(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Any]]:
    """Return a function that opens a plan from a file, offline; requests and complaints are kept."""
    contexts = []

    def opened(data: PlanData, link: str = "", size: tuple[int, int] = (1600, 900)) -> Any:
        path = tmp_path_factory.mktemp("plan") / "plan.html"
        path.write_text(floor_plan_html(data), encoding="utf-8")
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, offline=True)
        contexts.append(context)
        context.set_default_timeout(6000)
        page = context.new_page()
        page.requests, page.complaints = [], []
        page.on("request", lambda request: page.requests.append(request.url))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on(
            "console",
            lambda said: page.complaints.append(said.text) if said.type in {"error", "warning"} else None,
        )
        page.goto(path.as_uri() + link)
        wait_until(page, "() => Boolean(window.twinPlan)", 30.0)
        return page

    yield opened
    for context in contexts:
        context.close()
