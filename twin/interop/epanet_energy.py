"""[ENERGY] of an EPANET input, and its sections on water quality: what is followed, what is listed.

Source:
    L. A. Rossman et al., EPANET 2.2 User Manual (EPA/600/R-20/133), 2020, appendix C, [ENERGY].
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from twin.interop.epanet_lines import Line, Reading
from twin.interop.epanet_links import Link
from twin.interop.epanet_model import Options, Pump
from twin.interop.epanet_tables import Sheet, Use

QUALITY = ("QUALITY", "SOURCES", "REACTIONS", "MIXING")
FORMS = ("GLOBAL", "PUMP", "DEMAND CHARGE")
KEYWORDS = ("EFFICIENCY", "PRICE", "PATTERN")


def read_energy(sheet: Sheet, links: dict[str, Link]) -> Options:
    """Return the options with the efficiency of all pumps; give pumps the curves of their own."""
    options, reading, prices = sheet.options, sheet.reading, 0
    for line in sheet.lines("ENERGY"):
        last = len(line.words) - 1
        if line.says(0, "DEMAND"):
            prices = prices or _price(line, reading)
        elif not line.says(0, "GLOBAL", "PUMP"):
            reading.unknown_word(line.number, line.words[0], line.words[0], FORMS)
        elif reading.complete(
            line, "GLOBAL KEYWORD VALUE" if line.says(0, "GLOBAL") else "PUMP ID KEYWORD VALUE"
        ):
            if line.says(last - 1, "PRIC", "PATT"):
                prices = prices or (_price(line, reading) if line.says(last - 1, "PRIC") else line.number)
            elif not line.says(last - 1, "EFFI"):
                reading.unknown_word(line.number, line.words[0], line.words[last - 1], KEYWORDS)
            elif line.says(0, "GLOBAL"):
                percent = reading.number(line, last, "efficiency", default=75.0, above=0.0)
                options = replace(options, pump_efficiency_ratio=0.01 * percent)
            else:
                _curve(line, sheet, links)
    if prices:
        reading.unsupported.append(f"price of energy ({reading.where(prices)}): power is told, no cost")
    return options


def _price(line: Line, reading: Reading) -> int:
    """Return the number of a line with a price, 0 where that is nothing."""
    return line.number if reading.number(line, len(line.words) - 1, "price", default=0.0) else 0


def _curve(line: Line, sheet: Sheet, links: dict[str, Link]) -> None:
    """Give a pump the curve of its efficiency."""
    name, curve = line.words[1], line.words[3]
    pumps = {key: link for key, link in links.items() if isinstance(link, Pump)}
    if sheet.reading.known(line.number, name, "pump", name, pumps):
        sheet.tables.use(curve, Use.EFFICIENCY, line.number, name, sheet.reading)
        links[name] = replace(pumps[name], efficiency_curve=curve)


def list_quality(sections: Mapping[str, Sequence[Line]], reading: Reading) -> None:
    """List the sections on the quality of water, none of which is followed."""
    for name in QUALITY:
        if lines := sections.get(name):
            reading.unsupported.append(
                f"[{name}] of {len(lines)} lines ({reading.where(lines[0].number)}): quality is not computed"
            )
