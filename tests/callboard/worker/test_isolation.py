import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import orjson
import psutil
import pytest
import redis

from callboard.broker.attempt import Attempt
from callboard.jobs.outcome import Cancelled, Complete, Dropped, Fail, Outcome, Release, RetryAfter
from callboard.worker.children import CHILDREN
from callboard.worker.isolation import Patience, close_children, run_in_child
from tests.callboard.worker.one_attempt import Thread
from tests.waiting import wait_until

ROOT = Path(__file__).parents[3]
SHORT = Patience(after_limit=0.4, after_cancel=0.4)
# For bodies that end by themselves, so that a busy machine is not taken for one that has to be killed.
LONG = Patience(after_limit=20.0)
SOON = 10.0


@pytest.fixture(scope="module")
def jobs(valkey_url: str) -> Iterator[ModuleType]:
    prefix = f"{{isolation-{os.getpid()}}}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REDIS_URL", valkey_url)
        patch.setenv("CALLBOARD_PREFIX", prefix)
        from tests.callboard.worker import child_jobs

        yield child_jobs
        close_children()
        child_jobs.broker.close()
    with redis.Redis.from_url(valkey_url) as store:
        store.unlink(*store.scan_iter(match=f"{prefix}*", count=10_000))


@pytest.fixture(scope="module")
def thread(jobs: ModuleType) -> Thread:
    return Thread(jobs.broker)


@pytest.fixture
def run(jobs: ModuleType, thread: Thread) -> Callable[..., Outcome]:
    """Run a type with some arguments; the child is warm, so that times are those of the body."""
    thread.run(thread.fetch(jobs.tells_its_process), jobs.tells_its_process)

    def run(name: str, *args: Any, patience: Patience = SHORT) -> Outcome:
        actor = getattr(jobs, name)
        return thread.run(thread.fetch(actor, *args), actor, patience)

    return run


@pytest.fixture
def begin(jobs: ModuleType, thread: Thread) -> Iterator[Callable[..., tuple[Attempt, Any]]]:
    """Run a type in another thread: its attempt, and the future of its outcome."""
    with ThreadPoolExecutor(4) as executor:

        def begin(name: str, *args: Any) -> tuple[Attempt, Any]:
            actor = getattr(jobs, name)
            attempt = thread.fetch(actor, *args)
            return attempt, executor.submit(thread.run, attempt, actor, SHORT)

        yield begin


def value(outcome: Outcome) -> Any:
    assert isinstance(outcome, Complete), outcome
    return orjson.loads(outcome.result)


def pids(pid_file: Path) -> list[int]:
    wait_until(pid_file.exists, what="the body has begun")
    return [int(pid) for pid in pid_file.read_text().split()]


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


# -- results


def test_a_body_runs_in_another_process_with_a_session_of_its_own(run: Callable[..., Outcome]) -> None:
    told = value(run("tells_its_process"))
    assert told["pid"] != os.getpid()
    assert told["session"] == told["pid"]


def test_a_child_is_kept_warm_for_the_next_attempt(run: Callable[..., Outcome]) -> None:
    assert value(run("tells_its_process"))["pid"] == value(run("tells_its_process"))["pid"]


def test_progress_log_and_checkpoint_go_straight_to_the_server(
    jobs: ModuleType, thread: Thread, run: Callable[..., Outcome]
) -> None:
    id = value(run("tells_its_progress"))
    found = jobs.broker.store.find(id)
    assert found.state == "completed"
    assert (found.progress["done"], found.progress["step"]) == (50, "half")
    assert [line["message"] for line in jobs.broker.store.log(id)] == ["half-way there"]
    assert jobs.broker.links.call("HGET", f"{jobs.broker.links.prefix}:job:{id}", "checkpoint") == '{"row":7}'


