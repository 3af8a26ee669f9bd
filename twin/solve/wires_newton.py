"""Newton's method on nodal currents, and the load at which a network collapses."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Never

import numpy as np
from scipy.sparse import block_array, coo_array, csc_array, csr_array

from twin.arrays import Array
from twin.errors import ConvergenceError
from twin.solve.sparse import Pivoted, pivoted
from twin.solve.wires_load import response
from twin.solve.wires_net import Complex
from twin.solve.wires_system import SETTLED_RATIO, WHAT, System, diagonal, mismatch, roundings, step_size

NEAR_PASSES = 12
"""Most passes from one loading to the next."""
FIRST_PASSES, LEAP_RATIO = 3, 0.7
"""A step of this share of the network's voltage, after the first passes, leads nowhere."""
LOADING_RATIO = 1e-5
"""How exactly the load multiplier at collapse is told."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Root:
    """A solution.

    Attributes:
        unknown_v: Unknowns, shape (unknown,).
        passes: Passes of the method.
        sign: Sign of the determinant there; it turns at the nose, where upper and lower branch meet.
        first_sign: Sign of the determinant where the method began.
    """

    unknown_v: Complex
    passes: int
    sign: int
    first_sign: int


def newton(
    system: System, power_va: Complex, start_v: Complex, loading: float = 1.0, limit: int = 30
) -> Root | None:
    """Return the solution that Newton's method finds, None if it finds none.

    Currents at each unknown balance; at a generator its active power does, and the magnitude is as set.

    Args:
        system: The equations.
        power_va: Rated power of the loads, shape (draw,).
        start_v: Where to begin, shape (unknown,).
        loading: What loads and generators are multiplied with.
        limit: Most passes.

    Source:
        da Costa, Martins and Pereira, Developments in the Newton Raphson power flow formulation based on
        current injections, IEEE Trans. Power Syst. 14 (1999).
    """
    voltage, power, last, first = start_v.copy(), power_va * loading, np.inf, 0
    with np.errstate(all="ignore"):  # a step into nowhere is refused below
        for count in range(1, limit + 1):
            gap, factor = _linear(system, power, voltage, loading)
            if factor is None or not np.isfinite(gap).all():
                return None
            first = first or factor.sign
            step = factor.solve(gap)
            change = step[: system.size] + 1j * step[system.size :]
            voltage += change
            size = float(step_size(system, change[:, None])[0])
            if not size < (LEAP_RATIO if count > FIRST_PASSES else np.inf):
                return None
            stuck = size > last / 2.0 and bool(np.all(np.abs(gap) <= roundings(system, voltage)))
            last = size
            if size < SETTLED_RATIO or stuck:
                return Root(unknown_v=voltage, passes=count, sign=factor.sign, first_sign=first)
    return None


def kept_up(system: System, voltage_v: Complex) -> Complex:
    """Return the unknowns without load, generators held at voltages, shape (generator,): where to begin.

    Raises:
        ConvergenceError: Nothing sets the voltage of a node.
    """
    at = system.generator
    free = np.setdiff1d(np.arange(system.size), at)
    unknown = np.zeros(system.size, np.complex128)
    unknown[at] = voltage_v
    if not free.size:
        return unknown
    inner = csr_array(system.matrix[free][:, free])
    right = system.injected[free] - system.matrix[free][:, at] @ voltage_v
    factor = pivoted(csc_array(_real(inner, inner)))
    if factor is None:
        raise ConvergenceError(f"{WHAT} has no unique solution with generators held", equation=WHAT)
    parts = factor.solve(np.concatenate([right.real, right.imag]))
    unknown[free] = parts[: free.size] + 1j * parts[free.size :]
    return unknown


def angled(system: System, power_va: Complex, start_v: Complex) -> Complex:
    """Return voltages turned so that active power balances in the first order, magnitudes kept.

    Source:
        Stott, Jardim, Alsac, DC power flow revisited, IEEE Trans. Power Syst. 24 (2009), about any start.
    """
    out = -mismatch(system, power_va[:, None], start_v[:, None])[:, 0]
    wanted = np.zeros(system.size)
    wanted[system.generator] = system.net.generators.power_w
    own = csr_array(diagonal(start_v) @ system.matrix.conj() @ diagonal(start_v.conj()))
    bare = start_v * (system.matrix @ start_v - system.injected).conj()
    slope = own.imag - diagonal(bare.imag)
    factor = pivoted(csc_array(slope))
    if factor is None:
        return start_v
    turned: Complex = start_v * np.exp(1j * factor.solve(wanted - (start_v * out.conj()).real))
    return turned


def _real(more: csr_array, less: csr_array) -> csr_array:
    """Return slopes as a real matrix, real parts first: of M + N and M - N for M dV + N conj(dV)."""
    return csr_array(block_array([[more.real, -less.imag], [more.imag, less.real]]))


def _linear(
    system: System, power_va: Complex, voltage_v: Complex, loading: float
) -> tuple[Array, Pivoted | None]:
    """Return what does not balance, real parts first, and the factors of its slope."""
    out = -mismatch(system, power_va[:, None], voltage_v[:, None])[:, 0]
    across = system.across @ voltage_v + system.across_given
    size = np.abs(across)
    found = response(system.draws, power_va[:, None], size[:, None])
    half = found.slope_s[:, 0] / 2.0
    direct = found.admittance_s[:, 0] + half - system.within
    turned = half * np.divide(across**2, size**2, out=np.zeros_like(across), where=size > 0.0)
    along = csr_array(system.matrix + system.gather @ diagonal(direct) @ system.across)
    mirrored = csr_array(system.gather @ diagonal(turned) @ system.across.conj())
    more, less = along + mirrored, along - mirrored
    slope = _real(more, less)
    gap = np.concatenate([-out.real, -out.imag])
    if system.generator.size:
        gap, slope = _with_generators(system, voltage_v, loading, (out, gap, slope))
    return gap, pivoted(csc_array(slope))


def _with_generators(
    system: System, voltage_v: Complex, loading: float, balance: tuple[Complex, Array, csr_array]
) -> tuple[Array, csr_array]:
    """Return the equations with those of generators in place of the current balance at their nodes."""
    out, gap, slope = balance
    at, size = system.generator, system.size
    volts, made = voltage_v[at], system.net.generators
    keep = np.ones(2 * size)
    keep[at] = keep[at + size] = 0.0
    rows = np.concatenate([at, at])
    cols = np.concatenate([at, at + size])
    shape = (2 * size, 2 * size)
    mix = coo_array((np.concatenate([volts.real, volts.imag]), (rows, cols)), shape=shape)
    own = coo_array((np.concatenate([out[at].real, out[at].imag]), (rows, cols)), shape=shape)
    square = coo_array((2.0 * np.concatenate([volts.real, volts.imag]), (rows + size, cols)), shape=shape)
    slope = csr_array((diagonal(keep) + mix.tocsr()) @ slope + own.tocsr() + square.tocsr())
    gap = keep * gap
    gap[at] = made.power_w * loading - (volts * out[at].conj()).real
    gap[at + size] = made.voltage_v**2 - np.abs(volts) ** 2
    return gap, slope


def followed(
    system: System,
    power_va: Complex,
    empty_v: Complex,
    name: Callable[[int], str],
) -> Root:
    """Return the solution on the upper branch, or refuse with the loading at which it ends.

    Full load is tried first. Then the load grows from none, and a step is taken back where Newton fails. A
    root on the far side of the nose, where the determinant has another sign, is none.

    Args:
        system: The equations.
        power_va: Rated power of the loads, shape (draw,).
        empty_v: Solution without loads and generation, shape (unknown,).
        name: Gives the readable name of an unknown.

    Raises:
        ConvergenceError: Voltage collapses below the full load; tells at which multiple of it, and where.

    Source:
        Ajjarapu and Christy, The continuation power flow, IEEE Trans. Power Syst. 7 (1992).
    """
    start = angled(system, power_va, empty_v) if system.generator.size else empty_v
    full = newton(system, power_va, start)
    if full is not None and full.sign == full.first_sign:
        return full
    begun = newton(system, power_va, empty_v, 0.0)
    if begun is None:
        raise ConvergenceError(f"{WHAT} has no solution, not even without load", equation=WHAT)
    low, step, last = 0.0, 0.5, begun
    passes = begun.passes
    while low < 1.0:
        loading = min(1.0, low + step)
        found = newton(system, power_va, last.unknown_v, loading, NEAR_PASSES)
        if found is not None and found.sign == begun.sign:
            low, last, passes = loading, found, passes + found.passes
            continue
        step = (loading - low) / 2.0
        if step < LOADING_RATIO / 2.0:
            _refuse(system, power_va, (begun.unknown_v, last.unknown_v), low, name)
    return replace(last, passes=passes)


def _refuse(
    system: System,
    power_va: Complex,
    voltages: tuple[Complex, Complex],
    loading: float,
    name: Callable[[int], str],
) -> Never:
    """Say where and at which load the voltage collapses."""
    empty, full = (np.abs(each) for each in voltages)
    held = empty > 0.1 * system.scale_v
    ratio = np.where(held, full / np.where(held, empty, 1.0), np.inf)
    weakest = int(np.argmin(ratio))
    total = loading * float((system.weight * power_va.real).sum()) * system.net.alike
    what = "load and generation" if system.generator.size else "load"
    raise ConvergenceError(
        f"voltage collapses at {loading:.4g} times the {what} asked for ({total / 1e3:.5g} kW): "
        f"{name(weakest)} is then at {ratio[weakest]:.3g} of its voltage without load",
        component=name(weakest), equation=WHAT,
    )  # fmt: skip
