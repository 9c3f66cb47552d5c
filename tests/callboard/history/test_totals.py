from sqlalchemy import Engine

from callboard.history.totals import totals
from tests.callboard.history.failing import finished


def test_finished_jobs_are_counted_by_state_and_queue(database: Engine) -> None:
    finished(database, 4)
    finished(database, 2, state="failed")
    finished(database, 1, state="active")
    finished(database, 3, queue="reports")
    assert totals(database) == {"completed": 7, "failed": 2, "cancelled": 0}
    assert totals(database, "reports") == {"completed": 3, "failed": 0, "cancelled": 0}
    assert totals(database, "nothing") == {"completed": 0, "failed": 0, "cancelled": 0}
