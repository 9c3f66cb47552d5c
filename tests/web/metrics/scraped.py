"""A scrape as it is read: names with their values by labels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

Labels = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Scraped:
    """All series of one scrape."""

    series: dict[str, dict[Labels, float]] = field(default_factory=dict)

    def value(self, name: str, **labels: str) -> float:
        """The sum of the series that have these labels; fails where there is none."""
        found = [value for each, value in self.series[f"callboard_{name}"].items() if labels.items() <= set(each)]
        assert found, f"no series of {name} has {labels}"
        return sum(found)

    def labels(self, name: str) -> set[str]:
        """The names of the labels of a metric."""
        return {label for each in self.series[name] for label, _ in each}

    def values(self, label: str) -> set[str]:
        """All values of a label."""
        return {value for each in self.series.values() for labels in each for name, value in labels if name == label}

    def __len__(self) -> int:
        return sum(map(len, self.series.values()))


def read(text: str) -> Scraped:
    """A scrape from its text."""
    found = Scraped()
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.series.setdefault(sample.name, {})[frozenset(sample.labels.items())] = sample.value
    return found


def scrape(client: FlaskClient) -> Scraped:
    """What a client is told at /metrics."""
    answer = client.get("/metrics")
    assert answer.status_code == 200, answer.data
    return read(answer.text)


def names(scraped: Iterable[str]) -> set[str]:
    """The names of metrics from those of their series."""
    return {name for name in scraped if name.startswith("callboard_")}
