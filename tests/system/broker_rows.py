"""Faults of the server and of the way to it: restarted, standing still, replies lost, writes refused."""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable

from callboard.broker.client import Client
from callboard.broker.errors import ConnectionLost
from callboard.broker.link import Links
from callboard.jobs.call import Call
from callboard.jobs.flow import Plan, chain, group, plan
from callboard.jobs.policy import Retry
from tests.proxy import Rule
from tests.system.rig import Rig
from tests.system.row import Row, Tally
from tests.waiting import wait_until

LATE_MOST = 5.0


def restarted(rig: Rig, size: int) -> Tally:
    """The server goes, by SIGTERM and by SIGKILL, with jobs delayed and retries pending: all run when due."""
    tally = Tally()
    worker = rig.hire()
    rig.ready(1)
    for number in (signal.SIGTERM, signal.SIGKILL):
        delayed = [rig.call("noted", n, delay=size * (0.5 + n / 400)) for n in range(200)]
        patient = Retry(attempts=2, first=size, at_most=size, jitter="none")
        ids = rig.start(delayed)
        retried = rig.start(rig.call("flaky", n, retry=patient) for n in range(50))
        wait_until(lambda ids=retried: all(j.state == "delayed" for j in rig.jobs(ids)), seconds=20)  # type: ignore[misc]
        due = {job.id: job.due_at.timestamp() for job in rig.jobs(ids + retried) if job.due_at}
        tally.expect(len(due) == len(ids) + 50, f"only {len(due)} jobs are delayed")
        rig.restart_server(number)
        tally.check(rig, ids + retried)
        ran = {event["id"]: event["at"] for event in rig.events("job:active")}
        late = [ran.get(id, 1e12) - at for id, at in due.items()]
        tally.worst = max(tally.worst, *late)
        tally.expect(min(late) >= 0, f"a job ran {-min(late):.3f} s early")
        tally.trials += len(due)
    tally.expect(tally.worst <= LATE_MOST, f"a job ran {tally.worst:.1f} s after it was due")
    tally.expect(worker.process.poll() is None, "the worker did not survive")
    return tally


def in_spite_of_losses(verb: Callable[[], object]) -> int:
    """Repeat a call of the client until it is answered, as the engine promises that one may; the answers lost."""
    for lost in range(100):
        try:
            verb()
        except ConnectionLost:
            continue
        return lost
    raise AssertionError("not answered in 100 tries")


