"""What the records say is wrong: failing types, schedules that do not run, cost near its cap, webhooks that are off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import func, select

from callboard.history.models import JobRow
from callboard.history.notification_models import WebhookRow
from callboard.history.schedule_models import FiringRow, ScheduleRow
from callboard.jobs.clock import from_ms, to_ms
from callboard.jobs.states import COMPLETED, FAILED
from research.notifications.finding import Finding, Scene
from research.notifications.words import counted, lasted, moment
from research.outbound.targets import shown_target
from research.webhooks.registry import OFF_BY_HAND

# So many of the newest ends are enough for a share, however many there were.
ENDS_MOST: Final = 5_000


def failure_rates(scene: Scene) -> Iterator[Finding]:
    """Types of which too large a share has failed lately; jobs that fell with another one are not counted."""
    window_ms = scene.number("failure_rate", "window_s") * 1000
    recent = (
        select(JobRow.type, JobRow.state)
        .where(JobRow.finished_ms >= scene.now_ms - window_ms, JobRow.blocked_by.is_(None))
        .where(JobRow.state.in_((COMPLETED, FAILED)))
        .order_by(JobRow.finished_ms.desc())
        .limit(ENDS_MOST)
        .subquery()
    )
    counts: dict[str, dict[str, int]] = {}
    query = select(recent.c.type, recent.c.state, func.count()).group_by(recent.c.type, recent.c.state)
    for type, state, count in scene.session.execute(query):
        counts.setdefault(type, {})[state] = count
    for type, by_state in counts.items():
        failed, total = by_state.get(FAILED, 0), sum(by_state.values())
        if total >= scene.number("failure_rate", "least") and failed > total * scene.number("failure_rate", "share"):
            cause = f"{failed:,} of {counted(total, 'job')} of {type} failed in the last {lasted(round(window_ms))}"
            search = f"state:failed type:{type}"
            yield Finding("failure_rate", type, failed, cause, f"see why: callboard ls {search}", query=search)


def schedules_missed(scene: Scene) -> Iterator[Finding]:
    """Schedules that are overdue, that cannot run, or that have let a time pass."""
    overdue_ms = scene.now_ms - scene.number("schedule_missed", "overdue_s") * 1000
    passed = _passed(scene)
    for row in scene.session.scalars(select(ScheduleRow).where(ScheduleRow.paused_ms.is_(None))):
        advice = f"look at it: callboard schedules show {row.name}"
        if row.disabled:
            cause = f"schedule {row.name} is disabled: {row.disabled}"
        elif row.next_ms is not None and row.next_ms < overdue_ms:
            cause = f"schedule {row.name} was due at {moment(row.next_ms)} and has not run"
            advice = "is a scheduler running? start one: callboard scheduler"
        elif row.name in passed:
            cause = f"schedule {row.name} has let {counted(passed[row.name], 'time')} pass"
        else:
            continue
        yield Finding("schedule_missed", row.name, passed.get(row.name, 1), cause, advice)


def _passed(scene: Scene) -> dict[str, int]:
    """How many times of each schedule passed lately without a job."""
    since_ms = scene.now_ms - scene.number("schedule_missed", "window_s") * 1000
    missed = FiringRow.state.in_(("missed", "refused"))
    query = select(FiringRow.schedule, func.count()).where(FiringRow.decided_ms >= since_ms, missed)
    rows = scene.session.execute(query.group_by(FiringRow.schedule)).all()
    return {row[0]: row[1] for row in rows}


def budget(scene: Scene) -> Iterator[Finding]:
    """What the jobs of this calendar month, in UTC, have cost, once it nears the cap."""
    cap, share = scene.number("budget", "usd"), scene.number("budget", "share")
    if not cap:
        return
    spent = spent_usd(scene)
    if spent >= cap * share:
        cause = f"this month's jobs cost {spent:,.2f} of {cap:,.2f} USD ({spent / cap:.0%})"
        advice = "raise the cap, or pause what costs: callboard queues pause ai-analysis"
        yield Finding("budget", "month", round(spent), cause, advice)


def spent_usd(scene: Scene) -> float:
    """US dollars that jobs have cost since the month began."""
    now = from_ms(scene.now_ms)
    assert now is not None
    since_ms = to_ms(datetime(now.year, now.month, 1, tzinfo=UTC))
    query = select(func.sum(JobRow.cost_usd)).where(JobRow.finished_ms >= since_ms, JobRow.cost_usd > 0)
    return float(scene.session.scalar(query) or 0.0)


def webhooks_off(scene: Scene) -> Iterator[Finding]:
    """Webhooks that were switched off, but not by hand."""
    query = select(WebhookRow).where(WebhookRow.enabled.is_(False), WebhookRow.reason != OFF_BY_HAND)
    for row in scene.session.scalars(query):
        cause = f"webhook {row.about or shown_target(row.url)} is off: {row.reason}"
        advice = f"once it works again: callboard webhooks enable {row.id}"
        yield Finding("webhook_off", row.id, 1, cause, advice)
