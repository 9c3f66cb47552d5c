"""The next step of a job from how its attempt ended: one function, for every worker and every kind of job."""

from __future__ import annotations

import random
import traceback
from collections.abc import Callable
from typing import Final

from dramatiq.errors import RateLimitExceeded
from dramatiq.errors import Retry as RetryAsked

from callboard.broker.attempt import Attempt
from callboard.jobs.encoding import NotJson, TooLarge, encode
from callboard.jobs.errors import (
    ChildDied,
    JobCancelled,
    LeaseLost,
    RateLimited,
    RetryLater,
    Snooze,
    WorkerStopping,
    classify,
    retryable,
)
from callboard.jobs.outcome import (
    Cancelled,
    Complete,
    Dropped,
    Fail,
    Failure,
    Outcome,
    Release,
    RetryAfter,
)

TRACEBACK_MOST: Final = 16_000
MESSAGE_MOST: Final = 4_000
Mask = Callable[[str], str]


def describe(error: BaseException, error_class: str, mask: Mask = str) -> Failure:
    """What is kept of an exception: its class, type, words and traceback, secrets masked, bounded in length."""
    text = "".join(traceback.format_exception(error)) if error_class not in ("permanent", "invalid", "limited") else ""
    if len(text) > TRACEBACK_MOST:
        half = TRACEBACK_MOST // 2
        text = f"{text[:half]}\n... {len(text) - TRACEBACK_MOST:,} characters left out ...\n{text[-half:]}"
    words = str(error) or type(error).__name__
    return Failure(error_class, type(error).__qualname__, mask(words[:MESSAGE_MOST]), mask(text))


def conclude_result(attempt: Attempt, result: object) -> Outcome:
    """The outcome of a body that returned."""
    if attempt.lost:
        return Dropped()
    if isinstance(result, Outcome):  # An isolated body is concluded in its child process.
        return result
    try:
        return Complete("null" if result is None else encode(result, f"result of {attempt.actor_name}"))
    except (NotJson, TooLarge) as error:
        return Fail(describe(error, "permanent"))


def conclude_error(
    attempt: Attempt, error: BaseException, max_crashes: int, mask: Mask = str, rng: random.Random | None = None
) -> Outcome:
    """The outcome of a body that raised."""
    if attempt.lost or isinstance(error, LeaseLost):
        return Dropped()
    if isinstance(error, JobCancelled) or attempt.cancelled:  # whatever else it raised on its way out
        return Cancelled()
    if isinstance(error, (WorkerStopping, Snooze, RateLimitExceeded)):
        return _handed_back(attempt, error, rng)
    return _failed(attempt, error, max_crashes, mask, rng)


def _handed_back(attempt: Attempt, error: BaseException, rng: random.Random | None) -> Release:
    """Not the job's fault: it comes again when told, its attempt given back."""
    if isinstance(error, Snooze):
        return Release(max(error.after, 0.001), "limited" if isinstance(error, RateLimited) else "snoozed")
    if isinstance(error, RateLimitExceeded):  # Dramatiq's own limiters
        return Release(attempt.retry.delay(attempt.attempt, rng) or 1.0, "limited")
    return Release(0.0, "")


def _failed(attempt: Attempt, error: BaseException, max_crashes: int, mask: Mask, rng: random.Random | None) -> Outcome:
    """Another attempt where the class allows one and one is left, else the end."""
    error_class = classify(error)
    failure = describe(error, error_class, mask)
    if isinstance(error, ChildDied):
        spent = attempt.crashes + 1 >= max_crashes
        return Fail(failure) if spent else RetryAfter(attempt.retry.delay(attempt.attempt, rng), failure, crash=True)
    if not retryable(error_class) or attempt.attempt >= attempt.attempts:
        return Fail(failure)
    if isinstance(error, RetryLater):
        return RetryAfter(max(error.after, 0.0), failure)
    if isinstance(error, RetryAsked) and error.delay is not None:
        return RetryAfter(error.delay / 1000, failure)
    return RetryAfter(attempt.retry.delay(attempt.attempt, rng), failure)
