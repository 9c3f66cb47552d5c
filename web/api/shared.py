"""What many look at at once: all queues and workers, the events of a job."""

from __future__ import annotations

from typing import Final

from callboard.broker.overview import Overview, overview
from callboard.broker.stream import Event, events_after, place
from callboard.history.job_events import EventPage, job_events
from callboard.jobs.record import Job
from research.notifications.attention import attention
from research.notifications.finding import Finding
from web.live.live import live
from web.services import here
from web.shared_reads import may_share

# So many seconds a page of events is shared by few readers and by many.
EVENTS_SECONDS: Final = 1.0
EVENTS_SECONDS_MOST: Final = 60.0
ATTENTION_SECONDS: Final = 5.0


def shared_overview() -> Overview:
    """All queues and workers, fresh where few look and some seconds old where many do."""
    return overview(here().store)


def shared_events(job: Job, cursor: str | None, limit: int) -> EventPage:
    """A page of the events of a job, while it stays in its state as old as many readers make it. Raises ValueError."""
    services = here()
    seconds = EVENTS_SECONDS if services.reads.budget.left() > 0 else EVENTS_SECONDS_MOST
    about = ("job events", job.id, job.state, cursor, limit)
    return services.kept.get(about, seconds, lambda: job_events(services.engine, _events_after, job, cursor, limit))


def _events_after(after: str, count: int) -> list[Event]:
    """Events out of the memory of the live stream, else out of the stream itself."""
    services, recent = here(), None
    if may_share(services.last_acts) and services.reads.hears():
        recent = live().hub.events_since(place(after), count)
    if recent is None:
        services.reads.budget.pay(1)
        recent = events_after(services.links, after, count)
    return recent


def shared_attention(*, silenced: bool = False) -> list[Finding]:
    """What needs attention, some seconds old at most: to find out takes a look at everything."""
    services = here()
    made = services.kept.get(
        "attention", ATTENTION_SECONDS, lambda: attention(services.store, services.engine, silenced=True)
    )
    now_ms = services.store.now_ms()
    return [finding for finding in made if silenced or (finding.silenced_until_ms or 0) <= now_ms]
