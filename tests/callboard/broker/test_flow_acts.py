"""What may be done to a flow by hand: steps approved, rejected and left out; a flow resumed where it was cancelled."""

import pytest

from callboard.broker.errors import NotPossible, StepMissing
from callboard.broker.flow_acts import cancel_flow, decide_step, find_step, known_flow, leave_out_step, resume_flow
from callboard.broker.invariants import check
from callboard.broker.lookout import look_at_jobs
from callboard.jobs.flow import Plan, Step, chain, group
from callboard.jobs.record import Job
from tests.jobs import Board, Worker, make_call


def step(board: Board, flow: Plan, name: str) -> Job:
    return find_step(board.store, flow.id, name)


def flow_state(board: Board, flow: Plan) -> str:
    return known_flow(board.store, flow.id).state


def states(board: Board, flow: Plan) -> dict[str, str]:
    jobs = board.store.find_many([node.id for node in flow.nodes if node.call])
    return {job.step or "": job.state for job in jobs if job}


def asking(board: Board, if_fails: str = "fail") -> Plan:
    """Read, publish once somebody approves, mail; and alarm if it fails."""
    steps = [
        Step(make_call(), name="read"),
        Step(make_call(), name="publish", approval=True, if_fails=if_fails),
        Step(make_call(), name="mail"),
    ]
    return board.start(chain(*steps), on_failure=make_call())


def test_a_step_waits_for_approval_once_all_before_it_has_finished(board: Board, worker: Worker) -> None:
    flow = asking(board)
    with pytest.raises(NotPossible, match="waits for steps before it"):
        decide_step(board.links, step(board, flow, "publish"), approved=True, by="ada")
    worker.run_all()
    asked = step(board, flow, "publish")
    assert (asked.state, asked.reason, asked.approval) == ("blocked", "approval", "asked")
    assert board.store.why(asked) == ("approval", None)
    sight = look_at_jobs(board.links, [asked.id])[asked.id]
    assert sight
    assert (sight.tied, check(board.links)) == (True, [])
    for _ in range(2):  # the same word twice is one
        decide_step(board.links, asked, approved=True, by="ada", note="fine")
    assert states(board, flow) == {"read": "completed", "publish": "waiting", "mail": "blocked"}
    decided = step(board, flow, "publish").decided
    assert decided
    assert (decided["by"], decided["note"]) == ("ada", "fine")
    worker.run_all()
    assert flow_state(board, flow) == "completed"
    told = [event.event for event in board.events(asked.id)]
    assert told[:3] == ["job:added", "job:approval", "job:promoted"]
    assert check(board.links) == []


@pytest.mark.parametrize(("if_fails", "mail", "end"), [("fail", "failed", "failed"), ("ignore", "waiting", "active")])
def test_a_rejected_step_is_cancelled_and_those_after_it_go_on_by_their_policy(
    board: Board, worker: Worker, if_fails: str, mail: str, end: str
) -> None:
    flow = asking(board, if_fails)
    worker.run_all()
    decide_step(board.links, step(board, flow, "publish"), approved=False, by="ada", note="a typo")
    worker.settle()
    assert states(board, flow) == {"read": "completed", "publish": "cancelled", "mail": mail}
    assert flow_state(board, flow) == end
    assert board.events(step(board, flow, "publish").id)[-1].values["reason"] == "rejected"
    with pytest.raises(NotPossible, match="it is cancelled"):
        decide_step(board.links, step(board, flow, "publish"), approved=True, by="ada")
    assert check(board.links) == []


def test_a_rejected_step_that_is_run_again_asks_again(board: Board, worker: Worker) -> None:
    flow = asking(board)
    worker.run_all()
    decide_step(board.links, step(board, flow, "publish"), approved=False, by="ada")
    worker.run_all()
    assert resume_flow(board.store, board.client, flow.id) == 1
    assert states(board, flow) == {"read": "completed", "publish": "blocked", "mail": "blocked"}
    assert step(board, flow, "publish").reason == "approval"
    assert check(board.links) == []
    decide_step(board.links, step(board, flow, "publish"), approved=True, by="ada")
    worker.run_all()
    assert flow_state(board, flow) == "completed"


