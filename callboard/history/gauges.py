"""What is measured of the history at one moment: schedules, running flows, the scheduler, how far is recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine, func, select
from sqlalchemy.exc import DBAPIError

from callboard.history.database import Session, reading
from callboard.history.meters import Readings, readings
from callboard.history.models import FlowRow, JobRow, PositionRow, ProgressRow
from callboard.history.schedule_models import ScheduleRow, TickRow
from callboard.jobs.states import ACTIVE

# Some duties that only one scheduler does come four times a minute.
LEADER_MS: Final = 60_000
SCHEDULES_MOST: Final = 100
# Of a job that has told of its progress, more is heard before this.
PROGRESS_MS: Final = 15 * 60_000


@dataclass(frozen=True, slots=True)
class ScheduleGauge:
    """A schedule: when it is due next, ms, and how many of its times passed without a job."""

    name: str
    next_ms: int | None
    passed: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How the history stands."""

    schedules: list[ScheduleGauge]
    flows: dict[str, int]
    silent: dict[str, str]
    led: bool
    last_id: str | None


def measured(engine: Engine, prefix: str, now_ms: int) -> tuple[Readings, Standing] | None:
    """All totals and how the history stands, None where the database does not answer."""
    try:
        return readings(engine), standing(engine, prefix, now_ms)
    except DBAPIError:
        return None


def standing(engine: Engine, prefix: str, now_ms: int) -> Standing:
    """Everything in one look; `silent` are jobs, with their queues, whose progress is overdue.

    Raises SQLAlchemyError when the database is away.
    """
    with reading(engine) as session:
        return Standing(
            schedules=_schedules(session),
            flows=_flows(session),
            silent=_silent(session, now_ms),
            led=_led(session, now_ms),
            last_id=session.scalar(select(PositionRow.last_id).where(PositionRow.prefix == prefix)),
        )


def _schedules(session: Session) -> list[ScheduleGauge]:
    columns = (ScheduleRow.name, ScheduleRow.next_ms, ScheduleRow.paused_ms, ScheduleRow.passed)
    rows = session.execute(select(*columns).order_by(ScheduleRow.name).limit(SCHEDULES_MOST)).all()
    return [ScheduleGauge(name, None if paused_ms else next_ms, passed) for name, next_ms, paused_ms, passed in rows]


def _flows(session: Session) -> dict[str, int]:
    query = select(FlowRow.name, func.count()).where(FlowRow.state == ACTIVE).group_by(FlowRow.name)
    found: dict[str, int] = dict(session.execute(query).all())
    return found


def _silent(session: Session, now_ms: int) -> dict[str, str]:
    """Active jobs that have told of their progress in this attempt, and then no more for too long."""
    last = func.max(ProgressRow.at_ms)
    query = (
        select(JobRow.id, JobRow.queue)
        .join(ProgressRow, ProgressRow.job_id == JobRow.id)
        .where(JobRow.state == ACTIVE, ProgressRow.at_ms >= JobRow.started_ms)
        .group_by(JobRow.id, JobRow.queue)
        .having(last < now_ms - PROGRESS_MS)
    )
    found: dict[str, str] = dict(session.execute(query).all())
    return found


def _led(session: Session, now_ms: int) -> bool:
    """Whether some scheduler does what one of them must do."""
    last_ms, held_ms = session.execute(select(func.max(TickRow.last_ms), func.max(TickRow.held_until_ms))).one()
    return (last_ms or 0) > now_ms - LEADER_MS or (held_ms or 0) > now_ms
