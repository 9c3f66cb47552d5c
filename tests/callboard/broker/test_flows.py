"""Flows: what starts, what is handed on, what a failure does, and that nothing happens twice."""

import itertools

import pytest

from callboard.broker import keys
from callboard.broker.attempt import Attempt
from callboard.broker.inputs import add_results
from callboard.jobs.call import Call
from callboard.jobs.flow import BadFlow, Part, Plan, Step, chain, graph, group, plan
from tests.jobs import LEASE_MS, Board, Taken, Worker, make_call


def flow_state(board: Board, flow: Plan) -> str:
    status = board.store.flow(flow.id)
    assert status is not None
    return status.state


def given(board: Board, job: Taken) -> list[object]:
    """The arguments with which the body of a job is called."""
    attempt = Attempt(job.id, job.fence, job.attempt, job.fields)
    if attempt.results_of:
        with board.links.held() as link:
            add_results(link, board.prefix, attempt)
    return list(attempt.args)


def calls(count: int) -> list[Call]:
    return [make_call(args=(number,)) for number in range(count)]


def test_a_chain_runs_in_order_and_hands_each_result_on(board: Board, worker: Worker) -> None:
    steps = calls(4)
    flow = board.start(chain(*steps), name="numbers", meta={"by": "ada"})
    assert board.states(*(step.id for step in steps)) == ["waiting", "blocked", "blocked", "blocked"]
    seen = []
    for number in range(4):
        job = worker.take()
        seen.append(given(board, job))
        worker.complete(job, result=f"result {number}")
    assert seen == [[0], [1, "result 0"], [2, "result 1"], [3, "result 2"]]
    status = board.store.flow(flow.id)
    assert status is not None
    assert (status.state, status.name, status.jobs, status.meta) == ("completed", "numbers", 4, {"by": "ada"})
    assert status.members == [step.id for step in steps]
    told = [event.event for event in board.events(flow.id)]
    assert told == ["flow:started", "flow:completed"]


def test_what_follows_a_group_is_handed_the_list_of_its_results_in_order(board: Board, worker: Worker) -> None:
    members, last = calls(3), make_call(args=("last",))
    board.start(chain(group(*members), last))
    jobs = worker.fetch(9)
    for job in reversed(jobs):
        worker.complete(job, result=job.id)
    assert given(board, worker.take()) == ["last", [call.id for call in members]]


def test_two_groups_in_a_row_meet_at_a_gate_and_each_of_the_second_gets_the_whole_list(
    board: Board, worker: Worker
) -> None:
    first, second = calls(3), calls(2)
    flow = board.start(chain(group(*first), group(*second)))
    assert flow.gates == 1
    worker.complete(*worker.fetch(2), result=1)
    assert board.states(*(call.id for call in second)) == ["blocked", "blocked"]
    worker.complete(*worker.fetch(2), result=1)
    assert [given(board, job) for job in worker.fetch(9)] == [[0, [1, 1, 1]], [1, [1, 1, 1]]]


def test_a_step_of_a_graph_with_several_parents_waits_for_all_and_is_handed_their_results(
    board: Board, worker: Worker
) -> None:
    a, b = Step(make_call(args=("a",)), name="a"), Step(make_call(args=("b",)), name="b")
    c = Step(make_call(args=("c",)), after=(a, b), name="c")
    d = Step(make_call(args=("d",)), after=(a,), name="d")
    board.client.start_flow(graph(a, b, c, d))
    first, second = worker.fetch(9)
    worker.complete(first, result="A")
    assert given(board, worker.take()) == ["d", "A"]
    worker.complete(second, result="B")
    assert given(board, worker.take()) == ["c", ["A", "B"]]
    assert board.job(c.call.id).step == "c"


def test_a_call_that_takes_no_results_is_handed_none(board: Board, worker: Worker) -> None:
    board.start(chain(make_call(), make_call(args=("own",), takes_results=False)))
    worker.complete(worker.take(), result="unwanted")
    assert given(board, worker.take()) == ["own"]


