"""Telling administrators of a change in health: once when a check begins to fail, once when it is over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from callboard.history.outbox import enqueue_in
from callboard.jobs.call import Call
from callboard.jobs.clock import to_ms
from callboard.jobs.identity import id_for
from research.health.check import FAIL, Health
from research.health.tables import FailedCheckRow
from research.notifications.notices import Notice, add_notice
from research.notifications.services import ADMINISTRATORS
from research.notifications.wishes import MARK
from research.notifications.words import lasted, moment

KIND: Final = "health"


@dataclass(frozen=True, slots=True)
class Change:
    """Checks that fail since this look, and those that failed until it."""

    fired: Sequence[FailedCheckRow]
    resolved: Sequence[FailedCheckRow]


def remember(session: Session, health: Health) -> Change:
    """Write which checks fail; of several who look at once, one is told of each change."""
    failing = {check.name: check for check in health.checks if check.level == FAIL}
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    fired = []
    for check in failing.values():
        row = FailedCheckRow(name=check.name, since_at=health.at, message=check.message, fix=check.fix)
        values = {name: getattr(row, name) for name in ("name", "since_at", "message", "fix")}
        insert = dialect.insert(FailedCheckRow).values(**values).on_conflict_do_nothing(index_elements=["name"])
        fired += [row] if session.scalars(insert.returning(FailedCheckRow.name)).all() else []
    over = delete(FailedCheckRow).where(FailedCheckRow.name.not_in(list(failing)))
    columns = (FailedCheckRow.name, FailedCheckRow.since_at, FailedCheckRow.message, FailedCheckRow.fix)
    resolved = [FailedCheckRow(**row) for row in session.execute(over.returning(*columns)).mappings()]
    return Change(fired, resolved)


def tell(session: Session, change: Change, at: datetime, to: Sequence[str], mail: Callable[..., Call]) -> str | None:
    """Write a notice for each change, and enqueue one mail about all; the id of its job, if there is one."""
    at_ms = to_ms(at)
    for row in change.fired:
        id = id_for(at_ms, KIND, "fails", row.name)
        title = f"{row.name} fails: {row.message}"
        add_notice(session, Notice(id, ADMINISTRATORS, KIND, title, row.fix, at_ms))
    for row in change.resolved:
        id = id_for(at_ms, KIND, "over", row.name)
        title, text = f"All right again: {row.name}", f"Over after {_lasted(row, at)}."
        add_notice(session, Notice(id, ADMINISTRATORS, KIND, title, text, at_ms))
    if not to or not (change.fired or change.resolved):
        return None
    data = {"fired": [_line(row, at) for row in change.fired], "resolved": [_line(row, at) for row in change.resolved]}
    id = id_for(at_ms, KIND, *to)
    call = mail(to=list(to), template="conditions", data=data)
    return enqueue_in(session, call.named(id=id, meta={MARK: KIND}, tags=("notification",)))


def failing(session: Session) -> list[str]:
    """The names of the checks that failed at the last look."""
    return list(session.scalars(select(FailedCheckRow.name).order_by(FailedCheckRow.name)))


def _line(row: FailedCheckRow, at: datetime) -> dict[str, Any]:
    since = moment(to_ms(row.since_at))
    return {"cause": f"{row.name}: {row.message}", "advice": row.fix, "since": since, "lasted": _lasted(row, at)}


def _lasted(row: FailedCheckRow, at: datetime) -> str:
    return lasted(round((at - row.since_at).total_seconds() * 1000))
