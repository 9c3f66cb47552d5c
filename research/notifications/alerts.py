"""The state of conditions: told of once when one begins and once when it is over, and not at all while silenced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from callboard.broker.announce import announce
from callboard.broker.link import Links
from callboard.broker.stream import Event
from callboard.history.notification_models import AlertRow
from callboard.jobs.encoding import encode
from callboard.jobs.errors import CallboardError
from callboard.jobs.identity import id_for
from research.notifications import firings
from research.notifications.finding import Finding, Scene
from research.notifications.hooks import deliver_to, fitting
from research.notifications.notices import Notice
from research.notifications.outgoing import Letter, Outgoing
from research.notifications.rules import MAIL, NAMES, NOTICE, Rule
from research.notifications.services import ADMINISTRATORS, Services
from research.notifications.words import lasted, moment
from research.webhooks.registry import Webhook

FIRED: Final = "alert:fired"
RESOLVED: Final = "alert:resolved"
# A condition that comes and goes within this time is one condition.
CALM_MS: Final = 60_000


class UnknownAlert(CallboardError):
    """Raised when a condition is to be silenced that there cannot be."""


@dataclass(slots=True)
class Changes:
    """Conditions of which somebody is to be told."""

    fired: list[AlertRow] = field(default_factory=list)
    resolved: list[AlertRow] = field(default_factory=list)

    def all(self) -> list[tuple[str, AlertRow]]:
        """Each with its event."""
        return [*((FIRED, row) for row in self.fired), *((RESOLVED, row) for row in self.resolved)]


def update(scene: Scene, found: Sequence[Finding]) -> Changes:
    """Bring what is remembered up to what holds now, and say of what somebody is to be told."""
    session, now_ms, changes = scene.session, scene.now_ms, Changes()
    rows = {row.key: row for row in session.scalars(select(AlertRow))}
    for finding in found:
        row = rows.get(finding.key)
        if row is None or row.resolved_ms is not None:
            row = _begin(session, row, finding, now_ms)
        row.seen_ms, row.count, row.cause, row.advice = now_ms, finding.count, finding.cause, finding.advice
        if row.fired_ms is None and _is_due(row, scene.rules[row.rule], now_ms):
            row.fired_ms = now_ms
            changes.fired.append(row)
            firings.fired(session, row)
    for row in rows.values():
        if row.resolved_ms is None and now_ms - row.seen_ms >= CALM_MS:
            _end(session, row, scene.rules.get(row.rule), changes, now_ms)
    return changes


def tell(
    services: Services, rules: dict[str, Rule], webhooks: Sequence[Webhook], changes: Changes, now_ms: int
) -> Outgoing:
    """One mail for all that has begun or ended, a notice for each, and the events for webhooks."""
    outgoing = Outgoing()
    for event, row in changes.all():
        if NOTICE in rules[row.rule].channels:
            outgoing.notices.append(_notice(event, row, now_ms))
        happened = Event(f"{now_ms}-0", event, row.key, row.rule, "", 0, encode(_told(row), "alert"))
        deliver_to(outgoing, fitting(webhooks, happened), happened, {})
    _write_letters(outgoing, services, rules, changes, now_ms)
    return outgoing


def announce_changes(links: Links, changes: Changes) -> None:
    """Tell those who watch the stream. Raises ConnectionLost, by which nothing is lost that anybody relies on."""
    for event, row in changes.all():
        announce(links, event, row.key, _told(row), type=row.rule)


def silence(session: Session, key: str, *, until_ms: int, now_ms: int, note: str | None = None) -> None:
    """Tell nobody of a condition until a time, also of one that nobody has looked at yet; it ends with the condition.

    Raises UnknownAlert for a rule that there is not.
    """
    rule, _, subject = key.partition(":")
    if rule not in NAMES or not subject:
        raise UnknownAlert(f'"{key}" is no condition; `callboard alerts` lists those that hold')
    row = session.get(AlertRow, key)
    if row is None or row.resolved_ms is not None:
        row = _begin(session, row, Finding(rule, subject, 0, "", ""), now_ms)
        row.seen_ms, row.count, row.cause, row.advice = now_ms, 0, "", ""
    row.silenced_until_ms, row.silence_note = until_ms, note


def forget(session: Session, before_ms: int) -> None:
    """Remove conditions that were over before a time."""
    session.execute(delete(AlertRow).where(AlertRow.resolved_ms < before_ms))


def _begin(session: Session, row: AlertRow | None, finding: Finding, now_ms: int) -> AlertRow:
    """The row of a condition that has begun: a new one, or that of the last time."""
    if row is None:
        row = AlertRow(key=finding.key[:250], rule=finding.rule, subject=finding.subject[:200])
        session.add(row)
    row.since_ms, row.fired_ms, row.resolved_ms = now_ms, None, None
    row.silenced_until_ms, row.silence_note = None, None
    return row


def _is_due(row: AlertRow, rule: Rule, now_ms: int) -> bool:
    quiet = rule.silent(now_ms) or (row.silenced_until_ms or 0) > now_ms
    return not quiet and now_ms - row.since_ms >= rule.numbers.get("for_s", 0) * 1000


def _end(session: Session, row: AlertRow, rule: Rule | None, changes: Changes, now_ms: int) -> None:
    """Note that a condition is over; one of which nobody was told is forgotten."""
    if row.fired_ms is None:
        session.delete(row)
        return
    row.resolved_ms = now_ms
    firings.resolved(session, row)
    if rule and not rule.silent(now_ms) and (row.silenced_until_ms or 0) <= now_ms:
        changes.resolved.append(row)


def _write_letters(
    outgoing: Outgoing, services: Services, rules: dict[str, Rule], changes: Changes, now_ms: int
) -> None:
    """A mail to each set of addresses, with all that concerns them."""
    told: dict[tuple[str, ...], dict[str, list[dict[str, str]]]] = {}
    for name, rows in (("fired", changes.fired), ("resolved", changes.resolved)):
        for row in rows:
            rule = rules[row.rule]
            to = rule.addresses or services.admins
            if to and MAIL in rule.channels:
                told.setdefault(to, {"fired": [], "resolved": []})[name].append(_line(row))
    link = services.link("/")
    for to, lists in told.items():
        data: dict[str, Any] = {**lists, **({"url": link} if link else {})}
        outgoing.letters.append(Letter(("conditions", str(now_ms), *to), to, "conditions", data, now_ms))


def _line(row: AlertRow) -> dict[str, str]:
    return {
        "cause": row.cause,
        "advice": row.advice,
        "since": moment(row.since_ms),
        "lasted": lasted(max(row.seen_ms, row.since_ms) - row.since_ms),
    }


def _notice(event: str, row: AlertRow, now_ms: int) -> Notice:
    begun = event == FIRED
    text = row.advice if begun else f"Over after {_line(row)['lasted']}."
    id = id_for(now_ms, "notice", event, row.key, str(row.since_ms))
    title = row.cause if begun else f"All right again: {row.cause}"
    return Notice(id, ADMINISTRATORS, row.rule, title, text, now_ms)


def _told(row: AlertRow) -> dict[str, Any]:
    """What the event of a condition tells."""
    told = {"subject": row.subject, "count": row.count, "cause": row.cause, "advice": row.advice}
    times = {"since_ms": row.since_ms, "resolved_ms": row.resolved_ms}
    return {name: value for name, value in (told | times).items() if value is not None}
