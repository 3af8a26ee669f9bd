"""File and line of what is shown."""

from tests.unit.reports.outcomes import OPINIONS, RACKS
from twin.model.provenance import Opinion
from twin.reports.places import Place, Places

LAYER = '#usda 1.0\ndef "World"\n{\n    def "Rack"\n    {\n        double twin:rack:itPower = 132\n    }\n}\n'


def test_a_place_is_looked_up_once_and_only_when_asked():
    asked = []

    def locate(file, spec):
        asked.append((file, spec))
        return f"{file}:12"

    places = Places(OPINIONS, locate)
    assert asked == []
    where = f"layers/it.usda#{RACKS[0]}"
    assert str(places.of(where)) == str(places.of(where)) == "layers/it.usda:12"
    assert asked == [("files/it.usda", RACKS[0])]


def test_what_no_file_holds_is_shown_as_it_is():
    places = Places(OPINIONS)
    assert str(places.of("--set#/World/Rack.twin:rack:itPower")) == "--set /World/Rack.twin:rack:itPower"
    assert str(places.of("layers/it.usda:3")) == "layers/it.usda:3"
    assert str(places.of("")) == ""


def test_a_layer_without_lines_gives_layer_and_path():
    places = Places(OPINIONS, lambda file, _: file)
    assert places.of(f"layers/it.usda#{RACKS[0]}") == Place("layers/it.usda", 0, RACKS[0], "files/it.usda")


def test_the_stage_finds_the_line_of_an_attribute(tmp_path):
    file = tmp_path / "it.usda"
    file.write_text(LAYER)
    opinion = Opinion("layers/it.usda", "/World/Rack.twin:rack:itPower", identifier=str(file))
    assert str(Places([opinion]).opinion(opinion)) == "layers/it.usda:6"
