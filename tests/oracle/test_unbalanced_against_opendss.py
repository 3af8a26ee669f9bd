"""Facilities with cords of single phases in OpenDSS, conductor by conductor, and here."""

import numpy as np
import pytest

from tests.unit.solve.test_unbalanced import board, both

dss = pytest.importorskip("opendssdirect")

WIRED = {"abc": "1.2.3.4", "a": "1.4", "b": "2.4", "c": "3.4", "ab": "1.2", "bc": "2.3", "ca": "3.1"}
FACTOR = 0.95


def line(name, a, b, wires, ohm):
    """Return a line of equal conductors that do not couple; reactance is 0.6 of resistance."""
    count = wires.count(".") + 1
    text = {}
    for key, value in (("rmatrix", ohm), ("xmatrix", 0.6 * ohm)):
        text[key] = " | ".join(" ".join([*["0"] * k, f"{value!r}"]) for k in range(count))
    none = "|".join("0 " * (k + 1) for k in range(count))
    dss.Text.Command(
        f"new line.{name} bus1={a}.{wires} bus2={b}.{wires} phases={count} length=1 units=none "
        f"rmatrix=[{text['rmatrix']}] xmatrix=[{text['xmatrix']}] cmatrix=[{none}]"
    )


def with_opendss(words, watts):
    """Return currents of each cord's conductors, the neutral last where there is one, and total losses."""
    run = dss.Text.Command
    run("clear")
    run("set defaultbasefrequency=50")
    run("new circuit.c bus1=high basekv=20 pu=1 r1=0 x1=1e-9 r0=0 x0=1e-9")
    r, x = 100.0 * 15e3 / 2e6, float(100.0 * np.sqrt(0.06**2 - (15e3 / 2e6) ** 2))
    run(
        f"new transformer.t phases=3 windings=2 XHL={x!r} %noloadloss=0 %imag=0 leadlag=Lead ppm_antifloat=0 "
        f"wdg=1 bus=high conn=delta kv=20 kva=2000 %r={r / 2!r} "
        f"wdg=2 bus=low.1.2.3.4 conn=wye kv=0.415 kva=2000 %r={r / 2!r} rneut=1e-6 xneut=0"
    )
    line("main", "low", "board", WIRED["abc"], 1e-3)
    line("bar", "board", "tap", WIRED["abc"], 1e-5)
    for number, (word, power) in enumerate(zip(words, watts, strict=True)):
        wires = WIRED[word]
        line(f"cord{number}", "tap", f"rack{number}", wires, 2e-2)
        phases = 3 if word == "abc" else 1
        kv = 0.415 if phases == 3 or len(word) == 2 else float(0.415 / np.sqrt(3.0))
        at = f"rack{number}.{wires}"
        conn = "delta" if len(word) == 2 else "wye"
        run(
            f"new load.l{number} bus1={at} phases={phases} conn={conn} kv={kv!r} "
            f"kw={power / 1e3!r} pf={FACTOR} model=1 vminpu=0.4 vmaxpu=1.6"
        )
    run("set tolerance=1e-12")
    run("set maxiterations=500")
    run("solve")
    assert dss.Solution.Converged()
    currents = []
    for number, word in enumerate(words):
        dss.Lines.Name(f"cord{number}")
        count = WIRED[word].count(".") + 1
        currents.append(np.array(dss.CktElement.CurrentsMagAng()[: 2 * count : 2]))
    dss.Lines.Name("main")
    main = np.array(dss.CktElement.CurrentsMagAng()[:8:2])
    return currents, main, float(np.array(dss.Circuit.LineLosses())[0]) * 1e3


@pytest.mark.parametrize(
    "words", [["a"], ["ab"], ["a", "a", "bc"], ["abc", "c"], ["a", "b", "b", "ca", "abc"], ["bc", "ca", "c"]]
)
def test_cords_of_single_phases_carry_what_opendss_says(words):
    watts = [2e4 + 3e3 * k for k in range(len(words))]
    net, power = board(words, watts, factor=FACTOR)
    _, found = both(net, power)
    currents, main, lost_w = with_opendss(words, watts)
    for k, conductors in enumerate(currents):
        row = net.lines.a.size - len(words) + k
        neutral = WIRED[words[k]].endswith("4")
        phases = conductors[:-1] if neutral else conductors
        assert abs(found.line_current_a[row, 0]) == pytest.approx(phases.max(), rel=1e-6)
        if neutral:
            assert found.line_neutral_a[row, 0] == pytest.approx(conductors[-1], rel=1e-6, abs=1e-4)
    assert abs(found.line_current_a[0, 0]) == pytest.approx(main[:3].max(), rel=1e-6)
    assert found.line_neutral_a[0, 0] == pytest.approx(main[3], rel=1e-6, abs=1e-4)
    assert found.line_loss_w.sum() == pytest.approx(lost_w, rel=1e-6)
