import threading
import time
from typing import Any

import pytest

from callboard.broker.stream import Stream
from callboard.jobs.errors import Permanent, RetryLater, Snooze
from callboard.jobs.policy import KeyLimit, RateLimit, Retry
from callboard.worker.context import Context
from callboard.worker.current import current_attempt
from tests.callboard.worker.conftest import Stage
from tests.waiting import wait_until

SOON = Retry(attempts=3, first=0.0, at_most=0.0)


def events(stage: Stage, name: str) -> list[Any]:
    reader = Stream(stage.broker.links, after="0-0")
    found = []
    while batch := reader.read(block_ms=1):
        found += batch
    reader.close()
    return [event for event in found if event.event == name]


def test_a_body_knows_its_job(stage: Stage) -> None:
    def tells(ctx: Context) -> list[Any]:
        return [ctx.id, ctx.type, ctx.number, ctx.cancelled]

    message = stage.job(tells).send()
    assert stage.ended(message).result == [message.message_id, "tells", 1, False]


# S1.2
def test_progress_is_written_ten_times_a_second_at_most_and_its_end_always(stage: Stage) -> None:
    def counts(ctx: Context) -> None:
        for n in range(1, 2_001):
            ctx.progress(n, 2_000, "count")

    job = stage.ended(stage.job(counts).send())
    assert job.finished_at
    assert job.started_at
    written = len(events(stage, "job:progress"))
    assert 2 <= written <= 2 + 10 * ((job.finished_at - job.started_at).total_seconds() + 0.2)
    assert job.progress
    assert (job.progress["done"], job.progress["total"], job.progress["percent"]) == (2_000, 2_000, 100.0)


def test_each_new_step_is_written(stage: Stage) -> None:
    def steps(ctx: Context) -> None:
        for name in ("read", "think", "write"):
            ctx.progress(1, 3, name)

    stage.ended(stage.job(steps).send())
    assert [event.data.count("think") for event in events(stage, "job:progress")] == [0, 1, 0]


@pytest.mark.parametrize(("done", "total"), [(-1, 10), (11, 10), (1, 0), (float("nan"), 1)])
def test_progress_that_makes_no_sense_is_an_error_of_the_body(stage: Stage, done: float, total: float) -> None:
    def confused(ctx: Context) -> None:
        ctx.progress(done, total)

    job = stage.ended(stage.job(confused, retry=Retry(attempts=1)).send())
    assert stage.failures(job)[0]["type"] == "ValueError"


def test_lines_of_the_log_are_kept_in_order(stage: Stage) -> None:
    def talks(ctx: Context) -> None:
        ctx.log("first")
        ctx.log("second", level="warning")
        ctx.log("x" * 10_000)

    job = stage.ended(stage.job(talks).send())
    lines = stage.broker.store.log(job.id)
    assert [(line["level"], line["message"][:6]) for line in lines] == [
        ("info", "first"),
        ("warning", "second"),
        ("info", "xxxxxx"),
    ]
    assert len(lines[2]["message"]) == 8_000


def test_a_checkpoint_is_there_in_the_next_attempt(stage: Stage) -> None:
    def goes_on(ctx: Context) -> Any:
        if ctx.checkpoint is None:
            ctx.save({"row": 7})
            raise ConnectionError("in the middle")
        return ctx.checkpoint

    job = stage.ended(stage.job(goes_on, retry=SOON).send())
    assert (job.result, job.attempt) == ({"row": 7}, 2)


def test_a_body_enqueues_further_jobs(stage: Stage) -> None:
    later = stage.job(lambda: "done", name="later")

    def starts(ctx: Context) -> str:
        return ctx.enqueue(later.message())

    first = stage.ended(stage.job(starts).send())
    assert stage.ended(first.result).result == "done"


@pytest.mark.parametrize(
    ("error", "attempt", "events_of_it"),
    [(Snooze(0.05), 1, "job:released"), (RetryLater(0.05), 2, "job:retrying"), (Permanent("no"), 1, "job:failed")],
)
def test_a_body_steers_its_job(stage: Stage, error: Exception, attempt: int, events_of_it: str) -> None:
    seen: list[int] = []

    def steers(ctx: Context) -> None:
        seen.append(ctx.number)
        if len(seen) == 1:
            raise error

    job = stage.ended(stage.job(steers, retry=SOON).send())
    assert job.attempt == attempt
    assert len(events(stage, events_of_it)) == 1


