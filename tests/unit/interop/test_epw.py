"""A weather file is read row by row into its year, or refused with every fault, line and hour."""

import numpy as np
import pytest

from tests.support.weather_files import DESIGN, FIRST_ROW, HEAD, weather_rows, write_epw
from twin.errors import InputError
from twin.interop.epw import read_epw

DRY, DEW, HUMIDITY, PRESSURE = 6, 7, 8, 9


@pytest.fixture(scope="module")
def whole():
    return weather_rows()


@pytest.fixture
def rows(whole):
    """Rows that a test may change: the first 200 are copies."""
    return [*(list(row) for row in whole[:200]), *whole[200:]]


def faults_of(path):
    with pytest.raises(InputError) as refusal:
        read_epw(path)
    return [fault for fault in refusal.value.faults if fault.severity == "error"]


def only(path, code):
    (fault,) = faults_of(path)
    assert fault.code == code
    return str(fault)


def test_row_1_is_the_hour_that_ends_at_one(tmp_path, rows):
    weather = read_epw(write_epw(tmp_path / "w.epw", rows))
    assert (weather.month[0], weather.day[0], weather.hour[0]) == (1, 1, 0)
    assert (weather.month[-1], weather.day[-1], weather.hour[-1]) == (12, 31, 23)
    assert weather.dry_bulb_k.shape == (8760,)
    assert weather.step_s == 3600.0
    assert weather.dry_bulb_k[5] - 273.15 == pytest.approx(float(rows[5][DRY]))
    assert (weather.latitude_deg, weather.longitude_deg, weather.elevation_m) == (33.45, -111.98, 337.0)
    assert weather.warnings == ()
    assert weather.published is None


def test_wet_bulb_lies_between_dew_point_and_dry_bulb(tmp_path, rows):
    weather = read_epw(write_epw(tmp_path / "w.epw", rows))
    assert np.all(weather.wet_bulb_k <= weather.dry_bulb_k + 1e-9)
    assert np.all(
        weather.wet_bulb_k >= weather.dew_point_k - 0.3
    )  # frost point and ice bulb part by a little


def test_quarters_of_an_hour_are_steps_of_900_s(tmp_path):
    weather = read_epw(write_epw(tmp_path / "q.epw", weather_rows(4), per_hour=4))
    assert weather.step_s == 900.0
    assert weather.dry_bulb_k.shape == (35040,)
    assert np.array_equal(weather.hour[:8], [0, 0, 0, 0, 1, 1, 1, 1])


def test_minutes_may_begin_a_step_or_end_it(tmp_path):
    both = [halves(first) for first in (0, 30)]
    begun, ended = (read_epw(write_epw(tmp_path / "h.epw", rows, per_hour=2)) for rows in both)
    assert begun.step_s == 1800.0
    assert np.array_equal(begun.hour, ended.hour)
    assert np.array_equal(begun.dry_bulb_k, ended.dry_bulb_k)


def halves(first):
    """Rows of half an hour whose minutes are 0 and 30, or 30 and 0."""
    return [[*row[:4], str((int(row[4]) - 30 + first) % 60), *row[5:]] for row in weather_rows(2)]


def test_design_conditions_come_from_the_head(tmp_path, rows):
    weather = read_epw(write_epw(tmp_path / "w.epw", rows, head=(HEAD[0], DESIGN, *HEAD[2:])))
    held = weather.published
    assert held.source == "Climate Design Data 2009 ASHRAE Handbook"
    assert np.allclose(np.array(held.dry_bulb_k) - 273.15, [43.4, 42.3, 41.2])
    assert np.allclose(np.array(held.dry_wet_bulb_k) - 273.15, [21.1, 21.0, 20.9])
    assert np.allclose(np.array(held.wet_bulb_k) - 273.15, [24.5, 24.0, 23.5])
    assert np.allclose(np.array(held.heating_k) - 273.15, [3.7, 5.2])
    assert np.allclose(np.array(held.extreme_k) - 273.15, [1.3, 45.8])
    assert held.spread_dk == (1.5, 1.5)


