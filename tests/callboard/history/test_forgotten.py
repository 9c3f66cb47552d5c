from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, insert

from callboard.broker import invariants
from callboard.history.bulk import RETRY, act_of, run_bulk
from callboard.history.database import writing
from callboard.history.forgotten import restore_of
from callboard.history.models import JobRow, table_of
from callboard.jobs.identity import new_id
from tests.histories import lose, rows_of
from tests.jobs import Board


@pytest.fixture
def board(valkey_url: str, prefix: str) -> Iterator[Board]:
    board = Board(valkey_url, prefix)
    yield board
    board.close()


def keep(engine: Engine, board: Board, *ids: str) -> None:
    with writing(engine) as session:
        session.execute(insert(table_of(JobRow)), list(rows_of(board, *ids).values()))


def test_a_job_that_only_the_history_knows_is_retried_under_its_id(database: Engine, board: Board) -> None:
    id = board.job_in("failed", kwargs={"paper": 7}, tags=("t",), attempts=5)
    keep(database, board, id)
    lose(board)
    unknown, request = new_id(), new_id()
    for _ in range(2):
        act, restore = act_of(board.client, RETRY, request), restore_of(database, board.client, request)
        *_, end = run_bulk(RETRY, [[id, unknown]], act, restore=restore)
        assert (end.done, end.forgotten) == (1, 1)
    job = board.job(id)
    assert (job.state, job.kwargs, job.tags, job.attempt, job.attempts) == ("waiting", {"paper": 7}, ["t"], 0, 5)
    assert invariants.check(board.links) == []
    assert board.worker.run_all() == [id]
    assert board.state(id) == "completed"
    assert [event.event for event in board.events(id)].count("job:rerun") == 1


def test_a_live_job_that_redis_lost_is_not_run_twice(database: Engine, board: Board) -> None:
    id = board.job_in("waiting")
    keep(database, board, id)
    lose(board)
    restore = restore_of(database, board.client, new_id())
    assert list(restore([id])) == ["waiting"]
    assert board.worker.run_all() == [id]
