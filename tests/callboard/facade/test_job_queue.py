import threading
from datetime import timedelta
from typing import Any

import dramatiq.broker
import pytest

from callboard.broker.broker import CallboardBroker
from callboard.broker.errors import ConnectionLost, JobMissing, NotPossible
from callboard.facade import BaseJobProcessor, Job, JobOptions, JobQueue, JobStatus, job_queue
from callboard.facade.errors import NotInitialized, TypeTaken
from callboard.jobs.errors import Permanent, Snooze
from callboard.jobs.policy import Queue
from callboard.jobs.settings import Settings
from callboard.worker.in_process import AlreadyWorking
from callboard.worker.job import job
from callboard.worker.setup import set_up
from tests.waiting import wait_until


class Doing:
    """A processor that does what a function says, and notes what it hears."""

    def __init__(self, do: Any) -> None:
        self.do = do
        self.heard: list[Any] = []

    def process(self, job: Job[Any]) -> Any:
        return self.do(job)

    def on_progress(self, progress: float) -> None:
        self.heard.append(("progress", progress))

    def onComplete(self, result: Any) -> None:  # noqa: N802  # as S4 spells it
        self.heard.append(("complete", result))

    def on_error(self, error: BaseException) -> None:
        self.heard.append(("error", str(error)))


def status_becomes(queue: JobQueue, id: str, status: str) -> Job[Any]:
    wait_until(lambda: queue.get_job_status(id) == status, what=f"job is {status}")
    found = queue.get_job(id)
    assert found is not None
    return found


def fail(message: str) -> Any:
    raise RuntimeError(message)


# -- initialize and close


# S4.28
def test_a_queue_must_be_initialized_before_it_is_used() -> None:
    with pytest.raises(NotInitialized, match=r"queue reporadar-jobs is not initialized; call initialize\(\) first"):
        JobQueue().add_job("x")


# S4.40
def test_initialize_makes_the_queue_known_with_its_cap(queue: JobQueue, broker: CallboardBroker) -> None:
    status = broker.store.queue("reporadar-jobs")  # S4.11 S4.22 S4.40
    assert status.concurrency == 5


def test_initialize_connects_by_the_settings_where_no_broker_is(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dramatiq.broker, "global_broker", None)
    monkeypatch.setenv("REDIS_URL", str(settings.redis_url))
    monkeypatch.setenv("CALLBOARD_PREFIX", settings.prefix)
    queue = JobQueue()
    queue.initialize()  # S4.11 S4.40
    assert queue.broker.links.prefix == settings.prefix
    queue.close()


def test_initialize_says_when_the_server_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dramatiq.broker, "global_broker", None)
    broker = set_up("redis://127.0.0.1:1/0")
    with pytest.raises(ConnectionLost):
        JobQueue().initialize(broker=broker)


def test_a_second_worker_in_one_process_is_refused(working: JobQueue) -> None:
    other = JobQueue("others")
    with pytest.raises(AlreadyWorking):
        other.initialize(start_worker=True, broker=working.broker)
    other.close()


def test_close_lets_what_runs_end_and_is_safe_to_repeat(broker: CallboardBroker) -> None:
    queue, begun, go_on = JobQueue(), threading.Event(), threading.Event()

    def run_on(_: Job[Any]) -> bool:
        begun.set()
        return go_on.wait(10)

    queue.register_processor("slow", Doing(run_on))
    queue.initialize(start_worker=True)
    id = queue.add_job("slow").id
    assert begun.wait(10)
    threading.Timer(0.2, go_on.set).start()
    queue.close()  # S4.19
    queue.close()
    assert broker.store.get(id).state == "completed"
    assert broker.exchange is None


def test_a_closed_queue_can_be_initialized_again_and_finds_its_jobs(broker: CallboardBroker) -> None:
    queue = JobQueue()
    queue.register_processor("double", Doing(lambda job: job.data * 2))
    queue.initialize()
    id = queue.add_job("double", 21).id
    queue.close()
    queue.initialize(start_worker=True)  # S4.24
    assert status_becomes(queue, id, "completed").result == 42
    queue.close()