@pytest.mark.parametrize(
    ("policy", "state", "flow", "handed"),
    [
        ("fail", "failed", "failed", None),
        ("continue", "waiting", "completed", [[1, None, 3]]),
        ("ignore", "waiting", "completed", [[1, 3]]),
    ],
)
@pytest.mark.parametrize("ending", ["fail", "abandon"])
def test_a_failed_step_does_to_what_follows_what_its_policy_says(
    board: Board, worker: Worker, policy: str, state: str, flow: str, handed: object, ending: str
) -> None:
    members, last = [Step(make_call(), if_fails=policy) for _ in range(3)], make_call()
    started = board.start(chain(group(*members), last))
    jobs = worker.fetch(9)
    worker.complete(jobs[0], result=1)
    getattr(worker, ending)(jobs[1])
    worker.complete(jobs[2], result=3)
    assert board.state(last.id) == state
    if handed:
        job = worker.take()
        assert given(board, job) == handed
        worker.complete(job)
    assert flow_state(board, started) == flow


def test_a_skipped_step_names_the_one_that_failed_and_skips_what_follows_it(board: Board, worker: Worker) -> None:
    steps = calls(3)
    first, second, third = (call.id for call in steps)
    flow = board.start(chain(*steps))
    worker.fail(worker.take())
    assert board.states(first, second, third) == ["failed"] * 3
    assert [board.job(id).blocked_by for id in (second, third)] == [first, second]
    assert "skipped: it depends on add" in board.store.errors(second)[0]["failure"]["message"]
    status = board.store.flow(flow.id)
    assert status is not None
    assert (status.state, status.broken) == ("failed", first)


@pytest.mark.parametrize("ending", ["complete", "fail"])
def test_on_failure_runs_once_when_the_flow_has_failed_and_never_else(
    board: Board, worker: Worker, ending: str
) -> None:
    handler, last = make_call("handlers"), make_call()
    flow = board.start(chain(group(*calls(3)), last), on_failure=handler)
    jobs = worker.fetch(9)
    worker.complete(*jobs[:2])
    assert board.state(handler.id) == "blocked"
    for _ in range(3):  # a member that is delivered more than once counts once
        getattr(worker, ending)(jobs[2])
    worker.run_all()
    failed = ending == "fail"
    assert flow_state(board, flow) == ("failed" if failed else "completed")
    assert board.state(handler.id) == ("waiting" if failed else "cancelled")
    board.hire("handlers", name="h").run_all()
    assert [name for name, _ in board.told(handler.id)].count("job:active") == failed


def test_members_that_complete_twice_change_nothing(board: Board, worker: Worker) -> None:
    members, last = calls(3), make_call()
    board.start(chain(group(*members), last))
    jobs = worker.fetch(9)
    for job in (jobs[0], jobs[0], jobs[1], jobs[0]):
        worker.complete(job)
    assert board.state(last.id) == "blocked"
    worker.complete(jobs[2])
    assert board.state(last.id) == "waiting"
    events = board.told(last.id)
    worker.complete(*jobs)
    assert board.told(last.id) == events


def test_a_flow_whose_reply_was_lost_is_started_once(board: Board, worker: Worker) -> None:
    flow = plan(chain(*calls(3)), on_failure=make_call())
    assert [board.client.start_flow(flow) for _ in range(2)] == [flow.id] * 2
    assert len(worker.run_all()) == 3
    board.client.start_flow(flow)
    assert worker.fetch() == []


def test_a_flow_with_a_job_that_exists_already_is_refused_whole(board: Board) -> None:
    used, fresh = make_call(), make_call()
    board.client.enqueue(used)
    with pytest.raises(BadFlow, match=f"job {used.id} exists already"):
        board.start(chain(fresh, used))
    assert board.state(fresh.id) == "gone"


def test_cancelling_a_step_settles_its_flow_by_the_policies_of_its_edges(board: Board, worker: Worker) -> None:
    first, second, third = steps = calls(3)
    flow = board.start(chain(first, Step(second, if_fails="continue"), third))
    board.client.cancel(second.id)
    assert board.states(*(step.id for step in steps)) == ["waiting", "cancelled", "waiting"]
    worker.run_all()
    assert flow_state(board, flow) == "completed"
    assert board.state(second.id) == "cancelled"


def test_cancelling_the_first_step_fails_the_rest(board: Board) -> None:
    steps = calls(4)
    flow = board.start(chain(*steps))
    board.client.cancel(steps[0].id)
    assert board.states(*(step.id for step in steps)) == ["cancelled", "failed", "failed", "failed"]
    assert flow_state(board, flow) == "failed"


