"""What was lost is written again: in its old state and place, with its counts, and only where nothing is."""

import json

import pytest

from callboard.broker.restoring import LEAP, Restorer
from callboard.history.rows import record_of
from callboard.jobs.flow import chain
from callboard.jobs.policy import KeyLimit
from tests.histories import Rows, lose, rows_of
from tests.jobs import LEASE_MS, Board, Worker, make_call


@pytest.fixture
def restorer(board: Board) -> Restorer:
    return Restorer(board.links)


def bring_back(board: Board, rows: Rows) -> dict[str, str]:
    return Restorer(board.links).restore({id: record_of(row) for id, row in rows.items()}, board.now)


def lose_and_bring_back(board: Board, *ids: str) -> dict[str, str]:
    rows = rows_of(board, *ids)
    lose(board)
    return bring_back(board, rows)


AFTER = {"waiting": "waiting", "delayed": "delayed", "active": "waiting"}


@pytest.mark.parametrize("state", [*AFTER, "completed", "failed", "cancelled"])
def test_a_lost_job_comes_back_in_its_state_and_what_ran_waits(board: Board, state: str) -> None:
    id = board.job_in(state, args=(7,), tags=("a",), meta={"user": "ada"}, fairness="ada", timeout=5.0)
    before = board.job(id)
    assert lose_and_bring_back(board, id) == {id: "RESTORED"}
    job = board.job(id)
    assert job.state == AFTER.get(state, state)
    kept = ("type", "queue", "args", "kwargs", "tags", "meta", "fairness", "timeout_ms", "attempt", "attempts")
    assert [getattr(job, name) for name in kept] == [getattr(before, name) for name in kept]
    assert (job.crashes, job.enqueued_at, job.result) == (before.crashes, before.enqueued_at, before.result)
    assert job.worker is None or state not in AFTER


@pytest.mark.parametrize("state", AFTER)
def test_what_comes_back_is_told_once_and_above_all_that_may_have_been_told(board: Board, state: str) -> None:
    id = board.job_in(state)
    before = board.job(id)
    lose_and_bring_back(board, id)
    (event,) = board.events(id)
    assert (event.event, event.version) == ("job:added", before.version + LEAP)
    assert event.values == {"state": AFTER[state], "restored": True}
    assert board.job(id).version == before.version + LEAP


def test_what_is_there_is_left_alone_however_often_it_is_restored(board: Board, worker: Worker) -> None:
    waiting, running = board.enqueue(), board.enqueue()
    rows = rows_of(board, waiting, running)
    lose(board)
    bring_back(board, rows)
    taken = worker.take()
    before = rows_of(board, waiting, running), len(board.events())
    assert bring_back(board, rows) == {waiting: "active", running: "waiting"}
    assert (rows_of(board, waiting, running), len(board.events())) == before
    assert worker.complete(taken) == ["OK"]
    assert bring_back(board, rows)[waiting] == "completed"


def test_a_worker_that_still_runs_a_lost_job_is_refused(board: Board, worker: Worker) -> None:
    id = board.enqueue()
    old = worker.take()
    rows = rows_of(board, id)
    lose(board)
    assert worker.complete(old) == ["LOST"]
    bring_back(board, rows)
    new = board.hire(name="worker-2").take()
    assert (new.fence, new.attempt) == (old.fence + LEAP + 1, old.attempt + 1)
    assert worker.complete(old) == ["LOST"]
    assert board.hire(name="worker-2").complete(new) == ["OK"]


def test_the_lines_are_in_the_order_they_had(board: Board, worker: Worker) -> None:
    ids = []
    for priority in (4, 3, 1, 3, 3):
        ids.append(board.enqueue(priority=priority))
        board.advance(1000)
    board.worker.fetch(1)
    expected = [job.id for job in board.store.page("default", "waiting")]
    lose_and_bring_back(board, *reversed(ids))
    assert [job.id for job in worker.fetch(9)] == [ids[2], *expected]


def test_what_ran_is_before_what_waited(board: Board, worker: Worker) -> None:
    first, second, third = board.enqueue_many(3)
    worker.take()
    board.advance(1000)
    late = board.enqueue()
    lose_and_bring_back(board, late, third, second, first)
    assert worker.take().id == first


