"""What the meters hold after all that can happen to jobs, beside the rows of the history."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from callboard.history.metering import Names
from callboard.history.meters import bucket, readings
from callboard.history.models import AttemptRow, FailureRow, JobRow, table_of
from callboard.history.recorder import Recorder
from callboard.jobs.clock import wall_ms
from callboard.jobs.flow import chain
from callboard.jobs.states import FINAL
from tests.histories import lose
from tests.jobs import Board, make_call


@pytest.fixture
def board(valkey_url: str, prefix: str) -> Iterator[Board]:
    board = Board(valkey_url, prefix)
    # The ids of events go by the true clock, and no job may start before it is ready.
    board.advance(wall_ms() - board.now - 600_000)
    yield board
    board.close()


def record_all(database: Engine, board: Board, batch: int = 2_000) -> None:
    """Write all events, by a recorder that knows of no other before it."""
    recorder = Recorder(database, board.links)
    recorder.tape.stream._batch = batch
    while recorder.step(block_ms=1):
        pass
    recorder.tape.close()


def grouped(database: Engine, *columns: str, model: type = JobRow, where: Any = None) -> dict[tuple[str, ...], int]:
    """How many rows there are by some columns."""
    table = table_of(model)
    chosen = [table.c[name] for name in columns]
    query = select(*chosen, func.count()).group_by(*chosen)
    with database.connect().execution_options(reading=True) as connection:
        rows = connection.execute(query if where is None else query.where(where)).all()
    return {tuple(row[:-1]): row[-1] for row in rows}


def by_outcome(labels: dict[tuple[str, ...], float]) -> dict[str, float]:
    return {key[-1]: value for key, value in labels.items()}


def live_a_little(board: Board) -> None:
    """Jobs of all outcomes: completed, retried, failed, released, cancelled, lost and rescued, parked, a flow."""
    done, again, bad, stopped, left = (board.enqueue(kwargs={"n": n}) for n in range(5))
    board.advance(400)
    jobs = {job.id: job for job in board.worker.fetch(5)}
    board.advance(2_000)
    board.worker.complete(jobs[done], result=1)
    board.worker.retry(jobs[again])
    board.worker.fail(jobs[bad])
    board.worker.release(jobs[stopped], delay_ms=5_000, reason="limited")
    board.advance(60_000)
    board.worker.rescue()
    assert board.job(left).state == "waiting"
    board.client.cancel(stopped)
    board.worker.run_all()
    board.start(chain(make_call(), make_call()), name="pair")
    board.worker.run_all()


@pytest.mark.parametrize("batch", [2_000, 3])
def test_the_meters_agree_with_the_rows(board: Board, database: Engine, batch: int) -> None:
    live_a_little(board)
    record_all(database, board, batch)
    found = readings(database)
    assert sum(found["enqueued"].values()) == sum(grouped(database, "state").values()) == 7
    table = table_of(JobRow)
    finished = grouped(database, "queue", "type", "state", where=table.c.state.in_(FINAL))
    assert found["finished"] == finished
    outcomes = grouped(database, "outcome", model=AttemptRow)
    assert by_outcome(found["attempts_finished"]) == {key[0]: number for key, number in outcomes.items()}
    assert set(outcomes) == {(word,) for word in ("completed", "retry", "failed", "released", "lost")}
    assert sum(found["started"].values()) == sum(outcomes.values())
    assert by_outcome(found["attempt_errors"]) == {
        key[0]: number for key, number in grouped(database, "error_class", model=FailureRow).items()
    }
    assert (found["rescued"], found["throttled"]) == ({("default",): 1}, {("default",): 1})
    assert found["flows_finished"] == {("pair", "completed"): 1}


def test_histograms_hold_each_start_end_and_payload(board: Board, database: Engine) -> None:
    live_a_little(board)
    record_all(database, board, 3)
    found = readings(database)
    counts = {name: sum(n for key, n in found[name].items() if key[-1] != "sum") for name in found}
    assert counts["wait_duration_seconds"] == counts["started"]
    assert counts["total_duration_seconds"] == counts["finished"]
    assert counts["payload_bytes"] == counts["enqueued"]
    bodies = ("completed", "retry", "failed", "cancelled")
    assert counts["run_duration_seconds"] == sum(
        n for key, n in found["attempts_finished"].items() if key[-1] in bodies
    )


def test_no_event_is_counted_twice_when_recording_begins_anew(board: Board, database: Engine) -> None:
    live_a_little(board)
    record_all(database, board)
    before = readings(database)
    board.links.call("SET", f"{board.prefix}:epoch", "other-data")  # as after a restore: the same events come again
    record_all(database, board)
    assert readings(database) == before
    lose(board)
    board.enqueue()
    record_all(database, board)
    assert sum(readings(database)["enqueued"].values()) == sum(before["enqueued"].values()) + 1


def test_names_without_end_are_one() -> None:
    names = Names(2, ["a"])
    assert [names.of(name) for name in "abcab"] == ["a", "b", "other", "a", "b"]


def test_a_value_falls_into_the_bucket_whose_bound_it_does_not_pass() -> None:
    assert [bucket((0.5, 60.0), value) for value in (0.0, 0.5, 0.51, 60.0, 61.0)] == ["0.5", "0.5", "60", "60", "+Inf"]
