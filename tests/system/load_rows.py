"""What only load, or the lack of it, brings out: lost wake-ups, the price of being idle, entries that are no jobs."""

import contextlib
import json
import random
import statistics
import time

import redis

from callboard.broker.keys import DELAYED, DUE, JOB, LEASES, QUARANTINE, QUEUES, READY, WAITING, WAKE
from tests.system.rig import Rig
from tests.system.row import Row, Tally
from tests.waiting import wait_until

# A drain that takes longer than its work by so much has lost a wake-up: the safety poll comes after two seconds.
STALL = 1.0


def drained(rig: Rig, size: int) -> Tally:
    """Bursts of all sizes are drained to the last job, again and again: none waits for a poll."""
    tally, chance = Tally(), random.Random(11)
    rig.hire(threads=4)
    rig.hire(threads=4)
    rig.ready(2)
    worst: list[str] = []
    for drain in range(size):
        count = chance.choice((1, 2, 3, 5, 8, 9, 16, 40, 200, chance.randint(1, 400)))
        kind, seconds = chance.choice((("quick", 0.0), ("quick", 0.0), ("nap", 0.001), ("nap", 0.01)))
        arguments = (seconds,) if kind == "nap" else ()
        calls = [rig.call(kind, n, *arguments) for n in range(count)]
        began = time.monotonic()
        ids = rig.start(calls)
        done = at_rest_in_time(rig)
        took = time.monotonic() - began
        work = count * (0.002 + seconds / 8)
        tally.trials += count
        tally.worst = max(tally.worst, took - work)
        if took - work > STALL or not done:
            worst.append(f"drain {drain} of {count} {kind} took {took:.2f} s")
            tally.check(rig, ids)
    tally.expect(not worst, f"{len(worst)} drains stalled: {worst[:3]}")
    broken = rig.broken_invariants()
    tally.expect(not broken, f"{len(broken)} broken invariants, e.g. {broken[:2]}")
    doubled = [id for id, n in completions(rig).items() if n > 1]
    tally.duplicated = len(doubled)
    tally.expect(not doubled, f"{len(doubled)} jobs completed twice")
    tally.notes.append(f"{size} drains, {tally.worst:.2f} s beyond the work of one at most")
    return tally


def at_rest_in_time(rig: Rig) -> bool:
    """Wait until no job is left to run; whether that was in time."""

    def at_rest() -> bool:
        counts = rig.store.counts("work")
        return not (counts["waiting"] or counts["active"] or counts["delayed"])

    with contextlib.suppress(AssertionError):
        return wait_until(at_rest, seconds=30, every=0.001)
    return False


def completions(rig: Rig) -> dict[str, int]:
    """How often each job was completed."""
    seen: dict[str, int] = {}
    for event in rig.events("job:completed"):
        seen[event["id"]] = seen.get(event["id"], 0) + 1
    return seen


def idle(rig: Rig, size: int) -> Tally:
    """A worker of fifteen queues with nothing to do asks little of the server, and starts a new job at once."""
    tally = Tally(trials=size)
    rig.hire(module="idle_jobs", CALLBOARD_LEASE="30s")
    rig.ready(1)
    reader = redis.Redis.from_url(rig.server.url)
    settle_for(2.5)
    per_second = commands_per_second(reader, min(size / 5, 20.0))
    if per_second >= 10:  # on a busy machine its start is not over yet, and asks for more
        per_second = commands_per_second(reader, 20.0)
    delays = sorted(pick_up(rig, n) for n in range(size))
    reader.close()
    tally.worst = delays[-1]
    p50, p99 = statistics.median(delays) * 1000, delays[int(len(delays) * 0.99) - 1] * 1000
    tally.notes.append(f"{per_second:.1f} commands/s idle, picked up after p50 {p50:.1f} ms, p99 {p99:.1f} ms")
    tally.expect(per_second < 10, f"{per_second:.1f} commands a second while idle")
    tally.expect(p50 < 10, f"p50 of the pick-up is {p50:.1f} ms")
    return tally


def commands_per_second(reader: redis.Redis, seconds: float) -> float:
    """What the server is asked in a time in which nobody else asks it anything."""
    before = reader.info("stats")["total_commands_processed"]
    settle_for(seconds)
    return float(reader.info("stats")["total_commands_processed"] - before - 1) / seconds


def settle_for(seconds: float) -> None:
    """Let some time pass in which nothing is asked of the server."""
    began = time.monotonic()
    wait_until(lambda: time.monotonic() > began + seconds, seconds=seconds + 1, every=0.05)


def pick_up(rig: Rig, n: int) -> float:
    """Seconds from the call of `enqueue` to the start of the body, on an idle queue."""
    began = time.monotonic()
    rig.client.enqueue(rig.call("tell_start", n, queue=f"idle-{n % 15}"))
    line = wait_until(lambda: next((row for row in rig.lines("started") if row[2] == str(n)), None), every=0.002)
    assert line is not None
    settle_for(0.02)
    return float(line[0]) - began


