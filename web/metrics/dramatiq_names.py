"""The same numbers under the seven names of Dramatiq's own middleware, for dashboards that were made for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.core import Metric as Family

from callboard.history.meters import INFINITY, RUN_BUCKETS, SUM, Readings
from callboard.jobs.states import ACTIVE, DELAYED
from web.metrics.closed import Closed
from web.metrics.families import summed
from web.metrics.queues import Lines

LABELS: Final = ("queue_name", "actor_name")
OF_LINE: Final = ("queue", "type")


def dramatiq_names(found: Readings, lines: Lines | None, closed: Closed) -> Iterator[Family]:
    """Dramatiq's seven metrics.

    Redis counts active and delayed jobs by queue only, so these two gauges have the actor's name `other`.
    """
    finished = found["finished"].items()
    yield _counter("messages", "Messages that are over.", (((q, t), n) for (q, t, _), n in finished), closed)
    rejected = (((q, t), n) for (q, t, outcome), n in finished if outcome == "failed")
    yield _counter("message_rejects", "Messages that have failed for good.", rejected, closed)
    attempts = found["attempts_finished"].items()
    wrong = (((q, t), n) for (q, t, outcome), n in attempts if outcome in ("retry", "failed", "lost"))
    yield _counter("message_errors", "Attempts that failed.", wrong, closed)
    again = (((q, t), n) for (q, t, outcome), n in attempts if outcome == "retry")
    yield _counter("message_retries", "Attempts that are followed by another.", again, closed)
    yield _gauge("messages_inprogress", "Messages that are processed now.", lines, ACTIVE, closed)
    yield _gauge("delayed_messages_inprogress", "Messages that are delayed now.", lines, DELAYED, closed)
    yield _durations(found, closed)


def _counter(name: str, about: str, pairs: Iterable[tuple[tuple[str, ...], float]], closed: Closed) -> Family:
    made = CounterMetricFamily(f"dramatiq_{name}", about, labels=LABELS)
    for labels, value in sorted(summed((closed.labels(OF_LINE, labels), n) for labels, n in pairs).items()):
        made.add_metric(labels, value)
    return made


def _gauge(name: str, about: str, lines: Lines | None, state: str, closed: Closed) -> Family:
    made = GaugeMetricFamily(f"dramatiq_{name}", about, labels=LABELS)
    queues = lines.overview.queues.values() if lines else ()
    for (queue,), value in sorted(
        summed(((closed.of("queue", q["name"]),), q["counts"][state]) for q in queues).items()
    ):
        made.add_metric((queue, "other"), value)
    return made


def _durations(found: Readings, closed: Closed) -> Family:
    made = HistogramMetricFamily(
        "dramatiq_message_duration_milliseconds", "How long attempts ran whose body came to an end.", labels=LABELS
    )
    names = (*OF_LINE, "bucket")
    held = summed((closed.labels(names, labels), n) for labels, n in found["run_duration_seconds"].items())
    for line in sorted({labels[:2] for labels in held}):
        total, buckets = 0.0, []
        for bound in (*RUN_BUCKETS, None):
            total += held.get((*line, INFINITY if bound is None else f"{bound:g}"), 0.0)
            buckets.append((INFINITY if bound is None else f"{bound * 1000:g}", total))
        made.add_metric(line, buckets, held.get((*line, SUM), 0.0) * 1000)
    return made
