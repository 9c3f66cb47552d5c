"""What the duties of a scheduler work with."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from callboard.broker.client import Client
from callboard.broker.connect import open_links
from callboard.broker.link import Links
from callboard.broker.scheduled import Types
from callboard.broker.store import Store
from callboard.history.database import Engine, connect
from callboard.history.reconciler import Reconciler
from callboard.jobs.identity import new_id
from callboard.jobs.settings import Settings
from callboard.worker.declared import declared_types
from scheduler.clock import ServerClock


@dataclass(frozen=True, slots=True)
class Services:
    """Both stores, the clock that decides, and the types that this release knows; `name` is that of this process."""

    settings: Settings
    engine: Engine
    links: Links
    types: Types
    clock: ServerClock
    reconciler: Reconciler
    name: str
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def client(self) -> Client:
        """The verbs of jobs."""
        return Client(self.links)

    def close(self) -> None:
        """Close all connections."""
        self.links.close()
        self.engine.dispose()


def open_services(settings: Settings, modules: Sequence[str]) -> Services:
    """The services of a process; connections are opened when first used. Raises ImportError for a module."""
    types = declared_types(modules)
    links = open_links(settings)
    name = f"{socket.gethostname()}-{os.getpid()}-{new_id()[-6:].lower()}"
    engine = connect(settings.sql_url)
    clock, reconciler = ServerClock(Store(links).now_ms), Reconciler(engine, links)
    return Services(settings, engine, links, types, clock, reconciler, name)
