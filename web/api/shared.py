"""What many look at at once: all queues and workers, the events of a job."""

from __future__ import annotations

from typing import Final

from callboard.broker.overview import Overview, overview
from callboard.history.job_events import EventPage, job_events
from callboard.jobs.record import Job
from research.notifications.attention import attention
from research.notifications.finding import Finding
from web.services import here

# About so many commands a page of events costs, and so many seconds it is shared by few readers and by many.
EVENTS_COST: Final = 2
EVENTS_SECONDS: Final = 1.0
EVENTS_SECONDS_MOST: Final = 60.0
ATTENTION_SECONDS: Final = 3.0


def shared_overview() -> Overview:
    """All queues and workers, fresh where few look and some seconds old where many do."""
    return overview(here().store)


def shared_events(job: Job, cursor: str | None, limit: int) -> EventPage:
    """A page of the events of a job, while it stays in its state as old as many readers make it. Raises ValueError."""
    services = here()
    budget = services.reads.budget

    def read() -> EventPage:
        budget.pay(EVENTS_COST)
        return job_events(services.engine, services.links, job, cursor, limit)

    seconds = EVENTS_SECONDS if budget.left() > 0 else EVENTS_SECONDS_MOST
    return services.kept.get(("job events", job.id, job.state, cursor, limit), seconds, read)


def shared_attention(*, silenced: bool = False) -> list[Finding]:
    """What needs attention, some seconds old at most: to find out takes a look at everything."""
    services = here()
    made = services.kept.get(
        "attention", ATTENTION_SECONDS, lambda: attention(services.store, services.engine, silenced=True)
    )
    now_ms = services.store.now_ms()
    return [finding for finding in made if silenced or (finding.silenced_until_ms or 0) <= now_ms]
