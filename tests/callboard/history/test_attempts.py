"""The runs of a job, from the history and from Redis."""

from sqlalchemy import Engine

from callboard.history.attempts import attempts_of
from callboard.history.recorder import Recorder
from tests.jobs import Board


def test_runs_are_told_whether_they_are_recorded_or_not(database: Engine, valkey_url: str, prefix: str) -> None:
    board = Board(valkey_url, prefix)
    id = board.enqueue()
    worker = board.worker
    worker.retry(worker.take(), delay_ms=0)
    recorder = Recorder(database, board.links)
    while recorder.step(block_ms=1):
        pass
    board.advance(10)
    worker.take()
    first, second = attempts_of(database, board.store, board.job(id))
    assert (first["attempt"], first["outcome"], first["error"]["message"]) == (1, "retry", "the disk is on fire")
    assert (second["attempt"], second["outcome"], second["worker"]) == (2, None, "worker-1")
    assert first["started_at"] <= first["ended_at"]
    assert (second["started_at"] is None, second["ended_at"]) == (False, None)
    board.close()
