"""The tables of a report: metrics one by one or by curve, methods with their sources, what is missing and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from research.experiments.models import MetricRow
from research.experiments.shown import Measure, figures, in_words, plain, suited

MOST_CURVES: Final = 120
# What a table with a row for each curve has room for, in this order.
OF_CURVE: Final = (
    *("open_circuit_voltage", "highest_voltage", "max_power_density", "max_power"),
    *("area_specific_internal_resistance", "internal_resistance", "area_specific_internal_resistance_power_peak"),
    *("internal_resistance_power_peak", "limiting_current_density", "limiting_current", "high_frequency_resistance"),
    *("anodic_peak_potential", "anodic_peak_current", "cathodic_peak_potential", "cathodic_peak_current"),
    *("peak_separation", "midpoint_potential", "mean_voltage", "median_voltage", "lowest_voltage", "energy"),
)
SHORT: Final = {
    "open_circuit_voltage": "Open circuit",
    "highest_voltage": "Highest voltage",
    "max_power_density": "Max power density",
    "max_power": "Max power",
    "area_specific_internal_resistance": "Resistance (slope)",
    "internal_resistance": "Resistance (slope)",
    "area_specific_internal_resistance_power_peak": "Resistance (power peak)",
    "internal_resistance_power_peak": "Resistance (power peak)",
    "limiting_current_density": "Limiting current density",
    "high_frequency_resistance": "High-frequency resistance",
}
MOST_COLUMNS: Final = 8
Known = dict[str, Measure]


@dataclass(frozen=True)
class Table:
    """A table of texts with its title, the shares of its width that its columns get, and a remark below it."""

    title: str
    head: list[str]
    rows: list[list[str]]
    remark: str = ""
    widths: tuple[float, ...] = ()


def metric_tables(metrics: Sequence[MetricRow], known: Known) -> list[Table]:
    """The metrics that have a value: those of the whole one by one, those of curves with a row for each curve."""
    found = [metric for metric in metrics if metric.value is not None]
    whole = [metric for metric in found if not metric.curve]
    of_curves = [metric for metric in found if metric.curve]
    tables = []
    if whole:
        rows = [[in_words(metric.name), value_text(metric, known), details(metric, known)] for metric in whole]
        tables.append(Table("Results", ["Metric", "Value", "From"], rows, widths=(1.1, 0.7, 2.0)))
    if of_curves:
        tables.append(curve_table(of_curves, known))
    return tables


def curve_table(metrics: Sequence[MetricRow], known: Known) -> Table:
    """One row for each curve, one unit for each column."""
    names = [name for name in OF_CURVE if any(metric.name == name for metric in metrics)][:MOST_COLUMNS]
    curves = list(dict.fromkeys(metric.curve for metric in metrics))
    values = {(metric.curve, metric.name): metric.value for metric in metrics}
    units = {}
    for name in names:
        of_name = [metric for metric in metrics if metric.name == name]
        units[name] = suited(of_name[0].unit, max(abs(metric.value or 0.0) for metric in of_name), known)
    head = ["Curve", *(f"{SHORT.get(name, in_words(name))} ({units[name].unit})" for name in names)]
    rows = [[plain(curve, 120), *(cell(values.get((curve, name)), units[name]) for name in names)] for curve in curves]
    remark = f"the first {MOST_CURVES} of {len(curves)} curves" if len(curves) > MOST_CURVES else ""
    return Table("Results by curve", head, rows[:MOST_CURVES], remark, (2.4, *[1.0] * len(names)))


def cell(value: float | None, measure: Measure) -> str:
    """A value in the unit of its column."""
    return "–" if value is None else figures(measure.of(value))


def value_text(metric: MetricRow, known: Known) -> str:
    """The value of a metric with its unit; shares in percent."""
    value = metric.value or 0.0
    return f"{figures(100 * value)} %" if metric.unit == "1" else suited(metric.unit, value, known).text(value)


def details(metric: MetricRow, known: Known) -> str:
    """From what a value is: columns, line, time, the range of a fit."""
    inputs: dict[str, Any] = metric.inputs
    parts = [plain(str(text), 50) for text in (inputs.get("columns") or {}).values()]
    if inputs.get("line"):
        parts.append(f"line {inputs['line']:,}")
    if "at_s" in inputs:
        parts.append(f"after {suited('s', inputs['at_s'], {}).text(inputs['at_s'])}")
    if "r_squared" in inputs:
        parts.append(f"r² {figures(inputs['r_squared'])}, {inputs['points']} points")
    if "integrated_s" in inputs:
        parts.append(f"over {suited('s', inputs['integrated_s'], {}).text(inputs['integrated_s'])}")
    for name, at in (inputs.get("at") or {}).items():
        unit = {"voltage": "V", "current": "A", "current_density": "A/m**2"}[name]
        parts.append(f"at {suited(unit, at, known).text(at)}")
    parts += [f"{in_words(name)} {plain(text, 40)}" for name, text in (inputs.get("given") or {}).items()]
    return "; ".join(parts)


def method_table(metrics: Iterable[MetricRow]) -> list[Table]:
    """How each metric was found, once for all curves, and by whose method."""
    names: dict[tuple[str, str], list[str]] = {}
    for metric in metrics:
        known = names.setdefault((metric.method, metric.source), []) if metric.value is not None else []
        if metric.name not in known:
            known.append(metric.name)
    rows = [
        [in_words(", ".join(name.replace("_", " ") for name in of_method)), method, source]
        for (method, source), of_method in names.items()
    ]
    return [Table("Methods and sources", ["Metric", "Method", "Source"], rows, widths=(1.2, 2.4, 1.4))] if rows else []


def missing_table(metrics: Iterable[MetricRow]) -> list[Table]:
    """What could not be found, and why; the same reason is said once, with the number of curves."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for metric in metrics:
        if metric.value is None:
            reasons.setdefault((metric.name, metric.missing or ""), []).append(metric.curve)
    if not reasons:
        return []
    by_name: dict[str, list[tuple[str, list[str]]]] = {}
    for (name, why), curves in reasons.items():
        by_name.setdefault(name, []).append((why, curves))
    rows = []
    for name, found in by_name.items():
        count = sum(len(curves) for _, curves in found)
        why = found[0][0] + (f" (and {count - len(found[0][1])} with other values)" if len(found) > 1 else "")
        rows.append([in_words(name), "" if not found[0][1][0] else f"{count}", plain(why, 300)])
    return [Table("Not found", ["Metric", "Curves", "Why"], rows, widths=(1.3, 0.4, 3.0))]
