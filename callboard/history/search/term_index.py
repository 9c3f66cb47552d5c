"""The index of terms in SQL: an FTS5 table on SQLite, an array with a GIN index on PostgreSQL.

Both gather new entries and merge them in bulk, so that it costs the recorder little, and both answer in the order of
the jobs' numbers or near enough. Written once for each job: its terms do not change with its state.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Connection, Integer, MetaData, String, Table, and_, delete, insert, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql import ColumnElement, Select

from callboard.history.models import JobRow, table_of
from callboard.history.search.terms import terms_of

JOBS: Final = table_of(JobRow)
# Apart from the metadata of the other tables, for a virtual table cannot be compared with a model.
FTS: Final = Table("job_terms", MetaData(), Column("rowid", Integer, primary_key=True), Column("terms", String))
KEPT_BY_FTS: Final = Table("job_terms_content", MetaData(), Column("id", Integer, primary_key=True))
ARRAYS: Final = Table(
    "job_terms", MetaData(), Column("number", BigInteger, primary_key=True), Column("terms", ARRAY(BigInteger))
)
AT_ONCE: Final = 500
Groups = Sequence[Collection[str]]


def index_terms(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> int:
    """Make jobs findable by their tags, arguments, meta data and unique keys; how many have any of these.

    `rows` are rows of `background_jobs` that are written already, in this transaction or before. Meant for new jobs;
    one that is indexed gets the terms that it has now.
    """
    terms = {row["id"]: found for row in rows if (found := terms_of(row))}
    ids = list(terms)
    for start in range(0, len(ids), AT_ONCE):
        _index(connection, ids[start : start + AT_ONCE], terms)
    return len(ids)


def forget_terms(connection: Connection, ids: Sequence[str]) -> None:
    """Take jobs out of the index; to be called before their rows are deleted, in the same transaction."""
    for start in range(0, len(ids), AT_ONCE):
        _forget(connection, _numbers(connection, ids[start : start + AT_ONCE]).values())


def _index(connection: Connection, ids: Sequence[str], terms: Mapping[str, list[str]]) -> None:
    numbers = _numbers(connection, ids)
    _forget(connection, numbers.values())
    if connection.dialect.name == "sqlite":
        lines = [{"rowid": number, "terms": " ".join(terms[id])} for id, number in numbers.items()]
        connection.execute(insert(FTS), lines)
    else:
        arrays = [{"number": number, "terms": [int(t, 16) for t in terms[id]]} for id, number in numbers.items()]
        connection.execute(insert(ARRAYS), arrays)


def _numbers(connection: Connection, ids: Sequence[str]) -> dict[str, int]:
    found = connection.execute(select(JOBS.c.id, JOBS.c.number).where(JOBS.c.id.in_(ids)))
    return {row.id: row.number for row in found}


def _forget(connection: Connection, numbers: Collection[int]) -> None:
    if connection.dialect.name != "sqlite":
        connection.execute(delete(ARRAYS).where(ARRAYS.c.number.in_(numbers)))
        return
    # Deleting from FTS5 what it does not hold costs as much as if it did; its table of contents knows.
    there = connection.execute(select(KEPT_BY_FTS.c.id).where(KEPT_BY_FTS.c.id.in_(numbers))).scalars().all()
    if there:
        connection.execute(delete(FTS).where(FTS.c.rowid.in_(there)))


def matched(groups: Groups) -> ColumnElement[bool]:
    """On SQLite: the entries that have a term of each group; the table can then be read in the order of its numbers."""
    expression = " AND ".join(f"({' OR '.join(sorted(group))})" for group in groups)
    return FTS.c.terms.op("MATCH")(expression)


def numbers_with(dialect: str, groups: Groups, low: int | None, high: int | None) -> Select[tuple[int]]:
    """The numbers, between two, of the jobs that have a term of each group."""
    number = FTS.c.rowid if dialect == "sqlite" else ARRAYS.c.number
    within = [number > low] * (low is not None) + [number < high] * (high is not None)
    if dialect == "sqlite":
        return select(number).where(matched(groups), *within)
    arrays = [ARRAYS.c.terms.overlap([int(term, 16) for term in group]) for group in groups]
    return select(number).where(and_(*arrays), *within)