def test_users_still_take_turns(board: Board, worker: Worker) -> None:
    ids = [board.enqueue(fairness=user) for user in ("ada", "ada", "ada", "bob", "bob", "eve")]
    lose_and_bring_back(board, *ids)
    users = [job.fields["fairness"] for job in worker.fetch(9)]
    assert [sorted(users[0:3]), sorted(users[3:5]), users[5]] == [["ada", "bob", "eve"], ["ada", "bob"], "ada"]


def test_a_delayed_job_is_delayed_until_it_is_due(board: Board, worker: Worker) -> None:
    soon, later = board.enqueue(delay=10.0), board.enqueue(delay=60.0)
    rows = rows_of(board, soon, later)
    lose(board)
    board.advance(20_000)
    bring_back(board, rows)
    assert board.states(soon, later) == ["waiting", "delayed"]
    assert board.job(later).reason == "scheduled"
    assert [job.id for job in worker.fetch(9)] == [soon]
    board.advance(40_000)
    assert [job.id for job in worker.fetch(9)] == [later]


def test_what_a_key_held_waits_and_is_held_again_at_fetch(board: Board, worker: Worker) -> None:
    first, second = (board.enqueue(limits=(KeyLimit("ai", concurrency=1),)) for _ in range(2))
    worker.fetch(2)
    assert board.states(first, second) == ["active", "delayed"]
    lose_and_bring_back(board, first, second)
    assert board.states(first, second) == ["waiting", "waiting"]
    assert [job.id for job in worker.fetch(2)] == [first]
    assert board.state(second) == "delayed"


def test_a_unique_key_is_taken_again_unless_another_live_job_has_it(board: Board, worker: Worker) -> None:
    free, taken = board.enqueue(unique="free"), board.enqueue(unique="taken")
    rows = rows_of(board, free, taken)
    lose(board)
    holder = board.enqueue(unique="taken")
    assert bring_back(board, rows) == {free: "RESTORED", taken: "HELD"}
    assert (board.enqueue(unique="free"), board.state(taken)) == (free, "gone")
    worker.complete(*[job for job in worker.fetch(9) if job.id == holder])
    assert bring_back(board, rows)[taken] == "RESTORED"


def test_a_finished_job_takes_no_unique_key_and_is_never_run(board: Board, worker: Worker) -> None:
    id = board.job_in("completed", unique="once")
    lose_and_bring_back(board, id)
    assert worker.fetch(9) == []
    other = board.enqueue(unique="once")
    assert (other != id, board.states(id, other)) == (True, ["completed", "waiting"])
    assert board.client.rerun(id) == ["HELD"]


def test_a_running_job_that_was_to_be_cancelled_comes_back_cancelled(board: Board, worker: Worker) -> None:
    id = board.enqueue(unique="once")
    worker.take()
    board.client.cancel(id)
    lose_and_bring_back(board, id)
    assert (board.state(id), worker.fetch()) == ("cancelled", [])
    assert board.events(id)[-1].values == {"state": "cancelled", "restored": True}
    assert board.state(board.enqueue(unique="once")) == "waiting"


def test_a_rescue_after_the_loss_counts_what_came_before(board: Board, worker: Worker) -> None:
    id = board.enqueue()
    for _ in range(2):
        worker.take()
        board.advance(LEASE_MS)
        worker.rescue()
    lose_and_bring_back(board, id)
    worker.take()
    board.advance(LEASE_MS)
    worker.rescue()
    assert (board.state(id), board.job(id).crashes) == ("failed", 3)


def test_the_checkpoint_comes_back(board: Board, worker: Worker) -> None:
    id = board.enqueue()
    taken = worker.take()
    worker.say("save", id, taken.fence, json.dumps({"row": 50}))
    lose_and_bring_back(board, id)
    assert json.loads(worker.take().fields["checkpoint"]) == {"row": 50}


def test_an_idle_worker_is_woken(board: Board) -> None:
    id = board.enqueue()
    board.worker.fetch(0)
    lose_and_bring_back(board, id)
    assert board.token()


# -- concluded: the server has gone back in time


