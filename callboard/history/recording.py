"""Write what a batch of events says into SQL; all may be repeated, and an old word never undoes a new one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, case, func, or_, update
from sqlalchemy.dialects import postgresql, sqlite

from callboard.broker.tape import Entry, FlowEntry
from callboard.history.facts import Facts, error_rows, failure_rows, flow_rows, job_rows
from callboard.history.failure_groups import note_failures
from callboard.history.failure_news import News, news_of
from callboard.history.models import AttemptRow, FailureRow, FlowRow, JobRow, ProgressRow, table_of
from callboard.history.rows import Row
from callboard.history.search.term_index import index_terms
from callboard.jobs.states import FINAL

JOBS: Final = table_of(JobRow)
FLOWS: Final = table_of(FlowRow)
ERROR_COLUMNS: Final = ("error_class", "error_type", "error_message", "fingerprint")
# A row written from an event alone says no more than this; the rest of an older row stays.
TOLD_COLUMNS: Final = ("state", "version", "finished_ms")


def record(connection: Connection, facts: Facts, entries: dict[str, Entry], flows: dict[str, FlowEntry]) -> list[News]:
    """Write all that a batch tells; what is to be told of groups of failures once that is committed."""
    whole, told = job_rows(facts, entries)
    failures = failure_rows(facts, entries)
    write_jobs(connection, whole)
    write_told_jobs(connection, told)
    index_terms(connection, [row for row in whole if row["id"] in facts.added or row["id"] in facts.removed])
    write_attempts(connection, list(facts.attempts.values()))
    write_errors(connection, error_rows(facts, failures))
    new = write_failures(connection, failures)
    noted = note_failures(connection, new)
    write_progress(connection, list(facts.progress.values()))
    write_flows(connection, flow_rows(facts, flows))
    return news_of(noted, new)


def write_jobs(connection: Connection, rows: Sequence[Row]) -> None:
    """Insert or update jobs by their records; a row of a higher version stays as it is."""
    if rows:
        connection.execute(_upsert_jobs(connection.dialect.name, False), rows)


def write_told_jobs(connection: Connection, rows: Sequence[Row]) -> None:
    """Insert or update jobs of which no more is known than what their events said."""
    if rows:
        connection.execute(_upsert_jobs(connection.dialect.name, True), rows)


def write_errors(connection: Connection, rows: Sequence[Row]) -> None:
    """Set the last error of jobs; each row has `job` and the four columns."""
    if rows:
        connection.execute(_set_errors(), rows)


def write_attempts(connection: Connection, rows: Sequence[Row]) -> None:
    """Insert attempts, or add to one what was not known of it: its start comes in another batch than its end."""
    if rows:
        connection.execute(_upsert_attempts(connection.dialect.name), rows)


def write_failures(connection: Connection, rows: Sequence[Row]) -> list[Row]:
    """Insert failed attempts and return those that were not there before."""
    if not rows:
        return []
    reply = connection.execute(_insert_failures(connection.dialect.name), rows)
    new = {(job, fence) for job, fence in reply}
    return [row for row in rows if (row["job_id"], row["fence"]) in new]


def write_progress(connection: Connection, rows: Sequence[Row]) -> None:
    """Insert what jobs told of their progress."""
    if rows:
        connection.execute(_insert_progress(connection.dialect.name), rows)


def write_flows(connection: Connection, rows: Sequence[Row]) -> None:
    """Insert flows with their graphs, and update those that are there by what is known of them."""
    for row in rows:
        changes = {name: value for name, value in row.items() if name != "id"}
        if "graph" in row:
            statement = _insert(connection.dialect.name, FLOWS).values(row)
            connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=changes))
        else:
            connection.execute(update(FLOWS).where(FLOWS.c.id == row["id"]).values(changes))


def _insert(dialect: str, table: Any) -> Any:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


@cache
def _upsert_jobs(dialect: str, told_only: bool) -> Any:
    statement = _insert(dialect, JOBS)
    new = statement.excluded
    known = [column.name for column in JOBS.columns if column.name not in (*ERROR_COLUMNS, "id", "number")]
    changes = {name: new[name] for name in (TOLD_COLUMNS if told_only else known)}
    if told_only:  # what has finished waits for nothing, nor is it in doubt any more
        changes["reason"] = case((new.state.in_(FINAL), None), else_=JOBS.c.reason)
    return statement.on_conflict_do_update(index_elements=["id"], set_=changes, where=JOBS.c.version < new.version)


@cache
def _set_errors() -> Any:
    return update(JOBS).where(JOBS.c.id == bindparam("job")).values({name: bindparam(name) for name in ERROR_COLUMNS})


@cache
def _upsert_attempts(dialect: str) -> Any:
    table = table_of(AttemptRow)
    statement = _insert(dialect, table)
    new, old = statement.excluded, table.c
    changes = {name: func.coalesce(new[name], old[name]) for name in ("worker", "started_ms", "ended_ms", "outcome")}
    attempt = func.coalesce(func.nullif(new.attempt, 0), old.attempt)
    return statement.on_conflict_do_update(
        index_elements=["job_id", "fence"],
        set_={**changes, "attempt": attempt},
        where=or_(old.outcome.is_(None), and_(new.outcome.is_not(None), old.started_ms.is_(None))),
    )


@cache
def _insert_failures(dialect: str) -> Any:
    table = table_of(FailureRow)
    statement = _insert(dialect, table).on_conflict_do_nothing(index_elements=["job_id", "fence"])
    return statement.returning(table.c.job_id, table.c.fence)


@cache
def _insert_progress(dialect: str) -> Any:
    return _insert(dialect, table_of(ProgressRow)).on_conflict_do_nothing(index_elements=["job_id", "at_ms"])
