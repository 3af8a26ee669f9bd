"""What we warn of, and the power of pumps, are those of EPANET 2.2 on both sides of each limit."""

import pytest

from tests.support.town import sharp, town
from tests.unit.interop.test_epanet_warn import POINTS, POWER_LAW, pumped
from twin.interop.epanet_results import power_w
from twin.interop.epanet_run import snapshot
from twin.interop.epanet_text import parse_inp
from twin.interop.epanet_warn import warnings_of

toolkit = pytest.importorskip("wntr.epanet.toolkit")

# What EPANET's report says, and what our sentence says.
SAID = {
    "open but exceeds maximum flow": "cannot deliver the flow",
    "closed because cannot deliver head": "cannot deliver the head",
    "open but cannot deliver flow": "cannot deliver its flow",
    "Negative pressures": "negative pressure",
}
LIMITED = (
    "[JUNCTIONS]\n a 0 0\n b 0 0\n[RESERVOIRS]\n r 30\n s 10\n[PIPES]\n p r a 100 200 120\n"
    " q b s 100 200 120\n[VALVES]\n v a b 200 FCV {}\n[OPTIONS]\nUNITS LPS\n"
)
CASES = {
    "sound": pumped(5.0, top=40.0),
    "beyond points": pumped(50.0, curve=POINTS, status="CLOSED", height=-900.0),
    "beyond a power law": pumped(50.0, curve=POWER_LAW, status="CLOSED", height=-900.0),
    "within the curve": pumped(19.0, status="CLOSED", height=-900.0),
    "too high": pumped(5.0, top=60.0, curve=POINTS),
    "too high at lower speed": pumped(5.0, top=40.0, more="SPEED 0.8"),
    "negative": pumped(5.0, top=40.0, height=60.0),
    "limited": LIMITED.format(20),
    "not limited": LIMITED.format(2000),
    "town": town(),
    "town whose lake is low": town(lake="-30"),
}  # fmt: skip


def of_epanet(text, folder):
    """Return which warnings stand in EPANET's report of the first moment."""
    file, report = folder / "net.inp", folder / "net.rpt"
    file.write_text(text + "\n[REPORT]\nMESSAGES YES\n", encoding="utf-8")
    engine = toolkit.ENepanet(str(file), str(report), str(folder / "net.bin"))
    engine.ENopen(str(file), str(report), str(folder / "net.bin"))
    engine.ENopenH()
    engine.ENinitH(0)
    engine.ENrunH()
    engine.ENcloseH()
    engine.ENclose()
    told = report.read_text(encoding="utf-8", errors="replace")
    return {ours for theirs, ours in SAID.items() if theirs in told}


ENERGY = 13
EFFICIENT = " e 0 20\n e 10 70\n e 25 55\n[ENERGY]\n GLOBAL EFFIC 60\n PUMP u EFFIC e\n[OPTIONS]"


@pytest.mark.parametrize("speed", [0.8, 1.0, 1.15])
@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("drawn", [2.0, 14.0])
def test_a_pump_draws_the_power_of_epanet(speed, own, drawn, tmp_path):
    text = pumped(drawn, status="CLOSED", more=f"SPEED {speed}")
    text = text.replace("[OPTIONS]", EFFICIENT) if own else text
    file, ours = tmp_path / "net.inp", snapshot(parse_inp(text))
    file.write_text(sharp(text), encoding="utf-8")
    engine = toolkit.ENepanet(str(file), str(tmp_path / "net.rpt"), str(tmp_path / "net.bin"))
    engine.ENopen(str(file), str(tmp_path / "net.rpt"), str(tmp_path / "net.bin"))
    engine.ENopenH()
    engine.ENinitH(0)
    engine.ENrunH()
    kilowatts = engine.ENgetlinkvalue(engine.ENgetlinkindex("u"), ENERGY)
    engine.ENcloseH()
    engine.ENclose()
    at = [link.name for link in ours.plan.links].index("u")
    assert 1e-3 * power_w(ours)[0, at] == pytest.approx(kilowatts, rel=1e-4)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CASES)
def test_the_warnings_are_those_of_epanet(name, tmp_path):
    text = CASES[name]
    told = [warned.text for warned in warnings_of(snapshot(parse_inp(text)))]
    assert {said for said in SAID.values() if any(said in one for one in told)} == of_epanet(text, tmp_path)
