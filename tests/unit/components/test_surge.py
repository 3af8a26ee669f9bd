"""Surges as they stand on the stage: what they name, and what is refused."""

import numpy as np
import pytest

from tests.unit.components.test_cooling_kinds import make
from twin.components.hose import Hose
from twin.components.manifold import Manifold
from twin.components.pipe import Pipe
from twin.components.pump import Pump
from twin.components.surge import Surge
from twin.errors import InputError
from twin.laws.waves import pump_inertia, spin_energy
from twin.model.binding import Targets
from twin.model.element import Mover, Path, Valve
from twin.model.event import Closing, Column


def targets(*rows, kind="hose"):
    part = np.array([owner for owner, _ in rows], dtype=np.intp)
    row = np.array([target for _, target in rows], dtype=np.intp)
    return Targets(part=part, node=np.full(len(rows), -1), kind=(kind,) * len(rows), row=row)


def surge(closes=(), trips=(), **fields):
    return make(
        Surge, closes=targets(*closes), trips=targets(*trips, kind="pump"), description=("so", "and so"),
        **fields,
    )  # fmt: skip


def test_an_event_names_what_closes_and_what_trips():
    words = {"law": ("flow", "kv"), "model": ("waves", "columns")}
    (event,) = surge(closes=[(0, 3)], trips=[(1, 2)], closing_s=[0.1, np.nan], **words).elements()
    assert (event.closes_owner.tolist(), event.closes_part.tolist()) == ([0], [3])
    assert (event.trips_owner.tolist(), event.trips_part.tolist()) == ([1], [2])
    assert (event.closes_kind, event.trips_kind) == (("hose",), ("pump",))
    assert event.closing.tolist() == [Closing.FLOW, Closing.KV]
    assert event.column.tolist() == [Column.ELASTIC, Column.RIGID]


def test_an_event_in_which_nothing_happens_or_in_no_time_is_refused():
    with pytest.raises(InputError) as refused:
        list(surge(closes=[(0, 0)], closing_s=[np.nan, np.nan]).elements())
    assert [(f.code, f.attribute) for f in refused.value.faults] == [
        ("ST130", "twin:surge:closes"), ("ST130", "twin:surge:closing"),
    ]  # fmt: skip


def stretch(kind, block=Path, **fields):
    return next(b for b in make(kind, **fields).elements() if isinstance(b, block)).stretch_per_pa[0, 0]


def test_a_thinner_wall_and_a_softer_material_give_more():
    bore = {"inner_diameter_m": [0.1, 0.1]}
    steel, thin = stretch(Pipe, wall_m=[3e-3, 3e-3], **bore), stretch(Pipe, wall_m=[1e-3, 1e-3], **bore)
    plastic = stretch(Pipe, wall_m=[3e-3, 3e-3], material=("pvc", "pvc"), **bore)
    assert 0.0 < steel < thin < plastic


def test_the_wall_of_a_nominal_size_is_half_of_what_lies_between_its_diameters():
    sized = stretch(Pipe, size=("DN100", "DN100"), inner_diameter_m=[np.nan, np.nan])
    by_hand = stretch(Pipe, inner_diameter_m=[0.1082, 0.1082], wall_m=[3.05e-3, 3.05e-3])
    assert sized == pytest.approx(by_hand, rel=1e-9)
    assert stretch(Manifold, inner_diameter_m=[0.1082, 0.1082]) == pytest.approx(sized, rel=1e-6)


def test_a_hose_gives_a_hundred_times_more_than_a_pipe_of_its_bore():
    bore = {"inner_diameter_m": [0.04, 0.04]}
    assert stretch(Hose, **bore) > 100.0 * stretch(Pipe, **bore)


def test_a_valve_of_a_hose_says_its_stroke():
    hose = make(Hose, flow_limit_m3_s=[2e-3, np.nan], valve_stroke_s=[0.05, np.nan])
    valve = next(b for b in hose.elements() if isinstance(b, Valve))
    assert valve.stroke_s.tolist() == [[0.05]]


@pytest.mark.parametrize("inertia", [np.nan, 0.2])
def test_a_pump_turns_with_its_own_inertia_or_the_usual_one(inertia):
    speed = 150.0
    numbers = {"rated_speed_rad_s": [speed, np.nan], "rated_power_w": [7500.0] * 2}
    pump = make(Pump, inertia_kgm2=[inertia] * 2, **numbers)
    mover = next(b for b in pump.elements() if isinstance(b, Mover))
    usual = pump_inertia(np.array(7500.0), np.array(speed))
    expected = spin_energy(usual if np.isnan(inertia) else np.array(inertia), np.array(speed))
    assert mover.spin_energy_j[0, 0] == pytest.approx(expected)
    assert np.isnan(mover.spin_energy_j[1, 0])
