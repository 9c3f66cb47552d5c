"""Steady state: the longest time over which a signal does not drift."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from research.experiments.metric import Metric
from research.experiments.quality import Sampling
from research.experiments.signals import Signals, unit_of

if TYPE_CHECKING:
    import numpy as np

KELLY: Final = "Kelly and Hedengren, J. Process Control 23 (2013) 326"
METHOD: Final = (
    "longest run of windows without drift: in each, a line of least squares gives the drift and the noise around it; "
    "a reading is steady where it lies within twice the noise of the level without the drift, a window where nine "
    "of ten readings are and the noise is below a tenth of the level; implausible readings are left out"
)
WITHIN: Final = 2.0
SHARE: Final = 0.9
NOISE: Final = 0.1
LEAST_WINDOW: Final = 10
MOST_WINDOW: Final = 200
WINDOWS: Final = 20


def steady_metrics(signals: Signals, sampling: Sampling | None) -> list[Metric]:
    """When the voltage, or else the power or current, is steady for longest: its start, length, and level."""
    import numpy as np

    name = next((one for one in ("voltage", "power", "current") if getattr(signals, one) is not None), None)
    if name is None or sampling is None or signals.seconds is None:
        why = "neither voltage, power nor current was measured" if name is None else "the readings have no times"
        return missing(name or "voltage", why, {})
    values = getattr(signals, name)
    known = np.flatnonzero(~(np.isnan(values) | np.isnan(signals.seconds)))
    order = known[np.argsort(signals.seconds[known], kind="stable")]
    seconds, heights = signals.seconds[order], values[order]
    window = int(np.clip(len(order) // WINDOWS, LEAST_WINDOW, MOST_WINDOW))
    inputs = {"signal": name, "window_readings": window, "columns": signals.origin(name)}
    run = longest_run(seconds, heights, window, sampling.gap_over)
    if run is None:
        return missing(name, f"no window of {window} readings is without drift", inputs)
    first, last = run
    found = (
        ("steady_state_start", float(seconds[first]), "s"),
        ("steady_state_duration", float(seconds[last] - seconds[first]), "s"),
        (f"steady_state_{name}", float(heights[first : last + 1].mean()), unit_of(name)),
    )
    return [Metric(full, value, unit, METHOD, KELLY, inputs=inputs) for full, value, unit in found]


def missing(name: str, why: str, inputs: dict[str, Any]) -> list[Metric]:
    """The metrics of steady state without values."""
    units = {"steady_state_start": "s", "steady_state_duration": "s", f"steady_state_{name}": unit_of(name)}
    return [Metric(full, None, unit, METHOD, KELLY, inputs=inputs, missing=why) for full, unit in units.items()]


def longest_run(seconds: np.ndarray, values: np.ndarray, window: int, gap_over: float) -> tuple[int, int] | None:
    """First and last reading of the longest run of steady windows that no gap interrupts, None without any."""
    runs: list[tuple[int, int]] = []
    for first in range(0, len(values) - window + 1, window):
        last = first + window - 1
        steps = seconds[first + 1 : last + 1] - seconds[first:last]
        if (steps > gap_over).any() or not is_steady(seconds[first : last + 1], values[first : last + 1]):
            continue
        if runs and runs[-1][1] == first - 1 and seconds[first] - seconds[first - 1] <= gap_over:
            runs[-1] = (runs[-1][0], last)
        else:
            runs.append((first, last))
    return max(runs, key=lambda run: seconds[run[1]] - seconds[run[0]], default=None)


def is_steady(seconds: np.ndarray, values: np.ndarray) -> bool:
    """Whether most readings lie around the level that they would have without drift (Kelly and Hedengren 2013).

    With x = m t + mu + noise: m and the noise from least squares, mu at the start; |x - mu| <= 2 noise is steady.
    """
    import numpy as np

    times = seconds - seconds[0]
    spread = times - times.mean()
    squares = float(spread @ spread)
    drift = float(spread @ values) / squares if squares else 0.0
    level = float((values - drift * times).mean())
    noise = float(np.sqrt(((values - drift * times - level) ** 2).sum() / max(1, len(values) - 2)))
    # Readings that are all the same have no noise, and nothing is steadier.
    rounding = 1e-9 * max(1e-12, float(np.abs(values).max()))
    quiet = noise <= NOISE * abs(level) + rounding
    return bool(quiet and (np.abs(values - level) <= WITHIN * noise + rounding).mean() >= SHARE)
