"""edit: a job that does not run yet is changed, one that runs is not."""

from callboard.jobs.clock import from_ms
from tests.cli.conftest import Board, Command
from tests.jobs import make_call


def test_arguments_priority_tags_and_time_are_changed_and_the_rest_stays(board: Board, callboard: Command) -> None:
    given = {"paper_id": "1"}
    id = board.client.enqueue(make_call("paper-processing", "generate_embeddings", kwargs=given, delay=600.0))
    answer = callboard(
        "edit", id.lower(), "paper_id=2", "--priority", "high", "--tag", "mine", "--at", "2031-05-04T09:30:00Z"
    )
    assert (answer.code, answer.out) == (0, f"{id}\tedited\n")
    job = board.store.get(id)
    assert (job.kwargs, job.priority, job.tags, job.state) == ({"paper_id": "2"}, 2, ["mine"], "delayed")
    assert job.due_at == from_ms(1_935_653_400_000)
    assert callboard("edit", id, "--priority", "low").code == 0
    assert (board.store.get(id).priority, board.store.get(id).kwargs) == (4, {"paper_id": "2"})


def test_what_cannot_be_edited_is_said_with_its_exit_code(board: Board, callboard: Command) -> None:
    running = board.client.enqueue(make_call())
    board.worker.take()
    assert callboard("edit", running, "--priority", "high").code == 4
    assert callboard("edit", running).code == 2
    assert callboard("edit", "01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2", "--tag", "x").code == 3
    waiting = board.client.enqueue(make_call("paper-processing", "generate_embeddings", kwargs={"paper_id": "1"}))
    assert callboard("edit", waiting, "colour=red").code == 2
    assert callboard("edit", waiting, "--at", "2031-05-04T09:30").code == 0
