"""One moment of the database, read as a stream however many rows there are."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, Select, func, select

BATCH: Final = 1_000


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """A connection whose reads all see the same moment; holds nobody up, and is rolled back at the end."""
    options: dict[str, Any] = {"reading": True}
    if engine.dialect.name == "postgresql":
        # Otherwise each statement would see what was committed meanwhile.
        options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**options) as connection:
        yield connection


def stream(connection: Connection, statement: Select[Any]) -> Iterator[Row[Any]]:
    """The rows of a statement, fetched in batches: a cursor of the server on PostgreSQL, of the file on SQLite."""
    with connection.execute(statement, execution_options={"yield_per": BATCH}) as result:
        yield from result


def count(connection: Connection, statement: Select[Any]) -> int:
    """How many rows a statement gives."""
    return connection.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0
