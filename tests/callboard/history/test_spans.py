"""How long jobs waited and ran, from the events of one batch and what is recorded before it."""

import json
from typing import Any

from sqlalchemy import Engine, insert

from callboard.broker.stream import Event
from callboard.history.models import AttemptRow, table_of
from callboard.history.spans import Spans

RECORD = {"enqueued_ms": "1000", "kwargs": '{"name":"é"}', "args": "[]"}


def event(at_ms: int, name: str, **values: Any) -> Event:
    return Event(f"{at_ms}-0", name, "one", "add", "default", 1, json.dumps(values) if values else "")


def spans(database: Engine, *events: Event, record: dict[str, str] | None = None) -> Spans:
    with database.connect() as connection:
        return Spans(connection, [(event, event.values) for event in events], {"one": record or {}})


def test_a_job_waits_from_the_time_it_is_ready_and_a_delay_is_not_waiting(database: Engine) -> None:
    start = event(9_000, "job:active", fence=1)
    at_once = spans(database, event(8_500, "job:added", state="waiting"), start)
    assert at_once.waited(start, 1) == 0.5
    delayed = spans(database, event(1_000, "job:added", state="delayed"), event(8_000, "job:promoted"), start)
    assert delayed.waited(start, 1) == 1.0
    assert spans(database, start, record=RECORD | {"ready_ms": "7000"}).waited(start, 1) == 2.0


def test_a_second_attempt_waits_from_its_own_promotion_or_from_the_end_of_the_first(database: Engine) -> None:
    with database.begin() as connection:
        first = {"job_id": "one", "fence": 1, "attempt": 1, "started_ms": 2_000, "ended_ms": 6_500, "outcome": "lost"}
        connection.execute(insert(table_of(AttemptRow)).values(first))
    start = event(9_000, "job:active", fence=2)
    assert spans(database, start, record=RECORD).waited(start, 2) == 2.5
    assert spans(database, event(8_900, "job:rescued", fence=1), start, record=RECORD).waited(start, 2) == 0.1
    # Its record tells of a later attempt already: nobody knows when it became ready for this one.
    assert spans(database, start, record=RECORD | {"ready_ms": "9500"}).waited(start, 2) is None


def test_a_run_lasts_from_the_recorded_start_and_a_job_from_its_call(database: Engine) -> None:
    with database.begin() as connection:
        attempt = {"job_id": "one", "fence": 3, "attempt": 3, "started_ms": 2_000, "ended_ms": None, "outcome": None}
        connection.execute(insert(table_of(AttemptRow)).values(attempt))
    end = event(9_000, "job:completed", fence=3)
    found = spans(database, end, record=RECORD)
    assert (found.ran(end, 3), found.ran(end, 2), found.since_enqueued(end)) == (7.0, None, 8.0)
    assert found.payload("one") == len('{"name":"é"}[]'.encode())
    assert (found.payload("other"), spans(database, end).since_enqueued(end)) == (None, None)
