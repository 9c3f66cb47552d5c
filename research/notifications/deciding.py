"""From a batch of events to what is sent because of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from callboard.broker.stream import Event
from callboard.history.database import reading
from research.notifications.ends import COMPLETED, ENDS, FAILED, End, details, tell_user, wishes_for
from research.notifications.failures import Failed, failed_job, own_failure
from research.notifications.hooks import NEVER_TOLD, OF_CONDITIONS, deliver_to, fitting
from research.notifications.outgoing import Outgoing
from research.notifications.rules import Rule, rules
from research.notifications.services import Services
from research.notifications.subjects import NOBODY, Subject, last_failures, results, subjects
from research.notifications.wishes import MARK
from research.webhooks import registry
from research.webhooks.registry import Webhook


@dataclass(slots=True)
class Decided:
    """What is sent at once, and the failures that are collected until administrators are told."""

    outgoing: Outgoing = field(default_factory=Outgoing)
    failed: list[Failed] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.outgoing or self.failed)


@dataclass(frozen=True, slots=True)
class Standing:
    """The rules and webhooks that hold for a batch."""

    rules: dict[str, Rule]
    webhooks: list[Webhook]


def decide(services: Services, events: Sequence[Event]) -> Decided:
    """What follows from events; asks Redis for the jobs that have ended, and writes nothing."""
    decided, standing = Decided(), _standing(services)
    ended = [event for event in events if event.event in ENDS and event.type not in NEVER_TOLD]
    known = subjects(services.links, services.engine, (event.job for event in ended))
    for event in events:
        subject = known.get(event.job, NOBODY)
        hooks = [] if event.event.startswith(OF_CONDITIONS) else fitting(standing.webhooks, event)
        if hooks:
            deliver_to(decided.outgoing, hooks, event, details(services, event, subject) if event.event in ENDS else {})
    _tell_users(decided, services, standing.rules["job_ended"], ended, known)
    own = {event.job for event in ended if MARK in known.get(event.job, NOBODY).meta}
    decided.outgoing.notices += [own_failure(e) for e in ended if e.event == FAILED and e.job in own]
    if standing.rules["job_failed"].enabled:
        decided.failed = _failures(services, [e for e in ended if e.event == FAILED and e.job not in own])
    return decided


def _standing(services: Services) -> Standing:
    with reading(services.engine) as session:
        return Standing(rules(session), registry.every(session, scope=registry.EVENTS))


def _tell_users(
    decided: Decided, services: Services, rule: Rule, ended: Sequence[Event], known: dict[str, Subject]
) -> None:
    """Those whose jobs asked for it."""
    asked = [(event, wishes_for(event, known[event.job])) for event in ended if event.job in known]
    asked = [(event, wishes) for event, wishes in asked if wishes]
    returned = results(services.links, (event.job for event, _ in asked if event.event == COMPLETED))
    for event, wishes in asked:
        end = End(event, known[event.job], wishes, returned.get(event.job, {}))
        tell_user(decided.outgoing, services, rule, end)


def _failures(services: Services, failed: Sequence[Event]) -> list[Failed]:
    """The failures that administrators are told of."""
    kept = last_failures(services.links, (event.job for event in failed))
    told = [failed_job(event, kept.get(event.job, {})) for event in failed]
    return [one for one in told if one is not None]