def test_design_conditions_of_an_unknown_form_are_told_and_not_used(tmp_path, rows):
    head = (HEAD[0], DESIGN.replace(",12,3.7", ",3.7"), *HEAD[2:])
    weather = read_epw(write_epw(tmp_path / "w.epw", rows, head=head))
    assert weather.published is None
    (told,) = weather.warnings
    assert (told.code, told.severity, told.where) == ("ST208", "warning", "w.epw:2")


def test_a_few_missing_hours_are_interpolated_and_told(tmp_path, rows):
    rows[98][DRY], rows[102][DRY] = "10.0", "18.0"
    for row in rows[99:102]:
        row[DRY] = "99.9"
    weather = read_epw(write_epw(tmp_path / "w.epw", rows))
    assert np.allclose(weather.dry_bulb_k[98:103] - 273.15, [10, 12, 14, 16, 18])
    (told,) = weather.warnings
    assert told.code == "ST208"
    assert told.where == f"w.epw:{99 + FIRST_ROW}"
    assert told.prim == "3 steps, 5 January, hour ending 04:00 to 5 January, hour ending 06:00"


def test_a_missing_dew_point_comes_from_the_humidity(tmp_path, rows):
    rows[50][DRY], rows[50][DEW], rows[50][HUMIDITY] = "20.0", "99.9", "50"
    weather = read_epw(write_epw(tmp_path / "w.epw", rows))
    # 20 °C and 50 %: dew point 9.3 °C, wet bulb 13.8 °C at the sea (psychrometric chart).
    assert weather.dew_point_k[50] - 273.15 == pytest.approx(9.27, abs=0.02)
    assert "relative humidity" in str(weather.warnings[0])


def test_many_missing_hours_are_refused(tmp_path, rows):
    for row in rows[99:106]:
        row[PRESSURE] = "999999"
    assert "7 steps, 5 January" in only(write_epw(tmp_path / "w.epw", rows), "ST207")


def test_the_29th_of_february_is_left_out_and_told(tmp_path, whole):
    leap = [["2004", "2", "29", str(hour), *whole[0][4:]] for hour in range(1, 25)]
    first_of_march = next(i for i, row in enumerate(whole) if row[1] == "3")
    rows = [*whole[:first_of_march], *leap, *whole[first_of_march:]]
    weather = read_epw(write_epw(tmp_path / "w.epw", rows))
    assert weather.dry_bulb_k.shape == (8760,)
    assert "24 rows of a leap year" in str(weather.warnings[0])


def test_what_is_no_weather_file_is_refused(tmp_path):
    assert "No such file" in only(tmp_path / "none.epw", "ST200")
    (tmp_path / "b.epw").write_bytes(b"\x00\x01")
    only(tmp_path / "b.epw", "ST200")
    (tmp_path / "t.epw").write_text("Date,Temperature\n1,2\n")
    assert "t.epw:1  ST200 error: 'Date,Temperature'" in only(tmp_path / "t.epw", "ST200")


def test_every_fault_of_a_head_is_told(tmp_path, rows):
    head = ("LOCATION,Testville,XX,TST,TMY3,123456,95,-111.98,-7.0,high", *HEAD[1:])
    found = faults_of(write_epw(tmp_path / "w.epw", rows, head=head, per_hour=7, end="6/30"))
    assert {fault.code for fault in found} == {"ST201"}
    assert {fault.attribute for fault in found} == {"latitude", "elevation", "records per hour", "end"}


def test_rows_that_cannot_be_read_name_their_line(tmp_path, rows):
    del rows[4][20]
    rows[7][DRY] = "warm"
    rows[9][DRY] = "nan"
    found = faults_of(write_epw(tmp_path / "w.epw", rows))
    told = {(fault.code, fault.where) for fault in found}
    assert {("ST202", "w.epw:13"), ("ST202", "w.epw:16"), ("ST202", "w.epw:18")} <= told


