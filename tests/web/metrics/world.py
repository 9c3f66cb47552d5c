"""A world in which everything has happened that a metric tells of: jobs of all outcomes, flows, notices, cost."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, cast

from callboard.broker.keys import LEASES
from callboard.history.database import writing
from callboard.history.meters import add
from callboard.history.schedules import put_schedule
from callboard.history.ticks import leave_tick, take_tick
from callboard.jobs.call import Call
from callboard.jobs.flow import chain, plan
from callboard.jobs.policy import KeyLimit, RateLimit
from callboard.jobs.schedule import Schedule
from research.ai import ledger
from research.ai.analysis import Reply, Usage
from research.ai.ledger import Task
from research.ai.local.provider import LocalProvider
from research.notifications.notices import Notice
from research.notifications.outgoing import Outgoing, write
from research.notifications.rules import change
from tests.jobs import Worker, make_call
from tests.web.recorded import record
from web.services import Services

QUEUE, TYPE, PIPELINE = "cache", "cache_warm", "paper_intake"
ABOUT = {"threads": 4, "queues": [QUEUE], "types": [TYPE], "lease_ms": 60_000}
HELD = KeyLimit("provider:x", RateLimit(1, 60.0))


def live_through(services: Services) -> None:
    """Let everything happen once or more, and record it."""
    worker = Worker(services.links, QUEUE, name="worker-1")
    worker.say("register", worker.name, 60_000, json.dumps(ABOUT))
    services.control.limit(QUEUE, concurrency=8)
    schedules(services)
    flows(services, worker)
    jobs_of_all_outcomes(services, worker)
    record(services)
    notices_and_cost(services)


def call(**options: Any) -> Call:
    """A call of the one type of this world."""
    return make_call(QUEUE, TYPE, **options)


def jobs_of_all_outcomes(services: Services, worker: Worker) -> None:
    """Completed, retried, failed, released, cancelled, lost and rescued, held by a limit; delayed, active, waiting."""
    client = services.client
    ids = [client.enqueue(call(kwargs={"n": n})) for n in range(7)]
    taken = {job.id: job for job in worker.fetch(7)}
    done, again, bad, back, stopped, lost, _runs = (taken[id] for id in ids)
    worker.complete(done, result=1)
    worker.retry(again, delay_ms=60_000)
    worker.fail(bad)
    worker.release(back, delay_ms=60_000, reason="limited")
    client.cancel(stopped.id)
    worker.abandon(stopped)
    services.links.call("ZADD", LEASES(services.settings.prefix), 1, lost.id)
    worker.rescue()
    client.enqueue_many([call(limits=(HELD,)) for _ in range(2)])
    worker.complete(*worker.fetch(3))  # the one that was rescued, and the one that the limit lets start
    client.enqueue(call(delay=60.0))
    client.enqueue(call())


def flows(services: Services, worker: Worker) -> None:
    """One that completes, and one that goes on."""
    services.client.start_flow(plan(chain(call(), call()), name=PIPELINE))
    services.client.start_flow(plan(chain(call(delay=60.0), call()), name=PIPELINE))
    worker.run_all()


def schedules(services: Services) -> None:
    """One whose job has completed, and a scheduler that is there."""
    now_ms = services.now_ms()
    with writing(services.engine) as session:
        put_schedule(session, Schedule(name="nightly", type=TYPE, cron="0 3 * * *"), now_ms)
    services.client.enqueue(call(meta={"schedule": "nightly"}))
    take_tick(services.engine, "conditions", "scheduler-1", now_ms, 15_000)
    leave_tick(services.engine, "conditions", "scheduler-1", now_ms, took_ms=1)


def notices_and_cost(services: Services) -> None:
    """A notice, a delivery, a call of a provider, and a cap of what they may cost."""
    task, provider = Task("task", "job-1"), LocalProvider()
    ledger.begin(services.engine, task)
    bought = ledger.hold(services.engine, task, "x", provider, Decimal("0.2"))
    assert bought
    reply = Reply("text", Usage("m", 1_000, 100, 0.1, 0.5, "list"))
    ledger.buy(services.engine, bought, lambda: reply, lambda made: made.usage, lambda *_: None)
    with writing(services.engine) as session:
        told = Notice("n1", "administrators", "test", "title", "text", services.now_ms())
        write(session, cast("Any", None), Outgoing(notices=[told]))
        add(session.connection(), {("webhook_deliveries", ("delivered",)): 1})
        change(session, "budget", numbers={"usd": 100})
