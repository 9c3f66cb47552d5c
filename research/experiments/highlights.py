"""The numbers of an experiment that people look for first, as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from research.experiments.models import MetricRow
from research.experiments.shown import Measure, figures, in_words, plain, suited

HIGHLIGHTS: Final = (
    *("max_power_density", "max_power", "energy", "open_circuit_voltage", "highest_voltage", "median_voltage"),
    *("internal_resistance", "area_specific_internal_resistance", "coulombic_efficiency", "high_frequency_resistance"),
    *("steady_state_voltage", "peak_separation", "midpoint_potential", "anodic_peak_current"),
)
MOST_HIGHLIGHTS: Final = 6


def highlights(metrics: Sequence[MetricRow], known: dict[str, Measure]) -> list[tuple[str, str, str]]:
    """The numbers that people look for first; of several curves the highest, of resistances the lowest."""
    found = []
    for name in HIGHLIGHTS:
        values = [metric for metric in metrics if metric.name == name and metric.value is not None]
        if not values:
            continue
        least = "resistance" in name or name == "peak_separation"
        best = (min if least else max)(values, key=lambda metric: metric.value or 0.0)
        of_several = len({metric.curve for metric in metrics}) > 1 and best.curve
        which = ("lowest" if least else "highest") if len(values) > 1 else ""
        where = " of ".join(part for part in (which, f"{len(values)} curves" if which else plain(best.curve)) if part)
        value = best.value or 0.0
        text = f"{figures(100 * value, 3)} %" if best.unit == "1" else suited(best.unit, value, known).text(value)
        found.append((in_words(name), text, where if of_several else ""))
    return found[:MOST_HIGHLIGHTS]
