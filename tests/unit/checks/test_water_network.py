"""Rules on open water networks fire at their limit and not before."""

import pytest

from tests.unit.checks.reviews import BAR, built, found, table


@pytest.mark.parametrize(("pressure", "count"), [(0.001, 0), (0.0, 0), (-0.001, 1)])
def test_a_junction_below_the_pressure_outdoors_is_told(pressure, count):
    facility = built(table("junction"))
    assert len(found("HY040", facility, junction={"pressure_pag": pressure * BAR})) == count


@pytest.mark.parametrize(
    ("level", "full", "count"),
    [(0.51, "shuts", 0), (0.5, "shuts", 1), (4.99, "shuts", 0), (5.0, "shuts", 1), (5.0, "spills", 0)],
)
def test_a_tank_at_one_of_its_levels_is_told(level, full, count):
    levels = {"level_m": level, "minimum_level_m": 0.5, "maximum_level_m": 5.0}
    facility = built(table("tank", words={"when_full": full}, **levels))
    assert len(found("HY041", facility, tank={"given_m3_s": 0.0})) == count


@pytest.mark.parametrize("end", ["reservoir", "tank"])
def test_pipes_and_pumps_draw_in_no_air_where_their_loop_has_an_open_end(end):
    """HY040 looks at these; a closed loop beside them is judged as ever."""
    sizes = {"level_m": 2.0, "minimum_level_m": 0.5, "maximum_level_m": 5.0} if end == "tank" else {}
    facility = built(table("pipe", 2, inner_diameter_m=0.1), table("pump", 2), table(end, **sizes))
    low, loops = [[-3e-18, -3e-18]], [[4.0, 7.0]]
    results = {
        "pipe": {"inlet_pag": low, "outlet_pag": [[BAR, BAR]], "loop_index": loops},
        "pump": {"inlet_pag": low, "loop_index": loops}, end: {"loop_index": [[4.0]]},
    }  # fmt: skip
    assert {f.prim for f in found("HY012", facility, **results)} == {"/World/pipe_0001", "/World/pump_0001"}


@pytest.mark.parametrize(("loop", "rules"), [(4.0, []), (7.0, ["HY015", "HY016", "HY017"])])
def test_a_vessel_is_judged_in_a_loop_without_an_open_end_only(loop, rules):
    vessel = {"fill_pressure_pag": 0.1 * BAR, "precharge_pag": BAR, "safety_valve_pag": 3.0 * BAR}
    facility = built(table("expansion_vessel", volume_m3=0.01, **vessel), table("reservoir"))
    solved = {"static_pa": BAR, "volume_m3": 10.0, "expansion_m3": 0.2, "loop_index": loop}
    results = {"expansion_vessel": solved, "reservoir": {"loop_index": 4.0}}
    told = [rule for rule in ("HY015", "HY016", "HY017") if found(rule, facility, **results)]
    assert told == rules