def test_the_ready_singleton_has_the_name_of_the_document() -> None:
    assert job_queue.queue.name == "reporadar-jobs"  # S4.26 S4.40


# -- add and get


def test_an_added_job_is_queued_with_an_id(queue: JobQueue) -> None:
    added = queue.addJob("send-email", {"to": "user@example.com"})  # S4.13
    found = queue.getJob(added.id)  # S4.14
    assert found == added
    assert (added.type, added.data, added.status) == ("send_email", {"to": "user@example.com"}, "queued")
    assert queue.getJobStatus(added.id) is JobStatus.QUEUED  # S4.15


def test_an_unknown_job_is_none(queue: JobQueue) -> None:
    assert queue.get_job("nope") is None  # S4.14
    assert queue.get_job_status("nope") is None  # S4.15


def test_a_job_of_another_queue_is_not_ours(queue: JobQueue, broker: CallboardBroker) -> None:
    foreign = job(lambda: None, name="foreign", queue=Queue("foreign")).send().message_id
    assert queue.get_job(foreign) is None
    with pytest.raises(JobMissing):
        queue.cancel_job(foreign)


def test_options_become_the_policy_of_the_job(queue: JobQueue, broker: CallboardBroker) -> None:
    options = {"priority": 10, "maxAttempts": 5, "delay": 5000, "timeout": 30000}
    record = broker.store.get(queue.add_job("urgent-task", {"data": "important"}, options).id)  # S4.20
    assert (record.state, record.attempts, record.timeout_ms) == ("delayed", 5, 30_000)
    assert record.due_at is not None
    assert record.enqueued_at is not None
    assert record.due_at - record.enqueued_at == timedelta(seconds=5)


def test_a_larger_priority_runs_sooner(queue: JobQueue, broker: CallboardBroker) -> None:
    ids = {p: queue.add_job("x", None, JobOptions(priority=p)).id for p in (0, 5, 10, -5)}  # S4.20
    line = [job.id for job in broker.store.page("reporadar-jobs", "waiting")]
    assert line == [ids[10], ids[5], ids[0], ids[-5]]


# S4.33
def test_three_attempts_growing_from_one_second_are_the_default() -> None:
    retry = JobOptions().policy.retry  # S4.21 S4.33
    assert (retry.attempts, retry.jitter) == (3, "none")
    assert [retry.delay(attempt) for attempt in (1, 2, 3)] == [1.0, 2.0, 4.0]


@pytest.mark.parametrize(
    "options", [{"prio": 1}, {"delay": -1}, {"timeout": 0}, {"maxAttempts": 0}], ids=lambda o: next(iter(o))
)
def test_options_that_make_no_sense_are_refused(queue: JobQueue, options: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"unknown|must be"):
        queue.add_job("x", None, options)
    assert queue.get_stats().waiting == 0


# -- processing


def test_a_registered_processor_runs_the_jobs_of_its_type(working: JobQueue) -> None:
    working.registerProcessor("double", Doing(lambda job: job.data * 2))  # S4.12
    working.register_processor("Repo-Scan", Doing(lambda job: f"scanned {job.data['url']}"))  # S4.25
    doubled, scanned = working.add_job("double", 21), working.add_job("repoScan", {"url": "x"})
    done = status_becomes(working, doubled.id, "completed")
    assert (done.result, done.progress, done.attempts) == (42, 100, 1)
    assert done.started_at is not None
    assert done.completed_at is not None
    assert status_becomes(working, scanned.id, "completed").result == "scanned x"


def test_a_later_processor_takes_the_place_of_an_earlier_one(working: JobQueue) -> None:
    working.register_processor("x", Doing(lambda _: "first"))
    working.register_processor("x", Doing(lambda _: "second"))
    assert status_becomes(working, working.add_job("x").id, "completed").result == "second"


def test_a_type_of_another_queue_is_not_taken_over(queue: JobQueue) -> None:
    job(lambda: None, name="repo_analysis", queue=Queue("repo-analysis"))
    with pytest.raises(TypeTaken, match="declared for queue repo-analysis"):
        queue.register_processor("repo-analysis", Doing(lambda _: None))


