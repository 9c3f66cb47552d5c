"""What was counted in SQL, as families: true whatever died in the meantime, and the same from every web process."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import Metric as Family

from callboard.history.meters import BUCKETS, LABELS, Readings
from web.metrics.closed import Closed
from web.metrics.families import family, histogram, summed


def counted(found: Readings, closed: Closed) -> Iterator[Family]:
    """All meters, their labels closed."""
    for key, labels in LABELS.items():
        if key in BUCKETS:
            names = (*labels, "bucket")
            yield histogram(key, summed((closed.labels(names, each), n) for each, n in found[key].items()))
        else:
            yield family(key, summed((closed.labels(labels, each), n) for each, n in found[key].items()))
