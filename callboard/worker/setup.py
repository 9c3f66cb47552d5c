"""Build the broker of a process from its settings."""

from __future__ import annotations

import dramatiq

from callboard.broker.broker import CallboardBroker
from callboard.broker.link import Links
from callboard.broker.scripts import Scripts
from callboard.jobs.settings import Settings, load_settings
from callboard.worker.stack import middleware_stack


def open_links(settings: Settings, url: str) -> Links:
    """Connections to the server at a URL, under the policy of the settings."""
    scripts = Scripts({"EVENTS_CAP": settings.events_cap})
    return Links(url, scripts, settings.prefix, socket_timeout=settings.redis_timeout.total_seconds())


def set_up(url: str, settings: Settings | None = None) -> CallboardBroker:
    """Make a broker with the whole middleware stack and set it as Dramatiq's broker of this process."""
    settings = settings or load_settings()
    broker = CallboardBroker(open_links(settings, url), middleware=middleware_stack(settings))
    dramatiq.set_broker(broker)
    return broker
