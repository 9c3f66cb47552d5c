"""Outcomes as commands: which verb writes each kind, and with which arguments."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import orjson

from callboard.broker.attempt import Attempt
from callboard.broker.link import Command, Links
from callboard.broker.scripts import bind
from callboard.jobs.outcome import Cancelled, Complete, Dropped, Fail, Release, RetryAfter

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
            return "retry", [id, fence, round(delay * 1000), int(crash), _json(failure.values())]
        case Fail(failure):
            return "fail", [id, fence, _json(failure.values())]
        case Release(delay, reason, key):
            return "release", [id, fence, round(delay * 1000), reason, key]
        case Cancelled():
            return "abandon", [id, fence]
    raise TypeError(f"attempt {attempt.attempt} of job {id} has no outcome that can be written: {outcome!r}")


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def commands(links: Links, attempts: Iterable[Attempt]) -> list[Command]:
    """One command per verb that is needed; an attempt whose lease was lost needs none."""
    batches: dict[str, list[str | int]] = {}
    for attempt in attempts:
        outcome = attempt.outcome
        if type(outcome) is Complete:  # nearly all of them, so this is the short way
            batches.setdefault("complete", []).extend((attempt.message_id, attempt.fence, outcome.result))
        elif type(outcome) is not Dropped:
            verb, arguments = _arguments(attempt)
            batches.setdefault(verb, []).extend(arguments)
    return [links.script(verb, *arguments) for verb, arguments in batches.items()]
