"""Reads that all who look at a process share: fresh for few, and for many as fresh as events and a budget allow."""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from callboard.broker.budget import Budget
from callboard.broker.kept_replies import KeptReplies
from callboard.broker.link import Command, Link, Links
from callboard.broker.stream import Event

# With less than this left, what is known to be as it was is not read again.
RESERVE: Final = 100.0
# How long the events count as told after they were last asked for.
TOLD_FOR: Final = 2.5
CLOCK_EVERY: Final = 5.0
COARSE_MS: Final = 2_000
READS: Final = frozenset(
    [
        "HGETALL",
        "HMGET",
        "HGET",
        "ZCARD",
        "ZRANK",
        "ZRANGE",
        "ZRANGEBYSCORE",
        "LRANGE",
        "LLEN",
        "LINDEX",
        "SMEMBERS",
        "XLEN",
    ]
)


class SharedLinks(Links):
    """The connections of a process, for its read side: a reply is handed to all who ask the same.

    While the budget is large everything is read. With little left a reply counts until an event has changed its key,
    or for its time where no event tells; what is over is read again as the budget allows, the oldest first, and handed
    out as it is until then, for some seconds. What nobody has asked before is always read. `shares` says whether the
    one who asks now may be given what another has read; who has just changed something may not.
    """

    def __init__(
        self, links: Links, shares: Callable[[], bool], budget: Budget, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._links, self._shares, self._clock = links, shares, clock
        self.budget = budget
        self.prefix, self.scripts = links.prefix, links.scripts
        self.when_scarce: Callable[[], None] = lambda: None
        self._kept = KeptReplies(links.prefix, clock)
        self._told_until = 0.0
        self._ahead_ms: tuple[float, float] | None = None

    def run(self, *commands: Command) -> list[Any]:
        """The replies to some commands, those of another asker where these may be shared. Raises ConnectionLost."""
        if not all(command[0] in READS for command in commands):
            return self._links.run(*commands)
        if not self._shares():
            return self.fresh(*commands)
        asked = [_coarse(command) for command in commands]
        known, over = self._kept.find(asked, told=self.hears())
        known |= self._read(self._wanted(list(dict.fromkeys(asked)), known, over))
        return [known[command] for command in asked]

    def fresh(self, *commands: Command) -> list[Any]:
        """The replies of the server, kept for who asks next. Raises ConnectionLost."""
        with self._kept.reading() as touched:
            replies = self._links.run(*commands)
            self._kept.keep(zip(map(_coarse, commands), replies, strict=True), touched)
        return replies

    def paid(self, *commands: Command) -> list[Any]:
        """The same, for all who look, out of their budget. Raises ConnectionLost."""
        self.budget.pay(len(commands))
        return self.fresh(*commands)

    def _wanted(self, asked: list[Any], known: Container[Any], over: list[Any]) -> list[Any]:
        """Those of some commands that are to be read."""
        left = self.budget.left()
        if left - len(asked) >= RESERVE:
            return asked
        self.when_scarce()
        unknown = [command for command in asked if command not in known]
        return unknown + over[: max(0, int(left) - len(unknown))]

    def _read(self, wanted: list[Any]) -> dict[Any, Any]:
        return dict(zip(wanted, self.paid(*wanted), strict=True)) if wanted else {}

    # -- what events tell

    def told(self, events: Iterable[Event]) -> None:
        """Note the events that have come since the last time, with none of them missed."""
        self._kept.note(events)
        self._told_until = self._clock() + TOLD_FOR

    def hears(self) -> bool:
        """Whether all events have been noted until a moment ago."""
        return self._clock() < self._told_until

    def missed(self) -> None:
        """Events may have been missed: nothing counts as it was any more."""
        self._told_until = 0.0
        self._kept.doubt()

    # -- the rest is as it is with the connections themselves

    def now_ms(self) -> int:
        """The clock of the server, asked for now and then and counted on in between."""
        if self.scripts.held_clock or not self._shares():
            return self._links.now_ms()
        now = self._clock()
        if self._ahead_ms is None or now - self._ahead_ms[0] > CLOCK_EVERY:
            self.budget.pay(1)
            self._ahead_ms = now, self._links.now_ms() - now * 1000
        return round(self._ahead_ms[1] + now * 1000)

    def open(self) -> Link:
        """A connection of one's own, to be closed by the caller."""
        return self._links.open()

    @contextmanager
    def held(self) -> Iterator[Link]:
        """A connection for the length of a block."""
        with self._links.held() as link:
            yield link

    def close(self) -> None:
        """Close all idle connections."""
        self._links.close()


class PaidLinks(Links):
    """The connections for what is read for all who look before they ask: always anew, out of their budget."""

    def __init__(self, shared: SharedLinks) -> None:
        self._shared = shared
        self.prefix = shared.prefix

    def run(self, *commands: Command) -> list[Any]:
        """The replies of the server. Raises ConnectionLost."""
        return self._shared.paid(*commands)


def _coarse(command: Command) -> tuple[Any, ...]:
    """The command as others ask it: what is as old as now at the most is the same for a moment."""
    name, key, *more = command
    if name == "ZRANGEBYSCORE" and isinstance(more[0], int):
        more[0] -= more[0] % COARSE_MS
    return name, key, *more
