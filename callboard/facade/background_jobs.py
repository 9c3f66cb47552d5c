"""S1's calls for watching: the health of queues and workers, what workers did, what went wrong between two dates."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from callboard.broker.broker import CallboardBroker, broker_of_process
from callboard.broker.connect import open_links
from callboard.broker.errors import ConnectionLost
from callboard.broker.store import Store
from callboard.facade.job_words import QueueStats
from callboard.jobs.settings import load_settings
from callboard.jobs.states import ACTIVE, COMPLETED, FAILED, STATES

# SQL is imported by what asks for it: a process that only enqueues or works is smaller without.
if TYPE_CHECKING:
    from callboard.history.database import Engine
    from callboard.history.statistics import ErrorStatistics


@dataclass(frozen=True, slots=True)
class HealthDetails:
    """What health was judged by: jobs in each state over all queues, running workers, whether Redis answers."""

    queue_status: QueueStats | None = None
    workers: int = 0
    redis: bool = False
    error: str | None = None

    @property
    def queueStatus(self) -> QueueStats | None:
        """S1's spelling."""
        return self.queue_status


@dataclass(frozen=True, slots=True)
class BackgroundJobsHealth:
    """Healthy is a server that answers and at least one worker that runs."""

    healthy: bool
    details: HealthDetails = field(default_factory=HealthDetails)


@dataclass(frozen=True, slots=True)
class WorkerStats:
    """Jobs that ran to an end, those of them that failed, and those that run now."""

    processed: int
    failed: int
    active: int


def check_background_jobs_health(broker: CallboardBroker | None = None) -> BackgroundJobsHealth:
    """Whether background jobs can run now; a server that is away is an answer and no error."""
    with _store(broker) as store:
        return health_of(store)


def health_of(store: Store, queue: str | None = None) -> BackgroundJobsHealth:
    """The same by the reads of a process, of one queue with the workers that serve it where one is named."""
    try:
        counts = _counts(store, [queue] if queue else store.queues())
        serving = [one for one in store.workers() if queue is None or queue in one.about.get("queues", ())]
    except ConnectionLost as error:
        return BackgroundJobsHealth(False, HealthDetails(error=str(error)))
    return BackgroundJobsHealth(bool(serving), HealthDetails(QueueStats(**counts), len(serving), redis=True))


def get_worker_stats(queue: str | None = None, broker: CallboardBroker | None = None) -> WorkerStats:
    """What the workers of one queue, or of all, have done: as far back as the history goes, else as Redis keeps jobs.

    Raises ConnectionLost.
    """
    from callboard.history.opening import find_history
    from callboard.history.totals import totals

    with _store(broker) as store:
        counts = _counts(store, [queue] if queue else store.queues())
    engine = find_history(load_settings().sql_url)
    if engine:
        try:
            counts |= totals(engine, queue)
        finally:
            engine.dispose()
    return WorkerStats(counts[COMPLETED] + counts[FAILED], counts[FAILED], counts[ACTIVE])


class JobErrorHandler:
    """S1's name for what is known of failures; retries and notifications are the engine's own."""

    @staticmethod
    def get_error_statistics(start: datetime, end: datetime, database: Engine | None = None) -> ErrorStatistics:
        """The failures from `start` to before `end`, aware datetimes: in all, by class, type, queue and day.

        Raises ValueError for times that make no sense, SchemaError where there are no tables.
        """
        from callboard.history.database import connect
        from callboard.history.schema import HISTORY
        from callboard.history.statistics import error_statistics

        if database is not None:
            return error_statistics(database, start, end)
        engine = connect(load_settings().sql_url)
        try:
            HISTORY.require_current(engine)
            return error_statistics(engine, start, end)
        finally:
            engine.dispose()

    getErrorStatistics = get_error_statistics


checkBackgroundJobsHealth = check_background_jobs_health
getWorkerStats = get_worker_stats


@contextmanager
def _store(broker: CallboardBroker | None) -> Iterator[Store]:
    """The reads of the broker given, of that of this process, or of a connection for the length of the block."""
    found = broker or broker_of_process()
    links = found.links if found else open_links(load_settings())
    try:
        yield Store(links)
    finally:
        if not found:
            links.close()


def _counts(store: Store, queues: list[str]) -> dict[str, int]:
    counts = [store.counts(name) for name in queues]
    return {state: sum(one[state] for one in counts) for state in STATES}
