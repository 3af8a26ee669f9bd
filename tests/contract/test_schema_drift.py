"""The schema in the package is the one that the declarations give."""

from twin.stage.schema import drift


def test_the_schema_files_are_those_that_twin_schema_writes():
    assert drift() == ()
