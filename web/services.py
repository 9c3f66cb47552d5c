"""What views work with: the settings, stores and verbs of one application."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from flask import current_app

from callboard.broker.budget import Budget
from callboard.broker.client import Client
from callboard.broker.connect import open_links
from callboard.broker.control import Control
from callboard.broker.link import Links
from callboard.broker.shared_links import SharedLinks
from callboard.broker.store import Store
from callboard.history.database import connect
from callboard.history.durations import RecentDurations
from callboard.history.schema import HISTORY
from callboard.jobs.clock import wall_ms
from callboard.jobs.masking import Mask, masker
from callboard.jobs.settings import Settings
from web.bulk_threads import BulkThreads
from web.kept import Kept
from web.shared_reads import LastActs, may_share

if TYPE_CHECKING:
    from callboard.history.database import Engine
    from research.files import FileStore

NAME: Final = "callboard"


@dataclass(frozen=True)
class Services:
    """Everything is made from the settings when it is first needed, and lives as long as the application."""

    settings: Settings

    @cached_property
    def links(self) -> Links:
        """Connections to Redis."""
        return open_links(self.settings)

    @cached_property
    def client(self) -> Client:
        """The verbs of jobs."""
        return Client(self.links)

    @cached_property
    def control(self) -> Control:
        """The verbs of queues."""
        return Control(self.links)

    @cached_property
    def reads(self) -> SharedLinks:
        """The same connections for reading, which all who look share."""
        return SharedLinks(self.links, lambda: may_share(self.last_acts), Budget())

    @cached_property
    def store(self) -> Store:
        """The live state, as all who look share it; who acts reads it anew."""
        return Store(self.reads)

    @cached_property
    def engine(self) -> Engine:
        """The database. Raises SchemaError when its tables are not those of this code."""
        engine = connect(self.settings.sql_url)
        HISTORY.require_current(engine)
        return engine

    @cached_property
    def durations(self) -> RecentDurations:
        """How long jobs of a type take, some seconds old at most."""
        return RecentDurations(self.engine)

    @cached_property
    def bulk_threads(self) -> BulkThreads:
        """What bulk acts run in."""
        return BulkThreads()

    @cached_property
    def last_acts(self) -> LastActs:
        """When each caller has changed something last."""
        return LastActs()

    @cached_property
    def kept(self) -> Kept:
        """Answers that all who look share for some seconds."""
        return Kept(lambda: may_share(self.last_acts))

    @cached_property
    def files(self) -> FileStore:
        """The store of uploaded and produced files."""
        from research.files import FileStore

        return FileStore(self.settings.files_folder)

    @cached_property
    def types(self) -> dict[str, Any]:
        """The job types of the platform by name."""
        import actors

        return dict(actors.broker.actors)

    @cached_property
    def mask(self) -> Mask:
        """Hides secrets in what is shown."""
        return masker(self.settings)

    def now_ms(self) -> int:
        """The time of this machine, for what only people read."""
        return wall_ms()


def here() -> Services:
    """The services of the application that answers now."""
    services: Services = current_app.extensions[NAME]
    return services
