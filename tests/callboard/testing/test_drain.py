"""A queue run empty in the calling thread, with the engine's own order, retries, limits and flows."""

import time
from datetime import timedelta

import dramatiq
import pytest

from callboard.jobs.errors import Permanent
from callboard.jobs.flow import chain, group, plan
from callboard.testing.board import Board
from callboard.testing.errors import DrainUnfinished, JobFailed
from tests.callboard.testing import lab


def test_what_is_due_runs_in_the_order_of_the_engine_and_what_it_enqueues_too(board: Board) -> None:
    lab.tell.send_with_options(args=("low",), priority="low")
    lab.tell.send("first")
    lab.tell_all.send(["third", "fourth"])
    lab.tell.send("second")
    drained = board.drain()
    assert lab.seen == ["first", "second", "third", "fourth", "low"]
    assert (drained.completed, len(drained)) == (6, 6)
    assert [ran.type for ran in drained] == ["tell", "tell", "tell_all", "tell", "tell", "tell"]
    assert board.all_enqueued() == []


def test_queues_come_by_name_and_one_can_be_drained_alone(board: Board) -> None:
    lab.tell.send("mail")
    lab.weigh.send([1.0])
    assert [ran.queue for ran in board.drain("mail")] == ["mail"]
    lab.tell.send("mail")
    assert [ran.queue for ran in board.drain()] == ["lab", "mail"]
    assert board.drain("nothing").attempts == ()


def test_a_failure_comes_out_at_once_and_the_rest_stays(board: Board) -> None:
    message = lab.weigh.send([-1.0])
    lab.weigh.send([2.0])
    with pytest.raises(Exception, match="sample 1 shook"):
        board.drain()
    assert board.job(message).state == "delayed"
    assert board.drain().completed == 1


def test_failures_are_counted_where_the_test_asks_for_it(board: Board) -> None:
    lab.weigh.send([-1.0])
    lab.weigh.send([])
    lab.weigh.send([1.0])
    drained = board.drain(fail_fast=False)
    assert (drained.completed, drained.failed, drained.retrying) == (1, 1, 1)
    assert [type(ran.error).__name__ for ran in drained] == ["Transient", "Permanent", "NoneType"]
    assert "weigh" in str(drained)
    assert "failed" in str(drained)


def test_retries_are_made_when_time_is_advanced(board: Board) -> None:
    message = lab.shaky.send(3)
    for attempt in (1, 2):
        assert board.drain(fail_fast=False).retrying == 1
        assert len(board.drain()) == 0
        board.advance(seconds=10 * attempt - 1)
        assert len(board.drain()) == 0
        board.advance(seconds=1)
    assert board.drain().completed == 1
    assert board.job(message).result == 3


def test_with_delayed_all_retries_and_delays_are_lived_through(board: Board) -> None:
    began, now = time.monotonic(), board.now
    lab.shaky.send(3)
    lab.tell.send_with_options(args=("tomorrow",), delay=24 * 3600 * 1000)
    drained = board.drain(with_delayed=True)
    assert [(ran.type, ran.ended) for ran in drained] == [
        ("shaky", "retrying"),
        ("shaky", "retrying"),
        ("shaky", "completed"),
        ("tell", "completed"),
    ]
    assert board.now - now == timedelta(days=1)
    assert time.monotonic() - began < 20


def test_with_delayed_a_job_that_fails_for_good_comes_out(board: Board) -> None:
    message = lab.shaky.send(9)
    with pytest.raises(ConnectionError):
        board.drain(with_delayed=True)
    job = board.job(message)
    assert (job.state, job.attempt) == ("failed", 3)


@pytest.mark.parametrize(("by", "ended"), [("snooze", "released"), ("later", "retrying")])
def test_a_body_that_asks_to_come_back_has_not_failed(board: Board, by: str, ended: str) -> None:
    lab.steered.send(by)
    assert [ran.ended for ran in board.drain()] == [ended]
    (job,) = board.assert_enqueued(lab.steered, delay=30)
    assert job.attempt == (0 if by == "snooze" else 1)
    assert [ran.ended for ran in board.drain(with_delayed=True)] == ["completed"]


def test_a_cancelled_job_has_not_failed(board: Board) -> None:
    lab.steered.send("cancel")
    gone = lab.tell.send("nobody")
    board.client.cancel(gone.message_id)
    assert board.drain().cancelled == 1
    assert lab.seen == []


