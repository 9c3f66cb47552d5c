"""Groups of failures as they are looked at: a page of them, one of them, how many there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from sqlalchemy import ColumnElement, Engine, Select, and_, func, or_, select, tuple_

from callboard.history.database import reading
from callboard.history.errors import UnknownGroup
from callboard.history.failure_groups import IGNORED, OPEN, RESOLVED
from callboard.history.models import FailureGroupRow, table_of
from callboard.jobs.clock import from_ms, to_ms, wall_ms

GROUPS: Final = table_of(FailureGroupRow).c
STATUSES: Final = (OPEN, IGNORED, RESOLVED)
ORDERS: Final = {"last": GROUPS.last_ms, "count": GROUPS.failures, "first": GROUPS.first_ms}
SHORTEST: Final = 4


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """Failures with one fingerprint; `types` are the job types that failed so, `sample_job` the newest job."""

    fingerprint: str
    error_class: str
    error_type: str
    message: str
    frame: str
    failures: int
    types: list[str]
    first_at: datetime
    last_at: datetime
    sample_job: str
    status: str
    status_at: datetime | None
    ignored_until: datetime | None
    assignee: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class GroupQuery:
    """Which groups are wanted, and in which order; `after` is the `place` of the last group of the page before."""

    status: str | None = None
    type: str | None = None
    error_class: str | None = None
    order: str = "last"
    after: tuple[int, str] | None = None
    limit: int = 50


def list_groups(engine: Engine, query: GroupQuery, now_ms: int | None = None) -> list[FailureGroup]:
    """A page of groups, newest or largest first. Raises ValueError for an unknown status or order."""
    if query.order not in ORDERS:
        raise ValueError(f'groups are sorted by {", ".join(ORDERS)}, got "{query.order}"')
    by = ORDERS[query.order]
    statement = select(*GROUPS).where(*_conditions(query, wall_ms() if now_ms is None else now_ms))
    if query.after:
        statement = statement.where(tuple_(by, GROUPS.fingerprint) < tuple_(*query.after))
    return _groups(engine, statement.order_by(by.desc(), GROUPS.fingerprint.desc()).limit(query.limit), now_ms)


def place(group: FailureGroup, order: str = "last") -> tuple[int, str]:
    """Where a group stands in a list of this order."""
    values = {"last": to_ms(group.last_at), "first": to_ms(group.first_at), "count": group.failures}
    return values[order], group.fingerprint


def count_groups(engine: Engine, now_ms: int | None = None) -> dict[str, int]:
    """How many groups have each status."""
    over = _over(wall_ms() if now_ms is None else now_ms)
    counts = dict.fromkeys(STATUSES, 0)
    statement = select(GROUPS.status, over, func.count()).group_by(GROUPS.status, over)
    with reading(engine) as session:
        for status, past, number in session.execute(statement):
            counts[OPEN if status == IGNORED and past else status] += number
    return counts


def find_group(engine: Engine, fingerprint: str, now_ms: int | None = None) -> FailureGroup:
    """The group of a fingerprint, of which the first digits will do. Raises UnknownGroup."""
    digits = fingerprint.strip().lower()
    wanted = GROUPS.fingerprint.startswith(digits, autoescape=True)
    found = _groups(engine, select(*GROUPS).where(wanted).limit(3), now_ms) if len(digits) >= SHORTEST else []
    if len(found) == 1:
        return found[0]
    if found:
        raise UnknownGroup(f"several groups of failures begin with {digits}: give more of its digits")
    raise UnknownGroup(
        f'no group of failures begins with "{fingerprint}"; a fingerprint has 16 digits, of which {SHORTEST} may do'
    )


def _conditions(query: GroupQuery, now_ms: int) -> list[ColumnElement[bool]]:
    conditions = []
    if query.status is not None:
        conditions.append(_has_status(query.status, now_ms))
    if query.type is not None:
        conditions.append(GROUPS.types.contains(orjson.dumps(query.type).decode(), autoescape=True))
    if query.error_class is not None:
        conditions.append(GROUPS.error_class == query.error_class)
    return conditions


def _has_status(status: str, now_ms: int) -> ColumnElement[bool]:
    """Whether a group has a status; one that was ignored until a time that is over is open again."""
    if status not in STATUSES:
        raise ValueError(f'a group of failures is {", ".join(STATUSES)}, got "{status}"')
    if status == OPEN:
        return or_(GROUPS.status == OPEN, and_(GROUPS.status == IGNORED, _over(now_ms)))
    if status == IGNORED:
        return and_(GROUPS.status == IGNORED, ~_over(now_ms))
    return GROUPS.status == RESOLVED


def _over(now_ms: int) -> ColumnElement[bool]:
    return func.coalesce(GROUPS.ignored_until_ms <= now_ms, False)


def _groups(engine: Engine, statement: Select[Any], now_ms: int | None) -> list[FailureGroup]:
    moment = wall_ms() if now_ms is None else now_ms
    with reading(engine) as session:
        return [_group(row, moment) for row in session.execute(statement)]


def _group(row: Any, now_ms: int) -> FailureGroup:
    over = row.status == IGNORED and row.ignored_until_ms is not None and row.ignored_until_ms <= now_ms
    return FailureGroup(
        fingerprint=row.fingerprint,
        error_class=row.error_class,
        error_type=row.error_type,
        message=row.message,
        frame=row.frame,
        failures=row.failures,
        types=orjson.loads(row.types),
        first_at=moment_of(row.first_ms),
        last_at=moment_of(row.last_ms),
        sample_job=row.sample_job,
        status=OPEN if over else row.status,
        status_at=from_ms(row.status_ms),
        ignored_until=None if over else from_ms(row.ignored_until_ms),
        assignee=row.assignee,
        note=row.note,
    )


def moment_of(ms: int) -> datetime:
    """The time of a millisecond stamp that is there."""
    return datetime.fromtimestamp(ms / 1000, UTC)
