"""What became of attempts that a test has run: one as a value, and those of a drain together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from callboard.jobs.outcome import Cancelled, Complete, Dropped, Fail, Outcome, Release, RetryAfter

WORDS: Final[dict[type, str]] = {
    Complete: "completed",
    RetryAfter: "retrying",
    Fail: "failed",
    Release: "released",
    Cancelled: "cancelled",
    Dropped: "dropped",
}


@dataclass(frozen=True, slots=True)
class Ran:
    """One attempt that was run: how it ended, and all that its body told on the way.

    `ended` is one of completed, retrying (failed, another attempt follows), failed (for good), released (handed back:
    snoozed, limited, of an unknown type), cancelled, dropped. `result` is what the job's record holds, so JSON.
    """

    id: str
    type: str
    queue: str
    attempt: int
    ended: str
    result: Any = None
    error: BaseException | None = None
    outcome: Outcome | None = None
    progress: tuple[dict[str, Any], ...] = ()
    log: tuple[str, ...] = ()
    checkpoint: Any = None


@dataclass(frozen=True, slots=True)
class Drained:
    """The attempts of a drain in the order in which they ran, and how many ended in which way."""

    attempts: tuple[Ran, ...] = ()
    completed: int = field(init=False)
    retrying: int = field(init=False)
    failed: int = field(init=False)
    released: int = field(init=False)
    cancelled: int = field(init=False)

    def __post_init__(self) -> None:
        for word in ("completed", "retrying", "failed", "released", "cancelled"):
            object.__setattr__(self, word, sum(ran.ended == word for ran in self.attempts))

    def __iter__(self) -> Iterator[Ran]:
        return iter(self.attempts)

    def __len__(self) -> int:
        return len(self.attempts)

    def __getitem__(self, place: int) -> Ran:
        return self.attempts[place]

    def __str__(self) -> str:
        lines = [f"{ran.type} {ran.id} attempt {ran.attempt}: {ran.ended}" for ran in self.attempts]
        return "\n".join([f"{len(self)} attempts", *lines])
