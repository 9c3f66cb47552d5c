"""One attempt of a job by a processor: the body of every job type that a queue has a processor for."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

from callboard.facade.job import Job
from callboard.facade.job_processor import JobProcessor
from callboard.facade.spelling import camel
from callboard.jobs.clock import from_ms, wall_ms
from callboard.jobs.errors import JobCancelled, JobTimeout, Snooze
from callboard.jobs.states import ACTIVE, CANCELLED, COMPLETED, FAILED
from callboard.worker.context import Context


class MarkedFailed(Exception):
    """Raised for a processor that marked its job as failed and returned."""


def run(processor: JobProcessor, ctx: Context, data: Any) -> Any:
    """Run one attempt and return its result; what the processor raises decides what becomes of the job.

    The callbacks run as a part of the attempt, so one that raises fails it.
    """
    job = _job(ctx, data)
    told = _callback(processor, "on_progress")

    def report(progress: float) -> None:
        ctx.progress(progress)
        told(progress)

    job.report = report
    try:
        returned = processor.process(job)
        result = asyncio.run(_awaited(returned)) if inspect.isawaitable(returned) else returned
    except Snooze:  # it comes back and no attempt is spent, so this is no failure
        raise
    except (Exception, JobTimeout) as error:
        if job.state != FAILED:
            _callback(processor, "on_error")(error)
        raise
    return _settled(processor, job, result)


def _settled(processor: JobProcessor, job: Job[Any], result: Any) -> Any:
    """The result of an attempt whose processor returned, or an error where it marked the job otherwise."""
    if job.state == FAILED:
        raise MarkedFailed(job.error)
    if job.state == CANCELLED:
        raise JobCancelled(f"job {job.id} was cancelled by its processor")
    if job.state != COMPLETED:
        job.mark_complete(result)
        _callback(processor, "on_complete")(result)
    return job.result if result is None else result


def _job(ctx: Context, data: Any) -> Job[Any]:
    attempt = ctx.attempt
    return Job(
        type=ctx.type,
        data=data,
        id=ctx.id,
        max_attempts=attempt.attempts,
        state=ACTIVE,
        attempts=ctx.number,
        created_at=from_ms(attempt.message_timestamp),
        started_at=from_ms(wall_ms()),
    )


async def _awaited(value: Any) -> Any:
    return await value


def _nothing(_: Any) -> None:
    """What is called where a processor does not want to hear."""


def _callback(processor: JobProcessor, name: str) -> Callable[[Any], None]:
    """What a processor has under a name, in either spelling."""
    hears: Callable[[Any], None] = getattr(processor, name, getattr(processor, camel(name), _nothing))
    return hears
