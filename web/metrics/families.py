"""Families of values for the library of Prometheus, made by the table of metrics."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate, groupby

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.core import (
    Metric as Family,
)

from callboard.history.meters import INFINITY, SUM
from web.metrics.table import BY_KEY, COUNTER, HISTOGRAM, Metric

Values = Mapping[tuple[str, ...], float]


def family(key: str, values: Values) -> Family:
    """A counter or gauge with its values by labels."""
    metric = BY_KEY[key]
    kind = CounterMetricFamily if metric.kind == COUNTER else GaugeMetricFamily
    made = kind(metric.name, metric.about, labels=metric.labels)
    for labels, value in sorted(values.items()):
        made.add_metric(labels, value)
    return made


def single(key: str, value: float | None) -> Family:
    """A metric without labels; no value where there is none now."""
    return family(key, {} if value is None else {(): value})


def histogram(key: str, values: Values) -> Family:
    """A histogram from what each bucket holds by itself and the sum, by labels and then the bucket."""
    metric = BY_KEY[key]
    assert metric.kind == HISTOGRAM
    made = HistogramMetricFamily(metric.name, metric.about, labels=metric.labels)
    for labels, of_labels in groupby(sorted(values.items()), key=lambda item: item[0][:-1]):
        held = {bucket: value for (*_, bucket), value in of_labels}
        made.add_metric(labels, list(_cumulative(metric, held)), held.get(SUM, 0.0))
    return made


def _cumulative(metric: Metric, held: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    bounds = [*(f"{bound:g}" for bound in metric.buckets), INFINITY]
    return zip(bounds, accumulate(held.get(bound, 0.0) for bound in bounds), strict=True)


def summed(pairs: Iterable[tuple[tuple[str, ...], float]]) -> dict[tuple[str, ...], float]:
    """Values by labels, those of equal labels added."""
    found: dict[tuple[str, ...], float] = {}
    for labels, value in pairs:
        found[labels] = found.get(labels, 0.0) + value
    return found
