"""Power over time as straight lines: training steps, ramp limits, integrals, ramps and swings.

A curve is knots in time order; two knots at one time are a jump, its state before and after.
"""

import numpy as np

from twin.arrays import Array, Flags, Index


def follow(
    length_s: Array, target_w: Array, begin_w: float, up_w_s: float, down_w_s: float
) -> tuple[Array, Array]:
    """Return the knots of a power that follows targets no faster than its ramp limits.

    Args:
        length_s: How long each target holds [s], shape (target,).
        target_w: Power aimed at [W], shape (target,).
        begin_w: Power at the start [W].
        up_w_s: Greatest rise [W/s], above 0; inf or NaN for a jump.
        down_w_s: Greatest fall, likewise.

    Returns:
        Times from the start [s] and powers [W], shapes (knot,). A target that is not reached in its time
        leaves the power where it has come to.

    Source: a linear ramp, the usual limit of power smoothing and of grid codes; a definition, no law.
    """
    times, powers = [0.0], [float(begin_w)]
    now, power = 0.0, float(begin_w)
    for length, target in zip(length_s.tolist(), target_w.tolist(), strict=True):
        limit = up_w_s if target > power else down_w_s
        if target != power and not np.isfinite(limit):
            times.append(now)
            powers.append(target)
            power = target
        elif target != power:
            needed = abs(target - power) / limit
            reached = needed <= length
            power = target if reached else power + np.sign(target - power) * limit * length
            times.append(now + min(needed, length))
            powers.append(power)
        now += length
        if times[-1] < now:
            times.append(now)
            powers.append(power)
    return np.array(times), np.array(powers)


def training_steps(steps: int, period_s: float, compute_ratio: float, peak_s: float) -> tuple[Array, Index]:
    """Return how long each phase of synchronous training steps lasts [s], and which phase it is.

    A step is a peak (0), the rest of its computation (1), and communication (2). Phases without length are
    left out. Shapes: (phase,), (phase,).

    Args:
        steps: Number of steps.
        period_s: Length of one step [s].
        compute_ratio: Share of a step in which all compute [1].
        peak_s: Time at the peak at the start of each step [s], at most that of the computation.

    Source: a definition: all accelerators compute, then all wait for the exchange of gradients.
    """
    compute_s = compute_ratio * period_s
    peak = min(peak_s, compute_s)
    lengths = np.tile([peak, compute_s - peak, period_s - compute_s], steps)
    phases = np.tile(np.arange(3, dtype=np.intp), steps)
    return lengths[lengths > 0.0], phases[lengths > 0.0]


def at_time(time_s: Array, power_w: Array, when_s: Array, *, after: Flags) -> Array:
    """Return a curve at some times, on the named side of its jumps; constant before and behind it.

    Args:
        time_s: Knots [s], shape (knot,).
        power_w: Power there [W], shape (knot,).
        when_s: Times [s], any shape.
        after: Whether the state after a jump is meant, shape of ``when_s``.

    Source: linear interpolation.
    """
    last = time_s.size - 1
    right = np.searchsorted(time_s, when_s, side="right") - 1
    left = np.searchsorted(time_s, when_s, side="left") - 1
    low = np.clip(np.where(after, right, left), 0, last)
    high = np.minimum(low + 1, last)
    span = time_s[high] - time_s[low]
    share = np.clip((when_s - time_s[low]) / np.where(span > 0.0, span, 1.0), 0.0, 1.0)
    before = np.where(after, right, left) < 0
    found: Array = power_w[low] + np.where(before, 0.0, share) * (power_w[high] - power_w[low])
    return found


def integral(time_s: Array, power_w: Array) -> Array:
    """Return the energy from the first knot to each [J], exact for straight lines.

    Args:
        time_s: Knots [s], shape (knot,).
        power_w: Power there [W], shape (..., knot).

    Returns:
        Energy, shape of ``power_w``.

    Source: trapezoidal rule.
    """
    pieces = 0.5 * (power_w[..., 1:] + power_w[..., :-1]) * np.diff(time_s)
    return np.concatenate([np.zeros((*pieces.shape[:-1], 1)), np.cumsum(pieces, axis=-1)], axis=-1)


