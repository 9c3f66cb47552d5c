"""Which server a process talks to, and under which policy, from its settings."""

from __future__ import annotations

from collections.abc import Callable

from callboard.broker.embedded import find_running
from callboard.broker.errors import ConnectionLost
from callboard.broker.link import Links, Sentinels
from callboard.broker.scripts import Scripts
from callboard.jobs.settings import Settings


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
    scripts = Scripts({"EVENTS_CAP": settings.events_cap, "EVENTS_KEPT": settings.events_kept})
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
