"""The platform's job types, and one that does with a secret whatever can be done with it."""

import actors
from callboard.jobs.policy import Queue, Retry
from callboard.worker.context import Context
from callboard.worker.job import job

SOON = Retry(attempts=2, first=0.1, at_most=0.1, jitter="none")


@job(queue=Queue("leaky"), retry=SOON, broker=actors.broker)
def leaky(ctx: Context, text: str, api_key: str) -> str:
    """Tell the secret wherever a body can tell anything, and fail over it."""
    ctx.log(f"calling with {text}")
    ctx.progress(1, 2, f"call {text}")
    ctx.save({"key": api_key, "text": text})
    ctx.log(f"Authorization: Bearer {text}", "error")
    raise ValueError(f"401 Unauthorized for https://api.example/v1?key={text}: api_key={api_key!r}")
