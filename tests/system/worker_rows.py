"""Faults of workers: killed, stopped, told to leave, poisoned."""

import signal
import time
from datetime import timedelta

import psutil

from callboard.worker.supervisor import Crew as SupervisedCrew
from callboard.worker.supervisor import Supervisor
from tests.system.rig import Rig
from tests.system.row import Row, Tally
from tests.waiting import wait_until

LEASE = 2.0


def killed_on_an_idle_queue(rig: Rig, size: int) -> Tally:
    """A worker is killed with its jobs running and nothing else to do; another one takes them over."""
    tally = Tally()
    doomed = rig.hire()
    rig.ready(1)
    for trial in range(size):
        ids = rig.start(rig.call("gated", n, f"gate-{trial}", queue="slow") for n in range(4))
        rig.wait_active(ids)
        heir = rig.hire()
        rig.ready(2)
        killed_at = rig.store.now_ms() / 1000
        doomed.kill()
        tally.expect(rig_runs_again(rig, ids), "the jobs do not run again")
        again = [e["at"] - killed_at for e in rig.events("job:active") if e["id"] in ids and e["at"] > killed_at]
        tally.trials += len(ids)
        tally.worst = max([tally.worst, *again])
        rig.open_gate(f"gate-{trial}")
        tally.check(rig, ids)
        doomed = heir
    tally.expect(tally.worst <= LEASE + 2, f"a job ran again only after {tally.worst:.2f} s")
    return tally


def rig_runs_again(rig: Rig, ids: list[str]) -> bool:
    """Wait until each of some jobs has been started a second time."""
    wait_until(lambda: all(n >= 2 for n in rig.count_events("job:active", ids).values()), seconds=20)
    return True


def poisoned(rig: Rig, size: int) -> Tally:
    """A job kills its process: it fails after three crashes, and nobody else fails with it."""
    tally = Tally(trials=size)
    says: list[str] = []
    poison = rig.start([rig.call("poison")])
    bystanders = rig.start(rig.call("nap", n, 0.2) for n in range(size))
    began = time.monotonic()
    workers = supervisor(rig, says)
    try:
        rig.settled(poison, 60)
        tally.worst = time.monotonic() - began
        tally.check(rig, poison + bystanders)
    finally:
        workers.stop()
    job = rig.store.get(poison[0])
    history = [entry["failure"]["class"] for entry in rig.store.errors(job.id)]
    tally.expect((job.state, history) == ("failed", ["lost"] * 3), f"the poison job is {job.state} with {history}")
    states = [other.state for other in rig.jobs(bystanders)]
    tally.expect(
        states == ["completed"] * size, f"of its neighbours {size - states.count('completed')} did not complete"
    )
    starts = rig.count_events("job:active", bystanders)
    tally.notes.append(f"a neighbour started {max(starts.values())} times at most, the workers died {len(says)} times")
    return tally


def supervisor(rig: Rig, says: list[str]) -> Supervisor:
    """Two worker processes that are started again when they die."""
    workers = Supervisor(
        SupervisedCrew(
            modules=("tests.system.fault_jobs",),
            threads=4,
            grace=timedelta(seconds=3),
            log=rig.folder / "supervised.log",
            environ=rig.environment(),
        ),
        says.append,
    )
    workers.start()
    rig.ready(2)
    return workers


def one_of_a_group_dies(rig: Rig, size: int) -> Tally:
    """One process of two dies: the jobs of the other are not touched, and its place is filled."""
    tally, says = Tally(), list[str]()
    workers = supervisor(rig, says)
    try:
        for trial in range(size):
            ids = rig.start(rig.call("gated", n, f"gate-{trial}", queue="slow") for n in range(8))
            rig.wait_active(ids)
            owners = {job.id: job.worker for job in rig.jobs(ids)}
            victim, died_at = workers.pids[trial % 2], time.monotonic()
            kill_below(victim)
            rig_has_two_fresh(rig, set(owners.values()))
            tally.worst = max(tally.worst, time.monotonic() - died_at)
            rig.open_gate(f"gate-{trial}")
            tally.trials += len(ids)
            tally.check(rig, ids)
            starts = rig.count_events("job:active", ids)
            moved = {owners[id] for id, n in starts.items() if n > 1}
            tally.expect(len(moved) <= 1, f"jobs of {len(moved)} processes were interrupted, only one had died")
    finally:
        workers.stop()
    tally.expect(tally.worst < 10, f"the place was filled after {tally.worst:.1f} s")
    return tally


