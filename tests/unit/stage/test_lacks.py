"""What only shows once a plant is put together: loops that nothing holds, openings outdoors, still air."""

import pytest

from tests.data.sites import BOX, contingency, indent, layer, part, small_site
from twin.errors import InputError
from twin.stage.read import read

WHITE, SITE, IT = "assets/White/White.usda", "site.usda", "layers/it.usda"
CONTROLS = "layers/controls.usda"


def one_pod():
    """Return a site of one pod that has no contingency."""
    site = small_site(pods=1)
    site.files[CONTROLS] = layer([])
    return site


def refused(site, folder):
    """Return the faults that a site is refused with."""
    with pytest.raises(InputError) as refusal:
        read(site.write(folder))
    return refusal.value.faults


def without_vessel(site):
    """Cap the loop where its vessel would be joined."""
    text = site.files[WHITE]
    first = text.index('    def Xform "Vessel"')
    last = text.index("    def ", text.index('"Fill"'))
    site.files[WHITE] = text[:first] + text[last:]
    return site


def test_a_loop_without_vessel_is_one_fault_with_a_part_of_it_and_its_line(tmp_path):
    (fault,) = refused(without_vessel(one_pod()), tmp_path)
    assert fault.code == "ST081"
    assert fault.prim.startswith("/World/Hall/Pod_00/")
    assert fault.where.startswith(f"{WHITE}:")
    assert "an expansion vessel" in fault.expected


def test_each_loop_without_vessel_is_named_and_copies_of_one_are_counted(tmp_path):
    (fault,) = refused(without_vessel(small_site(pods=3)), tmp_path)
    assert "(and 2 more alike)" in fault.found


def test_an_air_opening_outside_every_room_is_named_by_its_port(tmp_path):
    site = one_pod().edit(SITE, "(500, 50, 10)", "(500, 50, 0.5)")
    faults = refused(site, tmp_path)
    assert {f.code for f in faults} == {"ST082"}
    assert [f.prim for f in faults] == [f"/World/Hall/Pod_00/Rack_0{i}" for i in range(2)]
    assert faults[0].where == f"{WHITE}:{site.line(WHITE, 'Rack_00')}"
    assert faults[0].found == "opens into no room and no aisle: acme_air_intake_00, acme_air_exhaust_00"


def test_air_that_no_room_holds_is_named(tmp_path):
    old = BOX.strip()
    site = one_pod().edit(SITE, old, f'{old}\n        token twin:room:airReference = "no"')
    (fault,) = refused(site, tmp_path)
    assert fault.code == "ST081"
    assert "pressure of the air" in fault.found
    assert "airReference" in fault.expected


def test_a_room_without_volume_is_refused_with_its_line(tmp_path):
    site = one_pod().edit(SITE, BOX.strip(), "")
    faults = refused(site, tmp_path)
    assert [(f.code, f.prim, f.found) for f in faults] == [("ST084", "/World/Room", "0 by 0 by 0 m")]
    line = site.line(SITE, 'def Xform "Room"')
    assert faults[0].where == f"{SITE}:{line}"


def closet(site):
    """Put a closet without air around the board of a pod."""
    box = "float3[] extentsHint = [(-1, -1, 0), (1, 1, 2)]\n"
    place = 'double3 xformOp:translate = (0, -1, 0)\nuniform token[] xformOpOrder = ["xformOp:translate"]\n'
    inside = f'{box}{place}token twin:room:airReference = "no"\n'
    before = '    variantSet "scenario"'
    room = indent(part("room", "Closet", inside=inside), 1)
    site.files[SITE] = site.files[SITE].replace(before, room + before)
    return site


def test_losses_into_a_closet_without_air_are_named(tmp_path):
    faults = refused(closet(one_pod()), tmp_path)
    assert {f.code for f in faults} == {"ST083"}
    assert all("its heat goes into /World/Closet, through which no air flows" in f.found for f in faults)
    assert all(f.where.split(":")[1].isdigit() for f in faults)


def test_a_part_of_a_facility_is_read_without_being_put_together(tmp_path):
    site = without_vessel(one_pod())
    start = site.files[SITE].index('    def Xform "Site"')
    stop = site.files[SITE].index('    def Xform "Room"')
    site.files[SITE] = site.files[SITE][:start] + site.files[SITE][stop:]
    assert read(site.write(tmp_path)).facility.tables["rack"].paths


def test_what_is_lacking_is_told_together_with_wrong_values(tmp_path):
    site = without_vessel(one_pod()).edit("assets/Rack/Rack.usda", "itPower = 132", "itPower = 132000")
    site.files[CONTROLS] = layer([contingency("room", out=["/World/Room"])])
    assert {f.code for f in refused(site, tmp_path)} == {"ST013", "ST050", "ST081"}


@pytest.mark.parametrize(
    ("old", "new"), [("itPower = 132", "itPower = nan"), ("itPower = 132", "itPowr = 132")]
)
def test_a_number_that_is_missing_does_not_hide_what_is_lacking(tmp_path, old, new):
    site = without_vessel(one_pod()).edit("assets/Rack/Rack.usda", old, new)
    assert "ST081" in {f.code for f in refused(site, tmp_path)}


def test_what_is_lacking_waits_until_what_is_joined_is_right(tmp_path):
    site = without_vessel(one_pod()).edit(
        WHITE, "/ConnectionPoints/acme_supply_00>", "/ConnectionPoints/acme>"
    )
    assert {f.code for f in refused(site, tmp_path)} == {"ST031", "ST035"}
