"""A database with an old history in it, once on SQLite and once on PostgreSQL, and a place for archives of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select

from callboard.history.database import connect, reading, writing
from callboard.history.models import AttemptRow, FailureRow, JobRow, ProgressRow
from callboard.history.schema import HISTORY
from callboard.history.search.term_index import index_terms
from callboard.jobs.clock import to_ms
from research.archive.archiving import ColdStorage
from research.files import FileStore
from research.schema import RESEARCH

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
BEFORE = NOW - timedelta(days=60)


def job_row(number: int, days: float, **changes: Any) -> dict[str, Any]:
    """The row of a job that finished so many days ago."""
    finished = to_ms(NOW - timedelta(days=days)) + number
    row = {"number": number, "id": f"job-{number:05d}", "type": "excel_import", "queue": "excel-import"}
    row |= {"state": "completed", "version": 4, "priority": 3, "attempt": 1, "attempts": 3, "crashes": 0, "fence": 1}
    row |= {"enqueued_ms": finished - 100, "started_ms": finished - 50, "finished_ms": finished, "cost_usd": 0.25}
    return row | {"kwargs": f'{{"table": "Messwerte µ {number}"}}'} | changes


def fill(engine: Engine, rows: list[dict[str, Any]]) -> None:
    """Write jobs as the recorder would, with an attempt, a failure and two words of progress each."""
    attempts, failures, words = [], [], []
    for row in rows:
        id, at = row["id"], row["finished_ms"] or row["enqueued_ms"]
        start = {"job_id": id, "fence": 1, "attempt": 1}
        attempts.append(start | {"started_ms": at - 50, "ended_ms": at, "outcome": "completed"})
        told = {"type": row["type"], "queue": row["queue"], "error_class": "transient", "error_type": "OSError"}
        told |= {"message": "the disk is on fire", "traceback": "…", "fingerprint": "f" * 16}
        failures.append(start | told | {"at_ms": at - 10, "final": False})
        words += [{"job_id": id, "at_ms": at - n, "percent": 50.0 / n, "progress": "{}"} for n in (1, 2)]
    with writing(engine) as session:
        for model, given in ((JobRow, rows), (AttemptRow, attempts), (FailureRow, failures), (ProgressRow, words)):
            session.execute(insert(model), given)
        index_terms(session.connection(), rows)


def ids(engine: Engine) -> set[str]:
    """The jobs that are in SQL."""
    with reading(engine) as session:
        return set(session.scalars(select(JobRow.id)))


@pytest.fixture
def engine(empty_url: str) -> Iterator[Engine]:
    """A database with all tables."""
    for schema in (HISTORY, RESEARCH):
        schema.upgrade(empty_url)
    engine = connect(empty_url)
    yield engine
    engine.dispose()


@pytest.fixture
def cold(engine: Engine, tmp_path: Path) -> ColdStorage:
    """Cold storage of the test's own."""
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    return ColdStorage(engine, FileStore(tmp_path / "files"), scratch)
