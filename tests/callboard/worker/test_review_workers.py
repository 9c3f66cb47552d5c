"""What a worker must not gather while it lives, and what a second worker of a process finds."""

import threading
from types import SimpleNamespace
from typing import Any

import pytest
from dramatiq.worker import WorkerThread

from callboard.broker.attempt import Attempt
from callboard.jobs.policy import Queue, Retry
from callboard.worker import interrupts
from callboard.worker.in_process import start_worker, stop_worker
from tests.callboard.worker.conftest import Stage
from tests.waiting import wait_until


def _threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if isinstance(thread, WorkerThread)]


def test_a_thread_that_was_replaced_ends_with_its_body(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interrupts, "GRACE", 0.2)
    gate = threading.Event()
    stuck = stage.job(lambda: gate.wait(30) and None, name="stuck", timeout=0.2, retry=Retry(attempts=1))
    quick = stage.job(lambda: 1, name="quick")
    try:
        for message in [stuck.send() for _ in range(3)]:
            assert stage.ended(message).state == "failed"
        assert len(_threads()) == stage.threads + 3
    finally:
        gate.set()
    wait_until(lambda: len(_threads()) == stage.threads, what="those that were replaced have ended")
    assert [stage.ended(quick.send()).result for _ in range(8)] == [1] * 8
    assert stage.worker is not None
    assert len(stage.worker.workers) == stage.threads


# S2.12
def test_a_second_worker_of_a_process_may_serve_other_queues(stage: Stage) -> None:
    first = stage.job(lambda: 1, name="first", queue=Queue("first"))
    second = stage.job(lambda: 2, name="second", queue=Queue("second"))
    stage.worker = start_worker(stage.broker, queues={"first"}, threads=1)
    assert stage.ended(first.send()).result == 1
    stop_worker(stage.worker)
    stage.worker = start_worker(stage.broker, queues={"second"}, threads=1)
    assert stage.ended(second.send()).result == 2


def test_a_worker_that_has_stopped_leaves_no_thread_behind(stage: Stage) -> None:
    stage.job(lambda: 1, name="first")
    before = set(threading.enumerate())
    stage.work()
    stage.close()
    stage.worker = None
    wait_until(lambda: set(threading.enumerate()) <= before, what="all threads have ended")


def test_a_cancelled_child_is_left_to_the_thread_that_waits_for_it() -> None:
    attempt = Attempt("A", 1, 1, {"type": "add", "queue": "default", "enqueued_ms": "0"})
    attempt.in_child = True
    exchange: Any = SimpleNamespace(held={"A": attempt})
    looking = interrupts.Interrupts(exchange, 3, lambda _: None)
    looking.cancel(attempt, 100.0)
    looking.enforce(100.0 + 2 * interrupts.GRACE)
    assert attempt.cancelled
    assert looking.next_due(200.0) > 200.0, "or the keeper would ask the server a hundred times a second"
