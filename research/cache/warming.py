"""Filling many keys, of which a bad one does not stop the others."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import Engine

from callboard.jobs.errors import Permanent, Transient, classify, retryable
from research.cache.cache import fill
from research.cache.entries import sweep
from research.models import now

WARMED: Final = "warmed"
KEPT: Final = "kept"
FAILED: Final = "failed"
REASON_CHARACTERS: Final = 200


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one key, and why where it failed."""

    key: str
    outcome: str
    ms: int
    reason: str | None = None
    retryable: bool = False


@dataclass(frozen=True, slots=True)
class Warmed:
    """What became of all keys, in their order, and how many expired entries were removed on the way."""

    outcomes: tuple[Outcome, ...]
    swept: int

    def values(self) -> dict[str, Any]:
        """It as JSON values."""
        counts = {word: sum(one.outcome == word for one in self.outcomes) for word in (WARMED, KEPT, FAILED)}
        return {**counts, "swept": self.swept, "keys": [_line(one) for one in self.outcomes]}


def warm(
    engine: Engine,
    keys: Sequence[str],
    ttl: timedelta,
    *,
    again: bool = False,
    last: bool = True,
    progress: Callable[[int, int, str], None] = lambda *_: None,
) -> Warmed:
    """Fill keys one after the other. Raises Permanent where all of them failed, with the reasons.

    A failure that may pass raises Transient once all keys were tried, unless this is the last attempt.
    """
    wanted, outcomes = list(dict.fromkeys(keys)), []
    for number, key in enumerate(wanted):
        told = partial(progress, number, len(wanted) + 1, key[:80])
        told()
        outcomes.append(_outcome(engine, key, ttl, again, partial(_wait, told)))
    failed = [one for one in outcomes if one.outcome == FAILED]
    passing = [one for one in failed if one.retryable]
    if passing and not last:
        raise Transient(f"{len(passing)} of {len(wanted)} keys failed for now: {_said(passing)}")
    if len(failed) == len(wanted):
        raise Permanent(f"none of {len(wanted)} keys could be computed: {_said(failed)}")
    swept = sweep(engine, now())
    progress(1, 1, "done")
    return Warmed(tuple(outcomes), swept)


def _wait(told: Callable[[], None], seconds: float) -> None:
    """Wait for who computes the key, at a place where the job may be stopped."""
    told()
    time.sleep(seconds)


def _outcome(engine: Engine, key: str, ttl: timedelta, again: bool, pause: Callable[[float], None]) -> Outcome:
    began = time.monotonic()
    try:
        computed, reason, retry = fill(engine, key, ttl, again=again, pause=pause).computed, None, False
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one key is said of it, and the others go on
        computed, reason, retry = False, f"{error}"[:REASON_CHARACTERS], retryable(classify(error))
    word = FAILED if reason is not None else WARMED if computed else KEPT
    return Outcome(key, word, round((time.monotonic() - began) * 1000), reason, retry)


def _said(failed: Sequence[Outcome]) -> str:
    shown = "; ".join(f"{one.key[:80]}: {one.reason}" for one in failed[:5])
    return f"{shown}; and {len(failed) - 5} more" if len(failed) > 5 else shown


def _line(one: Outcome) -> dict[str, Any]:
    told = {"key": one.key, "outcome": one.outcome, "ms": one.ms}
    return {**told, "reason": one.reason} if one.reason is not None else told
