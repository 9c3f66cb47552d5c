"""From the event stream into SQL."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, select

from callboard.history.models import AttemptRow, FailureRow, FlowRow, JobRow, ProgressRow, Table
from callboard.history.past import past_errors, past_job
from callboard.history.recorder import Recorder
from callboard.history.rows import record_of
from callboard.jobs.clock import wall_ms
from callboard.jobs.flow import chain, group
from tests.jobs import Board, failure, make_call


@pytest.fixture
def board(valkey_url: str, prefix: str) -> Iterator[Board]:
    board = Board(valkey_url, prefix)
    board.advance(wall_ms() - board.now + 60_000)  # the ids of events go by the true clock
    yield board
    board.close()


@pytest.fixture
def recorder(database: Engine, board: Board) -> Recorder:
    return Recorder(database, board.links)


def record_all(recorder: Recorder) -> int:
    total = 0
    while done := recorder.step(block_ms=1):
        total += done
    return total


def rows(database: Engine, model: type[Table], **where: Any) -> list[dict[str, Any]]:
    table = model.__table__
    with database.connect().execution_options(reading=True) as connection:
        return [dict(row._mapping) for row in connection.execute(select(table).filter_by(**where))]


def row(database: Engine, id: str) -> dict[str, Any]:
    (found,) = rows(database, JobRow, id=id)
    return found


def test_a_job_is_recorded_with_all_that_its_record_holds(board: Board, recorder: Recorder, database: Engine) -> None:
    id = board.enqueue(kwargs={"paper": 7}, tags=("a",), meta={"user": "ada", "schedule": "nightly"}, unique="k")
    board.advance(500)
    taken = board.worker.take()
    board.advance(1500)
    board.worker.complete(taken, result={"rows": 3, "cost_usd": 0.25})
    record_all(recorder)
    job = row(database, id)
    assert (job["type"], job["queue"], job["state"], job["attempt"], job["version"]) == (
        "add",
        "default",
        "completed",
        1,
        3,
    )
    assert (job["wait_ms"], job["run_ms"], job["finished_ms"]) == (500, 1500, board.now)
    assert (json.loads(job["kwargs"]), json.loads(job["result"])["rows"]) == ({"paper": 7}, 3)
    assert (job["user"], job["schedule"], job["unique_key"], job["cost_usd"]) == ("ada", "nightly", "k", 0.25)
    (attempt,) = rows(database, AttemptRow, job_id=id)
    assert (attempt["attempt"], attempt["fence"], attempt["outcome"], attempt["worker"]) == (
        1,
        1,
        "completed",
        "worker-1",
    )


def test_the_record_can_be_made_again_from_the_row(board: Board, recorder: Recorder, database: Engine) -> None:
    id = board.enqueue(kwargs={"paper": 7}, delay=60.0, fairness="ada", timeout=5.0, meta={"a": 1})
    record_all(recorder)
    before = board.links.call("HGETALL", f"{board.prefix}:job:{id}")
    record = dict(zip(before[::2], before[1::2], strict=True)) if isinstance(before, list) else before
    made = record_of(row(database, id))
    assert {name: made[name] for name in record} == record


@pytest.mark.parametrize("state", ["waiting", "delayed", "blocked", "active", "completed", "failed", "cancelled"])
def test_every_state_is_recorded(board: Board, recorder: Recorder, database: Engine, state: str) -> None:
    id = board.job_in(state)
    record_all(recorder)
    job, there = row(database, id), board.job(id)
    assert (job["state"], job["version"], job["reason"]) == (state, there.version, there.reason)


def test_a_failed_attempt_is_kept_with_its_error(board: Board, recorder: Recorder, database: Engine) -> None:
    id = board.enqueue()
    board.worker.retry(board.worker.take())
    board.advance(1000)
    board.worker.fail(board.worker.take())
    record_all(recorder)
    first, last = sorted(rows(database, FailureRow, job_id=id), key=lambda failed: failed["fence"])
    assert (first["error_class"], first["attempt"], first["final"]) == ("transient", 1, False)
    assert (last["error_class"], last["attempt"], last["final"]) == ("permanent", 2, True)
    job = row(database, id)
    assert (job["error_class"], job["error_type"], job["error_message"]) == (
        "permanent",
        "OSError",
        "the disk is on fire",
    )
    assert [a["outcome"] for a in rows(database, AttemptRow, job_id=id)] == ["retry", "failed"]


def test_an_attempt_that_begins_in_one_batch_ends_in_another(
    board: Board, recorder: Recorder, database: Engine
) -> None:
    id = board.enqueue()
    taken = board.worker.take()
    record_all(recorder)
    (open_attempt,) = rows(database, AttemptRow, job_id=id)
    assert (open_attempt["outcome"], open_attempt["ended_ms"]) == (None, None)
    board.worker.complete(taken)
    record_all(recorder)
    (attempt,) = rows(database, AttemptRow, job_id=id)
    assert (attempt["outcome"], attempt["attempt"], attempt["worker"]) == ("completed", 1, "worker-1")
    assert attempt["started_ms"] <= attempt["ended_ms"]


# S1.38
def test_progress_is_kept(board: Board, recorder: Recorder, database: Engine) -> None:
    id = board.enqueue()
    taken = board.worker.take()
    board.worker.say("progress", id, taken.fence, json.dumps({"done": 1, "total": 4}))
    record_all(recorder)
    (progress,) = rows(database, ProgressRow, job_id=id)
    assert (progress["percent"], row(database, id)["progress"]) == (25.0, '{"done": 1, "total": 4}')


def test_a_flow_is_recorded_with_its_graph(board: Board, recorder: Recorder, database: Engine) -> None:
    first, left, right, last = (make_call() for _ in range(4))
    plan = board.start(chain(first, group(left, right), last), name="diamond")
    record_all(recorder)
    (flow,) = rows(database, FlowRow)
    graph = json.loads(flow["graph"])
    assert (flow["name"], flow["state"], flow["jobs"]) == ("diamond", "active", 4)
    assert [node["id"] for node in graph] == [node.id for node in plan.nodes]
    assert {node["id"]: {need for need, _ in node["needs"]} for node in graph} == {
        node.id: {edge.node for edge in node.edges} for node in plan.nodes
    }
    board.worker.run_all()
    record_all(recorder)
    (flow,) = rows(database, FlowRow)
    assert (flow["state"], json.loads(flow["graph"])) == ("completed", graph)


def test_a_job_forgotten_before_it_was_recorded_leaves_its_record_in_the_event(
    board: Board, recorder: Recorder, database: Engine
) -> None:
    record_all(recorder)
    board.enqueue()
    record_all(recorder)
    id = board.enqueue(kwargs={"paper": 9})
    board.worker.run_all(result={"ok": True})
    assert board.client.remove(id) == ["REMOVED"]
    record_all(recorder)
    job = row(database, id)
    assert (job["state"], json.loads(job["kwargs"]), json.loads(job["result"])) == (
        "completed",
        {"paper": 9},
        {"ok": True},
    )


def test_retention_leaves_what_is_not_recorded(board: Board, recorder: Recorder, database: Engine) -> None:
    board.enqueue()
    record_all(recorder)
    id = board.enqueue()
    board.worker.run_all()
    board.advance(30 * 24 * 3600 * 1000)
    board.control.forget_old()
    assert board.state(id) == "completed"
    record_all(recorder)
    recorder.tape.mark_recorded(f"{board.now}-0")
    board.control.forget_old()
    assert (board.state(id), row(database, id)["state"]) == ("gone", "completed")


def test_two_recorders_write_each_event_once(board: Board, database: Engine) -> None:
    one, two = Recorder(database, board.links), Recorder(database, board.links)
    for _ in range(5):
        board.enqueue()
        board.worker.fail(board.worker.take())
        one.step(1)
        two.step(1)
    record_all(one)
    assert len(rows(database, FailureRow)) == 5


def test_a_batch_that_sql_refuses_costs_only_its_own_job(
    board: Board, recorder: Recorder, database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = board.enqueue(), board.enqueue()
    board.links.call("HSET", f"{board.prefix}:job:{bad}", "version", "99999999999999999")
    record_all(recorder)
    if database.dialect.name == "postgresql":
        assert rows(database, JobRow, id=bad) == []
    assert row(database, good)["state"] == "waiting"


def test_a_damaged_record_is_recorded_as_far_as_it_goes(board: Board, recorder: Recorder, database: Engine) -> None:
    id = board.enqueue(kwargs={"text": "a\x00b"})
    board.links.call("HSET", f"{board.prefix}:job:{id}", "priority", "many", "meta", "[broken", "step", "x\x00" * 500)
    record_all(recorder)
    job = row(database, id)
    assert (job["priority"], job["meta"], job["user"], len(job["step"])) == (3, "[broken", None, 200)


def test_after_a_flush_recording_goes_on_and_says_so(board: Board, database: Engine) -> None:
    lost: list[str] = []
    recorder = Recorder(database, board.links, lambda: lost.append("lost"))
    kept = board.enqueue()
    record_all(recorder)
    assert lost == ["lost"]  # the first time it looks at these data
    for key in board.links.call("KEYS", f"{board.prefix}:*"):
        board.links.call("DEL", key)
    board.advance(0)
    record_all(recorder)
    again = board.enqueue()
    record_all(recorder)
    assert lost == ["lost", "lost"]
    assert (row(database, kept)["state"], row(database, again)["state"]) == ("waiting", "waiting")


def test_events_of_failures_are_small_and_the_traceback_is_recorded(
    board: Board, recorder: Recorder, database: Engine
) -> None:
    id = board.enqueue()
    taken = board.worker.take()
    told = json.loads(failure("permanent")) | {"traceback": "x" * 9000}
    board.worker.say("fail", id, taken.fence, json.dumps(told))
    assert len(board.events(id)[-1].data) < 400
    record_all(recorder)
    (failed,) = rows(database, FailureRow, job_id=id)
    assert len(failed["traceback"]) == 9000


def test_a_job_that_redis_has_forgotten_is_read_from_the_history(
    board: Board, recorder: Recorder, database: Engine
) -> None:
    id = board.enqueue(kwargs={"paper": 7}, tags=("a",))
    board.worker.fail(board.worker.take())
    record_all(recorder)
    job, errors = board.job(id), board.store.errors(id)
    board.client.remove(id)
    record_all(recorder)
    past = past_errors(database, id)
    assert past_job(database, id) == job
    # The clock of the scripts is held, that of the events is not.
    assert [{**error, "at_ms": 0} for error in past] == [{**error, "at_ms": 0} for error in errors]
    assert past_job(database, "unknown") is None
