"""What the page on outages, valve settings and pipe sizes says is what is printed."""

from tests.golden.hydraulics_page import PAGE, pod_pages
from twin.stage.read import read


def test_the_page_shows_what_the_commands_print_for_the_pod():
    said = PAGE.read_text(encoding="utf-8")
    for command, text in pod_pages(read("pod").facility).items():
        assert f"`{command}`\n\n```text\n{text.rstrip()}\n```" in said
