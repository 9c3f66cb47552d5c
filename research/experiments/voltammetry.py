"""Cyclic voltammograms: the peaks of each cycle, without a baseline taken off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from research.experiments.curves import turns
from research.experiments.metric import Metric
from research.experiments.signals import Signals, unit_of

if TYPE_CHECKING:
    import numpy as np

ELGRISHI: Final = "Elgrishi et al., J. Chem. Educ. 95 (2018) 197"
# A current that grows up to where the sweep turns is no peak.
EDGE: Final = 0.02
MOST_CYCLES: Final = 20
LEAST_POINTS: Final = 3


def voltammetry_metrics(signals: Signals) -> list[Metric]:
    """Scan rate, and by cycle the anodic and cathodic peaks with their separation and midpoint."""
    name = "current" if signals.current is not None else "current_density"
    current = getattr(signals, name)
    if signals.voltage is None or current is None:
        why = "potential and current in known units are needed"
        return [Metric("anodic_peak_current", None, "A", "", ELGRISHI, missing=why)]
    legs = turns(signals.voltage)
    metrics = [scan_rate(signals, legs)]
    for number, first in enumerate(range(0, min(len(legs), 2 * MOST_CYCLES), 2), start=1):
        metrics += cycle(signals, name, legs[first : first + 2], f"cycle {number}")
    return metrics


def scan_rate(signals: Signals, legs: list[np.ndarray]) -> Metric:
    """The rate at which the potential is swept: the median of its steps by the steps of time."""
    import numpy as np

    method = "median of |dE/dt|"
    if signals.seconds is None or signals.voltage is None:
        return Metric("scan_rate", None, "V/s", method, ELGRISHI, missing="the readings have no times")
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = np.abs(np.diff(signals.voltage) / np.diff(signals.seconds))
    rates = rates[np.isfinite(rates)]
    value = float(np.median(rates)) if len(rates) else None
    why = None if rates.size else "the readings have no times that rise"
    return Metric("scan_rate", value, "V/s", method, ELGRISHI, inputs={"sweeps": len(legs)}, missing=why)


def cycle(signals: Signals, name: str, legs: list[np.ndarray], label: str) -> list[Metric]:
    """The metrics of one cycle: the peaks of its rising and of its falling sweep, and what follows from both."""
    peaks: dict[str, tuple[float, float]] = {}
    metrics: list[Metric] = []
    for kind, sign in (("anodic", 1), ("cathodic", -1)):
        found = peak(signals, name, legs, sign)
        why = None if found else f"the {kind} sweep has no peak between its ends"
        if found:
            peaks[kind] = found
        at, height = found or (None, None)
        method = f"{'highest' if sign > 0 else 'lowest'} current of the sweep, no baseline taken off"
        about: dict[str, Any] = {"columns": signals.origin("voltage", name)}
        metrics += [
            Metric(f"{kind}_peak_{name}", height, unit_of(name), method, ELGRISHI, label, about, why),
            Metric(f"{kind}_peak_potential", at, "V", method, ELGRISHI, label, about, why),
        ]
    both = len(peaks) == 2
    why = None if both else "both peaks are needed"
    apart = peaks["anodic"][0] - peaks["cathodic"][0] if both else None
    middle = (peaks["anodic"][0] + peaks["cathodic"][0]) / 2 if both else None
    return [
        *metrics,
        Metric("peak_separation", apart, "V", "Epa - Epc", ELGRISHI, label, missing=why),
        Metric("midpoint_potential", middle, "V", "(Epa + Epc) / 2", ELGRISHI, label, missing=why),
    ]


def peak(signals: Signals, name: str, legs: list[np.ndarray], sign: int) -> tuple[float, float] | None:
    """Potential and current of the peak on the sweep in one direction, None where the extreme is at its end."""
    import numpy as np

    assert signals.voltage is not None
    for leg in legs:
        potential, current = signals.voltage[leg], getattr(signals, name)[leg]
        if len(leg) < LEAST_POINTS or (potential[-1] - potential[0]) * sign <= 0 or np.isnan(current).all():
            continue
        k = int(np.nanargmax(sign * current))
        edge = EDGE * float(np.ptp(potential))
        if abs(potential[k] - potential[0]) > edge and abs(potential[k] - potential[-1]) > edge:
            return float(potential[k]), float(current[k])
    return None
