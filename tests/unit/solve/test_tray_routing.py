"""Cables over trays: cheapest ways, fair loads, redundant links apart."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from twin.solve.tray_graph import TURN_M, Trays, access, graph_of
from twin.solve.tray_load import peak_area
from twin.solve.tray_routing import route


def trays(*runs, section_m2=1.0):
    start, stop = np.array([r[0] for r in runs], dtype=float), np.array([r[1] for r in runs], dtype=float)
    ones = np.ones(len(runs))
    return Trays(
        start_m=start, stop_m=stop, width_m=0.3 * ones, section_m2=section_m2 * ones, design_ratio=0.4 * ones,
        limit_ratio=0.5 * ones,
    )  # fmt: skip


def grid(rows=4, columns=3, **more):
    along = [((-1, 3.0 * i, 3), (20, 3.0 * i, 3)) for i in range(rows)]
    return trays(*along, *(((7.0 * j, -1, 3), (7.0 * j, 10, 3)) for j in range(columns)), **more)


def routed(found, ends, **more):
    ways = [access(found, np.asarray(end, dtype=float), reach_m=1.0) for end in ends]
    return route(graph_of(found), *ways, more.pop("area_m2", np.zeros(len(ends[0]))), **more)


def shortest(found, start, stop):
    """Return the way of one cable by Dijkstra over points every 0.5 m of every tray."""
    steps = [np.linspace(a, b, round(float(np.linalg.norm(b - a)) * 2) + 1)
             for a, b in zip(found.start_m, found.stop_m, strict=True)]  # fmt: skip
    at = np.concatenate([*steps, [start, stop]])
    gap = np.linalg.norm(at[:, None] - at[None], axis=2)
    tray = np.concatenate([np.full(len(s), i) for i, s in enumerate(steps)] + [[-1, -2]])
    joined = np.where((tray[:, None] == tray[None]) & (gap < 0.51), gap, 0.0) + np.where(
        gap < 1e-9, TURN_M, 0.0
    )
    for port, spot in ((-2, start), (-1, stop)):
        beside = np.hypot(*(at - spot)[:-2, :2].T)
        nearest = np.array(
            [beside[tray[:-2] == t].min() for t in tray[:-2]]
        )  # straight up, then straight aside
        drop = np.where(
            (beside <= 1.0) & (beside <= nearest + 1e-9), beside + np.abs((at - spot)[:-2, 2]), 0.0
        )
        joined[port, :-2], joined[:-2, port] = drop, drop
    return dijkstra(csr_array(joined), indices=len(at) - 2)[-1]


def test_a_cable_takes_the_way_that_dijkstra_over_every_half_metre_finds():
    rng, found = np.random.default_rng(7), grid()
    start = np.stack(
        [rng.integers(0, 40, 12) / 2, 3.0 * rng.integers(0, 4, 12) + 0.5, np.full(12, 1.0)], axis=1
    )
    stop = np.stack(
        [rng.integers(0, 40, 12) / 2, 3.0 * rng.integers(0, 4, 12) - 0.5, np.full(12, 2.0)], axis=1
    )
    got = routed(found, (start, stop))
    turns = [(np.diff(got.tray[got.bundle == i]) != 0).sum() for i in range(12)]
    assert got.length_m + TURN_M * np.array(turns) == pytest.approx(
        [shortest(found, a, b) for a, b in zip(start, stop, strict=True)], abs=1e-4
    )


def test_steps_lead_from_the_one_end_to_the_other_without_a_gap():
    got = routed(grid(), ([[0.0, 0, 1]], [[14.0, 9, 1]]))
    at = grid()
    place = (
        at.start_m[got.tray]
        + (got.from_m / at.length_m[got.tray])[:, None] * (at.stop_m - at.start_m)[got.tray]
    )
    end = (
        at.start_m[got.tray]
        + (got.to_m / at.length_m[got.tray])[:, None] * (at.stop_m - at.start_m)[got.tray]
    )
    assert place[1:] == pytest.approx(end[:-1])
    assert np.abs(got.to_m - got.from_m).sum() + 4.0 == pytest.approx(got.length_m[0], abs=1e-4)


def test_bundles_share_parallel_trays_so_that_none_is_too_full():
    two = trays(((0, -0.2, 3), (20, -0.2, 3)), ((0, 0.2, 3), (20, 0.2, 3)), section_m2=0.02)
    ends = np.tile([1.0, 0.0, 1.0], (20, 1)), np.tile([19.0, 0.0, 1.0], (20, 1))
    got = routed(two, ends, area_m2=np.full(20, 0.0009))
    assert peak_area(got, np.full(20, 0.0009), 2) == pytest.approx([0.009, 0.009], abs=0.001)


def test_a_full_tray_sends_bundles_the_longer_way():
    ring = trays(((0, 0, 3), (10, 0, 3)), ((0, 8, 3), (10, 8, 3)), ((0, 0, 3), (0, 8, 3)),
                 ((10, 0, 3), (10, 8, 3)),
                 section_m2=0.01)  # fmt: skip
    ends = np.tile([0.0, 0.5, 1.0], (10, 1)), np.tile([10.0, 0.5, 1.0], (10, 1))
    area = np.full(10, 0.0008)
    assert peak_area(routed(ring, ends, area_m2=area), area, 4).max() <= 0.005 + 1e-12


def test_redundant_links_run_over_different_trays():
    ends = ([[3.0, 0.0, 1]] * 2, [[3.0, 9.0, 1]] * 2)
    got = routed(grid(), ends, groups=("a", "a"))
    ways = [set(got.tray[got.bundle == i].tolist()) for i in (0, 1)]
    assert ways[0] & ways[1] <= {0, 3}, "only the trays over the ports themselves are shared"


def test_trays_that_do_not_meet_give_no_way():
    apart = trays(((0, 0, 3), (5, 0, 3)), ((0, 4, 3), (5, 4, 3)))
    got = routed(apart, ([[1.0, 0, 1]], [[1.0, 4, 1]]))
    assert np.isinf(got.length_m[0])
    assert not len(got.bundle)


def test_a_bundle_with_trays_of_its_own_takes_them_and_no_others():
    ends = ([[3.0, 0.0, 1]], [[3.0, 9.0, 1]])
    far = routed(grid(), ends, given=((0, 3, 6),))
    assert set(far.tray.tolist()) == {0, 3, 6}
    assert np.isinf(routed(grid(), ends, given=((0, 3),)).length_m[0]), "they do not meet"
    none = trays(((0, 0, 3), (5, 0, 3)))
    assert np.isinf(routed(none, ([[1.0, 9, 1]], [[1.0, 4, 1]])).length_m[0])
