"""cancel, retry, promote, rm."""

import pytest

from callboard.jobs.identity import new_id
from tests.cli.conftest import Board, Command
from tests.jobs import make_call


def test_a_waiting_job_is_cancelled(board: Board, callboard: Command) -> None:
    id = board.client.enqueue(make_call())
    answer = callboard("cancel", id, "--json")
    assert answer.code == 0
    assert answer.json() == {"jobs": [{"id": id, "result": "cancelled", "ok": True}], "done": 1, "failed": 0}
    assert board.store.get(id).state == "cancelled"


# S5.19
def test_a_running_job_is_asked_to_stop(board: Board, callboard: Command) -> None:
    id = board.client.enqueue(make_call())
    board.worker.take()
    answer = callboard("cancel", id)
    assert (answer.code, answer.lines()) == (0, [[id, "cancelling"]])
    assert "asked to stop" in answer.err


# S2.27
def test_a_failed_job_is_retried(board: Board, callboard: Command) -> None:
    id = board.client.enqueue(make_call())
    board.worker.fail(board.worker.take())
    assert callboard("retry", id.lower()).code == 0
    assert board.store.get(id).state == "waiting"


def test_a_delayed_job_is_promoted(board: Board, callboard: Command) -> None:
    id = board.client.enqueue(make_call(delay=1000.0))
    assert callboard("promote", id).code == 0
    assert board.store.get(id).state == "waiting"


def test_a_finished_job_is_forgotten(board: Board, callboard: Command) -> None:
    id = board.client.enqueue(make_call())
    board.worker.run_all()
    assert callboard("rm", id).code == 0
    assert board.store.find(id) is None


@pytest.mark.parametrize("verb", ["retry", "rm"])
def test_what_its_state_forbids_is_not_possible(board: Board, callboard: Command, verb: str) -> None:
    id = board.client.enqueue(make_call())
    answer = callboard(verb, id)
    assert answer.code == 4
    assert f"job {id}: it is waiting" in answer.err


def test_some_of_many_that_failed_are_told_apart(board: Board, callboard: Command) -> None:
    there, gone = board.client.enqueue(make_call()), new_id()
    answer = callboard("cancel", there, gone, "--yes", "--json")
    assert answer.code == 8
    assert [job["ok"] for job in answer.json()["jobs"]] == [True, False]


def test_a_query_chooses_the_jobs(board: Board, callboard: Command) -> None:
    mails = board.client.enqueue_many(make_call("mail") for _ in range(3))
    other = board.client.enqueue(make_call())
    answer = callboard("cancel", "--where", "queue:mail", "--yes")
    assert answer.code == 0
    assert {fields[0] for fields in answer.lines()} == set(mails)
    assert board.store.get(other).state == "waiting"


def test_a_query_takes_only_so_many_when_told(board: Board, callboard: Command) -> None:
    board.client.enqueue_many(make_call() for _ in range(5))
    assert len(callboard("cancel", "--where", "queue:default", "--limit", "2", "--yes").lines()) == 2
    assert board.store.counts("default")["waiting"] == 3


def test_a_dry_run_changes_nothing(board: Board, callboard: Command) -> None:
    ids = board.client.enqueue_many(make_call() for _ in range(2))
    answer = callboard("cancel", "--where", "queue:default", "--dry-run")
    assert (answer.code, {fields[0] for fields in answer.lines()}) == (0, set(ids))
    assert board.store.counts("default")["waiting"] == 2


@pytest.mark.parametrize("words", [["cancel", "--where", "state:waiting"], ["queues", "drain", "default"]])
def test_harm_needs_yes_where_nobody_can_be_asked(board: Board, callboard: Command, words: list[str]) -> None:
    id = board.client.enqueue(make_call())
    answer = callboard(*words)
    assert answer.code == 2
    assert "--yes" in answer.err
    assert board.store.get(id).state == "waiting"


@pytest.mark.parametrize("words", [[], ["01", "--where", "state:failed"], ["--where", " "]])
def test_jobs_are_named_in_one_way_exactly(callboard: Command, words: list[str]) -> None:
    assert callboard("cancel", *words).code == 2


def test_a_query_for_what_cannot_be_done_is_not_possible(board: Board, callboard: Command) -> None:
    board.client.enqueue(make_call())
    board.worker.run_all()
    answer = callboard("cancel", "--where", "state:completed", "--yes")
    assert answer.code == 4
    assert "cannot cancel jobs that are completed" in answer.err


def test_a_query_for_all_states_means_those_in_which_it_can_be_done(board: Board, callboard: Command) -> None:
    board.client.enqueue(make_call())
    board.worker.run_all()
    waiting = board.client.enqueue(make_call())
    assert callboard("cancel", "--where", "state:all", "--yes").lines() == [[waiting, "cancelled"]]


def test_a_retry_by_query_takes_failed_jobs_only(board: Board, callboard: Command) -> None:
    failed = board.client.enqueue(make_call())
    board.worker.fail(board.worker.take())
    board.client.enqueue(make_call())
    board.worker.run_all()
    answer = callboard("retry", "--where", "queue:default", "--yes")
    assert (answer.code, answer.lines()) == (0, [[failed, "waiting"]])


def test_a_job_that_was_asked_to_stop_is_let_go_on(board: Board, callboard: Command) -> None:
    running, waiting = board.client.enqueue_many(make_call() for _ in range(2))
    board.worker.take()
    assert callboard("cancel", running, "--withdraw").code == 4
    assert callboard("cancel", running).code == 0
    answer = callboard("cancel", running, waiting, "--withdraw")
    assert (answer.code, answer.lines()) == (8, [[running, "withdrawn"], [waiting, "waiting"]])
    assert f"cannot withdraw the cancellation of job {waiting}: it is waiting" in answer.err
    assert not board.store.get(running).cancelling
