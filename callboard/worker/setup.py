"""Build the broker of a process from its settings."""

from __future__ import annotations

import dramatiq

from callboard.broker.broker import CallboardBroker
from callboard.broker.connect import open_links
from callboard.jobs.masking import masker
from callboard.jobs.policy import Retry
from callboard.jobs.settings import Settings, load_settings
from callboard.worker.stack import middleware_stack


def set_up(url: str | None = None, settings: Settings | None = None) -> CallboardBroker:
    """Make a broker with the whole middleware stack and set it as Dramatiq's broker of this process."""
    settings = settings or load_settings()
    retry = Retry(
        attempts=settings.max_job_attempts,
        first=settings.retry_base_delay.total_seconds(),
        at_most=settings.retry_max_delay.total_seconds(),
    )
    links = open_links(settings, url)
    broker = CallboardBroker(links, middleware=middleware_stack(settings), default_retry=retry)
    broker.mask = masker(settings)
    dramatiq.set_broker(broker)
    return broker