@pytest.mark.parametrize(
    ("name", "kind", "error_class"),
    [
        ("Permanent", Fail, "permanent"),
        ("RetryLater", RetryAfter, "transient"),
        ("ConnectionError", RetryAfter, "transient"),
        ("ValueError", RetryAfter, "bug"),
        ("SystemExit", RetryAfter, "bug"),
        ("KeyboardInterrupt", RetryAfter, "bug"),
        ("GeneratorExit", RetryAfter, "bug"),
        ("RecursionError", RetryAfter, "bug"),
        ("Stubborn", RetryAfter, "bug"),
    ],
)
def test_what_a_body_raises_is_classified_as_in_a_thread(
    run: Callable[..., Outcome], name: str, kind: type, error_class: str
) -> None:
    outcome = run("raises", name)
    assert type(outcome) is kind
    assert isinstance(outcome, Fail | RetryAfter)
    assert (outcome.failure.error_class, outcome.failure.type) == (error_class, name)
    assert "in raises" in outcome.failure.traceback or error_class == "permanent"


def test_a_snooze_hands_the_attempt_back(run: Callable[..., Outcome]) -> None:
    assert run("raises", "Snooze") == Release(3_600, "snoozed")


def test_a_result_that_has_no_json_form_fails_with_words(run: Callable[..., Outcome]) -> None:
    outcome = run("returns_a_lock")
    assert isinstance(outcome, Fail)
    assert "result of returns_a_lock must be plain JSON values" in outcome.failure.message


# -- time


@pytest.mark.parametrize(
    ("how", "killed"),
    [
        ("sleep", False),
        ("lock", False),
        ("socket", False),
        ("subprocess", False),
        ("python loop", False),
        ("regex", False),
        ("c loop", True),
        ("swallowed exception", True),
    ],
)
def test_no_kind_of_blocking_outlasts_the_time_limit(run: Callable[..., Outcome], how: str, killed: bool) -> None:
    before = time.monotonic()
    outcome = run("blocks", how, patience=SHORT if killed else LONG)
    took = time.monotonic() - before
    assert isinstance(outcome, RetryAfter)
    assert outcome.failure.error_class == "timeout"
    assert not outcome.crash
    assert ("killed" in outcome.failure.message) is killed
    assert (0.8 if killed else 0.4) <= took < SOON


def test_what_a_killed_body_has_started_is_killed_with_it(run: Callable[..., Outcome], tmp_path: Path) -> None:
    outcome = run("starts_programs", str(tmp_path / "pids"))
    assert isinstance(outcome, RetryAfter)
    started = pids(tmp_path / "pids")
    assert len(started) == 4
    wait_until(lambda: all(map(gone, started)), what=f"{started} have ended")


# -- memory


@pytest.mark.parametrize("how", ["bytes", "arrays"])
def test_a_memory_bomb_is_bounded_by_the_limit_of_its_type(run: Callable[..., Outcome], how: str) -> None:
    close_children()
    before = value(run("tells_its_process"))
    began = time.monotonic()
    outcome = run("fills_memory", how)
    assert time.monotonic() - began < 2 * SOON
    assert isinstance(outcome, Fail)
    assert outcome.failure.error_class == "permanent"
    assert outcome.failure.message == "needs more than 300 MB of memory, which is the limit of its type"
    after = value(run("tells_its_process"))
    assert after["pid"] == before["pid"], "the process whose peak is asked for"
    assert before["peak_mb"] < 250 < after["peak_mb"] <= 300


def test_one_allocation_beyond_the_limit_is_refused(run: Callable[..., Outcome]) -> None:
    outcome = run("allocates_two_gb_at_once")
    assert isinstance(outcome, Fail)
    assert "needs more than 300 MB" in outcome.failure.message


def test_memory_that_no_limit_of_the_kernel_counts_is_watched(run: Callable[..., Outcome]) -> None:
    outcome = run("fills_shared_memory")
    assert isinstance(outcome, Fail)
    assert "needs more than 300 MB" in outcome.failure.message


def test_a_body_within_its_limit_is_left_alone_also_after_a_bomb(run: Callable[..., Outcome]) -> None:
    run("fills_memory", "bytes")
    assert value(run("needs_half_of_its_memory")) == 150 * 2**20


# -- orders


