"""The recorder: writes the event stream into SQL, each event once, however many recorders run and whenever one dies.

The position in the stream is a row in SQL, locked and moved in the transaction of each batch: who finds it moved by
another has written nothing, and stands by until the other one stops.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from typing import Final

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DataError, SQLAlchemyError

from callboard.broker.errors import BrokerFault
from callboard.broker.link import Links
from callboard.broker.lookout import look_at_data
from callboard.broker.stream import Event
from callboard.broker.tape import Entry, FlowEntry, Tape
from callboard.broker.vouching import vouch
from callboard.history import position
from callboard.history.continuity import BEHIND, LOST, SAME, judge
from callboard.history.doubts import doubt_live_jobs
from callboard.history.facts import Facts, gather
from callboard.history.failure_news import News, tell
from callboard.history.metering import Metering
from callboard.history.position import START, Position
from callboard.history.recording import record
from callboard.jobs.clock import wall_ms
from callboard.jobs.failpoints import failpoint

BLOCK_MS: Final = 1000
STANDBY: Final = 1.0
TRIM_EVERY: Final = 1.0
COMPLAIN_EVERY: Final = 10.0
# How often it is looked whether Redis or SQL was put back; after a lost connection that is done in any case.
LOOK_EVERY: Final = 5.0
log = logging.getLogger("callboard.recorder")


class Recorder:
    """Records one prefix of one Redis into one database; `lost` is called when Redis turns out to hold other data."""

    def __init__(self, engine: Engine, links: Links, lost: Callable[[], None] | None = None) -> None:
        self.engine = engine
        self.links = links
        self.prefix = links.prefix
        self.tape = Tape(links)
        self._lost = lost
        self._metering = Metering(links.prefix)
        self._at: Position | None = None
        self._rival: Position | None = None
        self._news: list[News] = []
        self._trim_at = self._complain_at = self._look_at = 0.0

    def run(self, stop: threading.Event) -> None:
        """Record until told to stop; what is away is waited for, and said once in ten seconds."""
        while not stop.is_set():
            try:
                if not self.step() and self._at is None:
                    stop.wait(STANDBY)
            except (BrokerFault, SQLAlchemyError) as error:
                self._at = None
                self._complain(error)
                stop.wait(STANDBY / 2)
        self.tape.close()

    def step(self, block_ms: int = BLOCK_MS) -> int:
        """Record the next batch; how many events that were.

        Raises BrokerFault or SQLAlchemyError when Redis or the database is away; nothing is lost by that.
        """
        if time.monotonic() >= self._look_at:
            self._at, self._look_at = None, time.monotonic() + LOOK_EVERY
        tell(self.links, self._news)  # what could not be told before
        at = self._at or self._find_place()
        if at is None:
            return 0
        events = self.tape.read(at.last_id, block_ms)
        self._at = at if self.tape.epoch() == at.epoch else None
        if self._at is None or not events:
            return 0
        failpoint("recorder.read")
        to = Position(at.epoch, events[-1].id)
        self._at = to if self._write(events, at, to) else None
        if self._at is None:
            return 0
        failpoint("recorder.committed")
        self._mark(to)
        tell(self.links, self._news)
        return len(events)

    def _find_place(self) -> Position | None:
        """Where to go on, None while another recorder is at work; from the start where the data are others."""
        epoch = self.tape.epoch()
        with self.engine.connect().execution_options(reading=True) as connection:
            found = position.find(connection, self.prefix)
        if found and self._rival and found != self._rival:
            self._rival = found
            return None
        self._rival = None
        data = look_at_data(self.links, found.last_id) if found else None
        if found is None or data is None or judge(found, data) != SAME:
            return self._begin_anew(epoch)
        self.tape.mark_recorded(found.last_id)  # SQL may be behind it, and needs all events from there on
        vouch(self.links, data.run)
        return found

    def _begin_anew(self, epoch: str) -> Position:
        """Record Redis from its first event on: it is new, or one of the two was flushed or put back in time."""
        with self.engine.begin() as connection:
            there = position.lock(connection, self.prefix, epoch)
            data = look_at_data(self.links, there.last_id)
            verdict = judge(there, data)
            if verdict == SAME and there.last_id != START:
                return there  # another recorder has just done it
            if verdict == BEHIND:
                doubted = doubt_live_jobs(connection)
                log.warning("SQL lacks what has happened since event %s; %d jobs are in doubt", there.last_id, doubted)
            elif verdict == LOST:
                log.warning("Redis has lost what is recorded up to event %s", there.last_id)
            renamed = verdict == LOST and there.epoch == data.epoch
            anew = Position(self.tape.new_epoch() if renamed else str(data.epoch), START)
            position.move(connection, self.prefix, anew, wall_ms())
        self.tape.begin_anew()
        if self._lost:
            self._lost()
        return anew

    def _write(self, events: list[Event], at: Position, to: Position) -> bool:
        """Write a batch if nobody else has; whether that was so."""
        facts = gather(events)
        entries = self.tape.entries(facts.last, facts.failed)
        flows = self.tape.flow_entries({*facts.flows, *_flows_again(facts, entries)}, facts.started)
        with self.engine.begin() as connection:
            there = position.lock(connection, self.prefix, at.epoch)
            if there != at:
                self._rival = there
                return False
            try:
                with connection.begin_nested():
                    news = record(connection, facts, entries, flows)
            except (DataError, OverflowError) as error:
                log.warning("a batch holds what SQL refuses, so its jobs are written one by one: %s", error)
                news = _write_apart(connection, events, entries, flows)
            self._metering.count(connection, events, _records(facts, entries))
            position.move(connection, self.prefix, to, wall_ms())
            failpoint("recorder.written")
        self._news += news
        return True

    def _mark(self, to: Position) -> None:
        self.tape.mark_recorded(to.last_id)
        if time.monotonic() >= self._trim_at:
            self.tape.trim()
            self._trim_at = time.monotonic() + TRIM_EVERY

    def _complain(self, error: Exception) -> None:
        if time.monotonic() >= self._complain_at:
            log.warning("nothing is recorded until Redis and the database answer, and nothing is lost: %s", error)
            self._complain_at = time.monotonic() + COMPLAIN_EVERY


def _records(facts: Facts, entries: dict[str, Entry]) -> dict[str, dict[str, str]]:
    """The records of the jobs of a batch, those included that are gone since."""
    return facts.removed | {id: entry.record for id, entry in entries.items() if entry.record}


def _flows_again(facts: Facts, entries: dict[str, Entry]) -> Iterable[str]:
    """The flows that are open again because a step of theirs was run again by hand."""
    return {entries[id].record["flow"] for id in facts.again if "flow" in entries[id].record}


def _write_apart(
    connection: Connection, events: list[Event], entries: dict[str, Entry], flows: dict[str, FlowEntry]
) -> list[News]:
    """Write each job and flow by itself, and leave out those that SQL refuses."""
    news: list[News] = []
    by_subject: dict[str, list[Event]] = {}
    for event in events:
        by_subject.setdefault(event.job, []).append(event)
    for subject, its_events in by_subject.items():
        try:
            with connection.begin_nested():
                facts = gather(its_events)
                own = {id: flows[id] for id in (*facts.flows, *_flows_again(facts, entries))}
                news += record(connection, facts, entries, own)
        except (DataError, OverflowError):
            log.exception("%s cannot be recorded", subject)
    return news
