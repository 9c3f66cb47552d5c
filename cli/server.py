"""The server of this command: its settings, connections, and the engine's two sides over them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from callboard.broker.client import Client
    from callboard.broker.control import Control
    from callboard.broker.link import Links
    from callboard.broker.store import Store
    from callboard.broker.stream import Stream
    from callboard.history.database import Engine
    from callboard.jobs.settings import Settings


@cache
def settings() -> Settings:
    """The settings of this process. Raises SettingsError."""
    from callboard.jobs.settings import load_settings

    return load_settings()


@cache
def links() -> Links:
    """Connections to the server; opened when first used. Raises ConnectionLost when none is to be found."""
    from callboard.broker.connect import open_links

    return open_links(settings())


@cache
def store() -> Store:
    """The read side."""
    from callboard.broker.store import Store

    return Store(links())


@cache
def database() -> Engine:
    """The database of the settings. Raises SchemaError when its tables are not the ones of this code."""
    from callboard.history.database import connect
    from callboard.history.schema import HISTORY

    engine = connect(settings().sql_url)
    HISTORY.require_current(engine)
    return engine


@cache
def client() -> Client:
    """The verbs of jobs."""
    from callboard.broker.client import Client

    return Client(links())


@cache
def control() -> Control:
    """The verbs of queues."""
    from callboard.broker.control import Control

    return Control(links())


def stream(after: str = "$") -> Stream:
    """A reader of events with a connection of its own."""
    from callboard.broker.stream import Stream

    return Stream(links(), after)


@cache
def platform() -> Any:
    """The broker with all job types of the platform declared on it; imports every one of them."""
    import actors

    return actors.broker


def known_queue(name: str) -> str:
    """The name of a queue that exists. Raises ValueError for what is no name, UnknownQueue with what was meant."""
    from callboard.broker.errors import UnknownQueue
    from callboard.jobs.policy import queue_slug
    from cli.words import unknown

    slug, names = queue_slug(name), store().queues()
    if slug in names:
        return slug
    if slug in platform().get_declared_queues():
        return slug
    raise UnknownQueue(unknown("queue", name, names, f"known are {', '.join(names) or 'none yet'}"))


def known_type(name: str) -> Any:
    """The declared type of a name, however it is spelt. Raises UnknownType with what was meant."""
    from callboard.broker.errors import UnknownType
    from callboard.jobs.policy import type_slug
    from cli.words import unknown

    declared = platform().actors
    slug = type_slug(name)
    if slug not in declared:
        raise UnknownType(unknown("type", name, list(declared), "`callboard types` lists them"))
    return declared[slug]
