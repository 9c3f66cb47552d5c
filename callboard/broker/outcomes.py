"""Outcomes as commands: which verb writes each kind, and with which arguments."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import orjson

from callboard.broker.attempt import Attempt
from callboard.broker.link import Command, Links
from callboard.broker.scripts import bind
from callboard.jobs.outcome import Cancelled, Complete, Dropped, Fail, Failure, Release, RetryAfter

COMPLETE: Final = bind("complete", "jobs*")
RETRY: Final = bind("retry", "jobs*")
FAIL: Final = bind("fail", "jobs*")
RELEASE: Final = bind("release", "jobs*")
ABANDON: Final = bind("abandon", "jobs*")
VERBS: Final = (COMPLETE, RETRY, FAIL, RELEASE, ABANDON)


def _arguments(attempt: Attempt) -> tuple[str, list[str | int]]:
    """The verb that writes the outcome of an attempt, and what it needs to know."""
    id, fence, outcome = attempt.message_id, attempt.fence, attempt.outcome
    match outcome:
        case Complete(result):
            return "complete", [id, fence, result]
        case RetryAfter(delay, failure, crash):
            return "retry", [id, fence, round(delay * 1000), int(crash), _json(failure)]
        case Fail(failure):
            return "fail", [id, fence, _json(failure)]
        case Release(delay, reason, key):
            return "release", [id, fence, round(delay * 1000), reason, key]
        case Cancelled():
            return "abandon", [id, fence]
    raise TypeError(f"attempt {attempt.attempt} of job {id} has no outcome that can be written: {outcome!r}")


def _json(failure: Failure) -> str:
    """A failure as JSON; what came out of a file name or a foreign program may hold what is no text."""
    return orjson.dumps({name: _text(value) for name, value in failure.values().items()}).decode()


def _text(value: str) -> str:
    return value.encode("utf-8", "replace").decode()


def _writable(attempt: Attempt) -> tuple[str, list[str | int]]:
    """As `_arguments`; an outcome that cannot be written fails its job, and does not hold up its neighbours."""
    try:
        return _arguments(attempt)
    except (TypeError, ValueError, OverflowError) as error:
        words = f"its outcome {attempt.outcome!r} cannot be written: {error}"
        attempt.outcome = Fail(Failure("bug", type(error).__name__, words))
        return _arguments(attempt)


def commands(links: Links, attempts: Iterable[Attempt]) -> list[Command]:
    """One command per verb that is needed; an attempt whose lease was lost needs none."""
    batches: dict[str, list[str | int]] = {}
    for attempt in attempts:
        outcome = attempt.outcome
        if type(outcome) is Complete:  # nearly all of them, so this is the short way
            batches.setdefault("complete", []).extend((attempt.message_id, attempt.fence, outcome.result))
        elif type(outcome) is not Dropped:
            verb, arguments = _writable(attempt)
            batches.setdefault(verb, []).extend(arguments)
    return [links.script(verb, *arguments) for verb, arguments in batches.items()]
