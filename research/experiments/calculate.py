"""Calculate all metrics of an experiment, by the kind of measurement that it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from research.experiments.curves import Curve, curves_of, sweeps
from research.experiments.given import Given
from research.experiments.impedance import impedance_metrics
from research.experiments.kinds import kind_of
from research.experiments.metric import Metric, finite
from research.experiments.polarisation import polarisation_metrics
from research.experiments.quality import flagged, sampled
from research.experiments.readings import Readings
from research.experiments.series import series_metrics
from research.experiments.signals import Signals, as_source, by_resistance, derive, main_column, signals_of
from research.experiments.steady import steady_metrics
from research.experiments.voltammetry import voltammetry_metrics

if TYPE_CHECKING:
    import numpy as np

Progress = Callable[[int, int], None]
MEASURED = ("voltage", "current", "current_density", "power", "power_density")


@dataclass(frozen=True)
class Calculated:
    """The metrics of an experiment, the kind of measurement, the names of its curves, and checks of its columns."""

    kind: str
    metrics: list[Metric]
    curves: list[str]
    checks: dict[str, Any]


def calculate(readings: Readings, given: Given, kind: str | None, progress: Progress) -> Calculated:
    """All metrics of an experiment. Raises NotCalculable for an argument that makes no sense."""
    import numpy as np

    # Readings of any size are calculated with; a metric that overflows is missing, and says so.
    with np.errstate(all="ignore"):
        signals = signals_of(readings, given)
        marked = implausible_rows(readings)
        kind = kind or kind_of(readings, signals, given.facts or {})
        curves = list(parted(readings, signals, given, kind)) if kind in ("polarisation", "impedance") else []
        used = without(signals, marked) if given.without_implausible and not curves else signals
        if kind == "time_series":
            progress(0, 1)
            # A spike would be taken for noise, beside which any drift is small.
            steady = steady_metrics(without(signals, marked), sampled(readings))
            over_time = series_metrics(used, sampled(readings), given)
            metrics = [*over_time, *steady, *of_channels(readings, given)]
        elif kind == "voltammogram":
            progress(0, 1)
            metrics = voltammetry_metrics(used)
        else:
            left_out = marked if given.without_implausible else None
            metrics = of_curves(curves, left_out, partial(of_curve, readings, signals, kind), progress)
        checks = {"implausible_rows": int(marked.sum()), "left_out": given.without_implausible, **power_check(readings)}
    return Calculated(kind, [metric.sound() for metric in metrics], [curve.name for curve in curves], finite(checks))


def of_curves(
    curves: list[Curve], left_out: np.ndarray | None, evaluate: Callable[[Curve], list[Metric]], progress: Progress
) -> list[Metric]:
    """The metrics of each curve, without the rows that are left out."""
    metrics: list[Metric] = []
    for done, whole in enumerate(curves):
        progress(done, len(curves))
        metrics += evaluate(whole if left_out is None else replace(whole, rows=whole.rows[~left_out[whole.rows]]))
    return metrics


def of_curve(readings: Readings, signals: Signals, kind: str, curve: Curve) -> list[Metric]:
    """The metrics of one curve."""
    if kind == "impedance":
        return impedance_metrics(readings, curve)
    return polarisation_metrics(as_source(signals.where(curve.rows)), curve)


def of_channels(readings: Readings, given: Given) -> list[Metric]:
    """What can be said of the further voltages of a table with several cells side by side, each by its header."""
    sampling, main = sampled(readings), main_column(readings, "voltage")
    metrics = []
    for place, column in enumerate(readings.columns):
        if column.quantity != "voltage" or not column.unit or column.kind != "number" or place in (main, None):
            continue
        found = {"voltage": readings.values[place]}
        columns = {"voltage": column.header}
        if given.external_resistance:
            by_resistance(readings, given, found, columns)
            derive(given, found, columns)
        signals = Signals(**found, seconds=readings.times.seconds, lines=readings.lines, columns=columns)
        of_channel = series_metrics(signals, sampling, given)
        metrics += [replace(metric, curve=column.header) for metric in of_channel if metric.value is not None]
    return metrics


def parted(readings: Readings, signals: Signals, given: Given, kind: str) -> Iterator[Curve]:
    """The curves of an experiment; polarisation curves are parted by sweep too."""
    for curve in curves_of(readings, given.conditions, kind):
        along = signals.voltage
        if kind == "polarisation" and along is not None:
            yield from sweeps(curve, along[curve.rows])
        else:
            yield curve


def implausible_rows(readings: Readings) -> np.ndarray:
    """The rows in which a measured signal is implausible."""
    import numpy as np

    rows = np.zeros(len(readings.lines), bool)
    for name in MEASURED:
        place = main_column(readings, name)
        if place is not None:
            rows |= flagged(readings, readings.columns[place].header)
    return rows


def without(signals: Signals, rows: np.ndarray) -> Signals:
    """The signals without some rows."""
    return signals.where(~rows)


def power_check(readings: Readings) -> dict[str, Any]:
    """Where the file has voltage, current and power: in how many rows P differs from U I by over three percent."""
    import numpy as np

    for current, power in (("current", "power"), ("current_density", "power_density")):
        places = [main_column(readings, name) for name in ("voltage", current, power)]
        if any(place is None for place in places):
            continue
        u, i, p = (readings.values[place] for place in places if place is not None)
        with np.errstate(invalid="ignore", divide="ignore"):
            apart = np.abs(np.abs(u * i) - np.abs(p)) / np.abs(p)
        known = np.isfinite(apart)
        return {
            "power_rows": int(known.sum()),
            "power_differs_by_over_3_percent": int((apart[known] > 0.03).sum()),
            "power_largest_relative_difference": float(apart[known].max()) if known.any() else None,
        }
    return {}
