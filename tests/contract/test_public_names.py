"""The names that users script against."""

from pathlib import Path

import pytest

import twin

# Changing this list changes what users may rely on: say so in CHANGELOG.md.
PUBLIC = [
    "Annual", "ConvergenceError", "Fault", "Finding", "InputError", "Outcome", "check", "kinds", "plan",
    "read", "simulate", "vary", "years",
]  # fmt: skip


def test_the_package_promises_these_names_and_no_others():
    assert sorted(twin.__all__) == sorted(PUBLIC)


@pytest.mark.parametrize("name", PUBLIC)
def test_a_promised_name_is_there(name):
    assert getattr(twin, name) is not None


def test_no_public_name_hides_a_module():
    modules = {path.stem for root in twin.__path__ for path in Path(root).iterdir()}
    assert modules.isdisjoint(PUBLIC)
