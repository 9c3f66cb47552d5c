"""Answers that are computed once, by one process at a time, and read by all until they expire."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Engine

from callboard.history.database import reading
from callboard.jobs.identity import new_id
from research.cache import entries
from research.cache.entries import Entry
from research.cache.sources import computation
from research.models import now

HOUR: Final = timedelta(hours=1)
LOOK_AGAIN: Final = 0.05
# After this a reader computes for itself: who has the claim may be slow, or dead.
PATIENCE: Final = 20.0
Pause = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Filled:
    """An entry, and whether it was computed for this call; what somebody else has computed meanwhile was not."""

    entry: Entry
    computed: bool


def get(engine: Engine, key: str, ttl: timedelta = HOUR) -> Any:
    """The value of a key, computed if none is there that holds. Raises BadKey, and what its computation raises."""
    return fill(engine, key, ttl).entry.value


def fill(engine: Engine, key: str, ttl: timedelta = HOUR, *, again: bool = False, pause: Pause = time.sleep) -> Filled:
    """See to it that a key has a value: one that holds, or with `again` one that was computed after this call.

    Of several who ask at once, in whatever processes, one computes and the others wait for it; one that dies or takes
    longer than 20 s is not waited for. `pause` sleeps, and may raise. Raises as `get`.
    """
    wish = Wish(engine, key, computation(engine, key), ttl, now() if again else None)
    deadline = time.monotonic() + PATIENCE
    while (entry := wish.look()) is None:
        holder = new_id()
        if entries.claim(engine, key, holder, now()):
            return wish.look_or_compute(holder)
        if time.monotonic() > deadline:
            return wish.compute()
        pause(LOOK_AGAIN)
    return Filled(entry, computed=False)


@dataclass(frozen=True, slots=True)
class Wish:
    """A key that is to have a value, computed after `since` where that is told."""

    engine: Engine
    key: str
    computation: Callable[[], Any]
    ttl: timedelta
    since: datetime | None

    def look(self) -> Entry | None:
        """The entry, if it holds."""
        with reading(self.engine) as session:
            return entries.find(session, self.key, now(), self.since)

    def look_or_compute(self, holder: str) -> Filled:
        """With the claim, look once more: who had it before may have written between our look and our claim."""
        try:
            entry = self.look()
            filled = self.compute() if entry is None else Filled(entry, computed=False)
        except BaseException:
            entries.release(self.engine, self.key, holder)
            raise
        if not filled.computed:
            entries.release(self.engine, self.key, holder)
        return filled

    def compute(self) -> Filled:
        """Compute and write, which frees the key."""
        # The time of an answer is that of its question: what changed while it was computed may not be in it.
        at, began = now(), time.monotonic()
        value = self.computation()
        took_ms = round((time.monotonic() - began) * 1000)
        return Filled(entries.put(self.engine, self.key, value, at=at, took_ms=took_ms, ttl=self.ttl), computed=True)
