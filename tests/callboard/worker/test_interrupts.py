import select
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from callboard.jobs.policy import Retry
from callboard.worker import interrupts
from callboard.worker.context import Context
from tests.callboard.worker.conftest import Stage
from tests.waiting import wait_until

ONCE = Retry(attempts=1)
GRACE = 0.4
SOON = 10.0  # on a machine with much else to do; bodies that are not stopped go on for three times as long


@pytest.fixture(autouse=True)
def short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interrupts, "GRACE", GRACE)


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Lets stubborn bodies go when the test is over, whatever became of it."""
    opened = threading.Event()
    yield opened
    opened.set()


def loop_for_ever() -> None:
    while True:
        pass


def block_in_slices() -> None:
    while True:
        select.select([], [], [], 0.01)


def swallow_once() -> None:
    try:
        block_in_slices()
    except BaseException:
        return


def wait_on_an_event() -> None:
    while not threading.Event().wait(0.05):
        pass


@pytest.mark.parametrize("body", [loop_for_ever, block_in_slices, wait_on_an_event], ids=lambda b: b.__name__)
def test_a_body_in_python_is_stopped_at_its_time_limit(stage: Stage, body: Callable[[], None]) -> None:
    late = stage.job(body, timeout=0.3, retry=ONCE)
    job = stage.ended(late.send())
    (failure,) = stage.failures(job)
    assert (job.state, failure["class"], failure["type"]) == ("failed", "timeout", "JobTimeout")
    assert failure["message"] == "ran over its time limit of 0.3 s"
    assert job.finished_at
    assert job.started_at
    assert 0.3 <= (job.finished_at - job.started_at).total_seconds() < SOON


def test_a_body_that_swallows_the_interruption_has_returned_in_time(stage: Stage) -> None:
    swallows = stage.job(swallow_once, timeout=0.2, retry=ONCE)
    assert stage.ended(swallows.send()).state == "completed"


def test_a_body_that_will_not_stop_is_written_off_and_its_thread_replaced(stage: Stage, gate: threading.Event) -> None:
    def stubborn() -> None:
        while not gate.is_set():
            try:
                gate.wait(30)
            except BaseException:
                continue

    def quick(n: int) -> int:
        return n

    stubborn_type = stage.job(stubborn, timeout=0.2, retry=ONCE)
    quick_type = stage.job(quick)
    written_off = [stage.ended(message) for message in [stubborn_type.send() for _ in range(stage.threads)]]
    assert {job.state for job in written_off} == {"failed"}
    assert {stage.failures(job)[0]["class"] for job in written_off} == {"timeout"}
    messages = [quick_type.send(n) for n in range(20)]
    assert [stage.ended(message).result for message in messages] == list(range(20))
    gate.set()
    versions = [job.version for job in written_off]
    after = [quick_type.send(n) for n in range(20)]
    assert [stage.ended(message).result for message in after] == list(range(20))
    assert [stage.broker.store.get(job.id).version for job in written_off] == versions


def test_a_retry_after_a_time_limit_is_another_attempt(stage: Stage) -> None:
    def late_at_first(ctx: Context) -> int:
        if ctx.number == 1:
            loop_for_ever()
        return ctx.number

    late = stage.job(late_at_first, timeout=0.2, retry=Retry(attempts=2, first=0.0, at_most=0.0))
    job = stage.ended(late.send())
    assert (job.state, job.result, job.attempt) == ("completed", 2, 2)


# S1.11
def test_cancel_is_seen_at_the_next_progress(stage: Stage) -> None:
    seen: list[str] = []

    def polite(ctx: Context) -> None:
        try:
            for n in range(10_000):
                ctx.progress(n, 10_000)
                threading.Event().wait(0.002)
        finally:
            seen.append("cleaned up")

    polite_type = stage.job(polite)
    job, seconds = cancelled(stage, polite_type.send())
    assert (job.state, seen) == ("cancelled", ["cleaned up"])
    assert seconds < GRACE


def test_a_body_goes_on_where_its_cancellation_is_withdrawn(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interrupts, "GRACE", 600.0)
    asked = threading.Event()

    def patient(ctx: Context) -> str:
        wait_until(lambda: ctx.cancelled, seconds=30)
        asked.set()
        wait_until(lambda: not ctx.cancelled, seconds=30)
        ctx.progress(1, 1)
        return "went on"

    id = stage.job(patient).send().message_id
    stage.work()
    wait_until(lambda: begun(stage, id))
    stage.broker.client.cancel(id)
    assert asked.wait(30)
    stage.broker.client.withdraw(id)
    job = stage.ended(id)
    assert (job.state, job.result, job.attempt, job.fence) == ("completed", "went on", 1, 1)


def test_cancel_interrupts_a_body_that_does_not_look_after_the_grace(stage: Stage) -> None:
    job, seconds = cancelled(stage, stage.job(loop_for_ever).send())
    assert job.state == "cancelled"
    assert GRACE <= seconds < SOON


def test_cancel_writes_off_a_body_that_cannot_be_interrupted(stage: Stage, gate: threading.Event) -> None:
    def deaf() -> None:
        gate.wait(30)

    job, seconds = cancelled(stage, stage.job(deaf).send())
    assert job.state == "cancelled"
    assert 2 * GRACE <= seconds < SOON


def test_a_body_that_fails_because_it_was_cancelled_is_not_retried(stage: Stage) -> None:
    def fails_on_the_way_out(ctx: Context) -> None:
        try:
            while True:
                ctx.progress(1)
                threading.Event().wait(0.01)
        except BaseException:
            raise ValueError("cleaning up failed") from None

    job, _ = cancelled(stage, stage.job(fails_on_the_way_out).send())
    assert job.state == "cancelled"


def cancelled(stage: Stage, message: Any) -> tuple[Any, float]:
    """The job of a message that is cancelled while it runs, and the seconds that this took."""
    stage.work()
    # Active is a job that was fetched; one that is cancelled before its body has begun never begins.
    wait_until(lambda: begun(stage, message.message_id))
    began = time.monotonic()
    assert stage.broker.client.cancel(message.message_id) == ["CANCELLING"]
    job = stage.ended(message)
    return job, time.monotonic() - began


def begun(stage: Stage, id: str) -> bool:
    attempt = stage.broker.exchange.held.get(id) if stage.broker.exchange else None
    return attempt is not None and attempt.started_at > 0
