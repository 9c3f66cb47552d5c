"""Statements that only read, and end after so many seconds."""

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
        self.until = time.monotonic() + seconds
        self._told = float("inf")

    @property
    def left(self) -> float:
        """Seconds that are left; negative when time is up."""
        return self.until - time.monotonic()

    def rows(self, statement: Select[Any], values: dict[str, Any] | None = None) -> list[Row[Any]]:
        """The rows of a statement. Raises TimeUp; on PostgreSQL nothing more can be asked on this connection then."""
        if self.left <= 0:
            raise TimeUp
        if self.dialect == "postgresql":
            self._tell_server()
        try:
            return list(self.connection.execute(statement, values))
        except DBAPIError as error:
            if _was_ended(error):
                raise TimeUp from None
            raise

    def _tell_server(self) -> None:
        """Set the limit of the next statements, anew only when the last one says far too much."""
        if self.left > self._told * 0.8:
            return
        self._told = self.left
        limit = func.set_config("statement_timeout", f"{max(1, round(self.left * 1000))}ms", True)
        # Compiling a statement takes longer than these run.
        self.connection.execute(select(limit, func.set_config("jit", "off", True)))

    def over(self) -> bool:
        """Whether time is up: asked by SQLite, which stops when told so."""
        return self.left <= 0


def _was_ended(error: DBAPIError) -> bool:
    ended = isinstance(error, OperationalError) and str(error.orig) == "interrupted"
    return ended or getattr(error.orig, "sqlstate", None) == CANCELED


@contextmanager
def limited(connection: Connection, seconds: float) -> Iterator[Limited]:
    """Statements that take so many seconds at most, all together, in a transaction of their own that only reads."""
    limits = Limited(connection, seconds)
    driver: Any = connection.connection.driver_connection
    on_sqlite = limits.dialect == "sqlite"
    if on_sqlite:
        driver.set_progress_handler(limits.over, STEPS)
    try:
        yield limits
    finally:
        if on_sqlite:
            driver.set_progress_handler(None, 0)
        connection.rollback()


@contextmanager
def looking(engine: Engine) -> Iterator[Connection]:
    """A connection that only reads: on SQLite it holds nobody up and waits for nobody."""
    with engine.connect().execution_options(reading=True) as connection:
        yield connection
