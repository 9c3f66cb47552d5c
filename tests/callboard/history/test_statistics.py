from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine

from callboard.history import statistics
from callboard.history.statistics import GroupCount, Recovery, error_statistics
from tests.callboard.history.failing import DAY, HOUR, NOW, failure, finished, record

TODAY = datetime.fromtimestamp(NOW / 1000, UTC)
LATER = TODAY + timedelta(hours=1)
WEEK = timedelta(days=7)


def test_failures_are_counted_by_class_type_queue_and_day(database: Engine) -> None:  # S1.41
    record(
        database,
        *(failure("no answer", NOW - n * DAY) for n in (0, 0, 2)),
        failure("no answer", NOW - DAY, type="report", queue="reports", final=False),
        failure("row 7", NOW, type="report", queue="reports", error_class="bug"),
        failure("no answer", NOW - 8 * DAY),
        failure("no answer", NOW + HOUR),
    )
    found = error_statistics(database, LATER - WEEK, LATER)
    assert (found.failures, found.final) == (5, 4)
    assert found.by_class == {"transient": 4, "bug": 1}
    assert list(found.by_type.items()) == [("mail", 3), ("report", 2)]
    assert found.by_queue == {"mails": 3, "reports": 2}
    assert found.per_day == {date(2023, 11, 7) + timedelta(days=n): 0 for n in range(8)} | {
        date(2023, 11, 12): 1,
        date(2023, 11, 13): 1,
        date(2023, 11, 14): 3,
    }


def test_the_most_frequent_groups_come_first(database: Engine) -> None:
    words = ["abcdefghijkl"[n] for n in range(12)]
    record(database, *(failure(f"fault {word}", NOW) for n, word in enumerate(words) for _ in range(n + 1)))
    record(database, *(failure("fault a", NOW - 30 * DAY) for _ in range(50)))
    found = error_statistics(database, LATER - WEEK, LATER).groups
    assert [(group.message, group.failures) for group in found] == [
        (f"fault {word}", n + 1) for n, word in reversed(list(enumerate(words)))
    ][:10]
    assert found[0] == GroupCount(failure("fault l")["fingerprint"], "OSError", "fault l", 12)


def test_retries_succeeded_where_their_jobs_completed_in_the_end(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = {"completed": 6, "failed": 2, "cancelled": 1, "delayed": 4}
    for state, count in states.items():
        for id in finished(database, count, state=state):
            fences = (1, 2) if state == "completed" else (1,)
            record(database, *(failure(job_id=id, fence=fence, final=False) for fence in fences))
    record(database, failure(job_id="gone", final=False), *(failure(job_id=id) for id in finished(database, 3)))
    found = error_statistics(database, LATER - WEEK, LATER).retried
    assert found == Recovery(finished=9, completed=6, about=False)
    assert found.share == pytest.approx(2 / 3)
    monkeypatch.setattr(statistics, "RETRIED_MOST", 5)
    assert error_statistics(database, LATER - WEEK, LATER).retried.about


def test_a_time_without_failures_has_zeros(database: Engine) -> None:
    found = error_statistics(database, TODAY, LATER)
    assert (found.failures, found.by_type, found.groups, found.retried.share) == (0, {}, [], None)
    assert found.per_day == {date(2023, 11, 14): 0}


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (LATER, TODAY, "statistics are of 1 to 400 days"),
        (TODAY, TODAY, "statistics are of 1 to 400 days"),
        (TODAY - timedelta(days=401), TODAY, "ask for less"),
        (TODAY.replace(tzinfo=None), LATER.replace(tzinfo=None), "needs a time zone"),
    ],
)
def test_a_time_that_makes_no_sense_is_refused(database: Engine, start: datetime, end: datetime, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        error_statistics(database, start, end)