def emptied(energy_j: Array, time_s: Array, power_w: Array) -> Array:
    """Return when what is stored has been given away, exact for straight lines; inf where it lasts.

    Args:
        energy_j: Stored at the first knot [J], shape (store,).
        time_s: Knots [s], shape (knot,).
        power_w: Power taken out [W], at least 0, shape (store, knot).

    Returns:
        Times [s], shape (store,).

    Source: root of E = P·t + k·t²/2 in the form that does not cancel.
    """
    left = energy_j[:, None] - integral(time_s, power_w)
    gone = (left <= 0.0) & (power_w >= 0.0) & (np.arange(time_s.size) > 0)
    hit = gone.any(axis=1)
    found = np.full(energy_j.shape, np.inf)
    rows = np.flatnonzero(hit)
    end = np.argmax(gone[rows], axis=1)
    start = end - 1
    step = time_s[end] - time_s[start]
    first, second = power_w[rows, start], power_w[rows, end]
    slope = np.where(step > 0.0, (second - first) / np.where(step > 0.0, step, 1.0), 0.0)
    held = np.maximum(left[rows, start], 0.0)
    root = first + np.sqrt(np.maximum(first**2 + 2.0 * slope * held, 0.0))
    wait = np.where(held > 0.0, 2.0 * held / np.where(root > 0.0, root, np.inf), 0.0)
    found[rows] = time_s[start] + np.minimum(wait, step)
    return found


def steepest(time_s: Array, power_w: Array, window_s: float) -> tuple[float, float]:
    """Return the greatest change over a window, per time [W/s], and when that window begins [s].

    The change of a curve of straight lines is largest where the window begins or ends at a knot. A curve
    shorter than the window counts with its whole length over the window.

    Args:
        time_s: Knots [s], shape (knot,).
        power_w: Power there [W], shape (knot,).
        window_s: Length of the window [s], above 0.

    Source: average ramp over the window; a definition.
    """
    starts = np.concatenate([time_s, time_s - window_s])
    starts = np.clip(starts, time_s[0], max(time_s[-1] - window_s, time_s[0]))
    ends = np.minimum(starts + window_s, time_s[-1])
    changes = [
        np.abs(
            at_time(time_s, power_w, ends, after=np.full(ends.shape, late))
            - at_time(time_s, power_w, starts, after=np.full(starts.shape, early))
        )
        for early in (False, True)
        for late in (False, True)
    ]
    greatest = np.max(changes, axis=0)
    row = int(np.argmax(greatest))
    return float(greatest[row]) / window_s, float(starts[row])


def widest(time_s: Array, power_w: Array, window_s: float) -> tuple[float, float]:
    """Return the greatest peak-to-peak swing within a window [W], and when that window begins [s].

    Args:
        time_s: Knots [s], shape (knot,).
        power_w: Power there [W], shape (knot,).
        window_s: Length of the window [s], above 0.

    Source: highest less lowest power within the window; a definition.
    """
    begins = np.concatenate([time_s, np.maximum(time_s - window_s, time_s[0])])
    ends = np.minimum(begins + window_s, time_s[-1])
    first = np.searchsorted(time_s, begins, side="left")
    last = np.searchsorted(time_s, ends, side="right")
    most, where = 0.0, float(time_s[0])
    edge = [
        at_time(time_s, power_w, at, after=np.full(at.shape, side))
        for at, side in ((begins, True), (ends, False))
    ]
    for row, (low, high) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
        inside = power_w[low:high]
        top = max(inside.max(initial=-np.inf), edge[0][row], edge[1][row])
        bottom = min(inside.min(initial=np.inf), edge[0][row], edge[1][row])
        if top - bottom > most:
            most, where = float(top - bottom), float(begins[row])
    return most, where


def longest_above(time_s: Array, power_w: Array, limit_w: float) -> float:
    """Return the longest time without a break in which a curve is above a limit [s].

    Args:
        time_s: Knots [s], shape (knot,).
        power_w: Power there [W], shape (knot,).
        limit_w: The limit [W].

    Source: crossings of straight lines.
    """
    longest, since = 0.0, np.nan
    over = power_w > limit_w
    for i in range(time_s.size - 1):
        span, rise = time_s[i + 1] - time_s[i], power_w[i + 1] - power_w[i]
        cross = time_s[i] + span * (limit_w - power_w[i]) / rise if over[i] != over[i + 1] else np.nan
        if over[i] and np.isnan(since):
            since = time_s[i]
        if over[i + 1] and not over[i]:
            since = cross
        until = time_s[i + 1] if over[i + 1] else cross
        if not np.isnan(since) and not np.isnan(until):
            longest = max(longest, float(until - since))
        if not over[i + 1]:
            since = np.nan
    return longest


def first_above(time_s: Array, power_w: Array, limit_w: float) -> float:
    """Return when a curve first is above a limit [s], inf where it never is.

    Args:
        time_s: Knots [s], shape (knot,).
        power_w: Power there [W], shape (knot,).
        limit_w: The limit [W].

    Source: crossings of straight lines.
    """
    over = np.flatnonzero(power_w > limit_w)
    if not over.size:
        return float("inf")
    at = int(over[0])
    if at == 0:
        return float(time_s[0])
    low, high = power_w[at - 1], power_w[at]
    return float(time_s[at - 1] + (time_s[at] - time_s[at - 1]) * (limit_w - low) / (high - low))
