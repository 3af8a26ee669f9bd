"""Content that many parts share is read once; the counts gate what seconds only hint at."""

from collections import Counter

import pytest
from pxr import Usd

from twin.stage.author import new
from twin.stage.content import Content
from twin.stage.read import read
from twin.stage.shape import Shapes
from twin.stage.specs import Specs
from twin.stage.targets import Frames, composed
from twin.stage.values import Values

BLOCK = 128  # racks
ENDS = ("twin:connection:from", "twin:connection:to")

ASSET = """#usda 1.0
( defaultPrim = "Asset" )
def "Asset"
{
    def "Inner"
    {
        def "Pipe"
        {
            rel twin:connection:from = </Asset/Inner/X>
            rel twin:connection:to = </Asset/Y>
        }
        def "X" {}
    }
    def "Y" {}
}
"""
SITE = """#usda 1.0
( defaultPrim = "World" )
def "World"
{
    def "One" ( references = @./asset.usda@ ) {}
    def "Two" ( references = @./asset.usda@ )
    {
        over "Inner"
        {
            custom int changed = 1
        }
    }
    def "Three"
    {
        def "Inner" ( references = @./asset.usda@</Asset/Inner> ) {}
    }
    def "Four" ( references = @./asset.usda@ ) {}
    def "Five" ( references = @./asset.usda@ )
    {
        over "Inner"
        {
            over "Pipe"
            {
                rel twin:connection:to = </World/One/Y>
            }
        }
    }
}
"""


@pytest.fixture
def counts(monkeypatch):
    """Count what reading looks at."""
    found = Counter()

    def counted(owner, method, name):
        call = getattr(owner, method)

        def counting(*args, **named):
            found[name] += 1
            return call(*args, **named)

        monkeypatch.setattr(owner, method, counting)

    counted(Values, "_value", "values")
    counted(Shapes, "_measure", "shapes")
    counted(Specs, "_spec", "specifications")
    counted(Content, "_place", "places")
    return found


def test_what_blocks_share_is_read_once(counts, tmp_path):
    found = []
    for blocks in (1, 2):
        new("hall", racks=blocks * BLOCK, out=tmp_path / str(blocks))
        counts.clear()
        reading = read(tmp_path / str(blocks))
        found.append({**counts, "parts": sum(len(t.paths) for t in reading.facility.tables.values())})
    more = {name: found[1][name] - found[0][name] for name in found[0]}
    assert more["parts"] > 2500
    assert more["places"] < more["parts"] / 4
    assert more["values"] < more["parts"] / 20
    assert more["specifications"] < more["parts"] / 10
    assert more["shapes"] < more["parts"] / 50


@pytest.mark.parametrize("layout", ["pod", "hall_liquid", "hall_legacy"])
def test_every_target_is_the_one_that_usd_composes(layout, monkeypatch):
    seen = Counter()
    known = Frames.targets

    def compared(self, prim, path, name):
        found = known(self, prim, path, name)
        assert found == composed(prim, name), f"{path}.{name}"
        seen["asked"] += 1
        seen["composed"] = self.composed
        return found

    monkeypatch.setattr(Frames, "targets", compared)
    read(layout)
    assert seen["asked"] > 0
    if layout == "hall_liquid":
        # Two of four blocks differ in which ring feeds their plant: their cables are composed apart.
        assert seen["composed"] < seen["asked"] / 2 + 100


def test_targets_are_told_apart_where_the_content_is_not_the_same(tmp_path):
    (tmp_path / "asset.usda").write_text(ASSET)
    (tmp_path / "site.usda").write_text(SITE)
    stage = Usd.Stage.Open(str(tmp_path / "site.usda"))
    specs, frames = Specs(stage.GetSessionLayer()), Frames({stage.GetRootLayer().realPath}, relocates=False)
    number, found = {}, {}
    for prim in stage.Traverse():
        path, handles = str(prim.GetPath()), tuple(prim.GetPrimStack())
        frames.enter(path, number.setdefault(handles, len(number)), specs.of(prim))
        if prim.GetName() == "Pipe":
            for name in ENDS:
                found[path, name] = frames.targets(prim, path, name)
                assert found[path, name] == composed(prim, name)
    assert found["/World/Four/Inner/Pipe", ENDS[1]] == ("/World/Four/Y",)
    assert found["/World/Three/Inner/Pipe", ENDS[1]] == ()
    assert found["/World/Five/Inner/Pipe", ENDS[1]] == ("/World/One/Y",)
    # Both of Four are known from One; what Three has from the same Inner as Two, from Two.
    assert frames.composed == len(found) - 3
