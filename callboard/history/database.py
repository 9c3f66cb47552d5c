"""Connections to the SQL database: SQLite by default, PostgreSQL by its URL."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, FromClause, create_engine, event, make_url, text
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

__all__ = ["Engine", "Session", "connect", "normalised_url", "reading", "writing"]

BUSY_TIMEOUT_MS = 15_000
LOOK_AGAIN = 0.001
POSTGRES_NAMES = ("postgres", "postgresql", "postgresql+psycopg", "postgresql+psycopg2")


def normalised_url(url: str) -> URL:
    """The URL with the driver this project ships: `postgres://` (Heroku's spelling) becomes psycopg 3."""
    parsed = make_url(url)
    if parsed.drivername in POSTGRES_NAMES:
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername in ("sqlite", "sqlite+pysqlite"):
        return parsed.set(drivername="sqlite")
    raise ValueError(f"a database URL begins with sqlite:// or postgresql://, got {parsed.drivername}://")


def connect(url: str, **options: Any) -> Engine:
    """An engine for the URL; a SQLite file's folder is made, and its locking set up for many processes."""
    target = normalised_url(url)
    if target.drivername != "sqlite":
        return create_engine(target, pool_pre_ping=True, **options)
    if target.database and target.database != ":memory:":
        Path(target.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(target, **options)
    engine.dialect.statement_compiler = IndexHints
    event.listen(engine, "connect", prepare_sqlite)
    event.listen(engine, "begin", begin_sqlite)
    return engine


class IndexHints(SQLiteCompiler):
    """Writes a hint after its table, so that `with_hint(table, "INDEXED BY ...")` means on SQLite what it says."""

    def get_from_hint_text(self, table: FromClause, text: str | None) -> str | None:
        """The hint as it is given."""
        return text


def prepare_sqlite(connection: Any, _record: Any) -> None:
    """Let readers go on during a write, wait for a lock instead of failing, and keep foreign keys."""
    # The driver's own BEGIN is deferred, and would fail with "database is locked" in the middle of a transaction.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        "synchronous = NORMAL",
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def begin_sqlite(connection: Connection) -> None:
    """Take the write lock at the start, so that a transaction waits once and never has to be repeated."""
    if connection.get_execution_options().get("reading"):
        connection.exec_driver_sql("BEGIN")
        return
    raw: Any = connection.connection.driver_connection
    # SQLite's own wait looks again each tenth of a second in the end: beside processes that write one batch after the
    # other it would nearly always come amid the next batch, and give up.
    raw.execute("PRAGMA busy_timeout = 0")
    try:
        deadline = time.monotonic() + BUSY_TIMEOUT_MS / 1000
        while not _begun(raw) and time.monotonic() < deadline:
            time.sleep(LOOK_AGAIN)
        if not raw.in_transaction:
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # for its error
    finally:
        raw.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")


def _begun(raw: Any) -> bool:
    try:
        raw.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """A session that is committed at the end and rolled back on an error."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session that only reads: on SQLite it holds nobody up and waits for nobody."""
    with engine.connect().execution_options(reading=True) as connection, Session(connection) as session:
        yield session


def is_there(engine: Engine) -> bool:
    """Whether the database answers."""
    try:
        with reading(engine) as session:
            session.execute(text("SELECT 1"))
    except DBAPIError:
        return False
    return True