def conclude(board: Board, rows: Rows) -> dict[str, str]:
    return Restorer(board.links).conclude({id: record_of(row) for id, row in rows.items()})


def finished(rows: Rows, state: str = "completed", later: int = 5) -> Rows:
    """The rows as they were recorded later, when the jobs had finished."""
    more = {"state": state, "finished_ms": 1_700_000_005_000, "result": '{"rows":3}', "reason": None, "due_ms": None}
    return {id: row | more | {"version": row["version"] + later} for id, row in rows.items()}


@pytest.mark.parametrize("state", ["waiting", "delayed", "active"])
@pytest.mark.parametrize("final", ["completed", "failed", "cancelled"])
def test_a_job_that_has_finished_in_the_history_is_ended_and_not_run(board: Board, state: str, final: str) -> None:
    id = board.job_in(state, unique="once", limits=(KeyLimit("ai", concurrency=1),))
    rows = finished(rows_of(board, id), final)
    assert conclude(board, rows) == {id: "CONCLUDED"}
    job = board.job(id)
    assert (job.state, job.result, job.version) == (final, {"rows": 3}, rows[id]["version"] + 1)
    assert (job.reason, job.due_at, job.worker) == (None, None, rows[id]["worker"])
    assert board.told(id)[-1] == ("job:added", job.version)
    board.advance(120_000)
    assert board.worker.fetch(9) == []
    assert board.state(board.enqueue(unique="once")) == "waiting"
    assert conclude(board, rows) == {id: final}


def test_a_worker_whose_job_was_concluded_is_refused(board: Board, worker: Worker) -> None:
    id = board.enqueue()
    taken = worker.take()
    conclude(board, finished(rows_of(board, id)))
    assert (worker.fail(taken), worker.renew(taken)[-1]) == (["LOST"], f"LOST:{id}")
    assert board.state(id) == "completed"


def test_a_job_that_was_run_again_by_hand_since_is_left_alone(board: Board) -> None:
    id = board.job_in("completed")
    rows = rows_of(board, id)
    board.client.rerun(id)
    assert conclude(board, rows) == {id: "NEWER"}
    assert board.state(id) == "waiting"


def test_a_job_that_is_gone_is_not_made(board: Board) -> None:
    id = board.job_in("completed")
    rows = rows_of(board, id)
    board.client.remove(id)
    assert (conclude(board, rows), board.state(id)) == ({id: "MISSING"}, "gone")


def test_steps_concluded_from_the_last_one_back_free_only_what_has_not_finished(board: Board, worker: Worker) -> None:
    first, second, third = (make_call() for _ in range(3))
    handler = make_call()
    board.start(chain(first, second, third), on_failure=handler)
    rows = finished(rows_of(board, second.id, first.id))
    assert list(rows) == [second.id, first.id]
    conclude(board, rows)
    assert board.states(first.id, second.id, third.id, handler.id) == ["completed", "completed", "waiting", "blocked"]
    assert worker.run_all() == [third.id]
    assert board.state(handler.id) == "cancelled"


# -- told again: one of the two is behind


def test_a_job_is_told_again_above_what_the_history_holds(board: Board, restorer: Restorer, worker: Worker) -> None:
    id = board.enqueue()
    assert restorer.tell_again([(id, 7, 4), ("01ABCDEFGHJKMNPQRSTVWXYZ00", 1, 1)]) == {
        id: "TOLD",
        "01ABCDEFGHJKMNPQRSTVWXYZ00": "MISSING",
    }
    assert board.told(id)[-1] == ("job:added", 8)
    assert board.events(id)[-1].values == {"state": "waiting", "restored": True}
    assert worker.take().fence == 4 + LEAP + 1


def test_the_worker_of_an_active_job_keeps_its_claim_when_the_job_is_told_again(
    board: Board, restorer: Restorer, worker: Worker
) -> None:
    id = board.enqueue()
    taken = worker.take()
    restorer.tell_again([(id, 40, 30)])
    assert (board.job(id).version, board.job(id).fence) == (41, taken.fence)
    assert worker.complete(taken) == ["OK"]
    restorer.tell_again([(id, 2, 1)])
    assert (board.job(id).version, board.job(id).fence) == (43, taken.fence)
