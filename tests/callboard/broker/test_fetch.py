from callboard.broker import keys
from tests.jobs import LEASE_MS, START_MS, Board, Worker, make_call

HOUR_MS = 3_600_000


def test_a_fetched_job_is_active_with_a_lease_a_fence_and_an_attempt(board: Board, worker: Worker) -> None:
    id = board.enqueue(kwargs={"a": 1})
    taken = worker.take()
    assert (taken.id, taken.fence, taken.attempt) == (id, 1, 1)
    assert taken.fields["kwargs"] == '{"a":1}'
    job = board.job(id)
    assert (job.state, job.version, job.worker, job.attempt, job.fence) == ("active", 2, "worker-1", 1, 1)
    assert int(board.links.call("ZSCORE", board.key(keys.LEASES), id)) == START_MS + LEASE_MS
    assert board.told(id) == [("job:added", 1), ("job:active", 2)]


def test_no_more_than_asked_for_is_handed_out(board: Board, worker: Worker) -> None:
    board.enqueue_many(7)
    assert [len(worker.fetch(3)) for _ in range(4)] == [3, 3, 1, 0]


def test_only_the_queues_that_a_worker_serves_are_fetched_from(board: Board, worker: Worker) -> None:
    elsewhere = board.enqueue("elsewhere")
    assert worker.fetch(5) == []
    assert [job.id for job in board.hire("elsewhere", name="w").fetch(5)] == [elsewhere]


# S2.1
def test_several_queues_share_what_is_asked_for(board: Board) -> None:
    worker = board.hire("one", "two", name="both")
    board.enqueue_many(10, "one")
    board.enqueue_many(10, "two")
    queues = [job.fields["queue"] for job in worker.fetch(6)]
    assert (queues.count("one"), queues.count("two")) == (3, 3)


def test_a_lost_reply_is_answered_with_the_same_jobs(board: Board, worker: Worker) -> None:
    board.enqueue_many(5)
    first = worker.fetch(2, token="again")
    second = worker.fetch(2, token="again")
    assert [(job.id, job.fence, job.attempt) for job in second] == [(job.id, job.fence, job.attempt) for job in first]
    assert board.store.counts("default")["active"] == 2


def test_a_repeat_leaves_out_what_is_no_longer_held(board: Board, worker: Worker) -> None:
    board.enqueue_many(3)
    first, second, third = worker.fetch(3, token="again")
    worker.complete(first)
    board.advance(LEASE_MS)
    worker.rescue()
    assert worker.fetch(3, token="again") == []
    assert board.states(first.id, second.id, third.id) == ["completed", "waiting", "waiting"]


def test_priorities_run_in_order_and_equals_first_in_first_out(board: Board, worker: Worker) -> None:
    ids = [board.enqueue(priority=priority) for priority in (4, 3, 1, 2, 3, 1)]
    assert worker.run_all(free=1) == [ids[2], ids[5], ids[3], ids[1], ids[4], ids[0]]


def test_a_low_job_that_has_waited_overtakes_fresh_normal_ones(board: Board, worker: Worker) -> None:
    low = board.enqueue(priority=4)
    board.advance(6 * HOUR_MS - 1)
    normal = board.enqueue()
    assert worker.take().id == normal
    board.advance(2)
    board.enqueue()
    assert worker.take().id == low


def test_keys_take_turns_so_that_five_thousand_jobs_of_one_do_not_block_another(board: Board, worker: Worker) -> None:
    board.enqueue_many(5_000, fairness="ada")
    worker.complete(*worker.fetch(10))
    board.advance(60_000)
    bobs = board.enqueue_many(3, fairness="bob")
    order = [job.id for _ in range(8) for job in worker.fetch()]
    assert [order.index(id) for id in bobs] <= [1, 3, 5]


def test_three_keys_share_alike_whatever_their_number(board: Board, worker: Worker) -> None:
    for user, count in (("ada", 300), ("bob", 30), ("eve", 30)):
        board.enqueue_many(count, fairness=user)
    users = [job.fields["fairness"] for job in worker.fetch(60)]
    assert {user: users.count(user) for user in set(users)} == {"ada": 20, "bob": 20, "eve": 20}


