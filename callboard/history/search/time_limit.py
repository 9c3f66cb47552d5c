"""A connection that only reads, and statements on it that end after so many seconds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, func, select
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.sql import Select

# So often SQLite asks whether to go on: every tenth of a millisecond, more or less.
STEPS: Final = 2_000
CANCELED: Final = "57014"


class TimeUp(Exception):
    """Raised when a statement was ended because its time was up."""


class Limited:
    """Runs statements on a connection until a moment that all of them share."""

    def __init__(self, connection: Connection, seconds: float) -> None:
        self.connection = connection
        self.dialect = connection.dialect.name
        self.allow(seconds)

    def allow(self, seconds: float) -> None:
        """Let what follows take so many seconds from now on."""
        self.until = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds that are left; negative when time is up."""
        return self.until - time.monotonic()

    def rows(self, statement: Select[Any], values: dict[str, Any] | None = None) -> list[Row[Any]]:
        """The rows of a statement. Raises TimeUp; on PostgreSQL nothing more can be asked on this connection then."""
        if self.left <= 0:
            raise TimeUp
        if self.dialect == "postgresql":
            limit = f"{max(1, round(self.left * 1000))}ms"
            self.connection.execute(select(func.set_config("statement_timeout", limit, True)))
        try:
            return list(self.connection.execute(statement, values))
        except DBAPIError as error:
            if _was_ended(error):
                raise TimeUp from None
            raise

    def over(self) -> bool:
        """Whether time is up: asked by SQLite, which stops when told so."""
        return self.left <= 0


def _was_ended(error: DBAPIError) -> bool:
    ended = isinstance(error, OperationalError) and str(error.orig) == "interrupted"
    return ended or getattr(error.orig, "sqlstate", None) == CANCELED


@contextmanager
def limited(engine: Engine, seconds: float) -> Iterator[Limited]:
    """A connection for reading whose statements take so many seconds at most, all together."""
    with engine.connect().execution_options(reading=True) as connection:
        limits = Limited(connection, seconds)
        if limits.dialect != "sqlite":
            # Compiling a statement takes longer than these run.
            connection.execute(select(func.set_config("jit", "off", True)))
            yield limits
            return
        driver: Any = connection.connection.driver_connection
        driver.set_progress_handler(limits.over, STEPS)
        try:
            yield limits
        finally:
            driver.set_progress_handler(None, 0)
