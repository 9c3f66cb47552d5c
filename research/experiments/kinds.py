"""What kind of measurement a table holds: readings over time, polarisation curves, a voltammogram, or impedance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from research.experiments.curves import turns
from research.experiments.notes import VOLTAMMETRY
from research.experiments.readings import Readings
from research.experiments.signals import Signals, main_column

if TYPE_CHECKING:
    import numpy as np

KINDS: Final = ("time_series", "polarisation", "voltammogram", "impedance")
OPPOSED: Final = -0.8
EVEN_SHARE: Final = 0.8
BOTH_WAYS: Final = 0.05
LEAST_SWEEP: Final = 50
LEAST_POINTS: Final = 5
WALK: Final = (0.2, 0.5)  # shares of the highest voltage and current that a curve covers at least


def kind_of(readings: Readings, signals: Signals, facts: Mapping[str, str]) -> str:
    """The kind of measurement, by its columns, by how voltage and current go together, and by what the notes say."""
    if all(main_column(readings, name) is not None for name in ("impedance_real", "impedance_imag")):
        return "impedance"
    current = signals.current if signals.current is not None else signals.current_density
    if signals.voltage is None or current is None:
        return "time_series"
    told = facts.get("technique") == VOLTAMMETRY and len(turns(signals.voltage)) > 1
    if told or is_voltammogram(signals.voltage, current):
        return "voltammogram"
    return "polarisation" if readings.times.seconds is None or opposed(signals.voltage, current) else "time_series"


def is_voltammogram(voltage: np.ndarray, current: np.ndarray) -> bool:
    """Whether the potential is swept evenly there and back, with current in both directions."""
    import numpy as np

    known = ~(np.isnan(voltage) | np.isnan(current))
    voltage, current = voltage[known], current[known]
    if len(voltage) < LEAST_SWEEP or len(turns(voltage)) < 2:
        return False
    steps = np.abs(np.diff(voltage))
    usual = float(np.median(steps))
    even = usual > 0 and (np.abs(steps - usual) <= 0.5 * usual).mean() >= EVEN_SHARE
    least = BOTH_WAYS * float(np.ptp(current))
    return bool(even and current.max() >= least and current.min() <= -least)


def opposed(voltage: np.ndarray, current: np.ndarray) -> bool:
    """Whether the voltage falls as the current rises, by Spearman's rank correlation, as along a polarisation curve."""
    import numpy as np

    known = ~(np.isnan(voltage) | np.isnan(current))
    if known.sum() < LEAST_POINTS:
        return False
    pair = (np.abs(voltage[known]), np.abs(current[known]))
    # A cell that slowly runs down does not walk along its curve.
    walked = all(np.ptp(values) >= share * values.max() > 0 for values, share in zip(pair, WALK, strict=True))
    if not walked:
        return False
    ranks = [np.argsort(np.argsort(values)) for values in (voltage[known], pair[1])]
    return bool(np.corrcoef(ranks[0], ranks[1])[0, 1] < OPPOSED)
