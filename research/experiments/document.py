"""What a report of an experiment says: one value of texts, tables and plots, which is laid out as HTML or as PDF."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from research.experiments.calculate import parted
from research.experiments.columns import Column
from research.experiments.given import given_from
from research.experiments.highlights import highlights
from research.experiments.models import ExperimentRow, MetricRow
from research.experiments.plot_curves import impedance_plots, largest, polarisation_plots, voltammogram_plots
from research.experiments.plot_series import Steady, series_plots
from research.experiments.plots import Plot
from research.experiments.quality_pages import quality_sentences, quality_tables
from research.experiments.readings import Readings
from research.experiments.shown import Measure, in_words, measures, plain, suited
from research.experiments.signals import Signals, signals_of, unit_of
from research.experiments.tables import Table, method_table, metric_tables, missing_table

KINDS: Final = {
    "time_series": "Readings over time",
    "polarisation": "Polarisation curves",
    "voltammogram": "Cyclic voltammogram",
    "impedance": "Impedance spectra",
}
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Document:
    """A report: title and facts, highlights as (name, value, where), sentences on quality, tables and plots."""

    title: str
    subtitle: str
    facts: list[tuple[str, str]]
    highlights: list[tuple[str, str, str]]
    quality: list[str]
    quality_tables: list[Table]
    plots: list[Plot]
    results: list[Table]
    methods: list[Table]
    made: str


def document(
    experiment: ExperimentRow, readings: Readings, metrics: Sequence[MetricRow], made_at: datetime, tell: Progress
) -> Document:
    """The report of an experiment whose metrics were calculated."""
    known = measures(readings.columns)
    calculated = experiment.calculated or {}
    tell("plot")
    plots = drawn(readings, metrics, experiment, known)
    tell("tables")
    return Document(
        title=plain(experiment.title, 200),
        subtitle=KINDS.get(calculated.get("kind", ""), "Experiment"),
        facts=facts(experiment, readings),
        highlights=highlights(metrics, known),
        quality=quality_sentences(experiment.quality, calculated.get("checks", {}), experiment.readings),
        quality_tables=quality_tables(experiment.quality, readings),
        plots=plots,
        results=[*metric_tables(metrics, known), *missing_table(metrics)],
        methods=method_table(metrics),
        made=f"{made_at:%Y-%m-%d %H:%M} UTC",
    )


def drawn(
    readings: Readings, metrics: Sequence[MetricRow], experiment: ExperimentRow, known: dict[str, Measure]
) -> list[Plot]:
    """The plots that belong to the kind of measurement."""
    calculated = experiment.calculated or {}
    kind = calculated.get("kind")
    arguments = {name: text.removesuffix(" (notes of the file)") for name, text in calculated.get("given", {}).items()}
    given = given_from(arguments | {"conditions": calculated.get("conditions")}, {})
    signals = signals_of(readings, given)
    if kind == "voltammogram":
        return voltammogram_plots(signals, known, peaks(metrics))
    if kind == "impedance":
        return impedance_plots(readings, list(parted(readings, signals, given, kind)), known)
    if kind == "polarisation":
        return polarisation_plots(signals, list(parted(readings, signals, given, kind)), known, fits(metrics, signals))
    return series_plots(with_derived(readings, signals), steady(metrics))


def with_derived(readings: Readings, signals: Signals) -> Readings:
    """Readings with the current and power that follow from their columns, where no column has them."""
    columns, values = list(readings.columns), list(readings.values)
    for name in ("current", "power"):
        found = getattr(signals, name)
        if found is None or any((column.quantity or "").startswith(name) for column in columns):
            continue
        measure = suited(unit_of(name), largest(found), {})
        columns.append(Column(name, in_words(name), name, measure.unit, unit_of(name), measure.factor))
        values.append(found)
    return Readings(tuple(columns), readings.lines, tuple(values), readings.times)


def fits(metrics: Iterable[MetricRow], signals: Signals) -> dict[str, dict[str, float]]:
    """The lines that were fitted to the ohmic regions, by curve, for the current that is drawn."""
    name = "area_specific_internal_resistance" if signals.current_density is not None else "internal_resistance"
    found = {}
    for metric in metrics:
        if metric.name == name and metric.value is not None:
            (low,), (high,) = metric.inputs["from"].values(), metric.inputs["to"].values()
            found[metric.curve] = {
                "resistance": metric.value,
                "intercept": metric.inputs["intercept_V"],
                "low": low,
                "high": high,
            }
    return found


def peaks(metrics: Iterable[MetricRow]) -> list[tuple[float, float]]:
    """The peaks of a voltammogram as potential and current."""
    values = {(metric.curve, metric.name): metric.value for metric in metrics}
    found = []
    for (curve, name), potential in values.items():
        if name.endswith("_peak_potential") and potential is not None:
            way = name.removesuffix("_peak_potential")
            height = values.get((curve, f"{way}_peak_current"), values.get((curve, f"{way}_peak_current_density")))
            if height is not None:
                found.append((potential, height))
    return found


def steady(metrics: Iterable[MetricRow]) -> Steady | None:
    """The steady state that was found."""
    values = {metric.name: metric.value for metric in metrics}
    start, length = values.get("steady_state_start"), values.get("steady_state_duration")
    return Steady(start, start + length) if start is not None and length is not None else None


def facts(experiment: ExperimentRow, readings: Readings) -> list[tuple[str, str]]:
    """What was measured, from which file, and how."""
    times, said = readings.times, (experiment.calculated or {}).get("given", {})
    found = [
        ("Experiment", experiment.id),
        ("File", experiment.file + (f", sheet {experiment.sheet}" if experiment.sheet else "")),
        ("SHA-256", experiment.sha256),
        ("Readings", f"{experiment.readings:,} of {experiment.quality['rows']:,} rows"),
        ("Columns", ", ".join(column_text(column) for column in experiment.columns)),
    ]
    if times.seconds is not None:
        import numpy as np

        length = float(np.nanmax(times.seconds))
        span = suited("s", length, {}).text(length)
        if times.started_at is not None:
            start, end = (datetime.fromtimestamp(times.started_at + s, UTC) for s in (0.0, length))
            span = f"{start:%Y-%m-%d %H:%M:%S} to {end:%Y-%m-%d %H:%M:%S} UTC ({span})"
        found.append(("Time", span))
    found += [(in_words(name), text) for name, text in (experiment.facts | said).items()]
    return [(name, plain(text, 400)) for name, text in found]


def column_text(column: dict[str, Any]) -> str:
    """A column with its unit, where its header does not say it."""
    header, unit = plain(column["header"], 60), column["given_unit"]
    return f"{header} [{plain(unit, 20)}]" if unit and unit not in header else header
