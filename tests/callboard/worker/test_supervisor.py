"""The supervisor over real worker processes."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from callboard.broker.client import Client
from callboard.broker.link import Links
from callboard.broker.scripts import Scripts
from callboard.broker.store import Store
from callboard.broker.stream import Stream
from callboard.broker.worker_acts import quiet_worker, read_stacks, stop_worker, wake_worker
from callboard.jobs.call import Call
from callboard.jobs.settings import environment_for_child
from callboard.worker.supervisor import Crew, Supervisor, backoff
from tests.waiting import wait_until

pytestmark = [pytest.mark.system, pytest.mark.timeout(400)]
STARTING = 100.0  # seconds in which processes have started, on a machine with much else to do
MODULE = "tests.callboard.worker.supervised_jobs"
Hire = Callable[..., Supervisor]


@pytest.fixture
def links(valkey_url: str, prefix: str) -> Iterator[Links]:
    """Connections to the server of the workers."""
    opened = Links(valkey_url, Scripts(), prefix)
    yield opened
    opened.close()


@pytest.fixture
def said() -> list[str]:
    """What the supervisor told the operator."""
    return []


@pytest.fixture
def crew(valkey_url: str, prefix: str, tmp_path: Path) -> Crew:
    """One worker process of two threads with a grace of three seconds."""
    environ = environment_for_child(
        REDIS_URL=valkey_url, CALLBOARD_PREFIX=prefix, CALLBOARD_HOME=str(tmp_path), SHUTDOWN_TIMEOUT="3"
    )
    grace = timedelta(seconds=3)
    return Crew((MODULE,), processes=1, threads=2, grace=grace, log=tmp_path / "worker.log", environ=environ)


@pytest.fixture
def hire(said: list[str]) -> Iterator[Hire]:
    """Start supervisors that are gone, with everything under them, when the test is over."""
    hired: list[Supervisor] = []

    def start(crew: Crew) -> Supervisor:
        hired.append(Supervisor(crew, said.append))
        hired[-1].start()
        return hired[-1]

    yield start
    for supervisor in hired:
        supervisor.kill()
        supervisor.stop()


def family(pids: list[int]) -> list[psutil.Process]:
    """The processes with these ids, and all they have started."""
    parents = [psutil.Process(pid) for pid in pids]
    return [*parents, *(child for parent in parents for child in parent.children(recursive=True))]


def gone(processes: list[psutil.Process]) -> bool:
    """Whether none of these runs any more."""
    return not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes)


def at_work(links: Links, number: int) -> bool:
    return len(Store(links).workers()) >= number


def blocked(links: Links, tmp_path: Path, number: int) -> list[str]:
    """Jobs whose bodies hang, each seen to have started."""
    started = tmp_path / "started"
    ids = Client(links).enqueue_many(
        Call("block", "supervised", kwargs={"started": str(started)}) for _ in range(number)
    )
    wait_until(
        lambda: started.exists() and len(started.read_text()) >= number, seconds=STARTING, what="the bodies hang"
    )
    return ids


# S1.44 S3.22
def test_jobs_are_run_by_the_processes_it_started(links: Links, crew: Crew, hire: Hire) -> None:
    hire(crew)
    id = Client(links).enqueue(Call("answer", "supervised"))
    assert wait_until(lambda: Store(links).get(id).result, seconds=STARTING) == 42


def test_the_death_of_one_process_takes_no_other_along_and_is_made_good(
    links: Links, crew: Crew, hire: Hire, said: list[str]
) -> None:
    supervisor = hire(replace(crew, processes=2))
    wait_until(lambda: at_work(links, 2), seconds=STARTING)
    first, second = supervisor.pids
    before = {worker.id for worker in Store(links).workers()}
    (worker,) = psutil.Process(first).children()
    worker.kill()
    wait_until(
        lambda: {worker.id for worker in Store(links).workers()} - before, seconds=STARTING, what="another has come"
    )
    assert second in supervisor.pids
    assert first not in supervisor.pids
    assert said == [f"worker 1 died (exit code 1), starting it again in 0.5 s; see {crew.log}"]


def test_a_worker_that_cannot_start_is_tried_ever_more_seldom(crew: Crew, hire: Hire, said: list[str]) -> None:
    hire(replace(crew, modules=("tests.callboard.worker.no_such_module",)))
    wait_until(lambda: len(said) >= 2, seconds=STARTING)
    assert "cannot import its job types (exit code 2), starting it again in 0.5 s" in said[0]
    assert "starting it again in 1 s" in said[1]


def test_the_pause_before_a_new_start_grows_to_ten_seconds() -> None:
    assert [backoff(failures) for failures in (1, 2, 3, 4, 5, 6, 60)] == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0]


# S1.6
def test_within_the_grace_and_a_second_all_are_out_and_hanging_jobs_are_handed_back(
    links: Links, crew: Crew, hire: Hire, tmp_path: Path
) -> None:
    supervisor = hire(crew)
    ids = blocked(links, tmp_path, 2)
    processes = family(supervisor.pids)
    began = time.monotonic()
    supervisor.stop()
    took = time.monotonic() - began
    assert gone(processes)
    assert 2.5 < took < 8.0
    jobs = [Store(links).get(id) for id in ids]
    assert [(job.state, job.attempt) for job in jobs] == [("waiting", 0), ("waiting", 0)]


def test_a_second_word_kills_at_once(links: Links, crew: Crew, hire: Hire, tmp_path: Path) -> None:
    environ = {**(crew.environ or {}), "SHUTDOWN_TIMEOUT": "60"}
    supervisor = hire(replace(crew, grace=timedelta(seconds=60), environ=environ))
    blocked(links, tmp_path, 1)
    processes = family(supervisor.pids)
    began = time.monotonic()
    supervisor.kill()
    supervisor.stop()
    assert time.monotonic() - began < 10.0
    assert gone(processes)


def test_all_are_replaced_when_the_code_has_changed(links: Links, crew: Crew, hire: Hire, said: list[str]) -> None:
    supervisor = hire(crew)
    wait_until(lambda: at_work(links, 1), seconds=STARTING)
    before = supervisor.pids
    supervisor.replace_all()
    wait_until(lambda: supervisor.pids and supervisor.pids != before, seconds=STARTING)
    assert said == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux binds a process to its parent")
def test_no_worker_outlives_a_supervisor_that_was_killed(links: Links, crew: Crew) -> None:
    program = f"""
        import threading
        from callboard.worker.supervisor import Crew, Supervisor
        Supervisor(Crew(({MODULE!r},), processes=2, threads=1), print).start()
        threading.Event().wait()
    """
    environ = dict(crew.environ or {})
    killed = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], env=environ, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: at_work(links, 2), seconds=STARTING)
        processes = family([killed.pid])
        assert len(processes) >= 5
    finally:
        os.kill(killed.pid, signal.SIGKILL)
        killed.wait()
    wait_until(lambda: gone(processes))


def test_a_worker_is_quiet_shows_its_stacks_and_ends_when_it_is_told_to(
    links: Links, crew: Crew, hire: Hire, said: list[str], tmp_path: Path
) -> None:
    supervisor = hire(crew)
    (hung,) = blocked(links, tmp_path, 1)
    ((id, worker),) = ((worker.id, worker) for worker in Store(links).workers())
    assert (worker.about["restarts"], worker.quiet) == (0, False)
    wait_until(lambda: Store(links).workers()[0].told.get("memory_mb"), seconds=STARTING)
    quiet_worker(links, id)
    (thread,) = read_stacks(links, id, STARTING)
    assert (thread["job"], thread["type"], thread["in_child"]) == (hung, "block", False)
    assert "supervised_jobs.py" in thread["stack"]
    assert thread["elapsed_ms"] > 0
    # Orders are obeyed in turn: who has answered this one is quiet.
    kept = Client(links).enqueue(Call("answer", "supervised"))
    read_stacks(links, id, STARTING)
    assert Store(links).get(kept).state == "waiting"
    wake_worker(links, id)
    assert wait_until(lambda: Store(links).get(kept).result, seconds=STARTING) == 42
    processes = family(supervisor.pids)
    stop_worker(links, id)
    wait_until(lambda: gone(processes), seconds=STARTING)
    wait_until(lambda: said, seconds=STARTING)
    assert said == ["worker 1 was told to stop, and no other takes its place"]
    job = Store(links).get(hung)
    assert (job.state, job.attempt) == ("waiting", 0), "it was handed back, its attempt not spent"
    assert (Store(links).workers(), supervisor.pids) == ([], [])
    told = [event.event for event in Stream(links, "0-0").read(1) if event.event.startswith("worker:")]
    assert told == ["worker:online", "worker:quiet", "worker:quiet", "worker:quiet", "worker:offline"]
    supervisor.replace_all()
    wait_until(lambda: supervisor.pids, seconds=STARTING)
