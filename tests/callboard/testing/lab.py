"""Job types as a user declares them, on a broker that is never connected but through a test board."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import dramatiq
import dramatiq.broker
from marshmallow import Schema, fields

from callboard.broker.client import Client
from callboard.broker.store import Store
from callboard.jobs.errors import Permanent, RetryLater, Snooze, Transient
from callboard.jobs.policy import KeyLimit, Queue, RateLimit, Retry
from callboard.jobs.settings import Settings
from callboard.worker.context import Context
from callboard.worker.job import job
from callboard.worker.setup import set_up

_before = dramatiq.broker.global_broker
# The address of a server that there is not: whatever passes the board by fails.
broker = set_up(settings=replace(Settings(), redis_url="redis://127.0.0.1:1/0", prefix="{never}"))
client, store = Client(broker.links), Store(broker.links)

lab, mail, slow = Queue("lab", concurrency=2), Queue("mail"), Queue("slow", rate=RateLimit(2, 600))
seen: list[str] = []


class Samples(Schema):
    """What is weighed."""

    samples = fields.List(fields.Float(), required=True)
    unit = fields.String(load_default="mg")


@job(queue=lab, schema=Samples, retry=Retry(attempts=3, first=10.0, at_most=60.0), timeout=60)
def weigh(ctx: Context, samples: list[float], unit: str) -> dict[str, Any]:
    """Safe to repeat: it only computes."""
    if not samples:
        raise Permanent("there is nothing to weigh")
    start = ctx.checkpoint["n"] if ctx.checkpoint else 0
    for n, sample in enumerate(samples[start:], start + 1):
        if sample < 0:
            raise Transient(f"sample {n} shook")
        ctx.progress(n, len(samples), "weigh")
        ctx.save({"n": n})
    ctx.log(f"weighed {len(samples)} samples")
    return {"total": sum(samples), "unit": unit, "attempt": ctx.number, "weighed": (start, len(samples))}


@job(queue=mail, priority="high")
def tell(ctx: Context, name: str, text: str = "", **more: Any) -> None:
    seen.append(name)


@job(queue=mail)
def tell_all(ctx: Context, names: list[str]) -> int:
    for name in names:
        ctx.enqueue(tell.message(name))
    return len(names)


@job(queue=lab, retry=Retry(attempts=3, first=10.0, at_most=60.0, jitter="none"))
def shaky(ctx: Context, good_at: int) -> int:
    if ctx.number < good_at:
        raise ConnectionError("the balance does not answer")
    return ctx.number


@job(queue=lab)
def steered(ctx: Context, by: str) -> str:
    if by == "snooze" and not ctx.checkpoint:
        ctx.save("snoozed")
        raise Snooze(30)
    if by == "later" and ctx.number == 1:
        raise RetryLater(30)
    if by == "cancel":
        broker.client.cancel(ctx.id)
        ctx.progress(1, 2)
    if by == "exit":
        raise SystemExit(3)
    return by


@job(queue=slow)
def rated() -> None:
    """Nothing."""


@job(queue=mail, limits=(KeyLimit("to:{to}", RateLimit(1, 300)),))
def limited(to: str) -> str:
    return to


@job(queue=lab)
def count(results: list[Any]) -> int:
    return len(results)


@job(queue=lab, timeout=0.1)
def endless(ctx: Context) -> None:
    while True:
        time.monotonic()


@dramatiq.actor(queue_name="mail", broker=broker)
def stock(name: str, times: int = 1) -> str:
    """An actor that was there before Callboard was."""
    return name * times


dramatiq.broker.global_broker = _before
