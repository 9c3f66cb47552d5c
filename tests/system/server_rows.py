"""Faults of the server's data and memory: killed amid a drain, full, its scripts forgotten."""

import signal
import threading
import time

import pytest
import redis

from callboard.broker.errors import StoreFull
from tests.system.rig import Rig
from tests.system.row import Row, Tally
from tests.waiting import wait_until


def killed_amid_a_drain(rig: Rig, size: int) -> Tally:
    """The server is killed while jobs are drained at full speed, and comes back over its append-only file."""
    tally = Tally(trials=size)
    rig.hire()
    rig.hire()
    rig.ready(2)
    ids = rig.start(rig.call("noted", n) for n in range(size))
    wait_until(lambda: len(rig.lines("noted")) > size // 10)
    rig.restart_server(signal.SIGKILL)
    back_at = time.monotonic()
    ran = len(rig.lines("noted"))
    wait_until(lambda: len(rig.lines("noted")) > ran or rig.settled(ids, 0.01), seconds=20)
    tally.worst = time.monotonic() - back_at
    tally.check(rig, ids)
    extra = len(rig.lines("noted")) - size
    tally.notes.append(f"{extra} extra starts, {size - ran} were left")
    tally.expect(0 <= extra <= 100, f"{extra} extra starts")
    tally.expect(tally.worst <= 5, f"work went on {tally.worst:.1f} s after the server was back")
    return tally


def full(rig: Rig, size: int) -> Tally:
    """The server is at its memory limit: new jobs are refused, those that it has are run to their end."""
    tally = Tally(trials=size)
    kinds = ("quick", "flaky", "talkative", "sleepy")
    ids = rig.start(rig.call(kinds[n % 4], n) for n in range(size))
    with redis.Redis.from_url(rig.server.url) as raw:
        raw.config_set("maxmemory", 1_000_000)
        with pytest.raises(StoreFull):
            rig.client.enqueue(rig.call("quick", 0))
        rig.hire(CALLBOARD_ALLOW_UNSAFE_REDIS="true")
        began = time.monotonic()
        rig.settled(ids, 30)
        tally.worst = time.monotonic() - began
        used = raw.info("memory")["used_memory"]
        tally.expect(used > 1_000_000, "the server was not full at all")
        raw.config_set("maxmemory", 0)
    tally.check(rig, ids)
    unfinished = [job for job in rig.jobs(ids) if job.state != "completed"]
    tally.expect(not unfinished, f"{len(unfinished)} jobs did not complete, e.g. {unfinished[:1]}")
    return tally


def scripts_forgotten(rig: Rig, size: int) -> Tally:
    """The server forgets its scripts again and again, as after a fail-over: nobody notices."""
    tally = Tally(trials=size)
    rig.hire()
    rig.ready(1)
    over = threading.Event()

    def forget() -> None:
        with redis.Redis.from_url(rig.server.url) as raw:
            while not over.wait(0.003):
                raw.script_flush()

    forgetful = threading.Thread(target=forget)
    forgetful.start()
    try:
        ids = rig.start(rig.call("talkative" if n % 3 == 0 else "quick", n) for n in range(size))
        tally.check(rig, ids)
    finally:
        over.set()
        forgetful.join()
    return tally


ROWS = (
    Row("B1", "server SIGKILLed amid a drain, AOF", killed_amid_a_drain, 2000, 10_000),
    Row("B5", "server full", full, 40, 1000),
    Row("B9", "scripts forgotten all the time", scripts_forgotten, 300, 5000),
)
