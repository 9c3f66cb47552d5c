"""Schedules over a real database and a real server, with time held: whoever looks is a scheduler."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dramatiq
import pytest
from marshmallow import Schema, fields
from sqlalchemy import Engine

from callboard.broker.broker import CallboardBroker
from callboard.broker.link import Links
from callboard.history.database import reading, writing
from callboard.history.firings import Firing, list_firings
from callboard.history.schedules import ScheduleStatus, get_schedule, put_schedule
from callboard.history.schedules_due import decide_due
from callboard.history.schedules_push import push_due
from callboard.jobs.policy import Queue
from callboard.jobs.record import Job
from callboard.jobs.schedule import Schedule
from callboard.worker.job import job
from tests.jobs import START_MS, Board, held_scripts

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
NAME = "nightly"


class Report(Schema):
    """Arguments of a report."""

    days = fields.Integer(load_default=1)
    title = fields.String(load_default="")


class Desk:
    """One place with schedules: a board, a database, and the types that are declared."""

    def __init__(self, engine: Engine, board: Board) -> None:
        self.engine = engine
        self.board = board
        broker = CallboardBroker(Links(board.links.url, held_scripts(), board.prefix))
        job(name="report", queue=Queue("reports"), schema=Report, broker=broker)(lambda days, title: None)
        dramatiq.actor(actor_name="plain", broker=broker)(lambda: None)
        self.broker = broker
        self.types: dict[str, Any] = dict(broker.actors)

    @property
    def now(self) -> int:
        """The time it is."""
        return self.board.now

    def put(self, cron: str | None = "* * * * *", **given: Any) -> str:
        """A schedule of this test, made or changed."""
        schedule = Schedule(**{"name": NAME, "type": "report", "cron": cron, **given})
        with writing(self.engine) as session:
            return put_schedule(session, schedule, self.now, seconds=True)

    def status(self, name: str = NAME) -> ScheduleStatus:
        """The schedule as it is."""
        with reading(self.engine) as session:
            return get_schedule(session, name)

    def decide(self) -> int:
        """The first half of what a scheduler does when it looks."""
        return decide_due(self.engine, self.now, self.types.__contains__)

    def push(self) -> int:
        """The second half."""
        return push_due(self.engine, self.board.client, self.types, self.now)

    def look(self, later_ms: int = 0) -> int:
        """What a scheduler does when it looks; how many firings it settled."""
        self.board.advance(later_ms)
        self.decide()
        return self.push()

    def firings(self, name: str = NAME) -> list[Firing]:
        """Oldest first."""
        with reading(self.engine) as session:
            return list_firings(session, name, 10_000)[::-1]

    def planned(self, state: str = "fired", name: str = NAME) -> list[int]:
        """The times that came to this, in ms after the start."""
        times = [firing.planned_at.timestamp() * 1000 - START_MS for firing in self.firings(name)]
        return [round(ms) for ms, firing in zip(times, self.firings(name), strict=True) if firing.state == state]

    def jobs(self) -> list[Job]:
        """All jobs that wait, oldest first."""
        return self.board.store.page("reports", "waiting", limit=10_000)

    def events(self, name: str) -> list[dict[str, Any]]:
        """What the events of this name say."""
        return [event.values for event in self.board.events() if event.event == name]


@pytest.fixture
def board(valkey_url: str, prefix: str) -> Iterator[Board]:
    """The verbs on an empty prefix, with time held."""
    board = Board(valkey_url, prefix)
    yield board
    board.close()


@pytest.fixture
def desk(database: Engine, board: Board) -> Iterator[Desk]:
    """A place with schedules."""
    desk = Desk(database, board)
    yield desk
    desk.broker.close()
