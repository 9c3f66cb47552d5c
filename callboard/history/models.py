"""The SQL tables of what happened: jobs, attempts, failures, progress, flows, and what people did.

Times are whole milliseconds since 1970 in UTC, as in Redis (`_ms`); JSON is kept as the text that Redis has.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy
from sqlalchemy import BigInteger, Boolean, Float, Index, Integer, MetaData, String, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMES: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
# On SQLite only INTEGER PRIMARY KEY counts up by itself.
Number = BigInteger().with_variant(Integer(), "sqlite")


# Columns of indexes that hold only the jobs which have a value there: the others cost nothing.
PARTIAL: Final = (
    ("finished_ms", "number", "finished_ms IS NOT NULL"),
    ("flow", "number", "flow IS NOT NULL"),
    ("user", "number", '"user" IS NOT NULL'),
    ("schedule", "number", "schedule IS NOT NULL"),
    ("fingerprint", "number", "fingerprint IS NOT NULL"),
    ("error_class", "number", "error_class IS NOT NULL"),
)


class Table(DeclarativeBase):
    """Parent of all tables; constraints are named so that migrations can refer to them."""

    metadata = MetaData(naming_convention=NAMES)


def table_of(model: type[Table]) -> sqlalchemy.Table:
    """The table of a class, for statements over many rows at once."""
    assert isinstance(model.__table__, sqlalchemy.Table)
    return model.__table__


class JobRow(Table):
    """One job as it was last recorded; `version` is the version of its record, and never goes back.

    `number` counts the jobs in the order in which they were recorded: lists are sorted by it, newest first, and
    every index ends with it. To everybody else a job is its `id`.
    """

    __tablename__ = "background_jobs"

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    id: Mapped[str] = mapped_column(String(200), unique=True)
    type: Mapped[str] = mapped_column(String(200))
    queue: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(16))
    version: Mapped[int] = mapped_column(Integer)
    priority: Mapped[int] = mapped_column(Integer)
    attempt: Mapped[int] = mapped_column(Integer)
    attempts: Mapped[int] = mapped_column(Integer)
    crashes: Mapped[int] = mapped_column(Integer)
    fence: Mapped[int] = mapped_column(Integer)
    enqueued_ms: Mapped[int] = mapped_column(BigInteger)
    due_ms: Mapped[int | None] = mapped_column(BigInteger)
    started_ms: Mapped[int | None] = mapped_column(BigInteger)
    finished_ms: Mapped[int | None] = mapped_column(BigInteger)
    wait_ms: Mapped[int | None] = mapped_column(BigInteger)
    run_ms: Mapped[int | None] = mapped_column(BigInteger)
    cost_usd: Mapped[float | None] = mapped_column(Float)
    reason: Mapped[str | None] = mapped_column(String(64))
    error_class: Mapped[str | None] = mapped_column(String(16))
    fingerprint: Mapped[str | None] = mapped_column(String(16))
    worker: Mapped[str | None] = mapped_column(String(200))
    user: Mapped[str | None] = mapped_column(String(200))
    schedule: Mapped[str | None] = mapped_column(String(200))
    flow: Mapped[str | None] = mapped_column(String(200))
    step: Mapped[str | None] = mapped_column(String(200))
    blocked_by: Mapped[str | None] = mapped_column(String(200))
    error_type: Mapped[str | None] = mapped_column(String(200))
    # What may be long comes last: to reach a column, SQLite reads all that is before it.
    unique_key: Mapped[str | None] = mapped_column(Text)
    tags: Mapped[str | None] = mapped_column(Text)
    meta: Mapped[str | None] = mapped_column(Text)
    args: Mapped[str | None] = mapped_column(Text)
    kwargs: Mapped[str | None] = mapped_column(Text)
    error_message: Mapped[str | None] = mapped_column(Text)
    progress: Mapped[str | None] = mapped_column(Text)
    result: Mapped[str | None] = mapped_column(Text)
    checkpoint: Mapped[str | None] = mapped_column(Text)
    # The other fields of its record (retry, limits, timeout ...), JSON: with them a lost job is enqueued again.
    rest: Mapped[str | None] = mapped_column(Text)

    __mapper_args__ = {"primary_key": [id]}  # noqa: RUF012 - as the base declares it
    __table_args__ = (
        Index(None, "state", "number"),
        Index(None, "type", "state", "number"),
        Index(None, "queue", "state", "number"),
        Index(None, "enqueued_ms", "number"),
        *(Index(None, *columns, sqlite_where=text(known), postgresql_where=text(known)) for *columns, known in PARTIAL),
    )


class AttemptRow(Table):
    """One start of a job; `fence` counts the starts, `attempt` those that were not given back."""

    __tablename__ = "job_attempts"

    job_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    fence: Mapped[int] = mapped_column(Integer, primary_key=True)
    attempt: Mapped[int] = mapped_column(Integer)
    worker: Mapped[str | None] = mapped_column(String(200))
    started_ms: Mapped[int | None] = mapped_column(BigInteger)
    ended_ms: Mapped[int | None] = mapped_column(BigInteger)
    # completed, retry, failed, released, cancelled or lost; empty while it runs
    outcome: Mapped[str | None] = mapped_column(String(16))


class FailureRow(Table):
    """One attempt that failed, for analytics: what was raised, and the group of failures it belongs to."""

    __tablename__ = "job_failures"

    job_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    fence: Mapped[int] = mapped_column(Integer, primary_key=True)
    attempt: Mapped[int] = mapped_column(Integer)
    at_ms: Mapped[int] = mapped_column(BigInteger)
    type: Mapped[str] = mapped_column(String(200))
    queue: Mapped[str] = mapped_column(String(200))
    final: Mapped[bool] = mapped_column(Boolean)
    error_class: Mapped[str] = mapped_column(String(16))
    error_type: Mapped[str] = mapped_column(String(200))
    fingerprint: Mapped[str] = mapped_column(String(16))
    message: Mapped[str] = mapped_column(Text)
    traceback: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        Index(None, "fingerprint", "at_ms"),
        # All that statistics of a time count by: they are read from the index alone, without a single traceback.
        Index("ix_job_failures_statistics", "at_ms", "type", "queue", "error_class", "final", "fingerprint"),
    )


class FailureGroupRow(Table):
    """Failures of one fingerprint: how many, since when, and what somebody decided about them."""

    __tablename__ = "failure_groups"

    fingerprint: Mapped[str] = mapped_column(String(16), primary_key=True)
    error_class: Mapped[str] = mapped_column(String(16))
    error_type: Mapped[str] = mapped_column(String(200))
    message: Mapped[str] = mapped_column(Text)
    frame: Mapped[str] = mapped_column(Text)
    failures: Mapped[int] = mapped_column(Integer)
    first_ms: Mapped[int] = mapped_column(BigInteger)
    last_ms: Mapped[int] = mapped_column(BigInteger, index=True)
    sample_job: Mapped[str] = mapped_column(String(200))
    # the first twenty job types that failed so, a JSON list
    types: Mapped[str] = mapped_column(Text)
    # open, ignored or resolved; a failure after `status_ms` opens a resolved group again
    status: Mapped[str] = mapped_column(String(16))
    status_ms: Mapped[int | None] = mapped_column(BigInteger)
    ignored_until_ms: Mapped[int | None] = mapped_column(BigInteger)
    # jobs that failed before this were discarded, and are not retried with the group
    discarded_ms: Mapped[int | None] = mapped_column(BigInteger)
    assignee: Mapped[str | None] = mapped_column(String(200))
    note: Mapped[str | None] = mapped_column(Text)


class ProgressRow(Table):
    """What a job told of its progress: the last word of each recorded batch."""

    __tablename__ = "job_progress"

    job_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    at_ms: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    percent: Mapped[float | None] = mapped_column(Float)
    progress: Mapped[str] = mapped_column(Text)


class FlowRow(Table):
    """A flow: its state, and in `graph` its nodes with their edges, JSON, from which a lost flow is built again."""

    __tablename__ = "flows"

    id: Mapped[str] = mapped_column(String(200), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(16))
    jobs: Mapped[int] = mapped_column(Integer)
    started_ms: Mapped[int] = mapped_column(BigInteger)
    finished_ms: Mapped[int | None] = mapped_column(BigInteger)
    broken: Mapped[str | None] = mapped_column(String(200))
    on_failure: Mapped[str | None] = mapped_column(String(200))
    meta: Mapped[str | None] = mapped_column(Text)
    graph: Mapped[str] = mapped_column(Text)

    __table_args__ = (Index(None, "state", "id"),)


class AuditRow(Table):
    """What somebody did by hand: who, what, on how many, from where."""

    __tablename__ = "audit_lines"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    at_ms: Mapped[int] = mapped_column(BigInteger, index=True)
    who: Mapped[str] = mapped_column(String(200))
    verb: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(Text)
    count: Mapped[int] = mapped_column(Integer)
    origin: Mapped[str | None] = mapped_column(String(200))
    request_id: Mapped[str | None] = mapped_column(String(64))
    detail: Mapped[str | None] = mapped_column(Text)


class PositionRow(Table):
    """How far the event stream of a prefix is recorded; written in the transaction of each batch."""

    __tablename__ = "recorder_positions"

    prefix: Mapped[str] = mapped_column(String(200), primary_key=True)
    epoch: Mapped[str] = mapped_column(String(64))
    last_id: Mapped[str] = mapped_column(String(40))
    written_ms: Mapped[int] = mapped_column(BigInteger)
