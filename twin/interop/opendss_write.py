"""Writes the electrical side of one case as a script that OpenDSS runs.

Source:
    R. C. Dugan, D. Montenegro, OpenDSS User Manual, EPRI: Vsource, Line, Transformer, Load, Generator.
"""

import math
from collections.abc import Iterator

from twin.interop.power_moment import CONVERTER_INPUT, Bus, Draw, Moment, Row, Source

# A source without impedance has none in OpenDSS either: a nano-ohm drops a microvolt at a kiloampere.
SOURCE_OHM = 1e-9
LIMITS = (
    "sources hold their voltage behind a nano-ohm; short-circuit power is not written",
    "zero sequence values repeat those of the positive sequence: balanced solutions only",
)


def opendss_text(moment: Moment) -> str:
    """Return a script that solves one case, each element traced to its prim."""
    return "\n".join([*_head(moment), *_circuit(moment), *_tail(moment)]) + "\n"


def said(moment: Moment) -> tuple[str, ...]:
    """Return what the script cannot say, one line each."""
    merged = [f"{row.told} stands in the source of its bus" for row in _beside(moment)]
    return (*moment.said, *merged, *LIMITS)


def _head(moment: Moment) -> Iterator[str]:
    yield f"! {moment.title}"
    yield "! Electrical side as solved, positive sequence. A comment leads each element to its prim."
    yield "! What stands here otherwise than on the stage:"
    yield from (f"!  - {line}" for line in said(moment))
    yield "! To compare, our solution:"
    yield f"!   loss of conductors   {moment.line_loss_w:.9g} W"
    yield f"!   loss of transformers {moment.transformer_loss_w:.9g} W"
    yield f"!   loss in converters   {moment.converter_loss_w:.9g} W, no element here"
    for row in moment.sources:
        if row.alive:
            yield f"!   {row.told}: {row.power_va.real / 1e3:.9g} kW, {row.power_va.imag / 1e3:.9g} kvar"
    yield "! Voltages of all buses stand at the end."


def _circuit(moment: Moment) -> Iterator[str]:
    names = [bus.name for bus in moment.buses]
    yield ""
    yield "Clear"
    yield f"Set DefaultBaseFrequency={moment.hertz:.12g}"
    first = True
    beside = {row.told for row in _beside(moment)}
    for row in sorted(moment.sources, key=lambda row: not row.alive):
        if row.told not in beside:
            yield _source(row, moment.buses[row.bus], first)
            first = False
    yield ""
    for line in moment.conductors:
        rating = f" normamps={_number(line.rating_a)}" if math.isfinite(line.rating_a) else ""
        ohm = " ".join(
            f"r{k}={_number(line.ohm.real)} x{k}={_number(line.ohm.imag)} c{k}=0" for k in (1, 0)
        )  # fmt: skip
        yield _told(
            line,
            f"New Line.{line.name} phases=3 bus1={names[line.a]} bus2={names[line.b]} length=1 units=none "
            f"{ohm}{rating}",
        )
    yield ""
    for each in moment.transformers:
        resistance = each.load_loss_w / each.rated_va
        reactance = math.sqrt(each.impedance_ratio**2 - resistance**2)
        # The core lies across the last winding in OpenDSS: ours is at the primary.
        yield _told(
            each,
            f"New Transformer.{each.name} phases=3 windings=2 buses=({names[each.b]} {names[each.a]}) "
            f"conns=(wye wye) kvs=({_number(each.secondary_v / 1e3)} {_number(each.primary_v / 1e3)}) "
            f"kvas=({_number(each.rated_va / 1e3)} {_number(each.rated_va / 1e3)}) "
            f"xhl={_number(100 * reactance)} %rs=({_number(50 * resistance)} {_number(50 * resistance)}) "
            f"%noloadloss={_number(100 * each.no_load_loss_w / each.rated_va)} %imag=0 ppm_antifloat=0",
        )
    yield ""
    yield from (_draw(row, moment.buses[row.bus]) for row in moment.draws)


def _beside(moment: Moment) -> list[Source]:
    """Return sources alive whose bus another one holds already: OpenDSS cannot share between the two."""
    seen: set[int] = set()
    found = []
    for row in moment.sources:
        if row.alive and row.bus in seen:
            found.append(row)
        if row.alive:
            seen.add(row.bus)
    return found


def _source(row: Source, bus: Bus, first: bool) -> str:
    angle = math.degrees(math.atan2(row.voltage_ratio.imag, row.voltage_ratio.real))
    what = f"New Circuit.{row.name} " if first else f"New Vsource.{row.name} "
    ohm = f"[{SOURCE_OHM:g} {SOURCE_OHM:g}]"
    return _told(
        row,
        f"{what}phases=3 bus1={bus.name} basekv={_number(bus.nominal_v / 1e3)} "
        f"pu={_number(abs(row.voltage_ratio))} angle={_number(angle)} Z1={ohm} Z0={ohm}",
        f"{row.kind}, ",
    )


def _draw(row: Draw, bus: Bus) -> str:
    sign, what = (1.0, "Load") if row.power_va.real >= 0.0 else (-1.0, "Generator")
    return _told(
        row,
        f"New {what}.{row.name} phases=3 conn=wye model=1 bus1={bus.name} kv={_number(bus.nominal_v / 1e3)} "
        f"kW={_number(sign * row.power_va.real / 1e3)} kvar={_number(sign * row.power_va.imag / 1e3)} "
        "vminpu=0 vmaxpu=2",
        f"{row.kind}, " if row.kind != CONVERTER_INPUT else "as solved, ",
    )


def _tail(moment: Moment) -> Iterator[str]:
    base = sorted({bus.nominal_v / 1e3 for bus in moment.buses})
    yield ""
    yield f"Set VoltageBases=[{' '.join(map(_number, base))}]"
    yield "CalcVoltageBases"
    yield "Set Tolerance=1e-10"
    yield "Set MaxIterations=200"
    yield "Solve"
    yield ""
    yield "! Voltages of our solution: bus, over nominal, degrees"
    for bus in moment.buses:
        turned = math.degrees(math.atan2(bus.voltage_ratio.imag, bus.voltage_ratio.real))
        found = f"{abs(bus.voltage_ratio):.9f} {turned:.7f}" if bus.alive else "dead"
        yield f"!   {bus.name} {found}  {bus.told}"


def _told(row: Row, command: str, more: str = "") -> str:
    """Return a command with what it is traced to; what is open or dead is there, and does not take part."""
    if row.alive:
        return f"{command} ! {more}{row.told}"
    state = "dead" if row.in_service else "out of service"
    return f"{command} Enabled=No ! {state}, {more}{row.told}"


def _number(value: float) -> str:
    return f"{value:.15g}"
