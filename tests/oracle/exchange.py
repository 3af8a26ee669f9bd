"""Runs what is written for OpenDSS and pandapower, and tells how far their answers are from ours."""

from dataclasses import dataclass

import numpy as np
import opendssdirect as dss
import pandapower

from twin.interop.opendss_write import opendss_text
from twin.interop.pandapower_write import pandapower_text


@dataclass(frozen=True)
class Apart:
    """Worst difference of a voltage over nominal, and of the losses of conductors and transformers."""

    buses: int
    voltage_ratio: float
    loss_ratio: float


def with_opendss(moment, folder):
    """Return how far OpenDSS is from one case."""
    file = folder / "net.dss"
    file.write_text(opendss_text(moment), encoding="utf-8")
    dss.Text.Command(f"redirect [{file}]")
    assert not dss.Error.Number(), dss.Error.Description()
    assert dss.Solution.Converged()
    flat = np.array(dss.Circuit.AllBusVolts())
    volts = dict(zip(dss.Circuit.AllNodeNames(), flat[::2] + 1j * flat[1::2], strict=True))
    alive = [bus for bus in moment.buses if bus.alive]
    apart = [
        abs(volts[f"{bus.name.lower()}.{phase}"] / bus.nominal_v * 3**0.5 - bus.voltage_ratio * turn)
        for bus in alive
        for phase, turn in ((1, 1.0), (2, np.exp(-2j * np.pi / 3)), (3, np.exp(2j * np.pi / 3)))
    ]
    return Apart(len(alive), max(apart), _ratio(dss.Circuit.Losses()[0], moment))


def with_pandapower(moment, folder):
    """Return how far pandapower is from one case."""
    file = folder / "net.json"
    file.write_text(pandapower_text(moment), encoding="utf-8")
    net = pandapower.from_json(str(file))
    pandapower.runpp(net, numba=False)
    assert net.converged
    alive = net.bus.expected_vm_pu.notna()
    assert net.res_bus.vm_pu[~alive].isna().all()
    ours, theirs = (
        table.loc[alive, size] * np.exp(1j * np.radians(table.loc[alive, angle]))
        for table, size, angle in (
            (net.bus, "expected_vm_pu", "expected_va_degree"), (net.res_bus, "vm_pu", "va_degree")
        )
    )  # fmt: skip
    loss = net.res_line.pl_mw.sum() + net.res_trafo.pl_mw.sum() + net.res_shunt.p_mw.sum()
    return Apart(int(alive.sum()), float(np.abs(ours - theirs).max()), _ratio(1e6 * loss, moment))


def _ratio(loss_w, moment):
    return abs(loss_w / (moment.line_loss_w + moment.transformer_loss_w) - 1.0)
