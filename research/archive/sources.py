"""What can be archived: each source is a table with the parts that belong to its rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Connection, Select, Table, delete, func, select

from callboard.history.models import AttemptRow, AuditRow, FailureRow, JobRow, ProgressRow, table_of
from callboard.history.notification_models import DeliveryAttemptRow, DeliveryRow, NoticeRow
from callboard.history.retention import forget_jobs, old_jobs
from callboard.history.search.term_index import index_terms
from callboard.jobs.clock import to_ms
from research.archive.columns import Row
from research.mail.fates import MailRecipientRow
from research.models import SentMailRow
from research.reports.tables import ReportRow

DELIVERED: Final = ("delivered", "failed", "dropped")


def _nothing_more(connection: Connection, rows: Sequence[Row]) -> None:
    """For a source that has no index of its own."""


@dataclass(frozen=True)
class Source:
    """Rows that grow old: `due` finds the keys of those from before a time, `parts` are their rows in other tables."""

    name: str
    about: str
    key: Column[Any]
    due: Callable[[datetime, int], Select[Any]]
    parts: tuple[Column[Any], ...] = ()
    restored: Callable[[Connection, Sequence[Row]], None] = _nothing_more

    @property
    def owners(self) -> tuple[Column[Any], ...]:
        """For each table of the source the column that says to which key its rows belong; its own table is first."""
        return (self.key, *self.parts)

    def forget(self, connection: Connection, keys: Sequence[Any]) -> None:
        """Delete these rows with their parts."""
        if self.name == "jobs":
            forget_jobs(connection, select(JobRow.id).where(JobRow.id.in_(keys)))
            return
        for owner in reversed(self.owners):
            connection.execute(delete(owner.table).where(owner.in_(keys)))


def _jobs_due(before: datetime, most: int) -> Select[Any]:
    return old_jobs(to_ms(before), most)


def _before(key: Column[Any], old: Callable[[datetime], ColumnElement[bool]]) -> Callable[[datetime, int], Select[Any]]:
    return lambda before, most: select(key).where(old(before)).order_by(key).limit(most)


def _is_not_the_last_line() -> ColumnElement[bool]:
    """Without its last line, SQLite would give the numbers of archived lines to others, in whose place none return."""
    lines = AUDIT.alias()
    return AUDIT.c.id < select(func.max(lines.c.id)).scalar_subquery()


def _index(connection: Connection, rows: Sequence[Row]) -> None:
    index_terms(connection, rows)


def _column(table: Table, name: str) -> Column[Any]:
    return table.c[name]


JOBS: Final = table_of(JobRow)
DELIVERIES: Final = table_of(DeliveryRow)
NOTICES: Final = table_of(NoticeRow)
AUDIT: Final = table_of(AuditRow)
MAILS: Final[Any] = SentMailRow.__table__
RECIPIENTS: Final[Any] = MailRecipientRow.__table__
REPORTS: Final[Any] = ReportRow.__table__

SOURCES: Final = {
    source.name: source
    for source in (
        Source(
            "jobs",
            "finished jobs with their attempts, failures and progress",
            JOBS.c.id,
            _jobs_due,
            tuple(_column(table_of(model), "job_id") for model in (AttemptRow, FailureRow, ProgressRow)),
            _index,
        ),
        Source(
            "deliveries",
            "webhook deliveries that are over, with each time they were sent",
            DELIVERIES.c.id,
            _before(
                DELIVERIES.c.id,
                lambda before: (DELIVERIES.c.created_ms < to_ms(before)) & DELIVERIES.c.state.in_(DELIVERED),
            ),
            (_column(table_of(DeliveryAttemptRow), "delivery"),),
        ),
        Source(
            "mails",
            "the log of sent mails, with what became of each recipient",
            MAILS.c.key,
            _before(MAILS.c.key, lambda before: MAILS.c.sent_at < before),
            (RECIPIENTS.c.key,),
        ),
        Source(
            "reports",
            "reports of days, weeks and months",
            REPORTS.c.id,
            _before(REPORTS.c.id, lambda before: REPORTS.c.end_at < before),
        ),
        Source(
            "notices",
            "notices in the application",
            NOTICES.c.id,
            _before(NOTICES.c.id, lambda before: NOTICES.c.at_ms < to_ms(before)),
        ),
        Source(
            "audit",
            "what people did",
            AUDIT.c.id,
            _before(AUDIT.c.id, lambda before: (AUDIT.c.at_ms < to_ms(before)) & _is_not_the_last_line()),
        ),
    )
}
