"""Changing jobs by hand: what they call, tags, priority, queue, time."""

import pytest

from callboard.broker import keys
from callboard.broker.invariants import check
from callboard.jobs.change import Change, priority_fields
from callboard.jobs.policy import KeyLimit
from callboard.jobs.states import IDLE, STATES, possible_verbs
from tests.jobs import Board, Worker

UNKNOWN = "01ABCDEFGHJKMNPQRSTVWXYZ00"


def fields(**values: str) -> Change:
    return Change(values)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("verb", ["edit", "priority", "move", "delay", "tag"])
def test_a_job_is_changed_where_the_table_says_so_and_tells_of_it_once(board: Board, state: str, verb: str) -> None:
    id = board.job_in(state)
    change = {
        "edit": Change({"kwargs": '{"n":2}', "tags": '["a"]'}),
        "priority": Change(priority_fields(1)),
        "move": Change(queue="elsewhere"),
        "delay": Change(due_ms=board.now + 500_000),
        "tag": Change(tags=("a",)),
    }[verb]
    before, may = board.job(id), verb in possible_verbs(state)
    for _ in range(2):
        assert board.client.edit(change, id) == ["EDITED" if may else state]
    after = board.job(id)
    assert after.version - before.version == int(may)
    assert (board.told(id)[-1] == ("job:edited", after.version)) == may
    assert after.state == ("delayed" if verb == "delay" and may else state)


def test_who_has_seen_another_version_changes_nothing(board: Board) -> None:
    id = board.enqueue()
    assert board.client.edit(fields(kwargs='{"n":1}'), id, version=1) == ["EDITED"]
    assert board.client.edit(fields(kwargs='{"n":2}'), id, version=1) == ["CHANGED"]
    assert board.client.edit(Change(), UNKNOWN, id) == ["MISSING", "EDITED"]
    assert (board.job(id).kwargs, board.job(id).version) == ({"n": 1}, 2)
    assert board.client.edit(fields(kwargs=""), id, version=2) == ["EDITED"]
    assert board.job(id).kwargs == {}


def test_a_more_urgent_priority_moves_a_job_to_the_front_and_back(board: Board, worker: Worker) -> None:
    first, second, third = board.enqueue_many(3)
    board.client.edit(Change(priority_fields(1)), third)
    board.client.edit(Change(priority_fields(4)), first)
    assert worker.take().id == third
    board.client.edit(Change(priority_fields(3)), first)
    assert [worker.take().id, worker.take().id] == [first, second]


def test_a_delayed_job_becomes_due_at_its_new_time_and_not_at_the_old_one(board: Board, worker: Worker) -> None:
    soon, late = board.enqueue(delay=60), board.enqueue(delay=60)
    board.client.edit(Change(due_ms=board.now + 10_000), soon)
    board.client.edit(Change(due_ms=board.now + 90_000), late)
    board.advance(10_001)
    assert [job.id for job in worker.fetch(5)] == [soon]
    board.advance(60_000)
    assert worker.fetch(5) == []
    board.advance(30_000)
    assert [job.id for job in worker.fetch(5)] == [late]


def test_a_job_that_waits_is_delayed_and_a_time_that_has_passed_leaves_it_waiting(board: Board, worker: Worker) -> None:
    id, now = board.enqueue(), board.now
    board.client.edit(Change(due_ms=now + 5_000), id)
    assert (board.state(id), board.job(id).reason, worker.fetch(5)) == ("delayed", "scheduled", [])
    board.advance(5_000)
    other = board.enqueue()
    board.client.edit(Change(due_ms=now), other)
    assert (board.state(other), board.job(other).version) == ("waiting", 1)
    assert {job.id for job in worker.fetch(5)} == {id, other}


@pytest.mark.parametrize("state", IDLE)
def test_a_job_is_moved_to_another_queue_and_is_in_no_set_of_the_old_one(board: Board, state: str) -> None:
    id = board.job_in(state)
    board.token()
    assert board.client.edit(Change(queue="other"), id) == ["EDITED"]
    assert (board.job(id).queue, board.job(id).state) == ("other", state)
    assert (board.store.counts("default")[state], board.store.counts("other")[state]) == (0, 1)
    assert board.events(id)[-1].values == {"state": state, "from": "default"}
    assert check(board.links) == []
    board.worker.queues = ("default-before", "default", "other")
    board.advance(60_000)
    assert id in board.worker.run_all()


def test_an_idle_worker_of_the_new_queue_is_woken(board: Board) -> None:
    board.client.edit(Change(queue="other"), board.enqueue())
    board.token()
    assert board.token("other")


def test_a_job_that_a_key_holds_is_held_in_its_new_queue_and_keeps_its_turn(board: Board, worker: Worker) -> None:
    ids = [board.enqueue(limits=(KeyLimit("k", concurrency=1),)) for _ in range(3)]
    first = worker.take()
    assert worker.fetch(5) == []
    assert board.job(ids[2]).reason == "limited"
    board.client.edit(Change(priority_fields(1), queue="other"), ids[2])
    assert board.job(ids[2]).reason == "limited"
    parked = board.links.call("ZRANGE", board.key(keys.PARKED, "k"), 0, -1)
    assert parked == [ids[2], ids[1]]
    worker.complete(first)
    worker.queues = ("default", "other")
    assert worker.take().id == ids[2]
    board.client.edit(Change(due_ms=board.now + 600_000), ids[1])
    assert board.links.call("ZRANGE", board.key(keys.PARKED, "k"), 0, -1) == []


def test_tags_are_added_and_taken_away_in_every_state_and_kept_within_bounds(board: Board) -> None:
    ids = [board.job_in(state, f"q-{state}", tags=("a/b", "old")) for state in STATES]
    assert set(board.client.edit(Change(tags=("new", "old"), untags=("a/b",)), *ids)) == {"EDITED"}
    assert [board.job(id).tags for id in ids] == [["old", "new"]] * len(ids)
    many = tuple(f"t{n}" for n in range(50))
    assert board.client.edit(Change(tags=many), ids[0]) == ["CROWDED"]
    board.client.edit(Change(untags=("old", "new")), ids[0])
    assert board.job(ids[0]).tags == []
    assert board.client.edit(Change(tags=many), ids[0]) == ["EDITED"]
    board.client.edit(Change(untags=("nothing",)), ids[1])
    assert [event for event, _ in board.told(ids[1])].count("job:edited") == 1
