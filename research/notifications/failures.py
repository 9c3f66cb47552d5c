"""Telling administrators of jobs that have failed for good: by fault and together, never one mail for each job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import case, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from callboard.broker.stream import Event
from callboard.history.models import table_of
from callboard.history.notification_models import FailureNoticeRow
from callboard.jobs.fingerprint import fingerprint
from callboard.jobs.identity import id_for
from callboard.jobs.normalise import storable
from research.notifications.notices import Notice
from research.notifications.outgoing import Letter, Outgoing
from research.notifications.rules import MAIL, NOTICE, Rule
from research.notifications.services import ADMINISTRATORS, Services
from research.notifications.words import counted, moment

MESSAGE_MOST: Final = 500
HOUR_MS: Final = 3_600_000
TABLE: Final = table_of(FailureNoticeRow)


@dataclass(frozen=True, slots=True)
class Failed:
    """A job that has failed for good."""

    fingerprint: str
    type: str
    error_type: str
    message: str
    job: str
    at_ms: int


def failed_job(event: Event, failure: Mapping[str, Any]) -> Failed | None:
    """The failure of an event, by what is kept of it; None for a job that only fell with another one."""
    told = {**event.values, **failure}
    if event.values.get("blocked_by"):
        return None
    words = {name: storable(str(told.get(name) or "")) for name in ("class", "type", "message", "traceback")}
    fault = fingerprint(words["class"], words["type"], words["message"], words["traceback"])
    message = words["message"][:MESSAGE_MOST] or "no reason is known"
    type, job = storable(event.type)[:200], storable(event.job)[:64]
    return Failed(fault.id, type, words["type"][:200], message, job, event.at_ms)


def own_failure(event: Event) -> Notice:
    """A notice that one of our own mails could not be sent, once an hour: a mail about it would fail as well."""
    id = id_for(event.at_ms - event.at_ms % HOUR_MS, "notice", "own", event.type)
    message = str(event.values.get("message") or "no reason is known")
    title = f"a notification could not be sent by {event.type}"
    return Notice(id, ADMINISTRATORS, "job_failed", title, message, event.at_ms, event.job)


def collect(session: Session, failed: Iterable[Failed]) -> None:
    """Count failures until they are told of."""
    groups: dict[str, list[Failed]] = {}
    for one in failed:
        groups.setdefault(one.fingerprint, []).append(one)
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    for members in groups.values():
        insert: Any = dialect.insert(TABLE).values(_row(members))
        new, old = insert.excluded, TABLE.c
        changes = {name: new[name] for name in ("type", "message", "sample_job")} | {
            "untold": old.untold + new.untold,
            "total": old.total + new.total,
            "untold_since_ms": func.coalesce(old.untold_since_ms, new.untold_since_ms),
            "last_ms": case((old.last_ms > new.last_ms, old.last_ms), else_=new.last_ms),
        }
        session.execute(insert.on_conflict_do_update(index_elements=["fingerprint"], set_=changes))


def digest(session: Session, services: Services, rule: Rule, now_ms: int) -> Outgoing:
    """Tell of the faults that are due: new ones after a minute, old ones when their hour is over; marks them as told.

    Faults that come one after the other share their mails, so that many new ones cannot make many mails either.
    """
    outgoing = Outgoing()
    last_told = session.scalar(select(func.max(FailureNoticeRow.told_ms))) or 0
    if rule.silent(now_ms) or now_ms - last_told < rule.numbers["between_s"] * 1000:
        return outgoing
    untold = select(FailureNoticeRow).where(FailureNoticeRow.untold > 0).with_for_update()
    rows = [row for row in session.scalars(untold) if _due(row, rule, now_ms)]
    if rows:
        _tell(outgoing, services, rule, sorted(rows, key=lambda row: -row.untold), now_ms)
    for row in rows:
        row.untold, row.untold_since_ms, row.told_ms = 0, None, now_ms
    return outgoing


def forget(session: Session, before_ms: int) -> int:
    """Remove faults that were told of and have not been seen since a time; how many that were."""
    old = select(FailureNoticeRow).where(FailureNoticeRow.last_ms < before_ms, FailureNoticeRow.untold == 0)
    rows = session.scalars(old.limit(1_000)).all()
    for row in rows:
        session.delete(row)
    return len(rows)


def _row(members: Sequence[Failed]) -> dict[str, Any]:
    newest = max(members, key=lambda one: one.at_ms)
    return {
        "fingerprint": newest.fingerprint,
        "type": newest.type,
        "error_type": newest.error_type,
        "message": newest.message,
        "sample_job": newest.job,
        "untold": len(members),
        "total": len(members),
        "untold_since_ms": min(one.at_ms for one in members),
        "last_ms": newest.at_ms,
    }


def _due(row: FailureNoticeRow, rule: Rule, now_ms: int) -> bool:
    collected = now_ms - (row.untold_since_ms or now_ms) >= rule.numbers["collect_s"] * 1000
    return collected and (row.told_ms is None or now_ms - row.told_ms >= rule.numbers["window_s"] * 1000)


def _tell(outgoing: Outgoing, services: Services, rule: Rule, rows: Sequence[FailureNoticeRow], now_ms: int) -> None:
    total, most = sum(row.untold for row in rows), int(rule.numbers["groups"])
    data: dict[str, Any] = {
        "total": total,
        "groups": [_group(services, row) for row in rows[:most]],
        "more": max(0, len(rows) - most),
    }
    if url := services.link("/errors"):
        data["url"] = url
    key = ("failures", str(now_ms))
    to = rule.addresses or services.admins
    if to and MAIL in rule.channels:
        outgoing.letters.append(Letter(key, to, "failures", data, now_ms))
    if NOTICE in rule.channels:
        title = f"{counted(total, 'job')} failed"
        text = "\n".join(f"{row.untold} × {row.type}: {row.message}" for row in rows[:most])
        id = id_for(now_ms, "notice", *key)
        outgoing.notices.append(Notice(id, ADMINISTRATORS, "job_failed", title, text, now_ms, rows[0].sample_job))


def _group(services: Services, row: FailureNoticeRow) -> dict[str, Any]:
    since = row.untold_since_ms or row.last_ms
    return {
        "type": row.type,
        "error": row.error_type,
        "message": row.message,
        "count": row.untold,
        "total": row.total,
        "since": moment(since),
        "job": row.sample_job,
        "url": services.link(f"/jobs/{row.sample_job}"),
    }
