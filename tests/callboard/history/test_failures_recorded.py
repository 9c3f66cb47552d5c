"""From failing jobs over the recorder to groups, and back by a bulk."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from callboard.broker.errors import ConnectionLost
from callboard.history import failure_news
from callboard.history.bulk import RETRY, act_of, run_bulk
from callboard.history.database import writing
from callboard.history.failed_jobs import count_failed, failed_ids, newest_failures
from callboard.history.failure_decisions import resolve
from callboard.history.failures import GroupQuery, list_groups
from callboard.history.recorder import Recorder
from callboard.history.statistics import error_statistics
from callboard.jobs.clock import wall_ms
from callboard.jobs.identity import new_id
from tests.jobs import Board


@pytest.fixture
def board(valkey_url: str, prefix: str) -> Iterator[Board]:
    board = Board(valkey_url, prefix)
    board.advance(wall_ms() - board.now + 60_000)  # the ids of events go by the true clock
    yield board
    board.close()


def test_every_failed_attempt_is_counted_once_and_a_retried_job_leaves_its_group(
    database: Engine, board: Board
) -> None:  # S1.20
    ids = board.enqueue_many(5)
    board.worker.retry(*board.worker.fetch(5))
    board.advance(2_000)
    board.worker.fail(*board.worker.fetch(5))
    recorder = Recorder(database, board.links)
    while recorder.step(block_ms=1):
        pass
    transient, permanent = sorted(list_groups(database, GroupQuery()), key=lambda group: group.error_class)[::-1]
    assert [(one.error_class, one.failures, one.types) for one in (transient, permanent)] == [
        ("transient", 5, ["add"]),
        ("permanent", 5, ["add"]),
    ]
    assert (count_failed(database, transient.fingerprint), list(failed_ids(database, permanent.fingerprint))) == (
        0,
        [ids],
    )
    assert {one.final for one in newest_failures(database, transient.fingerprint)} == {False}
    start, end = datetime.now(UTC) - timedelta(minutes=10), datetime.now(UTC) + timedelta(minutes=10)
    assert error_statistics(database, start, end).by_class == {"transient": 5, "permanent": 5}

    *_, done = run_bulk(RETRY, failed_ids(database, permanent.fingerprint), act_of(board.client, RETRY, new_id()))
    assert (done.done, sorted(board.worker.run_all())) == (5, sorted(ids))
    while recorder.step(block_ms=1):
        pass
    assert count_failed(database, permanent.fingerprint) == 0
    assert error_statistics(database, start, end).retried.share == 1.0
    assert sum(group.failures for group in list_groups(database, GroupQuery())) == 10


def test_a_new_group_is_told_once_and_again_when_it_comes_back_after_it_was_resolved(
    database: Engine, board: Board
) -> None:
    recorder = Recorder(database, board.links)

    def fail_another() -> list[tuple[str, str, str]]:
        board.enqueue_many(2)
        board.worker.fail(*board.worker.fetch(2))
        while recorder.step(block_ms=1):
            pass
        told = [event for event in board.events() if event.event.startswith("error:")]
        return [(event.event, event.job, event.values["error_type"]) for event in told]

    new = fail_another()
    (group,) = list_groups(database, GroupQuery())
    assert new == [("error:new", group.fingerprint, "OSError")]
    assert fail_another() == new, "one more of the same is no news"
    with writing(database) as session:
        resolve(session, group.fingerprint, 0)  # not before its last failure, so with that
    assert fail_another() == [*new, ("error:returned", group.fingerprint, "OSError")]


def test_what_could_not_be_told_is_told_when_the_server_is_back(
    database: Engine, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder(database, board.links)
    board.enqueue_many(1)
    board.worker.fail(board.worker.take())
    with monkeypatch.context() as away:

        def gone(*_: object, **__: object) -> None:
            raise ConnectionLost("no server")

        away.setattr(failure_news, "announce", gone)
        with pytest.raises(ConnectionLost):
            recorder.step(block_ms=1)
    recorder.step(block_ms=1)
    assert [event.event for event in board.events()][-1] == "error:new"
