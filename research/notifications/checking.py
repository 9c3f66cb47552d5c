"""Looking at the conditions and at the collected failures, and telling administrators of what is due."""

from __future__ import annotations

from dataclasses import replace

from callboard.broker.store import Store
from callboard.history.database import reading, writing
from research.notifications import alerts, failures, position, watches
from research.notifications.attention import CONDITIONS, findings
from research.notifications.finding import Scene
from research.notifications.outgoing import write
from research.notifications.reader import find_place
from research.notifications.rules import rules
from research.notifications.services import Services
from research.webhooks import registry


def check(services: Services) -> None:
    """Tell of conditions that have begun or ended, and of failures whose time has come; once, however many check.

    Raises BrokerFault or SQLAlchemyError when Redis or the database is away; nothing is lost by that.
    """
    find_place(services)
    store = Store(services.links)
    now_ms = store.now_ms()
    with reading(services.engine) as session:
        holding = rules(session)
        scene = Scene(store, session, holding, now_ms)
        counted = watches.counted(services.engine, session, now_ms)
        found = findings(scene, *CONDITIONS, lambda _: watches.above(counted))
    with writing(services.engine) as session:
        # Who comes second waits here, and finds that all has been told.
        position.hold(session, services.links.prefix)
        watches.note(session, counted, now_ms)
        changes = alerts.update(replace(scene, session=session), found)
        hooks = registry.every(session, scope=registry.EVENTS)
        write(session, services, alerts.tell(services, holding, hooks, changes, now_ms))
        write(session, services, failures.digest(session, services, holding["job_failed"], now_ms))
    alerts.announce_changes(services.links, changes)
