"""The page on capacity and the hottest hour says what is computed."""

import pytest

from tests.golden.capacity_page import PAGE, page


@pytest.mark.slow
def test_the_page_is_what_the_commands_print():
    assert page() == PAGE.read_text(encoding="utf-8")
