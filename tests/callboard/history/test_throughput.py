from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from callboard.history import throughput as module
from callboard.history.durations import Spread
from callboard.history.throughput import RANGES, throughput
from tests.callboard.history.failing import NOW, finished

END = datetime.fromtimestamp(NOW / 1000, UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
MINUTE_MS = 60_000


def test_finished_jobs_are_counted_by_the_minute(database: Engine) -> None:  # S4.47
    finished(database, 3, NOW - 1, run_ms=100, wait_ms=10)
    finished(database, 1, NOW - MINUTE_MS, run_ms=900, wait_ms=20)
    finished(database, 2, NOW - MINUTE_MS - 1, state="failed")
    finished(database, 1, NOW - MINUTE_MS - 1, state="cancelled")
    finished(database, 9, NOW)
    finished(database, 9, NOW - 60 * MINUTE_MS - 1)
    found = throughput(database, END - HOUR, END, MINUTE)
    assert (found.completed, found.failed, found.cancelled, found.processed) == (4, 2, 1, 6)
    assert found.per_second == pytest.approx(6 / 3_600)
    assert (found.run, found.wait, found.about) == (Spread(100, 900, 900, 300), Spread(10, 20, 20, 12), False)
    assert [step.at for step in found.steps] == [END - HOUR + n * MINUTE for n in range(60)]
    last, before = found.steps[-1], found.steps[-2]
    assert (last.completed, last.failed, last.run) == (4, 0, Spread(100, 900, 900, 300))
    assert (before.completed, before.failed, before.cancelled, before.run) == (0, 2, 1, None)


def test_one_queue_or_type_is_counted_alone(database: Engine) -> None:
    finished(database, 2, NOW - 1)
    finished(database, 3, NOW - 1, queue="reports", type="report")
    finished(database, 4, NOW - 1, queue="reports", type="draft")
    assert throughput(database, END - HOUR, END, HOUR, queue="reports").completed == 7
    assert throughput(database, END - HOUR, END, HOUR, type="report").completed == 3
    assert throughput(database, END - HOUR, END, HOUR, queue="mails", type="report").completed == 0


def test_durations_of_many_jobs_are_about_and_weighted_by_step(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SAMPLE", 20)
    finished(database, 90, NOW - 1, run_ms=10)
    finished(database, 10, NOW - 31 * MINUTE_MS, run_ms=1_000)
    found = throughput(database, END - HOUR, END, HOUR / 2)
    assert (found.completed, found.about) == (100, True)
    assert found.run == Spread(10, 1_000, 1_000, 109)


def test_the_last_step_may_be_shorter(database: Engine) -> None:
    found = throughput(database, END - HOUR, END, timedelta(minutes=25))
    assert [step.at for step in found.steps] == [END - HOUR + n * timedelta(minutes=25) for n in range(3)]


@pytest.mark.parametrize("name", ["hour", "day", "week"])
def test_the_ranges_of_the_performance_view_can_be_asked_for(database: Engine, name: str) -> None:  # S2.23
    length, step = RANGES[name]
    found = throughput(database, END - length, END, step)
    assert (found.processed, len(found.steps)) == (0, length // step)


@pytest.mark.parametrize(
    ("start", "step"),
    [
        (END, MINUTE),
        (END + HOUR, MINUTE),
        (END - HOUR, timedelta(0)),
        (END - HOUR, -MINUTE),
        (END - HOUR, timedelta(seconds=1)),
    ],
)
def test_a_time_of_no_or_too_many_steps_is_refused(database: Engine, start: datetime, step: timedelta) -> None:
    with pytest.raises(ValueError, match="1 to 1500 steps"):
        throughput(database, start, END, step)
