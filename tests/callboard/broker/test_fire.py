"""The verb that accepts the job of a firing, and the one that tells of what is no change of a job."""

import json

import pytest

from callboard.broker.announce import announce
from callboard.broker.errors import ScriptFault
from callboard.broker.keys import FIRED, JOB
from callboard.jobs.call import Call
from tests.jobs import START_MS, Board, make_call

DAY_MS = 86_400_000


def fire(board: Board, call: Call, *, unless: str = "", before_ms: int = START_MS + DAY_MS) -> tuple[str, str]:
    data = json.dumps({"job": call.id})
    return board.client.fire(call, schedule="nightly", data=data, before_ms=before_ms, keep_ms=DAY_MS, unless=unless)


def test_a_firing_is_accepted_once_however_often_it_is_told(board: Board) -> None:
    call = make_call(kwargs={"n": 1}, meta={"schedule": "nightly"})
    assert [fire(board, call) for _ in range(3)] == [("FIRED", call.id)] * 3
    assert [event.event for event in board.events()] == ["job:added", "schedule:fired"]
    assert board.job(call.id).meta == {"schedule": "nightly"}


def test_a_firing_whose_job_is_forgotten_is_not_accepted_again(board: Board) -> None:
    call = make_call()
    fire(board, call)
    board.worker.run_all()
    board.client.remove(call.id)
    assert fire(board, call) == ("FIRED", call.id)
    assert board.state(call.id) == "gone"


def test_a_firing_says_what_it_is_about(board: Board) -> None:
    call = make_call("mail")
    fire(board, call)
    event = board.events()[-1]
    assert (event.event, event.job, event.type, event.queue) == ("schedule:fired", "nightly", "add", "mail")
    assert str(call.id) in str(event.data)


@pytest.mark.parametrize("state", ["waiting", "delayed", "blocked", "active"])
def test_a_firing_is_left_out_while_the_job_before_is_live(board: Board, state: str) -> None:
    last, call = board.job_in(state), make_call("other")
    assert fire(board, call, unless=last) == ("LIVE", last)
    assert board.state(call.id) == "gone"


@pytest.mark.parametrize("state", ["completed", "failed", "cancelled", "gone"])
def test_a_firing_is_accepted_once_the_job_before_has_ended(board: Board, state: str) -> None:
    last = "nobody" if state == "gone" else board.job_in(state)
    call = make_call("other")
    assert fire(board, call, unless=last) == ("FIRED", call.id)


def test_what_was_left_out_stays_so_when_the_job_before_has_ended_since(board: Board) -> None:
    last, call = board.enqueue(), make_call()
    fire(board, call, unless=last)
    board.worker.run_all()
    assert fire(board, call, unless=last) == ("LIVE", last)


def test_a_caller_that_stood_still_for_too_long_is_refused(board: Board) -> None:
    call = make_call()
    assert fire(board, call, before_ms=START_MS - 1) == ("LATE", "")
    assert board.state(call.id) == "gone"


def test_where_its_unique_key_is_held_the_holder_is_answered(board: Board) -> None:
    holder, call = board.enqueue(unique="report"), make_call(unique="report")
    assert [fire(board, call) for _ in range(2)] == [("FIRED", holder)] * 2


def test_the_answer_to_a_firing_expires(board: Board) -> None:
    call = make_call()
    fire(board, call)
    left = int(board.links.call("PTTL", board.key(FIRED, call.id)))
    assert 0 < left <= DAY_MS
    assert board.links.call("EXISTS", board.key(JOB, call.id)) == 1


def test_an_announcement_reaches_the_readers_of_the_stream(board: Board) -> None:
    announce(board.links, "schedule:missed", "nightly", {"passed": 3}, type="add", queue="mail")
    (event,) = board.events()
    assert (event.event, event.job, event.type, event.queue) == ("schedule:missed", "nightly", "add", "mail")
    assert json.loads(event.data) == {"passed": 3}


def test_an_event_that_nobody_listed_is_refused(board: Board) -> None:
    with pytest.raises(ScriptFault, match="job:completed"):
        announce(board.links, "job:completed", "nightly", {})
