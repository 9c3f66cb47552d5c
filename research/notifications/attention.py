"""What needs attention now: the same conditions for the mails to administrators and for the first page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from callboard.broker.store import Store
from callboard.history.database import reading
from callboard.history.notification_models import AlertRow
from research.notifications.engine_conditions import new_errors, recorder, server, stuck
from research.notifications.finding import Finding, Scene
from research.notifications.queue_conditions import queue_findings
from research.notifications.record_conditions import budget, failure_rates, schedules_missed, webhooks_off
from research.notifications.rules import NAMES, rules
from research.notifications.watches import above_as_remembered

Condition = Callable[[Scene], Iterator[Finding]]
# A new condition is a row here and a rule in `rules.py`.
CONDITIONS: Final[tuple[Condition, ...]] = (
    server,
    recorder,
    queue_findings,
    stuck,
    failure_rates,
    new_errors,
    schedules_missed,
    budget,
    webhooks_off,
)


def attention(store: Store, engine: Engine, *, silenced: bool = False) -> list[Finding]:
    """What needs attention, the gravest first, each with since when; those that are silenced only if asked for.

    Raises ConnectionLost or SQLAlchemyError when a store is away.
    """
    now_ms = store.now_ms()
    with reading(engine) as session:
        scene = Scene(store, session, rules(session), now_ms)
        found = findings(scene, *CONDITIONS, above_as_remembered)
        known = _known(session)
    told = [_with_history(finding, known.get(finding.key), now_ms) for finding in found]
    return [finding for finding in told if silenced or (finding.silenced_until_ms or 0) <= now_ms]


def findings(scene: Scene, *conditions: Condition) -> list[Finding]:
    """All conditions that hold, of the rules that are switched on, the gravest first."""
    found = [finding for condition in conditions for finding in condition(scene)]
    wanted = [finding for finding in found if scene.rules[finding.rule].enabled]
    return sorted(wanted, key=lambda finding: (NAMES.index(finding.rule), -finding.count, finding.subject))


def _known(session: Session) -> dict[str, AlertRow]:
    return {row.key: row for row in session.scalars(select(AlertRow).where(AlertRow.resolved_ms.is_(None)))}


def _with_history(finding: Finding, row: AlertRow | None, now_ms: int) -> Finding:
    """The finding with what is remembered of it; without that, and unless it knows better, it begins now."""
    since_ms = finding.since_ms or (row.since_ms if row else now_ms)
    until_ms, note = (row.silenced_until_ms, row.silence_note) if row else (None, None)
    return replace(finding, since_ms=since_ms, silenced_until_ms=until_ms, silence_note=note)
