"""The digest of a week: what it needs is computed ahead, then it is made, then it is mailed."""

from __future__ import annotations

from typing import Any

from actors import services
from actors.cache import cache_precompute
from actors.email_notifications import email_send
from actors.scheduled_tasks import weekly_digest as make_digest
from callboard.jobs.flow import Plan, Step, chain, plan

NAME = "weekly_digest"


def weekly_digest(*, week: str | None = None, zone: str = "UTC", to: list[str] | None = None) -> Plan:
    """Precompute, make the digest of `week` (left out, the last one that is over), mail it to `to`.

    Left out, it goes to the administrators, or to the platform's own address where there are none. Raises BadPeriod,
    InvalidArguments.
    """
    from research.models import now
    from research.reports.period import WEEKLY, last_period, period_of

    # Settled here, so that all steps are about the same week whenever they run.
    period = period_of(WEEKLY, week, zone, now()) if week else last_period(WEEKLY, now(), zone)
    settings = services.settings()
    addresses = list(settings.notify_admins or (settings.from_email,)) if to is None else to
    return plan(
        chain(
            Step(cache_precompute.call(name="corpus_statistics"), name="precompute", if_fails="continue"),
            Step(make_digest.call(week=period.label, zone=zone, to=[]), name="digest"),
            Step(email_send.call(to=addresses, template="report", report_id=period.id), name="mail"),
        ),
        name=NAME,
        meta={"report_id": period.id},
    )


def report_of(meta: dict[str, Any]) -> dict[str, Any]:
    """The stored digest: its id, its facts, and the page of Markdown. Raises UnknownReport."""
    from callboard.history.database import reading
    from research.reports.store import find_report

    with reading(services.database()) as session:
        report = find_report(session, str(meta["report_id"]))
    return {"id": report.id, "facts": report.facts, "markdown": report.markdown}


def page_of(report: dict[str, Any]) -> str:
    """The digest as a page of Markdown."""
    return str(report["markdown"])
