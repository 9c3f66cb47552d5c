"""How work is spread over workers, and what becomes of it when they go: long jobs, unknown types, slots, flows."""

import itertools
import random
import time

from callboard.jobs.call import Call
from callboard.jobs.flow import Plan, chain, group, plan
from callboard.jobs.policy import KeyLimit, Policy
from tests.system.rig import SOON, Rig
from tests.system.row import Row, Tally
from tests.waiting import wait_until

LEASE = 2.0


def slot_holder_killed(rig: Rig, size: int) -> Tally:
    """The holder of the only slot of a key is killed, and jobs outlive any slot: there are never two holders."""
    tally = Tally()
    heir = rig.hire()
    rig.ready(1)
    policy = Policy(SOON, limits=(KeyLimit("the-lock", concurrency=1),))
    for trial in range(size):
        gate = f"gate-{trial}"
        first = [Call("deaf", "slow", (trial, gate), policy=policy)]
        others = [Call("holding", "work", (n, 0.1), policy=policy) for n in range(5)]
        ids = rig.start(first)
        rig.wait_active(ids)
        ids += rig.start(others)
        doomed, heir = heir, rig.hire()
        rig.ready(2)
        killed_at = rig.store.now_ms() / 1000
        doomed.kill()
        rig.open_gate(gate)
        tally.check(rig, ids)
        tally.trials += len(ids)
        next_at = min(e["at"] for e in rig.events("job:active") if e["id"] in ids and e["at"] > killed_at)
        tally.worst = max(tally.worst, next_at - killed_at)
    spans = sorted((float(at), float(at) + float(seconds)) for at, _, _, seconds in rig.lines("holding"))
    overlaps = sum(begin < end for (_, end), (begin, _) in itertools.pairwise(spans))
    tally.expect(overlaps == 0, f"{overlaps} times two bodies held the slot")
    tally.expect(tally.worst <= LEASE + 2, f"locked out for {tally.worst:.1f} s")
    return tally


def long_jobs_are_spread(rig: Rig, size: int) -> Tally:
    """Sixteen jobs on two processes of eight threads take as long as one."""
    tally, seconds = Tally(trials=16), float(size)
    rig.hire(threads=8)
    rig.hire(threads=8)
    rig.ready(2)
    began = time.monotonic()
    ids = rig.start(rig.call("nap", n, seconds) for n in range(16))
    tally.check(rig, ids)
    events = rig.events("job:completed")
    enqueued = min(event["at"] for event in rig.events("job:added"))
    tally.worst = max(event["at"] for event in events) - enqueued
    tally.expect(time.monotonic() - began < 60, "too slow")
    tally.expect(tally.worst <= seconds + 0.5, f"makespan {tally.worst:.2f} s for jobs of {seconds:g} s")
    return tally


def unknown_type(rig: Rig, size: int) -> Tally:
    """Jobs of a type that no worker knows are parked, hold nobody up, and run when one comes that knows it."""
    tally = Tally(trials=size)
    older = rig.hire()
    rig.ready(1)
    unknown = rig.start(rig.call("late_type", n) for n in range(size))
    known = rig.start(rig.call("quick", n) for n in range(size))
    tally.expect(rig.settled(known, 10), "the jobs beside them were held up")
    wait_until(lambda: all(job.reason == "no_worker" for job in rig.jobs(unknown)), seconds=10)
    older.stop()
    came_at = rig.store.now_ms() / 1000
    rig.hire(module="late_jobs")
    tally.check(rig, unknown + known)
    states = [job.state for job in rig.jobs(unknown)]
    tally.expect(states == ["completed"] * size, f"states {set(states)}")
    tally.worst = max(event["at"] for event in rig.events("job:completed")) - came_at
    tally.expect(tally.worst < 5, f"the last one was done {tally.worst:.1f} s after the worker was started")
    return tally


def killed_in_flows(rig: Rig, size: int) -> Tally:
    """Workers are killed at random moments of groups of chains: each callback runs to its end exactly once."""
    tally, chance = Tally(), random.Random(5)
    heir = rig.hire()
    for trial in range(size):
        flows = [flow_of(rig, f"{trial}-{n}") for n in range(4)]
        for flow, _, _ in flows:
            rig.client.start_flow(flow)
        ids = [call.id for flow, _, _ in flows for call in flow.calls()]
        doomed, heir = heir, rig.hire()
        rig.ready(1)
        pause = chance.random() * 0.6
        began = time.monotonic()
        wait_until(lambda at=began, p=pause: time.monotonic() > at + p)  # type: ignore[misc]
        doomed.kill()
        tally.check(rig, ids)
        for _, last, expected in flows:
            job = rig.store.get(last.id)
            tally.expect((job.state, job.result) == ("completed", expected), f"callback is {job.state}: {job.result}")
        tally.trials += len(flows)
    return tally


def flow_of(rig: Rig, name: str) -> tuple[Plan, Call, int]:
    """Five chains of two side by side, then a callback that adds their results; with the sum to expect."""
    chains = [chain(rig.call("plus_one", n), rig.call("plus_one")) for n in range(5)]
    last = rig.call("gather").named(kwargs={"name": name})
    return plan(chain(group(*chains), last)), last, sum(n + 2 for n in range(5))


ROWS = (
    Row("W7", "holder of a slot SIGKILLed", slot_holder_killed, 1, 10),
    Row("W8", "16 jobs of 3 s on 2 x 8 threads", long_jobs_are_spread, 1, 3),
    Row("W9", "type that no worker knows yet", unknown_type, 20, 200),
    Row("F5", "worker SIGKILLed amid groups of chains", killed_in_flows, 1, 20),
)
