"""Equipment as IEC 60909 sees it, as read-only columns between buses, in SI and at its own voltage."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from twin.arrays import Array, Flags, Index

Complex = NDArray[np.complex128]
Kind = Literal["3ph", "2ph", "1ph"]


class Winding(IntEnum):
    """How a winding is connected, which decides whether it carries current of the zero sequence."""

    STAR = 0
    EARTHED_STAR = 1
    DELTA = 2
    EARTHED_ZIGZAG = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Feeders:
    """Networks behind a bus. Shapes: (feeder,), numbers (feeder, 1 or variant).

    Attributes:
        node: Bus.
        short_circuit_va: Initial symmetrical short-circuit power for the case asked for.
        rx_ratio: Resistance over reactance.
        zero_reactance_ratio: Reactance of the zero sequence over that of the positive, NaN where isolated.
        zero_rx_ratio: Resistance over reactance of the zero sequence.
        in_service: Whether it is connected.
    """

    node: Index
    short_circuit_va: Array
    rx_ratio: Array
    zero_reactance_ratio: Array
    zero_rx_ratio: Array
    in_service: Flags


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Conductors:
    """Lines, cables, busways, closed contacts. Shapes: (conductor,), numbers (conductor, 1 or variant).

    Attributes:
        a, b: Buses.
        resistance_ohm: Per phase, whole run, at 20 °C.
        reactance_ohm: Per phase, whole run.
        end_k: Temperature at the end of the fault; 293.15 K leaves the resistance as it is.
        zero_resistance_ohm, zero_reactance_ohm: Of the zero sequence, NaN where there is no way back.
        in_service: Whether it is closed.
    """

    a: Index
    b: Index
    resistance_ohm: Array
    reactance_ohm: Array
    end_k: Array
    zero_resistance_ohm: Array
    zero_reactance_ohm: Array
    in_service: Flags


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Windings:
    """Transformers with two windings. Shapes: (transformer,), numbers (transformer, 1 or variant).

    Attributes:
        a, b: Buses at the higher and at the lower voltage.
        rated_va, high_v, low_v: Rating, and rated voltages, line to line.
        impedance_ratio, resistance_ratio: Short-circuit voltage uk and its resistive part uR.
        zero_impedance_ratio, zero_resistance_ratio: The same of the zero sequence, NaN for not known.
        magnetising_ohm: Complex zero-sequence magnetising impedance at the low side, NaN for none.
        high_share_ratio: Share of the zero-sequence leakage on the high side of the magnetising branch.
        high, low: ``Winding`` of each side, shape (transformer,).
        high_earthing_ohm, low_earthing_ohm: Complex impedance between star point and earth.
        unit: Whether it belongs to a power-station unit, which has a factor of its own, shape (transformer,).
        on_load: Whether its taps change on load, shape (transformer,).
        tap_ratio: Step of an off-load tap used for good, with its sign.
        in_service: Whether it is connected.
    """

    a: Index
    b: Index
    rated_va: Array
    high_v: Array
    low_v: Array
    impedance_ratio: Array
    resistance_ratio: Array
    zero_impedance_ratio: Array
    zero_resistance_ratio: Array
    magnetising_ohm: Complex
    high_share_ratio: Array
    high: Index
    low: Index
    high_earthing_ohm: Complex
    low_earthing_ohm: Complex
    unit: Flags
    on_load: Flags
    tap_ratio: Array
    in_service: Flags


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Triples:
    """Transformers with three windings, from the highest voltage to the lowest. Shapes: (transformer, 3).

    Attributes:
        node: Bus of each winding.
        rated_va, rated_v: Rating and rated voltage of each winding.
        impedance_ratio, resistance_ratio: uk and uR of the pairs high-middle, middle-low and high-low, on
            the lower rating of the pair.
        zero_impedance_ratio, zero_resistance_ratio: The same of the zero sequence, NaN for not known.
        winding: ``Winding`` of each side.
        earthing_ohm: Complex impedance between star point and earth, of each winding.
        in_service: Whether it is connected, shape (transformer, variant).
    """

    node: Index
    rated_va: Array
    rated_v: Array
    impedance_ratio: Array
    resistance_ratio: Array
    zero_impedance_ratio: Array
    zero_resistance_ratio: Array
    winding: Index
    earthing_ohm: Complex
    in_service: Flags


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Generators:
    """Synchronous machines. Shapes: (generator,), numbers (generator, 1 or variant).

    Attributes:
        node: Bus.
        rated_va, rated_v: Rating and rated voltage.
        subtransient_ratio: Reactance xd″ on the rating.
        resistance_ohm: Stator resistance.
        sine_ratio: Sine of the rated power-factor angle.
        raised_ratio: By how much the voltage lies above the rated one for good.
        zero_ohm: Complex impedance of the zero sequence with three times that of its earthing, NaN: isolated.
        sustained_ratio: Steady short-circuit current over rated current (λ), NaN for not known.
        transformer: Row of the unit's transformer in ``Windings``, -1 for none, shape (generator,).
        in_service: Whether it runs.
    """

    node: Index
    rated_va: Array
    rated_v: Array
    subtransient_ratio: Array
    resistance_ohm: Array
    sine_ratio: Array
    raised_ratio: Array
    zero_ohm: Complex
    sustained_ratio: Array
    transformer: Index
    in_service: Flags


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Motors:
    """Asynchronous machines. Shapes: (motor,), numbers (motor, 1 or variant).

    Attributes:
        node: Bus.
        rated_va, rated_v: Apparent power drawn at rating, and rated voltage.
        starting_ratio: Locked-rotor current over rated current.
        rx_ratio: Resistance over reactance.
        power_per_pole_pair_w: Rated power over pairs of poles, NaN for not known.
        in_service: Whether it runs.
    """

    node: Index
    rated_va: Array
    rated_v: Array
    starting_ratio: Array
    rx_ratio: Array
    power_per_pole_pair_w: Array
    in_service: Flags


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sources:
    """Full converters, which feed a fault as current sources. Shapes: (source,), (source, 1 or variant).

    Attributes:
        node: Bus.
        current_a: Current of the positive sequence during a fault.
        in_service: Whether it is connected.
    """

    node: Index
    current_a: Array
    in_service: Flags


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FaultNet:
    """A network for short-circuit currents.

    Attributes:
        nominal_v: Nominal voltage of each bus, line to line, shape (bus,).
        names: Readable name of each bus.
        feeders, conductors, windings, triples, generators, motors, sources: The equipment.
        variants: Length of the variant axis.
    """

    nominal_v: Array
    names: tuple[str, ...]
    feeders: Feeders
    conductors: Conductors
    windings: Windings
    triples: Triples
    generators: Generators
    motors: Motors
    sources: Sources
    variants: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultCase:
    """Which short-circuit currents are asked for.

    Attributes:
        kind: Three-phase, line to line, or line to earth.
        greatest: Whether maximum currents are asked for, or minimum ones.
        tolerance_ratio: Tolerance of low voltage, 0.06 or 0.10.
        peak_method: How κ is found in meshed networks: ``B`` or ``C`` of IEC 60909-0:2016, 8.1.
        topology: ``radial`` takes κ from R/X at the fault and lets machines decay as if alone, ``meshed``
            takes every bus for one with several paths to its sources, ``auto`` looks.
        fault_ohm: Complex impedance of the fault in each phase that it touches.
        steady: Whether the steady current Ik is asked for.
        delay_s: Least time until contacts part, for Ib; NaN where Ib is not asked for.
        duration_s: Duration of the fault, for the heat of its direct current.
        frequency_hz: Rated frequency.
        neglect_small_motors: Whether motors are left out where the standard lets them be.
    """

    kind: Kind = "3ph"
    greatest: bool = True
    tolerance_ratio: float = 0.10
    peak_method: Literal["B", "C"] = "C"
    topology: Literal["auto", "radial", "meshed"] = "auto"
    fault_ohm: complex = 0.0
    steady: bool = False
    delay_s: float = float("nan")
    duration_s: float = 1.0
    frequency_hz: float = 50.0
    neglect_small_motors: bool = False