@pytest.mark.parametrize(
    ("field", "value", "column"), [(1, "13", "month"), (2, "31", ""), (3, "25", "hour"), (3, "0", "hour")]
)
def test_times_that_cannot_be_are_refused(tmp_path, rows, field, value, column):
    rows[60][field] = value
    codes = {fault.code: fault for fault in faults_of(write_epw(tmp_path / "w.epw", rows))}
    assert "ST205" in codes  # the hour that the row should have been
    if column:
        assert codes["ST203"].where == f"w.epw:{60 + FIRST_ROW}"
        assert codes["ST203"].attribute == column


def test_doubled_and_misplaced_rows_are_refused(tmp_path, rows):
    rows[10] = list(rows[9])
    codes = [fault.code for fault in faults_of(write_epw(tmp_path / "w.epw", rows))]
    assert codes == ["ST204", "ST205"]
    rows[10], rows[11] = rows[11], rows[10]
    found = faults_of(write_epw(tmp_path / "w.epw", weather_swapped(rows)))
    assert "ST204" in {fault.code for fault in found}


def weather_swapped(rows):
    return [*rows[:20], rows[21], rows[20], *rows[22:]]


def test_missing_rows_are_one_fault_for_each_gap(tmp_path, rows):
    del rows[100:110], rows[20]
    first, second = faults_of(write_epw(tmp_path / "w.epw", rows))
    assert (first.code, second.code) == ("ST205", "ST205")
    assert first.where == "w.epw:29"
    assert first.prim == "1 January, hour ending 21:00"
    assert second.prim.startswith("10 steps, 5 January, hour ending 05:00 to 5 January, hour ending 14:00")


def test_values_out_of_range_are_refused_with_the_worst_of_a_run(tmp_path, rows):
    rows[30][DRY], rows[31][DRY] = "75.0", "88.0"
    rows[40][PRESSURE] = "974"
    rows[50][HUMIDITY] = "140"
    rows[60][DRY], rows[60][DEW] = "10.0", "12.0"
    found = {fault.attribute: fault for fault in faults_of(write_epw(tmp_path / "w.epw", rows))}
    assert {fault.code for fault in found.values()} == {"ST206"}
    assert found["dry bulb"].found == "88"
    assert found["dry bulb"].prim.startswith("2 steps")
    assert found["pressure"].where == f"w.epw:{40 + FIRST_ROW}"
    assert found["dew point"].found == "2.0 K above the dry bulb"
    assert "relative humidity" in found


def test_pressure_that_is_reduced_to_sea_level_is_refused(tmp_path, rows):
    head = ("LOCATION,Testville,XX,TST,TMY3,123456,39.72,-104.75,-7.0,1726", *HEAD[1:])
    assert "82" in only(write_epw(tmp_path / "w.epw", rows, head=head), "ST206")


def test_a_file_of_other_steps_than_its_head_says_is_refused(tmp_path, rows):
    assert "8760 rows" in only(write_epw(tmp_path / "w.epw", rows, per_hour=4), "ST201")


def test_one_mistake_in_every_row_is_one_fault(tmp_path, whole):
    clock = [[*row[:3], str(int(row[3]) - 1), *row[4:]] for row in whole]
    assert "hours from 0 to 23" in only(write_epw(tmp_path / "w.epw", clock), "ST203")
    backward = only(write_epw(tmp_path / "w.epw", whole[::-1]), "ST204")
    assert "w.epw:10  ST204 error 31 December, hour ending 23:00: stands behind" in backward
    words = faults_of(write_epw(tmp_path / "w.epw", [[*row[:DRY], "warm", *row[DEW:]] for row in whole]))
    assert (words[0].code, words[0].found) == ("ST202", "'warm' and on in 8760 rows")
    assert len(words) == 2