def mixed(rig: Rig, size: int) -> tuple[list[Call], list[Plan]]:
    """Jobs that between them need every script: they end in all ways, and talk while they run."""
    kinds = ("quick", "quick", "flaky", "talkative", "sleepy", "quick", "hopeless", "quick", "talkative", "quick")
    calls = [rig.call(kinds[n % len(kinds)], n) for n in range(size - size // 5)]
    flows = [
        plan(chain(group(rig.call("plus_one", n), rig.call("plus_one", n)), rig.call("gather"), rig.call("plus_one")))
        for n in range(size // 20)
    ]
    return calls, flows


def replies_lost(rig: Rig, size: int) -> Tally:
    """After execution the connection breaks, for a share of the calls of every script: nothing ends twice."""
    return lossy(rig, size, Rule("drop_reply", share=0.05))


def replies_held_up(rig: Rig, size: int) -> Tally:
    """After execution nothing comes back and nothing breaks: both sides wait until their patience ends."""
    return lossy(rig, size, Rule("hang", share=0.02))


def lossy(rig: Rig, size: int, rule: Rule) -> Tally:
    """Jobs of all kinds over a way that obeys a rule: each ends once, as it should."""
    tally, proxy = Tally(), rig.proxy(seed=7)
    proxy.rules.append(rule)
    calls, flows = mixed(rig, size)
    for _ in range(2):
        rig.hire(url=proxy.url, REDIS_TIMEOUT="500ms")
    rig.ready(2)
    through = Client(Links(proxy.url, rig.scripts, socket_timeout=0.5))
    lost = sum(in_spite_of_losses(lambda call=call: through.enqueue(call)) for call in calls)  # type: ignore[misc]
    lost += sum(in_spite_of_losses(lambda flow=flow: through.start_flow(flow)) for flow in flows)  # type: ignore[misc]
    doomed = [rig.call("quick", n, delay=60) for n in range(20)]
    for call in doomed:
        lost += in_spite_of_losses(lambda call=call: through.enqueue(call))  # type: ignore[misc]
        lost += in_spite_of_losses(lambda call=call: through.cancel(call.id))  # type: ignore[misc]
    ids = [call.id for call in calls] + [call.id for flow in flows for call in flow.calls()]
    tally.trials = len(ids) + len(doomed)
    tally.check(rig, [*ids, *(call.id for call in doomed)], 120)
    expected = {call.id: "failed" if call.type == "hopeless" else "completed" for call in calls}
    wrong = [job for job in rig.jobs(ids) if job.state != expected.get(job.id, "completed")]
    tally.expect(not wrong, f"{len(wrong)} jobs ended otherwise than they should, e.g. {wrong[:1]}")
    ended = rig.count_events("job:completed", ids) + rig.count_events("job:failed", ids)
    tally.expect(set(ended.values()) == {1}, f"ends for each job: {Counter(ended.values())}")
    added = [event["at"] for event in rig.events("job:added")]
    tally.worst = max(event["at"] for event in rig.events("job:completed")) - max(added)
    tally.notes.append(f"lost {dict(proxy.hits)}")
    through.links.close()
    return tally


def writes_refused(rig: Rig, size: int) -> Tally:
    """The server is out of reach just as jobs end: no result, retry, next step or callback is lost."""
    tally, proxy = Tally(), rig.proxy()
    rig.hire(threads=16, url=proxy.url, CALLBOARD_LEASE="30s")
    rig.ready(1)
    retried = [rig.call("flaky", n, "gate") for n in range(5)]
    chains = [plan(chain(rig.call("plus_one", n, "gate"), rig.call("plus_one"))) for n in range(5)]
    groups = [
        plan(chain(group(rig.call("plus_one", 1, "gate"), rig.call("plus_one", 2, "gate")), rig.call("gather")))
        for _ in range(3)
    ]
    ids = rig.start(retried)
    for flow in (*chains, *groups):
        rig.client.start_flow(flow)
        ids += [call.id for call in flow.calls()]
    wait_until(lambda: rig.store.counts("work")["active"] == 16, what="all are about to end")
    with proxy.refusing():
        rig.open_gate("gate")
        began = time.monotonic()
        wait_until(lambda: time.monotonic() > began + size, seconds=size + 1)
    back_at = rig.store.now_ms() / 1000
    tally.check(rig, ids)
    tally.trials = len(ids)
    unfinished = [job for job in rig.jobs(ids) if job.state != "completed"]
    tally.expect(not unfinished, f"{len(unfinished)} jobs did not complete")
    starts = rig.count_events("job:active", ids)
    expected = {call.id: 2 for call in retried}
    wrong = [id for id in ids if starts[id] != expected.get(id, 1)]
    tally.expect(not wrong, f"{len(wrong)} jobs were started more or less often than they should")
    tally.worst = max(event["at"] for event in rig.events("job:completed")) - back_at
    tally.expect(tally.worst < 10, f"the last of them was done {tally.worst:.1f} s after the server was back")
    return tally


def stands_still(rig: Rig, size: int) -> Tally:
    """The server is stopped for so many seconds while jobs run: callers hear of it in time, nothing is stranded."""
    tally = Tally()
    rig.hire()
    rig.hire()
    rig.ready(2)
    ids = rig.start(rig.call("nap", n, 0.05) for n in range(300))
    wait_until(lambda: rig.store.counts("work")["completed"] > 30)
    os.kill(rig.server.pid, signal.SIGSTOP)
    began = time.monotonic()
    waits, calls = [], [rig.call("quick", n) for n in range(200)]
    impatient = Client(Links(rig.server.url, rig.scripts, socket_timeout=min(5.0, size / 2)))
    for call in calls:
        asked = time.monotonic()
        try:
            impatient.enqueue(call)
        except ConnectionLost:
            waits.append(time.monotonic() - asked)
        if time.monotonic() > began + size:
            break
    os.kill(rig.server.pid, signal.SIGCONT)
    back_at = time.monotonic()
    for call in calls:
        in_spite_of_losses(lambda call=call: rig.client.enqueue(call))  # type: ignore[misc]
    tally.check(rig, ids + [call.id for call in calls])
    tally.trials, tally.worst = len(ids) + len(calls), max(waits)
    extra = sum(rig.count_events("job:active", ids).values()) - len(ids)
    tally.notes.append(f"{extra} extra starts, settled {time.monotonic() - back_at:.1f} s after it went on")
    tally.expect(extra <= 8, f"{extra} extra starts, 8 jobs were running")
    tally.expect(tally.worst < 6, f"a caller waited {tally.worst:.1f} s")
    impatient.links.close()
    return tally


def away_longer_than_a_lease(rig: Rig, size: int) -> Tally:
    """The server stands still until the leases of living workers have run out: nobody died, so nobody is charged."""
    tally = Tally(trials=size)
    rig.hire(threads=size)
    rig.hire(threads=size)
    rig.ready(2)
    ids = rig.start(rig.call("gated", n, "outage", queue="slow") for n in range(size))
    rig.wait_active(ids)
    os.kill(rig.server.pid, signal.SIGSTOP)
    back_at = time.monotonic() + 4
    wait_until(lambda: time.monotonic() > back_at, seconds=6)
    os.kill(rig.server.pid, signal.SIGCONT)
    rig.open_gate("outage")
    tally.check(rig, ids)
    crashes = sum(job.crashes for job in rig.jobs(ids))
    tally.expect(crashes == 0, f"{crashes} crashes were counted, no worker died")
    return tally


ROWS = (
    Row("B4l", "server stands still for two leases", away_longer_than_a_lease, 4, 8),
    Row("B3", "server restarted, 200 delayed jobs, 50 retries", restarted, 3, 12),
    Row("B4", "server SIGSTOPped for 10 s", stands_still, 3, 10),
    Row("B7", "5 % of replies lost on every script", replies_lost, 200, 1000),
    Row("B7h", "2 % of replies held up on every script", replies_held_up, 40, 500),
    Row("B8", "server out of reach for 12 s as jobs end", writes_refused, 2, 12),
)