def test_a_cancelled_body_stops_at_its_next_progress(
    jobs: ModuleType, thread: Thread, begin: Callable[..., tuple[Attempt, Any]]
) -> None:
    attempt, future = begin("keeps_asking")
    wait_until(lambda: jobs.broker.store.find(attempt.message_id).progress, what="the body has begun")
    jobs.broker.client.cancel(attempt.message_id)
    assert future.result(timeout=30) == Cancelled()
    assert jobs.broker.store.find(attempt.message_id).state == "cancelled"


@pytest.mark.parametrize(
    ("flag", "outcome"), [("cancelled", Cancelled()), ("lost", Dropped()), ("stop", Release(0.0, ""))]
)
def test_a_body_that_never_looks_up_is_killed(
    begin: Callable[..., tuple[Attempt, Any]], tmp_path: Path, flag: str, outcome: Outcome
) -> None:
    attempt, future = begin("never_looks_up", str(tmp_path / "pids"))
    (child,) = pids(tmp_path / "pids")
    before = time.monotonic()
    setattr(attempt, flag, True)
    assert future.result(timeout=30) == outcome
    assert time.monotonic() - before < SOON
    wait_until(lambda: gone(child), what=f"{child} has ended")


@pytest.mark.skipif(sys.platform != "linux", reason="a file of another process is read by its number in /proc")
def test_the_stack_of_a_body_that_hangs_in_c_code_is_told_again_and_again(
    begin: Callable[..., tuple[Attempt, Any]], tmp_path: Path
) -> None:
    attempt, future = begin("never_looks_up", str(tmp_path / "pids"))
    (child,) = pids(tmp_path / "pids")
    for _ in range(3):
        stack = CHILDREN.stack(attempt.message_id)
        assert stack.count("in stay_in_c") == 1
        assert stack.index("in stay_in_c") < stack.index("in never_looks_up")
    assert CHILDREN.stack("another") == ""
    attempt.stop = True
    future.result(timeout=30)
    assert CHILDREN.stack(attempt.message_id) == ""
    wait_until(lambda: gone(child), what=f"{child} has ended")


def test_closing_the_children_hands_their_jobs_back(
    run: Callable[..., Outcome], begin: Callable[..., tuple[Attempt, Any]], tmp_path: Path
) -> None:
    _, future = begin("never_looks_up", str(tmp_path / "pids"))
    (child,) = pids(tmp_path / "pids")
    close_children()
    close_children()
    assert future.result(timeout=30) == Release(0.0, "")
    wait_until(lambda: gone(child), what=f"{child} has ended")
    assert value(run("tells_its_process"))["pid"] != child


# -- deaths


@pytest.mark.parametrize("how", ["SIGSEGV", "SIGKILL", "SIGABRT", "exit code 3", "exit code 0"])
def test_a_child_that_dies_is_a_crash_of_its_job_only(
    run: Callable[..., Outcome], begin: Callable[..., tuple[Attempt, Any]], tmp_path: Path, how: str
) -> None:
    neighbour, future = begin("never_looks_up", str(tmp_path / "pids"))
    (other_child,) = pids(tmp_path / "pids")
    outcome = run("dies", how)
    assert isinstance(outcome, RetryAfter)
    assert outcome.crash
    assert (outcome.failure.error_class, outcome.failure.type) == ("lost", "ChildDied")
    assert how in outcome.failure.message
    assert not gone(other_child)
    neighbour.stop = True
    assert future.result(timeout=30) == Release(0.0, "")


def test_the_last_crash_that_is_allowed_fails_the_job(jobs: ModuleType, thread: Thread) -> None:
    attempt = thread.fetch(jobs.dies, "SIGKILL")
    attempt.crashes = 2
    outcome = thread.run(attempt, jobs.dies)
    assert isinstance(outcome, Fail)
    assert outcome.failure.error_class == "lost"


