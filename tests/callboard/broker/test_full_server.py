"""A server that has reached its memory limit refuses new jobs and lets go of those it has."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from callboard.broker.embedded import start_embedded
from callboard.broker.errors import ConnectionLost, StoreFull
from callboard.jobs.flow import chain
from tests.jobs import LEASE_MS, Board, make_call


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Board]:
    with start_embedded(tmp_path) as server:
        board = Board(server.url, "{full}")
        yield board
        board.close()


def fill(board: Board) -> None:
    used = int(
        dict(line.split(":") for line in board.links.call("INFO", "memory").split() if ":" in line)["used_memory"]
    )
    board.links.call("CONFIG", "SET", "maxmemory", used - 1)


def test_only_new_jobs_are_refused(board: Board) -> None:
    worker = board.worker
    ids = board.enqueue_many(12)
    delayed = board.enqueue(delay=60.0)
    flow = board.start(chain(make_call("flow"), make_call("flow")))
    held = worker.fetch(6)
    fill(board)
    with pytest.raises(StoreFull, match="the Redis server is full and refuses new jobs"):
        board.enqueue()
    with pytest.raises(StoreFull):
        board.start(make_call())
    assert issubclass(StoreFull, ConnectionLost)
    completed, retried, failed, released, asked, lost = held
    assert worker.renew(*held)[1:] == []
    assert worker.complete(completed, result="x") == ["OK"]
    assert worker.retry(retried) == ["OK"]
    assert worker.fail(failed) == ["OK"]
    assert worker.release(released) == ["OK"]
    assert board.client.cancel(asked.id, ids[11]) == ["CANCELLING", "CANCELLED"]
    assert worker.abandon(asked) == ["OK"]
    assert worker.say("progress", lost.id, lost.fence, "{}") == "OK"
    assert worker.say("save", lost.id, lost.fence, "{}") == "OK"
    assert len(worker.fetch(1)) == 1
    board.links.call("CONFIG", "SET", "maxmemory", 0)
    board.advance(LEASE_MS)
    fill(board)
    assert worker.rescue() == 2
    board.control.pause("default")
    board.control.resume("default")
    assert board.client.promote(delayed) == ["waiting"]
    assert board.client.remove(failed.id) == ["REMOVED"]
    assert len(board.hire("flow", name="flow").run_all()) == 2
    assert board.store.flow(flow.id).state == "completed"  # type: ignore[union-attr]
    assert board.control.drain("default") > 0
    board.links.call("CONFIG", "SET", "maxmemory", 0)
    assert board.state(board.enqueue()) == "waiting"
