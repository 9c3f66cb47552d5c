"""Build the broker of a process from its settings."""

from __future__ import annotations

from collections.abc import Callable

import dramatiq

from callboard.broker.broker import CallboardBroker
from callboard.broker.embedded import find_running
from callboard.broker.errors import ConnectionLost
from callboard.broker.link import Links, Sentinels
from callboard.broker.scripts import Scripts
from callboard.jobs.policy import Retry
from callboard.jobs.settings import Settings, load_settings
from callboard.worker.stack import middleware_stack


def server_url(settings: Settings) -> str:
    """The Redis that the settings name, else our own server if one runs over the home of this process.

    Raises ConnectionLost when neither is there, with what to do.
    """
    if settings.redis_address:
        return settings.redis_address
    running = find_running(settings.store_folder)
    if running is None:
        raise ConnectionLost(f"no server runs in {settings.home}; start one with `callboard up`, or set REDIS_URL")
    return running


def open_links(settings: Settings, url: str | Callable[[], str] | None = None) -> Links:
    """Connections under the policy of the settings; where to is found out when the first one is opened."""
    scripts = Scripts({"EVENTS_CAP": settings.events_cap})
    timeout = settings.redis_timeout.total_seconds()
    where = url or (lambda: server_url(settings))
    return Links(where, scripts, settings.prefix, None if url else _sentinels(settings), socket_timeout=timeout)


def _sentinels(settings: Settings) -> Sentinels | None:
    if not settings.redis_sentinel or settings.redis_address or not settings.redis_enabled:
        return None
    return Sentinels(
        settings.redis_sentinel,
        settings.redis_sentinel_master,
        settings.redis_sentinel_password,
        settings.redis_username,
        settings.redis_password,
        settings.redis_db or 0,
    )


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
    dramatiq.set_broker(broker)
    return broker