def kill_below(pid: int) -> None:
    """Kill the worker process below a `dramatiq` command."""
    for child in psutil.Process(pid).children():
        child.kill()


def rig_has_two_fresh(rig: Rig, before: set[str | None]) -> None:
    """Wait until a worker is listed that was not there before."""
    wait_until(lambda: any(worker.id not in before for worker in rig.store.workers()), seconds=20)


def told_to_leave(rig: Rig, size: int) -> Tally:
    """SIGTERM with jobs that take longer than the grace: out in time, the jobs go on elsewhere, no attempt is spent."""
    tally, grace = Tally(), 3.0 if size > 1 else 1.0
    leaver = rig.hire(SHUTDOWN_TIMEOUT=f"{grace}s")
    rig.ready(1)
    slowest_hand_over = 0.0
    for trial in range(size):
        ids = rig.start(rig.call("deaf", n, f"gate-{trial}", queue="slow") for n in range(4))
        rig.wait_active(ids)
        heir = rig.hire(SHUTDOWN_TIMEOUT=f"{grace}s")
        rig.ready(2)
        tally.worst = max(tally.worst, leaver.stop())
        left_at = rig.store.now_ms() / 1000
        rig_runs_again(rig, ids)
        again = [event["at"] for event in rig.events("job:active") if event["id"] in ids][4:]
        slowest_hand_over = max([slowest_hand_over, *(at - left_at for at in again)])
        spent = [job.attempt for job in rig.jobs(ids) if job.attempt != 1]
        tally.expect(not spent, f"{len(spent)} jobs were charged an attempt")
        rig.open_gate(f"gate-{trial}")
        tally.trials += len(ids)
        tally.check(rig, ids)
        leaver = heir
    tally.expect(tally.worst <= grace + 1, f"a worker left after {tally.worst:.2f} s with a grace of {grace:g} s")
    tally.expect(slowest_hand_over <= 2, f"a job started elsewhere {slowest_hand_over:.2f} s after the worker had left")
    tally.notes.append(f"started elsewhere {slowest_hand_over:+.2f} s after it had left, at the latest")
    return tally


def stands_still(rig: Rig, size: int) -> Tally:
    """A worker is stopped for three leases and goes on: its result is refused, the other's is the one that counts."""
    tally = Tally(trials=size)
    for trial in range(size):
        frozen = rig.hire(threads=1)
        rig.ready(1)
        ids = rig.start([rig.call("deaf", trial, f"gate-{trial}", queue="slow")])
        rig.wait_active(ids)
        frozen.signal(signal.SIGSTOP)
        stopped_at = time.monotonic()
        other = rig.hire(threads=1)
        rig_runs_again(rig, ids)
        wait_until(lambda at=stopped_at: time.monotonic() > at + 3 * LEASE, seconds=3 * LEASE + 1)  # type: ignore[misc]
        rig.open_gate(f"gate-{trial}")
        tally.check(rig, ids)
        frozen.signal(signal.SIGCONT)
        refused = wait_until(lambda log=frozen.log: "refused" in log.read_text(), seconds=10)  # type: ignore[misc]
        tally.expect(bool(refused), "the late worker was not told")
        tally.check(rig, ids)
        accepted = rig.count_events("job:completed", ids).total()
        tally.expect(accepted == 1, f"{accepted} completions were accepted")
        frozen.kill()
        other.kill()
    return tally


ROWS = (
    Row("W1", "worker SIGKILLed, idle queue", killed_on_an_idle_queue, 1, 10),
    Row("W2", "job that kills its process, 50 neighbours", poisoned, 50, 50),
    Row("W3", "one process of a supervised group dies", one_of_a_group_dies, 1, 4),
    Row("W4", "SIGTERM with jobs of 25 s, grace 3 s", told_to_leave, 1, 5),
    Row("W5", "worker SIGSTOPped for 3 leases", stands_still, 1, 3),
)
