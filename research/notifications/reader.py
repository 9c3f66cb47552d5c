"""Reading the event stream to its present end: what is sent because of it is written with the place that was read.

Both are one transaction, so each event leads to what it leads to once, however many read, and whenever one dies.
"""

from __future__ import annotations

import logging
import time
from typing import Final

from callboard.broker.lookout import look_at_data
from callboard.broker.stream import events_after
from callboard.broker.tape import START, Tape, precedes
from callboard.history.database import reading, writing
from callboard.jobs.clock import wall_ms
from callboard.jobs.failpoints import failpoint
from research.notifications import position
from research.notifications.deciding import Decided, decide
from research.notifications.failures import collect
from research.notifications.gap import step_over
from research.notifications.outgoing import write
from research.notifications.position import Place
from research.notifications.services import Services

BATCH: Final = 1_000
SECONDS: Final = 1.0
log = logging.getLogger("callboard.notifier")


def read_events(services: Services, seconds: float = SECONDS) -> bool:
    """Deal with what has happened since the last time, for so many seconds at most; whether there is more.

    Raises BrokerFault or SQLAlchemyError when Redis or the database is away; nothing is lost by that.
    """
    deadline = time.monotonic() + seconds
    place = find_place(services)
    while True:
        events = events_after(services.links, place.last_id, BATCH)
        if not events:
            return False
        to = Place(place.epoch, events[-1].id)
        # What Redis had lost and was told again has been told to users long ago.
        decided = decide(services, [event for event in events if not event.values.get("restored")])
        failpoint("notifier.decided")
        if not _write(services, decided, place, to):
            return True  # another one has just read the same
        place = to
        if len(events) < BATCH or time.monotonic() > deadline:
            return len(events) == BATCH


def _write(services: Services, decided: Decided, expected: Place, to: Place) -> bool:
    """Write what was decided unless somebody has moved on from the place meanwhile; whether it was written."""
    with writing(services.engine) as session:
        if not position.move(session, services.links.prefix, expected=expected, to=to, at_ms=wall_ms()):
            return False
        write(session, services, decided.outgoing)
        collect(session, decided.failed)
        failpoint("notifier.written")
    return True


def find_place(services: Services) -> Place:
    """Where to go on: at the newest event the first time, at the oldest where Redis holds other data than before."""
    tape, prefix = Tape(services.links), services.links.prefix
    epoch = tape.epoch()
    with reading(services.engine) as session:
        found = position.find(session, prefix)
    if found is None:
        with writing(services.engine) as session:
            return position.begin(session, prefix, Place(epoch, tape.stream.latest()), wall_ms())
    data = look_at_data(services.links, found.last_id)
    if found.epoch == epoch and (found.last_id == START or data.holds or data.first is None):
        return found
    if found.epoch == epoch and precedes(found.last_id, data.first or START):
        return step_over(services, found, data.first or START)
    log.warning("Redis holds other data than those read up to %s; they are read from the start", found.last_id)
    return position.go_to(services.engine, prefix, expected=found, to=Place(epoch, START))
