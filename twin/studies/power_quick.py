"""Outages that leave every consumer a supply, solved on condensed nets."""

from collections.abc import Iterator, Sequence

import numpy as np
from scipy.sparse import csr_array

from twin.arrays import Flags, Index
from twin.model.facility import Facility
from twin.model.network import lay_out
from twin.solve.outages import Normal, normal_of, settled_outages
from twin.stage.read import paused
from twin.studies.outages import Outage, in_cases
from twin.studies.power_outages import FAILED
from twin.studies.power_rows import Coolant, PowerRow, Reader
from twin.studies.power_switches import Switches

# Outages solved at once: more of them gain little and take memory.
WIDTH = 64


def quick_rows(switches: Switches, outages: Sequence[Outage], coolant: Coolant) -> dict[int, PowerRow]:
    """Return the rows of those outages that only move load between inputs that are alive, by their place.

    None of them where the power net is not radial, or where conductors are as warm as outages make them.

    Args:
        switches: Those of the facility.
        outages: All of them.
        coolant: What racks have in normal operation, one variant.
    """
    fit = [at for at, outage in enumerate(outages) if fits(switches, outage)]
    if not fit:
        return {}
    facility = switches.facility
    alike = Outage(
        group="", part="", case=facility.cases[switches.normal], like=switches.normal, authored=True
    )
    with paused():
        network = lay_out(in_cases(facility, [alike] * (WIDTH - 1)))
        normal = None if network.assembly.site.warm_conductors else normal_of(network)
        if normal is None:
            return {}
        found: dict[int, PowerRow] = {}
        reader = Rows(in_cases(facility, ()), normal, coolant)
        for groups, held in _by_groups(switches, normal, outages, fit).items():
            for start in range(0, len(held), WIDTH):
                chunk = held[start : start + WIDTH]
                dead = normal.whole.tree.dead([_elements(switches, outages[at]) for at in chunk])
                rows = reader.of([outages[at] for at in chunk], dead, np.array(groups, dtype=np.intp))
                found |= dict(zip(chunk, rows, strict=False))
    return found


def fits(switches: Switches, outage: Outage) -> bool:
    """Return whether an outage takes out power equipment only, and nothing starts for it.

    Args:
        switches: Those of the facility.
        outage: One of them.
    """
    case = outage.case
    plain = not (outage.authored or case.start or case.one_pump_out)
    return plain and all(switches.kind_of[path] in FAILED for path in case.out)


def _elements(switches: Switches, outage: Outage) -> list[tuple[str, int]]:
    return [element for path in outage.case.out for element in switches.elements.get(path, ())]


def _by_groups(
    switches: Switches, normal: Normal, outages: Sequence[Outage], fit: Sequence[int]
) -> dict[tuple[int, ...], list[int]]:
    """Return outages after which every consumer has a supply, by the groups of the net that they touch."""
    consumers, tree, group = switches.net.consumers, normal.whole.tree, normal.whole.group
    wires = len(consumers.node)
    of = csr_array(
        (np.ones(wires), (consumers.consumer, np.arange(wires))), shape=(len(consumers.use), wires)
    )
    wanted = consumers.in_service[:, 0]
    found: dict[tuple[int, ...], list[int]] = {}
    for start in range(0, len(fit), WIDTH):
        chunk = fit[start : start + WIDTH]
        dead = tree.dead([_elements(switches, outages[at]) for at in chunk])
        alive: Flags = switches.supply.alive & ~dead
        served = of @ alive[consumers.node].astype(np.float64) > 0.0
        lost = (~served & wanted[:, None]).any(axis=0)
        for column, at in enumerate(chunk):
            if not lost[column]:
                touched: Index = np.unique(group[dead[:, column]])
                found.setdefault(tuple(touched[touched >= 0].tolist()), []).append(at)
    return found


class Rows:
    """Rows of outages solved on condensed nets."""

    def __init__(self, facility: Facility, normal: Normal, coolant: Coolant) -> None:
        """Read what belongs to which prim.

        Args:
            facility: In normal operation only.
            normal: Normal operation, settled.
            coolant: What racks have in it.
        """
        self._normal, self._coolant = normal, coolant
        self._reader = Reader(facility, lay_out(facility))
        found = normal.whole.found
        self._given = found.input_power_w[:, 0], found.consumer_power_w[:, 0]

    def of(self, outages: Sequence[Outage], dead: Flags, groups: Index) -> Iterator[PowerRow]:
        """Yield the rows of outages, none where they have to be solved like any other."""
        carried = settled_outages(self._normal, dead, groups)
        if carried is not None:
            held = self._coolant
            wide = [np.repeat(flags, len(outages), axis=1) for flags in (held.dry, held.short, held.lost)]
            coolant = Coolant(paths=held.paths, dry=wide[0], short=wide[1], lost=wide[2])
            yield from self._reader.rows(outages, carried, coolant, self._given)
