"""The index of terms in SQL: an FTS5 table on SQLite, an array with a GIN index on PostgreSQL.

Both gather new entries and merge them in bulk, so that it costs the recorder little, and both answer in the order of
the jobs' numbers or near enough. Written once for each job: its terms do not change with its state.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Final

import orjson
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    MetaData,
    String,
    Table,
    bindparam,
    delete,
    false,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql import ColumnElement, Select

from callboard.history.models import JobRow, table_of
from callboard.history.search.terms import terms_of
from callboard.history.search.window import Window

JOBS: Final = table_of(JobRow)
# Apart from the metadata of the other tables, for a virtual table cannot be compared with a model.
# The column of its own name stands for all of them, as FTS5 has it.
FTS: Final = Table("job_terms", MetaData(), Column("rowid", Integer, primary_key=True), Column("job_terms", String))
# What FTS5 keeps of each entry: the terms as they were given, with spaces between.
KEPT_BY_FTS: Final = Table(
    "job_terms_content", MetaData(), Column("id", Integer, primary_key=True), Column("c0", String)
)
ARRAYS: Final = Table(
    "job_terms", MetaData(), Column("number", BigInteger, primary_key=True), Column("terms", ARRAY(BigInteger))
)
# In one round trip for all.
INSERT_ARRAYS: Final = """
    INSERT INTO job_terms(number, terms)
    SELECT number, terms::bigint[] FROM unnest(%s::bigint[], %s::text[]) AS given(number, terms)
"""
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
        numbers = _numbers(connection, ids[start : start + AT_ONCE])
        _forget(connection, [number for number, there in numbers.values() if there])


def _index(connection: Connection, ids: Sequence[str], terms: Mapping[str, list[str]]) -> None:
    numbers = _numbers(connection, ids)
    if not numbers:
        return
    _forget(connection, [number for number, there in numbers.values() if there])
    if connection.dialect.name == "sqlite":
        lines = [(number, " ".join(terms[id])) for id, (number, _) in numbers.items()]
        connection.exec_driver_sql("INSERT INTO job_terms(rowid, terms) VALUES (?, ?)", lines)
    else:
        arrays = [_array(terms[id]) for id in numbers]
        connection.exec_driver_sql(INSERT_ARRAYS, ([number for number, _ in numbers.values()], arrays))


def _array(terms: Iterable[str]) -> str:
    """Terms as PostgreSQL writes an array of numbers."""
    return "{" + ",".join([str(int(term, 16)) for term in terms]) + "}"


def _numbers(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[int, bool]]:
    """The numbers of jobs, and whether they are indexed."""
    found = connection.execute(_look_up(connection.dialect.name), {"ids": as_list(connection, ids)})
    return {row.id: (row.number, row.there is not None) for row in found}


def as_list(connection: Connection, ids: Sequence[str]) -> Any:
    """Texts as one parameter, so that the statement is the same for any number of them."""
    return orjson.dumps(list(ids)).decode() if connection.dialect.name == "sqlite" else list(ids)


@cache
def _look_up(dialect: str) -> Select[Any]:
    # FTS5 itself would have to read the terms of an entry to say whether it is there.
    there = KEPT_BY_FTS.c.id if dialect == "sqlite" else ARRAYS.c.number
    joined = JOBS.outerjoin(there.table, there == JOBS.c.number)
    return select(JOBS.c.id, JOBS.c.number, there.label("there")).select_from(joined).where(one_of(dialect))


def one_of(dialect: str) -> ColumnElement[bool]:
    """Whether the id of a job is in the list that is the parameter `ids`."""
    if dialect == "sqlite":
        return JOBS.c.id.in_(select(func.json_each(bindparam("ids")).table_valued("value").c.value))
    return JOBS.c.id == func.any(bindparam("ids", type_=ARRAY(String)))


def _forget(connection: Connection, numbers: Collection[int]) -> None:
    if numbers:
        number = FTS.c.rowid if connection.dialect.name == "sqlite" else ARRAYS.c.number
        connection.execute(delete(number.table).where(number.in_(numbers)))


def matched(groups: Groups) -> ColumnElement[bool]:
    """On SQLite: the entries that have a term of each group; the table can then be read in the order of its numbers."""
    expression = " AND ".join(f"({' OR '.join(sorted(group))})" for group in groups)
    return FTS.c.job_terms.op("MATCH")(expression)


def has_one_of(dialect: str, number: ColumnElement[Any], terms: Collection[str]) -> ColumnElement[bool]:
    """Whether the job of a number has one of the terms: a look at its entry, for jobs that something else has found."""
    if dialect == "sqlite":
        found = or_(*(func.instr(KEPT_BY_FTS.c.c0, term) > 0 for term in sorted(terms)))
        entry = select(found).where(KEPT_BY_FTS.c.id == number)
    else:
        entry = select(ARRAYS.c.terms.overlap([int(term, 16) for term in terms])).where(ARRAYS.c.number == number)
    return func.coalesce(entry.scalar_subquery(), false())


def numbers_with(groups: Groups, window: Window) -> Select[Any]:
    """On PostgreSQL: the numbers of the jobs in a window that have a term of each group."""
    arrays = [ARRAYS.c.terms.overlap([int(term, 16) for term in group]) for group in groups]
    return select(ARRAYS.c.number).where(*arrays, *window.holds(ARRAYS.c.number))