def test_a_limited_body_gives_its_attempt_back_and_holds_all_jobs_of_the_key(stage: Stage) -> None:
    starts: list[float] = []

    def asks_a_provider(ctx: Context, n: int) -> int:
        starts.append(time.monotonic())
        if len(starts) == 1:
            ctx.rate_limited(0.4, "provider:x")
        return ctx.number

    limited = stage.job(asks_a_provider, limits=(KeyLimit("provider:x", RateLimit(1_000, 1.0)),))
    first = limited.send(1)
    stage.work()
    wait_until(lambda: stage.broker.store.get(first.message_id).reason == "limited")
    second = limited.send(2)
    assert [stage.ended(first).result, stage.ended(second).result] == [1, 1]
    assert min(starts[1:]) - starts[0] >= 0.3


def test_a_job_that_belongs_to_another_worker_stops_at_its_next_word(stage: Stage) -> None:
    stopped, taken = threading.Event(), threading.Event()

    def talks() -> str:
        ctx = Context(stage.broker, current_attempt())
        if ctx.attempt.fence > 1:
            return "second"
        try:
            taken.wait(5)
            ctx.log("hello?")
        finally:
            stopped.set()
        return "first"

    # A plain actor: a job type would run apart after the crash of its worker.
    message = stage.actor(talks).send()
    stage.work()
    links = stage.broker.links
    key = f"{links.prefix}:job:{message.message_id}"
    wait_until(lambda: links.call("HGET", key, "state") == "active")

    def is_rescued() -> bool:
        if links.call("HGET", key, "crashes") is None:
            # The keeper of the worker may renew between the two calls: then both are made again.
            links.call("ZADD", f"{links.prefix}:leases", "XX", 1, message.message_id)
            links.call(*links.script("rescue", 3, 100))
        return links.call("HGET", key, "crashes") is not None

    wait_until(is_rescued)
    taken.set()
    assert stopped.wait(5)
    assert stage.ended(message).result == "second"
    assert stage.broker.store.log(message.message_id) == []


def test_a_body_takes_no_more_starts_of_a_shared_rate_than_there_are(stage: Stage) -> None:
    taken: list[float] = []

    def calls(ctx: Context) -> None:
        for _ in range(6):
            ctx.permit("provider:slow", 5, 0.5)
            taken.append(time.monotonic())

    actor = stage.job(calls)
    for message in [actor.send(), actor.send()]:
        stage.ended(message)
    taken.sort()
    # The server counts whole milliseconds, and the clock is read a moment after it has answered.
    assert all(later - first > 0.45 for first, later in zip(taken, taken[5:], strict=False))


def test_a_body_that_would_wait_too_long_for_a_start_comes_again_and_spends_no_attempt(stage: Stage) -> None:
    def calls(ctx: Context) -> int:
        ctx.permit("provider:slow", 1, 0.4, patience=0.1)
        return ctx.number

    actor = stage.job(calls, retry=Retry(attempts=1))
    messages = [actor.send(), actor.send()]
    assert [stage.ended(message).result for message in messages] == [1, 1]
    assert len(events(stage, "job:released")) >= 1


def test_a_hold_and_a_rate_that_were_set_for_the_key_go_before_what_the_body_asks(stage: Stage) -> None:
    stage.broker.control.throttle("provider:held", hold=0.3, rate=RateLimit(1, 0.3))
    waited: list[float] = []

    def calls(ctx: Context) -> None:
        for _ in range(2):
            began = time.monotonic()
            ctx.permit("provider:held", 1_000, 0.001)
            waited.append(time.monotonic() - began)

    stage.ended(stage.job(calls).send())
    assert waited[1] > 0.25
    assert sum(waited) > 0.3


def test_a_cancelled_body_takes_no_start(stage: Stage) -> None:
    running = threading.Event()

    def calls(ctx: Context) -> None:
        ctx.permit("provider:cancelled", 1, 60.0)
        running.set()
        ctx.permit("provider:cancelled", 1, 60.0, patience=120.0)

    message = stage.job(calls).send()
    stage.work()
    assert running.wait(10)
    stage.broker.client.cancel(message.message_id)
    assert stage.ended(message).state == "cancelled"
