"""Numbers and lines as people read them."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.reports.lines import WIDTH, Ink, between, columns, fit, ink_for, shorten, wrapped
from twin.reports.numbers import apart, margin_unit, number, power, reading, seconds, signed


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0"), (54.25, "54.25"), (54.0, "54"), (1200.0, "1200"), (0.00123, "0.00123"), (-4.0, "−4"),
        (1.5e12, "1.500e+12"), (3e-12, "3.000e−12"), (float("nan"), "–"), (float("inf"), "–"),
        (99999.6, "100000"),
    ],
)  # fmt: skip
def test_a_number_has_four_digits_and_no_needless_zero(value, shown):
    assert number(value) == shown


@given(limit=st.floats(1.0, 1e6), share=st.floats(1e-9, 0.1))
def test_a_breach_never_reads_like_the_limit(limit, share):
    value, bound = apart(limit * (1.0 + share), limit)
    assert value != bound


def test_equal_numbers_read_equal():
    assert apart(60.0, 60.0) == ("60", "60")


def test_a_difference_of_temperatures_is_in_kelvin_and_of_gauge_pressures_in_bar():
    assert reading(64.0, 60.0, -4.0, "degC") == ("64 °C", "60 °C", "−4 K")
    assert margin_unit("bar g") == "bar"
    assert margin_unit("kW") == "kW"
    assert margin_unit("") == ""


def test_sizes_get_the_unit_that_suits_them():
    assert power(1.094e6) == "1.094 MW"
    assert power(252e3) == "252 kW"
    assert power(float("nan")) == "–"
    assert seconds(0.12) == "120 ms"
    assert seconds(2.34) == "2.3 s"
    assert signed(2.0) == "+2"


@given(text=st.text(max_size=300), width=st.integers(5, 120))
def test_what_is_fitted_or_shortened_is_never_wider(text, width):
    assert len(fit(text, width)) <= width
    assert len(shorten(text, width)) <= width


@given(left=st.text(alphabet="abc/", max_size=200), right=st.text(alphabet="abc", max_size=60))
def test_both_ends_of_a_line_fit_into_it(left, right):
    assert len(between(left, right)) == WIDTH


def test_a_path_keeps_both_its_ends():
    assert fit("/World/Hall_1/Row_A/Rack_01", 15).startswith("/Wor")
    assert fit("/World/Hall_1/Row_A/Rack_01", 15).endswith("Rack_01")


def test_long_words_are_broken_rather_than_too_wide():
    assert all(len(line) <= WIDTH for line in wrapped("x" * 500, indent="  "))


def test_columns_are_as_wide_as_their_widest_text():
    assert columns([("a", "1"), ("bbb", "22")], right=(1,)) == ["a     1", "bbb  22"]
    assert columns([]) == []


def test_colour_is_for_terminals_only(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert ink_for(Terminal()).on
    assert not ink_for(io.StringIO()).on
    monkeypatch.setenv("NO_COLOR", "1")
    assert not ink_for(Terminal()).on
    assert Ink(on=False)("red", "x") == "x"
