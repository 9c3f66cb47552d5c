"""Metrics of readings over time: means and extremes, energy and charge with and without the gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from research.experiments.coulombic import coulombic_efficiency
from research.experiments.given import Given
from research.experiments.metric import DEFINITION, LOGAN, Metric
from research.experiments.quality import Sampling
from research.experiments.signals import Signals, unit_of

if TYPE_CHECKING:
    import numpy as np

STATISTICS: Final = ("mean", "median", "lowest", "highest")


def series_metrics(signals: Signals, sampling: Sampling | None, given: Given) -> list[Metric]:
    """The metrics of a time series, those that cannot be found with the reason."""
    return [
        *extremes(signals, "voltage", STATISTICS),
        *extremes(signals, "current", ("mean", "highest")),
        *extremes(signals, "power", ("mean",)),
        *highest_power(signals),
        *integrals(signals, sampling),
        *coulombic_efficiency(charge(signals, sampling), mean_of(signals.current), given),
    ]


def extremes(signals: Signals, name: str, wanted: tuple[str, ...]) -> list[Metric]:
    """Mean, median and extremes of the readings of a signal, each reading counted alike."""
    import numpy as np

    values = getattr(signals, name)
    if values is None or np.isnan(values).all():
        return [
            Metric(f"{kind}_{name}", None, unit_of(name), "", DEFINITION, missing=f"no {name} was measured")
            for kind in wanted
        ]
    inputs = {"readings": int((~np.isnan(values)).sum()), "columns": signals.origin(name)}
    functions: dict[str, Any] = {"mean": np.nanmean, "median": np.nanmedian, "lowest": np.nanmin, "highest": np.nanmax}
    methods = {"mean": "arithmetic mean of the readings", "median": "median of the readings"}
    return [
        Metric(
            f"{kind}_{name}",
            float(functions[kind](values)),
            unit_of(name),
            methods.get(kind, f"{kind} reading"),
            DEFINITION,
            inputs=inputs | place(signals, values, kind),
        )
        for kind in wanted
    ]


def place(signals: Signals, values: np.ndarray, kind: str) -> dict[str, Any]:
    """Where an extreme is: its line in the file, its time since the first reading."""
    import numpy as np

    if kind not in ("lowest", "highest"):
        return {}
    k = int(np.nanargmin(values) if kind == "lowest" else np.nanargmax(values))
    found: dict[str, Any] = {"line": int(signals.lines[k])} if signals.lines is not None else {}
    if signals.seconds is not None and not np.isnan(signals.seconds[k]):
        found["at_s"] = float(signals.seconds[k])
    return found


def highest_power(signals: Signals) -> list[Metric]:
    """The highest power and power density: P = U I, divided by the electrode area (Logan et al. 2006)."""
    import numpy as np

    metrics = []
    for name in ("power", "power_density"):
        values = getattr(signals, name)
        if values is None or np.isnan(values).all():
            why = "no electrode area is known; give electrode_area" if name == "power_density" else "no power is known"
            metrics.append(Metric(f"max_{name}", None, unit_of(name), "", LOGAN, missing=why))
            continue
        inputs = {"columns": signals.origin(name), **place(signals, values, "highest")}
        metrics.append(
            Metric(f"max_{name}", float(np.nanmax(values)), unit_of(name), "highest reading", LOGAN, inputs=inputs)
        )
    return metrics


def integrals(signals: Signals, sampling: Sampling | None) -> list[Metric]:
    """Energy and charge: the integrals of power and current over time, with and without what lies in gaps."""
    metrics = []
    for name, signal, unit in (("energy", "power", "J"), ("charge", "current", "C")):
        values = getattr(signals, signal)
        for across in (False, True):
            full = f"{name}_across_gaps" if across else name
            method = f"trapezoids of {signal} over time, " + (
                "straight across the gaps" if across else "steps that are gaps left out"
            )
            if values is None or sampling is None or signals.seconds is None:
                why = f"no {signal} is known" if values is None else "the readings have no times"
                metrics.append(Metric(full, None, unit, method, DEFINITION, missing=why))
                continue
            value, used = integral(signals.seconds, values, None if across else sampling.gap_over)
            inputs = {
                "columns": signals.origin(signal),
                "gap_over_s": sampling.gap_over,
                "gaps": len(sampling.gaps),
                "integrated_s": used,
            }
            metrics.append(Metric(full, value, unit, method, DEFINITION, inputs=inputs))
    return metrics


def charge(signals: Signals, sampling: Sampling | None) -> float | None:
    """The charge in C that flowed, gaps left out; None without current or times."""
    if signals.current is None or signals.seconds is None or sampling is None:
        return None
    return integral(signals.seconds, signals.current, sampling.gap_over)[0]


def integral(seconds: np.ndarray, values: np.ndarray, gap_over: float | None) -> tuple[float, float]:
    """The integral by trapezoids, and over how many seconds; steps of more than `gap_over` seconds are left out.

    Readings without a value or time are left out, so that the line goes on from the one before to the one after.
    """
    import numpy as np

    known = ~(np.isnan(seconds) | np.isnan(values))
    order = np.argsort(seconds[known], kind="stable")
    times, heights = seconds[known][order], values[known][order]
    steps = np.diff(times)
    counted = steps <= gap_over if gap_over is not None else np.ones(len(steps), bool)
    means = (heights[1:] + heights[:-1]) / 2
    return float((steps * means)[counted].sum()), float(steps[counted].sum())


def mean_of(values: np.ndarray | None) -> float | None:
    """The mean of the readings, None without any."""
    import numpy as np

    return None if values is None or np.isnan(values).all() else float(np.nanmean(values))
