"""What the history costs: rows and bytes of its tables, and jobs by type and state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine, func, inspect, quoted_name, select, table, text

from callboard.history.database import Session, reading
from callboard.history.models import JobRow, table_of

JOBS: Final = table_of(JobRow).c
# To tell the tables apart SQLite has to read all of its file; beyond this only the file as a whole is told.
READ_MOST: Final = 256_000_000
SQLITE_TABLES: Final = text(
    "SELECT m.tbl_name, sum(d.pgsize) FROM dbstat('main', 1) d JOIN sqlite_master m ON m.name = d.name"
    " GROUP BY m.tbl_name"
)
POSTGRESQL_TABLES: Final = text(
    "SELECT relname, pg_total_relation_size(oid), reltuples::bigint FROM pg_class"
    " WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
)


@dataclass(frozen=True, slots=True)
class TableSize:
    """A table with its indexes; bytes are None where nobody has looked, rows are `about` where they are estimated."""

    name: str
    rows: int
    bytes: int | None
    about: bool = False


@dataclass(frozen=True, slots=True)
class Sizes:
    """The database as a whole, its tables, the largest first, and the rows of jobs by type and state."""

    kind: str
    bytes: int
    tables: list[TableSize]
    jobs: dict[str, dict[str, int]]


def sizes(engine: Engine) -> Sizes:
    """Everything, which takes a second for a million jobs. Raises SQLAlchemyError when the database is away."""
    with reading(engine) as session:
        sqlite = engine.dialect.name == "sqlite"
        found = _sqlite_tables(session, engine) if sqlite else _postgresql_tables(session)
        whole = _file_bytes(session) if sqlite else sum(one.bytes or 0 for one in found)
        ordered = sorted(found, key=lambda one: (one.bytes or 0, one.rows), reverse=True)
        return Sizes(engine.dialect.name, whole, ordered, _jobs(session))


def _jobs(session: Session) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    counted = select(JOBS.type, JOBS.state, func.count()).group_by(JOBS.type, JOBS.state)
    for type, state, number in session.execute(counted):
        found.setdefault(type, {})[state] = number
    return found


def _file_bytes(session: Session) -> int:
    pages, size = (session.scalar(text(f"PRAGMA {name}")) or 0 for name in ("page_count", "page_size"))
    return int(pages) * int(size)


def _sqlite_tables(session: Session, engine: Engine) -> list[TableSize]:
    known: dict[str, int] = {}
    if _file_bytes(session) <= READ_MOST:
        known = {name: int(size) for name, size in session.execute(SQLITE_TABLES)}
    names = inspect(engine).get_table_names()
    return [TableSize(name, _rows(session, name), known.get(name)) for name in names]


def _rows(session: Session, name: str) -> int:
    return session.scalar(select(func.count()).select_from(table(quoted_name(name, quote=True)))) or 0


def _postgresql_tables(session: Session) -> list[TableSize]:
    rows = session.execute(POSTGRESQL_TABLES)
    return [TableSize(name, max(0, number), int(size), about=True) for name, size, number in rows]
