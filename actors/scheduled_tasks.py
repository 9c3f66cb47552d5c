"""Reports of days, weeks and months, and a look at the health of the platform, each by its schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from marshmallow import Schema, fields, validate

from actors import services
from actors.email_notifications import email_send
from callboard.jobs.policy import Queue
from callboard.worker.context import Context
from callboard.worker.job import job

if TYPE_CHECKING:
    from callboard.jobs.call import Call

scheduled_queue = Queue("scheduled-tasks", concurrency=2)
TO: Final = {"description": "addresses the report goes to; left out, those of NOTIFY_ADMINS; empty, it is only stored"}


class ReportOf(Schema):
    """Whose clock counts, and who gets it."""

    zone = fields.String(
        load_default="UTC",
        validate=validate.Length(1, 64),
        metadata={"description": "time zone by whose clock the period begins and ends, such as Europe/Berlin"},
    )
    to = fields.List(fields.String(), validate=validate.Length(max=50), metadata=TO)
    again = fields.Boolean(
        load_default=False, metadata={"description": "make it anew although it is there; nobody gets it twice"}
    )


class DailyReport(ReportOf):
    """Which day."""

    day = fields.String(metadata={"description": "such as 2026-11-21; left out, the last one that is over"})


class WeeklyDigest(ReportOf):
    """Which week."""

    week = fields.String(metadata={"description": "ISO week such as 2026-W47; left out, the last one that is over"})


class MonthlyAnalytics(ReportOf):
    """Which month."""

    month = fields.String(metadata={"description": "such as 2026-10; left out, the last one that is over"})


class SystemHealthCheck(Schema):
    """Who is told."""

    to = fields.List(
        fields.String(),
        validate=validate.Length(max=50),
        metadata={"description": "addresses told of a change; left out, those of NOTIFY_ADMINS"},
    )


@job(queue=scheduled_queue, schema=DailyReport, timeout=600)
def daily_report(
    ctx: Context, *, zone: str, again: bool, day: str | None = None, to: list[str] | None = None
) -> dict[str, Any]:
    """The report of a day. Safe to repeat: it is stored once for its day and zone, and each address gets it once."""
    return _report(ctx, "daily_report", day, zone, to, again=again)


@job(queue=scheduled_queue, schema=WeeklyDigest, timeout=600, pipe_ignore=True)
def weekly_digest(
    ctx: Context, *, zone: str, again: bool, week: str | None = None, to: list[str] | None = None
) -> dict[str, Any]:
    """The digest of a week. Safe to repeat: it is stored once for its week and zone, and each address gets it once."""
    return _report(ctx, "weekly_digest", week, zone, to, again=again)


@job(queue=scheduled_queue, schema=MonthlyAnalytics, timeout=600)
def monthly_analytics(
    ctx: Context, *, zone: str, again: bool, month: str | None = None, to: list[str] | None = None
) -> dict[str, Any]:
    """The report of a month. Safe to repeat: stored once for its month and zone, and each address gets it once."""
    return _report(ctx, "monthly_analytics", month, zone, to, again=again)


def _report(
    ctx: Context, kind: str, label: str | None, zone: str, to: list[str] | None, *, again: bool
) -> dict[str, Any]:
    """Make a report unless it is there, and enqueue its mail in the transaction that stores it."""
    from callboard.history.database import reading, writing
    from callboard.history.outbox import enqueue_in
    from research.models import now
    from research.reports.facts import gather
    from research.reports.period import last_period, period_of
    from research.reports.store import is_stored, store_report

    engine, addresses = services.database(), _addresses(to)
    period = period_of(kind, label, zone, now()) if label else last_period(kind, now(), zone)
    with reading(engine) as session:
        wanted = again or not is_stored(session, period.id)
    facts = gather(engine, ctx.broker.store, period, ctx.progress) if wanted else None
    ctx.progress(4, 5, "store and mail")
    mails = [_mail(address, period.id, period.span.end_ms) for address in addresses]
    with writing(engine) as session:
        made = facts is not None and store_report(session, period, facts, again=again)
        for mail in mails:
            enqueue_in(session, mail)
    ctx.progress(5, 5, "done")
    return {"report": period.id, "period": period.words, "made": made, "mails": [mail.id for mail in mails]}


def _addresses(to: list[str] | None) -> list[str]:
    """Who gets a mail. Raises MailRefused for what is no address."""
    from research.mail.addresses import address

    wanted = services.settings().notify_admins or () if to is None else to
    return list(dict.fromkeys(address(one, "to").addr_spec for one in wanted))


def _mail(address: str, report_id: str, at_ms: int) -> Call:
    """The mail of a report for one address: the same job however often the report is asked for."""
    from callboard.jobs.identity import id_for
    from research.notifications.wishes import MARK

    call = email_send.call(to=[address], template="report", report_id=report_id)
    return call.named(id=id_for(at_ms, "report", report_id, address), meta={MARK: "report"}, tags=("notification",))


@job(queue=scheduled_queue, schema=SystemHealthCheck, timeout=600)
def system_health_check(ctx: Context, *, to: list[str] | None = None) -> dict[str, Any]:
    """Look at everything that must be right. Safe to repeat: each change is told once, by what was wrong before."""
    from callboard.history.database import writing
    from research.health.check import Place
    from research.health.look import health
    from research.health.telling import remember, tell

    engine, settings, addresses = services.database(), services.settings(), _addresses(to)
    found = health(Place(ctx.broker.links, engine, settings.home, settings.events_cap), ctx.progress)
    with writing(engine) as session:
        change = remember(session, found)
        mail = tell(session, change, found.at, addresses, email_send.call)
    ctx.progress(1, 1, "done")
    told = {"began": [row.name for row in change.fired], "ended": [row.name for row in change.resolved], "mail": mail}
    return {**found.values(), **told}
