"""Upkeep of a SQLite file, statement by statement, on a connection outside SQLAlchemy's transactions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine

# Rows looked at for each index: statistics of a large table are then a matter of milliseconds, not of minutes.
ANALYSED: Final = 1_000
# Pages of the search index merged, and pages given back, before others may write again.
MERGED: Final = 200
FREED: Final = 1_000
INCREMENTAL: Final = 2


def steps(engine: Engine, vacuum: bool) -> Iterator[tuple[str, str, bool]]:
    """Name, statement and whether it repeats, of each thing to do."""
    with _raw(engine) as raw:
        yield "statistics", "ANALYZE", False
        yield "planner", "PRAGMA optimize", False
        for table in _search_indexes(raw):
            merge = f"INSERT INTO {table}({table}, rank) VALUES ('merge', {MERGED})"  # noqa: S608 - names of our own
            yield f"merge {table}", merge, True
        if vacuum:
            yield "vacuum", "VACUUM", False
        elif _pragma(raw, "auto_vacuum") == INCREMENTAL and _pragma(raw, "freelist_count"):
            yield "free pages", f"PRAGMA incremental_vacuum({FREED})", True
        # Last: what the steps before have written moves out of the log with it.
        yield "checkpoint", "PRAGMA wal_checkpoint(TRUNCATE)", False


def run(engine: Engine, statement: str) -> bool:
    """Do one statement; whether it changed anything, so that it may be worth to do it again."""
    with _raw(engine) as raw:
        raw.execute(f"PRAGMA analysis_limit = {ANALYSED}")
        changes, free = raw.total_changes, _pragma(raw, "freelist_count")
        raw.execute(statement).fetchall()
        # The insert that asks for a merge counts as one change itself (https://www.sqlite.org/fts5.html, 6.8).
        return raw.total_changes - changes >= 2 or bool(_pragma(raw, "freelist_count") < free)


def sizes(engine: Engine) -> dict[str, int]:
    """Bytes of the database, of its free pages and of its write-ahead log."""
    with _raw(engine) as raw:
        page = _pragma(raw, "page_size")
        found = {"database": page * _pragma(raw, "page_count"), "unused": page * _pragma(raw, "freelist_count")}
    log = Path(f"{engine.url.database}-wal")
    return found | {"log": log.stat().st_size if log.exists() else 0}


def _search_indexes(raw: Any) -> list[str]:
    query = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL TABLE%USING fts5%'"
    return [f'"{name}"' for (name,) in raw.execute(query)]


def _pragma(raw: Any, name: str) -> int:
    (value,) = raw.execute(f"PRAGMA {name}").fetchone()
    return int(value)


@contextmanager
def _raw(engine: Engine) -> Iterator[Any]:
    """The driver's own connection, on which each statement is a transaction."""
    connection = engine.raw_connection()
    try:
        yield connection.driver_connection
    finally:
        connection.close()
