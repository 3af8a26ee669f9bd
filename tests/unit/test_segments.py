"""What a leak lets out, and who goes without while it is shut off: loops drawn by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from twin.model.element import Mover, Path, Valve
from twin.segments import segments

INDEX = np.intp


def block(make, ends, **numbers):
    tail, head = np.array(ends, dtype=INDEX).T
    role = numbers.pop("role", "bore")
    columns = {n: np.asarray(v, dtype=float).reshape(-1, 1) for n, v in numbers.items()}
    return make(role=role, part=np.arange(len(ends), dtype=INDEX), a=tail, b=head, **columns)


def network(*blocks):
    """Return what ``segments`` looks at of a network."""
    rows, start = {}, 0
    for _, made in blocks:
        rows[id(made)] = slice(start, start + len(made.part))
        start += len(made.part)
    tail, head = (np.concatenate([getattr(b, side) for _, b in blocks]) for side in ("a", "b"))
    node = np.arange(max(tail.max(), head.max()) + 1)
    flow = SimpleNamespace(node=node, tail=tail, head=head, rows=rows)
    return SimpleNamespace(flow=flow, assembly=SimpleNamespace(blocks=blocks))


def table(**columns):
    words = {n: v for n, v in columns.items() if isinstance(v, tuple)}
    numbers = {n: np.array(v)[:, None] for n, v in columns.items() if n not in words}
    return SimpleNamespace(words=words, numbers=numbers)


def row(*, ring=False, isolating=True, coupled=True):
    """Return two racks behind one pump, rack B (nodes 12, 13) behind two isolating valves.

    Supply 1-2, valve 2-3, supply 3-6; return 4, valve 4-5, return 5-0; ``ring``: a second valve 2-7, pipe
    7-8, valve 8-6. Pipes hold 10, 1 and 2 (then 5) litres, hoses 0.1.
    """
    pipes, volumes = [(1, 2), (3, 6), (5, 0)], [0.010, 0.001, 0.002]
    valves = [(2, 3), (4, 5)]
    if ring:
        pipes, volumes = [*pipes, (7, 8)], [*volumes, 0.005]
        valves = [*valves, (2, 7), (8, 6)]
    blocks = (
        ("pump", block(Mover, [(0, 1)], role="pump")),
        ("pipe", block(Path, pipes, volume_m3=volumes)),
        ("valve", block(Valve, valves, role="valve")),
        ("hose", block(Path, [(2, 10), (11, 5), (6, 12), (13, 4)], volume_m3=[1e-4] * 4)),
        ("rack", block(Path, [(10, 11), (12, 13)], role="coolant", volume_m3=[0.02, 0.03])),
    )
    hoses = table(coupling_kv_m3_s=[0.01 if coupled else np.nan] * 4)
    words = table(use=("isolating" if isolating else "balancing",) * len(valves))
    net = network(*blocks)
    return segments(net, hoses, words), {k: net.flow.rows[id(b)] for k, b in blocks}


def of(found, rows):
    """Return volume [L] and number of loads of the segment of each branch."""
    at = found.of_branch[rows]
    return [(round(1e3 * float(found.volume_m3[i]), 3), int(found.lost_count[i])) for i in at]


def test_a_leak_lets_out_what_lies_between_the_valves_and_couplings():
    found, rows = row()
    main, branch, back = of(found, rows["pipe"])
    assert main == back == (12.2, 2)
    assert branch == (1.1, 1)


def test_a_rack_with_couplings_goes_alone():
    found, rows = row()
    assert of(found, rows["rack"]) == [(20.0, 1), (30.0, 1)]


def test_the_fluid_of_a_hose_stays_with_the_end_that_is_not_at_the_rack():
    found, rows = row()
    assert [found.of_branch[rows["hose"]][i] for i in (0, 1)] == [found.of_branch[rows["pipe"]][0]] * 2
    assert found.of_branch[rows["hose"]][2] == found.of_branch[rows["pipe"]][1]


def test_a_ring_keeps_the_rack_behind_either_of_its_sides():
    found, rows = row(ring=True)
    _, near, _, side = of(found, rows["pipe"])
    assert near[1] == 1  # the rack's own piece
    assert side == (5.0, 0)  # the rack is fed the other way round


@pytest.mark.parametrize("change", [{"isolating": False}, {"isolating": False, "coupled": False}])
def test_without_isolating_valves_a_leak_stops_the_whole_loop(change):
    found, rows = row(**change)
    assert {count for _, count in of(found, rows["pipe"])} == {2}


def test_every_litre_belongs_to_one_segment():
    for ring in (False, True):
        found, _ = row(ring=ring)
        assert found.volume_m3.sum() == pytest.approx(0.0634 + 0.005 * ring)


def test_those_who_go_without_are_told_by_their_branches():
    found, rows = row()
    supply = int(found.of_branch[rows["pipe"].start])
    behind = int(found.of_branch[rows["pipe"].start + 1])
    first = rows["rack"].start
    assert found.lost[supply].tolist() == [first, first + 1]
    assert found.lost[behind].tolist() == [first + 1]
    assert found.lost_count[[supply, behind]].tolist() == [2, 1]
