"""Interruptions at the worst moments: before a body begins, at its last step, while it talks, while it fails."""

import logging
import time

import pytest

from callboard.broker.attempt import Attempt
from callboard.broker.exchange import Exchange
from callboard.broker.link import Link
from callboard.broker.workqueue import WorkQueue
from callboard.jobs.errors import JobTimeout
from callboard.jobs.policy import Retry
from callboard.worker.leases import Leases
from tests.callboard.worker.conftest import Stage

ONCE = Retry(attempts=1)


@pytest.mark.parametrize(("fate", "state"), [("cancelled", "cancelled"), ("lost", "completed")])
def test_a_job_that_is_over_before_a_thread_comes_for_it_does_not_begin(stage: Stage, fate: str, state: str) -> None:
    ran: list[int] = []
    message = stage.actor(lambda: ran.append(1), actor_name="quick").send()
    put = WorkQueue.put

    def put_too_late(work: WorkQueue, attempt: Attempt) -> None:
        setattr(attempt, fate, attempt.fence == 1)
        put(work, attempt)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WorkQueue, "put", put_too_late)
        assert stage.ended(message).state == state
    assert ran == ([1] if fate == "lost" else [])


@pytest.mark.timeout(60)
def test_no_interruption_ever_lands_in_another_job(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """Bodies end at about their time limit, so that the interruption comes before, at and after their last step."""

    def edgy(n: int, fails: bool) -> int:
        began = time.monotonic()
        while time.monotonic() - began < 0.02 + (n % 9 - 4) * 0.001:
            pass
        if fails:
            raise ValueError(n)
        return n

    def innocent(n: int) -> int:
        return sum(range(2_000)) + n

    limited = stage.job(edgy, timeout=0.02, retry=ONCE)
    innocent_type = stage.job(innocent, retry=ONCE)
    messages = []
    for n in range(150):
        messages.append((limited.send(n, n % 2 == 0), False))
        messages.append((innocent_type.send(n), True))
    jobs = [(stage.ended(message, 50), harmless) for message, harmless in messages]
    assert {job.state for job, harmless in jobs if harmless} == {"completed"}
    classes = {f["class"] for job, harmless in jobs if not harmless for f in stage.failures(job)}
    assert classes <= {"timeout", "bug"}
    assert stage.worker is not None
    assert all(thread.is_alive() for thread in stage.worker.workers)
    assert not [record for record in caplog.records if record.levelno >= logging.CRITICAL]


def test_a_failing_body_is_not_interrupted_while_its_failure_is_logged(stage: Stage) -> None:
    """Dramatiq handles an exception outside of every `try`: another one there would end the thread for good."""

    class Strikes(logging.Handler):
        """Lets the time limit strike at the worst moment."""

        def emit(self, record: logging.LogRecord) -> None:
            struck.append(record.getMessage())
            (attempt,) = exchange_of(stage).held.values()
            keeper = next(m.keeper for m in stage.broker.middleware if isinstance(m, Leases))
            assert keeper
            keeper.interrupts._next(attempt, JobTimeout("too late"), time.monotonic())
            for _ in range(3):
                pass

    def fails() -> None:
        raise ValueError("of its own")

    fails_type, struck = stage.job(fails, retry=ONCE), list[str]()
    stage.work()
    logger, handler = logging.getLogger("dramatiq.worker.WorkerThread"), Strikes()
    logger.setLevel(logging.ERROR)
    logger.addHandler(handler)
    try:
        job = stage.ended(fails_type.send())
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
    assert len(struck) == 1
    assert [failure["type"] for failure in stage.failures(job)] == ["ValueError"]
    assert stage.worker is not None
    assert all(thread.is_alive() for thread in stage.worker.workers)


def exchange_of(stage: Stage) -> Exchange:
    """The exchange of the stage's worker."""
    assert stage.broker.exchange is not None
    return stage.broker.exchange


def test_an_interrupted_connection_answers_nobody_elses_question(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    links = stage.broker.links
    assert links.call("ECHO", "before") == "before"

    def interrupted(link: Link, timeout: float | None) -> None:
        raise JobTimeout("between question and answer")

    with monkeypatch.context() as patch:
        patch.setattr(Link, "_reply", interrupted)
        with pytest.raises(JobTimeout):
            links.call("ECHO", "nobody hears this")
    assert links.call("ECHO", "after") == "after"
