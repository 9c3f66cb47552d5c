"""Random verbs, crashes between any two steps, lost replies and late writes against a model, with time held still."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import redis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from callboard.broker.invariants import check
from callboard.broker.keys import EVENTS, FLOW
from callboard.broker.restoring import LEAP, Restorer
from callboard.history.rows import record_of
from callboard.jobs.call import Call
from callboard.jobs.change import Change, priority_fields
from callboard.jobs.flow import Part, Step, chain, group, plan
from callboard.jobs.policy import KeyLimit, RateLimit
from callboard.jobs.states import FINAL, STATES
from tests.callboard.broker.model import LEASE_MS, MAX_CRASHES, Model, Row
from tests.histories import flow_row_of, lose, restore_flow, rows_of
from tests.jobs import START_MS, Board, Taken, Worker, make_call

QUEUES = ("left", "right", "flows")
NORMAL_STEPS = 1_000
STEPS_EACH = 100
numbers = itertools.count(1)

queues = st.sampled_from(QUEUES)
states = st.sampled_from(FINAL)
picks = st.integers(0, 1_000)
twice = st.booleans()
kinds = st.sampled_from(("plain", "unique", "limited", "limited", "fair"))
leaves = st.tuples(queues, st.sampled_from(("fail", "fail", "continue", "ignore")))
pairs = st.tuples(st.just("group"), st.lists(leaves, min_size=2, max_size=3))
gated = st.tuples(st.just("chain"), st.tuples(pairs, pairs, leaves))  # two groups in a row have a gate between them
trees = gated | st.recursive(
    leaves,
    lambda inner: st.tuples(st.sampled_from(("chain", "group")), st.lists(inner, min_size=1, max_size=3)),
    max_leaves=7,
)


# How often each step is taken, and what it is given: one rule and a table, for of many rules most would be left out.
STEPS: dict[str, tuple[int, dict[str, Any]]] = {
    "enqueue": (
        8,
        {
            "queue": queues,
            "priority": st.sampled_from((1, 3, 4)),
            "delay": st.sampled_from((0, 0, 0, 5)),
            "kind": kinds,
            "key": st.integers(0, 2),
            "again": twice,
        },
    ),
    "start_flow": (3, {"tree": trees, "with_handler": st.booleans(), "again": twice}),
    "cancel": (4, {"pick": picks, "running": st.booleans(), "again": twice}),
    "promote": (1, {"pick": picks, "again": twice}),
    "withdraw": (1, {"pick": picks, "again": twice}),
    "edit": (
        4,
        {
            "pick": picks,
            "queue": st.sampled_from(("", "", *QUEUES)),
            "priority": st.sampled_from((1, 3, 4)),
            "delay": st.sampled_from((None, None, 0, 5_000)),
            "again": twice,
        },
    ),
    "tag": (1, {"pick": picks, "state": st.sampled_from(STATES), "again": twice}),
    "remove": (1, {"pick": picks, "again": twice}),
    "rerun": (3, {"pick": picks, "again": twice}),
    "pause_or_resume": (1, {"queue": queues, "paused": st.sampled_from((True, False, False))}),
    "drain_or_clean": (
        2,
        {"queue": queues, "pick": picks, "state": states, "keep": st.sampled_from((None, None, 0, 2))},
    ),
    "limit": (1, {"queue": queues, "cap": st.sampled_from((0, 1, 2)), "count": st.sampled_from((0, 0, 2, 3))}),
    "time_passes": (4, {"ms": st.sampled_from((1, 1_000, 6_000, 20_000, 61_000))}),
    "fetch": (7, {"who": st.integers(0, 1), "free": st.integers(1, 4), "again": twice}),
    "conclude": (
        8,
        {
            "pick": picks,
            "verb": st.sampled_from(("complete", "complete", "retry", "fail", "release", "abandon")),
            "again": twice,
            "soon": picks,
        },
    ),
    "work": (
        3,
        {
            "who": st.integers(0, 1),
            "verbs": st.lists(st.sampled_from(("complete", "complete", "retry", "fail")), min_size=3),
            "soon": picks,
        },
    ),
    "write_late": (
        4,
        {"pick": picks, "verb": st.sampled_from(("complete", "retry", "fail", "release", "abandon")), "soon": picks},
    ),
    "crash": (4, {"pick": picks}),
    "renew": (1, {"pick": picks}),
    "progress": (1, {"pick": picks, "done": st.integers(0, 10)}),
    "rescue": (3, {}),
    "lose_everything": (2, {}),
}
WEIGHTED = [name for name, (weight, _) in STEPS.items() for _ in range(weight)]


def part_of(tree: Any) -> Part:
    """A part of a flow from a drawn tree."""
    word, rest = tree
    if word == "chain":
        return chain(*map(part_of, rest))
    if word == "group":
        return group(*map(part_of, rest))
    return Step(make_call(word), rest)


class Life(RuleBasedStateMachine):
    """One store and one model, moved together."""

    url = ""
    steps = 0

    def __init__(self) -> None:
        super().__init__()
        self.board = Board(self.url, f"{{life-{next(numbers)}}}")
        self.model = Model(START_MS)
        self.workers = [Worker(self.board.links, *QUEUES, name=f"worker-{n}") for n in (1, 2)]
        self.held: list[tuple[Worker, Taken]] = []
        self.lost: list[tuple[Worker, Taken]] = []
        self.versions: dict[str, int] = {}
        self.seen = "0-0"

    def teardown(self) -> None:
        try:
            self._bring_all_to_an_end()
        finally:
            self.board.close()
            with redis.Redis.from_url(self.url) as store:
                store.unlink(*store.scan_iter(match=f"{self.board.prefix}*", count=1_000))

    @rule(name=st.sampled_from(WEIGHTED), data=st.data())
    def step(self, name: str, data: st.DataObject) -> None:
        """One step of the table."""
        getattr(self, name)(**{word: data.draw(values, label=word) for word, values in STEPS[name][1].items()})

    # -- callers

    def enqueue(self, queue: str, priority: int, delay: int, kind: str, key: int, again: bool) -> None:
        own: dict[str, dict[str, Any]] = {
            "unique": {"unique": f"unique-{key}"},
            "limited": {"limits": (KeyLimit(f"key-{key}", concurrency=1 + key // 2),)},
            "fair": {"fairness": f"user-{key}"},
        }
        options = own.get(kind, {})
        call = make_call(queue, priority=priority, delay=float(delay), **options)
        for _ in range(1 + again):
            row = Row(call.id, queue, due=self.model.now + delay * 1000, unique=options.get("unique", ""))
            row.cap = (f"key-{key}", 1 + key // 2) if kind == "limited" else row.cap
            assert self.board.client.enqueue(call) == self.model.enqueue(row)

    def start_flow(self, tree: Any, with_handler: bool, again: bool) -> None:
        handler: Call | None = make_call("flows") if with_handler else None
        planned = plan(part_of(tree), on_failure=handler)
        for _ in range(1 + again):
            self.board.client.start_flow(planned)
            self.model.start(planned, handler.id if handler else "")

    def cancel(self, pick: int, running: bool, again: bool) -> None:
        among = ("active",) if running else ("waiting", "delayed", "blocked")
        self._by_hand(pick, again, self.board.client.cancel, self.model.cancel, *among)

    def promote(self, pick: int, again: bool) -> None:
        self._by_hand(pick, again, self.board.client.promote, self.model.promote, "delayed", "waiting")

    def withdraw(self, pick: int, again: bool) -> None:
        self._by_hand(pick, again, self.board.client.withdraw, self.model.withdraw, "active")

    def edit(self, pick: int, queue: str, priority: int, delay: int | None, again: bool) -> None:
        row = self._picked(pick, "waiting", "delayed", "blocked", "waiting", "delayed", "active")
        if row is None:
            return
        change = Change(priority_fields(priority), queue=queue, due_ms=delay and self.model.now + delay)
        for _ in range(1 + again):
            assert self.board.client.edit(change, row.id) == [self.model.edit(row.id, queue, change.due_ms)]

    def tag(self, pick: int, state: str, again: bool) -> None:
        def nothing(_: str) -> None:
            """A tag moves no job."""

        change = Change(tags=(f"tag-{pick % 3}",), untags=(f"tag-{pick % 2}",))
        self._by_hand(pick, again, lambda id: self.board.client.edit(change, id), nothing, state)

    def remove(self, pick: int, again: bool) -> None:
        def forget(id: str) -> None:
            if id in self.model.rows:
                self.model.remove(id)

        self._by_hand(pick, again, self.board.client.remove, forget, *FINAL, "waiting")

    def rerun(self, pick: int, again: bool) -> None:
        row = self._picked(pick, *FINAL, "active")
        if row:
            request = f"request-{next(numbers)}"
            replies = [self.board.client.rerun(row.id, request=request)[0] for _ in range(1 + again)]
            assert set(replies) == {self.model.rerun(row.id)}

    def _by_hand(
        self, pick: int, again: bool, verb: Callable[[str], Any], model: Callable[[str], None], *among: str
    ) -> None:
        row = self._picked(pick, *among)
        for _ in range(1 + again if row else 0):
            assert row
            verb(row.id)
            model(row.id)

    def _picked(self, pick: int, *among: str) -> Row | None:
        rows = self.model.jobs(*among)
        return rows[pick % len(rows)] if rows else None

    # -- operators

    def pause_or_resume(self, queue: str, paused: bool) -> None:
        (self.board.control.pause if paused else self.board.control.resume)(queue)
        self.model.queues[queue].paused = paused

    def drain_or_clean(self, queue: str, pick: int, state: str, keep: int | None) -> None:
        if pick % 4 == 0:
            delayed = pick % 3 > 0
            drained = len(self.model.jobs("waiting", *(("delayed",) if delayed else ()), queue=queue))
            assert self.board.control.drain(queue, delayed=delayed) == drained
            self.model.drain(queue, delayed)
        else:
            grace = pick % 2 * 20_000
            self.board.control.clean(queue, state, timedelta(milliseconds=grace), keep=keep)
            self.model.clean(queue, state, grace, keep)

    def limit(self, queue: str, cap: int, count: int) -> None:
        self.board.control.limit(queue, concurrency=cap, rate=RateLimit(count, 60) if count else None)
        if not count:
            self.board.control.unlimit_rate(queue)
        self.model.queues[queue].cap, self.model.queues[queue].rate = cap, (count, 60_000 * bool(count))

    # -- time

    def time_passes(self, ms: int) -> None:
        self.model.now = self.board.advance(ms)

    # -- workers

    def fetch(self, who: int, free: int, again: bool) -> None:
        worker, token = self.workers[who], f"fetch-{next(numbers)}"
        taken = worker.fetch(free, token=token)
        assert len(taken) <= free
        if again:
            assert {job.id for job in worker.fetch(free, token=token)} >= {job.id for job in taken}
        self._replay(active=len(taken) if not (again and not taken) else None)
        self.held += [(worker, job) for job in taken]
        if again and not taken:  # nothing was there at first, so the repeat is a fetch of its own
            self.held += [
                (worker, Taken(r.id, r.fence, 0, {})) for r in self.model.jobs("active") if not self._known(r)
            ]

    def _known(self, row: Row) -> bool:
        return any(job.id == row.id and job.fence == row.fence for _, job in self.held + self.lost)

    def conclude(self, pick: int, verb: str, again: bool, soon: int) -> None:
        if not self.held:
            return
        worker, job = self.held.pop(pick % len(self.held))
        self._conclude(worker, job, verb, again, soon)

    def work(self, who: int, verbs: list[str], soon: int) -> None:
        """A worker that does its work: fetches some jobs and concludes them."""
        worker = self.workers[who]
        taken = worker.fetch(len(verbs))
        self._replay(active=len(taken))
        for verb, job in zip(verbs, taken, strict=False):
            self._conclude(worker, job, verb, False, soon)

    def write_late(self, pick: int, verb: str, soon: int) -> None:
        """A worker that was given up for dead is not: its job may be somebody else's by now."""
        if not self.lost:
            return
        worker, job = self.lost.pop(pick % len(self.lost))
        self._conclude(worker, job, verb, False, soon)

    def _conclude(self, worker: Worker, job: Taken, verb: str, again: bool, soon: int) -> None:
        delay, crash = soon % 3 * 2_000, soon % 2 == 1
        options: dict[str, dict[str, Any]] = {
            "retry": {"delay_ms": delay, "crash": crash},
            "release": {"delay_ms": delay, "reason": "snoozed"},
        }
        good, row = self.model.holds(job.id, job.fence), self.model.rows.get(job.id)
        for _ in range(1 + again):
            (reply,) = getattr(worker, verb)(job, **options.get(verb, {}))
            assert reply == "OK" or not good
        if good:
            assert row
            move: dict[str, Callable[[], None]] = {
                "complete": lambda: self.model.finish(row, "completed"),
                "fail": lambda: self.model.finish(row, "failed"),
                "abandon": lambda: self.model.abandon(row),
                "retry": lambda: self.model.retry(job.id, delay, crash),
                "release": lambda: self.model.release(job.id, delay),
            }
            move[verb]()

    def crash(self, pick: int) -> None:
        """A worker dies between two steps: nobody tells the server."""
        if not self.held:
            return
        self.lost.append(self.held.pop(pick % len(self.held)))

    def renew(self, pick: int) -> None:
        if not self.held:
            return
        worker, job = self.held[pick % len(self.held)]
        good, row = self.model.holds(job.id, job.fence), self.model.rows.get(job.id)
        expected = [] if good else [f"LOST:{job.id}"]
        if good and row:
            row.lease = self.model.now + LEASE_MS
            expected += [f"CANCEL:{job.id}"] if row.cancel else []
        assert [notice for notice in worker.renew(job) if notice != "UNLISTED"] == expected

    def progress(self, pick: int, done: int) -> None:
        if not self.held:
            return
        worker, job = self.held[pick % len(self.held)]
        row = self.model.rows.get(job.id)
        good = self.model.holds(job.id, job.fence)
        reply = worker.say("progress", job.id, job.fence, f'{{"done": {done}, "total": 10}}')
        assert reply == ("LOST" if not good else "CANCEL" if row and row.cancel else "OK")

    def rescue(self) -> None:
        self.workers[0].rescue(MAX_CRASHES)
        self.model.rescue()

    # -- the server

    def lose_everything(self) -> None:
        """Redis is emptied, and what is live is written again from what a history would hold of it."""
        flows = {id: flow for id, flow in self.model.flows.items() if flow.state == "active"}
        live = self.model.jobs("waiting", "delayed", "blocked", "active")
        if any(row.flow and row.flow not in flows for row in live):
            return  # the handler of a flow that is over, some of whose steps may have been forgotten
        known = rows_of(self.board, *(row.id for row in live if not row.flow))
        graphs = [flow_row_of(self.board, id) for id in flows]
        steps = [rows_of(self.board, *filter(None, (*flow.members, flow.on_failure))) for flow in flows.values()]
        lose(self.board)
        Restorer(self.board.links).restore({id: record_of(row) for id, row in known.items()}, self.model.now)
        for graph, rows in zip(graphs, steps, strict=True):
            restore_flow(self.board, graph, rows)
        self.model.lose()
        self.lost, self.held, self.seen = [*self.lost, *self.held], [], "0-0"

    # -- what is looked at after every step

    @initialize()
    def begin(self) -> None:
        """Nothing is there at first."""

    @invariant()
    def model_and_store_agree(self) -> None:
        type(self).steps += 1
        self._replay()
        expected = self.model.states()
        assert dict(zip(expected, self.board.states(*expected), strict=True)) == expected
        flows = [("HGET", FLOW(self.board.prefix, id), "state") for id in self.model.flows]
        told = self.board.links.run(*flows) if flows else []
        assert told == [flow.state for flow in self.model.flows.values()]
        assert check(self.board.links) == []

    def _replay(self, active: int | None = None) -> None:
        """Read the events since the last step: versions rise, and what only the server decides was allowed."""
        key = EVENTS(self.board.prefix)
        started = 0
        for id, flat in self.board.links.call("XRANGE", key, f"({self.seen}", "+"):
            self.seen = id
            event = dict(zip(flat[::2], flat[1::2], strict=True))
            job, name, version = event["id"], event["event"], int(event["version"])
            if name.startswith("job:") and name != "job:log":
                restored = '"restored":true' in event["data"]
                leaps = (0, LEAP) if restored else (1,)  # what had finished comes back as it was
                assert version - self.versions.get(job, 0) in leaps, f"{name} of {job} has version {version}"
                self.versions[job] = version
            row = self.model.rows.get(job)
            if name == "job:promoted" and row and row.state == "delayed":
                self.model.saw_promoted(job)
            elif name == "job:parked":
                self.model.saw_parked(job, self._due(job))
            elif name == "job:active":
                self.model.saw_active(job, self.model.now + LEASE_MS)
                started += 1
        assert active in (None, started)

    def _due(self, id: str) -> int:
        due = self.board.job(id).due_at
        return round(due.timestamp() * 1000) if due else 0

    def _bring_all_to_an_end(self) -> None:
        """Whatever has happened, once nothing stands in the way all jobs end, and all flows with them."""
        for queue in QUEUES:
            self.board.control.resume(queue)
            self.board.control.limit(queue, concurrency=0)
            self.board.control.unlimit_rate(queue)
        for _ in range(200):
            if all(state in FINAL for state in self._stored()):
                break
            self.board.advance(61_000)
            self.workers[0].rescue(MAX_CRASHES)
            self.workers[0].run_all()
        assert [state for state in self._stored() if state not in FINAL] == []
        flows = [self.board.store.flow(id) for id in self.model.flows]
        assert [flow.state for flow in flows if flow and flow.state == "active"] == []
        assert check(self.board.links) == []

    def _stored(self) -> list[str]:
        rows = self.model.states()
        return [
            s
            for id, s in zip(rows, self.board.states(*rows), strict=True)
            if self.model.rows[id].queue and s != "gone" and not self._idle_handler(id, s)
        ]

    def _idle_handler(self, id: str, state: str) -> bool:
        return state == "blocked" and any(
            flow.on_failure == id and flow.state != "active" for flow in self.model.flows.values()
        )


@pytest.mark.timeout(3_600)
def test_whatever_happens_the_store_agrees_with_the_model(valkey_url: str, request: pytest.FixtureRequest) -> None:
    steps = request.config.getoption("--steps")

    class Here(Life):
        url = valkey_url

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=(steps or NORMAL_STEPS) * 5 // STEPS_EACH // 4 + 2,  # the first ones are short
            stateful_step_count=STEPS_EACH,
            derandomize=not steps,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    print(f"{Here.steps} steps")
    assert Here.steps >= (steps or NORMAL_STEPS)
