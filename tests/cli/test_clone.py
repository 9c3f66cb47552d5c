"""clone: a job like another under an id of its own, and the first stays as it was."""

from callboard.jobs.policy import Policy, Retry
from tests.cli.conftest import Board, Command
from tests.jobs import make_call


def test_a_clone_has_all_but_the_unique_key_and_the_arguments_that_are_given(board: Board, callboard: Command) -> None:
    policy = Policy(retry=Retry(attempts=7), priority=4, unique="once", fairness="ann", timeout=5.0)
    given = {"paper_id": "1"}
    call = make_call("paper-processing", "generate_embeddings", kwargs=given, tags=("mine",), meta={"user": "ann"})
    first = board.client.enqueue(call.named(policy=policy))
    answer = callboard("clone", first, "paper_id=2", "--json")
    assert answer.code == 0
    made = board.store.get(answer.json()["id"])
    assert (made.kwargs, made.tags, made.meta) == ({"paper_id": "2"}, ["mine"], {"user": "ann"})
    assert (made.priority, made.attempts, made.fairness, made.timeout_ms) == (4, 7, "ann", 5000)
    assert (made.unique, made.state) == (None, "waiting")
    assert board.store.get(first).kwargs == given


def test_what_cannot_be_cloned_is_said_with_its_exit_code(board: Board, callboard: Command) -> None:
    assert callboard("clone", "01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2").code == 3
    nameless = board.client.enqueue(make_call("paper-processing", "generate_embeddings", args=("1",)))
    assert callboard("clone", nameless).code == 4
    unfit = board.client.enqueue(make_call("paper-processing", "generate_embeddings", kwargs={"paper_id": "1"}))
    assert callboard("clone", unfit, "colour=red").code == 2