def test_a_step_with_a_time_to_run_at_waits_for_it_after_what_it_depends_on(board: Board, worker: Worker) -> None:
    last = make_call(delay=60.0)
    board.start(chain(make_call(), last))
    worker.complete(worker.take())
    assert (board.state(last.id), board.job(last.id).reason) == ("delayed", "scheduled")
    board.advance(60_000)
    assert worker.take().id == last.id


def test_a_step_whose_worker_died_runs_again_and_frees_what_follows_once(board: Board, worker: Worker) -> None:
    first, last = calls(2)
    board.start(chain(first, last))
    lost = worker.take()
    board.advance(LEASE_MS)
    worker.rescue()
    again = worker.take()
    assert worker.complete(lost) == ["LOST"]
    assert board.state(last.id) == "blocked"
    worker.complete(again)
    assert board.state(last.id) == "waiting"


def nested(depth: int) -> Part:
    return make_call() if depth == 0 else chain(make_call(), group(nested(depth - 1), make_call()))


def test_flows_nest_twenty_deep(board: Board, worker: Worker) -> None:
    flow = board.start(chain(nested(20), make_call()))
    assert len(worker.run_all()) == flow.jobs == 42
    assert flow_state(board, flow) == "completed"


def test_a_chain_of_a_thousand_starts_at_once_and_runs_to_the_end(board: Board, worker: Worker) -> None:
    steps = calls(1_000)
    flow = board.start(chain(*steps))
    assert board.store.counts("default") | {"waiting": 1, "blocked": 999} == board.store.counts("default")
    sizes = []
    for step in steps:
        job = worker.take()
        assert job.id == step.id
        sizes.append(sum(len(name) + len(value) for name, value in job.fields.items()))
        worker.complete(job, result=1)
    assert max(sizes[1:]) - min(sizes[1:]) <= 8
    assert flow_state(board, flow) == "completed"


def test_a_group_of_ten_thousand_starts_at_once_and_its_callback_runs_once(board: Board, worker: Worker) -> None:
    last = make_call("last")
    flow = board.start(chain(group(*calls(10_000)), last))
    assert board.store.counts("default")["waiting"] == 10_000
    done = 0
    while jobs := worker.fetch(500):
        worker.complete(*jobs, result=1)
        done += len(jobs)
    assert done == 10_000
    worker.settle()
    end = board.hire("last", name="w").take()
    assert sum(len(name) + len(value) for name, value in end.fields.items()) < 400
    assert given(board, end) == [[1] * 10_000]
    board.hire("last", name="w").complete(end)
    assert flow_state(board, flow) == "completed"


def test_what_many_depend_on_is_told_in_bounded_steps(board: Board, worker: Worker) -> None:
    first, members = make_call(), calls(1_700)
    board.start(chain(first, group(*members)))
    worker.complete(worker.take())
    told = [board.store.counts("default")["waiting"]]
    while worker.say("settle", 500):
        told.append(board.store.counts("default")["waiting"])
    assert told[0] <= 500
    assert board.store.counts("default")["waiting"] == 1_700


def test_a_failure_at_the_head_of_many_skips_all_of_them_in_bounded_steps(board: Board, worker: Worker) -> None:
    handler = make_call("handlers")
    flow = board.start(chain(make_call(), group(*calls(1_200))), on_failure=handler)
    worker.fail(worker.take())
    worker.settle()
    assert board.store.counts("default")["failed"] == 1_201
    assert (flow_state(board, flow), board.state(handler.id)) == ("failed", "waiting")


def rerun_of(board: Board, *ids: str) -> None:
    assert board.client.rerun(*ids) == ["WAITING"] * len(ids)


def test_a_rerun_of_the_failed_step_blocks_the_skipped_ones_again_and_all_runs_to_the_end(
    board: Board, worker: Worker
) -> None:
    steps = calls(4)
    flow = board.start(chain(*steps))
    worker.complete(worker.take())
    worker.fail(worker.take())
    rerun_of(board, steps[1].id)
    assert board.states(*(step.id for step in steps)) == ["completed", "waiting", "blocked", "blocked"]
    assert flow_state(board, flow) == "active"
    worker.run_all()
    assert flow_state(board, flow) == "completed"


