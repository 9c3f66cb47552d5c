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


def test_jobs_of_a_search_are_moved_tagged_and_delayed(board: Board, callboard: Command) -> None:
    ids = [board.client.enqueue(make_call(tags=("old",))) for _ in range(3)]
    running = board.worker.take().id
    assert {
        line[0] for line in callboard("edit", "--where", "queue:default", "--queue", "data-export", "--dry-run").lines()
    } == {id for id in ids if id != running}
    assert callboard("edit", "--where", "queue:default", "--queue", "data-export", "--limit", "1").code == 2
    moved = callboard("edit", "--where", "queue:default", "--queue", "data-export", "--yes")
    assert (moved.code, "2 jobs moved" in moved.err) == (0, True)
    assert [board.store.counts(queue)["waiting"] for queue in ("default", "data-export")] == [0, 2]
    tagged = callboard("edit", "--where", "state:all", "--add-tag", "new", "--remove-tag", "old", "--yes")
    assert (tagged.code, {tuple(board.store.get(id).tags) for id in ids}) == (0, {("new",)})
    assert callboard("edit", "--where", "queue:data-export", "--delay", "5m", "--yes", "-q").code == 0
    assert board.store.counts("data-export")["delayed"] == 2
    for wrong in (["--tag", "x"], ["paper_id=1", "--priority", "high"], []):
        assert callboard("edit", "--where", "queue:data-export", *wrong, "--yes").code == 2
    assert callboard("edit", ids[1], "--priority", "high", "--limit", "5").code == 2
    assert callboard("edit", "--where", "state:active", "--priority", "high", "--yes").code == 4


def test_a_failed_job_is_run_again_with_another_argument_from_its_start(board: Board, callboard: Command) -> None:
    id = board.client.enqueue(make_call("default", "generate_embeddings", kwargs={"paper_id": "1"}, attempts=1))
    job = board.worker.take()
    board.worker.say("save", id, job.fence, '{"row":7}')
    board.worker.fail(job)
    assert callboard("retry", id, "--arg", "colour=red").code == 2
    assert callboard("retry", id.lower(), "--arg", "paper_id=2", "--from-start").code == 0
    again = board.worker.take()
    assert (again.fields["kwargs"], "checkpoint" in again.fields) == ('{"paper_id":"2"}', False)
