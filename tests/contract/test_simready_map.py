"""Which SimReady value is which of our parameters: every name on both sides exists."""

import pytest

from twin.components import declare_all
from twin.model.component import kinds
from twin.stage.aif import LATEST
from twin.stage.simready import AIF_MAP, UNMAPPED
from twin.units import canonical, check_unit

declare_all()
MAPPED = [
    pytest.param(kind, param, source, id=f"{kind}.{param} from {source.attribute}")
    for kind, params in AIF_MAP.items()
    for param, sources in params.items()
    for source in sources
]
NAMES = dict(LATEST.every_name())


def declared(kind, name):
    """Return the parameter of a kind, None where it has none of this name."""
    return next((p for p in kinds()[kind].params if p.name == name), None)


def units(kind, source):
    """Return the unit of each column that is kept of a source, () where none is stated."""
    entry = LATEST.attribute(kind, source.attribute.rpartition(":")[2]) or NAMES[source.attribute]
    return [entry.columns[c] for c in source.columns] if source.columns else entry.columns


def test_every_class_of_the_vocabulary_is_mapped_to_a_kind_that_exists():
    assert set(AIF_MAP) == {c.kind for c in LATEST.classes}
    assert set(AIF_MAP) <= set(kinds())


@pytest.mark.parametrize(("kind", "param", "source"), MAPPED)
def test_a_mapped_name_is_a_parameter_of_its_kind(kind, param, source):
    assert declared(kind, param), f"{kind} has no {param}"


@pytest.mark.parametrize(("kind", "param", "source"), MAPPED)
def test_a_mapped_source_has_the_form_and_the_units_of_its_parameter(kind, param, source):
    ours, theirs = declared(kind, param), units(kind, source)
    curve = bool(source.columns) or source.sampled
    assert ours.form == ("curve" if curve else "number")
    assert source.attribute in NAMES
    if theirs:  # the vocabulary states none for some, whose values are then refused
        names = (ours.x_name, ours.name) if curve else (ours.name,)
        assert [check_unit(u, n) for u, n in zip(theirs, names, strict=True)] == [
            canonical(u) for u in theirs
        ]


def test_what_has_no_parameter_says_why_and_is_mapped_nowhere():
    sources = {source.attribute for _, _, source in (case.values for case in MAPPED)}
    assert not sources & set(UNMAPPED)
    assert set(UNMAPPED) <= set(NAMES)
    assert all(UNMAPPED.values())
