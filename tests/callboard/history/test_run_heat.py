from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from callboard.history import run_heat as module
from callboard.history.run_heat import BANDS_MS, run_heat
from callboard.history.slowest import slowest
from tests.callboard.history.failing import NOW, finished

END = datetime.fromtimestamp(NOW / 1000, UTC)
MINUTE = timedelta(minutes=1)


def test_jobs_are_counted_by_step_and_by_how_long_they_ran(database: Engine) -> None:
    finished(database, 2, NOW - 1, run_ms=9)
    finished(database, 3, NOW - 1, run_ms=BANDS_MS[0])
    finished(database, 1, NOW - 60_001, run_ms=10 * BANDS_MS[-1], queue="reports")
    finished(database, 5, NOW - 1, run_ms=9, state="failed")

    found = run_heat(database, END - 3 * MINUTE, END, MINUTE)

    assert [step.cells for step in found.steps] == [[0] * 9, [0] * 8 + [1], [2, 3, *[0] * 7]]
    assert found.about is False
    assert sum(map(sum, (step.cells for step in run_heat(database, END - MINUTE, END, MINUTE, queue="x").steps))) == 0


def test_beyond_a_limit_only_the_newest_are_looked_at(database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "JOBS_MOST", 3)
    finished(database, 2, NOW - 1, run_ms=9)
    finished(database, 4, NOW - 60_001, run_ms=9)

    found = run_heat(database, END - 2 * MINUTE, END, MINUTE)

    assert [step.cells[0] for step in found.steps] == [1, 2]
    assert found.about
    with pytest.raises(ValueError, match="a time has 1 to"):
        run_heat(database, END, END, MINUTE)


def test_the_slowest_come_first_and_only_those_that_are_asked_for(database: Engine) -> None:
    quick, slow, other = (
        finished(database, 1, NOW - 1, run_ms=run, queue=queue)[0]
        for run, queue in ((5, "mails"), (900, "mails"), (90, "reports"))
    )
    finished(database, 1, NOW - 1, run_ms=None)
    finished(database, 1, NOW, run_ms=9_999)

    assert [job.id for job in slowest(database, END - MINUTE, END)] == [slow, other, quick]
    assert [job.run_ms for job in slowest(database, END - MINUTE, END, queue="mails", limit=1)] == [900]
