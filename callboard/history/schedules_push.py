"""Turn decided firings into jobs: each once, in order, by whoever comes first, and later when Redis was away."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Engine, select, update

from callboard.broker.announce import announce
from callboard.broker.client import Client
from callboard.broker.scheduled import UNFIT, Types, scheduled_call
from callboard.history.database import reading, writing
from callboard.history.models import JobRow
from callboard.history.schedule_models import FiringRow, ScheduleRow
from callboard.history.schedules import schedule_of
from callboard.history.standstill import limit_standstill
from callboard.jobs.call import Call
from callboard.jobs.due import is_late
from callboard.jobs.encoding import encode
from callboard.jobs.failpoints import failpoint

log = logging.getLogger("callboard.schedules")

BATCH: Final = 200
# Redis remembers an answer for a day. Who has read a row as open may act on it for half of that, so that an answer is
# never forgotten before the last one who does not know of it.
KEEP_MS: Final = 86_400_000
ACT_WITHIN_MS: Final = KEEP_MS // 2


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a firing."""

    state: str
    job: str
    reason: str | None = None
    disables: bool = False


def push_due(engine: Engine, client: Client, types: Types, now_ms: int) -> int:
    """Make a job of each firing that is decided and not settled; how many were settled here.

    Safe to repeat and to run by many at once: the id of the job stands in the row. Firings whose type is not in `types`
    are left to others. Raises ConnectionLost while Redis is away; what is left is taken up by the next call.
    """
    with reading(engine) as session:
        statement = (
            select(FiringRow.schedule, FiringRow.planned_ms)
            .join(ScheduleRow, ScheduleRow.name == FiringRow.schedule)
            .where(FiringRow.settled_ms.is_(None), ScheduleRow.type.in_([*types]))
            .order_by(FiringRow.planned_ms, FiringRow.schedule)
            .limit(BATCH)
        )
        open_ones = [(name, planned_ms) for name, planned_ms in session.execute(statement)]
    return sum(push_one(engine, client, types, key, now_ms) for key in open_ones)


def push_one(engine: Engine, client: Client, types: Types, key: tuple[str, int], now_ms: int) -> bool:
    """Settle one firing; whether it was settled here and not by somebody else. Raises ConnectionLost."""
    with reading(engine) as session:
        statement = (
            select(FiringRow, ScheduleRow, JobRow.id)
            .join(ScheduleRow, ScheduleRow.name == FiringRow.schedule)
            .join(JobRow, JobRow.id == FiringRow.job_id, isouter=True)
            .where(FiringRow.schedule == key[0], FiringRow.planned_ms == key[1], FiringRow.settled_ms.is_(None))
        )
        found = session.execute(statement).one_or_none()
    if found is None:
        return False
    firing, schedule, recorded = found
    verdict = Verdict("fired", firing.job_id) if recorded else _verdict(client, types, firing, schedule, now_ms)
    if verdict is None or not _settle(engine, firing, verdict, now_ms):
        return False
    log.info("schedule %s %s: %s", schedule.name, verdict.state, verdict.reason or verdict.job)
    _tell(client, firing, schedule, verdict)
    return True


def _verdict(client: Client, types: Types, firing: FiringRow, schedule: ScheduleRow, now_ms: int) -> Verdict | None:
    """What becomes of a firing, None when it is to be looked at again."""
    if firing.state == "missed":
        return Verdict("missed", firing.job_id)
    late_ms = firing.late_ms if is_late(firing.planned_ms, firing.planned_ms + firing.late_ms) else 0
    try:
        call = scheduled_call(
            types[schedule.type],
            schedule_of(schedule),
            id=firing.job_id,
            planned_ms=firing.planned_ms,
            late_ms=late_ms,
            asked_by=firing.asked_by,
        )
    except UNFIT as error:
        return Verdict("refused", firing.job_id, str(error), disables=True)
    return _fire(client, firing, schedule, call, now_ms)


def _fire(client: Client, firing: FiringRow, schedule: ScheduleRow, call: Call, now_ms: int) -> Verdict | None:
    """Give the call to Redis, which answers alike however often it is given."""
    waits = schedule.overlap == "skip" and not firing.asked_by
    about = {"job": call.id, "planned_ms": firing.planned_ms, "late_ms": firing.late_ms, "passed": firing.passed}
    answer, job = client.fire(
        call,
        schedule=schedule.name,
        data=encode(about, "data of schedule:fired"),
        before_ms=now_ms + ACT_WITHIN_MS,
        keep_ms=KEEP_MS,
        unless=(schedule.last_job or "") if waits else "",
    )
    failpoint("firing.pushed")
    if answer == "LATE":
        return None
    if answer == "LIVE":
        return Verdict("skipped", job, f"its last job {job} has not ended")
    if job != call.id:
        return Verdict("skipped", job, f"its unique key is held by job {job}")
    return Verdict("fired", job)


def _settle(engine: Engine, firing: FiringRow, verdict: Verdict, now_ms: int) -> bool:
    """Write what became of a firing, unless somebody has; whether it was written here."""
    with writing(engine) as session:
        limit_standstill(session)
        values = {"state": verdict.state, "job_id": verdict.job, "reason": verdict.reason, "settled_ms": now_ms}
        row = (FiringRow.schedule == firing.schedule, FiringRow.planned_ms == firing.planned_ms)
        open_row = update(FiringRow).where(*row, FiringRow.settled_ms.is_(None)).values(values)
        if not session.execute(open_row.returning(FiringRow.schedule)).all():
            return False
        changes: dict[str, Any] = {"disabled": verdict.reason} if verdict.disables else {}
        if verdict.state == "fired":
            changes = {"fired": ScheduleRow.fired + 1, "last_ms": firing.planned_ms, "last_job": verdict.job}
        if changes:
            session.execute(update(ScheduleRow).where(ScheduleRow.name == firing.schedule).values(changes))
    return True


def _tell(client: Client, firing: FiringRow, schedule: ScheduleRow, verdict: Verdict) -> None:
    """Announce what got no job; that is told at most once, and stands in the rows for good."""
    about = {"planned_ms": firing.planned_ms, "passed": firing.passed, "reason": verdict.reason}
    if firing.passed or verdict.state != "fired":
        where = {"type": schedule.type, "queue": schedule.queue or ""}
        announce(client.links, "schedule:missed", schedule.name, about | {"state": verdict.state}, **where)
