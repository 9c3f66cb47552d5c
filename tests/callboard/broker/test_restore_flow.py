"""Flows that were lost in whole or in part are built again, go on, and come to the end they would have come to."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from callboard.broker import keys
from callboard.broker.invariants import check
from callboard.jobs.call import Call
from callboard.jobs.flow import Part, Plan, Step, chain, graph, group, plan
from tests.callboard.broker.keyspace import strangers
from tests.callboard.broker.test_flows import given
from tests.histories import flow_row_of, lose, restore_flow, rows_of
from tests.jobs import Board, Taken, Worker, make_call


def steps_of(flow: Plan) -> list[str]:
    handler = [flow.on_failure.id] if flow.on_failure else []
    return [call.id for call in flow.calls()] + handler


def bring_back(board: Board, flow: Plan, lost: Callable[[Board], None] = lose) -> tuple[str, int]:
    """Record the flow as it is now, lose it or part of it, and build it again."""
    rows, row = rows_of(board, *steps_of(flow)), flow_row_of(board, flow.id)
    lost(board)
    told = restore_flow(board, row, rows)
    board.worker.settle()
    return told


def flow_state(board: Board, flow: Plan) -> str:
    status = board.store.flow(flow.id)
    return status.state if status else "gone"


def diamond() -> tuple[Plan, dict[str, str]]:
    a, b, c, d, e, h = (make_call() for _ in range(6))
    flow = plan(chain(a, group(b, c), group(d, e)), name="diamond", on_failure=h, meta={"by": "ada"})
    return flow, {"a": a.id, "b": b.id, "c": c.id, "d": d.id, "e": e.id, "h": h.id}


def test_a_lost_flow_goes_on_where_it_was_and_runs_nothing_twice(board: Board, worker: Worker) -> None:
    flow, ids = diamond()
    board.client.start_flow(flow)
    worker.complete(worker.take(), result=1)
    worker.complete(worker.fetch(1)[0], result=2)
    running = worker.take()
    assert bring_back(board, flow) == ("active", 4)
    assert board.states(*ids.values()) == ["completed", "completed", "waiting", "blocked", "blocked", "blocked"]
    assert (board.job(ids["a"]).result, board.job(ids["b"]).result) == (1, 2)
    status = board.store.flow(flow.id)
    assert status is not None
    assert (status.name, status.jobs, status.meta, status.members) == ("diamond", 5, {"by": "ada"}, steps_of(flow))
    assert worker.complete(running) == ["LOST"]
    assert Counter(worker.run_all(result=3)) == Counter(ids[name] for name in "cde")
    assert (flow_state(board, flow), board.state(ids["h"])) == ("completed", "cancelled")


def test_steps_are_handed_the_results_of_those_that_finished_before_the_loss(board: Board, worker: Worker) -> None:
    flow, _ = diamond()
    board.client.start_flow(flow)
    worker.complete(worker.take(), result=1)
    for job, result in zip(worker.fetch(2), (2, 3), strict=True):
        worker.complete(job, result=result)
    bring_back(board, flow)
    assert [given(board, job) for job in worker.fetch(9)] == [[[2, 3]], [[2, 3]]]


@pytest.mark.parametrize("finished", [0, 1, 2])
def test_the_handler_of_a_flow_that_fails_after_the_loss_runs_once(board: Board, worker: Worker, finished: int) -> None:
    flow, ids = diamond()
    board.client.start_flow(flow)
    for _ in range(finished):
        worker.complete(worker.fetch(1)[0])
    bring_back(board, flow)
    worker.fail(worker.fetch(1)[0])
    worker.settle()
    ran = worker.run_all()
    assert ran.count(ids["h"]) == 1
    assert flow_state(board, flow) == "failed"
    assert board.state(ids["e"]) == "failed"


@pytest.mark.parametrize("state", ["waiting", "active", "completed"])
def test_a_flow_that_had_failed_does_not_run_its_handler_again(board: Board, worker: Worker, state: str) -> None:
    first, second, handler = make_call(), make_call(), make_call()
    flow = board.start(chain(first, second), on_failure=handler)
    worker.fail(worker.take())
    if state != "waiting":
        taken = worker.take()
        if state == "completed":
            worker.complete(taken)
    assert bring_back(board, flow) == ("failed", 0 if state == "completed" else 1)
    assert board.states(first.id, second.id) == ["failed", "failed"]
    worker.run_all()
    assert (board.state(handler.id), flow_state(board, flow)) == ("completed", "failed")
    # the events before the loss are gone with it: what ran at the time runs again, what had finished does not
    assert len(starts(board, handler.id)) == (0 if state == "completed" else 1)
    assert "flow:failed" in [event.event for event in board.events(flow.id)]


def starts(board: Board, id: str) -> list[str]:
    return [event.event for event in board.events(id) if event.event == "job:active"]


def test_a_flow_whose_last_step_finished_just_before_the_loss_is_closed(board: Board, worker: Worker) -> None:
    first, last, handler = make_call(), make_call(), make_call()
    flow = board.start(chain(first, last), on_failure=handler)
    row = flow_row_of(board, flow.id)
    worker.run_all()
    rows = rows_of(board, *steps_of(flow))
    rows[handler.id] |= {"state": "blocked", "finished_ms": None, "reason": "blocked_by", "version": 1}
    lose(board)
    assert restore_flow(board, row, rows) == ("active", 1)
    assert (flow_state(board, flow), board.state(handler.id)) == ("completed", "cancelled")


def test_a_delay_of_a_step_counts_from_the_end_of_the_one_before(board: Board, worker: Worker) -> None:
    first, second = make_call(), make_call(delay=60.0)
    flow = board.start(chain(first, second))
    bring_back(board, flow)
    board.advance(30_000)
    worker.complete(worker.take())
    assert (board.state(second.id), worker.fetch()) == ("delayed", [])
    board.advance(60_000)
    assert worker.run_all() == [second.id]


def test_a_flow_run_again_by_hand_waits_for_what_runs_again(board: Board, worker: Worker) -> None:
    flow, ids = diamond()
    board.client.start_flow(flow)
    worker.fail(worker.take())
    worker.run_all()
    board.client.rerun(ids["a"])
    assert bring_back(board, flow)[0] == "active"
    assert board.states(*(ids[name] for name in "abcde")) == ["waiting"] + ["blocked"] * 4
    assert Counter(worker.run_all()) == Counter(ids[name] for name in "abcde")
    assert flow_state(board, flow) == "completed"


def test_building_again_what_is_whole_changes_nothing(board: Board, worker: Worker) -> None:
    flow, _ = diamond()
    board.client.start_flow(flow)
    worker.complete(worker.take())
    before = dump(board)
    assert bring_back(board, flow, lambda board: None) == ("active", 0)
    assert dump(board) == before


def dump(board: Board) -> dict[str, object]:
    """All keys but the stream and the wake-up tokens."""
    names = [n for n in board.links.call("KEYS", f"{board.prefix}:*") if not n.endswith((":events", ":wake"))]
    return {name: content(board, name) for name in names}


def content(board: Board, name: str) -> object:
    reads = {
        "hash": ("HGETALL", name),
        "set": ("SMEMBERS", name),
        "zset": ("ZRANGE", name, 0, -1, "WITHSCORES"),
        "list": ("LRANGE", name, 0, -1),
        "string": ("GET", name),
    }
    type = board.links.call("TYPE", name)
    reply = board.links.call(*reads[type])
    return sorted(reply) if type == "set" else reply


def test_a_flow_that_is_over_here_is_told_and_keeps_its_steps_forgotten(board: Board, worker: Worker) -> None:
    first, second = make_call(), make_call()
    flow = board.start(chain(first, second))
    rows, row = rows_of(board, first.id, second.id), flow_row_of(board, flow.id)
    worker.run_all()
    board.client.remove(first.id, second.id)
    assert restore_flow(board, row, rows) == ("completed", 0)
    assert board.states(first.id, second.id) == ["gone", "gone"]
    assert [event.event for event in board.events(flow.id)] == ["flow:started", "flow:completed", "flow:completed"]


# -- parts of a flow are lost


def part_keys(board: Board, flow: Plan) -> dict[str, list[str]]:
    """Names of the keys of a flow, by kind."""
    prefix, nodes = board.prefix, [node.id for node in flow.nodes]
    return {
        "flow": [keys.FLOW(prefix, flow.id)],
        "members": [keys.MEMBERS(prefix, flow.id)],
        "open": [keys.OPEN(prefix, flow.id)],
        "needs": [keys.NEEDS(prefix, node) for node in nodes],
        "next": [keys.NEXT(prefix, node) for node in nodes],
        "parents": [keys.PARENTS(prefix, node) for node in nodes],
        "records": [keys.JOB(prefix, node) for node in nodes],
    }


KINDS = ("flow", "members", "open", "needs", "next", "parents", "records")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("finished", [0, 1, 3])
def test_a_flow_that_has_lost_one_kind_of_key_is_mended(board: Board, worker: Worker, kind: str, finished: int) -> None:
    flow, ids = diamond()
    board.client.start_flow(flow)
    for _ in range(finished):
        worker.complete(worker.fetch(1)[0])
    done = {id for id, state in zip(steps_of(flow), board.states(*steps_of(flow)), strict=True) if state == "completed"}
    bring_back(board, flow, lambda board: board.links.call("DEL", *part_keys(board, flow)[kind]))
    assert check(board.links) == []
    ran = worker.run_all()
    assert Counter(ran) == Counter(set(steps_of(flow)) - done - {ids["h"]})
    assert (flow_state(board, flow), board.state(ids["h"])) == ("completed", "cancelled")


def test_the_claim_of_a_running_step_outlives_the_loss_of_its_flow(board: Board, worker: Worker) -> None:
    flow, ids = diamond()
    board.client.start_flow(flow)
    taken = worker.take()
    bring_back(board, flow, lambda board: board.links.call("DEL", keys.FLOW(board.prefix, flow.id)))
    assert worker.complete(taken) == ["OK"]
    assert Counter(worker.run_all())[ids["a"]] == 0
    assert flow_state(board, flow) == "completed"


def test_a_running_job_whose_record_alone_was_lost_frees_its_place(board: Board, worker: Worker) -> None:
    flow, ids = diamond()
    board.client.start_flow(flow)
    board.control.limit("default", concurrency=1)
    worker.take()
    bring_back(board, flow, lambda board: board.links.call("DEL", keys.JOB(board.prefix, ids["a"])))
    assert worker.take().id == ids["a"]


# -- whatever the flow, however far it is, whatever is lost


class Twin:
    """The same flow on two boards: on one of them keys are lost and restored on the way."""

    def __init__(self, seed: int, url: str) -> None:
        self.random = random.Random(seed)
        self.boards = [Board(url, f"{{twin-{seed}-{n}}}") for n in (0, 1)]
        self.flow = self.a_flow()
        for board in self.boards:
            board.client.start_flow(self.flow)

    def a_flow(self) -> Plan:
        handler = make_call() if self.random.random() < 0.6 else None
        if self.random.random() < 0.3:
            return self.a_graph(handler)
        return plan(chain(*(self.part(3) for _ in range(self.random.randint(1, 3)))), on_failure=handler)

    def part(self, depth: int) -> Part:
        if depth == 0 or self.random.random() < 0.4:
            return self.step()
        build = self.random.choice((chain, group, group))
        return build(*(self.part(depth - 1) for _ in range(self.random.randint(1, 3))))

    def step(self) -> Step:
        return Step(make_call(), self.random.choice(("fail", "fail", "continue", "ignore")))

    def a_graph(self, handler: Call | None) -> Plan:
        steps: list[Step] = []
        for _ in range(self.random.randint(2, 8)):
            before = tuple(self.random.sample(steps, min(len(steps), self.random.randint(0, 3))))
            steps.append(Step(make_call(), self.random.choice(("fail", "continue", "ignore")), before))
        return graph(*steps, on_failure=handler)

    def fails(self, id: str) -> bool:
        """The verdict on a job is the same on both boards."""
        return random.Random(id[-8:]).random() < 0.25

    def run(self, board: Board, jobs: int) -> list[str]:
        """Run so many jobs; their ids."""
        ran: list[str] = []
        while len(ran) < jobs and (taken := board.worker.fetch(1)):
            self.end(board, taken[0])
            ran.append(taken[0].id)
        return ran

    def end(self, board: Board, job: Taken) -> None:
        board.worker.fail(job) if self.fails(job.id) else board.worker.complete(job, result=1)
        board.worker.settle()

    def lose_some(self, board: Board) -> None:
        names = [name for kind in part_keys(board, self.flow).values() for name in kind]
        lost = self.random.sample(names, self.random.randint(1, len(names)))
        board.links.call("DEL", *lost)

    def ends(self, board: Board) -> dict[str, str]:
        steps = steps_of(self.flow)
        return {"flow": flow_state(board, self.flow), **dict(zip(steps, board.states(*steps), strict=True))}


@pytest.fixture(params=range(40))
def twin(valkey_url: str, request: pytest.FixtureRequest) -> Iterator[Twin]:
    twin = Twin(request.param, valkey_url)
    yield twin
    for board in twin.boards:
        lose(board)
        board.links.call("DEL", keys.HELD_CLOCK(board.prefix))
        board.close()


def test_any_flow_ends_as_if_nothing_had_been_lost(twin: Twin) -> None:
    kept, lost = twin.boards
    expected = twin.run(kept, 100)
    ran: list[str] = []
    while True:
        ran += (now := twin.run(lost, twin.random.randint(1, 3)))
        if not now:
            break
        bring_back(lost, twin.flow, lose if twin.random.random() < 0.5 else twin.lose_some)
        assert [*check(lost.links), *strangers(lost.links)] == []
    assert Counter(ran) == Counter(expected)
    assert twin.ends(lost) == twin.ends(kept)


def test_a_flow_opened_again_after_some_of_its_steps_were_forgotten_comes_to_its_end(
    board: Board, worker: Worker
) -> None:
    first, second, third, last = (make_call() for _ in range(4))
    flow = board.start(chain(group(first, second), third, last))
    worker.complete(*worker.fetch(2))
    worker.fail(worker.take())
    assert board.client.remove(first.id) == ["REMOVED"]
    assert board.client.rerun(third.id) == ["WAITING"]
    bring_back(board, flow)
    assert check(board.links) == []
    assert worker.run_all() == [third.id, last.id]
    assert flow_state(board, flow) == "completed"