def test_a_processor_may_be_a_coroutine(working: JobQueue) -> None:
    class Awaiting(BaseJobProcessor[int]):
        async def process(self, job: Job[int]) -> int:
            return job.data + 1

    working.register_processor("later", Awaiting())
    assert status_becomes(working, working.add_job("later", 1).id, "completed").result == 2


def test_a_processor_hears_of_progress_and_of_the_end(working: JobQueue) -> None:
    doing = Doing(lambda job: job.update_progress(40) or "done")
    working.register_processor("heard", doing)
    status_becomes(working, working.add_job("heard").id, "completed")
    assert doing.heard == [("progress", 40), ("complete", "done")]  # S4.9 S4.23


def test_progress_is_in_the_store_while_the_job_runs(working: JobQueue) -> None:
    go_on = threading.Event()
    working.register_processor("slow", Doing(lambda job: job.update_progress(30) or go_on.wait(10)))
    id = working.add_job("slow").id
    wait_until(lambda: working.get_job(id).progress == 30)  # type: ignore[union-attr]  # S4.2
    assert working.get_job_status(id) is JobStatus.PROCESSING
    go_on.set()
    status_becomes(working, id, "completed")


def test_the_helpers_of_a_processor_tell_it_once(working: JobQueue) -> None:
    heard: list[Any] = []

    class Mailing(BaseJobProcessor[dict[str, str]]):
        def process(self, job: Job[dict[str, str]]) -> None:
            self.updateProgress(job, 25)
            self.handleComplete(job, {"sent": True})

        def on_progress(self, progress: float) -> None:
            heard.append(progress)

        def on_complete(self, result: Any) -> None:
            heard.append(result)

    working.register_processor("send-email", Mailing())
    done = status_becomes(working, working.add_job("send-email", {"to": "a"}).id, "completed")
    assert done.result == {"sent": True}  # S4.10
    assert heard == [25, {"sent": True}]


def test_a_failed_attempt_is_retried_by_itself_and_told_of(working: JobQueue) -> None:
    doing = Doing(lambda job: fail(f"attempt {job.attempts}") if job.attempts == 1 else "well")
    working.register_processor("shaky", doing)
    id = working.add_job("shaky").id
    wait_until(lambda: working.broker.store.get(id).state == "delayed")  # S4.21
    between = working.get_job(id)
    assert between is not None
    assert (between.status, between.attempts, between.error, between.can_retry()) == ("queued", 1, "attempt 1", True)
    working.broker.client.promote(id)
    assert status_becomes(working, id, "completed").attempts == 2
    assert doing.heard == [("error", "attempt 1"), ("complete", "well")]  # S4.42


def test_a_job_whose_attempts_are_spent_has_failed_and_keeps_its_error(working: JobQueue) -> None:
    working.register_processor("broken", Doing(lambda _: fail("no such host")))
    failed = status_becomes(working, working.add_job("broken", None, {"maxAttempts": 1}).id, "failed")
    assert (failed.error, failed.attempts, failed.can_retry()) == ("no such host", 1, False)  # S4.5 S4.42


def test_a_job_that_its_processor_marks_as_failed_fails(working: JobQueue) -> None:
    class Refusing(BaseJobProcessor[None]):
        def process(self, job: Job[None]) -> None:
            self.handle_error(job, ValueError("not today"))

    working.register_processor("refused", Refusing())
    failed = status_becomes(working, working.add_job("refused", None, {"maxAttempts": 1}).id, "failed")
    assert failed.error == "not today"


def test_a_job_that_its_processor_marks_as_cancelled_is_cancelled(working: JobQueue) -> None:
    working.register_processor("unwanted", Doing(lambda job: job.mark_cancelled()))
    status_becomes(working, working.add_job("unwanted").id, "cancelled")


def test_a_permanent_error_spends_no_further_attempt(working: JobQueue) -> None:
    def refuse(_: Job[Any]) -> None:
        raise Permanent("this repository does not exist")

    working.register_processor("gone", Doing(refuse))
    assert status_becomes(working, working.add_job("gone").id, "failed").attempts == 1