def malformed(rig: Rig, size: int) -> Tally:
    """Entries of all wrong kinds, among the waiting and among the delayed: each goes alone, its neighbours run."""
    tally = Tally()
    rig.hire(threads=4)
    rig.ready(1)
    raw = redis.Redis.from_url(rig.server.url)
    for turn in range(size):
        wrong = [plant(raw, rig.links.prefix, f"{kind}-{turn}", kind) for kind in KINDS]
        wrong.append(plant_half_active(raw, rig.links.prefix, f"half-active-{turn}"))
        ids = rig.start(rig.call("flaky" if n % 5 == 0 else "quick", n) for n in range(50))
        tally.trials += len(wrong) + len(ids)
        tally.expect(rig.settled(ids, 15), "neighbours are stranded")
        tally.lost += sum(job.state != "completed" for job in rig.jobs(ids))
        with contextlib.suppress(AssertionError):
            wait_until(lambda w=wrong: not still_there(raw, rig, w), seconds=20, every=0.1)  # type: ignore[misc]
        left = still_there(raw, rig, wrong)
        tally.expect(not left, f"neither in quarantine, parked nor failed: {left}")
    again = rig.start(rig.call("nap", n, 0.2) for n in range(4))
    rig.wait_active(again, 5)
    tally.expect(rig.settled(again, 5), "not all threads are alive")
    raw.close()
    return tally


GOOD: dict[str, str | int] = {"type": "quick", "queue": "work", "state": "waiting", "version": 1}
GOOD |= {"enqueued_ms": 1, "attempts": 2, "args": "[1]"}
RETRIES = {"type": "flaky", "args": "[1]"}
KINDS: dict[str, dict[str, str | int] | bytes | None] = {
    "no-record": None,
    "not-a-hash": b"not a hash",
    "not-json": {"args": "{[,"},
    "wrong-shape": {"args": "5", "kwargs": "[1]"},
    "wrong-queue": {"queue": "mail"},
    "no-version": {"version": ""},
    "odd-priority": {"priority": "first"},
    "odd-numbers": {"enqueued_ms": "0x1F", "attempts": "many", "timeout_ms": "-"},
    "hostile-limits": {"limits": '[["provider", null], 7]', "ties": 1},
    "limits-no-list": {"limits": '{"a": 1}', "ties": 1},
    "hostile-options": {"options": '{"eta": "soon", "pipe_target": 5, "max_retries": "x"}'},
    "hostile-retry": {**RETRIES, "retry": '{"attempts": -1, "surprise": true}'},
    "hostile-flow": {"flow": "no-such-flow", "ties": 1, "results_of": "nobody*"},
    "not-whitelisted": {"type": "os.system", "args": '["true"]'},
    "bad-utf-8": {"args": b'["\xff\xfe"]'.decode("latin-1")},
    "one-mb": {"args": json.dumps(["x" * 1_000_000])},
}


def plant(raw: "redis.Redis", prefix: str, id: str, kind: str) -> str:
    """Write an entry straight into Redis, into the line or, every other time, among the delayed."""
    fields = KINDS[kind]
    if isinstance(fields, bytes):
        raw.set(JOB(prefix, id), fields)
    elif fields is not None:
        record: dict[str, str | int] = {**GOOD, **fields}
        raw.hset(JOB(prefix, id), mapping={name: value for name, value in record.items() if value != ""})
    raw.sadd(QUEUES(prefix), "work")
    if id.endswith(("1", "3")):
        if isinstance(fields, dict):
            raw.hset(JOB(prefix, id), "state", "delayed")
        raw.zadd(DELAYED(prefix, "work"), {id: 1})
        raw.zadd(DUE(prefix), {"work": 1})
    else:
        raw.zadd(WAITING(prefix, "work"), {id: 1})
        raw.sadd(READY(prefix), "work")
    raw.lpush(WAKE(prefix, "work"), "1")
    return id


def plant_half_active(raw: "redis.Redis", prefix: str, id: str) -> str:
    """Write a lease that has run out, of a record that lacks what a job needs, for the rescue to find."""
    raw.hset(JOB(prefix, id), mapping={"type": "quick", "state": "active"})
    raw.zadd(LEASES(prefix), {id: 1})
    return id


def still_there(raw: "redis.Redis", rig: Rig, ids: list[str]) -> list[str]:
    """Those of the planted entries that nobody has dealt with."""
    return [id for id in ids if not set_aside(raw, rig, id)]


def set_aside(raw: "redis.Redis", rig: Rig, id: str) -> bool:
    """Whether an entry is in quarantine, parked or final; or has run, for it was no worse than odd."""
    prefix = rig.links.prefix
    if any(json.loads(entry)["id"] == id for entry in raw.lrange(QUARANTINE(prefix), 0, -1)):
        return True
    if raw.type(JOB(prefix, id)) != b"hash":
        return raw.zscore(DELAYED(prefix, "work"), id) is None and raw.zscore(LEASES(prefix), id) is None
    job = rig.store.get(id)
    return job.state in ("completed", "failed", "cancelled") or job.reason == "no_worker"


ROWS = (
    Row("B10", "malformed entries of 17 kinds", malformed, 2, 20),
    Row("L1", "drained to the last job, 2 workers", drained, 30, 400),
    Row("L2", "idle worker of 15 queues", idle, 20, 200),
)