def test_a_rerun_behind_a_gate_shuts_the_gate_again(board: Board, worker: Worker) -> None:
    a, b, c, d, e = steps = calls(5)
    flow = board.start(chain(group(a, b), group(c, d), e))
    jobs = {job.id: job for job in worker.fetch(9)}
    worker.fail(jobs[a.id])
    worker.complete(jobs[b.id])
    assert board.states(*(step.id for step in steps)) == ["failed", "completed", "failed", "failed", "failed"]
    rerun_of(board, a.id)
    assert board.states(*(step.id for step in steps)) == ["waiting", "completed", "blocked", "blocked", "blocked"]
    worker.run_all()
    assert flow_state(board, flow) == "completed"


@pytest.mark.parametrize("order", list(itertools.permutations((0, 1))))
def test_a_step_with_two_failed_parents_waits_until_both_have_run_again(
    board: Board, worker: Worker, order: tuple[int, int]
) -> None:
    parents, last = calls(2), make_call()
    flow = board.start(chain(group(*parents), last))
    worker.fail(*worker.fetch(9))
    rerun_of(board, parents[order[0]].id)
    worker.run_all()
    assert (board.state(last.id), flow_state(board, flow)) == ("failed", "failed")
    rerun_of(board, parents[order[1]].id)
    assert board.state(last.id) == "blocked"
    worker.run_all()
    assert (board.state(last.id), flow_state(board, flow)) == ("completed", "completed")


def test_a_flow_stays_failed_while_another_of_its_steps_has_failed(board: Board, worker: Worker) -> None:
    first, second = calls(2)
    flow = board.start(group(first, second))
    worker.fail(*worker.fetch(9))
    rerun_of(board, first.id)
    worker.run_all()
    status = board.store.flow(flow.id)
    assert status is not None
    assert (status.state, status.broken) == ("failed", second.id)


def test_a_rerun_of_the_on_failure_job_does_not_open_its_flow_again(board: Board, worker: Worker) -> None:
    handler = make_call("handlers")
    flow = board.start(make_call(), on_failure=handler)
    worker.fail(worker.take())
    handlers = board.hire("handlers", name="h")
    handlers.complete(handlers.take())
    rerun_of(board, handler.id)
    assert flow_state(board, flow) == "failed"
    handlers.complete(handlers.take())
    assert flow_state(board, flow) == "failed"


def test_an_on_failure_job_that_was_not_needed_is_when_a_rerun_fails(board: Board, worker: Worker) -> None:
    only, handler = make_call(), make_call("handlers")
    board.start(only, on_failure=handler)
    worker.complete(worker.take())
    assert board.state(handler.id) == "cancelled"
    rerun_of(board, only.id)
    assert board.state(handler.id) == "blocked"
    worker.fail(worker.take())
    assert board.state(handler.id) == "waiting"


def test_a_step_whose_flow_is_forgotten_runs_again_alone(board: Board, worker: Worker) -> None:
    step = make_call()
    flow = board.start(step)
    worker.fail(worker.take())
    board.links.call(*board.links.script("expire_flows", 0, 10))
    rerun_of(board, step.id)
    worker.run_all()
    assert board.state(step.id) == "completed"
    assert board.links.call("EXISTS", board.key(keys.FLOW, flow.id), board.key(keys.OPEN, flow.id)) == 0


def test_the_results_that_a_running_flow_needs_are_not_removed(board: Board, worker: Worker) -> None:
    first, last = calls(2)
    board.start(chain(first, last))
    worker.complete(worker.take(), result="kept")
    assert board.client.remove(first.id, last.id) == ["IN_FLOW", "waiting"]
    assert given(board, worker.take()) == [1, "kept"]


def test_the_delay_of_a_step_counts_from_the_end_of_the_step_before_it(board: Board, worker: Worker) -> None:
    first, second = make_call(), make_call().named(delay=5.0)
    board.start(chain(first, second))
    board.advance(60_000)
    worker.complete(worker.take())
    assert board.state(second.id) == "delayed"
    board.advance(4_999)
    assert worker.fetch() == []
    board.advance(1)
    assert worker.take().id == second.id