def test_a_job_without_a_key_is_not_starved_by_keys_that_never_run_out(board: Board, worker: Worker) -> None:
    board.enqueue_many(50, fairness="ada")
    board.advance(HOUR_MS)
    unkeyed = board.enqueue()
    for _ in range(3):
        board.enqueue_many(2, fairness="ada")
        worker.fetch()
        board.advance(60_000)
    assert board.state(unkeyed) == "active"


def test_a_delayed_job_is_promoted_the_moment_it_is_due(board: Board, worker: Worker) -> None:
    id = board.enqueue(delay=2.0)
    board.advance(1_999)
    assert worker.fetch() == []
    assert worker.next_ms == 1
    board.advance(1)
    assert worker.take().id == id
    assert board.told(id) == [("job:added", 1), ("job:promoted", 2), ("job:active", 3)]


def test_more_due_jobs_than_one_script_promotes_are_asked_for_again_at_once(board: Board, worker: Worker) -> None:
    ids = board.enqueue_many(450, delay=1.0)
    board.advance(1_000)
    assert len(worker.fetch(1_000)) == 200
    assert worker.next_ms == 0
    assert len(worker.fetch(1_000) + worker.fetch(1_000)) == len(ids) - 200


def test_what_is_due_in_queues_of_others_does_not_wake_this_worker(board: Board, worker: Worker) -> None:
    board.enqueue("elsewhere", delay=1.0)
    worker.fetch()
    assert worker.next_ms == -1


def test_entries_that_are_no_jobs_are_set_aside_and_their_neighbours_run(board: Board, worker: Worker) -> None:
    call, prefix = board.links.call, board.prefix
    line = keys.WAITING(prefix, "default")
    call("SET", keys.JOB(prefix, "string"), "not a record")
    call("HSET", keys.JOB(prefix, "bare"), "state", "waiting", "queue", "default", "version", "1")
    other = board.enqueue("elsewhere")
    broken = board.enqueue()
    call("HSET", keys.JOB(prefix, broken), "limits", "{not json")
    for id in ("string", "bare", "unknown", other):
        call("ZADD", line, 0, id)
    good = board.enqueue()
    assert [job.id for job in worker.fetch(10)] == [good]
    reasons = {line["id"]: line["reason"] for line in board.quarantined()}
    assert reasons.pop(broken).startswith("its limits are not a JSON list")
    assert reasons == {
        "string": "the record is not a hash",
        "bare": "the record lacks what a job needs",
        "unknown": "no waiting job of this queue has this id",
        other: "no waiting job of this queue has this id",
    }
    assert board.state(other) == "waiting"
    call("DEL", *(keys.JOB(prefix, id) for id in ("string", "bare", broken)))


def test_what_is_among_the_delayed_and_is_no_delayed_job_is_set_aside(board: Board, worker: Worker) -> None:
    call, prefix = board.links.call, board.prefix
    call("SET", keys.JOB(prefix, "string"), "not a record")
    good = board.enqueue(delay=1.0)
    for id in ("string", "unknown"):
        call("ZADD", keys.DELAYED(prefix, "default"), START_MS, id)
    board.advance(1_000)
    assert worker.take().id == good
    assert {line["id"] for line in board.quarantined()} == {"string", "unknown"}
    assert [e.event for e in board.events("string")] == ["job:quarantined"]
    call("DEL", keys.JOB(prefix, "string"))


def test_what_is_read_ahead_never_counts_under_a_cap(board: Board, worker: Worker) -> None:
    board.control.limit("default", concurrency=10)
    board.enqueue_many(10)
    assert len(worker.fetch(2, ahead=5)) == 2
    board.control.limit("default", concurrency=0)
    assert len(worker.fetch(1, ahead=5)) == 6


def test_the_fields_of_a_job_with_any_payload_come_back_as_they_were_given(board: Board, worker: Worker) -> None:
    call = make_call(args=("ünïcödé ✓", [1, {"x": None}]), kwargs={"zero": "\x00", "big": 2**53})
    board.client.enqueue(call)
    worker.take()
    job = board.job(call.id)
    assert (tuple(job.args), job.kwargs) == (call.args, call.kwargs)
