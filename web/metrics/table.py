"""The table of metrics: name, kind, labels and meaning; docs, answers and tests are made from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from callboard.history.meters import BUCKETS

COUNTER, GAUGE, HISTOGRAM = "counter", "gauge", "histogram"
FLEET, PROCESS = "fleet", "process"
HTTP_BUCKETS: Final = (0.05, 0.25, 1.0)
DELIVERY_BUCKETS: Final = (0.05, 0.15, 0.5, 1.0, 5.0)
ROUNDTRIP_BUCKETS: Final = (0.001, 0.005, 0.025, 0.1, 1.0)


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric; `of` says whether it tells of all processes together or of the one that answers."""

    name: str
    kind: str
    labels: tuple[str, ...]
    about: str
    of: str = FLEET
    buckets: tuple[float, ...] = ()

    @property
    def key(self) -> str:
        """Its name without prefix and ending, under which it is counted."""
        return self.name.removeprefix("callboard_").removesuffix("_total")

    @property
    def series(self) -> tuple[str, ...]:
        """The names under which its values are scraped."""
        if self.kind != HISTOGRAM:
            return (self.name,)
        return (f"{self.name}_bucket", f"{self.name}_sum", f"{self.name}_count")


def _counter(name: str, *labels: str, about: str, of: str = FLEET) -> Metric:
    return Metric(f"callboard_{name}_total", COUNTER, labels, about, of)


def _gauge(name: str, *labels: str, about: str, of: str = FLEET) -> Metric:
    return Metric(f"callboard_{name}", GAUGE, labels, about, of)


def _histogram(
    name: str, *labels: str, about: str, of: str = FLEET, buckets: tuple[float, ...] | None = None
) -> Metric:
    return Metric(f"callboard_{name}", HISTOGRAM, labels, about, of, buckets or BUCKETS[name])


METRICS: Final = (
    # Jobs: counted from the events, once each, in the transaction that records them.
    _counter("enqueued", "queue", "type", about="Jobs that were accepted."),
    _counter("started", "queue", "type", about="Attempts that were started."),
    _counter("finished", "queue", "type", "outcome", about="Jobs that are over: completed, failed or cancelled."),
    _counter(
        "attempts_finished",
        "queue",
        "type",
        "outcome",
        about="Attempts that are over: completed, retry, failed, released, cancelled or lost.",
    ),
    _counter("attempt_errors", "type", "error_class", about="Attempts that failed, by the class of their error."),
    _counter("rescued", "queue", about="Jobs whose worker died or stood still and that were taken up again."),
    _counter("throttled", "queue", about="Times that a job was held back by a limit instead of run."),
    _histogram("run_duration_seconds", "queue", "type", about="How long attempts ran whose body came to an end."),
    _histogram("wait_duration_seconds", "queue", about="From ready to started; a deliberate delay is not in it."),
    _histogram("total_duration_seconds", "queue", about="From enqueued to finished, with all delays and attempts."),
    _histogram("payload_bytes", "type", about="Size of the arguments of jobs, as JSON."),
    # Queues and workers: read at the scrape.
    _gauge("queue_jobs", "queue", "state", about="Jobs that are waiting, delayed, active or failed now."),
    _gauge(
        "queue_oldest_waiting_age_seconds",
        "queue",
        about="How long the oldest of the next jobs has been ready to run; 0 where none waits.",
    ),
    _gauge("queue_paused", "queue", about="1 while somebody has paused the queue."),
    _gauge("queue_throttled", "queue", about="1 while a limit of the queue holds all that waits in it."),
    _gauge("queue_concurrency_limit", "queue", about="Jobs at a time over all workers; absent without a limit."),
    _gauge("stuck_jobs", "queue", about="Active jobs whose lease, time limit or progress is overdue."),
    _gauge("workers", "queue", about="Worker processes that serve the queue."),
    _gauge(
        "worker_slots",
        "queue",
        "state",
        about="busy: jobs of the queue that run; idle: free threads of workers that serve it, and perhaps others.",
    ),
    _gauge("worker_heartbeat_age_max_seconds", about="How long ago the most silent worker renewed its lease."),
    # Flows and schedules.
    _gauge("flows_active", "pipeline", about="Flows that run."),
    _counter("flows_finished", "pipeline", "outcome", about="Flows that are over: completed or failed."),
    _gauge("schedule_last_success_timestamp_seconds", "schedule", about="When a job of the schedule completed last."),
    _gauge("schedule_next_run_timestamp_seconds", "schedule", about="When it is due next; absent while it is paused."),
    _counter("schedule_missed", "schedule", about="Times of the schedule that passed without a job."),
    # The machinery.
    _gauge("scheduler_is_leader", about="1 while some scheduler does what only one of them may do."),
    _gauge("recorder_lag_seconds", about="Age of the oldest event that is not recorded."),
    _gauge("recorder_lag_events", about="Events that are not recorded; beyond a thousand an estimate."),
    _gauge("event_stream_length", about="Events that Redis holds."),
    _gauge("live_clients", "transport", about="Clients of the live stream, by sse or websocket.", of=PROCESS),
    _counter("live_resyncs", about="Times that a client had to fetch anew because it had missed events.", of=PROCESS),
    _histogram(
        "live_delivery_seconds",
        about="From an event, by the clock of Redis, to its being sent to a client.",
        of=PROCESS,
        buckets=DELIVERY_BUCKETS,
    ),
    _counter("live_reader_restarts", about="Times that the reader of the live stream began anew.", of=PROCESS),
    _counter("http_requests", "method", "route", "code", about="Requests that were answered.", of=PROCESS),
    _histogram(
        "http_request_duration_seconds",
        "method",
        "route",
        "code",
        about="How long answers took; of a stream, its beginning.",
        of=PROCESS,
        buckets=HTTP_BUCKETS,
    ),
    _counter(
        "webhook_deliveries",
        "outcome",
        about="Times that an event was sent: delivered, retrying, failed or dropped.",
    ),
    _counter("notifications", "outcome", about="Mails, notices and webhooks that were decided on: sent or refused."),
    _counter("provider_tokens", "type", "provider", "direction", about="Tokens that AI providers charged, in and out."),
    _counter("cost_usd", "type", "provider", about="US dollars that calls of AI providers cost."),
    _gauge("cost_cap_usd", about="The cap of a month that is set for alerts (rule budget); absent without one."),
    _gauge("redis_up", about="1 while Redis answers."),
    _histogram(
        "redis_roundtrip_seconds",
        about="Time of one command to Redis, measured once a scrape.",
        of=PROCESS,
        buckets=ROUNDTRIP_BUCKETS,
    ),
    _gauge("redis_memory_bytes", about="Memory that Redis uses."),
    _gauge("redis_noeviction", about="1 while Redis keeps every key when its memory is full."),
    _gauge("sql_up", about="1 while the database answers."),
    _gauge(
        "build_info",
        "version",
        "revision",
        "python",
        "dramatiq",
        about="What runs here; a change of it is a deploy.",
        of=PROCESS,
    ),
)
BY_NAME: Final = {metric.name: metric for metric in METRICS}
BY_KEY: Final = {metric.key: metric for metric in METRICS}
