"""What was counted in SQL, as families: true whatever died in the meantime, and the same from every web process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Final

from prometheus_client.core import Metric as Family

from callboard.history.meters import BUCKETS, LABELS, Readings
from web.metrics.closed import Closed
from web.metrics.families import family, histogram, summed

# A counter that begins with its first event is no rise to Prometheus: these begin with zero.
OUTCOMES: Final[Mapping[str, tuple[str, ...]]] = {
    "webhook_deliveries": ("delivered", "retrying", "failed", "dropped"),
    "notifications": ("sent", "refused"),
}
BY_QUEUE: Final = ("rescued", "throttled")


def counted(found: Readings, closed: Closed) -> Iterator[Family]:
    """All meters, their labels closed."""
    for key, labels in LABELS.items():
        if key in BUCKETS:
            names = (*labels, "bucket")
            yield histogram(key, summed((closed.labels(names, each), n) for each, n in found[key].items()))
        else:
            begun = chain(_zeros(key, found), found[key].items())
            yield family(key, summed((closed.labels(labels, each), n) for each, n in begun))


def _zeros(key: str, found: Readings) -> Iterator[tuple[tuple[str, ...], float]]:
    if key in BY_QUEUE:
        yield from (((queue,), 0.0) for queue, _ in found["enqueued"])
    yield from (((outcome,), 0.0) for outcome in OUTCOMES.get(key, ()))
