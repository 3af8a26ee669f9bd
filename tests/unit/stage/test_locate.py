"""Lines of specifications in text layers."""

import os
import time
from pathlib import Path

import pytest
from pxr import Sdf

from twin.stage.locate import Lines, lines_of, locate

DATA = Path(__file__).parents[2] / "data" / "simready"

# The comment at the end of a line names what stands there.
TEXT = '''#usda 1.0
(
    "a layer with everything"
    customLayerData = {
        dictionary SimReady_Metadata = {
            string asset_name = "}{"  # /! customLayerData:SimReady_Metadata:asset_name
        }
    }
    defaultPrim = "Räck_ü"  # /! defaultPrim
    metersPerUnit = 1; upAxis = "Z"  # /! upAxis
    subLayers = [  # /! subLayers
        @./a.usda@ (offset = 1; scale = 2),
        @@@b@c.usda@@@
    ]
)

// a comment with a { brace
/* another, over two
   lines, with ( and " */
def Xform "Räck_ü" (  # /Räck_ü
    """documentation
    over two lines" ) }"""
    prepend apiSchemas = ["TwinRackAPI"]  # /Räck_ü! apiSchemas
    customData = { string a = "}{)("  # /Räck_ü! customData:a
        dictionary d = { double "quoted key" = 1 }  # /Räck_ü! customData:d:quoted key
    }
    prepend references = [  # /Räck_ü! references
        @@@x@y.usda@@@</A> (offset = 10),
        </B>
    ]
    variants = {  # /Räck_ü! variants
        string cooling = "liq-1"  # /Räck_ü! variants:cooling
    }
    prepend variantSets = "cooling"  # /Räck_ü! variantSets
)
{
    reorder properties = ["x", "z"]
    custom double x = 1 (  # /Räck_ü.x
        doc = """multi
line " } """
        twinUnit = "kW"  # /Räck_ü.x! twinUnit
    )
    double x.timeSamples = { 0: 1, 1: None }  # /Räck_ü.x.timeSamples
    double x.connect = </B.y>  # /Räck_ü.x.connect
    matrix4d m = ( (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1) )  # /Räck_ü.m
    uniform token[] tokens = ["a", 'b}', "c\\"]"]  # /Räck_ü.tokens
    point3f[] points = [(1, 2, 3),  # /Räck_ü.points
        (4, 5, 6)]
    asset tex = @@@a"b@@@  # /Räck_ü.tex
    string unsaid  # /Räck_ü.unsaid
    rel empty  # /Räck_ü.empty
    prepend rel twin:connection:to = [  # /Räck_ü.twin:connection:to
        </B>,  # a comment with a ]
        </B/C>
    ]
    double deep = 1 (  # /Räck_ü.deep
        customData = { dictionary a = { dictionary b = { int[] c = [1] } } }  # /Räck_ü.deep! customData:a:b
    )
    double after = 2; double later = 3  # /Räck_ü.later

    variantSet "cooling" = {  # /Räck_ü{cooling=}
        "liq-1" ( customData = { int a = 1 } ) {  # /Räck_ü{cooling=liq-1}
            double x = 4  # /Räck_ü{cooling=liq-1}.x
            def "C"  # /Räck_ü{cooling=liq-1}C
            {
                double w = 1  # /Räck_ü{cooling=liq-1}C.w
                variantSet "in" = {  # /Räck_ü{cooling=liq-1}C{in=}
                    "k" {  # /Räck_ü{cooling=liq-1}C{in=k}
                        def "D"  # /Räck_ü{cooling=liq-1}C{in=k}D
                        {
                            int z = 2  # /Räck_ü{cooling=liq-1}C{in=k}D.z
                        }
                    }
                }
            }
            variantSet "size" = {  # /Räck_ü{cooling=liq-1}{size=}
                "big" {
                    double y = 5  # /Räck_ü{cooling=liq-1}{size=big}.y
                }
            }
        }
        "air" {  # /Räck_ü{cooling=air}
        }
    }
    over "E" {}  # /Räck_ü/E
}

class "_class_B"  # /_class_B
{
}

over "B"  # /B
(
    kind = "component"  # /B! kind
)
{
    double y  # /B.y
    def Scope "C" {}  # /B/C
}
'''
MARKS = [
    (line.rpartition("  # /")[2], number)
    for number, line in enumerate(TEXT.splitlines(), start=1)
    if "  # /" in line
]


@pytest.mark.parametrize(("mark", "line"), MARKS, ids=[mark for mark, _ in MARKS])
def test_everything_is_found_on_its_line(mark, line):
    path, is_metadata, key = f"/{mark}".partition("!")
    lines = Lines(TEXT)
    assert (lines.metadata_line(path, key.strip()) if is_metadata else lines.line_of(path)) == line


def test_the_text_is_a_layer_and_every_specification_of_it_is_found():
    layer = Sdf.Layer.CreateAnonymous("everything.usda")
    assert layer.ImportFromString(TEXT)
    assert unfound(layer, Lines(TEXT)) == []


@pytest.mark.parametrize("file", sorted(DATA.glob("*/*.usd*")), ids=lambda file: file.name)
def test_every_specification_of_an_asset_is_found(file):
    assert unfound(Sdf.Layer.FindOrOpen(str(file)), lines_of(str(file))) == []


def unfound(layer: Sdf.Layer, lines: Lines) -> list[str]:
    """Return the specifications, other than relationship targets, that have no line."""
    paths: list[str] = []
    layer.Traverse(Sdf.Path.absoluteRootPath, lambda path: paths.append(str(path)))
    return [path for path in paths if path != "/" and "[" not in path and lines.line_of(path) is None]


