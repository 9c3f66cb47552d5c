"""The names of the metrics and what each may be grouped by; imports nothing heavy, for checks where jobs are made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from research.analytics.errors import BadMetric
from research.analytics.span import STEPS

EVERYTHING: Final = "all"
COLUMNS: Final = ("type", "queue", "user")
ANY: Final = (*COLUMNS, *STEPS)
# Each metric with its groupings; what has none is told as a whole, whatever the others are grouped by.
METRICS: Final[dict[str, tuple[str, ...]]] = {
    "outcomes": ANY,
    "durations": ANY,
    "throughput": STEPS,
    "costs": ANY,
    "failures": ("type", "queue", *STEPS),
    "ai_usage": (),
    "papers_added": STEPS,
    "parameters_found": STEPS,
    "dataset": (),
}


def check_metrics(metrics: Sequence[str], group_by: str | None, table: str | None) -> None:
    """Raise BadMetric for metrics that are unknown, or cannot be grouped like this."""
    for metric in metrics:
        if metric not in METRICS:
            raise BadMetric(f'metric "{metric}" is unknown; there are {", ".join(METRICS)}')
        if group_by and METRICS[metric] and group_by not in METRICS[metric]:
            raise BadMetric(f"metric {metric} cannot be grouped by {group_by}; it can by {', '.join(METRICS[metric])}")
    if (table is not None) != ("dataset" in metrics):
        raise BadMetric("the metric dataset and the argument `table` need each other, got one of them only")
