"""The verbs of users: cancel, promote, rerun, remove."""

import json

import pytest

from callboard.broker import keys
from callboard.broker.client import require
from callboard.broker.errors import JobMissing, NotPossible
from callboard.jobs.states import FINAL, STATES, possible_verbs
from tests.jobs import Board, Worker

UNKNOWN = "01ABCDEFGHJKMNPQRSTVWXYZ00"
REPLIES = {
    "cancel": {"waiting": "CANCELLED", "delayed": "CANCELLED", "blocked": "CANCELLED", "active": "CANCELLING"},
    "promote": {"delayed": "waiting"},
    "rerun": dict.fromkeys(FINAL, "WAITING"),
    "remove": dict.fromkeys(FINAL, "REMOVED"),
}
AFTER = {
    "cancel": {"waiting": "cancelled", "delayed": "cancelled", "blocked": "cancelled"},
    "promote": {"delayed": "waiting"},
    "rerun": dict.fromkeys(FINAL, "waiting"),
    "remove": dict.fromkeys(FINAL, "gone"),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("verb", REPLIES)
def test_a_verb_does_what_the_table_says_in_each_state(board: Board, verb: str, state: str) -> None:
    id = board.job_in(state)
    before = board.told(id)
    assert getattr(board.client, verb)(id) == [REPLIES[verb].get(state, state)]
    assert board.state(id) == AFTER[verb].get(state, state)
    moved = state in REPLIES[verb]
    assert (verb in possible_verbs(state)) == moved
    events = board.told(id)
    assert len(events) == len(before) + moved
    assert [version for _, version in events] == list(range(1, len(events) + 1))


@pytest.mark.parametrize("verb", REPLIES)
def test_an_unknown_job_is_missing_and_its_neighbours_are_served(board: Board, verb: str) -> None:
    state = next(iter(REPLIES[verb]))
    id = board.job_in(state)
    assert getattr(board.client, verb)(UNKNOWN, id) == ["MISSING", REPLIES[verb][state]]


def test_what_a_verb_answers_becomes_an_error_that_says_what_is_possible() -> None:
    assert require("cancel", "x", "CANCELLED", "CANCELLED", "CANCELLING") == "CANCELLED"
    with pytest.raises(JobMissing, match="job x is unknown"):
        require("cancel", "x", "MISSING", "CANCELLED")
    with pytest.raises(NotPossible, match="cannot cancel job x: it is completed") as caught:
        require("cancel", "x", "completed", "CANCELLED")
    assert caught.value.allowed == ("rerun", "remove", "tag")


def test_the_worker_of_an_active_job_is_told_at_once_and_once(board: Board, worker: Worker) -> None:
    id = board.enqueue()
    job = worker.take()
    for _ in range(3):
        assert board.client.cancel(id) == ["CANCELLING"]
    orders = board.links.call("LRANGE", board.key(keys.CONTROL, worker.name), 0, -1)
    assert [json.loads(order) for order in orders] == [{"order": "cancel", "id": id, "fence": str(job.fence)}]
    assert board.links.call("PTTL", board.key(keys.CONTROL, worker.name)) > 0
    assert f"CANCEL:{id}" in worker.renew(job)
    assert board.job(id).cancelling


def test_a_cancelled_job_is_never_handed_out(board: Board, worker: Worker) -> None:
    ids = [board.enqueue(), board.enqueue(delay=1.0), board.enqueue()]
    board.client.cancel(*ids[:2])
    board.advance(2_000)
    assert [job.id for job in worker.fetch(10)] == ids[2:]


def test_promoting_twice_is_promoting_once(board: Board) -> None:
    id = board.job_in("delayed")
    assert [board.client.promote(id) for _ in range(2)] == [["waiting"], ["waiting"]]
    assert board.told(id) == [("job:added", 1), ("job:promoted", 2)]


# S1.12
def test_a_rerun_starts_anew_and_keeps_the_errors_of_before(board: Board, worker: Worker) -> None:
    id = board.enqueue()
    worker.retry(worker.take(), delay_ms=1, crash=True)
    board.advance(1)
    worker.fail(worker.take())
    board.client.rerun(id)
    job = board.job(id)
    assert (job.attempt, job.crashes, job.finished_at, job.fence) == (0, 0, None, 2)
    assert len(board.store.errors(id)) == 2
    again = worker.take()
    assert (again.attempt, again.fence) == (1, 3)


def test_a_rerun_forgets_the_old_result_until_there_is_a_new_one(board: Board, worker: Worker) -> None:
    id = board.enqueue()
    worker.complete(worker.take(), result="old")
    board.client.rerun(id)
    assert board.job(id).result is None
    worker.complete(worker.take(), result="new")
    assert board.store.result(id) == "new"


@pytest.mark.parametrize(
    ("state", "from_checkpoint", "kept"),
    [
        ("failed", None, True),
        ("failed", True, True),
        ("failed", False, False),
        ("completed", None, False),
        ("completed", True, True),
    ],
)
def test_a_rerun_goes_on_from_the_checkpoint_or_not(
    board: Board, worker: Worker, state: str, from_checkpoint: bool | None, kept: bool
) -> None:
    id = board.enqueue(kwargs={"n": 1})
    job = worker.take()
    worker.say("save", id, job.fence, '{"row":7}')
    worker.fail(job) if state == "failed" else worker.complete(job)
    board.client.rerun(id, from_checkpoint=from_checkpoint, fields={"kwargs": '{"n":2}'})
    again = worker.take()
    assert (again.fields.get("checkpoint"), again.fields["kwargs"]) == ('{"row":7}' if kept else None, '{"n":2}')


def test_a_rerun_whose_reply_was_lost_is_one_rerun(board: Board, worker: Worker) -> None:
    id = board.job_in("failed")
    assert [board.client.rerun(id, request="r1") for _ in range(2)] == [["WAITING"]] * 2
    worker.fail(worker.take())
    assert board.client.rerun(id, request="r1") == ["WAITING"]
    assert board.state(id) == "failed"
    assert board.client.rerun(id, request="r2") == ["WAITING"]
    assert board.state(id) == "waiting"


def test_a_job_whose_unique_key_is_held_is_not_run_again(board: Board, worker: Worker) -> None:
    first = board.enqueue(unique="key")
    worker.complete(worker.take())
    second = board.enqueue(unique="key")
    assert board.client.rerun(first) == ["HELD"]
    worker.complete(worker.take())
    assert board.client.rerun(first) == ["WAITING"]
    assert board.enqueue(unique="key") == first
    assert board.state(second) == "completed"


def test_nothing_is_left_of_a_removed_job(board: Board, worker: Worker) -> None:
    id = board.enqueue()
    job = worker.take()
    worker.say("log", id, job.fence, 1, "{}")
    worker.fail(job)
    board.client.remove(id)
    assert list(board.links.call("KEYS", f"{board.prefix}:job:*")) == []
    assert board.told(id)[-1] == ("job:removed", 4)
