from itertools import pairwise

import pytest
from sqlalchemy import Engine

from callboard.history.search import breakdown
from callboard.history.search.breakdown import count_states, step_for, timeline
from callboard.history.search.grammar import parse
from callboard.history.search.query import Everything
from callboard.jobs.clock import to_ms
from tests.callboard.history.search.rows import HOUR_MS, NOW_MS, plain_row, store


def fill(engine: Engine) -> None:
    states = ["completed"] * 6 + ["failed"] * 3 + ["active"]
    store(
        engine,
        [
            plain_row(
                id=f"job-{place}",
                state=state,
                queue="mail" if place % 2 else "files",
                enqueued_ms=NOW_MS + place * HOUR_MS,
            )
            for place, state in enumerate(states)
        ],
    )


def test_each_state_of_a_search_is_counted(database: Engine) -> None:
    fill(database)
    everything = {state: number for state, number in count_states(database, Everything()).items() if number}
    assert everything == {"completed": 6, "failed": 3, "active": 1}
    mail = count_states(database, parse("queue:mail"))
    assert (mail["completed"], mail["failed"], mail["active"], mail["waiting"]) == (3, 1, 1, 0)


def test_what_cannot_be_counted_in_time_is_not_guessed(database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(database)
    monkeypatch.setattr(breakdown, "COUNT_SECONDS", 0.0)
    monkeypatch.setattr(breakdown, "TIME_SECONDS", 0.0)
    assert set(count_states(database, Everything()).values()) == {None}
    assert timeline(database, Everything()) is None


def test_a_timeline_has_every_job_in_its_bar(database: Engine) -> None:
    fill(database)
    line = timeline(database, parse("state:failed"))
    assert line is not None
    assert (line.jobs, line.whole, line.step_ms) == (3, True, 5 * 60_000)
    assert sum(bar.states.get("failed", 0) for bar in line.bars) == 3
    starts = [to_ms(bar.at) for bar in line.bars if bar.at]
    assert {later - earlier for earlier, later in pairwise(starts)} == {line.step_ms}


def test_a_timeline_of_many_is_that_of_the_newest(database: Engine) -> None:
    fill(database)
    line = timeline(database, Everything(), newest=4)
    assert line is not None
    assert (line.jobs, line.whole) == (4, False)
    assert {state for bar in line.bars for state in bar.states} == {"failed", "active"}


def test_nothing_has_no_bars(database: Engine) -> None:
    line = timeline(database, parse("queue:nowhere"))
    assert line is not None
    assert (line.jobs, line.bars) == (0, [])


@pytest.mark.parametrize("span_ms", [0, 1, 59_999, HOUR_MS, 24 * HOUR_MS, 400 * 24 * HOUR_MS])
def test_a_step_makes_at_most_sixty_bars(span_ms: int) -> None:
    step = step_for(NOW_MS, NOW_MS + span_ms)
    assert (NOW_MS + span_ms) // step - NOW_MS // step < 60