def test_a_child_that_was_killed_while_it_waited_costs_no_job_anything(run: Callable[..., Outcome]) -> None:
    for _ in range(5):
        waiting = value(run("tells_its_process"))["pid"]
        os.kill(waiting, signal.SIGKILL)
        wait_until(lambda pid=waiting: gone(pid), what="it has died")  # type: ignore[misc]
        assert value(run("tells_its_process"))["pid"] != waiting


@pytest.mark.parametrize("what", ["a thread", "a program", "memory"])
def test_a_child_in_which_something_was_left_is_not_used_again(run: Callable[..., Outcome], what: str) -> None:
    left_in = value(run("leaves_something", what))
    assert value(run("tells_its_process"))["pid"] != left_in
    wait_until(lambda: gone(left_in), what=f"{left_in} has ended")


def test_a_suspect_of_a_type_that_runs_in_threads_runs_in_a_child_too(jobs: ModuleType, thread: Thread) -> None:
    attempt = thread.fetch(jobs.runs_in_a_thread)
    attempt.crashes = 1
    assert value(thread.run(attempt, jobs.runs_in_a_thread)) != os.getpid()


@pytest.mark.system
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_no_process_outlives_its_worker(jobs: ModuleType, tmp_path: Path, end: signal.Signals) -> None:
    program = [sys.executable, "-m", "tests.callboard.worker.one_attempt"]
    with subprocess.Popen([*program, "starts_programs_without_limit", str(tmp_path / "pids")], cwd=ROOT) as worker:
        started = pids(tmp_path / "pids")
        beside = [one.pid for one in psutil.Process(worker.pid).children(recursive=True)]
        assert set(started) < set(beside)
        worker.send_signal(end)
        worker.wait(timeout=30)
    wait_until(lambda: all(map(gone, [*started, *beside])), what=f"{beside} have ended")


@pytest.mark.system
def test_a_worker_that_ends_while_a_child_is_warm_does_not_hang(jobs: ModuleType) -> None:
    program = [sys.executable, "-m", "tests.callboard.worker.one_attempt", "tells_its_process"]
    with subprocess.Popen(program, cwd=ROOT, stderr=subprocess.PIPE, text=True) as worker:
        _, said = worker.communicate(timeout=30)
    assert (worker.returncode, said) == (0, "")


# -- how many


def test_a_child_serves_one_module_and_makes_room_for_another_when_there_are_enough(
    jobs: ModuleType, thread: Thread, begin: Callable[..., tuple[Attempt, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.callboard.worker.child_jobs_too import tells_its_pid_too

    close_children()
    monkeypatch.setattr(jobs.broker, "exchange", SimpleNamespace(threads=3))
    futures = [begin("tells_its_process")[1] for _ in range(3)]
    of_one = {value(future.result(timeout=30))["pid"] for future in futures}
    of_two = {value(thread.run(thread.fetch(tells_its_pid_too), tells_its_pid_too)) for _ in range(2)}
    assert not of_one & of_two
    assert len(of_two) == 1
    assert len(of_one | of_two) == len(of_one) + 1
    wait_until(lambda: sum(map(gone, of_one)) == max(len(of_one) - 2, 0), what="the child that is too many has ended")


def test_a_module_that_cannot_be_imported_in_a_child_is_named(jobs: ModuleType, thread: Thread) -> None:
    attempt = thread.fetch(jobs.tells_its_process)
    actor = _Elsewhere(jobs.broker)
    with pytest.raises(Exception, match=re.escape("cannot import no.such.module in a child process")):
        run_in_child(attempt, actor)


class _Elsewhere:
    """An actor whose function comes from a module that is not there."""

    isolated = True

    def __init__(self, broker: Any) -> None:
        self.broker = broker
        self.fn = lambda: None
        self.fn.__module__ = "no.such.module"


def test_nothing_is_raised_in_the_thread_that_waits(begin: Callable[..., tuple[Attempt, Any]], tmp_path: Path) -> None:
    attempt, future = begin("never_looks_up", str(tmp_path / "pids"))
    pids(tmp_path / "pids")
    assert attempt.in_child
    assert attempt.thread == 0
    attempt.stop = True
    assert future.result(timeout=30) == Release(0.0, "")