def test_windows_line_ends_change_nothing():
    unix, windows = Lines(TEXT), Lines(TEXT.replace("\n", "\r\n"))
    assert {p: windows.line_of(p) for p in windows.paths()} == {p: unix.line_of(p) for p in unix.paths()}


def test_property_and_variants_can_be_named_apart_from_the_path():
    lines = Lines(TEXT)
    assert lines.line_of("/Räck_ü", "x") == lines.line_of("/Räck_ü.x")
    inside = {"cooling": "liq-1", "size": "big"}
    assert lines.line_of("/Räck_ü", "y", variant=inside) == lines.line_of(
        "/Räck_ü{cooling=liq-1}{size=big}.y"
    )
    assert lines.line_of("/Räck_ü{cooling=liq-1}/C") == lines.line_of("/Räck_ü{cooling=liq-1}C")


def test_what_the_text_does_not_say_has_no_line():
    lines = Lines(TEXT)
    assert lines.line_of("/Nowhere") is None
    assert lines.line_of("/B", "x") is None
    assert lines.metadata_line("/B", "references") is None
    assert lines.metadata_line("/B/C", "kind") is None
    assert lines.metadata_line("/", "subLayers", containing="absent.usda") is None


def test_one_of_many_items_of_a_list_has_its_own_line():
    lines, first = Lines(TEXT), Lines(TEXT).metadata_line("/", "subLayers")
    assert lines.metadata_line("/", "subLayers", containing="a.usda") == first + 1
    assert lines.metadata_line("/", "subLayers", containing="b@c.usda") == first + 2
    assert lines.metadata_line("/Räck_ü", "references", containing="</B>") == 29


def test_of_a_property_written_twice_the_last_counts_as_it_does_in_usd():
    lines = Lines('#usda 1.0\ndef "A"\n{\n    double x = 1\n    double x = 2\n}\n')
    assert lines.line_of("/A.x") == 5


def test_a_property_with_time_samples_only_is_found_under_its_name():
    lines = Lines('#usda 1.0\ndef "A"\n{\n    double x.timeSamples = {\n        0: 1,\n    }\n}\n')
    assert lines.line_of("/A.x") == 4


def test_a_text_that_is_cut_off_does_not_hang_or_raise():
    for end in range(0, len(TEXT), 7):
        Lines(TEXT[:end])


def test_seven_thousand_racks_take_less_than_a_quarter_of_a_second():
    rack = (
        '    def Xform "Rack_{0:05d}" (\n        references = @../assets/Rack/Rack.usda@\n    )\n    {{\n'
        "        double3 xformOp:translate = ({0}, 1.2, 0)\n"
        '        uniform token[] xformOpOrder = ["xformOp:translate"]\n'
        "        double twin:rack:itPower = 132  # kW\n        double twin:rack:mass = 1500\n"
        "        rel twin:rack:row = </Hall/Row>\n    }}\n"
    )
    text = '#usda 1.0\ndef Xform "Hall"\n{\n' + "".join(map(rack.format, range(7168))) + "}\n"
    seconds = []
    for _ in range(3):
        start = time.process_time()
        lines = Lines(text)
        seconds.append(time.process_time() - start)
    assert lines.line_of("/Hall/Rack_07167.twin:rack:itPower") == 3 + 7167 * 10 + 7
    assert min(seconds) < 0.25


def test_locate_shows_file_and_line_from_a_folder(tmp_path):
    file = tmp_path / "layers" / "it.usda"
    file.parent.mkdir()
    file.write_text(TEXT, encoding="utf-8")
    base = str(tmp_path)
    assert locate(str(file), "/B.y", base=base) == f"layers/it.usda:{Lines(TEXT).line_of('/B.y')}"
    assert locate(str(file), "/B", key="kind", base=base).endswith(
        f":{Lines(TEXT).metadata_line('/B', 'kind')}"
    )
    assert locate(str(file), "/Nowhere", base=base) == "layers/it.usda"
    assert locate(str(file), base=base) == "layers/it.usda"
    assert locate(str(file), "/B.y", base=str(tmp_path / "layouts")).startswith("../layers/it.usda:")
    assert locate(f"{file}:SDF_FORMAT_ARGS:a=b", "/B.y", base=base) == locate(str(file), "/B.y", base=base)


def test_a_layer_without_text_gives_its_name_alone(tmp_path):
    binary = tmp_path / "x.usdc"
    layer = Sdf.Layer.CreateNew(str(binary))
    Sdf.CreatePrimInLayer(layer, "/A")
    layer.Save()
    assert locate(str(binary), "/A", base=str(tmp_path)) == "x.usdc"
    assert locate(str(tmp_path / "absent.usda"), "/A", base=str(tmp_path)) == "absent.usda"
    assert locate(f"{tmp_path}/p.usdz[inside.usda]", "/A", base=str(tmp_path)) == "p.usdz[inside.usda]"
    assert locate("anon:0x55d0c0ffee:case", "/A") == "<case>"


def test_text_is_told_by_content_not_by_name(tmp_path):
    file = tmp_path / "a.usd"
    file.write_text('#usda 1.0\ndef "A"\n{\n}\n', encoding="utf-8")
    assert locate(str(file), "/A", base=str(tmp_path)) == "a.usd:2"


def test_a_changed_file_is_read_again_and_an_unchanged_one_is_not(tmp_path):
    file = tmp_path / "a.usda"
    file.write_text('#usda 1.0\ndef "A"\n{\n}\n', encoding="utf-8")
    first = lines_of(str(file))
    assert lines_of(str(file)) is first
    file.write_text('#usda 1.0\n\n\ndef "A"\n{\n}\n', encoding="utf-8")
    os.utime(file, ns=(1, 1))
    assert lines_of(str(file)).line_of("/A") == 4
