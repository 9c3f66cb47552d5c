"""The server of this command: its settings, connections, and the engine's two sides over them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callboard.broker.client import Client
    from callboard.broker.control import Control
    from callboard.broker.link import Links
    from callboard.broker.store import Store
    from callboard.broker.stream import Stream
    from callboard.history.database import Engine
    from callboard.jobs.settings import Settings
    from cli.api import Api
    from cli.remote import RemoteStore

_reached: list[Api] = []


def reach(url: str | None, token: str | None) -> None:
    """Talk to the board at this address over its API from now on; straight to the server without one."""
    _reached.clear()
    if url:
        from cli.api import Api

        _reached.append(Api(url, token))
        for straight in (store, client, control):
            straight.cache_clear()


def remote() -> RemoteStore | None:
    """The read side over the API, None where the server is talked to straight."""
    return store() if _reached else None  # type: ignore[return-value]


def _straight() -> None:
    """Refuse what only the server itself can be asked. Raises Stop."""
    if _reached:
        import click

        from cli.failures import USAGE, Stop

        context = click.get_current_context(silent=True)
        name = context.command_path if context else "this"
        raise Stop(USAGE, f"{name} cannot go over the API: leave out --url and CALLBOARD_URL, where the server is")


@cache
def settings() -> Settings:
    """The settings of this process. Raises SettingsError."""
    from callboard.jobs.settings import load_settings

    return load_settings()


@cache
def links() -> Links:
    """Connections to the server; opened when first used. Raises ConnectionLost when none is to be found."""
    from callboard.broker.connect import open_links

    _straight()
    return open_links(settings())


@cache
def store() -> Store:
    """The read side."""
    if _reached:
        from cli.remote import RemoteStore

        return RemoteStore(_reached[0])  # type: ignore[return-value]
    from callboard.broker.store import Store

    return Store(links())


@cache
def database() -> Engine:
    """The database of the settings. Raises SchemaError when its tables are not the ones of this code."""
    from callboard.history.database import connect
    from callboard.history.schema import HISTORY

    _straight()
    engine = connect(settings().sql_url)
    HISTORY.require_current(engine)
    return engine


@cache
def client() -> Client:
    """The verbs of jobs."""
    if _reached:
        from cli.remote import RemoteClient

        return RemoteClient(_reached[0])  # type: ignore[return-value]
    from callboard.broker.client import Client

    return Client(links())


@cache
def control() -> Control:
    """The verbs of queues."""
    if _reached:
        from cli.remote import RemoteControl

        return RemoteControl(_reached[0])  # type: ignore[return-value]
    from callboard.broker.control import Control

    return Control(links())


def stream(after: str = "$", ids: Sequence[str] = ()) -> Stream:
    """A reader of events with a connection of its own; `ids` are the jobs that it is wanted for, if not for all."""
    if _reached:
        from cli.remote_stream import NEWEST, RemoteStream

        return RemoteStream(_reached[0], NEWEST if after == "$" else after, ids)  # type: ignore[return-value]
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
    if not _reached and slug in platform().get_declared_queues():
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