def test_a_first_step_may_wait_for_approval_and_a_step_before_it_that_runs_again_takes_the_question_back(
    board: Board, worker: Worker
) -> None:
    first = board.start(chain(Step(make_call(), name="go", approval=True), Step(make_call(), name="on")))
    assert (step(board, first, "go").reason, states(board, first)["on"]) == ("approval", "blocked")
    flow = asking(board)
    worker.run_all()
    board.client.rerun(step(board, flow, "read").id)
    assert step(board, flow, "publish").reason == "blocked_by"
    worker.run_all()
    assert step(board, flow, "publish").reason == "approval"
    assert check(board.links) == []


def test_a_step_that_nobody_has_to_wait_for_is_left_out(board: Board, worker: Worker) -> None:
    parts = [Step(make_call(), name=name, if_fails="continue") for name in ("ask", "look")]
    flow = board.start(chain(group(*parts), Step(make_call(), name="sum")))
    leave_out_step(board.links, step(board, flow, "ask"), by="ada")
    leave_out_step(board.links, step(board, flow, "ask"), by="ada")
    with pytest.raises(NotPossible, match="its flow would fail without it"):
        leave_out_step(board.links, step(board, flow, "sum"), by="ada")
    worker.run_all()
    assert states(board, flow) == {"ask": "cancelled", "look": "completed", "sum": "completed"}
    assert flow_state(board, flow) == "completed"
    assert resume_flow(board.store, board.client, flow.id) == 0, "what was left out stays so"
    with pytest.raises(NotPossible, match="it is completed"):
        leave_out_step(board.links, step(board, flow, "look"), by="ada")
    with pytest.raises(NotPossible, match="not declared to wait for approval"):
        decide_step(board.links, step(board, flow, "sum"), approved=True, by="ada")
    assert check(board.links) == []


def test_a_step_that_is_left_out_early_is_passed_over_in_its_turn(board: Board, worker: Worker) -> None:
    names = {"a": "fail", "b": "ignore", "c": "fail"}
    flow = board.start(chain(*(Step(make_call(), name=name, if_fails=policy) for name, policy in names.items())))
    leave_out_step(board.links, step(board, flow, "b"), by="ada")
    assert states(board, flow) == {"a": "waiting", "b": "blocked", "c": "blocked"}
    worker.complete(worker.take())
    assert states(board, flow) == {"a": "completed", "b": "cancelled", "c": "waiting"}
    board.client.rerun(step(board, flow, "a").id)
    assert states(board, flow) == {"a": "waiting", "b": "blocked", "c": "waiting"}
    worker.run_all()
    assert states(board, flow) == {"a": "completed", "b": "cancelled", "c": "completed"}
    assert (flow_state(board, flow), check(board.links)) == ("completed", [])


def test_a_flow_that_was_cancelled_as_a_whole_comes_back_as_a_whole(board: Board, worker: Worker) -> None:
    flow = board.start(chain(*(Step(make_call(), name=name) for name in "abc")), on_failure=make_call())
    assert cancel_flow(board.store, board.client, flow.id) == 4
    assert states(board, flow) == dict.fromkeys("abc", "cancelled")
    assert resume_flow(board.store, board.client, flow.id) == 1
    assert states(board, flow) == {"a": "waiting", "b": "blocked", "c": "blocked"}
    assert flow.on_failure is not None
    assert board.state(flow.on_failure.id) == "blocked"
    assert check(board.links) == []
    worker.run_all()
    assert flow_state(board, flow) == "completed"
    assert board.state(flow.on_failure.id) == "cancelled"


def test_a_last_step_that_was_cancelled_alone_waits_for_those_before_it(board: Board, worker: Worker) -> None:
    flow = board.start(chain(*(Step(make_call(), name=name) for name in "abc")))
    board.client.cancel(step(board, flow, "c").id)
    assert resume_flow(board.store, board.client, flow.id) == 1
    assert states(board, flow) == {"a": "waiting", "b": "blocked", "c": "blocked"}
    worker.run_all()
    assert flow_state(board, flow) == "completed"
    assert check(board.links) == []


def test_a_step_is_found_by_its_name_if_one_has_it_or_by_its_id(board: Board) -> None:
    flow = board.start(chain(Step(make_call(), name="a"), Step(make_call(), name="b"), Step(make_call(), name="b")))
    assert find_step(board.store, flow.id, flow.nodes[1].id).step == "b"
    with pytest.raises(StepMissing, match="2 steps are called b"):
        find_step(board.store, flow.id, "b")
    with pytest.raises(StepMissing, match="has no step x"):
        find_step(board.store, flow.id, "x")
