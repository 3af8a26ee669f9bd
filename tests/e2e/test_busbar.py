"""A busbar of direct current in a rack: shelves on both feeds, and what hangs on it."""

import math
import shutil

import pytest

from tests.property.pods import copy_pod
from twin.data import folder
from twin.laws.direct_short_circuit import capacitor_current
from twin.walk import walk

LAYER = """#usda 1.0
(
    metersPerUnit = 1
    upAxis = "Z"
    timeCodesPerSecond = 1
)

over "World"
{
    def Xform "Bench" (kind = "group")
    {
        def "Shelf" (prepend references = @../../../assets/PowerShelf_33kW/PowerShelf_33kW.usda@)
        {
            double3 xformOp:translate = (-9, 3, 1)
            uniform token[] xformOpOrder = ["xformOp:translate"]
            double twin:powerShelf:shortCircuit = 0.9
            double twin:powerShelf:outputCapacitance = 30
            double twin:powerShelf:outputCapacitorResistance = 1
            double twin:powerShelf:outputCapacitorInductance = 0.1

            over "ConnectionPoints"
            {
                def Xform "busbar" (prepend apiSchemas = ["TwinPortAPI"])
                {
                    double3 xformOp:translate = (0, 0.4, 0)
                    uniform token[] xformOpOrder = ["xformOp:translate"]
                    token simready:connectionPoint:domain = "electrical"
                    token simready:connectionPoint:system = "power"
                    token simready:connectionPoint:direction = "output"
                }
            }
        }

        def "Tray" (prepend references = @../../../assets/HouseLoad_10kW/HouseLoad_10kW.usda@)
        {
            double3 xformOp:translate = (-9, 4, 1)
            uniform token[] xformOpOrder = ["xformOp:translate"]
            double twin:auxiliaryLoad:power = 20
        }

        def Scope "Cables"
        {
            def BasisCurves "A" (prepend apiSchemas = ["TwinPowerCableAPI"])
            {
                rel twin:connection:from = </World/Power/CriticalBoard_A/ConnectionPoints/twin_electrical_nominal_voltage_out_15>
                rel twin:connection:to = </World/Bench/Shelf/ConnectionPoints/twin_electrical_nominal_voltage_a>
                NUMBERS
            }

            def BasisCurves "B" (prepend apiSchemas = ["TwinPowerCableAPI"])
            {
                rel twin:connection:from = </World/Power/CriticalBoard_B/ConnectionPoints/twin_electrical_nominal_voltage_out_15>
                rel twin:connection:to = </World/Bench/Shelf/ConnectionPoints/twin_electrical_nominal_voltage_b>
                NUMBERS
            }

            def BasisCurves "Busbar" (prepend apiSchemas = ["TwinPowerCableAPI"])
            {
                rel twin:connection:from = </World/Bench/Shelf/ConnectionPoints/busbar>
                rel twin:connection:to = </World/Bench/Tray/ConnectionPoints/twin_electrical_nominal_voltage_01>
                NUMBERS
            }
        }
    }
}
"""  # noqa: E501  a target is one line
CURVE = """uniform token type = "linear"
                int[] curveVertexCounts = [2]
                point3f[] points = [(0, 0, 0), (0, 0, 2)]
                float[] widths = [0.05] (interpolation = "constant")
                double twin:powerCable:count = 2
                double twin:powerCable:section = 300
                double twin:powerCable:rating = 580
                double twin:powerCable:length = 2"""


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    site = copy_pod(tmp_path_factory.mktemp("busbar"))
    for name in ("PowerShelf_33kW", "HouseLoad_10kW"):
        shutil.copytree(folder("assets") / name, site.parents[1] / "assets" / name, dirs_exist_ok=True)
    (site / "layers" / "bench.usda").write_text(LAYER.replace("NUMBERS", CURVE), encoding="utf-8")
    root = site / "site.usda"
    text = root.read_text(encoding="utf-8").replace(
        "@./layers/controls.usda@,", "@./layers/controls.usda@,\n        @./layers/bench.usda@,"
    )
    root.write_text(text, encoding="utf-8")
    return walk(str(site))


def at(outcome, group, part, name, case="normal"):
    return float(outcome.tree[f"/{group}"][name].sel(variant=case, **{group: part}).values.ravel()[0])


def test_the_shelf_gives_its_busbar_what_hangs_on_it_and_loses_by_its_curve(outcome):
    shelf, cable = "/World/Bench/Shelf", "/World/Bench/Cables/Busbar"
    given = at(outcome, "converter", shelf, "power_out_w")
    lost = at(outcome, "cable", cable, "loss_w")
    assert given == pytest.approx(20e3 + lost, rel=1e-9)
    assert at(outcome, "converter", shelf, "power_in_w") == pytest.approx(
        given + at(outcome, "converter", shelf, "loss_w"), rel=1e-9
    )
    volts = 49.0 - lost / at(outcome, "cable", cable, "current_a")
    assert at(outcome, "cable", cable, "current_a") == pytest.approx(20e3 / volts, rel=1e-9)


def test_half_of_the_shelf_carries_all_of_it_when_a_feed_is_lost(outcome):
    shelf = "/World/Bench/Shelf"
    normal, alone = (at(outcome, "converter", shelf, "loading_ratio", c) for c in ("normal", "feed_a"))
    assert normal == pytest.approx(20e3 / 33e3, rel=1e-2)
    assert alone == pytest.approx(2.0 * normal, rel=1e-6)
    broken = {f.rule for f in outcome.findings if f.prim == shelf}
    assert broken == {"EL014"}


def test_a_short_circuit_on_the_busbar_gets_both_halves_of_the_shelf_through_the_cable(outcome):
    cable = "/World/Bench/Cables/Busbar"
    assert at(outcome, "cable", cable, "ikss_dc_a") == pytest.approx(900.0, rel=1e-9)
    assert at(outcome, "cable", cable, "ikss_dc_a", "feed_a") == pytest.approx(900.0, rel=1e-9)
    half, _ = capacitor_current(49.0, 2e-3, 0.2e-6, 15e-3)  # at its terminals, the worse end
    assert at(outcome, "cable", cable, "ip_dc_a") == pytest.approx(900.0 + 2.0 * float(half), rel=1e-6)
    assert math.isnan(at(outcome, "cable", "/World/Bench/Cables/A", "ip_dc_a"))
    assert math.isnan(at(outcome, "cable", cable, "ikss_max_a"))


def test_the_balances_close(outcome):
    assert outcome.balance.energy_ratio.max() <= 1e-9
    assert outcome.balance.current_ratio <= 1e-9
