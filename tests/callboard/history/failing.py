"""Failures and finished jobs as the recorder writes them, for the tests of what reads them."""

from __future__ import annotations

import itertools
from typing import Any

from sqlalchemy import Engine, insert

from callboard.history.database import writing
from callboard.history.failure_groups import Noted, note_failures
from callboard.history.models import FailureRow, JobRow, table_of
from callboard.history.rows import row_of
from callboard.jobs.fingerprint import fingerprint

NOW = 1_700_000_000_000
HOUR, DAY = 3_600_000, 86_400_000
numbers = itertools.count(1)


def failure(message: str = "no answer in 3 s", at_ms: int = NOW, **columns: Any) -> dict[str, Any]:
    """A row of `job_failures`; each is of a job of its own unless one is named."""
    row = {
        "job_id": f"job-{next(numbers):06}",
        "fence": 1,
        "attempt": 1,
        "at_ms": at_ms,
        "type": "mail",
        "queue": "mails",
        "final": True,
        "error_class": "transient",
        "error_type": "OSError",
        "message": message,
        "traceback": 'File "/app/actors/mail.py", line 7, in send\n',
        **columns,
    }
    texts = (row[name] for name in ("error_class", "error_type", "message", "traceback"))
    return row | {"fingerprint": fingerprint(*texts).id}


def record(engine: Engine, *failures: dict[str, Any]) -> Noted:
    """Write failures as the recorder does: the rows and the counts of their groups in one transaction."""
    with writing(engine) as session:
        session.execute(insert(FailureRow), list(failures))
        return note_failures(session.connection(), failures)


def finished(engine: Engine, count: int = 1, at_ms: int = NOW, **columns: Any) -> list[str]:
    """Jobs that completed at a time after a second's run, unless `columns` say otherwise; their ids."""
    record = {"type": "mail", "queue": "mails", "state": "completed", "attempt": "1", "enqueued_ms": str(at_ms - 1_500)}
    times = {"started_ms": str(at_ms - 1_000), "finished_ms": str(at_ms)}
    ids = [f"job-{next(numbers):06}" for _ in range(count)]
    rows = [row_of(id, {**record, **times}) | {"run_ms": 1_000, "wait_ms": 500} | columns for id in ids]
    with writing(engine) as session:
        session.execute(insert(table_of(JobRow)), rows)
    return ids


def failed(engine: Engine, *failures: dict[str, Any]) -> None:
    """Failures recorded with the jobs that they ended."""
    record(engine, *failures)
    for row in failures:
        columns = {"id": row["job_id"], "state": "failed", "fingerprint": row["fingerprint"], "type": row["type"]}
        finished(engine, at_ms=row["at_ms"], **columns)
