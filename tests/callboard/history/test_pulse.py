from sqlalchemy import Engine

from callboard.history.pulse import pulse
from tests.callboard.history.failing import HOUR, NOW, finished

MINUTE = 60_000


def test_the_last_hour_and_day_are_counted_up_to_now(database: Engine) -> None:
    finished(database, 6, NOW - 1, run_ms=20_000, wait_ms=5_000)
    finished(database, 1, NOW - 1, state="failed", run_ms=30_000, wait_ms=None)
    finished(database, 3, NOW - 5 * MINUTE - 1, run_ms=None)
    finished(database, 2, NOW - 2 * HOUR, state="failed")
    finished(database, 1, NOW - 2 * HOUR, state="cancelled")
    finished(database, 9, NOW)
    finished(database, 9, NOW - 24 * HOUR - 1)

    found = pulse(database, NOW)

    assert (len(found.minutes), len(found.hours)) == (60, 24)
    last = found.minutes[-1]
    assert (last.completed, last.failed, last.running, last.waiting) == (6, 1, 2.5, 0.5)
    assert found.minutes[-6].completed == 3
    assert sum(beat.completed for beat in found.hours) == 9
    assert [beat.cancelled for beat in found.hours if beat.cancelled] == [1]
    assert found.per_minute == 7 / 5
    assert (found.failed, found.failed_share) == (3, 3 / 12)


def test_where_nothing_was_done_there_is_no_share(database: Engine) -> None:
    found = pulse(database, NOW)

    assert (found.per_minute, found.failed, found.failed_share) == (0, 0, None)
