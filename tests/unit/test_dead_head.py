"""What pumps reach against shut valves, on loops drawn by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from tests.unit.test_segments import block
from twin.dead_head import dead_heads, highest_rise
from twin.laws.movers import fit_curve
from twin.model.element import Mover, Path, Valve

INDEX = np.intp
NONE = np.zeros(0, dtype=INDEX)
FLAT = [(0.0, 200e3), (0.01, 180e3), (0.02, 120e3)]


def reached(pumps, pipes, racks, *, held=(0,), checks=(), speeds=None, controls=(), shut=()):
    """Return the dead heads [kPa] of equal pumps; ``controls``: the highest speed that each one permits."""
    blocks = [("pump", block(Mover, pumps, role="pump")), ("pipe", block(Path, pipes)),
              ("rack", block(Path, racks, role="coolant"))]  # fmt: skip
    if checks:
        blocks.append(("valve", block(Valve, checks, role="valve")))
    rows, start = {}, 0
    for _, made in blocks:
        rows[id(made)] = slice(start, start + len(made.part))
        start += len(made.part)
    tail, head = (np.concatenate([getattr(b, side) for _, b in blocks]) for side in ("a", "b"))
    open_ = np.ones((start, 1), dtype=bool)
    open_[[len(pumps) + row for row in shut]] = False
    net = SimpleNamespace(
        node=np.arange(max(tail.max(), head.max()) + 1), tail=tail, head=head, rows=rows, in_service=open_,
        mover=np.arange(len(pumps), dtype=INDEX), limited=NONE, keeper=NONE, held=np.array(held, dtype=INDEX),
        check=np.concatenate([np.arange(len(pumps)), np.arange(start - len(checks), start)]).astype(INDEX),
        speed_ratio=np.array(speeds or [1.0] * len(pumps))[:, None],
        control_of=np.arange(len(pumps)) if controls else np.full(len(pumps), -1),
        maximum_ratio=np.array(controls or [1.0])[:, None],
    )  # fmt: skip
    table = SimpleNamespace(
        paths=("",) * len(pumps), words={}, curves={"curve_pa": np.array([FLAT] * len(pumps))}
    )
    network = SimpleNamespace(flow=net, assembly=SimpleNamespace(blocks=tuple(blocks)))
    return dead_heads(network, {"pump": table}) / 1e3


ALONE = pytest.approx([200.0], rel=1e-3)


def test_a_pump_alone_reaches_its_own():
    assert reached([(0, 1)], [(1, 2), (3, 0)], [(2, 3)]) == ALONE


def test_speed_is_the_highest_that_a_control_permits_or_the_own():
    assert reached([(0, 1)], [(1, 2), (3, 0)], [(2, 3)], controls=[0.5]) == pytest.approx([50.0], rel=1e-3)
    assert reached([(0, 1)], [(1, 2), (3, 0)], [(2, 3)], speeds=[0.5]) == pytest.approx([50.0], rel=1e-3)


def test_pumps_side_by_side_do_not_add():
    both = reached([(0, 1), (4, 5)], [(0, 4), (1, 5), (5, 2), (3, 0)], [(2, 3)])
    assert both == pytest.approx([200.0, 200.0], rel=1e-3)


# Pump, pipe 1-2, booster 2-4, rack 4-3, return.
SERIES = {"pumps": [(0, 1), (2, 4)], "pipes": [(1, 2), (3, 0)], "racks": [(4, 3)]}


def test_a_booster_adds_to_the_pump_before_it():
    assert reached(**SERIES) == pytest.approx([200.0, 400.0], rel=1e-3)
    assert reached(**SERIES, controls=[0.5, 1.0]) == pytest.approx([50.0, 250.0], rel=1e-3)


def test_a_pressure_reference_between_two_pumps_parts_them():
    assert reached(**SERIES, held=(2,))[1] == pytest.approx(200.0, rel=1e-3)


def test_a_decoupler_before_the_booster_parts_them_while_it_is_open():
    with_it = SERIES | {"pipes": [*SERIES["pipes"], (0, 2)]}
    assert reached(**with_it) == pytest.approx([200.0, 200.0], rel=1e-3)
    assert reached(**with_it, shut=[2]) == pytest.approx([200.0, 400.0], rel=1e-3)


def test_a_check_valve_hands_pressure_on_one_way_only():
    through = SERIES | {"pipes": [(3, 0)], "checks": [(1, 2)]}
    assert reached(**through) == pytest.approx([200.0, 400.0], rel=1e-3)
    bypass = SERIES | {"checks": [(0, 2)]}
    assert reached(**bypass) == pytest.approx([200.0, 400.0], rel=1e-3)


def test_pumps_in_a_ring_do_not_add_without_end():
    ring = reached([(0, 1), (1, 2), (2, 1)], [(3, 0)], [(2, 3)])
    assert ring == pytest.approx([200.0, 400.0, 400.0], rel=1e-3)


def test_the_highest_rise_is_that_of_the_points_or_of_the_curve_that_is_solved():
    flow = np.array([[0.0, 0.01, 0.02, 0.03]] * 3)
    rise = 1e3 * np.array([[350, 300, 240, 160], [200, 220, 200, 140], [320, 300, 240, 160]])
    flow[2] += 0.01  # a data sheet that leaves out the point at no flow
    points = np.stack([flow, rise], axis=-1)
    c0, c1, c2 = (c[:, None] for c in fit_curve(flow, rise))
    q = np.linspace(0.0, 0.04, 4001)
    solved = (c0 + c1 * q + c2 * q**2).max(axis=1)
    parabola = highest_rise(points, np.zeros(3, dtype=bool))
    assert solved[0] < 350e3
    assert solved[1] > 220e3
    assert solved[2] > 320e3
    assert parabola == pytest.approx([350e3, solved[1], solved[2]], rel=1e-6)
    assert highest_rise(points, np.ones(3, dtype=bool)) == pytest.approx([350e3, 220e3, 340e3])