def test_a_flow_runs_to_its_end(board: Board) -> None:
    samples = group(lab.weigh.call([1.0]), lab.weigh.call([2.0]))
    flow = plan(chain(samples, lab.count.call()), on_failure=lab.tell.call("failed"))
    board.client.start_flow(flow)
    assert [ran.type for ran in board.drain()] == ["weigh", "weigh", "count"]
    assert board.last.result == 2
    assert lab.seen == []


def test_the_last_wish_of_a_flow_that_fails_runs_too(board: Board) -> None:
    flow = plan(chain(lab.weigh.call([]), lab.count.call()), on_failure=lab.tell.call("failed"))
    board.client.start_flow(flow)
    with pytest.raises(Permanent):
        board.drain()
    assert [ran.type for ran in board.drain()] == ["tell"]
    assert lab.seen == ["failed"]
    found = board.store.flow(flow.id)
    assert found is not None
    assert found.state == "failed"


def test_a_pipeline_of_messages_hands_results_on(board: Board) -> None:
    pipe = dramatiq.pipeline(
        [lab.stock.message("ab"), lab.stock.message_with_options(kwargs={"times": 2})], broker=board.broker
    )
    pipe.run()
    board.assert_enqueued(lab.stock, count=2)
    drained = board.drain()
    assert [ran.result for ran in drained] == ["ab", "abab"]
    assert pipe.get_result() == "abab"


def test_a_group_under_a_rate_and_what_follows_it_are_drained(board: Board) -> None:
    flow = plan(chain(group(*[lab.rated.call() for _ in range(30)]), lab.tell.call("end").named(takes_results=False)))
    board.client.start_flow(flow)
    assert board.drain(with_delayed=True).completed == 31
    assert lab.seen == ["end"]


def test_the_rate_of_a_queue_holds(board: Board) -> None:
    lab.broker.enqueue_many(lab.rated.message() for _ in range(5))
    assert board.drain().completed == 2
    now = board.now
    assert board.drain(with_delayed=True).completed == 3
    assert board.now - now == timedelta(minutes=20)


def test_the_limit_of_a_key_holds_and_other_keys_go_on(board: Board) -> None:
    for to in ("a", "a", "a", "b", "c"):
        lab.limited.send(to=to)
    assert [ran.result for ran in board.drain()] == ["a", "b", "c"]
    now = board.now
    assert [ran.result for ran in board.drain(with_delayed=True)] == ["a", "a"]
    assert board.now - now == timedelta(minutes=10)


def test_a_paused_queue_is_left_alone(board: Board) -> None:
    board.control.pause("mail")
    lab.tell.send("later")
    assert len(board.drain(with_delayed=True)) == 0
    board.control.resume("mail")
    assert len(board.drain()) == 1


def test_a_drain_stops_at_its_limit(board: Board) -> None:
    lab.broker.enqueue_many(lab.tell.message(str(n)) for n in range(3))
    assert len(board.drain(limit=2)) == 2
    assert lab.seen == ["0", "1"]
    assert len(board.drain()) == 1


def test_a_job_that_comes_back_for_ever_ends_a_drain(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callboard.testing.drain.RUNAWAY", 20)
    monkeypatch.setattr(lab.tell, "fn", lambda ctx, name: lab.tell.send(name) and None)
    lab.tell.send("again")
    with pytest.raises(DrainUnfinished, match=r"more than 20 attempts .* tell 21 times"):
        board.drain()


def test_a_job_that_can_never_run_ends_a_drain(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callboard.testing.drain.RUNAWAY", 20)
    board.control.throttle("to:a", concurrency=1)
    board.job_in("active", lab.limited, to="a")
    lab.limited.send(to="a")
    with pytest.raises(DrainUnfinished, match="held up"):
        board.drain(with_delayed=True)


def test_a_type_that_no_module_here_declares_is_named(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.tell.send("nobody")
    monkeypatch.delitem(lab.broker.actors, "tell")
    with pytest.raises(JobFailed, match="declares tell"):
        board.drain()
    board.advance(minutes=2)
    assert board.drain(fail_fast=False).released == 1


def test_a_job_that_nobody_can_read_fails_without_an_exception_of_its_body(board: Board) -> None:
    message = lab.tell.send("broken")
    board.broker.links.call("HSET", f"{board.store.prefix}:job:{message.message_id}", "args", "{")
    with pytest.raises(JobFailed, match="cannot be read"):
        board.drain()


def test_what_is_meant_for_the_test_comes_out_of_any_drain(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab.tell, "fn", lambda ctx, name: pytest.fail(f"{name} must not be told"))
    message = lab.tell.send("anna")
    with pytest.raises(pytest.fail.Exception, match="anna must not"):
        board.drain(fail_fast=False)
    assert board.job(message).state == "delayed"