def test_a_snooze_is_no_error(working: JobQueue) -> None:
    def snooze(_: Job[Any]) -> None:
        raise Snooze(3600)

    doing = Doing(snooze)
    working.register_processor("sleepy", doing)
    id = working.add_job("sleepy").id
    wait_until(lambda: working.broker.store.get(id).reason == "snoozed")
    assert doing.heard == []
    assert working.broker.store.get(id).attempt == 0


def test_a_job_over_its_time_limit_is_told_of(working: JobQueue) -> None:
    def busy(_: Job[Any]) -> None:
        while True:
            threading.Event().wait(0.01)

    doing = Doing(busy)
    working.register_processor("endless", doing)
    id = working.add_job("endless", None, {"timeout": 100, "maxAttempts": 1}).id
    failed = status_becomes(working, id, "failed")  # S4.20
    assert failed.error == "ran over its time limit of 0.1 s"
    assert len(doing.heard) == 1


# S4.37
def test_no_more_than_five_jobs_run_at_once(working: JobQueue) -> None:
    go_on = threading.Event()
    working.register_processor("hold", Doing(lambda _: go_on.wait(10)))
    ids = [working.add_job("hold").id for _ in range(8)]
    wait_until(lambda: working.get_stats().active == 5)  # S4.22
    assert working.get_stats().waiting == 3
    go_on.set()
    for id in ids:
        status_becomes(working, id, "completed")


# -- control


def test_a_queued_job_is_cancelled_at_once(queue: JobQueue) -> None:
    id = queue.add_job("x").id
    queue.cancelJob(id)  # S4.16
    assert queue.get_job_status(id) is JobStatus.CANCELLED


def test_a_running_job_is_cancelled_at_its_next_progress(working: JobQueue) -> None:
    begun = threading.Event()

    def run_on(job: Job[Any]) -> None:
        while True:
            begun.set()
            job.update_progress(10)
            threading.Event().wait(0.01)

    working.register_processor("long", Doing(run_on))
    id = working.add_job("long").id
    assert begun.wait(10)
    working.cancel_job(id)  # S4.16
    status_becomes(working, id, "cancelled")


def test_a_job_that_is_over_cannot_be_cancelled(working: JobQueue) -> None:
    working.register_processor("quick", Doing(lambda _: None))
    id = working.add_job("quick").id
    status_becomes(working, id, "completed")
    with pytest.raises(NotPossible, match="it is completed"):
        working.cancel_job(id)


def test_a_job_that_is_unknown_cannot_be_cancelled(queue: JobQueue) -> None:
    with pytest.raises(JobMissing):
        queue.cancel_job("nope")


def test_statistics_count_the_jobs_of_each_state(queue: JobQueue) -> None:
    queue.add_job("x")
    queue.add_job("x", None, {"delay": 60_000})
    queue.cancel_job(queue.add_job("x").id)
    stats = queue.getStats()  # S4.17
    assert (stats.waiting, stats.delayed, stats.cancelled, stats.active, stats.failed) == (1, 1, 1, 0, 0)


def test_clean_up_forgets_what_was_over_before(queue: JobQueue) -> None:
    gone, kept = queue.add_job("x").id, queue.add_job("x").id
    queue.cancel_job(gone)
    assert queue.cleanup(24 * 60 * 60 * 1000) == 0  # S4.41
    assert queue.cleanup(0) == 1  # S4.18
    assert queue.get_job(gone) is None
    assert queue.get_job(kept) is not None
    with pytest.raises(ValueError, match="0 or more milliseconds"):
        queue.cleanup(-1)


def test_events_tell_of_the_jobs_of_the_queue(queue: JobQueue) -> None:
    events = queue.events()
    id = queue.add_job("x").id
    threading.Timer(0.2, lambda: queue.cancel_job(id)).start()
    assert next(event.event for event in events if event.event != "job:added") == "job:cancelled"  # S4.23
    events.close()  # type: ignore[attr-defined]
